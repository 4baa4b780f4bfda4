//! What PGP puts around a signed text: lines for programs, no words of anybody's.

use super::{Voice, lines::Line};

/// Lines a signature may have; keys of eight thousand bits need some twenty-five.
const MAX_LINES: usize = 60;

/// Marks the line above a signed text with its headers, and the signature below it.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let next = match lines[at].text {
            "-----BEGIN PGP SIGNED MESSAGE-----" if lines[at].is_open() => opening(lines, at),
            "-----BEGIN PGP SIGNATURE-----" if lines[at].is_open() => signature(lines, at),
            _ => at,
        };
        lines[at..next].iter_mut().for_each(|line| line.voice = Some(Voice::Signature));
        at = next.max(at + 1);
    }
}

/// One past the headers (`Hash: SHA1`) that follow, up to an empty line.
fn opening(lines: &[Line<'_>], at: usize) -> usize {
    let headers = lines[at + 1..].iter().take_while(|line| {
        let name = line.text.split_once(": ").map_or("", |(name, _)| name);
        ["Hash", "Charset", "Comment", "NotDashEscaped"].contains(&name)
    });
    at + 1 + headers.count()
}

/// One past the signature's last line; where it has none near enough, nothing is one.
fn signature(lines: &[Line<'_>], at: usize) -> usize {
    let end = lines[at..].iter().take(MAX_LINES).position(|line| line.text == "-----END PGP SIGNATURE-----");
    end.map_or(at, |end| at + end + 1)
}
