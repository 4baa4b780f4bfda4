//! Messages that a broken address may have meant: cut off, with the punctuation of a sentence behind it, or in other case.

use plenary_ingest::Id;

use crate::{Archive, Card, Error, archive::Snapshot, catalogue::DocumentKey};

/// Letters of an id: base32 of twenty bytes.
const ID_LETTERS: usize = 32;
/// Shortest beginning of an id that is looked for: six letters name one in a thousand million.
const LEAST_LETTERS: usize = 6;
/// Longest text looked at; an id and a Message-ID are shorter.
const MAX_ASKED: usize = 998;

impl Archive {
    /// At most `most` messages that a broken id or Message-ID may have meant.
    pub fn similar(&self, asked: &str, most: usize) -> Result<Vec<Card>, Error> {
        if asked.len() > MAX_ASKED || most == 0 {
            return Ok(Vec::new());
        }
        let snapshot = self.snapshot();
        let mut cards: Vec<Card> = Vec::new();
        for id in message_ids(asked) {
            if let Some(address) = self.find(&snapshot, &id)? {
                cards.push(self.card_at(&snapshot, address)?);
                return Ok(cards);
            }
        }
        let Some(letters) = beginning(asked) else { return Ok(cards) };
        for key in self.beginning_with(&snapshot, &letters, most)? {
            if let Some(address) = self.document(&snapshot, &key)? {
                cards.push(self.card_at(&snapshot, address)?);
            }
        }
        Ok(cards)
    }

    /// Documents whose ids begin with these letters.
    fn beginning_with(&self, snapshot: &Snapshot, letters: &str, most: usize) -> Result<Vec<DocumentKey>, Error> {
        let failed = |error| Error::engine("looking up ids", error);
        let Some((from, to)) = bounds(letters) else { return Ok(Vec::new()) };
        let mut keys = Vec::new();
        for reader in snapshot.searcher.segment_readers() {
            let inverted = reader.inverted_index(self.fields().id).map_err(failed)?;
            let range = inverted.terms().range().ge(from).lt([&to[..], &[0xFF; 8]].concat());
            let mut terms = range.into_stream().map_err(|error| failed(error.into()))?;
            while keys.len() < most && terms.advance() {
                keys.extend(named(terms.key()).filter(|key| key.name().starts_with(letters)));
            }
        }
        keys.sort();
        keys.dedup();
        keys.truncate(most);
        Ok(keys)
    }
}

/// What a text may mean as a Message-ID, without what a sentence or a mail program may have put around it.
fn message_ids(asked: &str) -> Vec<String> {
    let bare = asked.trim().trim_start_matches(['<', '(', '"', '\'']);
    let bare = bare.trim_end_matches(['>', ')', '"', '\'', '.', ',', ';', ':', '/']);
    let bare = bare.strip_suffix(".html").unwrap_or(bare);
    let bare = bare.replacen(" at ", "@", usize::from(!bare.contains('@')));
    let Some((local, host)) = bare.split_once('@') else { return Vec::new() };
    let mut out = vec![bare.clone(), format!("{local}@{}", host.to_ascii_lowercase()), bare.to_ascii_lowercase()];
    // A form turns a plus sign into a blank, and the other way round.
    out.push(bare.replace(' ', "+"));
    out.dedup();
    out
}

/// The beginning of an id, if a text may be one: cut off, or with more behind it.
fn beginning(asked: &str) -> Option<String> {
    let letters = |c: &char| matches!(c, 'a'..='z' | '2'..='7');
    let found: String = asked.trim().to_ascii_lowercase().chars().take_while(letters).take(ID_LETTERS).collect();
    (found.len() >= LEAST_LETTERS && !asked.contains('@')).then_some(found)
}

/// The first and the last id that begin with these letters.
fn bounds(letters: &str) -> Option<([u8; 20], [u8; 20])> {
    let filled = |with: char| {
        let rest = std::iter::repeat_n(with, ID_LETTERS.saturating_sub(letters.len()));
        Id::parse(&letters.chars().chain(rest).collect::<String>()).map(|id| id.0)
    };
    Some((filled('a')?, filled('7')?))
}

/// The document that the engine knows by these bytes.
fn named(bytes: &[u8]) -> Option<DocumentKey> {
    let (id, number) = bytes.split_at_checked(20)?;
    let number = if number.is_empty() { 1 } else { u32::from_be_bytes(number.try_into().ok()?) };
    Some(DocumentKey { id: id.try_into().ok()?, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sentence_leaves_around_a_message_id_is_taken_off() {
        assert_eq!(message_ids("<1.2@Example.org>.")[..2], ["1.2@Example.org", "1.2@example.org"]);
        assert_eq!(message_ids("1.2 at example.org,")[0], "1.2@example.org");
        assert_eq!(message_ids("no id"), [""; 0]);
    }

    #[test]
    fn beginnings_of_ids_are_six_letters_or_more() {
        assert_eq!(beginning("ABCDEF"), Some("abcdef".into()));
        assert_eq!(beginning("abcde"), None);
        assert_eq!(beginning(&format!("{}).", "a".repeat(32))), Some("a".repeat(32)));
        assert_eq!(beginning("abcdefgh@example.org"), None);
        let (from, to) = bounds("abcdef").unwrap();
        assert!(from < to);
        assert!(Id(from).to_string().starts_with("abcdef") && Id(to).to_string().starts_with("abcdef"));
        assert_eq!(named(&DocumentKey { id: from, number: 3 }.bytes()), Some(DocumentKey { id: from, number: 3 }));
    }
}
