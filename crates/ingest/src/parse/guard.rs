//! Makes raw mail safe to hand to the MIME parser, which recurses on nested messages and has no limits of its own.

use std::borrow::Cow;

use memchr::memmem;

use crate::Problem;

/// Longest header block read, 256 KiB. Honest ones stay under 30 KiB, lists of recipients included.
pub const MAX_HEADER_BLOCK: usize = 256 << 10;

/// Types whose content the parser would enter, as they follow the `/`, and what is put there instead: another word of the
/// same length, so that every offset stays true. A forwarded message then is an attachment like any other, and the parts of a
/// digest are read as text, header lines and all; nothing nests, plain or encoded, so nothing can overflow a stack.
const ENTERED: [(&[u8], &[u8]); 3] = [(b"rfc822", b"x-f822"), (b"global", b"x-lobl"), (b"digest", b"x-gest")];

/// A media type for lists of attachments: in lower case, and a blunted one as it was called. What is none, by the letters that RFC
/// 2045 has for it, says nothing of a content: it may be anything, somebody's address or what no terminal shows.
pub(super) fn true_type(said: &str) -> String {
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
    };
    if !said.split_once('/').is_some_and(|(kind, of)| token(kind) && token(of)) {
        return "application/octet-stream".into();
    }
    let media_type = said.to_ascii_lowercase();
    for (name, instead) in ENTERED {
        let (name, instead) = (String::from_utf8_lossy(name), String::from_utf8_lossy(instead));
        if let Some(kind) = media_type.strip_suffix(instead.as_ref()) {
            return format!("{kind}{name}");
        }
    }
    media_type
}

/// A message that is safe to parse.
pub(super) struct Defused<'a> {
    /// The bytes, cut where they were too long.
    pub(super) bytes: Cow<'a, [u8]>,
    /// The same with nested types blunted, where there are any: for the parser, to find its way by. What is read is taken from
    /// `bytes`, at the same offsets, so that nobody's words are changed.
    pub(super) blunt: Option<Vec<u8>>,
}

/// Cuts what is too long and blunts what would be entered. Nothing is copied where there is nothing to do, which is nearly
/// always. The words are blunted wherever they stand: what is a header to the parser depends on the parser.
pub(super) fn defuse<'a>(bytes: &'a [u8], problems: &mut Vec<Problem>) -> Defused<'a> {
    let bytes = shorten_header(bytes, problems);
    let places = nested_types(&bytes);
    let blunt = (!places.is_empty()).then(|| {
        let mut blunt = bytes.to_vec();
        for (at, instead) in places {
            blunt[at..at + instead.len()].copy_from_slice(instead);
        }
        blunt
    });
    Defused { bytes, blunt }
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

/// Whether the message ends inside a line of its header.
pub(super) fn ends_in_header(bytes: &[u8]) -> bool {
    let empty_line_first = bytes.starts_with(b"\n") || bytes.starts_with(b"\r\n");
    !bytes.is_empty() && !bytes.ends_with(b"\n") && !empty_line_first && end_of_header(bytes).is_none()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_are_blunted_in_any_case_and_keep_every_offset() {
        let mail = b"Content-Type: Message/RFC822\n\nContent-Type: multipart/digest; boundary=x\n";
        let defused = defuse(mail, &mut Vec::new());
        let blunt = defused.blunt.expect("there is something to blunt");
        assert_eq!((blunt.len(), defused.bytes.as_ref()), (mail.len(), mail.as_slice()));
        let text = String::from_utf8_lossy(&blunt).to_lowercase();
        assert!(!text.contains("rfc822") && !text.contains("digest"), "{text}");
    }

    #[test]
    fn ordinary_mail_is_not_copied() {
        let defused = defuse(b"Subject: a/b\n\ntext", &mut Vec::new());
        assert!(matches!(defused.bytes, Cow::Borrowed(_)) && defused.blunt.is_none());
    }

    #[test]
    fn a_header_block_at_the_limit_is_whole_and_one_over_is_cut() {
        for (over, cut) in [(0, false), (64, true)] {
            let line = format!("X-Long: {}\n", "a".repeat(MAX_HEADER_BLOCK - 20 + over));
            let mail = format!("{line}Subject: late\n\nbody\n");
            let mut problems = Vec::new();
            let read = defuse(mail.as_bytes(), &mut problems).bytes;
            assert_eq!(!problems.is_empty(), cut, "{over} over");
            assert!(String::from_utf8_lossy(&read).ends_with("\nbody\n"), "the body is kept");
        }
    }
}
