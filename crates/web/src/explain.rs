//! What each clause of a query finds, and what a search that found nothing could have been.

use plenary_index::{Elsewhere, Explanation, Parsed, Part, query::Scope};
use serde_json::{Value, json};

use crate::{
    Config, cache,
    error::Error,
    links,
    naming::Names,
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
    /// What each clause finds alone, and where; the address is empty where that is nothing.
    pub(crate) parts: Vec<(String, String, String)>,
    /// Lists and people that are not here.
    pub(crate) unknown: Vec<Unknown>,
    /// That nothing was found, in words, where nothing else is to be said.
    pub(crate) sentence: &'static str,
    /// Whether time ran out before everything was counted.
    pub(crate) partial: bool,
}

/// A list or person that is not here.
pub(crate) struct Unknown {
    /// That it is not.
    pub(crate) sentence: String,
    /// What the names are that follow.
    pub(crate) lead: &'static str,
    /// Others: name, messages, address.
    pub(crate) others: Vec<(String, String, String)>,
}

impl Unknown {
    fn of(it: &plenary_index::Unknown, config: &Config) -> Unknown {
        let is_list = it.field == "list";
        let (noun, lead) = match (is_list, it.instead.is_empty()) {
            (true, _) => ("list", "There are:"),
            (false, false) => ("person", "Perhaps:"),
            (false, true) => ("person", ""),
        };
        let name = |count: &plenary_index::Count| match is_list {
            true => plain(config.list_name(&count.value)),
            false => plain(&count.label),
        };
        let address = |count: &plenary_index::Count| match is_list {
            true => links::list(&count.value),
            false => links::person(&count.value),
        };
        Unknown {
            sentence: format!("There is no {noun} “{}” in this archive.", plain(&it.value)),
            lead,
            others: it.instead.iter().map(|it| (name(it), wording::count(it.count), address(it))).collect(),
        }
    }
}

impl Explain {
    /// Takes a query apart where that was asked for.
    pub(crate) async fn of(site: &Site, query: &Parsed, names: &Names, asked: bool) -> Result<Explain, Error> {
        if !asked {
            let several = query.clauses_apart().1.len() > 1;
            return Ok(Explain {
                offer: several.then(|| links::search(query, &[("explain", "1")])),
                ..Explain::default()
            });
        }
        let Explanation { all_must_hold, clauses, partial } = explanation(site, query).await?;
        let clauses = clauses.into_iter().map(|cost| Clause {
            label: names.label(&cost.label),
            alone: wording::count(cost.alone),
            rest: wording::count(cost.rest),
            address: links::search(&cost.query, &[]),
        });
        Ok(Explain { offer: None, clauses: clauses.collect(), all: all_must_hold, partial })
    }
}

/// What to search for instead of a query that found nothing.
pub(crate) async fn instead(site: &Site, query: &Parsed, names: &Names) -> Result<Empty, Error> {
    let asked = query.clone();
    let instead = site.in_turn(Cost::of(query), move |archive| archive.instead(&asked)).await?;
    let said = |total: u64| wording::counted(total, "message", "messages");
    let counted = |elsewhere: &Elsewhere| said(elsewhere.total);
    let address = |elsewhere: &Elsewhere| links::search(&elsewhere.query, &[]);
    let nothing = instead.corrected.is_none()
        && instead.widened.is_none()
        && [instead.without.len(), instead.parts.len(), instead.unknown.len()] == [0; 3];
    let alone = |part: &Part| match part.total {
        0 => (names.label(&part.label), "nothing".to_owned(), String::new()),
        total => (names.label(&part.label), said(total), links::search(&part.query, &[])),
    };
    if instead.partial {
        cache::cut_short();
    }
    Ok(Empty {
        corrected: instead.corrected.map(|it| (plain(&it.query.to_string()), counted(&it), address(&it))),
        widened: instead.widened.map(|it| (counted(&it), address(&it))),
        // Of two parts, each without the other is the other alone: said once, below.
        without: match instead.parts.len() {
            2 => Vec::new(),
            _ => instead.without.iter().map(|(label, it)| (names.label(label), counted(it), address(it))).collect(),
        },
        parts: instead.parts.iter().map(alone).collect(),
        unknown: instead.unknown.iter().map(|it| Unknown::of(it, &site.config)).collect(),
        sentence: match (nothing && !instead.partial, query.scope == Scope::Own && query.query.has_bare_words()) {
            (false, _) => "",
            (true, true) => {
                "No message has this, be it in its author's own words, in quotes, in signatures or in attached files."
            }
            (true, false) => "No message matches this.",
        },
        partial: instead.partial,
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
