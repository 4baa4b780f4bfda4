//! Examines an archive: is every file whole, and does the index say what the dumps and the ledger say?

mod aside;
mod losses;
mod messages;

use std::path::{Path, PathBuf};

use plenary_ingest::source;

use crate::{
    Error,
    catalogue::Catalogue,
    commit::Commit,
    ledger::{Book, History},
    run,
    seal::{self, Seen},
    store::{self, Store},
    swap,
};

pub(crate) use self::losses::check as check_losses;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    /// The same for a program.
    pub cure: Cure,
}

/// What would put something right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cure {
    /// An ingest.
    Ingest,
    /// A rebuild.
    Rebuild,
    /// Somebody, who puts files back first: a rebuild would lose messages.
    PutBack,
    /// Somebody.
    Hand,
}

/// How many names a finding gives.
const NAMED: usize = 5;
const REPAIR: &str = "run `plenary doctor --repair`";
const INGEST: &str = "run `plenary ingest`";
/// Times that all is looked at again because a run changed it meanwhile.
const TRIES: usize = 3;

/// What was found until now.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, cure: Cure, what: String, remedy: &str) {
        self.0.push(Finding { what, remedy: remedy.into(), cure });
    }

    fn need(&self, cure: Cure) -> bool {
        self.0.iter().any(|finding| finding.cure == cure)
    }
}

/// Examines the data folder. Reads every file of the index and every dump, so it takes as long as copying them. What a run changes
/// meanwhile would look like damage: `busy` is told which run is at work, and all is looked at when it has ended.
pub fn examine(data: &Path, busy: &dyn Fn(&str)) -> Result<Vec<Finding>, Error> {
    let mut tries = TRIES;
    loop {
        store::wait(data, busy);
        let before = store::last_writer(data);
        let found = look(data);
        tries -= 1;
        let is_well = found.as_ref().is_ok_and(|found| found.0.is_empty());
        if is_well || tries == 0 || store::last_writer(data) == before {
            return found.map(|found| found.0);
        }
    }
}

fn look(data: &Path) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    let index = swap::standing(&data.join("index"));
    let history = History::read(data)?;
    let catalogue = match of_index(&index, &mut findings) {
        // Where nothing was ever ingested there is nothing to examine.
        Err(Error::NoIndex(_)) if !history.dumps().is_empty() => {
            findings.add(Cure::Rebuild, "the index is gone; the ledger says that there was one".into(), REPAIR);
            None
        }
        catalogue => catalogue?,
    };
    aside::look(&data.join("set-aside"), &mut findings);
    let lists = run::lists_folder(data);
    let found = source::discover(&lists, &[])
        .map_err(|error| Error::Lists { path: lists.clone(), detail: run::describe(&error) })?;
    let dumps = run::shown::all_shown(&lists, found, &history)?.dumps;
    let spoilt = Book::of(data).runs()?.spoilt;
    let known = losses::Known { catalogue, history, spoilt };
    known.look(&dumps, &mut findings);
    Ok(findings)
}

/// Files of an index that are not as the last run left them, and without which answers are wrong: reads them all.
pub fn damaged_files(index: &Path) -> Result<Vec<PathBuf>, Error> {
    match seal::examine(index)? {
        Seen::Sealed(mut spoilt) => {
            spoilt.retain(|file| !seal::only_helps(&file.file_name().unwrap_or_default().to_string_lossy()));
            Ok(spoilt)
        }
        // What a run left that was cut off has sums of the engine's own.
        Seen::Unsealed => {
            let store = Store::open(index)?;
            Ok(store.spoilt()?.into_iter().map(|name| index.join(name)).collect())
        }
    }
}

/// The catalogue that is beside an index, however damaged that is, if it is sound itself.
fn catalogue_of(index: &Path) -> Option<Catalogue> {
    let last = Commit::read(index).ok().flatten().map(|commit| commit.generation);
    Catalogue::load(index, last.unwrap_or_else(|| Commit::generation_of(index)))
}

/// Gives the catalogue, if it is sound.
fn of_index(index: &Path, findings: &mut Findings) -> Result<Option<Catalogue>, Error> {
    let seen = seal::examine(index)?;
    if let Seen::Sealed(spoilt) = &seen {
        for file in spoilt {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            // What only helps is made again by any run.
            let (cure, remedy) = if seal::only_helps(&name) { (Cure::Ingest, INGEST) } else { (Cure::Rebuild, REPAIR) };
            findings.add(cure, format!("the file `{name}` of the index is missing or damaged"), remedy);
        }
        if findings.need(Cure::Rebuild) {
            return Ok(catalogue_of(index));
        }
    }
    let store = match Store::open(index) {
        Ok(store) => store,
        Err(error @ Error::OldSchema { .. }) => {
            findings.add(Cure::Rebuild, error.to_string(), REPAIR);
            return Ok(catalogue_of(index));
        }
        Err(Error::Damaged(_)) => {
            findings.add(Cure::Rebuild, format!("the index in `{}` is damaged", index.display()), REPAIR);
            return Ok(catalogue_of(index));
        }
        Err(Error::Engine { detail, .. }) => {
            findings.add(Cure::Rebuild, format!("the index cannot be opened: {detail}"), REPAIR);
            return Ok(catalogue_of(index));
        }
        Err(error) => return Err(error),
    };
    if store.generation() == 0 {
        return Err(Error::NoIndex(index.into()));
    }
    if matches!(seen, Seen::Unsealed) {
        findings.add(Cure::Ingest, "the last run was cut off; what was committed before it stands".into(), INGEST);
    }
    match store.spoilt() {
        Ok(damaged) => {
            for file in damaged {
                let what = format!("the file `{}` of the index is damaged", file.display());
                findings.add(Cure::Rebuild, what, REPAIR);
            }
        }
        Err(error) => findings.add(Cure::Rebuild, format!("the index cannot be read: {error}"), REPAIR),
    }
    if matches!(seen, Seen::Unsealed) {
        for file in store.damaged_inflections() {
            let what = format!("the file `{}` is missing or damaged; searches take longer to begin", file.display());
            findings.add(Cure::Ingest, what, INGEST);
        }
    }
    let Ok(catalogue) = store.catalogue() else {
        findings.add(Cure::Rebuild, "the catalogue of the index is missing or damaged".into(), REPAIR);
        return Ok(None);
    };
    if !findings.need(Cure::Rebuild) {
        messages::look(&store, &catalogue, findings);
    }
    Ok(Some(catalogue))
}

/// The first few of many names.
fn listed(names: &[&str]) -> String {
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests;
