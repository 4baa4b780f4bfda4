//! Keys of `config.toml` that are limits, with the defaults of what they limit.

use plenary_index::{ingest::source::Limits, query::limits as query};
use serde::Deserialize;

/// `[limits]`: what a dump, and the files that came with a message, may ask of the machine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DumpLimits {
    pub(crate) members: usize,
    pub(crate) ratio_from_mib: u64,
    pub(crate) description_kib: u64,
    pub(crate) line_kib: usize,
    pub(crate) attached_mib: u64,
    pub(crate) attached_files: usize,
    pub(crate) attached_text_mib: usize,
}

/// `[query]`: how large a query may be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct QueryLimits {
    pub(crate) bytes: usize,
    pub(crate) depth: usize,
    pub(crate) terms: usize,
    pub(crate) nots: usize,
    pub(crate) fuzzy_letters: usize,
    pub(crate) prefix_letters: usize,
    pub(crate) distance: u32,
}

impl Default for DumpLimits {
    fn default() -> DumpLimits {
        let limits = Limits::default();
        DumpLimits {
            members: limits.members,
            ratio_from_mib: limits.ratio_from >> 20,
            description_kib: limits.description >> 10,
            line_kib: limits.line >> 10,
            attached_mib: limits.attached.size >> 20,
            attached_files: limits.attached.files,
            attached_text_mib: limits.attached.text >> 20,
        }
    }
}

impl Default for QueryLimits {
    fn default() -> QueryLimits {
        let limits = query::Limits::default();
        QueryLimits {
            bytes: limits.bytes,
            depth: limits.depth,
            terms: limits.terms,
            nots: limits.nots,
            fuzzy_letters: limits.fuzzy_chars,
            prefix_letters: limits.prefix_chars,
            distance: limits.slop,
        }
    }
}
