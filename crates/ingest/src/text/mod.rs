//! Who speaks where in a text: the author, somebody quoted, a signature, the list's footer.
//!
//! [`split_reply`] cuts a text into lines once and then asks one rule after another: quotation marks (`quotes`),
//! Pipermail's notes (`scrub`), PGP's lines (`armour`), list footers (`footer`), attributions (`attribution`), messages pasted below an
//! answer (`reply_block`), disclaimers and signatures (`signature`). A rule only speaks for lines that no earlier one
//! has claimed; what nobody claims is the author's. Every rule looks at a bounded number of lines around the one it
//! judges, so the whole is linear in the length of the text, whatever the text.
//!
//! [`unflow`] and [`html_to_text`] bring the other forms of mail to the plain text that this starts from.

mod armour;
mod attribution;
mod entities;
mod flowed;
mod footer;
mod html;
mod lines;
mod paragraphs;
mod quotes;
mod reply_block;
mod scrub;
mod signature;
mod tail;
#[cfg(test)]
mod tests;

pub use self::{
    flowed::unflow,
    html::{MAX_HTML, MAX_PLAIN, html_to_text},
    paragraphs::paragraphs,
    scrub::{Scrubbed, scrubbed},
    tail::{TailLine, give_to_list, tail},
};

/// Whose words a span of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Voice {
    /// The author's own words. Where the split is unsure, text is own: a search must never miss what somebody wrote.
    Own,
    /// Words of an earlier message.
    Quoted,
    /// The line that introduces a quotation: `On ... wrote:`.
    Attribution,
    /// The author's signature block.
    Signature,
    /// What the list software added.
    Footer,
}

/// A stretch of a text in one voice: whole lines, as byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Whose words.
    pub voice: Voice,
    /// First byte.
    pub start: usize,
    /// One past the last byte, the line end included.
    pub end: usize,
}

/// Separates a text into voices, as [`split_reply`] does for a message that answers another.
pub fn split(text: &str) -> Vec<Span> {
    split_reply(text, true)
}

/// Separates a text into voices. The spans follow one another, never overlap, are never empty, and cover the text whole.
///
/// `is_reply` says whether the message answers another. In one that does not, marked lines that read like code are the
/// author's session at a prompt, not a quotation.
pub fn split_reply(text: &str, is_reply: bool) -> Vec<Span> {
    let mut lines = lines::cut(text);
    let mut runs = quotes::mark(&mut lines);
    scrub::mark(&mut lines);
    armour::mark(&mut lines);
    footer::mark(&mut lines);
    attribution::introduce(&mut lines, &mut runs);
    quotes::release_sessions(&mut lines, &runs, is_reply);
    let loose = runs.iter().rev().find(|run| run.mark == quotes::Mark::Angle && !run.introduced);
    reply_block::mark(&mut lines, loose.map(|run| run.from));
    footer::mark_disclaimers(&mut lines);
    signature::mark(&mut lines);
    lines::spans(&lines)
}
