//! Digests: one message that carries many. Where a member's mailbox is all there is of a list, it is the only copy of them.
//!
//! A digest is recognised by strict shape alone: it says so in its subject (`X Digest, Vol 5, Issue 7`), answers nothing, and holds
//! either parts of `multipart/digest` (RFC 2046) or sections drawn as in RFC 1153, from the first message to the `End of` line, and
//! nothing below that. What is quoted from a digest, forwarded or answered is none. A digest whose bytes are encoded is kept whole:
//! its messages are no slices of the dump. So is one with more messages than [`MAX_ENCLOSED`].

mod plain;

use std::{borrow::Cow, ops::Range};

use super::{
    guard,
    mime::{Mime, unstructured},
};
use crate::{Form, Raw, Subject};

/// Most messages taken out of one digest. Mailman sends one every 30 KB; the fullest seen anywhere hold under a hundred.
pub const MAX_ENCLOSED: usize = 500;

/// How a digest is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Sections of one text, after a line of 70 dashes.
    Plain,
    /// Parts of their own.
    Parts,
}

/// The messages enclosed in a digest, in order: exact slices of the dump that `raw` is from. Empty for what is no digest, and for
/// what lies in a digest itself: nothing is entered twice.
pub fn enclosed(raw: &Raw) -> Vec<Raw> {
    let (_, slices) = find(raw).unwrap_or((Shape::Plain, Vec::new()));
    let take = |slice: Range<usize>| Raw {
        bytes: raw.bytes[slice.clone()].to_vec(),
        from_line: 0,
        offset: raw.offset + slice.start as u64,
        form: Form::Enclosed,
        framing: raw.framing,
    };
    slices.into_iter().map(take).collect()
}

/// Whether a subject is that of a digest: it says so, with a number after it, and is no reply or forward.
pub fn names_digest(subject: &str) -> bool {
    // Asked of every message, and hardly ever so.
    if !["digest", "Digest", "DIGEST"].iter().any(|word| subject.contains(word)) {
        return false;
    }
    let read = Subject::read(subject, &[]);
    let base = read.base.to_ascii_lowercase();
    let numbered = base.find("digest").is_some_and(|at| base[at..].bytes().any(|byte| byte.is_ascii_digit()));
    numbered && !read.is_reply && !read.is_forward
}

/// The shape of a digest and where in `raw.bytes` its messages are.
pub(super) fn find(raw: &Raw) -> Option<(Shape, Vec<Range<usize>>)> {
    if raw.form == Form::Enclosed {
        return None;
    }
    let whole = &raw.bytes[raw.from_line..];
    let defused = guard::defuse(whole, &mut Vec::new());
    // A header that had to be cut makes offsets other than the dump's.
    if matches!(defused.bytes, Cow::Owned(_)) {
        return None;
    }
    let mime = Mime::read(&defused);
    let answers = mime.header("In-Reply-To").is_some() || mime.header("References").is_some();
    if answers || !mime.header("Subject").map(unstructured).is_some_and(|subject| names_digest(&subject)) {
        return None;
    }
    let (shape, slices) = match mime.digest_parts() {
        Some(parts) => (Shape::Parts, parts),
        None => {
            let body = mime.plain_body()?;
            let slices = plain::messages(&whole[body.clone()])?;
            (Shape::Plain, slices.into_iter().map(|slice| slice.start + body.start..slice.end + body.start).collect())
        }
    };
    let sound = !slices.is_empty() && slices.len() <= MAX_ENCLOSED;
    let shift = |slice: Range<usize>| slice.start + raw.from_line..slice.end + raw.from_line;
    let is_message = |slice: &Range<usize>| plain::header_end(&whole[slice.clone()]).is_some();
    (sound && slices.iter().all(is_message)).then(|| (shape, slices.into_iter().map(shift).collect()))
}

/// Where the messages of a plain digest begin in its text: at the line of 70 dashes.
pub(super) fn text_begins(text: &str) -> Option<usize> {
    plain::first_rule(text.as_bytes())
}

#[cfg(test)]
mod tests;
