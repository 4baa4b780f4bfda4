//! What could not be understood: kept with its place, its reason and its bytes.

use std::{fs, io::Write, path::Path};

use plenary_ingest::source::Dump;

use super::{
    Error,
    report::{Report, SetAside},
};
use crate::catalogue::sync_folder;

/// What could not be understood, until the run is sure to stand.
#[derive(Default)]
pub(super) struct Aside {
    kept: Vec<(SetAside, Vec<u8>)>,
}

/// Most bytes of one stray piece copied; larger ones are named by their place in the dump, which keeps them.
pub(super) const MAX_ASIDE: usize = 1 << 20;

impl Aside {
    /// Takes one piece.
    pub(super) fn put(&mut self, dump: &Dump, offset: u64, length: u64, reason: &str, bytes: Vec<u8>) {
        self.kept.push((SetAside { dump: dump.name.clone(), offset, length, reason: reason.into() }, bytes));
    }

    /// Places and reasons.
    pub(super) fn details(&self) -> Vec<SetAside> {
        self.kept.iter().map(|(aside, _)| aside.clone()).collect()
    }

    /// Writes what was set aside below `data/set-aside`: for each piece its place and reason, and its bytes where they
    /// are few enough to copy.
    pub(super) fn keep(&self, data: &Path, report: &Report) -> Result<(), Error> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let folder = data.join("set-aside");
        let failed = |source| Error::Io { what: "write", path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut list = fs::File::create(folder.join(format!("{}.jsonl", report.run))).map_err(failed)?;
        for (number, (aside, bytes)) in self.kept.iter().enumerate() {
            let file = (!bytes.is_empty()).then(|| format!("{}-{number}.bin", report.run));
            if let Some(file) = &file {
                fs::write(folder.join(file), bytes).map_err(failed)?;
            }
            let line = serde_json::json!({ "dump": aside.dump, "offset": aside.offset, "length": aside.length, "reason": aside.reason, "bytes": file });
            writeln!(list, "{line}").map_err(failed)?;
        }
        list.sync_all().map_err(failed)?;
        sync_folder(&folder)
    }
}
