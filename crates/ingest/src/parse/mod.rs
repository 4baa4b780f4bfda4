//! One raw message in, one [`Message`] out.

pub(crate) mod address;
mod charset;
mod date;
mod disguise;
mod enclosed;
mod encoded;
mod file_name;
mod guard;
mod ids;
mod mime;
mod subject;
pub mod trial;

use std::borrow::Cow;

use crate::{
    Attachment, Id, Message, MessageId, Problem, Raw, Span, Voice,
    mbox::unescape,
    text::{self, Scrubbed},
};
use enclosed::Shape;
use mime::{Body, Mime, TextKind};

pub use date::{EARLIEST, LATEST_AHEAD};
pub use enclosed::{MAX_ENCLOSED, enclosed, names_digest};
pub use guard::{MAX_HEADER_BLOCK, MAX_HEADER_LINES, MAX_HEADER_VALUE};
pub use ids::ids;
pub use subject::{Subject, conversation};

/// Most recipients kept; the rest are noted. Honest mail to lists has under twenty.
pub const MAX_RECIPIENTS: usize = 200;
/// Most references kept, the first and the last of them; threads need no more.
pub const MAX_REFERENCES: usize = 200;
/// Most attachments listed. The widest honest mail seen has some thirty parts.
pub const MAX_ATTACHMENTS: usize = 1_000;
/// Most bytes of readable text kept of one message, 2 MiB: a thick book. The raw bytes are kept whole.
pub const MAX_TEXT: usize = 2 << 20;

/// Understands one message. Never fails: what is odd is noted in [`Message::problems`].
///
/// `latest` is the last moment, in seconds, that a date may claim: the time of the run and a day
/// ([`LATEST_AHEAD`]). A Date header beyond it gives way to Received and to the From_ line.
pub fn parse(raw: &Raw, latest: i64) -> Message {
    let mut problems = Vec::new();
    let unescaped = unescape(raw);
    let defused = guard::defuse(&unescaped, &mut problems);
    let mime = Mime::read(&defused);

    let header = |name: &'static str| mime.header(name).map(mime::decode_header);
    let author = address::author(&mime, &mut problems);
    disguise::note(&author, &mut problems);
    let subject = mime.header("Subject").map(mime::unstructured).unwrap_or_default();
    let date = date::choose(&mime, raw, latest, &mut problems);
    let message_id = ids::message_id(header("Message-ID").as_deref(), &mut problems);
    let references = ids::references(
        header("References").as_deref(),
        header("In-Reply-To").as_deref(),
        message_id.as_ref(),
        &mut problems,
    );
    let recipients = address::recipients(&mime, &mut problems);
    if mime.is_cut_short() || guard::ends_in_header(&defused.bytes) {
        problems.push(Problem::new("truncated", "it was cut off: its header or its last part has no end"));
    }
    let body = mime.body(&mut problems);
    let has_html = body.has_html;
    let (text, mut attachments) = readable(body, &mut problems);

    let is_reply = !references.is_empty() || conversation(&subject).1;
    let spans = match digest_spans(raw, &subject, !references.is_empty(), &text, &mut problems) {
        Some(spans) => spans,
        None => text::split_reply(&text, is_reply),
    };
    if raw.form == crate::Form::Enclosed {
        problems.push(Problem::new("enclosed", "it was taken out of a digest, which keeps few headers"));
    }
    attachments.extend(text::scrubbed(&text).into_iter().map(|scrubbed| stub(scrubbed, &mut problems)));
    if attachments.len() > MAX_ATTACHMENTS {
        problems.push(Problem::new(
            "parts",
            format!("{} parts; the first {MAX_ATTACHMENTS} are listed", attachments.len()),
        ));
        attachments.truncate(MAX_ATTACHMENTS);
    }
    if raw.framing == crate::Framing::Ambiguous {
        problems.push(Problem::new("framing", "it begins inside another message's text and may be part of it"));
    }
    let id = match &message_id {
        Some(id) => Id::of_message_id(id),
        None => content_id(&author, &subject, header("Date").as_deref(), &text),
    };
    Message {
        id,
        message_id,
        author,
        recipients,
        subject,
        date,
        references,
        text,
        spans,
        attachments,
        has_html,
        problems,
    }
}

/// The voices of a digest whose messages are messages of their own: there they are somebody's own words, and here they are quoted.
fn digest_spans(raw: &Raw, subject: &str, answers: bool, text: &str, problems: &mut Vec<Problem>) -> Option<Vec<Span>> {
    if !names_digest(subject) {
        return None;
    }
    let begin = enclosed::text_begins(text);
    let Some((shape, messages)) = enclosed::find(raw) else {
        if begin.is_some() && !answers && raw.form != crate::Form::Enclosed {
            problems.push(Problem::new("digest", "its messages could not be told apart surely; it is kept whole"));
        }
        return None;
    };
    problems.push(Problem::new("digest", format!("{} messages are enclosed in it", messages.len())));
    let begin = if shape == Shape::Plain { begin.unwrap_or(0) } else { 0 };
    let spans = [(Voice::Footer, 0, begin), (Voice::Quoted, begin, text.len())];
    Some(spans.map(|(voice, start, end)| Span { voice, start, end }).into_iter().filter(|s| s.start < s.end).collect())
}

/// What one voice says in a message, in order.
pub fn words_of(message: &Message, voice: Voice) -> Cow<'_, str> {
    let mut spans = message.spans.iter().filter(|span| span.voice == voice);
    let slice = |span: &Span| &message.text[span.start..span.end];
    match (spans.next(), spans.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(only), None) => Cow::Borrowed(slice(only)),
        (Some(first), Some(second)) => {
            let mut words = String::with_capacity(message.text.len());
            words.push_str(slice(first));
            words.push_str(slice(second));
            spans.for_each(|span| words.push_str(slice(span)));
            Cow::Owned(words)
        }
    }
}

/// The decoded bytes of one attachment: `part` is [`Attachment::part`].
pub fn attachment_bytes(raw: &Raw, part: usize) -> Option<Vec<u8>> {
    let unescaped = unescape(raw);
    let defused = guard::defuse(&unescaped, &mut Vec::new());
    Mime::read(&defused).part_bytes(part).map(Cow::into_owned)
}

/// The same for several parts: the message is taken apart once.
pub fn attached_bytes(raw: &Raw, parts: &[usize]) -> Vec<Option<Vec<u8>>> {
    let unescaped = unescape(raw);
    let defused = guard::defuse(&unescaped, &mut Vec::new());
    let mime = Mime::read(&defused);
    parts.iter().map(|&part| mime.part_bytes(part).map(Cow::into_owned)).collect()
}

/// Bytes as text: by their byte order mark, as UTF-8 if they are, else as they look.
pub fn decoded(bytes: &[u8]) -> String {
    charset::guess_unless_utf8(bytes)
}

/// A message's own rendering as a web page. Nobody has looked at what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The HTML as it was sent, in UTF-8.
    pub html: String,
    /// The parts that it can name as `cid:`, by their Content-ID.
    pub pictures: Vec<(String, usize)>,
}

/// The parts of a message that are web pages, one after another; `None` where there is none.
pub fn page(raw: &Raw) -> Option<Page> {
    let unescaped = unescape(raw);
    let defused = guard::defuse(&unescaped, &mut Vec::new());
    let mime = Mime::read(&defused);
    let html = mime.html();
    (!html.is_empty()).then(|| Page { html: html.join("\n"), pictures: mime.content_ids() })
}

/// One text out of all readable parts, and the list of the others.
fn readable(body: Body, problems: &mut Vec<Problem>) -> (String, Vec<Attachment>) {
    let mut text = String::new();
    for part in body.texts {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match part.kind {
            TextKind::Plain => push_lines(&mut text, &part.text),
            TextKind::Flowed { delsp } => push_lines(&mut text, &text::unflow(&part.text, delsp)),
            TextKind::Html => {
                if part.text.len() > text::MAX_HTML {
                    let limit = text::MAX_HTML >> 10;
                    problems
                        .push(Problem::new("html", format!("only the first {limit} KiB of the HTML are read as text")));
                }
                match text::html_to_text(&part.text) {
                    Some(plain) => push_lines(&mut text, &plain),
                    None => problems.push(Problem::new("html", "the HTML could not be read as text")),
                }
            }
        }
        if text.len() > MAX_TEXT {
            let end = text.floor_char_boundary(MAX_TEXT);
            text.truncate(end);
            problems.push(Problem::new("text", format!("text cut at {} MiB for search and reading", MAX_TEXT >> 20)));
            break;
        }
    }
    (text, body.attachments)
}

/// Appends `part` with `\n` line ends and without NULs, which neither pages nor terminals show.
fn push_lines(text: &mut String, part: &str) {
    if !part.bytes().any(|b| b == b'\r' || b == 0) {
        text.push_str(part);
        return;
    }
    let mut chars = part.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => text.push('\n'),
            '\0' => text.push('\u{FFFD}'),
            c => text.push(c),
        }
    }
}

fn stub(scrubbed: Scrubbed, problems: &mut Vec<Problem>) -> Attachment {
    Attachment {
        name: scrubbed.name.and_then(|name| file_name::file_name(&name, problems)),
        media_type: guard::true_type(&scrubbed.media_type),
        size: scrubbed.size,
        part: None,
        digest: 0,
        url: scrubbed.url,
    }
}

/// The id of a message without Message-ID: from what every copy of it shares. White space is left out, because copies
/// differ in it.
fn content_id(author: &crate::Address, subject: &str, date: Option<&str>, text: &str) -> Id {
    let squeeze = |s: &str| s.split_whitespace().collect::<Vec<_>>().join(" ");
    Id::of_content(&[
        author.email.as_deref().or(author.name.as_deref()).unwrap_or(""),
        &squeeze(subject),
        &squeeze(date.unwrap_or("")),
        &squeeze(text),
    ])
}

#[cfg(test)]
mod tests;

/// Reads one Message-ID out of what a person pasted: with or without brackets, `mid:` or a URL around it.
pub fn pasted_message_id(text: &str) -> Option<MessageId> {
    let text = text.trim().trim_start_matches("mid:");
    MessageId::parse(text).filter(|id| id.as_str().contains('@'))
}
