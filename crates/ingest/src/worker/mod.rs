//! Work that may take its process down is done in another one: reading what strangers attached, cleaning their HTML.
//!
//! A stack that overflows and memory that runs out end a process, and nothing in it can catch that. So such jobs go to a worker: a
//! child of the same program, which limits itself before it reads a byte of its input, works on one job at a time, and is killed when
//! its time is over. A worker that dies takes its one job with it; the job has failed with a reason, and the next one gets a
//! new worker.
//!
//! [`Pool`] is the side that asks, [`serve`] the side that works. Between them lie frames on the worker's standard input and
//! output. Which program to start is configuration: nothing here knows its name.

mod frame;
mod limits;
mod pool;
mod process;
mod restrain;
mod serve;

pub use self::{
    frame::MAX_FRAME,
    limits::Limits,
    pool::{Pool, Settings},
    serve::{Duty, serve},
};

/// What kind of work a job is; the worker's program says which kinds it knows.
pub type Job = u8;

/// Why a job has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The worker looked at it and says why it cannot be done.
    #[error("{0}")]
    Refused(String),
    /// It is larger than a frame.
    #[error("it is larger than {} MiB, the most that is handed to a worker", MAX_FRAME >> 20)]
    TooLarge,
    /// The worker ended: its stack or its memory was used up.
    #[error("it needed more memory than it may have, or nested too deep")]
    Died,
    /// The worker was ended by the limit on processor time, or by the clock.
    #[error("it took too long")]
    TooLong,
    /// No worker could be started, so nothing is known of the job.
    #[error("no worker process could be started: {0}")]
    NotStarted(String),
}
