//! A message's own HTML, cleaned: only what may stand there, the same when cleaned again, no longer than allowed.

use plenary_web::cleaned;

use crate::{
    markup::{read, unescaped},
    planted::{NAME, plant},
};

/// What may stand in a frame. Written down a second time, so that a change of the sanitiser's own list is noticed.
const TAGS: &str = "a abbr b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption figure \
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub sup table tbody td tfoot th \
    thead tr tt u ul var wbr";
const ATTRIBUTES: &str =
    "align alt border colspan dir height href lang rel rowspan span src start target title type valign value width";

/// Where the one picture of the message is.
const PICTURE: &str = "/m/abc/a/2/logo.png";

/// A web page that somebody sent.
pub fn sanitiser(bytes: &[u8]) {
    let bytes = plant(bytes);
    let html = String::from_utf8_lossy(&bytes);
    let pictures = [("logo@mail".to_owned(), PICTURE.to_owned())];
    let Some(clean) = cleaned(&html, &pictures) else { return };
    assert!(clean.len() <= html.len() * 4 + 4096, "{} bytes of {}", clean.len(), html.len());
    harmless(&clean);
    if let Some(again) = cleaned(&clean, &pictures) {
        assert_eq!(again, clean, "what is clean stays as it is");
    }
}

fn harmless(clean: &str) {
    let (tags, text) = read(clean);
    assert!(!unescaped(&text).contains(NAME), "an address is seen: {text:?}");
    assert!(!text.contains(|c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')), "{text:?}");
    for tag in tags {
        let name = tag.name.trim_start_matches('/');
        assert!(TAGS.split_whitespace().any(|known| known == name), "<{}> in {clean:?}", tag.name);
        for (attribute, value) in tag.attributes {
            let value = unescaped(value);
            assert!(ATTRIBUTES.split_whitespace().any(|known| known == attribute), "{attribute} in {clean:?}");
            assert!(!value.contains(NAME), "an address is seen: {value}");
            let lower = value.to_ascii_lowercase();
            match attribute {
                "href" => assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{value}"),
                "src" => assert_eq!(value, PICTURE),
                "rel" => assert_eq!(value, "nofollow ugc noopener noreferrer"),
                "target" => assert_eq!(value, "_blank"),
                _ => {}
            }
        }
    }
}
