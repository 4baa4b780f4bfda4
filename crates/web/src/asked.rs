//! Questions the pages ask of their own accord, built as trees: a list's name needs no quoting that way.

use plenary_index::{
    Parsed, Query, Question, Sort, Start,
    query::{self, Scope},
};

use crate::{config::Config, wording::today};

/// What somebody typed, as of today.
pub(crate) fn typed(text: &str, config: &Config) -> Parsed {
    query::parse_within(text, today(), &config.query)
}

/// A query that was not typed.
pub(crate) fn built(parts: Vec<Query>) -> Parsed {
    let query = if parts.is_empty() { Query::All } else { Query::And(parts) };
    Parsed { query, scope: Scope::Own, problems: Vec::new() }
}

/// A field has a value.
pub(crate) fn is(field: &'static str, value: &str) -> Query {
    Query::Is { field, value: value.to_owned() }
}

/// Sent in a month, or with month 0 in a year. `None` where the calendar has no such time.
pub(crate) fn during(year: i32, month: u32) -> Option<Query> {
    let start = |year: i32, month: u32| {
        Some(chrono::NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
    };
    let (from, to, typed) = match month {
        0 => (start(year, 1)?, start(year + 1, 1)?, format!("{year:04}")),
        12 => (start(year, 12)?, start(year + 1, 1)?, format!("{year:04}-12")),
        _ => (start(year, month)?, start(year, month + 1)?, format!("{year:04}-{month:02}")),
    };
    Some(Query::Date { from: Some(from), to: Some(to), typed })
}

/// Sent on a day.
pub(crate) fn on(year: i32, month: u32, day: u32) -> Option<Query> {
    let from = chrono::NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
    Some(Query::Date { from: Some(from), to: Some(from + 86_400), typed: format!("{year:04}-{month:02}-{day:02}") })
}

/// The field that takes a bar's span: `month` for `2016-08`, `year` for `2016`.
pub(crate) fn span_field(span: &str) -> &'static str {
    if span.contains('-') { "month" } else { "year" }
}

/// Counts only, no hits.
pub(crate) fn counts(query: Parsed) -> Question {
    Question { query, sort: Sort::Newest, grouped: false, limit: 0, start: Start::Offset(0) }
}

/// The order of hits somebody asked for, or else the one that suits the query: best first where there are words to be best at.
pub(crate) fn sort(asked: &str, query: &Query) -> Sort {
    match asked {
        "newest" => Sort::Newest,
        "oldest" => Sort::Oldest,
        "longest" => Sort::Longest,
        "relevance" => Sort::Relevance,
        _ if query.has_words() => Sort::Relevance,
        _ => Sort::Newest,
    }
}

/// The word for an order in addresses.
pub(crate) fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Relevance => "relevance",
        Sort::Newest => "newest",
        Sort::Oldest => "oldest",
        Sort::Longest => "longest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_where_the_next_begins() {
        let span = |year, month| match during(year, month) {
            Some(Query::Date { from, to, typed }) => Some((from.unwrap(), to.unwrap(), typed)),
            _ => None,
        };
        assert_eq!(span(2016, 12), Some((1_480_550_400, 1_483_228_800, "2016-12".into())));
        assert_eq!(span(2016, 0), Some((1_451_606_400, 1_483_228_800, "2016".into())));
        assert_eq!(span(2016, 13), None);
        assert_eq!(span(i32::MAX - 1, 3), None);
    }

    #[test]
    fn words_ask_for_the_best_and_filters_for_the_newest() {
        let word = Query::Text { scope: None, text: plenary_index::query::Text::Word("cost".into()) };
        assert_eq!(sort("", &Query::And(vec![is("list", "a"), word])), Sort::Relevance);
        assert_eq!(sort("", &is("list", "a")), Sort::Newest);
        assert_eq!(sort("oldest", &Query::All), Sort::Oldest);
        assert_eq!(sort("<script>", &Query::All), Sort::Newest);
    }
}
