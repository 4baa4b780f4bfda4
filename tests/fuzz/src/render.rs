//! From bytes to the page that shows them: nothing of a message becomes markup, and nobody's address is seen.

use percent_encoding::percent_decode_str;
use plenary_index::{
    Author, Card, Entry, Found, Surroundings,
    ingest::{
        Message, conversation,
        mbox::{Piece, split_one, unescape},
        parse::{page, parse},
        source::Limits,
        text::paragraphs,
    },
};
use plenary_web::{Citation, Config, STYLES, cleaned, message_json, message_page};

use crate::{
    LATEST,
    markup::{read, unescaped},
    planted::{NAME, plant},
};

/// What the templates of a message's page are made of.
const TAGS: &str = "!doctype a article aside b bdi blockquote body br button code dd details div dl dt footer form h1 h2 head header html \
    input label li link main meta nav p pre script section span summary time title ul";
const ATTRIBUTES: &str = "action aria-hidden aria-label aria-labelledby charset class content datetime dir download for hidden href html id \
    lang maxlength name open placeholder rel role src tabindex title type value";

/// A message, as somebody sent it.
pub fn render(bytes: &[u8]) {
    let bytes = plant(bytes);
    let Some(Ok(Piece::Message(raw))) = split_one(bytes.as_slice(), &Limits::default()).next() else { return };
    let entry = entry(parse(&raw, LATEST));
    let config = Config { base_url: "https://lists.example.org".into(), ..Config::default() };
    let found = Found { raw: unescape(&raw).into_owned(), entry };
    let entry = &found.entry;
    harmless(&shown(&found, &config), &found.raw, entry);
    told(entry, &config);
    if let Some(page) = page(&raw) {
        let pictures: Vec<_> =
            page.pictures.iter().map(|(id, part)| (id.clone(), format!("/m/x/a/{part}/x"))).collect();
        let clean = cleaned(&page.html, &pictures).unwrap_or_default();
        assert!(!clean.to_ascii_lowercase().contains("<script") && !clean.contains("<planted"), "{clean}");
    }
}

fn shown(found: &Found, config: &Config) -> String {
    let around = Surroundings { replies: vec![found.entry.card.clone()], replies_in_all: 1, ..Surroundings::default() };
    message_page(found, &around, config).expect("memory takes a page")
}

/// The message as the index would give it.
fn entry(message: Message) -> Entry {
    let id = message.id.to_string();
    let author = Author {
        person: message.author.email.clone().unwrap_or_else(|| "somebody".into()),
        name: message.author.display().into_owned(),
        email: message.author.email.clone(),
    };
    let card = Card {
        id: id.clone(),
        message_id: message.message_id.as_ref().map(|id| id.as_str().to_owned()),
        lists: vec!["plenary".into()],
        subject: conversation(&message.subject).0,
        // A person's name in addresses is made of letters alone.
        author: Author { person: author.person.chars().filter(char::is_ascii_alphabetic).collect(), ..author },
        date: message.date,
        thread: id,
        attachments: message.attachments.len(),
        language: Some("en".into()),
    };
    Entry {
        paragraphs: paragraphs(&message.text, &message.spans),
        searched: message.attachments.iter().filter_map(|it| it.part).collect(),
        places: Vec::new(),
        rivals: vec![card.clone()],
        position: (1, 2),
        thread_neighbours: (None, Some(card.clone())),
        card,
        message,
    }
}

fn harmless(document: &str, raw: &[u8], entry: &Entry) {
    let (tags, text) = read(document);
    // Other systems know a message by its Message-ID, so ids are shown whole, and so are the links made of them.
    let mut ids = entry.message.message_id.iter().chain(&entry.message.references);
    let in_id = ids.any(|id| id.as_str().contains(NAME)) || names_ids(raw);
    assert!(in_id || !unescaped(&text).contains(NAME), "an address is seen: {text}");
    assert_eq!(tags.iter().filter(|tag| tag.name == "script").count(), 1, "one script, which is ours");
    for tag in &tags {
        let name = tag.name.trim_start_matches('/');
        assert!(TAGS.split_whitespace().any(|known| known == name), "<{}>", tag.name);
        for (attribute, value) in &tag.attributes {
            assert!(ATTRIBUTES.split_whitespace().any(|known| known == *attribute), "{attribute} in <{}>", tag.name);
            let value = unescaped(value);
            if matches!(*attribute, "href" | "src" | "action") {
                let lower = value.to_ascii_lowercase();
                // Of the page itself: a paragraph of it, or its citation.
                let within = value.starts_with('#') || value.starts_with("?p=");
                let ours = within || (value.starts_with('/') && !value.starts_with("//"));
                assert!(ours || lower.starts_with("http://") || lower.starts_with("https://"), "{value}");
            }
            let decoded = percent_decode_str(&value).decode_utf8_lossy();
            assert!(
                in_id || !(value.contains(NAME) || decoded.contains(NAME)),
                "an address is seen in {attribute}: {value}"
            );
        }
    }
    balanced(tags.iter().map(|tag| tag.name));
}

/// Whether the planted address stands in brackets in a field that holds ids: what does is shown as it came.
fn names_ids(raw: &[u8]) -> bool {
    const FIELDS: [&str; 6] =
        ["message-id:", "references:", "in-reply-to:", "content-id:", "resent-message-id:", "x-message-id-hash:"];
    let text = String::from_utf8_lossy(raw).to_ascii_lowercase();
    let (mut in_field, mut in_brackets) = (false, false);
    text.split('\n').any(|line| {
        if !line.starts_with([' ', '\t']) {
            in_field = FIELDS.iter().any(|name| line.starts_with(name));
            in_brackets = false;
        }
        let mut stretches = line.split_inclusive(['<', '>']);
        in_field
            && stretches.any(|stretch| {
                let found = in_brackets && stretch.contains(NAME);
                in_brackets = stretch.ends_with('<') || in_brackets && !stretch.ends_with('>');
                found
            })
    })
}

/// Elements that hold blocks close in the order in which they opened; only a list's items and paragraphs close themselves.
fn balanced<'a>(names: impl Iterator<Item = &'a str>) {
    const CLOSED: [&str; 22] = [
        "html",
        "head",
        "body",
        "main",
        "header",
        "footer",
        "nav",
        "article",
        "section",
        "div",
        "details",
        "blockquote",
        "pre",
        "a",
        "bdi",
        "span",
        "ul",
        "dl",
        "form",
        "time",
        "summary",
        "code",
    ];
    let mut open: Vec<&str> = Vec::new();
    for name in names {
        match name.strip_prefix('/') {
            None if CLOSED.contains(&name) => open.push(name),
            Some(name) if CLOSED.contains(&name) => assert_eq!(open.pop(), Some(name), "{name} closes something else"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
}

/// What programs read.
fn told(entry: &Entry, config: &Config) {
    let mut json = message_json(config, entry);
    for key in ["message_id", "references"] {
        json[key].take();
    }
    let json = json.to_string();
    assert!(!json.contains(NAME), "an address is seen: {json}");
    let decoded = percent_decode_str(&json).decode_utf8_lossy().into_owned();
    assert!(!decoded.contains(NAME), "an address is seen: {json}");
    let card = Card { message_id: None, ..entry.card.clone() };
    for (style, name) in STYLES {
        let cited = Citation::of(&card, config).at("1-2", entry.paragraphs.len()).to(style);
        assert!(!cited.is_empty() && !cited.contains(NAME), "{name}: {cited}");
    }
}
