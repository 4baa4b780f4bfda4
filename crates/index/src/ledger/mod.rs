//! What people decided and what runs did: readable files in `data/ledger`, which only ever grow.
//!
//! `runs.jsonl` holds a line for every run, its [`Report`], and one for every run taken back or brought back.
//! `people.toml` says who is one person, and wins over the rules. `removed.jsonl` says which messages were taken down.

pub(crate) mod announced;
mod book;
pub(crate) mod people;
pub(crate) mod removals;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Error,
    catalogue::{create_folder, sync_folder},
    run::Report,
};

pub(crate) use self::book::Book;
pub use self::{
    book::{RunSummary, Runs},
    removals::{Removal, removed},
};

/// A file of lines in `data/ledger`, open for appending; it is never rewritten.
pub(crate) struct Ledger {
    path: PathBuf,
    file: fs::File,
}

/// A line about another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Verdict {
    /// When it was said, as the names of runs are written.
    at: String,
    /// The run that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<String>,
    /// The run that is brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redo: Option<String>,
}

impl Verdict {
    fn says_something(&self) -> bool {
        self.undo.is_some() || self.redo.is_some()
    }
}

/// A line, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Run(Box<Report>),
    Verdict(Verdict),
    /// Written by a later version, or cut short by a power failure.
    #[serde(skip)]
    Strange,
}

/// A dump as a run read it: its name below the lists' folder and the digest of its bytes, in hexadecimal.
pub(crate) type DumpState = (String, String);

/// What the ledger says about runs.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Names of runs, with the dumps that each was the first to read.
    brought: BTreeMap<String, HashSet<DumpState>>,
    /// Names of the dumps that the last rebuild or a run since then read or wrote, with the last run that did.
    held: BTreeMap<String, String>,
    /// The same names, with the digest that each had when it was last read.
    last: BTreeMap<String, String>,
    undone: BTreeSet<String>,
}

impl Ledger {
    fn path(data: &Path) -> PathBuf {
        data.join("ledger").join("runs.jsonl")
    }

    /// That of the runs.
    pub(crate) fn open(data: &Path) -> Result<Ledger, Error> {
        let path = Ledger::path(data);
        let failed = |source| Error::Io { what: "write", path: path.clone(), source };
        let folder = path.parent().unwrap_or(&path);
        create_folder(folder)?;
        let is_new = !path.exists();
        let file = fs::File::options().create(true).append(true).open(&path).map_err(failed)?;
        if is_new {
            sync_folder(folder)?;
        }
        Ok(Ledger { path, file })
    }

    /// Adds a run.
    #[cfg(test)]
    pub(crate) fn append(self, report: &Report) -> Result<(), Error> {
        self.line(&serde_json::to_string(report).unwrap_or_default())
    }

    /// Says that a run is taken back, or (`back`) brought back.
    pub(crate) fn judge(data: &Path, at: String, run: &str, back: bool) -> Result<(), Error> {
        let run = Some(run.to_owned());
        let (undo, redo) = if back { (None, run) } else { (run, None) };
        let unsaid =
            |error: serde_json::Error| Error::Io { what: "write", path: Ledger::path(data), source: error.into() };
        let verdict = serde_json::to_string(&Verdict { at, undo, redo }).map_err(unsaid)?;
        Ledger::open(data)?.line(&verdict)
    }

    fn line(mut self, line: &str) -> Result<(), Error> {
        // In one piece: what is cut off in between is taken off by the next run, and must not end like a line.
        let written = self.file.write_all(format!("{line}\n").as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|source| Error::Io { what: "write", path: self.path, source })
    }
}

/// Puts a file in its place, for good: whatever fails, it is as it was or all of it is new.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let part = path.with_extension("part");
    let write = || {
        let mut file = fs::File::create(&part)?;
        if let Ok(before) = fs::metadata(path) {
            // Who may read it has been decided.
            file.set_permissions(before.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|source| {
        // It holds nothing that anybody was told is done.
        let _ = fs::remove_file(&part);
        Error::Io { what: "write", path: path.into(), source }
    })?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Removes what [`replace`] was writing when it was cut off: it says nothing.
fn clear(path: &Path) -> Result<(), Error> {
    let part = path.with_extension("part");
    match fs::remove_file(&part) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io { what: "remove", path: part, source })
        }
        _ => Ok(()),
    }
}

/// Goes through the ledger, first line first. A line that cannot be read is passed over: the ledger is for reading by
/// people too, and what they spoil in it must not stop a run.
fn lines(data: &Path, mut each: impl FnMut(Line)) -> Result<(), Error> {
    let path = Ledger::path(data);
    let failed = |source| Error::Io { what: "read", path: path.clone(), source };
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for line in BufReader::new(file).split(b'\n') {
        each(serde_json::from_slice(&line.map_err(failed)?).unwrap_or(Line::Strange));
    }
    Ok(())
}

/// The reports of all runs, the latest first, each with whether it was taken back. Runs that changed nothing left none.
pub fn reports(data: &Path) -> Result<Vec<(Report, bool)>, Error> {
    let mut reports = Vec::new();
    let mut undone = BTreeSet::new();
    lines(data, |line| match line {
        Line::Run(report) => reports.push(*report),
        Line::Verdict(verdict) => apply(&verdict, &mut undone),
        Line::Strange => {}
    })?;
    reports.reverse();
    Ok(reports
        .into_iter()
        .map(|report| {
            let undone = undone.contains(&report.run);
            (report, undone)
        })
        .collect())
}

fn apply(verdict: &Verdict, undone: &mut BTreeSet<String>) {
    if let Some(run) = &verdict.undo {
        undone.insert(run.clone());
    }
    if let Some(run) = &verdict.redo {
        undone.remove(run);
    }
}

impl History {
    /// Reads it.
    pub(crate) fn read(data: &Path) -> Result<History, Error> {
        let mut history = History::default();
        let mut known: HashSet<DumpState> = HashSet::new();
        lines(data, |line| match line {
            Line::Run(report) => {
                let read = report.files.iter().filter_map(|file| Some((file.path.clone(), file.digest.clone()?)));
                if report.rebuild {
                    history.held.clear();
                    history.last.clear();
                }
                history.last.extend(read.clone());
                let names = read.clone().map(|(name, _)| name).chain(report.kept.iter().cloned());
                history.held.extend(names.map(|name| (name, report.run.clone())));
                let first: HashSet<DumpState> = read.filter(|state| known.insert(state.clone())).collect();
                history.brought.entry(report.run).or_default().extend(first);
            }
            Line::Verdict(verdict) => apply(&verdict, &mut history.undone),
            Line::Strange => {}
        })?;
        Ok(history)
    }

    /// Whether there was such a run.
    pub(crate) fn knows(&self, run: &str) -> bool {
        self.brought.contains_key(run)
    }

    /// Whether it says nothing of any run.
    pub(crate) fn is_empty(&self) -> bool {
        self.brought.is_empty()
    }

    /// Whether a run is none: it would be the last one, and was not entered.
    pub(crate) fn never_was(&self, run: &str) -> bool {
        !self.knows(run) && self.brought.keys().next_back().is_some_and(|last| last.as_str() < run)
    }

    /// Whether a run was the first to read none of the dumps that it read.
    pub(crate) fn brings_nothing(&self, run: &str) -> bool {
        self.brought.get(run).is_some_and(HashSet::is_empty)
    }

    /// Every dump that a run read or wrote which was not taken back, by name; what was gone when the index was last made anew is not
    /// among them.
    pub(crate) fn dumps(&self) -> BTreeSet<&str> {
        self.held.iter().filter(|(_, run)| !self.is_undone(run)).map(|(name, _)| name.as_str()).collect()
    }

    /// The digest, in hexadecimal, that a dump of this name had when it was last read.
    pub(crate) fn last_digest(&self, name: &str) -> Option<&str> {
        self.last.get(name).map(String::as_str)
    }

    /// A name that no run has yet: the one given, or with a number after it where two runs began in one second.
    pub(crate) fn free_name(&self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|name| !self.knows(name)).unwrap_or_default()
    }

    /// Whether a run is taken back.
    pub(crate) fn is_undone(&self, run: &str) -> bool {
        self.undone.contains(run)
    }

    /// The same as if a run were taken back, too.
    pub(crate) fn without(mut self, run: &str) -> History {
        self.undone.insert(run.to_owned());
        self
    }

    /// The run that was the first to read a dump in this state.
    pub(crate) fn first_run(&self, state: &DumpState) -> Option<&str> {
        self.brought.iter().find(|(_, dumps)| dumps.contains(state)).map(|(run, _)| run.as_str())
    }
}

/// A digest in hexadecimal.
pub(crate) fn hex(digest: &[u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_taken_back_and_brought_back_is_as_before_and_spoilt_lines_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let report = |run: &str| Report { run: run.into(), ..Report::new(0, 0, Vec::new()) };
        Ledger::open(data).unwrap().append(&report("A")).unwrap();
        fs::OpenOptions::new().append(true).open(Ledger::path(data)).unwrap().write_all(b"{\"half\n\xff\n").unwrap();
        Ledger::open(data).unwrap().append(&report("B")).unwrap();
        let undone =
            |data| reports(data).unwrap().into_iter().map(|(report, undone)| (report.run, undone)).collect::<Vec<_>>();
        assert_eq!(undone(data), [("B".to_owned(), false), ("A".to_owned(), false)]);
        Ledger::judge(data, "now".into(), "A", false).unwrap();
        assert_eq!(undone(data), [("B".to_owned(), false), ("A".to_owned(), true)]);
        assert!(History::read(data).unwrap().is_undone("A") && History::read(data).unwrap().knows("B"));
        Ledger::judge(data, "later".into(), "A", true).unwrap();
        assert!(!History::read(data).unwrap().is_undone("A"));
    }

    #[test]
    fn what_was_gone_at_a_rebuild_is_not_missed_and_a_rebuild_has_nothing_to_take_back() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        let read = |run: &str, rebuild: bool, dumps: &[&str]| {
            let files = dumps
                .iter()
                .map(|name| {
                    let dump = plenary_ingest::source::Dump {
                        list: "l".into(),
                        name: (*name).to_owned(),
                        path: PathBuf::new(),
                        size: 1,
                        modified: 1,
                    };
                    let mut file = crate::run::FileReport::new(&dump);
                    file.digest = Some((*name).to_owned());
                    file
                })
                .collect();
            let report = Report { run: run.into(), rebuild, files, ..Report::new(0, 0, Vec::new()) };
            Ledger::open(data).unwrap().append(&report).unwrap();
        };
        let held = || History::read(data).unwrap().dumps().into_iter().map(str::to_owned).collect::<Vec<_>>();
        read("A", false, &["l/one", "l/two"]);
        read("B", false, &["l/three"]);
        assert_eq!(held(), ["l/one", "l/three", "l/two"]);
        read("C", true, &["l/one"]);
        assert_eq!(held(), ["l/one"]);
        let history = History::read(data).unwrap();
        assert!(history.brings_nothing("C") && !history.brings_nothing("A") && !history.brings_nothing("none"));
    }

    #[test]
    fn without_a_ledger_there_is_no_history() {
        let folder = tempfile::tempdir().unwrap();
        assert!(reports(folder.path()).unwrap().is_empty() && !History::read(folder.path()).unwrap().knows("A"));
    }
}
