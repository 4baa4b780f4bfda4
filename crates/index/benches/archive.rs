//! Measures an archive from dumps to answers, and prints one table.
//!
//! `cargo bench -p plenary-index --bench archive -- [--lists FOLDER | --data FOLDER] [--messages N]`: with `--lists` a folder of
//! dumps is taken as one list, with `--data` all lists of a data folder; without either an archive of N messages (20,000) is
//! invented. What is measured is a copy in a temporary folder. With `--index FOLDER` only the questions are asked, of an index
//! that is there already, and with `--only TEXT` only those that hold a text: what a profiler wants. The ingest runs in a process of its own, so that the peak of its
//! memory is nobody else's; the questions are those of `queries.txt`, asked in this process, by one thread.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "this is a program for a terminal")]

mod top;

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use plenary_index::{
    Archive, Question, Rules, Sort, Start, ingest,
    query::parse,
    run::{self, Settings, Watch},
};

const QUERIES: &str = include_str!("queries.txt");
/// Messages invented when nothing else is asked for.
const MESSAGES: u64 = 20_000;
/// Lists they are invented for: Pipermail and raw mail alike.
const LISTS: u32 = 4;
/// Memory of the engine's writer, as the program's configuration has it.
const WRITER_MEMORY: usize = 200 << 20;
/// Rounds over all queries that count; one before them does not.
const ROUNDS: usize = 5;
/// Hits on a page.
const LIMIT: usize = 20;
/// Hits before a far page.
const DEEP: usize = 1_000;
/// Slowest queries shown.
const SLOWEST: usize = 10;
/// The day on which all queries are asked: `date:7d` has to mean the same in every run.
const TODAY: (i32, u32, u32) = (2017, 1, 1);
/// The same day for ingest, which must not take later dates for wrong: the year 2100.
const NOW: i64 = 4_102_444_800;
/// First argument of the process that ingests.
const INGEST: &str = "--ingest-only";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = top::go_there().and_then(|()| match args.as_slice() {
        [first, data] if first == INGEST => ingest_only(Path::new(data)),
        args => Options::read(args).and_then(|options| measure(&options)),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("archive: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    lists: Option<PathBuf>,
    data: Option<PathBuf>,
    index: Option<PathBuf>,
    only: String,
    messages: u64,
}

impl Options {
    fn read(args: &[String]) -> Result<Options, Box<dyn Error>> {
        let mut options = Options { lists: None, data: None, index: None, only: String::new(), messages: MESSAGES };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                // What cargo itself adds.
                "--bench" => {}
                "--lists" => options.lists = Some(value()?.into()),
                "--data" => options.data = Some(value()?.into()),
                "--index" => options.index = Some(value()?.into()),
                "--only" => options.only = value()?.clone(),
                "--messages" => options.messages = value()?.replace('_', "").parse()?,
                other => {
                    return Err(format!("`{other}` is none of --lists, --data, --messages, --index, --only").into());
                }
            }
        }
        Ok(options)
    }
}

fn measure(options: &Options) -> Result<(), Box<dyn Error>> {
    if let Some(index) = &options.index {
        return ask(index, &options.only);
    }
    let temporary = tempfile::tempdir()?;
    let data = temporary.path();
    let lists = data.join("lists");
    let what = match (&options.lists, &options.data) {
        (Some(folder), _) => {
            let name = folder.file_name().ok_or("--lists needs a folder with a name")?;
            copy(folder, &lists.join(name))?;
            name.to_string_lossy().into_owned()
        }
        (None, Some(folder)) => {
            copy(&folder.join("lists"), &lists)?;
            "all lists".to_owned()
        }
        (None, None) => {
            plenary_sample::bulk(7, options.messages, LISTS, &lists)?;
            "invented".to_owned()
        }
    };
    let dumps = size(&lists)?;
    let first = in_its_own_process(data)?;
    let again = in_its_own_process(data)?;
    let index = size(&data.join("index"))?;
    let per_second = |amount: f64| amount / first.seconds.max(1e-9);
    row("archive", format!("{what}, {:.1} MB of dumps", megabytes(dumps)));
    row("messages read", first.read.to_string());
    row("ingest", format!("{:.2} s", first.seconds));
    row("ingest, messages per second", format!("{:.0}", per_second(first.read as f64)));
    row("ingest, MB per second", format!("{:.1}", per_second(megabytes(dumps))));
    row("ingest, peak memory", first.peak.map_or("-".into(), |kib| format!("{:.0} MB", kib as f64 / 1024.0)));
    row("second ingest", format!("{:.3} s", again.seconds));
    row("index", format!("{:.1} MB, {:.2} of the dumps", megabytes(index), index as f64 / dumps.max(1) as f64));
    ask(&data.join("index"), &options.only)
}

/// One line of the table.
fn row(name: &str, value: String) {
    println!("{name:<28}{value}");
}

/// Asks the questions that hold `only` and prints how long that took.
fn ask(index: &Path, only: &str) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let archive = Archive::open(index, Vec::new())?;
    let open = started.elapsed();
    let overview = archive.overview();
    row("messages indexed", format!("{} in {} threads", overview.messages, overview.threads));
    row("open", format!("{:.1} ms", milliseconds(open)));
    let timed = ask_all(&archive, only)?;
    timed.describe();
    println!("\nslowest queries, median       ms      hits");
    for slow in timed.slowest() {
        println!("{:>32.2}  {:>8}  {}", milliseconds(slow.median), slow.hits, slow.line);
    }
    Ok(())
}

/// What the process that ingests says of itself.
struct Ingested {
    seconds: f64,
    read: u64,
    /// Its peak of memory in KiB, where the system tells.
    peak: Option<u64>,
}

fn in_its_own_process(data: &Path) -> Result<Ingested, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).arg(INGEST).arg(data).output()?;
    if !output.status.success() {
        return Err(format!("the ingest failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let said = String::from_utf8(output.stdout)?;
    match said.split_whitespace().collect::<Vec<_>>().as_slice() {
        [seconds, read, peak] => {
            Ok(Ingested { seconds: seconds.parse()?, read: read.parse()?, peak: peak.parse().ok() })
        }
        _ => Err(format!("the ingest said `{said}`").into()),
    }
}

fn ingest_only(data: &Path) -> Result<(), Box<dyn Error>> {
    let mut prefixes = Vec::new();
    for entry in fs::read_dir(data.join("lists"))? {
        prefixes.push(format!("[{}]", entry?.file_name().to_string_lossy()));
    }
    let settings = Settings {
        data: data.into(),
        rules: Rules { prefixes, ..Rules::default() },
        limits: ingest::source::Limits::default(),
        memory: WRITER_MEMORY,
        threads: 0,
        now: NOW,
        dry_run: false,
        retry: false,
        planned: Vec::new(),
        workers: None,
    };
    let stop = AtomicBool::new(false);
    let started = Instant::now();
    let report = run::ingest(&settings, &Watch { progress: &|_| {}, stop: &stop })?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{seconds} {} {}", report.tally.read, peak_memory().map_or("-".into(), |kib| kib.to_string()));
    Ok(())
}

/// The most memory this process has held, in KiB. Only Linux tells.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

/// A line of `queries.txt` as it is asked.
struct Asked<'a> {
    line: &'a str,
    question: Question,
}

fn questions(only: &str) -> Vec<Asked<'static>> {
    let lines = QUERIES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter(|line| line.contains(only))
        .map(|line| {
            let (mut sort, mut grouped, mut start, mut text) = (Sort::Relevance, false, Start::Offset(0), line);
            while let Some((option, rest)) = text.split_once(' ').filter(|(option, _)| option.starts_with('@')) {
                match option {
                    "@newest" => sort = Sort::Newest,
                    "@oldest" => sort = Sort::Oldest,
                    "@grouped" => grouped = true,
                    "@deep" => start = Start::Offset(DEEP),
                    _ => break,
                }
                text = rest;
            }
            Asked { line, question: Question { query: parse(text, TODAY), sort, grouped, limit: LIMIT, start } }
        })
        .collect()
}

/// One query's times over all rounds.
struct Timed {
    line: &'static str,
    median: Duration,
    hits: u64,
}

struct AllTimes {
    queries: Vec<Timed>,
    /// Every single answer's time, sorted.
    sorted: Vec<Duration>,
    partial: usize,
}

fn ask_all(archive: &Archive, only: &str) -> Result<AllTimes, Box<dyn Error>> {
    let questions = questions(only);
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); questions.len()];
    let mut hits = vec![0; questions.len()];
    let mut partial = 0;
    for round in 0..=ROUNDS {
        for (at, asked) in questions.iter().enumerate() {
            let started = Instant::now();
            let answer = archive.search(&asked.question)?;
            let took = started.elapsed();
            if round > 0 {
                times[at].push(took);
                partial += usize::from(answer.partial);
            }
            hits[at] = answer.total;
        }
    }
    let mut sorted: Vec<Duration> = times.iter().flatten().copied().collect();
    sorted.sort_unstable();
    let queries = questions
        .iter()
        .zip(times)
        .zip(hits)
        .map(|((asked, mut times), hits)| {
            times.sort_unstable();
            Timed { line: asked.line, median: times[times.len() / 2], hits }
        })
        .collect();
    Ok(AllTimes { queries, sorted, partial })
}

impl AllTimes {
    fn describe(&self) {
        let found = self.queries.iter().filter(|query| query.hits > 0).count();
        let total: Duration = self.sorted.iter().sum();
        let ms = |duration| format!("{:.2} ms", milliseconds(duration));
        row("queries", format!("{}, {found} of them with hits, {ROUNDS} rounds, one thread", self.queries.len()));
        row("queries, mean", ms(total / self.sorted.len().max(1) as u32));
        for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)] {
            let rank = (self.sorted.len() as f64 * share).ceil() as usize;
            row(&format!("queries, {name}"), ms(self.sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()));
        }
        if self.partial > 0 {
            row("queries, cut by the clock", self.partial.to_string());
        }
    }

    fn slowest(&self) -> Vec<&Timed> {
        let mut queries: Vec<&Timed> = self.queries.iter().collect();
        queries.sort_by_key(|query| std::cmp::Reverse(query.median));
        queries.truncate(SLOWEST);
        queries
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Millions of bytes.
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        bytes += if meta.is_dir() { size(&entry.path())? } else { meta.len() };
    }
    Ok(bytes)
}
