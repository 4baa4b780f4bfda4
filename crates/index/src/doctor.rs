//! Examines an archive: is every file whole, and does the index say what the dumps and the ledger say?

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use plenary_ingest::source::{self, Dump};

use crate::{
    Error,
    catalogue::Catalogue,
    ledger::{Book, History},
    run, seal,
    store::{self, Store},
    swap,
};

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

/// How many dumps that are gone a finding names.
const NAMED: usize = 5;
const REBUILD: &str = "run `plenary rebuild`";
const INGEST: &str = "run `plenary ingest`";

/// What was found until now.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, cure: Cure, what: String, remedy: &str) {
        self.0.push(Finding { what, remedy: remedy.into(), cure });
    }
}

/// Examines the data folder. Reads every file of the index and every dump, so it takes as long as copying them.
pub fn examine(data: &Path) -> Result<Vec<Finding>, Error> {
    let mut findings = Findings::default();
    let index = swap::standing(&data.join("index"));
    let catalogue = of_index(&index, &mut findings)?;
    of_ledger(data, &mut findings)?;
    of_what_was_set_aside(data, &mut findings);
    let lists = run::lists_folder(data);
    let (dumps, _) = source::discover(&lists, &[])
        .map_err(|error| Error::Lists { path: lists.clone(), detail: run::describe(&error) })?;
    match catalogue {
        Some(catalogue) => {
            of_runs(data, &catalogue, &mut findings)?;
            of_dumps(&dumps, catalogue, &mut findings);
        }
        None => of_dumps_in_ledger(data, &dumps, &mut findings)?,
    }
    Ok(findings.0)
}

/// Files of an index that are not as the last run left them: reads them all.
pub fn damaged_files(index: &Path) -> Result<Vec<PathBuf>, Error> {
    seal::examine(index)
}

/// Gives the catalogue, if the index can be opened.
fn of_index(index: &Path, findings: &mut Findings) -> Result<Option<Catalogue>, Error> {
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let spoilt = seal::examine(index)?;
    for file in &spoilt {
        findings.add(Cure::Rebuild, format!("the file `{}` of the index is missing or damaged", name(file)), REBUILD);
    }
    if !spoilt.is_empty() {
        return Ok(None);
    }
    let store = match Store::open(index) {
        Ok(store) => store,
        Err(error @ (Error::Damaged(_) | Error::OldSchema { .. } | Error::Engine { .. })) => {
            findings.add(Cure::Rebuild, error.to_string(), REBUILD);
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if store.generation() == 0 {
        return Err(Error::NoIndex(index.into()));
    }
    if !seal::is_on(index) {
        findings.add(Cure::Ingest, "the last run was cut off; what was committed before it stands".into(), INGEST);
    }
    // The engine panics on some damage.
    let checked =
        store::guarded(index, || store.index().validate_checksum().map_err(|error| Error::engine("reading it", error)));
    match checked {
        Ok(damaged) => {
            for file in damaged {
                let what = format!("the file `{}` of the index is damaged", file.display());
                findings.add(Cure::Rebuild, what, REBUILD);
            }
        }
        Err(error) => findings.add(Cure::Rebuild, format!("the index cannot be read: {error}"), REBUILD),
    }
    for file in store.damaged_inflections() {
        let what =
            format!("the file `{}` of the index is missing or damaged; searches take longer to begin", file.display());
        findings.add(Cure::Rebuild, what, REBUILD);
    }
    let catalogue = match store.catalogue() {
        Ok(catalogue) => catalogue,
        Err(error) => {
            findings.add(Cure::Rebuild, error.to_string(), REBUILD);
            return Ok(None);
        }
    };
    let documents = store.reader().searcher().num_docs();
    if documents != catalogue.written.len() as u64 {
        let what = format!("the index holds {documents} messages, its catalogue {}", catalogue.written.len());
        findings.add(Cure::Rebuild, what, REBUILD);
    }
    Ok(Some(catalogue))
}

fn of_ledger(data: &Path, findings: &mut Findings) -> Result<(), Error> {
    let spoilt = Book::of(data).runs()?.spoilt;
    if spoilt > 0 {
        findings.add(
            Cure::Hand,
            format!("{spoilt} lines of the ledger `ledger/runs.jsonl` cannot be read"),
            "put back the file from a copy, or take those lines out; what they said of runs is lost otherwise",
        );
    }
    Ok(())
}

/// Runs that brought something and of which the ledger says nothing.
fn of_runs(data: &Path, catalogue: &Catalogue, findings: &mut Findings) -> Result<(), Error> {
    let history = History::read(data)?;
    let unknown: Vec<&str> = catalogue.runs.iter().map(String::as_str).filter(|run| !history.knows(run)).collect();
    if !unknown.is_empty() {
        findings.add(
            Cure::Hand,
            format!("the ledger `ledger/runs.jsonl` says nothing of the runs {}", listed(&unknown)),
            "run `plenary ingest`; if they are still not there, put the file back from a copy: what it does not name cannot be taken back",
        );
    }
    Ok(())
}

/// Files that say what was set aside, and the bytes they name.
fn of_what_was_set_aside(data: &Path, findings: &mut Findings) {
    let folder = data.join("set-aside");
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|end| end != "jsonl") {
            continue;
        }
        let is_whole = |line: &[u8]| {
            let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) else { return false };
            match line["bytes"].as_str() {
                Some(name) => {
                    fs::metadata(folder.join(name)).is_ok_and(|about| Some(about.len()) == line["length"].as_u64())
                }
                None => line["dump"].is_string(),
            }
        };
        let lines = fs::File::open(&path).map(|file| BufReader::new(file).split(b'\n'));
        let spoilt =
            lines.map_or(1, |lines| lines.filter(|line| !line.as_ref().is_ok_and(|line| is_whole(line))).count());
        if spoilt > 0 {
            findings.add(
                Cure::Hand,
                format!("{spoilt} pieces in `{}` lack their bytes or cannot be read", path.display()),
                "run `plenary ingest --retry`, which sets aside again what still cannot be understood; then remove this file",
            );
        }
    }
}

fn of_dumps(dumps: &[Dump], mut catalogue: Catalogue, findings: &mut Findings) {
    for dump in dumps {
        match catalogue.dumps.iter().find(|known| known.present && known.name == dump.name) {
            None => findings.add(Cure::Ingest, format!("the dump `{}` has not been ingested", dump.name), INGEST),
            Some(known) => match source::digest(&dump.path) {
                Ok(digest) if digest == known.digest && known.unreadable => findings.add(
                    Cure::Hand,
                    format!("the dump `{}` cannot be read to its end; nothing of it is in the archive", dump.name),
                    "download it again and put it in this one's place, then run `plenary ingest`; `plenary runs` has the reason",
                ),
                Ok(digest) if digest == known.digest => {}
                Ok(_) => findings.add(
                    Cure::Ingest,
                    format!("the dump `{}` has changed since it was ingested", dump.name),
                    INGEST,
                ),
                Err(error) => findings.add(
                    Cure::Hand,
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
        let named: Vec<&str> = gone.iter().map(String::as_str).collect();
        let what = format!(
            "dumps are gone, and of their messages, still served, a rebuild would lose {only_there}: {}",
            listed(&named)
        );
        findings.add(
            Cure::PutBack,
            what,
            "put the files back; or, if they were taken away on purpose, run `plenary rebuild`",
        );
    }
}

/// Where the catalogue cannot say what a rebuild would lose, the ledger says which dumps there were.
fn of_dumps_in_ledger(data: &Path, dumps: &[Dump], findings: &mut Findings) -> Result<(), Error> {
    let there: HashSet<&str> = dumps.iter().map(|dump| dump.name.as_str()).collect();
    let history = History::read(data)?;
    let gone: Vec<&str> = history.dumps().into_iter().filter(|name| !there.contains(name)).collect();
    if !gone.is_empty() {
        findings.add(
            Cure::PutBack,
            format!("dumps that were ingested are gone, and a rebuild cannot read them: {}", listed(&gone)),
            "put the files back; or, if what they held is in other dumps or not wanted, run `plenary rebuild`",
        );
    }
    Ok(())
}

/// The first few of many names.
fn listed(names: &[&str]) -> String {
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}
