//! Words that nobody wrote, and the ones next to them that somebody did.

use std::collections::HashMap;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::{Searcher, Term, schema::Field};
use tantivy_fst::Automaton;

use crate::{
    Error, Parsed, Query,
    archive::Snapshot,
    query::{Scope, Text},
    schema::Fields,
    words,
};

/// Shortest word that is corrected: of three letters every change makes another word.
const LEAST: usize = 4;
/// From so many letters on two may be wrong.
const LONG: usize = 7;
/// Most words of a query that are looked at: nobody misspells more and goes on.
const WORDS: usize = 8;
/// Candidates compared for one word.
const CANDIDATES: usize = 10_000;

/// The same query with each word that is nowhere replaced by the commonest one that differs least; `None` where nothing is to be
/// corrected, or nothing is near.
///
/// # Errors
///
/// The index cannot be read.
pub(crate) fn correct(parsed: &Parsed, snapshot: &Snapshot, fields: &Fields) -> Result<Option<Parsed>, Error> {
    let mut corrected = parsed.clone();
    let mut changed = false;
    let mut left = WORDS;
    let mut open = vec![&mut corrected.query];
    while let Some(query) = open.pop() {
        match query {
            Query::And(all) | Query::Or(all) => open.extend(all.iter_mut()),
            Query::ThreadWith(inner) => open.push(inner),
            Query::Text { scope, text } if left > 0 => {
                let scope = scope.unwrap_or(parsed.scope);
                let places = places(scope, fields);
                let (Text::Word(typed) | Text::Phrase { words: typed, .. }) = text else { continue };
                if places.is_empty() {
                    continue;
                }
                let mut better = Vec::new();
                let mut wrong = false;
                for word in words::of(typed) {
                    left = left.saturating_sub(1);
                    let known = is_known(snapshot, &places, &word)?;
                    let near = if known { None } else { nearest(&snapshot.searcher, &places, &word)? };
                    wrong |= near.is_some();
                    better.push(near.unwrap_or(word));
                }
                if wrong {
                    *typed = better.join(" ");
                    changed = true;
                }
            }
            _ => {}
        }
    }
    corrected.problems.clear();
    Ok(changed.then_some(corrected))
}

/// Where the words of a scope stand, as far as they are prose: names and files are not misspelt but unknown.
fn places(scope: Scope, fields: &Fields) -> Vec<Field> {
    match scope {
        Scope::Own => vec![fields.own, fields.subject],
        Scope::OwnOnly => vec![fields.own],
        Scope::Subject => vec![fields.subject],
        Scope::Body | Scope::Everything => vec![fields.own, fields.subject, fields.quoted],
        Scope::Quoted => vec![fields.quoted],
        Scope::Signature | Scope::From | Scope::To | Scope::File => Vec::new(),
    }
}

/// Whether somebody wrote the word there, in any of its forms.
fn is_known(snapshot: &Snapshot, places: &[Field], word: &str) -> Result<bool, Error> {
    for reader in snapshot.searcher.segment_readers() {
        for (form, _) in snapshot.inflections.forms(reader.segment_id(), word) {
            for &field in places {
                let count = snapshot.searcher.doc_freq(&Term::from_field_text(field, &form));
                if count.map_err(|error| Error::engine("looking up a word", error))? > 0 {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// The commonest word that differs in one letter, or else, for long words, in two.
fn nearest(searcher: &Searcher, places: &[Field], word: &str) -> Result<Option<String>, Error> {
    let letters = word.chars().count();
    let allowed = if letters < LEAST {
        0
    } else if letters < LONG {
        1
    } else {
        2
    };
    for distance in 1..=allowed {
        let automaton = Near(LevenshteinAutomatonBuilder::new(distance, true).build_dfa(word));
        let mut found: HashMap<String, u64> = HashMap::new();
        for reader in searcher.segment_readers() {
            for &field in places {
                gather(reader, field, &automaton, &mut found)
                    .map_err(|error| Error::engine("reading its words", error.into()))?;
            }
        }
        // The commonest; among equals the one that begins alike, then the first by the alphabet, so that it is always the same.
        let begins = word.chars().next();
        let rank = |near: &String, count: u64| (count, near.chars().next() == begins, std::cmp::Reverse(near.clone()));
        if let Some((near, _)) = found.into_iter().max_by_key(|(near, count)| rank(near, *count)) {
            return Ok(Some(near));
        }
    }
    Ok(None)
}

fn gather(
    reader: &tantivy::SegmentReader,
    field: Field,
    automaton: &Near,
    found: &mut HashMap<String, u64>,
) -> std::io::Result<()> {
    let index = reader.inverted_index(field).map_err(std::io::Error::other)?;
    let mut terms = index.terms().search(automaton).into_stream()?;
    for _ in 0..CANDIDATES {
        if !terms.advance() {
            break;
        }
        if let Ok(term) = std::str::from_utf8(terms.key()) {
            *found.entry(term.to_owned()).or_default() += u64::from(terms.value().doc_freq);
        }
    }
    Ok(())
}

/// Words within a distance, as the dictionaries are walked.
struct Near(DFA);

impl Automaton for &Near {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
