//! The best passages of a message for a query, with every match marked: exact, inflected, by prefix, with a slip.

use std::{cell::RefCell, ops::Range};

use plenary_ingest::{Message, Voice, text};
use rustc_hash::FxHashMap;

use crate::{
    Passage,
    attached::Attached,
    clock::Clock,
    query::{Parsed, Scope, Text},
    words,
};

/// Passages shown of one message.
const PASSAGES: usize = 2;
/// Characters of text around the first match of a passage, about two lines of a page.
const WIDTH: usize = 240;
/// Text read for passages, in bytes; what lies behind is seldom what a message is about.
const READ: usize = 64 << 10;
/// Words of which it is remembered whether a slip leads to them; those of a hundred long messages are fewer.
const REMEMBERED: usize = 50_000;
/// Text of attached files read for passages, in bytes: five milliseconds' worth, and only where it is looked for there.
const READ_OF_FILES: usize = 512 << 10;

/// What marks words: made once per query, used on every hit.
pub(crate) struct Marker {
    exact: Vec<String>,
    /// Words whose stems count too.
    stemmed: Vec<String>,
    prefixes: Vec<String>,
    fuzzy: Vec<(Vec<char>, u8)>,
    /// What has been found out about words near those of `fuzzy`: comparing letters takes a microsecond for each pair of words.
    near: RefCell<FxHashMap<String, Option<usize>>>,
    /// When nothing is marked any more: a hit without marks is better than none.
    clock: Clock,
    /// Whether some of them are looked for in attached files, too.
    in_files: bool,
}

impl Marker {
    pub(crate) fn new(query: &Parsed, clock: &Clock) -> Marker {
        let mut marker = Marker {
            exact: Vec::new(),
            stemmed: Vec::new(),
            prefixes: Vec::new(),
            fuzzy: Vec::new(),
            near: RefCell::default(),
            clock: clock.clone(),
            in_files: false,
        };
        for (scope, text) in query.words() {
            if matches!(scope, Scope::From | Scope::To | Scope::File) {
                continue;
            }
            marker.in_files |= matches!(scope, Scope::Everything | Scope::Attachments);
            match text {
                Text::Word(word) => match words::of(word).as_slice() {
                    [word] => marker.stemmed.push(word.clone()),
                    several => marker.exact.extend_from_slice(several),
                },
                Text::Phrase { words: typed, .. } => marker.exact.extend(words::of(typed)),
                Text::Near { left, right, .. } => {
                    marker.exact.extend(words::of(left));
                    marker.exact.extend(words::of(right));
                }
                Text::Prefix(start) => marker.prefixes.extend(words::of(start)),
                Text::Fuzzy(word, distance) => {
                    marker.fuzzy.extend(words::of(word).iter().map(|word| (word.chars().collect(), *distance)));
                }
            }
        }
        marker
    }

    fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.stemmed.is_empty() && self.prefixes.is_empty() && self.fuzzy.is_empty()
    }

    /// Which of the query's words a word of the text matches, as a number; `stems` are those of `stemmed` in the text's language.
    fn matches(&self, word: &str, stems: &[String], language: &'static str) -> Option<usize> {
        if let Some(at) = self.exact.iter().position(|exact| exact == word) {
            return Some(at);
        }
        if !self.stemmed.is_empty() {
            let direct = self.stemmed.iter().position(|exact| exact == word);
            let at = direct.or_else(|| {
                if language == "en" && !stems.iter().any(|known| known.bytes().next() == word.bytes().next()) {
                    // English changes only the ends of words, so their beginnings tell most of them apart before any is stemmed.
                    return None;
                }
                let stem = words::stem_in(word, language);
                stems.iter().position(|known| *known == stem)
            });
            if let Some(at) = at {
                return Some(self.exact.len() + at);
            }
        }
        let base = self.exact.len() + self.stemmed.len();
        if let Some(at) = self.prefixes.iter().position(|start| word.starts_with(start.as_str())) {
            return Some(base + at);
        }
        self.near(word).map(|at| base + self.prefixes.len() + at)
    }

    fn near(&self, word: &str) -> Option<usize> {
        if self.fuzzy.is_empty() {
            return None;
        }
        let mut known = self.near.borrow_mut();
        if let Some(&near) = known.get(word) {
            return near;
        }
        let near = self.fuzzy.iter().position(|(typed, distance)| within(typed, word, usize::from(*distance)));
        if known.len() < REMEMBERED {
            known.insert(word.to_owned(), near);
        }
        near
    }

    /// The best passages of a message; without matching words, its beginning.
    pub(crate) fn passages(
        &self,
        message: &Message,
        files: &[Attached],
        language: Option<&str>,
        scope: Scope,
    ) -> Vec<Passage> {
        let language = words::STEMMED.iter().find(|code| Some(**code) == language).copied().unwrap_or("en");
        let stems: Vec<String> = self.stemmed.iter().map(|word| words::stem_in(word, language).into_owned()).collect();
        let paragraphs = text::paragraphs(&message.text, &message.spans);
        let own: Vec<(Option<usize>, Range<usize>)> =
            paragraphs.into_iter().zip(1..).map(|(range, n)| (Some(n), range)).collect();
        let mut best = match scope {
            Scope::Attachments => self.best_of_files(files, &stems, language),
            _ => self.best(message, &own, &stems, language),
        };
        if best.is_empty() && self.in_files && scope != Scope::Attachments {
            best = self.best_of_files(files, &stems, language);
        }
        if best.is_empty() && scope != Scope::Own {
            let others: Vec<(Option<usize>, Range<usize>)> = message
                .spans
                .iter()
                .filter(|span| !matches!(span.voice, Voice::Own))
                .map(|span| (None, span.start..span.end))
                .collect();
            best = self.best(message, &others, &stems, language);
        }
        if best.is_empty()
            && let Some((number, range)) = own.first()
        {
            best.push(cut(&message.text[range.clone()], *number, &[]));
        }
        best
    }

    /// The best passage of each file in which a word is, as many as are shown.
    fn best_of_files(&self, files: &[Attached], stems: &[String], language: &'static str) -> Vec<Passage> {
        let mut left = READ_OF_FILES;
        let passage = |file: &Attached| {
            let text = &file.text[..file.text.floor_char_boundary(left)];
            left -= text.len();
            let mut marks = Vec::new();
            words::each(text, |word, start, end| {
                if self.matches(word, stems, language).is_some() {
                    marks.push(start..end);
                }
            });
            let found = (!marks.is_empty()).then(|| cut(text, None, &marks));
            found.map(|passage| Passage { attachment: Some(file.name.clone()), ..passage })
        };
        files.iter().filter_map(passage).take(PASSAGES).collect()
    }

    fn best(
        &self,
        message: &Message,
        blocks: &[(Option<usize>, Range<usize>)],
        stems: &[String],
        language: &'static str,
    ) -> Vec<Passage> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut scored: Vec<(usize, usize, Vec<Range<usize>>)> = Vec::new();
        for (at, (_, range)) in blocks.iter().enumerate().take_while(|(_, (_, range))| range.start < READ) {
            if self.clock.is_over() {
                break;
            }
            let block = &message.text[range.clone()];
            let block = &block[..block.floor_char_boundary(READ)];
            let mut marks = Vec::new();
            let mut kinds = Vec::new();
            words::each(block, |word, start, end| {
                if let Some(kind) = self.matches(word, stems, language) {
                    marks.push(start..end);
                    if !kinds.contains(&kind) {
                        kinds.push(kind);
                    }
                }
            });
            if !marks.is_empty() {
                scored.push((kinds.len() * 100 + marks.len().min(9), at, marks));
            }
        }
        // Most different words first, then most matches, then in the order of the text.
        scored.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
        scored.truncate(PASSAGES);
        scored.sort_by_key(|(_, at, _)| *at);
        scored
            .into_iter()
            .map(|(_, at, marks)| cut(&message.text[blocks[at].1.clone()], blocks[at].0, &marks))
            .collect()
    }
}

/// Cuts a block to [`WIDTH`] around its densest matches and puts it on one line.
fn cut(block: &str, paragraph: Option<usize>, marks: &[Range<usize>]) -> Passage {
    let first = densest(marks);
    let mut start = block.floor_char_boundary(first.saturating_sub(WIDTH / 3));
    if start > 0 {
        // From the next word on, if one begins soon.
        start = block[start..first.max(start)].find(char::is_whitespace).map_or(start, |space| start + space + 1);
        start = block.floor_char_boundary(start);
    }
    let end = block[start..].char_indices().nth(WIDTH).map_or(block.len(), |(at, _)| start + at);
    let end = match block[start..end].rfind(char::is_whitespace) {
        // Whole words only, unless one word fills the passage.
        Some(space) if end < block.len() && start + space > first => start + space,
        _ => end,
    };
    let mut passage = Passage { paragraph, attachment: None, text: String::new(), marks: Vec::new() };
    if start > 0 {
        passage.text.push_str("… ");
    }
    let mut marks = marks.iter().filter(|mark| mark.start >= start && mark.end <= end).peekable();
    let mut open = 0;
    let mut space = true;
    for (at, c) in block[start..end].char_indices() {
        let at = start + at;
        if marks.peek().is_some_and(|mark| mark.start == at) {
            open = passage.text.len();
        }
        if c.is_whitespace() {
            if !space {
                passage.text.push(' ');
            }
        } else {
            passage.text.push(c);
        }
        space = c.is_whitespace();
        if marks.peek().is_some_and(|mark| mark.end == at + c.len_utf8()) {
            passage.marks.push(open..passage.text.len());
            marks.next();
        }
    }
    passage.text.truncate(passage.text.trim_end().len());
    if end < block.len() {
        passage.text.push_str(" …");
    }
    passage
}

/// Start of the mark after which most marks follow within [`WIDTH`].
fn densest(marks: &[Range<usize>]) -> usize {
    let reach = |i: usize| marks[i..].iter().take_while(|mark| mark.start < marks[i].start + WIDTH * 2 / 3).count();
    // Only so many marks are tried: a paragraph full of matches is as good anywhere.
    (0..marks.len().min(64)).max_by_key(|&i| (reach(i), std::cmp::Reverse(i))).map_or(0, |i| marks[i].start)
}

/// Whether two words are within so many insertions, deletions, replacements or swaps of neighbours.
fn within(typed: &[char], word: &str, distance: usize) -> bool {
    let word: Vec<char> = word.chars().collect();
    if typed.len().abs_diff(word.len()) > distance {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=word.len()).collect();
    for i in 1..=typed.len() {
        let mut row = vec![i; word.len() + 1];
        for j in 1..=word.len() {
            let replace = previous[j - 1] + usize::from(typed[i - 1] != word[j - 1]);
            row[j] = replace.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous[word.len()] <= distance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: &str, wanted: &[&str], expected: &str) {
        let marks: Vec<Range<usize>> =
            wanted.iter().map(|word| block.find(word).map(|at| at..at + word.len()).unwrap()).collect();
        let passage = cut(block, Some(1), &marks);
        let mut shown = passage.text.clone();
        passage.marks.iter().rev().for_each(|mark| {
            shown.insert(mark.end, ']');
            shown.insert(mark.start, '[');
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_passage_is_one_line_with_its_matches_marked() {
        check("the cost\nof  IPv6\n deployment", &["cost", "deployment"], "the [cost] of IPv6 [deployment]");
    }

    #[test]
    fn a_long_paragraph_is_cut_around_its_match() {
        let block = format!("{}needle {}", "hay ".repeat(200), "straw ".repeat(200));
        let needle = 800..806;
        let passage = cut(&block, None, std::slice::from_ref(&needle));
        assert!(passage.text.starts_with("… hay") && passage.text.ends_with("straw …"), "{}", passage.text);
        assert_eq!(&passage.text[passage.marks[0].clone()], "needle");
    }

    #[test]
    fn slips_of_one_letter_are_near() {
        let typed: Vec<char> = "kenya".chars().collect();
        for (word, near) in [("kenya", true), ("kenia", true), ("keyna", true), ("kena", true), ("nigeria", false)] {
            assert_eq!(within(&typed, word, 1), near, "{word}");
        }
    }

    proptest::proptest! {
        /// What passing over words by their first letter rests on.
        #[test]
        fn an_english_stem_begins_as_its_word(word in "[a-z][a-z0-9éœ']{0,12}|[a-zà-ž]{1,6}(ying|ies|ly|ness|ed|ing|s)") {
            for word in words::of(&word) {
                proptest::prop_assert_eq!(words::stem_in(&word, "en").bytes().next(), word.bytes().next());
            }
        }
    }
}
