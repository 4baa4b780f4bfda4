//! `/runs/<run>`: the report of one run, for those who want to know where the archive comes from.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use plenary_index::run::{FileReport, Report, Tally, kinds};

use crate::{
    Shared,
    error::Error,
    links,
    params::Params,
    piece::plain,
    runs::{self, Moment},
    shell::{Shell, page},
    wording,
};

/// Dumps on a page: a list of twenty years has 240 months, and five lists of four years as many.
const DUMPS: usize = 250;
/// Lines of what vanished, of people and of what was set aside on the page; the JSON form has all.
const LINES: usize = 200;

#[derive(Template)]
#[template(path = "run.html")]
struct Page {
    shell: Shell,
    name: String,
    time: Moment,
    undone: bool,
    read: String,
    outcomes: Vec<(&'static str, String, &'static str)>,
    facts: Vec<String>,
    repairs: Vec<Repair>,
    vanished: Shown<(String, String, String)>,
    kept: Vec<String>,
    people: Shown<(String, String, String)>,
    aside: Shown<(String, String)>,
    left_out: Shown<String>,
    dumps: Vec<Dump>,
    /// Which dumps these are, where they are not all.
    part: String,
    previous: Option<String>,
    next: Option<String>,
}

/// As many lines as a page takes, and how many more there are.
struct Shown<T> {
    all: String,
    lines: Vec<T>,
    more: String,
}

impl<T> Shown<T> {
    fn of<S>(lines: &[S], one: &str, many: &str, show: impl Fn(&S) -> T) -> Shown<T> {
        let rest = lines.len().saturating_sub(LINES);
        Shown {
            all: wording::counted(lines.len() as u64, one, many),
            lines: lines.iter().take(LINES).map(show).collect(),
            more: if rest > 0 { wording::count(rest as u64) } else { String::new() },
        }
    }
}

/// A kind of problem over all dumps.
struct Repair {
    kind: String,
    /// A search for the messages that have it, where messages do.
    address: String,
    phrase: String,
    count: String,
    example: String,
    dump: String,
}

/// One dump.
struct Dump {
    path: String,
    format: String,
    tally: Vec<String>,
    dates: String,
    problems: Vec<String>,
}

/// Handles `/runs/<run>` and `/runs/<run>.json`.
pub(crate) async fn handle(
    State(site): Shared,
    run: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(name) = run.map_err(|_| Error::NoRun)?;
    let (name, as_json) = name.strip_suffix(".json").map_or((name.as_str(), false), |name| (name, true));
    let asked = name.to_owned();
    let (report, undone) = site.read(move |archive| archive.run(&asked)).await?.ok_or(Error::NoRun)?;
    if as_json {
        return Ok(Json(runs::whole(&report, undone)).into_response());
    }
    let path = links::run(&report.run);
    let moment = Moment::of(&report.run);
    let shell =
        Shell::new(&site, format!("Run of {}", moment.shown)).at(&site, &path).form("JSON", format!("{path}.json"));
    let pages = report.files.len().div_ceil(DUMPS).max(1);
    page(&view(shell, &report, undone, params.number("page", 1, 1..=pages), pages))
}

fn view(shell: Shell, report: &Report, undone: bool, at: usize, pages: usize) -> Page {
    let t = &report.tally;
    let numbers = [t.new, t.known, t.richer, t.conflict, t.set_aside];
    let outcomes = kinds::OUTCOMES.iter().zip(numbers);
    let part = (at - 1) * DUMPS..(at * DUMPS).min(report.files.len());
    let address =
        |page: usize| format!("{}{}#dumps", links::run(&report.run), links::parameters(&[("page", &page.to_string())]));
    Page {
        shell,
        name: report.run.clone(),
        time: Moment::of(&report.run),
        undone,
        read: wording::count(t.read),
        outcomes: outcomes.map(|(&(name, help), number)| (name, wording::count(number), help)).collect(),
        facts: facts(report),
        repairs: repairs(report),
        vanished: Shown::of(&report.vanished, "message", "messages", |gone| {
            let (dump, newer) = (plain(&gone.dump), plain(&gone.newer));
            let place = if dump == newer { dump } else { format!("{dump}, not in {newer}") };
            (links::message(&gone.id), gone.date.clone().unwrap_or_else(|| "undated".to_owned()), place)
        }),
        kept: report.kept.iter().map(|dump| plain(dump)).collect(),
        people: Shown::of(&report.people_merged, "person", "people", |union| {
            (links::person(&union.person), plain(&union.addresses.join(", ")), plain(&union.reason))
        }),
        aside: Shown::of(&report.set_aside_details, "piece", "pieces", |aside| {
            let place = format!("{}, byte {}, {}", plain(&aside.dump), aside.offset, wording::size(aside.length));
            (place, plain(&aside.reason))
        }),
        left_out: Shown::of(&report.left_out, "dump", "dumps", |dump| plain(dump)),
        part: if pages > 1 {
            let (first, last) = (wording::count(part.start as u64 + 1), wording::count(part.end as u64));
            format!("{first} to {last} of {}", wording::count(report.files.len() as u64))
        } else {
            String::new()
        },
        dumps: report.files[part].iter().map(dump).collect(),
        previous: (at > 1).then(|| address(at - 1)),
        next: (at < pages).then(|| address(at + 1)),
    }
}

/// What else is to be said in a line each.
fn facts(report: &Report) -> Vec<String> {
    let mut facts = Vec::new();
    if let (Some(first), Some(last)) = (&report.first_date, &report.last_date) {
        facts.push(format!("Dated {first} to {last}."));
    }
    if report.unchanged > 0 {
        facts.push(format!(
            "{} had not changed and were not read.",
            wording::counted(report.unchanged as u64, "dump", "dumps")
        ));
    }
    if report.taken_back > 0 {
        facts.push(format!("{} taken back.", wording::counted(report.taken_back, "message was", "messages were")));
    }
    if let (dumps, messages @ 1..) = report.gone {
        let dumps = wording::counted(dumps as u64, "dump", "dumps");
        facts.push(format!(
            "{dumps} had gone; {} only in them.",
            wording::counted(messages, "message was", "messages were")
        ));
    }
    if report.threads_joined > 0 {
        facts.push(format!(
            "{} joined to others.",
            wording::counted(report.threads_joined, "thread was", "threads were")
        ));
    }
    facts.push(format!(
        "The archive then held {} in {} by {}.",
        wording::counted(report.messages, "message", "messages"),
        wording::counted(report.threads, "thread", "threads"),
        wording::counted(report.people, "person", "people"),
    ));
    facts
}

fn repairs(report: &Report) -> Vec<Repair> {
    let mut sums: BTreeMap<&str, (u64, &FileReport)> = BTreeMap::new();
    for file in &report.files {
        for (kind, count) in &file.problems {
            sums.entry(kind).or_insert((0, file)).0 += count;
        }
    }
    sums.into_iter()
        .map(|(kind, (count, file))| Repair {
            address: if kinds::of_files(kind) {
                String::new()
            } else {
                format!("/search{}", links::parameters(&[("q", &format!("repair:{kind}"))]))
            },
            kind: plain(kind),
            phrase: plain(kinds::problem(kind)),
            count: wording::count(count),
            example: plain(file.examples.get(kind).map_or("", String::as_str)),
            dump: plain(&file.path),
        })
        .collect()
}

fn dump(file: &FileReport) -> Dump {
    let Tally { read, new, known, richer, conflict, set_aside } = file.tally;
    let problem = |(kind, count): (&String, &u64)| {
        let example = file.examples.get(kind).map_or("", String::as_str);
        plain(&format!("{} × {kind}: {example}", wording::count(*count)))
    };
    Dump {
        path: plain(&file.path),
        format: plain(&file.format),
        tally: [read, new, known, richer, conflict, set_aside].map(wording::count).into(),
        dates: match (&file.first_date, &file.last_date) {
            (Some(first), Some(last)) if first == last => first.clone(),
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => String::new(),
        },
        problems: file.problems.iter().map(problem).collect(),
    }
}
