//! Dates that cannot be, and none at all.

use plenary_index::{Sort, Start, ingest::DateSource};

use super::{Case, Row};
use crate::desk::{problems, search};

pub(super) const ROWS: &[Row] = &[("dates/dates.mbox", [32, 32, 0, 0, 0, 0], believable)];

/// Messages whose Date header is believed: a zone of more than a day (8, 9: its time is read as UTC, flagged), a leap second,
/// years of two and three digits as RFC 5322 reads them, the order of ctime (21), a zone that is a comment or an unknown word, two headers.
const BELIEVED: [&str; 9] = ["8", "9", "11", "14", "17", "21", "23", "24", "29"];

fn believable(case: &Case) {
    for found in case.all() {
        let entry = &found.entry;
        let id = entry.card.message_id.as_deref().unwrap();
        let number = id.strip_prefix("date.").and_then(|rest| rest.strip_suffix("@hostile.test")).unwrap();
        let expected = match number {
            "none" => DateSource::FromLine,
            number if BELIEVED.contains(&number) => DateSource::Date,
            _ => DateSource::Received,
        };
        let source = entry.card.date.map(|date| date.source);
        assert_eq!(source, Some(expected), "{id}");
        let flagged = problems(entry).contains(&"date");
        assert_eq!(flagged, expected != DateSource::Date || ["8", "9"].contains(&number), "{id} is flagged");
    }
    let newest = search(&case.archive(), "*", Sort::Newest, Start::Offset(0));
    // The leap second of June 2015 truly is the latest.
    assert_eq!(newest.hits[0].card.message_id.as_deref(), Some("date.11@hostile.test"));
    let years: Vec<&str> = newest.facets.year.iter().map(|year| year.value.as_str()).collect();
    assert!(years.iter().all(|year| ["2000", "2015"].contains(year)), "{years:?}");
    assert!(newest.facets.month.len() <= 3, "{:?}", newest.facets.month);
}
