//! Looks at the first megabyte of a dump: what it is, how it is written, what its separators look like.

use memchr::memmem;

use super::{
    Form, Framing,
    candidate::{self, BEHIND, Place, Separator},
    delimiter::Delimiter,
    headers::{Follows, Headers, STEADY},
    separator,
};

/// How much of a dump is looked at, apart from what follows its last separator, before the first message is given out.
pub(super) const HEAD: u64 = 1 << 20;

/// Separators whose Content-Length is checked before the dump is believed to have it right.
const VOTERS: usize = 20;

/// One in this many neighbours may lack what the others have, and the others still have a habit.
const EXCEPTIONS: u32 = 50;

/// What the head of a dump shows.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) form: Form,
    pub(super) delimiter: Delimiter,
    /// The byte that ends lines: `\r` where a Macintosh of the last century wrote the file.
    pub(super) eol: u8,
    /// What bytes before the first message are.
    pub(super) preamble: &'static str,
    pub(super) habits: Habits,
    /// The separator that opens the dump, without its line end.
    pub(super) opening: Option<Vec<u8>>,
    /// The dump opens with headers and no separator.
    pub(super) headless: bool,
}

/// Surveys `head`, which is the dump without what precedes its first line, cut some way after [`HEAD`]; `whole` says that it is not cut.
pub(super) fn survey(head: &[u8], whole: bool) -> Survey {
    let eol = if memchr::memchr2(b'\n', b'\r', head).is_some_and(|at| head[at] == b'\r')
        && memchr::memchr(b'\n', head).is_none()
    {
        b'\r'
    } else {
        b'\n'
    };
    let delimiter = Delimiter::of(head, eol);
    let opening = opening(head, delimiter, eol);
    let look = Look { head, delimiter, eol, whole, opening: opening.as_deref() };
    let headless = opening.is_none() && opens_with_headers(head, eol);
    let mut habits = Habits::default();
    let mut pipermail = 0;
    let mut first = None;
    for (at, found) in look.separators() {
        first.get_or_insert(at);
        habits.add(&found);
        pipermail += u32::from(found.headers.like_pipermail() || is_masked(&head[at..at + found.line]));
    }
    let form = if let Some(form) = delimiter.form() {
        form
    } else if headless && habits.count < 2 {
        Form::Single
    } else if let Some(form) = look.content_length() {
        form
    } else if is_mboxrd(opening.as_deref()) {
        Form::Mboxrd
    } else if pipermail * 2 > habits.count {
        Form::Pipermail
    } else if look.has_line(b">>From ") {
        Form::Mboxrd
    } else {
        Form::Mboxo
    };
    let preamble = preamble(&head[..first.unwrap_or(head.len())], whole && first.is_none());
    Survey { form, delimiter, eol, preamble, habits, headless, opening }
}

/// What the separators of a dump have in common, counted over its head.
#[derive(Debug, Default)]
pub(super) struct Habits {
    pub(super) count: u32,
    gap: u32,
    dated: u32,
    twin: u32,
    apart: u32,
    steady: [u32; STEADY],
}

impl Habits {
    fn add(&mut self, found: &Separator) {
        self.count += 1;
        self.gap += u32::from(found.gap);
        self.dated += u32::from(found.dated);
        self.twin += u32::from(found.twin);
        self.apart += u32::from(found.apart);
        for (index, count) in self.steady.iter_mut().enumerate() {
            *count += u32::from(found.headers.has(index));
        }
    }

    /// How sure a cut is: a separator unlike nearly all of its neighbours may have been written into a body. `counted`
    /// says that it is among those the habits were taken from, and then it does not speak for itself.
    pub(super) fn framing(&self, found: &Separator, counted: bool) -> Framing {
        let others = self.count.saturating_sub(u32::from(counted));
        if others < 2 {
            let bare = found.headers.follows == Follows::Other;
            return if bare { Framing::Ambiguous } else { Framing::Sure };
        }
        let tolerated = others / EXCEPTIONS;
        let nearly_all = |count: u32| others - count.min(others) <= tolerated;
        let lacks = |count: u32, own: bool| !own && nearly_all(count);
        let differs = |count: u32, own: bool| {
            if own { count.saturating_sub(u32::from(counted)) <= tolerated } else { nearly_all(count) }
        };
        let stranger = (0..STEADY).any(|name| lacks(self.steady[name], found.headers.has(name)))
            || lacks(self.apart, found.apart || found.echoed)
            || lacks(self.twin, found.twin)
            || differs(self.gap, found.gap)
            || differs(self.dated, found.dated);
        if stranger { Framing::Ambiguous } else { Framing::Sure }
    }
}

/// Where the message beginning with the separator at `at` ends by its own Content-Length, if that lands on a dated
/// separator or on the end of the dump. `text` begins at the separator.
pub(super) fn landing(text: &[u8], found: &Separator, whole: bool, eol: u8) -> Option<usize> {
    let body = found.line + found.headers.length?;
    let end = body.checked_add(usize::try_from(found.headers.content_length?).ok()?)?;
    let rest = text.get(end..)?;
    // Some programs count the empty line that closes a message, others do not.
    let blank = rest.iter().take(4).take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let rest = &rest[blank..];
    let at = end + blank;
    let lands = if rest.is_empty() { whole } else { candidate::starts_with_separator(rest, eol) };
    (lands && (rest.is_empty() || text[at - 1] == eol)).then_some(at)
}

/// The head, with what is needed to find separators in it.
#[derive(Clone, Copy)]
struct Look<'a> {
    head: &'a [u8],
    delimiter: Delimiter,
    eol: u8,
    whole: bool,
    opening: Option<&'a [u8]>,
}

impl<'a> Look<'a> {
    /// Every separator of the head with its place.
    fn separators(self) -> impl Iterator<Item = (usize, Separator)> + 'a {
        let Look { head, delimiter, eol, opening, .. } = self;
        let (mut line_end, mut begun) = (usize::MAX, false);
        let first = opening.map(|_| 0);
        let rest = memmem::find_iter(head, delimiter.needle(eol)).map(|at| at + 1);
        let places = first.into_iter().chain(rest).take_while(|&at| (at as u64) < HEAD);
        places.filter_map(move |at| {
            if begun && at < line_end {
                return None;
            }
            let place = Place {
                before: &head[at.saturating_sub(BEHIND)..at],
                first: at == 0,
                after_separator: at == line_end,
                opening,
                eol,
            };
            let found = delimiter.judge(&head[at..], place)?;
            (line_end, begun) = (at + found.line, true);
            Some((at, found))
        })
    }

    /// The form, when more than half of the first messages carry a Content-Length that holds.
    fn content_length(self) -> Option<Form> {
        let (mut seen, mut holds, mut at) = (0, 0, 0);
        for (start, found) in self.separators() {
            if start < at {
                continue;
            }
            seen += 1;
            if let Some(length) = landing(&self.head[start..], &found, self.whole, self.eol) {
                holds += 1;
                at = start + length;
            }
            if seen == VOTERS {
                break;
            }
        }
        let form = if self.has_line(b">From ") { Form::Mboxcl } else { Form::Mboxcl2 };
        (holds * 2 > seen).then_some(form)
    }

    fn has_line(self, start: &[u8]) -> bool {
        memmem::find_iter(self.head, start).any(|at| at > 0 && self.head[at - 1] == self.eol)
    }
}

/// Whether the opening line is the one by which public-inbox and its kin say that the mailbox is mboxrd.
pub(super) fn is_mboxrd(opening: Option<&[u8]>) -> bool {
    opening.is_some_and(|line| line.starts_with(b"From mboxrd@z "))
}

/// Whether the address of a From_ line is written with a word for the `@`.
fn is_masked(line: &[u8]) -> bool {
    separator::read(line)
        .is_some_and(|line| line.addressed && line.sender.contains(&b' ') && !line.sender.contains(&b'@'))
}

/// The separator at the very start.
fn opening(head: &[u8], delimiter: Delimiter, eol: u8) -> Option<Vec<u8>> {
    if delimiter == Delimiter::FromLine && !head.starts_with(b"From ") {
        return None;
    }
    let place = Place { before: b"", first: true, after_separator: false, opening: None, eol };
    let found = delimiter.judge(head, place)?;
    Some(head[..found.line].trim_ascii_end().to_vec())
}

/// Whether a file begins as one message does: with a header only mail has, or with two of any kind and an empty line.
fn opens_with_headers(head: &[u8], eol: u8) -> bool {
    let headers = Headers::read(&head[..head.len().min(candidate::AHEAD)], eol);
    headers.real() >= 1 || (headers.lines >= 2 && headers.length.is_some())
}

/// What the bytes before the first message are, for the person who reads the report.
fn preamble(head: &[u8], whole: bool) -> &'static str {
    let text = head.trim_ascii_start();
    let begins = |start: &[u8]| text.len() >= start.len() && text[..start.len()].eq_ignore_ascii_case(start);
    if text.is_empty() {
        return if whole { "only empty lines" } else { "empty lines" };
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || alternates(head) {
        return "text in UTF-16, which must be converted to UTF-8 first";
    }
    if text.starts_with(b"\x01\x01\x01\x01") {
        return "an MMDF mailbox without a message";
    }
    if [&b"<html"[..], b"<!doctype", b"<head", b"<?xml"].into_iter().any(begins) {
        return "an HTML page, not a mailbox";
    }
    if text.starts_with(&[b'='; 40]) {
        return "a log of LISTSERV without a message";
    }
    let packings: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a zip archive, not mail"),
        (b"\x1f\x8b", "packed with gzip a second time, which is not unpacked"),
        (b"BZh", "packed with bzip2 a second time, which is not unpacked"),
        (b"\xfd7zXZ\0", "packed with xz a second time, which is not unpacked"),
        (b"\x28\xb5\x2f\xfd", "packed with zstd a second time, which is not unpacked"),
        (b"%PDF-", "a PDF document, not mail"),
    ];
    if let Some((_, reason)) = packings.iter().find(|(magic, _)| head.starts_with(magic)) {
        return reason;
    }
    let sample = &head[..head.len().min(4096)];
    let controls = sample.iter().filter(|&&byte| byte < b' ' && !byte.is_ascii_whitespace()).count();
    if controls * 20 > sample.len() { "binary data, not mail" } else { "text that belongs to no message" }
}

/// Whether every other byte is NUL, as in Latin text written in UTF-16 without a byte order mark.
fn alternates(head: &[u8]) -> bool {
    let sample = &head[..head.len().min(512)];
    let nul = |from: usize| sample.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd, half) = (nul(0), nul(1), sample.len() / 2);
    half >= 8 && ((even * 10 > half * 9 && odd * 10 < half) || (odd * 10 > half * 9 && even * 10 < half))
}
