//! Asks the real server for search pages over loopback, as many clients at once, and prints one table.
//!
//! `cargo bench -p plenary --bench http -- --lists FOLDER [--seconds N] [--clients N] [--public-inbox]`: FOLDER holds the dumps of one list.
//! They are ingested into a temporary folder but for the last tenth, which is ingested by another process, again and again, while
//! the clients of the last rows ask. With `--public-inbox` the first 4,500 messages are served by public-inbox-httpd too (Debian: `public-inbox`),
//! and its search pages are asked for by the same clients. The clients share the machine with the server.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "this is a program for a terminal")]

#[allow(dead_code, reason = "two benches share this file, and each takes what it needs")]
mod client;
mod inbox;
#[allow(dead_code, reason = "two benches share this file, and each takes what it needs")]
mod server;
#[path = "../../../index/benches/top/mod.rs"]
mod top;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use client::{Load, Tally};
use server::{Server, ingest};

/// What people ask for most, on lists like these: asked again and again, so all but the first of each are kept pages.
const COMMON: [&str; 20] = [
    "package",
    "error",
    "windows",
    "memory leak",
    "namespace",
    "data frame",
    "method",
    "install",
    "documentation",
    "compile",
    "\"data frame\"",
    "bug",
    "linux",
    "function",
    "build",
    "S4 class",
    "locale",
    "check warning",
    "version",
    "segfault",
];
/// Part of the dumps that comes while clients ask.
const LATER: usize = 10;

fn main() -> ExitCode {
    match top::go_there().and_then(|()| Options::read()).and_then(|options| measure(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("http: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    lists: PathBuf,
    seconds: u64,
    clients: usize,
    public_inbox: bool,
}

impl Options {
    fn read() -> Result<Options, Box<dyn Error>> {
        let (mut lists, mut seconds, mut clients, mut public_inbox) = (None, 5, 32, false);
        let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--lists" => lists = Some(PathBuf::from(value()?)),
                "--seconds" => seconds = value()?.parse()?,
                "--clients" => clients = value()?.parse()?,
                "--public-inbox" => public_inbox = true,
                other => {
                    return Err(format!("`{other}` is none of --lists, --seconds, --clients, --public-inbox").into());
                }
            }
        }
        Ok(Options { lists: lists.ok_or("say --lists FOLDER, a folder of dumps")?, seconds, clients, public_inbox })
    }
}

fn measure(options: &Options) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let list = folder.path().join("lists/list");
    fs::create_dir_all(&list)?;
    let mut dumps: Vec<PathBuf> = fs::read_dir(&options.lists)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')))
        .collect();
    dumps.sort();
    let later = dumps.split_off(dumps.len() - dumps.len() / LATER);
    let put = |dump: &Path| fs::copy(dump, list.join(dump.file_name().unwrap_or_default())).map(drop);
    dumps.iter().try_for_each(|dump| put(dump))?;
    ingest(folder.path())?;

    println!("{:52}{}", "", Tally::HEAD);
    let length = Duration::from_secs(options.seconds);
    let common: Vec<String> = COMMON.iter().map(|query| address("/search", query)).collect();
    let cold: Vec<String> = server::words(&dumps, 20_000)?.iter().map(|query| address("/search", query)).collect();
    let json: Vec<String> = COMMON.iter().map(|query| address("/api/v1/search", query)).collect();
    {
        let server = Server::start(folder.path())?;
        let load = |clients, addresses: &[String], gzip| Load {
            server: server.address.clone(),
            clients,
            gzip,
            addresses: addresses.to_vec(),
            once: false,
        };
        row("common pages, plain, 1 client", &load(1, &common, false).run(length));
        row("common pages, plain, 8 clients", &load(8, &common, false).run(length));
        row("common pages, gzip, 8 clients", &load(8, &common, true).run(length));
        row("common answers of the API, 8 clients", &load(8, &json, false).run(length));
        let once = |clients, gzip, part: &[String]| Load { once: true, ..load(clients, part, gzip) };
        let (first, second) = cold.split_at(cold.len() / 2);
        row("no two queries the same, plain, 8 clients", &once(8, false, first).run(length));
        row("no two queries the same, gzip, 8 clients", &once(8, true, second).run(length));
    }
    {
        let server = Server::start(folder.path())?;
        let name = format!("common pages, plain, {} clients", options.clients);
        let load = Load {
            server: server.address.clone(),
            clients: options.clients,
            gzip: false,
            addresses: common,
            once: false,
        };
        row(&name, &load.run(length));
        // The rest of the dumps, a few at a time, each run a commit.
        let (stop, commits) = (AtomicBool::new(false), AtomicUsize::new(0));
        let step = later.len().div_ceil(4).max(1);
        let tally = thread::scope(|scope| {
            let writer = scope.spawn(|| -> Result<(), String> {
                for part in later.chunks(step) {
                    part.iter().try_for_each(|dump| put(dump)).map_err(|error| error.to_string())?;
                    ingest(folder.path()).map_err(|error| error.to_string())?;
                    commits.fetch_add(1, Ordering::Relaxed);
                    // The server looks for commits every other second: each is to be seen.
                    thread::sleep(Duration::from_millis(2_500));
                }
                stop.store(true, Ordering::Relaxed);
                Ok(())
            });
            let tally =
                load.run_until(|begun| stop.load(Ordering::Relaxed) || begun.elapsed() > Duration::from_secs(300));
            writer.join().unwrap_or_else(|_| Err("the writer panicked".into())).map(|()| tally)
        })?;
        row(&format!("the same while {} runs commit", commits.load(Ordering::Relaxed)), &tally);
        println!(
            "memory of the server at its peak: {} MB",
            server.peak().map_or("-".into(), |kib| (kib / 1024).to_string())
        );
    }
    if options.public_inbox {
        dumps.extend(later);
        inbox::measure(&dumps, folder.path(), &COMMON, length)?;
    }
    Ok(())
}

fn row(name: &str, tally: &Tally) {
    println!("{name:52}{}", tally.row());
}

fn address(path: &str, query: &str) -> String {
    format!("{path}?q={}", query.replace(' ', "+").replace('"', "%22"))
}
