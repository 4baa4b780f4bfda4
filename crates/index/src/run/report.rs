//! What a run did, in numbers that balance: read = new + known + richer + conflict + set aside.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
};

use plenary_ingest::{Problem, digest, source::Dump};
use serde::{Deserialize, Serialize, Serializer};

use super::{Settings, Vanished};
use crate::{
    arrange::{Arranged, Arrangement},
    catalogue::Catalogue,
    people::Union,
};

/// What one message turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not in the archive before.
    New,
    /// A copy of one that is there.
    Known,
    /// A copy that holds more than those that were there, and is now shown.
    Richer,
    /// Another message with the Message-ID of one that is there; both are kept.
    Conflict,
}

/// The sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Messages found.
    pub read: u64,
    /// See [`Outcome::New`].
    pub new: u64,
    /// See [`Outcome::Known`].
    pub known: u64,
    /// See [`Outcome::Richer`].
    pub richer: u64,
    /// See [`Outcome::Conflict`].
    pub conflict: u64,
    /// What could not be understood and is kept apart.
    pub set_aside: u64,
}

impl Tally {
    /// Counts one message, but not yet as read.
    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Known => self.known += 1,
            Outcome::Richer => self.richer += 1,
            Outcome::Conflict => self.conflict += 1,
        }
    }

    /// What `read` must be.
    pub fn sum(&self) -> u64 {
        self.new + self.known + self.richer + self.conflict + self.set_aside
    }

    /// Whether nothing was lost.
    pub fn balances(&self) -> bool {
        self.read == self.sum()
    }
}

/// What a run did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// The run's name: its time, `20261124T020000Z`.
    pub run: String,
    /// Whether it read all dumps into a new index, also those that other runs had brought.
    #[serde(default)]
    pub rebuild: bool,
    /// The sum over all files.
    #[serde(flatten)]
    pub tally: Tally,
    /// How long it took.
    pub seconds: f64,
    /// Date of the earliest message read, `2015-04-30`.
    pub first_date: Option<String>,
    /// Date of the latest message read.
    pub last_date: Option<String>,
    /// Dumps that had not changed and were not read.
    pub unchanged: usize,
    /// Of those, the ones of which something is set aside.
    #[serde(default)]
    pub still_aside: usize,
    /// Dumps that have gone from the lists' folder, and messages that are only in them; they are still served.
    pub gone: (usize, u64),
    /// Messages of an earlier dump that a newer one of the same months does not have; they are kept.
    #[serde(default)]
    pub vanished: Vec<Vanished>,
    /// Dumps written by this run, to keep vanished messages that no other dump holds.
    #[serde(default)]
    pub kept: Vec<String>,
    /// How many threads became part of another one.
    #[serde(default)]
    pub threads_joined: u64,
    /// People who now unite addresses that they did not unite before.
    #[serde(default)]
    pub people_merged: Vec<Union>,
    /// Dumps that were not read, because the run that brought them was taken back.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Messages that went with them in this run.
    #[serde(default)]
    pub taken_back: u64,
    /// Messages that are left out, because people took them down.
    #[serde(default)]
    pub removed: u64,
    /// Messages in the archive now, conflicts counted apart.
    pub messages: u64,
    /// Threads in the archive now.
    pub threads: u64,
    /// People in the archive now.
    pub people: u64,
    /// The commit that holds it.
    pub generation: u64,
    /// Files below the lists' folder that are no dumps, and why.
    #[serde(serialize_with = "as_text")]
    pub skipped: Vec<(PathBuf, String)>,
    /// So many of them the system did not let us look at.
    #[serde(default)]
    pub refused: usize,
    /// What was set aside.
    pub set_aside_details: Vec<SetAside>,
    /// Each file read. Last, so that the sums come first to the eye.
    pub files: Vec<FileReport>,
}

/// What a run did with one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileReport {
    /// Path below the lists' folder.
    pub path: String,
    /// The list's slug.
    pub list: String,
    /// Flavour and packing: `pipermail, gzip`.
    pub format: String,
    /// Digest of the file's bytes (BLAKE3), in hexadecimal; nothing where it could not be read.
    #[serde(default)]
    pub digest: Option<String>,
    /// Date of the earliest message in it, `2015-04-30`.
    #[serde(default)]
    pub first_date: Option<String>,
    /// Date of the latest.
    #[serde(default)]
    pub last_date: Option<String>,
    /// The sum.
    #[serde(flatten)]
    pub tally: Tally,
    /// How often each kind of problem was met.
    pub problems: BTreeMap<String, u64>,
    /// An example of each kind.
    pub examples: BTreeMap<String, String>,
    #[serde(skip)]
    span: Option<(i64, i64)>,
}

/// One thing set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The dump it is in.
    pub dump: String,
    /// Where it begins in the expanded dump.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Why.
    pub reason: String,
}

/// Paths as text: names that are no Unicode are written as far as they are, for a report must be entered whatever lies there.
fn as_text<S: Serializer>(skipped: &[(PathBuf, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(skipped.iter().map(|(path, reason)| (path.to_string_lossy(), reason)))
}

/// The name of a run that begins at a moment.
pub(super) fn name_of(now: i64) -> String {
    chrono::DateTime::from_timestamp(now, 0).unwrap_or_default().format("%Y%m%dT%H%M%SZ").to_string()
}

/// The day of a moment, `2016-06-02`.
pub(super) fn day(seconds: i64) -> Option<String> {
    chrono::DateTime::from_timestamp(seconds, 0).map(|date| date.format("%Y-%m-%d").to_string())
}

/// What is kept of a thread's name to see whether it changes.
pub(super) fn thread_stamp(arrangement: &Arrangement, document: &Arranged) -> u64 {
    digest::key(&arrangement.thread(document))
}

impl Settings {
    /// Threads to work with.
    pub(super) fn workers(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            n => n,
        }
    }
}

impl Report {
    pub(crate) fn new(now: i64, unchanged: usize, skipped: Vec<(PathBuf, String)>) -> Report {
        Report {
            run: name_of(now),
            rebuild: false,
            tally: Tally::default(),
            seconds: 0.0,
            first_date: None,
            last_date: None,
            unchanged,
            still_aside: 0,
            gone: (0, 0),
            vanished: Vec::new(),
            kept: Vec::new(),
            threads_joined: 0,
            people_merged: Vec::new(),
            left_out: Vec::new(),
            taken_back: 0,
            removed: 0,
            messages: 0,
            threads: 0,
            people: 0,
            generation: 0,
            files: Vec::new(),
            skipped,
            refused: 0,
            set_aside_details: Vec::new(),
        }
    }

    pub(super) fn sum_up(&mut self) {
        let mut span: Option<(i64, i64)> = None;
        for file in &mut self.files {
            (file.first_date, file.last_date) =
                (file.span.and_then(|(first, _)| day(first)), file.span.and_then(|(_, last)| day(last)));
            let (sum, one) = (&mut self.tally, &file.tally);
            sum.read += one.read;
            sum.new += one.new;
            sum.known += one.known;
            sum.richer += one.richer;
            sum.conflict += one.conflict;
            sum.set_aside += one.set_aside;
            if let Some((first, last)) = file.span {
                span = Some(span.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
            }
        }
        self.first_date = span.and_then(|(first, _)| day(first));
        self.last_date = span.and_then(|(_, last)| day(last));
    }

    /// Counts what the archive holds, and what was joined since the catalogue was last written.
    pub(super) fn threads_and_people(&mut self, catalogue: &Catalogue, arrangement: &Arrangement) {
        self.messages = arrangement.documents.len() as u64;
        self.removed = arrangement.removed;
        self.threads = arrangement.threads() as u64;
        self.people = arrangement.people() as u64;
        let mut former: HashMap<u64, HashSet<u64>> = HashMap::new();
        if !catalogue.written.is_empty() {
            for document in &arrangement.documents {
                if let Some(written) = catalogue.written.get(&document.key) {
                    former.entry(thread_stamp(arrangement, document)).or_default().insert(written.thread);
                }
            }
        }
        self.threads_joined = former.values().map(|threads| threads.len() as u64 - 1).sum();
        let is_new = |union: &&Union| catalogue.unions.binary_search(&union.stamp()).is_err();
        self.people_merged = arrangement.unions().iter().filter(is_new).cloned().collect();
    }

    /// Whether something needs a person's eye: set aside, unreadable, empty, or not to be looked at.
    pub fn has_remarks(&self) -> bool {
        self.tally.set_aside > 0
            || self.refused > 0
            || self.files.iter().any(|file| ["empty", "stray"].iter().any(|kind| file.problems.contains_key(*kind)))
    }

    /// Whether every sum balances.
    pub fn balances(&self) -> bool {
        self.tally.balances() && self.files.iter().all(|file| file.tally.balances())
    }
}

impl FileReport {
    pub(crate) fn new(dump: &Dump) -> FileReport {
        FileReport {
            path: dump.name.clone(),
            list: dump.list.clone(),
            format: String::new(),
            digest: None,
            first_date: None,
            last_date: None,
            tally: Tally::default(),
            problems: BTreeMap::new(),
            examples: BTreeMap::new(),
            span: None,
        }
    }

    pub(super) fn problem(&mut self, problem: &Problem) {
        self.note(problem.kind, &problem.detail);
    }

    pub(super) fn note(&mut self, kind: &str, detail: &str) {
        *self.problems.entry(kind.into()).or_default() += 1;
        self.examples.entry(kind.into()).or_insert_with(|| detail.into());
    }

    pub(super) fn dated(&mut self, seconds: i64) {
        self.span = Some(self.span.map_or((seconds, seconds), |(a, b)| (a.min(seconds), b.max(seconds))));
    }
}
