//! What is said when a part of the program panics. The standard library and some libraries panic where the system refuses them a thread;
//! that is no mistake of the program, and is said as what it is.

use std::{
    panic,
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether the system refused a thread.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// How such panics begin: that of `std::thread`, and our own.
const NO_THREAD: [&str; 2] = ["failed to spawn thread", "a worker thread starts"];

/// Keeps quiet about refused threads, and whatever fails in their wake, until [`said`].
pub(crate) fn listen() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload_as_str().is_some_and(|text| NO_THREAD.iter().any(|start| text.starts_with(start))) {
            REFUSED.store(true, Ordering::Relaxed);
        }
        if !REFUSED.load(Ordering::Relaxed) {
            usual(info);
        }
    }));
}

/// What a panic that ended the program comes to; where it was is said already.
pub(crate) fn said() -> anyhow::Error {
    match REFUSED.load(Ordering::Relaxed) {
        true => anyhow::anyhow!(
            "broken off: the system refused another thread; what was committed stands: allow more processes (`ulimit -u`) or free memory, and run it again"
        ),
        false => anyhow::anyhow!(
            "broken off; run `plenary doctor`, which says whether the index is damaged; if it is not, this is an error of the program: please report the lines above"
        ),
    }
}
