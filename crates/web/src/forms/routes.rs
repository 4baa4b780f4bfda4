//! Which messages an address with a suffix means, and in what form they are sent.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use plenary_index::{Arranged, Cursor, Parsed, Question, Sort, Start};

use crate::{
    Shared, api,
    asked::{built, is, typed},
    cache::Streamed,
    card, download,
    error::Error,
    headers::SANDBOX,
    json, links,
    list::overview,
    moved,
    params::Params,
    period::Time,
    piece::plain,
    site::{Cost, Site},
    thread::elsewhere,
};

use super::{
    Form, OF_MANY, atom, bibtex, cite::Citation, csl, export::Export, markdown, mbox, name, ris, stream, suffixed, text,
};

/// Messages of a page, as they are asked for.
pub(crate) struct Selection {
    /// Which.
    pub(crate) query: Parsed,
    /// The page's name.
    pub(crate) title: String,
    /// The page's address without a last slash, before suffix and parameters.
    base: String,
    /// Whether the page's own address ends in a slash.
    folder: bool,
    /// What is asked with `?q=`; empty for pages that stand for a query.
    typed: String,
    /// What names a file of it.
    asked: String,
}

impl Selection {
    fn new(query: Parsed, title: String, path: &str, asked: String) -> Selection {
        let base = path.trim_end_matches('/').to_owned();
        Selection { query, title, folder: path.ends_with('/'), base, typed: String::new(), asked }
    }

    /// What a search finds.
    pub(crate) fn search(query: Parsed) -> Selection {
        let typed = query.to_string();
        let title = if typed.is_empty() { "All messages".into() } else { plain(&typed) };
        Selection { asked: plain(&typed), typed, ..Selection::new(query, title, "/search", String::new()) }
    }

    /// The address of a form.
    pub(crate) fn address(&self, form: Form, more: &[(&str, &str)]) -> String {
        let mut all = vec![("q", self.typed.as_str())];
        all.extend_from_slice(more);
        format!("{}.{}{}", self.base, form.suffix(), links::parameters(&all))
    }

    /// The address of the page.
    pub(crate) fn page(&self) -> String {
        let slash = if self.folder { "/" } else { "" };
        format!("{}{slash}{}", self.base, links::parameters(&[("q", &self.typed)]))
    }
}

/// Forms of searches, and of a list's years and months. The others share the addresses of their pages.
pub(crate) fn routes() -> Router<Arc<Site>> {
    let mut router = Router::new()
        .route("/l/{slug}/{year}", get(year))
        .route("/l/{slug}/{year}/{month}", get(month))
        .route("/l/{slug}/{year}/{month}/{day}", get(day));
    for form in OF_MANY.into_iter().filter(|form| *form != Form::Json) {
        let handle = move |State(site): Shared, params: Params| async move { search(&site, form, &params).await };
        router = router.route(&format!("/search.{}", form.suffix()), get(handle));
    }
    router
}

async fn search(site: &Arc<Site>, form: Form, params: &Params) -> Result<Response, Error> {
    send(site, Selection::search(typed(params.text("q"), &site.config)), form, params).await
}

/// A message in a form; `?p=4` cites a paragraph of it.
pub(crate) async fn message(site: &Arc<Site>, id: &str, form: Form, params: &Params) -> Result<Response, Error> {
    let id = id.to_owned();
    match form {
        Form::Raw => return download::raw(site, id).await,
        Form::Json => return api::message_of(site, id).await,
        Form::Jsonl | Form::Csv | Form::Atom => return Err(Error::NoPage),
        _ => {}
    }
    let (wanted, config) = (params.text("p").to_owned(), site.clone());
    let written = site
        .read(move |archive| {
            let Some(step) = archive.step(&id)? else { return Ok(None) };
            let (entry, config) = (&step.entry, &config.config);
            let citation = Citation::of(&entry.card, config).at(&wanted, entry.paragraphs.len());
            let name = named(&citation.title(), &citation.id);
            let bytes = match form {
                Form::Bib => Ok(bibtex::entry(&citation).into_bytes()),
                Form::Ris => Ok(ris::entry(&citation).into_bytes()),
                Form::Csl => Ok(csl::item_text(&citation).into_bytes()),
                Form::Md => markdown::message(entry, &citation).map(String::into_bytes),
                Form::Mbox => {
                    let mut out = Vec::new();
                    mbox::write(&step.sent, citation.seconds, &mut out);
                    Ok(out)
                }
                _ => Ok(text::message(entry, config, &citation).into_bytes()),
            };
            Ok(Some((bytes, name)))
        })
        .await?;
    let (bytes, name) = written.ok_or(Error::NoMessage)?;
    Ok((guards(form, &name), bytes?).into_response())
}

/// What names a file: the beginning of the subject for people, and of the id, so that no two are the same.
fn named(subject: &str, id: &str) -> String {
    let subject: String = subject.chars().take(40).collect();
    format!("{subject} {}", id.get(..8).unwrap_or_default())
}

/// A thread in a form.
pub(crate) async fn thread(site: &Arc<Site>, id: &str, form: Form, params: &Params) -> Result<Response, Error> {
    let address = |id: &str| format!("{}.{}", links::thread(id), form.suffix());
    if form == Form::Json {
        return api::thread_of(site, id, params, address).await;
    }
    let thread = site.thread(id, Arranged::ByReply, 0, 0).await?;
    let Some(thread) = thread else { return elsewhere(site, id, params, address).await };
    let subject = card::subject(&thread.subject);
    let query = built(vec![is("thread", &thread.id)]);
    let asked = named(&format!("thread {subject}"), &thread.id);
    let title = format!("{subject}: thread");
    send(site, Selection::new(query, title, &links::thread(&thread.id), asked), form, params).await
}

/// A person in a form.
pub(crate) async fn person(site: &Arc<Site>, person: &str, form: Form, params: &Params) -> Result<Response, Error> {
    let wanted = person.to_owned();
    let entry = site.read(move |archive| archive.person(&wanted)).await?.ok_or(Error::NoPerson)?;
    if form == Form::Json {
        return Ok(Json(json::person(&site.config, &entry)).into_response());
    }
    let query = built(vec![is("person", &entry.person)]);
    let (name, path) = (plain(&entry.name), links::person(&entry.person));
    send(site, Selection::new(query, name.clone(), &path, name), form, params).await
}

/// A list in a form.
pub(crate) async fn list(site: &Arc<Site>, slug: &str, form: Form, params: &Params) -> Result<Response, Error> {
    let list = overview(site, slug)?;
    if form == Form::Json {
        return Ok(api::list_of(site, &list));
    }
    let query = built(vec![is("list", slug)]);
    let name = site.config.list_name(slug).to_owned();
    send(site, Selection::new(query, name, &links::list(slug), slug.to_owned()), form, params).await
}

/// Handles `/l/<slug>/2016`, which leads to the page, and `/l/<slug>/2016.csv` and the like.
async fn year(
    State(site): Shared,
    path: Result<Path<(String, String)>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path((slug, year)) = path.map_err(|_| Error::NoPage)?;
    period(&site, &slug, [&year], &params).await
}

/// The same of a month.
async fn month(
    State(site): Shared,
    path: Result<Path<(String, String, String)>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path((slug, year, month)) = path.map_err(|_| Error::NoPage)?;
    period(&site, &slug, [&year, &month], &params).await
}

/// The same of a day.
async fn day(
    State(site): Shared,
    path: Result<Path<(String, String, String, String)>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path((slug, year, month, day)) = path.map_err(|_| Error::NoPage)?;
    period(&site, &slug, [&year, &month, &day], &params).await
}

/// A year, a month or a day of a list; the last part of the address may have a suffix.
async fn period<const N: usize>(
    site: &Arc<Site>,
    slug: &str,
    mut parts: [&String; N],
    params: &Params,
) -> Result<Response, Error> {
    overview(site, slug)?;
    let last = parts.last().map_or("", |last| last.as_str());
    let (bare, form) = suffixed(last).map_or((last, None), |(bare, form)| (bare, Some(form)));
    let bare = bare.to_owned();
    if let Some(last) = parts.last_mut() {
        *last = &bare;
    }
    let time = time(&parts).ok_or(Error::NoPage)?;
    let query = built(vec![is("list", slug), time.query().ok_or(Error::NoPage)?]);
    let path = time.address(slug);
    match form {
        None => Ok(moved::for_good(&path, params)),
        Some(Form::Json) => page_of(site, query, params).await,
        Some(form) => {
            let title = format!("{}: {}", time.called(), site.config.list_name(slug));
            let asked = path.trim_start_matches("/l/").to_owned();
            send(site, Selection::new(query, title, &path, asked), form, params).await
        }
    }
}

fn time(parts: &[&String]) -> Option<Time> {
    // A month or day of number 0 stands for "the whole", which has an address of its own.
    let number = |at: usize, most: u32| match parts.get(at) {
        None => Some(0),
        Some(text) => text.parse().ok().filter(|number| (1..=most).contains(number)),
    };
    let year = parts.first()?.parse().ok().filter(|year| (0..10_000).contains(year))?;
    Some(Time { year, month: number(1, 12)?, day: number(2, 31)? })
}

/// The messages as the API's search gives them, a hundred at a time, in the order of the page.
async fn page_of(site: &Arc<Site>, query: Parsed, params: &Params) -> Result<Response, Error> {
    let start = cursor(params)?.map_or(Start::Offset(0), Start::After);
    let question = Question { query: query.clone(), sort: Sort::Oldest, grouped: false, limit: 100, start };
    let answer = site.search(question).await?;
    let next = answer.next.map(|cursor| cursor.to_string());
    Ok(Json(json::search(&site.config, &query, &answer, next)).into_response())
}

async fn send(site: &Arc<Site>, selection: Selection, form: Form, params: &Params) -> Result<Response, Error> {
    let headers = guards(form, &selection.asked);
    let cost = Cost::of(&selection.query);
    if form == Form::Atom {
        let after = cursor(params)?;
        let (archive, shared) = (site.archive.clone(), site.clone());
        let feed = site.exports.turn(cost, move || atom::feed(&archive, &shared.config, &selection, after)).await??;
        return Ok((headers, feed.text).into_response());
    }
    let newest = params.text("sort") == "newest";
    let config = Arc::new(site.config.clone());
    let export = Export::new(&site.archive, config, selection.query, form, newest).ok_or(Error::NoPage)?;
    Ok((headers, Extension(Streamed), stream::body(site, cost, export)?).into_response())
}

fn cursor(params: &Params) -> Result<Option<Cursor>, Error> {
    match params.text("cursor") {
        "" => Ok(None),
        given => given
            .parse()
            .map(Some)
            .map_err(|_| Error::Unclear("This cursor was not given out here; begin without one.")),
    }
}

/// A form is a file, never a page: it names itself, and can do nothing in our name.
fn guards(form: Form, asked: &str) -> [(HeaderName, String); 4] {
    [
        (header::CONTENT_TYPE, form.media_type().into()),
        (header::CONTENT_DISPOSITION, name::header(asked, form)),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.into()),
        // Whatever the pages allow: mail in bulk is not for search engines.
        (HeaderName::from_static("x-robots-tag"), "noindex".into()),
    ]
}
