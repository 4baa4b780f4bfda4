//! `data/ledger/removed.jsonl`: messages that people took down, and brought back. It outlives the index: what is named there is in
//! no answer, whatever is ingested or rebuilt. A line for each decision, never changed.
//!
//! A message is known by what it says. Its id alone does not tell it, for where several claim one Message-ID their numbers may change;
//! but the id that was taken down leads to what is said of it, and so is never given to another message.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use plenary_ingest::digest;
use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{clear, replace};
use crate::{
    Error,
    catalogue::{Author, Catalogue, Copy, DocumentKey, create_folder},
    commit::Commit,
    identity,
};

/// The file, in a folder of an index that is kept, that says by which state of the decisions it may be served.
const JUDGED: &str = "judged";

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
    /// Digests of its copies: of what each says, and of its bytes, which stay the same where a later version reads them otherwise.
    contents: Vec<String>,
    /// Digests of when and by whom each copy says it was written: what is left to know it by where no dump has these copies any more.
    /// A line of an earlier version has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    origins: Vec<String>,
    /// The first other message of its thread then, by its id: through it the thread is found that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A line of the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Remove(Removal),
    Restore { restore: String },
}

/// What the file says in the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Removals {
    by_id: HashMap<[u8; 20], Vec<(DocumentKey, Removal)>>,
    /// Ids of messages that were brought back.
    restored: HashSet<[u8; 20]>,
    /// What was said of them: each has the number again that it had, whatever claimed its id meanwhile.
    back: HashMap<[u8; 20], Vec<(DocumentKey, Removal)>>,
    /// Digest of the file.
    digest: u128,
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
    /// Reads the file; nothing where there is none. A line that cannot be read is an error: what it took down would come back.
    pub(crate) fn read(data: &Path) -> Result<Removals, Error> {
        let path = path(data);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Removals::default()),
            Err(source) => return Err(Error::Io { what: "read", path, source }),
        };
        let mut removals = Removals { digest: digest::of_bytes(&bytes), ..Removals::default() };
        let lines = whole(&bytes).split(|&byte| byte == b'\n').zip(1..);
        for (line, number) in lines.filter(|(line, _)| !line.trim_ascii().is_empty()) {
            let wrong = || Error::Removed { path: path.clone(), line: number };
            let said: Line = serde_json::from_slice(line).map_err(|_| wrong())?;
            let (Line::Remove(Removal { id, .. }) | Line::Restore { restore: id }) = &said;
            let key = DocumentKey::parse(id).ok_or_else(wrong)?;
            match said {
                Line::Remove(removal) => {
                    take(&mut removals.by_id, &key);
                    take(&mut removals.back, &key);
                    removals.by_id.entry(key.id).or_default().push((key, removal));
                }
                Line::Restore { .. } => {
                    removals.bring_back(&key);
                    removals.restored.insert(key.id);
                }
            }
        }
        Ok(removals)
    }

    /// The same as if a message were brought back, too.
    pub(crate) fn without(&self, key: &DocumentKey) -> Removals {
        let mut removals = self.clone();
        removals.bring_back(key);
        removals
    }

    /// Takes down no longer what was taken down under this key.
    fn bring_back(&mut self, key: &DocumentKey) {
        let removal = take(&mut self.by_id, key);
        self.back.entry(key.id).or_default().extend(removal);
    }

    /// The removal of the message with this key.
    pub(crate) fn of(&self, key: &DocumentKey) -> Option<&Removal> {
        let of_id = self.by_id.get(&key.id)?;
        of_id.iter().find(|(known, _)| known == key).map(|(_, removal)| removal)
    }

    /// The numbers in addresses of the messages that claim one id; `groups` are their copies, in order, and an empty one is that of the
    /// only copy. Nothing for those that are taken down. A number that was taken down is no other message's, and what was brought back
    /// has its own before the others have theirs.
    pub(crate) fn numbers(&self, catalogue: &Catalogue, id: &[u8; 20], groups: &[Vec<usize>]) -> Vec<Option<u32>> {
        let [down, back] = [&self.by_id, &self.back].map(|of| of.get(id).map_or(&[][..], Vec::as_slice));
        if down.is_empty() && back.is_empty() {
            return (1..).take(groups.len()).map(Some).collect();
        }
        let messages: Vec<Vec<&Copy>> = groups.iter().map(|group| copies(catalogue, id, group)).collect();
        let mut is_down = vec![false; groups.len()];
        for (key, removal) in down {
            let meant: Vec<bool> = messages.iter().map(|message| removal.means(message)).collect();
            // Where none is what was taken down, another copy of it may be read otherwise, under the same number; or it is in no dump
            // any more, and a rival stands there now.
            let likely = key.number as usize - 1;
            let is_it = !meant.contains(&true)
                && messages.get(likely).is_some_and(|message| removal.may_mean(message, &catalogue.authors));
            for (at, down) in is_down.iter_mut().enumerate() {
                *down |= meant[at] || (is_it && at == likely);
            }
        }
        let mut numbers = vec![None; groups.len()];
        // What was said last first: a message that was brought back twice has the number of the second time.
        for (key, removal) in back.iter().rev() {
            let is_its = |&at: &usize| !is_down[at] && numbers[at].is_none() && removal.means(&messages[at]);
            if let Some(at) = (0..groups.len()).find(is_its) {
                numbers[at] = Some(key.number);
            }
        }
        let taken: HashSet<u32> =
            numbers.iter().flatten().copied().chain(down.iter().map(|(key, _)| key.number)).collect();
        let mut free = (1..).filter(|number| !taken.contains(number));
        let given = numbers.into_iter().zip(is_down);
        given.map(|(number, is_down)| if is_down { None } else { number.or_else(|| free.next()) }).collect()
    }

    /// The messages that claim one id and are not taken down: the copies of each, and its number in addresses.
    pub(crate) fn served(&self, catalogue: &Catalogue, id: &[u8; 20]) -> Vec<(Vec<usize>, u32)> {
        let (_, groups) = claims(catalogue, id);
        let numbers = self.numbers(catalogue, id, &groups);
        groups.into_iter().zip(numbers).filter_map(|(group, number)| Some((group, number?))).collect()
    }

    /// The documents of an index that are taken down, each with the copy it was made from where the catalogue has that still.
    pub(crate) fn held<'a>(&self, catalogue: &'a Catalogue) -> Vec<(DocumentKey, Option<&'a Copy>)> {
        let mut held = Vec::new();
        for ((id, bytes), key) in catalogue.held(|id| self.by_id.contains_key(id)) {
            let copies = catalogue.messages.get(&id).map_or(&[][..], Vec::as_slice);
            let is_it = |(group, _): &(Vec<usize>, u32)| group.iter().any(|&copy| copies[copy].bytes == bytes);
            if !self.served(catalogue, &id).iter().any(is_it) {
                held.push((key, copies.iter().find(|copy| copy.bytes == bytes)));
            }
        }
        held
    }

    /// Whether an index in this folder may be served: it has nothing that is taken down. Of one that cannot say what it has nobody knows.
    pub(crate) fn allow(&self, index: &Path) -> bool {
        if self.by_id.is_empty() || !index.exists() {
            return true;
        }
        Catalogue::load(index, Commit::generation_of(index)).is_some_and(|catalogue| self.held(&catalogue).is_empty())
    }

    /// The same of an index that no run changes any more, for the holder of the write lock. Its catalogue is large and is looked into once
    /// for each state of the file: what allows it is noted beside it, and counts for that commit, that state and this version alone.
    pub(crate) fn allow_kept(&self, index: &Path) -> bool {
        if self.by_id.is_empty() || !index.exists() {
            return true;
        }
        let note = index.join(JUDGED);
        let judged = format!("{} {} {:032x}\n", env!("CARGO_PKG_VERSION"), Commit::generation_of(index), self.digest);
        if fs::read(&note).is_ok_and(|known| known == judged.as_bytes()) {
            return true;
        }
        let is_allowed = self.allow(index);
        if is_allowed {
            // Where it cannot be written, the next run looks again.
            let _ = fs::write(&note, judged);
        }
        is_allowed
    }

    /// Makes the catalogue such that the next commit will be as the file says, and gives whether one is needed: dumps that hold what was
    /// brought back are read again.
    pub(crate) fn settle(&self, catalogue: &mut Catalogue) -> bool {
        let held = catalogue.held(|id| self.restored.contains(id));
        let mut wanted = Vec::new();
        for id in &self.restored {
            let copies = catalogue.messages.get(id).map_or(&[][..], Vec::as_slice);
            for (group, _) in self.served(catalogue, id) {
                if !group.iter().any(|&copy| held.contains_key(&(*id, copies[copy].bytes))) {
                    wanted.extend(group.iter().flat_map(|&copy| &copies[copy].places).map(|place| place.dump));
                }
            }
        }
        for dump in &wanted {
            catalogue.dumps[*dump as usize].present = false;
        }
        !wanted.is_empty() || !self.held(catalogue).is_empty()
    }

    /// Removes what was left of a decision that was cut off before it was one. Only the holder of the write lock may.
    pub(crate) fn clear(data: &Path) -> Result<(), Error> {
        clear(&path(data))
    }

    /// How many messages are taken down.
    pub(crate) fn count(&self) -> usize {
        self.by_id.values().map(Vec::len).sum()
    }

    /// Takes messages down, for good before this returns.
    pub(crate) fn add(
        data: &Path,
        at: &str,
        keys: &[DocumentKey],
        reason: &str,
        catalogue: &Catalogue,
    ) -> Result<(), Error> {
        let line = |key: &DocumentKey| {
            let shown = catalogue.written.get(key).map(|written| written.bytes);
            let (copies, groups) = claims(catalogue, &key.id);
            let is_its = |group: &&Vec<usize>| group.iter().any(|&copy| Some(copies[copy].bytes) == shown);
            let group = groups.iter().find(is_its).map_or(&[][..], Vec::as_slice);
            let contents = each_once(group.iter().flat_map(|&copy| digests(&copies[copy])));
            let origins = each_once(group.iter().map(|&copy| origin(&copies[copy], &catalogue.authors)));
            let next = next(catalogue, key, keys).map(|next| next.name());
            let removal =
                Removal { at: at.to_owned(), id: key.name(), reason: reason.to_owned(), contents, origins, next };
            serde_json::to_string(&removal).unwrap_or_default()
        };
        append(data, &keys.iter().map(line).collect::<Vec<_>>())
    }

    /// Brings them back.
    pub(crate) fn restore(data: &Path, at: &str, keys: &[DocumentKey]) -> Result<(), Error> {
        let line = |key: &DocumentKey| serde_json::json!({ "at": at, "restore": key.name() }).to_string();
        append(data, &keys.iter().map(line).collect::<Vec<_>>())
    }
}

impl Removal {
    /// The message through which the thread is found that is left.
    pub(crate) fn next(&self) -> Option<DocumentKey> {
        DocumentKey::parse(self.next.as_deref()?)
    }

    /// Whether one of these copies is what was taken down.
    fn means(&self, copies: &[&Copy]) -> bool {
        copies.iter().any(|copy| digests(copy).iter().any(|digest| self.contents.contains(digest)))
    }

    /// Whether one of these copies may be what was taken down, though it says something else.
    fn may_mean(&self, copies: &[&Copy], authors: &[Author]) -> bool {
        self.origins.is_empty() || copies.iter().any(|copy| self.origins.contains(&origin(copy, authors)))
    }
}

/// Takes what is known under this key from those of its id.
fn take(of: &mut HashMap<[u8; 20], Vec<(DocumentKey, Removal)>>, key: &DocumentKey) -> Option<(DocumentKey, Removal)> {
    let of_id = of.get_mut(&key.id)?;
    let taken = of_id.iter().position(|(known, _)| known == key).map(|at| of_id.remove(at));
    if of_id.is_empty() {
        of.remove(&key.id);
    }
    taken
}

/// The copies of one message of those that claim an id.
fn copies<'a>(catalogue: &'a Catalogue, id: &[u8; 20], group: &[usize]) -> Vec<&'a Copy> {
    let all = catalogue.messages.get(id).map_or(&[][..], Vec::as_slice);
    let group = if group.is_empty() { &[0] } else { group };
    group.iter().filter_map(|&copy| all.get(copy)).collect()
}

/// The copies that claim one id, and the messages that they are.
fn claims<'a>(catalogue: &'a Catalogue, id: &[u8; 20]) -> (&'a [Copy], Vec<Vec<usize>>) {
    let copies = catalogue.messages.get(id).map_or(&[][..], Vec::as_slice);
    (copies, identity::messages(copies, &catalogue.authors))
}

/// The first message of a thread that is left when these are taken down.
fn next(catalogue: &Catalogue, key: &DocumentKey, all: &[DocumentKey]) -> Option<DocumentKey> {
    let thread = catalogue.written.get(key)?.thread;
    let others = catalogue.written.iter().filter(|(other, it)| it.thread == thread && !all.contains(other));
    let dated = others.map(|(other, it)| {
        let copies = catalogue.messages.get(&other.id).map_or(&[][..], Vec::as_slice);
        let date = copies.iter().find(|copy| copy.bytes == it.bytes).and_then(|copy| copy.traits.date);
        (date.unwrap_or(i64::MAX), *other)
    });
    dated.min().map(|(_, other)| other)
}

fn digests(copy: &Copy) -> [String; 2] {
    [copy.traits.content, copy.bytes].map(|digest| format!("{digest:032x}"))
}

/// Digest of when and by whom a copy says it was written.
fn origin(copy: &Copy, authors: &[Author]) -> String {
    let author = authors.get(copy.traits.author as usize).and_then(|author| author.email.as_deref());
    let said = format!("{:?} {}", copy.traits.date, author.unwrap_or_default().to_lowercase());
    format!("{:032x}", digest::of_bytes(said.as_bytes()))
}

fn each_once(digests: impl Iterator<Item = String>) -> Vec<String> {
    let mut digests: Vec<String> = digests.collect();
    digests.sort();
    digests.dedup();
    digests
}

/// All lines of the file but the beginning of a last one, which is what a write of an earlier version leaves that was cut off: whoever
/// asked for it was not told that it is done. A last line that is whole counts; not every editor ends it.
fn whole(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    match serde_json::from_slice::<IgnoredAny>(&bytes[end..]) {
        Err(error) if error.is_eof() => &bytes[..end],
        _ => bytes,
    }
}

/// Adds lines. The file takes its own place, longer: who asked for several has them all or, when the disk is full or the power fails,
/// none.
fn append(data: &Path, lines: &[String]) -> Result<(), Error> {
    let path = path(data);
    create_folder(path.parent().unwrap_or(data))?;
    let mut bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(|source| Error::Io { what: "read", path: path.clone(), source })?,
    };
    // What was cut off is no line, and must not become the beginning of this one.
    bytes.truncate(whole(&bytes).len());
    if bytes.last().is_some_and(|&byte| byte != b'\n') {
        bytes.push(b'\n');
    }
    for line in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    replace(&path, &bytes)
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
    fn a_last_line_without_its_end_counts_where_it_is_whole_and_is_none_where_it_was_cut_off() {
        let odd = line(ID).replace("asked for", "f\u{fc}r Ada");
        let inside = odd.find('\u{fc}').unwrap() + 1;
        for (bytes, expected) in [
            (line(ID).trim_end().as_bytes(), Some(1)),
            (&line(ID).as_bytes()[..30], Some(0)),
            // In the middle of a letter.
            (&odd.as_bytes()[..inside], Some(0)),
            (b"  ", Some(0)),
            (line(ID).trim_end().replace(",\"reason\"", "\"reason\"").as_bytes(), None),
            (br#"{"at":"20261125T140000Z","removed":"x"}"#, None),
        ] {
            let data = tempfile::tempdir().unwrap();
            fs::create_dir(data.path().join("ledger")).unwrap();
            fs::write(path(data.path()), bytes).unwrap();
            let said = String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(removed(data.path()).ok().map(|all| all.len()), expected, "{said}");
            let Some(known) = expected else { continue };
            let key = DocumentKey::parse(&format!("{ID}-2")).unwrap();
            Removals::add(data.path(), "20261126T140000Z", &[key], "too", &Catalogue::default()).unwrap();
            assert_eq!(removed(data.path()).unwrap().len(), known + 1, "{said}");
        }
    }

    #[test]
    fn a_kept_index_is_looked_into_once_for_each_state_of_the_file() {
        let data = tempfile::tempdir().unwrap();
        let index = data.path().join("index.previous");
        fs::create_dir(&index).unwrap();
        let down = DocumentKey::parse(ID).unwrap();
        let served = DocumentKey { id: [7; 20], number: 1 };
        let store = |generation: u64, key: DocumentKey| {
            let mut catalogue = Catalogue::after(generation);
            catalogue.written.insert(key, crate::catalogue::Written { bytes: 1, stamp: 1, thread: 1 });
            catalogue.store(&index).unwrap();
        };
        let spoil = |generation| fs::write(Catalogue::path(&index, generation), "nonsense").unwrap();
        let allows = || Removals::read(data.path()).unwrap().allow_kept(&index);
        Removals::add(data.path(), "20261125T140000Z", &[down], "asked for", &Catalogue::default()).unwrap();
        store(1, served);
        assert!(allows());
        spoil(1);
        assert!(allows(), "it is not read a second time");
        store(2, down);
        assert!(!allows(), "another commit");
        assert!(!allows(), "and what does not allow it is not noted");
        store(3, served);
        assert!(allows());
        spoil(3);
        Removals::restore(data.path(), "20261126T140000Z", &[served]).unwrap();
        assert!(!allows(), "another state of the file: it is read, and cannot be");
        fs::write(index.join(JUDGED), "nonsense").unwrap();
        assert!(!allows(), "a note that says something else");
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
        Removals::add(data.path(), "20261125T140000Z", &[key], "asked for", &Catalogue::default()).unwrap();
        let mut file = fs::File::options().append(true).open(path(data.path())).unwrap();
        file.write_all(b"{\"at\":\"2026").unwrap();
        Removals::restore(data.path(), "20261126T140000Z", &[key]).unwrap();
        assert_eq!(removed(data.path()).unwrap(), []);
        assert_eq!(fs::read_to_string(path(data.path())).unwrap().lines().count(), 2);
    }
}
