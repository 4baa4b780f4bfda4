//! What could not be understood: kept with its place, its reason and its bytes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use plenary_ingest::source::Dump;

use super::{
    Error,
    report::{Report, SetAside},
};
use crate::catalogue::sync_folder;

/// What could not be understood, until the run is sure to stand. Bytes wait in a file without a name, so that an archive full of
/// rubbish takes no memory.
#[derive(Default)]
pub(super) struct Aside {
    pieces: Vec<(SetAside, Range<u64>)>,
    waiting: Option<BufWriter<File>>,
    path: PathBuf,
    end: u64,
}

/// Most bytes of one stray piece copied; larger ones are named by their place in the dump, which keeps them.
pub(super) const MAX_ASIDE: usize = 1 << 20;

impl Aside {
    /// One that keeps places and reasons but no bytes, for a run that writes nothing.
    pub(super) fn none() -> Aside {
        Aside::default()
    }

    /// Opens a file below the data folder. Only the holder of the write lock may.
    pub(super) fn create(data: &Path) -> Result<Aside, Error> {
        let path = data.join("run.set-aside");
        let failed = |source| Error::Io { what: "write", path: path.clone(), source };
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path).map_err(failed)?;
        // Where the system allows it the name goes at once, and the bytes with the process.
        let _ = fs::remove_file(&path);
        Ok(Aside { waiting: Some(BufWriter::new(file)), path, pieces: Vec::new(), end: 0 })
    }

    /// Takes bytes; gives where they wait.
    pub(super) fn wait(&mut self, bytes: &[u8]) -> Result<Range<u64>, Error> {
        let start = self.end;
        if let Some(file) = &mut self.waiting {
            file.write_all(bytes).map_err(|source| Error::Io { what: "write", path: self.path.clone(), source })?;
            self.end += bytes.len() as u64;
        }
        Ok(start..self.end)
    }

    /// Takes one piece, with what waits of its bytes.
    pub(super) fn put(&mut self, dump: &Dump, offset: u64, length: u64, reason: &str, bytes: Range<u64>) {
        self.pieces.push((SetAside { dump: dump.name.clone(), offset, length, reason: reason.into() }, bytes));
    }

    /// Places and reasons.
    pub(super) fn details(&self) -> Vec<SetAside> {
        self.pieces.iter().map(|(aside, _)| aside.clone()).collect()
    }

    /// Writes what was set aside below `data/set-aside`: for each piece its place and reason, and its bytes where they
    /// are few enough to copy.
    pub(super) fn keep(mut self, data: &Path, report: &Report) -> Result<(), Error> {
        if self.pieces.is_empty() {
            return Ok(());
        }
        let folder = data.join("set-aside");
        let failed = |source| Error::Io { what: "write", path: folder.clone(), source };
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut list = BufWriter::new(File::create(folder.join(format!("{}.jsonl", report.run))).map_err(failed)?);
        for (number, (aside, bytes)) in self.pieces.iter().enumerate() {
            let file = (!bytes.is_empty()).then(|| format!("{}-{number}.bin", report.run));
            if let (Some(name), Some(waiting)) = (&file, &mut self.waiting) {
                copy(waiting, bytes, &folder.join(name)).map_err(failed)?;
            }
            let line = serde_json::json!({ "dump": aside.dump, "offset": aside.offset, "length": aside.length, "reason": aside.reason, "bytes": file });
            writeln!(list, "{line}").map_err(failed)?;
        }
        list.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        sync_folder(&folder)
    }
}

fn copy(waiting: &mut BufWriter<File>, bytes: &Range<u64>, to: &Path) -> io::Result<()> {
    // Seeking writes out what is still buffered.
    waiting.seek(SeekFrom::Start(bytes.start))?;
    let mut to = File::create(to)?;
    io::copy(&mut waiting.get_ref().take(bytes.end - bytes.start), &mut to)?;
    to.sync_all()
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.waiting.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}
