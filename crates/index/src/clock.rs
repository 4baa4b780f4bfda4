//! The time a search may take: looked at now and then by everything that can take long, and remembered once it has run out.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use tantivy::{
    DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED,
    query::{EnableScoring, Explanation, Query, Scorer, Weight},
};

/// Steps of something slow between two looks: a phrase may read positions of a good many messages for each of its own.
const STEPS: u32 = 64;

/// When a search has to end, and whether it had to.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    deadline: Instant,
    ran_out: Arc<AtomicBool>,
}

impl Clock {
    pub(crate) fn until(deadline: Instant) -> Clock {
        Clock { deadline, ran_out: Arc::default() }
    }

    /// Looks at the time.
    pub(crate) fn is_over(&self) -> bool {
        if !self.ran_out() && Instant::now() >= self.deadline {
            self.ran_out.store(true, Ordering::Relaxed);
        }
        self.ran_out()
    }

    /// Whether somebody who looked found that it was over: what was found then is not all there is.
    pub(crate) fn ran_out(&self) -> bool {
        self.ran_out.load(Ordering::Relaxed)
    }
}

/// A query that ends early when the time is over. For those that go a long way between two messages they find.
pub(crate) struct Timed {
    query: Box<dyn Query>,
    clock: Clock,
}

impl Timed {
    pub(crate) fn new(query: Box<dyn Query>, clock: &Clock) -> Timed {
        Timed { query, clock: clock.clone() }
    }
}

impl Clone for Timed {
    fn clone(&self) -> Timed {
        Timed { query: self.query.box_clone(), clock: self.clock.clone() }
    }
}

impl fmt::Debug for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}

impl Query for Timed {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(TimedWeight { weight: self.query.weight(scoring)?, clock: self.clock.clone() }))
    }
}

struct TimedWeight {
    weight: Box<dyn Weight>,
    clock: Clock,
}

impl Weight for TimedWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let scorer = self.weight.scorer(reader, boost)?;
        Ok(Box::new(TimedScorer { scorer, clock: self.clock.clone(), steps: STEPS, over: false }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        self.weight.explain(reader, doc)
    }
}

struct TimedScorer {
    scorer: Box<dyn Scorer>,
    clock: Clock,
    /// Steps until the next look.
    steps: u32,
    over: bool,
}

impl TimedScorer {
    fn look(&mut self) {
        self.steps -= 1;
        if self.steps == 0 {
            self.steps = STEPS;
            self.over |= self.clock.is_over();
        }
    }

    fn step(&mut self, go: impl FnOnce(&mut dyn Scorer) -> DocId) -> DocId {
        self.look();
        if self.over { TERMINATED } else { go(self.scorer.as_mut()) }
    }
}

impl DocSet for TimedScorer {
    fn advance(&mut self) -> DocId {
        self.step(|scorer| scorer.advance())
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.step(|scorer| scorer.seek(target))
    }

    fn seek_danger(&mut self, target: DocId) -> SeekDangerResult {
        self.look();
        if self.over { SeekDangerResult::SeekLowerBound(TERMINATED) } else { self.scorer.seek_danger(target) }
    }

    fn doc(&self) -> DocId {
        if self.over { TERMINATED } else { self.scorer.doc() }
    }

    fn size_hint(&self) -> u32 {
        self.scorer.size_hint()
    }

    fn cost(&self) -> u64 {
        self.scorer.cost()
    }
}

impl Scorer for TimedScorer {
    fn score(&mut self) -> Score {
        self.scorer.score()
    }
}
