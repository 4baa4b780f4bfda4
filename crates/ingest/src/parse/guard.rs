//! Makes raw mail safe to hand to the MIME parser, which recurses on nested messages and has no limits of its own.

use std::borrow::Cow;

use memchr::memmem;

use crate::Problem;

/// Deepest nesting of `message/rfc822` and `multipart/digest` parts followed. Forwards of forwards reach 5; the parser's
/// own data structure overflows the stack when dropped at some 30,000.
pub const MAX_NESTED: usize = 50;
/// Longest header block read, 256 KiB. Honest ones stay under 30 KiB, lists of recipients included.
pub const MAX_HEADER_BLOCK: usize = 256 << 10;
/// How far a part's header lines are searched for its transfer encoding.
const PART_HEADER: usize = 4 << 10;

/// Types whose content the parser enters, written as they follow the `/`, and what is put there instead: another word
/// of the same length, so that every offset stays true.
const ENTERED: [(&[u8], &[u8]); 3] = [(b"rfc822", b"x-f822"), (b"global", b"x-lobl"), (b"digest", b"x-gest")];

/// Cuts what is too long and blunts what is nested too deep. Borrowed when there is nothing to do, which is nearly always.
pub(super) fn defuse<'a>(bytes: &'a [u8], problems: &mut Vec<Problem>) -> Cow<'a, [u8]> {
    let cut = shorten_header(bytes, problems);
    match nested_types(&cut) {
        places if places.is_empty() => cut,
        places => {
            if places.len() > MAX_NESTED || encoded(&cut, &places) {
                problems.push(Problem::new(
                    "nesting",
                    "attached messages are nested too deep or encoded, and are not opened",
                ));
                blunt(cut.into_owned(), &places).into()
            } else {
                cut
            }
        }
    }
}

/// Drops header lines past [`MAX_HEADER_BLOCK`].
fn shorten_header<'a>(bytes: &'a [u8], problems: &mut Vec<Problem>) -> Cow<'a, [u8]> {
    let window = &bytes[..bytes.len().min(MAX_HEADER_BLOCK + 4)];
    if window.len() <= MAX_HEADER_BLOCK || end_of_header(window).is_some() {
        return Cow::Borrowed(bytes);
    }
    problems.push(Problem::new(
        "header",
        format!("header longer than {} KiB; the rest of it is not read", MAX_HEADER_BLOCK >> 10),
    ));
    let kept = memchr::memrchr(b'\n', &bytes[..MAX_HEADER_BLOCK]).map_or(MAX_HEADER_BLOCK, |end| end + 1);
    let body = end_of_header(&bytes[kept..]).map_or(bytes.len(), |end| kept + end);
    let mut shorter = bytes[..kept].to_vec();
    shorter.push(b'\n');
    shorter.extend_from_slice(&bytes[body..]);
    Cow::Owned(shorter)
}

/// Where the body begins: after the first empty line.
fn end_of_header(bytes: &[u8]) -> Option<usize> {
    let lf = memmem::find(bytes, b"\n\n").map(|at| at + 2);
    let crlf = memmem::find(&bytes[..lf.unwrap_or(bytes.len())], b"\n\r\n").map(|at| at + 3);
    crlf.or(lf)
}

/// Offsets just after the `/` of every media type that the parser would enter, wherever it stands.
fn nested_types(bytes: &[u8]) -> Vec<(usize, &'static [u8])> {
    memchr::memchr_iter(b'/', bytes)
        .filter_map(|slash| {
            let word = bytes.get(slash + 1..slash + 7)?;
            let (_, instead) = ENTERED.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
            Some((slash + 1, *instead))
        })
        .collect()
}

/// Whether one of these parts is encoded, which RFC 2046 forbids: an encoded message can hide any depth from this scan.
/// The parts of a digest need no type of their own, so there any encoding counts.
fn encoded(bytes: &[u8], places: &[(usize, &'static [u8])]) -> bool {
    let digest = places.iter().any(|(_, instead)| *instead == ENTERED[2].1);
    if digest {
        return memchr::memchr2_iter(b'b', b'B', bytes).any(|at| is_base64(&bytes[at..]));
    }
    places.iter().any(|&(at, _)| {
        let from = memmem::rfind(&bytes[at.saturating_sub(PART_HEADER)..at], b"\n\n")
            .map_or(at.saturating_sub(PART_HEADER), |end| at.saturating_sub(PART_HEADER) + end);
        let window = &bytes[at..bytes.len().min(at + PART_HEADER)];
        let to = at + end_of_header(window).unwrap_or(window.len());
        let header = &bytes[from..to];
        memchr::memchr3_iter(b'b', b'B', b'q', header).any(|i| is_base64(&header[i..]) || is_quoted(&header[i..]))
            || memchr::memchr_iter(b'Q', header).any(|i| is_quoted(&header[i..]))
    })
}

fn is_base64(bytes: &[u8]) -> bool {
    bytes.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"base64"))
}

fn is_quoted(bytes: &[u8]) -> bool {
    bytes.get(..16).is_some_and(|word| word.eq_ignore_ascii_case(b"quoted-printable"))
}

fn blunt(mut bytes: Vec<u8>, places: &[(usize, &'static [u8])]) -> Vec<u8> {
    for &(at, instead) in places {
        bytes[at..at + instead.len()].copy_from_slice(instead);
    }
    bytes
}
