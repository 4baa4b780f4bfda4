//! Where quoted words come from: which message of the thread has them as its author's own, and in which paragraph.
//!
//! Letters and digits alone are compared, so that new line breaks, quote signs and lost punctuation do not matter. Nothing is
//! claimed that is not found: a quotation whose words are nowhere is shown without a source.

use std::cell::Cell;

use plenary_index::Entry;

use crate::{card, links, wording};

/// Fewest letters of a line that tell where it comes from: "I agree with this." may stand anywhere.
const LEAST: usize = 20;
/// Fewest letters of a whole quotation that is one short line.
const LEAST_WHOLE: usize = 10;
/// Lines of a quotation that are looked for. A quotation comes from one place; a few of its lines show it.
const PROBES: usize = 6;
/// Letters of earlier messages searched through for one page, so that a long thread cannot make it slow: some 10 ms.
const MAX_SEARCHED: usize = 16 << 20;
/// Letters kept of one earlier message; what is longer is a log or a patch.
const MAX_LETTERS: usize = 200_000;

/// Where quoted words were first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The paragraph's address.
    pub(crate) address: String,
    /// Its number.
    pub(crate) paragraph: usize,
    /// Who wrote it.
    pub(crate) author: String,
    /// When: `29 Sep 2015`.
    pub(crate) date: String,
}

/// Messages in which quoted words are looked for.
#[derive(Default)]
pub(crate) struct Sources {
    works: Vec<Work>,
    left: Cell<usize>,
}

/// One message's own words.
struct Work {
    id: String,
    author: String,
    date: String,
    letters: String,
    /// Where each paragraph begins in the letters.
    starts: Vec<usize>,
}

impl Sources {
    /// Messages that may be quoted, the likeliest first.
    pub(crate) fn of<'a>(earlier: impl IntoIterator<Item = &'a Entry>) -> Sources {
        Sources { works: earlier.into_iter().map(Work::of).collect(), left: Cell::new(MAX_SEARCHED) }
    }

    /// Where a quotation comes from; quote signs must have been taken off. A message is not its own source, and `parent`, the
    /// one it answers, is looked at first.
    pub(crate) fn find(&self, quotation: &str, own: &str, parent: Option<&str>) -> Option<Source> {
        let probes = probes(quotation);
        if probes.is_empty() {
            return None;
        }
        let first = self.works.iter().filter(|work| Some(work.id.as_str()) == parent);
        let others = self.works.iter().filter(|work| Some(work.id.as_str()) != parent);
        let mut best: Option<(usize, &Work, usize)> = None;
        for work in first.chain(others).filter(|work| work.id != own) {
            let Some((found, at)) = self.look(work, &probes) else { continue };
            if best.is_none_or(|(most, ..)| found > most) {
                best = Some((found, work, at));
            }
            if found * 2 >= probes.len() {
                break;
            }
        }
        best.map(|(_, work, at)| work.source(at))
    }

    /// How many of the lines a message has, and where the first of them stands.
    fn look(&self, work: &Work, probes: &[String]) -> Option<(usize, usize)> {
        let mut found = 0;
        let mut first = None;
        for probe in probes {
            let left = self.left.get().checked_sub(work.letters.len())?;
            self.left.set(left);
            if let Some(at) = work.letters.find(probe.as_str()) {
                found += 1;
                first = first.or(Some(at));
            }
        }
        first.map(|at| (found, at))
    }
}

impl Work {
    fn of(entry: &Entry) -> Work {
        let mut letters = String::new();
        let mut starts = Vec::new();
        for range in &entry.paragraphs {
            if letters.len() > MAX_LETTERS {
                break;
            }
            starts.push(letters.len());
            push_letters(entry.message.text.get(range.clone()).unwrap_or_default(), &mut letters);
        }
        let date = entry.card.date.as_ref().map(|date| wording::short_day(date.seconds)).unwrap_or_default();
        Work { id: entry.card.id.clone(), author: card::author(&entry.card), date, letters, starts }
    }

    fn source(&self, at: usize) -> Source {
        let paragraph = self.starts.partition_point(|start| *start <= at);
        Source {
            address: format!("{}#p{paragraph}", links::message(&self.id)),
            paragraph,
            author: self.author.clone(),
            date: self.date.clone(),
        }
    }
}

/// The lines to look for, as letters.
fn probes(quotation: &str) -> Vec<String> {
    let lines = quotation.lines().map(letters_of);
    let probes: Vec<String> = lines.filter(|line| line.chars().count() >= LEAST).take(PROBES).collect();
    if !probes.is_empty() {
        return probes;
    }
    let whole = letters_of(quotation);
    if whole.chars().count() >= LEAST_WHOLE { vec![whole] } else { Vec::new() }
}

fn letters_of(text: &str) -> String {
    let mut letters = String::new();
    push_letters(text, &mut letters);
    letters
}

fn push_letters(text: &str, letters: &mut String) {
    letters.extend(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(id: &str, paragraphs: &[&str]) -> Work {
        let (mut letters, mut starts) = (String::new(), Vec::new());
        for paragraph in paragraphs {
            starts.push(letters.len());
            push_letters(paragraph, &mut letters);
        }
        Work { id: id.into(), author: "Ada".into(), date: "2 Jun 2016".into(), letters, starts }
    }

    /// Which message and paragraph a quotation is found to come from.
    #[track_caller]
    fn check(quotation: &str, parent: Option<&str>, expected: &str) {
        let works = vec![
            work("a", &["Dear all,", "The draft should say what a small network pays for this.", "Ada"]),
            work(
                "b",
                &[
                    "I agree with every word of what was said before me.",
                    "It costs less than\nyou would think it does.",
                ],
            ),
            work("c", &["I agree with every word of what was said before me.", "Really?"]),
        ];
        let sources = Sources { works, left: Cell::new(MAX_SEARCHED) };
        let found = sources.find(quotation, "me", parent).map(|source| source.address).unwrap_or_default();
        assert_eq!(found, expected, "{quotation}");
    }

    #[test]
    fn quotations_lead_to_the_paragraph_they_were_taken_from() {
        for (quotation, expected) in [
            ("The draft should say what a small network pays for this.", "/m/a#p2"),
            ("the draft should say what a\nsmall network pays for this", "/m/a#p2"),
            ("The draft should say what a small network\npays for this.", "/m/a#p2"),
            ("It costs less than you would think\nit does.", "/m/b#p2"),
            ("you would think it does", "/m/b#p2"),
            // Too short to tell, or nobody's.
            ("Really?", ""),
            ("Dear all,", ""),
            ("Words that nobody here has ever written before.", ""),
            ("", ""),
            // An ellipsis between two lines of one message.
            ("The draft should say what a small network\n[...]\nsomething altered by hand afterwards", "/m/a#p2"),
        ] {
            check(quotation, None, expected);
        }
    }

    #[test]
    fn of_two_with_the_same_words_the_one_answered_is_the_source() {
        let words = "I agree with every word of what was said before me.";
        check(words, None, "/m/b#p1");
        check(words, Some("c"), "/m/c#p1");
        check("The draft should say what a small network pays for this.", Some("c"), "/m/a#p2");
    }

    #[test]
    fn looking_ends_when_the_page_has_looked_enough() {
        let sources = Sources { works: vec![work("a", &["words that are long enough to tell"])], left: Cell::new(60) };
        let quotation = "words that are long enough to tell";
        assert!(sources.find(quotation, "me", None).is_some());
        assert!(sources.find(quotation, "me", None).is_some());
        assert!(sources.find(quotation, "me", None).is_none());
    }

    #[test]
    fn a_message_does_not_quote_itself() {
        let sources =
            Sources { works: vec![work("a", &["words that are long enough to tell"])], left: Cell::new(MAX_SEARCHED) };
        assert_eq!(sources.find("words that are long enough to tell", "a", None), None);
    }
}
