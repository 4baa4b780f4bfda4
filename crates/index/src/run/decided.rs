//! The end of a run: what was decided is written and committed, once. Where that fails before the commit the index is put back as it was.

use std::time::Instant;

use tantivy::IndexWriter;

use super::{Progress, Report, Settings, Union, Watch, report, spool::Spool, writing};
use crate::{
    Error,
    arrange::{Arranged, Arrangement},
    catalogue::{Catalogue, DocumentKey, Written},
    commit::Commit,
    ledger::announced,
    queue::Queued,
    seal,
    store::Store,
    swap,
};

/// What is to be written.
pub(super) struct Decided<'a> {
    pub(super) store: Store,
    /// Whether there is a commit already.
    pub(super) has_commit: bool,
    /// Whether it has something that people took down since.
    pub(super) takes_down: bool,
    pub(super) arrangement: &'a Arrangement,
    /// Digest of the file that says who is who.
    pub(super) declared: u64,
    pub(super) started: Instant,
}

impl Decided<'_> {
    /// Writes and commits.
    pub(super) fn carry_out(
        &mut self,
        settings: &Settings,
        watch: &Watch<'_>,
        catalogue: &mut Catalogue,
        spool: Spool,
        report: &mut Report,
    ) -> Result<(), Error> {
        let index = self.store.folder().to_owned();
        let writer = match self.commit(settings, watch, catalogue, spool, report) {
            Ok(writer) => writer,
            Err(error) => {
                let is_as_before = || {
                    let commit = Commit::read(&index).ok().flatten();
                    commit.is_some_and(|commit| commit.generation == self.store.generation())
                };
                if self.has_commit && is_as_before() {
                    // Where this fails the next run looks at all of the index.
                    let _ = swap::put_back(&index);
                }
                return Err(error);
            }
        };
        match (self.has_commit, self.takes_down) {
            (false, _) => self.store.settle(writer, &swap::previous(&index)),
            (true, false) => {
                swap::kept(&index)?;
                self.store.settle(writer, &swap::previous(&index))
            }
            (true, true) => {
                self.store.settle(writer, &swap::keeping(&index))?;
                swap::forget(&index)
            }
        }
    }

    /// All until the commit, and that.
    fn commit(
        &self,
        settings: &Settings,
        watch: &Watch<'_>,
        catalogue: &mut Catalogue,
        mut spool: Spool,
        report: &mut Report,
    ) -> Result<IndexWriter<Queued>, Error> {
        let Decided { store, arrangement, .. } = self;
        if self.has_commit {
            swap::keep(store.folder())?;
            seal::take_off(store.folder())?;
        }
        let tasks = tasks(catalogue, &arrangement.documents);
        let gone = gone(catalogue, &arrangement.documents);
        let mut writer: IndexWriter<Queued> = store.writer(settings.memory, settings.threads)?;
        let written = writing::write(settings, watch, store, &writer, catalogue, arrangement, &tasks, &mut spool);
        if let Err(error) = written {
            return Err(store.cause(writer, error));
        }
        drop(spool);
        gone.iter().for_each(|key| store.delete(&writer, key));
        (watch.progress)(Progress::Committing);
        watch.check()?;
        remember(catalogue, arrangement, self.declared);
        catalogue.generation += 1;
        report.generation = catalogue.generation;
        report.seconds = self.started.elapsed().as_secs_f64();
        announced::announce(&settings.data, report)?;
        store.commit(&mut writer, catalogue, &report.run)?;
        Ok(writer)
    }
}

/// Indices of the documents that the index lacks or holds otherwise.
fn tasks(catalogue: &Catalogue, documents: &[Arranged]) -> Vec<usize> {
    let is_as_wanted = |wanted: &Arranged| {
        catalogue.written.get(&wanted.key).is_some_and(|is| is.bytes == wanted.bytes && is.stamp == wanted.stamp)
    };
    (0..documents.len()).filter(|&i| !is_as_wanted(&documents[i])).collect()
}

/// Documents that the index holds and should not.
fn gone(catalogue: &Catalogue, documents: &[Arranged]) -> Vec<DocumentKey> {
    catalogue
        .written
        .keys()
        .filter(|key| documents.binary_search_by_key(*key, |document| document.key).is_err())
        .copied()
        .collect()
}

fn remember(catalogue: &mut Catalogue, arrangement: &Arrangement, declared: u64) {
    let documents = arrangement.documents.iter();
    catalogue.written = documents.map(|document| (document.key, written(arrangement, document))).collect();
    catalogue.unions = arrangement.unions().iter().map(Union::stamp).collect();
    catalogue.unions.sort_unstable();
    catalogue.declared = declared;
}

fn written(arrangement: &Arrangement, document: &Arranged) -> Written {
    let thread = report::thread_stamp(arrangement, document);
    Written { bytes: document.bytes, stamp: document.stamp, thread }
}
