//! What a dump is made of: one member where it is a file of mail, many where it is an archive, a folder or a repository.

use std::io;

use super::packing::Bytes;
use crate::Error;

/// One member, in its place in the order.
pub(super) struct Member {
    /// What reports call it; empty where the dump is one file of mail.
    pub(super) name: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// Bytes in which mail is looked for, perhaps packed.
    Mail(Bytes),
    /// One message alone, perhaps packed, whatever separators it quotes.
    Message(Bytes),
    /// It ought to be read and cannot be; the phrase says why.
    Refused(String),
    /// It holds no mail and is counted only.
    LeftOut,
    /// No member but something to be said in this place.
    Remark(String),
}

impl Member {
    pub(super) fn refused(name: String, reason: impl Into<String>) -> Member {
        Member { name, content: Content::Refused(reason.into()) }
    }
}

/// The members of a dump, one after the other. A member's bytes are read before the next one is asked for.
pub(super) trait Members {
    /// What the dump is: `tar`, `zip`, `maildir`, `public-inbox`; empty where it is one file of mail.
    fn kind(&self) -> &'static str;

    /// The next member. An error ends the dump, and nothing of it counts.
    fn next(&mut self) -> Result<Option<Member>, Error>;

    /// What went wrong with the dump itself while a member was read, not with that member alone.
    fn failure(&mut self) -> Option<io::Error> {
        None
    }

    /// What there is to say at the end, one sentence each.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A dump that is one file of mail.
pub(super) struct Single(pub(super) Option<Bytes>);

impl Members for Single {
    fn kind(&self) -> &'static str {
        ""
    }

    fn next(&mut self) -> Result<Option<Member>, Error> {
        Ok(self.0.take().map(|bytes| Member { name: String::new(), content: Content::Mail(bytes) }))
    }
}
