//! Where a thread is that was cited by a message which is not there: it was taken down, or never came.

use plenary_ingest::Id;
use tantivy::DocAddress;

use crate::{
    Archive, Error,
    archive::{Snapshot, key_of},
    ledger::removals::Removals,
    reading::row,
};

impl Archive {
    /// The thread of a message that answers this one, which need not be in the archive itself; of one that was taken down, the thread
    /// that is left of its own.
    pub fn thread_of_answers(&self, id: &str) -> Result<Option<String>, Error> {
        let Some(mut key) = key_of(id) else { return Ok(None) };
        let snapshot = self.snapshot();
        let answered = Id(key.id).key();
        // Read anew each time: it is asked for only where there is no such thread, and the file is short.
        let removals = Removals::read(self.folder().parent().unwrap_or(self.folder()))?;
        let is_removed = removals.of(&key).is_some();
        // What was left of the thread then may have been taken down since; each time it was said what came next.
        for _ in 0..removals.count() {
            let Some(next) = removals.of(&key).and_then(|removal| removal.next()) else { break };
            if let Some(address) = self.document(&snapshot, &next)? {
                return Ok(Some(thread(&snapshot, address)));
            }
            key = next;
        }
        let answer = match direct(&snapshot, answered) {
            // Among all references one looks only for what is known to have been there: it takes a hundred times as long.
            None if is_removed => distant(&snapshot, answered)?,
            direct => direct,
        };
        Ok(answer.map(|address| thread(&snapshot, address)))
    }
}

fn thread(snapshot: &Snapshot, address: DocAddress) -> String {
    row(snapshot, address, |rows, row| {
        snapshot.columns.threads.get(rows.thread[row] as usize).cloned().unwrap_or_default()
    })
}

/// A message that answers this one.
fn direct(snapshot: &Snapshot, answered: u64) -> Option<DocAddress> {
    (0..).zip(&snapshot.columns.segments).find_map(|(segment_ord, rows)| {
        let row = (0..rows.parent.len()).find(|&row| rows.parent[row] == answered && rows.alive[row])?;
        Some(DocAddress { segment_ord, doc_id: row as u32 })
    })
}

/// A message that answers one that answers this one, or the like.
fn distant(snapshot: &Snapshot, answered: u64) -> Result<Option<DocAddress>, Error> {
    for (segment_ord, reader) in (0..).zip(snapshot.searcher.segment_readers()) {
        let references =
            reader.fast_fields().u64("references").map_err(|error| Error::engine("looking for a thread", error))?;
        let names_it = |doc: &u32| references.values_for_doc(*doc).any(|reference| reference == answered);
        if let Some(doc_id) = reader.doc_ids_alive().find(names_it) {
            return Ok(Some(DocAddress { segment_ord, doc_id }));
        }
    }
    Ok(None)
}
