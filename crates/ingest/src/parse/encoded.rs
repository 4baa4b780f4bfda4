//! Encoded words (RFC 2047) that hold raw 8-bit letters, which they exist to avoid.

/// Writes the bytes above ASCII inside `=?charset?Q?...?=` as `=XX`: they are in the charset that the word names, whatever the rest
/// of the header is in, and would be taken for letters of that rest.
pub(super) fn escape_raw_bytes(header: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len() + 16);
    let mut rest = header;
    while let Some((before, word, after)) = next_word(rest) {
        out.extend_from_slice(before);
        for &byte in word {
            if byte.is_ascii() { out.push(byte) } else { out.extend_from_slice(format!("={byte:02X}").as_bytes()) }
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

/// What stands before the next encoded word of type Q, the word, and what follows. Each byte is looked at a few times at most: a
/// `=?` that opens nothing is passed over.
fn next_word(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    for start in memchr::memmem::find_iter(text, b"=?") {
        let inner = &text[start + 2..];
        // Names of charsets have under 40 letters.
        let Some(charset) = inner.iter().take(40).position(|&byte| byte == b'?') else { continue };
        if !matches!(inner.get(charset + 1..charset + 3), Some([b'q' | b'Q', b'?'])) {
            continue;
        }
        let said = start + 2 + charset + 3;
        let length = memchr::memmem::find(&text[said..], b"?=")?;
        let end = said + length + 2;
        return Some((&text[..start], &text[start..end], &text[end..]));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::escape_raw_bytes;

    #[track_caller]
    fn check(written: &[u8], expected: &[u8]) {
        assert_eq!(String::from_utf8_lossy(&escape_raw_bytes(written)), String::from_utf8_lossy(expected));
    }

    #[test]
    fn raw_bytes_are_escaped_inside_encoded_words_and_nowhere_else() {
        check(b"=?iso-8859-1?Q?Fr\xf6sche?=", b"=?iso-8859-1?Q?Fr=F6sche?=");
        check(b"=?a?q?\xe9?= and =?b?Q?\xe8?=", b"=?a?q?=E9?= and =?b?Q?=E8?=");
        for untouched in [&b"no word"[..], b"=?a?B?\xe9?=", b"=?a?q?\xe9", b"=?=?=?", b"=??q", b""] {
            check(untouched, untouched);
        }
    }
}
