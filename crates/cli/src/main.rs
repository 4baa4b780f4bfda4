//! The program `plenary`: reads the command line and config.toml, prints, and exits.

mod address_space;
mod args;
mod cite;
mod completions;
mod config;
mod copy;
mod doctor;
mod export;
mod ingest;
mod interrupt;
mod limit_keys;
mod log;
mod panicked;
mod print;
mod progress;
mod report;
mod runs;
mod search;
mod serve;
mod show;
mod stats;
mod watch;
mod worker;

use std::{panic, process::ExitCode};

use anyhow::Result;

use crate::{
    args::{Cli, Command},
    config::Config,
    print::Exit,
};

fn main() -> ExitCode {
    let cli = Cli::read();
    panicked::listen();
    // The engine panics on bytes of an index that make no sense; where is said by then, and what to do follows.
    let ended = panic::catch_unwind(|| run(&cli)).unwrap_or_else(|_| Err(panicked::said()));
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => print::failure(&error),
    }
}

fn run(cli: &Cli) -> Result<Exit> {
    match &cli.command {
        // Before the configuration is read: a shell's set-up must not depend on one, and a worker is told all it needs.
        Some(Command::Completions(args)) => return completions::completions(args.shell),
        Some(Command::Worker(args)) => return worker::work(args),
        _ => {}
    }
    let config = Config::load(&cli.global).map_err(print::usage)?;
    let voice = print::Voice::new(&cli.global);
    match &cli.command {
        None => serve::ingest_and_serve(&config, voice),
        Some(Command::Ingest(args)) => ingest::ingest(&config, voice, args),
        Some(Command::Serve(args)) => serve::serve(&config, voice, args),
        Some(Command::Search(args)) => search::search(&config, args),
        Some(Command::Show(args)) => show::show(&config, args),
        Some(Command::Thread(args)) => show::thread(&config, args),
        Some(Command::Export(args)) => export::export(&config, voice, args),
        Some(Command::Cite(args)) => cite::cite(&config, args),
        Some(Command::Runs(args)) => runs::runs(&config, voice, args),
        Some(Command::Undo(args)) => ingest::undo(&config, voice, args),
        Some(Command::Remove(args)) => ingest::remove(&config, voice, args),
        Some(Command::Removed(args)) => runs::removed(&config, args.json),
        Some(Command::Rebuild(args)) => ingest::rebuild(&config, voice, args.json),
        Some(Command::Doctor(args)) => doctor::doctor(&config, voice, args),
        Some(Command::Stats(args)) => stats::stats(&config, args.json),
        // Both are answered above.
        Some(Command::Completions(args)) => completions::completions(args.shell),
        Some(Command::Worker(args)) => worker::work(args),
    }
}
