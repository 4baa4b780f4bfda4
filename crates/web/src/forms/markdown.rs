//! Markdown (CommonMark): a message to be pasted into a report. The author's words by numbered paragraph, and what they quote;
//! signatures and footers are left to the other forms.

use std::fmt::{self, Write};

use askama::{Template, filters::Escaper};
use plenary_index::Entry;

use crate::{
    body::{Block, Text, Wanted, blocks},
    piece::Piece,
    quoted::Sources,
};

use super::cite::{Citation, Style};

#[derive(Template)]
#[template(path = "message.md")]
struct Page {
    title: String,
    citation: String,
    parts: Vec<Part>,
}

/// A block of Markdown: lines with the same signs before them.
struct Part {
    /// Quote signs.
    prefix: String,
    /// The paragraph's number, or 0.
    number: usize,
    /// The fence around what keeps its columns; empty around prose.
    fence: String,
    lines: Vec<Line>,
}

struct Line {
    pieces: Vec<Piece>,
    /// Whether its author meant the line to end here.
    hard: bool,
}

/// One message.
pub(crate) fn message(entry: &Entry, citation: &Citation) -> Result<String, askama::Error> {
    let mut parts = Vec::new();
    let whole = Wanted { limit: usize::MAX, own_only: false, sources: &Sources::default(), parent: None };
    for block in blocks(entry, &whole) {
        match block {
            Block::Paragraph { number, text, .. } => parts.push(part(&text, 0, number)),
            Block::Attribution(text) => parts.push(part(&text, 0, 0)),
            Block::Quote { levels, .. } => parts.extend(levels.iter().map(|level| part(&level.text, level.depth, 0))),
            Block::Aside { .. } | Block::Left { .. } | Block::Cut => {}
        }
    }
    Page { title: citation.title(), citation: citation.to(Style::Plain), parts }.render()
}

fn part(text: &Text, depth: usize, number: usize) -> Part {
    let lines = lines(&text.pieces, text.preformatted);
    let fence = if text.preformatted { fence(&lines) } else { String::new() };
    Part { prefix: "> ".repeat(depth), number, fence, lines }
}

/// Cuts pieces into lines.
fn lines(pieces: &[Piece], preformatted: bool) -> Vec<Line> {
    let mut lines = vec![Line { pieces: Vec::new(), hard: false }];
    for piece in pieces {
        match piece {
            Piece::Break => {
                if let Some(last) = lines.last_mut() {
                    last.hard = !last.pieces.is_empty();
                }
                lines.push(Line { pieces: Vec::new(), hard: false });
            }
            Piece::Link(address) => push(&mut lines, Piece::Link(address.clone())),
            Piece::Text(text) => {
                for (n, line) in text.split('\n').enumerate() {
                    if n > 0 {
                        lines.push(Line { pieces: Vec::new(), hard: false });
                    }
                    let first = lines.last().is_some_and(|line| line.pieces.is_empty());
                    // Four blanks before prose would make code of it.
                    let line = if first && !preformatted { line.trim_start() } else { line };
                    if !line.is_empty() {
                        push(&mut lines, Piece::Text(line.to_owned()));
                    }
                }
            }
        }
    }
    lines
}

fn push(lines: &mut [Line], piece: Piece) {
    if let Some(last) = lines.last_mut() {
        last.pieces.push(piece);
    }
}

/// A fence longer than any row of backticks inside it, so that nothing inside can end it.
fn fence(lines: &[Line]) -> String {
    let (mut longest, mut run) = (0, 0);
    for line in lines {
        for piece in &line.pieces {
            let (Piece::Text(text) | Piece::Link(text)) = piece else { continue };
            for c in text.chars() {
                run = if c == '`' { run + 1 } else { 0 };
                longest = longest.max(run);
            }
        }
        run = 0;
    }
    "`".repeat(3.max(longest + 1))
}

/// Escapes text for Markdown: signs that mean something anywhere, and those that mean something at the start of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                dest.write_char('\n')?;
            }
            // `1.` and `1)` begin an item of a list.
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            for (at, c) in line.char_indices() {
                let anywhere = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$');
                let first = at == 0 && matches!(c, '#' | '+' | '-' | '=' | ':' | '!');
                let item = digits > 0 && at == digits && matches!(c, '.' | ')');
                if anywhere || first || item {
                    dest.write_char('\\')?;
                }
                dest.write_char(c)?;
            }
        }
        Ok(())
    }
}
