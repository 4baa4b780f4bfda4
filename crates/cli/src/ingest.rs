//! `plenary ingest` and `plenary rebuild`: runs, watched on the terminal and reported as a sum that balances.

use std::{
    io::IsTerminal,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plenary_index::run::{self, FileReport, Progress, Report, Settings, Watch};

use crate::{
    args,
    config::Config,
    copy,
    print::{self, Exit, Voice, thousands},
};

/// Set by the first Ctrl-C; a run looks at it between messages.
static STOP: AtomicBool = AtomicBool::new(false);

/// `plenary ingest`
pub(crate) fn ingest(config: &Config, voice: Voice, args: &args::Ingest) -> Result<Exit> {
    if !args.paths.is_empty() {
        if args.dry_run {
            return Err(print::usage(
                "--dry-run looks at what lies under data/lists; name no paths with it, or copy them there first",
            ));
        }
        let copied = copy::into_list(&run::lists_folder(config.data()), args.list.as_deref(), &args.paths)?;
        voice.say(format_args!(
            "{} in the list `{}`",
            plural(copied.len() as u64, "dump", "dumps"),
            args.list.as_deref().unwrap_or("")
        ));
    } else if args.list.is_some() {
        return Err(print::usage("--list says where named dumps go; name the dumps too"));
    }
    let retry = args.retry;
    let ingest = |settings: &Settings, watch: &Watch<'_>| run::ingest(&Settings { retry, ..settings.clone() }, watch);
    let report = run(config, voice, args.dry_run, ingest)?;
    tell(voice, &report, args.json, args.dry_run)
}

/// `plenary undo`
pub(crate) fn undo(config: &Config, voice: Voice, args: &args::Undo) -> Result<Exit> {
    let report = run(config, voice, false, |settings, watch| run::undo(settings, watch, &args.run, args.back))?;
    tell(voice, &report, args.json, false)
}

/// `plenary rebuild`
pub(crate) fn rebuild(config: &Config, voice: Voice, json: bool) -> Result<Exit> {
    let report = run(config, voice, false, run::rebuild)?;
    tell(voice, &report, json, false)
}

/// Runs with a progress bar, and stops at Ctrl-C with the index as it was.
pub(crate) fn run(
    config: &Config,
    voice: Voice,
    dry_run: bool,
    what: impl FnOnce(&Settings, &Watch<'_>) -> Result<Report, plenary_index::Error>,
) -> Result<Report> {
    listen_for_interrupt();
    let bar = bar(voice);
    let progress = |progress| show(&bar, progress);
    let report =
        what(&config.settings(chrono::Utc::now().timestamp(), dry_run), &Watch { progress: &progress, stop: &STOP });
    bar.finish_and_clear();
    Ok(report?)
}

/// Prints a report and says how the run ended.
pub(crate) fn tell(voice: Voice, report: &Report, json: bool, dry_run: bool) -> Result<Exit> {
    if json {
        print::line(serde_json::to_string(report)?)?;
    } else {
        words(voice, report, dry_run).into_iter().for_each(|line| voice.say(line));
    }
    if !report.balances() {
        bail!(
            "the sum does not balance; this is an error of the program: please report it with the files that were read"
        );
    }
    Ok(if report.has_remarks() { Exit::SetAside } else { Exit::Done })
}

/// A report in words: a line for each file that needs a look, then the sum.
pub(crate) fn words(voice: Voice, report: &Report, dry_run: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, reason) in &report.skipped {
        lines.push(format!("not a dump: {}: {reason}", print::safe(&path.display().to_string())));
    }
    for file in &report.files {
        lines.extend(file_words(voice, file));
    }
    if let (dumps, messages @ 1..) = report.gone {
        lines.push(format!(
            "{} gone from the lists' folder, but {} only in them {} still served: put the dumps back, or leave the messages out with `plenary rebuild`",
            plural(dumps as u64, "dump has", "dumps have"),
            plural(messages, "message", "messages"),
            if messages == 1 { "is" } else { "are" },
        ));
    }
    lines.extend(changes(voice, report));
    let tally = &report.tally;
    let files = report.files.len();
    if files == 0 {
        if report.generation > 0 {
            lines.push(holdings(report));
            return lines;
        }
        lines.push(match report.unchanged {
            0 => "no dumps found".into(),
            n => format!("nothing new: {} unchanged", plural(n as u64, "dump", "dumps")),
        });
        return lines;
    }
    let unchanged = if report.unchanged > 0 { format!(", {} unchanged", report.unchanged) } else { String::new() };
    lines.push(format!(
        "{}{} in {}{unchanged}, {:.1} s",
        if dry_run { "dry run, nothing written: " } else { "" },
        plural(tally.read, "message", "messages"),
        plural(files as u64, "dump", "dumps"),
        report.seconds,
    ));
    lines.push(format!(
        "read {} = {} new + {} known + {} richer + {} conflict + {} set aside",
        thousands(tally.read),
        thousands(tally.new),
        thousands(tally.known),
        thousands(tally.richer),
        thousands(tally.conflict),
        thousands(tally.set_aside),
    ));
    if let (Some(first), Some(last)) = (&report.first_date, &report.last_date) {
        lines.push(format!("dated {first} to {last}"));
    }
    lines.push(holdings(report));
    lines
}

fn holdings(report: &Report) -> String {
    format!(
        "the archive holds {} in {} by {}",
        plural(report.messages, "message", "messages"),
        plural(report.threads, "thread", "threads"),
        plural(report.people, "person", "people"),
    )
}

/// Most examples of a kind of change on the terminal; `--verbose` gives all, and so does `--json`.
const EXAMPLES: usize = 5;

/// What became of messages, threads and people that were there before.
fn changes(voice: Voice, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = |count: usize| if voice.verbose { count } else { EXAMPLES };
    let rest = |lines: &mut Vec<String>, count: usize| {
        if count > shown(count) {
            lines.push(format!("  and {} more; `--verbose` lists all", thousands((count - EXAMPLES) as u64)));
        }
    };
    for dump in &report.left_out {
        lines.push(format!("{}: left out, because the run that brought it was taken back", print::safe(dump)));
    }
    if report.taken_back > 0 {
        lines.push(format!("{} taken back", plural(report.taken_back, "message", "messages")));
    }
    let count = report.vanished.len();
    if count > 0 {
        lines.push(format!(
            "vanished: {} of an earlier dump {} not in the newer one; kept",
            plural(count as u64, "message", "messages"),
            if count == 1 { "is" } else { "are" },
        ));
        for gone in report.vanished.iter().take(shown(count)) {
            let date = gone.date.as_deref().unwrap_or("undated");
            let (dump, newer) = (print::safe(&gone.dump), print::safe(&gone.newer));
            let place = if dump == newer { dump } else { format!("{dump}, not in {newer}") };
            lines.push(format!("  /m/{} of {date}, in {place}", gone.id));
        }
        rest(&mut lines, count);
        for dump in &report.kept {
            lines.push(format!(
                "  what no other dump holds is now in {dump}; to let it go, delete that file and run `plenary rebuild`"
            ));
        }
    }
    if report.threads_joined > 0 {
        lines.push(format!("{} joined to others", plural(report.threads_joined, "thread", "threads")));
    }
    let count = report.people_merged.len();
    if count > 0 {
        let (who, unite) = (plural(count as u64, "person", "people"), if count == 1 { "unites" } else { "unite" });
        lines.push(format!("{who} newly {unite} several addresses; data/ledger/people.toml corrects what is wrong"));
        for union in report.people_merged.iter().take(if voice.verbose { count } else { 0 }) {
            let addresses = print::safe(&union.addresses.join(", "));
            lines.push(format!("  /p/{}: {addresses}: {}", union.person, union.reason));
        }
    }
    lines
}

/// Problems that are a file's own and always worth a line.
const FILE_PROBLEMS: [&str; 3] = ["empty", "stray", "unreadable"];

fn file_words(voice: Voice, file: &FileReport) -> Vec<String> {
    let mut lines = Vec::new();
    if voice.verbose {
        let t = &file.tally;
        lines.push(format!(
            "{} ({}): read {} = {} new + {} known + {} richer + {} conflict + {} set aside",
            print::safe(&file.path),
            file.format,
            t.read,
            t.new,
            t.known,
            t.richer,
            t.conflict,
            t.set_aside
        ));
    }
    for (kind, count) in &file.problems {
        let own = FILE_PROBLEMS.contains(&kind.as_str());
        if own || voice.verbose {
            let example = print::safe(file.examples.get(kind).map_or("", String::as_str));
            let times = if *count > 1 { format!(" ({} times)", thousands(*count)) } else { String::new() };
            let indent = if voice.verbose { "  " } else { "" };
            lines.push(format!("{indent}{}: {kind}{times}: {example}", print::safe(&file.path)));
        }
    }
    lines
}

/// `1 message`, `62,992 messages`.
pub(crate) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

fn bar(voice: Voice) -> ProgressBar {
    let visible = !voice.quiet && std::io::stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    // The templates are constants; a mistake in one shows as the plain style.
    let style = |template| {
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("█▉▊▋▌▍▎▏ ")
    };
    match progress {
        Progress::Reading { dump, done, total, messages } => {
            bar.set_style(style("reading {bar:24} {percent:>3}%  {bytes}/{total_bytes}  {msg}  ETA {eta}"));
            bar.set_length(total.max(1));
            bar.set_position(done);
            bar.set_message(format!("{} msg  {}", thousands(messages), print::safe(&dump)));
        }
        Progress::Writing { done, total } => {
            bar.set_style(style("writing {bar:24} {percent:>3}%  {msg}  {per_sec}  ETA {eta}"));
            bar.set_length(total.max(1));
            bar.set_position(done);
            bar.set_message(format!("{} of {} msg", thousands(done), thousands(total)));
        }
        Progress::Committing => {
            bar.set_style(style("committing {spinner}"));
        }
    }
}

/// Catches Ctrl-C during a run. A second one ends the program at once, which the index survives too.
fn listen_for_interrupt() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::thread::spawn(|| {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let mut again = false;
                while tokio::signal::ctrl_c().await.is_ok() {
                    if again || STOP.swap(true, Ordering::Relaxed) {
                        std::process::exit(130);
                    }
                    again = true;
                }
            });
        });
    });
}
