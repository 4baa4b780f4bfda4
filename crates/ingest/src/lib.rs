//! Reads the dumps of mailing lists: bytes in, [`Message`]s out.
//!
//! [`source`] finds dumps and opens them, plain or compressed. [`mbox`] cuts a dump into [`Raw`] messages and accounts for
//! every byte between them. [`parse()`] turns one raw message into a [`Message`], noting each [`Problem`] it met, with the
//! text separated by [`text`] into what the author wrote and what was quoted, signed or added by the list.
//!
//! Nothing here knows of search or of HTTP, and nothing here fails on bad mail: what is odd becomes a [`Problem`]
//! beside the message, never an error instead of it.

pub mod attached;
pub mod digest;
pub mod error;
pub mod language;
pub mod mbox;
pub mod message;
pub mod parse;
pub mod source;
pub mod text;
pub mod worker;

pub use crate::{
    error::{Error, Problem},
    mbox::{Form, Framing, Raw},
    message::{Address, Attachment, DateSource, Dated, Id, Message, MessageId},
    parse::{Subject, conversation, parse},
    text::{Span, Voice},
};
