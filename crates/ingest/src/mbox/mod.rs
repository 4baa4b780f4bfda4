//! Cuts a dump into messages, and says by which rule.
//!
//! # What separates two messages
//!
//! A separator is a line of the shape `From `, a sender, a date, and nothing after the date but zones or `remote from HOST`.
//! The sender is an address (`user@host`, `user at host`, ` en `, ` em `, `Name <...`, `/CN=.../`), one word or none, or, where
//! two blanks stand before the date, any words. The date is that of ctime, with or without seconds, a zone before or after the
//! year; or that of a Date header. A weekday may be missing where the sender is an address. Such a line separates
//!
//! 1. at the start of the file or after an empty line, when a header follows (`Name:`, or `>From ` as mangled on the way);
//!    when nothing or an empty line follows and the sender is an address: that message has no content; or when another such
//!    line follows, or it follows one;
//! 2. after a line that is not empty, when its sender is an address and at least two headers follow that only mail has.
//!
//! A line with an address and no date (`From -`) separates after an empty line and before two such headers. The line that opens a
//! file needs a date, whatever follows, or one such header after it. A line equal to the first separator of its file, as
//! exporters write the same one everywhere, separates by rule 1 whatever follows, and by rule 2 without a date. All else is
//! text: `From now on we vote.` never separates.
//!
//! A file that opens with headers and holds no two separators is one message, whatever it quotes.
//!
//! A dump that opens with a line of 73 `=` above headers is a notebook of LISTSERV, and one that opens with a line of four
//! Control-A is MMDF. There such lines separate, wherever headers follow, and From_ lines do not.
//!
//! # When a cut is ambiguous
//!
//! Some programs escape no body lines, so a body can hold what looks exactly like a separator with headers. It is cut there,
//! for a message lost inside another is worse than a piece too many, and the cut is [`Framing::Ambiguous`] when the separator
//! is unlike its neighbours: it lacks a header, an empty line before it or a sameness with the first separator that 49 of 50
//! others have, or has blanks or a date where 49 of 50 others do not. Neighbours are the separators of the first megabyte, two
//! at least; where there are fewer, only a separator before text that is no header is ambiguous. A missing empty line is not
//! held against a separator whose sender the first header repeats, and nothing against one that Content-Length confirms or that
//! reads `From mboxrd@z` as the first of its dump did, for there all bodies are escaped. A forgery that copies its neighbours in all this goes
//! unmarked: only an archive that escapes its bodies can rule that out.
//!
//! # Content-Length
//!
//! It is heeded in dumps where it holds for more than half of the first twenty messages, and there for a message only if it
//! ends exactly before a separator or at the end of the dump: anybody can write that header.

mod candidate;
mod delimiter;
mod escape;
mod form;
mod headers;
mod separator;
mod splitter;
mod window;

use std::io::Read;

use crate::source::Limits;

pub(crate) use self::{delimiter::from_line, separator::moment};
pub use self::{
    escape::{as_mboxrd, unescape},
    separator::from_line_date,
    splitter::Splitter,
};

/// Cuts what `reader` gives into pieces, with memory for about two of the largest messages the limits allow.
pub fn split<R: Read>(reader: R, limits: &Limits) -> Splitter<R> {
    Splitter::new(reader, limits)
}

/// The same for a file that is known to hold one message, as those of a Maildir are: whatever separators it quotes, it is not cut.
pub fn split_one<R: Read>(reader: R, limits: &Limits) -> Splitter<R> {
    Splitter::alone(reader, limits)
}

/// A stretch of a dump. Nothing of a dump is left out: all pieces put together are its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A message.
    Message(Raw),
    /// What is no message.
    Stray(Stray),
}

/// Bytes that are no message, at most [`Limits::line`] of them; what is longer comes as several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Offset of the first byte in the expanded dump.
    pub offset: u64,
    /// What they are, as far as can be told: a phrase for a person.
    pub reason: String,
}

/// One message's bytes as they stand in a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The bytes, the From_ line included, exactly as in the (expanded) dump.
    pub bytes: Vec<u8>,
    /// How many of them are the separator, mostly a From_ line, with its line end; 0 where there is none.
    pub from_line: usize,
    /// Offset of the first byte in the expanded dump.
    pub offset: u64,
    /// How body lines that begin with `From ` are escaped in this dump.
    pub form: Form,
    /// How sure the cut is.
    pub framing: Framing,
}

/// The flavours of mbox, which differ in how a body line that begins with `From ` is written; messages alone in a file; and what
/// other programs make of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `From ` becomes `>From `; `>From ` is left alone, so unescaping is a guess.
    Mboxo,
    /// Any `>*From ` gains one `>`; unescaping is exact.
    Mboxrd,
    /// As mboxo, and the body's length is in Content-Length.
    Mboxcl,
    /// Nothing is escaped; only Content-Length tells.
    Mboxcl2,
    /// Pipermail's monthly text: as mboxo, addresses masked.
    Pipermail,
    /// One message alone in a file.
    Single,
    /// A message inside a digest, which may have taken headers and parts away.
    Enclosed,
    /// A notebook of LISTSERV: each message under a line of 73 `=`.
    Listserv,
    /// MMDF: each message between lines of four Control-A.
    Mmdf,
}

impl Form {
    /// Every form, by its number in an index and in a worker's job. New ones come last.
    const ALL: [Form; 9] = [
        Form::Mboxo,
        Form::Mboxrd,
        Form::Mboxcl,
        Form::Mboxcl2,
        Form::Pipermail,
        Form::Single,
        Form::Enclosed,
        Form::Listserv,
        Form::Mmdf,
    ];

    /// Its number, for what is written down.
    pub fn number(self) -> u8 {
        Form::ALL.iter().position(|known| *known == self).unwrap_or_default() as u8
    }

    /// The form of a number; `None` where a later version wrote it.
    pub fn of_number(number: u8) -> Option<Form> {
        Form::ALL.get(usize::from(number)).copied()
    }
}

/// How sure the cut before a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// A separator where one belongs.
    Sure,
    /// It looks exactly like a separator, yet may be text inside the message before it.
    Ambiguous,
}

#[cfg(test)]
mod tests;
