//! BibTeX. Its braces are counted whatever stands before them, so that a hostile subject could close its entry and open another:
//! no brace of mail is ever written as one.

use crate::wording;

use super::cite::Citation;

/// One entry, ended by a line break.
pub(crate) fn entry(citation: &Citation) -> String {
    let mut out = format!("@misc{{{},\n", key(&citation.id));
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("  {name} = {{{value}}},\n"));
        }
    };
    // The second braces keep a name whole and the capitals of a subject as they are.
    field("author", &format!("{{{}}}", escaped(&citation.author)));
    field("title", &format!("{{{}}}", escaped(&citation.title())));
    field("howpublished", &escaped(&citation.sent()));
    if let Some((year, month)) = citation.seconds.and_then(wording::year_month) {
        field("year", &format!("{year:04}"));
        field("month", &format!("{month}"));
    }
    field("date", &citation.seconds.map(|seconds| wording::iso(seconds)[..10].to_owned()).unwrap_or_default());
    // Read verbatim by the packages that print it.
    field("url", &address(&citation.url));
    field("note", &citation.message_id.as_deref().map(|id| format!("Message-ID: {}", escaped(id))).unwrap_or_default());
    field(
        "pages",
        &citation.locator().map(|numbers| format!("para. {}", numbers.replace('-', "--"))).unwrap_or_default(),
    );
    field("langid", &citation.language.as_deref().map(escaped).unwrap_or_default());
    out.push_str("}\n");
    out
}

/// Letters, digits and dashes: what every reader takes for a key.
fn key(id: &str) -> String {
    let kept: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("m-{kept}")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '{' => out.push_str("\\textbraceleft{}"),
            '}' => out.push_str("\\textbraceright{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '$' | '&' | '#' | '_' | '%' => out.extend(['\\', c]),
            // Values are one line by now; if one were not, it must still not begin a line of its own.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn address(url: &str) -> String {
    url.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '{' | '}' | '\\')).collect()
}
