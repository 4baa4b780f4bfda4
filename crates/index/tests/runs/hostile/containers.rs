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

/// Nothing was unpacked to anywhere: every file is in the data folder, none is a link, and all are small beside what was put there.
fn nothing_left(case: &Case) {
    let mut bytes = 0;
    for path in case.desk.files() {
        assert!(path.starts_with(case.desk.data()) && !path.is_symlink(), "{}", path.display());
        bytes += fs::metadata(&path).unwrap().len();
    }
    let put = case.bytes(&case.path).len() as u64;
    // Small ones are copied into `set-aside`; the index is empty.
    assert!(bytes < put + (2 << 20), "{}: {bytes} bytes on disk for {put}", case.path);
}
