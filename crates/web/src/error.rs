//! Why a request could not be answered, and the page or problem document that says so.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use tracing::error;

use crate::{Shared, missing, piece::plain, runs::began, site::Site, wording};

/// Why a request could not be answered. The visitor gets a sentence; causes go to the log, once, from here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No page has this address.
    #[error("There is no page at this address.")]
    NoPage,
    /// No message has this id.
    #[error("No message with this id is in the archive.")]
    NoMessage,
    /// No thread has this id.
    #[error("No thread with this id is in the archive.")]
    NoThread,
    /// No list has this name.
    #[error("No list with this name is in the archive.")]
    NoList,
    /// No person has this name.
    #[error("No person with this name is in the archive.")]
    NoPerson,
    /// No run has this name.
    #[error("No run with this name is in the ledger.")]
    NoRun,
    /// The message has no such attachment, or the list's software removed it.
    #[error("The archive does not hold this attachment.")]
    NoAttachment,
    /// A request of the API that cannot be meant.
    #[error("{0}")]
    Unclear(&'static str),
    /// A request with a body that nothing here takes.
    #[error("Nothing here takes what this request sends; it was not read.")]
    TooLarge,
    /// A request with a body that does not say how long it is.
    #[error("Nothing here takes what this request sends, and its length is not given; it was not read.")]
    NoLength,
    /// Too many searches wait already.
    #[error("Too many searches at once. Please try again in a moment.")]
    Busy,
    /// It took longer than the site allows.
    #[error("This took too long and was stopped. A narrower search may help.")]
    TooSlow,
    /// The index failed.
    #[error("Something broke on our side. It has been noted.")]
    Index(#[from] plenary_index::Error),
    /// A template failed, which compiled templates do not.
    #[error("Something broke on our side. It has been noted.")]
    Template(#[from] askama::Error),
    /// A task panicked or was cancelled.
    #[error("Something broke on our side. It has been noted.")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    fn status(&self) -> StatusCode {
        match self {
            Error::NoPage
            | Error::NoMessage
            | Error::NoThread
            | Error::NoList
            | Error::NoPerson
            | Error::NoRun
            | Error::NoAttachment => StatusCode::NOT_FOUND,
            Error::Unclear(_) => StatusCode::BAD_REQUEST,
            Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Error::NoLength => StatusCode::LENGTH_REQUIRED,
            Error::Busy => StatusCode::TOO_MANY_REQUESTS,
            Error::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Error::Index(_) | Error::Template(_) | Error::Task(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Error {
    /// Puts the cause into the log, where there is one that somebody can act on.
    pub(crate) fn note(&self) {
        match self {
            Error::Index(cause) => error!(%cause, "the index could not answer"),
            Error::Template(cause) => error!(%cause, "a page could not be written"),
            // Where it was the hook of the program has said; the panic's own words may be those of a message or a query.
            Error::Task(cause) if cause.is_panic() => {}
            Error::Task(cause) => error!(%cause, "a request's task ended early"),
            _ => {}
        }
    }
}

/// What a failed response carries until [`dress`] makes a page of it.
#[derive(Debug, Clone)]
struct Sentence(String);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.note();
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Sentence(self.to_string()));
        response
    }
}

/// What a panic becomes.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    // Nothing is logged here: the hook of the program has said where it was, and what the panic says may be words of a message.
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Sentence("Something broke on our side. It has been noted.".into()));
    response
}

/// Stops a request that takes too long.
pub(crate) async fn in_time(State(site): Shared, request: Request, next: Next) -> Response {
    match tokio::time::timeout(site.config.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::TooSlow.into_response(),
    }
}

/// Makes a page, or a problem document, of every response that failed, wherever it failed: in a handler, in a limit, or in
/// the router's own refusals.
pub(crate) async fn dress(State(site): Shared, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let sentence = match response.extensions().get::<Sentence>() {
        Some(Sentence(sentence)) => sentence.clone(),
        None => status.canonical_reason().unwrap_or("This did not work").to_owned() + ".",
    };
    let (status, sentence) = match status {
        StatusCode::NOT_FOUND => match taken_down(&site, &path).await {
            Some(said) => (StatusCode::GONE, said),
            None => (status, sentence),
        },
        _ => (status, sentence),
    };
    let mut dressed = if path.starts_with("/api/") || path.ends_with(".json") {
        problem(status, sentence)
    } else {
        missing::page(&site, status, sentence, &path).await
    };
    *dressed.status_mut() = status;
    for name in [header::ALLOW, header::CONNECTION] {
        if let Some(value) = response.headers().get(&name) {
            dressed.headers_mut().insert(name, value.clone());
        }
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        dressed.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    dressed
}

/// What is to be said at the address of a message that people took down, or of one of its forms and parts. A page that says what is
/// not there must not fail itself: an error counts as nothing known.
async fn taken_down(site: &Arc<Site>, path: &str) -> Option<String> {
    let named =
        ["/m/", "/t/", "/api/v1/messages/", "/api/v1/threads/"].iter().find_map(|start| path.strip_prefix(start))?;
    let asked = percent_decode_str(named).decode_utf8().ok()?.into_owned();
    // `<id>`, `<id>.raw`, `<id>/html`; a Message-ID has dots and slashes of its own.
    let id = match asked.contains('@') {
        true => asked,
        false => asked.split(['.', '/']).next()?.to_owned(),
    };
    let removal = site.read(move |archive| archive.removal(&id)).await.ok()??;
    let day = began(&removal.at).map_or(String::new(), |seconds| format!(" on {}", wording::day(seconds)));
    Some(format!("This message was taken down{day}: {}", plain(&removal.reason)))
}

/// RFC 9457.
#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

fn problem(status: StatusCode, detail: String) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = Json(Problem { r#type: "about:blank", title, status: status.as_u16(), detail });
    ([(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}
