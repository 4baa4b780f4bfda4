//! Messages: limits kept, dates within their window, names bare, and the same message again when it is exported.

use plenary_ingest::{
    Form, Id, Message, MessageId, Raw,
    mbox::{Piece, as_mboxrd, split, split_one},
    parse::{
        EARLIEST, MAX_ATTACHMENTS, MAX_ENCLOSED, MAX_RECIPIENTS, MAX_REFERENCES, MAX_TEXT, attachment_bytes, enclosed,
        page, parse as read,
    },
    source::Limits,
};

use crate::{LATEST, voices};

/// Most messages of a dump that are looked at: a fuzzer learns nothing from the same again.
const MOST: usize = 8;

/// A message alone, and the messages of a dump.
pub fn parse(bytes: &[u8]) {
    let limits = Limits::default();
    let pieces = split_one(bytes, &limits).take(1).chain(split(bytes, &limits).take(MOST));
    for piece in pieces {
        let Ok(Piece::Message(raw)) = piece else { continue };
        check(&raw);
        let inner = enclosed(&raw);
        assert!(inner.len() <= MAX_ENCLOSED);
        let mut end = 0;
        for slice in inner.iter().take(MOST) {
            let start = (slice.offset - raw.offset) as usize;
            assert!(start >= end, "enclosed messages follow each other");
            end = start + slice.bytes.len();
            assert_eq!(raw.bytes.get(start..end), Some(slice.bytes.as_slice()), "an enclosed message is a slice");
            assert!(enclosed(slice).is_empty(), "nothing is entered twice");
            check(slice);
        }
    }
}

fn check(raw: &Raw) {
    let message = read(raw, LATEST);
    sound(&message);
    for attachment in &message.attachments {
        if let Some(part) = attachment.part {
            let bytes = attachment_bytes(raw, part).expect("an attachment that is listed can be had");
            assert_eq!(bytes.len() as u64, attachment.size, "its size is that of its bytes");
        }
    }
    assert!(page(raw).is_none_or(|page| page.pictures.iter().all(|(id, _)| !id.is_empty())));
    if raw.form != Form::Enclosed {
        exported(raw, &message);
    }
}

fn sound(message: &Message) {
    voices::cover(&message.text, &message.spans);
    assert!(message.recipients.len() <= MAX_RECIPIENTS && message.references.len() <= MAX_REFERENCES);
    assert!(message.attachments.len() <= MAX_ATTACHMENTS && message.text.len() <= MAX_TEXT);
    assert!(!message.text.contains(['\r', '\0']), "line ends are of one kind, and a NUL is none");
    assert!(!message.subject.contains(['\r', '\n', '\0']), "a subject is one line: {:?}", message.subject);
    if let Some(date) = message.date {
        assert!((EARLIEST..=LATEST).contains(&date.seconds), "{} is no date of mail", date.seconds);
        assert!(date.offset.is_none_or(|minutes| minutes.abs() <= 14 * 60), "{:?}", date.offset);
    }
    for id in message.message_id.iter().chain(&message.references) {
        assert!(!id.as_str().is_empty() && id.as_str().len() <= MessageId::MAX);
        assert!(!id.as_str().contains(|c: char| c.is_whitespace() || c.is_control()), "{id:?}");
    }
    if let Some(id) = &message.message_id {
        assert_eq!(message.id, Id::of_message_id(id));
    }
    for problem in &message.problems {
        assert!(!problem.kind.is_empty() && !problem.detail.is_empty() && problem.detail.chars().count() <= 201);
    }
    for attachment in &message.attachments {
        assert!(!attachment.media_type.chars().any(char::is_control), "{:?}", attachment.media_type);
        if let Some(name) = &attachment.name {
            assert!(!name.is_empty() && name.len() <= 255 && !name.contains(['/', '\\']), "{name:?} is no file name");
            assert!(!name.chars().any(char::is_control), "{name:?} hides something");
        }
    }
    for address in std::iter::once(&message.author).chain(&message.recipients) {
        let one_line = |text: &Option<String>| text.as_ref().is_none_or(|text| !text.contains(['\r', '\n', '\0']));
        assert!(one_line(&address.name) && one_line(&address.email), "{address:?}");
    }
}

/// A message that is exported and ingested again is the same one.
fn exported(raw: &Raw, message: &Message) {
    let bytes = as_mboxrd(raw);
    let from_line = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |end| end + 1);
    let again = read(&Raw { bytes, from_line, form: Form::Mboxrd, ..raw.clone() }, LATEST);
    assert!(
        again.id == message.id || message.message_id.is_none() && (is_wide(&raw.bytes) || is_cut(message)),
        "{message:?} and {again:?}",
    );
    assert_eq!((&again.subject, &again.author), (&message.subject, &message.author));
    assert_eq!((&again.references, &again.recipients), (&message.references, &message.recipients));
}

/// Whether a message says that its characters have two octets: the line end that an export adds is half of one, so that a message
/// which is known by its content alone has another then. Such mail cannot be sent unencoded.
fn is_wide(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    ["utf-16", "utf16", "ucs-2", "ucs2", "10646"].iter().any(|charset| text.contains(charset))
}

/// Whether a message ends in a header or before its last part: where the line end that an export adds tells what was meant.
fn is_cut(message: &Message) -> bool {
    message.problems.iter().any(|problem| problem.kind == "truncated")
}
