//! What is synced before and after the renames that count, as the system sees it.

use std::fs;

use crate::{
    archive::{Archive, said},
    need,
    scenarios::{self, Scenario},
};

/// The calls of a run, one a line.
struct Calls(Vec<String>);

impl Calls {
    /// Those of a scenario; `None` where nobody can watch them.
    fn of(scenario: &Scenario) -> Option<Calls> {
        Calls::on(&scenario.before.copy(), &scenario.args())
    }

    fn on(archive: &Archive, args: &[&str]) -> Option<Calls> {
        if !need("strace", "the order of calls") {
            return None;
        }
        let log = archive.data().with_file_name("calls").to_string_lossy().into_owned();
        let calls = "trace=rename,renameat,renameat2,fsync,fdatasync,write,openat,unlink,mkdir";
        // `-y` names the file of each number.
        let starter = ["strace", "-f", "-y", "-qq", "-s", "40", "-o", &log, "-e", calls];
        let run = said(archive.under(&starter, args).output().unwrap());
        assert!([0, 3].contains(&run.code), "{args:?}: {}", run.err);
        Some(Calls(fs::read_to_string(&log).unwrap().lines().map(str::to_owned).collect()))
    }

    /// The first call from this one on that is of a kind and names a file, by the end of its name.
    #[track_caller]
    fn find(&self, from: usize, kind: &str, name: &str) -> usize {
        let end = if kind == "sync(" { format!("{name}>") } else { format!("{name}\"") };
        let is = |line: &String| line.contains(kind) && line.contains(&end);
        let at = self.0[from..].iter().position(is);
        from + at.unwrap_or_else(|| panic!("no `{kind}` of {name} after line {from}:\n{}", self.0.join("\n")))
    }

    /// The same of several, one after the other; gives where the last of them is.
    #[track_caller]
    fn follow(&self, from: usize, calls: &[(&str, &str)]) -> usize {
        calls.iter().fold(from, |at, (kind, name)| self.find(at, kind, name) + 1) - 1
    }
}

const SYNC: &str = "sync(";
const RENAME: &str = "rename";

#[test]
fn the_catalogue_is_on_the_disk_before_the_engines_rename_and_the_folder_is_synced_after_it() {
    let Some(calls) = Calls::of(scenarios::update()) else { return };
    let before = [
        ("unlink(", "/index/seal.json"),
        (RENAME, "ledger/announced.json"),
        (SYNC, "/index/catalogue.2"),
        (SYNC, "/index"),
        (RENAME, "/index/meta.json"),
    ];
    let commit = calls.follow(0, &before);
    let folder = calls.find(commit + 1, SYNC, "/index");
    calls.follow(folder, &[(RENAME, "/index/seal.json"), (SYNC, "ledger/runs.jsonl")]);
    // The folder is synced before anything else is done with it.
    let between = &calls.0[commit + 1..folder];
    assert!(!between.iter().any(|line| line.contains("rename") || line.contains("unlink(")), "{between:#?}");
}

#[test]
fn the_folder_of_a_first_index_has_its_name_on_the_disk_before_the_commit() {
    // All but the index is there already, so that nothing else makes its folder last.
    let archive = scenarios::update().before.copy();
    fs::remove_dir_all(archive.data().join("index")).unwrap();
    let Some(calls) = Calls::on(&archive, &["ingest"]) else { return };
    let all = [
        ("mkdir(", "/data/index"),
        (SYNC, "/data"),
        (RENAME, "ledger/announced.json"),
        (SYNC, "/index/catalogue.1"),
        (SYNC, "/index"),
        (RENAME, "/index/meta.json"),
        (SYNC, "/index"),
        (RENAME, "/index/seal.json"),
        (SYNC, "ledger/runs.jsonl"),
    ];
    calls.follow(0, &all);
}

#[test]
fn a_rebuild_is_whole_on_the_disk_before_it_takes_the_place_of_the_old_index() {
    let Some(calls) = Calls::of(scenarios::rebuild()) else { return };
    let all = [
        ("mkdir(", "/data/index.new"),
        (SYNC, "/data"),
        (SYNC, "/index.new"),
        (RENAME, "/index.new/meta.json"),
        (SYNC, "/index.new"),
        (RENAME, "/index.new/seal.json"),
        (SYNC, "/index.new"),
        (RENAME, "/data/index.old"),
        (RENAME, "/data/index"),
        (RENAME, "/data/index.previous"),
        (SYNC, "/data"),
        (SYNC, "ledger/runs.jsonl"),
    ];
    calls.follow(0, &all);
}

#[test]
fn a_decision_to_take_down_and_what_it_would_lose_are_on_the_disk_before_the_index_changes() {
    let Some(calls) = Calls::of(scenarios::remove()) else { return };
    let all = [
        (SYNC, "ledger/removed.part"),
        (RENAME, "ledger/removed.jsonl"),
        (SYNC, "/data/ledger"),
        (SYNC, ".mbox.part"),
        (SYNC, "/lists/bridge"),
        (SYNC, "/data/index.keeping"),
        (SYNC, "/data"),
        ("unlink(", "/index/seal.json"),
        (RENAME, "/index/meta.json"),
        (SYNC, "/index"),
        (RENAME, "/index/seal.json"),
    ];
    calls.follow(0, &all);
}
