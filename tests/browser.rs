//! Says that `cargo test` leaves the browser tests out, so that nobody takes a part for the whole.

use std::io::Write;

use crate::harness::repository;

#[test]
fn the_browser_tests_are_left_out_here_and_run_by_ci() {
    // Past the test runner, which keeps what a passing test prints to itself.
    let said = writeln!(
        std::io::stderr(),
        "LEFT OUT: the pages in a real browser, which needs Chromium and Node; `.ci/run browser` looks at them"
    );
    drop(said);
    let ci = std::fs::read_to_string(repository().join(".ci/run")).unwrap();
    assert!(ci.contains("step \"Browser\" browser"), "CI runs them");
    let locked = std::fs::read_to_string(repository().join("tests/browser/package-lock.json")).unwrap();
    assert!(!locked.contains("resolved"), "the lock file names no registry");
}
