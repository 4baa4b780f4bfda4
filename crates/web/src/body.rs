//! A message's text as blocks: numbered paragraphs, folded quotes, the signature and the footer apart. No HTML is made here;
//! the template walks the blocks and escapes what is in them.

use plenary_index::{
    Entry,
    ingest::{Message, Voice},
};

use crate::piece::{Piece, prose, verbatim};

/// Quotes of more lines than this are folded: a short one between two answers is part of the conversation.
const OPEN_QUOTE: usize = 5;
/// Text shown of a message on its own page; what is longer is in the raw message.
pub(crate) const MAX_SHOWN: usize = 400_000;
/// Text shown of a message among others in a thread.
pub(crate) const MAX_IN_THREAD: usize = 20_000;
/// Quotes within quotes are told apart to this depth.
const MAX_LEVEL: usize = 4;

/// A part of a message's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// The author's own words.
    Paragraph {
        /// Its number, from 1, in addresses and citations; 0 for words between numbered paragraphs.
        number: usize,
        /// What it says.
        text: Text,
    },
    /// The line that introduces a quotation.
    Attribution(Text),
    /// Words of an earlier message.
    Quote {
        /// How many lines.
        lines: usize,
        /// Whether it is short enough to stay open.
        open: bool,
        /// Its parts by depth.
        levels: Vec<Level>,
    },
    /// What is said in every message: the signature, the list's footer.
    Aside {
        /// Which of them.
        name: &'static str,
        /// What it says.
        text: Text,
    },
    /// The text goes on but is not shown.
    Cut,
}

/// A stretch of a quotation of one depth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// How many authors back, from 1.
    pub(crate) depth: usize,
    /// What it says.
    pub(crate) text: Text,
}

/// Text in lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Whether its columns matter: a table, a drawing, code.
    pub(crate) preformatted: bool,
    /// Its pieces.
    pub(crate) pieces: Vec<Piece>,
}

/// The blocks of a message, at most about `limit` bytes of its text.
pub(crate) fn blocks(entry: &Entry, limit: usize) -> Vec<Block> {
    let message = &entry.message;
    let limit = floor(&message.text, limit);
    let mut out = Vec::new();
    let mut next = 0;
    let mut spans = message.spans.iter().peekable();
    while let Some(span) = spans.next() {
        // Neighbours in one voice are one block.
        let mut end = span.end;
        while let Some(more) = spans.next_if(|more| more.voice == span.voice && more.start == end) {
            end = more.end;
        }
        let end_shown = end.min(limit);
        if span.start < end_shown {
            match span.voice {
                Voice::Own => own(entry, span.start, end_shown, &mut next, &mut out),
                voice => other(voice, slice(message, span.start, end_shown), &mut out),
            }
        }
        if end > limit {
            out.push(Block::Cut);
            break;
        }
    }
    out
}

fn own(entry: &Entry, start: usize, end: usize, next: &mut usize, out: &mut Vec<Block>) {
    let mut at = start;
    while let Some(range) = entry.paragraphs.get(*next).filter(|range| range.start < end) {
        *next += 1;
        let (from, to) = (range.start.max(at), range.end.min(end));
        unnumbered(slice(&entry.message, at, from), out);
        if from < to {
            out.push(Block::Paragraph { number: *next, text: laid_out(slice(&entry.message, from, to)) });
            at = to;
        }
    }
    unnumbered(slice(&entry.message, at, end), out);
}

fn unnumbered(text: &str, out: &mut Vec<Block>) {
    if !text.trim().is_empty() {
        out.push(Block::Paragraph { number: 0, text: laid_out(text.trim_matches('\n')) });
    }
}

fn other(voice: Voice, text: &str, out: &mut Vec<Block>) {
    let trimmed = text.trim_matches('\n');
    if trimmed.trim().is_empty() {
        return;
    }
    out.push(match voice {
        Voice::Own | Voice::Attribution => Block::Attribution(laid_out(trimmed)),
        Voice::Quoted => {
            let lines = trimmed.lines().count();
            Block::Quote { lines, open: lines <= OPEN_QUOTE, levels: levels(trimmed) }
        }
        Voice::Signature => Block::Aside { name: "Signature", text: kept(trimmed) },
        Voice::Footer => Block::Aside { name: "List footer", text: kept(trimmed) },
    });
}

/// Cuts a quotation where its depth changes, and takes the quote signs off.
fn levels(text: &str) -> Vec<Level> {
    let mut out = Vec::new();
    let mut depth = 0;
    let mut run = String::new();
    for line in text.lines() {
        let (signs, rest) = unquoted(line);
        // A blank line inside a quotation belongs to what stands around it, whatever its signs.
        let here = if rest.trim().is_empty() && depth > 0 { depth } else { signs.clamp(1, MAX_LEVEL) };
        if here != depth && !run.is_empty() {
            out.push(Level { depth, text: laid_out(run.trim_matches('\n')) });
            run.clear();
        }
        depth = here;
        run.push_str(rest);
        run.push('\n');
    }
    if !run.trim().is_empty() {
        out.push(Level { depth, text: laid_out(run.trim_matches('\n')) });
    }
    out
}

/// How many quote signs a line begins with, and what follows them.
fn unquoted(line: &str) -> (usize, &str) {
    let (mut signs, mut rest) = (0, line);
    while let Some(more) = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix('>') {
        signs += 1;
        rest = more;
    }
    (signs, if signs > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest })
}

fn laid_out(text: &str) -> Text {
    if is_laid_out(text) { kept(text) } else { Text { preformatted: false, pieces: prose(text) } }
}

fn kept(text: &str) -> Text {
    Text { preformatted: true, pieces: verbatim(text) }
}

/// Whether a paragraph is a table, a drawing or code: three lines or more, most of which are indented by four, begin with a
/// pipe or a rule, or have columns set apart by three blanks.
fn is_laid_out(text: &str) -> bool {
    let (mut lines, mut shaped) = (0_usize, 0_usize);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let inner = line.trim();
        let indented = line.starts_with("    ") || line.starts_with('\t');
        let ruled = inner.starts_with(['|', '+']) && inner.len() > 1 && inner.ends_with(['|', '+']);
        let columns = inner.contains("   ") || inner.contains('\t') || inner.matches(" | ").count() > 1;
        lines += 1;
        shaped += usize::from(indented || ruled || columns);
    }
    lines >= 3 && shaped * 3 >= lines * 2
}

fn slice(message: &Message, start: usize, end: usize) -> &str {
    // Ranges come from the index; one that does not fit must show less, never bring the page down.
    message.text.get(start..end).unwrap_or("")
}

fn floor(text: &str, limit: usize) -> usize {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenary_index::{
        Author, Card,
        ingest::{Address, Id, Span},
    };

    /// An entry whose lines are spoken by the voices given, a letter each; every own line is a paragraph.
    fn entry(lines: &[(Voice, &str)]) -> Entry {
        let (mut text, mut spans, mut paragraphs) = (String::new(), Vec::new(), Vec::new());
        for (voice, line) in lines {
            let start = text.len();
            text.push_str(line);
            text.push('\n');
            if *voice == Voice::Own {
                paragraphs.push(start..text.len() - 1);
            }
            spans.push(Span { voice: *voice, start, end: text.len() });
        }
        let author = Author { person: "a".into(), name: "A".into(), email: None };
        let card = Card {
            id: "x".into(),
            message_id: None,
            lists: Vec::new(),
            subject: String::new(),
            author,
            date: None,
            thread: "x".into(),
            attachments: 0,
            language: None,
        };
        let message = Message {
            id: Id::of_content(&[]),
            message_id: None,
            author: Address::default(),
            recipients: Vec::new(),
            subject: String::new(),
            date: None,
            references: Vec::new(),
            text,
            spans,
            attachments: Vec::new(),
            has_html: false,
            problems: Vec::new(),
        };
        Entry {
            card,
            message,
            paragraphs,
            searched: Vec::new(),
            places: Vec::new(),
            rivals: Vec::new(),
            position: (1, 1),
            thread_neighbours: (None, None),
        }
    }

    #[track_caller]
    fn check(entry: &Entry, limit: usize, expected: &str) {
        let shown: Vec<String> = blocks(entry, limit)
            .iter()
            .map(|block| match block {
                Block::Paragraph { number, .. } => format!("p{number}"),
                Block::Attribution(_) => "attribution".into(),
                Block::Quote { lines, open, .. } => format!("quote {lines} {}", if *open { "open" } else { "folded" }),
                Block::Aside { name, .. } => (*name).into(),
                Block::Cut => "cut".into(),
            })
            .collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn messages_become_blocks_in_order() {
        use Voice::{Attribution, Footer, Own, Quoted, Signature};
        let mut lines = vec![(Own, "Dear all,"), (Own, "yes."), (Attribution, "Ann wrote:")];
        lines.extend([(Quoted, "> no"); 5]);
        lines.extend([(Own, "Well."), (Quoted, "> b"), (Signature, "-- "), (Footer, "____")]);
        let whole = entry(&lines);
        check(&whole, MAX_SHOWN, "p1, p2, attribution, quote 5 open, p3, quote 1 open, Signature, List footer");
        check(&whole, 12, "p1, p2, cut");
        check(&entry(&[(Quoted, "> no"); 6]), MAX_SHOWN, "quote 6 folded");
        check(&entry(&[]), MAX_SHOWN, "");
    }

    #[test]
    fn ranges_that_do_not_fit_show_less_and_break_nothing() {
        let mut odd = entry(&[(Voice::Own, "héllo"), (Voice::Own, "world")]);
        odd.paragraphs = vec![0..2, 3..900];
        blocks(&odd, MAX_SHOWN);
        blocks(&odd, 2);
        odd.message.spans[1].end = 900;
        blocks(&odd, MAX_SHOWN);
    }

    #[test]
    fn quotes_are_cut_by_depth() {
        let found = levels("> a\n> b\n>\n>> c\n> > d\n> e");
        let shown: Vec<_> = found.iter().map(|level| (level.depth, level.text.pieces.len())).collect();
        assert_eq!(shown, [(1, 3), (2, 3), (1, 1)]);
        assert_eq!(unquoted(">>  indented"), (2, " indented"));
    }

    #[test]
    fn tables_and_code_keep_their_columns() {
        assert!(is_laid_out("| a | b |\n|---|---|\n| 1 | 2 |"));
        assert!(is_laid_out("    let x = 1;\n    let y = 2;\n    x + y"));
        assert!(is_laid_out("Country   2015   2016\nKenya     1      2\nPeru      3      4"));
        assert!(!is_laid_out("Dear all,\nthe draft is here.\nComments are welcome."));
        assert!(!is_laid_out("    one\n    two"));
    }
}
