//! What could not be understood: kept with its place, its reason and its bytes.

use std::{
    cell::OnceCell,
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
use crate::{
    catalogue::{Catalogue, create_folder, sync_folder},
    commit::Commit,
    ledger::History,
};

/// What could not be understood, until the run is sure to stand. Bytes wait in a file without a name, so that an archive full of
/// rubbish takes no memory.
#[derive(Default)]
pub(super) struct Aside {
    pieces: Vec<(SetAside, Range<u64>)>,
    waiting: Option<BufWriter<File>>,
    path: PathBuf,
    end: u64,
}

/// How the files end that say what was set aside, while they are written and when they are whole; and those of the bytes they name.
const PART: &str = "part";
const LIST: &str = "jsonl";
const BYTES: &str = "bin";
/// Most bytes of one stray piece copied; of larger ones this beginning, and their place in the dump, which keeps them.
pub(crate) const MAX_ASIDE: usize = 1 << 20;

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
        create_folder(&folder)?;
        // Under another name until it is whole, with all the bytes it names: what has this one is complete.
        let path = folder.join(format!("{}.{LIST}", report.run));
        let part = path.with_extension(PART);
        let mut list = BufWriter::new(File::create(&part).map_err(failed)?);
        for (number, (aside, bytes)) in self.pieces.iter().enumerate() {
            let file = (!bytes.is_empty()).then(|| format!("{}-{number}.{BYTES}", report.run));
            if let (Some(name), Some(waiting)) = (&file, &mut self.waiting) {
                copy(waiting, bytes, &folder.join(name)).map_err(failed)?;
            }
            let line = serde_json::json!({ "dump": aside.dump, "offset": aside.offset, "length": aside.length, "reason": aside.reason, "bytes": file });
            writeln!(list, "{line}").map_err(failed)?;
        }
        list.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        fs::rename(&part, &path).map_err(failed)?;
        sync_folder(&folder)
    }
}

/// Removes what runs set aside that were cut off: lists that are not whole, bytes that no list names, and both of a run that came after
/// the last one in the ledger and of which the index knows nothing either. What cannot be removed does no harm. Only the holder of the
/// write lock may.
pub(super) fn clear(data: &Path, index: &Path) -> Result<(), Error> {
    let folder = data.join("set-aside");
    let files: Vec<String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    if files.is_empty() {
        return Ok(());
    }
    let history = History::read(data)?;
    let committed = OnceCell::new();
    // Of a ledger that has lost its end, the index knows the runs.
    let never_was = |run: &str| {
        let is_in = |runs: &Option<Vec<String>>| runs.as_ref().is_none_or(|runs| runs.iter().any(|known| known == run));
        history.never_was(run) && !is_in(committed.get_or_init(|| committed_in(index)))
    };
    let has_list = |run: &str| files.iter().any(|file| file.strip_suffix(LIST) == Some(&format!("{run}.")));
    let is_left = |file: &String| match file.rsplit_once('.') {
        Some((_, PART)) => true,
        Some((run, LIST)) => never_was(run),
        Some((name, BYTES)) => name
            .rsplit_once('-')
            .is_some_and(|(run, _)| if has_list(run) { never_was(run) } else { !history.knows(run) }),
        _ => false,
    };
    let left: Vec<&String> = files.iter().filter(|file| is_left(file)).collect();
    for file in left {
        let _ = fs::remove_file(folder.join(file));
    }
    Ok(())
}

/// The runs of which an index knows; nothing where that cannot be told.
fn committed_in(index: &Path) -> Option<Vec<String>> {
    let commit = Commit::read(index).ok()??;
    let mut runs = Catalogue::load(index, commit.generation)?.runs;
    runs.push(commit.run);
    Some(runs)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::Archive;

    #[test]
    fn what_a_run_set_aside_that_was_cut_off_goes_and_all_else_stays() {
        let archive = Archive::new();
        let data = archive.data();
        let committed = Commit::read(&archive.index()).unwrap().unwrap().run;
        let aside = data.join("set-aside");
        fs::create_dir(&aside).unwrap();
        let stay = [
            &format!("{committed}.jsonl"),
            &format!("{committed}-0.bin"),
            // Of a ledger that has lost its beginning.
            "20150101T000000Z.jsonl",
            "20150101T000000Z-7.bin",
            "notes.txt",
        ];
        let go = [
            &format!("{committed}.part"),
            "29990603T120000Z.jsonl",
            "29990603T120000Z-0.bin",
            &format!("{committed}-2-0.bin"),
            "20150101T000000Z-2-0.bin",
        ];
        stay.iter().chain(&go).for_each(|name| fs::write(aside.join(name), "x").unwrap());
        clear(data, &archive.index()).unwrap();
        assert!(stay.iter().all(|name| aside.join(name).exists()));
        assert!(go.iter().all(|name| !aside.join(name).exists()));
        // The index knows what the ledger has lost, and where both have lost it nobody knows.
        let ledger = data.join("ledger/runs.jsonl");
        let text = fs::read_to_string(&ledger).unwrap().replace(&committed, "20160602T120000Z");
        fs::write(ledger, text).unwrap();
        clear(data, &archive.index()).unwrap();
        clear(data, &data.join("nowhere")).unwrap();
        assert!(stay.iter().all(|name| aside.join(name).exists()));
    }
}
