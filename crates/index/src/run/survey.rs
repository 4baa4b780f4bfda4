//! The first pass: what is in the dumps that are new or have changed.

use plenary_ingest::{
    Raw, parse,
    source::{self, Dump, Found, Refused},
};

use super::{
    Error, Progress, Report, Settings, Watch,
    aside::Aside,
    describe,
    gathering::{Current, End},
    pipeline::{self, Closed, Heard, Outlet},
    sighting::{Memory, sight},
    spool::Spool,
    undone,
};
use crate::{catalogue::Catalogue, ledger::History};

/// What happens between messages.
enum Mark {
    Begins(usize),
    /// So many bytes of the dump were read until now.
    At(u64),
    Stray {
        offset: u64,
        reason: String,
        bytes: Vec<u8>,
    },
    /// A member of an archive begins, which may turn out to be damaged.
    Member,
    /// A member is set aside, with all that came of it.
    Refused(Refused),
    Ends {
        form: String,
        digest: [u8; 32],
        total: u64,
        notes: Vec<String>,
    },
    /// It cannot be read to its end: why, and whether that lasts until it changes.
    Fails(String, bool),
}

/// Bytes read of a dump between two times of saying how far it is.
const STEP: u64 = 4 << 20;

/// What a survey adds to.
pub(super) struct Books<'a> {
    pub(super) catalogue: &'a mut Catalogue,
    pub(super) spool: &'a mut Spool,
    pub(super) aside: Aside,
    pub(super) history: &'a History,
    /// The run's name.
    pub(super) run: &'a str,
}

/// Reads the dumps into the books; gives a report on each.
pub(super) fn survey(
    settings: &Settings,
    watch: &Watch<'_>,
    dumps: &[&Dump],
    books: &mut Books<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let total = dumps.iter().map(|dump| dump.size).sum();
    let latest = settings.now + parse::LATEST_AHEAD;
    let memory = Memory::default();
    let mut current: Option<Current> = None;
    // Bytes of finished dumps, bytes read of this one, messages.
    let (mut done, mut at, mut messages) = (0, 0, 0);
    pipeline::run(
        settings.workers(),
        |outlet| read_all(settings, dumps, outlet),
        |raw| sight(raw, settings, latest, &memory),
        |heard| {
            watch.check()?;
            match heard {
                Heard::Mark(Mark::Begins(which)) => {
                    let dump = dumps[which];
                    at = 0;
                    (watch.progress)(Progress::Reading { dump: dump.name.clone(), done, total, messages });
                    current = Some(Current::new(dump, settings.now, books));
                }
                Heard::Results(results) => {
                    messages += results.len() as u64;
                    if let Some(current) = &mut current {
                        current.add(results, books)?;
                        let dump = current.dump.name.clone();
                        (watch.progress)(Progress::Reading { dump, done: done + at, total, messages });
                    }
                }
                Heard::Mark(Mark::At(read)) => at = current.as_ref().map_or(0, |current| read.min(current.dump.size)),
                Heard::Mark(Mark::Stray { offset, reason, bytes }) => {
                    if let Some(current) = &mut current {
                        current.stray(offset, reason, &bytes, books)?;
                    }
                }
                Heard::Mark(Mark::Member) => {
                    if let Some(current) = &mut current {
                        current.remember();
                    }
                }
                Heard::Mark(Mark::Refused(refused)) => {
                    if let Some(current) = &mut current {
                        current.refuse(refused, books);
                    }
                }
                Heard::Mark(Mark::Ends { form, digest, total, notes }) => {
                    if let Some(current) = current.take() {
                        done += current.dump.size;
                        if undone::is_left_out(books.history, &current.dump.name, &digest) {
                            report.left_out.push(current.dump.name.clone());
                            current.leave_out(digest, books);
                        } else {
                            report.files.push(current.end(End { form, digest, total, notes }, books));
                        }
                    }
                }
                Heard::Mark(Mark::Fails(reason, lasting)) => {
                    if let Some(current) = current.take() {
                        done += current.dump.size;
                        report.files.push(current.fail(reason, lasting, books));
                    }
                }
            }
            Ok(())
        },
    )?;
    report.sum_up();
    report.set_aside_details = books.aside.details();
    Ok(())
}

fn read_all(settings: &Settings, dumps: &[&Dump], outlet: &mut Outlet<Raw, Mark>) -> Result<(), Closed> {
    for (at, dump) in dumps.iter().enumerate() {
        outlet.mark(Mark::Begins(at))?;
        let end = match read_one(settings, dump, outlet) {
            Ok(end) => end,
            Err(Stop::Closed) => return Err(Closed),
            Err(Stop::Failed(reason, lasting)) => Mark::Fails(reason, lasting),
        };
        outlet.mark(end)?;
    }
    Ok(())
}

enum Stop {
    Closed,
    Failed(String, bool),
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Stop {
        Stop::Closed
    }
}

fn read_one(settings: &Settings, dump: &Dump, outlet: &mut Outlet<Raw, Mark>) -> Result<Mark, Stop> {
    let failed = |error: plenary_ingest::Error| Stop::Failed(describe(&error), error.is_lasting());
    let mut pieces = source::read(&dump.path, &settings.limits).map_err(failed)?;
    let (mut accounted, mut member, mut told) = (0, None, 0);
    while let Some(found) = pieces.next() {
        let found = found.map_err(failed)?;
        if pieces.stored() >= told + STEP {
            told = pieces.stored();
            outlet.mark(Mark::At(told))?;
        }
        let begins = pieces.member_start();
        if begins.is_some() && begins != member {
            member = begins;
            outlet.mark(Mark::Member)?;
        }
        match found {
            Found::Message(raw) => {
                let bytes = raw.bytes.len();
                accounted += bytes as u64;
                outlet.message(raw, bytes)?;
            }
            Found::Stray(stray) => {
                accounted += stray.bytes.len() as u64;
                outlet.mark(Mark::Stray { offset: stray.offset, reason: stray.reason, bytes: stray.bytes })?;
            }
            Found::Refused(refused) => {
                // Its bytes are accounted for by the sentence that says why they do not count.
                accounted = refused.from + refused.length;
                outlet.mark(Mark::Refused(refused))?;
            }
        }
    }
    let (form, total, notes) = (pieces.format(), pieces.total(), pieces.notes());
    if accounted != total {
        let reason = "bytes are accounted for; this is an error of the program";
        return Err(Stop::Failed(format!("of its {total} bytes only {accounted} {reason}"), false));
    }
    let digest = pieces.digest().map_err(failed)?;
    Ok(Mark::Ends { form, digest, total, notes })
}
