//! Queries: limits kept, and the printed reading of anything reads the same.

use plenary_index::{
    Parsed, Query,
    query::{Text, limits::*, parse},
};

/// What `30d` counts from.
const TODAY: (i32, u32, u32) = (2026, 11, 24);

/// What somebody typed.
pub fn query(bytes: &[u8]) {
    let typed = String::from_utf8_lossy(bytes);
    let parsed = parse(&typed, TODAY);
    assert!(parsed.problems.len() <= MAX_PROBLEMS, "{:?}", parsed.problems);
    assert!(parsed.problems.iter().all(|problem| !problem.is_empty() && problem.chars().count() < 400));
    let terms = within_limits(&parsed.query);
    assert!(terms <= MAX_TERMS, "{terms} terms");
    reads_back(&parsed);

    let _ = (parsed.explained(), parsed.words(), parsed.query.has_words());
    for chip in parsed.chips() {
        assert!(!chip.label.is_empty(), "what can be taken away has a name");
        reads_back(&chip.rest);
    }
    let (_, clauses) = parsed.clauses_apart();
    for (_, alone, rest) in clauses {
        reads_back(&alone);
        reads_back(&rest);
    }
    for (field, value) in [("list", "a"), ("list", "a b,c"), ("person", "ann"), ("year", "2016")] {
        let more = parsed.with_filter(field, value);
        reads_back(&more);
        assert_eq!(more.with_filter(field, value), more, "a filter that is set is set");
        if let Some((_, values)) = more.filters().iter().find(|(name, _)| *name == field) {
            assert!(values.iter().any(|chosen| chosen == value), "a filter that is set is seen: {values:?}");
        }
        reads_back(&more.without_filter(field, value));
    }
}

/// The number of terms, after looking at each and at how deep it stands.
fn within_limits(query: &Query) -> usize {
    let (mut terms, mut open) = (0, vec![(query, 0_usize)]);
    while let Some((query, depth)) = open.pop() {
        // An Or of Ands of Nots in each bracket: what the engine's tree may have of levels.
        assert!(depth <= 4 * (MAX_DEPTH + 1), "{depth} deep");
        match query {
            Query::And(items) | Query::Or(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Query::Not(inner) | Query::ThreadWith(inner) => open.push((inner, depth + 1)),
            Query::All => {}
            Query::Text { text, .. } => {
                terms += 1;
                match text {
                    Text::Word(word) => assert!(!word.is_empty()),
                    Text::Phrase { slop, .. } => assert!(*slop <= 2 * MAX_SLOP),
                    Text::Near { distance, .. } => assert!(*distance <= MAX_SLOP),
                    Text::Prefix(start) => assert!(start.chars().count() >= MIN_PREFIX_CHARS, "{start}*"),
                    Text::Fuzzy(word, distance) => {
                        assert!(word.chars().count() <= MAX_FUZZY_CHARS && *distance <= MAX_FUZZY_DISTANCE);
                    }
                }
            }
            Query::Is { .. } | Query::Date { .. } | Query::Number { .. } => terms += 1,
        }
    }
    terms
}

/// Printing a query and reading it gives the query: every link on a page leads where it says.
pub(crate) fn reads_back(parsed: &Parsed) {
    let printed = parsed.to_string();
    // `a:` prints as `person:`: what was typed near the limit may print beyond it.
    if printed.len() > MAX_BYTES {
        return;
    }
    let again = parse(&printed, TODAY);
    assert_eq!((&again.query, again.scope), (&parsed.query, parsed.scope), "printed: {printed:?}");
    assert_eq!(again.to_string(), printed);
}
