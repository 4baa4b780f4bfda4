//! `/`: the search box, and below it what the archive holds.

use askama::Template;
use axum::{extract::State, response::Response};
use plenary_index::Overview;

use crate::{
    Config, Shared,
    asked::{built, counts, is, span_field, typed},
    chart::{self, Chart, Month},
    error::Error,
    links,
    lists::{ListRow, rows},
    shell::{Shell, page},
    wording,
};

/// Where newcomers begin: the words on the page, and the query behind them.
const STARTS: [(&str, &str, &str); 3] = [
    ("Meeting summaries", "summary", "is:summary"),
    ("Calls for input", "call", "is:call"),
    ("Announcements", "announcement", "is:announcement"),
];
#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
    totals: String,
    chart: Chart,
    lists: Vec<ListRow>,
    starts: Vec<(&'static str, String, String)>,
    examples: Vec<(String, String)>,
    last_run: String,
    last_run_iso: String,
}

/// Handles `/`.
pub(crate) async fn handle(State(site): Shared) -> Result<Response, Error> {
    let overview = site.archive.overview();
    let kinds = site.search(counts(built(Vec::new()))).await?.facets.is;
    let starts = STARTS
        .iter()
        .filter_map(|(words, kind, query)| {
            let found = kinds.iter().find(|found| found.value == *kind)?;
            Some((*words, wording::count(found.count), links::search(&typed(query, &site.config), &[])))
        })
        .collect();
    page(&Home {
        shell: Shell { own_box: true, ..Shell::new(&site, "").at(&site, "/") },
        totals: totals(&overview),
        chart: volume(&overview, &site.config),
        lists: rows(&overview, &site),
        starts,
        examples: site
            .config
            .examples
            .iter()
            .map(|query| (query.clone(), links::parameters(&[("q", query)])))
            .collect(),
        last_run: overview.last_run.map(wording::moment).unwrap_or_default(),
        last_run_iso: overview.last_run.map(wording::iso).unwrap_or_default(),
    })
}

fn totals(overview: &Overview) -> String {
    if overview.messages == 0 {
        return "The archive is empty: put dumps under data/lists and run plenary.".into();
    }
    format!(
        "{} in {} by {}, {}",
        wording::counted(overview.messages, "message", "messages"),
        wording::counted(overview.threads, "thread", "threads"),
        wording::counted(overview.people, "person", "people"),
        wording::span(overview.span)
    )
}

fn volume(overview: &Overview, config: &Config) -> Chart {
    chart::draw(&months(&overview.months), config, None, |span| {
        links::search(&built(vec![is(span_field(span), span)]), &[])
    })
    .of(overview.messages)
}

/// Months of an overview, for charts.
pub(crate) fn months(counts: &[(u32, u64)]) -> Vec<Month> {
    counts.iter().filter_map(|&(number, count)| Month::of_number(number, count)).collect()
}
