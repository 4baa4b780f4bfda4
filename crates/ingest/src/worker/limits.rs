//! How much a worker may use: of memory, of its processor, of the clock.

use std::time::Duration;

/// Limits of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of address space (RLIMIT_AS), the program itself included.
    pub memory: u64,
    /// Seconds of processor time for one job (RLIMIT_CPU, which is raised by so much before each).
    pub processor: u64,
    /// Longest that one job may take by the clock: for jobs that wait and do not work.
    pub clock: Duration,
}

impl Limits {
    /// 512 MiB: a PDF of 32 MiB with its pages unpacked stays under 300, and two workers and a run fit into 2 GiB.
    pub const MEMORY: u64 = 512 << 20;
    /// Below this the program cannot start its own threads.
    pub const LEAST_MEMORY: u64 = 128 << 20;
    /// 10 seconds: an honest document of a thousand pages takes two.
    pub const PROCESSOR: u64 = 10;
    /// 30 seconds: three times the processor's, for machines that have other work.
    pub const CLOCK: Duration = Duration::from_secs(30);
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: Limits::MEMORY, processor: Limits::PROCESSOR, clock: Limits::CLOCK }
    }
}
