//! The report of a run in words: what needs a look first, the sum last.

use std::{collections::BTreeMap, path::Path, time::Duration};

use plenary_index::run::{self, FileReport, Report, kinds};

use crate::{
    print::{self, Voice, plural, thousands},
    progress::per_second,
};

/// A report in words: a line for each file that needs a look, what was repaired, what changed, the sum. `data` is the data folder.
pub(crate) fn words(voice: Voice, report: &Report, data: &Path, dry_run: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let skipped = report
        .skipped
        .iter()
        .map(|(path, reason)| format!("not a dump: {}: {reason}", print::safe(&path.display().to_string())));
    listed(voice, &mut lines, "", skipped.collect());
    listed(voice, &mut lines, "", report.files.iter().flat_map(remarks).collect());
    if voice.verbose {
        report.files.iter().for_each(|file| lines.extend(everything(file)));
    }
    lines.extend(repairs(report));
    if let (dumps, messages @ 1..) = report.gone {
        lines.push(format!(
            "{} gone from the lists' folder, but {} only in them {} still served: put the dumps back, or leave the messages out with `plenary rebuild`",
            plural(dumps as u64, "dump has", "dumps have"),
            plural(messages, "message", "messages"),
            if messages == 1 { "is" } else { "are" },
        ));
    }
    lines.extend(changes(voice, report, data));
    if report.files.is_empty() {
        lines.push(match report.unchanged {
            unchanged if report.generation > 0 && (unchanged > 0 || report.messages > 0) => holdings(report),
            0 => format!(
                "no dumps found in {}; put them there, each list's in a folder of its own, or name them: `plenary ingest FILE --list NAME`",
                run::lists_folder(data).display()
            ),
            n => format!("nothing new: {} unchanged", plural(n as u64, "dump", "dumps")),
        });
        lines.extend(still_aside(report));
        return lines;
    }
    lines.extend(still_aside(report));
    lines.extend(set_aside(report, data, dry_run));
    lines.extend(sum(report, dry_run));
    lines
}

/// What is kept apart, and what can be done about it.
fn set_aside(report: &Report, data: &Path, dry_run: bool) -> Option<String> {
    let pieces = report.set_aside_details.len() as u64;
    let file = data.join("set-aside").join(format!("{}.jsonl", report.run));
    (pieces > 0).then(|| {
        format!(
            "set aside: {} with place and reason {} {}; `plenary ingest --retry` reads {} again, once a limit is raised or the program renewed",
            plural(pieces, "piece", "pieces"),
            if dry_run { "would be listed in" } else if pieces == 1 { "is listed in" } else { "are listed in" },
            file.display(),
            if pieces == 1 { "it" } else { "them" },
        )
    })
}

/// What earlier runs set aside, which must not be forgotten.
fn still_aside(report: &Report) -> Option<String> {
    let dumps = report.still_aside as u64;
    (dumps > 0).then(|| {
        format!(
            "set aside before: something of {}; `plenary ingest --retry --verbose` reads {} again and says what",
            plural(dumps, "unchanged dump", "unchanged dumps"),
            if dumps == 1 { "it" } else { "them" },
        )
    })
}

/// The sum, and what the archive holds.
fn sum(report: &Report, dry_run: bool) -> Vec<String> {
    let tally = &report.tally;
    let unchanged = if report.unchanged > 0 { format!(", {} unchanged", report.unchanged) } else { String::new() };
    let rate = per_second(tally.read, Duration::from_secs_f64(report.seconds.max(0.0)));
    let mut lines = vec![
        format!(
            "{}{} in {}{unchanged}, {:.1} s ({}/s)",
            if dry_run { "dry run, nothing written: " } else { "" },
            plural(tally.read, "message", "messages"),
            plural(report.files.len() as u64, "dump", "dumps"),
            report.seconds,
            thousands(rate),
        ),
        format!(
            "read {} = {} new + {} known + {} richer + {} conflict + {} set aside",
            thousands(tally.read),
            thousands(tally.new),
            thousands(tally.known),
            thousands(tally.richer),
            thousands(tally.conflict),
            thousands(tally.set_aside),
        ),
    ];
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

/// Most lines of a kind on the terminal; `--verbose` gives all, and so does `--json`.
const EXAMPLES: usize = 5;

/// Adds as many lines of a kind as are shown, and says how many more there are.
fn listed(voice: Voice, lines: &mut Vec<String>, indent: &str, of_a_kind: Vec<String>) {
    let shown = if voice.verbose { of_a_kind.len() } else { EXAMPLES };
    let rest = of_a_kind.len().saturating_sub(shown) as u64;
    lines.extend(of_a_kind.into_iter().take(shown));
    if rest > 0 {
        lines.push(format!("{indent}and {} more; `--verbose` lists all", thousands(rest)));
    }
}

/// What became of messages, threads and people that were there before.
fn changes(voice: Voice, report: &Report, data: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for dump in &report.left_out {
        lines.push(format!("{}: left out, because the run that brought it was taken back", print::safe(dump)));
    }
    if report.removed > 0 {
        lines.push(format!(
            "{} taken down and left out: `plenary removed` lists them",
            plural(report.removed, "message is", "messages are")
        ));
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
        let vanished = report.vanished.iter().map(|gone| {
            let date = gone.date.as_deref().unwrap_or("undated");
            let (dump, newer) = (print::safe(&gone.dump), print::safe(&gone.newer));
            let place = if dump == newer { dump } else { format!("{dump}, not in {newer}") };
            format!("  /m/{} of {date}, in {place}", gone.id)
        });
        listed(voice, &mut lines, "  ", vanished.collect());
    }
    for dump in &report.kept {
        lines.push(format!(
            "  what no other dump holds is now in {dump}; to let it go, delete that file and run `plenary rebuild`"
        ));
    }
    if report.threads_joined > 0 {
        lines.push(format!("{} joined to others", plural(report.threads_joined, "thread", "threads")));
    }
    let count = report.people_merged.len();
    if count > 0 {
        let (who, unite) = (plural(count as u64, "person", "people"), if count == 1 { "unites" } else { "unite" });
        lines.push(format!(
            "{who} newly {unite} several addresses; {} corrects what is wrong",
            data.join("ledger/people.toml").display()
        ));
        let unions = report.people_merged.iter().map(|union| {
            format!("  /p/{}: {}: {}", union.person, print::safe(&union.addresses.join(", ")), union.reason)
        });
        listed(voice, &mut lines, "  ", unions.collect());
    }
    lines
}

/// Problems that are a file's own and always worth a line.
const FILE_PROBLEMS: [&str; 3] = ["empty", "stray", "unreadable"];

/// A line for each problem of a file that is always worth one.
fn remarks(file: &FileReport) -> Vec<String> {
    let own = |(kind, _): &(&String, &u64)| FILE_PROBLEMS.contains(&kind.as_str());
    file.problems
        .iter()
        .filter(own)
        .map(|(kind, &count)| format!("{}: {}", print::safe(&file.path), problem(file, kind, count)))
        .collect()
}

/// All that is known of a file.
fn everything(file: &FileReport) -> Vec<String> {
    let t = &file.tally;
    let mut lines = vec![format!(
        "{} ({}): read {} = {} new + {} known + {} richer + {} conflict + {} set aside",
        print::safe(&file.path),
        file.format,
        t.read,
        t.new,
        t.known,
        t.richer,
        t.conflict,
        t.set_aside
    )];
    lines.extend(file.problems.iter().map(|(kind, &count)| format!("  {}", problem(file, kind, count))));
    lines
}

fn problem(file: &FileReport, kind: &str, count: u64) -> String {
    let example = print::safe(file.examples.get(kind).map_or("", String::as_str));
    let times = if count > 1 { format!(" ({} times)", thousands(count)) } else { String::new() };
    format!("{kind}{times}: {example}")
}

/// What was wrong with messages, by kind, with the first example of each. The dumps are never changed.
fn repairs(report: &Report) -> Vec<String> {
    let mut kinds: BTreeMap<&str, (u64, &FileReport)> = BTreeMap::new();
    for file in &report.files {
        for (kind, count) in &file.problems {
            if !FILE_PROBLEMS.contains(&kind.as_str()) {
                kinds.entry(kind).or_insert((0, file)).0 += count;
            }
        }
    }
    let Some(widest) = kinds.values().map(|(count, _)| thousands(*count).len()).max() else { return Vec::new() };
    let kind_width = kinds.keys().map(|kind| kind.len()).max().unwrap_or_default();
    let lines = kinds.iter().map(|(kind, (count, file))| {
        let example = print::safe(file.examples.get(*kind).map_or("", String::as_str));
        let phrase = kinds::problem(kind);
        format!(
            "  {kind:<kind_width$} {:>widest$}  {phrase} ({example}, as in {})",
            thousands(*count),
            print::safe(&file.path)
        )
    });
    std::iter::once("repaired or remarked; no dump is changed, and `--verbose` says it of each file:".to_owned())
        .chain(lines)
        .collect()
}
