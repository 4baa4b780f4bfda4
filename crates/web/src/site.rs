//! What every request can reach: the archive, the settings, the gate before searches, the counters.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use plenary_index::{Answer, Archive, Arranged, Parsed, Question, Start, Thread, ingest::worker::Pool};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

use crate::{
    Config, assets,
    cache::{self, Cache},
    error::Error,
    forms::stream::Gate,
    html::{Refusal, memory::Memory},
    metrics::Metrics,
};

/// Searches that may wait, for each that may run: at 20 ms a search the last of them waits a tenth of a second.
const WAITING_PER_SEARCH: usize = 4;
/// Of the searches that run at once, one in so many may be a dear one (see `Parsed::is_dear`), and of those that wait as many for
/// each: whoever sends the dearest queries there are keeps others like it waiting, and nobody else for long.
const DEAR: usize = 4;
/// Threads that may wait to be drawn: most take a millisecond, and the longest seen a sixth of a second.
const DRAWINGS_WAITING: usize = 64;
/// Pages that wait for a worker at a time: each holds a message in memory, and one of the threads that read.
const COSTLY: usize = 8;
/// Deepest place a page of hits may end at: the index has to collect everything above it.
pub(crate) const MAX_DEPTH: usize = 10_000;

/// The site's state; one for all requests.
pub(crate) struct Site {
    /// What answers.
    pub(crate) archive: Archive,
    /// Settings.
    pub(crate) config: Config,
    /// Tells this program with these settings from any other, in the tags of pages.
    pub(crate) stamp: u64,
    /// Counters for `/metrics`.
    pub(crate) metrics: Metrics,
    /// Turns of exports and feeds.
    pub(crate) exports: Gate,
    /// Pages made of searches.
    pub(crate) cache: Cache,
    /// Processes for work that may be lost; none where no program for them is configured.
    pub(crate) workers: Option<Arc<Pool>>,
    /// HTML cleaned lately.
    pub(crate) cleaned: Memory<Result<String, Refusal>>,
    /// Who may leave work to them now.
    pub(crate) costly: Arc<Semaphore>,
    searches: Lane,
    dear: Lane,
    /// Who may read by name now. Who leaves before their turn costs nothing; a thread of the runtime would work for them still.
    reads: Arc<Semaphore>,
    /// Who may draw a whole thread now, which may take as long as a dear search.
    drawings: Lane,
}

/// How much of the machine some work may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// As much as most searches.
    Common,
    /// Many times as much.
    Dear,
}

impl Cost {
    /// Of a search for this.
    pub(crate) fn of(query: &Parsed) -> Cost {
        if query.is_dear() { Cost::Dear } else { Cost::Common }
    }
}

impl Site {
    /// A site over an archive.
    pub(crate) fn new(archive: Archive, config: Config) -> Site {
        let config_searches = config.concurrent_searches.max(1);
        let mut stamp = DefaultHasher::new();
        (env!("CARGO_PKG_VERSION"), assets::VERSION, format!("{config:?}")).hash(&mut stamp);
        let workers = config.workers.clone().map(|settings| Arc::new(Pool::new(settings)));
        Site {
            workers,
            cleaned: Memory::default(),
            costly: Arc::new(Semaphore::new(COSTLY)),
            archive,
            cache: Cache::with_room(config.kept_pages),
            config,
            stamp: stamp.finish(),
            metrics: Metrics::default(),
            exports: Gate::new(config_searches),
            searches: Lane::new(config_searches),
            dear: Lane::new((config_searches / DEAR).max(1)),
            reads: Arc::new(Semaphore::new(config_searches)),
            drawings: Lane::waited_for_by((config_searches / DEAR).max(1), DRAWINGS_WAITING),
        }
    }

    /// Answers a search, when its turn comes; [`Error::Busy`] when too many wait already.
    pub(crate) async fn search(&self, question: Question) -> Result<Answer, Error> {
        let question = within_reach(question);
        let answer = self.in_turn(Cost::of(&question.query), move |archive| archive.search(&question)).await?;
        self.metrics.searched(answer.took);
        if answer.partial {
            cache::cut_short();
        }
        Ok(answer)
    }

    /// Does what takes as long as a search, when its turn comes; [`Error::Busy`] when too many wait already.
    pub(crate) async fn in_turn<T: Send + 'static>(
        &self,
        cost: Cost,
        ask: impl FnOnce(&Archive) -> Result<T, plenary_index::Error> + Send + 'static,
    ) -> Result<T, Error> {
        // The narrow lane first: who waits in it takes no place from others.
        let dear = match cost {
            Cost::Dear => Some(self.dear.turn().await?),
            Cost::Common => None,
        };
        let permit = (self.searches.turn().await?, dear);
        let archive = self.archive.clone();
        Ok(aside(permit, move || ask(&archive)).await??)
    }

    /// Reads something by its name. The index reads the disk and never yields: on an async worker one slow read would stall
    /// every other visitor of that thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Archive) -> Result<T, plenary_index::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.reads.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        let archive = self.archive.clone();
        Ok(aside(permit, move || ask(&archive)).await??)
    }

    /// Reads a whole thread, when its turn comes; [`Error::Busy`] when too many wait already.
    pub(crate) async fn draw<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Archive) -> Result<T, plenary_index::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.drawings.turn().await?;
        self.read(move |archive| {
            let _permit = permit;
            ask(archive)
        })
        .await
    }

    /// A part of a thread, as [`Archive::thread`] gives it, when its turn comes.
    pub(crate) async fn thread(
        &self,
        id: &str,
        arranged: Arranged,
        offset: usize,
        limit: usize,
    ) -> Result<Option<Thread>, Error> {
        let id = id.to_owned();
        self.draw(move |archive| archive.thread(&id, arranged, offset, limit)).await
    }

    /// Takes every place at the gate, those of the waiting too; of the dear searches, or of all.
    #[cfg(test)]
    pub(crate) fn occupy(&self, cost: Cost) {
        let lane = if cost == Cost::Dear { &self.dear } else { &self.searches };
        lane.running.forget_permits(usize::MAX >> 4);
        lane.waiting.store(lane.most_waiting, Ordering::Relaxed);
    }

    /// Hits on a page, as configured, within what the index gives.
    pub(crate) fn page_size(&self) -> usize {
        self.config.page_size.clamp(1, 100)
    }
}

/// Works on a thread that may wait. What lets it goes along: when the visitor is gone the work still runs, and must still count.
pub(crate) async fn aside<T: Send + 'static>(
    permit: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    Ok(done.await?)
}

fn within_reach(mut question: Question) -> Question {
    question.limit = question.limit.min(100);
    if let Start::Offset(offset) = &mut question.start {
        *offset = (*offset).min(MAX_DEPTH - question.limit);
    }
    question
}

/// So many at once, so many waiting, and nobody beyond.
struct Lane {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

impl Lane {
    fn new(running: usize) -> Lane {
        Lane::waited_for_by(running, running * WAITING_PER_SEARCH)
    }

    fn waited_for_by(running: usize, most_waiting: usize) -> Lane {
        Lane { running: Arc::new(Semaphore::new(running)), waiting: AtomicUsize::new(0), most_waiting }
    }

    /// Waits for a turn, which ends when dropped.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        let _place = Place::take(&self.waiting, self.most_waiting)?;
        self.running.clone().acquire_owned().await.map_err(|_| Error::Busy)
    }
}

/// A place among those who wait, given up when dropped: also when the visitor leaves.
struct Place<'a>(&'a AtomicUsize);

impl Place<'_> {
    fn take(waiting: &AtomicUsize, most: usize) -> Result<Place<'_>, Error> {
        if waiting.fetch_add(1, Ordering::Relaxed) >= most {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::Busy);
        }
        Ok(Place(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_may_wait_is_turned_away() {
        let waiting = AtomicUsize::new(0);
        let first = Place::take(&waiting, 1);
        assert!(first.is_ok());
        assert!(matches!(Place::take(&waiting, 1), Err(Error::Busy)));
        drop(first);
        assert!(Place::take(&waiting, 1).is_ok());
    }
}
