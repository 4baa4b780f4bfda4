//! A run: reads the dumps that are new or have changed, decides what is in them, writes what follows, commits once.
//!
//! Two passes. The survey reads every changed dump and remembers of each message what identity, threads and people
//! need; nothing is written. Then `arrange` says what the index should hold, and only documents that differ from what
//! it holds are written, their bytes taken from the dump again or, where only their thread or person changed, from the
//! index itself. So memory depends on the number of messages, never on the size of a dump, and each message is analysed at most once.

mod aside;
mod decided;
mod gathering;
mod gone;
pub mod kinds;
mod lost;
mod outcome;
mod pipeline;
mod report;
pub(crate) mod shown;
mod sighting;
mod spool;
mod survey;
mod taken_down;
mod undone;
mod vanished;
mod writing;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Instant,
};

use crate::{
    Error, arrange,
    catalogue::{Catalogue, DumpRecord},
    commit::Commit,
    doctor,
    document::Rules,
    ledger::{History, Ledger, announced, people::Declared, removals::Removals},
    store::{self, Store},
    swap,
};
use plenary_ingest::{
    source::{self, Discovered, Dump, Limits, Planned},
    worker::Pool,
};

use self::{aside::Aside, decided::Decided, gone::mark_gone, spool::Spool};
pub(crate) use self::{aside::MAX_ASIDE, gone::only_in_gone, vanished::is_kept};

pub use self::taken_down::{remove, restore};
pub use self::{
    report::{FileReport, Outcome, Report, SetAside, Tally},
    vanished::Vanished,
};
pub use crate::people::Union;

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
    /// Who reads documents attached to mail; without them only plain text is read.
    pub workers: Option<Arc<Pool>>,
    /// The time of the run, in seconds: dates more than a day later are not believed.
    pub now: i64,
    /// Decide and report, but write nothing.
    pub dry_run: bool,
    /// Read again the dumps of which something was set aside.
    pub retry: bool,
    /// For a dry run: dumps that would be copied below the lists' folder first.
    pub planned: Vec<Planned>,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Reading a dump: its name, and bytes read of all bytes to read.
    Reading {
        /// Path below the lists' folder.
        dump: String,
        /// Bytes read until now, as files.
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
    let index = settings.data.join("index");
    if settings.dry_run {
        // What a crash left half done is put right if nobody is at work; a dry run needs no more right than that.
        if let Ok(_lock) = store::lock(&settings.data) {
            recover(settings, &index)?;
        }
        return run(settings, watch, &index, Catalogue::default());
    }
    let _lock = store::lock(&settings.data)?;
    recover(settings, &index)?;
    entered(settings, &index, run(settings, watch, &index, Catalogue::default()))
}

/// Builds the index again from the dumps, beside the old one, which answers until the new one takes its place.
pub fn rebuild(settings: &Settings, watch: &Watch<'_>) -> Result<Report, Error> {
    let _lock = store::lock(&settings.data)?;
    let index = settings.data.join("index");
    // An index that is damaged is what a rebuild is for: it stands until the new one takes its place, whatever it has lost.
    finish(settings, &index)?;
    renew(settings, watch, &index)
}

/// The same, unless messages would be lost by it that only the index holds.
pub fn repair(settings: &Settings, watch: &Watch<'_>) -> Result<Report, Error> {
    let _lock = store::lock(&settings.data)?;
    let index = settings.data.join("index");
    finish(settings, &index)?;
    doctor::check_losses(&settings.data, &index)?;
    renew(settings, watch, &index)
}

fn renew(settings: &Settings, watch: &Watch<'_>, index: &Path) -> Result<Report, Error> {
    let fresh = swap::fresh(index);
    // Readers tell commits apart by their number, so it goes on from where the old index is.
    let generation = Commit::generation_of(index);
    let report = run(settings, watch, &fresh, Catalogue::after(generation));
    let report = report.and_then(|report| {
        swap::swap(index)?;
        forget_removed(settings, index)?;
        Ok(report)
    });
    if report.is_err() {
        // Whatever else fails now, why it failed is what matters.
        let _ = swap::recover(index);
    }
    entered(settings, index, report)
}

/// Takes back what only one run brought, or with `back` brings it back; then ingests what is new, as ever. The dumps stay where they
/// are and are left unread, in a rebuild too.
pub fn undo(settings: &Settings, watch: &Watch<'_>, name: &str, back: bool) -> Result<Report, Error> {
    let _lock = store::lock(&settings.data)?;
    let index = settings.data.join("index");
    recover(settings, &index)?;
    let history = History::read(&settings.data)?;
    if !history.knows(name) {
        return Err(Error::NoRun(name.to_owned()));
    }
    if !back && history.brings_nothing(name) {
        return Err(Error::NothingBrought(name.to_owned()));
    }
    if history.is_undone(name) == back {
        if !back {
            lost::check_twice(settings, watch, &index, || {
                check_undo(settings, &index, History::read(&settings.data)?.without(name))
            })?;
        }
        Ledger::judge(&settings.data, report::name_of(settings.now), name, back)?;
    }
    entered(settings, &index, run(settings, watch, &index, Catalogue::default()))
}

/// An error where messages would be lost, were the history this one: the run brought a richer copy of what an earlier one had brought,
/// and the dump of that is gone.
fn check_undo(settings: &Settings, index: &Path, history: History) -> Result<(), Error> {
    let mut catalogue = match Store::open(index) {
        Ok(store) => store.catalogue()?,
        Err(Error::NoIndex(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    undone::apply(&mut catalogue, &history, &mut Report::new(settings.now, 0, Vec::new()));
    let removals = Removals::read(&settings.data)?;
    lost::check(&catalogue, &removals, &dumps(&settings.data, &[])?.dumps, |_| true)
}

/// Puts right what a run left that was cut off; an error where the index is no longer one.
fn recover(settings: &Settings, index: &Path) -> Result<(), Error> {
    finish(settings, index)?;
    swap::begin_again(index)
}

/// The same, whatever the index is.
fn finish(settings: &Settings, index: &Path) -> Result<(), Error> {
    if let Some(kept) = swap::unfinished(index)? {
        let removals = Removals::read(&settings.data)?;
        if removals.allow(&kept) { swap::kept(index)? } else { swap::forget(index)? }
    }
    swap::recover(index)?;
    forget_removed(settings, index)?;
    Removals::clear(&settings.data)?;
    vanished::clear(&lists_folder(&settings.data));
    announced::settle(&settings.data, index)?;
    aside::clear(&settings.data, index)
}

/// Keeps the index before the last run no longer where it has what was taken down, for a server might fall back on it: the decision
/// may have been cut off before it was carried out, and so may a rebuild between its renames.
fn forget_removed(settings: &Settings, index: &Path) -> Result<(), Error> {
    let previous = swap::previous(index);
    if Removals::read(&settings.data)?.allow_kept(&previous) { Ok(()) } else { swap::remove(&previous) }
}

/// Enters a run into the ledger; also one that failed after its commit, in what only makes searches faster.
fn entered(settings: &Settings, index: &Path, report: Result<Report, Error>) -> Result<Report, Error> {
    let entered = announced::settle(&settings.data, index);
    let report = report?;
    entered.map(|()| report)
}

/// One run on one index folder; `empty` is the catalogue to begin with where there is no index yet.
fn run(settings: &Settings, watch: &Watch<'_>, index: &Path, empty: Catalogue) -> Result<Report, Error> {
    let started = Instant::now();
    let lists = lists_folder(&settings.data);
    let history = History::read(&settings.data)?;
    let found = shown::all_shown(&lists, dumps(&settings.data, &settings.planned)?, &history)?;
    let Discovered { dumps, skipped, refused } = found;
    let store = match Store::open(index) {
        Ok(store) => Some(store),
        Err(Error::NoIndex(_)) => None,
        Err(error) => return Err(error),
    };
    let committed = store.as_ref().filter(|store| store.generation() > 0);
    if let Some(store) = committed.filter(|_| !settings.dry_run) {
        store.mend()?;
    }
    let has_commit = committed.is_some();
    let mut catalogue = committed.map_or(Ok(empty), Store::catalogue)?;
    let declared = Declared::read(&settings.data)?;
    let mut report = Report::new(settings.now, 0, skipped);
    report.refused = refused.len();
    report.rebuild = index != settings.data.join("index");
    report.run = history.free_name(&report.run);
    let mut must_write = undone::apply(&mut catalogue, &history, &mut report) || catalogue.declared != declared.stamp;
    let removals = Removals::read(&settings.data)?;
    must_write |= removals.settle(&mut catalogue);
    let gone_dumps = mark_gone(&mut catalogue, &dumps);
    let changed = changed(&catalogue, &dumps, settings.retry);
    must_write |= !changed.is_empty() || !has_commit;
    report.unchanged = dumps.len() - changed.len();
    let read_again: HashSet<&str> = changed.iter().map(|dump| dump.name.as_str()).collect();
    let still_aside =
        |dump: &&DumpRecord| dump.present && dump.set_aside > 0 && !read_again.contains(dump.name.as_str());
    report.still_aside = catalogue.dumps.iter().filter(still_aside).count();
    let only_there = || only_in_gone(&catalogue, &HashSet::new()).messages;
    report.gone = (gone_dumps, if gone_dumps == 0 { 0 } else { only_there() });
    if !must_write {
        report.seconds = started.elapsed().as_secs_f64();
        return Ok(report);
    }
    let (mut spool, aside) = match settings.dry_run {
        true => (Spool::none(), Aside::none()),
        false => (Spool::create(&settings.data)?, Aside::create(&settings.data)?),
    };
    let before = catalogue.dumps.len() as u32;
    let run = report.run.clone();
    let mut books = survey::Books { catalogue: &mut catalogue, spool: &mut spool, aside, history: &history, run: &run };
    survey::survey(settings, watch, &changed, &mut books, &mut report)?;
    let aside = books.aside;
    if before == 0 {
        outcome::date_back(&mut catalogue);
    }
    lost::forget(&mut catalogue, &removals);
    let fresh = (before..catalogue.dumps.len() as u32).collect();
    let mut missing = vanished::look(&catalogue, &fresh, &removals);
    missing.add_taken_down(&catalogue, &removals);
    report.vanished = missing.listed.clone();
    report.kept = missing.dumps(&report.run);
    let arrangement = arrange::arrange(&catalogue, &declared, &removals);
    report.threads_and_people(&catalogue, &arrangement);
    if settings.dry_run {
        report.seconds = started.elapsed().as_secs_f64();
        return Ok(report);
    }
    let store = match store {
        Some(store) => store,
        None => Store::create(index)?,
    };
    // What was set aside comes first: what is committed must be complete.
    aside.keep(&settings.data, &report)?;
    missing.keep(&lists, &report.run, &store)?;
    let takes_down = !removals.held(&catalogue).is_empty();
    let mut decided =
        Decided { store, has_commit, takes_down, arrangement: &arrangement, declared: declared.stamp, started };
    decided.carry_out(settings, watch, &mut catalogue, spool, &mut report)?;
    report.seconds = started.elapsed().as_secs_f64();
    // Now that it is known how long all of it took. Where this fails the first announcement stands.
    let _ = announced::announce(&settings.data, &report);
    Ok(report)
}

/// The dumps that have to be read.
fn changed<'a>(catalogue: &Catalogue, dumps: &'a [Dump], retry: bool) -> Vec<&'a Dump> {
    let known: HashMap<&str, &DumpRecord> =
        catalogue.dumps.iter().filter(|known| known.present).map(|known| (known.name.as_str(), known)).collect();
    let unchanged = |dump: &Dump| {
        let Some(known) = known.get(dump.name.as_str()) else { return false };
        if retry && known.set_aside > 0 {
            return false;
        }
        let looks_same = known.size == dump.size && known.modified == dump.modified;
        // A file written within the clock's reach of the run that read it may have been written again since, with the
        // same time; only its bytes can tell.
        looks_same && (!known.racy || source::digest(&dump.path).is_ok_and(|digest| digest == known.digest))
    };
    dumps.iter().filter(|dump| !unchanged(dump)).collect()
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

/// The dumps below the lists' folder of a data folder, and those planned to be there, and what lies there and is none, with the reason.
///
/// # Errors
///
/// The folder is not there or cannot be read.
pub fn dumps(data: &Path, planned: &[Planned]) -> Result<Discovered, Error> {
    let path = lists_folder(data);
    // A folder that cannot be looked at is there, and says why when it is read.
    if planned.is_empty() && matches!(path.try_exists(), Ok(false)) {
        return Err(Error::NoLists(path));
    }
    source::discover(&path, planned).map_err(|error| Error::Lists { path, detail: describe(&error) })
}

/// The folder of dumps in a data folder.
pub fn lists_folder(data: &Path) -> PathBuf {
    data.join("lists")
}

#[cfg(test)]
pub(crate) mod tests;
