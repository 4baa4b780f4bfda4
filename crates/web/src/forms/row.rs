//! A message as a row: the columns that CSV and JSON Lines share. docs/forms.md is their dictionary; a test holds it to this.

use plenary_index::{
    Entry, Step,
    ingest::{Subject, Voice},
    words,
};
use serde_json::{Map, Value, json};

use crate::{
    Config, links,
    mask::mask,
    piece::{lines, plain},
    wording,
};

/// The columns, in order.
pub(crate) const COLUMNS: [&str; 29] = [
    "id",
    "message_id",
    "lists",
    "date_utc",
    "offset",
    "date_source",
    "from_name",
    "from_domain",
    "person_id",
    "subject",
    "subject_norm",
    "thread_id",
    "parent_id",
    "depth",
    "position",
    "n_words_own",
    "n_words_quoted",
    "lang",
    "has_attachment",
    "has_link",
    "has_gdoc",
    "has_recording",
    "has_html",
    "has_patch",
    "is",
    "attachments",
    "places",
    "url",
    "text_own",
];

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Text; empty where nothing is known.
    Text(String),
    /// Several texts.
    Many(Vec<String>),
    /// A number.
    Number(u64),
    /// Whether it is so.
    Flag(bool),
}

/// The values of a message, in the order of [`COLUMNS`].
pub(crate) fn row(step: &Step, config: &Config) -> [Cell; COLUMNS.len()] {
    let (entry, card, message) = (&step.entry, &step.entry.card, &step.entry.message);
    let text = |text: Option<&str>| Cell::Text(text.unwrap_or_default().to_owned());
    let said = |voice: Voice| {
        let spans = message.spans.iter().filter(|span| span.voice == voice);
        let counts = spans.map(|span| count(message.text.get(span.start..span.end).unwrap_or("")));
        Cell::Number(counts.sum())
    };
    let has = |value: &str| Cell::Flag(step.flags.contains(&("has", value)));
    let is = step.flags.iter().filter(|(field, _)| *field == "is").map(|(_, value)| (*value).to_owned());
    // Prefixes and reply marks of what is shown are gone or in one form; what is left is what threads are compared by.
    let base = Subject::read(&card.subject, &[]).base;
    [
        text(Some(&card.id)),
        text(card.message_id.as_deref()),
        Cell::Many(card.lists.clone()),
        text(card.date.map(|date| wording::iso(date.seconds)).as_deref()),
        text(card.date.and_then(|date| Some(offset(date.offset?))).as_deref()),
        text(card.date.map(|date| date.source.name())),
        text(Some(&plain(&card.author.name))),
        text(message.author.domain().map(plain).as_deref()),
        text(Some(&card.author.person)),
        text(Some(&plain(&message.subject))),
        text(Some(&plain(&base.to_lowercase()))),
        text(Some(&card.thread)),
        text(step.parent.as_deref()),
        Cell::Number(step.depth as u64),
        Cell::Number(entry.position.0 as u64),
        said(Voice::Own),
        said(Voice::Quoted),
        text(card.language.as_deref()),
        has("attachment"),
        has("link"),
        has("gdoc"),
        has("recording"),
        has("html"),
        has("patch"),
        Cell::Many(is.collect()),
        Cell::Many(message.attachments.iter().map(|it| plain(it.name.as_deref().unwrap_or("unnamed"))).collect()),
        Cell::Many(entry.places.iter().map(|it| mask(&it.dump).into_owned()).collect()),
        text(Some(&format!("{}{}", config.base_url, links::message(&card.id)))),
        text(Some(&own(entry))),
    ]
}

/// What its author wrote, paragraphs apart.
pub(crate) fn own(entry: &Entry) -> String {
    let message = &entry.message;
    let paragraphs = entry.paragraphs.iter().filter_map(|range| message.text.get(range.clone()));
    lines(&paragraphs.map(str::trim_end).collect::<Vec<_>>().join("\n\n"))
}

/// The sender's zone, `UTC-04:00`: begun with letters, for a cell may not begin with a sign.
fn offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn count(text: &str) -> u64 {
    let mut number = 0;
    words::each(text, |_, _, _| number += 1);
    number
}

/// A row as one object of JSON Lines; what is not known is null.
pub(crate) fn object(step: &Step, config: &Config) -> Value {
    let values = row(step, config).into_iter().map(|cell| match cell {
        Cell::Text(text) if text.is_empty() => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Many(texts) => json!(texts),
        Cell::Number(number) => json!(number),
        Cell::Flag(flag) => json!(flag),
    });
    Value::Object(COLUMNS.into_iter().map(str::to_owned).zip(values).collect::<Map<_, _>>())
}
