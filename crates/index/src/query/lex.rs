//! Typed text cut into tokens, in one pass and without judging it.

use crate::fields::{self, Field, Kind};

/// One piece of typed text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Open(Bracket),
    Close(Bracket),
    /// A known prefix with its value right behind it.
    Field(&'static Field),
    /// A known prefix with nothing behind it.
    EmptyField(&'static Field),
    /// An unknown prefix before a quote or bracket.
    UnknownField(String),
    And,
    Or,
    Not,
    /// `+` or `=`: the next word exactly as written.
    Exactly,
    Near {
        distance: Option<u32>,
        ordered: bool,
    },
    /// Anything between blanks, as typed.
    Word(String),
    Phrase {
        words: String,
        slop: u32,
        closed: bool,
    },
    /// What stood between two slashes.
    Regex(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Curly,
}

/// Cuts `typed` into tokens.
pub(super) fn tokens(typed: &str) -> Vec<Token> {
    let text: String = typed.chars().map(fold).collect();
    let mut lexer = Lexer { text: &text, at: 0, out: Vec::new() };
    while lexer.step() {}
    lexer.out
}

/// Whether a bare word would be taken for an operator.
pub(super) fn is_operator(word: &str) -> bool {
    matches!(word, "AND" | "OR" | "NOT" | "AROUND") || near(word).is_some()
}

/// One spelling for what keyboards and word processors write in several ways. Control characters part words.
fn fold(c: char) -> char {
    match c {
        '“' | '”' | '«' | '»' | '„' | '‟' | '＂' => '"',
        '：' => ':',
        '（' => '(',
        '）' => ')',
        '｜' => '|',
        '\u{200b}' | '\u{feff}' => ' ',
        c if c.is_control() || c.is_whitespace() => ' ',
        c => c,
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Reads what comes next; false at the end.
    fn step(&mut self) -> bool {
        self.at += run(self.rest(), |c| c == ' ');
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        match first {
            '(' | '{' | ')' | '}' => {
                self.at += 1;
                self.out.push(match first {
                    '(' => Token::Open(Bracket::Round),
                    '{' => Token::Open(Bracket::Curly),
                    ')' => Token::Close(Bracket::Round),
                    _ => Token::Close(Bracket::Curly),
                });
            }
            '"' => self.phrase(),
            '|' => {
                self.at += run(rest, |c| c == '|');
                self.out.push(Token::Or);
            }
            '&' if rest.starts_with("&&") => {
                self.at += run(rest, |c| c == '&');
                self.out.push(Token::And);
            }
            '-' | '!' | '+' | '=' => self.signs(),
            _ => self.word(false),
        }
        true
    }

    /// Signs directly before a term; alone, as in `a -- b` or `a != b`, they mean nothing.
    fn signs(&mut self) {
        let signs = &self.rest()[..run(self.rest(), |c| matches!(c, '-' | '!' | '+' | '='))];
        self.at += signs.len();
        if self.rest().is_empty() || self.rest().starts_with([' ', ')', '}', '|']) {
            return;
        }
        self.out.extend(signs.chars().filter(|c| matches!(c, '-' | '!')).map(|_| Token::Not));
        if signs.contains(['+', '=']) {
            self.out.push(Token::Exactly);
        }
    }

    fn phrase(&mut self) {
        self.at += 1;
        let inside = run(self.rest(), |c| c != '"');
        let words = self.rest()[..inside].split_whitespace().collect::<Vec<_>>().join(" ");
        self.at += inside;
        let closed = !self.rest().is_empty();
        self.at += usize::from(closed);
        let mut slop = 0;
        if let Some(after) = self.rest().strip_prefix('~') {
            let digits = run(after, |c| c.is_ascii_digit());
            slop = number(&after[..digits]).unwrap_or(0);
            self.at += 1 + digits;
        }
        // `"word"*` asks for a last word cut short, which phrases do not have here; the star would else mean "everything".
        self.at += run(self.rest(), |c| c == '*');
        self.out.push(Token::Phrase { words, slop, closed });
    }

    /// A word, an operator, or a prefix with its value. A value is never an operator and has no prefix of its own.
    fn word(&mut self, value: bool) {
        let rest = self.rest();
        let blank = run(rest, |c| c != ' ');
        if let Some(inner) = regex(rest[..blank].trim_end_matches([')', '}'])) {
            self.at += inner.len() + 2;
            self.out.push(Token::Regex(inner.to_owned()));
            return;
        }
        let word = &rest[..run(rest, |c| !matches!(c, ' ' | '(' | ')' | '{' | '}' | '"' | '|'))];
        if !value && self.prefix(word) {
            return;
        }
        self.at += word.len();
        if word == "AROUND" && !value {
            let inside = self.rest().strip_prefix('(').unwrap_or_default();
            let digits = run(inside, |c| c.is_ascii_digit());
            if digits > 0 && inside[digits..].starts_with(')') {
                self.at += digits + 2;
                return self.out.push(Token::Near { distance: number(&inside[..digits]), ordered: false });
            }
        }
        self.out.push(match word {
            "AND" if !value => Token::And,
            "OR" if !value => Token::Or,
            "NOT" if !value => Token::Not,
            _ => near(word).filter(|_| !value).unwrap_or_else(|| Token::Word(word.to_owned())),
        });
    }

    /// Reads `prefix:` and the value behind it; false when `word` has no such thing.
    fn prefix(&mut self, word: &str) -> bool {
        let Some(colon) = word.find(':') else { return false };
        let name = &word[..colon];
        let after = &self.rest()[colon + 1..];
        let Some(field) = fields::find(name) else {
            let asked = looks_like_a_field(name) && after.starts_with(['"', '(', '{']);
            if asked {
                self.at += colon + 1;
                self.out.push(Token::UnknownField(name.to_owned()));
            }
            return asked;
        };
        // `file://host`, `a::b` and `c:\path` only look like fields.
        if after.starts_with("//") || after.starts_with([':', '\\']) {
            return false;
        }
        self.at += colon + 1;
        if after.is_empty() || after.starts_with([' ', ')', '}', '|']) {
            self.out.push(Token::EmptyField(field));
            return true;
        }
        self.out.push(Token::Field(field));
        let words = matches!(field.kind, Kind::Words(_));
        if after.starts_with(['(', '{', '"']) || (words && after.starts_with(['-', '!', '+', '='])) {
            return true;
        }
        if words {
            self.word(true)
        } else {
            self.raw(field)
        }
        true
    }

    /// A value that is not words: everything to the next blank, or, for a Message-ID in `<>`, to its end.
    fn raw(&mut self, field: &Field) {
        let rest = self.rest();
        let bracketed = (field.name == "mid" && rest.starts_with('<')).then(|| rest.find('>')).flatten();
        let length = match bracketed {
            Some(end) => end + 1,
            None => run(rest, |c| !matches!(c, ' ' | ')' | '}' | '"' | '|')),
        };
        self.at += length;
        self.out.push(Token::Word(rest[..length].to_owned()));
    }
}

/// Whether an unknown `name:` was meant as a field. Capitals (`RFC:2119`) and schemes (`mailto:`) are not.
pub(super) fn looks_like_a_field(name: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "mailto",
        "urn",
        "doi",
        "news",
        "tel",
        "sip",
        "xmpp",
        "javascript",
        "data",
        "about",
        "arxiv",
        "isbn",
        "cid",
        "re",
        "fwd",
        "http",
        "https",
        "ftp",
    ];
    (2..=16).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        && !SCHEMES.contains(&name)
}

/// Bytes at the start of `text` whose characters all pass.
fn run(text: &str, pass: impl Fn(char) -> bool) -> usize {
    text.find(|c| !pass(c)).unwrap_or(text.len())
}

/// A number that stops growing where it no longer fits.
fn number(digits: &str) -> Option<u32> {
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX))
}

/// `NEAR`, `NEAR/5`, `ADJ`, `ADJ/5`.
fn near(word: &str) -> Option<Token> {
    let (name, digits) = word.split_once('/').unwrap_or((word, ""));
    let ordered = match name {
        "NEAR" => false,
        "ADJ" => true,
        _ => return None,
    };
    let readable = name == word || (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    readable.then(|| Token::Near { distance: number(digits), ordered })
}

/// What stands in `/.../`, unless it reads as a path.
fn regex(word: &str) -> Option<&str> {
    let inner = word.strip_prefix('/')?.strip_suffix('/')?;
    let path = inner.contains('/') && !inner.contains(['(', '[', '*', '|', '\\', '{', '+', '?']);
    (!inner.is_empty() && !path).then_some(inner)
}
