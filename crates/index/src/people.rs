//! Which authors are one person. By rule, with a reason for every merge; never by guessing more than a name says.

use std::collections::HashMap;

use plenary_ingest::digest;

use crate::{catalogue::Author, threads::Sets, words};

/// Who an author is: the person's name in addresses (`ada-sample-k3jx8q2m`).
pub(crate) struct People {
    /// By author number.
    pub(crate) person: Vec<String>,
}

/// Names people. `authors` come with the date of their earliest message, `None` where they wrote none.
///
/// Two authors are one person when they have the same address, or the same full name (at least two words) and each address
/// has a word of that name in it: `j.smith@example.org` and `smith@example.net` of `Jane Smith`. The person is called
/// after the author with the earliest message.
pub(crate) fn name(authors: &[Author], earliest: &[Option<i64>]) -> People {
    let mut sets = Sets::new(authors.len());
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (i, author) in authors.iter().enumerate() {
        for key in keys(author) {
            let other = *by_key.entry(key).or_insert(i);
            sets.join(i, other);
        }
    }
    let order = |i: usize| (earliest[i].unwrap_or(i64::MAX), &authors[i].email, &authors[i].name);
    let mut first: HashMap<usize, usize> = HashMap::new();
    for i in 0..authors.len() {
        let set = sets.find(i);
        first
            .entry(set)
            .and_modify(|best| {
                if order(i) < order(*best) {
                    *best = i
                }
            })
            .or_insert(i);
    }
    let person = (0..authors.len()).map(|i| person_of(&authors[first[&sets.find(i)]])).collect();
    People { person }
}

/// What joins an author with others: the address, and the full name where the address bears it out.
fn keys(author: &Author) -> Vec<String> {
    let mut keys = Vec::new();
    if let Some(email) = &author.email {
        keys.push(format!("@{email}"));
    }
    if let Some(name) = &author.name {
        let mut parts = words::of(name);
        let full = parts.len() >= 2 && parts.iter().filter(|part| part.chars().count() >= 2).count() >= 2;
        let borne_out = author.email.as_ref().is_none_or(|email| {
            let local = email.split('@').next().unwrap_or("");
            parts.iter().any(|part| part.len() >= 3 && local.contains(part.as_str()))
        });
        if full && borne_out {
            parts.sort();
            keys.push(parts.join(" "));
        } else if author.email.is_none() {
            keys.push(format!("?{}", parts.join(" ")));
        }
    }
    keys
}

/// The person's name in addresses: letters of the name, and eight letters of a digest of the address, which keep it
/// apart from others of that name.
pub(crate) fn person_of(author: &Author) -> String {
    let name = author
        .name
        .as_deref()
        .or(author.email.as_deref().and_then(|email| email.split('@').next()))
        .unwrap_or("unknown");
    let whole = author.email.as_deref().or(author.name.as_deref()).unwrap_or("");
    format!("{}-{}", slug(name), tail(whole))
}

/// The part of a person's name in addresses that is their own: from an address, or a name where there is none.
pub(crate) fn tail(address: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let key = digest::key(&address.to_lowercase());
    (0..8).map(|i| LETTERS[(key >> (5 * i) & 31) as usize] as char).collect()
}

/// Most letters of a name in an address.
const MAX_SLUG: usize = 40;

/// `Ana María Pérez` as `ana-maria-perez`; a name in other letters keeps them.
fn slug(name: &str) -> String {
    let mut slug = words::of(name).join("-");
    slug.truncate(slug.floor_char_boundary(MAX_SLUG));
    if slug.is_empty() { "unnamed".into() } else { slug.trim_end_matches('-').into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: (&str, &str), b: (&str, &str), one: bool) {
        let author = |(name, email): (&str, &str)| Author {
            name: (!name.is_empty()).then(|| name.into()),
            email: (!email.is_empty()).then(|| email.into()),
        };
        let people = name(&[author(a), author(b)], &[Some(1), Some(2)]).person;
        assert_eq!(people[0] == people[1], one, "{a:?} and {b:?}: {people:?}");
    }

    #[test]
    fn one_address_is_one_person_whatever_the_name() {
        check(("Ada Sample", "ada@example.org"), ("A. S.", "ada@example.org"), true);
    }

    #[test]
    fn one_full_name_is_one_person_where_both_addresses_bear_it_out() {
        check(("Ada Sample", "ada@example.org"), ("Sample, Ada", "a.sample@example.net"), true);
        check(("Ada Sample", "ada@example.org"), ("Ada Sample", "info@example.net"), false);
    }

    #[test]
    fn a_first_name_alone_joins_nobody() {
        check(("Ada", "ada@example.org"), ("Ada", "ada@example.net"), false);
    }

    #[test]
    fn a_person_is_called_after_the_earliest_message() {
        let author = |email: &str| Author { name: Some("Ada Sample".into()), email: Some(email.into()) };
        let authors = [author("ada@example.org"), author("ada.sample@example.net")];
        let people = name(&authors, &[Some(20), Some(10)]).person;
        assert_eq!(people[0], person_of(&authors[1]));
        assert!(people[0].starts_with("ada-sample-"), "{}", people[0]);
    }
}
