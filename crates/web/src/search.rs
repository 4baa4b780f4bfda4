//! `/search`: the query is the whole state of the page, and the address is the query.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use plenary_index::{Answer, Parsed, Question, Sort, Start, query::Scope};

use crate::{
    Shared,
    asked::{self, typed},
    card::{self, Found},
    chart::{self, Chart, Month},
    error::Error,
    explain::{self, Empty, Explain},
    facets::{self, Panel},
    forms, links,
    naming::Names,
    pager::{Beyond, Pager, beyond, pager},
    params::Params,
    piece::plain,
    shell::{Shell, page},
    site::{MAX_DEPTH, Site},
    wording,
};

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    shell: Shell,
    totals: String,
    took: String,
    explained: String,
    problems: Vec<String>,
    partial: bool,
    scope: String,
    widen: Option<String>,
    chips: Vec<(String, String)>,
    clear: Option<String>,
    chart: Chart,
    panels: Vec<Panel>,
    chosen: usize,
    sorts: Vec<Choice>,
    groups: Vec<Choice>,
    kept_sort: String,
    kept_group: String,
    hits: Vec<Found>,
    first: usize,
    pager: Pager,
    beyond: Option<Beyond>,
    explain: Explain,
    instead: Empty,
}

/// One of several ways to see the page.
pub(crate) struct Choice {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its address; empty for the one in use.
    pub(crate) address: String,
}

/// How somebody wants to see the hits.
struct Wish {
    sort: Sort,
    sort_asked: String,
    grouped: bool,
    page: usize,
    /// The page as it was asked for, which may be further than any can be.
    page_asked: usize,
}

/// Handles `/search`.
pub(crate) async fn handle(State(site): Shared, params: Params) -> Result<Response, Error> {
    let query = typed(params.text("q"), &site.config);
    let size = site.page_size();
    let sort = asked::sort(params.text("sort"), &query.query);
    let wish = Wish {
        sort,
        sort_asked: if params.text("sort") == asked::sort_name(sort) {
            params.text("sort").into()
        } else {
            String::new()
        },
        grouped: params.text("group") != "none",
        page: params.number("page", 1, 1..=MAX_DEPTH / size),
        page_asked: params.number("page", 1, 1..=usize::MAX),
    };
    let start = Start::Offset((wish.page - 1) * size);
    let question = Question { query: query.clone(), sort, grouped: wish.grouped, limit: size, start };
    let answer = site.search(question).await?;
    let names = Names::of(&site, &query);
    let instead = if answer.total == 0 { explain::instead(&site, &query, &names).await? } else { Empty::default() };
    let explain = Explain::of(&site, &query, &names, params.text("explain") == "1").await?;
    page(&Page { explain, instead, ..view(&site, query, &wish, answer, params.text("q"), &names) })
}

fn view(site: &Arc<Site>, query: Parsed, wish: &Wish, answer: Answer, asked: &str, names: &Names) -> Page {
    let size = site.page_size();
    let group = if wish.grouped { "" } else { "none" };
    let more = [("sort", wish.sort_asked.as_str()), ("group", group)];
    let months: Vec<Month> = answer.facets.month.iter().filter_map(Month::of_facet).collect();
    // Where all hits are of one list, other lists' events say nothing about them.
    let mut lists = answer.facets.list.iter().filter(|list| list.count > 0).map(|list| list.value.as_str());
    let list = lists.next().filter(|_| lists.next().is_none());
    let chart = chart::draw(&months, &site.config, list, |span| span_address(&query, span, &more)).of(answer.total);
    let panels = facets::panels(&query, &answer.facets, &site.config, &more);
    let units = if wish.grouped { answer.threads } else { answer.total };
    let units = usize::try_from(units).unwrap_or(usize::MAX);
    let address = |page: usize| {
        let page = if page > 1 { page.to_string() } else { String::new() };
        links::search(&query, &[more[0], more[1], ("page", &page)])
    };
    let mut chips = query.chips();
    let chosen: usize = query.filters().iter().map(|(_, values)| values.len()).sum();
    if chips.len() == 1 && chosen == 0 {
        // The box says it already, and without it nothing is left.
        chips.clear();
    }
    let text = names.text();
    let title = if text.is_empty() { "All messages".into() } else { text };
    let title = format!("{title}: {}", wording::counted(answer.total, "message", "messages"));
    Page {
        shell: Shell {
            own_box: true,
            // What was typed stays in the box as it was typed; links carry the canonical text.
            typed: asked.to_owned(),
            ..Shell::new(site, if wish.page_asked > 1 { format!("{title}, page {}", wish.page_asked) } else { title })
        }
        .also(forms::of_search(&query, &wish.sort_asked)),
        totals: format!(
            "{} in {}",
            wording::counted(answer.total, "message", "messages"),
            wording::counted(answer.threads, "thread", "threads")
        ),
        took: format!("{} ms", (answer.took.as_secs_f64() * 1e3).ceil()),
        explained: names.explained(),
        problems: query.problems.iter().map(|problem| wording::quoted(&plain(problem))).collect(),
        partial: answer.partial,
        // Without words there is nothing to be looked for anywhere.
        scope: if query.query.has_bare_words() { scope(query.scope).into() } else { String::new() },
        widen: (query.scope == Scope::Own).then(|| links::search(&query.with_scope(Scope::Everything), &more)),
        clear: (chosen > 1).then(|| links::search(&unfiltered(&query), &more)),
        chips: chips.into_iter().map(|chip| (names.label(&chip.label), links::search(&chip.rest, &more))).collect(),
        chosen,
        panels,
        chart,
        sorts: sorts(&query, wish.sort, group),
        groups: groups(&query, wish),
        kept_sort: wish.sort_asked.clone(),
        kept_group: group.into(),
        hits: answer.hits.iter().map(|hit| card::found(hit, &site.config, more_hits)).collect(),
        first: (wish.page - 1) * size + 1,
        beyond: beyond(wish.page_asked, size, units, MAX_DEPTH, address),
        pager: pager(wish.page, size, units, MAX_DEPTH, address),
        explain: Explain::default(),
        instead: Empty::default(),
    }
}

/// A span of the histogram replaces the span that is asked for: drilling down must not add up to nothing.
fn span_address(query: &Parsed, span: &str, more: &[(&str, &str)]) -> String {
    let mut rest = query.clone();
    for (field, values) in query.filters() {
        if matches!(field, "month" | "year" | "date") {
            rest = values.iter().fold(rest, |rest, value| rest.without_filter(field, value));
        }
    }
    links::search(&rest.with_filter(asked::span_field(span), span), more)
}

/// The words of a query without what was chosen beside them.
fn unfiltered(query: &Parsed) -> Parsed {
    query.filters().into_iter().fold(query.clone(), |rest, (field, values)| {
        values.iter().fold(rest, |rest, value| rest.without_filter(field, value))
    })
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Own => "own words and subjects only",
        Scope::OwnOnly => "own words only",
        Scope::Subject => "subjects only",
        Scope::Body => "own and quoted words",
        Scope::Quoted => "quoted words only",
        Scope::Signature => "signatures and footers only",
        Scope::Everything => "everything: own words, quotes, signatures, attached files",
        Scope::From => "authors only",
        Scope::To => "recipients only",
        Scope::File => "file names only",
        Scope::Attachments => "attached files only",
    }
}

fn sorts(query: &Parsed, now: Sort, group: &str) -> Vec<Choice> {
    [Sort::Relevance, Sort::Newest, Sort::Oldest, Sort::Longest]
        .into_iter()
        .map(|sort| {
            let name = asked::sort_name(sort);
            let address = links::search(query, &[("sort", name), ("group", group)]);
            Choice { name, address: if sort == now { String::new() } else { address } }
        })
        .collect()
}

fn groups(query: &Parsed, wish: &Wish) -> Vec<Choice> {
    [("threads", "", true), ("messages", "none", false)]
        .into_iter()
        .map(|(name, group, grouped)| {
            let address = links::search(query, &[("sort", &wish.sort_asked), ("group", group)]);
            Choice { name, address: if grouped == wish.grouped { String::new() } else { address } }
        })
        .collect()
}

/// How many more were found in a thread than the hit that stands for it.
fn more_hits(count: u64) -> String {
    format!("{} in this thread", wording::counted(count, "more hit", "more hits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_hits_are_counted_in_words() {
        assert_eq!([more_hits(1), more_hits(2)], ["1 more hit in this thread", "2 more hits in this thread"]);
    }
}
