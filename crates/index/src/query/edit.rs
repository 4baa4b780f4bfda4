//! A query taken apart into filters and chips, and put together again with one more or one less.

use super::{Parsed, Query, Scope, Text, explain};

/// One clause of a query that can be taken away.
#[derive(Debug, Clone, PartialEq)]
pub struct Chip {
    /// The clause as a person reads it: `list: bp_ipv6`.
    pub label: String,
    /// The query without it.
    pub rest: Parsed,
}

/// The filters shown as facets, in the order of the page.
const FACETS: [&str; 7] = ["list", "person", "year", "month", "has", "is", "lang"];

impl Parsed {
    /// The values chosen in each facet: filters that hold for the whole query. `date:2016` counts as a year, `date:2016-08` as a month.
    pub fn filters(&self) -> Vec<(&'static str, Vec<String>)> {
        let chosen = |facet| {
            let clauses = self.query.clauses().iter().filter_map(|clause| clause.chosen());
            let mut values: Vec<String> = Vec::new();
            for value in clauses.filter(|(field, _)| *field == facet).flat_map(|(_, values)| values) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            values
        };
        FACETS.iter().map(|facet| (*facet, chosen(*facet))).filter(|(_, values)| !values.is_empty()).collect()
    }

    /// The same query with one more value of a facet, beside those already chosen there.
    pub fn with_filter(&self, field: &'static str, value: &str) -> Parsed {
        let mut clauses = self.query.clauses().to_vec();
        let place = clauses.iter().rposition(|clause| clause.chosen().is_some_and(|(name, _)| name == field));
        let chosen = place.map(|place| clauses[place].chosen().map(|(_, values)| values).unwrap_or_default());
        match (place, chosen) {
            (Some(place), Some(mut values)) => {
                if !values.iter().any(|chosen| chosen == value) {
                    values.push(value.to_owned());
                    clauses[place] = filter(field, values).unwrap_or(Query::All);
                }
            }
            _ => clauses.extend(filter(field, vec![value.to_owned()])),
        }
        self.of(clauses)
    }

    /// The same query without one value of a facet.
    pub fn without_filter(&self, field: &'static str, value: &str) -> Parsed {
        let clauses = self.query.clauses().iter().filter_map(|clause| match clause.chosen() {
            Some((name, mut values)) if name == field && values.iter().any(|chosen| chosen == value) => {
                values.retain(|chosen| chosen != value);
                filter(field, values)
            }
            _ => Some(clause.clone()),
        });
        self.of(clauses.collect())
    }

    /// Each clause that can be taken away, and the query without it. Alternatives of one field are taken away one by one.
    pub fn chips(&self) -> Vec<Chip> {
        let clauses = self.query.clauses();
        let mut chips = Vec::new();
        for (place, clause) in clauses.iter().enumerate() {
            let mut rest = clauses.to_vec();
            match clause.alternatives() {
                Some((field, values)) if values.len() > 1 => {
                    for value in &values {
                        let others =
                            values.iter().filter(|other| *other != value).map(|other| (*other).to_owned()).collect();
                        rest[place] = filter(field, others).unwrap_or(Query::All);
                        chips.push(Chip { label: format!("{field}: {value}"), rest: self.of(rest.clone()) });
                    }
                }
                _ => {
                    rest.remove(place);
                    chips.push(Chip { label: explain::label(clause), rest: self.of(rest) });
                }
            }
        }
        if self.scope != Scope::Own {
            chips.push(Chip { label: format!("in: {}", self.scope.name()), rest: self.with_scope(Scope::Own) });
        }
        chips
    }

    /// Each clause with its name, alone, and the query without it; and whether all of them must hold or any. Alternatives
    /// of one field are one clause, since they are one filter.
    pub fn clauses_apart(&self) -> (bool, Vec<(String, Parsed, Parsed)>) {
        let (all, clauses) = match &self.query {
            Query::Or(any) if self.query.alternatives().is_none() => (false, any.as_slice()),
            other => (true, other.clauses()),
        };
        let apart = |(place, clause): (usize, &Query)| {
            let mut rest = clauses.to_vec();
            let alone = rest.remove(place);
            let rest = if all { self.of(rest) } else { self.of(Query::any(rest).into_iter().collect()) };
            (explain::label(clause), self.of(vec![alone]), rest)
        };
        (all, clauses.iter().enumerate().map(apart).collect())
    }

    /// The same query without one of the clauses that must all hold; the first is number 0.
    pub(crate) fn without_clause(&self, number: usize) -> Parsed {
        let clauses = self.query.clauses().iter().enumerate().filter(|(at, _)| *at != number);
        self.of(clauses.map(|(_, clause)| clause.clone()).collect())
    }

    /// The same query with values called by other names, for people to read: `name` is asked for each field and value. What it
    /// gives reads well and finds something else: it is never to be searched for.
    pub fn called(&self, name: &dyn Fn(&str, &str) -> Option<String>) -> Parsed {
        let mut called = self.clone();
        let mut open = vec![&mut called.query];
        while let Some(query) = open.pop() {
            match query {
                Query::And(parts) | Query::Or(parts) => open.extend(parts),
                Query::Not(inner) | Query::ThreadWith(inner) => open.push(inner),
                Query::Is { field, value } => {
                    if let Some(other) = name(field, value) {
                        *value = other;
                    }
                }
                _ => {}
            }
        }
        called
    }

    /// The same query with bare words looked for elsewhere.
    pub fn with_scope(&self, scope: Scope) -> Parsed {
        Parsed { query: self.query.clone(), scope, problems: Vec::new() }
    }

    /// What a hit can be marked for: the texts asked for, without those that must be absent or stand in other messages of a thread.
    pub fn words(&self) -> Vec<(Scope, &Text)> {
        let mut words = Vec::new();
        let mut waiting = vec![&self.query];
        while let Some(query) = waiting.pop() {
            match query {
                Query::And(items) | Query::Or(items) => waiting.extend(items.iter().rev()),
                Query::Text { scope, text } => words.push((scope.unwrap_or(self.scope), text)),
                _ => {}
            }
        }
        words
    }

    /// This query with other clauses. Its problems are left behind: they spoke of the text that was typed.
    fn of(&self, clauses: Vec<Query>) -> Parsed {
        Parsed { query: Query::all(clauses).unwrap_or(Query::All), scope: self.scope, problems: Vec::new() }
    }
}

impl Query {
    /// Whether it has words without a prefix, which are looked for where the query says.
    pub fn has_bare_words(&self) -> bool {
        let mut open = vec![self];
        while let Some(query) = open.pop() {
            match query {
                Query::Text { scope: None, .. } => return true,
                Query::And(parts) | Query::Or(parts) => open.extend(parts),
                Query::Not(inner) | Query::ThreadWith(inner) => open.push(inner),
                _ => {}
            }
        }
        false
    }

    /// Whether it asks for words of messages, by which some hits are better than others; names, dates and the like only choose.
    pub fn has_words(&self) -> bool {
        let mut open = vec![self];
        while let Some(query) = open.pop() {
            match query {
                Query::Text {
                    scope: None | Some(Scope::Own | Scope::OwnOnly | Scope::Subject | Scope::Body), ..
                } => {
                    return true;
                }
                Query::Text { text: Text::Phrase { .. } | Text::Near { .. }, .. } => return true,
                Query::And(parts) | Query::Or(parts) => open.extend(parts),
                _ => {}
            }
        }
        false
    }

    /// What must all hold.
    pub(crate) fn clauses(&self) -> &[Query] {
        match self {
            Query::All => &[],
            Query::And(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// The field and values of a filter: one value, or alternatives of one field.
    pub(super) fn alternatives(&self) -> Option<(&'static str, Vec<&str>)> {
        let items = match self {
            Query::Or(items) => items,
            other => std::slice::from_ref(other),
        };
        let Some(Query::Is { field, .. }) = items.first() else { return None };
        let values = items.iter().map(|item| match item {
            Query::Is { field: other, value } if other == field => Some(value.as_str()),
            _ => None,
        });
        Some((*field, values.collect::<Option<_>>()?))
    }

    /// The facet and values this clause chooses.
    fn chosen(&self) -> Option<(&'static str, Vec<String>)> {
        if let Query::Date { typed, .. } = self {
            let digits = typed.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            return match typed.len() {
                4 if digits => Some(("year", vec![typed.clone()])),
                7 if digits => Some(("month", vec![typed.clone()])),
                _ => None,
            };
        }
        let (field, values) = self.alternatives()?;
        Some((field, values.into_iter().map(str::to_owned).collect()))
    }
}

fn filter(field: &'static str, values: Vec<String>) -> Option<Query> {
    Query::any(values.into_iter().map(|value| Query::Is { field, value }).collect())
}
