//! The first pass: what is in the dumps that are new or have changed.

use plenary_ingest::{
    Address, Problem, Raw, digest,
    mbox::{self, Piece},
    parse,
    source::{self, Dump},
};

use super::{
    Error, Progress, Report, Settings, Watch,
    aside::{Aside, MAX_ASIDE},
    describe,
    pipeline::{self, Closed, Heard, Outlet},
    report::{FileReport, Outcome},
};
use crate::{
    catalogue::{Catalogue, Copy, DumpRecord, PlaceRecord, Traits},
    identity,
};

/// How many seconds clocks and file systems may be apart.
const CLOCK_REACH: i64 = 2;

/// What one message gave.
struct Sighting {
    id: [u8; 20],
    bytes: u128,
    author: Address,
    traits: Traits,
    offset: u64,
    length: u32,
    problems: Vec<Problem>,
}

/// What happens between messages.
enum Mark {
    Begins(usize),
    Stray { offset: u64, reason: String, bytes: Vec<u8> },
    Ends { form: String, digest: [u8; 32], total: u64 },
    Fails(String),
}

/// Reads the dumps into the catalogue and the report.
pub(super) fn survey(
    settings: &Settings,
    watch: &Watch<'_>,
    dumps: &[&Dump],
    catalogue: &mut Catalogue,
    report: &mut Report,
) -> Result<Aside, Error> {
    let total = dumps.iter().map(|dump| dump.size).sum();
    let latest = settings.now + parse::LATEST_AHEAD;
    let mut aside = Aside::default();
    let mut current: Option<Current> = None;
    let mut done = 0;
    let mut messages = 0;
    pipeline::run(
        settings.workers(),
        |outlet| read_all(settings, dumps, outlet),
        |raw| sight(raw, latest),
        |heard| {
            watch.check()?;
            match heard {
                Heard::Mark(Mark::Begins(at)) => {
                    let dump = dumps[at];
                    (watch.progress)(Progress::Reading { dump: dump.name.clone(), done, total, messages });
                    current = Some(Current::new(dump, settings.now));
                }
                Heard::Results(results) => {
                    messages += results.len() as u64;
                    if let Some(current) = &mut current {
                        current.add(results, &mut aside);
                    }
                }
                Heard::Mark(Mark::Stray { offset, reason, bytes }) => {
                    if let Some(current) = &mut current {
                        current.stray(offset, reason, bytes);
                    }
                }
                Heard::Mark(Mark::Ends { form, digest, total }) => {
                    if let Some(current) = current.take() {
                        done += current.dump.size;
                        report.files.push(current.end(form, digest, total, catalogue, &mut aside));
                    }
                }
                Heard::Mark(Mark::Fails(reason)) => {
                    if let Some(current) = current.take() {
                        done += current.dump.size;
                        report.files.push(current.fail(reason, &mut aside));
                    }
                }
            }
            Ok(())
        },
    )?;
    drop(current);
    report.sum_up();
    report.set_aside_details = aside.details();
    Ok(aside)
}

fn read_all(settings: &Settings, dumps: &[&Dump], outlet: &mut Outlet<Mark>) -> Result<(), Closed> {
    for (at, dump) in dumps.iter().enumerate() {
        outlet.mark(Mark::Begins(at))?;
        let end = match read_one(settings, dump, outlet) {
            Ok(end) => end,
            Err(Stop::Closed) => return Err(Closed),
            Err(Stop::Failed(reason)) => Mark::Fails(reason),
        };
        outlet.mark(end)?;
    }
    Ok(())
}

enum Stop {
    Closed,
    Failed(String),
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Stop {
        Stop::Closed
    }
}

fn read_one(settings: &Settings, dump: &Dump, outlet: &mut Outlet<Mark>) -> Result<Mark, Stop> {
    let mut reader = source::open(&dump.path, &settings.limits).map_err(|error| Stop::Failed(describe(&error)))?;
    let packing = reader.packing();
    let mut pieces = mbox::split(&mut reader, &settings.limits);
    let mut accounted = 0;
    for piece in &mut pieces {
        let piece = piece.map_err(|error| Stop::Failed(describe(&error)))?;
        accounted += match &piece {
            Piece::Message(raw) => raw.bytes.len() as u64,
            Piece::Stray(stray) => stray.bytes.len() as u64,
        };
        match piece {
            Piece::Message(raw) => outlet.message(raw)?,
            Piece::Stray(stray) => {
                outlet.mark(Mark::Stray { offset: stray.offset, reason: stray.reason, bytes: stray.bytes })?;
            }
        }
    }
    let form = match packing {
        "plain" => format!("{:?}", pieces.form()).to_lowercase(),
        packing => format!("{:?}, {packing}", pieces.form()).to_lowercase(),
    };
    let total = pieces.total();
    drop(pieces);
    if accounted != total {
        return Err(Stop::Failed(format!(
            "of its {total} bytes only {accounted} are accounted for; this is an error of the program"
        )));
    }
    if reader.trailing() {
        let reason = "bytes after the end of the packed data; they are not unpacked".to_owned();
        outlet.mark(Mark::Stray { offset: total, reason, bytes: Vec::new() })?;
    }
    let digest = reader.digest().map_err(|error| Stop::Failed(describe(&error)))?;
    Ok(Mark::Ends { form, digest, total })
}

/// What a message gives: itself, and where it is a digest, the messages enclosed in it.
fn sight(raw: &Raw, latest: i64) -> Vec<Sighting> {
    let (subject, own) = sight_one(raw, latest);
    let mut all = vec![own];
    if parse::names_digest(&subject) {
        all.extend(parse::enclosed(raw).iter().map(|inner| sight_one(inner, latest).1));
    }
    all
}

/// What one message gives, with its subject.
fn sight_one(raw: &Raw, latest: i64) -> (String, Sighting) {
    let message = parse::parse(raw, latest);
    let sighting = Sighting {
        id: message.id.0,
        bytes: digest::of_bytes(&raw.bytes),
        // The author's number is given when results are gathered, in order.
        traits: identity::traits(&message, raw, 0),
        author: message.author,
        offset: raw.offset,
        length: raw.bytes.len() as u32,
        problems: message.problems,
    };
    (message.subject, sighting)
}

/// The dump being gathered. Nothing of it counts before it has been read to its end.
struct Current<'a> {
    dump: &'a Dump,
    /// Time of the run, in seconds.
    now: i64,
    sightings: Vec<Sighting>,
    strays: Vec<StrayRun>,
    /// Messages that arrived here, whatever they turn out to be.
    arrived: u64,
    crashed: u64,
}

/// Stray pieces that lie side by side, as one.
struct StrayRun {
    offset: u64,
    length: u64,
    reason: String,
    /// The first [`MAX_ASIDE`] bytes.
    bytes: Vec<u8>,
}

/// What the splitter calls the one stray piece that nobody needs to hear of.
const BYTE_ORDER_MARK: &str = "byte order mark";

impl<'a> Current<'a> {
    fn new(dump: &'a Dump, now: i64) -> Current<'a> {
        Current { dump, now, sightings: Vec::new(), strays: Vec::new(), arrived: 0, crashed: 0 }
    }

    fn add(&mut self, results: Vec<Result<Vec<Sighting>, Raw>>, aside: &mut Aside) {
        for result in results {
            match result {
                Ok(mut sightings) => {
                    self.arrived += sightings.len() as u64;
                    self.sightings.append(&mut sightings);
                }
                Err(raw) => {
                    self.arrived += 1;
                    self.crashed += 1;
                    aside.put(
                        self.dump,
                        raw.offset,
                        raw.bytes.len() as u64,
                        "the parser failed on this message",
                        raw.bytes,
                    );
                }
            }
        }
    }

    fn stray(&mut self, offset: u64, reason: String, mut bytes: Vec<u8>) {
        let length = bytes.len() as u64;
        if reason.contains(BYTE_ORDER_MARK) {
            return;
        }
        match self.strays.last_mut() {
            Some(run) if run.reason == reason && run.offset + run.length == offset => {
                run.length += length;
                bytes.truncate(MAX_ASIDE.saturating_sub(run.bytes.len()));
                run.bytes.append(&mut bytes);
            }
            _ => {
                bytes.truncate(MAX_ASIDE);
                self.strays.push(StrayRun { offset, length, reason, bytes });
            }
        }
    }

    fn end(
        self,
        form: String,
        digest: [u8; 32],
        total: u64,
        catalogue: &mut Catalogue,
        aside: &mut Aside,
    ) -> FileReport {
        let mut file = FileReport::new(self.dump, form);
        let number = self.replace_record(digest, catalogue);
        file.tally.set_aside = self.crashed;
        for sighting in self.sightings {
            for problem in &sighting.problems {
                file.problem(problem);
            }
            if let Some(date) = sighting.traits.date {
                file.dated(date);
            }
            let outcome = take(catalogue, number, sighting);
            file.tally.count(outcome);
        }
        forget_old_places(catalogue, number);
        if total == 0 {
            file.note("empty", "the file is empty");
        }
        // A file that holds no message at all counts as one thing set aside; strays between messages are noted, with their bytes.
        let hopeless = self.arrived == 0 && !self.strays.is_empty();
        file.tally.set_aside += u64::from(hopeless);
        for run in self.strays {
            file.note("stray", &format!("{} bytes at byte {}: {}", run.length, run.offset, run.reason));
            aside.put(self.dump, run.offset, run.length, &run.reason, run.bytes);
        }
        // Counted where messages arrive, not from what became of them: so the sum can fail to balance.
        file.tally.read = self.arrived + u64::from(hopeless);
        file
    }

    /// A dump that cannot be read to its end counts as one thing set aside: half of it would look like all of it.
    fn fail(self, reason: String, aside: &mut Aside) -> FileReport {
        let mut file = FileReport::new(self.dump, "unreadable".into());
        file.note("unreadable", &reason);
        file.tally.set_aside = 1;
        file.tally.read = 1;
        aside.put(self.dump, 0, self.dump.size, &reason, Vec::new());
        file
    }

    /// Enters the dump into the catalogue, in place of an earlier state of the same file; gives its number.
    fn replace_record(&self, digest: [u8; 32], catalogue: &mut Catalogue) -> u32 {
        for record in &mut catalogue.dumps {
            record.present &= record.name != self.dump.name;
        }
        catalogue.dumps.push(DumpRecord {
            name: self.dump.name.clone(),
            list: self.dump.list.clone(),
            size: self.dump.size,
            modified: self.dump.modified,
            digest,
            racy: self.dump.modified / 1_000_000_000 >= self.now - CLOCK_REACH,
            present: true,
        });
        (catalogue.dumps.len() - 1) as u32
    }
}

/// Enters one sighting into the catalogue and says what it was.
fn take(catalogue: &mut Catalogue, dump: u32, mut sighting: Sighting) -> Outcome {
    let place = PlaceRecord { dump, offset: sighting.offset, length: sighting.length };
    sighting.traits.author = catalogue.author(&sighting.author);
    let Catalogue { messages, authors, .. } = catalogue;
    let copies = messages.entry(sighting.id).or_default();
    if let Some(copy) = copies.iter_mut().find(|copy| copy.bytes == sighting.bytes) {
        copy.places.push(place);
        // The same bytes may be framed otherwise elsewhere; the surest and richest reading stands, whichever came first.
        let surest =
            |traits: &Traits| (traits.ambiguous, std::cmp::Reverse(traits.richness), traits.content, traits.form);
        if surest(&sighting.traits) < surest(&copy.traits) {
            copy.traits = sighting.traits;
        }
        return Outcome::Known;
    }
    let before = if copies.is_empty() { Vec::new() } else { identity::messages(copies, authors) };
    let best_before: Vec<u128> = before.iter().map(|group| copies[group[0]].bytes).collect();
    copies.push(Copy { bytes: sighting.bytes, traits: sighting.traits, places: vec![place] });
    if copies.len() == 1 {
        return Outcome::New;
    }
    let after = identity::messages(copies, authors);
    let own = copies.len() - 1;
    if after.len() > before.len() {
        Outcome::Conflict
    } else if after.iter().any(|group| group[0] == own)
        && !best_before.contains(&sighting.bytes)
        && richer(copies, &after, own)
    {
        Outcome::Richer
    } else {
        Outcome::Known
    }
}

/// Whether the copy truly holds more than the others of its message, and was not chosen merely to break a tie.
fn richer(copies: &[Copy], groups: &[Vec<usize>], own: usize) -> bool {
    let others = groups.iter().find(|group| group[0] == own).into_iter().flatten().filter(|&&i| i != own);
    others.map(|&i| copies[i].traits.richness).max().is_some_and(|best| copies[own].traits.richness > best)
}

/// A file that was replaced by a newer one of the same name: what is in both is in the new one; what is only in the old one
/// keeps its old place, so that it keeps its list and can be listed as vanished.
fn forget_old_places(catalogue: &mut Catalogue, number: u32) {
    let name = &catalogue.dumps[number as usize].name;
    let old: Vec<u32> = (0..number).filter(|&other| catalogue.dumps[other as usize].name == *name).collect();
    if old.is_empty() {
        return;
    }
    for copies in catalogue.messages.values_mut() {
        for copy in copies {
            if copy.places.iter().any(|place| place.dump == number) {
                copy.places.retain(|place| !old.contains(&place.dump));
            }
        }
    }
}
