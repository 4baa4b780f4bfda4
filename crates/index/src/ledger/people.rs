//! `data/ledger/people.toml`: who is one person, said by people, which wins over every rule.
//!
//! ```toml
//! [[person]]
//! name = "Ada Sample"                                   # shown wherever the person is named
//! addresses = ["ada@example.org", "a.sample@example.net"] # hers, and no others
//! names = ["A. S."]                                     # (optional) hers where a message gives no address
//! reason = "her own page says so"                       # (optional) for those who read it later
//! ```
//!
//! Who is described so is exactly what is said there: no rule joins another address to the person, and an address alone in a
//! table stands apart from all others.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use plenary_ingest::digest;
use serde::Deserialize;

use crate::{Error, catalogue::Author, words};

/// What the file says.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    people: Vec<Person>,
    by_address: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    /// Digest of the file; 0 where there is none.
    pub(crate) stamp: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    person: Vec<Person>,
}

/// One person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) addresses: Vec<String>,
    #[serde(default)]
    pub(crate) names: Vec<String>,
    pub(crate) reason: Option<String>,
}

impl Declared {
    /// Reads the file; nothing where there is none. Fails with the line and what is wrong in it, so that a slip of the pen does not
    /// silently part people again.
    pub(crate) fn read(data: &Path) -> Result<Declared, Error> {
        let path = data.join("ledger").join("people.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Declared::default()),
            Err(source) => return Err(Error::Io { what: "read", path, source }),
        };
        let wrong = |detail: String| Error::People { path: path.clone(), detail };
        let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        Declared::new(file.person, digest::key(&text)).map_err(wrong)
    }

    pub(crate) fn new(people: Vec<Person>, stamp: u64) -> Result<Declared, String> {
        let mut declared = Declared { stamp, ..Declared::default() };
        let mut claimed = HashSet::new();
        for (at, person) in people.iter().enumerate() {
            let name = person.name.trim();
            if name.is_empty() || (person.addresses.is_empty() && person.names.is_empty()) {
                return Err(format!("person {} has no name, or neither addresses nor names of theirs", at + 1));
            }
            for address in &person.addresses {
                let address = address.trim().to_lowercase();
                if !claimed.insert(address.clone()) {
                    return Err(format!("`{address}` is said to be two people's; one of them must go"));
                }
                declared.by_address.insert(address, at);
            }
            for name in person.names.iter().map(String::as_str).chain([name]) {
                // Two people may have one name; a message without an address then says too little.
                let key = words::of(name).join(" ");
                declared
                    .by_name
                    .entry(key)
                    .and_modify(|known| *known = if *known == at { at } else { usize::MAX })
                    .or_insert(at);
            }
        }
        declared.people = people;
        Ok(declared)
    }

    /// The number of the person that an author is declared to be.
    pub(crate) fn of(&self, author: &Author) -> Option<usize> {
        match (&author.email, &author.name) {
            (Some(email), _) => self.by_address.get(email).copied(),
            (None, Some(name)) => {
                self.by_name.get(&words::of(name).join(" ")).copied().filter(|&person| person != usize::MAX)
            }
            (None, None) => None,
        }
    }

    /// The person of a number.
    pub(crate) fn person(&self, number: usize) -> &Person {
        &self.people[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Declared, Error> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("ledger")).unwrap();
        fs::write(folder.path().join("ledger/people.toml"), text).unwrap();
        Declared::read(folder.path())
    }

    fn author(name: &str, email: &str) -> Author {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Author { name: some(name), email: some(email) }
    }

    #[test]
    fn addresses_lead_to_people_and_names_where_there_is_no_address() {
        let declared =
            read("[[person]]\nname = \"Ada Sample\"\naddresses = [\"Ada@Example.org\"]\nnames = [\"A. S.\"]\n")
                .unwrap();
        for (name, email, found) in [
            ("whoever", "ada@example.org", true),
            ("Ada Sample", "other@example.org", false),
            ("ada sample", "", true),
            ("A S", "", true),
            ("Eve", "", false),
        ] {
            assert_eq!(declared.of(&author(name, email)).is_some(), found, "{name} <{email}>");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, says) in [
            (
                "[[person]]\nname = \"A\"\naddresses = [\"x@y.z\"]\n[[person]]\nname = \"B\"\naddresses = [\"x@y.z\"]",
                "two people's",
            ),
            ("[[person]]\nname = \"A\"", "neither addresses nor names"),
            ("[[person]]\nnmae = \"A\"", "line 2"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("people.toml"), "{error}");
        }
    }

    #[test]
    fn no_file_declares_nobody() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Declared::read(folder.path()).unwrap().of(&author("Ada", "ada@example.org")), None);
    }
}
