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
    // Its mail is read by content, whatever names say; links and devices are left out and counted.
    ("containers/tar-slip.tar.gz", [4, 1, 3, 0, 0, 0], |case| {
        case.says("left-out", "members that are no mail");
        inside(case);
    }),
    ("containers/zip-1GiB.zip", ASIDE, bomb),
    ("containers/zip-65000-entries.zip", ASIDE, |case| {
        case.refused("unreadable", "more than the limit of 50000 members");
        nothing_left(case);
    }),
    ("containers/zip-slip.zip", SLIPPED, inside),
    ("containers/xz-256MiB.mbox.xz", ASIDE, bomb),
];

const ASIDE: [u64; 6] = [1, 0, 0, 0, 0, 1];

/// Stopped at the ratio. That memory stays flat is measured on the program by `.ci/run`; a test shares its process with others.
fn bomb(case: &Case) {
    case.refused("unreadable", "as a bomb would");
    nothing_left(case);
}

/// What the zip of hostile names comes to.
const SLIPPED: [u64; 6] = [10, 1, 9, 0, 0, 0];

/// No file but those of the data folder, and no link in it.
fn inside(case: &Case) {
    for path in case.desk.files() {
        assert!(path.starts_with(case.desk.data()) && !path.is_symlink(), "{}", path.display());
    }
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
