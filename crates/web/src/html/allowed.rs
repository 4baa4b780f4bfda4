//! What may stand in a message's HTML: elements, attributes, values. All else goes.

/// Elements kept. None whose content is read by other rules (script, style, title, svg, math), none that sends, loads or embeds,
/// but pictures.
pub(super) const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements of which the content goes, too: it is not meant to be read.
pub(super) const DROPPED: &[&str] =
    &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template", "svg", "math"];

/// Elements without content.
pub(super) const VOID: &[&str] = &["br", "col", "hr", "img", "wbr"];

/// Elements that stand in a line of text: an address may begin in one and end in another.
pub(super) const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
];

/// Elements that a parser opens again in every paragraph until they are closed.
pub(super) const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "i", "s", "small", "strike", "strong", "tt", "u"];

/// Attributes kept on every element. Names, classes and styles are not among them: the page around must not be named or dressed.
pub(super) const EVERYWHERE: &[&str] = &["dir", "lang", "title"];

/// Attributes kept on some.
pub(super) const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("div", &["align"]),
    ("img", &["alt", "height", "src", "width"]),
    ("li", &["value"]),
    ("ol", &["start", "type"]),
    ("p", &["align"]),
    ("table", &["align", "border"]),
    ("td", &["align", "colspan", "rowspan", "valign"]),
    ("th", &["align", "colspan", "rowspan", "valign"]),
    ("tr", &["align", "valign"]),
];

/// What every link says: it is not ours, and where it leads learns nothing of where it stood.
pub(super) const REL: &str = "nofollow ugc noopener noreferrer";
/// Where links open: beside the archive, for the frame may show nothing but the message.
pub(super) const TARGET: &str = "_blank";

/// Widest picture and most columns spanned that a page is asked to make room for.
const MAX_NUMBER: u32 = 2_000;
/// Longest address of a link; what is longer carries somebody's data.
const MAX_LINK: usize = 2_000;
/// Longest text of an attribute.
const MAX_TEXT: usize = 1_000;

/// Whether a value may stand in an attribute that may.
pub(super) fn value(tag: &str, name: &str, value: &str) -> bool {
    let one_of = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    match (tag, name) {
        (_, "dir") => one_of(&["ltr", "rtl", "auto"]),
        (_, "lang") => value.len() <= 35 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        (_, "title" | "alt") => value.len() <= MAX_TEXT,
        (_, "align" | "valign") => {
            one_of(&["left", "right", "center", "justify", "top", "middle", "bottom", "baseline"])
        }
        ("a", "href") => is_link(value),
        ("img", "src") => value.starts_with("/m/") && value.contains("/a/"),
        // These two the sanitiser sets itself.
        ("a", "rel") => value == REL,
        ("a", "target") => value == TARGET,
        ("ol", "type") => one_of(&["1", "a", "i"]),
        _ => value.parse::<u32>().is_ok_and(|number| number <= MAX_NUMBER) && !value.starts_with('+'),
    }
}

fn is_link(value: &str) -> bool {
    let scheme = ["http://", "https://"].iter().any(|scheme| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && value.len() > scheme.len()
    });
    scheme && value.len() <= MAX_LINK && !value.contains(|c: char| c.is_control() || c == ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_judged_by_their_attribute() {
        for (tag, name, given, expected) in [
            ("a", "href", "https://example.org/", true),
            ("a", "href", "HTTP://example.org/", true),
            ("a", "href", "https://", false),
            ("a", "href", "javascript:alert(1)", false),
            ("a", "href", "//example.org/", false),
            ("a", "href", "http://example.org/\n", false),
            ("img", "src", "/m/abc/a/2/x.png", true),
            ("img", "src", "https://example.org/m/abc/a/2/x.png", false),
            ("td", "colspan", "2000", true),
            ("td", "colspan", "2001", false),
            ("td", "colspan", "-1", false),
            ("p", "dir", "RTL", true),
            ("p", "dir", "up", false),
            ("p", "lang", "zh-Hant", true),
            ("p", "lang", "en\" x", false),
        ] {
            assert_eq!(value(tag, name, given), expected, "{tag} {name}={given}");
        }
        assert!(is_link(&format!("http://{}", "a".repeat(MAX_LINK - 7))));
        assert!(!is_link(&format!("http://{}", "a".repeat(MAX_LINK - 6))));
        assert!(value("p", "title", &"a".repeat(MAX_TEXT)) && !value("p", "title", &"a".repeat(MAX_TEXT + 1)));
    }

    #[test]
    fn nothing_is_both_kept_and_dropped_and_every_kind_is_of_kept_elements() {
        assert!(TAGS.is_sorted() && TAGS.iter().all(|tag| !DROPPED.contains(tag)));
        assert!([VOID, INLINE, FORMATTING].iter().all(|kind| kind.iter().all(|tag| TAGS.contains(tag))));
        assert!(ATTRIBUTES.iter().all(|(tag, _)| TAGS.contains(tag)));
    }
}
