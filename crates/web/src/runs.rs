//! `/runs/`: what each run brought to the archive, and runs as JSON. Addresses are masked, and no path of the server is shown.

use askama::Template;
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use chrono::NaiveDateTime;
use plenary_index::{ledger::RunSummary, run::Report};
use serde_json::{Value, json};

use crate::{
    Shared,
    error::Error,
    links,
    mask::mask,
    params::Params,
    shell::{Shell, page},
    wording,
};

/// Runs on a page: some two years of a weekly ingest.
const RUNS: usize = 100;

#[derive(Template)]
#[template(path = "runs.html")]
struct Page {
    shell: Shell,
    runs: Vec<Row>,
    of: String,
    spoilt: String,
    newer: Option<String>,
    older: Option<String>,
}

/// One run.
struct Row {
    address: String,
    time: Moment,
    tally: Vec<String>,
    dumps: String,
    rebuild: bool,
    undone: bool,
}

/// When a run began, as its name says.
pub(crate) struct Moment {
    pub(crate) iso: String,
    pub(crate) shown: String,
}

impl Moment {
    /// Of a name such as `20261124T020000Z`, perhaps with a number after it; the name itself where it is another.
    pub(crate) fn of(run: &str) -> Moment {
        match began(run) {
            Some(seconds) => Moment { iso: wording::iso(seconds), shown: wording::moment(seconds) },
            None => Moment { iso: String::new(), shown: run.to_owned() },
        }
    }
}

/// The moment that the name of a run is.
pub(crate) fn began(run: &str) -> Option<i64> {
    let time = NaiveDateTime::parse_from_str(run.split('-').next()?, "%Y%m%dT%H%M%SZ").ok()?;
    Some(time.and_utc().timestamp())
}

/// Handles `/runs/`.
pub(crate) async fn handle(State(site): Shared, params: Params) -> Result<Response, Error> {
    let runs = site.read(|archive| archive.runs()).await?;
    let pages = runs.runs.len().div_ceil(RUNS).max(1);
    let at = params.number("page", 1, 1..=pages);
    let address = |page: usize| format!("/runs/{}", links::parameters(&[("page", &page.to_string())]));
    page(&Page {
        shell: Shell::new(&site, "Runs").at(&site, "/runs/").form("JSON", "/api/v1/runs"),
        runs: runs.runs.iter().skip((at - 1) * RUNS).take(RUNS).map(row).collect(),
        of: wording::counted(runs.runs.len() as u64, "run", "runs"),
        spoilt: if runs.spoilt > 0 {
            wording::counted(runs.spoilt as u64, "line of the ledger is", "lines of the ledger are")
        } else {
            String::new()
        },
        newer: (at > 1).then(|| address(at - 1)),
        older: (at < pages).then(|| address(at + 1)),
    })
}

fn row(run: &RunSummary) -> Row {
    let t = &run.tally;
    Row {
        address: links::run(&run.run),
        time: Moment::of(&run.run),
        tally: [t.read, t.new, t.known, t.richer, t.conflict, t.set_aside].map(wording::count).into(),
        dumps: wording::count(run.dumps as u64),
        rebuild: run.rebuild,
        undone: run.undone,
    }
}

/// Handles `/api/v1/runs`.
pub(crate) async fn list_json(State(site): Shared, params: Params) -> Result<Response, Error> {
    let runs = site.read(|archive| archive.runs()).await?;
    let limit = params.number("limit", RUNS, 1..=RUNS);
    let offset = params.number("offset", 0, 0..=runs.runs.len());
    let shown: Vec<Value> = runs.runs.iter().skip(offset).take(limit).map(summary).collect();
    let next = (offset + shown.len() < runs.runs.len()).then_some(offset + shown.len());
    Ok(Json(json!({ "total": runs.runs.len(), "unreadable_lines": runs.spoilt, "runs": shown, "next": next }))
        .into_response())
}

fn summary(run: &RunSummary) -> Value {
    let t = &run.tally;
    json!({
        "run": run.run, "read": t.read, "new": t.new, "known": t.known, "richer": t.richer, "conflict": t.conflict,
        "set_aside": t.set_aside, "dumps": run.dumps, "taken_back": run.taken_back, "undone": run.undone, "rebuild": run.rebuild,
    })
}

/// Handles `/api/v1/runs/<run>`.
pub(crate) async fn run_json(State(site): Shared, run: Result<Path<String>, PathRejection>) -> Result<Response, Error> {
    let Path(run) = run.map_err(|_| Error::NoRun)?;
    let (report, undone) = site.read(move |archive| archive.run(&run)).await?.ok_or(Error::NoRun)?;
    Ok(Json(whole(&report, undone)).into_response())
}

/// A report as JSON, as `plenary ingest --json` prints it, but for what is nobody's business outside.
pub(crate) fn whole(report: &Report, undone: bool) -> Value {
    let mut report = report.clone();
    report.skipped.clear();
    for union in &mut report.people_merged {
        union.addresses.iter_mut().chain([&mut union.reason]).for_each(masked);
    }
    for aside in &mut report.set_aside_details {
        masked(&mut aside.dump);
        masked(&mut aside.reason);
    }
    for file in &mut report.files {
        masked(&mut file.path);
        file.examples.values_mut().for_each(masked);
    }
    for gone in &mut report.vanished {
        masked(&mut gone.dump);
        masked(&mut gone.newer);
    }
    report.left_out.iter_mut().chain(&mut report.kept).for_each(masked);
    let mut value = serde_json::to_value(&report).unwrap_or_default();
    value["undone"] = undone.into();
    value
}

fn masked(text: &mut String) {
    *text = mask(text).into_owned();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_shown_by_its_time() {
        assert_eq!(Moment::of("20261124T020000Z").iso, "2026-11-24T02:00:00Z");
        assert_eq!(Moment::of("20261124T020000Z-2").shown, "24 Nov 2026, 02:00 UTC");
        assert_eq!(Moment::of("first").shown, "first");
    }
}
