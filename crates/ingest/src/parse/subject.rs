//! Subjects: what the list and the mailer put before them, and what remains to compare.

/// A subject taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Without list prefixes and without reply marks.
    pub base: String,
    /// Without list prefixes, reply marks kept: what pages show.
    pub shown: String,
    /// Whether it began with a reply mark.
    pub is_reply: bool,
    /// Whether it began with a forward mark.
    pub is_forward: bool,
}

/// Reply marks in the languages that mailers speak: English, German, Scandinavian, Dutch, Italian, Polish, Finnish,
/// Portuguese, French, Turkish, Chinese.
const REPLY: &[&str] =
    &["re", "aw", "sv", "vs", "antw", "r", "rif", "odp", "res", "réf", "ref", "ynt", "回复", "答复", "回覆", "返信"];
/// Forward marks.
const FORWARD: &[&str] = &["fwd", "fw", "wg", "tr", "rv", "enc", "vb", "doorst", "i", "转发", "轉寄"];

impl Subject {
    /// Takes a subject apart. `prefixes` are what lists put before it, brackets included (`[Bp_ipv6]`); they are
    /// compared without case and may stand several times and between reply marks.
    pub fn read(subject: &str, prefixes: &[String]) -> Subject {
        let mut rest = subject.trim();
        let (mut is_reply, mut is_forward) = (false, false);
        // Each turn takes something off the front, so this ends.
        loop {
            if let Some(after) = prefix(rest, prefixes) {
                rest = after;
            } else if let Some((after, forward)) = mark(rest) {
                is_reply |= !forward;
                is_forward |= forward;
                rest = after;
            } else {
                break;
            }
        }
        let base = rest.trim_end_matches(|c: char| c.is_whitespace()).to_owned();
        let shown = match (is_reply, is_forward) {
            (true, _) => format!("Re: {base}"),
            (false, true) => format!("Fwd: {base}"),
            (false, false) => base.clone(),
        };
        Subject { base, shown, is_reply, is_forward }
    }
}

/// What subjects of one conversation share, and whether this one has a reply mark: the subject in lower case without marks and
/// without bracketed tags at its front. Knows no lists, so it says the same whatever is configured.
pub fn conversation(subject: &str) -> (String, bool) {
    let mut rest = subject.trim();
    let mut is_reply = false;
    // Each turn takes something off the front, so this ends.
    loop {
        let tagged =
            rest.strip_prefix('[').and_then(|inner| inner.split_once(']')).map(|(_, after)| after.trim_start());
        if let Some(after) = tagged.filter(|after| !after.is_empty()) {
            rest = after;
        } else if let Some((after, forward)) = mark(rest) {
            is_reply |= !forward;
            rest = after;
        } else {
            break;
        }
    }
    (rest.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(), is_reply)
}

fn prefix<'a>(text: &'a str, prefixes: &[String]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| {
        let head = text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| text[prefix.len()..].trim_start())
    })
}

/// A reply or forward mark at the front: `Re:`, `RE :`, `Re[2]:`, `AW：`.
fn mark(text: &str) -> Option<(&str, bool)> {
    let end = text.find([':', '：']).filter(|end| *end <= 12)?;
    let word = text[..end].trim_end();
    let word = word.split_once(['[', '(', '^', '*']).map_or(word, |(word, _)| word).trim_end().to_lowercase();
    let after = text[end..].chars().next().map_or("", |colon| text[end + colon.len_utf8()..].trim_start());
    if REPLY.contains(&word.as_str()) {
        Some((after, false))
    } else if FORWARD.contains(&word.as_str()) {
        Some((after, true))
    } else {
        None
    }
}
