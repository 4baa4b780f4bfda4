//! Text on its way into a page: lines, links, and controls made visible. Escaping is left to the templates.

use std::borrow::Cow;

use crate::mask::{leads_to_somebody, mask};

/// Longest address turned into a link; longer ones are shown as text.
const MAX_LINK: usize = 2_000;

/// A bit of text as a template shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text.
    Text(String),
    /// An address of a page elsewhere, `http` or `https` only, shown as it is.
    Link(String),
    /// The end of a line that its author meant as one.
    Break,
}

/// A stretch of a passage, which matches the query or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The text.
    pub(crate) text: String,
    /// Whether it matches.
    pub(crate) marked: bool,
}

/// A name, subject or file name: masked, on one line, with every control and direction sign shown by its number. Nobody can
/// look like somebody else by writing backwards.
pub(crate) fn plain(text: &str) -> String {
    let text = mask(text);
    escape_controls(&text, is_control_in_name).into_owned()
}

/// A text that keeps its lines, for what is no page: masked, controls shown.
pub(crate) fn lines(text: &str) -> String {
    clean(text).into_owned()
}

/// A text with nothing in it that hides or overrides; its addresses must have been masked already.
pub(crate) fn unhidden(text: &str) -> String {
    escape_controls(&text.replace('\r', ""), is_control_in_text).into_owned()
}

/// The lines of a header, in which nothing hides that would not in a name; their addresses must have been masked already.
pub(crate) fn header_lines(text: &str) -> String {
    let hides = |c: char| is_control_in_name(c) && !matches!(c, '\n' | '\t');
    escape_controls(&text.replace('\r', ""), hides).into_owned()
}

/// A text that keeps its lines, for `<pre>`: masked, linked.
pub(crate) fn verbatim(text: &str) -> Vec<Piece> {
    let text = clean(text);
    let mut pieces = Vec::new();
    link(text.trim_end_matches('\n'), &mut pieces);
    pieces
}

/// A paragraph of prose: lines broken only by the width of the author's window run on, the others are kept.
pub(crate) fn prose(text: &str) -> Vec<Piece> {
    let text = clean(text);
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    let width = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let mut pieces = Vec::new();
    let mut run = String::new();
    for (n, line) in lines.iter().enumerate() {
        run.push_str(line.trim_end());
        match lines.get(n + 1) {
            Some(next) if runs_on(line, next, width) => run.push('\n'),
            Some(_) => {
                link(&run, &mut pieces);
                pieces.push(Piece::Break);
                run.clear();
            }
            None => link(&run, &mut pieces),
        }
    }
    pieces
}

/// Whether a line ended only because the next word had no room, in a paragraph as wide as a mail window (50 columns or more).
fn runs_on(line: &str, next: &str, widest: usize) -> bool {
    let first = next.split(' ').next().map_or(0, width);
    let marker = next.starts_with([' ', '\t', '-', '*', '•', '|', '+', '#', '>']) || is_numbered(next);
    widest >= 50 && !marker && first > 0 && width(line) + 1 + first > widest.min(80)
}

/// Whether a line begins like an item of a list or a note: `2.`, `2)`, `(a)`, `iv.`, `[3]`
fn is_numbered(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or("");
    let inner = word.trim_start_matches(['(', '[']).trim_end_matches(['.', ')', ']', ':']);
    let counted = inner.bytes().all(|byte| byte.is_ascii_digit()) || inner.len() == 1;
    inner.len() < word.len() && (1..=3).contains(&inner.len()) && counted
}

fn width(line: &str) -> usize {
    line.trim_end().chars().count()
}

fn clean(text: &str) -> Cow<'_, str> {
    match mask(text) {
        Cow::Borrowed(text) => escape_controls(text, is_control_in_text),
        Cow::Owned(text) => Cow::Owned(escape_controls(&text, is_control_in_text).into_owned()),
    }
}

fn escape_controls(text: &str, is_control: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_control(c) {
            out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn is_control_in_name(c: char) -> bool {
    is_control_in_text(c) || matches!(c, '\n' | '\t' | '\u{200B}'..='\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

// Joiners and direction marks (U+200B to U+200F) are ordinary in Persian, Hindi or Arabic prose, and a body is isolated from
// the page around it; in text only what overrides or hides is shown.
fn is_control_in_text(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{E0000}'..='\u{E007F}')
}

/// Appends a text with its web addresses as links.
fn link(text: &str, pieces: &mut Vec<Piece>) {
    let mut shown = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find("://") {
        let colon = at + found;
        let start = match scheme_start(text, colon) {
            Some(start) if start >= shown => start,
            _ => {
                at = colon + 3;
                continue;
            }
        };
        let end = address_end(text, colon + 3);
        let address = &text[start..end];
        // A masked address inside would make a link that leads nowhere, and an unmasked one a leak.
        if end > colon + 3 && address.len() <= MAX_LINK && !leads_to_somebody(address) {
            push_text(&text[shown..start], pieces);
            pieces.push(Piece::Link(address.to_owned()));
            shown = end;
        }
        at = end;
    }
    push_text(&text[shown..], pieces);
}

fn push_text(text: &str, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

fn scheme_start(text: &str, colon: usize) -> Option<usize> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let start = colon.checked_sub(scheme.len())?;
        let fits = text.get(start..colon)?.eq_ignore_ascii_case(scheme);
        let free = !text[..start].ends_with(|c: char| c.is_alphanumeric());
        (fits && free).then_some(start)
    })
}

/// Where an address ends: at a blank, a quote sign or an angle bracket, and before the punctuation of the sentence around it.
fn address_end(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let stop =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '\\' | '{' | '}' | '^' | '⟨' | '»' | '”');
    let mut address = &rest[..rest.find(stop).unwrap_or(rest.len())];
    // The count is made once: trimming a long row of brackets must not count them again for each.
    let mut open = address.matches('(').count() as i64 - address.matches(')').count() as i64;
    loop {
        match address.chars().next_back() {
            Some('.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '|' | '*' | '’') => {}
            Some(')') if open < 0 => open += 1,
            _ => return start + address.len(),
        }
        address = &address[..address.len() - address.chars().next_back().map_or(0, char::len_utf8)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown: String = prose(text)
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Link(address) => format!("[{address}]"),
                Piece::Break => "/".to_owned(),
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn web_addresses_become_links_without_the_sentence_around_them() {
        check("see http://example.org/a, now", "see [http://example.org/a], now");
        check("(https://example.org/a_(b))", "([https://example.org/a_(b)])");
        check("<HTTPS://example.org/>.", "<[HTTPS://example.org/]>.");
        check("http:// and https://", "http:// and https://");
        check("http://a.example http://b.example", "[http://a.example] [http://b.example]");
    }

    #[test]
    fn other_schemes_and_addresses_with_people_in_them_stay_text() {
        check("javascript://x data:text/html,1 xhttp://a.example", "javascript://x data:text/html,1 xhttp://a.example");
        check("https://ann@example.org/x", "https://…@example.org/x");
        check("see https://a.example/unsub/ann%40example.org.", "see https://a.example/unsub/…@example.org.");
        check("https://a.example/options/l/ann--at--example.org", "https://a.example/options/l/…@example.org");
        check("https://a.example/?e=%61nn@example%2Eorg", "https://a.example/?e=%61nn@example%2Eorg");
    }

    #[test]
    fn lines_broken_by_the_window_run_on() {
        let long = "The 2016 Best Practice Forum on IPv6 held its second open virtual\nmeeting and agreed on these points:\n- one\n- two";
        check(
            long,
            "The 2016 Best Practice Forum on IPv6 held its second open virtual\nmeeting and agreed on these points:/- one/- two",
        );
        check("Dear all,\nthanks", "Dear all,/thanks");
        let items =
            "1. The scope and goals document was adopted with two changes.\n2. The next call is on 4 August, at nine.";
        check(items, &items.replace('\n', "/"));
        let notes = "[1] The minutes of the second call, as they were sent to the list\n[2] The minutes of the third call, as they were sent to the list";
        check(notes, &notes.replace('\n', "/"));
    }

    #[test]
    fn names_show_what_would_hide() {
        assert_eq!(plain("Ann\u{202E}nnA\u{200B}\u{7}"), "Ann⟨U+202E⟩nnA⟨U+200B⟩⟨U+0007⟩");
        assert_eq!(plain("ann@example.org"), "…@example.org");
        check("می\u{200C}خواهم\u{202E}", "می\u{200C}خواهم⟨U+202E⟩");
    }

    #[test]
    fn rows_of_brackets_cost_little() {
        let began = std::time::Instant::now();
        check(&format!("http://x{}", ")".repeat(50_000)), &format!("[http://x]{}", ")".repeat(50_000)));
        assert!(began.elapsed().as_secs() < 2);
    }
}
