//! What visitors ask for: six searches, three messages and a thread in ten.

use std::{
    collections::BTreeSet,
    error::Error,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::server;

/// Different searches. Beyond what is kept of pages, so that most of them are searched for.
const SEARCHES: usize = 20_000;
/// Messages to choose from.
const MESSAGES: usize = 5_000;

/// Addresses of each kind.
pub(crate) struct Mix {
    searches: Vec<String>,
    messages: Vec<String>,
    threads: Vec<String>,
}

impl Mix {
    /// Words that stand beside each other in the dumps, and messages and threads of the archive made of them.
    pub(crate) fn of(data: &Path, dumps: &[PathBuf]) -> Result<Mix, Box<dyn Error>> {
        let query = |text: &str| format!("/search?q={}", text.replace(' ', "+"));
        let searches = server::words(dumps, SEARCHES)?.iter().map(|text| query(text)).collect();
        let limit = MESSAGES.to_string();
        let output = Command::new(env!("CARGO_BIN_EXE_plenary"))
            .arg("--data")
            .arg(data)
            .args(["search", "--json", "-n", &limit, "--sort", "newest", "--", "list:list"])
            .output()?;
        let (mut messages, mut threads) = (Vec::new(), BTreeSet::new());
        for line in String::from_utf8(output.stdout)?.lines() {
            let hit: Value = serde_json::from_str(line)?;
            let id = hit["id"].as_str().ok_or("a hit without `id`")?;
            let thread = hit["thread"].as_str().ok_or("a hit without `thread`")?;
            messages.push(format!("/m/{id}"));
            threads.insert(format!("/t/{thread}"));
        }
        let mix = Mix { searches, messages, threads: threads.into_iter().collect() };
        if mix.searches.is_empty() || mix.messages.is_empty() {
            return Err("the dumps hold too little to ask for".into());
        }
        Ok(mix)
    }

    /// The address of the request with this number.
    pub(crate) fn address(&self, number: usize) -> &str {
        // Strides that share no factor with the lengths, so that neighbours are not asked one after the other.
        let pick = |all: &'_ [String]| number.wrapping_mul(7_919) % all.len();
        match number % 10 {
            0..6 => &self.searches[pick(&self.searches)],
            6..9 => &self.messages[pick(&self.messages)],
            _ => &self.threads[pick(&self.threads)],
        }
    }

    /// Searches alone.
    pub(crate) fn search(&self, number: usize) -> &str {
        &self.searches[number.wrapping_mul(7_919) % self.searches.len()]
    }

    pub(crate) fn len(&self) -> usize {
        self.searches.len() + self.messages.len() + self.threads.len()
    }

    pub(crate) fn described(&self) -> String {
        let (searches, messages, threads) = (self.searches.len(), self.messages.len(), self.threads.len());
        format!("60 % of {searches} searches, 30 % of {messages} messages, 10 % of {threads} threads")
    }
}
