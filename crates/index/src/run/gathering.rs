//! One dump on its way into the catalogue.

use std::ops::Range;

use plenary_ingest::{
    Raw,
    source::{self, Dump, Refused},
};

use super::{
    Error,
    aside::MAX_ASIDE,
    outcome::{Touched, forget_old_places, take},
    report::FileReport,
    sighting::{Lost, Sighting},
    survey::Books,
};
use crate::{catalogue::DumpRecord, ledger::hex};

/// How many seconds clocks and file systems may be apart.
const CLOCK_REACH: i64 = 2;

/// The dump being gathered. If it cannot be read to its end, what it brought until then is taken out again.
pub(super) struct Current<'a> {
    pub(super) dump: &'a Dump,
    /// Index of its record.
    number: u32,
    file: FileReport,
    touched: Touched,
    strays: Vec<StrayRun>,
    /// Messages that arrived here, whatever they turn out to be, and members set aside whole.
    arrived: u64,
    /// What of it was set aside until now.
    set_aside: u64,
    /// The report, the strays and the counts as they were when the member that is being read began.
    before_member: Option<(FileReport, usize, u64, u64)>,
}

/// What is known at the end of a dump.
pub(super) struct End {
    pub(super) form: String,
    pub(super) digest: [u8; 32],
    pub(super) total: u64,
    pub(super) notes: Vec<String>,
}

/// Stray pieces that lie side by side, as one.
struct StrayRun {
    offset: u64,
    length: u64,
    reason: String,
    /// Where the first [`MAX_ASIDE`] bytes wait.
    bytes: Range<u64>,
}

/// What the splitter calls the one stray piece that nobody needs to hear of.
const BYTE_ORDER_MARK: &str = "byte order mark";

impl<'a> Current<'a> {
    /// Enters the dump into the catalogue. What is not known before its end is filled in then.
    pub(super) fn new(dump: &'a Dump, now: i64, books: &mut Books<'_>) -> Current<'a> {
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
            unreadable: false,
        });
        Current {
            dump,
            number: (books.catalogue.dumps.len() - 1) as u32,
            file: FileReport::new(dump),
            touched: Touched::default(),
            strays: Vec::new(),
            arrived: 0,
            set_aside: 0,
            before_member: None,
        }
    }

    /// Takes what came of messages; one on which the work panicked comes as itself.
    pub(super) fn add(
        &mut self,
        results: Vec<Result<Vec<Result<Sighting, Lost>>, Raw>>,
        books: &mut Books<'_>,
    ) -> Result<(), Error> {
        for result in results {
            let panicked = |raw| vec![Err(Lost { raw, reason: "the parser failed on this message".into() })];
            for outcome in result.unwrap_or_else(panicked) {
                self.arrived += 1;
                match outcome {
                    Ok(sighting) => self.take(sighting, books)?,
                    Err(lost) => self.lose(&lost, books)?,
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, sighting: Sighting, books: &mut Books<'_>) -> Result<(), Error> {
        self.touched.note(sighting.seen.id);
        for problem in &sighting.seen.problems {
            self.file.problem(problem);
        }
        if let Some(date) = sighting.seen.traits.date {
            self.file.dated(date);
        }
        self.file.tally.count(take(books.catalogue, books.spool, self.number, sighting)?);
        Ok(())
    }

    /// Sets a message aside that nobody may read here, with its bytes.
    fn lose(&mut self, Lost { raw, reason }: &Lost, books: &mut Books<'_>) -> Result<(), Error> {
        self.set_aside += 1;
        self.file.note("unreadable", &format!("at byte {}: {reason}", raw.offset));
        let bytes = books.aside.wait(&raw.bytes)?;
        books.aside.put(self.dump, raw.offset, raw.bytes.len() as u64, reason, bytes);
        Ok(())
    }

    pub(super) fn stray(
        &mut self,
        offset: u64,
        reason: String,
        bytes: &[u8],
        books: &mut Books<'_>,
    ) -> Result<(), Error> {
        if reason.contains(BYTE_ORDER_MARK) {
            return Ok(());
        }
        let length = bytes.len() as u64;
        if let Some(run) = self.strays.last_mut()
            && run.reason == reason
            && run.offset + run.length == offset
        {
            let room = MAX_ASIDE.saturating_sub((run.bytes.end - run.bytes.start) as usize);
            // Side by side in the dump, so side by side where they wait: nothing came between.
            run.bytes.end = books.aside.wait(&bytes[..room.min(bytes.len())])?.end;
            run.length += length;
            return Ok(());
        }
        let bytes = books.aside.wait(&bytes[..MAX_ASIDE.min(bytes.len())])?;
        self.strays.push(StrayRun { offset, length, reason, bytes });
        Ok(())
    }

    /// A member of an archive begins.
    pub(super) fn remember(&mut self) {
        self.before_member = Some((self.file.clone(), self.strays.len(), self.arrived, self.set_aside));
    }

    /// A member cannot be read to its end: what came of it is taken out again, and it counts as one thing set aside.
    pub(super) fn refuse(&mut self, refused: Refused, books: &mut Books<'_>) {
        if let Some((file, strays, arrived, set_aside)) = self.before_member.take().filter(|_| refused.length > 0) {
            self.touched.take_out(books.catalogue, self.number, refused.from);
            self.strays.truncate(strays);
            (self.file, self.arrived, self.set_aside) = (file, arrived, set_aside);
        }
        self.arrived += 1;
        self.set_aside += 1;
        self.file.note("unreadable", &refused.reason);
        books.aside.put(self.dump, refused.from, refused.length, &refused.reason, 0..0);
    }

    pub(super) fn end(mut self, end: End, books: &mut Books<'_>) -> FileReport {
        let End { form, digest, total, notes } = end;
        self.file.format = form;
        for note in notes {
            self.file.note("left-out", &note);
        }
        self.file.digest = Some(hex(&digest));
        if total == 0 && self.arrived == 0 {
            self.file.note("empty", "the file is empty");
        }
        // A file that holds no message at all counts as one thing set aside; strays between messages are noted, with their bytes.
        let hopeless = self.arrived == 0 && !self.strays.is_empty();
        self.file.tally.set_aside = self.set_aside + u64::from(hopeless);
        let set_aside = self.set_aside + self.strays.len() as u64;
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

    /// A dump that cannot be read to its end counts as one thing set aside: half of it would look like all of it. What lies in its
    /// bytes is remembered, and not read again until they change or somebody asks; what the disk did is tried again by the next run.
    pub(super) fn fail(self, reason: String, lasting: bool, books: &mut Books<'_>) -> FileReport {
        self.touched.take_out(books.catalogue, self.number, 0);
        let mut file = FileReport::new(self.dump);
        file.format = "unreadable".into();
        file.note("unreadable", &reason);
        file.tally.set_aside = 1;
        file.tally.read = 1;
        books.aside.put(self.dump, 0, self.dump.size, &reason, 0..0);
        match source::digest(&self.dump.path) {
            Ok(digest) if lasting => {
                file.digest = Some(hex(&digest));
                self.stands(digest, 1, books);
                books.catalogue.dumps[self.number as usize].unreadable = true;
            }
            _ => drop(books.catalogue.dumps.pop()),
        }
        file
    }

    /// A dump of a run that was taken back stays in the catalogue without its messages, so that it is not read every time.
    pub(super) fn leave_out(self, digest: [u8; 32], books: &mut Books<'_>) {
        self.touched.take_out(books.catalogue, self.number, 0);
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
