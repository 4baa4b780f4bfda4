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
    let has = |count: &Count| kind("has", &count.value).map_or_else(|| label(count), str::to_owned);
    let is = |count: &Count| kind("is", &count.value).map_or_else(|| label(count), str::to_owned);
    // The latest first: where some are folded away, it is the oldest.
    let years: Vec<Count> = facets.year.iter().rev().cloned().collect();
    let sets: [(_, _, &[Count], Labels<'_>); 6] = [
        ("List", "list", &facets.list, &listed),
        ("Person", "person", &facets.person, &label),
        ("Year", "year", &years, &label),
        ("Has", "has", &facets.has, &has),
        ("Is", "is", &facets.is, &is),
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

/// What a message has or is, in words that need no explanation.
pub(crate) fn kind(field: &str, value: &str) -> Option<&'static str> {
    Some(match (field, value) {
        ("has", "attachment") => "attached files",
        ("has", "link") => "links",
        ("has", "gdoc") => "links to Google documents",
        ("has", "recording") => "recording of a call",
        ("has", "html") => "formatted text (HTML)",
        ("has", "patch") => "patch",
        ("is", "root") => "first of its thread",
        ("is", "reply") => "reply",
        ("is", "summary") => "meeting summary",
        ("is", "call") => "call for input",
        ("is", "announcement") => "announcement",
        ("is", "digest-reply") => "reply to a digest of messages",
        ("is", "forward") => "forwarded message",
        ("is", "crossposted") => "sent to several lists",
        ("is", "conflict") => "one of two with the same Message-ID",
        ("is", "weak") => "joined to its thread by subject alone",
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use plenary_index::fields::{HAS, IS};

    #[test]
    fn every_kind_has_words_and_no_two_the_same() {
        let all = HAS.iter().map(|value| kind("has", value)).chain(IS.iter().map(|value| kind("is", value)));
        let words: std::collections::BTreeSet<_> = all.map(|words| words.expect("words for it")).collect();
        assert_eq!(words.len(), HAS.len() + IS.len());
    }

    #[test]
    fn of_many_years_the_latest_are_shown_first() {
        let count = |year: u32| Count { value: year.to_string(), label: String::new(), count: 1, chosen: false };
        let facets = Facets { year: (1998..2016).map(count).collect(), ..Facets::default() };
        let query = plenary_index::query::parse("", (2026, 1, 1));
        let shown = panels(&query, &facets, &Config::default(), &[]);
        assert_eq!((shown[0].values[0].label.as_str(), shown[0].values.len(), shown[0].rest.len()), ("2015", 8, 10));
    }
}
