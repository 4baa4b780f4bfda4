//! What a mail program does to text before it travels: charsets, quoted-printable, base64, encoded words.

use std::fmt::Write as _;

use data_encoding::BASE64;
use encoding_rs::Encoding;

/// Bytes of an encoded word's text, so that the word with its charset stays under the 75 of RFC 2047.
const WORD_BYTES: usize = 30;

/// Bytes of a line of base64, 76 characters when encoded.
const BASE64_LINE: usize = 57;

/// The text in this charset; a character that it lacks becomes a numeric reference, which a test of the sample forbids.
pub(crate) fn in_charset(text: &str, charset: &str) -> Vec<u8> {
    match Encoding::for_label(charset.as_bytes()) {
        Some(encoding) => encoding.encode(text).0.into_owned(),
        None => text.as_bytes().to_vec(),
    }
}

/// Quoted-printable, lines of at most 76 characters.
pub(crate) fn quoted_printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut column = 0;
        for (at, &byte) in line.iter().enumerate() {
            let last = at + 1 == line.len();
            let plain = matches!(byte, b'!'..=b'~') && byte != b'=' || byte == b' ' && !last;
            let width = if plain { 1 } else { 3 };
            if column + width > 75 {
                out.push_str("=\n");
                column = 0;
            }
            if plain {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "={byte:02X}");
            }
            column += width;
        }
        out.push('\n');
    }
    out
}

/// Base64, in lines of 76 characters.
pub(crate) fn base64(bytes: &[u8]) -> String {
    bytes.chunks(BASE64_LINE).fold(String::new(), |mut out, chunk| {
        out.push_str(&BASE64.encode(chunk));
        out.push('\n');
        out
    })
}

/// A header's text: as it is where it is ASCII, encoded words where it is not. Q for Latin charsets, B for the others.
pub(crate) fn header(text: &str, charset: &str) -> String {
    if text.is_ascii() {
        return text.to_string();
    }
    let latin = charset.starts_with("iso-8859") || charset.starts_with("windows-125");
    let mut words = Vec::new();
    let mut piece = String::new();
    for c in text.chars().map(Some).chain([None]) {
        let full = piece.len() + c.map_or(0, char::len_utf8) > WORD_BYTES;
        if !piece.is_empty() && (full || c.is_none()) {
            words.push(encoded_word(&piece, charset, latin));
            piece.clear();
        }
        piece.extend(c);
    }
    words.join("\n ")
}

fn encoded_word(piece: &str, charset: &str, latin: bool) -> String {
    let bytes = in_charset(piece, charset);
    if !latin {
        return format!("=?{charset}?B?{}?=", BASE64.encode(&bytes));
    }
    let q = bytes.iter().fold(String::new(), |mut q, &byte| {
        match byte {
            b' ' => q.push('_'),
            byte if byte.is_ascii_alphanumeric() => q.push(char::from(byte)),
            byte => {
                let _ = write!(q, "={byte:02X}");
            }
        }
        q
    });
    format!("=?{charset}?Q?{q}?=")
}

/// Plain text as `format=flowed`: a line that was broken because the next word did not fit ends with a space.
pub(crate) fn flowed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 60);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(' ') || line.starts_with("From ") {
            out.push(' ');
        }
        out.push_str(line);
        let next_word = lines.peek().and_then(|next| next.split(' ').next()).unwrap_or_default();
        let broken =
            !next_word.is_empty() && !next_word.starts_with('>') && line.chars().count() + next_word.len() >= 72;
        if broken && !line.starts_with('>') && !line.is_empty() && line != "-- " {
            out.push(' ');
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_keeps_lines_short_and_spaces_at_ends() {
        let encoded = quoted_printable(format!("caf\u{e9} = {} \n", "long ".repeat(30)).as_bytes());
        assert!(encoded.starts_with("caf=C3=A9 =3D long"), "{encoded}");
        assert!(encoded.lines().all(|line| line.len() <= 76), "{encoded}");
        assert!(encoded.ends_with("=20\n"), "{encoded}");
    }

    #[test]
    fn a_header_becomes_words_of_a_legal_length() {
        let encoded = header("Résumé de l'appel sur la littératie numérique des femmes", "iso-8859-1");
        assert!(encoded.starts_with("=?iso-8859-1?Q?R=E9sum=E9_de_l=27appel"), "{encoded}");
        assert!(encoded.lines().all(|line| line.trim().len() <= 75), "{encoded}");
        assert_eq!(header("plain", "utf-8"), "plain");
    }
}
