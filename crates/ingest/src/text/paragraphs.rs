//! The author's words as numbered paragraphs, so that one of them can be cited.

use std::ops::Range;

use super::{Span, Voice, lines};

/// A longer run of lines without a blank one is cut here, so that a citation still points somewhere: about a page of print.
const MAX_LINES: usize = 40;

/// The paragraphs of a text's own words, in order: lines between blank lines or other voices, the last line end left out.
pub fn paragraphs(text: &str, spans: &[Span]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for span in spans.iter().filter(|span| span.voice == Voice::Own) {
        let mut open: Option<(Range<usize>, usize)> = None;
        for line in lines::cut(text.get(span.start..span.end).unwrap_or_default()) {
            if line.is_blank() {
                found.extend(open.take().map(|(range, _)| range));
                continue;
            }
            let end = span.start + line.start + line.text.len();
            match &mut open {
                Some((range, count)) if *count < MAX_LINES => (range.end, *count) = (end, *count + 1),
                _ => found.extend(open.replace((span.start + line.start..end, 1)).map(|(range, _)| range)),
            }
        }
        found.extend(open.map(|(range, _)| range));
    }
    found
}
