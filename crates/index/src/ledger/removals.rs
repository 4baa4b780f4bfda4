//! `data/ledger/removed.jsonl`: messages that people took down, and brought back. It outlives the index: what is named there is in
//! no answer, whatever is ingested or rebuilt. A line for each decision, never changed.
//!
//! A message is known by its id and by what it says, for where several claim one Message-ID their numbers may change.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::{
    Error,
    catalogue::{Catalogue, Copy, DocumentKey},
};

/// A message that was taken down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// When, as the names of runs are written: `20261125T140000Z`.
    pub at: String,
    /// Its id in addresses.
    #[serde(rename = "remove")]
    pub id: String,
    /// Why, for everybody to read.
    pub reason: String,
    /// Digests of what its copies say.
    contents: Vec<String>,
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Remove(Removal),
    Restore { restore: String },
}

/// What the file says in the end.
#[derive(Debug, Default)]
pub(crate) struct Removals {
    by_id: HashMap<[u8; 20], Vec<(DocumentKey, Removal)>>,
    /// Messages that were brought back.
    restored: Vec<DocumentKey>,
}

fn path(data: &Path) -> PathBuf {
    data.join("ledger").join("removed.jsonl")
}

/// The messages that are taken down, the last one last.
pub fn removed(data: &Path) -> Result<Vec<Removal>, Error> {
    let removals = Removals::read(data)?;
    let mut all: Vec<Removal> = removals.by_id.into_values().flatten().map(|(_, removal)| removal).collect();
    all.sort_by(|one, other| (&one.at, &one.id).cmp(&(&other.at, &other.id)));
    Ok(all)
}

impl Removals {
    /// Reads the file; nothing where there is none. A line that cannot be read is an error: what it took down would come back. Only the
    /// beginning of a last line is none, for whoever wrote it was not told that it is done.
    pub(crate) fn read(data: &Path) -> Result<Removals, Error> {
        let path = path(data);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removals::default()),
            Err(source) => return Err(Error::Io { what: "read", path, source }),
        };
        let mut removals = Removals::default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for (line, number) in whole.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
            let wrong = || Error::Removed { path: path.clone(), line: number };
            let said: Line = serde_json::from_str(line).map_err(|_| wrong())?;
            let (Line::Remove(Removal { id, .. }) | Line::Restore { restore: id }) = &said;
            let key = DocumentKey::parse(id).ok_or_else(wrong)?;
            removals.restored.retain(|known| *known != key);
            let of_id = removals.by_id.entry(key.id).or_default();
            of_id.retain(|(known, _)| *known != key);
            match said {
                Line::Remove(removal) => of_id.push((key, removal)),
                Line::Restore { .. } => removals.restored.push(key),
            }
        }
        removals.by_id.retain(|_, of_id| !of_id.is_empty());
        Ok(removals)
    }

    /// The removal of the message with this key.
    pub(crate) fn of(&self, key: &DocumentKey) -> Option<&Removal> {
        let of_id = self.by_id.get(&key.id)?;
        of_id.iter().find(|(known, _)| known == key).map(|(_, removal)| removal)
    }

    /// Which of the messages that claim one id are taken down; `groups` are their copies. Where none says what was taken down, it is
    /// the one of the same number that is meant: another copy may be read otherwise. Nothing where nothing was taken down; an empty group
    /// is that of the only copy.
    pub(crate) fn among(&self, id: &[u8; 20], copies: &[Copy], groups: &[Vec<usize>]) -> Vec<bool> {
        let Some(of_id) = self.by_id.get(id) else { return Vec::new() };
        let mut down = vec![false; groups.len()];
        for (key, removal) in of_id {
            let says = |&copy: &usize| copies.get(copy).is_some_and(|copy| removal.contents.contains(&content(copy)));
            let is_meant = |group: &Vec<usize>| if group.is_empty() { says(&0) } else { group.iter().any(says) };
            let meant: Vec<bool> = groups.iter().map(is_meant).collect();
            let number = (key.number as usize - 1).min(groups.len().saturating_sub(1));
            let by_number = !meant.contains(&true);
            for (at, down) in down.iter_mut().enumerate() {
                *down |= meant[at] || (by_number && at == number);
            }
        }
        down
    }

    /// Makes the catalogue such that the next commit will be as the file says, and gives whether one is needed: dumps that hold what was
    /// brought back are read again.
    pub(crate) fn settle(&self, catalogue: &mut Catalogue) -> bool {
        let is_held = |key: &DocumentKey| catalogue.written.contains_key(key);
        let removed = self.by_id.values().flatten().any(|(key, _)| is_held(key));
        let wanted: Vec<u32> = self
            .restored
            .iter()
            .filter(|key| !is_held(key))
            .filter_map(|key| catalogue.messages.get(&key.id))
            .flat_map(|copies| copies.iter().flat_map(|copy| copy.places.iter().map(|place| place.dump)))
            .collect();
        for dump in &wanted {
            catalogue.dumps[*dump as usize].present = false;
        }
        removed || !wanted.is_empty()
    }

    /// Takes a message down, for good before this returns.
    pub(crate) fn add(
        data: &Path,
        at: &str,
        key: &DocumentKey,
        reason: &str,
        catalogue: &Catalogue,
    ) -> Result<(), Error> {
        let copies = catalogue.messages.get(&key.id).map_or(&[][..], Vec::as_slice);
        let groups = crate::identity::messages(copies, &catalogue.authors);
        let group = groups.get(key.number as usize - 1).map_or(&[][..], Vec::as_slice);
        let mut contents: Vec<String> = group.iter().map(|&copy| content(&copies[copy])).collect();
        contents.sort();
        contents.dedup();
        let removal = Removal { at: at.to_owned(), id: key.name(), reason: reason.to_owned(), contents };
        append(data, &serde_json::to_string(&removal).unwrap_or_default())
    }

    /// Brings it back.
    pub(crate) fn restore(data: &Path, at: &str, key: &DocumentKey) -> Result<(), Error> {
        append(data, &serde_json::json!({ "at": at, "restore": key.name() }).to_string())
    }
}

fn content(copy: &Copy) -> String {
    format!("{:032x}", copy.traits.content)
}

fn append(data: &Path, line: &str) -> Result<(), Error> {
    let path = path(data);
    let ledger = Ledger::open_at(path.clone())?;
    let failed = |source| Error::Io { what: "write", path: path.clone(), source };
    // What was cut off is no line, and must not become the beginning of this one.
    let whole = fs::read(&path).map_err(failed)?;
    let end = whole.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    ledger.file.set_len(end as u64).map_err(failed)?;
    ledger.line(line)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const ID: &str = "k3jxk3jxk3jxk3jxk3jxk3jxk3jxk3jx";

    #[track_caller]
    fn says(lines: &str, expected: &[&str]) {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("ledger")).unwrap();
        fs::write(path(data.path()), lines).unwrap();
        let names: Vec<String> = removed(data.path()).unwrap().into_iter().map(|removal| removal.id).collect();
        assert_eq!(names, expected);
    }

    fn line(id: &str) -> String {
        format!("{{\"at\":\"20261125T140000Z\",\"remove\":\"{id}\",\"reason\":\"asked for\",\"contents\":[]}}\n")
    }

    #[test]
    fn the_last_word_about_a_message_counts() {
        let back = format!("{{\"at\":\"20261126T140000Z\",\"restore\":\"{ID}\"}}\n");
        says("", &[]);
        says(&line(ID), &[ID]);
        says(&(line(ID) + &line(&format!("{ID}-2"))), &[ID, &format!("{ID}-2")]);
        says(&(line(ID) + &back), &[]);
        says(&(line(ID) + &back + &line(ID)), &[ID]);
        says(&(line(ID) + &back[..20]), &[ID]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_said_with_its_number() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("ledger")).unwrap();
        for wrong in ["{", "{\"remove\":\"x\"}", &line("no id at all")] {
            fs::write(path(data.path()), format!("{}{}\n", line(ID), wrong.trim())).unwrap();
            let error = removed(data.path()).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn a_line_that_was_cut_off_is_not_the_beginning_of_the_next() {
        let data = tempfile::tempdir().unwrap();
        let key = DocumentKey::parse(ID).unwrap();
        Removals::add(data.path(), "20261125T140000Z", &key, "asked for", &Catalogue::default()).unwrap();
        let mut file = fs::File::options().append(true).open(path(data.path())).unwrap();
        file.write_all(b"{\"at\":\"2026").unwrap();
        Removals::restore(data.path(), "20261126T140000Z", &key).unwrap();
        assert_eq!(removed(data.path()).unwrap(), []);
        assert_eq!(fs::read_to_string(path(data.path())).unwrap().lines().count(), 2);
    }
}
