//! Message-ID, References and In-Reply-To: what is an id in them, and what is prose.

use super::MAX_REFERENCES;
use crate::{MessageId, Problem};

/// The Message-ID header. `None` where there is none or nothing usable in it.
pub(super) fn message_id(value: Option<&str>, problems: &mut Vec<Problem>) -> Option<MessageId> {
    let Some(value) = value else {
        problems.push(Problem::new("message-id", "none; the message is named by its content"));
        return None;
    };
    // `<<a@x.org>>` has nothing between its first two brackets.
    let bracketed = between_brackets(value).find(|inner| !inner.trim().is_empty());
    let bracketed = bracketed.unwrap_or_else(|| value.trim().trim_start_matches('<'));
    let id = MessageId::parse(bracketed);
    if id.is_none() {
        problems.push(Problem::new("message-id", "empty or too long; the message is named by its content"));
    }
    id
}

/// The messages that one answers, oldest first. In-Reply-To is often prose (`Your message of ...`) or an address after an
/// id, so only what stands in brackets and has an `@` counts there.
pub(super) fn references(
    references: Option<&str>,
    in_reply_to: Option<&str>,
    own: Option<&MessageId>,
    problems: &mut Vec<Problem>,
) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    let listed = references.into_iter().flat_map(bracketed_or_bare);
    let answered = in_reply_to.into_iter().flat_map(|value| {
        let ids: Vec<_> =
            between_brackets(value).filter_map(MessageId::parse).filter(|id| id.as_str().contains('@')).collect();
        // Several ids here are the id and then the address of its author; the id comes first.
        ids.into_iter().take(1)
    });
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

/// What stands between `<` and `>`, an unclosed last one included.
fn between_brackets(value: &str) -> impl Iterator<Item = &str> {
    value.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest))
}

/// Ids in brackets; where there are no brackets at all, the words with an `@`.
fn bracketed_or_bare(value: &str) -> Vec<MessageId> {
    if value.contains('<') {
        between_brackets(value).filter_map(MessageId::parse).collect()
    } else {
        value.split_whitespace().filter(|word| word.contains('@')).filter_map(MessageId::parse).collect()
    }
}
