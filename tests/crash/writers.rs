//! Two writers at once, and one that died with the lock in its hand.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{amount, archive::Archive, scenarios};

/// Longest that a run may take to begin, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run that stands still with the lock in its hand.
fn holder(archive: &Archive) -> Child {
    let lock = archive.data().join("write.lock");
    // Its holder writes into the file at once.
    let _ = fs::write(&lock, "");
    let mut run = archive.command(&["ingest"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while !fs::read_to_string(&lock).is_ok_and(|text| text.starts_with("process ")) {
        assert!(since.elapsed() < PATIENCE && run.try_wait().unwrap().is_none(), "nobody takes the lock");
    }
    signal(&run, "-STOP");
    run
}

fn signal(run: &Child, signal: &str) {
    Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
}

#[test]
fn of_two_writers_one_is_told_to_wait_and_a_dead_one_leaves_no_lock() {
    let scenario = scenarios::update();
    for time in 0..amount(3, |asked| asked / 10) {
        let archive = scenario.before.copy();
        let mut first = holder(&archive);
        for args in [["ingest"].as_slice(), &["rebuild"], &["undo", "nothing"]] {
            let second = archive.run(args);
            assert_eq!(second.code, 6, "{args:?}: {}", second.err);
            assert!(second.err.contains("another run is at work") && second.err.contains("process"), "{}", second.err);
        }
        scenario.check_answers(&archive, "beside a run that stands still");
        if time == 0 {
            signal(&first, "-CONT");
            assert!([0, 3].contains(&first.wait().unwrap().code().unwrap()), "the first ends as if alone");
        } else {
            first.kill().unwrap();
            first.wait().unwrap();
        }
        scenario.check(&archive, &format!("two writers, time {time}"));
    }
}
