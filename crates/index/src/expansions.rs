//! The words behind a beginning (`privat*`) or a slip (`kenya~1`), so that they are weighed like a word in its forms: rare ones above
//! common ones, a message that is about them above one that names them once.

use std::{io, sync::Arc};

use tantivy::{SegmentReader, schema::Field, termdict::TermStreamer};
use tantivy_fst::Automaton;

use crate::{Error, expand::Slips, forms::Found, inflections::Form, plan::Planner};

/// Most words of one segment that are weighed. Behind short beginnings stand thousands, which mean nothing in particular; all of them
/// are found all the same, and count alike.
const MOST: usize = 64;

/// The words of each segment that begin so; `None` where they are too many.
pub(crate) fn beginning(planner: &Planner<'_>, field: Field, start: &str) -> Result<Option<Found>, Error> {
    each_segment(planner, |reader| {
        let inverted = reader.inverted_index(field).map_err(io::Error::other)?;
        let terms = inverted.terms().range().ge(start.as_bytes()).into_stream()?;
        Ok(taken(terms, start, |term| term.starts_with(start)))
    })
}

/// The words of each segment that these slips may have been meant to be; `None` where they are too many.
pub(crate) fn slip(planner: &Planner<'_>, field: Field, word: &str, slips: &Slips) -> Result<Option<Found>, Error> {
    each_segment(planner, |reader| {
        let inverted = reader.inverted_index(field).map_err(io::Error::other)?;
        let terms = inverted.terms().search(slips).into_stream()?;
        Ok(taken(terms, word, |_| true))
    })
}

/// The words of a stream as long as they belong to it; the typed one comes first, whether it is there or not.
fn taken<A: Automaton<State: Clone>>(
    mut terms: TermStreamer<'_, A>,
    typed: &str,
    belongs: impl Fn(&str) -> bool,
) -> Option<Vec<Form>> {
    let mut forms = vec![(typed.to_owned(), u32::MAX)];
    while terms.advance() {
        let Some(term) = std::str::from_utf8(terms.key()).ok().filter(|term| belongs(term)) else { break };
        if term != typed {
            forms.push((term.to_owned(), u32::MAX));
        }
        if forms.len() > MOST {
            return None;
        }
    }
    Some(forms)
}

fn each_segment(
    planner: &Planner<'_>,
    words: impl Fn(&SegmentReader) -> io::Result<Option<Vec<Form>>>,
) -> Result<Option<Found>, Error> {
    let mut found = Vec::new();
    for (reader, rows) in planner.searcher.segment_readers().iter().zip(&planner.columns.segments) {
        // Walking dictionaries takes its time; where there is none left, whoever asks gives up, too.
        if planner.clock.is_over() {
            return Ok(None);
        }
        match words(reader).map_err(|error| Error::engine("reading its words", error.into()))? {
            Some(forms) => found.push((reader.segment_id(), forms, Arc::clone(rows))),
            None => return Ok(None),
        }
    }
    Ok(Some(Arc::new(found)))
}
