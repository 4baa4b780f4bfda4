//! The plain form of a digest, RFC 1153 as Mailman writes it: a line of 70 dashes, then messages with lines of 30 dashes between
//! them, each with a few headers of its own; a footer perhaps; and `End of X Digest` above a line of stars.

use std::ops::Range;

/// Dashes above the first message.
const FIRST: usize = 70;
/// Dashes between messages.
const BETWEEN: usize = 30;

/// Where the messages are in the text of a digest, each from its first header to the line before the next dashes. `None` where
/// anything is not as it must be. Dashes in a message's own text belong to that text: what follows them is no numbered header.
pub(super) fn messages(text: &[u8]) -> Option<Vec<Range<usize>>> {
    let lines = lines(text);
    let first = rule(&lines, text, 0, FIRST)?;
    let (mut found, mut open, mut counted, mut at) = (Vec::new(), None, None, first);
    loop {
        let begin = (at + 1..lines.len()).find(|&line| !is_blank(&text[lines[line].clone()]))?;
        match section(text, &lines, begin, found.len() + usize::from(open.is_some()) + 1, &mut counted) {
            Section::Message(start) => {
                close(&mut found, &mut open, lines[at].start);
                open = Some(start);
            }
            Section::More if open.is_none() => return None,
            Section::More => {}
            Section::Footer => close(&mut found, &mut open, lines[at].start),
            Section::End => {
                close(&mut found, &mut open, lines[at].start);
                let rest = lines[begin + 1..].iter().map(|line| &text[line.clone()]);
                let only_stars = rest.clone().all(|line| line.trim_ascii().iter().all(|&byte| byte == b'*'));
                let starred = rest.clone().any(|line| line.trim_ascii().len() >= 5);
                return (only_stars && starred && !found.is_empty()).then_some(found);
            }
        }
        if open.is_none() && found.is_empty() {
            return None;
        }
        at = rule(&lines, text, begin, BETWEEN)?;
    }
}

/// Where the line of 70 dashes is.
pub(super) fn first_rule(text: &[u8]) -> Option<usize> {
    let lines = lines(text);
    Some(lines[rule(&lines, text, 0, FIRST)?].start)
}

/// Where the header that `text` begins with ends, when it has all that a message must say of itself: who, when, and which.
pub(super) fn header_end(text: &[u8]) -> Option<usize> {
    const NEEDED: [&[u8]; 3] = [b"from:", b"date:", b"message-id:"];
    let mut seen = [false; NEEDED.len()];
    let mut at = 0;
    // The parts of a digest in MIME keep all their headers: some have forty, with many lines each.
    for line in text.split_inclusive(|&byte| byte == b'\n').take(400) {
        if is_blank(line) {
            return seen.iter().all(|&seen| seen).then_some(at);
        }
        let folded = at > 0 && matches!(line[0], b' ' | b'\t');
        if !folded && !is_header(line) {
            return None;
        }
        for (needed, seen) in NEEDED.iter().zip(&mut seen) {
            *seen |= line.len() > needed.len() && line[..needed.len()].eq_ignore_ascii_case(needed);
        }
        at += line.len();
    }
    None
}

/// What stands below a line of dashes.
enum Section {
    /// A message; where its first header begins.
    Message(usize),
    /// The list's footer.
    Footer,
    /// The line that ends the digest.
    End,
    /// More of the message above.
    More,
}

/// `number` is what the next message must have; `counted` says, from the first on, whether this digest numbers them.
fn section(text: &[u8], lines: &[Range<usize>], begin: usize, number: usize, counted: &mut Option<bool>) -> Section {
    let line = text[lines[begin].clone()].trim_ascii();
    if line.eq_ignore_ascii_case(b"Subject: Digest Footer") {
        return Section::Footer;
    }
    if line.starts_with(b"End of ") && line.to_ascii_lowercase().windows(6).any(|word| word == b"digest") {
        return Section::End;
    }
    let said = line.strip_prefix(b"Message: ").and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let start = if said.is_some() { lines[begin].end } else { lines[begin].start };
    let in_turn =
        said.is_none_or(|said: usize| said == number) && *counted.get_or_insert(said.is_some()) == said.is_some();
    if in_turn && header_end(&text[start..]).is_some() { Section::Message(start) } else { Section::More }
}

fn close(found: &mut Vec<Range<usize>>, open: &mut Option<usize>, end: usize) {
    if let Some(start) = open.take() {
        found.push(start..end);
    }
}

/// The first line at or after `from` that is so many dashes with an empty line on either side.
fn rule(lines: &[Range<usize>], text: &[u8], from: usize, dashes: usize) -> Option<usize> {
    let blank = |at: usize| lines.get(at).is_none_or(|line| is_blank(&text[line.clone()]));
    (from..lines.len()).find(|&at| {
        let line = text[lines[at].clone()].trim_ascii_end();
        line.len() == dashes && line.iter().all(|&byte| byte == b'-') && (at == 0 || blank(at - 1)) && blank(at + 1)
    })
}

fn lines(text: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1).chain((!text.ends_with(b"\n")).then_some(text.len()));
    ends.map(|end| std::mem::replace(&mut start, end)..end).collect()
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// `Name:` at the start of a line.
fn is_header(line: &[u8]) -> bool {
    let name = line.iter().position(|&byte| byte == b':').unwrap_or(0);
    name > 0 && line[..name].iter().all(|byte| byte.is_ascii_graphic())
}
