//! How far a run is: bars on a terminal, a line every few seconds elsewhere.

use std::{
    cell::Cell,
    fmt::Write,
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use plenary_index::run;

use crate::print::{self, Voice, thousands};

/// How often a line is said where no bar can be drawn: seldom enough for a log, often enough to see that it lives.
const EVERY: Duration = Duration::from_secs(5);

/// Shows how far one run is.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    voice: Voice,
    started: Instant,
    /// When a line was last said.
    said: Cell<Instant>,
    /// When writing began.
    writing_since: Cell<Option<Instant>>,
}

impl Progress {
    /// Begins to show, as the terminal and its user allow.
    pub(crate) fn new(voice: Voice) -> Progress {
        let bar = (!voice.quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let now = Instant::now();
        Progress { bar, voice, started: now, said: Cell::new(now), writing_since: Cell::new(None) }
    }

    /// Shows a step.
    pub(crate) fn show(&self, step: &run::Progress) {
        if matches!(step, run::Progress::Writing { .. }) && self.writing_since.get().is_none() {
            self.writing_since.set(Some(Instant::now()));
        }
        let since = self.writing_since.get().unwrap_or(self.started).elapsed();
        match &self.bar {
            Some(bar) => draw(bar, step, since),
            None if self.said.get().elapsed() >= EVERY => {
                self.said.set(Instant::now());
                self.voice.say(line(step, since));
            }
            None => {}
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn draw(bar: &ProgressBar, step: &run::Progress, since: Duration) {
    // The templates are constants; a mistake in one shows as the plain style.
    let style = |template| {
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("█▉▊▋▌▍▎▏ ")
    };
    match step {
        run::Progress::Reading { dump, done, total, messages } => {
            bar.set_style(style("reading {bar:24} {percent:>3}%  {bytes}/{total_bytes}  {msg}  ETA {eta}"));
            bar.set_length((*total).max(1));
            bar.set_position(*done);
            let rate = per_second(*messages, since);
            bar.set_message(format!("{} messages, {}/s  {}", thousands(*messages), thousands(rate), print::safe(dump)));
        }
        run::Progress::Writing { done, total } => {
            bar.set_style(style("writing {bar:24} {percent:>3}%  {msg}  ETA {eta}"));
            bar.set_length((*total).max(1));
            bar.set_position(*done);
            let rate = thousands(per_second(*done, since));
            bar.set_message(format!("{} of {} messages, {rate}/s", thousands(*done), thousands(*total)));
        }
        run::Progress::Committing => bar.set_style(style("committing {spinner}")),
    }
}

/// One line for a log; `since` is how long this part of the run has taken.
fn line(step: &run::Progress, since: Duration) -> String {
    match step {
        run::Progress::Reading { dump, done, total, messages } => {
            let mut line = format!(
                "reading {}: {} of {}, {} messages, {} messages/s",
                print::safe(dump),
                HumanBytes(*done),
                HumanBytes(*total),
                thousands(*messages),
                thousands(per_second(*messages, since)),
            );
            left(&mut line, *done, *total, since);
            line
        }
        run::Progress::Writing { done, total } => {
            let mut line = format!(
                "writing: {} of {} messages, {} messages/s",
                thousands(*done),
                thousands(*total),
                thousands(per_second(*done, since)),
            );
            left(&mut line, *done, *total, since);
            line
        }
        run::Progress::Committing => "committing".into(),
    }
}

/// Adds how long the rest will take, if it goes on like this.
fn left(line: &mut String, done: u64, total: u64, since: Duration) {
    if done > 0 && done < total {
        let rest = since.as_secs_f64() / done as f64 * (total - done) as f64;
        let _ = write!(line, ", {} left", HumanDuration(Duration::from_secs_f64(rest)));
    }
}

pub(crate) fn per_second(count: u64, time: Duration) -> u64 {
    (count as f64 / time.as_secs_f64().max(0.001)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_log_says_where_how_much_how_fast_and_how_long_still() {
        let at = Duration::from_secs(10);
        let reading = run::Progress::Reading {
            dump: "l/2016\u{1b}.mbox".into(),
            done: 2 << 20,
            total: 6 << 20,
            messages: 50_000,
        };
        assert_eq!(
            line(&reading, at),
            "reading l/2016\u{FFFD}.mbox: 2.00 MiB of 6.00 MiB, 50,000 messages, 5,000 messages/s, 20 seconds left"
        );
        let writing = run::Progress::Writing { done: 1_000, total: 1_000 };
        assert_eq!(line(&writing, at), "writing: 1,000 of 1,000 messages, 100 messages/s");
        assert_eq!(line(&run::Progress::Committing, at), "committing");
    }

    #[test]
    fn no_time_at_all_divides_by_nothing() {
        assert_eq!(per_second(7, Duration::ZERO), 7_000);
        let start = run::Progress::Reading { dump: "d".into(), done: 0, total: 0, messages: 0 };
        assert_eq!(line(&start, Duration::ZERO), "reading d: 0 B of 0 B, 0 messages, 0 messages/s");
    }
}
