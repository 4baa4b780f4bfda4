//! The first pass: what is in the dumps that are new or have changed.

use plenary_ingest::{
    Raw,
    mbox::{self, Piece},
    parse,
    source::{self, Dump},
};

use super::{
    Error, Progress, Report, Settings, Watch,
    aside::{Aside, MAX_ASIDE},
    describe,
    outcome::{Touched, forget_old_places, take},
    pipeline::{self, Closed, Heard, Outlet},
    report::FileReport,
    sighting::{Memory, Sighting, sight},
    spool::Spool,
    undone,
};
use crate::{
    catalogue::{Catalogue, DumpRecord},
    ledger::{History, hex},
};

/// How many seconds clocks and file systems may be apart.
const CLOCK_REACH: i64 = 2;

/// What happens between messages.
enum Mark {
    Begins(usize),
    Stray { offset: u64, reason: String, bytes: Vec<u8> },
    Ends { form: String, digest: [u8; 32], total: u64 },
    Fails(String),
}

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
    let (mut done, mut messages) = (0, 0);
    pipeline::run(
        settings.workers(),
        |outlet| read_all(settings, dumps, outlet),
        |raw| sight(raw, settings, latest, &memory),
        |heard| {
            watch.check()?;
            match heard {
                Heard::Mark(Mark::Begins(at)) => {
                    let dump = dumps[at];
                    (watch.progress)(Progress::Reading { dump: dump.name.clone(), done, total, messages });
                    current = Some(Current::new(dump, settings.now, books));
                }
                Heard::Results(results) => {
                    messages += results.len() as u64;
                    if let Some(current) = &mut current {
                        current.add(results, books)?;
                        let dump = current.dump.name.clone();
                        (watch.progress)(Progress::Reading { dump, done, total, messages });
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
                        if undone::is_left_out(books.history, &current.dump.name, &digest) {
                            report.left_out.push(current.dump.name.clone());
                            current.leave_out(digest, books);
                        } else {
                            report.files.push(current.end(form, digest, total, books));
                        }
                    }
                }
                Heard::Mark(Mark::Fails(reason)) => {
                    if let Some(current) = current.take() {
                        done += current.dump.size;
                        report.files.push(current.fail(reason, books));
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

fn read_one(settings: &Settings, dump: &Dump, outlet: &mut Outlet<Raw, Mark>) -> Result<Mark, Stop> {
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
            Piece::Message(raw) => {
                let bytes = raw.bytes.len();
                outlet.message(raw, bytes)?;
            }
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

/// The dump being gathered. If it cannot be read to its end, what it brought until then is taken out again.
struct Current<'a> {
    dump: &'a Dump,
    /// Index of its record.
    number: u32,
    file: FileReport,
    touched: Touched,
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
    /// Enters the dump into the catalogue. What is not known before its end is filled in then.
    fn new(dump: &'a Dump, now: i64, books: &mut Books<'_>) -> Current<'a> {
        let run = books.catalogue.run(books.run);
        books.catalogue.dumps.push(DumpRecord {
            name: dump.name.clone(),
            list: dump.list.clone(),
            size: dump.size,
            modified: dump.modified,
            digest: [0; 32],
            racy: dump.modified / 1_000_000_000 >= now - CLOCK_REACH,
            present: true,
            run,
            undone: false,
            set_aside: 0,
        });
        Current {
            dump,
            number: (books.catalogue.dumps.len() - 1) as u32,
            file: FileReport::new(dump),
            touched: Touched::default(),
            strays: Vec::new(),
            arrived: 0,
            crashed: 0,
        }
    }

    fn add(&mut self, results: Vec<Result<Vec<Sighting>, Raw>>, books: &mut Books<'_>) -> Result<(), Error> {
        for result in results {
            match result {
                Ok(sightings) => {
                    for sighting in sightings {
                        self.arrived += 1;
                        self.touched.note(sighting.seen.id);
                        for problem in &sighting.seen.problems {
                            self.file.problem(problem);
                        }
                        if let Some(date) = sighting.seen.traits.date {
                            self.file.dated(date);
                        }
                        self.file.tally.count(take(books.catalogue, books.spool, self.number, sighting)?);
                    }
                }
                Err(raw) => {
                    self.arrived += 1;
                    self.crashed += 1;
                    let (offset, length) = (raw.offset, raw.bytes.len() as u64);
                    books.aside.put(self.dump, offset, length, "the parser failed on this message", raw.bytes);
                }
            }
        }
        Ok(())
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

    fn end(mut self, form: String, digest: [u8; 32], total: u64, books: &mut Books<'_>) -> FileReport {
        self.file.format = form;
        self.file.digest = Some(hex(&digest));
        if total == 0 {
            self.file.note("empty", "the file is empty");
        }
        // A file that holds no message at all counts as one thing set aside; strays between messages are noted, with their bytes.
        let hopeless = self.arrived == 0 && !self.strays.is_empty();
        self.file.tally.set_aside = self.crashed + u64::from(hopeless);
        let set_aside = self.crashed + self.strays.len() as u64;
        for run in self.strays.drain(..) {
            self.file.note("stray", &format!("{} bytes at byte {}: {}", run.length, run.offset, run.reason));
            books.aside.put(self.dump, run.offset, run.length, &run.reason, run.bytes);
        }
        // Counted where messages arrive, not from what became of them: so the sum can fail to balance.
        self.file.tally.read = self.arrived + u64::from(hopeless);
        self.stands(digest, set_aside, books);
        forget_old_places(books.catalogue, self.number);
        self.file
    }

    /// A dump that cannot be read to its end counts as one thing set aside: half of it would look like all of it.
    fn fail(self, reason: String, books: &mut Books<'_>) -> FileReport {
        self.touched.take_out(books.catalogue, self.number);
        books.catalogue.dumps.pop();
        let mut file = FileReport::new(self.dump);
        file.format = "unreadable".into();
        file.note("unreadable", &reason);
        file.tally.set_aside = 1;
        file.tally.read = 1;
        books.aside.put(self.dump, 0, self.dump.size, &reason, Vec::new());
        file
    }

    /// A dump of a run that was taken back stays in the catalogue without its messages, so that it is not read every time.
    fn leave_out(self, digest: [u8; 32], books: &mut Books<'_>) {
        self.touched.take_out(books.catalogue, self.number);
        self.stands(digest, 0, books);
        books.catalogue.dumps[self.number as usize].undone = true;
    }

    /// Makes the record true, and puts it in the place of an earlier state of the same file.
    fn stands(&self, digest: [u8; 32], set_aside: u64, books: &mut Books<'_>) {
        let first = books.history.first_run(&(self.dump.name.clone(), hex(&digest)));
        let run = books.catalogue.run(first.unwrap_or(books.run));
        for record in &mut books.catalogue.dumps[..self.number as usize] {
            record.present &= record.name != self.dump.name;
        }
        let record = &mut books.catalogue.dumps[self.number as usize];
        (record.digest, record.run, record.set_aside) = (digest, run, set_aside);
    }
}
