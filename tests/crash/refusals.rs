//! The system says no to one call, or from one call on to all: the program says why, the index stands, the next run goes on.

use std::{collections::BTreeSet, panic};

use crate::{
    amount,
    archive::said,
    need,
    scenarios::{self, Scenario},
};

/// Calls, and what they are refused with.
const REFUSED: [(&str, &str); 10] = [
    ("write", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("rename,renameat,renameat2", "EACCES"),
    ("openat", "EMFILE"),
    ("openat", "EACCES"),
    ("mmap", "ENOMEM"),
    ("ftruncate", "EIO"),
    ("unlink,unlinkat", "EIO"),
];
/// So many calls in a row that none was refused: the program makes no more of them.
const ENOUGH: usize = 2;

/// Refuses the N-th call of each thread (or all from the N-th on), for N rising until nothing is refused any more.
fn check(
    scenario: &Scenario,
    calls: &str,
    error: &str,
    step: usize,
    for_good: bool,
) -> (usize, BTreeSet<String>, usize) {
    let mut said_why = BTreeSet::new();
    let (mut wrong, mut refused, mut failed, mut unharmed, mut number) = (0, 0, 0, 0, 1);
    while unharmed < ENOUGH {
        let archive = scenario.before.copy();
        let log = archive.data().with_file_name("calls").to_string_lossy().into_owned();
        let more = if for_good { "+" } else { "" };
        let inject = format!("inject={calls}:error={error}:when={number}{more}");
        let trace = format!("trace={calls}");
        let starter = ["strace", "-f", "-qq", "-o", &log, "-e", &trace, "-e", &inject];
        let run = said(archive.under(&starter, &scenario.args()).output().unwrap());
        let when = format!("{}, {calls} number {number}{more} refused with {error}", scenario.name);
        let is_refused = std::fs::read_to_string(&log).unwrap_or_default().contains("(INJECTED)");
        // Before it runs a program is loaded, and what is refused then is said by the system, or not at all; and a program that is
        // given no memory can do no more than end.
        let is_out_of_memory = calls == "mmap" && run.code > 127 && (run.err.is_empty() || run.err.contains("memory"));
        if run.err.contains("error while loading") || run.code == 127 || is_out_of_memory {
            scenario.check(&archive, &when);
            number += step;
            continue;
        }
        // Where what is refused are the words themselves, none are expected; the exit code says it.
        let is_mute = calls == "write" && run.code == 4 && !run.err.contains("help: ");
        // A configuration that cannot be read is said before there is a run.
        let has_no_config = run.code == 2 && run.err.contains("config.toml");
        let all_is_well = panic::catch_unwind(|| {
            if !is_mute && !has_no_config {
                run.check_manners(&when);
            }
            assert!(!run.err.contains("panicked"), "{when}: {}", run.err);
            // A dump that could not be opened is set aside until the next run, and that is said; else what is said to be done is done.
            let has_set_aside = run.code == 3 && run.err.contains("set aside");
            if [0, 3].contains(&run.code) && !has_set_aside {
                scenario.check_done(&archive, &when);
            }
            scenario.check_after(&archive, &when, !has_set_aside);
        });
        // What is wrong was printed; what else is wrong is worth knowing, too, for all of it takes long.
        wrong += usize::from(all_is_well.is_err());
        refused += usize::from(is_refused);
        if run.code == 4 {
            failed += 1;
            said_why.insert(archive.without_folder(&run.err));
        }
        unharmed = if is_refused { 0 } else { unharmed + 1 };
        number += step;
    }
    assert_eq!(wrong, 0, "so many of {refused} refusals of {calls} did not end well");
    (refused, said_why, failed)
}

#[test]
fn a_call_that_is_refused_is_said_and_leaves_the_index_as_it_was() {
    if !need("strace", "refusing calls") {
        return;
    }
    let is_long = amount(0, |_| 1) == 1;
    for (calls, error) in REFUSED {
        let scenarios =
            if is_long { vec![scenarios::update(), scenarios::rebuild()] } else { vec![scenarios::update()] };
        for scenario in scenarios {
            // Of files and of memory a thread asks for many.
            let step = amount(if ["openat", "mmap", "write"].contains(&calls) { 23 } else { 4 }, |_| 1);
            for for_good in [false, true].into_iter().take(amount(1, |_| 2)) {
                let (refused, said, failed) = check(scenario, calls, error, step, for_good);
                let all = if for_good { " and all later ones" } else { "" };
                eprintln!(
                    "{}: {calls}{all} refused with {error} {refused} times, {failed} runs failed; {said:#?}",
                    scenario.name
                );
            }
        }
    }
}
