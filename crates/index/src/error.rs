//! Why the index could not answer.

use std::path::PathBuf;

/// What stops an answer or a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no index yet.
    #[error("there is no index in `{}`; run `plenary ingest`", .0.display())]
    NoIndex(PathBuf),
    /// The index was built by another version of this program.
    #[error("the index in `{}` has schema {found}, this program needs {needed}; run `plenary rebuild`", .path.display())]
    OldSchema {
        /// The index folder.
        path: PathBuf,
        /// The schema it was built with.
        found: u32,
        /// The schema this program writes.
        needed: u32,
    },
    /// Another process is writing.
    #[error("another run is at work on `{}`{holder}; wait until it ends", .data.display())]
    Busy {
        /// The data folder.
        data: PathBuf,
        /// Which process, and since when, as far as it said so: ` (process 4711, since 2016-06-02 12:00:00 UTC)`.
        holder: String,
    },
    /// `people.toml` cannot be understood.
    #[error("`{}`: {detail}", .path.display())]
    People {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
    /// The list of what was taken down cannot be understood, and what it took down must not come back.
    #[error("line {line} of `{}` cannot be read, and what it took down would come back: put the line right, or put back the file from a copy", .path.display())]
    Removed {
        /// The file.
        path: PathBuf,
        /// Which line of it, from 1.
        line: usize,
    },
    /// There is no such message to take down, or to bring back.
    #[error("{0}")]
    NoMessage(String),
    /// There is no such run to take back.
    #[error("there is no run `{0}` in the ledger; `plenary runs` lists them")]
    NoRun(String),
    /// The run was the first to read none of the dumps.
    #[error(
        "the run `{0}` brought no dump that an earlier run had not brought, so there is nothing to take back; take back the run that brought them first: `plenary runs` lists them"
    )]
    NothingBrought(String),
    /// Nobody has the bytes any more of messages that would be served then.
    #[error("nothing was changed, for {} {dumps}, and neither the index nor a dump that is there has {} any more; put that back as it was, run `plenary ingest`, and then ask again",
        if *.messages == 1 { "a message was only in".into() } else { format!("{messages} messages were only in") },
        if *.messages == 1 { "it" } else { "them" })]
    Nowhere {
        /// How many.
        messages: u64,
        /// Names of the dumps that had them.
        dumps: String,
    },
    /// A dump, folder or file could not be read or written.
    #[error("cannot {what} `{}`", .path.display())]
    Io {
        /// What was being done: `read`, `create` ...
        what: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine failed underneath.
    #[error("the index failed while {doing}: {detail}; run `plenary doctor`, which says whether it is damaged")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        detail: String,
    },
    /// The system refused the engine something underneath.
    #[error("the index failed while {doing}{file}")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// On which file, where that is known: ` on `meta.json``.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no folder of dumps yet.
    #[error("there is no folder `{}`; make it and put each list's dumps into a folder of their own there, or name them: `plenary ingest FILE --list NAME`", .0.display())]
    NoLists(PathBuf),
    /// The folder of dumps, or a dump in it, cannot be read.
    #[error("cannot read dumps in `{}`: {detail}", .path.display())]
    Lists {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Files of the index are missing or spoilt. The dumps are not touched.
    #[error("the index in `{}` is damaged; run `plenary doctor --repair`", .0.display())]
    Damaged(PathBuf),
    /// A repair would lose messages that only the index holds.
    #[error("nothing was repaired, for a rebuild would lose messages: {what}; {remedy}")]
    WouldLose {
        /// What is in its way.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// A dump was written to between two readings.
    #[error("a dump changed while it was being read; the index stands as it was: run the ingest again")]
    Changed,
    /// A run was stopped by its user.
    #[error("interrupted; the index stands as it was")]
    Interrupted,
}
