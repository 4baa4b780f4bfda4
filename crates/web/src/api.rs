//! `/api/v1`: the archive as JSON, and the same behind the `.json` of a page. Addresses are masked as everywhere.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use plenary_index::{Arranged, Cursor, ListOverview, Question, Sort, Start};

use crate::{
    Shared, asked,
    error::Error,
    explain, json,
    params::Params,
    site::{MAX_DEPTH, Site},
    thread::elsewhere,
};

/// Hits in an answer where no limit is asked for, and the most there can be.
const LIMITS: (usize, usize) = (20, 100);

/// Handles `/api/v1/search` and `/search.json`.
pub(crate) async fn search(State(site): Shared, params: Params) -> Result<Response, Error> {
    let query = asked::typed(params.text("q"), &site.config);
    let sort = asked::sort(params.text("sort"), &query.query);
    let limit = params.number("limit", LIMITS.0, 1..=LIMITS.1);
    let start = start(params.text("cursor"), sort)?;
    let answer =
        site.search(Question { query: query.clone(), sort, grouped: false, limit, start: start.clone() }).await?;
    let next = match (sort, &start) {
        // By relevance there is no date to walk by; the cursor counts hits, which is as stable as relevance is.
        // Nor is there one by length.
        (Sort::Relevance | Sort::Longest, Start::Offset(offset)) => {
            let reached = offset + answer.hits.len();
            let more = !answer.hits.is_empty() && (reached as u64) < answer.total && reached + limit <= MAX_DEPTH;
            more.then(|| format!("o{reached}"))
        }
        _ => answer.next.map(|cursor| cursor.to_string()),
    };
    let mut document = json::search(&site.config, &query, &answer, next);
    if params.text("explain") == "1" {
        document["query"]["clauses"] = explain::document(&site, &query).await?;
    }
    Ok(Json(document).into_response())
}

/// A cursor as an earlier answer gave it. Silently beginning again would make a client walk in circles, so one that cannot
/// be read is refused.
fn start(cursor: &str, sort: Sort) -> Result<Start, Error> {
    const UNREADABLE: Error = Error::Unclear("This cursor was not given out for this order; begin without one.");
    match (cursor, sort) {
        ("", _) => Ok(Start::Offset(0)),
        (_, Sort::Relevance | Sort::Longest) => {
            let offset = cursor.strip_prefix('o').and_then(|number| number.parse::<usize>().ok());
            offset.filter(|&offset| offset < MAX_DEPTH).map(Start::Offset).ok_or(UNREADABLE)
        }
        _ => cursor.parse::<Cursor>().map(Start::After).map_err(|_| UNREADABLE),
    }
}

/// Handles `/api/v1/messages/<id>`.
pub(crate) async fn message(State(site): Shared, id: Result<Path<String>, PathRejection>) -> Result<Response, Error> {
    let Path(id) = id.map_err(|_| Error::NoMessage)?;
    message_of(&site, id).await
}

/// A message as JSON.
pub(crate) async fn message_of(site: &Arc<Site>, id: String) -> Result<Response, Error> {
    let entry = site.read(move |archive| archive.message(&id)).await?.ok_or(Error::NoMessage)?;
    Ok(Json(json::message(&site.config, &entry)).into_response())
}

/// Handles `/api/v1/threads/<id>`.
pub(crate) async fn thread(
    State(site): Shared,
    id: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(id) = id.map_err(|_| Error::NoThread)?;
    thread_of(&site, &id, &params, |id| format!("/api/v1/threads/{id}")).await
}

/// A thread as JSON, a page of it at a time; `address` is that of a thread.
pub(crate) async fn thread_of(
    site: &Arc<Site>,
    id: &str,
    params: &Params,
    address: impl FnOnce(&str) -> String,
) -> Result<Response, Error> {
    let offset = params.number("offset", 0, 0..=10_000_000);
    let limit = params.number("limit", LIMITS.1, 1..=LIMITS.1);
    let thread = site.thread(id, Arranged::ByReply, offset, limit).await?;
    let Some(thread) = thread else { return elsewhere(site, id, params, address).await };
    let next = Some(offset + limit).filter(|next| *next < thread.lines);
    Ok(Json(json::thread(&site.config, &thread, next)).into_response())
}

/// Handles `/api/v1/lists`.
pub(crate) async fn lists(State(site): Shared) -> Response {
    let overview = site.archive.overview();
    Json(json::lists(&site.config, &overview)).into_response()
}

/// A list as JSON.
pub(crate) fn list_of(site: &Arc<Site>, list: &ListOverview) -> Response {
    Json(json::list(&site.config, list)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_of_another_order_are_refused() {
        assert!(matches!(start("", Sort::Newest), Ok(Start::Offset(0))));
        assert!(matches!(start("o40", Sort::Relevance), Ok(Start::Offset(40))));
        assert!(matches!(start("o10000", Sort::Relevance), Err(Error::Unclear(_))));
        assert!(matches!(start("o40", Sort::Newest), Err(Error::Unclear(_))));
        assert!(matches!(start("<script>", Sort::Oldest), Err(Error::Unclear(_))));
    }
}
