//! `/api/v1/suggest`: how a query that is being typed might go on, for the search box.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use plenary_index::{Suggestion, suggest::MAX_SUGGESTIONS};
use serde_json::{Value, json};

use crate::{
    Shared,
    error::Error,
    mask::mask,
    params::Params,
    site::{Cost, Site},
};

/// Suggestions given where no number is asked for: as many as are read at a glance.
const LIMIT: usize = 8;

/// Handles `/api/v1/suggest?q=&limit=`.
pub(crate) async fn handle(State(site): Shared, params: Params) -> Result<Response, Error> {
    let typed = params.text("q").to_owned();
    let limit = params.number("limit", LIMIT, 1..=MAX_SUGGESTIONS);
    let asked = typed.clone();
    let (start, found) = site.in_turn(Cost::Common, move |archive| Ok(archive.suggest(&asked, limit))).await?;
    let before = typed.get(..start).unwrap_or_default();
    let suggestions: Vec<Value> = found
        .iter()
        .map(|it| {
            json!({
                "query": format!("{before}{}", it.insert),
                "insert": it.insert,
                "label": label(&site, it),
                "count": it.count,
            })
        })
        .collect();
    Ok(Json(json!({ "suggestions": suggestions })).into_response())
}

/// What it means: a list by its name, which the index does not know.
fn label(site: &Site, it: &Suggestion) -> String {
    // Only what has a count is a list; `list:` alone is the field.
    let slug = it.count.and(it.insert.strip_prefix("list:")).and_then(|values| values.rsplit(',').next());
    mask(slug.map_or(&it.label, |slug| site.config.list_name(slug))).into_owned()
}
