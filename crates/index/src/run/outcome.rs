//! What a message turns out to be, given what the catalogue knows.

use std::cmp::Reverse;

use super::{Error, report::Outcome, sighting::Sighting, spool::Spool};
use crate::{
    catalogue::{Catalogue, Copy, PlaceRecord, Traits},
    identity,
};

/// Enters one sighting into the catalogue and the spool, and says what it was.
pub(super) fn take(
    catalogue: &mut Catalogue,
    spool: &mut Spool,
    dump: u32,
    sighting: Sighting,
) -> Result<Outcome, Error> {
    let place = PlaceRecord { dump, offset: sighting.offset, length: sighting.length };
    let seen = &sighting.seen;
    let since = catalogue.dumps[dump as usize].run;
    let author = catalogue.author(&seen.author);
    let traits = || Traits { author, ..seen.traits.clone() };
    let Catalogue { messages, authors, .. } = catalogue;
    let copies = messages.entry(seen.id).or_default();
    if let Some(copy) = copies.iter_mut().find(|copy| copy.bytes == seen.bytes) {
        copy.places.push(place);
        // The same bytes may be framed otherwise elsewhere; the surest and richest reading stands, whichever came first.
        let surest = |traits: &Traits, reading| (traits.ambiguous, Reverse(traits.richness), traits.content, reading);
        if surest(&seen.traits, seen.reading) < surest(&copy.traits, copy.reading) {
            (copy.traits, copy.reading) = (traits(), seen.reading);
            spool.forget(&(seen.id, seen.bytes));
        }
        return Ok(Outcome::Known);
    }
    spool.keep((seen.id, seen.bytes), &sighting.packed)?;
    let before = if copies.is_empty() { Vec::new() } else { identity::messages(copies, authors) };
    let best_before: Vec<u128> = before.iter().map(|group| copies[group[0]].bytes).collect();
    // One copy is the rule; the room for four that a vector takes at once would be most of the catalogue.
    if copies.is_empty() {
        copies.reserve_exact(1);
    }
    copies.push(Copy { bytes: seen.bytes, reading: seen.reading, traits: traits(), places: vec![place], since });
    if copies.len() == 1 {
        return Ok(Outcome::New);
    }
    let after = identity::messages(copies, authors);
    let own = copies.len() - 1;
    Ok(if after.len() > before.len() {
        Outcome::Conflict
    } else if after.iter().any(|group| group[0] == own)
        && !best_before.contains(&seen.bytes)
        && richer(copies, &after, own)
    {
        Outcome::Richer
    } else {
        Outcome::Known
    })
}

/// Which messages a dump has touched, in case it has to be taken out again.
#[derive(Default)]
pub(super) struct Touched {
    ids: Vec<[u8; 20]>,
    too_many: bool,
}

/// Most messages noted; of a dump with more, all the catalogue is gone through, should it ever have to be taken out.
const NOTED: usize = 100_000;

impl Touched {
    pub(super) fn note(&mut self, id: [u8; 20]) {
        self.too_many |= self.ids.len() == NOTED;
        if self.too_many {
            self.ids = Vec::new();
        } else {
            self.ids.push(id);
        }
    }

    /// Takes a dump's places from an offset on out, and the copies that were nowhere else.
    pub(super) fn take_out(&self, catalogue: &mut Catalogue, dump: u32, from: u64) {
        let without = |copies: &mut Vec<Copy>| {
            copies.iter_mut().for_each(|copy| copy.places.retain(|place| place.dump != dump || place.offset < from));
            copies.retain(|copy| !copy.places.is_empty());
            !copies.is_empty()
        };
        if self.too_many {
            catalogue.messages.retain(|_, copies| without(copies));
            return;
        }
        for id in &self.ids {
            if catalogue.messages.get_mut(id).is_some_and(|copies| !without(copies)) {
                catalogue.messages.remove(id);
            }
        }
    }
}

/// In a rebuild dumps are not read in the order in which they first came: the run that brought a message is the first of those that
/// brought its dumps.
pub(super) fn date_back(catalogue: &mut Catalogue) {
    let Catalogue { messages, dumps, runs, .. } = catalogue;
    for copy in messages.values_mut().flatten() {
        let brought = copy.places.iter().map(|place| dumps[place.dump as usize].run);
        copy.since = brought.min_by_key(|&run| &runs[run as usize]).unwrap_or(copy.since);
    }
}

/// Whether the copy truly holds more than the others of its message, and was not chosen merely to break a tie.
fn richer(copies: &[Copy], groups: &[Vec<usize>], own: usize) -> bool {
    let others = groups.iter().find(|group| group[0] == own).into_iter().flatten().filter(|&&i| i != own);
    others.map(|&i| copies[i].traits.richness).max().is_some_and(|best| copies[own].traits.richness > best)
}

/// A file that was replaced by a newer one of the same name: what is in both is in the new one; what is only in the old one
/// keeps its old place, so that it keeps its list and can be listed as vanished.
pub(super) fn forget_old_places(catalogue: &mut Catalogue, number: u32) {
    let name = &catalogue.dumps[number as usize].name;
    let old: Vec<u32> = (0..number).filter(|&other| catalogue.dumps[other as usize].name == *name).collect();
    if old.is_empty() {
        return;
    }
    for copies in catalogue.messages.values_mut() {
        for copy in copies {
            if copy.places.iter().any(|place| place.dump == number) {
                copy.places.retain(|place| !old.contains(&place.dump));
            }
        }
    }
}
