//! Masks e-mail addresses: `ann@example.org` and `ann at example.org` become `…@example.org`, in every text that leaves.
//!
//! The scanner looks at each octet a bounded number of times, whatever the text, and works on octets so that raw messages in
//! any charset can be masked too: everything it looks for is ASCII.

use std::{borrow::Cow, ops::Range};

use percent_encoding::percent_decode_str;
use plenary_index::ingest::{Address, parse};

use crate::{encoded, piece::Marked};

/// Longest local part taken for one (RFC 5321, 4.5.3.1.1); what is longer is masked as far as this reaches.
const MAX_LOCAL: usize = 64;
/// Longest domain, in octets; what is longer is cut here and is still masked.
const MAX_HOST: usize = 253;
/// Octets of the longest address that is known, its name said again, and what stands between.
const LONGEST: usize = MAX_LOCAL * 2 + MAX_HOST + 16;

/// What a local part and the sign after it are replaced by.
const MASK: &str = "…@";
/// What a local part is replaced by where it stands once more beside the address.
const AGAIN: &str = "…";

/// The sign as links and HTML write it, and as Mailman does in addresses of its pages.
const SPELLED: [&[u8]; 6] = [b"%40", b"%2540", b"--at--", b"&#64;", b"&#x40;", b"&commat;"];

/// Words that stand before `at example.org` without being anybody's address: places are talked about more often than masked
/// people. A name with a digit, dot, dash or underscore in it is never taken for one of these.
const ORDINARY: &str = "accessible and archive archived archives are arrive available based be but check contributions document \
    documents draft drafts event everyone found here hosted is it join joined live located look looked looking meet \
    meeting meetings not now online or page people posted presented published read register see session site them \
    there us visit was website were work working works";

/// A text without the names in its addresses.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let found = names(text.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for name in found {
        out.push_str(&text[done..name.range.start]);
        out.push_str(name.sign);
        done = name.range.end;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// Something of an address that is to be hidden.
pub(crate) struct Name {
    /// Where it stands.
    pub(crate) range: Range<usize>,
    /// What is shown in its place.
    pub(crate) sign: &'static str,
    /// Where the host ends that it belongs to.
    end: usize,
}

/// Where a text may be cut, at most so far: not within an address, for what is left of one is not known for one.
pub(crate) fn cut(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    let start = most.saturating_sub(LONGEST);
    let around = &text.as_bytes()[start..text.len().min(most + LONGEST)];
    let halved = |name: &Name| start + name.range.start < most && most < start + name.end;
    let found = names(around).into_iter().find(halved);
    text.floor_char_boundary(found.map_or(most, |name| start + name.range.start))
}

/// Whether the address of a page says who got the message: it has somebody's mail address in it, masked or not.
pub(crate) fn leads_to_somebody(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or("").split(['/', '?', '#', '\\']).next().unwrap_or("");
    let plain = percent_decode_str(url).decode_utf8_lossy();
    host.contains('@') || url.contains('…') || !names(plain.as_bytes()).is_empty()
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
    let names = names(text.as_bytes());
    let mut cuts: Vec<(Range<usize>, Option<&str>)> =
        names.iter().map(|name| (name.range.clone(), Some(name.sign))).collect();
    // A mark inside a masked name would be a window into it: such a mark is dropped.
    let sound = marks.iter().filter(|mark| mark.start < mark.end && text.get(mark.start..mark.end).is_some());
    cuts.extend(
        sound
            .filter(|mark| !names.iter().any(|Name { range, .. }| mark.start < range.end && range.start < mark.end))
            .map(|mark| (mark.clone(), None)),
    );
    cuts.sort_by_key(|(range, _)| range.start);
    for (range, sign) in cuts {
        if range.start < at {
            continue;
        }
        push(&text[at..range.start], false);
        match sign {
            Some(sign) => push(sign, false),
            None => push(&text[range.clone()], true),
        }
        at = range.end;
    }
    push(&text[at..], false);
    out
}

/// A raw message without the names in its addresses. Message-IDs in headers are left as they are: they look like addresses, and
/// are what other systems know the message by.
pub(crate) fn mask_raw(raw: &[u8]) -> Vec<u8> {
    let raw = &*encoded::revealed(raw);
    let mut out = Vec::with_capacity(raw.len());
    let mut done = 0;
    let mut at = 0;
    while at < raw.len() {
        // A header with all lines that continue it; bodies hold no ids.
        let mut end = line_end(raw, at);
        if raw[at..end].iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            break;
        }
        while end < raw.len() && matches!(raw[end], b' ' | b'\t') {
            end = line_end(raw, end);
        }
        for id in ids(&raw[at..end]) {
            flush(&raw[done..at + id.start], &mut out);
            out.extend_from_slice(&raw[at + id.start..at + id.end]);
            done = at + id.end;
        }
        at = end;
    }
    // All between two ids is masked together, so that `ann at` and its host may stand on two lines.
    flush(&raw[done..], &mut out);
    out
}

fn line_end(raw: &[u8], at: usize) -> usize {
    raw[at..].iter().position(|&byte| byte == b'\n').map_or(raw.len(), |n| at + n + 1)
}

fn flush(octets: &[u8], out: &mut Vec<u8>) {
    let mut done = 0;
    for name in raw_addresses(octets) {
        out.extend_from_slice(&octets[done..name.range.start]);
        out.extend_from_slice(name.sign.as_bytes());
        done = name.range.end;
    }
    out.extend_from_slice(&octets[done..]);
}

/// Where ids stand in a header; in most there are none.
fn ids(field: &[u8]) -> Vec<Range<usize>> {
    const HOLDERS: [&str; 6] =
        ["message-id", "references", "in-reply-to", "content-id", "resent-message-id", "x-message-id-hash"];
    let Some(colon) = field.iter().position(|&byte| byte == b':') else { return Vec::new() };
    let holder = HOLDERS.iter().find(|name| field[..colon].trim_ascii_end().eq_ignore_ascii_case(name.as_bytes()));
    let found = holder.map_or_else(Vec::new, |name| parse::ids(name, &field[colon + 1..]));
    found.into_iter().map(|id| colon + 1 + id.start..colon + 1 + id.end).collect()
}

/// [`names`] of a raw message, where a soft line break of quoted-printable (`=` at the end of a line) may cut one in two.
pub(crate) fn raw_addresses(raw: &[u8]) -> Vec<Name> {
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
        return names(raw);
    }
    joined.extend_from_slice(&raw[done..]);
    let stood = |at: usize| match breaks.partition_point(|(place, _)| *place <= at) {
        0 => at,
        before => at + breaks[before - 1].1,
    };
    let moved = |Name { range, sign, end }| Name { range: stood(range.start)..stood(range.end - 1) + 1, sign, end };
    names(&joined).into_iter().map(moved).collect()
}

/// What of the addresses in a text is to be hidden: of each the name, with what stands between it and the host, and the name
/// again where it stands right beside. In order, apart from each other.
pub(crate) fn names(text: &[u8]) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some((join, wordy)) = joint(text, at) else {
            at += 1;
            continue;
        };
        let hidden = found.last().map_or(0, |last| last.range.end);
        let start = local_start(text, hidden.max(join.start.saturating_sub(MAX_LOCAL)), join.start);
        let local = &text[start..join.start];
        at = join.end;
        let Some(end) = host_end(text, join.end) else { continue };
        if local.is_empty() || is_shortened(local) || wordy && is_prose(local, &text[join.end..end], &text[end..]) {
            continue;
        }
        at = end;
        let before = again_before(text, start, local).filter(|again| again.start >= hidden);
        found.extend(before.map(|range| Name { range, sign: AGAIN, end }));
        found.push(Name { range: start..join.end, sign: MASK, end });
        if let Some(range) = again_after(text, end, local) {
            at = range.end;
            found.push(Name { end: range.end, range, sign: AGAIN });
        }
    }
    found
}

/// Where `ann.lee` stands in `ann.lee <ann.lee@example.org>`: two halves would make an address.
fn again_before(text: &[u8], start: usize, local: &[u8]) -> Option<Range<usize>> {
    let end = start - text[..start].iter().rev().take(4).take_while(|byte| is_between(byte)).count();
    let again = end.checked_sub(local.len())?..end;
    let whole = again.start == 0 || !is_local(text[again.start - 1]);
    (end < start && whole && is_again(&text[again.clone()], local)).then_some(again)
}

/// The same in `ann.lee at example.org (ann.lee)`.
fn again_after(text: &[u8], end: usize, local: &[u8]) -> Option<Range<usize>> {
    let start = end + text[end..].iter().take(4).take_while(|byte| is_between(byte)).count();
    let again = start..start + local.len();
    let whole = text.get(again.end).is_none_or(|byte| !is_local(*byte) && *byte != b'@');
    (end < start && whole && is_again(text.get(again.clone())?, local)).then_some(again)
}

fn is_between(byte: &u8) -> bool {
    b" \r\n<>()\"'".contains(byte)
}

fn is_again(word: &[u8], local: &[u8]) -> bool {
    Address::is_account(local) && word.eq_ignore_ascii_case(local)
}

/// Whether this is what [`Address::display`] leaves of a name.
fn is_shortened(name: &[u8]) -> bool {
    let left = name.strip_suffix("…".as_bytes()).and_then(|left| std::str::from_utf8(left).ok());
    left.is_some_and(|left| left.chars().count() <= Address::MAX_SHOWN)
}

/// Whether `@` however it is spelled, `(at)`, `[at]` or a free-standing `at` begins here; where it begins and ends with the space
/// around it, and whether it is a mere word.
fn joint(text: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    match text[at] {
        b'@' => Some((at..at + 1, false)),
        b'%' | b'-' | b'&' => {
            let begins = |sign: &&&[u8]| text[at..].get(..sign.len()).is_some_and(|it| it.eq_ignore_ascii_case(sign));
            SPELLED.iter().find(begins).map(|sign| (at..at + sign.len(), false))
        }
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
    let length = text[start..].iter().take(MAX_HOST).take_while(|&&byte| is_host(byte)).count();
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
fn is_prose(name: &[u8], host: &[u8], after: &[u8]) -> bool {
    let web = host.len() > 4 && host[..4].eq_ignore_ascii_case(b"www.");
    // A port has digits; what Ann wrote comes after `Quoting ann at example.org:`.
    let path = match after {
        [b'/', ..] => true,
        [b':', port, ..] => port.is_ascii_digit(),
        _ => false,
    };
    let word = ORDINARY.split(' ').any(|word| name.eq_ignore_ascii_case(word.as_bytes()));
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
        check("Quoting ann.lee at example.org:", "Quoting …@example.org:");
        check("scp ann at example.org:/x ann at example.org:x", "scp …@example.org:/x …@example.org:x");
    }

    #[test]
    fn signs_that_are_spelled_out_are_masked() {
        for sign in ["%40", "%2540", "--at--", "--AT--", "&#64;", "&#x40;", "&commat;"] {
            check(&format!("(ann.lee{sign}example.org)"), "(…@example.org)");
            check(&format!("https://a.example/x/ann{sign}example.org/y"), "https://a.example/x/…@example.org/y");
            check(&format!("ann{sign}home and {sign}example.org"), &format!("ann{sign}home and {sign}example.org"));
        }
    }

    #[test]
    fn what_is_shortened_stays_and_what_is_longer_does_not() {
        check("ann…@example.org, …@example.net, élo…@example.org", "ann…@example.org, …@example.net, élo…@example.org");
        check("anna…@example.org", "…@example.org");
    }

    #[test]
    fn a_name_that_is_the_address_again_is_masked() {
        check("ann.lee <ann.lee@example.org>, Ann <ann@example.org>", "… <…@example.org>, Ann <…@example.org>");
        check("\"ann.lee\" <Ann.Lee@example.org>", "\"…\" <…@example.org>");
        check("ann.lee at example.org (ann.lee)", "…@example.org (…)");
        check("ann_7@example.org, ann_7@example.org (ann_77)", "…@example.org, …@example.org (ann_77)");
        check("x.ann.lee <ann.lee@example.org> ann.lee@example.net", "x.ann.lee <…@example.org> …@example.net");
    }

    #[test]
    fn no_cut_halves_an_address() {
        for address in ["ann.lee@lists.example.org", "ann.lee at lists.example.org", "\"ann lee\"@example.org"] {
            let text = format!("Write to {address}, é");
            let (start, end) = (9, 9 + address.len());
            for most in 0..text.len() + 5 {
                let expected = if (start + 1..end).contains(&most) { start } else { text.floor_char_boundary(most) };
                assert_eq!(cut(&text, most), expected, "{text} at {most}");
            }
        }
        let line = "x".repeat(1000) + "@example.org";
        assert!((900..1000).contains(&cut(&line, 1005)), "of one enormous word something is left");
        assert_eq!(cut(&"x".repeat(1000), 500), 500);
    }

    #[test]
    fn links_to_somebody_are_known() {
        for (url, expected) in [
            ("https://example.org/a?b=c", false),
            ("https://example.org/@ann", false),
            ("https://ann@example.org/", true),
            ("https://example.org/?e=ann%40example.org", true),
            ("https://example.org/?e=%61nn%40example%2Eorg", true),
            ("https://example.org/ann--at--example.org", true),
            ("https://example.org/…@example.org", true),
            ("mailto:ann@example.org", true),
        ] {
            assert_eq!(leads_to_somebody(url), expected, "{url}");
        }
    }

    #[test]
    fn prose_about_places_is_left_alone() {
        check("look at example.org", "look at example.org");
        check("the draft at www.example.org", "the draft at www.example.org");
        check("Ann at example.org/page", "Ann at example.org/page");
        check("Ann at example.org:8080/page", "Ann at example.org:8080/page");
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
    fn ids_of_messages_survive_in_raw_headers() {
        let raw = b"From: Ann <ann@example.org>\r\nMessage-ID:\r\n <1@example.org>\r\nTo: b@example.net\r\n\r\nMessage-ID: <1@example.org>\r\n";
        let masked = String::from_utf8(mask_raw(raw)).unwrap();
        assert!(masked.contains("Ann <…@example.org>"));
        assert!(masked.contains("Message-ID:\r\n <1@example.org>\r\nTo: …@example.net"));
        assert!(masked.ends_with("\r\n\r\nMessage-ID: <…@example.org>\r\n"));
    }

    #[test]
    fn only_ids_survive_in_headers_of_ids() {
        for (header, expected) in [
            ("In-Reply-To: <1@x.org> (ann@x.org's message)", "In-Reply-To: <1@x.org> (…@x.org's message)"),
            ("Message-ID: <1@x.org> (added by ann@x.org)", "Message-ID: <1@x.org> (added by …@x.org)"),
            ("References: <1@x.org> ann at\n x.org\n\t<2@x.org>", "References: <1@x.org> …@x.org\n\t<2@x.org>"),
            (
                "In-reply-to: Message from Ann <ann@x.org>\n of \"Mon\" <1@x.org>",
                "In-reply-to: Message from Ann <…@x.org>\n of \"Mon\" <1@x.org>",
            ),
            ("In-Reply-To: <1@x.org> from Ann <ann@x.org>", "In-Reply-To: <1@x.org> from Ann <…@x.org>"),
            ("Message-ID: ann@x.org", "Message-ID: …@x.org"),
            ("Message-ID: <1@x.org", "Message-ID: <…@x.org"),
            ("X-Message-ID: <ann@x.org>", "X-Message-ID: <…@x.org>"),
        ] {
            for end in ["\n", "\r\n"] {
                let [raw, expected] = [header, expected].map(|text| text.replace('\n', end) + end + end);
                assert_eq!(String::from_utf8(mask_raw(raw.as_bytes())).unwrap(), expected);
            }
        }
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
