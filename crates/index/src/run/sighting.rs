//! What the first pass finds out about each message.

use std::sync::{Arc, Mutex, PoisonError};

use plenary_ingest::{
    Address, Problem, Raw, digest,
    parse::{self, trial},
};

use super::{Settings, spool};
use crate::{
    attached,
    catalogue::{Map, Reading, Traits},
    identity,
};

/// A message seen at a place.
pub(super) struct Sighting {
    pub(super) seen: Arc<Seen>,
    pub(super) offset: u64,
    pub(super) length: u32,
    /// The message ready to be written; nothing where an equal one was met just before.
    pub(super) packed: Vec<u8>,
}

/// What is found out about a message from its bytes.
pub(super) struct Seen {
    pub(super) id: [u8; 20],
    pub(super) bytes: u128,
    pub(super) reading: Reading,
    pub(super) author: Address,
    /// The author's number in them is given when results are gathered, in order.
    pub(super) traits: Traits,
    pub(super) problems: Vec<Problem>,
}

/// Messages met lately, by their bytes and how these are read. Archives hold many a message twice, mostly not far from each
/// other; the second one need not be understood again.
#[derive(Default)]
pub(super) struct Memory(Mutex<Map<(u128, Reading), Arc<Seen>>>);

/// How many messages are remembered; then all are forgotten at once, and remembering begins anew.
const REMEMBERED: usize = 50_000;

impl Memory {
    fn recall(&self, bytes: u128, reading: Reading) -> Option<Arc<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(bytes, reading)).cloned()
    }

    fn learn(&self, seen: &Arc<Seen>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert((seen.bytes, seen.reading), Arc::clone(seen));
    }
}

/// Why a message was not read, and the message.
pub(super) struct Lost {
    pub(super) raw: Raw,
    pub(super) reason: String,
}

/// What a message gives: itself, and where it is a digest, the messages enclosed in it.
pub(super) fn sight(raw: &Raw, settings: &Settings, latest: i64, memory: &Memory) -> Vec<Result<Sighting, Lost>> {
    let (own, digest) = match survived(raw, settings, latest) {
        Ok(()) => sight_one(raw, settings, latest, Some(memory)),
        Err(lost) => return vec![Err(lost)],
    };
    let mut all = vec![Ok(own)];
    if digest {
        all.extend(parse::enclosed(raw).iter().map(|inner| {
            // As part of the digest it was mere text; its own parts are another matter.
            survived(inner, settings, latest).map(|()| sight_one(inner, settings, latest, None).0)
        }));
    }
    all
}

/// Whether the message may be read here: most may at once, the others if a worker came through with them.
fn survived(raw: &Raw, settings: &Settings, latest: i64) -> Result<(), Lost> {
    match settings.workers.as_deref().filter(|_| trial::is_due(raw)) {
        Some(workers) => trial::try_out(raw, latest, workers).map_err(|failure| {
            let reason = format!("the message could not be read: {failure}");
            Lost { raw: raw.clone(), reason }
        }),
        None => Ok(()),
    }
}

/// What one message gives, found out or remembered, and whether it may be a digest.
fn sight_one(raw: &Raw, settings: &Settings, latest: i64, memory: Option<&Memory>) -> (Sighting, bool) {
    let (bytes, reading) = (digest::of_bytes(&raw.bytes), Reading::of(raw));
    let (offset, length) = (raw.offset, raw.bytes.len() as u32);
    if let Some(seen) = memory.and_then(|memory| memory.recall(bytes, reading)) {
        return (Sighting { seen, offset, length, packed: Vec::new() }, false);
    }
    let mut message = parse::parse(raw, latest);
    // In a dry run, too: its report is that of the real one.
    let attached = attached::read(raw, &mut message, settings);
    let packed = match settings.dry_run {
        true => Vec::new(),
        false => spool::pack(raw, &message, attached, &settings.rules, latest),
    };
    let traits = identity::traits(&message, raw, 0);
    let digest = parse::names_digest(&message.subject);
    let seen = Seen { id: message.id.0, bytes, reading, author: message.author, traits, problems: message.problems };
    let seen = Arc::new(seen);
    // A digest is taken apart every time, so that what it encloses has a place there too.
    if let Some(memory) = memory.filter(|_| !digest) {
        memory.learn(&seen);
    }
    (Sighting { seen, offset, length, packed }, digest)
}
