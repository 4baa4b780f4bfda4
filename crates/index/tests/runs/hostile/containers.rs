//! Packed files: bombs, damage, archives of files.

use std::fs;

use super::{Case, Row};

pub(super) const ROWS: &[Row] = &[
    ("containers/bz2-256MiB.mbox.bz2", ASIDE, bomb),
    ("containers/gzip-1GiB.mbox.gz", ASIDE, bomb),
    ("containers/gzip-bad-crc.mbox.gz", ASIDE, |case| case.refused("unreadable", "checksum")),
    ("containers/gzip-multimember.mbox.gz", [2, 2, 0, 0, 0, 0], |case| {
        case.message("frame.gm1@hostile.test");
        case.message("frame.gm2@hostile.test");
    }),
    ("containers/gzip-of-gzip-1GiB.mbox.gz.gz", ASIDE, |case| case.refused("stray", "packed with gzip a second time")),
    ("containers/gzip-trailing-garbage.mbox.gz", [1, 1, 0, 0, 0, 0], |case| {
        case.says("stray", "bytes after the end of the packed data");
    }),
    ("containers/gzip-truncated.mbox.gz", ASIDE, |case| case.refused("unreadable", "incomplete deflate stream")),
    // Archives of files are not read today: each is set aside whole, with its reason, and nothing of it is unpacked. Who makes them
    // readable replaces these four checks by the manifest's: caps on ratio, size and entries; names never used as paths; no link followed.
    ("containers/tar-slip.tar.gz", ASIDE, |case| unread(case, "binary data, not mail")),
    ("containers/zip-1GiB.zip", ASIDE, |case| unread(case, "a zip archive, not mail")),
    ("containers/zip-65000-entries.zip", ASIDE, |case| unread(case, "a zip archive, not mail")),
    ("containers/zip-slip.zip", ASIDE, |case| unread(case, "a zip archive, not mail")),
    ("containers/xz-256MiB.mbox.xz", ASIDE, bomb),
];

const ASIDE: [u64; 6] = [1, 0, 0, 0, 0, 1];

/// Stopped at the ratio. That memory stays flat is measured on the program by `.ci/run`; a test shares its process with others.
fn bomb(case: &Case) {
    case.refused("unreadable", "as a bomb would");
    nothing_left(case);
}

fn unread(case: &Case, reason: &str) {
    case.refused("stray", reason);
    nothing_left(case);
}

/// Nothing was unpacked to anywhere: the data folder holds its own files and what was put there, and no more than that.
fn nothing_left(case: &Case) {
    let mut names: Vec<String> = Vec::new();
    let mut bytes = 0;
    let mut folders = vec![case.desk.data().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let below = entry.path().strip_prefix(case.desk.data()).unwrap().to_string_lossy().into_owned();
            names.push(below.split('/').next().unwrap().to_owned());
            if entry.path().is_dir() { folders.push(entry.path()) } else { bytes += entry.metadata().unwrap().len() }
        }
    }
    names.sort();
    names.dedup();
    let own = ["index", "ledger", "lists", "set-aside", "write.lock"];
    assert!(names.iter().all(|name| own.contains(&name.as_str())), "{names:?}");
    let put = case.bytes(&case.path).len() as u64;
    // Small ones are copied into `set-aside`; the index is empty.
    assert!(bytes < put + (2 << 20), "{}: {bytes} bytes on disk for {put}", case.path);
}
