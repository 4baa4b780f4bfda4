//! Ctrl-C: the first one stops a run between two messages, with the index as it was; a second one ends the program at once,
//! which the index survives too.

use std::{
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Set by the first Ctrl-C; a run looks at it between messages.
pub(crate) static STOP: AtomicBool = AtomicBool::new(false);

/// How long a sleeper may sleep before it looks whether it should stop.
const NAP: Duration = Duration::from_millis(100);

/// Begins to listen, once.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::thread::spawn(|| {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                while stopped_by_someone().await {
                    if STOP.swap(true, Ordering::Relaxed) {
                        std::process::exit(130);
                    }
                }
            });
        });
    });
}

/// Waits for Ctrl-C, or for the signal by which service managers end programs. False when no signal can come.
async fn stopped_by_someone() -> bool {
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            return tokio::signal::ctrl_c().await.is_ok();
        };
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.is_ok(),
            terminated = terminated.recv() => terminated.is_some(),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
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
