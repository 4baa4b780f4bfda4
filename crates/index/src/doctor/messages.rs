//! Does the index hold the messages that the catalogue says were written, byte by byte? Its files may all be sound and their bytes
//! wrong: a merge copies what it reads, and gives it a new sum.

use plenary_ingest::digest;

use super::{Cure, Findings, REPAIR, listed};
use crate::{
    Error,
    catalogue::{Catalogue, DocumentKey},
    document,
    store::{self, Store},
};

/// Reads every message that is stored.
pub(super) fn look(store: &Store, catalogue: &Catalogue, findings: &mut Findings) {
    let documents = store.reader().searcher().num_docs();
    if documents != catalogue.written.len() as u64 {
        let what = format!("the index holds {documents} messages, its catalogue {}", catalogue.written.len());
        findings.add(Cure::Rebuild, what, REPAIR);
    }
    // The engine panics on some damage.
    match store::guarded(store.folder(), || others(store, catalogue)) {
        Ok(others) if others.is_empty() => {}
        Ok(others) => {
            let names: Vec<&str> = others.iter().map(String::as_str).collect();
            let what = format!("messages are stored otherwise than they were written: {}", listed(&names));
            findings.add(Cure::Rebuild, what, REPAIR);
        }
        Err(error) => findings.add(Cure::Rebuild, format!("the messages of the index cannot be read: {error}"), REPAIR),
    }
}

/// The messages whose bytes are not those that were written, or that were never written.
fn others(store: &Store, catalogue: &Catalogue) -> Result<Vec<String>, Error> {
    let failed = |error| Error::engine("reading its messages", error);
    let mut others = Vec::new();
    for segment in store.reader().searcher().segment_readers() {
        let reader = segment.get_store_reader(1).map_err(|error| failed(error.into()))?;
        for document in reader.iter(segment.alive_bitset()) {
            let Some(stored) = document::read(store.fields(), &document.map_err(failed)?) else {
                others.push("one that cannot be read".into());
                continue;
            };
            let written = DocumentKey::parse(&stored.head.key).and_then(|key| catalogue.written.get(&key));
            if written.is_none_or(|written| written.bytes != digest::of_bytes(&stored.raw.bytes)) {
                others.push(stored.head.key);
            }
        }
    }
    Ok(others)
}
