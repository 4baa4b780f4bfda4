//! What was typed wrongly, collected as sentences for the page.

use super::limits::{MAX_ECHO_CHARS, MAX_PROBLEMS};

/// The problems of one query: each once, and never more than a page can show.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    pub(super) fn note(&mut self, problem: String) {
        if self.0.len() < MAX_PROBLEMS && !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_sentences(self) -> Vec<String> {
        self.0
    }
}

/// Typed text in backquotes, shortened.
pub(super) fn echo(typed: &str) -> String {
    match typed.char_indices().nth(MAX_ECHO_CHARS) {
        Some((end, _)) => format!("`{}…`", &typed[..end]),
        None => format!("`{typed}`"),
    }
}
