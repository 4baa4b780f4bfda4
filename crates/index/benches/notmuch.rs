//! Ingests the same messages with Plenary and with notmuch, one after the other, searches in both, and prints two tables.
//!
//! `cargo bench -p plenary-index --bench notmuch -- --lists FOLDER [--rounds N] [--program PLENARY]`. The program `notmuch` must be there (Debian:
//! `notmuch`). It gets the messages as a Maildir, one file each, already cut and unescaped, which costs it nothing here; Plenary gets the dumps.
//! Both write to temporary folders of one disk. The fastest of N rounds (2) counts for each. Searches are asked in turn, and the median of
//! five counts: of notmuch as a program, which it is, of Plenary in this process and, with `--program`, as a program too.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "this is a program for a terminal")]

mod top;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use plenary_index::{
    Archive, Question, Rules, Sort, Start,
    ingest::{
        mbox::{self, Piece},
        source::{self, Limits},
    },
    query::parse,
    run::{self, Settings, Watch},
};

/// Memory of the engine's writer, as the program's configuration has it.
const WRITER_MEMORY: usize = 200 << 20;
/// The year 2100: no date in a dump is then in the future.
const NOW: i64 = 4_102_444_800;
/// Rounds of searches.
const SEARCHES: usize = 5;
/// What is searched for: the same to both.
const QUERIES: [&str; 10] = [
    "package",
    "windows",
    "memory leak",
    "\"data frame\"",
    "\"garbage collector\"",
    "windows OR linux",
    "namespace import export",
    "from:brian",
    "subject:windows",
    "segfault",
];

fn main() -> ExitCode {
    match top::go_there().and_then(|()| measure()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notmuch: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let Options { lists, rounds, program } = options()?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let list = data.join("lists/list");
    fs::create_dir_all(&list)?;
    let mut dumps = Vec::new();
    for entry in fs::read_dir(&lists)? {
        let path = entry?.path();
        if path.is_file() {
            let to = list.join(path.file_name().unwrap_or_default());
            fs::copy(&path, &to)?;
            dumps.push(to);
        }
    }
    dumps.sort();
    let mail = folder.path().join("mail");
    let messages = maildir(&dumps, &mail)?;
    let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        ours = ours.min(plenary(&data)?);
        theirs = theirs.min(notmuch(&mail)?);
    }
    let size = |path: &Path| Ok::<f64, Box<dyn Error>>(bytes_of(path)? as f64 / 1e6);
    println!("{:24}{:>12}{:>12}", format!("{messages} messages"), "plenary", "notmuch");
    println!("{:24}{ours:>12.2}{theirs:>12.2}", "seconds");
    println!("{:24}{:>12.0}{:>12.0}", "messages per second", messages as f64 / ours, messages as f64 / theirs);
    println!("{:24}{:>12.1}{:>12.1}", "index, MB", size(&data.join("index"))?, size(&mail.join(".notmuch"))?);
    println!("{:24}{:>12.1}{:>12}", "times as fast", theirs / ours, "1");
    search(&data, &mail, program.as_deref())
}

/// Asks both, in turn.
fn search(data: &Path, mail: &Path, program: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let archive = Archive::open(&data.join("index"), Vec::new())?;
    let timed = |command: &mut Command| -> Result<Duration, Box<dyn Error>> {
        let started = Instant::now();
        command.env("NOTMUCH_CONFIG", mail.join("config")).output()?;
        Ok(started.elapsed())
    };
    println!("\n{:28}{:>10}{:>12}{:>10}{:>14}", "ms", "plenary,", "plenary,", "notmuch", "notmuch");
    println!("{:28}{:>10}{:>12}{:>10}{:>14}", "", "a call", "a program", "count", "search");
    for query in QUERIES {
        let mut times: [Vec<Duration>; 4] = Default::default();
        for _ in 0..SEARCHES {
            let question = Question {
                query: parse(query, (2017, 1, 1)),
                sort: Sort::Relevance,
                grouped: false,
                limit: 20,
                start: Start::Offset(0),
            };
            let started = Instant::now();
            archive.search(&question)?;
            times[0].push(started.elapsed());
            if let Some(program) = program {
                let mut command = Command::new(program);
                times[1].push(timed(command.arg("--data").arg(data).args(["search", "-n", "20", "--", query]))?);
            }
            times[2].push(timed(Command::new("notmuch").args(["count", "--", query]))?);
            times[3].push(timed(Command::new("notmuch").args(["search", "--limit=20", "--", query]))?);
        }
        let median = |times: &mut Vec<Duration>| {
            times.sort_unstable();
            times.get(times.len() / 2).map_or("-".into(), |time| format!("{:.2}", time.as_secs_f64() * 1e3))
        };
        let [call, program, count, search] = times.each_mut().map(median);
        println!("{query:28}{call:>10}{program:>12}{count:>10}{search:>14}");
    }
    Ok(())
}

struct Options {
    lists: PathBuf,
    rounds: u32,
    program: Option<PathBuf>,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let (mut lists, mut rounds, mut program) = (None, 2, None);
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--lists", Some(folder)) => lists = Some(PathBuf::from(folder)),
            ("--rounds", Some(number)) => rounds = number.parse()?,
            ("--program", Some(file)) => program = Some(PathBuf::from(file)),
            _ => {
                return Err(
                    format!("`{arg}` is not understood; say --lists FOLDER [--rounds N] [--program FILE]").into()
                );
            }
        }
    }
    Ok(Options { lists: lists.ok_or("say --lists FOLDER, a folder of dumps")?, rounds, program })
}

/// Writes each message of the dumps into a file of its own, a thousand to a folder; gives how many.
fn maildir(dumps: &[PathBuf], mail: &Path) -> Result<usize, Box<dyn Error>> {
    let limits = Limits::default();
    let mut count = 0;
    for dump in dumps {
        for piece in mbox::split(source::expand(dump, &limits)?, &limits) {
            if let Piece::Message(raw) = piece? {
                let folder = mail.join((count / 1000).to_string());
                fs::create_dir_all(&folder)?;
                fs::write(folder.join(count.to_string()), mbox::unescape(&raw))?;
                count += 1;
            }
        }
    }
    Ok(count)
}

fn plenary(data: &Path) -> Result<f64, Box<dyn Error>> {
    for part in ["index", "index.previous", "ledger"] {
        let _ = fs::remove_dir_all(data.join(part));
    }
    let settings = Settings {
        data: data.into(),
        rules: Rules::default(),
        limits: Limits::default(),
        memory: WRITER_MEMORY,
        threads: 0,
        now: NOW,
        dry_run: false,
        retry: false,
        planned: Vec::new(),
        workers: None,
    };
    let started = Instant::now();
    run::ingest(&settings, &Watch { progress: &|_| {}, stop: &AtomicBool::new(false) })?;
    Ok(started.elapsed().as_secs_f64())
}

fn notmuch(mail: &Path) -> Result<f64, Box<dyn Error>> {
    let _ = fs::remove_dir_all(mail.join(".notmuch"));
    let config = mail.join("config");
    fs::write(&config, format!("[database]\npath={}\n[new]\nignore=config\n", mail.display()))?;
    let started = Instant::now();
    let output = Command::new("notmuch").env("NOTMUCH_CONFIG", &config).args(["new", "--quiet"]).output()?;
    if !output.status.success() {
        return Err(format!("notmuch failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(started.elapsed().as_secs_f64())
}

fn bytes_of(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            if about.is_dir() { folders.push(entry.path()) } else { sum += about.len() }
        }
    }
    Ok(sum)
}
