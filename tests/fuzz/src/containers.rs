//! Dumps as files: plain, packed, archives. Whatever is in one, reading ends, within its limits, the same each time.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use plenary_ingest::{
    Error, attached,
    source::{Limits, digest, read},
};

/// Limits that a small file can meet.
const LIMITS: Limits = Limits {
    expanded: 256 << 10,
    ratio: 200,
    ratio_from: 64 << 10,
    message: 16 << 10,
    members: 20,
    description: 1 << 10,
    line: 1 << 10,
    attached: attached::Limits { size: 1 << 10, files: 2, text: 1 << 10 },
};
/// Pieces beyond which reading is taken for endless: each has a byte, but the members without any.
const ENDLESS: usize = (256 << 10) + 100;

/// A file that was put into a list's folder.
pub fn containers(bytes: &[u8]) {
    let path = place();
    fs::write(&path, bytes).expect("the folder for temporary files can be written");
    let first = outcome(&path);
    assert_eq!(outcome(&path), first, "a dump reads the same each time");
    let _ = fs::remove_file(&path);
}

/// A file of this process: fuzzers run side by side.
fn place() -> PathBuf {
    env::temp_dir().join(format!("plenary-fuzz-{}-{:?}", process::id(), std::thread::current().id()))
}

/// How many pieces there are, how many bytes they hold, and how it ended.
fn outcome(path: &Path) -> (usize, u64, Result<(), String>) {
    let mut pieces = match read(path, &LIMITS) {
        Ok(pieces) => pieces,
        Err(error) => return (0, 0, Err(said(&error))),
    };
    let mut count = 0;
    while let Some(piece) = pieces.next() {
        count += 1;
        assert!(count < ENDLESS, "reading does not end");
        assert!(pieces.total() <= LIMITS.expanded + (1 << 20), "{} bytes expanded", pieces.total());
        if let Err(error) = piece {
            return (count, pieces.total(), Err(said(&error)));
        }
    }
    let total = pieces.total();
    let _ = (pieces.format(), pieces.notes());
    let whole = pieces.digest().expect("what was read has a digest");
    assert_eq!(Some(whole), digest(path).ok(), "the digest is that of the file");
    (count, total, Ok(()))
}

fn said(error: &Error) -> String {
    let said = error.to_string();
    assert!(!said.is_empty());
    said
}
