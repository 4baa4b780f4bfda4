//! From our query tree to the engine's queries. The only place that knows both.

use std::{cell::OnceCell, sync::Arc};

use plenary_ingest::{Id, parse::pasted_message_id};
use tantivy::{
    DocAddress, DocSet, Searcher, SegmentReader, TERMINATED, Term,
    query::{
        AllQuery, BooleanQuery, BoostQuery, EmptyQuery, EnableScoring, Occur, PhrasePrefixQuery, PhraseQuery,
        Query as EngineQuery, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

use crate::{
    Error, Query,
    catalogue::DocumentKey,
    clock::{Clock, Timed},
    columns::{Columns, UNDATED, month_of},
    document::FLAGS,
    expand::{Expansion, Slips},
    expansions,
    filter::Filter,
    forms::{self, AnyForm},
    inflections::{self, language_bit},
    query::{Scope, Text},
    schema::Fields,
    sweep::CLOCK,
    words,
};

/// Everything lowering needs.
pub(crate) struct Planner<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) searcher: &'a Searcher,
    pub(crate) columns: &'a Columns,
    /// Where bare words look.
    pub(crate) scope: Scope,
    pub(crate) inflections: &'a inflections::Known,
    pub(crate) clock: &'a Clock,
}

/// A place to look for words: the field, whether it is prose, in which words inflect, and how much a match counts.
type Place = (Field, bool, f32);

/// Most documents with one Message-ID that a `mid:` finds; more rivals than that have never been seen.
const RIVALS: u32 = 50;

impl Planner<'_> {
    /// Lowers a tree. Its depth is bounded by the parser, so walking it may recurse.
    pub(crate) fn lower(&self, query: &Query) -> Result<Box<dyn EngineQuery>, Error> {
        Ok(match query {
            Query::All => Box::new(AllQuery),
            Query::And(all) => self.all_of(all)?,
            Query::Or(any) => {
                let any = any.iter().map(|q| Ok((Occur::Should, self.lower(q)?))).collect::<Result<Vec<_>, Error>>()?;
                Box::new(BooleanQuery::new(any))
            }
            Query::Not(not) => Box::new(BooleanQuery::new(vec![
                (Occur::Must, Box::new(AllQuery) as _),
                (Occur::MustNot, self.lower(not)?),
            ])),
            Query::Text { scope, text } => self.text(scope.unwrap_or(self.scope), text)?,
            Query::Is { field, value } => self.is(field, value)?,
            Query::Date { from, to, .. } => {
                let (from, to) = (from.unwrap_or(UNDATED + 1), to.unwrap_or(i64::MAX));
                self.filter(|rows, row| (from..to).contains(&rows.date[row]))
            }
            Query::Number { field, from, to, .. } => {
                let span = from.unwrap_or(0)..=to.unwrap_or(u64::MAX);
                match *field {
                    "replies" => self.filter(|rows, row| span.contains(&u64::from(rows.replies[row]))),
                    _ => self.filter(|rows, row| span.contains(&u64::from(rows.size[row]))),
                }
            }
            Query::ThreadWith(inner) => self.threads_with(inner)?,
        })
    }

    /// A conjunction. Negated members exclude instead of being looked up as "everything but".
    fn all_of(&self, all: &[Query]) -> Result<Box<dyn EngineQuery>, Error> {
        let mut clauses: Vec<(Occur, Box<dyn EngineQuery>)> = Vec::new();
        for query in all {
            match query {
                Query::Not(not) => clauses.push((Occur::MustNot, self.lower(not)?)),
                query => clauses.push((Occur::Must, self.lower(query)?)),
            }
        }
        if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            clauses.push((Occur::Must, Box::new(AllQuery)));
        }
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    fn filter(&self, test: impl Fn(&crate::columns::Rows, usize) -> bool) -> Box<dyn EngineQuery> {
        let segments = self.searcher.segment_readers().iter().zip(&self.columns.segments);
        Box::new(Filter::new(segments.map(|(reader, rows)| (reader.segment_id(), rows.as_ref())), test))
    }

    fn is(&self, field: &str, value: &str) -> Result<Box<dyn EngineQuery>, Error> {
        Ok(match field {
            "list" => {
                let chosen: Vec<bool> = self
                    .columns
                    .list_sets
                    .iter()
                    .map(|set| {
                        set.iter().any(|&list| {
                            matches_glob(&self.columns.lists[list as usize].to_lowercase(), &value.to_lowercase())
                        })
                    })
                    .collect();
                self.filter(|rows, row| chosen[rows.lists[row] as usize])
            }
            "person" => {
                let chosen = self.people(value);
                self.filter(|rows, row| chosen[rows.person[row] as usize])
            }
            "lang" => {
                let chosen: Vec<bool> = self.columns.languages.iter().map(|code| matches_glob(code, value)).collect();
                self.filter(|rows, row| chosen[rows.language[row] as usize])
            }
            "has" | "is" => match FLAGS.iter().position(|flag| *flag == (field, value)) {
                Some(bit) => self.filter(|rows, row| rows.flags[row] & 1 << bit != 0),
                None => Box::new(EmptyQuery),
            },
            "year" | "month" => match months(value) {
                Some((first, last)) => self.filter(|rows, row| (first..=last).contains(&rows.month[row])),
                None => Box::new(EmptyQuery),
            },
            "mid" => match pasted_message_id(value).map(|id| Id::of_message_id(&id)).or_else(|| Id::parse(value)) {
                Some(id) => self.ids(id),
                None => Box::new(EmptyQuery),
            },
            "thread" => match self.thread_of(value)? {
                Some(thread) => self.filter(|rows, row| rows.thread[row] == thread),
                None => Box::new(EmptyQuery),
            },
            "domain" => exactly(self.fields.domain, value.trim_start_matches(['@', '*', '.'])),
            "repair" => exactly(self.fields.repair, value),
            "run" => match value.strip_suffix('*') {
                Some(start) => self.begins(self.fields.run, start),
                None => exactly(self.fields.run, value),
            },
            "mime" => match value.strip_suffix('*') {
                Some(start) => self.begins(self.fields.mime, start),
                None => exactly(self.fields.mime, value),
            },
            _ => Box::new(EmptyQuery),
        })
    }

    fn ids(&self, id: Id) -> Box<dyn EngineQuery> {
        let keys = (1..=RIVALS).map(|number| DocumentKey { id: id.0, number });
        Box::new(TermSetQuery::new(keys.map(|key| Term::from_field_bytes(self.fields.id, &key.bytes()))))
    }

    /// The number of the thread that a message is in: by the message's id, or by the thread's.
    fn thread_of(&self, value: &str) -> Result<Option<u32>, Error> {
        let key = match pasted_message_id(value) {
            Some(id) => Some(DocumentKey { id: Id::of_message_id(&id).0, number: 1 }),
            None => DocumentKey::parse(value),
        };
        let Some(key) = key else { return Ok(None) };
        let query = TermQuery::new(Term::from_field_bytes(self.fields.id, &key.bytes()), IndexRecordOption::Basic);
        let found = self
            .searcher
            .search(&query, &tantivy::collector::DocSetCollector)
            .map_err(|error| Error::engine("looking up a thread", error))?;
        let thread =
            |address: DocAddress| self.columns.segments[address.segment_ord as usize].thread[address.doc_id as usize];
        Ok(found.into_iter().next().map(thread))
    }

    fn threads_with(&self, inner: &Query) -> Result<Box<dyn EngineQuery>, Error> {
        let failed = |error| Error::engine("looking up threads", error);
        let weight = self.lower(inner)?.weight(EnableScoring::disabled_from_searcher(self.searcher)).map_err(failed)?;
        let mut chosen = vec![false; self.columns.threads.len()];
        for (reader, rows) in self.searcher.segment_readers().iter().zip(&self.columns.segments) {
            let mut scorer = weight.scorer(reader, 1.0).map_err(failed)?;
            let mut steps = 0;
            while scorer.doc() != TERMINATED {
                let row = scorer.doc() as usize;
                chosen[rows.thread[row] as usize] |= rows.alive[row];
                scorer.advance();
                steps += 1;
                if steps % CLOCK == 0 && self.clock.is_over() {
                    break;
                }
            }
        }
        Ok(self.filter(|rows, row| chosen[rows.thread[row] as usize]))
    }

    /// Which people a value means.
    pub(crate) fn people(&self, value: &str) -> Vec<bool> {
        self.columns.people_named(value)
    }

    fn places(&self, scope: Scope) -> Vec<Place> {
        let f = self.fields;
        let subject = (f.subject, true, 3.0);
        let own = (f.own, true, 1.0);
        let quoted = (f.quoted, true, 0.3);
        match scope {
            Scope::Own => vec![subject, own],
            Scope::OwnOnly => vec![own],
            Scope::Subject => vec![subject],
            Scope::Body => vec![own, quoted],
            Scope::Quoted => vec![quoted],
            Scope::Signature => vec![(f.signature, false, 1.0)],
            Scope::Everything => {
                vec![subject, own, quoted, (f.signature, false, 0.1), (f.file, false, 1.0), (f.attached, true, 0.3)]
            }
            Scope::Attachments => vec![(f.attached, true, 1.0)],
            Scope::From => vec![(f.from, false, 1.0)],
            Scope::To => vec![(f.to, false, 1.0)],
            Scope::File => vec![(f.file, false, 1.0)],
        }
    }

    /// Where a scope looks for words as far as their places say something: in subjects and in texts.
    pub(crate) fn prose(&self, scope: Scope) -> Vec<Field> {
        self.places(scope).into_iter().filter(|(_, prose, _)| *prose).map(|(field, _, _)| field).collect()
    }

    fn text(&self, scope: Scope, text: &Text) -> Result<Box<dyn EngineQuery>, Error> {
        let mut any: Vec<(Occur, Box<dyn EngineQuery>)> = Vec::new();
        let (forms, slips) = (OnceCell::new(), OnceCell::new());
        for (field, inflected, boost) in self.places(scope) {
            let found = match text {
                Text::Word(word) => match words::of(word).as_slice() {
                    [] => return Ok(wordless(word)),
                    [word] if inflected => {
                        let (found, languages) = forms.get_or_init(|| self.forms(word));
                        Box::new(AnyForm::new(field, Arc::clone(found), Arc::clone(languages)))
                    }
                    [word] => counted(field, word),
                    several => self.phrase(field, several, 0),
                },
                Text::Phrase { words: typed, slop } => match words::of(typed).as_slice() {
                    [] => return Ok(wordless(typed)),
                    [word] => counted(field, word),
                    several => self.phrase(field, several, *slop),
                },
                Text::Near { left, right, distance } => {
                    self.near(field, &words::of(left), &words::of(right), *distance)
                }
                Text::Prefix(start) => match words::of(start).as_slice() {
                    [] => return Ok(wordless(start)),
                    [start] => match expansions::beginning(self, field, start)? {
                        Some(found) => self.any_of(field, found),
                        None => self.begins(field, start),
                    },
                    several => {
                        let terms = several.iter().map(|word| Term::from_field_text(field, word)).collect();
                        self.timed(Box::new(PhrasePrefixQuery::new(terms)))
                    }
                },
                Text::Fuzzy(word, distance) => match words::of(word).as_slice() {
                    [] => return Ok(wordless(word)),
                    [word] => {
                        let slips = slips.get_or_init(|| Arc::new(Slips::of(word, *distance)));
                        match expansions::slip(self, field, word, slips)? {
                            Some(found) => self.any_of(field, found),
                            None => Box::new(Expansion::near(field, Arc::clone(slips), self.clock)),
                        }
                    }
                    several => self.phrase(field, several, 0),
                },
            };
            any.push((Occur::Should, if boost == 1.0 { found } else { Box::new(BoostQuery::new(found, boost)) }));
        }
        Ok(if any.len() == 1 { any.remove(0).1 } else { Box::new(BooleanQuery::new(any)) })
    }

    /// Words that were found by how they look, whatever the language of the message.
    fn any_of(&self, field: Field, found: forms::Found) -> Box<dyn EngineQuery> {
        Box::new(AnyForm::new(field, found, Arc::new(vec![u32::MAX; self.columns.languages.len()])))
    }

    /// The forms of a word in every segment, and the bit of every language of the columns.
    fn forms(&self, word: &str) -> (forms::Found, Arc<Vec<u32>>) {
        let segments = self.searcher.segment_readers().iter().zip(&self.columns.segments);
        let of = |reader: &SegmentReader| self.inflections.forms(reader.segment_id(), word);
        let found = segments.map(|(reader, rows)| (reader.segment_id(), of(reader), Arc::clone(rows))).collect();
        let languages = self.columns.languages.iter().map(|code| language_bit(code)).collect();
        (Arc::new(found), Arc::new(languages))
    }

    /// Everything that begins so.
    fn begins(&self, field: Field, start: &str) -> Box<dyn EngineQuery> {
        Box::new(Expansion::beginning(field, start, self.clock))
    }

    fn timed(&self, query: Box<dyn EngineQuery>) -> Box<dyn EngineQuery> {
        Box::new(Timed::new(query, self.clock))
    }

    fn phrase(&self, field: Field, words: &[String], slop: u32) -> Box<dyn EngineQuery> {
        let terms = words.iter().enumerate().map(|(at, word)| (at, Term::from_field_text(field, word))).collect();
        self.timed(Box::new(PhraseQuery::new_with_offset_and_slop(terms, slop)))
    }

    /// Two texts near each other in either order.
    fn near(&self, field: Field, left: &[String], right: &[String], distance: u32) -> Box<dyn EngineQuery> {
        let joined = |a: &[String], b: &[String]| {
            let words: Vec<String> = a.iter().chain(b).cloned().collect();
            match words.as_slice() {
                [] => Box::new(AllQuery) as Box<dyn EngineQuery>,
                [word] => counted(field, word),
                several => self.phrase(field, several, distance),
            }
        };
        Box::new(BooleanQuery::union(vec![joined(left, right), joined(right, left)]))
    }
}

fn exactly(field: Field, value: &str) -> Box<dyn EngineQuery> {
    Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
}

/// What text without a searchable word asks for: nothing but punctuation asks for nothing in particular; a word too long to be
/// indexed is nowhere.
fn wordless(typed: &str) -> Box<dyn EngineQuery> {
    if typed.chars().any(char::is_alphanumeric) { Box::new(EmptyQuery) } else { Box::new(AllQuery) }
}

fn counted(field: Field, word: &str) -> Box<dyn EngineQuery> {
    Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs))
}

/// The first and last month of `2016` or `2016-08`, in months since January 1970.
pub(crate) fn months(value: &str) -> Option<(u16, u16)> {
    let (year, month) = match value.split_once('-') {
        Some((year, month)) => (year.parse().ok()?, Some(month.parse::<u32>().ok()?)),
        None => (value.parse::<i32>().ok()?, None),
    };
    if year < 1970 {
        return None;
    }
    let at = |month| {
        Some(month_of(chrono::NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp()))
    };
    match month {
        Some(month) => at(month).map(|month| (month, month)),
        None => Some((at(1)?, at(12)?)),
    }
}

/// Whether a value matches a pattern in which `*` stands for anything. Linear in both: each star is tried once, leftmost.
pub(crate) fn matches_glob(value: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = value.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (value, pattern, expected) in [
            ("bp_ipv6", "bp_*", true),
            ("bp_ipv6", "*", true),
            ("bp_ipv6", "*6", true),
            ("bp_ipv6", "bp_ixps", false),
            ("bp_ipv6", "b*p*6", true),
            ("bp_ipv6", "bp", false),
            ("aa", "a*a*a", false),
        ] {
            assert_eq!(matches_glob(value, pattern), expected, "{value} {pattern}");
        }
    }

    #[test]
    fn years_and_months_are_spans_of_months() {
        assert_eq!(months("2016"), Some((552, 563)));
        assert_eq!(months("2016-08"), Some((559, 559)));
        assert_eq!(months("2016-13"), None);
        assert_eq!(months("soon"), None);
    }
}
