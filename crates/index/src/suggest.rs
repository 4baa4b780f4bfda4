//! How what is being typed might go on: fields, their values, lists, people.

use crate::{
    Archive, Count,
    fields::{self, FIELDS},
    query::limits,
    words,
};

/// Most suggestions for one text: more is no help to somebody who types.
pub const MAX_SUGGESTIONS: usize = 20;

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the last word becomes: `list:bp_ipv6`.
    pub insert: String,
    /// What it means, as a person reads it: the person's name, the field's line of help.
    pub label: String,
    /// Messages it stands for; `None` where it is a field or one of its values.
    pub count: Option<u64>,
}

impl Archive {
    /// Ways to complete the last word of a query that is being typed, the likeliest first, at most `limit` (and [`MAX_SUGGESTIONS`])
    /// of them, with the byte where that word begins. Inside quotes, and in text that is longer than a query may be, there are none.
    pub fn suggest(&self, typed: &str, limit: usize) -> (usize, Vec<Suggestion>) {
        let start = typed.rfind([' ', '(', '{']).map_or(0, |at| at + 1);
        let start = start + usize::from(typed[start..].starts_with(['-', '!']));
        let word = &typed[start..];
        let quoted = typed.matches('"').count() % 2 == 1;
        if word.is_empty() || quoted || typed.len() > limits::MAX_BYTES {
            return (start, Vec::new());
        }
        let mut found = match word.split_once(':') {
            Some((prefix, value)) => self.values(prefix, value),
            None => {
                let mut all = fields_beginning(word);
                all.extend(self.lists("list", "", word));
                all.extend(self.people(word));
                all
            }
        };
        found.truncate(limit.min(MAX_SUGGESTIONS));
        (start, found)
    }

    fn values(&self, prefix: &str, typed: &str) -> Vec<Suggestion> {
        let Some(field) = fields::find(prefix) else { return Vec::new() };
        // Of several values, as in `list:bp_ipv6,bp_ge`, the last one is being typed.
        let (before, value) = typed.split_at(typed.rfind(',').map_or(0, |comma| comma + 1));
        match field.name {
            "list" => self.lists(field.name, before, value),
            "person" | "from" => self.people(value),
            name => {
                let begins = field.values.iter().filter(|known| known.starts_with(&value.to_lowercase()));
                let one = |known: &&str| Suggestion {
                    insert: format!("{name}:{before}{known}"),
                    label: field.help.to_owned(),
                    count: None,
                };
                begins.map(one).collect()
            }
        }
    }

    /// Lists whose name holds what was typed.
    fn lists(&self, field: &str, before: &str, typed: &str) -> Vec<Suggestion> {
        let typed = typed.to_lowercase();
        let overview = self.overview();
        let mut lists: Vec<_> =
            overview.lists.iter().filter(|list| list.slug.to_lowercase().contains(&typed)).collect();
        lists.sort_by_key(|list| (!list.slug.to_lowercase().starts_with(&typed), std::cmp::Reverse(list.messages)));
        lists
            .into_iter()
            .map(|list| Suggestion {
                insert: format!("{field}:{before}{}", list.slug),
                label: list.slug.clone(),
                count: Some(list.messages),
            })
            .collect()
    }

    /// People one of whose names begins so; those who wrote most come first.
    fn people(&self, typed: &str) -> Vec<Suggestion> {
        let Some(wanted) = words::of(typed).pop() else { return Vec::new() };
        let people = self.people_beginning(&wanted, MAX_SUGGESTIONS).into_iter();
        people
            .map(|it| Suggestion { insert: format!("person:{}", it.value), label: it.label, count: Some(it.count) })
            .collect()
    }

    /// At most so many people a word of whose name begins so, by what they wrote.
    pub(crate) fn people_beginning(&self, wanted: &str, most: usize) -> Vec<Count> {
        let snapshot = self.snapshot();
        let columns = &snapshot.columns;
        let begins = |names: &Vec<String>| names.iter().any(|word| word.starts_with(wanted));
        let met: Vec<bool> = columns.words_of_people().iter().map(begins).collect();
        let mut counts = vec![0u64; met.len()];
        for rows in &columns.segments {
            for (&person, _) in rows.person.iter().zip(&rows.alive).filter(|(_, alive)| **alive) {
                counts[person as usize] += 1;
            }
        }
        let mut people: Vec<usize> = (0..met.len()).filter(|&person| met[person] && counts[person] > 0).collect();
        people.sort_by_key(|&person| (std::cmp::Reverse(counts[person]), &columns.people[person].0));
        people.truncate(most);
        let count = |person: usize| {
            let (value, label) = columns.people[person].clone();
            Count { value, label, count: counts[person], chosen: false }
        };
        people.into_iter().map(count).collect()
    }
}

/// Fields whose name begins so; by an alias only when it is typed whole.
fn fields_beginning(word: &str) -> Vec<Suggestion> {
    let word = word.to_lowercase();
    let meant = |field: &&fields::Field| field.name.starts_with(&word) || field.aliases.contains(&word.as_str());
    let row = |field: &fields::Field| Suggestion {
        insert: format!("{}:", field.name),
        label: field.help.to_owned(),
        count: None,
    };
    FIELDS.iter().filter(meant).map(row).collect()
}
