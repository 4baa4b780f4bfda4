//! What would a rebuild lose? It has nothing but the dumps and the ledger: where these are no longer what the index was made from, it
//! is a person who decides, and who may put files back first.

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
};

use plenary_ingest::{
    parse,
    source::{self, Dump, Found, Limits},
};

use super::{Cure, Findings, INGEST, catalogue_of, listed};
use crate::{
    Error,
    catalogue::Catalogue,
    ledger::{Book, History, hex},
    run,
};

/// What is known of the dumps that the index was made from.
pub(super) struct Known {
    /// The best, if it is sound.
    pub(super) catalogue: Option<Catalogue>,
    /// The next best.
    pub(super) history: History,
    /// Lines of the ledger that cannot be read.
    pub(super) spoilt: usize,
}

/// What a dump is, compared with what was ingested of that name.
enum State {
    New,
    Same,
    /// The same, and nothing of it is in the archive.
    Unreadable,
    Changed,
    Unread(String),
}

const PUT_BACK: &str = "put the files back; or, if they were taken away on purpose, run `plenary rebuild`";
const PUT_BACK_CHANGED: &str =
    "put the file back as it was; or, if what only that one held is not wanted, run `plenary rebuild`";

/// An error where a rebuild would lose messages, or where nobody can tell. Only the holder of the write lock can rely on it.
pub(crate) fn check(data: &Path, index: &Path) -> Result<(), Error> {
    let lists = run::lists_folder(data);
    let history = History::read(data)?;
    let dumps = run::shown::all_shown(&lists, run::dumps(data, &[])?, &history)?.dumps;
    let known = Known { catalogue: catalogue_of(index), history, spoilt: Book::of(data).runs()?.spoilt };
    let mut findings = Findings::default();
    // What a rebuild is asked for.
    findings.add(Cure::Rebuild, String::new(), "");
    known.look(&dumps, &mut findings);
    match findings.0.into_iter().find(|finding| finding.cure == Cure::PutBack) {
        Some(finding) => Err(Error::WouldLose { what: finding.what, remedy: finding.remedy }),
        None => Ok(()),
    }
}

impl Known {
    /// Compares the dumps that are there with what is known. What an ingest takes in, a rebuild would lose: so where one is
    /// needed, more is in its way.
    pub(super) fn look(mut self, dumps: &[Dump], findings: &mut Findings) {
        let is_rebuilt = findings.need(Cure::Rebuild);
        // Without its every line the ledger does not say what was taken back.
        let by_hand = if is_rebuilt { Cure::PutBack } else { Cure::Hand };
        if self.spoilt > 0 {
            findings.add(
                by_hand,
                format!("{} lines of the ledger `ledger/runs.jsonl` cannot be read", self.spoilt),
                "put back the file from a copy, or take those lines out; what they said of runs is lost otherwise",
            );
        }
        for dump in dumps {
            match self.state(dump) {
                State::Same => {}
                State::New => {
                    findings.add(Cure::Ingest, format!("the dump `{}` has not been ingested", dump.name), INGEST);
                }
                State::Unreadable => findings.add(
                    Cure::Hand,
                    format!("the dump `{}` cannot be read to its end; nothing of it is in the archive", dump.name),
                    "download it again and put it in this one's place, then run `plenary ingest`; `plenary runs` has the reason",
                ),
                State::Changed => {
                    let what = format!("the dump `{}` has changed since it was ingested", dump.name);
                    match is_rebuilt {
                        true => findings.add(Cure::PutBack, what, PUT_BACK_CHANGED),
                        false => findings.add(Cure::Ingest, what, INGEST),
                    }
                }
                State::Unread(error) => findings.add(
                    by_hand,
                    format!("the dump `{}` cannot be read: {error}", dump.name),
                    "check the disk and the file's permissions",
                ),
            }
        }
        let there: HashSet<&str> = dumps.iter().map(|dump| dump.name.as_str()).collect();
        match &mut self.catalogue {
            Some(catalogue) => {
                of_runs(catalogue, &self.history, by_hand, findings);
                of_gone(catalogue, dumps, &there, findings);
            }
            None => self.of_gone_in_ledger(&there, findings),
        }
    }

    fn state(&self, dump: &Dump) -> State {
        let digest = || source::digest(&dump.path).map_err(|error| State::Unread(run::describe(&error)));
        let state = match &self.catalogue {
            Some(catalogue) => {
                let known = catalogue.dumps.iter().find(|known| known.present && known.name == dump.name);
                let Some(known) = known else { return State::New };
                digest().map(|digest| match digest == known.digest {
                    true if known.unreadable => State::Unreadable,
                    true => State::Same,
                    // Nothing of it is in the archive.
                    false if known.undone => State::New,
                    false => State::Changed,
                })
            }
            None => {
                let Some(last) = self.history.last_digest(&dump.name) else { return State::New };
                digest().map(|digest| if hex(&digest) == last { State::Same } else { State::Changed })
            }
        };
        state.unwrap_or_else(|unread| unread)
    }

    /// Where the catalogue cannot say what a rebuild would lose, the ledger says which dumps there were.
    fn of_gone_in_ledger(&self, there: &HashSet<&str>, findings: &mut Findings) {
        if self.history.is_empty() {
            findings.add(
                Cure::PutBack,
                "neither the index nor the ledger says which dumps there were, so what a rebuild would lose is not known".into(),
                "put back `ledger/runs.jsonl` from a copy; or, if all dumps are there, run `plenary rebuild`",
            );
        }
        let gone: Vec<&str> = self.history.dumps().into_iter().filter(|name| !there.contains(name)).collect();
        if !gone.is_empty() {
            let what = "dumps that were ingested are gone, and a rebuild cannot read them";
            findings.add(Cure::PutBack, format!("{what}: {}", listed(&gone)), PUT_BACK);
        }
    }
}

/// Runs that brought something and of which the ledger says nothing.
fn of_runs(catalogue: &Catalogue, history: &History, cure: Cure, findings: &mut Findings) {
    let unknown: Vec<&str> = catalogue.runs.iter().map(String::as_str).filter(|run| !history.knows(run)).collect();
    if !unknown.is_empty() {
        findings.add(
            cure,
            format!("the ledger `ledger/runs.jsonl` says nothing of the runs {}", listed(&unknown)),
            "run `plenary ingest`; if they are still not there, put the file back from a copy: what it does not name cannot be taken back",
        );
    }
}

/// Messages that are served and of which no dump that is there has a copy.
fn of_gone(catalogue: &mut Catalogue, dumps: &[Dump], there: &HashSet<&str>, findings: &mut Findings) {
    let mut elsewhere = in_kept(catalogue, dumps);
    // What was taken down is not served, and nobody misses it.
    let served: HashSet<&[u8; 20]> = catalogue.written.keys().map(|key| &key.id).collect();
    elsewhere.extend(catalogue.messages.keys().filter(|id| !served.contains(id)));
    for known in &mut catalogue.dumps {
        known.present &= there.contains(known.name.as_str());
    }
    let only_there = run::only_in_gone(catalogue, &elsewhere);
    if only_there.messages == 0 {
        return;
    }
    let state = |name: &str| match there.contains(name) {
        true => format!("{name} as it was before"),
        false => name.to_owned(),
    };
    let names = only_there.dumps.iter().map(|&dump| state(&catalogue.dumps[dump as usize].name));
    let names: BTreeSet<String> = names.collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let what = format!(
        "dumps are gone, and of their messages, still served, a rebuild would lose {}: {}",
        only_there.messages,
        listed(&names)
    );
    findings.add(Cure::PutBack, what, PUT_BACK);
}

/// Ids of messages in dumps that a run wrote to keep them and that no run has read yet.
fn in_kept(catalogue: &Catalogue, dumps: &[Dump]) -> HashSet<[u8; 20]> {
    let is_known = |dump: &Dump| catalogue.dumps.iter().any(|known| known.present && known.name == dump.name);
    let unread = dumps.iter().filter(|dump| run::is_kept(&dump.name) && !is_known(dump));
    let mut ids = HashSet::new();
    for pieces in unread.filter_map(|dump| source::read(&dump.path, &Limits::default()).ok()) {
        for found in pieces {
            match found {
                Ok(Found::Message(raw)) => ids.extend([parse::parse(&raw, i64::MAX).id.0]),
                Ok(_) => {}
                Err(_) => break,
            }
        }
    }
    ids
}
