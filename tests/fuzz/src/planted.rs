//! What is planted in an input so that it can be looked for in what comes of it. A single byte stands for each, so that a fuzzer
//! finds out early where it may stand.

/// Markup that must never come out as such.
const MARKUP: &[u8] = b"<planted a='\"' onplanted=1>";
/// An address that must never be seen whole.
const ADDRESS: &[u8] = b"planted.name@planted.example.org";
/// The same, to be looked for. All of it, for its pieces may stand anywhere in an input and are nobody's address.
pub(crate) const NAME: &str = "planted.name@planted.example.org";

/// An input with each byte 1 replaced by markup, and each byte 2 by an address.
pub(crate) fn plant(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 256);
    for &byte in bytes {
        match byte {
            1 => out.extend_from_slice(MARKUP),
            2 => out.extend_from_slice(ADDRESS),
            other => out.push(other),
        }
    }
    out
}
