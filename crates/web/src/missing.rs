//! The page for what is not there, or did not work: it says so, and helps on.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{StatusCode, Uri},
    response::{Html, IntoResponse, Redirect, Response},
};
use percent_encoding::percent_decode_str;

use crate::{
    card::{self, Brief},
    error::Error,
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
    not_found: bool,
}

/// Messages offered in place of one that is not there.
const MOST: usize = 5;

/// Writes the page. Never fails: where the template does, the sentence is sent alone.
pub(crate) async fn page(site: &Arc<Site>, status: StatusCode, sentence: String, path: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let missing = Missing {
        shell: Shell::new(site, title),
        status: status.as_u16(),
        guess: guess(path),
        similar: if status == StatusCode::NOT_FOUND { similar(site, path).await } else { Vec::new() },
        not_found: status == StatusCode::NOT_FOUND,
        sentence: sentence.clone(),
    };
    match missing.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => sentence.into_response(),
    }
}

/// Answers every address nothing else answers. Pages of lists end in a slash; who forgets it is led there.
pub(crate) async fn handle(uri: Uri) -> Result<Redirect, Error> {
    let path = uri.path();
    match path.starts_with("/l/") && !path.ends_with('/') {
        true => Ok(Redirect::permanent(&format!("{path}/"))),
        false => Err(Error::NoPage),
    }
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
}
