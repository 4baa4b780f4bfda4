//! The best hits in a better order: where the words that were asked for stand close together, a message is about what they mean together.
//!
//! A sweep scores each message by its words alone. Reading where they stand in every message would cost more than all the rest, so it is
//! done for the best ones only: enough for five pages, whose order among themselves is then final.

use tantivy::{
    DocId, DocSet, SegmentReader, Term,
    postings::{Postings, SegmentPostings},
    schema::{Field, IndexRecordOption},
};

use crate::{
    Error, Parsed, Query,
    plan::Planner,
    query::{Scope, Text},
    sweep::Found,
    words,
};

/// Hits that are put in order; those behind them keep theirs.
pub(crate) const BEST: usize = 100;
/// Words of a query that are looked at. In longer ones the first say enough, and nobody means all of them side by side.
const WORDS: usize = 8;
/// Places of one word in one message that are looked at: the beginning of a long one is what it is about.
const PLACES: usize = 200;
/// What standing side by side adds to a score, as a share of it.
const SIDE_BY_SIDE: f32 = 0.25;
/// How much of that standing side by side in a subject adds.
const IN_SUBJECT: f32 = 0.5;

/// Puts the first [`BEST`] of the hits, which come best first, in order.
pub(crate) fn arrange(planner: &Planner<'_>, parsed: &Parsed, found: &mut [Found]) -> Result<(), Error> {
    let (scope, wanted) = together(parsed);
    let fields: Vec<Field> = planner.prose(scope);
    if wanted.len() < 2 || fields.is_empty() {
        return Ok(());
    }
    let best = found.len().min(BEST);
    let found = &mut found[..best];
    for (number, reader) in planner.searcher.segment_readers().iter().enumerate() {
        // Postings are read forwards.
        let mut here: Vec<&mut Found> =
            found.iter_mut().filter(|found| found.address.segment_ord as usize == number).collect();
        here.sort_unstable_by_key(|found| found.address.doc_id);
        let mut nearest = vec![0.0_f32; here.len()];
        for &field in &fields {
            let failed = |error| Error::engine("reading where words stand", error);
            let mut places = wanted
                .iter()
                .map(|word| Places::open(planner, reader, field, word))
                .collect::<tantivy::Result<Vec<Places>>>()
                .map_err(failed)?;
            for (found, nearest) in here.iter().zip(&mut nearest) {
                let near = closeness(&mut places, found.address.doc_id);
                // Only what is close counts: a few words between, and it is little. Answers take their subject over from others.
                let near = near.powi(4) * if field == planner.fields.subject { IN_SUBJECT } else { 1.0 };
                *nearest = nearest.max(near);
            }
        }
        for (found, nearest) in here.into_iter().zip(nearest) {
            found.rank = found.rank.weighed(1.0 + SIDE_BY_SIDE * nearest);
        }
    }
    found.sort_unstable_by_key(|found| std::cmp::Reverse(found.rank));
    Ok(())
}

/// Whether a query has several words whose places count.
pub(crate) fn counts(parsed: &Parsed) -> bool {
    together(parsed).1.len() > 1
}

/// The words at the top of a query that are looked for in the same place.
fn together(parsed: &Parsed) -> (Scope, Vec<String>) {
    let mut scope = None;
    let mut wanted: Vec<String> = Vec::new();
    for clause in parsed.query.clauses() {
        let Query::Text { scope: own, text: Text::Word(typed) } = clause else { continue };
        let place = own.unwrap_or(parsed.scope);
        if let [word] = words::of(typed).as_slice()
            && *scope.get_or_insert(place) == place
            && wanted.len() < WORDS
            && !wanted.contains(word)
        {
            wanted.push(word.clone());
        }
    }
    (scope.unwrap_or(parsed.scope), wanted)
}

/// Where a word stands in messages of a segment, in any of its forms.
struct Places {
    forms: Vec<SegmentPostings>,
    /// In the message looked at, in order.
    at: Vec<u32>,
}

impl Places {
    fn open(planner: &Planner<'_>, reader: &SegmentReader, field: Field, word: &str) -> tantivy::Result<Places> {
        let inverted = reader.inverted_index(field)?;
        let mut forms = Vec::new();
        for (form, _) in planner.inflections.forms(reader.segment_id(), word) {
            let term = Term::from_field_text(field, &form);
            forms.extend(inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?);
        }
        Ok(Places { forms, at: Vec::new() })
    }

    /// Goes to a message that is no earlier than the one before; says whether the word stands there.
    fn go_to(&mut self, doc: DocId) -> bool {
        self.at.clear();
        for postings in &mut self.forms {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            if postings.doc() == doc {
                postings.append_positions_with_offset(0, &mut self.at);
            }
        }
        self.at.sort_unstable();
        self.at.truncate(PLACES);
        !self.at.is_empty()
    }
}

/// How close together the words stand in a message, from 0 for not at all to 1 for side by side.
fn closeness(places: &mut [Places], doc: DocId) -> f32 {
    if !places.iter_mut().all(|places| places.go_to(doc)) {
        return 0.0;
    }
    let at: Vec<&[u32]> = places.iter().map(|places| places.at.as_slice()).collect();
    let words = at.len() as u32;
    let strangers = (span(&at) + 1).saturating_sub(words);
    words as f32 / (words + strangers) as f32
}

/// The distance between the ends of the shortest stretch with a place from every list; the lists are sorted and none is empty.
fn span(lists: &[&[u32]]) -> u32 {
    let mut next = vec![0; lists.len()];
    let mut shortest = u32::MAX;
    loop {
        let (mut first, mut last, mut lowest) = (u32::MAX, 0, 0);
        for (number, list) in lists.iter().enumerate() {
            let Some(&at) = list.get(next[number]) else { return shortest };
            if at < first {
                (first, lowest) = (at, number);
            }
            last = last.max(at);
        }
        shortest = shortest.min(last - first);
        next[lowest] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_stretch_holds_a_place_of_every_word() {
        for (lists, expected) in [
            (vec![&[3][..], &[4]], 1),
            (vec![&[1, 50][..], &[10, 52]], 2),
            (vec![&[1, 20, 90][..], &[22, 70], &[25]], 5),
            (vec![&[7][..]], 0),
        ] {
            assert_eq!(span(&lists), expected, "{lists:?}");
        }
    }
}
