//! Filters over the columns: a set of documents per segment, usable inside the engine's queries.

use std::{fmt, sync::Arc};

use tantivy::{
    BitSet, DocId, DocSet, Score, SegmentReader, TERMINATED,
    index::SegmentId,
    query::{BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight},
};

use crate::columns::Rows;

/// The documents that a test on the columns lets through.
#[derive(Clone)]
pub(crate) struct Filter {
    sets: Arc<Vec<(SegmentId, BitSet)>>,
}

impl Filter {
    /// Tests every document once. `segments` pairs each segment's id with its rows.
    pub(crate) fn new<'a>(
        segments: impl Iterator<Item = (SegmentId, &'a Rows)>,
        test: impl Fn(&Rows, usize) -> bool,
    ) -> Filter {
        let sets = segments
            .map(|(id, rows)| {
                let mut set = BitSet::with_max_value(rows.date.len() as u32);
                for row in (0..rows.date.len()).filter(|&row| test(rows, row)) {
                    set.insert(row as DocId);
                }
                (id, set)
            })
            .collect();
        Filter { sets: Arc::new(sets) }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

impl Query for Filter {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Filter {
    fn scorer(&self, reader: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        match self.sets.iter().find(|(id, _)| *id == reader.segment_id()) {
            // A filter says whether, not how well: it adds nothing to the score.
            Some((_, set)) => Ok(Box::new(ConstScorer::new(BitSetDocSet::from(set.clone()), 0.0))),
            None => Ok(Box::new(EmptyScorer)),
        }
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        let found = scorer.doc() != TERMINATED && scorer.seek(doc) == doc;
        Ok(Explanation::new(if found { "passes the filter" } else { "does not pass the filter" }, 0.0))
    }
}
