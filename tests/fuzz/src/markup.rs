//! Reads the tags of a document that is known to be written with care: any that is not is a finding.

/// A tag: its name (`/p` where it closes) and its attributes.
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
}

/// The tags of a document, and the text between them as one. Text holds no `<` or `>` of its own, values stand in double quotes or are
/// words.
pub(crate) fn read(document: &str) -> (Vec<Tag<'_>>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    let mut rest = document;
    while let Some(open) = rest.find('<') {
        assert!(!rest[..open].contains('>'), "a `>` that closes nothing: {:?}", &rest[..open]);
        text.push_str(&rest[..open]);
        let (tag, after) = tag(&rest[open + 1..]);
        tags.push(tag);
        rest = after;
    }
    assert!(!rest.contains('>'), "a `>` that closes nothing: {rest:?}");
    text.push_str(rest);
    (tags, text)
}

fn tag(text: &str) -> (Tag<'_>, &str) {
    let end = text.find([' ', '>', '\n']).expect("a tag ends");
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name, attributes }, after);
        }
        let end = rest.find(['=', ' ', '>', '\n']).expect("a tag ends");
        let (name, after) = rest.split_at(end);
        assert!(!name.is_empty() && !name.contains(['"', '\'', '<', '/']), "no attribute: {name:?} in {text:.200?}");
        let Some(value) = after.strip_prefix('=') else {
            attributes.push((name, ""));
            rest = after;
            continue;
        };
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("a quote closes"),
            None => value.split_at(value.find([' ', '>', '\n']).expect("a tag ends")),
        };
        attributes.push((name, value));
        rest = after;
    }
}

/// A text without its character references.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = text.to_owned();
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ] {
        out = out.replace(reference, character);
    }
    out.replace("&#38;", "&").replace("&amp;", "&").replace("&nbsp;", "\u{a0}")
}
