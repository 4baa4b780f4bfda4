//! The sample that is shipped: letters and topics, laid into dumps as real lists have them.

use std::{collections::BTreeMap, io::Write as _, sync::Arc};

use flate2::{Compression, GzBuilder};

use crate::{
    calendar::{Clock, month_name},
    letter::Letter,
    people::{Person, cast},
    pipermail,
    random::Random,
    raw,
    sent::Sent,
    topics::{self, Scene, Topic},
};

/// Changing it gives every generated thread other people, dates and frames.
const SEED: u64 = 2015;

const LETTERS: [&str; 4] = [
    include_str!("../text/letters-networks.txt"),
    include_str!("../text/letters-people.txt"),
    include_str!("../text/letters-security.txt"),
    include_str!("../text/letters-oddities.txt"),
];

/// The dumps of the sample: path under `data/lists`, and bytes.
///
/// # Panics
///
/// When a text of this crate cannot be read: it names the letter, and the tests would not pass.
#[must_use]
pub fn shipped() -> Vec<(String, Vec<u8>)> {
    let mut dumps: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for sent in messages() {
        for list in &sent.lists {
            for (path, form) in places(list, &sent) {
                let out = dumps.entry(path).or_default();
                match form {
                    Form::Pipermail => pipermail::write(out, &sent, list),
                    Form::Raw => raw::write(out, &sent, list),
                }
            }
        }
    }
    dumps
        .into_iter()
        .map(|(path, bytes)| if path.ends_with(".gz") { (path, gzip(&bytes)) } else { (path, bytes) })
        .collect()
}

/// How many messages a reader of [`shipped`] must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Messages in all dumps, copies counted.
    pub read: usize,
    /// Different messages; `read` less these is what a first run calls known, or richer.
    pub distinct: usize,
}

/// What is in [`shipped`].
#[must_use]
pub fn tally() -> Tally {
    let messages = messages();
    let read = messages.iter().flat_map(|sent| sent.lists.iter().map(|list| places(list, sent).len())).sum();
    Tally { read, distinct: messages.len() }
}

/// All messages, in order of their dates, which is also an order in which parents come first.
#[allow(clippy::expect_used, reason = "the texts are part of the program, and every test reads them")]
pub(crate) fn messages() -> Vec<Sent> {
    let people: Vec<Arc<Person>> = cast().into_iter().map(Arc::new).collect();
    let mut letters: Vec<Letter> =
        LETTERS.iter().flat_map(|text| Letter::parse_all(text).expect("letters of the sample can be read")).collect();
    let topics = Topic::parse_all(include_str!("../text/topics.txt")).expect("topics of the sample can be read");
    for (number, topic) in topics.iter().enumerate() {
        let key = format!("topic-{number}");
        let mut random = Random::named(SEED, &key);
        let scene = Scene { key: &key, number, list: "", start: topic.start, people: &people, with_names: false };
        letters.extend(topics::thread(topic, &scene, &mut random));
    }
    letters.sort_by_key(|letter| letter.moment);
    let mut sent: BTreeMap<String, Sent> = BTreeMap::new();
    let mut order = Vec::new();
    for letter in letters {
        let from = people.iter().find(|person| person.key == letter.from);
        let from = from.ok_or(format!("{}: nobody is called {}", letter.key, letter.from)).expect("a writer");
        let parent = letter.parent.as_ref().map(|key| sent.get(key).ok_or(format!("{}: no {key}", letter.key)));
        let parent = parent.transpose().expect("a parent that was sent before");
        let message = Sent::new(&letter, from, parent, SEED);
        order.push(letter.key.clone());
        let twice = sent.insert(letter.key.clone(), message);
        assert!(twice.is_none(), "two letters are called {}", letter.key);
    }
    order.iter().filter_map(|key| sent.remove(key)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Pipermail,
    Raw,
}

/// The dumps of a list that hold a message. July 2016 of the IPv6 list is there twice: in the mailbox of the year, and as a month.
fn places(list: &str, sent: &Sent) -> Vec<(String, Form)> {
    let Clock { year, month, .. } = sent.moment.at_archive().clock();
    let month_text = |end: &str| (format!("{list}/{year}-{}.txt{end}", month_name(month)), Form::Pipermail);
    let mailbox = |name: &str| (format!("{list}/{name}.mbox"), Form::Raw);
    match (list, year) {
        ("bp_ipv6", 2016) if month == 7 => vec![mailbox("2016"), month_text("")],
        ("bp_ipv6" | "bp_gender", 2016) => vec![mailbox("2016")],
        ("bp_certs", 2015) => vec![mailbox("2015")],
        ("bp_cybersec_2016", _) => vec![mailbox("bp_cybersec_2016")],
        ("bp_ipv6", _) if month % 2 == 0 => vec![month_text(".gz")],
        ("bp_ixps" | "bp_spam", 2015) => vec![month_text(".gz")],
        _ => vec![month_text("")],
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    // No name and no time inside: the same text gives the same file.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::letter::{Block, Flaw, Mime};

    #[test]
    fn every_quotation_is_of_a_paragraph_that_is_there() {
        let letters: Vec<Letter> = LETTERS.iter().flat_map(|text| Letter::parse_all(text).unwrap()).collect();
        let messages = messages();
        for letter in &letters {
            for block in &letter.blocks {
                let Block::Quote(number) = block else { continue };
                let parent = messages.iter().find(|sent| Some(&sent.key) == letter.parent.as_ref()).unwrap();
                assert!(
                    (1..=parent.body.paragraphs.len()).contains(number),
                    "{} quotes paragraph {number}",
                    letter.key
                );
            }
        }
    }

    #[test]
    fn no_two_bodies_are_equal_and_neither_are_two_points() {
        let messages = messages();
        let bodies: BTreeSet<&str> = messages.iter().map(|sent| sent.body.text.as_str()).collect();
        assert_eq!(bodies.len(), messages.len());
        let mut long = BTreeSet::new();
        for paragraph in messages.iter().flat_map(|sent| &sent.body.paragraphs).filter(|text| text.len() > 120) {
            assert!(long.insert(paragraph), "twice: {paragraph}");
        }
    }

    #[test]
    fn every_charset_can_say_what_it_has_to() {
        for sent in messages() {
            let charset = match sent.mime {
                Mime::Quoted(charset)
                | Mime::Base64(charset)
                | Mime::EightBit(charset)
                | Mime::Mislabelled(_, charset) => charset,
                _ => continue,
            };
            for text in [&sent.body.text, &sent.subject, &sent.from.name] {
                let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
                assert!(!encoding.encode(text).2, "{}: not in {charset}: {text}", sent.key);
            }
        }
    }

    #[test]
    fn every_oddity_is_there() {
        let messages = messages();
        for flaw in [Flaw::NoId, Flaw::BadDate, Flaw::LostParent, Flaw::Digest] {
            assert_eq!(messages.iter().filter(|sent| sent.flaw == flaw).count(), 1, "{flaw:?}");
        }
        assert_eq!(messages.iter().filter(|sent| sent.lists.len() == 2).count(), 1);
        assert_eq!(messages.iter().filter(|sent| sent.mime == Mime::Html).count(), 1);
    }

    #[test]
    fn an_id_is_of_one_message() {
        let messages = messages();
        let ids: BTreeSet<&str> = messages.iter().map(|sent| sent.id.as_str()).collect();
        assert_eq!(ids.len(), messages.len());
    }

    #[test]
    fn the_tally_is_of_a_size_that_can_be_shipped() {
        let Tally { read, distinct } = tally();
        assert!((180..=260).contains(&read), "{read}");
        assert!(distinct < read, "{distinct}");
    }
}
