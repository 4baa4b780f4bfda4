//! Lists, people and kinds in a query by the names that people know: for the line above the results, the chips, the title. The query
//! itself, in the box and in addresses, has what is searched for.

use std::collections::HashMap;

use plenary_index::Parsed;

use crate::{facets::kind, piece::plain, site::Site};

/// What the clauses of a query are called.
pub(crate) struct Names {
    /// The query with names in it: to be read, never to be searched for.
    called: Parsed,
    /// What stands for a clause's own label.
    labels: HashMap<String, String>,
}

impl Names {
    /// The names of what a query asks for.
    pub(crate) fn of(site: &Site, query: &Parsed) -> Names {
        let name = |field: &str, value: &str| match field {
            "list" => site.config.list(value).map(|list| list.name.clone()),
            "person" => site.archive.person_called(value),
            _ => None,
        };
        let kinds = |field: &str, value: &str| kind(field, value).map(str::to_owned).or_else(|| name(field, value));
        let short = query.called(&kinds);
        let of_chips = query.chips().into_iter().zip(short.chips()).map(|(own, called)| (own.label, called.label));
        let own = query.clauses_apart().1.into_iter();
        let of_clauses = own.zip(short.clauses_apart().1).map(|(own, called)| (own.0, called.0));
        Names { labels: of_chips.chain(of_clauses).collect(), called: query.called(&name) }
    }

    /// The query in plain English.
    pub(crate) fn explained(&self) -> String {
        plain(&self.called.explained())
    }

    /// The query as text that reads well.
    pub(crate) fn text(&self) -> String {
        plain(&self.called.to_string())
    }

    /// A clause, given as the index labels it.
    pub(crate) fn label(&self, own: &str) -> String {
        plain(self.labels.get(own).map_or(own, String::as_str))
    }
}
