//! Ctrl-C: the first one stops a run between two messages, with the index as it was, or a server once it has answered; a second
//! one ends the program at once, which the index survives too.

use std::{
    io,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

#[cfg(unix)]
use tokio::signal::unix;
use tokio::{runtime::Builder, sync::Notify};

/// Set by the first Ctrl-C; a run looks at it between messages.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// How long a sleeper may sleep before it looks whether it should stop.
const NAP: Duration = Duration::from_millis(100);

/// Wakes the one who waits in [`stopped`].
static WAKE: Notify = Notify::const_new();

/// Listens from now on. A signal that comes after this has returned is heard.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let (listening, begun) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let Ok(mut signals) = Signals::new() else { return };
                drop(listening);
                while signals.next().await {
                    if STOP.swap(true, Ordering::Relaxed) {
                        std::process::exit(130);
                    }
                    WAKE.notify_one();
                }
            });
        });
        // Ends with an error, which says that the thread listens, or never will.
        let _ = begun.recv();
    });
}

/// Ends at the first Ctrl-C or SIGTERM since [`listen`]; for one to wait.
pub(crate) async fn stopped() {
    while !STOP.load(Ordering::Relaxed) {
        WAKE.notified().await;
    }
}

/// Ctrl-C, and the signal by which service managers end programs.
#[cfg(unix)]
struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            interrupt: unix::signal(unix::SignalKind::interrupt())?,
            terminate: unix::signal(unix::SignalKind::terminate())?,
        })
    }

    /// Waits for one. False when none can come any more.
    async fn next(&mut self) -> bool {
        tokio::select! {
            came = self.interrupt.recv() => came.is_some(),
            came = self.terminate.recv() => came.is_some(),
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals)
    }

    /// Waits for it. False when none can come any more.
    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}

/// Sleeps, unless stopped. Whether to go on.
pub(crate) fn sleep(time: Duration) -> bool {
    let end = Instant::now() + time;
    loop {
        if STOP.load(Ordering::Relaxed) {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(NAP));
    }
}
