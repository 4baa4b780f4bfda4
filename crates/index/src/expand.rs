//! All words of the index that a beginning or a slip can mean, as one query: the messages that hold any of them.
//!
//! The engine has such queries too, but theirs read a whole dictionary and every list of messages before anybody can look at
//! the clock. Sixty beginnings of two letters over five fields are one short address, and seconds of work.

use std::{fmt, sync::Arc};

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::{
    BitSet, DocId, DocSet, InvertedIndexReader, Score, SegmentReader, TERMINATED,
    postings::TermInfo,
    query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::{Field, IndexRecordOption},
};
use tantivy_fst::Automaton;

use crate::clock::Clock;

/// Words read between two looks at the clock; each may bring many messages.
const WORDS: u32 = 64;

/// Which words are meant.
#[derive(Clone)]
enum Meant {
    /// Those that begin so.
    Beginning(String),
    /// Those that are near this one.
    Near(Arc<Slips>),
}

/// The messages that hold one of the words, in one field. All of them count the same.
#[derive(Clone)]
pub(crate) struct Expansion {
    field: Field,
    meant: Meant,
    clock: Clock,
}

impl Expansion {
    /// Words that begin so.
    pub(crate) fn beginning(field: Field, start: &str, clock: &Clock) -> Expansion {
        Expansion { field, meant: Meant::Beginning(start.to_owned()), clock: clock.clone() }
    }

    /// Words that these slips may have been meant to be.
    pub(crate) fn near(field: Field, slips: Arc<Slips>, clock: &Clock) -> Expansion {
        Expansion { field, meant: Meant::Near(slips), clock: clock.clone() }
    }

    fn documents(&self, reader: &SegmentReader) -> tantivy::Result<BitSet> {
        let index = reader.inverted_index(self.field)?;
        let mut gathering = Gathering {
            index: &index,
            documents: BitSet::with_max_value(reader.max_doc()),
            clock: &self.clock,
            until_look: 1,
        };
        match &self.meant {
            Meant::Beginning(start) => {
                let mut range = index.terms().range().ge(start.as_bytes());
                if let Some(end) = after_all(start.as_bytes()) {
                    range = range.lt(end);
                }
                let mut words = range.without_keys().into_stream()?;
                while words.advance() && gathering.take(words.value())? {}
            }
            Meant::Near(slips) => {
                let mut words = index.terms().search(slips.as_ref()).without_keys().into_stream()?;
                while words.advance() && gathering.take(words.value())? {}
            }
        }
        Ok(gathering.documents)
    }
}

/// The messages found so far.
struct Gathering<'a> {
    index: &'a InvertedIndexReader,
    documents: BitSet,
    clock: &'a Clock,
    until_look: u32,
}

impl Gathering<'_> {
    /// Adds the messages of a word; says whether there is time for another.
    fn take(&mut self, word: &TermInfo) -> tantivy::Result<bool> {
        self.until_look -= 1;
        if self.until_look == 0 {
            self.until_look = WORDS;
            if self.clock.is_over() {
                return Ok(false);
            }
        }
        let mut block = self.index.read_block_postings_from_terminfo(word, IndexRecordOption::Basic)?;
        while !block.docs().is_empty() {
            for &doc in block.docs() {
                self.documents.insert(doc);
            }
            block.advance();
        }
        Ok(true)
    }
}

/// The first bytes behind all that begin so; `None` where nothing is behind them.
fn after_all(start: &[u8]) -> Option<Vec<u8>> {
    let last = start.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut end = start[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

impl fmt::Debug for Expansion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expansion")
    }
}

impl Query for Expansion {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Expansion {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(self.documents(reader)?), boost)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        let found = scorer.doc() != TERMINATED && scorer.seek(doc) == doc;
        Ok(Explanation::new("one of many words", if found { scorer.score() } else { 0.0 }))
    }
}

/// Walks a dictionary to the words within so many changed, missing, added or swapped letters of one.
pub(crate) struct Slips(DFA);

impl Slips {
    pub(crate) fn of(word: &str, distance: u8) -> Slips {
        // Two tables that are worth keeping: each takes longer to make than most searches.
        static ONE: std::sync::LazyLock<LevenshteinAutomatonBuilder> =
            std::sync::LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
        static TWO: std::sync::LazyLock<LevenshteinAutomatonBuilder> =
            std::sync::LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));
        Slips(if distance < 2 { ONE.build_dfa(word) } else { TWO.build_dfa(word) })
    }
}

impl Automaton for Slips {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_a_beginning_begins_otherwise() {
        assert_eq!(after_all(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(after_all(b"a\xff"), Some(b"b".to_vec()));
        assert_eq!(after_all(b"\xff"), None);
    }

    #[test]
    fn slips_of_letters_are_near_their_word() {
        let near = |typed: &str, word: &str, distance| {
            let slips = Slips::of(typed, distance);
            slips.is_match(&word.bytes().fold(slips.start(), |state, byte| slips.accept(&state, byte)))
        };
        assert!(near("kenya", "kenia", 1) && near("kenya", "keyna", 1) && !near("kenya", "nairobi", 1));
        assert!(!near("kenya", "kanja", 1) && near("kenya", "kanja", 2));
    }
}
