//! Ingests the same messages with Plenary and with notmuch, one after the other, and prints one table.
//!
//! `cargo bench -p plenary-index --bench notmuch -- --lists FOLDER [--rounds N]`. The program `notmuch` must be there (Debian:
//! `notmuch`). It gets the messages as a Maildir, one file each, already cut and unescaped, which costs it nothing here; Plenary gets the dumps.
//! Both write to temporary folders of one disk. The fastest of N rounds (2) counts for each.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "this is a program for a terminal")]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::atomic::AtomicBool,
    time::Instant,
};

use plenary_index::{
    Rules,
    ingest::{
        mbox::{self, Piece},
        source::{self, Limits},
    },
    run::{self, Settings, Watch},
};

/// Memory of the engine's writer, as the program's configuration has it.
const WRITER_MEMORY: usize = 200 << 20;
/// The year 2100: no date in a dump is then in the future.
const NOW: i64 = 4_102_444_800;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("notmuch: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let (lists, rounds) = options()?;
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
    Ok(())
}

fn options() -> Result<(PathBuf, u32), Box<dyn Error>> {
    let (mut lists, mut rounds) = (None, 2);
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--lists", Some(folder)) => lists = Some(PathBuf::from(folder)),
            ("--rounds", Some(number)) => rounds = number.parse()?,
            _ => return Err(format!("`{arg}` is not understood; say --lists FOLDER [--rounds N]").into()),
        }
    }
    Ok((lists.ok_or("say --lists FOLDER, a folder of dumps")?, rounds))
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
