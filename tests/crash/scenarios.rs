//! Archives before a run, and what the run makes of them when nothing happens.

use std::{fs, sync::OnceLock};

use crate::archive::{Archive, Said, difference};

/// A run that is to be interrupted.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// As it is before.
    pub(crate) before: Archive,
    /// The run.
    pub(crate) args: Vec<String>,
    /// What is answered before; what is said where there is no index.
    pub(crate) old: Result<String, String>,
    /// What is answered after.
    new: String,
    /// What is answered when the next run has read what this one kept of dumps that are gone.
    pub(crate) settled: String,
    /// What the doctor says after.
    doctor: Said,
}

impl Scenario {
    fn new(name: &'static str, before: Archive, args: &[&str]) -> Scenario {
        let after = before.copy();
        let said = after.run(args);
        assert!([0, 3].contains(&said.code), "{name}: {}", said.err);
        let old = before.answers().map_err(|said| before.without_folder(&said.err));
        let new = after.answers().unwrap();
        assert!([0, 3].contains(&after.run(&["ingest"]).code), "{name}");
        let settled = after.answers().unwrap();
        let doctor = after.run(&["doctor"]);
        // What is compared with must be right: built anew from the dumps it is the same.
        assert!([0, 3].contains(&after.run(&["rebuild"]).code), "{name}");
        let rebuilt = after.answers().unwrap();
        let (one, other) = match args[0] {
            "remove" => (unranked(&rebuilt), unranked(&settled)),
            _ => (rebuilt, settled.clone()),
        };
        assert!(one == other, "{name}: a rebuild answers otherwise: {}", difference(&one, &other));
        Scenario { name, before, args: args.iter().map(|arg| (*arg).to_owned()).collect(), old, new, settled, doctor }
    }

    pub(crate) fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }

    /// Fails unless an archive in which the run was cut off answers as before or as after, and, when the run is done again, just as if
    /// it had never been cut off.
    #[track_caller]
    pub(crate) fn check(&self, archive: &Archive, when: &str) {
        self.check_after(archive, when, true);
    }

    /// The same; without looking at the answers of now where they may be others, for some of the run's work was set aside.
    #[track_caller]
    pub(crate) fn check_after(&self, archive: &Archive, when: &str, is_whole: bool) {
        if is_whole {
            self.check_answers(archive, when);
        }
        for args in [self.args(), vec!["ingest"], vec!["ingest"]] {
            let again = archive.run(&args);
            // What was decided before it was cut off cannot be decided again.
            let is_decided =
                ["is taken down already", "was not taken down"].iter().any(|word| again.err.contains(word));
            let is_done = [0, 3].contains(&again.code) || (args[0] == "remove" && is_decided);
            assert!(is_done, "{when}, again: exit {}: {}", again.code, again.err);
        }
        self.check_settled(archive, &format!("{when}, again"));
        let doctor = archive.run(&["doctor"]);
        assert_eq!((doctor.code, doctor.out), (self.doctor.code, self.doctor.out.clone()), "{when}: the doctor");
        archive.check_ledger(when);
    }

    /// Fails unless the archive answers as if nothing had happened.
    #[track_caller]
    pub(crate) fn check_settled(&self, archive: &Archive, when: &str) {
        let answers = archive.answers().unwrap_or_else(|said| panic!("{when}: {}", said.err));
        assert!(answers == self.settled, "{when}: {}", difference(&answers, &self.settled));
    }

    /// Fails unless the archive answers as after.
    #[track_caller]
    pub(crate) fn check_done(&self, archive: &Archive, when: &str) {
        let answers = archive.answers().unwrap_or_else(|said| panic!("{when}, said to be done: {}", said.err));
        let is_done = answers == self.new || answers == self.settled;
        assert!(is_done, "{when}, said to be done: {}", difference(&answers, &self.new));
    }

    /// Fails unless the archive answers as before or as after.
    #[track_caller]
    pub(crate) fn check_answers(&self, archive: &Archive, when: &str) {
        match archive.answers() {
            Ok(answers) => {
                let is_known = answers == self.new || answers == self.settled || self.old.as_ref() == Ok(&answers);
                assert!(
                    is_known,
                    "{when}: neither the old answers nor the new ones: {}",
                    difference(&answers, &self.new)
                );
            }
            Err(said) => {
                let is_known = said.code == 4 && self.old == Err(archive.without_folder(&said.err));
                assert!(is_known, "{when}: exit {}: {}", said.code, said.err);
            }
        }
    }
}

/// Answers without the hits of searches: what was taken out counts among the words by which they are ranked until the engine merges its
/// files.
fn unranked(answers: &str) -> String {
    answers.split_inclusive('\n').filter(|line| !line.contains("\"passages\":")).collect()
}

fn message(id: u32, from: &str, subject: &str, answers: Option<u32>, more: &str, body: &str) -> Vec<u8> {
    let (day, hour) = (1 + id % 27, id % 24);
    let references = answers.map_or_else(String::new, |id| format!("In-Reply-To: <{id}@example.org>\n"));
    format!(
        "From {from}@example.org Thu Jun  2 14:03:11 2016\nFrom: {from} Sample <{from}@example.org>\nTo: list@lists.example.org\nSubject: {subject}\n\
         Date: {day} Jun 2016 {hour:02}:03:11 +0200\nMessage-ID: <{id}@example.org>\n{references}{more}\n{body}\n\n"
    )
    .into_bytes()
}

/// Messages of a list from a number on, in threads of five.
fn dump(from: u32, count: u32) -> Vec<u8> {
    let people = ["ada", "ben", "cleo", "dora"];
    let words = ["bridge", "ferry", "timetable", "river", "letters", "harbour", "meeting"];
    let one = |id: u32| {
        let word = |step: u32| words[((id / step) % 7) as usize];
        let body = format!(
            "About the {} and the {}: number {id} says so.\nWe talk of it at the next meeting, and then of the {}.",
            word(1),
            word(3),
            word(5)
        );
        let answers = (!id.is_multiple_of(5)).then(|| id - id % 5);
        message(id, people[(id % 4) as usize], &format!("The {}", word(5)), answers, "", &body)
    };
    (from..from + count).flat_map(one).collect()
}

/// Two lists before: three dumps, a poor copy, a message that will be gone.
fn two_lists() -> Archive {
    let archive = Archive::new();
    archive.put("harbour", "2016-06.mbox", &dump(0, 60));
    archive.put("bridge", "2016-06.mbox", &dump(100, 40));
    archive.put(
        "bridge",
        "2016-07.txt",
        b"From ada at example.org  Thu Jun  2 14:03:11 2016\nFrom: ada at example.org (Ada Sample)\nDate: Thu, 02 Jun 2016 12:03:11 +0200\nSubject: Letters\nMessage-ID: <900@example.org>\n\nWe agree on the letters, says ben at example.org.\n\n",
    );
    archive
}

/// More of everything: another dump, a richer copy, the same id with other words, and a newer dump that lacks messages.
fn changed(archive: &Archive) {
    archive.put("harbour", "2016-07.mbox", &dump(200, 30));
    let richer = message(900, "ada", "Letters", None, "", "We agree on the letters, says ben@example.org.");
    let conflict =
        message(3, "dora", "The bridge", None, "", "Quite other words than number three ever had, of a quarry.");
    archive.put("bridge", "2016-08.mbox", &[richer, conflict].concat());
    archive.put("harbour", "2016-06.mbox", &dump(0, 55));
}

fn ingested(archive: Archive) -> Archive {
    let said = archive.run(&["ingest"]);
    assert!([0, 3].contains(&said.code), "{}", said.err);
    archive
}

/// The first run of an archive.
pub(crate) fn first() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| Scenario::new("first", two_lists(), &["ingest"]))
}

/// A run that finds much changed.
pub(crate) fn update() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| {
        let before = ingested(two_lists());
        changed(&before);
        Scenario::new("update", before, &["ingest"])
    })
}

/// Taking a run back.
pub(crate) fn undo() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| {
        let before = ingested(two_lists());
        before.put("harbour", "2016-07.mbox", &dump(200, 30));
        let before = ingested(before);
        let runs = before.run(&["runs"]).out;
        let last = runs.split_whitespace().next().unwrap().to_owned();
        Scenario::new("undo", before, &["undo", &last])
    })
}

/// Taking messages down: one that a dump holds, and one that only the index does.
pub(crate) fn remove() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| {
        let before = ingested(two_lists());
        fs::remove_file(before.data().join("lists/bridge/2016-07.txt")).unwrap();
        let before = ingested(before);
        Scenario::new("remove", before, &["remove", "--reason", "asked for", "<5@example.org>", "<900@example.org>"])
    })
}

/// Bringing them back.
pub(crate) fn restore() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| {
        let before = remove().before.copy();
        let said = before.run(&remove().args());
        assert!([0, 3].contains(&said.code), "{}", said.err);
        Scenario::new("restore", ingested(before), &["remove", "--back", "<5@example.org>", "<900@example.org>"])
    })
}

/// A rebuild, which swaps one folder for another.
pub(crate) fn rebuild() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| {
        let before = ingested(two_lists());
        changed(&before);
        Scenario::new("rebuild", ingested(before), &["rebuild"])
    })
}

/// Reading again what was set aside.
pub(crate) fn retry() -> &'static Scenario {
    static MADE: OnceLock<Scenario> = OnceLock::new();
    MADE.get_or_init(|| {
        let before = two_lists();
        let odd =
            [b"What stands before the first message of a dump belongs to none.\n\n".to_vec(), dump(300, 10)].concat();
        before.put("bridge", "odd.mbox", &odd);
        before.put("bridge", "rubbish.mbox", b"This is no dump at all.\nIt only looks so by its name.\n");
        Scenario::new("retry", ingested(before), &["ingest", "--retry"])
    })
}
