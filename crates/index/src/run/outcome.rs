//! What a message turns out to be, given what the catalogue knows.

use std::cmp::Reverse;

use super::{report::Outcome, sighting::Sighting, spool::Spool};
use crate::{
    catalogue::{Catalogue, Copy, PlaceRecord, Traits},
    identity,
};

/// Enters one sighting into the catalogue and says what it was.
pub(super) fn take(catalogue: &mut Catalogue, spool: &mut Spool, dump: u32, sighting: &Sighting) -> Outcome {
    let place = PlaceRecord { dump, offset: sighting.offset, length: sighting.length };
    let seen = &sighting.seen;
    let since = catalogue.dumps[dump as usize].run;
    let author = catalogue.author(&seen.author);
    let traits = || Traits { author, ..seen.traits.clone() };
    let Catalogue { messages, authors, runs, .. } = catalogue;
    let copies = messages.entry(seen.id).or_default();
    if let Some(copy) = copies.iter_mut().find(|copy| copy.bytes == seen.bytes) {
        copy.places.push(place);
        // In a rebuild dumps are not read in the order in which they first came.
        if runs[since as usize] < runs[copy.since as usize] {
            copy.since = since;
        }
        // The same bytes may be framed otherwise elsewhere; the surest and richest reading stands, whichever came first.
        let surest = |traits: &Traits, reading| (traits.ambiguous, Reverse(traits.richness), traits.content, reading);
        if surest(&seen.traits, seen.reading) < surest(&copy.traits, copy.reading) {
            (copy.traits, copy.reading) = (traits(), seen.reading);
            spool.forget(&(seen.id, seen.bytes));
        }
        return Outcome::Known;
    }
    let before = if copies.is_empty() { Vec::new() } else { identity::messages(copies, authors) };
    let best_before: Vec<u128> = before.iter().map(|group| copies[group[0]].bytes).collect();
    copies.push(Copy { bytes: seen.bytes, reading: seen.reading, traits: traits(), places: vec![place], since });
    if copies.len() == 1 {
        return Outcome::New;
    }
    let after = identity::messages(copies, authors);
    let own = copies.len() - 1;
    if after.len() > before.len() {
        Outcome::Conflict
    } else if after.iter().any(|group| group[0] == own)
        && !best_before.contains(&seen.bytes)
        && richer(copies, &after, own)
    {
        Outcome::Richer
    } else {
        Outcome::Known
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
