//! A text as lines, with the few questions that every rule asks of one.

use super::{Span, Voice};

/// One line of a text, and the voice found for it so far.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// First byte in the text.
    pub(super) start: usize,
    /// One past the last byte, the line end included.
    pub(super) end: usize,
    /// The line without its trailing white space.
    pub(super) text: &'a str,
    /// `None` until a rule has spoken; what stays undecided is the author's own.
    pub(super) voice: Option<Voice>,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Says something, and nobody has claimed it yet.
    pub(super) fn is_open(&self) -> bool {
        self.voice.is_none() && !self.text.is_empty()
    }

    pub(super) fn is(&self, voice: Voice) -> bool {
        self.voice == Some(voice)
    }

    /// The line without white space on either side.
    pub(super) fn bare(&self) -> &str {
        self.text.trim_start()
    }
}

/// Cuts a text at its line feeds.
pub(super) fn cut(text: &str) -> Vec<Line<'_>> {
    // Mail is folded near 72 columns and much of it is shorter; a wrong guess costs one reallocation.
    let mut lines = Vec::with_capacity(text.len() / 32 + 1);
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).chain(Some(text.len()));
    for end in ends {
        if end > start {
            lines.push(Line { start, end, text: trim_end(&text[start..end]), voice: None });
        }
        start = end;
    }
    lines
}

/// `str::trim_end`, which decodes backwards, is asked only where the last byte is not plain.
fn trim_end(line: &str) -> &str {
    let kept = line.as_bytes().iter().rposition(|b| !matches!(b, b'\n' | b'\r' | b' ' | b'\t')).map_or(0, |at| at + 1);
    let line = &line[..kept];
    if line.as_bytes().last().is_some_and(|b| *b < 0x80 && *b > b' ') { line } else { line.trim_end() }
}

/// Merges the lines into spans. A blank line goes with what stands before it; at the top, with what follows.
pub(super) fn spans(lines: &[Line<'_>]) -> Vec<Span> {
    let first = lines.iter().find(|line| !line.is_blank()).and_then(|line| line.voice);
    let mut previous = first.unwrap_or(Voice::Own);
    let mut spans: Vec<Span> = Vec::new();
    for line in lines {
        let voice = if line.is_blank() { previous } else { line.voice.unwrap_or(Voice::Own) };
        previous = voice;
        match spans.last_mut() {
            Some(span) if span.voice == voice => span.end = line.end,
            _ => spans.push(Span { voice, start: line.start, end: line.end }),
        }
    }
    spans
}

/// Whether `needle`, given in lower case, occurs in `hay` when ASCII case is not told apart.
pub(super) fn holds(hay: &str, needle: &str) -> bool {
    let (hay, needle) = (hay.as_bytes(), needle.as_bytes());
    let Some(first) = needle.first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), hay)
        .any(|at| hay.get(at..at + needle.len()).is_some_and(|window| window.eq_ignore_ascii_case(needle)))
}

/// Whether `hay` begins with `needle` when ASCII case is not told apart.
pub(super) fn opens_with(hay: &str, needle: &str) -> bool {
    hay.len() >= needle.len() && hay.as_bytes()[..needle.len()].eq_ignore_ascii_case(needle.as_bytes())
}

/// A drawn line: at least `least` signs, nothing but signs, and few kinds of them.
pub(super) fn is_rule(line: &str, least: usize) -> bool {
    let line = line.trim().as_bytes();
    line.len() >= least && line.iter().all(|b| matches!(b, b'_' | b'-' | b'=' | b'~' | b'*' | b'.' | b'+' | b'#'))
}
