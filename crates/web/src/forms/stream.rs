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
    task::spawn_blocking,
    time::timeout,
};
use tracing::{error, info};

use crate::{error::Error, site::Site};

use super::export::Export;

/// Exports under way at once. Each holds a chunk, a batch of places and the commit it reads: under a megabyte.
const MOST: usize = 64;
/// How long a reader may take for a chunk of 64 KB; one that is slower has gone, or wants to hold a place. Over HTTP the connection
/// ends before (`reader_seconds` in config.toml) unless that was made longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who may write, and how many do. Exports take turns by the chunk, so that a long one does not keep a short one waiting, and
/// not with searches, so that neither can starve the other.
pub(crate) struct Gate {
    turns: Arc<Semaphore>,
    under_way: Arc<AtomicUsize>,
}

impl Gate {
    /// A gate beside so many searches at once.
    pub(crate) fn new(searches: usize) -> Gate {
        Gate { turns: Arc::new(Semaphore::new((searches / 2).max(1))), under_way: Arc::default() }
    }

    /// Runs something that reads many messages, when its turn comes.
    pub(crate) async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        take_turn(&self.turns, work).await
    }
}

async fn take_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let permit = turns.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
    Ok(spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await?)
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
pub(crate) fn body(site: &Arc<Site>, export: Export) -> Result<Body, Error> {
    let place = Place::take(&site.exports.under_way, MOST)?;
    let (sender, receiver) = mpsc::channel::<Sent>(1);
    tokio::spawn(write(site.exports.turns.clone(), export, sender, place));
    Ok(Body::from_stream(stream::unfold(receiver, |mut receiver| async {
        let item = match receiver.recv().await {
            Some(Ok(chunk)) => Ok(chunk?),
            Some(Err(error)) => Err(error),
            None => Err(io::Error::other("the export was cut off")),
        };
        Some((item, receiver))
    })))
}

async fn write(turns: Arc<Semaphore>, mut export: Export, sender: mpsc::Sender<Sent>, _place: Place) {
    loop {
        let chunk = take_turn(&turns, move || {
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
