//! `/p/<person>`: somebody's names, lists and messages. Never an address.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
};
use plenary_index::{Answer, Correspondents, Count, PersonEntry, Question, Sort, Start};

use crate::{
    Shared,
    asked::{built, is, span_field},
    card::{self, Brief},
    chart::{self, Chart},
    error::Error,
    forms,
    home::months,
    links,
    params::Params,
    piece::plain,
    shell::{Shell, page},
    site::Site,
    wording,
};

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    shell: Shell,
    name: String,
    names: Vec<String>,
    domains: Vec<String>,
    totals: String,
    started: String,
    lists: Vec<(String, String, String)>,
    chart: Chart,
    latest: Vec<Brief>,
    all: String,
    roots: String,
    answered: Vec<Correspondent>,
    answered_by: Vec<Correspondent>,
}

/// Somebody else: name, page, how often.
type Correspondent = (String, String, String);

/// People named on each side.
const MOST: usize = 8;

/// Handles `/p/<person>`, and its forms: `/p/<person>.csv`.
pub(crate) async fn handle(
    State(site): Shared,
    person: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(name) = person.map_err(|_| Error::NoPerson)?;
    if let Some((person, form)) = forms::suffixed(&name) {
        return forms::routes::person(&site, person, form, &params).await;
    }
    let wanted = name.clone();
    let entry = site.read(move |archive| archive.person(&wanted)).await?.ok_or(Error::NoPerson)?;
    if entry.person != name {
        // Not for ever: whom an earlier name means is a matter of who is declared one person.
        return Ok(Redirect::temporary(&links::person(&entry.person)).into_response());
    }
    let query = built(vec![is("person", &entry.person)]);
    let question =
        Question { query, sort: Sort::Newest, grouped: false, limit: site.page_size(), start: Start::Offset(0) };
    let answer = site.search(question).await?;
    let somebody = entry.person.clone();
    let others = site.read(move |archive| Ok(archive.correspondents(&somebody, MOST))).await?;
    page(&view(&site, &entry, &answer, &others))
}

fn view(site: &Arc<Site>, entry: &PersonEntry, answer: &Answer, others: &Correspondents) -> Page {
    let name = plain(&entry.name);
    let own = built(vec![is("person", &entry.person)]);
    let mut domains: Vec<String> =
        entry.emails.iter().filter_map(|email| email.rsplit_once('@')).map(|(_, domain)| plain(domain)).collect();
    domains.sort();
    domains.dedup();
    Page {
        shell: Shell::new(site, name.clone())
            .at(site, &links::person(&entry.person))
            .also(forms::of_many(&links::person(&entry.person))),
        names: entry.names.iter().map(|name| plain(name)).filter(|other| *other != name).collect(),
        domains,
        totals: format!("{}, {}", wording::counted(entry.messages, "message", "messages"), wording::span(entry.span)),
        started: wording::counted(entry.threads_started, "thread", "threads"),
        lists: entry
            .lists
            .iter()
            .map(|list| {
                let address = links::search(&own.with_filter("list", &list.value), &[]);
                (plain(site.config.list_name(&list.value)), wording::count(list.count), address)
            })
            .collect(),
        chart: chart::draw(&months(&entry.months), &site.config, one_list(&entry.lists), |span| {
            links::search(&own.with_filter(span_field(span), span), &[])
        })
        .of(entry.messages),
        latest: answer.hits.iter().map(|hit| card::brief(&hit.card, &site.config)).collect(),
        all: links::search(&own, &[]),
        roots: links::search(&own.with_filter("is", "root"), &[]),
        answered: named(&others.answered),
        answered_by: named(&others.answered_by),
        name,
    }
}

fn named(people: &[Count]) -> Vec<Correspondent> {
    people.iter().map(|it| (plain(&it.label), links::person(&it.value), wording::count(it.count))).collect()
}

/// The list, where there is only one: other lists' events then say nothing.
fn one_list(lists: &[plenary_index::Count]) -> Option<&str> {
    if let [list] = lists { Some(list.value.as_str()) } else { None }
}
