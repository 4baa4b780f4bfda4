//! Dumps that are no longer there, and what only they held.

use std::collections::{BTreeSet, HashSet};

use plenary_ingest::source::Dump;

use crate::{
    catalogue::{Catalogue, Copy},
    identity,
};

/// What is only in dumps that are gone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OnlyThere {
    /// How many messages.
    pub(crate) messages: u64,
    /// The dumps that held them: indices into [`Catalogue::dumps`].
    pub(crate) dumps: BTreeSet<u32>,
}

/// Dumps that are no longer there: what is only in them is kept, with its bytes from the index.
/// Gives how many there are.
pub(super) fn mark_gone(catalogue: &mut Catalogue, dumps: &[Dump]) -> usize {
    let there: HashSet<&str> = dumps.iter().map(|dump| dump.name.as_str()).collect();
    let mut gone = HashSet::new();
    for record in &mut catalogue.dumps {
        if !there.contains(record.name.as_str()) {
            record.present = false;
            gone.insert(record.name.as_str());
        }
    }
    gone.len()
}

/// Messages of which no copy lies in a dump that is there; those with these ids are elsewhere.
pub(crate) fn only_in_gone(catalogue: &Catalogue, elsewhere: &HashSet<[u8; 20]>) -> OnlyThere {
    let gone = |copy: &Copy| copy.places.iter().all(|place| !catalogue.dumps[place.dump as usize].present);
    let mut only_there = OnlyThere::default();
    for (id, copies) in &catalogue.messages {
        if elsewhere.contains(id) || !copies.iter().any(gone) {
            continue;
        }
        let groups = identity::messages(copies, &catalogue.authors);
        for group in groups.iter().filter(|group| group.iter().all(|&copy| gone(&copies[copy]))) {
            only_there.messages += 1;
            let places = group.iter().flat_map(|&copy| &copies[copy].places);
            only_there.dumps.extend(places.map(|place| place.dump));
        }
    }
    only_there
}
