//! What each clause of a query finds, and what a search that found nothing could have been.

use plenary_index::{Elsewhere, Explanation, Parsed};
use serde_json::{Value, json};

use crate::{
    cache,
    error::Error,
    links,
    piece::plain,
    site::{Cost, Site},
    wording,
};

/// A query taken apart, for the page.
#[derive(Default)]
pub(crate) struct Explain {
    /// Where it is explained, when it is not yet and there is something to explain.
    pub(crate) offer: Option<String>,
    /// Its clauses, when that was asked for.
    pub(crate) clauses: Vec<Clause>,
    /// Whether all must hold, or any.
    pub(crate) all: bool,
    /// Whether time ran out.
    pub(crate) partial: bool,
}

/// One clause of a query.
pub(crate) struct Clause {
    /// As a person reads it.
    pub(crate) label: String,
    /// How much it finds alone.
    pub(crate) alone: String,
    /// How much the others find without it.
    pub(crate) rest: String,
    /// The search without it.
    pub(crate) address: String,
}

/// What an empty page offers.
#[derive(Default)]
pub(crate) struct Empty {
    /// The query with its words put right: as text, how much it finds, where.
    pub(crate) corrected: Option<(String, String, String)>,
    /// How much is found with quotes and signatures, and where.
    pub(crate) widened: Option<(String, String)>,
    /// Without which clause how much is found, and where.
    pub(crate) without: Vec<(String, String, String)>,
}

impl Empty {
    /// Whether there is nothing to offer.
    pub(crate) fn is_empty(&self) -> bool {
        self.corrected.is_none() && self.widened.is_none() && self.without.is_empty()
    }
}

impl Explain {
    /// Takes a query apart where that was asked for.
    pub(crate) async fn of(site: &Site, query: &Parsed, asked: bool) -> Result<Explain, Error> {
        if !asked {
            let several = query.clauses_apart().1.len() > 1;
            return Ok(Explain {
                offer: several.then(|| links::search(query, &[("explain", "1")])),
                ..Explain::default()
            });
        }
        let Explanation { all_must_hold, clauses, partial } = explanation(site, query).await?;
        let clauses = clauses.into_iter().map(|cost| Clause {
            label: plain(&cost.label),
            alone: wording::count(cost.alone),
            rest: wording::count(cost.rest),
            address: links::search(&cost.query, &[]),
        });
        Ok(Explain { offer: None, clauses: clauses.collect(), all: all_must_hold, partial })
    }
}

/// What to search for instead of a query that found nothing.
pub(crate) async fn instead(site: &Site, query: &Parsed) -> Result<Empty, Error> {
    let asked = query.clone();
    let instead = site.in_turn(Cost::of(query), move |archive| archive.instead(&asked)).await?;
    let counted = |elsewhere: &Elsewhere| wording::counted(elsewhere.total, "message", "messages");
    let address = |elsewhere: &Elsewhere| links::search(&elsewhere.query, &[]);
    Ok(Empty {
        corrected: instead.corrected.map(|it| (plain(&it.query.to_string()), counted(&it), address(&it))),
        widened: instead.widened.map(|it| (counted(&it), address(&it))),
        without: instead.without.iter().map(|(label, it)| (plain(label), counted(it), address(it))).collect(),
    })
}

/// A query taken apart, for the API: `query.clauses`.
pub(crate) async fn document(site: &Site, query: &Parsed) -> Result<Value, Error> {
    Ok(json(&explanation(site, query).await?))
}

/// The same as JSON, for the API and the terminal.
pub fn json(explanation: &Explanation) -> Value {
    let clauses = explanation.clauses.iter().map(|cost| {
        json!({ "clause": cost.label, "alone": cost.alone, "without": cost.rest, "query_without": cost.query.to_string() })
    });
    json!({
        "join": if explanation.all_must_hold { "all" } else { "any" },
        "partial": explanation.partial,
        "clauses": clauses.collect::<Vec<_>>(),
    })
}

async fn explanation(site: &Site, query: &Parsed) -> Result<Explanation, Error> {
    let query = query.clone();
    // Twice as many searches as it has parts.
    let explanation = site.in_turn(Cost::Dear, move |archive| archive.explain(&query)).await?;
    if explanation.partial {
        cache::cut_short();
    }
    Ok(explanation)
}
