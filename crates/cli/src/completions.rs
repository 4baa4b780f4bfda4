//! `plenary completions`: what a shell needs to complete commands and options.

use std::io::{self, Write};

use anyhow::Result;
use clap_complete::{Shell, generate};

use crate::{args::Cli, print::Exit};

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit> {
    // Into memory first: the generator panics where its output cannot be written, as when a reader has gone.
    let mut script = Vec::new();
    generate(shell, &mut Cli::described(), "plenary", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Exit::Done)
}
