//! Which authors are one person. By rule, with a reason for every merge; never by guessing more than a name says.

use std::collections::{BTreeSet, HashMap};

use plenary_ingest::{Address, digest};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Author,
    ledger::people::{self as declared, Declared},
    threads::Sets,
    words,
};

/// Who an author is.
pub(crate) struct People {
    /// The person's name in addresses (`ada-sample-k3jx8q2m`), by author number.
    pub(crate) person: Vec<String>,
    /// The name to show, where people said so, by author number.
    pub(crate) known_as: Vec<Option<String>>,
    /// People who unite several addresses.
    pub(crate) unions: Vec<Union>,
}

/// A person of several addresses, and why they are held for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Union {
    /// The person's name in addresses.
    pub person: String,
    /// Addresses, and names that came without one, sorted.
    pub addresses: Vec<String>,
    /// Why.
    pub reason: String,
}

impl Union {
    /// Tells it from every other.
    pub(crate) fn stamp(&self) -> u64 {
        digest::key(&self.addresses.join("\0"))
    }
}

/// Names people. `authors` come with the date of their earliest message, `None` where they wrote none.
///
/// Who is declared is who was declared. Of the others, two authors are one person when they have the same address, or the same
/// full name (at least two words) and each address bears it out, by a word of that name before the `@` or as a domain of its own:
/// `j.smith@example.org`, `smith@example.net` and `mail@smith.example` of `Jane Smith`. The person is called after the author with the earliest message.
pub(crate) fn name(authors: &[Author], earliest: &[Option<i64>], declared: &Declared) -> People {
    let said: Vec<Option<usize>> = authors.iter().map(|author| declared.of(author)).collect();
    let mut sets = Sets::new(authors.len());
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (i, author) in authors.iter().enumerate() {
        let keys = match said[i] {
            // No rule makes such a key.
            Some(person) => vec![format!("\0{person}")],
            None => keys(author),
        };
        for key in keys {
            let other = *by_key.entry(key).or_insert(i);
            sets.join(i, other);
        }
    }
    let order = |i: usize| (earliest[i].unwrap_or(i64::MAX), &authors[i].email, &authors[i].name);
    let mut first: HashMap<usize, usize> = HashMap::new();
    let mut members: HashMap<usize, BTreeSet<&str>> = HashMap::new();
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
        if let Some(known) = authors[i].email.as_deref().or(authors[i].name.as_deref())
            && earliest[i].is_some()
        {
            members.entry(set).or_default().insert(known);
        }
    }
    let mut person = Vec::with_capacity(authors.len());
    for i in 0..authors.len() {
        person.push(match said[i] {
            Some(number) => declared_name(declared.person(number)),
            None => person_of(&authors[first[&sets.find(i)]]),
        });
    }
    let mut unions: Vec<Union> = members
        .into_iter()
        .filter(|(_, addresses)| addresses.len() > 1)
        .map(|(set, addresses)| {
            let i = first[&set];
            let reason = match said[i] {
                Some(number) => match &declared.person(number).reason {
                    Some(reason) => format!("people.toml says so: {reason}"),
                    None => "people.toml says so".to_owned(),
                },
                None => "the same full name, which each address bears out".to_owned(),
            };
            let addresses = addresses.into_iter().map(str::to_owned).collect();
            Union { person: person[i].clone(), addresses, reason }
        })
        .collect();
    unions.sort();
    let known_as = said.iter().map(|said| said.map(|number| declared.person(number).name.trim().to_owned())).collect();
    People { person, known_as, unions }
}

/// The name in addresses of a person who was declared: after the first address given, or the name where there is none.
fn declared_name(person: &declared::Person) -> String {
    let email = person.addresses.first().map(|address| address.trim().to_lowercase());
    person_of(&Author { name: Some(person.name.trim().to_owned()), email })
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
            let (local, domain) = email.split_once('@').unwrap_or((email, ""));
            let own = domain.rsplit_once('.').map_or("", |(own, _)| own);
            parts.iter().any(|part| {
                part.len() >= 3 && (local.contains(part.as_str()) || own.split('.').any(|label| label == part))
            })
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

/// The person's name in addresses: letters of the name as it is shown, and eight letters of a digest of the address, which keep it
/// apart from others of that name.
pub(crate) fn person_of(author: &Author) -> String {
    let whole = author.email.as_deref().or(author.name.as_deref()).unwrap_or("");
    format!("{}-{}", slug(&Address::from(author).display()), tail(whole))
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
        let people = name(&[author(a), author(b)], &[Some(1), Some(2)], &Declared::default()).person;
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
        check(("Ada Sample", "ada@example.org"), ("Ada Sample", "hello@mail.sample.net"), true);
        check(("Ada Sample", "ada@example.org"), ("Ada Sample", "hello@sampleprinters.net"), false);
        check(("Jan Net", "jan@example.org"), ("Jan Net", "info@example.net"), false);
    }

    #[test]
    fn no_address_is_in_the_name_of_a_person() {
        for (name, email, expected) in [
            ("Ann Lee", "ann.secretive@example.org", "ann-lee-"),
            ("", "ann.secretive@example.org", "ann-example-org-"),
            ("", "bob@example.org", "b-example-org-"),
            ("ann.secretive", "ann.secretive@example.org", "ann-example-org-"),
            ("Ann.Secretive at example.org", "x@example.org", "ann-example-org-"),
            ("", "", "unknown-author-"),
        ] {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let person = person_of(&Author { name: some(name), email: some(email) });
            let whole = if email.is_empty() { name } else { email };
            assert_eq!(person, format!("{expected}{}", tail(whole)), "{name} <{email}>");
        }
    }

    #[test]
    fn a_first_name_alone_joins_nobody() {
        check(("Ada", "ada@example.org"), ("Ada", "ada@example.net"), false);
    }

    #[test]
    fn a_person_is_called_after_the_earliest_message() {
        let author = |email: &str| Author { name: Some("Ada Sample".into()), email: Some(email.into()) };
        let authors = [author("ada@example.org"), author("ada.sample@example.net")];
        let people = name(&authors, &[Some(20), Some(10)], &Declared::default()).person;
        assert_eq!(people[0], person_of(&authors[1]));
        assert!(people[0].starts_with("ada-sample-"), "{}", people[0]);
    }

    #[test]
    fn what_was_declared_wins_over_every_rule() {
        let author = |name: &str, email: &str| Author { name: Some(name.into()), email: Some(email.into()) };
        let authors = [
            author("Ada Sample", "ada@example.org"),
            author("Ada Sample", "ada.sample@example.net"),
            author("A", "x@example.com"),
        ];
        let declared = Declared::new(
            vec![declared::Person {
                name: "Dr Ada".into(),
                addresses: vec!["ada@example.org".into(), "x@example.com".into()],
                names: Vec::new(),
                reason: Some("she wrote so".into()),
            }],
            1,
        );
        let people = name(&authors, &[Some(1), Some(2), Some(3)], &declared.unwrap());
        assert_eq!(people.person[0], people.person[2], "joined against the rule");
        assert_ne!(people.person[0], people.person[1], "parted against the rule");
        assert!(people.person[0].starts_with("dr-ada-"));
        assert_eq!(people.known_as, [Some("Dr Ada".to_owned()), None, Some("Dr Ada".to_owned())]);
        assert_eq!(people.unions.len(), 1);
        assert!(people.unions[0].reason.ends_with("she wrote so"));
    }
}
