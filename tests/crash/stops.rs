//! Stopped at every call that changes what is on the disk: what lies there at that moment is what a kill would leave.
//!
//! `strace` stops the whole program after each such call, of whichever thread; meanwhile its folder is copied.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    amount,
    archive::Archive,
    need,
    scenarios::{self, Scenario},
    spread,
};

const CALLS: &str = "rename,renameat,renameat2,fsync,fdatasync,unlink,unlinkat,rmdir,link,linkat,mkdir,ftruncate";
/// Longest that a run may take from one call to the next, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Copies of the archive of a scenario at each of its calls.
fn at_each_call(scenario: &Scenario) -> Vec<Archive> {
    let archive = scenario.before.copy();
    let log = archive.data().with_file_name("calls");
    let inject = format!("inject={CALLS}:signal=SIGSTOP");
    let log_name = log.to_string_lossy().into_owned();
    let starter = ["strace", "-f", "-qq", "-o", &log_name, "-e", &format!("trace={CALLS}"), "-e", &inject];
    let mut child =
        archive.under(&starter, &scenario.args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut copies = Vec::new();
    let mut seen = 0;
    let mut since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        let stops = fs::read_to_string(&log).unwrap_or_default().matches("--- SIGSTOP {").count();
        if stops == seen {
            assert!(since.elapsed() < PATIENCE, "{}: stands still after {} calls", scenario.name, copies.len());
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        seen = stops;
        since = Instant::now();
        // The other threads stop a moment later.
        thread::sleep(Duration::from_millis(2));
        copies.push(archive.copy());
        go_on(&child);
    }
    copies
}

/// Lets the program below `strace` go on.
fn go_on(strace: &Child) {
    let list = format!("/proc/{0}/task/{0}/children", strace.id());
    let children = fs::read_to_string(Path::new(&list)).unwrap_or_default();
    for child in children.split_whitespace() {
        let _ = Command::new("kill").args(["-CONT", child]).status();
    }
}

fn check(scenario: &Scenario, least: usize) {
    if !need("strace", "stopping at every call") {
        return;
    }
    let copies = at_each_call(scenario);
    assert!(copies.len() >= least, "{}: {} calls", scenario.name, copies.len());
    let all = copies.len();
    let chosen = spread(copies.into_iter().enumerate().collect(), amount(5, |_| usize::MAX));
    let number = chosen.len();
    for (at, archive) in chosen {
        scenario.check(&archive, &format!("{} stopped at call {at} of {all}", scenario.name));
    }
    eprintln!("{}: {number} of {all} calls looked at", scenario.name);
}

#[test]
fn a_first_ingest_that_is_killed_at_any_call_leaves_nothing_or_all() {
    check(scenarios::first(), 20);
}

#[test]
fn an_ingest_that_is_killed_at_any_call_leaves_the_old_answers_or_the_new() {
    check(scenarios::update(), 40);
}

#[test]
fn an_undo_that_is_killed_at_any_call_leaves_the_old_answers_or_the_new() {
    check(scenarios::undo(), 40);
}

#[test]
fn a_rebuild_that_is_killed_at_any_call_leaves_the_old_answers_or_the_new() {
    check(scenarios::rebuild(), 40);
}

#[test]
fn a_retry_that_is_killed_at_any_call_leaves_the_old_answers_or_the_new() {
    check(scenarios::retry(), 40);
}

#[test]
fn taking_messages_down_that_is_killed_at_any_call_leaves_the_old_answers_or_the_new() {
    check(scenarios::remove(), 40);
}

#[test]
fn bringing_messages_back_that_is_killed_at_any_call_leaves_the_old_answers_or_the_new() {
    check(scenarios::restore(), 40);
}
