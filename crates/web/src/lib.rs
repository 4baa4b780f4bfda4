//! Turns the archive's answers into pages and JSON. [`app`] is the whole site as a value, [`serve`] puts it on a socket.
//!
//! Every page has a file: its parameters, its handler, what its template is given. `asked` builds the questions, `card`,
//! `body` and `chart` put answers into words and shapes, and `piece` and `mask` see to it that no text leaves with an
//! address or a hidden control in it. Escaping is done by the templates, which are compiled; no markup is put together here.
//!
//! A handler fails with an `error::Error`; what that looks like to a visitor is decided in one place, `error::dress`.

mod api;
mod asked;
mod assets;
mod body;
mod cache;
mod card;
mod chart;
pub mod config;
mod connections;
mod days;
mod download;
mod encoded;
mod error;
mod explain;
mod facets;
mod forms;
mod headers;
mod help;
mod home;
mod html;
mod json;
pub mod links;
mod list;
mod lists;
mod mask;
mod message;
mod metrics;
mod missing;
mod moved;
mod naming;
#[cfg(test)]
#[path = "tests/overload.rs"]
mod overload;
mod pager;
mod params;
mod patch;
mod period;
mod person;
mod piece;
mod pipermail;
mod quoted;
mod rivals;
mod run;
mod runs;
mod search;
mod shell;
mod site;
mod suggest;
mod thread;
mod upload;
mod witness;
mod wording;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use plenary_index::Archive;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
};

pub use crate::{
    config::{Config, ListInfo, Milestone},
    connections::{Limits, serve},
    download::disposition,
    explain::json as explanation_json,
    forms::{
        Form,
        atom::{Page as Feed, of_search as feed},
        cite::{Citation, STYLES, Style},
        export::Export,
    },
    html::{DUTY as CLEANING, cleaned},
    json::{hit as hit_json, lists as lists_json, message as message_json, thread as thread_json},
    message::document as message_page,
};
use crate::{params::Params, site::Site};

/// How handlers reach the site's state.
type Shared = State<Arc<Site>>;

/// The whole site.
pub fn app(archive: Archive, config: Config) -> Router {
    pages(Arc::new(Site::new(archive, config)))
}

fn pages(site: Arc<Site>) -> Router {
    Router::new()
        // Stable: people cite these, and they are promised to last.
        .route("/m/{id}", get(message::handle))
        .route("/m/{id}/a/{part}/{name}", get(download::attachment))
        .route("/m/{id}/html", get(html::page))
        .route("/m/{id}/html/frame", get(html::frame))
        // The longest pages, and asked for less often than others: packed as well as the default level can, two thirds of the size.
        .route("/t/{id}", get(thread::handle).layer(CompressionLayer::new()))
        .route("/l/{slug}", get(list::bare))
        .route("/l/{slug}/", get(list::whole))
        .route("/l/{slug}/{year}/", get(period::year))
        .route("/l/{slug}/{year}/{month}/", get(period::month))
        .route("/l/{slug}/{year}/{month}/{day}/", get(period::day))
        .route("/l", get(|params: Params| async move { moved::for_good("/l/", &params) }))
        .route("/l/", get(lists::handle))
        .route("/p/{person}", get(person::handle))
        .route("/api/v1/search", get(api::search))
        .route("/api/v1/suggest", get(suggest::handle))
        .route("/api/v1/messages/{id}", get(api::message))
        .route("/api/v1/threads/{id}", get(api::thread))
        .route("/api/v1/lists", get(api::lists))
        .route("/api/v1/runs", get(runs::list_json))
        .route("/api/v1/runs/{run}", get(runs::run_json))
        .route("/search", get(search::handle))
        .route("/search.json", get(api::search))
        .merge(forms::routes::routes())
        // What they look like may change.
        .route("/runs", get(|params: Params| async move { moved::for_good("/runs/", &params) }))
        .route("/runs/", get(runs::handle))
        .route("/runs/{run}", get(run::handle))
        // Of the archive before this one.
        .route("/pipermail/{*path}", get(pipermail::handle))
        .route("/", get(home::handle))
        .route("/help", get(|params: Params| async move { moved::for_good("/help/search", &params) }))
        .route("/help/search", get(help::search))
        .route("/about", get(help::about))
        .route("/static/style.css", get(assets::style))
        .route("/static/frame.css", get(assets::frame))
        .route("/static/plenary.js", get(assets::script))
        .route("/favicon.svg", get(assets::favicon))
        .route("/robots.txt", get(assets::robots))
        .route("/healthz", get(metrics::healthz))
        .route("/readyz", get(metrics::readyz))
        .route("/metrics", get(metrics::metrics))
        .fallback(missing::handle)
        .merge(faults())
        // From the inside out: each sees what those above it made.
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(site.clone(), error::in_time))
        .layer(from_fn_with_state(site.clone(), headers::revalidate))
        .layer(from_fn(upload::refuse))
        .layer(from_fn_with_state(site.clone(), error::dress))
        .layer(from_fn_with_state(site.clone(), headers::guard))
        // Half the size for a tenth of the time that the best level takes; pages are made fresh for every visitor.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(site.clone(), cache::keep))
        .layer(from_fn_with_state(site.clone(), metrics::count))
        .layer(from_fn(witness::note))
        .with_state(site)
}

/// Addresses that only tests have.
#[cfg(test)]
fn faults() -> Router<Arc<Site>> {
    overload::faults()
}

#[cfg(not(test))]
fn faults() -> Router<Arc<Site>> {
    Router::new()
}
