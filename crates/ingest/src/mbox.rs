//! Cuts a dump into messages, and says by which rule.

/// One message's bytes as they stand in a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The bytes, the From_ line included, exactly as in the (expanded) dump.
    pub bytes: Vec<u8>,
    /// How many of them are the From_ line with its line end; 0 where there is none.
    pub from_line: usize,
    /// Offset of the first byte in the expanded dump.
    pub offset: u64,
    /// How body lines that begin with `From ` are escaped in this dump.
    pub form: Form,
    /// How sure the cut is.
    pub framing: Framing,
}

/// The flavours of mbox, which differ in how a body line that begins with `From ` is written, and messages alone in a file.
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
}

/// How sure the cut before a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// A separator where one belongs.
    Sure,
    /// It looks exactly like a separator, yet may be text inside the message before it.
    Ambiguous,
}
