//! A message that might take the process down that reads it is read by a worker first.
//!
//! What [`parse`] does depends on a message's bytes alone. So where a worker came through with it, within its memory and its time, every
//! other process will, too; and where the worker died, the message is set aside and nobody reads it. Ordinary mail never goes this
//! way: [`is_due`] counts what could cost more than it is long, always too much where the parser's rules are subtle.

use memchr::memmem;

use super::{attachment_bytes, enclosed, page, parse};
use crate::{
    Form, Framing, Raw,
    worker::{Duty, Failure, Job, MAX_FRAME, Pool},
};

/// The job of reading a message to see whether that can be survived.
const JOB: Job = 3;
/// Bytes of a job that say how the message is to be read.
const HEAD: usize = 14;

/// Messages larger than this are tried out, 16 MiB: all that is made of one then stays under 200.
const LARGE: usize = 16 << 20;
/// Lines with two dashes side by side: each could begin a part. Honest mail of several parts has a few hundred, with all rules and
/// signatures.
const MAX_DASHED: usize = 2_000;
/// How often a boundary may be spoken of. Each is looked for to the end of the message, and may not be there.
const MAX_BOUNDARIES: usize = 100;
/// Bytes of such looking, 1 GiB: half a second.
const MAX_LOOKED: usize = 1 << 30;
/// Most colons: each could end the name of a header.
const MAX_COLONS: usize = 50_000;
/// Most asterisks and semicolons: each could begin a parameter of a header, and those with asterisks are compared with one another.
const MAX_STARS: usize = 20_000;
const MAX_SEMICOLONS: usize = 100_000;
/// Most dashes: each could be the beginning of a long boundary that is made of dashes, too.
const MAX_DASHES: usize = 200_000;
/// Most beginnings of encoded words: each could be open, and be read to the end of its header.
const MAX_WORDS: usize = 1_000;

/// What a worker must be able to do to try messages out.
pub const DUTY: Duty = (JOB, |job| {
    let (head, bytes) = job.split_at_checked(HEAD).ok_or("the job is empty")?;
    let raw = Raw {
        bytes: bytes.to_vec(),
        from_line: u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize,
        offset: 0,
        form: Form::of_number(head[4]).ok_or("the form is not known")?,
        framing: Framing::Sure,
    };
    let latest = head[6..].try_into().map_or(i64::MAX, i64::from_le_bytes);
    read_all_ways(&raw, latest);
    Ok(Vec::new())
});

/// All that is ever asked of a message's bytes.
fn read_all_ways(raw: &Raw, latest: i64) {
    let message = parse(raw, latest);
    let _ = enclosed(raw);
    let _ = page(raw);
    if let Some(part) = message.attachments.iter().find_map(|attachment| attachment.part) {
        let _ = attachment_bytes(raw, part);
    }
}

/// Whether a message should be tried out.
pub fn is_due(raw: &Raw) -> bool {
    let bytes = &raw.bytes[..];
    if bytes.len() > LARGE {
        return true;
    }
    // Without parts it is read from its beginning to its end, once.
    says_multipart(&bytes[raw.from_line.min(bytes.len())..]) && is_costly(bytes)
}

/// Whether the header says that there are parts. As much is looked at as the parser could take for the header.
fn says_multipart(message: &[u8]) -> bool {
    let window = &message[..message.len().min(super::MAX_HEADER_BLOCK)];
    let ends = [&b"\n\n"[..], b"\n\r\n", b"\r\r"].map(|end| memmem::find(window, end).unwrap_or(window.len()));
    let header = &window[..ends.into_iter().min().unwrap_or(window.len())];
    let word = b"multipart";
    memchr::memchr2_iter(b'm', b'M', header)
        .any(|at| header.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)))
}

fn is_costly(bytes: &[u8]) -> bool {
    let more = |byte: u8, most: usize| memchr::memchr_iter(byte, bytes).nth(most).is_some();
    let boundaries = memchr::memchr2_iter(b'b', b'B', bytes)
        .filter(|&at| bytes.get(at..at + 8).is_some_and(|word| word.eq_ignore_ascii_case(b"boundary")))
        .take(MAX_BOUNDARIES + 1)
        .count();
    boundaries > MAX_BOUNDARIES
        || boundaries * bytes.len() > MAX_LOOKED
        || more(b':', MAX_COLONS)
        || more(b'*', MAX_STARS)
        || more(b';', MAX_SEMICOLONS)
        || more(b'-', MAX_DASHES)
        || memmem::find_iter(bytes, b"=?").nth(MAX_WORDS).is_some()
        || dashed(bytes).nth(MAX_DASHED).is_some()
}

/// For each line that has two dashes side by side, where it ends: a part needs a line of its own.
fn dashed(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let found = at + memmem::find(bytes.get(at..)?, b"--")?;
        at = memchr::memchr(b'\n', &bytes[found..]).map_or(bytes.len(), |end| found + end + 1);
        Some(at)
    })
}

/// Has a message tried out. An error says why it must not be read here.
///
/// # Errors
///
/// The worker died of it, gave up, or could not be started.
pub fn try_out(raw: &Raw, latest: i64, workers: &Pool) -> Result<(), Failure> {
    if raw.bytes.len() + HEAD > MAX_FRAME {
        // Whoever lets messages be larger than a job may be wants them read.
        return Ok(());
    }
    let mut job = Vec::with_capacity(HEAD + raw.bytes.len());
    job.extend_from_slice(&(raw.from_line as u32).to_le_bytes());
    job.extend_from_slice(&[raw.form.number(), 0]);
    job.extend_from_slice(&latest.to_le_bytes());
    job.extend_from_slice(&raw.bytes);
    workers.ask(JOB, job).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(mail: String) -> bool {
        is_due(&Raw { bytes: mail.into_bytes(), from_line: 0, offset: 0, form: Form::Mboxrd, framing: Framing::Sure })
    }

    const MULTIPART: &str = "Content-Type: Multipart/Mixed; boundary=b\n\n";

    #[test]
    fn what_could_cost_much_is_tried_out_from_one_over_its_limit() {
        // How often each stands in the header already.
        for (piece, most, already) in [
            ("boundary ", MAX_BOUNDARIES, 1),
            ("--\n", MAX_DASHED, 0),
            (":", MAX_COLONS, 1),
            ("*", MAX_STARS, 0),
            (";", MAX_SEMICOLONS, 1),
            ("-.", MAX_DASHES, 1),
            ("=?", MAX_WORDS, 0),
        ] {
            let mail = |count: usize| format!("{MULTIPART}{}", piece.repeat(count - already));
            assert!(!due(mail(most)), "{piece:?}");
            assert!(due(mail(most + 1)), "{piece:?}");
            assert!(!due(mail(most + 1).replacen("Multipart", "text", 1)), "{piece:?} in one part");
        }
        let looked = |bytes: usize| due(format!("{MULTIPART}{}{}", "boundary".repeat(99), " ".repeat(bytes)));
        assert!(!looked(MAX_LOOKED / 100 - 1_000) && looked(MAX_LOOKED / 100));
    }

    #[test]
    fn what_is_large_is_tried_out_and_what_is_a_byte_less_is_not() {
        assert!(!due("a".repeat(LARGE)) && due("a".repeat(LARGE + 1)));
    }

    #[test]
    fn the_duty_reads_what_the_job_holds() {
        assert!((DUTY.1)(&[0; HEAD]).is_ok());
        assert!((DUTY.1)(&[0; HEAD - 1]).is_err());
        assert!((DUTY.1)(&[&[9, 0, 0, 0, 99, 0][..], &[0; 8], b"Subject: x\n\ny\n"].concat()).is_err(), "no such form");
    }
}
