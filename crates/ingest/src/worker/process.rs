//! One worker, seen from the side that asks: a child process and the thread that talks to it.

use std::{
    ffi::OsString,
    io::{BufReader, BufWriter},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Failure, Job, Settings, frame};

/// How long a worker may take to begin: milliseconds, where the machine is not out of breath.
const BEGIN: Duration = Duration::from_secs(20);
/// How long a worker that has closed its pipes may take to end, before it is killed.
const GRACE: Duration = Duration::from_secs(1);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(2);

/// A child that takes jobs.
pub(super) struct Process {
    child: Child,
    jobs: Sender<(Job, Arc<Vec<u8>>)>,
    answers: Receiver<Option<(u8, Vec<u8>)>>,
    /// Whether it has said that it takes jobs.
    ready: bool,
    /// Jobs it has been given.
    pub(super) jobs_done: usize,
}

impl Process {
    pub(super) fn start(settings: &Settings) -> Result<Process, Failure> {
        let failed = |error: std::io::Error| Failure::NotStarted(error.to_string());
        let limits = [settings.limits.memory, settings.limits.processor].map(|limit| OsString::from(limit.to_string()));
        let mut child = Command::new(&settings.program)
            .args(&settings.arguments)
            .args(limits)
            // It needs nothing of where it was started, and what it says of its death nobody reads.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (jobs, to_do) = channel();
        let (done, answers) = channel();
        let talk = match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                thread::Builder::new().name("worker".into()).spawn(move || talk(input, output, &to_do, &done))
            }
            _ => Err(std::io::Error::other("it has no pipes")),
        };
        let process = Process { child, jobs, answers, ready: false, jobs_done: 0 };
        talk.map(|_| process).map_err(failed)
    }

    /// Gives it a job and waits, from when it takes jobs. After any error but a refusal it is of no use any more.
    pub(super) fn ask(&mut self, job: Job, bytes: &Arc<Vec<u8>>, clock: Duration) -> Result<Vec<u8>, Failure> {
        self.jobs_done += 1;
        if self.jobs.send((job, Arc::clone(bytes))).is_err() {
            return Err(self.died());
        }
        if !self.ready {
            match self.answers.recv_timeout(BEGIN) {
                Ok(Some((frame::READY, _))) => self.ready = true,
                Ok(Some(_)) => return Err(Failure::NotStarted("it is no worker of this version".into())),
                Ok(None) | Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Failure::NotStarted(format!("it did not begin within {} seconds", BEGIN.as_secs())));
                }
            }
        }
        match self.answers.recv_timeout(clock) {
            Ok(Some((frame::DONE, bytes))) => Ok(bytes),
            Ok(Some((_, reason))) => Err(Failure::Refused(String::from_utf8_lossy(&reason).into_owned())),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => Err(self.died()),
            Err(RecvTimeoutError::Timeout) => Err(Failure::TooLong),
        }
    }

    /// What it died of.
    fn died(&mut self) -> Failure {
        let until = Instant::now() + GRACE;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return reason(status),
                Ok(None) if Instant::now() < until => thread::sleep(LOOK),
                _ => return Failure::Died,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its pipes break with it, so the thread that talks ends, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands jobs to the child and answers back, until either side is gone. Writing and reading may take for ever, and so have a thread.
fn talk(
    input: ChildStdin,
    output: ChildStdout,
    to_do: &Receiver<(Job, Arc<Vec<u8>>)>,
    done: &Sender<Option<(u8, Vec<u8>)>>,
) {
    let (mut input, mut output) = (BufWriter::new(input), BufReader::new(output));
    let ready = frame::read(&mut output).ok().flatten();
    if ready.is_none() || done.send(ready).is_err() {
        return;
    }
    for (job, bytes) in to_do {
        let answer = frame::write(&mut input, job, &bytes).and_then(|()| frame::read(&mut output)).ok().flatten();
        let ended = answer.is_none();
        if done.send(answer).is_err() || ended {
            return;
        }
    }
}

#[cfg(unix)]
fn reason(status: ExitStatus) -> Failure {
    use std::os::unix::process::ExitStatusExt;
    let over = [rustix::process::Signal::XCPU, rustix::process::Signal::KILL].map(|signal| Some(signal.as_raw()));
    match status.code() {
        // It ended by itself before it did anything: it is not the program that it should be.
        Some(code) => Failure::NotStarted(format!("it ended with code {code}")),
        None if status.signal() == over[0] || status.signal() == over[1] => Failure::TooLong,
        None => Failure::Died,
    }
}

#[cfg(not(unix))]
fn reason(_: ExitStatus) -> Failure {
    Failure::Died
}
