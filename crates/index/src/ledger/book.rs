//! The runs of an archive for readers: what each came to at once, its whole report where it is asked for.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use serde::Deserialize;

use super::{Ledger, Verdict, apply};
use crate::{
    Error,
    run::{Report, Tally},
};

/// One run in a list of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// Its name: its time, `20261124T020000Z`.
    pub run: String,
    /// The sum.
    pub tally: Tally,
    /// Whether it made the index anew.
    pub rebuild: bool,
    /// How many dumps it read.
    pub dumps: usize,
    /// How many messages it took back.
    pub taken_back: u64,
    /// Whether it was taken back since.
    pub undone: bool,
    /// Where its line begins and how long it is.
    place: (u64, usize),
}

/// All runs, the latest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Runs {
    /// Each run that is in the ledger.
    pub runs: Vec<RunSummary>,
    /// Lines of the ledger that could not be read, which somebody or a power failure has spoilt.
    pub spoilt: usize,
}

/// Length and time of the file: what tells whether it has changed.
type State = (u64, Option<SystemTime>);

/// The ledger as a server reads it: again only when it has changed, and of each line no more than a summary is kept.
pub(crate) struct Book {
    path: PathBuf,
    read: Mutex<Option<(State, Arc<Runs>)>>,
}

/// What is taken of a line.
#[derive(Deserialize)]
struct Brief {
    run: String,
    #[serde(flatten)]
    tally: Tally,
    #[serde(default)]
    taken_back: u64,
    #[serde(default)]
    rebuild: bool,
    files: Vec<serde::de::IgnoredAny>,
}

impl Book {
    pub(crate) fn of(data: &Path) -> Book {
        Book { path: Ledger::path(data), read: Mutex::new(None) }
    }

    /// All runs.
    pub(crate) fn runs(&self) -> Result<Arc<Runs>, Error> {
        let failed = |source| Error::Io { what: "read", path: self.path.clone(), source };
        let about = match fs::metadata(&self.path) {
            Ok(about) => about,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(failed(error)),
        };
        let state = (about.len(), about.modified().ok());
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, runs)) = read.as_ref().filter(|(known, _)| *known == state) {
            return Ok(Arc::clone(runs));
        }
        let runs = Arc::new(summaries(fs::File::open(&self.path).map_err(failed)?).map_err(failed)?);
        *read = Some((state, Arc::clone(&runs)));
        Ok(runs)
    }

    /// The whole report of a run, and whether it was taken back; `None` where there is no such run.
    pub(crate) fn report(&self, name: &str) -> Result<Option<(Report, bool)>, Error> {
        let failed = |source| Error::Io { what: "read", path: self.path.clone(), source };
        let runs = self.runs()?;
        let Some(summary) = runs.runs.iter().find(|summary| summary.run == name) else { return Ok(None) };
        let mut file = fs::File::open(&self.path).map_err(failed)?;
        let (offset, length) = summary.place;
        let mut line = vec![0; length];
        file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(&mut line)).map_err(failed)?;
        // Lines are never rewritten; one that was all the same is no longer this run's.
        let report = serde_json::from_slice(&line).ok();
        Ok(report.filter(|report: &Report| report.run == name).map(|report| (report, summary.undone)))
    }
}

fn summaries(ledger: impl Read) -> std::io::Result<Runs> {
    let mut runs = Runs::default();
    let mut undone = BTreeSet::new();
    let mut offset = 0;
    let mut reader = BufReader::new(ledger);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        if let Ok(Brief { run, tally, taken_back, rebuild, files }) = serde_json::from_slice(&line) {
            let place = (offset, line.len());
            runs.runs.push(RunSummary { run, tally, rebuild, dumps: files.len(), taken_back, undone: false, place });
        } else if let Some(verdict) = serde_json::from_slice(&line).ok().filter(Verdict::says_something) {
            apply(&verdict, &mut undone);
        } else {
            runs.spoilt += 1;
        }
        offset += line.len() as u64;
        line.clear();
    }
    runs.runs.reverse();
    runs.runs.iter_mut().for_each(|summary| summary.undone = undone.contains(&summary.run));
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn runs_are_listed_latest_first_and_each_report_is_found_again_past_spoilt_lines() {
        let folder = tempfile::tempdir().unwrap();
        let (data, book) = (folder.path(), Book::of(folder.path()));
        assert_eq!(*book.runs().unwrap(), Runs::default());
        let append = |run: &str| {
            Ledger::open(data).unwrap().append(&Report { run: run.into(), ..Report::new(0, 3, Vec::new()) })
        };
        append("A").unwrap();
        fs::OpenOptions::new()
            .append(true)
            .open(Ledger::path(data))
            .unwrap()
            .write_all(b"{\"half\n\xff\n{}\n")
            .unwrap();
        append("B").unwrap();
        Ledger::judge(data, "now".into(), "A", false).unwrap();
        let runs = book.runs().unwrap();
        let names: Vec<_> = runs.runs.iter().map(|run| (run.run.as_str(), run.undone)).collect();
        assert_eq!((names, runs.spoilt), (vec![("B", false), ("A", true)], 3));
        let (report, undone) = book.report("A").unwrap().unwrap();
        assert_eq!((report.run.as_str(), report.unchanged, undone), ("A", 3, true));
        assert!(book.report("C").unwrap().is_none());
        append("C").unwrap();
        assert!(book.report("C").unwrap().is_some(), "a ledger that has grown is read again");
    }
}
