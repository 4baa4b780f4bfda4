//! Asks the real server for what people ask, at a fixed rate, while new dumps are ingested beside it, and says whether it held.
//!
//! `cargo bench -p plenary --bench load -- --lists FOLDER [--minutes N] [--rate N] [--clients N] [--every SECONDS]`: FOLDER holds the dumps of
//! one list. Of ten requests six are searches, three messages, one a thread; a request's time begins when it is due, not when a client is
//! free to send it. Every so many seconds `plenary ingest` brings a new small dump, in a process of its own.
//!
//! `--slow` has 500 visitors who never end a request and 20 who never read an answer, and says what is left to others. `--overload` does the
//! same with 64 clients who send the slowest queries. Everything runs on one machine, which the clients and the ingests share.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "this is a program for a terminal")]

#[allow(dead_code, reason = "two benches share this file, and each takes what it needs")]
#[path = "../http/client.rs"]
mod client;
mod mix;
mod overload;
#[allow(dead_code, reason = "two benches share this file, and each takes what it needs")]
#[path = "../http/server.rs"]
mod server;
mod slow;
#[path = "../../../index/benches/top/mod.rs"]
mod top;
mod traffic;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use server::{Server, ingest};

fn main() -> ExitCode {
    match top::go_there().and_then(|()| Options::read()).and_then(|options| measure(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Traffic,
    Slow,
    Overload,
}

/// What was asked for on the command line.
struct Options {
    lists: PathBuf,
    length: Duration,
    rate: u32,
    clients: usize,
    every: Duration,
    what: What,
}

impl Options {
    fn read() -> Result<Options, Box<dyn Error>> {
        let (mut lists, mut minutes, mut rate, mut clients, mut every) = (None, 1.0, 200, 32, 30);
        let mut what = What::Traffic;
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--lists" => lists = Some(PathBuf::from(value()?)),
                "--minutes" => minutes = value()?.parse()?,
                "--rate" => rate = value()?.parse()?,
                "--clients" => clients = value()?.parse()?,
                "--every" => every = value()?.parse()?,
                "--slow" => what = What::Slow,
                "--overload" => what = What::Overload,
                other => {
                    return Err(format!(
                        "`{other}` is none of --lists, --minutes, --rate, --clients, --every, --slow, --overload"
                    )
                    .into());
                }
            }
        }
        if rate == 0 || clients == 0 || every == 0 || !(0.1..=10_000.0).contains(&minutes) {
            return Err("--rate, --clients and --every are at least 1, --minutes at least 0.1".into());
        }
        let lists = lists.ok_or("say --lists FOLDER, a folder of dumps")?;
        let length = Duration::from_secs_f64(minutes * 60.0);
        Ok(Options { lists, length, rate, clients, every: Duration::from_secs(every), what })
    }
}

/// Measures; whether what was promised held.
fn measure(options: &Options) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let list = folder.path().join("lists/list");
    fs::create_dir_all(&list)?;
    let mut dumps: Vec<PathBuf> = fs::read_dir(&options.lists)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')))
        .collect();
    dumps.sort();
    for dump in &dumps {
        fs::copy(dump, list.join(dump.file_name().unwrap_or_default()))?;
    }
    println!("ingesting {} dumps of {}", dumps.len(), options.lists.display());
    ingest(folder.path())?;
    let mix = mix::Mix::of(folder.path(), &dumps)?;
    println!("{} different requests: {}", mix.len(), mix.described());
    let server = Server::start(folder.path())?;
    match options.what {
        What::Traffic => traffic::run(&server, &mix, folder.path(), options),
        What::Slow => slow::run(&server, &mix, options),
        What::Overload => overload::run(&server, &mix, options),
    }
}

/// Prints one line of the verdict.
fn verdict(held: bool, what: &str) -> bool {
    println!("{}  {what}", if held { "held    " } else { "NOT HELD" });
    held
}

/// The value below which this share of sorted values lies, in milliseconds.
fn rank(sorted: &[Duration], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}

fn mib(kib: Option<u64>) -> f64 {
    kib.map_or(f64::NAN, |kib| kib as f64 / 1024.0)
}

/// A new dump in the archive's only list.
fn add_dump(data: &Path, number: usize) -> Result<(), Box<dyn Error>> {
    let mut dump = String::new();
    for message in 0..20 {
        dump.push_str(&format!(
            "From load@example.org Thu Jun  2 14:03:11 2016\nFrom: Load Test <load@example.org>\nSubject: [list] Load {number}, part {message}\n\
             Date: Thu, 2 Jun 2016 14:{:02}:{message:02} +0000\nMessage-ID: <load-{number}-{message}@example.org>\n\n\
             An invented message, number {message} of {number}, which says nothing about an error in a package.\n\n",
            number % 60
        ));
    }
    Ok(fs::write(data.join(format!("lists/list/load-{number:05}.mbox")), dump)?)
}
