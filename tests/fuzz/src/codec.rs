//! Names in addresses: what is written is read back, and nothing gets out of its place.

use percent_encoding::percent_decode_str;
use plenary_index::{
    Cursor,
    ingest::{Id, MessageId, parse::pasted_message_id},
    query::parse,
};
use plenary_web::links;

/// Ids, cursors and addresses of pages, from their bytes and from any text.
pub fn codec(bytes: &[u8]) {
    if let Some(digest) = bytes.first_chunk::<20>() {
        let id = Id(*digest);
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        assert_eq!(Id::parse(&id.to_string().to_uppercase()), Some(id));
    }
    if let (Some(date), Some(key)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        let cursor = Cursor { date: i64::from_be_bytes(*date), key: u64::from_be_bytes(*key) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    let text = String::from_utf8_lossy(bytes);
    if let Some(id) = Id::parse(&text) {
        assert_eq!(id.to_string(), text.to_lowercase(), "an id has one spelling");
    }
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string(), text.to_lowercase(), "a cursor has one spelling");
    }
    if let Some(id) = MessageId::parse(&text) {
        assert_eq!(MessageId::parse(id.as_str()).as_ref(), Some(&id), "a Message-ID is read from itself");
        assert_eq!(MessageId::parse(&format!("<{id}>")).as_ref(), Some(&id), "and from itself in brackets");
        let address = links::message(id.as_str());
        assert_eq!(MessageId::parse(&last_part(&address, "/m/")).as_ref(), Some(&id), "and from its address");
        if id.as_str().contains('@') && !id.as_str().starts_with("mid:") {
            assert_eq!(pasted_message_id(&format!(" mid:<{id}> ")).as_ref(), Some(&id), "and from what is pasted");
        }
    }
    for (address, before) in [
        (links::message(&text), "/m/"),
        (links::thread(&text), "/t/"),
        (links::person(&text), "/p/"),
        (links::run(&text), "/runs/"),
        (links::list(&text).trim_end_matches('/').to_owned(), "/l/"),
    ] {
        if !(text.is_empty() && before == "/l/") {
            assert_eq!(last_part(&address, before), text);
        }
    }
    // A name that is somebody's address is masked there.
    assert!(!last_part(&links::attachment("x", 7, &text), "/m/x/a/7/").is_empty() || text.is_empty());
    asked(&text);
}

/// The last part of an address, decoded; there is one, and nothing in it has a meaning of its own.
fn last_part(address: &str, before: &str) -> String {
    let part = address.strip_prefix(before).expect("an address begins as its kind does");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    assert!(part.bytes().all(plain), "{part}");
    percent_decode_str(part).decode_utf8().expect("what was text is text").into_owned()
}

/// A search leads to the query that it was made of, whatever stands beside it.
fn asked(text: &str) {
    let query = parse(text, (2026, 11, 24));
    let address = links::search(&query, &[("sort", text)]);
    let typed = address.strip_prefix("/search").expect("an address begins as its kind does");
    let mut wanted: Vec<(&str, String)> = vec![("q", query.to_string()), ("sort", text.to_owned())];
    wanted.retain(|(_, value)| !value.is_empty());
    let pairs = typed.strip_prefix('?').unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let found: Vec<(&str, String)> = pairs
        .map(|pair| pair.split_once('=').expect("a parameter has a value"))
        .map(|(name, value)| (name, percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()))
        .collect();
    assert_eq!(found, wanted, "{address}");
    assert!(typed.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"'#".contains(&byte)), "{address}");
}
