//! `/m/<id>/html/frame`: the cleaned HTML, a document by itself, under a policy that lets nothing run, load or leave.

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::header,
    response::{Html, IntoResponse, Response},
};

use super::page;
use crate::{Shared, assets, error::Error, headers::FRAMED};

#[derive(Template)]
#[template(path = "html_frame.html")]
struct Document<'a> {
    version: u32,
    language: &'a str,
    /// Written by the sanitiser, and not touched since.
    clean: &'a str,
}

/// Handles it. A message without HTML that can be shown has no such document.
pub(crate) async fn handle(State(site): Shared, id: Result<Path<String>, PathRejection>) -> Result<Response, Error> {
    let Path(id) = id.map_err(|_| Error::NoMessage)?;
    let entry = site.read(move |archive| archive.message(&id)).await?.ok_or(Error::NoMessage)?;
    let clean = page::clean(&site, &entry).await?.ok_or(Error::NoPage)?;
    let Ok(clean) = clean.as_ref() else { return Err(Error::NoPage) };
    let language = entry.card.language.as_deref().unwrap_or("");
    let document = Document { version: assets::VERSION, language, clean }.render()?;
    Ok(([(header::CONTENT_SECURITY_POLICY, FRAMED)], Html(document)).into_response())
}
