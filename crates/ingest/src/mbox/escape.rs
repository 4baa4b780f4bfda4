//! Takes a body's escaping off.

use std::borrow::Cow;

use memchr::memmem;

use super::{Form, Raw};

/// The bytes of the message as it was sent: the From_ line removed, `>From ` unescaped as the dump's form asks.
///
/// In mboxrd one `>` goes from every `>...>From `, which is exact. In mboxo, mboxcl and Pipermail only `>From ` can have been
/// escaped, and a person who quotes a line beginning `From ` writes the same; there the `>` stays when a line beside it
/// begins with `>` too, for then it is a quotation. In mboxcl2 and in messages alone in a file nothing was escaped. A message
/// with no line end but the lone CR gets LF instead, without which no parser finds its headers.
pub fn unescape(raw: &Raw) -> Cow<'_, [u8]> {
    let body = raw.bytes.get(raw.from_line..).unwrap_or_default();
    let body = if memchr::memchr(b'\r', body).is_some() && memchr::memchr(b'\n', body).is_none() {
        Cow::Owned(body.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect())
    } else {
        Cow::Borrowed(body)
    };
    let escaped: fn(&[u8], usize) -> bool = match raw.form {
        Form::Mboxrd => |_, _| true,
        Form::Mboxo | Form::Mboxcl | Form::Pipermail | Form::Enclosed => is_lone,
        Form::Mboxcl2 | Form::Single => return body,
    };
    let drop: Vec<usize> = memmem::find_iter(&body, b">From ")
        .filter_map(|at| line_start(&body, at))
        .filter(|&start| escaped(&body, start))
        .collect();
    if drop.is_empty() { body } else { Cow::Owned(without(&body, &drop)) }
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
