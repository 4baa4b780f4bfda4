//! Decides whether a line that begins `From ` separates two messages.

use super::{
    headers::{Follows, Headers},
    separator,
};

/// How many bytes from the line on may be looked at. Header blocks with signatures of every relay reach tens of
/// kilobytes; what lies beyond is not needed to know mail from prose.
pub(super) const AHEAD: usize = 64 << 10;

/// How many bytes before the line may be looked at: enough for an empty line, or one holding only blanks.
pub(super) const BEHIND: usize = 64;

/// Longest From_ line. Addresses are limited to 254 bytes; X.400 ones and names need some more.
const LONGEST: usize = 1 << 10;

/// A separator that was accepted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Separator {
    /// Bytes of the From_ line with its line end.
    pub(super) line: usize,
    /// The date stands after two blanks.
    pub(super) gap: bool,
    /// The line has a date.
    pub(super) dated: bool,
    /// Exactly the line that opens the file.
    pub(super) twin: bool,
    /// An empty line, another separator, or nothing stands before it.
    pub(super) apart: bool,
    /// The first header repeats the sender, as when the line was made from it.
    pub(super) echoed: bool,
    /// The headers after it.
    pub(super) headers: Headers,
}

/// What is known of the place where a candidate stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// At most [`BEHIND`] bytes before it.
    pub(super) before: &'a [u8],
    /// It opens the file.
    pub(super) first: bool,
    /// The line before it is a separator itself.
    pub(super) after_separator: bool,
    /// The From_ line that opens the file, without its line end.
    pub(super) opening: Option<&'a [u8]>,
    /// The byte that ends lines.
    pub(super) eol: u8,
}

/// Judges the line at the start of `text`, of which [`AHEAD`] bytes are enough. The rules are those above [`super`].
pub(super) fn judge(text: &[u8], place: Place) -> Option<Separator> {
    let text = &text[..text.len().min(AHEAD)];
    let length = match memchr::memchr(place.eol, &text[..text.len().min(LONGEST)]) {
        Some(end) => end + 1,
        None if text.len() < LONGEST => text.len(),
        None => return None,
    };
    let (line, rest) = text.split_at(length);
    let line = line.trim_ascii_end();
    let twin = place.opening == Some(line);
    let shape = separator::read(line);
    if shape.is_none() && !twin && !place.first {
        return None;
    }
    let headers = Headers::read(rest, place.eol);
    let separator = Separator {
        line: length,
        gap: shape.is_some_and(|shape| shape.gap),
        dated: shape.is_some_and(|shape| shape.stamp.is_some()),
        twin,
        apart: place.first || place.after_separator || ends_empty(place.before, place.eol),
        echoed: shape.is_some_and(|shape| echoes(rest, shape.sender)),
        headers,
    };
    let addressed = shape.is_some_and(|shape| shape.addressed);
    accept(&separator, addressed, rest, place).then_some(separator)
}

fn accept(found: &Separator, addressed: bool, rest: &[u8], place: Place) -> bool {
    let real = found.headers.real();
    if place.first {
        return found.dated || (found.headers.follows == Follows::Header && real >= 1);
    }
    if !found.apart {
        return real >= 2 && ((found.dated && addressed) || found.twin);
    }
    match found.headers.follows {
        Follows::Header if found.dated || found.twin => true,
        Follows::Header => real >= 2,
        _ if found.twin => true,
        Follows::Blank | Follows::End => found.dated && addressed,
        Follows::Other => found.dated && starts_with_separator(rest, place.eol),
    }
}

/// Whether a dated From_ line stands at the start of `text`.
pub(super) fn starts_with_separator(text: &[u8], eol: u8) -> bool {
    let text = &text[..text.len().min(LONGEST)];
    let line = memchr::memchr(eol, text).map_or(text, |end| &text[..end]);
    separator::read(line).is_some_and(|shape| shape.stamp.is_some())
}

/// Whether `before` ends with a line that holds nothing but blanks.
fn ends_empty(before: &[u8], eol: u8) -> bool {
    let Some((_, before)) = before.split_last() else { return false };
    let rest = before.trim_ascii_end();
    // Fewer bytes than could be asked for means that the dump begins there.
    let opens_dump = rest.is_empty() && before.len() + 1 < BEHIND;
    opens_dump || before[rest.len()..].contains(&eol)
}

fn echoes(headers: &[u8], sender: &[u8]) -> bool {
    let line = memchr::memchr2(b'\n', b'\r', headers).map_or(headers, |end| &headers[..end]);
    !sender.is_empty() && memchr::memmem::find(&line[..line.len().min(LONGEST)], sender).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_echoed_by_the_first_header_alone() {
        for (headers, sender, echoed) in [
            ("From: Ann <ann@example.org>\nTo: b@example.org\n", "ann@example.org", true),
            ("From: Ann <ann@example.org>\nTo: b@example.org\n", "b@example.org", false),
            ("From: Ann <ann@example.org>", "", false),
        ] {
            assert_eq!(echoes(headers.as_bytes(), sender.as_bytes()), echoed, "{sender:?}");
        }
    }
}
