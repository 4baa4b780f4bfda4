//! A search that has no time left answers at once, and says that there may be more.

use std::time::{Duration, Instant};

use plenary_index::{Question, Sort, Start, query};

use crate::desk::Desk;

#[test]
fn a_search_without_time_is_partial_and_one_with_time_is_whole() {
    let desk = Desk::of_sample();
    let archive = desk.archive();
    for typed in [
        "*",
        "ipv6",
        "\"of the\"",
        "co*",
        "cosst~1",
        "to NEAR/20 the",
        "internet-exch*",
        "thread:{ipv6}",
        "thread:{\"of the\"} year:2016",
        "-ipv6",
        "in:everything co* OR \"of the\"~20",
    ] {
        let query = query::parse(typed, (2026, 11, 24));
        let question = Question { query, sort: Sort::Relevance, grouped: true, limit: 20, start: Start::Offset(0) };
        let late = archive.search_until(&question, Instant::now()).unwrap();
        assert!(late.partial && late.total == 0, "{typed}");
        let whole = archive.search_until(&question, Instant::now() + Duration::from_secs(600)).unwrap();
        assert!(!whole.partial && whole.total > 0, "{typed}: {}", whole.total);
    }
}
