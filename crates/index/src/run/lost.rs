//! Messages of which nobody has the bytes any more: the dumps that had them are gone, and the index holds another copy, or none,
//! because they were taken down or a richer copy came.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use plenary_ingest::source::{self, Dump};

use super::{Settings, Watch, entered, gone::OnlyThere, run};
use crate::{
    Error,
    catalogue::{Catalogue, Copy, DumpRecord},
    ledger::removals::Removals,
};

/// Takes out of the catalogue what would be shown and cannot be: of each message the copies that are better than the best one at hand.
/// What is taken down stays, for it must be known when it comes again.
pub(super) fn forget(catalogue: &mut Catalogue, removals: &Removals) {
    let is_gone = |copy: &Copy| !catalogue.is_in_a_dump(copy);
    let doubtful = catalogue.messages.iter().filter(|(_, copies)| copies.iter().any(is_gone));
    let doubtful: HashSet<[u8; 20]> = doubtful.map(|(id, _)| *id).collect();
    let held = catalogue.held(|id| doubtful.contains(id));
    for id in doubtful {
        // Without one of them the others may no longer be one message, and another copy is the best.
        while let Some(copies) = catalogue.messages.get(&id) {
            let is_at_hand =
                |&copy: &usize| held.contains_key(&(id, copies[copy].bytes)) || catalogue.is_in_a_dump(&copies[copy]);
            let served = removals.served(catalogue, &id);
            let lost: HashSet<usize> = served
                .iter()
                .flat_map(|(group, _)| group.iter().copied().take_while(|copy| !is_at_hand(copy)))
                .collect();
            if lost.is_empty() {
                break;
            }
            let left = copies.iter().enumerate().filter(|(copy, _)| !lost.contains(copy));
            let left: Vec<Copy> = left.map(|(_, copy)| copy.clone()).collect();
            match left.is_empty() {
                true => catalogue.messages.remove(&id),
                false => catalogue.messages.insert(id, left),
            };
        }
    }
}

/// What a decision would lose: messages that would be served after it and that neither the index holds nor a dump as it is now.
/// Only messages with these ids are looked at.
fn look(
    catalogue: &Catalogue,
    removals: &Removals,
    dumps: &[Dump],
    is_looked_at: impl Fn(&[u8; 20]) -> bool,
) -> OnlyThere {
    let mut there =
        There { dumps: dumps.iter().map(|dump| (dump.name.as_str(), dump)).collect(), known: HashMap::new() };
    let held = catalogue.held(&is_looked_at);
    let mut lost = OnlyThere::default();
    for (id, copies) in catalogue.messages.iter().filter(|(id, _)| is_looked_at(id)) {
        for (group, _) in removals.served(catalogue, id) {
            if group.iter().any(|&copy| held.contains_key(&(*id, copies[copy].bytes))) {
                continue;
            }
            let places: Vec<u32> =
                group.iter().flat_map(|&copy| &copies[copy].places).map(|place| place.dump).collect();
            if !places.iter().any(|&dump| there.has(catalogue, dump)) {
                lost.messages += 1;
                lost.dumps.extend(places);
            }
        }
    }
    lost
}

/// An error where a decision would lose messages, with the dumps that would have to be put back.
pub(super) fn check(
    catalogue: &Catalogue,
    removals: &Removals,
    dumps: &[Dump],
    is_looked_at: impl Fn(&[u8; 20]) -> bool,
) -> Result<(), Error> {
    let lost = look(catalogue, removals, dumps, is_looked_at);
    if lost.messages == 0 {
        return Ok(());
    }
    let mut names: Vec<String> =
        lost.dumps.iter().map(|&dump| format!("`{}`", catalogue.dumps[dump as usize].name)).collect();
    names.sort();
    names.dedup();
    Err(Error::Nowhere { messages: lost.messages, dumps: names.join(", ") })
}

/// Checks a decision; where messages seem to be lost, once more after what is new was read: the last run may have written them into a
/// dump that only the next one would read.
pub(super) fn check_twice(
    settings: &Settings,
    watch: &Watch<'_>,
    index: &Path,
    check: impl Fn() -> Result<(), Error>,
) -> Result<(), Error> {
    match check() {
        Err(Error::Nowhere { .. }) => {}
        checked => return checked,
    }
    entered(settings, index, run(settings, watch, index, Catalogue::default()))?;
    check()
}

/// Which dumps lie on the disk as they were when they were read.
struct There<'a> {
    dumps: HashMap<&'a str, &'a Dump>,
    known: HashMap<u32, bool>,
}

impl There<'_> {
    fn has(&mut self, catalogue: &Catalogue, number: u32) -> bool {
        let record = &catalogue.dumps[number as usize];
        *self
            .known
            .entry(number)
            .or_insert_with(|| self.dumps.get(record.name.as_str()).is_some_and(|it| is(it, record)))
    }
}

fn is(dump: &Dump, record: &DumpRecord) -> bool {
    let looks_same = record.present && !record.racy && dump.size == record.size && dump.modified == record.modified;
    looks_same || source::digest(&dump.path).is_ok_and(|digest| digest == record.digest)
}
