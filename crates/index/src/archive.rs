//! The archive as readers hold it.

use std::{
    path::Path,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use plenary_ingest::{Id, Message, parse::pasted_message_id};
use tantivy::{
    DocAddress, DocId, Searcher, Term, collector::DocSetCollector, index::SegmentId, query::TermQuery,
    schema::IndexRecordOption,
};

use crate::{
    Answer, Author, Card, Cursor, Entry, Error, Found, Hit, Overview, Question, Sort, Start,
    catalogue::DocumentKey,
    clock::Clock,
    columns::Columns,
    document::{self, Stored},
    facets, inflections,
    kept::Kept,
    ledger::{Book, Removal, Runs, removals::Removals},
    nearness, numbers, overview,
    plan::Planner,
    run::Report,
    seal::{self, Seen},
    snippet::Marker,
    store::{self, Store},
    swap,
    sweep::{self, Order},
};

/// Longest a search may take before it answers with what it has, saying so.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);
/// Furthest page reached by counting; beyond it cursors go on.
pub const MAX_OFFSET: usize = 10_000;
/// Bytes of a message read for a hit: its text comes before its attachments, and passages come from its first 64 KiB.
const READ_FOR_HITS: usize = 128 << 10;
/// Bytes of messages kept for the next search that hits them: to unpack and understand one costs as much as to count a facet.
const KEPT_FOR_HITS: usize = 32 << 20;
/// What a message in memory takes beside its text, about.
const BESIDE_TEXT: usize = 2 << 10;
/// Most hits in one answer.
pub const MAX_LIMIT: usize = 100;

/// An open index. Cheap to clone; every clone sees a commit at once after [`Archive::reload`].
#[derive(Clone)]
pub struct Archive {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    prefixes: Vec<String>,
    book: Book,
    snapshot: RwLock<Arc<Snapshot>>,
    numbers: numbers::Shelf,
    /// Messages that were hits lately. A document of a segment never changes, so a commit takes nothing out of date.
    read: Kept<(SegmentId, DocId), Arc<(Stored, Message)>>,
}

/// One commit, as it is read: a whole answer comes from one of these.
pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) columns: Columns,
    pub(crate) inflections: inflections::Known,
    pub(crate) overview: Arc<Overview>,
    pub(crate) generation: u64,
}

impl Archive {
    /// Opens the index in a folder for reading. `prefixes` are what lists put before subjects, to be left out on pages.
    pub fn open(dir: &Path, prefixes: Vec<String>) -> Result<Archive, Error> {
        Archive::of(&swap::standing(dir), prefixes)
    }

    /// Opens what is kept of the index before the last run, where every byte of it is as it was and nothing in it was taken down since.
    /// It follows no commits.
    pub fn open_previous(dir: &Path, prefixes: Vec<String>) -> Result<Archive, Error> {
        let previous = swap::previous(dir);
        if !Removals::read(dir.parent().unwrap_or(dir))?.allow(&previous) {
            return Err(Error::NoIndex(previous));
        }
        match seal::examine(&previous)? {
            Seen::Unsealed => Err(Error::NoIndex(previous)),
            Seen::Sealed(spoilt) if spoilt.is_empty() => Archive::of(&previous, prefixes),
            Seen::Sealed(_) => Err(Error::Damaged(previous)),
        }
    }

    fn of(dir: &Path, prefixes: Vec<String>) -> Result<Archive, Error> {
        let store = Store::open(dir)?;
        if store.generation() == 0 {
            // A first run that was broken off leaves an index without a commit.
            return Err(Error::NoIndex(dir.into()));
        }
        let commit = store.last_commit()?;
        let snapshot = RwLock::new(Arc::new(store::guarded(dir, || {
            Snapshot::take(&store, commit, &inflections::Known::default())
        })?));
        let book = Book::of(dir.parent().unwrap_or(dir));
        let read = Kept::with_room(KEPT_FOR_HITS);
        let numbers = numbers::Shelf::default();
        Ok(Archive { shared: Arc::new(Shared { store, prefixes, book, snapshot, numbers, read }) })
    }

    /// Sees what has been committed since.
    pub fn reload(&self) -> Result<(), Error> {
        // The commit's number first: if another commit comes between, the number is too low and the next look reloads again.
        let commit = self.shared.store.last_commit()?;
        self.shared.store.reader().reload().map_err(|error| Error::engine("reloading", error))?;
        let fresh = Arc::new(Snapshot::take(&self.shared.store, commit, &self.snapshot().inflections)?);
        *self.shared.snapshot.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = fresh;
        Ok(())
    }

    /// Sees a newer commit, if there is one. Cheap when there is none.
    pub fn refresh(&self) -> Result<(), Error> {
        let (generation, _) = self.shared.store.last_commit()?;
        if generation == self.generation() { Ok(()) } else { self.reload() }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// The number of the commit that answers now: part of every ETag.
    pub fn generation(&self) -> u64 {
        self.snapshot().generation
    }

    /// What the archive holds, list by list. Computed once per commit.
    pub fn overview(&self) -> Arc<Overview> {
        self.snapshot().overview.clone()
    }

    /// Every run that is in the ledger, the latest first.
    pub fn runs(&self) -> Result<Arc<Runs>, Error> {
        self.shared.book.runs()
    }

    /// The report of a run, and whether the run was taken back; `None` where there was no such run.
    pub fn run(&self, name: &str) -> Result<Option<(Report, bool)>, Error> {
        self.shared.book.report(name)
    }

    /// Answers a search, within a second, with what has been found by then.
    pub fn search(&self, question: &Question) -> Result<Answer, Error> {
        self.search_until(question, Instant::now() + DEADLINE)
    }

    /// Answers a search with what is found by then. Several searches for one page share their time so.
    pub fn search_until(&self, question: &Question, deadline: Instant) -> Result<Answer, Error> {
        let started = Instant::now();
        let clock = Clock::until(deadline);
        let snapshot = self.snapshot();
        let planner = Planner {
            fields: self.shared.store.fields(),
            searcher: &snapshot.searcher,
            columns: &snapshot.columns,
            scope: question.query.scope,
            inflections: &snapshot.inflections,
            clock: &clock,
        };
        let limit = question.limit.min(MAX_LIMIT);
        let (offset, after) = match question.start {
            Start::Offset(offset) => (offset.min(MAX_OFFSET - limit), None),
            Start::After(cursor) => (0, Some(cursor)),
        };
        let (rest, chosen) = facets::divide(&question.query, &planner);
        let query = planner.lower(&rest)?;
        // One more than asked for tells whether there is a next page.
        let arranged = question.sort == Sort::Relevance && nearness::counts(&question.query);
        let keep = match limit {
            0 => 0,
            _ if arranged => (offset + limit + 1).max(nearness::BEST),
            _ => offset + limit + 1,
        };
        let order = Order { sort: question.sort, grouped: question.grouped, keep, after, clock: &clock };
        let mut gathered = sweep::sweep(&snapshot.searcher, &snapshot.columns, query.as_ref(), &chosen, &order)?;
        if arranged {
            nearness::arrange(&planner, &question.query, &mut gathered.found)?;
        }
        let more = gathered.found.len() > offset + limit;
        gathered.found.truncate(offset + limit);

        let marker = Marker::new(&question.query, &clock);
        let mut hits = Vec::with_capacity(limit);
        for found in gathered.found.iter().skip(offset) {
            let read = self.read_for_hit(&snapshot, found.address)?;
            let (stored, message) = read.as_ref();
            let language = stored.head.language.as_deref();
            let passages = marker.passages(message, &stored.attached, language, question.query.scope);
            hits.push(Hit { card: self.card(stored, message), passages, more_in_thread: found.more });
        }
        let next = match (
            more && matches!(question.sort, Sort::Newest | Sort::Oldest) && !question.grouped,
            gathered.found.last(),
        ) {
            (true, Some(last)) => {
                let rows = &snapshot.columns.segments[last.address.segment_ord as usize];
                let row = last.address.doc_id as usize;
                Some(Cursor { date: rows.date[row], key: rows.key[row] })
            }
            _ => None,
        };
        Ok(Answer {
            total: gathered.total,
            threads: gathered.threads,
            hits,
            facets: facets::count(&snapshot.columns, &gathered, &question.query),
            next,
            partial: clock.ran_out(),
            took: started.elapsed(),
            generation: snapshot.generation,
        })
    }

    /// A message by id (32 letters and digits, perhaps `-2`) or by Message-ID, with or without brackets.
    pub fn message(&self, id: &str) -> Result<Option<Entry>, Error> {
        Ok(self.message_with_raw(id)?.map(|found| found.entry))
    }

    /// The same with the bytes it came from.
    pub fn message_with_raw(&self, id: &str) -> Result<Option<Found>, Error> {
        let snapshot = self.snapshot();
        let Some(address) = self.find(&snapshot, id)? else { return Ok(None) };
        let stored = self.read(&snapshot, address)?;
        let drawing = self.drawing(&snapshot, &stored.head.thread)?;
        Ok(Some(self.found(&snapshot, address, &stored, &drawing)?))
    }

    /// When and why a message was taken down, if it was; `id` as for [`Archive::message`].
    pub fn removal(&self, id: &str) -> Result<Option<Removal>, Error> {
        let Some(key) = key_of(id) else { return Ok(None) };
        // Read anew each time: it is asked for only where there is no such message, and the file is short.
        let index = self.shared.store.folder();
        Ok(Removals::read(index.parent().unwrap_or(index))?.of(&key).cloned())
    }

    /// The bytes of a message's attachment, decoded; `part` is [`plenary_ingest::Attachment::part`].
    pub fn attachment(&self, id: &str, part: usize) -> Result<Option<Vec<u8>>, Error> {
        let snapshot = self.snapshot();
        let Some(address) = self.find(&snapshot, id)? else { return Ok(None) };
        let stored = self.read(&snapshot, address)?;
        Ok(plenary_ingest::parse::attachment_bytes(&stored.raw, part))
    }

    /// A message's own rendering as a web page, as it was sent; nothing in it may be trusted.
    pub fn page(&self, id: &str) -> Result<Option<plenary_ingest::parse::Page>, Error> {
        let snapshot = self.snapshot();
        let Some(address) = self.find(&snapshot, id)? else { return Ok(None) };
        Ok(plenary_ingest::parse::page(&self.read(&snapshot, address)?.raw))
    }

    /// Where a document is: by its name, or by a Message-ID.
    pub(crate) fn find(&self, snapshot: &Snapshot, id: &str) -> Result<Option<DocAddress>, Error> {
        key_of(id).map_or(Ok(None), |key| self.document(snapshot, &key))
    }

    /// Where a document is.
    pub(crate) fn document(&self, snapshot: &Snapshot, key: &DocumentKey) -> Result<Option<DocAddress>, Error> {
        self.lookup(snapshot, Term::from_field_bytes(self.fields().id, &key.bytes()))
    }

    /// Any message that has a term.
    pub(crate) fn lookup(&self, snapshot: &Snapshot, term: Term) -> Result<Option<DocAddress>, Error> {
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let found = snapshot
            .searcher
            .search(&query, &DocSetCollector)
            .map_err(|error| Error::engine("looking up a message", error))?;
        Ok(found.into_iter().next())
    }

    /// Where numbers are kept.
    pub(crate) fn shelf(&self) -> &numbers::Shelf {
        &self.shared.numbers
    }

    /// Where the index is.
    pub(crate) fn folder(&self) -> &Path {
        self.shared.store.folder()
    }

    pub(crate) fn fields(&self) -> &crate::schema::Fields {
        self.shared.store.fields()
    }

    pub(crate) fn read(&self, snapshot: &Snapshot, address: DocAddress) -> Result<Stored, Error> {
        let doc = snapshot.searcher.doc(address).map_err(|error| Error::engine("reading a message", error))?;
        document::read(self.fields(), &doc)
            .ok_or_else(|| Error::Engine { doing: "reading a message", detail: "its record is incomplete".into() })
    }

    /// The beginning of a message, without its bytes.
    fn read_for_hit(&self, snapshot: &Snapshot, address: DocAddress) -> Result<Arc<(Stored, Message)>, Error> {
        let name = (snapshot.searcher.segment_reader(address.segment_ord).segment_id(), address.doc_id);
        if let Some(read) = self.shared.read.get(&name) {
            return Ok(read);
        }
        let mut stored = self.read(snapshot, address)?;
        // Between lines: half an address is not known for one and would not be masked. Not where a line is so long that little were left.
        if let Some(beginning) = stored.raw.bytes.get(..READ_FOR_HITS) {
            let line = beginning.iter().rposition(|&byte| byte == b'\n').filter(|end| *end >= READ_FOR_HITS / 2);
            stored.raw.bytes.truncate(line.map_or(READ_FOR_HITS, |end| end + 1));
        }
        let mut message = stored.message();
        stored.raw.bytes = Vec::new();
        message.text.shrink_to_fit();
        let attached: usize = stored.attached.iter().map(|file| file.text.len()).sum();
        let bytes = message.text.len() + attached + BESIDE_TEXT;
        let read = Arc::new((stored, message));
        self.shared.read.put(name, Arc::clone(&read), bytes);
        Ok(read)
    }

    pub(crate) fn card(&self, stored: &Stored, message: &plenary_ingest::Message) -> Card {
        let head = &stored.head;
        Card {
            id: head.key.clone(),
            message_id: message.message_id.as_ref().map(|id| id.as_str().to_owned()),
            lists: head.lists.clone(),
            subject: plenary_ingest::Subject::read(&message.subject, &self.shared.prefixes).shown,
            author: Author {
                person: head.person.clone(),
                name: message.author.display().into_owned(),
                email: message.author.email.clone(),
            },
            date: head.date(),
            thread: head.thread.clone(),
            attachments: head.attachments as usize,
            language: head.language.clone(),
        }
    }
}

impl Snapshot {
    fn take(store: &Store, (generation, at): (u64, i64), before: &inflections::Known) -> Result<Snapshot, Error> {
        let searcher = store.reader().searcher();
        let columns = Columns::read(&searcher)?;
        let inflections = before.take(store.folder(), searcher.segment_readers(), store.fields())?;
        let overview = Arc::new(overview::overview(&columns, generation, at));
        Ok(Snapshot { searcher, columns, inflections, overview, generation })
    }
}

/// What an id or a Message-ID names.
pub(crate) fn key_of(id: &str) -> Option<DocumentKey> {
    match pasted_message_id(id) {
        Some(message_id) => Some(DocumentKey { id: Id::of_message_id(&message_id).0, number: 1 }),
        None => DocumentKey::parse(id),
    }
}
