//! `/t/<id>`: a whole thread on one page, outline at the side, messages in reading order.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use plenary_index::{Arranged, Node, Query, Question, Sort, Start, Thread, query::Scope, query::Text};

use crate::{
    Shared,
    asked::{built, is},
    body::{Block, MAX_IN_THREAD, Wanted},
    cache,
    card::{self, Brief},
    error::Error,
    forms, links,
    message::{Told, tell},
    moved,
    pager::{Beyond, Pager, beyond, pager},
    params::Params,
    piece::{Piece, plain},
    quoted::Sources,
    search::Choice,
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
    beyond: Option<Beyond>,
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
    /// The message it answers: its address, and who wrote it.
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
        arranged: if params.text("view") == "flat" { Arranged::ByDate } else { Arranged::ByReply },
        own_only: params.text("text") == "own",
        number: params.number("page", 1, 1..=usize::MAX),
    };
    let Reading { arranged, number, .. } = reading;
    let offset = (number - 1).saturating_mul(PAGE);
    let thread = site.thread(id, arranged, offset, PAGE).await?;
    let Some(thread) = thread else {
        return elsewhere(&site, id, &params, links::thread).await;
    };
    if thread.id != id {
        return Ok(moved::for_good(&links::thread(&thread.id), &params));
    }
    let related = match number {
        1 => match related(&site, &thread).await {
            // A thread needs no search to be read. Such a page is not for keeping: a moment later it has more.
            Err(Error::Busy) => {
                cache::cut_short();
                Related::default()
            }
            found => found?,
        },
        _ => Related::default(),
    };
    page(&view(&site, &thread, &reading, related))
}

/// Leads to where a thread is now: its first message may have been taken down, and its answers are there. `address` is that of a thread.
pub(crate) async fn elsewhere(
    site: &Arc<Site>,
    id: &str,
    params: &Params,
    address: impl FnOnce(&str) -> String,
) -> Result<Response, Error> {
    let wanted = id.to_owned();
    let thread = site.draw(move |archive| archive.thread_of_answers(&wanted)).await?.ok_or(Error::NoThread)?;
    Ok(moved::for_now(&address(&thread), params))
}

/// How somebody wants to read a thread.
struct Reading {
    /// By reply, or by date.
    arranged: Arranged,
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
/// Threads looked at on each side, for some have more in their subject than this one; and those named.
const MAX_LOOKED_AT: usize = 25;
const MAX_NAMED: usize = 3;

/// Finds threads that begin with the same subject: what a discussion starts from, or is continued in. It costs two searches.
async fn related(site: &Arc<Site>, thread: &Thread) -> Result<Related, Error> {
    let topic = thread.subject.trim().to_lowercase();
    let (Some((began, _)), true) = (thread.span, topic.chars().count() >= LEAST_TOPIC && topic.contains(' ')) else {
        return Ok(Related::default());
    };
    // The nearest on each side: a subject that comes back every month has more threads than anybody wants named.
    Ok(Related {
        earlier: same(site, thread, Sort::Newest, (None, Some(began))).await?,
        later: same(site, thread, Sort::Oldest, (Some(began), None)).await?,
    })
}

/// Other threads that begin with a thread's subject in a span of time.
async fn same(
    site: &Arc<Site>,
    thread: &Thread,
    sort: Sort,
    (from, to): (Option<i64>, Option<i64>),
) -> Result<Vec<Brief>, Error> {
    let words = Text::Phrase { words: thread.subject.clone(), slop: 0 };
    let subject = Query::Text { scope: Some(Scope::Subject), text: words };
    let query = built(vec![subject, is("is", "root"), Query::Date { from, to, typed: String::new() }]);
    let start = Start::Offset(0);
    let answer = site.search(Question { query, sort, grouped: false, limit: MAX_LOOKED_AT, start }).await?;
    let topic = |subject: &str| subject.trim().to_lowercase();
    let others = answer.hits.iter().map(|hit| &hit.card).filter(|card| card.thread != thread.id);
    let others = others.filter(|card| topic(&card.subject) == topic(&thread.subject));
    Ok(others.take(MAX_NAMED).map(|card| card::brief(card, &site.config)).collect())
}

fn view(site: &Arc<Site>, thread: &Thread, reading: &Reading, related: Related) -> Page {
    let Reading { arranged, own_only, number } = *reading;
    let nested = arranged == Arranged::ByReply;
    let path = links::thread(&thread.id);
    let entries = thread.nodes.iter().filter_map(|node| node.entry.as_deref());
    let sources = if own_only { Sources::default() } else { Sources::of(entries) };
    let subject = card::subject(&thread.subject);
    let told: Vec<Placed> = thread
        .nodes
        .iter()
        .enumerate()
        .map(|(n, node)| placed(site, node, thread.offset + n + 1, own_only, &sources))
        .collect();
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
            // In another order a page has other messages: the first is the one that has a meaning in both.
            choice("by reply", at(true, own_only, 1), nested),
            choice("by date", at(false, own_only, 1), !nested),
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
        pager: pager(number, PAGE, thread.lines, usize::MAX, |page| at(nested, own_only, page)),
        beyond: beyond(number, PAGE, thread.lines, usize::MAX, |page| at(nested, own_only, page)),
    }
}

fn span(span: Option<(i64, i64)>) -> String {
    match span.map(|(first, last)| (wording::day(first), wording::day(last))) {
        None => String::new(),
        Some((first, last)) if first == last => first,
        Some((first, last)) => format!("{first} to {last}"),
    }
}

fn placed(site: &Arc<Site>, node: &Node, number: usize, own_only: bool, sources: &Sources) -> Placed {
    let wanted =
        Wanted { limit: MAX_IN_THREAD, own_only, sources, parent: node.parent.as_ref().map(|card| card.id.as_str()) };
    Placed {
        told: node.entry.as_deref().map(|entry| tell(entry, &site.config, false, &wanted)),
        anchor: format!("n{number}"),
        weak: node.weak,
        answers: node.parent.as_ref().map(|card| (links::message(&card.id), card::author(card))),
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
