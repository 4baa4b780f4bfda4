//! `/t/<id>`: a whole thread on one page, outline at the side, messages in reading order.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
};
use plenary_index::{Card, Node, Query, Question, Sort, Start, Thread, query::Scope, query::Text};

use crate::{
    Shared,
    asked::{built, is},
    body::{Block, MAX_IN_THREAD, Wanted},
    card::{self, Brief},
    error::Error,
    forms, links,
    message::{Told, tell},
    params::Params,
    piece::{Piece, plain},
    quoted::Sources,
    search::{Choice, Pager, pager},
    shell::{Shell, page},
    site::Site,
    wording,
};

/// Messages and missing parents on a page: fifty make some 40 KB.
const PAGE: usize = 100;
/// Levels drawn in the outline; deeper replies stand at the last one and say whom they answer. Four leave room for a name
/// on the narrowest phone.
const LEVELS: usize = 4;

#[derive(Template)]
#[template(path = "thread.html")]
struct Page {
    shell: Shell,
    subject: String,
    total: String,
    people: String,
    span: String,
    lists: Vec<(String, String)>,
    views: [Choice; 2],
    texts: [Choice; 2],
    own_only: bool,
    nested: bool,
    earlier: Vec<Brief>,
    later: Vec<Brief>,
    outline: Vec<Branch>,
    told: Vec<Placed>,
    pager: Pager,
}

/// A line of the outline, with what opens before and closes after it: templates cannot recurse, and mail must not make us.
struct Branch {
    /// Lists that open before it.
    opens: usize,
    /// Items that end with it: its own, and those around it, each with the list inside it.
    closes: usize,
    anchor: String,
    /// Empty for a message that is not in the archive.
    author: String,
    date: String,
    iso: String,
    weak: bool,
}

/// A message and its place in the thread.
struct Placed {
    told: Option<Told>,
    anchor: String,
    weak: bool,
    /// The message it answers: its address, and who wrote it where that is on the page.
    answers: Option<(String, String)>,
    number: usize,
}

/// Handles `/t/<id>`, and its forms: `/t/<id>.json`.
pub(crate) async fn handle(
    State(site): Shared,
    name: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(name) = name.map_err(|_| Error::NoThread)?;
    if let Some((id, form)) = forms::suffixed(&name) {
        return forms::routes::thread(&site, id, form, &params).await;
    }
    let id = name.as_str();
    let reading = Reading {
        nested: params.text("view") != "flat",
        own_only: params.text("text") == "own",
        number: params.number("page", 1, 1..=100_000),
    };
    let number = reading.number;
    let wanted = id.to_owned();
    let thread = site.read(move |archive| archive.thread(&wanted, (number - 1) * PAGE, PAGE + 1)).await?;
    let Some(mut thread) = thread else {
        return elsewhere(&site, id, links::thread).await;
    };
    // One more than is shown was asked for: missing parents are places too, but are not counted among the messages.
    let reached = thread.offset + thread.nodes.len();
    thread.nodes.truncate(PAGE);
    if thread.id != id {
        return Ok(Redirect::permanent(&links::thread(&thread.id)).into_response());
    }
    let related = if number == 1 { related(&site, &thread).await? } else { Related::default() };
    page(&view(&site, &thread, &reading, related, reached.max(thread.total)))
}

/// Leads to where a thread is now: its first message may have been taken down, and its answers are there. `address` is that of a thread.
pub(crate) async fn elsewhere(
    site: &Arc<Site>,
    id: &str,
    address: impl FnOnce(&str) -> String,
) -> Result<Response, Error> {
    let wanted = id.to_owned();
    let thread = site.read(move |archive| archive.thread_of_answers(&wanted)).await?.ok_or(Error::NoThread)?;
    Ok(Redirect::temporary(&address(&thread)).into_response())
}

/// How somebody wants to read a thread.
struct Reading {
    /// By reply, or else by date.
    nested: bool,
    /// Without what is quoted and signed.
    own_only: bool,
    /// Which page of it.
    number: usize,
}

/// Threads with the same subject, before and after.
#[derive(Default)]
struct Related {
    earlier: Vec<Brief>,
    later: Vec<Brief>,
}

/// Shortest subject that is taken for a topic: "Hello" begins many threads.
const LEAST_TOPIC: usize = 12;
/// Threads looked at for one subject, and those named on each side.
const MAX_LOOKED_AT: usize = 50;
const MAX_NAMED: usize = 3;

/// Finds threads that begin with the same subject: what a discussion starts from, or is continued in. It costs a search.
async fn related(site: &Arc<Site>, thread: &Thread) -> Result<Related, Error> {
    let topic = thread.subject.trim().to_lowercase();
    let (Some((began, _)), true) = (thread.span, topic.chars().count() >= LEAST_TOPIC && topic.contains(' ')) else {
        return Ok(Related::default());
    };
    let words = Text::Phrase { words: thread.subject.clone(), slop: 0 };
    let query = built(vec![Query::Text { scope: Some(Scope::Subject), text: words }, is("is", "root")]);
    let start = Start::Offset(0);
    let question = Question { query, sort: Sort::Oldest, grouped: false, limit: MAX_LOOKED_AT, start };
    let answer = site.search(question).await?;
    let same = answer.hits.iter().map(|hit| &hit.card).filter(|card| card.thread != thread.id);
    let same = same.filter(|card| card.subject.trim().to_lowercase() == topic);
    let (earlier, later): (Vec<_>, Vec<_>) =
        same.partition(|card| card.date.as_ref().is_some_and(|date| date.seconds < began));
    let named = |cards: &mut dyn Iterator<Item = &plenary_index::Card>| {
        cards.take(MAX_NAMED).map(|card| card::brief(card, &site.config)).collect()
    };
    Ok(Related { earlier: named(&mut earlier.into_iter().rev()), later: named(&mut later.into_iter()) })
}

fn view(site: &Arc<Site>, thread: &Thread, reading: &Reading, related: Related, places: usize) -> Page {
    let Reading { nested, own_only, number } = *reading;
    let path = links::thread(&thread.id);
    let entries = thread.nodes.iter().filter_map(|node| node.entry.as_deref());
    let sources = if own_only { Sources::default() } else { Sources::of(entries) };
    let subject = card::subject(&thread.subject);
    let authors: HashMap<&str, &Card> =
        thread.nodes.iter().filter_map(|node| node.entry.as_ref()).map(|it| (it.card.id.as_str(), &it.card)).collect();
    let mut told: Vec<Placed> = thread
        .nodes
        .iter()
        .enumerate()
        .map(|(n, node)| placed(site, node, thread.offset + n + 1, own_only, &sources, &authors))
        .collect();
    if !nested {
        told.retain(|it| it.told.is_some());
        told.sort_by(|a, b| time(a).cmp(time(b)));
    }
    let at = |nested: bool, own_only: bool, page: usize| {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let (view, text) = (if nested { "" } else { "flat" }, if own_only { "own" } else { "" });
        format!("{path}{}", links::parameters(&[("view", view), ("text", text), ("page", &page)]))
    };
    let choice = |name, address: String, on: bool| Choice { name, address: if on { String::new() } else { address } };
    Page {
        shell: Shell::new(site, format!("{subject}: thread")).at(site, &path).also(forms::of_many(&path)),
        subject,
        total: wording::counted(thread.total as u64, "message", "messages"),
        people: wording::counted(thread.people as u64, "person", "people"),
        span: span(thread.span),
        lists: thread.lists.iter().map(|slug| (site.config.list_name(slug).to_owned(), links::list(slug))).collect(),
        views: [
            choice("by reply", at(true, own_only, number), nested),
            choice("by date", at(false, own_only, number), !nested),
        ],
        texts: [
            choice("whole messages", at(nested, false, number), !own_only),
            choice("digest: own words only", at(nested, true, number), own_only),
        ],
        own_only,
        nested,
        earlier: related.earlier,
        later: related.later,
        outline: outline(&thread.nodes, thread.offset),
        told,
        pager: pager(number, PAGE, places, usize::MAX, |page| at(nested, own_only, page)),
    }
}

fn time(placed: &Placed) -> &str {
    placed.told.as_ref().map_or("", |told| &told.brief.iso)
}

fn span(span: Option<(i64, i64)>) -> String {
    match span.map(|(first, last)| (wording::day(first), wording::day(last))) {
        None => String::new(),
        Some((first, last)) if first == last => first,
        Some((first, last)) => format!("{first} to {last}"),
    }
}

fn placed(
    site: &Arc<Site>,
    node: &Node,
    number: usize,
    own_only: bool,
    sources: &Sources,
    authors: &HashMap<&str, &Card>,
) -> Placed {
    let wanted = Wanted { limit: MAX_IN_THREAD, own_only, sources, parent: node.parent.as_deref() };
    Placed {
        told: node.entry.as_deref().map(|entry| tell(entry, &site.config, false, &wanted)),
        anchor: format!("n{number}"),
        weak: node.weak,
        answers: node
            .parent
            .as_deref()
            .map(|id| (links::message(id), authors.get(id).map(|card| card::author(card)).unwrap_or_default())),
        number,
    }
}

/// Lines of the outline with the lists that open and close around them. A page may begin deep inside a thread: levels are
/// counted from the shallowest node on it.
fn outline(nodes: &[Node], offset: usize) -> Vec<Branch> {
    let top = nodes.iter().map(|node| node.depth).min().unwrap_or(0);
    let mut out: Vec<Branch> = Vec::with_capacity(nodes.len());
    // The template writes the outermost list.
    let mut open = 1;
    for (n, node) in nodes.iter().enumerate() {
        // A list can only open inside the item before it, so depth grows by one at most.
        let depth = (node.depth - top).min(LEVELS).min(if n == 0 { 0 } else { open });
        let level = depth + 1;
        if let Some(before) = out.last_mut() {
            before.closes = (open + 1).saturating_sub(level);
        }
        let date = node.entry.as_deref().and_then(|entry| entry.card.date.as_ref());
        out.push(Branch {
            opens: level.saturating_sub(open),
            closes: 0,
            anchor: format!("n{}", offset + n + 1),
            author: node.entry.as_deref().map(|entry| plain(&entry.card.author.name)).unwrap_or_default(),
            date: date.map(|date| wording::day(date.seconds)).unwrap_or_default(),
            iso: date.map(|date| wording::iso(date.seconds)).unwrap_or_default(),
            weak: node.weak,
        });
        open = level;
    }
    if let Some(last) = out.last_mut() {
        last.closes = open;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(depths: &[usize], expected: &str) {
        let nodes: Vec<Node> =
            depths.iter().map(|&depth| Node { depth, entry: None, weak: false, parent: None }).collect();
        let mut drawn = String::from("(");
        for branch in outline(&nodes, 0) {
            drawn.push_str(&"(".repeat(branch.opens));
            drawn.push('.');
            // The item closes first; every further close ends a list and the item it is in.
            drawn.push_str(&")".repeat(branch.closes.saturating_sub(1)));
        }
        drawn.push(')');
        assert_eq!(drawn, expected);
    }

    #[test]
    fn outlines_open_and_close_in_balance() {
        check(&[0], "(.)");
        check(&[0, 1, 2, 1, 0], "(.(.(.).).)");
        check(&[7, 9, 8], "(.(..))");
        check(&[0, 1, 2, 3, 4, 5, 6], "(.(.(.(.(...)))))");
        check(&[], "()");
    }
}
