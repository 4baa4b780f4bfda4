//! Taking back what only one run brought.

use std::collections::HashSet;

use super::Report;
use crate::{
    catalogue::Catalogue,
    ledger::{History, hex},
};

/// Brings the catalogue into line with the ledger. Dumps of runs that were taken back are left out, and with them the messages that no
/// other run brought; dumps of runs that were brought back are forgotten, so that they are read again. Gives whether
/// anything had to be done.
pub(super) fn apply(catalogue: &mut Catalogue, history: &History, report: &mut Report) -> bool {
    let undone: Vec<bool> = catalogue.runs.iter().map(|run| history.is_undone(run)).collect();
    let is_undone = |run: u32| undone.get(run as usize).copied().unwrap_or(false);
    let mut left_out = HashSet::new();
    let mut changed = false;
    for (number, dump) in catalogue.dumps.iter_mut().enumerate() {
        let now = is_undone(dump.run);
        changed |= now != dump.undone;
        if now {
            dump.undone = true;
            left_out.insert(number as u32);
        } else if dump.undone {
            dump.undone = false;
            dump.present = false;
        }
        if now && dump.present {
            report.left_out.push(dump.name.clone());
        }
    }
    if !changed {
        return false;
    }
    for copies in catalogue.messages.values_mut() {
        copies.retain_mut(|copy| {
            let elsewhere = copy.places.iter().any(|place| !left_out.contains(&place.dump));
            if elsewhere {
                copy.places.retain(|place| !left_out.contains(&place.dump));
            }
            // What an earlier run had brought stays, with its place as history.
            elsewhere || !is_undone(copy.since)
        });
    }
    let before = catalogue.messages.len();
    catalogue.messages.retain(|_, copies| !copies.is_empty());
    report.taken_back = (before - catalogue.messages.len()) as u64;
    true
}

/// Whether a dump in this state was first read by a run that was taken back.
pub(super) fn is_left_out(history: &History, name: &str, digest: &[u8; 32]) -> bool {
    history.first_run(&(name.to_owned(), hex(digest))).is_some_and(|run| history.is_undone(run))
}
