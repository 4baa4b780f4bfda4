//! The lines that introduce a quotation: `On ... X wrote:` in the languages that mail is written in.

use super::{
    Voice,
    lines::{Line, opens_with},
    quotes::{Mark, Run, claim},
    reply_block,
};

/// An attribution is folded over at most so many lines.
const MAX_LINES: usize = 4;

/// And is at most so long: two names, two addresses and a date leave room in it.
const MAX_BYTES: usize = 400;

/// Words that say somebody wrote. Lower case.
const VERBS: &[&str] = &[
    "wrote",
    "writes",
    "write",
    "said",
    "says",
    "typed",
    "scribbled",
    "quoting",
    "zitat",
    "spake",
    "écrit",
    "ecrit",
    "écrivait",
    "écrivit",
    "escribió",
    // As archives leave it that know only ASCII.
    "escribi?",
    "?crit",
    "escribio",
    "escribe",
    "escribía",
    "escreveu",
    "escrevia",
    "escreve",
    "schrieb",
    "schreibt",
    "geschrieben",
    "scritto",
    "scrive",
    "scriveva",
    "geschreven",
    "schreef",
    "schrijft",
    "skrev",
    "skrifaði",
    "napisał",
    "napisała",
    "napisał(a)",
    "pisze",
    "napsal",
    "napsala",
    "napsal(a)",
    "napísal",
    "написал",
    "написала",
    "написал(а)",
    "пишет",
    "писал",
    "пишете",
    "пише",
    "писав",
    "написав",
    "napisao",
    "kirjoitti",
    "írta",
    "yazdı",
    "menulis",
    "写道",
    "寫道",
    "写到",
    "書きました",
    "написа",
    "scris",
    "έγραψε",
    "כתב",
];

/// Phrases of scripts that set no spaces between words.
const PHRASES: &[&str] = &["写道", "寫道", "写到", "さんは書きました", "書きました", "のメール"];

/// First words of an attribution that begins with its date. Lower case.
const STARTERS: &[&str] = &[
    "on",
    "le",
    "el",
    "em",
    "am",
    "il",
    "op",
    "den",
    "dnia",
    "w",
    "dne",
    "at",
    "in",
    "quoting",
    "pada",
    "tarihinde",
    "a",
    "ons",
    "vào",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "according",
    "thus",
];

/// Marks the attributions that stand before a run of quoted lines, and the runs that only an attribution makes quotations.
pub(super) fn introduce<'a>(lines: &mut [Line<'a>], runs: &mut [Run<'a>]) {
    let mut believed: Vec<Mark<'a>> = Vec::new();
    for run in runs.iter_mut() {
        if let Some((from, to)) = before_run(lines, run) {
            for line in &mut lines[from..to] {
                line.voice = Some(Voice::Attribution);
            }
            run.introduced = true;
        } else if let Some(above) = last_said(lines, run.from) {
            // Quotations of one kind come in pieces, with answers between; an indented or nested piece follows its head directly.
            run.introduced = lines[above].is(Voice::Attribution);
        }
        let soft = run.mark != Mark::Angle;
        // A whole message behind bars brings its own separator.
        run.introduced |= soft
            && reply_block::separator(lines[run.from].text.trim_start_matches(['|', '>', ':', ' ', '\t'])).is_some();
        if soft && (run.introduced || believed.contains(&run.mark)) {
            claim(lines, run);
            // Few names take part in one message; the bound keeps a hostile one linear.
            if believed.len() < 16 && !believed.contains(&run.mark) {
                believed.push(run.mark);
            }
        }
    }
}

/// The attribution that ends at `end` and is told without any quotation mark below it: it needs a verb, a colon,
/// an address or a moment in time, and a beginning that no sentence has.
pub(super) fn standing_alone(lines: &[Line<'_>], end: usize) -> Option<usize> {
    // Asked of every line of the author's, so the first and the last byte come first.
    let line = lines[end].text;
    let ends = matches!(line.as_bytes().last(), Some(b':' | b'-')) || line.ends_with('：');
    let text = lines[end].bare();
    if !(ends || text.as_bytes().first().is_some_and(u8::is_ascii_digit))
        || !lines[end].is_open()
        || text.len() > MAX_BYTES
    {
        return None;
    }
    if is_gmail_date(text) {
        return Some(end);
    }
    // `find` asks for such an end, after reading the whole line; tables of numbers are many and have none.
    if !text.trim_end_matches('*').ends_with([':', '：', '-']) {
        return None;
    }
    let from = find(lines, end, |found| found.verb && found.ends && (found.address || (found.date && found.time)))?;
    // What somebody or some program "said" is reported speech, and a small letter is the middle of a sentence.
    let reported = lines[from..=end]
        .iter()
        .any(|line| line.text.split([' ', ':', ',']).any(|word| matches!(word, "said" | "says")));
    let first =
        lines[from].bare().trim_start_matches(['?', '\u{feff}', '-', '*', '"', '<', '[', ' ']).chars().next()?;
    let begins = first.is_uppercase() || first.is_numeric() || !first.is_ascii();
    (begins && !reported).then_some(from)
}

/// Where the attribution before a run begins, and one past its last line.
fn before_run(lines: &[Line<'_>], run: &Run<'_>) -> Option<(usize, usize)> {
    // Some mailers break the address apart and leave `> wrote:` at the head of the quotation.
    let first = lines[run.from].text;
    if let Some(rest) = first.strip_prefix('>')
        && rest.trim().len() < 40
        && rest.trim_end().ends_with(':')
        && let Some(end) = run.from.checked_sub(1)
        && lines[end].is_open()
        && lines[end].text.rfind('<') > lines[end].text.rfind('>')
        && let Some(from) = find(lines, end, |found| found.address && (found.date || found.verb || found.time))
    {
        return Some((from, run.from + 1));
    }
    let end = last_said(lines, run.from)?;
    if !lines[end].is_open() || lines[end].text.len() > MAX_BYTES || !could_end(lines[end].text) {
        return None;
    }
    let from = find(lines, end, |found| {
        (found.verb && found.ends)
            || (found.verb_last && (found.date || found.address))
            || (found.date && found.address && (found.ends || found.angle_last))
    })?;
    Some((from, end + 1))
}

/// Whether an attribution could end with this line; settles it for the author's sentences between two quotations.
fn could_end(line: &str) -> bool {
    let last = line.as_bytes().last();
    last.is_some_and(|b| matches!(b, b':' | b'>' | b'*' | b'-') || *b >= 0x80)
        || line.rsplit([' ', '\t', '>']).next().is_some_and(is_verb)
}

/// The last line above `at` that is not blank, when few blank lines lie between.
fn last_said(lines: &[Line<'_>], at: usize) -> Option<usize> {
    (at.saturating_sub(4)..at).rev().find(|above| !lines[*above].is_blank())
}

/// What an attribution is recognised by.
#[derive(Debug, Default)]
struct Evidence {
    verb: bool,
    verb_last: bool,
    date: bool,
    time: bool,
    address: bool,
    ends: bool,
    angle_last: bool,
}

/// The first line of the attribution that ends at line `end`, if the lines up to there are `enough`.
fn find(lines: &[Line<'_>], end: usize, enough: impl Fn(&Evidence) -> bool) -> Option<usize> {
    let reach = (end.saturating_sub(MAX_LINES - 1)..=end).rev();
    let mut bytes = 0;
    let mut folded = None;
    let mut found = Evidence::default();
    for from in reach {
        let line = &lines[from];
        bytes += line.text.len();
        if !line.is_open() || bytes > MAX_BYTES {
            break;
        }
        let above = evidence(line);
        if from == end {
            found = above;
        } else {
            // How it ends is what its last line says.
            found.verb |= above.verb;
            found.date |= above.date;
            found.time |= above.time;
            found.address |= above.address;
        }
        if !enough(&found) {
            continue;
        }
        if starts(line.bare()) && (found.date || found.time || found.address) {
            return Some(from);
        }
        // Without a date in front the sentence above could be the author's; take the fewest lines, and only what begins like a name.
        let stands_apart = from == 0 || !lines[from - 1].is_open();
        let short = line.text.len() <= 80 && !is_sentence(line.bare());
        if folded.is_none()
            && ((from == end && (found.address || found.date || short)) || stands_apart && found.address)
        {
            folded = Some(from);
        }
    }
    folded
}

/// Begins like an attribution that leads with its date.
fn starts(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| matches!(c, '*' | '-' | '"' | '\'' | '[' | '(') || c.is_whitespace());
    let first = line.split([' ', '\t', ',', '.']).next().unwrap_or_default();
    first.as_bytes().first().is_some_and(u8::is_ascii_digit)
        || line.starts_with('在')
        || STARTERS.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Words that begin a sentence about somebody who wrote, rather than a name.
fn is_sentence(line: &str) -> bool {
    const OPENERS: &[&str] = &[
        "as ", "i ", "we ", "you ", "he ", "she ", "they ", "it ", "then ", "and ", "but ", "so ", "the ", "this ",
        "that ", "what ", "when ", "where ", "if ", "because ", "here ", "there ", "who ", "my ", "our ",
    ];
    let begins_small = line.chars().next().is_some_and(char::is_lowercase) && !line.contains('@');
    let you = opens_with(line, "you wrote") || opens_with(line, "you write");
    !you && (OPENERS.iter().any(|word| opens_with(line, word)) || (begins_small && line.split_whitespace().count() > 4))
}

fn evidence(line: &Line<'_>) -> Evidence {
    let mut found = Evidence::default();
    for word in line.text.split_whitespace() {
        // `<x@example.org>wrote:`
        let word = word.rsplit('>').find(|part| !part.is_empty()).unwrap_or(word);
        let bare = word.trim_matches(|c: char| matches!(c, ':' | ',' | '*' | '-' | '：' | '"' | '_'));
        if bare.is_empty() {
            continue;
        }
        found.verb_last = is_verb(bare);
        found.verb |= found.verb_last;
        read_numbers(bare, &mut found);
    }
    found.address = line.text.contains('@') || line.text.contains("mailto:") || masked_address(line.text);
    let last = line.text.trim_end_matches('*');
    found.ends = last.ends_with([':', '：']) || (found.verb_last && last.ends_with("--"));
    found.angle_last = last.ends_with('>');
    found
}

/// `<x at example.org>`, as Pipermail writes addresses; the word between follows the language of the list.
fn masked_address(line: &str) -> bool {
    let inside = line.rfind('<').and_then(|open| line[open + 1..].split('>').next()).unwrap_or_default();
    let mut words = inside.split_whitespace();
    let (name, at, host) = (words.next(), words.next(), words.next());
    name.is_some()
        && at.is_some_and(|at| at.len() <= 4)
        && host.is_some_and(|host| host.contains('.'))
        && words.next().is_none()
}

fn is_verb(word: &str) -> bool {
    if word.is_ascii() {
        // Length and first letter dismiss nearly every word before it is compared.
        let first = word.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
        let near = |verb: &&&str| verb.len() == word.len() && verb.as_bytes()[0] == first;
        VERBS.iter().filter(near).any(|verb| verb.eq_ignore_ascii_case(word))
    } else {
        VERBS.contains(&word) || PHRASES.iter().any(|phrase| word.contains(phrase))
    }
}

/// Looks for a year, a day written in figures, and a time of day.
fn read_numbers(word: &str, found: &mut Evidence) {
    let bytes = word.as_bytes();
    if !bytes.iter().any(u8::is_ascii_digit) || word.contains('@') {
        return;
    }
    let (mut run, mut separators) = (0, 0);
    for (at, byte) in bytes.iter().chain([&b' ']).enumerate() {
        if byte.is_ascii_digit() {
            run += 1;
            continue;
        }
        if run == 4 && matches!(&bytes[at - 4..at - 2], b"19" | b"20") {
            found.date = true;
        }
        if (1..=2).contains(&run) {
            let two_more = bytes.get(at + 1..at + 3).is_some_and(|next| next.iter().all(u8::is_ascii_digit));
            found.time |= matches!(byte, b':' | b'.') && two_more;
            separators += usize::from(matches!(byte, b'/' | b'.' | b'-'));
            found.date |= separators >= 2;
        }
        run = 0;
    }
}

/// `2016-07-14 20:05 GMT+02:00 X`, which only Gmail writes, and sometimes without an address or a colon.
fn is_gmail_date(line: &str) -> bool {
    line.len() > 20
        && line.is_char_boundary(10)
        && line[..10].bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() })
        && line.contains(" GMT")
}
