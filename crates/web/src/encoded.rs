//! Raw messages carry addresses that do not look like any: in text parts written in base64 (RFC 2045, 6.8), with `=40` for the sign in
//! quoted-printable (6.7), and in encoded words of headers (RFC 2047). They are brought to light or masked here; the rest is
//! [`crate::mask`]'s.
//!
//! A pass over lines with a small state: headers of the message or of a part, then its body up to the next boundary. Nothing nests,
//! for a boundary is known by its name alone.

use std::{borrow::Cow, collections::HashSet, ops::Range, sync::LazyLock};

use data_encoding::{BASE64, BASE64_NOPAD, Encoding};

use crate::mask;

/// Octets in a line of base64 (RFC 2045, 6.8).
const LINE: usize = 76;

/// Base64 as it is found, with last letters that say more than they should.
static LENIENT: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = BASE64_NOPAD.specification();
    specification.check_trailing_bits = false;
    specification.encoding().ok()
});

/// How the body of a part is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Body {
    /// As it is, or not text.
    Plain,
    Base64,
    QuotedPrintable,
}

/// What the headers of the part say that matters here.
#[derive(Default)]
struct Headers {
    kind: Vec<u8>,
    encoding: Vec<u8>,
}

/// A raw message of which no address is hidden from [`mask::mask_raw`] by the way it is written. Only what holds one is changed.
pub(crate) fn revealed(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    let mut done = 0;
    let mut put = |range: Range<usize>, new: &[u8]| {
        out.extend_from_slice(&raw[done..range.start]);
        out.extend_from_slice(new);
        done = range.end;
    };
    let mut boundaries: HashSet<Vec<u8>> = HashSet::new();
    let mut headers = Some(Headers::default());
    let mut body = Body::Plain;
    let mut at = 0;
    while at < raw.len() {
        // A header with all lines that continue it, or a line of a body.
        let mut end = line_end(raw, at);
        let line = &raw[at..end];
        if let Some(known) = &mut headers {
            while end < raw.len() && matches!(raw[end], b' ' | b'\t') && !is_empty(line) {
                end = line_end(raw, end);
            }
            let field = &raw[at..end];
            if is_empty(line) {
                body = known.body();
                boundaries.extend(boundary(&known.kind));
                let is_message = body == Body::Plain && known.kind.starts_with(b"message/");
                headers = is_message.then(Headers::default);
            } else {
                known.take(field);
                words(field).into_iter().for_each(|(word, new)| put(at + word.start..at + word.end, &new));
            }
        } else if boundaries.contains(boundary_of(line)) {
            headers = Some(Headers::default());
        } else if body == Body::Base64 && is_base64(line) {
            while end < raw.len() && is_base64(&raw[end..line_end(raw, end)]) {
                end = line_end(raw, end);
            }
            if let Some(new) = recoded(&raw[at..end]) {
                put(at..end, &new);
            }
        } else if body == Body::QuotedPrintable {
            while end < raw.len() && !boundaries.contains(boundary_of(&raw[end..line_end(raw, end)])) {
                end = line_end(raw, end);
            }
            if let Some(new) = unquoted(&raw[at..end]) {
                put(at..end, &new);
            }
        }
        at = end;
    }
    if done == 0 {
        return Cow::Borrowed(raw);
    }
    out.extend_from_slice(&raw[done..]);
    Cow::Owned(out)
}

impl Headers {
    fn take(&mut self, field: &[u8]) {
        let Some(colon) = field.iter().position(|&byte| byte == b':') else { return };
        let (name, value) = (&field[..colon], field[colon + 1..].trim_ascii());
        // The first of several counts; a boundary is a matter of case, and all else is not.
        if name.eq_ignore_ascii_case(b"content-type") && self.kind.is_empty() {
            self.kind = value.to_vec();
            let until = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
            self.kind[..until].make_ascii_lowercase();
        } else if name.eq_ignore_ascii_case(b"content-transfer-encoding") && self.encoding.is_empty() {
            self.encoding = value.to_ascii_lowercase();
        }
    }

    fn body(&self) -> Body {
        let is_text = self.kind.is_empty() || self.kind.starts_with(b"text");
        match &self.encoding[..] {
            b"base64" if is_text => Body::Base64,
            b"quoted-printable" if is_text => Body::QuotedPrintable,
            _ => Body::Plain,
        }
    }
}

/// The boundary in the value of a Content-Type, bare or in quotes.
fn boundary(kind: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"boundary=";
    let at = kind.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME))? + NAME.len();
    let value = &kind[at..];
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|&byte| byte == b'"').next()?,
        None => value.split(|&byte| byte == b';' || byte.is_ascii_whitespace()).next()?,
    };
    (!value.is_empty()).then(|| value.to_vec())
}

/// What would be the boundary if this line were one, the last of its part or not.
fn boundary_of(line: &[u8]) -> &[u8] {
    let Some(rest) = line.strip_prefix(b"--") else { return &[] };
    let rest = rest.trim_ascii_end();
    rest.strip_suffix(b"--").unwrap_or(rest)
}

fn line_end(raw: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |found| at + found + 1)
}

fn is_empty(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn is_base64(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty() && line.iter().copied().all(is_letter)
}

/// Quoted-printable lines in which `@` and dots stand for themselves, as they may (RFC 2045, 6.7, rule 2); nothing where that shows no
/// address. A dot at the beginning of a line is better not bare.
fn unquoted(lines: &[u8]) -> Option<Vec<u8>> {
    memchr::memmem::find(lines, b"=40")?;
    let mut out = Vec::with_capacity(lines.len());
    let mut rest = lines;
    loop {
        match rest {
            [b'=', b'4', b'0', tail @ ..] => {
                out.push(b'@');
                rest = tail;
            }
            [b'=', b'2', b'E' | b'e', tail @ ..] if !matches!(out.last(), None | Some(b'\n')) => {
                out.push(b'.');
                rest = tail;
            }
            [first, tail @ ..] => {
                out.push(*first);
                rest = tail;
            }
            [] => break,
        }
    }
    (!mask::raw_addresses(&out).is_empty()).then_some(out)
}

/// Lines of base64 with masks in what they say; nothing where there is nothing to mask.
fn recoded(lines: &[u8]) -> Option<Vec<u8>> {
    let masked = masked(&decoded(lines)?)?;
    let end: &[u8] = if lines.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
    let text = BASE64.encode(&masked);
    let mut out = Vec::with_capacity(text.len() + text.len() / LINE * 2 + 2);
    for line in text.as_bytes().chunks(LINE) {
        out.extend_from_slice(line);
        out.extend_from_slice(end);
    }
    Some(out)
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut letters: Vec<u8> = text.iter().copied().filter(|&byte| is_letter(byte) && byte != b'=').collect();
    // One letter alone is less than an octet.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    LENIENT.as_ref()?.decode(&letters).ok()
}

/// A text with dots for the names in its addresses, which mean the same in every charset that has ASCII in it.
fn masked(text: &[u8]) -> Option<Vec<u8>> {
    let names = mask::names(text);
    if names.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for name in names {
        out.extend_from_slice(&text[done..name.range.start]);
        out.extend_from_slice(name.sign.replace('…', "...").as_bytes());
        done = name.range.end;
    }
    out.extend_from_slice(&text[done..]);
    Some(out)
}

/// The encoded words of a header that hold an address, and what is to stand in their place.
fn words(field: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memmem::find(&field[at..], b"=?").map(|start| at + start) {
        at = start + 2;
        // =?charset?B or Q?text?=
        let rest = &field[at..];
        let mut parts = rest.splitn(3, |&byte| byte == b'?');
        let (Some(charset), Some(encoding), Some(tail)) = (parts.next(), parts.next(), parts.next()) else { break };
        let is_base64 = match encoding {
            b"B" | b"b" => true,
            b"Q" | b"q" => false,
            _ => continue,
        };
        let Some(length) = memchr::memmem::find(tail, b"?=") else { break };
        let text = if is_base64 { decoded(&tail[..length]) } else { Some(unescaped(&tail[..length])) };
        let end = at + charset.len() + encoding.len() + 2 + length + 2;
        if let Some(masked) = text.and_then(|text| masked(&text)) {
            let new = [b"=?", charset, b"?B?", BASE64.encode(&masked).as_bytes(), b"?="].concat();
            found.push((start..end, new));
        }
        at = end;
    }
    found
}

/// The Q encoding of RFC 2047, 4.2.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let digit = |at: usize| tail.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        rest = tail;
        match (first, digit(0), digit(1)) {
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            (b'_', ..) => out.push(b' '),
            _ => out.push(*first),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        for end in ["\n", "\r\n"] {
            let raw = raw.replace('\n', end);
            assert_eq!(String::from_utf8_lossy(&revealed(raw.as_bytes())), expected.replace('\n', end));
        }
    }

    fn base64(text: &str) -> String {
        BASE64.encode(text.as_bytes())
    }

    #[test]
    fn a_sign_that_is_in_no_address_stays_as_it_is_written() {
        let head = "Content-Transfer-Encoding: quoted-printable\n\n";
        check(&format!("{head}Thanks =40cleo, a=40b\n"), &format!("{head}Thanks =40cleo, a=40b\n"));
        check(&format!("{head}ann=40exam=\nple.org =40cleo\n"), &format!("{head}ann@exam=\nple.org @cleo\n"));
    }

    /// The same in lines.
    fn lines(text: &str) -> String {
        let text = base64(text);
        let lines: Vec<&str> = (0..text.len()).step_by(LINE).map(|at| &text[at..text.len().min(at + LINE)]).collect();
        lines.join("\n")
    }

    #[test]
    fn text_in_base64_is_masked_and_all_else_in_base64_is_left() {
        let text = "Write to ann@example.org or to ben at example.net, whoever reads it.";
        let dots = "Write to ...@example.org or to ...@example.net, whoever reads it.";
        let head = "Content-Transfer-Encoding: BASE64\n\n";
        check(&format!("{head}{}\n", base64(text)), &format!("{head}{}\n", lines(dots)));
        let (one, other) = text.split_at(30);
        check(&format!("{head}{}\n{}\n", base64(one), base64(other)), &format!("{head}{}\n", lines(dots)));
        check(&format!("{head}{}\n", base64("no address")), &format!("{head}{}\n", base64("no address")));
        let picture = "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n";
        check(&format!("{picture}{}\n", base64(text)), &format!("{picture}{}\n", base64(text)));
        check(&format!("\n{}\n", base64(text)), &format!("\n{}\n", base64(text)));
    }

    #[test]
    fn what_a_list_server_puts_below_a_text_in_base64_stays() {
        let head = "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n";
        let footer = "_____\nA list's own words\n";
        check(
            &format!("{head}{}\n{footer}", base64("ann@example.org")),
            &format!("{head}{}\n{footer}", base64("...@example.org")),
        );
    }

    #[test]
    fn each_part_is_read_as_its_own_headers_say() {
        let part = |kind: &str, encoding: &str, text: &str| {
            format!("--B\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{text}\n")
        };
        let mail = |first: &str, second: &str, third: &str| {
            let top = "Content-Type: multipart/mixed;\n boundary=\"B\"\n\n";
            let parts = [
                part("text/plain", "base64", &base64(first)),
                part("application/pdf", "base64", &base64("ann@example.org")),
                part("text/html", "quoted-printable", second),
                part("text/plain", "7bit", third),
            ];
            format!("{top}{}--B--\nann=40example.org\n", parts.concat())
        };
        check(
            &mail("ann@example.org", "ann=40example=2Eorg", "ann=40example.org"),
            &mail("...@example.org", "ann@example.org", "ann=40example.org"),
        );
    }

    #[test]
    fn encoded_words_with_addresses_are_masked() {
        let word = |text: &str| format!("=?UTF-8?B?{}?=", base64(text));
        for (from, to) in [
            ("=?utf-8?Q?ann=40example.org_by_way?= of", format!("=?utf-8?B?{}?= of", base64("...@example.org by way"))),
            (&word("ann@example.org"), word("...@example.org")),
            (&word("no address"), word("no address")),
            ("=?utf-8?Q?half", "=?utf-8?Q?half".into()),
            ("=?utf-8?X?ann=40example.org?=", "=?utf-8?X?ann=40example.org?=".into()),
            ("=?=?utf-8?q?a=40example.org?=", format!("=?=?utf-8?B?{}?=", base64("...@example.org"))),
        ] {
            check(&format!("From: {from}\n <list@example.org>\n\n"), &format!("From: {to}\n <list@example.org>\n\n"));
        }
    }

    #[test]
    fn a_message_in_a_message_is_read_too() {
        let mail = |from: &str, sign: &str| {
            let top = "Content-Type: multipart/digest; boundary=B\n\n--B\nContent-Type: message/rfc822\n\n";
            let inner = "Content-Transfer-Encoding: quoted-printable\n\n";
            format!("{top}From: {from}\n{inner}ann{sign}example.org\n--B--\n")
        };
        check(
            &mail("=?utf-8?Q?ann=40example.org?=", "=40"),
            &mail(&format!("=?utf-8?B?{}?=", base64("...@example.org")), "@"),
        );
    }
}
