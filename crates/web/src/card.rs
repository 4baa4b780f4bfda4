//! A message in brief, as lists of messages show it.

use plenary_index::{Card, Hit};

use crate::{
    Config,
    forms::cite::Citation,
    links,
    mask::mask_marked,
    piece::{Marked, plain},
    wording,
};

/// A message in brief, in words.
#[derive(Debug, Clone)]
pub(crate) struct Brief {
    /// Its page.
    pub(crate) address: String,
    /// Its whole address, for paper; empty where the site does not know its own.
    pub(crate) paper: String,
    /// Its thread's page.
    pub(crate) thread: String,
    /// Its subject.
    pub(crate) subject: String,
    /// Who wrote it.
    pub(crate) author: String,
    /// The author's page.
    pub(crate) person: String,
    /// When, in words; empty where nobody knows.
    pub(crate) date: String,
    /// When, for machines.
    pub(crate) iso: String,
    /// The lists it went to: name and page.
    pub(crate) lists: Vec<(String, String)>,
    /// `2 attachments`, or nothing.
    pub(crate) attachments: String,
    /// Its language, for the reader's browser.
    pub(crate) language: String,
    /// What a reference manager takes it by, among others of a page.
    pub(crate) coins: String,
    /// Whether its thread began with it.
    pub(crate) begins: bool,
}

/// Puts a message in brief into words.
pub(crate) fn brief(card: &Card, config: &Config) -> Brief {
    let seconds = card.date.as_ref().map(|date| date.seconds);
    Brief {
        address: links::message(&card.id),
        paper: match config.base_url.as_str() {
            "" => String::new(),
            base => format!("{base}{}", links::message(&card.id)),
        },
        thread: links::thread(&card.thread),
        subject: subject(&card.subject),
        author: author(card),
        person: links::person(&card.author.person),
        date: seconds.map_or_else(|| "date unknown".into(), wording::moment),
        iso: seconds.map(wording::iso).unwrap_or_default(),
        lists: card.lists.iter().map(|slug| (plain(config.list_name(slug)), links::list(slug))).collect(),
        attachments: match card.attachments {
            0 => String::new(),
            n => wording::counted(n as u64, "attachment", "attachments"),
        },
        language: card.language.clone().unwrap_or_default(),
        coins: Citation::of(card, config).coins(),
        begins: card.id == card.thread,
    }
}

/// Who wrote it, as it was signed.
pub(crate) fn author(card: &Card) -> String {
    plain(&card.author.name)
}

/// A subject, or that there is none.
pub(crate) fn subject(subject: &str) -> String {
    if subject.trim().is_empty() { "(no subject)".into() } else { plain(subject) }
}

/// A message found, in words.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// In brief.
    pub(crate) brief: Brief,
    /// Where it matches.
    pub(crate) passages: Vec<Passage>,
    /// `3 more hits in this thread`, or nothing.
    pub(crate) more: String,
}

/// Where a message matches.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    /// The attached file that it stands in; empty where it is the message's own text.
    pub(crate) file: String,
    /// The text, cut where matches begin and end.
    pub(crate) pieces: Vec<Marked>,
    /// The paragraph's number; 0 where it has none.
    pub(crate) paragraph: usize,
    /// Where it stands.
    pub(crate) address: String,
}

/// Puts a message found into words. What else was found of its thread is counted as `more` says: hits, or messages of some time.
pub(crate) fn found(hit: &Hit, config: &Config, more: impl Fn(u64) -> String) -> Found {
    let brief = brief(&hit.card, config);
    let passages = hit
        .passages
        .iter()
        .map(|passage| Passage {
            file: plain(passage.attachment.as_deref().unwrap_or("")),
            pieces: mask_marked(&passage.text, &passage.marks)
                .into_iter()
                .map(|piece| Marked { text: plain(&piece.text), marked: piece.marked })
                .collect(),
            paragraph: passage.paragraph.unwrap_or(0),
            address: match passage.paragraph {
                Some(number) => format!("{}#p{number}", brief.address),
                None => brief.address.clone(),
            },
        })
        .collect();
    let more = match hit.more_in_thread {
        0 => String::new(),
        n => more(n),
    };
    Found { brief, passages, more }
}
