//! Messages of an earlier dump that a newer one of the same name or months does not have. They are kept, and said.

use std::{
    cell::LazyCell,
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    io::Write,
    path::Path,
};

use plenary_ingest::mbox;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    catalogue::{Catalogue, Copy, DocumentKey, create_folder, sync_folder},
    ledger::removals::Removals,
    store::Store,
};

/// A message that an earlier dump has and a newer one has not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Vanished {
    /// The list.
    pub list: String,
    /// The earlier dump.
    pub dump: String,
    /// The newer dump; the same name where the file was replaced.
    pub newer: String,
    /// The message's id in addresses.
    pub id: String,
    /// The day of the message, `2016-06-02`.
    pub date: Option<String>,
}

/// What a run found missing.
#[derive(Default)]
pub(super) struct Missing {
    /// All that newer dumps lack, sorted.
    pub(super) listed: Vec<Vanished>,
    /// Those that no dump on the disk holds any more, by list: only the index does.
    homeless: BTreeMap<String, Vec<DocumentKey>>,
}

/// Looks for what dumps read in this run do not have. `fresh` are the numbers of their records.
pub(super) fn look(catalogue: &Catalogue, fresh: &HashSet<u32>, removals: &Removals) -> Missing {
    let newer = newer(catalogue, fresh);
    if newer.is_empty() {
        return Missing::default();
    }
    let mut missing = Missing::default();
    let held = LazyCell::new(|| catalogue.held(|_| true));
    for (id, copies) in &catalogue.messages {
        let touched = |copy: &Copy| copy.places.iter().any(|place| newer.contains_key(&place.dump));
        if !copies.iter().any(touched) {
            continue;
        }
        for (group, number) in removals.served(catalogue, id) {
            let places: Vec<u32> = group.iter().flat_map(|&i| &copies[i].places).map(|place| place.dump).collect();
            let Some((&dump, &instead)) = places
                .iter()
                .filter_map(|dump| newer.get_key_value(dump))
                .find(|(_, instead)| !places.contains(instead))
            else {
                continue;
            };
            let (old, new) = (&catalogue.dumps[dump as usize], &catalogue.dumps[instead as usize]);
            let key = DocumentKey { id: *id, number };
            let date = group.iter().filter_map(|&i| copies[i].traits.date).min();
            missing.listed.push(Vanished {
                list: old.list.clone(),
                dump: old.name.clone(),
                newer: new.name.clone(),
                id: key.name(),
                date: date.and_then(super::report::day),
            });
            if places.iter().all(|&place| !catalogue.dumps[place as usize].present) {
                // The index holds it under the number it had before this run, which may be another one now.
                let held = group.iter().find_map(|&i| held.get(&(*id, copies[i].bytes)));
                missing.homeless.entry(old.list.clone()).or_default().extend(held);
            }
        }
    }
    missing.listed.sort();
    missing
}

/// For each dump that a dump read in this run takes the place of, that one: a replaced file of the same name, or a file that is
/// called after the same months.
fn newer(catalogue: &Catalogue, fresh: &HashSet<u32>) -> HashMap<u32, u32> {
    let mut by_period: HashMap<(&str, String), u32> = HashMap::new();
    for &number in fresh {
        let dump = &catalogue.dumps[number as usize];
        by_period.insert((&dump.list, period(&dump.name)), number);
    }
    let numbers = 0..catalogue.dumps.len() as u32;
    let instead = |number: u32| {
        let dump = &catalogue.dumps[number as usize];
        by_period.get(&(dump.list.as_str(), period(&dump.name))).map(|&newer| (number, newer))
    };
    numbers.filter(|number| !fresh.contains(number)).filter_map(instead).collect()
}

/// What a dump is called without packing and number: `l/2016-July.txt.gz` and `l/2016-July-2.mbox` are both `l/2016-July`.
fn period(name: &str) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let stem = file.split('.').next().unwrap_or(file);
    let stem = match stem.rsplit_once('-') {
        // A copy of a file that was there already gets one digit; a month has two, or a name.
        Some((before, number)) if number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()) => before,
        _ => stem,
    };
    format!("{folder}/{stem}")
}

impl Missing {
    /// Adds what this run takes down and no dump holds: the index is about to let it go, and nobody could bring it back.
    pub(super) fn add_taken_down(&mut self, catalogue: &Catalogue, removals: &Removals) {
        for (key, copy) in removals.held(catalogue) {
            let Some(copy) = copy.filter(|copy| !catalogue.is_in_a_dump(copy)) else { continue };
            if let Some(place) = copy.places.first() {
                let list = catalogue.dumps[place.dump as usize].list.clone();
                self.homeless.entry(list).or_default().push(key);
            }
        }
    }

    /// The dumps that [`Missing::keep`] writes.
    pub(super) fn dumps(&self, run: &str) -> Vec<String> {
        self.homeless.keys().map(|list| format!("{list}/{}", name(run))).collect()
    }

    /// Writes what only the index still holds into a dump of its own in the list's folder, so that a rebuild has it too. The
    /// next run reads it, and knows every message in it.
    pub(super) fn keep(&self, lists: &Path, run: &str, store: &Store) -> Result<(), Error> {
        for (list, keys) in &self.homeless {
            let folder = lists.join(list);
            let path = folder.join(name(run));
            let failed = |source| Error::Io { what: "write", path: path.clone(), source };
            // Hidden until it is whole: hidden files are not read.
            let part = folder.join(format!(".{}.part", name(run)));
            create_folder(&folder)?;
            let mut file = std::io::BufWriter::new(fs::File::create(&part).map_err(failed)?);
            let mut keys = keys.clone();
            keys.sort_unstable();
            for key in &keys {
                let raw =
                    store.stored(key)?.map(|(raw, _)| raw).ok_or_else(|| Error::Damaged(store.folder().to_owned()))?;
                file.write_all(&mbox::as_mboxrd(&raw)).map_err(failed)?;
            }
            let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)?;
            fs::rename(&part, &path).map_err(failed)?;
            sync_folder(&folder)?;
        }
        Ok(())
    }
}

/// Removes what was left of files that [`Missing::keep`] was writing when it was cut off.
pub(super) fn clear(lists: &Path) {
    let folders = fs::read_dir(lists).into_iter().flatten().flatten();
    for entry in folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten()) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(".kept-") && name.ends_with(".mbox.part") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a dump, by its name, was written by a run.
pub(crate) fn is_kept(dump: &str) -> bool {
    let file = dump.rsplit_once('/').map_or(dump, |(_, file)| file);
    file.starts_with("kept-") && file.ends_with(".mbox")
}

/// The file that keeps what vanished.
fn name(run: &str) -> String {
    format!("kept-{run}.mbox")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_of_the_same_months_are_known_by_their_names() {
        for (one, other, same) in [
            ("l/2016-July.txt", "l/2016-July.txt.gz", true),
            ("l/2016.mbox", "l/2016-2.mbox.zst", true),
            ("l/2016-07.mbox", "l/2016-08.mbox", false),
            ("l/2016-July.txt", "l/2016-June.txt", false),
            ("l/a/2016.mbox", "l/b/2016.mbox", false),
        ] {
            assert_eq!(period(one) == period(other), same, "{one} and {other}");
        }
    }
}
