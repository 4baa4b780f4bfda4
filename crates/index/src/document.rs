//! A message as a document of the index, and back.

use std::borrow::Cow;

use plenary_ingest::{Attachment, Form, Framing, Message, Raw, Subject, Voice, language, message::Dated, parse, text};
use serde::{Deserialize, Serialize};
use tantivy::{TantivyDocument, schema::Value};

use crate::{
    Place,
    arrange::{Arranged, Arrangement},
    attached::{self, Attached},
    catalogue::Reading,
    people,
    schema::Fields,
};

/// What the lists of an archive say about subjects: prefixes to take off, phrases that tell a kind.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What lists put before subjects, brackets included: `[Bp_ipv6]`.
    pub prefixes: Vec<String>,
    /// `is:` values told by phrases in the subject: `("summary", ["minutes", ...])`, phrases in lower case.
    pub kinds: Vec<(String, Vec<String>)>,
}

/// Every `has:` and `is:` value with a bit of its own, in the order of the bits.
pub(crate) const FLAGS: &[(&str, &str)] = &[
    ("has", "attachment"),
    ("has", "link"),
    ("has", "gdoc"),
    ("has", "recording"),
    ("has", "html"),
    ("has", "patch"),
    ("is", "root"),
    ("is", "reply"),
    ("is", "crossposted"),
    ("is", "forward"),
    ("is", "digest-reply"),
    ("is", "conflict"),
    ("is", "weak"),
    ("is", "summary"),
    ("is", "call"),
    ("is", "announcement"),
];

/// What was decided about a message when it was written, kept for display.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) key: String,
    pub(crate) thread: String,
    pub(crate) weak: bool,
    pub(crate) person: String,
    pub(crate) lists: Vec<String>,
    pub(crate) date: Option<(i64, Option<i16>, u8)>,
    pub(crate) language: Option<String>,
    pub(crate) reading: Reading,
    pub(crate) places: Vec<(String, String, u64, u64)>,
    /// How many attachments it has, stubs included.
    pub(crate) attachments: u32,
    /// The last moment that its dates could claim when it was read.
    pub(crate) latest: i64,
    /// Where in its text the list's footer begins that was learnt and no rule knows.
    pub(crate) footer: Option<u64>,
}

/// What a document takes from its message alone, whatever thread, person or list it is found to belong to. It can be kept as
/// bytes, so that a message read in the first pass of a run need not be understood again in the second.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Content<'a> {
    #[serde(borrow)]
    own: Cow<'a, str>,
    #[serde(borrow)]
    quoted: Cow<'a, str>,
    /// Signature, footer and attribution lines.
    around: Vec<Cow<'a, str>>,
    /// The subject without prefixes and reply marks.
    subject: String,
    author: (Option<String>, Option<String>),
    recipients: Vec<String>,
    files: Vec<String>,
    media_types: Vec<String>,
    language: Option<String>,
    date: Option<(i64, Option<i16>, u8)>,
    references: Vec<u64>,
    repairs: Vec<String>,
    /// The [`FLAGS`] that the message itself decides.
    flags: u64,
    /// Whether it says that it answers something.
    answers: bool,
    reading: Reading,
    attachments: u32,
    latest: i64,
    /// Its last lines, which may be a footer: where each begins in the text and in the own words, the last one first.
    tail: Vec<(u64, u64)>,
    attached: Vec<Attached>,
}

impl<'a> Content<'a> {
    /// How many bytes of text it holds: most of what it takes, beside the message as it came.
    pub(crate) fn text_bytes(&self) -> usize {
        let around = self.around.iter().map(|text| text.len()).sum::<usize>();
        // Attached text is there twice: to be found, and to be shown.
        let attached = self.attached.iter().map(|file| 2 * file.text.len()).sum::<usize>();
        self.own.len() + self.quoted.len() + around + attached
    }

    /// The own words without so many lines at their end, and those lines with where they begin in the text.
    fn without_footer(&self, lines: u8) -> (&str, Option<(&str, u64)>) {
        let line = usize::from(lines).checked_sub(1).and_then(|last| self.tail.get(last));
        let cut = line.and_then(|&(start, own)| Some((self.own.split_at_checked(usize::try_from(own).ok()?)?, start)));
        cut.map_or((&self.own, None), |((own, footer), start)| (own, Some((footer, start))))
    }

    /// Takes from a message, and from the files that came with it, what its document needs.
    pub(crate) fn of(
        raw: &Raw,
        message: &'a Message,
        attached: Vec<Attached>,
        rules: &Rules,
        latest: i64,
    ) -> Content<'a> {
        let own = parse::words_of(message, Voice::Own);
        let subject = Subject::read(&message.subject, &rules.prefixes);
        let around = [Voice::Signature, Voice::Footer, Voice::Attribution].map(|voice| parse::words_of(message, voice));
        let mut repairs: Vec<String> = message.problems.iter().map(|problem| problem.kind.to_owned()).collect();
        repairs.sort_unstable();
        repairs.dedup();
        Content {
            language: language::detect(&own).map(str::to_owned),
            flags: flags(message, &subject, rules),
            own,
            quoted: parse::words_of(message, Voice::Quoted),
            around: around.into_iter().filter(|words| !words.is_empty()).collect(),
            answers: subject.is_reply || !message.references.is_empty(),
            subject: subject.base,
            author: (message.author.name.clone(), message.author.email.clone()),
            recipients: message.recipients.iter().map(written).collect(),
            files: message.attachments.iter().filter_map(|attachment| attachment.name.clone()).collect(),
            media_types: message.attachments.iter().map(|attachment| attachment.media_type.clone()).collect(),
            date: message.date.map(|date| (date.seconds, date.offset, date.source as u8)),
            references: message.references.iter().map(|id| plenary_ingest::Id::of_message_id(id).key()).collect(),
            repairs,
            reading: Reading::of(raw),
            attachments: message.attachments.len() as u32,
            latest,
            tail: text::tail(&message.text, &message.spans)
                .iter()
                .map(|line| (line.start as u64, line.own as u64))
                .collect(),
            attached,
        }
    }
}

/// Makes the document of a message from its content, its bytes and what was decided about it.
pub(crate) fn compose(
    fields: &Fields,
    content: &Content<'_>,
    raw: &[u8],
    (arrangement, arranged): (&Arrangement, &Arranged),
    places: &[Place],
) -> TantivyDocument {
    let (thread, person) = (arrangement.thread(arranged), arrangement.person(arranged));
    let lists: Vec<String> = arrangement.lists(arranged).map(str::to_owned).collect();
    let mut doc = TantivyDocument::with_capacity(raw.len() * 3);
    let author = plenary_ingest::Address { name: content.author.0.clone(), email: content.author.1.clone() };
    doc.add_bytes(fields.id, &arranged.key.bytes());
    doc.add_text(fields.thread, &thread);
    doc.add_text(fields.person, person);
    lists.iter().for_each(|list| doc.add_text(fields.list, list));
    let whole = author.email.as_deref().or(author.name.as_deref()).unwrap_or("");
    doc.add_text(fields.mailbox, people::tail(whole));
    if let Some(email) = &author.email {
        doc.add_text(fields.email, email);
    }
    if let Some(domain) = author.domain() {
        // Parent domains too, so that `domain:example.org` finds `lists.example.org`.
        let starts = std::iter::once(0).chain(domain.match_indices('.').map(|(dot, _)| dot + 1));
        starts.for_each(|start| doc.add_text(fields.domain, &domain[start..]));
    }
    if let Some((seconds, _, _)) = content.date {
        doc.add_i64(fields.date, seconds);
    }
    let key = plenary_ingest::Id(arranged.key.id).key().wrapping_add(u64::from(arranged.key.number) - 1);
    doc.add_u64(fields.key, key);
    content.references.iter().for_each(|&reference| doc.add_u64(fields.references, reference));
    doc.add_u64(fields.size, raw.len() as u64);
    let (own, footer) = content.without_footer(arranged.footer);
    let language = match footer {
        Some(_) => language::detect(own).map(str::to_owned),
        None => content.language.clone(),
    };
    if let Some(language) = &language {
        doc.add_text(fields.lang, language);
    }
    content.repairs.iter().for_each(|kind| doc.add_text(fields.repair, kind));
    // In lower case, as every value that is asked for.
    doc.add_text(fields.run, arrangement.run(arranged).to_lowercase());
    doc.add_u64(fields.flags, content.flags | flags_of(own) | arranged_flags(content, arrangement, arranged));
    doc.add_text(fields.name, arrangement.known_as(arranged).unwrap_or(&author.display()));
    content.media_types.iter().for_each(|media_type| doc.add_text(fields.mime, media_type));

    doc.add_text(fields.subject, &content.subject);
    doc.add_text(fields.own, own);
    if !content.quoted.is_empty() {
        doc.add_text(fields.quoted, &content.quoted);
    }
    content.around.iter().for_each(|words| doc.add_text(fields.signature, words));
    if let Some((words, _)) = footer {
        doc.add_text(fields.signature, words);
    }
    doc.add_text(fields.from, written(&author));
    content.recipients.iter().for_each(|recipient| doc.add_text(fields.to, recipient));
    content.files.iter().for_each(|name| doc.add_text(fields.file, name));
    content.attached.iter().for_each(|file| doc.add_text(fields.attached, &file.text));
    if let Some(packed) = attached::pack(&content.attached) {
        doc.add_bytes(fields.extracts, &packed);
    }

    let head = Head {
        key: arranged.key.name(),
        thread,
        weak: arranged.weak,
        person: person.to_owned(),
        lists,
        date: content.date,
        language,
        reading: content.reading,
        places: places.iter().map(|p| (p.list.clone(), p.dump.clone(), p.offset, p.length)).collect(),
        attachments: content.attachments,
        latest: content.latest,
        footer: footer.map(|(_, start)| start),
    };
    // Serialising plain data into memory has nothing to fail on.
    doc.add_bytes(fields.head, &postcard::to_stdvec(&head).unwrap_or_default());
    doc.add_bytes(fields.raw, raw);
    doc
}

/// A person as searched by name or address.
fn written(address: &plenary_ingest::Address) -> String {
    format!("{} {}", address.name.as_deref().unwrap_or(""), address.email.as_deref().unwrap_or(""))
}

/// What a stored document gives back.
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) raw: Raw,
    /// What was read of the files that came with it.
    pub(crate) attached: Vec<Attached>,
}

/// Reads a stored document. `None` only when the index is damaged.
pub(crate) fn read(fields: &Fields, doc: &TantivyDocument) -> Option<Stored> {
    let head: Head = postcard::from_bytes(doc.get_first(fields.head)?.as_bytes()?).ok()?;
    let bytes = doc.get_first(fields.raw)?.as_bytes()?.to_vec();
    let offset = head.places.first().map_or(0, |place| place.2);
    let mut raw = Raw { bytes, from_line: 0, offset, form: Form::Mboxo, framing: Framing::Sure };
    head.reading.apply(&mut raw);
    let attached = attached::unpack(doc.get_first(fields.extracts).and_then(|value| value.as_bytes()));
    Some(Stored { head, raw, attached })
}

impl Stored {
    /// The message, with what was decided when it was written.
    pub(crate) fn message(&self) -> Message {
        let mut message = parse::parse(&self.raw, self.head.latest);
        message.date = self.head.date();
        attached::note(&self.attached, &mut message);
        if let Some(from) = self.head.footer {
            text::give_to_list(&mut message.spans, usize::try_from(from).unwrap_or(usize::MAX));
        }
        message
    }
}

impl Head {
    pub(crate) fn date(&self) -> Option<Dated> {
        use plenary_ingest::DateSource::{Date, FromLine, Received};
        let (seconds, offset, source) = self.date?;
        let source = [Date, Received, FromLine].into_iter().find(|s| *s as u8 == source).unwrap_or(Date);
        Some(Dated { seconds, offset, source })
    }
}

impl Reading {
    /// How a message was read.
    pub(crate) fn of(raw: &Raw) -> Reading {
        Reading {
            ambiguous: raw.framing == Framing::Ambiguous,
            form: raw.form.number(),
            from_line: raw.from_line as u32,
        }
    }

    /// Has a message read so.
    pub(crate) fn apply(self, raw: &mut Raw) {
        raw.framing = if self.ambiguous { Framing::Ambiguous } else { Framing::Sure };
        raw.form = Form::of_number(self.form).unwrap_or(Form::Mboxo);
        raw.from_line = self.from_line as usize;
    }
}

/// What the message itself decides.
fn flags(message: &Message, subject: &Subject, rules: &Rules) -> u64 {
    let base = subject.base.to_lowercase();
    bits(|field, value| match (field, value) {
        ("has", "attachment") => message.attachments.iter().any(is_file),
        ("has", "html") => message.has_html,
        ("has", "patch") => {
            message.attachments.iter().any(|a| a.media_type.ends_with("-patch") || a.media_type.ends_with("-diff"))
        }
        ("is", "forward") => subject.is_forward,
        // The digest itself answers nothing.
        ("is", "digest-reply") => {
            crate::identity::is_digest_reply(&message.subject) && (subject.is_reply || !message.references.is_empty())
        }
        ("is", kind) => rules.kinds.iter().any(|(name, phrases)| {
            name == kind && !subject.is_reply && phrases.iter().any(|phrase| base.contains(phrase.as_str()))
        }),
        _ => false,
    })
}

/// What the own words decide.
fn flags_of(own: &str) -> u64 {
    let any = |parts: &[&str]| parts.iter().any(|part| own.contains(part));
    bits(|field, value| match (field, value) {
        ("has", "link") => any(&["http://", "https://"]),
        ("has", "gdoc") => any(&["docs.google.com", "drive.google.com"]),
        ("has", "recording") => any(&["webex.com/", ".mp3", ".mp4", "youtube.com/", "youtu.be/"]),
        ("has", "patch") => any(&["\n+++ "]),
        _ => false,
    })
}

/// What is known once all messages are.
fn arranged_flags(content: &Content<'_>, arrangement: &Arrangement, arranged: &Arranged) -> u64 {
    let is_root = arrangement.is_root(arranged);
    bits(|field, value| match (field, value) {
        ("is", "root") => is_root,
        ("is", "reply") => !is_root && content.answers,
        ("is", "crossposted") => arrangement.lists(arranged).len() > 1,
        ("is", "conflict") => arranged.conflict,
        ("is", "weak") => arranged.weak,
        _ => false,
    })
}

/// The bits of the [`FLAGS`] that a test lets through.
fn bits(mut holds: impl FnMut(&str, &str) -> bool) -> u64 {
    let set = FLAGS.iter().enumerate().filter(|(_, (field, value))| holds(field, value));
    set.fold(0, |bits, (bit, _)| bits | 1 << bit)
}

/// Whether an attachment is more than a rendering of the text or a signature of it.
fn is_file(attachment: &Attachment) -> bool {
    !matches!(attachment.media_type.as_str(), "text/html" | "application/pgp-signature" | "application/pkcs7-signature")
}
