//! Masks e-mail addresses: `ann@example.org` and `ann at example.org` become `…@example.org`, in every text that leaves.
//!
//! The scanner looks at each octet a bounded number of times, whatever the text, and works on octets so that raw messages in
//! any charset can be masked too: everything it looks for is ASCII.

use std::{borrow::Cow, ops::Range};

use crate::{encoded, piece::Marked};

/// Longest local part taken for one (RFC 5321, 4.5.3.1.1); what is longer is masked as far as this reaches.
const MAX_LOCAL: usize = 64;

/// What a local part is replaced by.
pub(crate) const MASK: &str = "…@";

/// Words that stand before `at example.org` without being anybody's address: places are talked about more often than masked
/// people. A name with a digit, dot, dash or underscore in it is never taken for one of these.
const ORDINARY: [&str; 58] = [
    "accessible",
    "and",
    "archive",
    "archived",
    "archives",
    "are",
    "arrive",
    "available",
    "based",
    "be",
    "but",
    "check",
    "contributions",
    "document",
    "documents",
    "draft",
    "drafts",
    "event",
    "everyone",
    "found",
    "here",
    "hosted",
    "is",
    "it",
    "join",
    "joined",
    "live",
    "located",
    "look",
    "looked",
    "looking",
    "meet",
    "meeting",
    "meetings",
    "not",
    "now",
    "online",
    "or",
    "page",
    "people",
    "posted",
    "presented",
    "published",
    "read",
    "register",
    "see",
    "session",
    "site",
    "them",
    "there",
    "us",
    "visit",
    "was",
    "website",
    "were",
    "work",
    "working",
    "works",
];

/// A text without the names in its addresses.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let found = addresses(text.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for name in found {
        out.push_str(&text[done..name.start]);
        out.push_str(MASK);
        done = name.end;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// What of each address in a text is to be hidden, in order and apart from each other.
pub(crate) fn names(text: &[u8]) -> Vec<Range<usize>> {
    addresses(text)
}

/// A passage without the names in its addresses, as stretches that match the query or do not.
pub(crate) fn mask_marked(text: &str, marks: &[Range<usize>]) -> Vec<Marked> {
    let mut out = Vec::new();
    let mut push = |piece: &str, marked: bool| {
        if !piece.is_empty() {
            out.push(Marked { text: piece.to_owned(), marked });
        }
    };
    let mut at = 0;
    let names = addresses(text.as_bytes());
    let mut cuts: Vec<(Range<usize>, bool)> = names.iter().map(|name| (name.clone(), true)).collect();
    // A mark inside a masked name would be a window into it: such a mark is dropped.
    let sound = marks.iter().filter(|mark| mark.start < mark.end && text.get(mark.start..mark.end).is_some());
    cuts.extend(
        sound
            .filter(|mark| !names.iter().any(|name| mark.start < name.end && name.start < mark.end))
            .map(|mark| (mark.clone(), false)),
    );
    cuts.sort_by_key(|(range, _)| range.start);
    for (range, is_name) in cuts {
        if range.start < at {
            continue;
        }
        push(&text[at..range.start], false);
        if is_name {
            push(MASK, false)
        } else {
            push(&text[range.clone()], true)
        }
        at = range.end;
    }
    push(&text[at..], false);
    out
}

/// A raw message without the names in its addresses. Lines of headers that hold Message-IDs are left as they are: ids look
/// like addresses, and are what other systems know the message by.
pub(crate) fn mask_raw(raw: &[u8]) -> Vec<u8> {
    let raw = &*encoded::revealed(raw);
    let mut out = Vec::with_capacity(raw.len());
    let mut in_headers = true;
    let mut keep = false;
    let mut pending = 0;
    let mut at = 0;
    // Runs of lines that are masked are masked together, so that `ann at` and its host may stand on two lines.
    while at < raw.len() {
        let end = raw[at..].iter().position(|&byte| byte == b'\n').map_or(raw.len(), |n| at + n + 1);
        let line = &raw[at..end];
        let was = keep;
        if !in_headers {
            keep = false;
        } else if line.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            in_headers = false;
            keep = false;
        } else if !matches!(line[0], b' ' | b'\t') {
            keep = holds_ids(line);
        }
        if keep != was {
            flush(&raw[pending..at], was, &mut out);
            pending = at;
        }
        at = end;
    }
    flush(&raw[pending..], keep, &mut out);
    out
}

fn flush(octets: &[u8], keep: bool, out: &mut Vec<u8>) {
    let mut done = 0;
    if !keep {
        for name in raw_addresses(octets) {
            out.extend_from_slice(&octets[done..name.start]);
            out.extend_from_slice(MASK.as_bytes());
            done = name.end;
        }
    }
    out.extend_from_slice(&octets[done..]);
}

fn holds_ids(line: &[u8]) -> bool {
    const IDS: [&str; 6] =
        ["message-id:", "references:", "in-reply-to:", "content-id:", "resent-message-id:", "x-message-id-hash:"];
    IDS.iter().any(|name| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())))
}

/// [`addresses`] of a raw message, where a soft line break of quoted-printable (`=` at the end of a line) may cut one in two.
pub(crate) fn raw_addresses(raw: &[u8]) -> Vec<Range<usize>> {
    let mut joined = Vec::new();
    // Where in `joined` a break stood, and how many octets of breaks were taken out up to there.
    let mut breaks: Vec<(usize, usize)> = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = raw[at..].iter().position(|&byte| byte == b'=') {
        let here = at + found;
        let length = match raw[here + 1..] {
            // A line of `=====` is drawn by hand.
            _ if here > 0 && raw[here - 1] == b'=' => 0,
            [b'\n', ..] => 2,
            [b'\r', b'\n', ..] => 3,
            _ => 0,
        };
        at = here + length.max(1);
        if length > 0 {
            joined.extend_from_slice(&raw[done..here]);
            breaks.push((joined.len(), at - joined.len()));
            done = at;
        }
    }
    if breaks.is_empty() {
        return addresses(raw);
    }
    joined.extend_from_slice(&raw[done..]);
    let stood = |at: usize| match breaks.partition_point(|(place, _)| *place <= at) {
        0 => at,
        before => at + breaks[before - 1].1,
    };
    addresses(&joined).into_iter().map(|name| stood(name.start)..stood(name.end - 1) + 1).collect()
}

/// What of each address is to be hidden: the name, and what stands between it and the host. In order, apart from each other.
fn addresses(text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some((join, wordy)) = joint(text, at) else {
            at += 1;
            continue;
        };
        let floor = found.last().map_or(0, |last| last.end).max(join.start.saturating_sub(MAX_LOCAL));
        let start = local_start(text, floor, join.start);
        let named = start < join.start;
        let host = host_end(text, join.end);
        if let Some(host) = host
            && named
            && !(wordy && is_prose(&text[start..join.start], &text[join.end..host], text.get(host).copied()))
        {
            found.push(start..join.end);
            at = host;
        } else {
            at = join.end;
        }
    }
    found
}

/// Whether `@`, `(at)`, `[at]` or a free-standing `at` begins here; where it begins and ends with the space around it, and
/// whether it is a mere word.
fn joint(text: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    match text[at] {
        b'@' => Some((at..at + 1, false)),
        b'(' | b'[' => {
            let close = if text[at] == b'(' { b')' } else { b']' };
            let word = text.get(at + 1..at + 3)?.eq_ignore_ascii_case(b"at") && text.get(at + 3) == Some(&close);
            word.then(|| (before(text, at)..after(text, at + 4), false))
        }
        b' ' | b'\n' => {
            let spaced = text.get(at + 1..at + 3)?.eq_ignore_ascii_case(b"at")
                && matches!(text.get(at + 3), Some(b' ' | b'\n' | b'\r'));
            spaced.then(|| (at..after(text, at + 3), true))
        }
        _ => None,
    }
}

fn before(text: &[u8], at: usize) -> usize {
    if at > 0 && text[at - 1] == b' ' { at - 1 } else { at }
}

/// Past at most four blanks and quote signs: `at` may end a quoted line.
fn after(text: &[u8], at: usize) -> usize {
    let blank = text[at..].iter().take(4).take_while(|byte| matches!(byte, b' ' | b'\r' | b'\n' | b'>')).count();
    at + blank
}

/// Where the name before a joint begins, not before `floor`.
fn local_start(text: &[u8], floor: usize, end: usize) -> usize {
    if end > floor && text[end - 1] == b'"' {
        let open = text[floor..end - 1].iter().rposition(|&byte| byte == b'"' || byte == b'\n');
        if let Some(open) = open.filter(|&open| text[floor + open] == b'"') {
            return floor + open;
        }
    }
    let length = text[floor..end].iter().rev().take_while(|&&byte| is_local(byte)).count();
    // `mailto:` and a `/` of a path are not part of the name, and a multi-byte character must not be cut.
    let mut start = end - length;
    while start < end && (text[start] & 0xC0) == 0x80 {
        start += 1;
    }
    start
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b".!#$%&'*+-=?^_`{|}~".contains(&byte)
}

/// Where the host that begins here ends, if it is one: labels with dots between, the last one of letters; or an address in
/// brackets. What cannot be a last label is what comes after: `ann@example.org.I am` lacks a blank.
fn host_end(text: &[u8], start: usize) -> Option<usize> {
    if text.get(start) == Some(&b'[') {
        let inside = text[start..].iter().take(64).position(|&byte| byte == b']')?;
        return text[start + 1].is_ascii_hexdigit().then_some(start + inside + 1);
    }
    // A domain is at most 253 octets; what is longer is cut here and is still masked.
    let length = text[start..].iter().take(253).take_while(|&&byte| is_host(byte)).count();
    let mut host = &text[start..start + length];
    loop {
        while host.last().is_some_and(|&byte| !byte.is_ascii_alphanumeric() && byte < 0x80) {
            host = &host[..host.len() - 1];
        }
        let dot = host.iter().rposition(|&byte| byte == b'.').filter(|&dot| dot > 0)?;
        let last = &host[dot + 1..];
        if last.len() >= 2 && last.iter().any(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80) {
            return Some(start + host.len());
        }
        host = &host[..dot];
    }
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'.' || byte == b'-'
}

/// Whether `look at example.org/page` rather than `ann at example.org` was meant.
fn is_prose(name: &[u8], host: &[u8], next: Option<u8>) -> bool {
    let web = host.len() > 4 && host[..4].eq_ignore_ascii_case(b"www.");
    let path = matches!(next, Some(b'/' | b':'));
    let word =
        std::str::from_utf8(name).is_ok_and(|name| ORDINARY.binary_search(&name.to_ascii_lowercase().as_str()).is_ok());
    web || path || word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(mask(text), expected);
        assert_eq!(String::from_utf8(mask_raw(format!("\n{text}").as_bytes())).unwrap()[1..], *expected);
    }

    #[test]
    fn addresses_keep_only_their_host() {
        check("write to ann.o'neil+lists@example.org, please", "write to …@example.org, please");
        check("<Ann@EXAMPLE.org>", "<…@EXAMPLE.org>");
        check("a@example.org,b@example.net", "…@example.org,…@example.net");
        check("mailto:ann@example.org?subject=x", "mailto:…@example.org?subject=x");
        check("\"ann lee\"@example.org", "…@example.org");
        check("ann@[192.0.2.1]", "…@[192.0.2.1]");
        check("é.ü@example.org", "…@example.org");
    }

    #[test]
    fn a_sentence_that_begins_without_a_blank_does_not_unmask_the_address_before_it() {
        check("write to ann@example.org.I do", "write to …@example.org.I do");
        check("ann@example.org.2.-", "…@example.org.2.-");
        check("1@2.3.4 and ann@10.0.0.1", "1@2.3.4 and ann@10.0.0.1");
    }

    #[test]
    fn pipermail_masking_is_masked_too() {
        check("ann.lee at example.org (Ann)", "…@example.org (Ann)");
        check("info at example.org", "…@example.org");
        check("> ann at\n> example.org wrote", "> …@example.org wrote");
        check("ann (at) example.org", "…@example.org");
        check("ann[at]example.org", "…@example.org");
    }

    #[test]
    fn prose_about_places_is_left_alone() {
        check("look at example.org", "look at example.org");
        check("the draft at www.example.org", "the draft at www.example.org");
        check("Ann at example.org/page", "Ann at example.org/page");
        check("we meet at noon. Then", "we meet at noon. Then");
        check("@handle and a@b and x@ y.z", "@handle and a@b and x@ y.z");
    }

    #[test]
    fn many_signs_cost_little() {
        let hostile = "@".repeat(100_000) + &"a".repeat(100_000) + &" at".repeat(100_000);
        let began = std::time::Instant::now();
        mask(&hostile);
        assert!(began.elapsed().as_secs() < 2);
    }

    #[test]
    fn ordinary_words_are_sorted_for_the_search() {
        assert!(ORDINARY.is_sorted());
    }

    #[test]
    fn ids_of_messages_survive_in_raw_headers() {
        let raw = b"From: Ann <ann@example.org>\r\nMessage-ID:\r\n <1@example.org>\r\nTo: b@example.net\r\n\r\nMessage-ID: <1@example.org>\r\n";
        let masked = String::from_utf8(mask_raw(raw)).unwrap();
        assert!(masked.contains("Ann <…@example.org>"));
        assert!(masked.contains("Message-ID:\r\n <1@example.org>\r\nTo: …@example.net"));
        assert!(masked.ends_with("\r\n\r\nMessage-ID: <…@example.org>\r\n"));
    }

    #[test]
    fn addresses_cut_by_soft_line_breaks_are_masked_in_raw_messages() {
        let raw = |text: &str| String::from_utf8(mask_raw(format!("\n{text}").as_bytes())).unwrap()[1..].to_owned();
        assert_eq!(raw("a=\nb ann@exchange.example.n=\net, c"), "a=\nb …@exchange.example.n=\net, c");
        assert_eq!(
            raw("to an=\r\nn@example.org and be=\r\nn@=\r\nexample.net"),
            "to …@example.org and …@=\r\nexample.net"
        );
        assert_eq!(raw("=====\nann@example.org\n=\n"), "=====\n…@example.org\n=\n");
        assert_eq!(raw("ends with =\n"), "ends with =\n");
    }

    #[test]
    fn marks_stay_on_their_words() {
        let pieces = mask_marked("ask ann@example.org about costs", &[0..3, 4..7, 26..31]);
        let shown: String =
            pieces.iter().map(|p| if p.marked { format!("[{}]", p.text) } else { p.text.clone() }).collect();
        assert_eq!(shown, "[ask] …@example.org about [costs]");
    }
}
