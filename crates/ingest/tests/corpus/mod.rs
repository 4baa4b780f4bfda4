//! Where the real archives and hostile inputs lie that some tests read.
#![allow(clippy::print_stderr, reason = "a test that does nothing says why")]

use std::{
    env,
    path::{Path, PathBuf},
};

/// The folder that holds `open/`, `r-devel/` and `hostile/`: `PLENARY_CORPUS`, absolute or from the top of the repository.
/// `None`, with a sentence, where it is not set: the archives are other people's mail and no part of the repository.
pub(crate) fn folder() -> Option<PathBuf> {
    let Some(named) = env::var_os("PLENARY_CORPUS") else {
        eprintln!("left out: PLENARY_CORPUS does not name the folder of the real archives");
        return None;
    };
    // Tests run in the folder of their crate.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(named);
    assert!(folder.is_dir(), "PLENARY_CORPUS names {}, which is no folder", folder.display());
    Some(folder)
}
