//! A tree as the text a person would type for it; reading the text gives the same tree.

use std::fmt::{self, Display, Formatter};

use super::{Parsed, Query, Scope, Text, terms::is_plain};
use crate::fields::{FIELDS, Kind};

/// The query as text for the search box and for links. Every message is the empty text.
impl Display for Parsed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let all = self.query == Query::All;
        if !all {
            write!(f, "{}", self.query)?;
        }
        if self.scope != Scope::Own {
            write!(f, "{}in:{}", if all { "" } else { " " }, self.scope.name())?;
        }
        Ok(())
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Query::All => f.write_str("*"),
            Query::And(items) => {
                for (n, item) in items.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { " " })?;
                    grouped(f, item, matches!(item, Query::And(_)) || (is_or(item) && values(item).is_none()))?;
                }
                Ok(())
            }
            Query::Or(items) => {
                if let Some((field, values)) = values(self) {
                    return write!(f, "{field}:{}", values.join(","));
                }
                for (n, item) in items.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { " OR " })?;
                    // No brackets around an inner And: they would make the text deeper than what was typed.
                    grouped(f, item, matches!(item, Query::Or(_)))?;
                }
                Ok(())
            }
            Query::Not(inner) => {
                f.write_str("-")?;
                let several =
                    matches!(**inner, Query::And(_) | Query::Not(_) | Query::Text { text: Text::Near { .. }, .. });
                grouped(f, inner, several || (is_or(inner) && values(inner).is_none()))
            }
            Query::Text { scope, text } => {
                if let Some(prefix) = scope.and_then(prefix) {
                    write!(f, "{prefix}:")?;
                }
                write!(f, "{text}")
            }
            Query::Is { field, value } => write!(f, "{field}:{}", quoted_value(field, value)),
            Query::Date { typed, .. } => match typed.strip_prefix(">=") {
                Some(date) => write!(f, "after:{date}"),
                None => match typed.strip_prefix('<').filter(|date| !date.starts_with('=')) {
                    Some(date) => write!(f, "before:{date}"),
                    None => write!(f, "date:{typed}"),
                },
            },
            Query::Number { field, typed, .. } => write!(f, "{field}:{typed}"),
            Query::ThreadWith(inner) => write!(f, "thread:{{{inner}}}"),
        }
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Text::Word(word) => f.write_str(word),
            Text::Phrase { words, slop: 0 } => write!(f, "\"{words}\""),
            Text::Phrase { words, slop } => write!(f, "\"{words}\"~{slop}"),
            Text::Near { left, right, distance } => write!(f, "{} NEAR/{distance} {}", side(left), side(right)),
            Text::Prefix(start) => write!(f, "{start}*"),
            Text::Fuzzy(word, distance) => write!(f, "{word}~{distance}"),
        }
    }
}

impl Scope {
    /// The scope that `in:` calls so.
    pub fn named(name: &str) -> Option<Scope> {
        const ALL: [Scope; 11] = [
            Scope::Own,
            Scope::OwnOnly,
            Scope::Subject,
            Scope::Body,
            Scope::Quoted,
            Scope::Signature,
            Scope::Everything,
            Scope::From,
            Scope::To,
            Scope::File,
            Scope::Attachments,
        ];
        ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// What `in:` calls this scope.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Own => "own",
            Scope::OwnOnly => "own-text",
            Scope::Subject => "subject",
            Scope::Body => "body",
            Scope::Quoted => "quotes",
            Scope::Signature => "signatures",
            Scope::Everything => "everything",
            Scope::From => "from",
            Scope::To => "to",
            Scope::File => "file",
            Scope::Attachments => "attachments",
        }
    }
}

fn grouped(f: &mut Formatter<'_>, query: &Query, brackets: bool) -> fmt::Result {
    if brackets { write!(f, "({query})") } else { write!(f, "{query}") }
}

fn is_or(query: &Query) -> bool {
    matches!(query, Query::Or(_))
}

/// The field that looks in `scope`. [`Scope::Own`] has none: it is where words without a field look.
fn prefix(scope: Scope) -> Option<&'static str> {
    FIELDS.iter().find(|field| field.kind == Kind::Words(scope)).map(|field| field.name)
}

/// The values of an Or that can be written `list:a,b`.
fn values(query: &Query) -> Option<(&'static str, Vec<&str>)> {
    let (field, values) = query.alternatives()?;
    let listed = values.len() > 1 && !matches!(field, "mid" | "thread") && values.iter().all(|value| is_bare(value));
    listed.then_some((field, values))
}

/// Whether a value reads as one without quotes. What begins so is taken for `a::b`, `c:\path` or `file://host`.
fn is_bare(value: &str) -> bool {
    let another_thing = value.starts_with([':', '\\']) || value.starts_with("//");
    !value.is_empty() && !another_thing && !value.contains([' ', '"', '(', ')', '{', '}', '|', ','])
}

fn quoted_value(field: &str, value: &str) -> String {
    match value {
        value if is_bare(value) => value.to_owned(),
        value if field == "mid" && !value.contains('>') => format!("<{value}>"),
        value => format!("\"{value}\""),
    }
}

fn side(words: &str) -> String {
    if is_plain(words) { words.to_owned() } else { format!("\"{words}\"") }
}
