//! `plenary worker`: the program as a worker of itself, for work that may take its process down.

use std::path::PathBuf;

use anyhow::{Context, Result};
use plenary_ingest::{
    attached, parse,
    worker::{Limits, Settings, serve},
};

use crate::{args, print::Exit};

/// Serves jobs until there are no more.
pub(crate) fn work(args: &args::Worker) -> Result<Exit> {
    serve(args.memory, args.processor, &[attached::DUTY, parse::trial::DUTY, plenary_web::CLEANING])
        .context("the worker stopped")?;
    Ok(Exit::Done)
}

/// How to start one, with these limits.
pub(crate) fn settings(limits: Limits, workers: usize) -> Result<Settings> {
    // On Linux this leads to the program that runs, also when a newer one has been put in its place.
    let running = PathBuf::from("/proc/self/exe");
    let program = if running.exists() {
        running
    } else {
        std::env::current_exe().context("cannot find this program's own file")?
    };
    Ok(Settings { program, arguments: vec!["worker".into()], limits, workers })
}
