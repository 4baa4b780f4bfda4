//! One word, phrase or value, read as a leaf of the tree.

use chrono::NaiveDate;

use super::{
    Query, Scope, Text, dates,
    lex::{is_operator, looks_like_a_field},
    limits::{Limits, MAX_FUZZY_DISTANCE},
    numbers,
    problems::{Problems, echo},
};
use crate::fields::{Field, Kind};

/// Reads a bare word; `None` when there is nothing in it to look for.
pub(super) fn word(
    typed: &str,
    scope: Option<Scope>,
    exactly: bool,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Query> {
    if !typed.is_empty() && typed.bytes().all(|b| b == b'*') {
        return Some(Query::All);
    }
    let mut word = trim(typed);
    if word.starts_with('*') {
        word = trim(word.trim_start_matches('*'));
        if searchable(word) {
            problems.note(format!(
                "a `*` cannot stand at the beginning of a word; {} is searched as {}",
                echo(typed),
                echo(word)
            ));
        }
    }
    if !searchable(word) {
        return None;
    }
    let found = if exactly {
        exact(word)
    } else if word.contains(':') {
        colons(word, scope, problems)
    } else if let Some((base, distance)) = fuzzy_parts(word) {
        fuzzy(base, distance, limits, problems)
    } else if let Some(star) = word.find('*') {
        prefix(word, star, limits, problems)
    } else {
        plain_or_phrase(word)
    }?;
    Some(Query::Text { scope, text: found })
}

/// Reads a phrase; `None` when there is nothing in it to look for.
pub(super) fn phrase(
    words: &str,
    slop: u32,
    scope: Option<Scope>,
    limits: &Limits,
    problems: &mut Problems,
) -> Option<Query> {
    let text = Text::Phrase { words: words.to_owned(), slop: capped(slop, limits, problems) };
    searchable(words).then_some(Query::Text { scope, text })
}

/// A distance between words, cut to what is allowed.
pub(super) fn capped(distance: u32, limits: &Limits, problems: &mut Problems) -> u32 {
    let most = limits.slop;
    if distance > most {
        problems.note(format!("words can be at most {most} words apart; {most} is taken"));
    }
    distance.min(most)
}

/// Reads the value of a field that does not take words.
pub(super) fn value(
    field: &'static Field,
    typed: &str,
    quoted: bool,
    today: NaiveDate,
    problems: &mut Problems,
) -> Option<Query> {
    let name = field.name;
    let whole = typed.trim();
    match field.kind {
        Kind::Date => {
            let sign = match name {
                "after" => ">=",
                "before" => "<",
                _ => "",
            };
            if whole == "*" {
                return Some(Query::All);
            }
            date(&format!("{sign}{whole}"), today, problems).or_else(|| {
                problems.note(format!("{} is not a date; ignored", echo(&format!("{name}:{whole}"))));
                None
            })
        }
        Kind::Number => {
            let (name, sign) = match name {
                "larger" => ("size", ">"),
                "smaller" => ("size", "<"),
                name => (name, ""),
            };
            if whole == "*" {
                return Some(Query::All);
            }
            let Some((from, to, typed)) = numbers::span(&format!("{sign}{whole}")) else {
                problems.note(format!("{} is not a number; ignored", echo(&format!("{}:{whole}", field.name))));
                return None;
            };
            Some(Query::Number { field: name, from, to, typed })
        }
        _ => {
            let value = match name {
                "mid" => whole.trim_matches(['<', '>']).to_owned(),
                "thread" if whole.contains('@') => whole.trim_matches(['<', '>']).to_owned(),
                "domain" => whole.trim_start_matches('@').to_lowercase(),
                _ => whole.to_lowercase(),
            };
            exact_value(field, value, quoted, today, problems)
        }
    }
}

fn exact_value(
    field: &'static Field,
    value: String,
    quoted: bool,
    today: NaiveDate,
    problems: &mut Problems,
) -> Option<Query> {
    let shown = echo(&format!("{}:{value}", field.name));
    if !searchable(&value) && !value.contains('*') {
        problems.note(format!("`{}:` has nothing after it; ignored", field.name));
        return None;
    }
    let value = match field.name {
        "year" | "month" if !quoted && value.contains("..") => {
            return date(&value, today, problems).or_else(|| {
                problems.note(format!("{shown} is not a {}; ignored", field.name));
                None
            });
        }
        "year" | "month" => {
            let read = if field.name == "year" { dates::year(&value) } else { dates::month(&value) };
            let Some(value) = read else {
                let like = if field.name == "year" { "2016" } else { "2016-08" };
                problems.note(format!("{shown} is not a {} such as {like}; ignored", field.name));
                return None;
            };
            value
        }
        _ => value,
    };
    if !field.values.is_empty() && !value.contains('*') && !field.values.contains(&value.as_str()) {
        problems.note(format!("{shown} finds nothing; `{}:` knows {}", field.name, field.values.join(", ")));
    }
    Some(Query::Is { field: field.name, value })
}

fn date(typed: &str, today: NaiveDate, problems: &mut Problems) -> Option<Query> {
    let span = dates::span(typed, today)?;
    if span.swapped {
        problems.note(format!("{} ends before it begins; its ends were swapped", echo(typed)));
    }
    Some(Query::Date { from: span.from, to: span.to, typed: span.typed })
}

/// A word that reads back as itself: no sign, bracket, quote or operator in it.
pub(super) fn is_plain(word: &str) -> bool {
    searchable(word)
        && trim(word).len() == word.len()
        && !word.starts_with(['-', '!', '+', '=', '/', '&'])
        && !word.contains(['"', '(', ')', '{', '}', '|', '*', '~', ':', '@', '\\'])
        && !word.contains(char::is_whitespace)
        && !is_operator(word)
}

/// Whether there is anything in `text` that an index could hold.
pub(super) fn searchable(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() || !(c.is_ascii() || is_punctuation(c)))
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{303f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Punctuation that clings to words in sentences; `C++`, `C#` and `R&D` keep theirs.
fn trim(word: &str) -> &str {
    word.trim_start_matches([',', ';', '.', ':', '?', '<', '>', '[', ']', '\''])
        .trim_end_matches([',', ';', '.', ':', '?', '!', '<', '>', '[', ']', '\''])
}

/// Words with punctuation inside are phrases: the analyser parts them, and their order counts.
fn plain_or_phrase(word: &str) -> Option<Text> {
    Some(if is_plain(word) { Text::Word(word.to_owned()) } else { return exact(word) })
}

fn exact(word: &str) -> Option<Text> {
    let words = word.split_whitespace().collect::<Vec<_>>().join(" ");
    searchable(&words).then_some(Text::Phrase { words, slop: 0 })
}

/// `foo:bar` was meant as a field; URLs, times, addresses and `RFC:2119` were not.
fn colons(word: &str, scope: Option<Scope>, problems: &mut Problems) -> Option<Text> {
    let (name, rest) = word.split_once(':')?;
    let asked = scope.is_none()
        && looks_like_a_field(name)
        && crate::fields::find(name).is_none()
        && rest.starts_with(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '/' | '\\'));
    if !asked {
        return exact(word);
    }
    problems.note(unknown_field(name));
    exact(&word.replace(':', " "))
}

/// What is said about a prefix that is no field.
pub(super) fn unknown_field(name: &str) -> String {
    format!("{} is not a field; searched as words", echo(&format!("{name}:")))
}

fn fuzzy_parts(word: &str) -> Option<(&str, u8)> {
    let (base, digits) = word.rsplit_once('~')?;
    let base = trim(base);
    if !is_plain(base) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((base, if digits.is_empty() { 1 } else { digits.parse().unwrap_or(u8::MAX) }))
}

fn fuzzy(base: &str, distance: u8, limits: &Limits, problems: &mut Problems) -> Option<Text> {
    let letters = base.chars().count();
    if distance > MAX_FUZZY_DISTANCE {
        problems.note(format!(
            "at most {MAX_FUZZY_DISTANCE} letters of a word can differ; `~{MAX_FUZZY_DISTANCE}` is taken"
        ));
    }
    let distance = distance.min(MAX_FUZZY_DISTANCE);
    if letters > limits.fuzzy_chars {
        problems.note(format!("{} is too long for `~`; searched as it is", echo(base)));
    } else if letters <= usize::from(distance) {
        problems.note(format!("{} is too short for `~`; searched as it is", echo(base)));
    } else if distance > 0 {
        return Some(Text::Fuzzy(base.to_owned(), distance));
    }
    Some(Text::Word(base.to_owned()))
}

fn prefix(word: &str, star: usize, limits: &Limits, problems: &mut Problems) -> Option<Text> {
    let base = trim(&word[..star]);
    if !word[star..].bytes().all(|b| b == b'*') {
        problems.note(format!(
            "a `*` can stand only at the end of a word; {} is searched as {}",
            echo(word),
            echo(&word[..=star])
        ));
    }
    if !is_plain(base) {
        return exact(base);
    }
    if base.chars().count() < limits.prefix_chars {
        problems.note(format!(
            "{} needs at least {} letters before the `*`; searched as a word",
            echo(word),
            limits.prefix_chars
        ));
        return Some(Text::Word(base.to_owned()));
    }
    Some(Text::Prefix(base.to_owned()))
}
