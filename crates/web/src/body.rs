//! A message's text as blocks: numbered paragraphs, folded quotes, the signature and the footer apart. No HTML is made here;
//! the template walks the blocks and escapes what is in them.

use plenary_index::{
    Entry,
    ingest::{Message, Voice},
};

use crate::{
    mask,
    patch::patches,
    piece::{Piece, prose, verbatim},
    quoted::{Source, Sources},
};

/// Quotes of more lines than this are folded: a short one between two answers is part of the conversation.
const OPEN_QUOTE: usize = 5;
/// Text shown of a message on its own page; what is longer is in the raw message.
pub(crate) const MAX_SHOWN: usize = 400_000;
/// Lines of that: each may be a paragraph of its own, which takes fifty times the room of its words. Honest text has fewer in as many bytes.
const MAX_LINES: usize = 10_000;
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
        /// Numbers of the paragraphs that begin inside it: a patch has blank lines and is shown as one.
        also: Vec<usize>,
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
        /// Where the first of its words that were found come from.
        source: Option<Source>,
    },
    /// Something that is left out where only own words are read.
    Left {
        /// How many lines.
        lines: usize,
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
    /// Where it comes from, if that was found and is not what the quotation as a whole says.
    pub(crate) source: Option<Source>,
}

/// How much of a message is shown, and what is known of its quotations.
pub(crate) struct Wanted<'a> {
    /// Bytes of text.
    pub(crate) limit: usize,
    /// Only the author's own words: quotations leave a mark, signatures and footers none.
    pub(crate) own_only: bool,
    /// Where quotations may come from.
    pub(crate) sources: &'a Sources,
    /// The message it answers.
    pub(crate) parent: Option<&'a str>,
}

/// Text in lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Whether its columns matter: a table, a drawing, code.
    pub(crate) preformatted: bool,
    /// Its pieces.
    pub(crate) pieces: Vec<Piece>,
}

/// The blocks of a message, as many of them as are wanted.
pub(crate) fn blocks(entry: &Entry, wanted: &Wanted<'_>) -> Vec<Block> {
    let message = &entry.message;
    let line_ends = message.text.bytes().take(wanted.limit).enumerate().filter(|(_, byte)| *byte == b'\n');
    let most = line_ends.map(|(at, _)| at + 1).nth(MAX_LINES - 1).unwrap_or(usize::MAX);
    let limit = mask::cut(&message.text, wanted.limit.min(most));
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
                voice if wanted.own_only => leave_out(voice, slice(message, span.start, end_shown), &mut out),
                voice => {
                    let find = |quotation: &str| wanted.sources.find(quotation, &entry.card.id, wanted.parent);
                    other(voice, slice(message, span.start, end_shown), &find, &mut out);
                }
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
    let patches = patches(slice(&entry.message, start, end));
    while let Some(range) = entry.paragraphs.get(*next).filter(|range| range.start < end) {
        *next += 1;
        let (from, to) = (range.start.max(at), range.end.min(end));
        unnumbered(slice(&entry.message, at, from), out);
        if from >= to {
            continue;
        }
        let number = *next;
        let patch = patches.iter().map(|patch| patch.start + start..patch.end + start);
        let Some(patch) = patch.into_iter().find(|patch| patch.start < to && patch.end > from) else {
            out.push(Block::Paragraph { number, text: laid_out(slice(&entry.message, from, to)), also: Vec::new() });
            at = to;
            continue;
        };
        // A patch is one block, whatever paragraphs begin in it; words before it in the same paragraph stay words.
        let words = slice(&entry.message, from, patch.start.max(from));
        let inside = entry.paragraphs[*next..].iter().take_while(|range| range.start < patch.end).count();
        let also = (*next + 1..=*next + inside).collect();
        *next += inside;
        let text = kept(slice(&entry.message, patch.start.max(from), patch.end));
        if words.trim().is_empty() {
            out.push(Block::Paragraph { number, text, also });
        } else {
            out.push(Block::Paragraph { number, text: laid_out(words.trim_end_matches('\n')), also: Vec::new() });
            out.push(Block::Paragraph { number: 0, text, also });
        }
        at = patch.end;
    }
    unnumbered(slice(&entry.message, at, end), out);
}

fn unnumbered(text: &str, out: &mut Vec<Block>) {
    if !text.trim().is_empty() {
        out.push(Block::Paragraph { number: 0, text: laid_out(text.trim_matches('\n')), also: Vec::new() });
    }
}

fn leave_out(voice: Voice, text: &str, out: &mut Vec<Block>) {
    let lines = text.trim_matches('\n').lines().count();
    if voice == Voice::Quoted && lines > 0 {
        out.push(Block::Left { lines });
    }
}

fn other(voice: Voice, text: &str, find: &dyn Fn(&str) -> Option<Source>, out: &mut Vec<Block>) {
    let trimmed = text.trim_matches('\n');
    if trimmed.trim().is_empty() {
        return;
    }
    out.push(match voice {
        Voice::Own | Voice::Attribution => Block::Attribution(laid_out(trimmed)),
        Voice::Quoted => {
            let lines = trimmed.lines().count();
            let mut levels = levels(trimmed, find);
            let source = levels.iter().find_map(|level| level.source.clone());
            // Said once: above the whole, and again only where it changes.
            let mut said = source.clone();
            for level in &mut levels {
                if level.source.is_some() && level.source == said {
                    level.source = None;
                } else if level.source.is_some() {
                    said.clone_from(&level.source);
                }
            }
            Block::Quote { lines, open: lines <= OPEN_QUOTE, levels, source }
        }
        Voice::Signature => Block::Aside { name: "Signature", text: kept(trimmed) },
        Voice::Footer => Block::Aside { name: "List footer", text: kept(trimmed) },
    });
}

/// Cuts a quotation where its depth changes, takes the quote signs off, and asks where each part comes from.
fn levels(text: &str, find: &dyn Fn(&str) -> Option<Source>) -> Vec<Level> {
    let mut out = Vec::new();
    let mut depth = 0;
    let mut run = String::new();
    let level = |depth: usize, run: &str| Level {
        depth,
        // A patch that is talked about keeps its columns, too.
        text: if patches(run).is_empty() { laid_out(run.trim_matches('\n')) } else { kept(run.trim_matches('\n')) },
        source: find(run),
    };
    for line in text.lines() {
        let (signs, rest) = unquoted(line);
        // A blank line inside a quotation belongs to what stands around it, whatever its signs.
        let here = if rest.trim().is_empty() && depth > 0 { depth } else { signs.clamp(1, MAX_LEVEL) };
        if here != depth && !run.is_empty() {
            out.push(level(depth, &run));
            run.clear();
        }
        depth = here;
        run.push_str(rest);
        run.push('\n');
    }
    if !run.trim().is_empty() {
        out.push(level(depth, &run));
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
        let shown: Vec<String> = blocks(entry, &wanted(limit, false))
            .iter()
            .map(|block| match block {
                Block::Paragraph { number, also, text } => {
                    let also: String = also.iter().map(|number| format!("+{number}")).collect();
                    format!("p{number}{also}{}", if text.preformatted { " as it is" } else { "" })
                }
                Block::Attribution(_) => "attribution".into(),
                Block::Quote { lines, open, .. } => format!("quote {lines} {}", if *open { "open" } else { "folded" }),
                Block::Aside { name, .. } => (*name).into(),
                Block::Left { lines } => format!("left {lines}"),
                Block::Cut => "cut".into(),
            })
            .collect();
        assert_eq!(shown.join(", "), expected);
    }

    fn wanted(limit: usize, own_only: bool) -> Wanted<'static> {
        let sources = Box::leak(Box::default());
        Wanted { limit, own_only, sources, parent: None }
    }

    #[test]
    fn only_own_words_leave_a_mark_where_others_were_quoted() {
        use Voice::{Attribution, Own, Quoted, Signature};
        let lines =
            [(Own, "Yes."), (Attribution, "Ann:"), (Quoted, "> no"), (Quoted, "> no"), (Own, "."), (Signature, "-- ")];
        let shown = blocks(&entry(&lines), &wanted(MAX_SHOWN, true));
        assert!(
            matches!(&shown[..], [Block::Paragraph { .. }, Block::Left { lines: 2 }, Block::Paragraph { .. }]),
            "{shown:?}"
        );
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
        let text = ["> no"; MAX_LINES - 1].join("\n");
        check(
            &entry(&[(Quoted, &text), (Footer, "--")]),
            MAX_SHOWN,
            &format!("quote {} folded, List footer", MAX_LINES - 1),
        );
        check(
            &entry(&[(Quoted, &text), (Footer, "--\nmore")]),
            MAX_SHOWN,
            &format!("quote {} folded, List footer, cut", MAX_LINES - 1),
        );
    }

    #[test]
    fn no_part_of_an_address_is_left_where_a_message_is_cut() {
        let line = "Write to ann.lee@lists.example.org, please.";
        for limit in 0..line.len() {
            for text in [line.to_owned(), line.replace('@', " at ")] {
                let shown = format!("{:?}", blocks(&entry(&[(Voice::Own, &text)]), &wanted(limit, false)));
                assert!(!shown.contains("ann") && shown.contains("Cut"), "{text} at {limit}: {shown}");
            }
        }
    }

    #[test]
    fn a_patch_is_one_block_and_what_follows_keeps_its_number() {
        let text = "Please look at\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n\nThanks.\n";
        let mut whole = entry(&[(Voice::Own, text.trim_end())]);
        let starts = ["Please", "-b", "Thanks."].map(|start| whole.message.text.find(start).unwrap());
        whole.paragraphs = vec![starts[0]..starts[0] + 32, starts[1]..starts[1] + 5, starts[2]..starts[2] + 7];
        check(&whole, MAX_SHOWN, "p1, p0+2 as it is, p3");
        whole.paragraphs[0].start = whole.message.text.find("@@").unwrap();
        check(&whole, MAX_SHOWN, "p0, p1+2 as it is, p3");
    }

    #[test]
    fn ranges_that_do_not_fit_show_less_and_break_nothing() {
        let mut odd = entry(&[(Voice::Own, "héllo"), (Voice::Own, "world")]);
        odd.paragraphs = vec![0..2, 3..900];
        blocks(&odd, &wanted(MAX_SHOWN, false));
        blocks(&odd, &wanted(2, false));
        odd.message.spans[1].end = 900;
        blocks(&odd, &wanted(MAX_SHOWN, false));
    }

    #[test]
    fn quotes_are_cut_by_depth() {
        let found = levels("> a\n> b\n>\n>> c\n> > d\n> e", &|_| None);
        let shown: Vec<_> = found.iter().map(|level| (level.depth, level.text.pieces.len())).collect();
        assert_eq!(shown, [(1, 3), (2, 3), (1, 1)]);
        assert_eq!(unquoted(">>  indented"), (2, " indented"));
        assert!(levels("> @@ -1,2 +1,2 @@\n> -a\n> +b\n>  c", &|_| None)[0].text.preformatted);
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
