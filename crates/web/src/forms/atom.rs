//! Feeds (RFC 4287): the newest messages of a search, thread, list or person, and a link to those before them (RFC 5005).

use askama::Template;
use plenary_index::{Archive, Cursor, Error, Parsed, Step};
use sha1::{Digest, Sha1};

use crate::{Config, links, piece::plain, wording};

use super::{Form, cite::Citation, routes::Selection, row};

/// Entries in a page of a feed: a month of a busy list, and 60 KB.
const PAGE: usize = 50;
/// Letters of own words in an entry.
const SUMMARY: usize = 600;
/// What an undated message says of its date, for a feed must say something: the same for ever, so that no reader shows it
/// as new again.
const UNDATED: i64 = 0;

#[derive(Template)]
#[template(path = "feed.xml")]
struct Feed {
    id: String,
    title: String,
    updated: String,
    version: &'static str,
    page: String,
    this: String,
    first: String,
    next: Option<String>,
    entries: Vec<Entry>,
}

struct Entry {
    id: String,
    title: String,
    address: String,
    published: Option<String>,
    updated: String,
    author: String,
    person: String,
    lists: Vec<(String, String)>,
    language: Option<String>,
    answers: Option<(String, String)>,
    summary: String,
}

/// A page of a feed, written.
pub struct Page {
    /// The feed.
    pub text: String,
    /// How many messages it holds.
    pub entries: u64,
    /// Whether there are earlier ones.
    pub more: bool,
}

/// The first page of a search's feed, as the site gives it.
pub fn of_search(archive: &Archive, config: &Config, query: Parsed) -> Result<Page, plenary_index::Error> {
    feed(archive, config, &Selection::search(query), None)
}

/// A page of a feed, from a cursor on.
pub(crate) fn feed(
    archive: &Archive,
    config: &Config,
    selection: &Selection,
    after: Option<Cursor>,
) -> Result<Page, plenary_index::Error> {
    let mut entries = Vec::new();
    let mut last = None;
    let mut next = None;
    for step in archive.walk(selection.query.clone(), true, after) {
        let step = step?;
        if entries.len() == PAGE {
            next = last;
            break;
        }
        last = Some(step.cursor);
        entries.push(entry(&step, config));
    }
    let absolute = |path: String| format!("{}{path}", config.base_url);
    let at = |cursor: Option<Cursor>| {
        let cursor = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
        absolute(selection.address(Form::Atom, &[("cursor", &cursor)]))
    };
    let updated = entries.iter().map(|entry| entry.updated.clone()).max();
    let last_run = || archive.overview().last_run.unwrap_or(UNDATED);
    let (count, more) = (entries.len() as u64, next.is_some());
    let text = Feed {
        // Pages of one feed are one feed.
        id: urn(&at(None)),
        title: sound(&format!("{} – {}", selection.title, config.title)),
        updated: updated.unwrap_or_else(|| wording::iso(last_run())),
        version: env!("CARGO_PKG_VERSION"),
        page: absolute(selection.page()),
        this: at(after),
        first: at(None),
        next: next.map(|cursor| at(Some(cursor))),
        entries,
    }
    .render()
    .map_err(|error| Error::Engine { doing: "writing a feed", detail: error.to_string() })?;
    Ok(Page { text, entries: count, more })
}

fn entry(step: &Step, config: &Config) -> Entry {
    let card = &step.entry.card;
    let citation = Citation::of(card, config);
    let absolute = |path: String| format!("{}{path}", config.base_url);
    Entry {
        id: urn(&links::message(&card.id)),
        title: sound(&citation.title()),
        address: absolute(links::message(&card.id)),
        published: citation.seconds.map(wording::iso),
        updated: wording::iso(citation.seconds.unwrap_or(UNDATED)),
        author: sound(&citation.author),
        person: absolute(links::person(&card.author.person)),
        lists: card.lists.iter().map(|slug| (slug.clone(), sound(&plain(config.list_name(slug))))).collect(),
        language: card.language.clone(),
        answers: step.parent.as_ref().map(|id| (urn(&links::message(id)), absolute(links::message(id)))),
        summary: summary(&step.entry),
    }
}

/// The beginning of what its author wrote, on one line.
pub(crate) fn summary(entry: &plenary_index::Entry) -> String {
    sound(&cut(&row::own(entry), SUMMARY))
}

/// The first words of a text on one line, with a sign where it goes on.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() && out.chars().count() + 1 + word.chars().count() > most {
            out.push_str(" …");
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().take(most));
    }
    out
}

/// Text without the two characters that XML cannot hold even escaped; the other such are shown by number already.
fn sound(text: &str) -> String {
    text.replace(['\u{FFFE}', '\u{FFFF}'], "\u{FFFD}")
}

/// A name for ever: a UUID (RFC 9562, version 5) of an address below the site. It needs no domain of ours, and a message has the
/// same one in every archive that holds it.
fn urn(address: &str) -> String {
    /// The namespace of addresses, from the RFC.
    const ADDRESSES: [u8; 16] =
        [0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
    let digest = Sha1::new().chain_update(ADDRESSES).chain_update(address).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x50;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_uuids_of_addresses() {
        // The example of the RFC's appendix: version 5, namespace DNS, is of another namespace; this one is by Python's uuid5.
        assert_eq!(urn("http://www.example.com/"), "urn:uuid:fcde3c85-2270-590f-9e7c-ee003d65e0e2");
        assert_ne!(urn("/m/a"), urn("/m/b"));
    }

    #[test]
    fn summaries_end_between_words() {
        assert_eq!(cut("one two\n three", 7), "one two …");
        assert_eq!(cut("one two\n three", 13), "one two three");
        assert_eq!(cut(&"é".repeat(20), 7), "é".repeat(7));
    }
}
