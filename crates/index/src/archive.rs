//! The archive as readers hold it.

use std::path::Path;

use crate::{Answer, Entry, Error, Found, Overview, PersonEntry, Question, Thread};

/// An open index. Cheap to clone; every clone sees a commit at once after [`Archive::reload`].
#[derive(Clone)]
pub struct Archive {}

impl Archive {
    /// Opens the index in a folder for reading.
    pub fn open(dir: &Path) -> Result<Archive, Error> {
        Err(Error::NoIndex(dir.into()))
    }

    /// Sees what has been committed since.
    pub fn reload(&self) -> Result<(), Error> {
        Ok(())
    }

    /// The number of the commit that answers now: part of every ETag.
    pub fn generation(&self) -> u64 {
        0
    }

    /// What the archive holds, list by list. Computed once per commit.
    pub fn overview(&self) -> std::sync::Arc<Overview> {
        Default::default()
    }

    /// Answers a search.
    pub fn search(&self, question: &Question) -> Result<Answer, Error> {
        let _ = question;
        Ok(Answer::default())
    }

    /// A message by id (32 letters and digits, perhaps `-2`) or by Message-ID, with or without brackets.
    pub fn message(&self, id: &str) -> Result<Option<Entry>, Error> {
        let _ = id;
        Ok(None)
    }

    /// The same with the bytes it came from.
    pub fn message_with_raw(&self, id: &str) -> Result<Option<Found>, Error> {
        let _ = id;
        Ok(None)
    }

    /// The bytes of a message's attachment, decoded; `part` is [`plenary_ingest::Attachment::part`].
    pub fn attachment(&self, id: &str, part: usize) -> Result<Option<Vec<u8>>, Error> {
        let _ = (id, part);
        Ok(None)
    }

    /// The thread a message is in: nodes `offset..offset + limit` in reading order.
    pub fn thread(&self, id: &str, offset: usize, limit: usize) -> Result<Option<Thread>, Error> {
        let _ = (id, offset, limit);
        Ok(None)
    }

    /// A person by the name in addresses.
    pub fn person(&self, person: &str) -> Result<Option<PersonEntry>, Error> {
        let _ = person;
        Ok(None)
    }
}
