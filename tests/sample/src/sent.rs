//! A letter on its way: it has an id, a place in a thread, a subject as the list shows it, and a body.

use std::sync::Arc;

use crate::{
    body::{self, Body},
    calendar::Moment,
    letter::{Flaw, Letter, Mime},
    people::Person,
    random::Random,
};

/// Ids kept in References; mail programs cut longer rows, too.
const REFERENCES: usize = 10;

/// A letter that has been sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) key: String,
    pub(crate) lists: Vec<String>,
    pub(crate) from: Arc<Person>,
    pub(crate) moment: Moment,
    /// With angle brackets; empty for a message without one.
    pub(crate) id: String,
    /// Ids of the ancestors, oldest first; the last is the parent's.
    pub(crate) references: Vec<String>,
    /// With the list's prefix and `Re:`.
    pub(crate) subject: String,
    /// Without either.
    pub(crate) topic: String,
    pub(crate) mime: Mime,
    pub(crate) flaw: Flaw,
    pub(crate) body: Body,
}

impl Sent {
    /// Sends a letter. The seconds of its date and the form of its id come from its key.
    pub(crate) fn new(letter: &Letter, from: &Arc<Person>, parent: Option<&Sent>, seed: u64) -> Sent {
        let mut random = Random::named(seed, &letter.key);
        let moment = letter.moment.unwrap_or_default();
        let moment = Moment { seconds: moment.seconds + random.between(1, 58), ..moment };
        let made = message_id(&mut random, from, moment);
        let mut references = parent.map(|parent| parent.references.clone()).unwrap_or_default();
        references.extend(parent.map(|parent| parent.id.clone()).filter(|id| !id.is_empty()));
        match letter.flaw {
            Flaw::LostParent => references = vec![format!("<lost.{:08x}@mail.example.net>", random.next() >> 32)],
            Flaw::Digest => references.clear(),
            _ => {}
        }
        if references.len() > REFERENCES {
            references.drain(1..references.len() - REFERENCES + 1);
        }
        let topic = match parent {
            Some(parent) if letter.subject.is_empty() => parent.topic.clone(),
            _ => letter.subject.clone(),
        };
        let prefix = letter.lists.first().map(|list| prefix(list)).unwrap_or_default();
        let is_reply = parent.is_some() || letter.flaw == Flaw::LostParent;
        let subject = if is_reply { format!("Re: {prefix} {topic}") } else { format!("{prefix} {topic}") };
        Sent {
            key: letter.key.clone(),
            lists: letter.lists.clone(),
            from: Arc::clone(from),
            moment,
            id: if letter.flaw == Flaw::NoId { String::new() } else { made },
            references,
            subject,
            topic,
            mime: letter.mime.clone(),
            flaw: letter.flaw,
            body: body::write(letter, from, parent),
        }
    }

    /// The subject as this list's dump has it: a cross-post carries the prefixes of both lists in the first's.
    pub(crate) fn subject_on(&self, list: &str) -> String {
        match self.lists.as_slice() {
            [first, second, ..] if first == list => format!("{} {} {}", prefix(first), prefix(second), self.topic),
            [_, second, ..] if second == list => format!("{} {}", prefix(second), self.topic),
            _ => self.subject.clone(),
        }
    }

    pub(crate) fn date_header(&self) -> String {
        match self.flaw {
            Flaw::BadDate => "Thu, 31 Feb 2016 25:61:07 -1600".to_string(),
            _ => self.moment.rfc5322(),
        }
    }
}

/// What Mailman puts before a subject: `[Bp_ipv6]`.
fn prefix(list: &str) -> String {
    format!("[{}]", body::capital(list))
}

fn message_id(random: &mut Random, from: &Person, moment: Moment) -> String {
    let host = from.address.split('@').nth(1).unwrap_or("example.org");
    let c = moment.clock();
    let (a, b) = (random.next(), random.next());
    // The forms that common mail programs of the time gave their ids.
    match from.key.len() % 4 {
        0 => format!("<{:08X}.{:07}@{host}>", moment.seconds, b % 10_000_000),
        1 => format!("<CA+{a:016x}{:08x}=w@mail.example.com>", b >> 32),
        2 => format!("<{}{:02}{:02}{:02}{:02}.{:x}@{host}>", c.year, c.month, c.day, c.hour, c.minute, a >> 16),
        _ => format!("<{:012x}${:08x}$@{host}>", a >> 16, b >> 32),
    }
}
