//! Text as it is gathered from a document: bounded, with single blanks.

use super::MAX_TEXT;

/// Text that grows up to a limit.
#[derive(Debug, Default)]
pub(super) struct Text(String, Option<String>);

impl Text {
    /// Adds words as they stand; white space in them becomes single blanks.
    pub(super) fn push(&mut self, words: &str) {
        for c in words.chars() {
            if self.is_full() {
                return;
            }
            match c {
                c if c.is_whitespace() || c.is_control() => self.space(' '),
                c => self.0.push(c),
            }
        }
    }

    /// Goes to a new line, or the next cell: but once.
    pub(super) fn space(&mut self, space: char) {
        if self.0.is_empty() || self.0.ends_with('\n') || (space == ' ' && self.0.ends_with([' ', '\t'])) {
            return;
        }
        while self.0.ends_with([' ', '\t']) && space != ' ' {
            self.0.pop();
        }
        self.0.push(space);
    }

    /// Whether what comes further is not taken: a character beyond the limit, which shows that there was more.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() > MAX_TEXT
    }

    /// Says that not all of the document was read, though the text has room.
    pub(super) fn leave_out(&mut self, what: String) {
        self.1 = Some(what);
    }

    /// The text; and after a NUL, which no text holds, what was left out of it.
    pub(super) fn finish(self) -> String {
        let end = self.0.trim_end().len();
        let mut text = self.0;
        // Where it is full the last byte says so, whatever it is.
        if text.len() <= MAX_TEXT {
            text.truncate(end);
        }
        if let Some(left_out) = self.1 {
            text.push('\0');
            text.push_str(&left_out);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_single_and_lines_are_not_empty() {
        let mut text = Text::default();
        text.space('\n');
        text.push("  a\r\n b ");
        text.space('\t');
        text.push("c");
        text.space('\n');
        text.space('\n');
        text.push("d ");
        assert_eq!(text.finish(), "a b\tc\nd");
    }

    #[test]
    fn a_text_at_the_limit_is_whole_and_one_over_shows_it() {
        for (length, kept) in [(MAX_TEXT, MAX_TEXT), (MAX_TEXT + 1, MAX_TEXT + 1), (MAX_TEXT + 9, MAX_TEXT + 1)] {
            let mut text = Text::default();
            text.push(&"a".repeat(length));
            assert_eq!(text.finish().len(), kept);
        }
    }
}
