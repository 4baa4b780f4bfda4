//! The one door to `mail_parser`: structure, encodings and header grammar.

use std::{borrow::Cow, collections::HashSet, ops::Range, sync::LazyLock};

use encoding_rs::Encoding;
use mail_parser::{
    Addr, HeaderValue, MessageParser, MessagePart, MimeHeaders, PartType,
    decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode},
    parsers::MessageStream,
};

use super::{
    charset::{guess, guess_unless_utf8},
    encoded,
    file_name::file_name,
    guard::{Defused, true_type},
};
use crate::{Address, Attachment, Problem, digest, mbox};

/// Headers are kept raw and read one by one, so that their charset can be repaired first.
static PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().with_mime_headers().default_header_raw());

/// The structure of a message.
pub(super) struct Mime<'x> {
    parsed: mail_parser::Message<'x>,
    /// The bytes that offsets point into.
    bytes: &'x [u8],
    /// Whether the parser was given other bytes than these, so that only its offsets can be used.
    blunted: bool,
}

/// What a reader sees of a message, and the list of what is only attached.
pub(super) struct Body {
    pub(super) texts: Vec<TextPart>,
    pub(super) has_html: bool,
    pub(super) attachments: Vec<Attachment>,
}

/// A part that is read as text.
pub(super) struct TextPart {
    pub(super) kind: TextKind,
    pub(super) text: String,
}

/// How a text part is to be read.
pub(super) enum TextKind {
    Plain,
    Flowed { delsp: bool },
    Html,
}

impl<'x> Mime<'x> {
    pub(super) fn read(defused: &'x Defused<'_>) -> Mime<'x> {
        let parsed = PARSER.parse(defused.blunt.as_deref().unwrap_or(&defused.bytes)).unwrap_or_default();
        Mime { parsed, bytes: &defused.bytes, blunted: defused.blunt.is_some() }
    }

    /// The raw value of the first header of this name.
    pub(super) fn header(&self, name: &'static str) -> Option<&[u8]> {
        self.headers(name).next()
    }

    /// The raw values of all headers of this name, in order.
    pub(super) fn headers(&self, name: &'static str) -> impl DoubleEndedIterator<Item = &[u8]> {
        let headers = self.parsed.parts.first().map_or(&[][..], |part| &part.headers);
        headers
            .iter()
            .filter(move |header| header.name.as_str().eq_ignore_ascii_case(name))
            .filter_map(|header| self.bytes.get(header.offset_start as usize..header.offset_end as usize))
    }

    /// The readable texts and the attachments.
    pub(super) fn body(&self, problems: &mut Vec<Problem>) -> Body {
        let message = &self.parsed;
        let mut texts = Vec::new();
        for part in message.text_body.iter().filter_map(|id| message.part(*id)) {
            match &part.body {
                PartType::Text(text) => {
                    texts.push(TextPart {
                        kind: plain_kind(part),
                        text: self.recode(part, text, problems).into_owned(),
                    });
                }
                PartType::Html(html) => {
                    texts.push(TextPart { kind: TextKind::Html, text: self.recode(part, html, problems).into_owned() });
                }
                _ => {}
            }
        }
        // As a set: a message of a million parts must not be looked through a million times.
        let shown: HashSet<u32> = message.text_body.iter().chain(&message.html_body).copied().collect();
        let mut attachments: Vec<Attachment> = message
            .attachments
            .iter()
            .filter(|id| !shown.contains(id) || !is_text(message.part(**id)))
            .filter_map(|id| Some(self.attachment(message.part(*id)?, *id as usize, problems)))
            .collect();
        let depth = self.depth();
        if depth > MAX_DEPTH {
            problems.push(Problem::new("parts", format!("they are nested {depth} deep; honest ones stay under ten")));
        }
        if message.parts.len() - attachments.len() > MAX_PARTS {
            problems.push(Problem::new("parts", format!("{} parts; honest mail has some thirty", message.parts.len())));
        }
        if texts.iter().all(|text| text.text.trim().is_empty())
            && let Some(text) = self.unparted(problems)
        {
            (texts, attachments) = (vec![text], Vec::new());
        }
        Body { texts, has_html: message.html_body.iter().any(|id| is_html(message.part(*id))), attachments }
    }

    /// How deep parts of several parts are nested.
    fn depth(&self) -> usize {
        let parts = &self.parsed.parts;
        let mut depths = vec![0; parts.len()];
        // What is inside a part always comes after it.
        for (number, part) in parts.iter().enumerate() {
            if let PartType::Multipart(children) = &part.body {
                depths[number] += 1;
                for &child in children.iter().filter(|&&child| child as usize > number) {
                    if let Some(depth) = depths.get(child as usize).map(|_| depths[number]) {
                        depths[child as usize] = depth;
                    }
                }
            }
        }
        depths.into_iter().max().unwrap_or_default()
    }

    /// Where the messages in a `multipart/digest` are, the message itself or one of its parts being that; `None` where there is no
    /// such part or something in it is not a plain message.
    pub(super) fn digest_parts(&self) -> Option<Vec<Range<usize>>> {
        let part = |id: u32| self.parsed.part(id);
        let is_digest = |id: &u32| {
            let blunt = part(*id).and_then(|part| part.content_type());
            blunt.is_some_and(|ct| true_type(&format!("x/{}", ct.subtype().unwrap_or_default())) == "x/digest")
        };
        let outer = match &part(0)?.body {
            _ if is_digest(&0) => 0,
            PartType::Multipart(children) => children.iter().copied().find(is_digest)?,
            _ => return None,
        };
        let PartType::Multipart(children) = &part(outer)?.body else { return None };
        let slice = |id: &u32| {
            let child = part(*id)?;
            let media = child.content_type().map(|ct| format!("{}/{}", ct.ctype(), ct.subtype().unwrap_or_default()));
            let is_message = media.is_none_or(|media| true_type(&media) == "message/rfc822");
            (is_message && is_as_it_is(child)).then_some(child.offset_body as usize..child.offset_end as usize)
        };
        children.iter().map(slice).collect()
    }

    /// Where the body is, when the message is one part of plain text that is not encoded.
    pub(super) fn plain_body(&self) -> Option<Range<usize>> {
        let part = self.parsed.parts.first()?;
        let plain = part.content_type().is_none_or(|ct| ct.ctype() == "text" && ct.subtype() == Some("plain"));
        (plain && is_as_it_is(part) && matches!(part.body, PartType::Text(_)))
            .then_some(part.offset_body as usize..part.offset_end as usize)
    }

    /// Whether the message has parts and ends before the last of them does. Asked of the outermost parts only, so that no nesting
    /// makes it slow; they are the last to end.
    pub(super) fn is_cut_short(&self) -> bool {
        let Some(outer) = self.parsed.parts.first().filter(|part| matches!(part.body, PartType::Multipart(_))) else {
            return false;
        };
        let Some(boundary) = outer.content_type().and_then(|ct| ct.attribute("boundary")) else { return false };
        let end = format!("--{boundary}--");
        let body = self.bytes.get(outer.offset_body as usize..).unwrap_or_default();
        memchr::memmem::rfind(body, end.as_bytes()).is_none()
    }

    /// The body of a message that says it has parts and has no boundary between any: what archives leave when they take the other
    /// parts away. All of it is text. So is the body of one that says `text` and not of which kind, as some programs of 1995 did.
    fn unparted(&self, problems: &mut Vec<Problem>) -> Option<TextPart> {
        let only = match &self.parsed.parts[..] {
            [only] => only,
            // What is behind the end of parts that never began is taken for one.
            [only, _] if !self.begins_a_part(only) => only,
            _ => return None,
        };
        if only.content_type().is_some_and(|ct| ct.ctype().eq_ignore_ascii_case("text") && ct.subtype().is_none()) {
            let body = self.transfer_decoded(only)?;
            return Some(TextPart { kind: TextKind::Plain, text: guess_unless_utf8(&body) });
        }
        let says = only.content_type().is_some_and(|ct| ct.ctype().eq_ignore_ascii_case("multipart"));
        let body = self.bytes.get(only.offset_body as usize..).filter(|body| says && !body.trim_ascii().is_empty())?;
        problems.push(Problem::new("parts", "none of the parts it speaks of is there; it is read as text"));
        Some(TextPart { kind: TextKind::Plain, text: guess_unless_utf8(body) })
    }

    /// Whether there is a boundary that is not the last one.
    fn begins_a_part(&self, outer: &MessagePart<'_>) -> bool {
        let Some(boundary) = outer.content_type().and_then(|ct| ct.attribute("boundary")) else { return true };
        let (body, line) = (self.bytes.get(outer.offset_body as usize..).unwrap_or_default(), format!("--{boundary}"));
        memchr::memmem::find_iter(body, line.as_bytes()).any(|at| !body[at + line.len()..].starts_with(b"--"))
    }

    /// The decoded bytes of a part.
    pub(super) fn part_bytes(&self, part: usize) -> Option<Cow<'_, [u8]>> {
        let part = self.parsed.part(u32::try_from(part).ok()?)?;
        if matches!(part.body, PartType::Multipart(_)) { None } else { self.transfer_decoded(part) }
    }

    /// The parts that are web pages, as text.
    pub(super) fn html(&self) -> Vec<String> {
        let parts = self.parsed.html_body.iter().filter_map(|id| self.parsed.part(*id));
        let pages = parts.filter_map(|part| match &part.body {
            PartType::Html(html) => Some(self.recode(part, html, &mut Vec::new()).into_owned()),
            _ => None,
        });
        pages.collect()
    }

    /// Parts that have a Content-ID, by which web pages name their pictures.
    pub(super) fn content_ids(&self) -> Vec<(String, usize)> {
        let parts = self.parsed.parts.iter().enumerate();
        parts.filter_map(|(number, part)| Some((part.content_id()?.to_owned(), number))).collect()
    }

    fn attachment(&self, part: &MessagePart<'_>, number: usize, problems: &mut Vec<Problem>) -> Attachment {
        let media_type = match (part.content_type(), &part.body) {
            (Some(ct), _) => true_type(&format!("{}/{}", ct.ctype(), ct.subtype().unwrap_or("octet-stream"))),
            (None, PartType::Text(_)) => "text/plain".into(),
            (None, _) => "application/octet-stream".into(),
        };
        let bytes = self.part_bytes(number).unwrap_or_default();
        Attachment {
            name: part.attachment_name().and_then(|name| file_name(name, problems)),
            media_type,
            size: bytes.len() as u64,
            part: Some(number),
            digest: digest::of_lines(&bytes),
            url: None,
        }
    }

    /// A part's bytes with the transfer encoding undone and the charset not.
    fn transfer_decoded<'a>(&'a self, part: &MessagePart<'_>) -> Option<Cow<'a, [u8]>> {
        let raw = self.bytes.get(part.offset_body as usize..part.offset_end as usize)?;
        let decoded = match part.encoding {
            mail_parser::Encoding::None => None,
            mail_parser::Encoding::QuotedPrintable => quoted_printable_decode(raw),
            mail_parser::Encoding::Base64 => base64_decode(raw),
        };
        // What cannot be undone is handed on as it is: somebody may still make something of it.
        Some(decoded.map_or(Cow::Borrowed(raw), Cow::Owned))
    }

    /// The parser's text of a part, or a better reading of its bytes where their charset is not said, not known or not true.
    fn recode<'a>(&'a self, part: &MessagePart<'_>, text: &'a str, problems: &mut Vec<Problem>) -> Cow<'a, str> {
        let label = part.content_type().and_then(|ct| ct.attribute("charset")).map(str::trim);
        let known = label.and_then(|label| Encoding::for_label(label.as_bytes()));
        let damaged = text.contains('\u{FFFD}');
        let untold = known.is_none() || label.is_some_and(|label| label.eq_ignore_ascii_case("us-ascii"));
        if !self.blunted && !damaged && (!untold || text.is_ascii()) {
            return Cow::Borrowed(text);
        }
        let Some(bytes) = self.transfer_decoded(part) else { return Cow::Borrowed(text) };
        if let (true, Ok(utf8)) = (untold, std::str::from_utf8(&bytes)) {
            // Nobody said so, but text that happens to be valid UTF-8 is UTF-8.
            return Cow::Owned(utf8.to_owned());
        }
        let encoding = if untold { guess(&bytes) } else { known.unwrap_or(encoding_rs::WINDOWS_1252) };
        let (better, used, broken) = encoding.decode(&bytes);
        if !untold && !broken {
            return Cow::Owned(better.into_owned());
        }
        problems.push(Problem::new(
            "charset",
            match label {
                None => format!("none given; read as {}", used.name()),
                Some(label) if untold => format!("`{label}` given; read as {}", used.name()),
                Some(label) => format!("`{label}` given, but the bytes are not; some letters are lost"),
            },
        ));
        Cow::Owned(better.into_owned())
    }
}

fn plain_kind(part: &MessagePart<'_>) -> TextKind {
    let attribute = |name| part.content_type().and_then(|ct| ct.attribute(name));
    if attribute("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
        TextKind::Flowed { delsp: attribute("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes")) }
    } else {
        TextKind::Plain
    }
}

/// Whether a part says that its bytes are not encoded; one that says so and is not counts as encoded.
fn is_as_it_is(part: &MessagePart<'_>) -> bool {
    let encoding = part.content_transfer_encoding().unwrap_or("7bit");
    ["7bit", "8bit", "binary"].iter().any(|known| encoding.eq_ignore_ascii_case(known))
}

fn is_text(part: Option<&MessagePart<'_>>) -> bool {
    part.is_some_and(|part| matches!(part.body, PartType::Text(_) | PartType::Html(_)))
}

fn is_html(part: Option<&MessagePart<'_>>) -> bool {
    part.is_some_and(|part| matches!(part.body, PartType::Html(_)))
}

/// Parts beside attachments that are nothing to be noted, the message itself among them. All are read.
pub(super) const MAX_PARTS: usize = 1_000;
/// Parts in parts that are nothing to be noted. What nests deeper is read all the same, for nothing recurses on it.
pub(super) const MAX_DEPTH: usize = 50;
/// Most encoded words decoded in one header: the longest lists of recipients have some hundreds. An open one makes the decoder look
/// through all that follows.
pub(super) const MAX_ENCODED_WORDS: usize = 1_000;

/// A raw header value as text: UTF-8 when it is, else by the detector's guess (RFC 5322 allows ASCII only).
pub(super) fn decode_header(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        // Two bytes that look like the mark of UTF-16 are none: what is written so cannot hold a line.
        Err(_) => {
            let bytes = encoded::escape_raw_bytes(value);
            guess(value).decode_without_bom_handling(&bytes).0.into_owned().into()
        }
    }
}

/// A header of free text with its encoded words decoded (RFC 2047), unfolded, white space single.
pub(super) fn unstructured(value: &[u8]) -> String {
    let value = with_line_end(&decode_header(value));
    let decoded = match MessageStream::new(value.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => String::new(),
    };
    clean(&decoded)
}

/// A header of addresses.
pub(super) fn addresses(value: &str) -> Vec<Address> {
    let value = with_line_end(value);
    match MessageStream::new(value.as_bytes()).parse_address() {
        HeaderValue::Address(list) => list.iter().map(address).collect(),
        _ => Vec::new(),
    }
}

/// A date header: seconds UTC, and the offset in minutes where there is a zone.
pub(super) fn date(value: &str) -> Option<(i64, Option<i16>)> {
    let line = with_line_end(value);
    let HeaderValue::DateTime(mut date) = MessageStream::new(line.as_bytes()).parse_date() else {
        // Without seconds, without a zone, or in the order of ctime, as old programs and some archives write it.
        // The weekday may be in another language.
        let clock = value.split_once(',').map_or(value, |(_, rest)| rest);
        return mbox::moment(value.as_bytes()).or_else(|| mbox::moment(clock.as_bytes()));
    };
    // Years that a program counted from 1900, as RFC 5322 has them read: `101`.
    if (100..200).contains(&date.year) {
        date.year += 1900;
    }
    // A second of 60 is a leap second, which the clock of Unix does not know.
    let sound = date.is_valid() || (date.second == 60 && mail_parser::DateTime { second: 59, ..date }.is_valid());
    // The parser knows neither how long a month is nor that the year `0000` is not 2000.
    let day = chrono::NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
    let says = |years: &[&str]| value.split_whitespace().any(|word| years.contains(&word));
    let no_year = date.year == 2000 && says(&["0000"]) && !says(&["2000", "00", "100"]);
    if !sound || day.is_none() || no_year {
        return None;
    }
    let offset = i16::from(date.tz_hour) * 60 + i16::from(date.tz_minute);
    let offset = super::date::odd_zone(value).unwrap_or(if date.tz_before_gmt { -offset } else { offset });
    Some((date.to_timestamp_local() - i64::from(offset) * 60, Some(offset)))
}

fn address(addr: &Addr<'_>) -> Address {
    Address {
        name: addr.name.as_deref().map(clean).filter(|name| !name.is_empty()),
        email: addr.address.as_deref().map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty()),
    }
}

/// The parser reads a header up to its line end, and must find one.
fn with_line_end(value: &str) -> String {
    let mut line = String::with_capacity(value.len() + 1);
    line.push_str(value.trim_end());
    line.push('\n');
    let most =
        line.len() > MAX_ENCODED_WORDS && memchr::memmem::find_iter(line.as_bytes(), b"=?").count() > MAX_ENCODED_WORDS;
    // With a blank between the two it opens nothing.
    if most { line.replace("=?", "= ?") } else { line }
}

/// Single white space, no control characters, NFC left alone.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
