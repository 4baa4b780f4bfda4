//! Two writers at once, and one that died with the lock in its hand.

use std::{
    fs,
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{amount, scenarios};

/// Longest that a run may take to begin, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn who_comes_while_another_writes_is_told_who_it_is() {
    let scenario = scenarios::update();
    let archive = scenario.before.copy();
    // This test writes, as far as others can see.
    let mut lock = fs::File::create(archive.data().join("write.lock")).unwrap();
    lock.lock().unwrap();
    lock.write_all(b"process 4711, since 2016-06-02 12:00:00 UTC").unwrap();
    for args in [["ingest"].as_slice(), &["rebuild"], &["undo", "nothing"], &["ingest", "--retry"]] {
        let second = archive.run(args);
        assert_eq!(second.code, 6, "{args:?}: {}", second.err);
        assert!(second.err.contains("another run is at work") && second.err.contains("4711"), "{}", second.err);
    }
    scenario.check_answers(&archive, "beside another writer");
    drop(lock);
    scenario.check(&archive, "after another writer");
}

#[test]
fn of_two_runs_at_once_each_ends_well_or_is_told_and_both_together_are_as_one() {
    let scenario = scenarios::update();
    for time in 0..amount(2, |asked| asked / 10) {
        let archive = scenario.before.copy();
        let start = || archive.command(&["ingest"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut both = [start(), start()];
        let codes = both.each_mut().map(|run| run.wait().unwrap().code().unwrap());
        assert!(codes.iter().all(|code| [0, 3, 6].contains(code)) && codes != [6, 6], "time {time}: {codes:?}");
        scenario.check(&archive, &format!("two runs at once, time {time}"));
    }
}

#[test]
fn a_dead_writer_leaves_no_lock() {
    let scenario = scenarios::update();
    for time in 0..amount(2, |asked| asked / 10) {
        let archive = scenario.before.copy();
        let lock = archive.data().join("write.lock");
        // Its holder writes into the file at once.
        fs::write(&lock, "").unwrap();
        let mut run = archive.command(&["ingest"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let since = Instant::now();
        while !fs::read_to_string(&lock).is_ok_and(|text| text.starts_with("process ")) {
            assert!(since.elapsed() < PATIENCE && run.try_wait().unwrap().is_none(), "nobody takes the lock");
        }
        run.kill().unwrap();
        assert_eq!(run.wait().unwrap().code(), None, "it was killed while it held the lock");
        scenario.check(&archive, &format!("the holder of the lock killed, time {time}"));
    }
}
