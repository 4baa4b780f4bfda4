//! Makes raw mail safe to hand to the MIME parser, which recurses on nested messages and has no limits of its own.

use std::borrow::Cow;

use memchr::memmem;

use crate::Problem;

/// Longest header block read, 256 KiB. Honest ones stay under 30 KiB, lists of recipients included.
pub const MAX_HEADER_BLOCK: usize = 256 << 10;

/// Most lines of a header read. Honest ones have under two hundred, most of them of Received.
pub const MAX_HEADER_LINES: usize = 1_000;

/// Longest value of one header read, 64 KiB: two thousand recipients.
pub const MAX_HEADER_VALUE: usize = 64 << 10;

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

/// Drops header lines past [`MAX_HEADER_BLOCK`] and [`MAX_HEADER_LINES`], and cuts values at [`MAX_HEADER_VALUE`].
///
/// These limits are no configuration: which Message-ID, author and date are read is what a message is known by for ever.
fn shorten_header<'a>(bytes: &'a [u8], problems: &mut Vec<Problem>) -> Cow<'a, [u8]> {
    let window = &bytes[..bytes.len().min(MAX_HEADER_BLOCK + 4)];
    let end = end_of_header(window);
    let header = &window[..end.unwrap_or(window.len())];
    // No value is longer than its header; a line has at least two bytes.
    if header.len() <= MAX_HEADER_LINES * 2 {
        return Cow::Borrowed(bytes);
    }
    let whole = end.is_some() || window.len() <= MAX_HEADER_BLOCK;
    let values = if header.len() > MAX_HEADER_VALUE { too_long(header) } else { Vec::new() };
    // The empty line at the end is none of the header's.
    let lines = end_of_line(header, MAX_HEADER_LINES).filter(|&line| line < header.trim_ascii_end().len());
    if whole && values.is_empty() && lines.is_none() {
        return Cow::Borrowed(bytes);
    }
    let within = match memchr::memrchr(b'\n', &header[..header.len().min(MAX_HEADER_BLOCK)]) {
        Some(end) if !whole => end + 1,
        _ => header.len().min(MAX_HEADER_BLOCK),
    };
    let kept = lines.unwrap_or(within).min(within);
    let mut shorter = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for (cut, next) in values.into_iter().filter(|(cut, _)| *cut < kept) {
        shorter.extend_from_slice(&bytes[from..cut]);
        from = next.min(kept);
    }
    shorter.extend_from_slice(&bytes[from..kept]);
    if from > 0 {
        let detail = format!("a header's value longer than {} KiB; the rest of it is not read", MAX_HEADER_VALUE >> 10);
        problems.push(Problem::new("header", detail));
    }
    if !whole || lines.is_some() {
        let detail = match lines {
            Some(_) => format!("header of more than {MAX_HEADER_LINES} lines; the rest of them is not read"),
            None => format!("header longer than {} KiB; the rest of it is not read", MAX_HEADER_BLOCK >> 10),
        };
        problems.push(Problem::new("header", detail));
        shorter.push(b'\n');
        let body = end.or_else(|| end_of_header(&bytes[kept..]).map(|end| kept + end)).unwrap_or(bytes.len());
        shorter.extend_from_slice(&bytes[body..]);
    } else {
        shorter.extend_from_slice(&bytes[header.len()..]);
    }
    Cow::Owned(shorter)
}

/// Where so many lines end, if there are as many.
fn end_of_line(header: &[u8], lines: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', header).nth(lines - 1).map(|end| end + 1)
}

/// For each header whose value is too long: where it is cut, and where the line end behind it is.
fn too_long(header: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < header.len() {
        let ends = memchr::memchr_iter(b'\n', &header[start..]).map(|end| start + end);
        let end =
            ends.into_iter().find(|end| !matches!(header.get(end + 1), Some(b' ' | b'\t'))).unwrap_or(header.len());
        let name = memchr::memchr(b':', &header[start..end]).map_or(0, |colon| colon + 1);
        let most = start + name + MAX_HEADER_VALUE;
        if end > most {
            found.push((most, end));
        }
        start = end + 1;
    }
    found
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

/// Where the words stand that name a media type the parser would enter. It takes a word for one behind the `/` or behind a comment
/// that follows it, and passes over blanks, line ends, quotes and backslashes on its way there.
fn nested_types(bytes: &[u8]) -> Vec<(usize, &'static [u8])> {
    memchr::memchr2_iter(b'/', b')', bytes)
        .filter_map(|before| {
            let passed = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\\');
            let at = before + 1 + bytes[before + 1..].iter().take_while(passed).count();
            let word = bytes.get(at..at + ENTERED[0].0.len())?;
            let (_, instead) = ENTERED.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
            Some((at, *instead))
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
    fn a_nested_type_behind_blanks_or_comments_is_blunted_too() {
        for between in
            [" ", "\t ", "\n ", "\r\n\t", "(a)", " (a (b) c) ", "(\\))", "\"", "\\", "plain(a)", "plain (a)(b) "]
        {
            let mail = format!("Content-Type: message/{between}rfc822\n\nSubject: inner\n\ntext\n");
            let defused = defuse(mail.as_bytes(), &mut Vec::new());
            let blunt = defused.blunt.unwrap_or_else(|| panic!("{between:?} hides it"));
            assert_eq!(blunt.len(), mail.len());
            assert!(!String::from_utf8_lossy(&blunt).contains("rfc822"), "{between:?}");
        }
    }

    #[test]
    fn ordinary_mail_is_not_copied() {
        let defused = defuse(b"Subject: a/b\n\ntext", &mut Vec::new());
        assert!(matches!(defused.bytes, Cow::Borrowed(_)) && defused.blunt.is_none());
    }

    /// Reads a mail and gives what was said of its header, and the header read.
    #[track_caller]
    fn shortened(mail: &str) -> (Vec<String>, String) {
        let mut problems = Vec::new();
        let read = String::from_utf8(defuse(mail.as_bytes(), &mut problems).bytes.into_owned()).unwrap();
        assert!(read.ends_with("\n\nbody\n"), "the body is kept");
        (problems.into_iter().map(|problem| problem.detail).collect(), read[..read.len() - 6].to_owned())
    }

    #[test]
    fn a_header_block_at_the_limit_is_whole_and_one_over_is_cut() {
        let value = "a".repeat(1000);
        let lines = |bytes: usize| {
            let many = format!("X-Long: {value}\n").repeat(bytes / 1009);
            format!("{many}X: {}\n", "b".repeat(bytes - many.len() - 4))
        };
        // Its last line and the empty one have a line end each.
        let header = lines(MAX_HEADER_BLOCK - 1);
        assert_eq!(shortened(&format!("{header}\nbody\n")), (vec![], header.clone()));
        for over in [1, 4, 64, 5_000] {
            let header = lines(MAX_HEADER_BLOCK - 1 + over);
            let (said, read) = shortened(&format!("{header}Subject: late\n\nbody\n"));
            assert_eq!(said, ["header longer than 256 KiB; the rest of it is not read"], "{over} over");
            assert!(read.len() <= MAX_HEADER_BLOCK && header.starts_with(&read) && !read.contains("late"));
        }
    }

    #[test]
    fn a_thousand_header_lines_are_read_and_one_more_is_not() {
        for (count, cut) in [(MAX_HEADER_LINES - 1, false), (MAX_HEADER_LINES, true)] {
            let (said, read) = shortened(&format!("{}Subject: last\n\nbody\n", "X: y\n".repeat(count)));
            assert_eq!(
                (said.len(), read.contains("Subject: last")),
                (usize::from(cut), !cut),
                "{count} before the last"
            );
            assert_eq!(read.lines().count(), MAX_HEADER_LINES);
        }
    }

    #[test]
    fn a_value_at_the_limit_is_whole_and_one_over_loses_its_end_alone() {
        for over in [0, 1, 1_000] {
            let value = format!(" {}\n {}", "a".repeat(1_000), "b".repeat(MAX_HEADER_VALUE - 1_003 + over));
            let (said, read) = shortened(&format!("A: b\nX-Long:{value}\nSubject: next\n\nbody\n"));
            assert_eq!(said.len(), usize::from(over > 0), "{over} over");
            assert!(read.ends_with("b\nSubject: next\n") && read.starts_with("A: b\nX-Long: a"), "{over}");
            assert_eq!(read.len(), "A: b\nX-Long:\nSubject: next\n".len() + MAX_HEADER_VALUE);
        }
        let all = format!("{}\n", "X: ".to_owned() + &"c".repeat(MAX_HEADER_VALUE)).repeat(9);
        let (said, read) = shortened(&format!("{all}\nbody\n"));
        assert_eq!(said.len(), 2, "values and block: {said:?}");
        assert!(read.len() <= MAX_HEADER_BLOCK);
    }
}
