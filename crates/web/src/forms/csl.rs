//! CSL-JSON: what citation processors (citeproc, pandoc, Zotero) read.

use chrono::{DateTime, Datelike};
use serde_json::{Value, json};

use super::cite::Citation;

/// One item.
pub(crate) fn item(citation: &Citation) -> Value {
    let issued = citation.seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let mut item = json!({
        "id": citation.id,
        // Public mail is a post, not a personal communication: the latter is left out of bibliographies.
        "type": "post",
        "genre": "Mailing list message",
        "author": [{ "literal": citation.author }],
        "title": citation.title(),
        "URL": citation.url,
    });
    let mut put = |key: &str, value: Option<Value>| {
        if let (Value::Object(item), Some(value)) = (&mut item, value) {
            item.insert(key.into(), value);
        }
    };
    put("container-title", (!citation.lists.is_empty()).then(|| json!(citation.lists.join("; "))));
    put("issued", issued.map(|it| json!({ "date-parts": [[it.year(), it.month(), it.day()]] })));
    put("language", citation.language.as_deref().map(|it| json!(it)));
    put("note", citation.message_id.as_deref().map(|id| json!(format!("Message-ID: {id}"))));
    put("locator", citation.locator().map(|it| json!(it)));
    put("label", citation.paragraphs.map(|_| json!("paragraph")));
    item
}

/// One item as a page shows it.
pub(crate) fn item_text(citation: &Citation) -> String {
    format!("{:#}\n", json!([item(citation)]))
}
