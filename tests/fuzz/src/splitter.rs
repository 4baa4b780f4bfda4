//! Dumps: every byte is in a piece, whatever the reads were, and what is written as mboxrd reads back.

use std::io::{self, Read};

use plenary_ingest::{
    Form, Raw,
    mbox::{Piece, as_mboxrd, split, split_one, unescape},
    source::Limits,
};

/// A dump, cut with the limits of a run and with ones so small that they are met.
pub fn splitter(bytes: &[u8]) {
    let small = Limits { message: 200, line: 50, ..Limits::default() };
    for limits in [Limits::default(), small] {
        let pieces = all(bytes, bytes, &limits);
        for step in [13, 4_099] {
            assert!(all(Drip(bytes, step), bytes, &limits) == pieces, "reading {step} bytes at a time changes nothing");
        }
        for piece in &pieces {
            if let Piece::Message(raw) = piece {
                reads_back(raw);
            }
        }
    }
    let alone: Vec<Piece> = split_one(bytes, &Limits::default()).map(|piece| piece.expect("memory is read")).collect();
    assert!(alone.iter().filter(|piece| matches!(piece, Piece::Message(_))).count() <= 1, "one message is not cut");
}

/// All pieces, after checking that they are the dump.
fn all(reader: impl Read, bytes: &[u8], limits: &Limits) -> Vec<Piece> {
    let mut splitter = split(reader, limits);
    let pieces: Vec<Piece> = splitter.by_ref().map(|piece| piece.expect("memory is read")).collect();
    let mut at = 0;
    for piece in &pieces {
        let (held, offset, most) = match piece {
            Piece::Message(raw) => (&raw.bytes, raw.offset, limits.message),
            Piece::Stray(stray) => (&stray.bytes, stray.offset, limits.line),
        };
        assert_eq!(offset, at as u64, "pieces follow each other");
        assert!(!held.is_empty() && held.len() <= most, "a piece has bytes, and not more than it may");
        assert_eq!(Some(held.as_slice()), bytes.get(at..at + held.len()), "a piece is what stands there");
        at += held.len();
        if let Piece::Message(raw) = piece {
            assert!(raw.from_line <= raw.bytes.len(), "a separator lies in its message");
            assert_eq!(raw.form, splitter.form(), "a dump has one form");
        }
        if let Piece::Stray(stray) = piece {
            assert!(!stray.reason.is_empty(), "what is no message has a reason");
        }
    }
    assert_eq!((at, splitter.total()), (bytes.len(), bytes.len() as u64), "nothing is lost");
    pieces
}

/// What is written as mboxrd is one message there, with the same content.
fn reads_back(raw: &Raw) {
    let written = as_mboxrd(raw);
    let line = written.iter().position(|&byte| byte == b'\n').map_or(written.len(), |end| end + 1);
    let again = Raw { bytes: written, from_line: line, offset: 0, form: Form::Mboxrd, framing: raw.framing };
    let (was, is) = (unescape(raw), unescape(&again));
    let rest = is.strip_prefix(was.as_ref()).expect("a message is written as it is");
    assert!(matches!(rest, b"" | b"\n" | b"\n\n"), "only line ends follow it");
}

/// Gives a few bytes at a time, as pipes do.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(self.1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}
