//! Takes a body's escaping off.

use std::borrow::Cow;

use memchr::memmem;

use super::{Form, Raw, delimiter};

/// The bytes of the message as it was sent: the From_ line removed, `>From ` unescaped as the dump's form asks.
///
/// In mboxrd one `>` goes from every `>...>From `, which is exact. In mboxo, mboxcl and Pipermail only `>From ` can have been
/// escaped, and a person who quotes a line beginning `From ` writes the same; there the `>` stays when a line beside it
/// begins with `>` too, for then it is a quotation. In mboxcl2, in messages alone in a file, in LISTSERV's notebooks and in MMDF nothing was
/// escaped; what closes a message in MMDF is taken off. A message
/// with no line end but the lone CR gets LF instead, without which no parser finds its headers.
pub fn unescape(raw: &Raw) -> Cow<'_, [u8]> {
    let body = raw.bytes.get(raw.from_line..).unwrap_or_default();
    let body = if raw.form == Form::Mmdf { delimiter::without_end(body) } else { body };
    let body = if memchr::memchr(b'\r', body).is_some() && memchr::memchr(b'\n', body).is_none() {
        Cow::Owned(body.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect())
    } else {
        Cow::Borrowed(body)
    };
    let escaped: fn(&[u8], usize) -> bool = match raw.form {
        Form::Mboxrd => |_, _| true,
        Form::Mboxo | Form::Mboxcl | Form::Pipermail | Form::Enclosed => is_lone,
        Form::Mboxcl2 | Form::Single | Form::Listserv | Form::Mmdf => return body,
    };
    let drop: Vec<usize> = memmem::find_iter(&body, b">From ")
        .filter_map(|at| line_start(&body, at))
        .filter(|&start| escaped(&body, start))
        .collect();
    if drop.is_empty() { body } else { Cow::Owned(without(&body, &drop)) }
}

/// The message as part of an mboxrd: a From_ line, its own where it has one; the body with every `>*From ` escaped; an empty line.
pub fn as_mboxrd(raw: &Raw) -> Vec<u8> {
    let own = delimiter::from_line(raw.bytes.get(..raw.from_line).unwrap_or_default());
    let from_line = if own.is_empty() { b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970".as_slice() } else { own };
    let body = unescape(raw);
    let mut written = Vec::with_capacity(raw.bytes.len() + from_line.len() + 16);
    written.extend_from_slice(from_line);
    written.push(b'\n');
    let mut from = 0;
    for at in memmem::find_iter(&body, b"From ") {
        if let Some(start) = line_start(&body, at) {
            written.extend_from_slice(&body[from..start]);
            written.push(b'>');
            from = start;
        }
    }
    written.extend_from_slice(&body[from..]);
    // What ends with an empty line already stays byte for byte what it was.
    let missing = [&b"\n\n"[..], b"\n"].into_iter().position(|end| body.ends_with(end)).unwrap_or(2);
    written.extend_from_slice(&b"\n\n"[..missing]);
    written
}

/// The start of the line that holds `at`, when there are only `>` between them.
fn line_start(body: &[u8], at: usize) -> Option<usize> {
    let start = body[..at].iter().rposition(|&byte| byte != b'>').map_or(0, |before| before + 1);
    (start == 0 || body[start - 1] == b'\n').then_some(start)
}

/// Whether the line at `start` is `>From ` with one `>`, and no neighbour is quoted.
fn is_lone(body: &[u8], start: usize) -> bool {
    let before = &body[..start.saturating_sub(1)];
    let before = &before[memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)..];
    let after = memchr::memchr(b'\n', &body[start..]).map_or(&body[..0], |end| &body[start + end + 1..]);
    body[start + 1] != b'>' && !before.starts_with(b">") && !after.starts_with(b">")
}

fn without(body: &[u8], drop: &[usize]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(body.len());
    let mut from = 0;
    for &at in drop {
        kept.extend_from_slice(&body[from..at]);
        from = at + 1;
    }
    kept.extend_from_slice(&body[from..]);
    kept
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_written_as_mboxrd_is_read_back_as_it_was() {
        for (bytes, from_line, form) in [
            (
                &b"From a@x.org Thu Jun  2 12:00:00 2016\nA: b\n\nFrom here\n>From there\n>>From\nFromage\n"[..],
                38,
                Form::Mboxcl2,
            ),
            (b"A: b\n\nno end", 0, Form::Single),
            (b"From a@x.org Thu Jun  2 12:00:00 2016\nA: b\n\n>From here\n", 38, Form::Mboxo),
        ] {
            let raw = Raw { bytes: bytes.to_vec(), from_line, offset: 0, form, framing: Framing::Sure };
            let written = as_mboxrd(&raw);
            let line = written.iter().position(|&byte| byte == b'\n').unwrap() + 1;
            let again = Raw { bytes: written, from_line: line, form: Form::Mboxrd, ..raw.clone() };
            let (was, is) = (unescape(&raw), unescape(&again));
            assert_eq!(String::from_utf8_lossy(was.trim_ascii_end()), String::from_utf8_lossy(is.trim_ascii_end()));
        }
    }

    use super::{super::Framing, *};

    #[track_caller]
    fn check(form: Form, written: &str, sent: &str) {
        let line = "From ann@example.org Thu Jan  1 00:00:00 2015\n";
        let bytes = format!("{line}{written}").into_bytes();
        let raw = Raw { bytes, from_line: line.len(), offset: 0, form, framing: Framing::Sure };
        let found = unescape(&raw);
        assert_eq!(String::from_utf8_lossy(&found), sent, "{form:?}");
        assert_eq!(matches!(found, Cow::Borrowed(_)), written == sent, "copied only when something changes");
    }

    #[test]
    fn mboxrd_loses_one_mark_from_every_depth() {
        check(Form::Mboxrd, "A: b\n\n>From x\n>>From y\n> From z\n", "A: b\n\nFrom x\n>From y\n> From z\n");
    }

    #[test]
    fn mboxo_loses_the_mark_of_a_lone_line_only() {
        check(Form::Mboxo, "A: b\n\n>From x\nand\n>>From y\n", "A: b\n\nFrom x\nand\n>>From y\n");
        check(Form::Pipermail, "A: b\n\n>From x", "A: b\n\nFrom x");
    }

    #[test]
    fn a_quoted_line_keeps_its_mark_in_mboxo() {
        let quoted = "A: b\n\nAnn wrote:\n> so it is\n>From the start.\n\nYes.\n";
        check(Form::Mboxo, quoted, quoted);
        let quoted = "A: b\n\nAnn wrote:\n>From the start\n>so it was.\n";
        check(Form::Mboxcl, quoted, quoted);
    }

    #[test]
    fn what_was_never_escaped_is_left_alone() {
        check(Form::Mboxcl2, "A: b\n\n>From x\n", "A: b\n\n>From x\n");
        check(Form::Single, "A: b\n\n>From x\n", "A: b\n\n>From x\n");
        check(Form::Mboxrd, "A: b\n\nx >From y\n", "A: b\n\nx >From y\n");
    }

    #[test]
    fn lone_carriage_returns_become_line_ends() {
        check(Form::Mboxrd, "A: b\r\r>From x\r", "A: b\n\nFrom x\n");
    }
}
