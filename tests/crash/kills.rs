//! Killed at random times, with nothing else in the way.

use std::{process::Stdio, thread, time::Instant};

use crate::{
    amount,
    scenarios::{self, Scenario},
};

/// Numbers that look random and are the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % end.max(1) as u64) as usize
    }
}

fn check(scenario: &Scenario, times: usize) {
    let begin = Instant::now();
    scenario.before.copy().run(&scenario.args());
    let whole = begin.elapsed();
    let mut dice = Dice::new(7);
    let mut cut_off = 0;
    for time in 0..times {
        let archive = scenario.before.copy();
        let delay = whole.mul_f64(dice.below(1000) as f64 / 1000.0);
        let mut child = archive.command(&scenario.args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(delay);
        let _ = child.kill();
        cut_off += usize::from(child.wait().unwrap().code().is_none());
        scenario.check(&archive, &format!("{} killed after {delay:?}, kill {time}", scenario.name));
    }
    eprintln!("{}: {times} kills, {cut_off} of them before its end", scenario.name);
}

#[test]
fn an_archive_killed_at_any_time_answers_and_goes_on() {
    let all = [
        scenarios::first(),
        scenarios::update(),
        scenarios::undo(),
        scenarios::rebuild(),
        scenarios::retry(),
        scenarios::remove(),
        scenarios::restore(),
    ];
    for scenario in all {
        check(scenario, amount(2, |asked| asked / all.len()));
    }
}
