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
    /// The file is there but is not mail.
    #[error("`{}` is not a mailbox: {reason}", .path.display())]
    NotMail {
        /// The file.
        path: PathBuf,
        /// What it is instead, as far as can be told.
        reason: String,
    },
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
