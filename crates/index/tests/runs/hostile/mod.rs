//! Holds every line of the hostile manifest against a real run: nothing is lost, and what the line expects is so.
//!
//! The inputs are not part of the repository; see `corpus`. A line without a check, or a check without its line, fails.

mod containers;
mod dates;
mod ids;
mod mbox;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use plenary_index::{
    Archive, Found,
    run::{FileReport, Report, Tally},
};

use crate::{
    corpus,
    desk::{self, Desk},
};

/// What becomes of an input: its path in the manifest; how many are read, new, known, richer, in conflict and set aside; and
/// whether the line's own expectation holds.
type Row = (&'static str, [u64; 6], fn(&Case));

#[test]
fn mailboxes() {
    check("mbox", mbox::ROWS);
}

#[test]
fn message_ids() {
    check("ids", ids::ROWS);
}

#[test]
fn dates() {
    check("dates", dates::ROWS);
}

#[test]
fn containers() {
    check("containers", containers::ROWS);
}

/// One input, ingested alone.
struct Case {
    /// The folder of hostile inputs.
    root: PathBuf,
    path: String,
    desk: Desk,
    report: Report,
}

impl Case {
    fn new(root: &Path, path: &str) -> Case {
        let desk = Desk::new();
        desk.put_file("hostile", &root.join(path));
        let report = desk.ingest();
        Case { root: root.to_owned(), path: path.to_owned(), desk, report }
    }

    fn file(&self) -> &FileReport {
        &self.report.files[0]
    }

    fn archive(&self) -> Archive {
        self.desk.archive()
    }

    fn all(&self) -> Vec<Found> {
        desk::all(&self.archive())
    }

    /// The bytes of an input of the manifest, as they lie on the disk.
    fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.root.join(path)).unwrap()
    }

    #[track_caller]
    fn message(&self, id: &str) -> Found {
        let found = self.archive().message_with_raw(id).unwrap();
        found.unwrap_or_else(|| panic!("{}: no message {id}", self.path))
    }

    /// The report must give this reason under this kind of problem.
    #[track_caller]
    fn says(&self, kind: &str, reason: &str) {
        let example = self.file().examples.get(kind).map_or("", String::as_str);
        assert!(example.contains(reason), "{}: `{kind}` says {example:?}, not {reason:?}", self.path);
    }

    /// Refused whole, for this reason, and nothing of it is published.
    #[track_caller]
    fn refused(&self, kind: &str, reason: &str) {
        self.says(kind, reason);
        assert_eq!(self.archive().overview().messages, 0, "{}: nothing is half published", self.path);
        assert!(self.report.set_aside_details.iter().any(|aside| aside.reason.contains(reason)));
    }
}

fn check(category: &str, rows: &[Row]) {
    let Some(corpus) = corpus::folder() else { return };
    let root = corpus.join("hostile");
    let mut rows: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.0, row)).collect();
    let manifest = fs::read_to_string(root.join("MANIFEST.jsonl")).unwrap();
    for line in manifest.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = line["path"].as_str().unwrap();
        if !path.starts_with(&format!("{category}/")) {
            continue;
        }
        let (_, tally, expectation) = rows.remove(path).unwrap_or_else(|| panic!("{path} has no check: {line}"));
        let case = Case::new(&root, path);
        accounted(path, &case.report.tally, line["true_messages"].as_u64());
        assert_eq!(numbers(&case.report.tally), *tally, "{path}, which says {}: {:?}", line["expect"], case.file());
        expectation(&case);
    }
    assert!(rows.is_empty(), "the manifest has no such lines: {:?}", rows.keys());
}

/// The accounting rule of the inputs' README. A file that is refused, or holds no message, is one thing set aside, whole.
#[track_caller]
fn accounted(path: &str, tally: &Tally, true_messages: Option<u64>) {
    let whole = tally.read == 1 && tally.set_aside == 1;
    // What is carved out of a body is shown beside the two messages that there truly are; its check says the rest.
    let carved = u64::from(path == "mbox/from-forgery-mboxo.mbox");
    let all = true_messages.is_none_or(|count| tally.read == count + carved);
    assert!(whole || all, "{path}: {tally:?} for {true_messages:?} messages");
}

fn numbers(tally: &Tally) -> [u64; 6] {
    [tally.read, tally.new, tally.known, tally.richer, tally.conflict, tally.set_aside]
}
