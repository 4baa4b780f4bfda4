//! The page for what is not there, or did not work: it says so, and helps on.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use percent_encoding::percent_decode_str;

use crate::{
    card::{self, Brief},
    error::Error,
    forms::{Form, OF_MANY, OF_ONE},
    links,
    shell::Shell,
    site::Site,
};

/// Longest address taken for a Message-ID; RFC 5322 lines end at 998.
const MAX_GUESS: usize = 998;

#[derive(Template)]
#[template(path = "missing.html")]
struct Missing {
    shell: Shell,
    status: u16,
    sentence: String,
    guess: Option<String>,
    similar: Vec<Brief>,
    thing: Thing,
    forms: Option<Forms>,
}

/// What an address that leads nowhere asks for.
#[derive(Debug, PartialEq, Eq)]
enum Thing {
    /// A message, or a thread, which has the address of its first one.
    Message,
    /// A list, or a time of one.
    List,
    /// A person.
    Person,
    /// A run.
    Run,
    /// Something else.
    Page,
    /// It did lead somewhere, and that did not work.
    Failed,
}

/// A form that is asked for and cannot be had, and those that can.
#[derive(Debug, PartialEq, Eq)]
struct Forms {
    asked: String,
    of: &'static str,
    forms: Vec<(&'static str, &'static str)>,
}

/// Messages offered in place of one that is not there.
const MOST: usize = 5;

/// Writes the page. Never fails: where the template does, the sentence is sent alone.
pub(crate) async fn page(site: &Arc<Site>, status: StatusCode, sentence: String, path: &str) -> Response {
    let is_known = |slug: &str| site.archive.overview().lists.iter().any(|list| list.slug == slug);
    let not_found = status == StatusCode::NOT_FOUND;
    let missing = Missing {
        shell: Shell::new(site, title(status)),
        status: status.as_u16(),
        guess: guess(path),
        similar: if not_found { similar(site, path).await } else { Vec::new() },
        thing: if not_found { thing(path) } else { Thing::Failed },
        forms: if not_found { other_forms(path, is_known) } else { None },
        sentence: sentence.clone(),
    };
    match missing.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => sentence.into_response(),
    }
}

/// What the status says, as a title is written here.
fn title(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("Error").to_lowercase();
    let mut letters = reason.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn thing(path: &str) -> Thing {
    match path.split('/').nth(1).unwrap_or_default() {
        "m" | "t" => Thing::Message,
        "l" | "pipermail" => Thing::List,
        "p" => Thing::Person,
        "runs" => Thing::Run,
        _ => Thing::Page,
    }
}

/// Longest suffix that is taken for the name of a form.
const MAX_SUFFIX: usize = 8;

/// The forms of a page that was asked for in one that it does not have.
fn other_forms(path: &str, is_known_list: impl Fn(&str) -> bool) -> Option<Forms> {
    let mut parts = path.trim_matches('/').split('/');
    let (of, known, name): (_, &[Form], &str) = match (parts.next()?, parts.next()) {
        ("m", Some(name)) => ("A message", &OF_ONE, name),
        ("t", Some(name)) => ("A thread", &OF_MANY, name),
        ("p", Some(name)) => ("A person's page", &OF_MANY, name),
        // The name of a list may have a dot in it.
        ("l", Some(name)) if is_known_list(name.rsplit_once('.')?.0) => ("A list", &OF_MANY, name),
        (name, None) if name.starts_with("search.") => ("A search", &OF_MANY, name),
        _ => return None,
    };
    let (base, asked) = name.rsplit_once('.')?;
    let plausible = (1..=MAX_SUFFIX).contains(&asked.len()) && asked.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if parts.next().is_some() || base.is_empty() || base.contains(['@', '%']) || !plausible {
        return None;
    }
    let has_it = known.iter().any(|form| form.suffix().ends_with(asked));
    let forms = known.iter().map(|form| (form.suffix(), form.name())).collect();
    (!has_it).then(|| Forms { asked: asked.to_owned(), of, forms })
}

/// Answers every address nothing else answers. Who forgets the slash that pages of lists end in does not come here: their routes
/// without it lead on.
pub(crate) async fn handle() -> Error {
    Error::NoPage
}

/// Messages that the last part of an address may have meant. A page that says what is not there must not fail itself: an error
/// counts as nothing found.
async fn similar(site: &Arc<Site>, path: &str) -> Vec<Brief> {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let Ok(asked) = percent_decode_str(last).decode_utf8().map(|asked| asked.into_owned()) else { return Vec::new() };
    let looked = ["/m/", "/t/"].iter().any(|start| path.starts_with(start)) || asked.contains('@');
    if !looked {
        return Vec::new();
    }
    let found = site.read(move |archive| archive.similar(&asked, MOST)).await.unwrap_or_default();
    found.iter().map(|card| card::brief(card, &site.config)).collect()
}

/// If the last part of an address looks like a Message-ID, the address under which the archive would have it.
fn guess(path: &str) -> Option<String> {
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let id = percent_decode_str(last).decode_utf8().ok()?;
    let id = id.trim_start_matches('<').trim_end_matches('>');
    let (local, host) = id.split_once('@')?;
    let plausible = !local.is_empty() && !host.is_empty() && id.len() <= MAX_GUESS && !id.contains(char::is_whitespace);
    (plausible && !path.starts_with("/m/")).then(|| links::message(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_are_recognised_in_strange_addresses() {
        assert_eq!(guess("/arch/%3C1.2@example.org%3E/").as_deref(), Some("/m/1.2%40example.org"));
        assert_eq!(guess("/pipermail/x/2016-July/000451.html"), None);
        assert_eq!(guess("/m/1@example.org"), None);
    }

    #[test]
    fn a_form_that_does_not_exist_leads_to_those_that_do() {
        let asked = |path: &str| other_forms(path, |slug| slug == "ipv6").map(|it| (it.asked, it.of, it.forms.len()));
        assert_eq!(asked("/search.zip"), Some(("zip".into(), "A search", OF_MANY.len())));
        assert_eq!(asked("/m/abcdef.csv"), Some(("csv".into(), "A message", OF_ONE.len())));
        assert_eq!(asked("/l/ipv6.pdf/"), Some(("pdf".into(), "A list", OF_MANY.len())));
        for path in
            ["/m/abcdef.json", "/m/abc@example.org", "/l/example.org/", "/l/nope.csv", "/m/abc", "/search", "/a/b.zip"]
        {
            assert_eq!(asked(path), None, "{path}");
        }
        assert_eq!(title(StatusCode::NOT_FOUND), "Not found");
    }
}
