//! Runs that end before their time, over a small archive.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

use tempfile::TempDir;

use super::*;
use crate::seal::{self, Seen};

/// An archive of two dumps.
pub(crate) struct Archive {
    folder: TempDir,
}

impl Archive {
    pub(crate) fn new() -> Archive {
        let archive = Archive { folder: TempDir::new().unwrap() };
        fs::create_dir_all(archive.data().join("lists/l")).unwrap();
        archive.put("a.mbox", 0..4);
        archive.put("b.mbox", 10..13);
        archive.run(ingest).unwrap();
        archive
    }

    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.data().join("index")
    }

    /// Puts a dump of these messages.
    pub(crate) fn put(&self, name: &str, numbers: std::ops::Range<u32>) {
        let message = |n| {
            format!(
                "From ada@example.org Thu Jun  2 14:03:11 2016\nFrom: Ada <ada@example.org>\nSubject: The ferry\n\
                 Date: 2 Jun 2016 14:03:11 +0200\nMessage-ID: <{n}@example.org>\n\nNumber {n} of the ferry.\n\n"
            )
        };
        fs::write(self.data().join("lists/l").join(name), numbers.map(message).collect::<String>()).unwrap();
    }

    /// Runs; stopped when it is about to commit, if `is_stopped`.
    pub(crate) fn run_until(
        &self,
        is_stopped: bool,
        what: impl FnOnce(&Settings, &Watch<'_>) -> Result<Report, Error>,
    ) -> Result<Report, Error> {
        let stop = AtomicBool::new(false);
        let progress = |step| stop.store(is_stopped && step == Progress::Committing, Ordering::Relaxed);
        what(&self.settings(), &Watch { progress: &progress, stop: &stop })
    }

    pub(crate) fn run(
        &self,
        what: impl FnOnce(&Settings, &Watch<'_>) -> Result<Report, Error>,
    ) -> Result<Report, Error> {
        self.run_until(false, what)
    }

    fn settings(&self) -> Settings {
        Settings {
            data: self.data().to_owned(),
            rules: Rules::default(),
            limits: Limits::default(),
            memory: 32 << 20,
            threads: 1,
            workers: None,
            now: 1_795_500_000,
            dry_run: false,
            retry: false,
            planned: Vec::new(),
        }
    }

    /// Changes a byte of the file of the index whose name holds this.
    pub(crate) fn spoil(&self, what: &str) {
        let file = fs::read_dir(self.index()).unwrap().map(|entry| entry.unwrap().path());
        let path = file.into_iter().find(|path| path.to_string_lossy().contains(what)).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[30] ^= 4;
        // A file of its own: what is kept of the last commit may be the same one.
        fs::remove_file(&path).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn is_sealed(index: &Path) -> bool {
    seal::examine(index).unwrap() == Seen::Sealed(Vec::new())
}

fn generation(index: &Path) -> Option<u64> {
    Commit::read(index).unwrap().map(|commit| commit.generation)
}

#[test]
fn a_run_that_is_stopped_leaves_the_index_sealed_and_what_was_kept_before() {
    let archive = Archive::new();
    archive.put("c.mbox", 20..22);
    archive.run(ingest).unwrap();
    let (index, previous) = (archive.index(), swap::previous(&archive.index()));
    archive.put("a.mbox", 0..9);
    let stopped = archive.run_until(true, ingest);
    assert!(matches!(stopped, Err(Error::Interrupted)), "{stopped:?}");
    assert!(is_sealed(&index) && is_sealed(&previous));
    assert_eq!((generation(&index), generation(&previous)), (Some(2), Some(1)));
    assert!(!swap::keeping(&index).exists());
    archive.run(ingest).unwrap();
    assert_eq!((generation(&index), generation(&previous)), (Some(3), Some(2)));
    assert!(is_sealed(&index) && is_sealed(&previous));
}

#[test]
fn what_was_gathered_by_a_run_that_was_cut_off_after_its_commit_is_kept() {
    let archive = Archive::new();
    archive.put("c.mbox", 20..22);
    archive.run(ingest).unwrap();
    let (previous, keeping) = (swap::previous(&archive.index()), swap::keeping(&archive.index()));
    fs::rename(&previous, &keeping).unwrap();
    archive.run(ingest).unwrap();
    assert!(!keeping.exists() && is_sealed(&previous));
    assert_eq!(generation(&previous), Some(1));
}

#[test]
fn what_was_gathered_before_a_message_was_taken_down_is_kept_by_no_run() {
    let archive = Archive::new();
    // Cut off after its commit: what was gathered is still there, and so is what was kept before.
    let (previous, keeping) = (swap::previous(&archive.index()), swap::keeping(&archive.index()));
    swap::keep(&archive.index()).unwrap();
    fs::rename(&keeping, &previous).unwrap();
    swap::keep(&archive.index()).unwrap();
    let gathered = archive.data().join("gathered");
    fs::rename(&keeping, &gathered).unwrap();
    archive.run(|settings, watch| remove(settings, watch, &["0@example.org"], "asked for")).unwrap();
    assert!(!previous.exists() && !keeping.exists());
    fs::rename(&gathered, &keeping).unwrap();
    archive.run(ingest).unwrap();
    assert!(!previous.exists() && !keeping.exists());
}

#[test]
fn an_index_of_before_that_has_what_was_taken_down_is_neither_kept_nor_opened() {
    let archive = Archive::new();
    let (index, previous) = (archive.index(), swap::previous(&archive.index()));
    archive.put("c.mbox", 20..22);
    archive.run(ingest).unwrap();
    assert!(crate::Archive::open_previous(&index, Vec::new()).is_ok());
    // Decided, and cut off before it was carried out.
    let stopped = archive.run_until(true, |settings, watch| remove(settings, watch, &["0@example.org"], "asked for"));
    assert!(matches!(stopped, Err(Error::Interrupted)), "{stopped:?}");
    assert!(previous.exists() && crate::Archive::open_previous(&index, Vec::new()).is_err());
    let before = archive.data().join("before");
    fs::rename(&previous, &before).unwrap();
    archive.run(ingest).unwrap();
    assert!(!previous.exists());
    // Cut off in a rebuild between its renames, or after them.
    for place in [index.with_extension("old"), previous.clone()] {
        assert_eq!(
            std::process::Command::new("cp").arg("-a").arg(&before).arg(&place).status().unwrap().code(),
            Some(0)
        );
        archive.run(ingest).unwrap();
        assert!(!place.exists() && !previous.exists(), "{}", place.display());
    }
    // Of another message it has nothing.
    archive.put("d.mbox", 30..32);
    archive.run(ingest).unwrap();
    archive.run(ingest).unwrap();
    assert!(previous.exists() && crate::Archive::open_previous(&index, Vec::new()).is_ok());
}
