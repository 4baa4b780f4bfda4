//! Who speaks where in a text: the author, somebody quoted, a signature, the list's footer.

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

/// Separates a text into voices. The spans follow one another, never overlap, are never empty, and cover the text whole.
pub fn split(text: &str) -> Vec<Span> {
    if text.is_empty() { Vec::new() } else { vec![Span { voice: Voice::Own, start: 0, end: text.len() }] }
}
