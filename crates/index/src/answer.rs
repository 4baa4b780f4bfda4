//! Questions and answers: what goes into the archive's face and what comes out, in our own nouns.

use std::{fmt, ops::Range, str::FromStr, time::Duration};

use plenary_ingest::{Dated, Message};

use crate::query::Parsed;

/// One search.
#[derive(Debug, Clone)]
pub struct Question {
    /// What is looked for.
    pub query: Parsed,
    /// In which order hits come.
    pub sort: Sort,
    /// One hit per thread, with the number of further hits in it.
    pub grouped: bool,
    /// Most hits in the answer, 0 to 100; with 0 only totals and facets are computed.
    pub limit: usize,
    /// Where to begin.
    pub start: Start,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Best first.
    Relevance,
    /// Latest first.
    Newest,
    /// Earliest first.
    Oldest,
    /// The longest threads first, each from its earliest hit on.
    Longest,
}

/// Where a page of hits begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// After so many hits; offset and limit together at most 10,000.
    Offset(usize),
    /// After the hit a cursor names. Only for [`Sort::Newest`] and [`Sort::Oldest`].
    After(Cursor),
}

/// A place in a list of hits ordered by date; stable while the archive grows. Prints as, and parses from, an opaque word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Date of the last hit seen, in seconds.
    pub date: i64,
    /// Key of the last hit seen.
    pub key: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not a number with a comma: nobody should be tempted to do sums with it.
        write!(f, "c{:016x}{:016x}", self.date, self.key)
    }
}

impl FromStr for Cursor {
    type Err = UnreadableCursor;

    fn from_str(text: &str) -> Result<Cursor, UnreadableCursor> {
        let digits =
            text.strip_prefix('c').filter(|digits| digits.len() == 32 && digits.is_ascii()).ok_or(UnreadableCursor)?;
        let number = |digits| u64::from_str_radix(digits, 16).map_err(|_| UnreadableCursor);
        Ok(Cursor { date: number(&digits[..16])? as i64, key: number(&digits[16..])? })
    }
}

/// A cursor that this archive did not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cursor was not given by this archive")]
pub struct UnreadableCursor;

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// How many messages match, exactly.
    pub total: u64,
    /// In how many threads.
    pub threads: u64,
    /// This page of them.
    pub hits: Vec<Hit>,
    /// Counts per value.
    pub facets: Facets,
    /// Where the next page begins, when sorted by date and there is one.
    pub next: Option<Cursor>,
    /// Whether time ran out before all messages had been looked at: numbers are then too low.
    pub partial: bool,
    /// How long it took.
    pub took: Duration,
    /// Which commit answered.
    pub generation: u64,
}

/// Counts of matching messages per value, exact; each facet is counted as if its own filters were not set.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// By list.
    pub list: Vec<Count>,
    /// By person; the 50 largest and all that are chosen.
    pub person: Vec<Count>,
    /// By year.
    pub year: Vec<Count>,
    /// By month, `2016-08`, in time order: the histogram. Months without messages are left out.
    pub month: Vec<Count>,
    /// By what the message has: `attachment`, `link` ...
    pub has: Vec<Count>,
    /// By what the message is: `root`, `reply` ...
    pub is: Vec<Count>,
    /// By language.
    pub lang: Vec<Count>,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The value as a query takes it: `list:VALUE`.
    pub value: String,
    /// The value as a person reads it.
    pub label: String,
    /// How many messages.
    pub count: u64,
    /// Whether the query asks for it.
    pub chosen: bool,
}

/// One message found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The message in brief.
    pub card: Card,
    /// Its best passages for this query, from the author's own words first.
    pub passages: Vec<Passage>,
    /// Further hits in the same thread, when grouped.
    pub more_in_thread: u64,
}

/// A message in brief.
#[derive(Debug, Clone)]
pub struct Card {
    /// The permanent name: `/m/<id>`.
    pub id: String,
    /// The Message-ID, without brackets.
    pub message_id: Option<String>,
    /// The lists it was sent to, by slug, sorted.
    pub lists: Vec<String>,
    /// The subject without list prefixes; may be empty.
    pub subject: String,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub date: Option<Dated>,
    /// The id of its thread's first message: `/t/<thread>`.
    pub thread: String,
    /// How many attachments, stubs included.
    pub attachments: usize,
    /// Its language, ISO 639-1.
    pub language: Option<String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The person's name in addresses: `/p/<person>`.
    pub person: String,
    /// The name as this message gives it.
    pub name: String,
    /// The whole e-mail address; pages mask it.
    pub email: Option<String>,
}

/// A stretch of text with the matches in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The number of the paragraph of own words it comes from: `/m/<id>#p4`; `None` when it is quoted text or the like.
    pub paragraph: Option<usize>,
    /// The name of the attached file it comes from.
    pub attachment: Option<String>,
    /// The text, on one line.
    pub text: String,
    /// Byte ranges of `text` that match.
    pub marks: Vec<Range<usize>>,
}

/// One message, whole.
#[derive(Debug, Clone)]
pub struct Entry {
    /// In brief.
    pub card: Card,
    /// As it was understood.
    pub message: Message,
    /// Byte ranges of the numbered paragraphs in the message's text; paragraph 1 is the first.
    pub paragraphs: Vec<Range<usize>>,
    /// The attached files whose text is searched, by [`plenary_ingest::Attachment::part`].
    pub searched: Vec<usize>,
    /// Where it was found.
    pub places: Vec<Place>,
    /// Other messages that claim the same Message-ID, this one left out.
    pub rivals: Vec<Card>,
    /// Its place in its thread, from 1, and how many messages that has.
    pub position: (usize, usize),
    /// The messages before and after it in its thread.
    pub thread_neighbours: (Option<Card>, Option<Card>),
}

/// What an id led to.
#[derive(Debug, Clone)]
pub struct Found {
    /// The bytes of the message as they came, without the From_ line.
    pub raw: Vec<u8>,
    /// The message.
    pub entry: Entry,
}

/// Where a message was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The list's slug.
    pub list: String,
    /// The dump's path below the lists' folder.
    pub dump: String,
    /// Offset of its first byte in the expanded dump.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// The order of a thread's places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arranged {
    /// Each message before its replies; missing parents have places, too.
    ByReply,
    /// Messages alone, the earliest first and those without a date last.
    ByDate,
}

/// A thread, as it is drawn.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The id of its first message.
    pub id: String,
    /// The first message's subject without list prefixes.
    pub subject: String,
    /// How many messages in all; `nodes` may hold a page of them.
    pub total: usize,
    /// How many nodes in all, in the order that was asked for: messages and, by reply, missing parents.
    pub lines: usize,
    /// How many people wrote.
    pub people: usize,
    /// The lists it ran on.
    pub lists: Vec<String>,
    /// Dates of its first and last message, in seconds.
    pub span: Option<(i64, i64)>,
    /// The messages, and by reply the missing parents, in the order that was asked for.
    pub nodes: Vec<Node>,
    /// Index among all nodes of the first one here.
    pub offset: usize,
}

/// One place in a thread.
#[derive(Debug, Clone)]
pub struct Node {
    /// How far it is from the root.
    pub depth: usize,
    /// The message; `None` for a parent that is not in the archive.
    pub entry: Option<Box<Entry>>,
    /// Whether it was joined to the thread by its subject alone.
    pub weak: bool,
    /// The message it answers, where that is in the archive; it need not be in the same part of the thread.
    pub parent: Option<Card>,
}

/// What the archive holds.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// Messages.
    pub messages: u64,
    /// Threads.
    pub threads: u64,
    /// People.
    pub people: u64,
    /// Dates of the first and last message, in seconds.
    pub span: Option<(i64, i64)>,
    /// Messages per month, `(201608, 12)`, in time order; a cross-post counts once.
    pub months: Vec<(u32, u64)>,
    /// Each list, by slug.
    pub lists: Vec<ListOverview>,
    /// When the last run that changed something ended, in seconds.
    pub last_run: Option<i64>,
    /// Which commit answered.
    pub generation: u64,
}

/// What the archive holds of one list.
#[derive(Debug, Clone, Default)]
pub struct ListOverview {
    /// Its folder's name.
    pub slug: String,
    /// Messages.
    pub messages: u64,
    /// Dates of the first and last message, in seconds.
    pub span: Option<(i64, i64)>,
    /// Messages per month, `(201608, 12)`, in time order.
    pub months: Vec<(u32, u64)>,
}

/// A person.
#[derive(Debug, Clone)]
pub struct PersonEntry {
    /// The person's name in addresses.
    pub person: String,
    /// The name used most.
    pub name: String,
    /// All names used, most used first.
    pub names: Vec<String>,
    /// All addresses used; pages mask them.
    pub emails: Vec<String>,
    /// Messages written.
    pub messages: u64,
    /// Threads started.
    pub threads_started: u64,
    /// Dates of the first and last message, in seconds.
    pub span: Option<(i64, i64)>,
    /// Lists written to, with counts.
    pub lists: Vec<Count>,
    /// Messages per month, in time order.
    pub months: Vec<(u32, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_written_and_read() {
        for cursor in [
            Cursor { date: 1_468_526_700, key: 7 },
            Cursor { date: i64::MIN, key: u64::MAX },
            Cursor { date: -1, key: 0 },
        ] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn other_words_are_no_cursors() {
        for text in ["", "c", "12", "c0000000000000000000000000000000g", "é"] {
            assert_eq!(text.parse::<Cursor>(), Err(UnreadableCursor), "{text}");
        }
    }
}
