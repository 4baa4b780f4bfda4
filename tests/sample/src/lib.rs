//! Writes invented mailing-list archives in the shapes that real dumps have.
//!
//! [`shipped`] is the sample under `data/lists`: a few hundred messages, written by hand or built from hand-written topics, with the
//! oddities that real archives have. [`bulk`] writes as many messages as a bench wants. Both are deterministic: no clock, no
//! machine's chance, no crate's.
//!
//! A letter says what somebody says; once sent it has an id and a body; Pipermail or a mailbox give it the shape
//! of a dump.

mod body;
mod bulk;
mod calendar;
mod encode;
mod letter;
mod people;
mod pipermail;
mod random;
mod raw;
mod sent;
mod shipped;
mod topics;

pub use crate::{
    bulk::{Written, bulk},
    shipped::{Tally, shipped, tally},
};
