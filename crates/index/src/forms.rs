//! A word in any of its forms, as one term: the forms' counts are added up, so that a rare form of a common word is not taken for
//! something rare. A form counts only in messages of a language in which it is one.

use std::{fmt, sync::Arc};

use tantivy::{
    DocId, DocSet, Score, SegmentReader, TERMINATED, Term,
    fieldnorm::FieldNormReader,
    index::SegmentId,
    postings::{Postings, SegmentPostings},
    query::{Bm25StatisticsProvider, Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::{Field, IndexRecordOption},
};

use crate::{columns::Rows, inflections::Form};

/// How much more the word as it was typed counts than its other forms.
const AS_TYPED: Score = 0.5;

/// The forms of a word in every segment.
pub(crate) type Found = Arc<Vec<(SegmentId, Vec<Form>, Arc<Rows>)>>;

/// Finds a word in one field.
#[derive(Clone)]
pub(crate) struct AnyForm {
    field: Field,
    found: Found,
    /// For each language number of the columns its bit.
    languages: Arc<Vec<u32>>,
}

impl AnyForm {
    pub(crate) fn new(field: Field, found: Found, languages: Arc<Vec<u32>>) -> AnyForm {
        AnyForm { field, found, languages }
    }

    fn term(&self, form: &Form) -> Term {
        Term::from_field_text(self.field, &form.0)
    }

    /// How much all forms together weigh, and the word as typed.
    fn weights(&self, statistics: &dyn Bm25StatisticsProvider) -> tantivy::Result<(Bm25Weight, Bm25Weight)> {
        let total = statistics.total_num_docs()?;
        let average = statistics.total_num_tokens(self.field)? as Score / total.max(1) as Score;
        let mut terms: Vec<Term> =
            self.found.iter().flat_map(|(_, forms, _)| forms).map(|form| self.term(form)).collect();
        terms.sort();
        terms.dedup();
        let mut holding = 0;
        for term in &terms {
            holding += statistics.doc_freq(term)?;
        }
        let typed = match self.found.first().and_then(|(_, forms, _)| forms.first()) {
            Some(form) => statistics.doc_freq(&self.term(form))?,
            None => 0,
        };
        let weight = |holding: u64| Bm25Weight::for_one_term(holding.min(total), total, average);
        Ok((weight(holding), weight(typed).boost_by(AS_TYPED)))
    }
}

impl fmt::Debug for AnyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyForm")
    }
}

impl Query for AnyForm {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let weights = match scoring {
            EnableScoring::Enabled { statistics_provider, .. } => Some(self.weights(statistics_provider)?),
            EnableScoring::Disabled { .. } => None,
        };
        Ok(Box::new(AnyFormWeight { query: self.clone(), weights }))
    }
}

struct AnyFormWeight {
    query: AnyForm,
    weights: Option<(Bm25Weight, Bm25Weight)>,
}

impl Weight for AnyFormWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let AnyForm { field, found, languages } = &self.query;
        let Some((_, forms, rows)) = found.iter().find(|(id, _, _)| *id == reader.segment_id()) else {
            return Ok(Box::new(EmptyScorer));
        };
        let inverted = reader.inverted_index(*field)?;
        let option = if self.weights.is_some() { IndexRecordOption::WithFreqs } else { IndexRecordOption::Basic };
        let mut cursors = Vec::with_capacity(forms.len());
        for (number, form) in forms.iter().enumerate() {
            if let Some(postings) = inverted.read_postings(&self.query.term(form), option)? {
                cursors.push(Cursor { postings, languages: form.1, typed: number == 0 });
            }
        }
        if cursors.is_empty() {
            return Ok(Box::new(EmptyScorer));
        }
        let weights = match &self.weights {
            Some((all, typed)) => {
                Some((all.boost_by(boost), typed.boost_by(boost), reader.get_fieldnorms_reader(*field)?))
            }
            None => None,
        };
        let mut union = Union { cursors, doc: 0, rows: Arc::clone(rows), languages: Arc::clone(languages), weights };
        union.settle();
        Ok(Box::new(union))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        let found = scorer.doc() != TERMINATED && scorer.seek(doc) == doc;
        Ok(Explanation::new("a word in any form", if found { scorer.score() } else { 0.0 }))
    }
}

/// Where one form occurs.
struct Cursor {
    postings: SegmentPostings,
    languages: u32,
    typed: bool,
}

/// The messages in which any of the forms occurs.
struct Union {
    cursors: Vec<Cursor>,
    doc: DocId,
    rows: Arc<Rows>,
    languages: Arc<Vec<u32>>,
    weights: Option<(Bm25Weight, Bm25Weight, FieldNormReader)>,
}

impl Union {
    /// Goes to the first message at or after the cursors in which a form counts.
    fn settle(&mut self) -> DocId {
        loop {
            self.doc = self.cursors.iter().map(|cursor| cursor.postings.doc()).min().unwrap_or(TERMINATED);
            if self.doc == TERMINATED || self.counting().next().is_some() {
                return self.doc;
            }
            self.step();
        }
    }

    /// The cursors that stand at the message with a form of its language.
    fn counting(&self) -> impl Iterator<Item = &Cursor> {
        let language = self.languages[self.rows.language[self.doc as usize] as usize];
        self.cursors.iter().filter(move |cursor| cursor.postings.doc() == self.doc && cursor.languages & language != 0)
    }

    fn step(&mut self) {
        for cursor in &mut self.cursors {
            if cursor.postings.doc() == self.doc {
                cursor.postings.advance();
            }
        }
    }
}

impl DocSet for Union {
    fn advance(&mut self) -> DocId {
        if self.doc != TERMINATED {
            self.step();
            self.settle();
        }
        self.doc
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.doc < target {
            for cursor in &mut self.cursors {
                if cursor.postings.doc() < target {
                    cursor.postings.seek(target);
                }
            }
            self.settle();
        }
        self.doc
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        let sum: u64 = self.cursors.iter().map(|cursor| u64::from(cursor.postings.size_hint())).sum();
        sum.min(self.rows.date.len() as u64) as u32
    }
}

impl Scorer for Union {
    fn score(&mut self) -> Score {
        let Some((all, typed, norms)) = &self.weights else { return 0.0 };
        let (mut count, mut as_typed) = (0, 0);
        for cursor in self.counting() {
            count += cursor.postings.term_freq();
            as_typed += if cursor.typed { cursor.postings.term_freq() } else { 0 };
        }
        let norm = norms.fieldnorm_id(self.doc);
        let extra = if as_typed > 0 { typed.score(norm, as_typed) } else { 0.0 };
        all.score(norm, count) + extra
    }
}
