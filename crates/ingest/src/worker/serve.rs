//! The worker's side: limit yourself, then take jobs and answer them until there are no more.

use std::{
    io::{self, Read, Write},
    panic, thread,
};

use super::{Job, frame, restrain};

/// Stack of the thread that works. What nests deeper than this takes its process down, and nothing else.
const STACK: usize = 16 << 20;

/// What a worker can do: a kind of job, and the work. It answers with bytes, or with a sentence that says why not.
pub type Duty = (Job, fn(&[u8]) -> Result<Vec<u8>, String>);

/// Limits this process to so many bytes of memory, and to so many seconds of its processor for each job; then answers the jobs that
/// come on standard input, on standard output, until the input ends.
///
/// # Errors
///
/// The system does not take the limits, or the other side is gone in the middle of a frame.
pub fn serve(memory: u64, seconds: u64, duties: &[Duty]) -> io::Result<()> {
    restrain::memory(memory)?;
    panic::set_hook(Box::new(|_| {}));
    thread::scope(|scope| {
        let work = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
            // From here on the clock of a job is its own, and not that of a program which begins.
            frame::write(&mut io::stdout().lock(), frame::READY, &[])?;
            answer(&mut io::stdin().lock(), &mut io::stdout().lock(), duties, || restrain::processor(seconds))
        })?;
        work.join().unwrap_or_else(|_| Err(io::Error::other("the worker's thread panicked")))
    })
}

/// Answers jobs one after another, calling `before` ahead of reading each.
fn answer(
    from: &mut impl Read,
    to: &mut impl Write,
    duties: &[Duty],
    before: impl Fn() -> io::Result<()>,
) -> io::Result<()> {
    loop {
        before()?;
        let Some((job, bytes)) = frame::read(from)? else { return Ok(()) };
        let duty = duties.iter().find(|(known, _)| *known == job);
        let result = match duty {
            Some((_, work)) => panic::catch_unwind(|| work(&bytes))
                .unwrap_or_else(|_| Err("the program that reads it failed on it".to_owned())),
            None => Err(format!("this worker knows no job {job}; is it of the same version?")),
        };
        match result {
            Ok(done) if done.len() <= frame::MAX_FRAME => frame::write(to, frame::DONE, &done)?,
            Ok(_) => frame::write(to, frame::REFUSED, b"what came of it is too large")?,
            Err(reason) => frame::write(to, frame::REFUSED, reason.as_bytes())?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_answered_refused_or_unknown_and_the_next_one_is_taken() {
        let duties: [Duty; 3] = [
            (1, |bytes| Ok(bytes.to_ascii_uppercase())),
            (2, |_| Err("not today".into())),
            (3, |_| panic!("this one breaks")),
        ];
        let mut jobs = Vec::new();
        for job in [1, 2, 3, 4, 1] {
            frame::write(&mut jobs, job, b"word").unwrap();
        }
        let mut answers = Vec::new();
        answer(&mut jobs.as_slice(), &mut answers, &duties, || Ok(())).unwrap();
        let mut from = answers.as_slice();
        let mut said = Vec::new();
        while let Some((kind, bytes)) = frame::read(&mut from).unwrap() {
            said.push((kind, String::from_utf8(bytes).unwrap()));
        }
        let expected = [
            (frame::DONE, "WORD"),
            (frame::REFUSED, "not today"),
            (frame::REFUSED, "the program that reads it failed on it"),
            (frame::REFUSED, "this worker knows no job 4; is it of the same version?"),
            (frame::DONE, "WORD"),
        ];
        assert_eq!(said, expected.map(|(kind, text)| (kind, text.to_owned())));
    }
}
