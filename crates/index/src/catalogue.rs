//! What the writer knows of every message: enough to tell new from known, to group threads and people, and to see which
//! documents have to be written again. Derived from the dumps; kept beside the index so that a run need not read it all.
//!
//! A catalogue is a set of copies. Everything that is answered (which message is which, threads, people) is computed
//! from that set alone, by [`crate::arrange`], so the order in which dumps arrive cannot matter.

use std::{
    collections::HashMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use plenary_ingest::{Address, Id, digest};
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use crate::Error;

/// A hash map keyed by what is already a hash.
pub(crate) type Map<K, V> = HashMap<K, V, FxBuildHasher>;

/// Format of the file. 1: first. 2: how a copy is read. 3: its last lines.
const FORMAT: u32 = 3;

/// All that is known.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Catalogue {
    /// Every dump read, by its path below the lists' folder.
    pub(crate) dumps: Vec<DumpRecord>,
    /// Every distinct author, as written.
    pub(crate) authors: Vec<Author>,
    /// Every copy of every message, by the id of the message.
    pub(crate) messages: Map<[u8; 20], Vec<Copy>>,
    /// What the index holds: one entry per document.
    pub(crate) written: Map<DocumentKey, Written>,
    /// Names of the runs that brought something, in order.
    pub(crate) runs: Vec<String>,
    /// Which people unite several addresses: digests of the addresses of each, sorted.
    pub(crate) unions: Vec<u64>,
    /// Digest of the file that says who is who; 0 where there is none.
    pub(crate) declared: u64,
    /// How many commits there have been.
    pub(crate) generation: u64,
    #[serde(skip)]
    author_numbers: Map<Author, u32>,
}

/// A dump as it was when it was read.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub(crate) struct DumpRecord {
    pub(crate) name: String,
    pub(crate) list: String,
    pub(crate) size: u64,
    pub(crate) modified: i64,
    pub(crate) digest: [u8; 32],
    /// Whether it had been written to within two seconds of being read.
    pub(crate) racy: bool,
    /// False once the file has gone or has been replaced: its places are then history.
    pub(crate) present: bool,
    /// The run that was the first to read it in this state: index into [`Catalogue::runs`].
    pub(crate) run: u32,
    /// Whether that run was taken back: the file is left unread.
    pub(crate) undone: bool,
    /// How much of it was set aside.
    pub(crate) set_aside: u64,
    /// Whether it cannot be read to its end, so that nothing of it is in the archive.
    pub(crate) unreadable: bool,
}

/// An author as one message gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Author {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
}

/// One copy of a message: the same bytes, wherever they were found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Copy {
    /// Digest of the raw bytes, the From_ line included.
    pub(crate) bytes: u128,
    /// How the bytes are read: of several ways the surest, for the same bytes may lie in dumps of other forms.
    pub(crate) reading: Reading,
    /// What to compare it by.
    pub(crate) traits: Traits,
    /// Where it was found.
    pub(crate) places: Vec<PlaceRecord>,
    /// The run that brought it first: index into [`Catalogue::runs`].
    pub(crate) since: u32,
}

/// How the bytes of a message are read, which its dump decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) ambiguous: bool,
    /// Number of the form of the dump, see [`plenary_ingest::Form::number`].
    pub(crate) form: u8,
    pub(crate) from_line: u32,
}

/// A place in a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct PlaceRecord {
    /// Index into [`Catalogue::dumps`].
    pub(crate) dump: u32,
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

/// What is remembered of a copy: for identity, threads and people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Traits {
    /// Subject and text, letters only.
    pub(crate) content: u128,
    /// The same, ASCII letters only.
    pub(crate) ascii: u128,
    /// The attachments' bytes; 0 where there are none.
    pub(crate) attachments: u64,
    /// Whether the archive took parts away or masked addresses: less can be said about it.
    pub(crate) impoverished: bool,
    /// Whether the text itself is empty because its only parts were scrubbed.
    pub(crate) hollow: bool,
    /// Whether letters were lost to `?`.
    pub(crate) damaged: bool,
    /// Cut out of another message's text, perhaps: it may not join one that is surely framed.
    pub(crate) ambiguous: bool,
    /// How much it holds; the richest copy is shown.
    pub(crate) richness: u64,
    /// Index into [`Catalogue::authors`].
    pub(crate) author: u32,
    /// Seconds, where known.
    pub(crate) date: Option<i64>,
    /// Keys of the messages it answers, oldest first.
    pub(crate) references: Vec<u64>,
    /// Key of the base subject; 0 where there is none.
    pub(crate) subject: u64,
    /// Whether the subject has a reply mark.
    pub(crate) is_reply: bool,
    /// Whether it answers a digest, whose references lead astray.
    pub(crate) answers_digest: bool,
    /// Keys of its last lines, which may be its list's footer; the last one first.
    pub(crate) tail: Box<[u32]>,
}

/// The name of a document: a message's id, and 1, or 2 and more for conflicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct DocumentKey {
    pub(crate) id: [u8; 20],
    pub(crate) number: u32,
}

impl DocumentKey {
    /// As in addresses: `k3jx…` or `k3jx…-2`.
    pub(crate) fn name(&self) -> String {
        match self.number {
            1 => Id(self.id).to_string(),
            n => format!("{}-{n}", Id(self.id)),
        }
    }

    /// Reads what [`DocumentKey::name`] writes, in either case.
    pub(crate) fn parse(name: &str) -> Option<DocumentKey> {
        let (id, number) = match name.split_once('-') {
            Some((id, number)) => (id, number.parse().ok().filter(|number| *number > 1)?),
            None => (name, 1),
        };
        Some(DocumentKey { id: Id::parse(id)?.0, number })
    }

    /// As the index knows it: bytes, which make a smaller dictionary than letters do.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.id.to_vec();
        if self.number > 1 {
            bytes.extend_from_slice(&self.number.to_be_bytes());
        }
        bytes
    }
}

/// Which copy of which message: its id and the digest of its bytes.
pub(crate) type CopyKey = ([u8; 20], u128);

/// A document in the index.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// The copy it was made from.
    pub(crate) bytes: u128,
    /// Digest of all that was decided about it: thread, person, lists.
    pub(crate) stamp: u64,
    /// Digest of the name of its thread.
    pub(crate) thread: u64,
}

impl Catalogue {
    /// An empty one, whose first commit follows that of another index.
    pub(crate) fn after(generation: u64) -> Catalogue {
        Catalogue { generation, ..Catalogue::default() }
    }

    /// Which copies the index holds, of messages with these ids, and under which names: a message keeps its bytes when its address
    /// changes.
    pub(crate) fn held(&self, is_wanted: impl Fn(&[u8; 20]) -> bool) -> Map<CopyKey, DocumentKey> {
        let wanted = self.written.iter().filter(|(key, _)| is_wanted(&key.id));
        wanted.map(|(key, written)| ((key.id, written.bytes), *key)).collect()
    }

    /// Whether a dump that is there holds a copy.
    pub(crate) fn is_in_a_dump(&self, copy: &Copy) -> bool {
        copy.places.iter().any(|place| self.dumps[place.dump as usize].present)
    }

    /// The number of a run.
    pub(crate) fn run(&mut self, name: &str) -> u32 {
        let at = self.runs.iter().position(|known| known == name).unwrap_or_else(|| {
            self.runs.push(name.to_owned());
            self.runs.len() - 1
        });
        at as u32
    }

    /// The number of an author, given one if it is new.
    pub(crate) fn author(&mut self, address: &Address) -> u32 {
        if self.author_numbers.len() < self.authors.len() {
            self.author_numbers = self.authors.iter().cloned().zip(0..).collect();
        }
        let author = Author { name: address.name.clone(), email: address.email.clone() };
        let next = self.authors.len() as u32;
        let number = *self.author_numbers.entry(author.clone()).or_insert(next);
        if number == next {
            self.authors.push(author);
        }
        number
    }

    /// The file of a generation.
    pub(crate) fn path(index: &Path, generation: u64) -> PathBuf {
        index.join(format!("catalogue.{generation}"))
    }

    /// Reads the catalogue of a generation; `None` where it is missing or damaged, and the index must be built anew.
    pub(crate) fn load(index: &Path, generation: u64) -> Option<Catalogue> {
        let bytes = fs::read(Self::path(index, generation)).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
        if digest::of_bytes(body).to_be_bytes() != sum {
            return None;
        }
        let (format, catalogue): (u32, Catalogue) = postcard::from_bytes(body).ok()?;
        (format == FORMAT && catalogue.generation == generation).then_some(catalogue)
    }

    /// Writes it beside the index, on disk for good before it returns. The commit that follows names it.
    pub(crate) fn store(&self, index: &Path) -> Result<(), Error> {
        let path = Self::path(index, self.generation);
        let failed = |source| Error::Io { what: "write", path: path.clone(), source };
        let mut body = postcard::to_stdvec(&(FORMAT, self)).map_err(|e| failed(std::io::Error::other(e)))?;
        body.extend_from_slice(&digest::of_bytes(&body).to_be_bytes());
        let mut file = fs::File::create(&path).map_err(failed)?;
        file.write_all(&body).and_then(|()| file.sync_all()).map_err(failed)?;
        sync_folder(index)
    }

    /// Removes the catalogues of other generations; what cannot be removed does no harm.
    pub(crate) fn sweep(&self, index: &Path) {
        let own = Self::path(index, self.generation);
        for entry in fs::read_dir(index).into_iter().flatten().flatten() {
            let is_catalogue = entry.file_name().to_string_lossy().starts_with("catalogue.");
            if is_catalogue && entry.path() != own {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Makes a folder, and those above it that are missing, such that they last.
pub fn create_folder(folder: &Path) -> Result<(), Error> {
    let is_missing = |folder: &&Path| matches!(folder.try_exists(), Ok(false));
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(folder).map_err(|source| Error::Io { what: "create", path: folder.into(), source })?;
    for parent in missing.iter().filter_map(|folder| folder.parent()) {
        sync_folder(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
    }
    Ok(())
}

/// Makes renames in a folder last: without it a power cut may bring the old names back.
pub fn sync_folder(folder: &Path) -> Result<(), Error> {
    fs::File::open(folder).and_then(|dir| dir.sync_all()).map_err(|source| Error::Io {
        what: "sync",
        path: folder.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_loaded_and_what_is_damaged_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut catalogue = Catalogue::after(7);
        let ada = Address { name: Some("Ada".into()), email: None };
        assert_eq!((catalogue.author(&ada), catalogue.author(&ada), catalogue.authors.len()), (0, 0, 1));
        catalogue.written.insert(DocumentKey { id: [1; 20], number: 2 }, Written { bytes: 3, stamp: 4, thread: 5 });
        catalogue.store(folder.path()).unwrap();
        let mut loaded = Catalogue::load(folder.path(), 7).expect("it loads");
        assert_eq!(loaded.written, catalogue.written);
        assert_eq!(loaded.author(&ada), 0, "known authors keep their numbers");
        assert!(Catalogue::load(folder.path(), 8).is_none(), "another generation is another file");
        let path = Catalogue::path(folder.path(), 7);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 1;
            fs::write(&path, spoilt).unwrap();
            assert!(Catalogue::load(folder.path(), 7).is_none(), "a flipped bit at {at} is noticed");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(Catalogue::load(folder.path(), 7).is_none(), "a file cut at {at} is noticed");
        }
    }
}
