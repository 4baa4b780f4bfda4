//! A query in plain English, for the line above the results.

use super::{Parsed, Query, Scope, Text};

impl Parsed {
    /// What is asked, in words: `messages from 2016 on list bp_ipv6, by ann, with deployment and cost, without draft`.
    pub fn explained(&self) -> String {
        let clauses = self.query.clauses();
        let mut out = String::from(if clauses.is_empty() { "all messages" } else { "messages" });
        // Time and list come first and without commas, as one says them.
        for clause in clauses.iter().filter(|clause| rank(clause) == 0) {
            out.push_str(&format!(" {}", said(clause)));
        }
        for clause in clauses.iter().filter(|clause| rank(clause) == 1) {
            out.push_str(&format!(" {}", said(clause)));
        }
        let wanted: Vec<String> = clauses.iter().filter_map(bare).map(words_of).collect();
        let mut parts: Vec<String> =
            clauses.iter().filter(|clause| rank(clause) == 2 && bare(clause).is_none()).map(said).collect();
        if !wanted.is_empty() {
            parts.push(format!("with {}{}", listed(&wanted, "and"), place(self.scope)));
        }
        parts.extend(clauses.iter().filter(|clause| rank(clause) == 3).map(said));
        for part in parts {
            let glue = if out == "messages" { " " } else { ", " };
            out.push_str(glue);
            out.push_str(&part);
        }
        out
    }
}

/// A clause as its chip names it.
pub(super) fn label(clause: &Query) -> String {
    match clause {
        Query::Not(inner) => format!("not {}", label(inner)),
        Query::Is { field, value } => format!("{field}: {value}"),
        Query::Text { scope: Some(_), .. } | Query::Date { .. } | Query::Number { .. } | Query::ThreadWith(_) => {
            clause.to_string().replacen(':', ": ", 1)
        }
        other => other.to_string(),
    }
}

fn rank(clause: &Query) -> u8 {
    match clause.alternatives().map(|(field, _)| field) {
        Some("year" | "month") => 0,
        Some("list") => 1,
        _ => match clause {
            Query::Date { .. } => 0,
            Query::Not(_) => 3,
            _ => 2,
        },
    }
}

fn bare(clause: &Query) -> Option<&Text> {
    match clause {
        Query::Text { scope: None, text } => Some(text),
        _ => None,
    }
}

/// One clause. It calls itself on inner ones; the reader has bounded how deep they go.
fn said(clause: &Query) -> String {
    if let Some((field, values)) = clause.alternatives() {
        return filter(field, &values);
    }
    match clause {
        Query::All => "of any kind".to_owned(),
        Query::And(items) => listed(&items.iter().map(said).collect::<Vec<_>>(), "and"),
        Query::Or(items) => match items.iter().map(bare).collect::<Option<Vec<_>>>() {
            Some(texts) => format!("with {}", listed(&texts.into_iter().map(words_of).collect::<Vec<_>>(), "or")),
            None => format!("either {}", listed(&items.iter().map(said).collect::<Vec<_>>(), "or")),
        },
        Query::Not(inner) => match bare(inner) {
            Some(text) => format!("without {}", words_of(text)),
            None => format!("but not {}", said(inner)),
        },
        Query::Text { scope, text } => match scope {
            Some(Scope::From) => format!("from {}", words_of(text)),
            Some(Scope::To) => format!("to {}", words_of(text)),
            scope => format!("with {}{}", words_of(text), scope.map(place).unwrap_or_default()),
        },
        Query::Is { field, value } => filter(field, &[value]),
        Query::Date { typed, .. } => date(typed),
        Query::Number { field, typed, .. } => format!("with {field} {}", number(typed)),
        Query::ThreadWith(inner) => format!("in threads with a message {}", said(inner)),
    }
}

fn filter(field: &str, values: &[&str]) -> String {
    let values = listed(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>(), "or");
    match field {
        "list" => format!("on list {values}"),
        "person" => format!("by {values}"),
        "year" | "month" => format!("from {values}"),
        "has" => format!("that have {values}"),
        "is" => format!("marked {values}"),
        "lang" => format!("in language {values}"),
        "domain" => format!("from addresses at {values}"),
        "mid" => format!("with Message-ID {values}"),
        "thread" => format!("in thread {values}"),
        "repair" => format!("repaired for {values}"),
        "run" => format!("brought by run {values}"),
        field => format!("with {field} {values}"),
    }
}

fn words_of(text: &Text) -> String {
    match text {
        Text::Word(word) => word.clone(),
        Text::Phrase { words, slop: 0 } => format!("“{words}”"),
        Text::Phrase { words, slop } => format!("“{words}” with up to {slop} words between"),
        Text::Near { left, right, distance } => format!("{left} within {distance} words of {right}"),
        Text::Prefix(start) => format!("words beginning {start}"),
        Text::Fuzzy(word, distance) => {
            format!("words within {distance} letter{} of {word}", if *distance == 1 { "" } else { "s" })
        }
    }
}

fn place(scope: Scope) -> &'static str {
    match scope {
        Scope::Own => "",
        Scope::OwnOnly => " in the author's own text",
        Scope::Subject => " in the subject",
        Scope::Body => " in the text or its quotes",
        Scope::Quoted => " in quoted text",
        Scope::Signature => " in signatures",
        Scope::Everything => " anywhere in the message",
        Scope::From => " in the sender",
        Scope::To => " in the recipients",
        Scope::File => " in names of attached files",
    }
}

fn date(typed: &str) -> String {
    for (sign, word) in [(">=", "from"), ("<=", "up to"), (">", "after"), ("<", "before")] {
        if let Some(date) = typed.strip_prefix(sign) {
            return format!("{word} {}{}", when(date), if sign == ">=" { " on" } else { "" });
        }
    }
    match typed.split_once("..") {
        Some((from, "")) => format!("from {} on", when(from)),
        Some(("", to)) => format!("up to {}", when(to)),
        Some((from, to)) => format!("from {} to {}", when(from), when(to)),
        None => format!("from {}", when(typed)),
    }
}

/// `3m` in words; other dates read well as they are.
fn when(date: &str) -> String {
    for (letter, unit) in [('d', "days"), ('w', "weeks"), ('m', "months"), ('y', "years")] {
        if let Some(count) = date.strip_suffix(letter).filter(|count| count.bytes().all(|b| b.is_ascii_digit())) {
            return format!("{count} {unit} ago");
        }
    }
    date.replace("this-", "this ").replace("last-", "last ")
}

fn number(typed: &str) -> String {
    for (sign, word) in [(">=", "at least"), ("<=", "at most"), (">", "over"), ("<", "under")] {
        if let Some(number) = typed.strip_prefix(sign) {
            return format!("{word} {number}");
        }
    }
    match typed.split_once("..") {
        Some((from, "")) => format!("at least {from}"),
        Some(("", to)) => format!("at most {to}"),
        Some((from, to)) => format!("from {from} to {to}"),
        None => typed.to_owned(),
    }
}

fn listed(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}
