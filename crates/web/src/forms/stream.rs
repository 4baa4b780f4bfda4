//! Exports on their way to a browser: made while they are read, a chunk ahead, so that memory stays flat however large they are.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use futures_util::stream;
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tracing::{error, info};

use crate::{
    error::Error,
    site::{Cost, Site, aside},
};

use super::export::Export;

/// Exports under way at once. Each holds a chunk, a batch of places and the commit it reads: under a megabyte.
const MOST: usize = 64;
/// Dear exports and feeds under way at once, of which one works and the others wait.
const MOST_DEAR: usize = 8;
/// How long a reader may take for a chunk of 64 KB; one that is slower has gone, or wants to hold a place. Over HTTP the connection
/// ends before (`reader_seconds` in config.toml) unless that was made longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who may write, and how many do. Exports take turns by the chunk, so that a long one does not keep a short one waiting, and
/// not with searches, so that neither can starve the other. Those of dear queries take turns among themselves first: one of them
/// works at a time.
pub(crate) struct Gate {
    turns: Turns,
    under_way: Arc<AtomicUsize>,
    /// Of these the dear ones, so that they leave places to others.
    dear_under_way: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Turns {
    all: Arc<Semaphore>,
    dear: Arc<Semaphore>,
}

impl Gate {
    /// A gate beside so many searches at once.
    pub(crate) fn new(searches: usize) -> Gate {
        let all = Arc::new(Semaphore::new((searches / 2).max(1)));
        Gate {
            turns: Turns { all, dear: Arc::new(Semaphore::new(1)) },
            under_way: Arc::default(),
            dear_under_way: Arc::default(),
        }
    }

    /// A place, or two for what is dear.
    fn places(&self, cost: Cost) -> Result<(Option<Place>, Place), Error> {
        let dear = match cost {
            Cost::Dear => Some(Place::take(&self.dear_under_way, MOST_DEAR)?),
            Cost::Common => None,
        };
        Ok((dear, Place::take(&self.under_way, MOST)?))
    }

    /// Runs something that reads many messages, when its turn comes; [`Error::Busy`] when too many wait already.
    pub(crate) async fn turn<T: Send + 'static>(
        &self,
        cost: Cost,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let _places = self.places(cost)?;
        self.turns.take(cost, work).await
    }
}

impl Turns {
    async fn take<T: Send + 'static>(&self, cost: Cost, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let permit = |turns: &Arc<Semaphore>| turns.clone().acquire_owned();
        let dear = match cost {
            Cost::Dear => Some(permit(&self.dear).await.map_err(|_| Error::Busy)?),
            Cost::Common => None,
        };
        let permits = (permit(&self.all).await.map_err(|_| Error::Busy)?, dear);
        aside(permits, work).await
    }
}

/// A place among those under way, given up when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(under_way: &Arc<AtomicUsize>, most: usize) -> Result<Place, Error> {
        let place = Place(under_way.clone());
        if under_way.fetch_add(1, Ordering::Relaxed) >= most { Err(Error::Busy) } else { Ok(place) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A chunk; `None` says that the export is whole.
type Sent = Result<Option<Vec<u8>>, io::Error>;

/// The export as a body. One that breaks off is never taken for a whole one: the connection ends without its last chunk.
pub(crate) fn body(site: &Arc<Site>, cost: Cost, export: Export) -> Result<Body, Error> {
    let places = site.exports.places(cost)?;
    let (sender, receiver) = mpsc::channel::<Sent>(1);
    tokio::spawn(write(site.exports.turns.clone(), cost, export, sender, places));
    Ok(Body::from_stream(stream::unfold(receiver, |mut receiver| async {
        let item = match receiver.recv().await {
            Some(Ok(chunk)) => Ok(chunk?),
            Some(Err(error)) => Err(error),
            None => Err(io::Error::other("the export was cut off")),
        };
        Some((item, receiver))
    })))
}

async fn write(
    turns: Turns,
    cost: Cost,
    mut export: Export,
    sender: mpsc::Sender<Sent>,
    _places: (Option<Place>, Place),
) {
    loop {
        let chunk = turns.take(cost, move || {
            let chunk = export.chunk();
            (chunk, export)
        });
        let (chunk, rest) = match chunk.await {
            Ok(done) => done,
            Err(error) => return error.note(),
        };
        export = rest;
        let last = !matches!(chunk, Ok(Some(_)));
        let chunk = chunk.map_err(|cause| {
            error!(%cause, "an export broke off");
            io::Error::other("the index could not answer")
        });
        if !hand_over(&sender, chunk, PATIENCE).await || last {
            return;
        }
    }
}

/// Gives a chunk to the reader. Whether another may follow.
async fn hand_over(sender: &mpsc::Sender<Sent>, chunk: Sent, patience: Duration) -> bool {
    match timeout(patience, sender.send(chunk)).await {
        Ok(sent) => sent.is_ok(),
        Err(_) => {
            info!("an export was given up: its reader took too long");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_export_waits_for_its_reader_for_so_long_and_no_longer() {
        let (sender, mut receiver) = mpsc::channel::<Sent>(1);
        let chunk = || Ok(Some(vec![b'x'; 10]));
        let (short, long) = (Duration::from_millis(50), Duration::from_secs(60));
        assert!(hand_over(&sender, chunk(), short).await, "there is room for one chunk");
        assert!(!hand_over(&sender, chunk(), short).await, "nobody took the one before");
        let (went_on, _) = tokio::join!(hand_over(&sender, chunk(), long), async {
            tokio::time::sleep(short).await;
            receiver.recv().await
        });
        assert!(went_on, "it was taken before the end of patience");
        drop(receiver);
        assert!(!hand_over(&sender, chunk(), long).await, "nobody will ever take another");
    }

    #[tokio::test]
    async fn a_dear_export_waits_for_another_and_keeps_no_common_one_waiting() {
        let gate = Arc::new(Gate::new(4));
        let (open, closed) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let gate = gate.clone();
            async move { gate.turn(Cost::Dear, move || closed.recv().is_ok()).await }
        });
        while gate.turns.dear.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let short = Duration::from_millis(50);
        assert!(timeout(short, gate.turn(Cost::Dear, || ())).await.is_err(), "one dear export at a time");
        assert!(gate.turn(Cost::Common, || ()).await.is_ok());
        open.send(()).unwrap();
        assert!(matches!(first.await.unwrap(), Ok(true)));
        assert!(gate.turn(Cost::Dear, || ()).await.is_ok());
        let all: Vec<_> = (0..MOST_DEAR).map(|_| gate.places(Cost::Dear).unwrap()).collect();
        assert!(matches!(gate.places(Cost::Dear), Err(Error::Busy)), "they leave places to others");
        assert!(gate.places(Cost::Common).is_ok());
        drop(all);
        assert!(gate.places(Cost::Dear).is_ok());
    }

    #[test]
    fn one_export_more_than_may_run_is_turned_away() {
        let under_way = Arc::default();
        let first = Place::take(&under_way, 1);
        assert!(first.is_ok());
        assert!(matches!(Place::take(&under_way, 1), Err(Error::Busy)));
        assert_eq!(under_way.load(Ordering::Relaxed), 1, "who is turned away takes no place");
        drop(first);
        assert!(Place::take(&under_way, 1).is_ok());
    }
}
