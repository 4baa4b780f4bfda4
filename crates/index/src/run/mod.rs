//! A run: reads the dumps that are new or have changed, decides what is in them, writes what follows, commits once.
//!
//! Two passes. The survey reads every changed dump and remembers of each message what identity, threads and people
//! need; nothing is written. Then `arrange` says what the index should hold, and only documents that differ from what
//! it holds are written, their bytes taken from the dump again or, where only their thread or person changed, from the
//! index itself. So memory depends on the number of messages, never on the size of a dump, and each message is analysed at most once.

mod pipeline;
mod report;
mod survey;
mod writing;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::Instant,
};

use plenary_ingest::source::{self, Dump, Limits};
use tantivy::{IndexWriter, TantivyDocument};

use crate::{
    Error,
    arrange::{self, Arranged},
    catalogue::{Catalogue, DocumentKey, Written},
    document::Rules,
    store::{self, Store},
};

pub use report::{FileReport, Outcome, Report, SetAside, Tally};

/// Everything a run must be told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder: `lists/` in it is read, `index/`, `ledger/` and `set-aside/` are written.
    pub data: PathBuf,
    /// Subject prefixes and kinds.
    pub rules: Rules,
    /// Limits of reading.
    pub limits: Limits,
    /// Memory for the engine's writer, in bytes; at least 15 MB per thread are taken.
    pub memory: usize,
    /// Threads that parse and threads that index, each; 0 means one per core.
    pub threads: usize,
    /// The time of the run, in seconds: dates more than a day later are not believed.
    pub now: i64,
    /// Decide and report, but write nothing.
    pub dry_run: bool,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Reading a dump: its name, and bytes read of all bytes to read.
    Reading {
        /// Path below the lists' folder.
        dump: String,
        /// Bytes of finished dumps.
        done: u64,
        /// Bytes of all changed dumps, as files.
        total: u64,
        /// Messages read until now.
        messages: u64,
    },
    /// Writing documents.
    Writing {
        /// Documents handed to the engine.
        done: u64,
        /// Documents to write in all.
        total: u64,
    },
    /// The engine makes it last.
    Committing,
}

/// Who watches a run: told of progress, asked whether to go on.
pub struct Watch<'a> {
    /// Called often, from the run's own thread.
    pub progress: &'a dyn Fn(Progress),
    /// Set to stop the run; the index then stands as it was.
    pub stop: &'a AtomicBool,
}

impl Watch<'_> {
    fn check(&self) -> Result<(), Error> {
        if self.stop.load(std::sync::atomic::Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Ingests what is new or changed below `data/lists`.
pub fn ingest(settings: &Settings, watch: &Watch<'_>) -> Result<Report, Error> {
    let started = Instant::now();
    let lists = settings.data.join("lists");
    let (dumps, skipped) =
        source::discover(&lists).map_err(|error| Error::Lists { path: lists.clone(), detail: describe(&error) })?;
    fs::create_dir_all(&settings.data).map_err(|source| Error::Io {
        what: "create",
        path: settings.data.clone(),
        source,
    })?;
    let _lock = store::lock(&settings.data)?;
    let index_dir = settings.data.join("index");
    let store = Store::open_or_create(&index_dir)?;
    let mut catalogue = store.catalogue()?;

    let changed = changed(&catalogue, &dumps);
    let mut report = Report::new(settings.now, dumps.len() - changed.len(), skipped);
    if changed.is_empty() && store.generation() > 0 {
        report.seconds = started.elapsed().as_secs_f64();
        return Ok(report);
    }
    let aside = survey::survey(settings, watch, &changed, &mut catalogue, &mut report)?;
    let arranged = arrange::arrange(&catalogue);
    report.threads_and_people(&arranged);
    if settings.dry_run {
        report.seconds = started.elapsed().as_secs_f64();
        return Ok(report);
    }
    let tasks = tasks(&catalogue, &arranged);
    let gone = gone(&catalogue, &arranged);
    if !tasks.is_empty() || !gone.is_empty() || store.generation() == 0 {
        let mut writer: IndexWriter<TantivyDocument> = store.writer(settings.memory, settings.threads)?;
        writing::write(settings, watch, &store, &writer, &catalogue, &arranged, &tasks)?;
        gone.iter().for_each(|key| store.delete(&writer, &key.name()));
        (watch.progress)(Progress::Committing);
        watch.check()?;
        remember(&mut catalogue, &arranged);
        store.commit(&mut writer, &mut catalogue)?;
        store.settle(writer)?;
    } else {
        store.note(&mut catalogue)?;
    }
    report.generation = catalogue.generation;
    report.seconds = started.elapsed().as_secs_f64();
    aside.keep(&settings.data, &report)?;
    report.record(&settings.data)?;
    Ok(report)
}

/// Deletes the index and builds it again from the dumps.
pub fn rebuild(settings: &Settings, watch: &Watch<'_>) -> Result<Report, Error> {
    let index = settings.data.join("index");
    if index.exists() {
        let _lock = store::lock(&settings.data)?;
        fs::remove_dir_all(&index).map_err(|source| Error::Io { what: "remove", path: index, source })?;
    }
    ingest(settings, watch)
}

/// The dumps that have to be read.
fn changed<'a>(catalogue: &Catalogue, dumps: &'a [Dump]) -> Vec<&'a Dump> {
    dumps
        .iter()
        .filter(|dump| {
            !catalogue.dumps.iter().any(|known| {
                known.present && known.name == dump.name && known.size == dump.size && known.modified == dump.modified
            })
        })
        .collect()
}

/// Indices of the documents that the index lacks or holds otherwise.
fn tasks(catalogue: &Catalogue, arranged: &[Arranged]) -> Vec<usize> {
    (0..arranged.len())
        .filter(|&i| {
            let wanted = &arranged[i];
            catalogue.written.get(&wanted.key) != Some(&Written { bytes: wanted.bytes, stamp: wanted.stamp })
        })
        .collect()
}

/// Documents that the index holds and should not.
fn gone(catalogue: &Catalogue, arranged: &[Arranged]) -> Vec<DocumentKey> {
    catalogue
        .written
        .keys()
        .filter(|key| arranged.binary_search_by_key(*key, |document| document.key).is_err())
        .copied()
        .collect()
}

fn remember(catalogue: &mut Catalogue, arranged: &[Arranged]) {
    catalogue.written = arranged.iter().map(|d| (d.key, Written { bytes: d.bytes, stamp: d.stamp })).collect();
}

/// An error with its causes, on one line.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

/// The folder of dumps in a data folder.
pub fn lists_folder(data: &Path) -> PathBuf {
    data.join("lists")
}
