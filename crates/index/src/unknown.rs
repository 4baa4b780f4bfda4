//! Names of lists and people that a query asks for and the archive does not have, with those that may have been meant.

use crate::{Archive, Count, Parsed, Query, words};

/// Names offered in place of one: as many as are read at a glance.
const OFFERED: usize = 8;
/// Shortest beginning of a word by which somebody is looked for.
const LEAST: usize = 3;

/// A name that the archive does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// `list` or `person`.
    pub field: &'static str,
    /// The name, as it was asked for.
    pub value: String,
    /// Those that may have been meant, the likeliest first; for a list that resembles none, the largest lists.
    pub instead: Vec<Count>,
}

impl Archive {
    /// The lists and people that a query asks for and nobody knows.
    pub fn unknown(&self, query: &Parsed) -> Vec<Unknown> {
        let mut out: Vec<Unknown> = Vec::new();
        let mut open = vec![&query.query];
        while let Some(query) = open.pop() {
            match query {
                Query::And(parts) | Query::Or(parts) => open.extend(parts.iter().rev()),
                Query::Is { field: field @ ("list" | "person"), value } if !value.contains('*') => {
                    let instead = if *field == "list" { self.other_lists(value) } else { self.other_people(value) };
                    out.extend(instead.map(|instead| Unknown { field, value: value.clone(), instead }));
                }
                _ => {}
            }
        }
        out
    }

    /// The name of somebody who is called so in addresses.
    pub fn person_called(&self, person: &str) -> Option<String> {
        let snapshot = self.snapshot();
        let columns = &snapshot.columns;
        columns.person(person).map(|number| columns.people[number].1.clone())
    }

    /// Other lists than the one asked for; `None` where that is here.
    fn other_lists(&self, value: &str) -> Option<Vec<Count>> {
        let overview = self.overview();
        let value = value.to_lowercase();
        let slug = |at: usize| overview.lists[at].slug.to_lowercase();
        if (0..overview.lists.len()).any(|at| slug(at) == value) {
            return None;
        }
        let alike = |at: &usize| slug(*at).contains(&value) || value.contains(&slug(*at));
        let mut all: Vec<usize> = (0..overview.lists.len()).collect();
        all.sort_by_key(|at| (!alike(at), std::cmp::Reverse(overview.lists[*at].messages)));
        let near = all.iter().filter(|at| alike(at)).count();
        all.truncate(if near > 0 { near.min(OFFERED) } else { OFFERED });
        let count = |list: &crate::ListOverview| Count {
            value: list.slug.clone(),
            label: list.slug.clone(),
            count: list.messages,
            chosen: false,
        };
        Some(all.into_iter().map(|at| count(&overview.lists[at])).collect())
    }

    /// People who share the beginning of a name with the one asked for, the longest that anybody has; `None` where that one is here.
    fn other_people(&self, value: &str) -> Option<Vec<Count>> {
        if self.snapshot().columns.people_named(value).contains(&true) {
            return None;
        }
        let mut beginnings = words::of(value);
        // The last word first: most are known by it.
        beginnings.reverse();
        let longest = beginnings.iter().map(|word| word.chars().count()).max().unwrap_or(0);
        for length in (LEAST..=longest).rev() {
            for word in beginnings.iter().filter(|word| word.chars().count() >= length) {
                let start: String = word.chars().take(length).collect();
                let found = self.people_beginning(&start, OFFERED);
                if !found.is_empty() {
                    return Some(found);
                }
            }
        }
        Some(Vec::new())
    }
}
