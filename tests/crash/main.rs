//! What an archive is after the worst: killed at any moment, refused by the system, out of room, damaged on the disk. Always the old
//! answers or the new ones, and after the next run the same as if nothing had happened.
//!
//! The short form takes part in `cargo test`. `PLENARY_CRASHES=1000` makes it long: so many kills, every point at which the disk is
//! asked for something, every size of disk. `PLENARY_BINARY` names a program that is faster than that of the tests.
#![allow(clippy::unwrap_used, clippy::print_stderr)] // A test that cannot go on has failed; figures are for who asked for them.

mod archive; // a data folder, the program run on it, all its answers
mod damage; // bytes that change and files that are cut short
mod kills; // at random times
mod network; // nobody is asked
mod order; // what is synced before and after the rename that counts
mod refusals; // the system says no to one call
mod room; // full, read-only and small machines
mod scenarios; // an archive before a run, and what the run makes of it
mod stops; // at every call that changes what is on the disk
mod writers; // two at once, and one that died

/// How much to do: `short`, or what the long form asks for.
fn amount(short: usize, long: impl FnOnce(usize) -> usize) -> usize {
    match std::env::var("PLENARY_CRASHES").ok().and_then(|text| text.parse().ok()) {
        Some(asked) => long(asked),
        None => short,
    }
}

/// Whether a program of the system is there; says so where it is not.
fn need(program: &str, left_out: &str) -> bool {
    let there = std::process::Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("`{program}` is missing: {left_out} is left out");
    }
    there
}

/// Of many things at most so many, evenly spread, the first and the last among them.
fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let count = all.len();
    let chosen: Vec<usize> = match count <= most {
        true => (0..count).collect(),
        false => (0..most).map(|i| i * (count - 1) / (most - 1).max(1)).collect(),
    };
    all.into_iter().enumerate().filter(|(i, _)| chosen.contains(i)).map(|(_, thing)| thing).collect()
}
