//! [`Error`]: what stops the reading of a dump. [`Problem`]: what is noted beside a message, and carried on from.

use std::{io, path::PathBuf};

/// Why a dump could not be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or file cannot be opened.
    #[error("cannot open `{}`", .path.display())]
    Open {
        /// What was to be opened.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading failed after it began.
    #[error("cannot read `{}` past byte {offset}", .path.display())]
    Read {
        /// The dump.
        path: PathBuf,
        /// How far the reading came, in bytes of the expanded dump.
        offset: u64,
        /// What the system, or the decompressor, said.
        source: io::Error,
    },
    /// What the dump is packed in, or what holds it together, is damaged.
    #[error("it is damaged or cut short; nothing of it is taken, for half would look like all: fetch it again")]
    Damaged {
        /// What the decompressor, or the reader of the archive, said.
        source: io::Error,
    },
    /// The dump is whole and is refused all the same.
    #[error("{reason}")]
    Refused {
        /// Why, and what to do.
        reason: String,
    },
}

impl Error {
    /// Whether the same bytes would fail again: they are damaged or refused, and no disk or network was at fault.
    pub fn is_lasting(&self) -> bool {
        match self {
            Error::Open { source, .. } | Error::Read { source, .. } => {
                matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
            }
            // What the system itself reports has a number.
            Error::Damaged { source } => source.raw_os_error().is_none(),
            Error::Refused { .. } => true,
        }
    }

    pub(crate) fn damaged(source: io::Error) -> Error {
        Error::Damaged { source }
    }

    pub(crate) fn refused(reason: impl Into<String>) -> Error {
        Error::Refused { reason: reason.into() }
    }

    pub(crate) fn too_many_members(limit: usize) -> Error {
        Error::refused(format!(
            "the archive has more than the limit of {limit} members; unpack it into the list's folder instead"
        ))
    }
}

/// Something odd about one message, and what was done about it. `name` is what reports and `repair:` queries use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A short fixed word for the kind: `date`, `charset`, `message-id`, `nesting` ...
    pub kind: &'static str,
    /// A sentence for a person, with the value that was odd.
    pub detail: String,
}

impl Problem {
    /// A problem of a kind, with its sentence. The sentence is cut at 200 characters: it is shown in reports.
    pub fn new(kind: &'static str, detail: impl Into<String>) -> Problem {
        let detail: String = detail.into();
        let detail = match detail.char_indices().nth(200) {
            Some((end, _)) => format!("{}…", &detail[..end]),
            None => detail,
        };
        Problem { kind, detail }
    }
}
