//! Where benches stand. Cargo starts one in its crate's folder; who typed the command stood at the top of the tree.

use std::{error::Error, path::PathBuf};

/// Goes to the top of the tree, so that folders named on the command line are what they say.
pub(crate) fn go_there() -> Result<(), Box<dyn Error>> {
    // Of whichever crate this file is a part.
    let top = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    std::env::set_current_dir(&top).map_err(|error| format!("cannot go to `{}`: {error}", top.display()).into())
}
