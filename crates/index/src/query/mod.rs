//! What a person typed, as a tree. Pure: no engine, no index, no clock but the one passed in.
//!
//! [`parse`] reads text; printing a [`Parsed`] gives its one canonical text. `lex` cuts the text into tokens, `parse` builds the tree
//! from them, `terms`, `dates` and `numbers` read single words and values, `limits` says how much of everything is allowed.

mod cost;
mod dates;
mod edit;
mod explain;
mod lex;
pub mod limits;
mod numbers;
mod parse;
mod print;
mod problems;
mod terms;
#[cfg(test)]
mod tests;

pub use self::{
    edit::Chip,
    parse::{parse, parse_within},
};

/// A query read from text: the tree, where bare words look, and what could not be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What is asked.
    pub query: Query,
    /// Where words without a prefix look; `in:` at the top level of a query sets it.
    pub scope: Scope,
    /// What was typed wrongly and how it was taken, as sentences for the page.
    pub problems: Vec<String>,
}

/// A query tree. Printing it gives text that reads back to the same tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Every message.
    All,
    /// All of these.
    And(Vec<Query>),
    /// Any of these.
    Or(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
    /// Words somewhere in the text; scope `None` means the query's own ([`Parsed::scope`]).
    Text {
        /// Where to look.
        scope: Option<Scope>,
        /// For what.
        text: Text,
    },
    /// A field has exactly this value: `list:bp_ipv6`, `has:attachment`, `lang:fr`. A `*` in a value stands for anything.
    Is {
        /// The field's name in [`crate::fields::FIELDS`].
        field: &'static str,
        /// The value, in lower case except for Message-IDs.
        value: String,
    },
    /// The message was sent in this span of time.
    Date {
        /// First second of the span, UTC.
        from: Option<i64>,
        /// One past its last second.
        to: Option<i64>,
        /// The span as it was typed, for printing: `2016-05..2016-09`.
        typed: String,
    },
    /// A number lies in this span, both ends included.
    Number {
        /// The field's name in [`crate::fields::FIELDS`]: `size`, `replies`.
        field: &'static str,
        /// Smallest.
        from: Option<u64>,
        /// Largest.
        to: Option<u64>,
        /// As typed, for printing.
        typed: String,
    },
    /// Messages in threads that hold a message matching this: `thread:{from:ann kenya}`.
    ThreadWith(Box<Query>),
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Subject and the author's own words: the default.
    Own,
    /// The author's own words without the subject (`own:`).
    OwnOnly,
    /// The subject (`subject:`).
    Subject,
    /// Own and quoted words without the subject (`body:`).
    Body,
    /// Quoted words only (`quoted:`, `in:quotes`).
    Quoted,
    /// Signatures and footers (`in:signatures`).
    Signature,
    /// Subject, own words, quoted words, signatures, attached files and their names (`in:everything`).
    Everything,
    /// The author's name and address (`from:`).
    From,
    /// Recipients' names and addresses (`to:`, `cc:`).
    To,
    /// Names of attached files (`file:`).
    File,
    /// Text of attached files (`attached:`, `in:attachments`).
    Attachments,
}

/// What is looked for in a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    /// A word in any of its inflections.
    Word(String),
    /// These words one after another, exactly as written; with slop, that many other words may stand between.
    Phrase {
        /// The words, as typed.
        words: String,
        /// How many positions they may be apart in all.
        slop: u32,
    },
    /// Two texts within so many words of each other, in either order: `a NEAR/5 b`.
    Near {
        /// First word.
        left: String,
        /// Second word.
        right: String,
        /// Most words between.
        distance: u32,
    },
    /// A word that begins so: `privat*`.
    Prefix(String),
    /// A word within one or two letters of this: `kenya~1`.
    Fuzzy(String, u8),
}
