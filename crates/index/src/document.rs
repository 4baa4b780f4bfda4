//! A message as a document of the index, and back.

use plenary_ingest::{Attachment, Form, Framing, Message, Raw, Subject, Voice, language, message::Dated, parse};
use serde::{Deserialize, Serialize};
use tantivy::{TantivyDocument, schema::Value};

use crate::{
    Place,
    arrange::Arranged,
    people,
    schema::{Fields, with_language},
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
    pub(crate) form: u8,
    pub(crate) ambiguous: bool,
    pub(crate) from_line: u32,
    pub(crate) places: Vec<(String, String, u64, u64)>,
    /// How many attachments it has, stubs included.
    pub(crate) attachments: u32,
    /// The last moment that its dates could claim when it was read.
    pub(crate) latest: i64,
}

/// Makes the document of a message.
pub(crate) fn compose(
    fields: &Fields,
    raw: &Raw,
    message: &Message,
    arranged: &Arranged,
    places: &[Place],
    rules: &Rules,
    latest: i64,
) -> TantivyDocument {
    let mut doc = TantivyDocument::with_capacity(raw.bytes.len() * 3);
    let own = parse::words_of(message, Voice::Own);
    let language = language::detect(&own);
    let subject = Subject::read(&message.subject, &rules.prefixes);
    let stem_language = language.unwrap_or("en");

    doc.add_text(fields.id, arranged.key.name());
    doc.add_text(fields.thread, &arranged.thread);
    doc.add_text(fields.person, &arranged.person);
    arranged.lists.iter().for_each(|list| doc.add_text(fields.list, list));
    let whole = message.author.email.as_deref().or(message.author.name.as_deref()).unwrap_or("");
    doc.add_text(fields.mailbox, people::tail(whole));
    if let Some(email) = &message.author.email {
        doc.add_text(fields.email, email);
    }
    if let Some(domain) = message.author.domain() {
        // Parent domains too, so that `domain:example.org` finds `lists.example.org`.
        let starts = std::iter::once(0).chain(domain.match_indices('.').map(|(dot, _)| dot + 1));
        starts.for_each(|start| doc.add_text(fields.domain, &domain[start..]));
    }
    if let Some(date) = message.date {
        doc.add_i64(fields.date, date.seconds);
    }
    let key = plenary_ingest::Id(arranged.key.id).key().wrapping_add(u64::from(arranged.key.number) - 1);
    doc.add_u64(fields.key, key);
    for reference in &message.references {
        doc.add_u64(fields.references, plenary_ingest::Id::of_message_id(reference).key());
    }
    doc.add_u64(fields.size, raw.bytes.len() as u64);
    if let Some(language) = language {
        doc.add_text(fields.lang, language);
    }
    let mut repairs: Vec<&str> = message.problems.iter().map(|problem| problem.kind).collect();
    repairs.sort_unstable();
    repairs.dedup();
    repairs.into_iter().for_each(|kind| doc.add_text(fields.repair, kind));

    doc.add_u64(fields.flags, flags(message, &own, arranged, &subject, rules));
    doc.add_text(fields.name, message.author.display());
    message.attachments.iter().for_each(|attachment| doc.add_text(fields.mime, &attachment.media_type));

    doc.add_text(fields.subject, &subject.base);
    doc.add_text(fields.subject_stem, with_language(stem_language, &subject.base));
    doc.add_text(fields.own_stem, with_language(stem_language, &own));
    doc.add_text(fields.own, own);
    let quoted = parse::words_of(message, Voice::Quoted);
    if !quoted.is_empty() {
        doc.add_text(fields.quoted_stem, with_language(stem_language, &quoted));
        doc.add_text(fields.quoted, quoted);
    }
    for voice in [Voice::Signature, Voice::Footer, Voice::Attribution] {
        let words = parse::words_of(message, voice);
        if !words.is_empty() {
            doc.add_text(fields.signature, words);
        }
    }
    let written = |address: &plenary_ingest::Address| {
        format!("{} {}", address.name.as_deref().unwrap_or(""), address.email.as_deref().unwrap_or(""))
    };
    doc.add_text(fields.from, written(&message.author));
    message.recipients.iter().for_each(|address| doc.add_text(fields.to, written(address)));
    message.attachments.iter().filter_map(|a| a.name.as_deref()).for_each(|name| doc.add_text(fields.file, name));

    let head = Head {
        key: arranged.key.name(),
        thread: arranged.thread.clone(),
        weak: arranged.weak,
        person: arranged.person.clone(),
        lists: arranged.lists.clone(),
        date: message.date.map(|d| (d.seconds, d.offset, d.source as u8)),
        language: language.map(str::to_owned),
        form: form_number(raw.form),
        ambiguous: raw.framing == Framing::Ambiguous,
        from_line: raw.from_line as u32,
        places: places.iter().map(|p| (p.list.clone(), p.dump.clone(), p.offset, p.length)).collect(),
        attachments: message.attachments.len() as u32,
        latest,
    };
    // Serialising plain data into memory has nothing to fail on.
    doc.add_bytes(fields.head, &postcard::to_stdvec(&head).unwrap_or_default());
    doc.add_bytes(fields.raw, &raw.bytes);
    doc
}

/// What a stored document gives back.
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) raw: Raw,
}

/// Reads a stored document. `None` only when the index is damaged.
pub(crate) fn read(fields: &Fields, doc: &TantivyDocument) -> Option<Stored> {
    let head: Head = postcard::from_bytes(doc.get_first(fields.head)?.as_bytes()?).ok()?;
    let bytes = doc.get_first(fields.raw)?.as_bytes()?.to_vec();
    let raw = Raw {
        bytes,
        from_line: head.from_line as usize,
        offset: head.places.first().map_or(0, |place| place.2),
        form: form_of(head.form),
        framing: if head.ambiguous { Framing::Ambiguous } else { Framing::Sure },
    };
    Some(Stored { head, raw })
}

impl Stored {
    /// The message, with what was decided when it was written.
    pub(crate) fn message(&self) -> Message {
        let mut message = parse::parse(&self.raw, self.head.latest);
        message.date = self.head.date();
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

/// Positions are stored: append only.
const FORMS: [Form; 7] =
    [Form::Mboxo, Form::Mboxrd, Form::Mboxcl, Form::Mboxcl2, Form::Pipermail, Form::Single, Form::Enclosed];

/// The form of a number.
pub(crate) fn form_of(number: u8) -> Form {
    FORMS.get(number as usize).copied().unwrap_or(Form::Mboxo)
}

/// The number of a form in what is stored.
pub(crate) fn form_number(form: Form) -> u8 {
    FORMS.iter().position(|known| *known == form).unwrap_or_default() as u8
}

fn flags(message: &Message, own: &str, arranged: &Arranged, subject: &Subject, rules: &Rules) -> u64 {
    let is_root = arranged.thread == arranged.key.name();
    let base = subject.base.to_lowercase();
    FLAGS
        .iter()
        .enumerate()
        .filter(|(_, (field, value))| match (*field, *value) {
            ("has", "attachment") => message.attachments.iter().any(is_file),
            ("has", "link") => own.contains("http://") || own.contains("https://"),
            ("has", "gdoc") => own.contains("docs.google.com") || own.contains("drive.google.com"),
            ("has", "recording") => {
                ["webex.com/", ".mp3", ".mp4", "youtube.com/", "youtu.be/"].iter().any(|part| own.contains(part))
            }
            ("has", "html") => message.has_html,
            ("has", "patch") => {
                own.contains("\n+++ ")
                    || message
                        .attachments
                        .iter()
                        .any(|a| a.media_type.ends_with("-patch") || a.media_type.ends_with("-diff"))
            }
            ("is", "root") => is_root,
            ("is", "reply") => !is_root && (subject.is_reply || !message.references.is_empty()),
            ("is", "crossposted") => arranged.lists.len() > 1,
            ("is", "forward") => subject.is_forward,
            // The digest itself answers nothing.
            ("is", "digest-reply") => {
                crate::identity::is_digest_reply(&message.subject)
                    && (subject.is_reply || !message.references.is_empty())
            }
            ("is", "conflict") => arranged.conflict,
            ("is", "weak") => arranged.weak,
            ("is", kind) => rules.kinds.iter().any(|(name, phrases)| {
                name == kind && !subject.is_reply && phrases.iter().any(|phrase| base.contains(phrase.as_str()))
            }),
            _ => false,
        })
        .fold(0, |flags, (bit, _)| flags | 1 << bit)
}

/// Whether an attachment is more than a rendering of the text or a signature of it.
fn is_file(attachment: &Attachment) -> bool {
    !matches!(attachment.media_type.as_str(), "text/html" | "application/pgp-signature" | "application/pkcs7-signature")
}
