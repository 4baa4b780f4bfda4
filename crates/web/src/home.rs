//! `/`: the search box, and below it what the archive holds.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use plenary_index::{ListOverview, Overview};

use crate::{
    Config, Shared,
    asked::{built, counts, is, span_field, typed},
    chart::{self, Chart, Month},
    error::Error,
    links,
    shell::{Shell, page},
    site::Site,
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

/// A list as the home page shows it.
pub(crate) struct ListRow {
    name: String,
    address: String,
    theme: String,
    years: String,
    messages: String,
    spark: String,
    continued: Option<(String, String)>,
}

/// Handles `/`.
pub(crate) async fn handle(State(site): Shared) -> Result<Response, Error> {
    let overview = site.archive.overview();
    let kinds = site.search(counts(built(Vec::new()))).await?.facets.is;
    let starts = STARTS
        .iter()
        .filter_map(|(words, kind, query)| {
            let found = kinds.iter().find(|found| found.value == *kind)?;
            Some((*words, wording::count(found.count), links::search(&typed(query), &[])))
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
}

/// Months of an overview, for charts.
pub(crate) fn months(counts: &[(u32, u64)]) -> Vec<Month> {
    counts.iter().filter_map(|&(number, count)| Month::of_number(number, count)).collect()
}

/// Configured lists in their order, then the others by name.
fn rows(overview: &Overview, site: &Arc<Site>) -> Vec<ListRow> {
    let whole = months(&overview.months);
    let place =
        |list: &&ListOverview| site.config.lists.iter().position(|info| info.slug == list.slug).unwrap_or(usize::MAX);
    let mut lists: Vec<&ListOverview> = overview.lists.iter().collect();
    lists.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.slug.cmp(&b.slug)));
    lists.into_iter().map(|list| row(list, &whole, &site.config)).collect()
}

fn row(list: &ListOverview, whole: &[Month], config: &Config) -> ListRow {
    let info = config.list(&list.slug);
    let text = |field: Option<&String>| field.cloned().unwrap_or_default();
    ListRow {
        name: config.list_name(&list.slug).to_owned(),
        address: links::list(&list.slug),
        theme: text(info.and_then(|info| info.theme.as_ref())),
        years: info.and_then(|info| info.years.clone()).unwrap_or_else(|| wording::span(list.span)),
        messages: wording::count(list.messages),
        spark: chart::spark(&months(&list.months), whole),
        continued: info
            .and_then(|info| info.continued_by.as_deref())
            .map(|slug| (config.list_name(slug).to_owned(), links::list(slug))),
    }
}
