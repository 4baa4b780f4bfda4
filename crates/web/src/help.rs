//! `/help/search`: how to ask, from the one table of what can be asked. `/about`: what this is.

use askama::Template;
use axum::{extract::State, response::Response};
use plenary_index::fields::{FIELDS, SYNTAX};

use crate::{
    Shared,
    error::Error,
    links,
    shell::{Shell, page},
    site::MAX_DEPTH,
    wording,
};

#[derive(Template)]
#[template(path = "help.html")]
struct Help {
    shell: Shell,
    syntax: Vec<(&'static str, String, &'static str)>,
    fields: Vec<FieldRow>,
}

struct FieldRow {
    name: &'static str,
    aliases: String,
    help: String,
    values: String,
    example: &'static str,
    address: String,
}

/// Handles `/help/search`.
pub(crate) async fn search(State(site): Shared) -> Result<Response, Error> {
    let address = |query: &str| format!("/search{}", links::parameters(&[("q", query)]));
    page(&Help {
        shell: Shell::new(&site, "How to search").at(&site, "/help/search"),
        syntax: SYNTAX.iter().map(|(example, help)| (*example, address(example), *help)).collect(),
        fields: FIELDS
            .iter()
            .map(|field| FieldRow {
                name: field.name,
                aliases: field.aliases.iter().map(|alias| format!("{alias}:")).collect::<Vec<_>>().join(" "),
                help: wording::quoted(field.help),
                values: field.values.join(", "),
                example: field.example,
                address: address(field.example),
            })
            .collect(),
    })
}

#[derive(Template)]
#[template(path = "about.html")]
struct About {
    shell: Shell,
    messages: String,
    lists: String,
    span: String,
    deepest: String,
    generation: u64,
    last_run: String,
}

/// Handles `/about`.
pub(crate) async fn about(State(site): Shared) -> Result<Response, Error> {
    let overview = site.archive.overview();
    page(&About {
        shell: Shell::new(&site, "About this archive").at(&site, "/about"),
        messages: wording::counted(overview.messages, "message", "messages"),
        lists: wording::counted(overview.lists.len() as u64, "mailing list", "mailing lists"),
        span: wording::span(overview.span),
        deepest: wording::count(MAX_DEPTH as u64),
        generation: overview.generation,
        last_run: overview.last_run.map(wording::moment).unwrap_or_default(),
    })
}
