//! What the parts of a query find, and what an empty answer could have found instead.

use std::time::Instant;

use crate::{
    Archive, Error, Parsed, Question, Sort, Start, Unknown,
    archive::DEADLINE,
    query::{Scope, limits},
    spelling,
};

/// Clauses that are counted one by one: as many as a query can have words.
pub const MAX_EXPLAINED: usize = limits::MAX_TERMS;

/// A query, clause by clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// How the clauses hold together.
    pub all_must_hold: bool,
    /// Each clause, as it was typed from left to right.
    pub clauses: Vec<Cost>,
    /// Whether time ran out before everything was counted: the numbers then are too low, or clauses are missing.
    pub partial: bool,
}

/// What one clause of a query finds, and what it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// The clause as a person reads it: `list: bp_ipv6`.
    pub label: String,
    /// Messages that it finds alone.
    pub alone: u64,
    /// Messages that the others find without it.
    pub rest: u64,
    /// The query without it.
    pub query: Parsed,
}

/// What could be searched for instead of a query that finds nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Instead {
    /// The query with words nobody wrote replaced by the nearest ones that somebody did.
    pub corrected: Option<Elsewhere>,
    /// The same words looked for in quotes and signatures, too.
    pub widened: Option<Elsewhere>,
    /// With one clause less, the one that costs most first.
    pub without: Vec<(String, Elsewhere)>,
    /// Each clause alone, where there are several; those that find nothing are here, too.
    pub parts: Vec<Part>,
    /// Lists and people that are asked for and are not in the archive.
    pub unknown: Vec<Unknown>,
    /// Whether time ran out: clauses may be missing, and what is counted may be too low.
    pub partial: bool,
}

/// A clause of a query on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The clause as a person reads it: `list: bp_ipv6`.
    pub label: String,
    /// The clause as a query.
    pub query: Parsed,
    /// Messages that it finds.
    pub total: u64,
}

/// Another query, and how much it finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// The query.
    pub query: Parsed,
    /// Messages that it finds; never none.
    pub total: u64,
}

impl Archive {
    /// How many messages each clause of a query finds alone, and the others find without it.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn explain(&self, query: &Parsed) -> Result<Explanation, Error> {
        let deadline = Instant::now() + DEADLINE;
        let (all_must_hold, apart) = query.clauses_apart();
        let mut explanation = Explanation { all_must_hold, clauses: Vec::new(), partial: apart.len() > MAX_EXPLAINED };
        for (label, alone, rest) in apart.into_iter().take(MAX_EXPLAINED) {
            if Instant::now() > deadline {
                explanation.partial = true;
                break;
            }
            let alone = self.count(&alone, deadline, &mut explanation.partial)?;
            let without = self.count(&rest, deadline, &mut explanation.partial)?;
            explanation.clauses.push(Cost { label, alone, rest: without, query: rest });
        }
        Ok(explanation)
    }

    /// What to search for instead of a query that found nothing.
    ///
    /// # Errors
    ///
    /// The index cannot be read.
    pub fn instead(&self, query: &Parsed) -> Result<Instead, Error> {
        let deadline = Instant::now() + DEADLINE;
        let mut partial = false;
        let mut found = |query: Parsed| -> Result<Option<Elsewhere>, Error> {
            if Instant::now() > deadline {
                partial = true;
                return Ok(None);
            }
            let total = self.count(&query, deadline, &mut partial)?;
            Ok((total > 0).then_some(Elsewhere { query, total }))
        };
        let snapshot = self.snapshot();
        let corrected = match spelling::correct(query, &snapshot, self.fields())? {
            None => None,
            Some(better) => match found(better.clone())? {
                Some(it) => Some(it),
                // Words put right may be of no use beside others that nobody wrote: then without those.
                None => found_of(better, &mut found)?,
            },
        };
        let widened = if query.scope == Scope::Own { found(query.with_scope(Scope::Everything))? } else { None };
        let mut without = Vec::new();
        for chip in query.chips().into_iter().take(MAX_EXPLAINED) {
            // Without its only clause a query asks for everything, which helps nobody.
            if chip.rest.query != crate::Query::All {
                without.extend(found(chip.rest)?.map(|elsewhere| (chip.label, elsewhere)));
            }
        }
        without.sort_by_key(|(_, elsewhere)| std::cmp::Reverse(elsewhere.total));
        let (_, apart) = query.clauses_apart();
        let mut parts = Vec::new();
        if apart.len() > 1 {
            for (label, query, _) in apart.into_iter().take(MAX_EXPLAINED) {
                if Instant::now() > deadline {
                    partial = true;
                    break;
                }
                let total = self.count(&query, deadline, &mut partial)?;
                parts.push(Part { label, query, total });
            }
        }
        Ok(Instead { corrected, widened, without, parts, unknown: self.unknown(query), partial })
    }

    fn count(&self, query: &Parsed, deadline: Instant, partial: &mut bool) -> Result<u64, Error> {
        let query = query.clone();
        let question = Question { query, sort: Sort::Newest, grouped: false, limit: 0, start: Start::Offset(0) };
        let answer = self.search_until(&question, deadline)?;
        *partial |= answer.partial;
        Ok(answer.total)
    }
}

/// A query without those of its clauses that find nothing alone, and what it then finds; nothing where all of them do, or none.
fn found_of(
    query: Parsed,
    found: &mut impl FnMut(Parsed) -> Result<Option<Elsewhere>, Error>,
) -> Result<Option<Elsewhere>, Error> {
    let (all_must_hold, apart) = query.clauses_apart();
    if !all_must_hold {
        return Ok(None);
    }
    let mut rest = query;
    let mut removed = 0;
    for (at, (_, alone, _)) in apart.into_iter().enumerate().take(MAX_EXPLAINED) {
        if found(alone)?.is_none() {
            rest = rest.without_clause(at - removed);
            removed += 1;
        }
    }
    if removed == 0 || rest.query == crate::Query::All { Ok(None) } else { found(rest) }
}
