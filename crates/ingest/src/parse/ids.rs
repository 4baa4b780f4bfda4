//! Message-ID, References and In-Reply-To: what is an id in them, and what is prose.

use std::ops::Range;

use super::MAX_REFERENCES;
use crate::{MessageId, Problem};

/// The Message-ID header. `None` where there is none or nothing usable in it.
pub(super) fn message_id(value: Option<&str>, problems: &mut Vec<Problem>) -> Option<MessageId> {
    let Some(value) = value else {
        problems.push(Problem::new("message-id", "none; the message is named by its content"));
        return None;
    };
    // `<<a@x.org>>` has nothing between its first two brackets.
    let bracketed =
        between_brackets(value.as_bytes()).map(|range| &value[range]).find(|inner| !inner.trim().is_empty());
    let bracketed = bracketed.unwrap_or_else(|| value.trim().trim_start_matches('<'));
    let id = MessageId::parse(bracketed);
    if id.is_none() {
        problems.push(Problem::new("message-id", "empty or too long; the message is named by its content"));
    }
    id
}

/// Where ids stand in the value of a header that holds ids, without their brackets. Words around them are none, and neither is
/// what stands in the brackets of In-Reply-To beside the one id that it answers: that may be somebody's address.
pub fn ids(header: &str, value: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = if header.eq_ignore_ascii_case("in-reply-to") {
        answered(value).into_iter().collect()
    } else {
        between_brackets(value).collect()
    };
    found.retain(|range| value.get(range.end) == Some(&b'>'));
    found
}

/// The messages that one answers, oldest first.
pub(super) fn references(
    references: Option<&str>,
    in_reply_to: Option<&str>,
    own: Option<&MessageId>,
    problems: &mut Vec<Problem>,
) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    let listed = references.into_iter().flat_map(bracketed_or_bare);
    let answered = in_reply_to.and_then(|value| MessageId::parse(&value[answered(value.as_bytes())?]));
    for id in listed.chain(answered) {
        if Some(&id) == own || ids.last() == Some(&id) {
            continue;
        }
        // In-Reply-To names the parent; where References has it further up, the later place is the true one.
        ids.push(id);
    }
    if ids.len() > MAX_REFERENCES {
        problems.push(Problem::new(
            "references",
            format!("{} ids; the first and the last {} are kept", ids.len(), MAX_REFERENCES - 1),
        ));
        ids.drain(1..ids.len() - (MAX_REFERENCES - 1));
    }
    ids
}

/// The id in an In-Reply-To, which is often prose (`Your message of ...`) or has an address beside the id, so only what stands in
/// brackets and has an `@` counts. The id comes first and the address of its author after it, unless words say that the address
/// does: `Message from Ann <ann@example.org> of "Mon, 5 Oct 1998" <1@example.org>`. Where nothing at all follows it is an id whatever
/// leads to it; where only words do, there may be none: `Ann <ann@example.org> "Plan" (Mar 23, 8:08pm)`.
fn answered(value: &[u8]) -> Option<Range<usize>> {
    let is_id = |range: &Range<usize>| {
        let id = MessageId::parse(&String::from_utf8_lossy(&value[range.clone()]));
        id.is_some_and(|id| id.as_str().contains('@'))
    };
    let mut found = between_brackets(value).filter(is_id);
    let first = found.next()?;
    let follows = value[first.end..].iter().any(u8::is_ascii_alphanumeric);
    if follows && lead_to_author(&value[..first.start]) { found.next() } else { Some(first) }
}

/// Whether these words are a name, or end in `from` and one: neither a date nor `of`, which leads to one, comes after it.
fn lead_to_author(words: &[u8]) -> bool {
    let mut words = words
        .rsplit(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .peekable();
    let is_name = words.peek().is_some_and(|last| !last.eq_ignore_ascii_case(b"message"));
    let leads = words
        .find(|word| [&b"from"[..], b"of"].iter().any(|known| word.eq_ignore_ascii_case(known)) || has_digit(word));
    leads.map_or(is_name, |word| word.eq_ignore_ascii_case(b"from"))
}

fn has_digit(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
}

/// What stands between `<` and `>`, an unclosed one included.
fn between_brackets(value: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + value[at..].iter().position(|&byte| byte == b'<')? + 1;
        let end = value[start..].iter().position(|byte| matches!(byte, b'<' | b'>')).map_or(value.len(), |n| start + n);
        at = end;
        Some(start..end)
    })
}

/// Ids in brackets; where there are no brackets at all, the words with an `@`.
fn bracketed_or_bare(value: &str) -> Vec<MessageId> {
    if value.contains('<') {
        between_brackets(value.as_bytes()).filter_map(|range| MessageId::parse(&value[range])).collect()
    } else {
        value.split_whitespace().filter(|word| word.contains('@')).filter_map(MessageId::parse).collect()
    }
}
