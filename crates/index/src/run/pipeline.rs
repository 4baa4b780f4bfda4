//! One thread reads and cuts dumps, several work on the messages, the caller's thread gathers the results in order.

use std::{collections::BTreeMap, panic, thread};

use crossbeam_channel::{Receiver, Sender, bounded};
/// Raw bytes handed over at once: enough that queues cost nothing, little enough that memory stays small.
const BATCH: usize = 256 << 10;
/// Batches waiting at each queue, per worker.
const WAITING: usize = 2;
/// Stack of a worker. Nothing recurses on mail that has passed the guard; this leaves room for what the guard does not foresee.
const STACK: usize = 16 << 20;

/// What the reading thread says.
pub(super) enum Said<I, M> {
    /// Messages to work on.
    Batch(Vec<I>),
    /// Something for the gathering thread, in its place in the order.
    Mark(M),
}

/// What the gathering thread gets, in the order of reading.
pub(super) enum Heard<I, T, M> {
    /// The results of one batch; `Err` holds the message on which the work panicked.
    Results(Vec<Result<T, I>>),
    /// A mark.
    Mark(M),
}

/// Lets the reading thread send.
pub(super) struct Outlet<I, M> {
    sender: Sender<(u64, Said<I, M>)>,
    batch: Vec<I>,
    bytes: usize,
    next: u64,
}

/// The gathering side has gone: stop reading.
pub(super) struct Closed;

impl<I, M> Outlet<I, M> {
    /// Sends a message of so many bytes on, with others.
    pub(super) fn message(&mut self, message: I, bytes: usize) -> Result<(), Closed> {
        self.bytes += bytes;
        self.batch.push(message);
        if self.bytes >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Sends a mark, after all messages before it.
    pub(super) fn mark(&mut self, mark: M) -> Result<(), Closed> {
        self.flush()?;
        self.send(Said::Mark(mark))
    }

    fn flush(&mut self) -> Result<(), Closed> {
        self.bytes = 0;
        if self.batch.is_empty() {
            Ok(())
        } else {
            let batch = std::mem::take(&mut self.batch);
            self.send(Said::Batch(batch))
        }
    }

    fn send(&mut self, said: Said<I, M>) -> Result<(), Closed> {
        self.next += 1;
        self.sender.send((self.next - 1, said)).map_err(|_| Closed)
    }
}

/// Runs `read` on a thread of its own, `work` on `workers` threads and `gather` here. Ends when reading has ended and
/// all is gathered, or as soon as `gather` fails.
pub(super) fn run<I: Send, T: Send, M: Send, E>(
    workers: usize,
    read: impl FnOnce(&mut Outlet<I, M>) -> Result<(), Closed> + Send,
    work: impl Fn(&I) -> T + Sync,
    mut gather: impl FnMut(Heard<I, T, M>) -> Result<(), E>,
) -> Result<(), E> {
    thread::scope(|scope| {
        let (said, to_do) = bounded::<(u64, Said<I, M>)>(workers * WAITING);
        let (done, heard) = bounded::<(u64, Heard<I, T, M>)>(workers * WAITING);
        scope.spawn(move || {
            let mut outlet = Outlet { sender: said, batch: Vec::new(), bytes: 0, next: 0 };
            if read(&mut outlet).is_ok() {
                let _ = outlet.flush();
            }
        });
        for _ in 0..workers {
            let (to_do, done, work) = (to_do.clone(), done.clone(), &work);
            let worker = thread::Builder::new().stack_size(STACK);
            // The system refusing a thread is beyond mending; the scope then panics with its reason.
            worker.spawn_scoped(scope, move || labour(&to_do, &done, work)).expect("a worker thread starts");
        }
        drop((to_do, done));
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (number, item) in &heard {
            waiting.insert(number, item);
            while let Some(item) = waiting.remove(&next) {
                gather(item)?;
                next += 1;
            }
        }
        Ok(())
    })
}

fn labour<I, T, M>(
    to_do: &Receiver<(u64, Said<I, M>)>,
    done: &Sender<(u64, Heard<I, T, M>)>,
    work: &(impl Fn(&I) -> T + Sync),
) {
    for (number, said) in to_do {
        let heard = match said {
            Said::Mark(mark) => Heard::Mark(mark),
            Said::Batch(batch) => Heard::Results(
                batch
                    .into_iter()
                    .map(|item| panic::catch_unwind(panic::AssertUnwindSafe(|| work(&item))).map_err(|_| item))
                    .collect(),
            ),
        };
        if done.send((number, heard)).is_err() {
            return;
        }
    }
}
