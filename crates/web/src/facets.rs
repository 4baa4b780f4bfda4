//! The panel beside the hits: what the found messages are, with counts, each value a link that adds it or takes it away.

use plenary_index::{Count, Facets, Parsed};

use crate::{Config, links, piece::plain, wording};

/// Values shown of a facet before the rest is folded away.
const OPEN: usize = 8;

/// A facet, in words.
pub(crate) struct Panel {
    /// Its heading.
    pub(crate) name: &'static str,
    /// Its first values, and all chosen ones.
    pub(crate) values: Vec<Value>,
    /// The others.
    pub(crate) rest: Vec<Value>,
}

/// One value of a facet.
pub(crate) struct Value {
    /// Its name.
    pub(crate) label: String,
    /// How many messages.
    pub(crate) count: String,
    /// Whether the query asks for it.
    pub(crate) chosen: bool,
    /// The search with it, or without it where it is chosen.
    pub(crate) address: String,
}

/// How a facet's values are called.
type Labels<'a> = &'a dyn Fn(&Count) -> String;

/// The panels for an answer.
pub(crate) fn panels(query: &Parsed, facets: &Facets, config: &Config, more: &[(&str, &str)]) -> Vec<Panel> {
    let listed = |count: &Count| config.list(&count.value).map_or_else(|| label(count), |info| plain(&info.name));
    let tongue = |count: &Count| language(&count.value).map_or_else(|| label(count), str::to_owned);
    let sets: [(_, _, &[Count], Labels<'_>); 6] = [
        ("List", "list", &facets.list, &listed),
        ("Person", "person", &facets.person, &label),
        ("Year", "year", &facets.year, &label),
        ("Has", "has", &facets.has, &label),
        ("Is", "is", &facets.is, &label),
        ("Language", "lang", &facets.lang, &tongue),
    ];
    sets.into_iter()
        .filter(|(_, _, counts, _)| !counts.is_empty())
        .map(|(name, field, counts, label)| {
            let value = |count: &Count| Value {
                label: label(count),
                count: wording::count(count.count),
                chosen: count.chosen,
                address: toggled(query, field, count, more),
            };
            let (first, rest): (Vec<_>, Vec<_>) =
                counts.iter().enumerate().partition(|(n, count)| *n < OPEN || count.chosen || counts.len() <= OPEN + 1);
            Panel {
                name,
                values: first.into_iter().map(|(_, count)| value(count)).collect(),
                rest: rest.into_iter().map(|(_, count)| value(count)).collect(),
            }
        })
        .collect()
}

/// The search with a value, or without it where it is chosen already.
pub(crate) fn toggled(query: &Parsed, field: &'static str, count: &Count, more: &[(&str, &str)]) -> String {
    let next =
        if count.chosen { query.without_filter(field, &count.value) } else { query.with_filter(field, &count.value) };
    links::search(&next, more)
}

fn label(count: &Count) -> String {
    plain(if count.label.is_empty() { &count.value } else { &count.label })
}

/// Names of the languages that are told apart most surely; others are shown by their code.
fn language(code: &str) -> Option<&'static str> {
    Some(match code {
        "ar" => "Arabic",
        "de" => "German",
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "hi" => "Hindi",
        "it" => "Italian",
        "ja" => "Japanese",
        "ko" => "Korean",
        "nl" => "Dutch",
        "pl" => "Polish",
        "pt" => "Portuguese",
        "ru" => "Russian",
        "sw" => "Swahili",
        "tr" => "Turkish",
        "zh" => "Chinese",
        _ => return None,
    })
}
