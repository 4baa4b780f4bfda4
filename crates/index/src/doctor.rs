//! Examines an archive: is the index whole, and does it say what the dumps say?

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
};

use plenary_ingest::source;

use crate::{Error, run, store::Store};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// How many dumps that are gone a finding names.
const NAMED: usize = 5;

/// Examines the data folder. Reads every file of the index and every dump, so it takes as long as copying them.
pub fn examine(data: &Path) -> Result<Vec<Finding>, Error> {
    let index = data.join("index");
    let mut findings = Vec::new();
    let mut find = |what: String, remedy: &str| findings.push(Finding { what, remedy: remedy.into() });
    let store = match Store::open(&index) {
        Ok(store) => store,
        Err(error @ (Error::Damaged(_) | Error::OldSchema { .. } | Error::Engine { .. })) => {
            find(error.to_string(), "run `plenary rebuild`");
            return Ok(findings);
        }
        Err(error) => return Err(error),
    };
    match store.index().validate_checksum() {
        Ok(damaged) => {
            for file in damaged {
                find(format!("the file `{}` of the index is damaged", file.display()), "run `plenary rebuild`");
            }
        }
        Err(error) => find(format!("the index cannot be read: {error}"), "run `plenary rebuild`"),
    }
    for file in store.damaged_inflections() {
        find(
            format!("the file `{}` of the index is missing or damaged; searches take longer to begin", file.display()),
            "run `plenary rebuild`",
        );
    }
    let mut catalogue = match store.catalogue() {
        Ok(catalogue) => catalogue,
        Err(error) => {
            find(error.to_string(), "run `plenary rebuild`");
            return Ok(findings);
        }
    };
    let documents = store.reader().searcher().num_docs();
    if documents != catalogue.written.len() as u64 {
        find(
            format!("the index holds {documents} messages, its catalogue {}", catalogue.written.len()),
            "run `plenary rebuild`",
        );
    }
    let lists = run::lists_folder(data);
    let (dumps, _) = source::discover(&lists, &[])
        .map_err(|error| Error::Lists { path: lists.clone(), detail: run::describe(&error) })?;
    for dump in &dumps {
        match catalogue.dumps.iter().find(|known| known.present && known.name == dump.name) {
            None => find(format!("the dump `{}` has not been ingested", dump.name), "run `plenary ingest`"),
            Some(known) => match source::digest(&dump.path) {
                Ok(digest) if digest == known.digest && known.unreadable => find(
                    format!("the dump `{}` cannot be read to its end; nothing of it is in the archive", dump.name),
                    "download it again and put it in this one's place, then run `plenary ingest`; `plenary runs` has the reason",
                ),
                Ok(digest) if digest == known.digest => {}
                Ok(_) => {
                    find(format!("the dump `{}` has changed since it was ingested", dump.name), "run `plenary ingest`")
                }
                Err(error) => find(
                    format!("the dump `{}` cannot be read: {error}", dump.name),
                    "check the disk and the file's permissions",
                ),
            },
        }
    }
    let there: HashSet<&str> = dumps.iter().map(|dump| dump.name.as_str()).collect();
    let mut gone = BTreeSet::new();
    for known in &mut catalogue.dumps {
        if !there.contains(known.name.as_str()) {
            known.present = false;
            gone.insert(known.name.clone());
        }
    }
    let only_there = run::only_in_gone(&catalogue);
    if only_there > 0 {
        let named: Vec<&str> = gone.iter().take(NAMED).map(String::as_str).collect();
        let more = if gone.len() > NAMED { format!(" and {} more", gone.len() - NAMED) } else { String::new() };
        find(
            format!(
                "dumps are gone, and of their messages, still served, a rebuild would lose {only_there}: {}{more}",
                named.join(", ")
            ),
            "put the files back; or, if they were taken away on purpose, run `plenary rebuild`",
        );
    }
    Ok(findings)
}
