//! Examines an archive: is the index whole, and does it say what the dumps say?

use std::path::Path;

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
    let catalogue = match store.catalogue() {
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
    let (dumps, _) = source::discover(&lists)
        .map_err(|error| Error::Lists { path: lists.clone(), detail: run::describe(&error) })?;
    for dump in &dumps {
        match catalogue.dumps.iter().find(|known| known.present && known.name == dump.name) {
            None => find(
                format!("the dump `{}` has not been ingested", dump.name),
                "run `plenary ingest`; if that says it is unreadable, download it again and put it in this one's place",
            ),
            Some(known) => match source::digest(&dump.path) {
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
    for known in catalogue.dumps.iter().filter(|known| known.present) {
        if !dumps.iter().any(|dump| dump.name == known.name) {
            find(
                format!(
                    "the dump `{}` is gone; its messages are still served, but a rebuild would lose them",
                    known.name
                ),
                "put the file back; or, if it was taken away on purpose, run `plenary rebuild`",
            );
        }
    }
    Ok(findings)
}
