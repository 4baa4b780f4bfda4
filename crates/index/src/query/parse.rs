//! Tokens to a tree, with an explicit stack: no depth of brackets can exhaust the program's own.

use chrono::NaiveDate;

use super::{
    Parsed, Query, Scope, Text,
    lex::{self, Bracket, Token},
    limits::{DEFAULT_NEAR, Limits},
    problems::{Problems, echo},
    terms,
};
use crate::fields::{Field, Kind};

/// Reads what a person typed, within the limits that hold where nobody set others.
pub fn parse(typed: &str, today: (i32, u32, u32)) -> Parsed {
    parse_within(typed, today, &Limits::default())
}

/// Reads what a person typed. Never fails: what could not be read is reported beside the query. `today` (year, month, day, UTC) is
/// what `30d` and `last-week` count from. A text longer than [`Limits::bytes`] is cut.
pub fn parse_within(typed: &str, today: (i32, u32, u32), limits: &Limits) -> Parsed {
    let today = NaiveDate::from_ymd_opt(today.0, today.1, today.2).unwrap_or_default();
    let mut problems = Problems::default();
    let text = &typed[..typed.floor_char_boundary(limits.bytes)];
    if text.len() < typed.len() {
        problems.note(format!("only the first {} bytes of the query were read", limits.bytes));
    }
    let mut reader = Reader::new(today, *limits, problems);
    for token in lex::tokens(text) {
        reader.token(token);
    }
    reader.finish(text)
}

/// One open bracket, or the whole query.
#[derive(Default)]
struct Frame {
    bracket: Option<Bracket>,
    /// What bare words in it belong to.
    field: Option<&'static Field>,
    is_thread: bool,
    negated: bool,
    /// Items without an operator between them are alternatives: `{a b}`.
    any: bool,
    /// Finished alternatives.
    alternatives: Vec<Query>,
    /// The alternative being read: all of these.
    run: Vec<Query>,
    /// An operator whose right side has not come yet.
    waiting: Option<&'static str>,
}

struct Reader {
    /// Never empty; the first frame is the query itself.
    frames: Vec<Frame>,
    /// Opening brackets ignored for being too deep, whose closing ones are ignored too.
    too_deep: usize,
    terms: usize,
    /// What the last `in:` said.
    scope: Option<Scope>,
    today: NaiveDate,
    limits: Limits,
    problems: Problems,
    /// What was said about the next term: so many `-`, `+`, `subject:`, `NEAR`.
    nots: usize,
    exactly: bool,
    field: Option<&'static Field>,
    near: Option<(u32, bool)>,
}

impl Reader {
    fn new(today: NaiveDate, limits: Limits, problems: Problems) -> Reader {
        let frames = vec![Frame::default()];
        let (nots, exactly, field, near) = (0, false, None, None);
        Reader { frames, too_deep: 0, terms: 0, scope: None, today, limits, problems, nots, exactly, field, near }
    }

    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn token(&mut self, token: Token) {
        match token {
            Token::Open(bracket) => self.open(bracket),
            Token::Close(bracket) => self.close(bracket),
            Token::And => self.operator("AND"),
            Token::Or => self.operator("OR"),
            Token::Not if self.nots >= self.limits.nots => {
                self.problems
                    .note(format!("more than {} `-` or `NOT` in a row; the rest is ignored", self.limits.nots));
            }
            Token::Not => self.nots += 1,
            Token::Exactly => self.exactly = true,
            Token::Near { distance, ordered } => self.nearness(distance.unwrap_or(DEFAULT_NEAR), ordered),
            Token::Field(field) => self.field = Some(field),
            Token::EmptyField(field) => {
                self.problems.note(format!("`{}:` has nothing after it; ignored", field.name));
                self.forget();
            }
            Token::UnknownField(name) => {
                self.problems.note(terms::unknown_field(&name));
                self.term(&name, None);
            }
            Token::Word(word) => self.term(&word, None),
            Token::Phrase { words, slop, closed } => {
                if !closed {
                    self.problems.note("a quotation mark was not closed; closed at the end".to_owned());
                }
                self.term(&words, Some(slop));
            }
            Token::Regex(inner) => {
                self.problems
                    .note("regular expressions between slashes are not supported; searched as words".to_owned());
                let (nots, field) = (self.nots, self.field);
                for word in inner.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                    (self.nots, self.field) = (nots, field);
                    self.term(word, Some(0));
                }
                self.forget();
            }
        }
    }

    fn open(&mut self, bracket: Bracket) {
        if self.frames.len() > self.limits.depth {
            self.problems
                .note(format!("brackets are nested more than {} deep; the inner ones are ignored", self.limits.depth));
            self.too_deep += 1;
            return;
        }
        let nots = self.nots;
        if self.near.is_some() {
            self.near_needs_words();
        }
        let field = self.field.or(self.top().field);
        let is_thread = self.field.is_some_and(|field| field.kind == Kind::Thread);
        self.forget();
        self.frames.push(Frame {
            bracket: Some(bracket),
            field: field.filter(|_| !is_thread),
            is_thread,
            negated: nots % 2 == 1,
            any: bracket == Bracket::Curly && !is_thread,
            ..Frame::default()
        });
    }

    fn close(&mut self, bracket: Bracket) {
        let typed = if bracket == Bracket::Round { ")" } else { "}" };
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if self.top().bracket == Some(bracket) {
            self.pop();
        } else {
            self.problems.note(format!("a `{typed}` has no beginning; ignored"));
        }
    }

    /// Closes the innermost bracket and puts what was in it where it stands.
    fn pop(&mut self) {
        self.end_of_operators();
        let Some(frame) = self.frames.pop() else { return };
        let (is_thread, negated) = (frame.is_thread, frame.negated);
        let Some(query) = frame.query() else { return };
        let query = if is_thread { Query::ThreadWith(Box::new(query)) } else { query };
        self.item(if negated { query.negated() } else { query });
    }

    fn operator(&mut self, name: &'static str) {
        self.end_of_operators();
        let frame = self.top();
        if frame.run.is_empty() {
            self.problems.note(format!("`{name}` has nothing before it; ignored"));
            return;
        }
        if name == "OR" {
            frame.alternate();
        }
        frame.waiting = Some(name);
    }

    fn nearness(&mut self, distance: u32, ordered: bool) {
        self.end_of_operators();
        let distance = terms::capped(distance, &self.limits, &mut self.problems);
        if self.top().run.last().and_then(Query::near_side).is_some() {
            self.near = Some((distance, ordered));
        } else {
            self.near_needs_words();
        }
    }

    fn near_needs_words(&mut self) {
        self.near = None;
        self.problems.note("`NEAR` needs one word or phrase on each side; taken as AND".to_owned());
    }

    /// Reports operators that wait for something that does not come.
    fn end_of_operators(&mut self) {
        let waiting = self.top().waiting.take();
        let waiting = if self.nots > 0 { Some("NOT") } else { waiting };
        let waiting = if self.near.is_some() { Some("NEAR") } else { waiting };
        if let Some(name) = waiting {
            self.problems.note(format!("`{name}` has nothing after it; ignored"));
        }
        self.forget();
    }

    /// Drops what was said about the next term.
    fn forget(&mut self) {
        (self.nots, self.exactly, self.field, self.near) = (0, false, None, None);
        self.top().waiting = None;
    }

    /// A word (`slop` is `None`) or phrase, or a value of the field before it.
    fn term(&mut self, typed: &str, slop: Option<u32>) {
        let field = self.field.or(self.top().field);
        let parts: Vec<&str> = match field {
            Some(field) if field.kind == Kind::Exact && field.name != "mid" && slop.is_none() => {
                typed.split(',').filter(|part| !part.is_empty()).collect()
            }
            _ => vec![typed],
        };
        let mut found = Vec::new();
        for part in parts {
            let leaf = self.leaf(field, part, slop);
            if leaf.is_some() && self.terms >= self.limits.terms {
                self.problems
                    .note(format!("a query has at most {} words and filters; the rest is ignored", self.limits.terms));
                break;
            }
            self.terms += usize::from(leaf.is_some());
            found.extend(leaf);
        }
        match Query::any(found) {
            Some(query) => self.item(query),
            None => self.forget(),
        }
    }

    fn leaf(&mut self, field: Option<&'static Field>, typed: &str, slop: Option<u32>) -> Option<Query> {
        let scope = match field.map(|field| field.kind) {
            None => None,
            Some(Kind::Words(scope)) => Some(scope),
            Some(Kind::Scope) => {
                self.set_scope(typed);
                return None;
            }
            Some(_) => return terms::value(field?, typed, slop.is_some(), self.today, &mut self.problems),
        };
        match slop {
            Some(slop) => terms::phrase(typed, slop, scope, &self.limits, &mut self.problems),
            None => terms::word(typed, scope, self.exactly, &self.limits, &mut self.problems),
        }
    }

    /// `in:` speaks of the whole query, so it means nothing inside brackets or behind a `-`.
    fn set_scope(&mut self, typed: &str) {
        let shown = echo(&format!("in:{typed}"));
        match Scope::named(&typed.to_lowercase()) {
            _ if self.frames.len() > 1 || self.nots > 0 => {
                self.problems.note(format!("{shown} holds for a whole query, not for a part of it; ignored"));
            }
            Some(scope) => self.scope = Some(scope),
            None => {
                self.problems.note(format!("{shown} is no place to look; `in:` knows {}", crate::fields::IN.join(", ")))
            }
        }
    }

    /// Puts a finished term or bracket into the frame it stands in.
    fn item(&mut self, query: Query) {
        let query = if self.nots % 2 == 1 { query.negated() } else { query };
        let near = self.near;
        let operator = self.top().waiting;
        self.forget();
        if let Some((distance, ordered)) = near {
            let joined = self.top().run.last().and_then(|left| Query::joined(left, &query, distance, ordered));
            match joined {
                Some(joined) => {
                    self.top().run.pop();
                    return self.top().run.push(joined);
                }
                None => self.near_needs_words(),
            }
        }
        let frame = self.top();
        if frame.any && operator != Some("AND") && near.is_none() {
            frame.alternate();
        }
        frame.run.push(query);
    }

    fn finish(mut self, text: &str) -> Parsed {
        if self.frames.len() > 1 || self.too_deep > 0 {
            self.problems.note("a bracket was not closed; closed at the end".to_owned());
        }
        while self.frames.len() > 1 {
            self.pop();
        }
        self.end_of_operators();
        let query = self.frames.pop().and_then(Frame::query);
        let said_nothing = query.is_none() && self.scope.is_none() && self.problems.is_empty();
        if said_nothing && text.chars().any(|c| !c.is_whitespace() && !c.is_control()) {
            self.problems
                .note(format!("there is no word to search for in {}; every message is shown", echo(text.trim())));
        }
        Parsed {
            query: query.unwrap_or(Query::All),
            scope: self.scope.unwrap_or(Scope::Own),
            problems: self.problems.into_sentences(),
        }
    }
}

impl Frame {
    fn alternate(&mut self) {
        self.alternatives.extend(Query::all(std::mem::take(&mut self.run)));
    }

    fn query(mut self) -> Option<Query> {
        self.alternate();
        Query::any(self.alternatives)
    }
}

impl Query {
    /// All of `items`, flat; `None` when there are none.
    pub(super) fn all(items: Vec<Query>) -> Option<Query> {
        let had_items = !items.is_empty();
        let flat = items.into_iter().flat_map(|item| match item {
            Query::And(inner) => inner,
            item => vec![item],
        });
        let mut rest: Vec<Query> = flat.filter(|item| *item != Query::All).collect();
        match rest.len() {
            0 => had_items.then_some(Query::All),
            1 => rest.pop(),
            _ => Some(Query::And(rest)),
        }
    }

    /// Any of `items`, flat; `None` when there are none.
    pub(super) fn any(items: Vec<Query>) -> Option<Query> {
        let flat = items.into_iter().flat_map(|item| match item {
            Query::Or(inner) => inner,
            item => vec![item],
        });
        let mut items: Vec<Query> = flat.collect();
        if items.contains(&Query::All) {
            return Some(Query::All);
        }
        if items.len() < 2 { items.pop() } else { Some(Query::Or(items)) }
    }

    pub(super) fn negated(self) -> Query {
        match self {
            Query::Not(inner) => *inner,
            query => Query::Not(Box::new(query)),
        }
    }

    /// What can stand beside `NEAR`: one word, or words exactly as written.
    fn near_side(&self) -> Option<(Option<Scope>, &str)> {
        match self {
            Query::Text { scope, text: Text::Word(words) | Text::Phrase { words, slop: 0 } } => Some((*scope, words)),
            _ => None,
        }
    }

    /// Two terms with `NEAR` or `ADJ` between them. A right side without a field looks where the left one does.
    fn joined(left: &Query, right: &Query, distance: u32, ordered: bool) -> Option<Query> {
        let ((scope, left), (right_scope, right)) = (left.near_side()?, right.near_side()?);
        if right_scope.is_some() && right_scope != scope {
            return None;
        }
        let text = if ordered {
            Text::Phrase { words: format!("{left} {right}"), slop: distance }
        } else {
            Text::Near { left: left.to_owned(), right: right.to_owned(), distance }
        };
        Some(Query::Text { scope, text })
    }
}
