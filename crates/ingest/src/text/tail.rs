//! The last lines of what an author wrote, by which a list's footer is known that no rule knows: it stands below most messages of
//! the list, whoever wrote them.

use super::{Span, Voice};
use crate::digest;

/// Most lines looked at: footers are short, and what is remembered of every message must be too.
const LINES: usize = 6;
/// Bytes of a text in which they must begin, from its end.
const REACH: usize = 4 << 10;
/// Words that make a line one that many people do not end with by chance: `Best regards` are two.
const WORDS: usize = 3;

/// A line at the end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TailLine {
    /// Digest of its letters and digits, in lower case.
    pub key: u32,
    /// Where in the text it begins, or the drawn line above it.
    pub start: usize,
    /// How many bytes of own words stand before that.
    pub own: usize,
}

/// The lines at the end of a text, the last one first, that a list may have added: the author's by the rules, long enough to be told
/// from a greeting, and with nothing else between them and the end but empty lines, drawn lines and known footers.
pub fn tail(text: &str, spans: &[Span]) -> Vec<TailLine> {
    let mut tail: Vec<TailLine> = Vec::new();
    let own_of = |span: &Span| if span.voice == Voice::Own { span.end - span.start } else { 0 };
    let mut own: usize = spans.iter().map(own_of).sum();
    let floor = text.len().saturating_sub(REACH);
    for span in spans.iter().rev() {
        match span.voice {
            Voice::Own => {}
            Voice::Footer if tail.is_empty() => continue,
            _ => break,
        }
        let begin = own - own_of(span);
        let mut end = span.end;
        while end > span.start {
            let line_end = if text.as_bytes()[end - 1] == b'\n' { end - 1 } else { end };
            let start = memchr::memrchr(b'\n', &text.as_bytes()[span.start..line_end])
                .map_or(span.start, |at| span.start + at + 1);
            let line = text[start..line_end].trim();
            let place = (start, begin + (start - span.start));
            if start < floor {
                return tail;
            }
            if is_telling(line) {
                if tail.len() == LINES {
                    return tail;
                }
                tail.push(TailLine { key: key(line), start: place.0, own: place.1 });
            } else if line.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80) {
                return tail;
            } else if let Some(below) = tail.last_mut().filter(|_| !line.is_empty()) {
                (below.start, below.own) = place;
            }
            end = start;
        }
        own = begin;
    }
    tail
}

/// Whether a line says enough: some words, or an address.
fn is_telling(line: &str) -> bool {
    let words = line.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric));
    line.contains("://") || line.contains("www.") || line.contains('@') || words.take(WORDS).count() == WORDS
}

fn key(line: &str) -> u32 {
    let letters = line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    digest::key(&letters.collect::<String>()) as u32
}

/// Gives what stands from a byte of the text on, as far as it is the author's by the rules, to the list.
pub fn give_to_list(spans: &mut Vec<Span>, from: usize) {
    let mut given = Vec::with_capacity(spans.len() + 1);
    for span in spans.drain(..) {
        match span.voice {
            Voice::Own if span.start >= from => given.push(Span { voice: Voice::Footer, ..span }),
            Voice::Own if span.end > from => {
                given.push(Span { end: from, ..span });
                given.push(Span { voice: Voice::Footer, start: from, ..span });
            }
            _ => given.push(span),
        }
    }
    given.dedup_by(|next, before| {
        let one = before.voice == next.voice && before.end == next.start;
        if one {
            before.end = next.end;
        }
        one
    });
    *spans = given;
}

#[cfg(test)]
mod tests {
    use super::{super::split, *};

    /// The tail of a text, from its end, as its lines are after they are given to the list; the own words before the last of them.
    #[track_caller]
    fn check(text: &str, lines: &[&str], own: &str) {
        let spans = split(text);
        let tail = tail(text, &spans);
        let shown: Vec<&str> = tail.iter().map(|line| text[line.start..].lines().next().unwrap()).collect();
        assert_eq!(shown, lines);
        let Some(last) = tail.last() else { return };
        let mut given = spans.clone();
        give_to_list(&mut given, last.start);
        let words = |spans: &[Span]| -> String {
            spans.iter().filter(|span| span.voice == Voice::Own).map(|span| &text[span.start..span.end]).collect()
        };
        assert_eq!(words(&given), own);
        assert_eq!(words(&spans)[..last.own], words(&given), "the cut of the words is that of the text");
        assert!(given.windows(2).all(|two| two[0].end == two[1].start) && given[0].start == 0);
        assert_eq!(given.last().map(|span| span.end), Some(text.len()));
    }

    #[test]
    fn the_last_telling_lines_are_found_over_blank_and_drawn_ones() {
        let text =
            "I agree with all of it.\nAda\n\n----\nThe harbour list of the quay\nhttp://quay.example.org/board\n";
        check(text, &["http://quay.example.org/board", "----"], "I agree with all of it.\nAda\n\n");
    }

    #[test]
    fn a_name_or_greeting_ends_the_tail() {
        check("We meet at noon then.\n\nBest regards\nAda\n", &[], "");
        check("", &[], "");
    }

    #[test]
    fn what_stands_below_a_quotation_is_the_tail_and_the_quotation_ends_it() {
        let text = "Yes.\n\nOn Thu, 2 Jun 2016, Bo wrote:\n> shall we go there now?\n> it is late already\n\nThe harbour list of the quay\n";
        check(text, &["The harbour list of the quay"], "Yes.\n\n");
    }

    #[test]
    fn a_known_footer_below_is_passed_over() {
        let text = "Yes.\n\nThe harbour list of the quay\n\n_______________________________________________\nQuay mailing list\nQuay@example.org\nhttps://example.org/mailman/listinfo/quay\n";
        check(text, &["The harbour list of the quay"], "Yes.\n\n");
    }

    #[test]
    fn letters_alone_make_the_key() {
        let one = |text: &str| tail(text, &split(text))[0].key;
        assert_eq!(one("A.\n\nThe  Harbour list, of the quay.\n"), one("B.\n\nthe harbour list of the Quay\n"));
        assert_ne!(one("A.\n\nThe harbour list of the quay\n"), one("A.\n\nThe harbour list of the pier\n"));
    }

    #[test]
    fn no_more_lines_are_taken_than_six() {
        let lines: Vec<String> = (0..9).map(|n| format!("line number {n} here")).collect();
        assert_eq!(tail(&lines.join("\n"), &split(&lines.join("\n"))).len(), LINES);
    }

    #[test]
    fn a_long_last_line_is_not_looked_at() {
        let text = format!("Ada\n{}\n", "word ".repeat(REACH));
        assert_eq!(tail(&text, &split(&text)), []);
    }
}
