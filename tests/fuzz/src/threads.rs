//! Threads: each message once, no circles, and the same answer in whatever order messages came.

use plenary_index::threads::{Drawn, Leaf, Member, draw, group};

/// Most messages of a graph.
const MOST: usize = 500;
/// Keys that messages name one another by: few, so that they meet.
const KEYS: u64 = 600;

/// A message of a graph.
#[derive(Debug, Clone)]
struct Made {
    key: u64,
    date: Option<i64>,
    references: Vec<u64>,
    subject: u64,
    is_reply: bool,
    lists: Vec<u32>,
}

/// A graph of messages that name one another: circles, themselves, missing ones. Six bytes make a message.
pub fn threads(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let messages: Vec<Made> = bytes.chunks_exact(6).take(MOST).enumerate().map(|(n, six)| made(n, six, seed)).collect();
    let (groups, lines) = (grouped(&messages), drawn(&messages));
    let mut backwards = messages.clone();
    backwards.reverse();
    let mut shuffled = messages;
    let mut state = u64::from(seed) + 1;
    for i in (1..shuffled.len()).rev() {
        // A step of xorshift: any order will do, and this one is the same tomorrow.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        shuffled.swap(i, (state % (i as u64 + 1)) as usize);
    }
    for other in [backwards, shuffled] {
        assert_eq!(grouped(&other), groups, "the order of arrival changes no thread");
        assert_eq!(drawn(&other), lines, "the order of arrival changes no drawing");
    }
}

fn made(n: usize, six: &[u8], seed: u8) -> Made {
    let near = |byte: u8| (n as u64 + u64::from(byte)).saturating_sub(u64::from(seed)) % KEYS;
    let references = [six[2], six[3]].into_iter().take(usize::from(six[0] & 3).min(2)).map(near).collect();
    Made {
        key: n as u64,
        date: (six[0] & 4 == 0).then_some(i64::from(six[1]) * 86_400),
        references,
        subject: u64::from(six[4] % 8),
        is_reply: six[0] & 8 != 0,
        lists: (0..3).filter(|list| six[5] >> list & 1 == 1).collect(),
    }
}

/// Each message with its thread, in the order of keys.
fn grouped(messages: &[Made]) -> Vec<(u64, u64, bool)> {
    let members: Vec<Member<'_>> = messages
        .iter()
        .map(|it| Member {
            key: it.key,
            date: it.date,
            references: &it.references,
            subject: it.subject,
            is_reply: it.is_reply,
            lists: &it.lists,
        })
        .collect();
    let joined = group(&members);
    assert_eq!(joined.len(), messages.len());
    for place in &joined {
        assert_eq!(joined[place.root].root, place.root, "the first of a thread is in it");
    }
    let mut groups: Vec<_> =
        messages.iter().zip(joined).map(|(it, at)| (it.key, messages[at.root].key, at.weak)).collect();
    groups.sort_unstable();
    groups
}

/// The lines of a drawing, by key: the message, its depth, the one above it.
fn drawn(messages: &[Made]) -> Vec<(Option<u64>, usize, Option<u64>)> {
    let leaves: Vec<Leaf<'_>> = messages
        .iter()
        .map(|it| Leaf {
            key: it.key,
            date: it.date.unwrap_or(i64::MAX),
            references: &it.references,
            weak: it.is_reply && it.references.is_empty(),
        })
        .collect();
    let lines = draw(&leaves);
    sound(&lines, messages.len());
    let key = |i: Option<usize>| i.map(|i| messages[i].key);
    lines.iter().map(|line| (key(line.message), line.depth, key(line.parent))).collect()
}

/// Each message once, below the one that it answers and one deeper, and after it.
fn sound(lines: &[Drawn], messages: usize) {
    let mut depths: Vec<Option<usize>> = vec![None; messages];
    let mut deepest = 0;
    for line in lines {
        assert!(line.depth <= deepest, "a line is at most one below the line before");
        deepest = line.depth + 1;
        let Some(i) = line.message else { continue };
        assert!(depths[i].is_none(), "a message is drawn once");
        depths[i] = Some(line.depth);
        if let Some(parent) = line.parent {
            assert_eq!(depths[parent].map(|depth| depth + 1), Some(line.depth), "it stands below what it answers");
        }
    }
    assert!(depths.iter().all(Option::is_some), "every message is drawn");
}
