//! `/t/<id>`: a whole thread on one page, outline at the side, messages in reading order.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
};
use plenary_index::{Node, Thread};

use crate::{
    Shared,
    body::{Block, MAX_IN_THREAD},
    card,
    error::Error,
    forms, links,
    message::{Told, tell},
    params::Params,
    piece::{Piece, plain},
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
    nested: bool,
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
    answers: Option<String>,
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
    let number = params.number("page", 1, 1..=100_000);
    let nested = params.text("view") != "flat";
    let wanted = id.to_owned();
    let thread = site.read(move |archive| archive.thread(&wanted, (number - 1) * PAGE, PAGE + 1)).await?;
    let mut thread = thread.ok_or(Error::NoThread)?;
    // One more than is shown was asked for: missing parents are places too, but are not counted among the messages.
    let reached = thread.offset + thread.nodes.len();
    thread.nodes.truncate(PAGE);
    if thread.id != id {
        return Ok(Redirect::permanent(&links::thread(&thread.id)).into_response());
    }
    page(&view(&site, &thread, number, nested, reached.max(thread.total)))
}

fn view(site: &Arc<Site>, thread: &Thread, number: usize, nested: bool, places: usize) -> Page {
    let path = links::thread(&thread.id);
    let subject = card::subject(&thread.subject);
    let mut told: Vec<Placed> =
        thread.nodes.iter().enumerate().map(|(n, node)| placed(site, node, thread.offset + n + 1)).collect();
    if !nested {
        told.retain(|it| it.told.is_some());
        told.sort_by(|a, b| time(a).cmp(time(b)));
    }
    let address = |page: usize| {
        let page = if page > 1 { page.to_string() } else { String::new() };
        format!("{path}{}", links::parameters(&[("view", if nested { "" } else { "flat" }), ("page", &page)]))
    };
    let choice = |name, address: String, on: bool| Choice { name, address: if on { String::new() } else { address } };
    Page {
        shell: Shell::new(site, format!("{subject}: thread")).at(site, &path).also(forms::of_many(&path)),
        subject,
        total: wording::counted(thread.total as u64, "message", "messages"),
        people: wording::counted(thread.people as u64, "person", "people"),
        span: span(thread.span),
        lists: thread.lists.iter().map(|slug| (site.config.list_name(slug).to_owned(), links::list(slug))).collect(),
        views: [choice("by reply", path.clone(), nested), choice("by date", format!("{path}?view=flat"), !nested)],
        nested,
        outline: outline(&thread.nodes, thread.offset),
        told,
        pager: pager(number, PAGE, places, address),
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

fn placed(site: &Arc<Site>, node: &Node, number: usize) -> Placed {
    Placed {
        told: node.entry.as_deref().map(|entry| tell(entry, &site.config, MAX_IN_THREAD, false)),
        anchor: format!("n{number}"),
        weak: node.weak,
        answers: node.parent.as_deref().map(links::message),
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
