//! The workers of a process: started when the first job comes, replaced when they die.

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Failure, Job, Limits, MAX_FRAME, process::Process};

/// Jobs that one worker does before it is replaced: what a library forgets to give back is given back then.
const JOBS: usize = 200;

/// Which program to start as a worker, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; two more follow: bytes of memory, and seconds of the processor for a job. It must give them to
    /// [`super::serve`].
    pub arguments: Vec<OsString>,
    /// What a worker may use.
    pub limits: Limits,
    /// Workers at a time; further jobs wait. 0: as many as the machine has cores.
    pub workers: usize,
}

/// Workers, and the right to ask them. Costs nothing until it is asked.
#[derive(Debug)]
pub struct Pool {
    settings: Settings,
    most: usize,
    state: Mutex<State>,
    free: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Process>,
    /// Jobs being done.
    busy: usize,
    started: usize,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("idle", &self.idle.len()).field("busy", &self.busy).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool without workers yet.
    pub fn new(settings: Settings) -> Pool {
        let most = match settings.workers {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            some => some,
        };
        Pool { settings, most, state: Mutex::default(), free: Condvar::new() }
    }

    /// Has a job done. Waits for a free worker, then at most as long as the limits say.
    pub fn ask(&self, job: Job, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
        self.ask_within(job, bytes, self.settings.limits.clock)
    }

    /// The same for somebody who waits less long than the limits say.
    pub fn ask_within(&self, job: Job, bytes: Vec<u8>, clock: Duration) -> Result<Vec<u8>, Failure> {
        let clock = clock.min(self.settings.limits.clock);
        if bytes.len() > MAX_FRAME {
            return Err(Failure::TooLarge);
        }
        let (_turn, idle) = self.turn();
        let used = idle.is_some();
        let mut process = match idle {
            Some(process) => process,
            None => self.start()?,
        };
        let bytes = Arc::new(bytes);
        let started = Instant::now();
        let mut result = process.ask(job, &bytes, clock);
        // Who has waited the whole time need not wait once more.
        if used && started.elapsed() < clock && !matches!(result, Ok(_) | Err(Failure::Refused(_))) {
            // What a worker did before, or who ended it while it waited, says nothing of this job: a new one decides.
            process = self.start()?;
            result = process.ask(job, &bytes, clock);
        }
        let lives = matches!(result, Ok(_) | Err(Failure::Refused(_)));
        if lives && process.jobs_done < JOBS {
            self.state().idle.push(process);
        }
        result
    }

    /// How many workers were started until now.
    pub fn started(&self) -> usize {
        self.state().started
    }

    fn start(&self) -> Result<Process, Failure> {
        let process = Process::start(&self.settings)?;
        self.state().started += 1;
        Ok(process)
    }

    /// Waits until fewer jobs are being done than may be; gives a worker that has nothing to do, where there is one.
    fn turn(&self) -> (Turn<'_>, Option<Process>) {
        let state = self.state();
        let mut state =
            self.free.wait_while(state, |state| state.busy >= self.most).unwrap_or_else(PoisonError::into_inner);
        state.busy += 1;
        (Turn(self), state.idle.pop())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to have one job done, given back when dropped.
struct Turn<'a>(&'a Pool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.free.notify_one();
    }
}
