//! A walk over every message that a query finds, in order of date, however many there are: what exports and feeds are made of.
//!
//! The whole walk reads one commit, so a run that commits meanwhile neither doubles a message nor hides one. Messages are read
//! one by one; what is kept of those ahead is a batch of places, so memory does not grow with the answer.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use plenary_ingest::{Id, mbox::unescape};
use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::DocAddress;

use crate::{
    Archive, Cursor, Entry, Error, Parsed, Query, Sort,
    archive::Snapshot,
    clock::Clock,
    document::FLAGS,
    facets,
    plan::Planner,
    query::Scope,
    reading::Place,
    sweep::{self, Order},
};

/// Places found at once. Each batch sweeps all matches: with 4,096 a million messages take 245 sweeps, and the places of
/// a batch 200 KB.
const BATCH: usize = 4_096;
/// Longest a sweep may take. A walk may not leave anything out, so it fails where a search would answer with a part.
const DEADLINE: Duration = Duration::from_secs(60);

/// One message of a walk, whole.
#[derive(Debug, Clone)]
pub struct Step {
    /// The message; its rivals and neighbours are left out.
    pub entry: Entry,
    /// The message as it was sent: without the From_ line, and without what a mailbox escapes.
    pub sent: Vec<u8>,
    /// How far it is from the first message of its thread.
    pub depth: usize,
    /// Id of the message it answers, where that is in the archive.
    pub parent: Option<String>,
    /// What it has and is: `("has", "link")`, `("is", "root")`.
    pub flags: Vec<(&'static str, &'static str)>,
    /// Where a walk goes on after it.
    pub cursor: Cursor,
}

/// Gives each message that a query finds.
pub struct Walk {
    archive: Archive,
    snapshot: Arc<Snapshot>,
    query: Parsed,
    sort: Sort,
    after: Option<Cursor>,
    ahead: VecDeque<(DocAddress, Place)>,
    done: bool,
}

impl Archive {
    /// Walks over all messages that a query finds, from `after` on; undated ones come last in either direction.
    pub fn walk(&self, query: Parsed, newest_first: bool, after: Option<Cursor>) -> Walk {
        Walk {
            archive: self.clone(),
            snapshot: self.snapshot(),
            query,
            sort: if newest_first { Sort::Newest } else { Sort::Oldest },
            after,
            ahead: VecDeque::new(),
            done: false,
        }
    }

    /// One message as a walk gives it, by id or Message-ID.
    pub fn step(&self, id: &str) -> Result<Option<Step>, Error> {
        let all = Parsed { query: Query::All, scope: Scope::Own, problems: Vec::new() };
        let mut walk = self.walk(all, true, None);
        walk.done = true;
        let Some(address) = self.find(&walk.snapshot, id)? else { return Ok(None) };
        walk.ahead = walk.placed(vec![address])?;
        walk.next().transpose()
    }
}

impl Iterator for Walk {
    type Item = Result<Step, Error>;

    fn next(&mut self) -> Option<Result<Step, Error>> {
        if self.ahead.is_empty()
            && !self.done
            && let Err(error) = self.look_ahead()
        {
            self.done = true;
            return Some(Err(error));
        }
        let (address, place) = self.ahead.pop_front()?;
        Some(self.step(address, place))
    }
}

impl Walk {
    /// Which commit answers.
    pub fn generation(&self) -> u64 {
        self.snapshot.generation
    }

    /// Finds the next batch of places.
    fn look_ahead(&mut self) -> Result<(), Error> {
        let clock = Clock::until(Instant::now() + DEADLINE);
        let planner = Planner {
            fields: self.archive.fields(),
            searcher: &self.snapshot.searcher,
            columns: &self.snapshot.columns,
            scope: self.query.scope,
            inflections: &self.snapshot.inflections,
            clock: &clock,
        };
        let (rest, chosen) = facets::divide(&self.query, &planner);
        let query = planner.lower(&rest)?;
        let order = Order { sort: self.sort, grouped: false, keep: BATCH, after: self.after, clock: &clock };
        let gathered = sweep::sweep(&self.snapshot.searcher, &self.snapshot.columns, query.as_ref(), &chosen, &order)?;
        if clock.ran_out() {
            let detail = format!("not done after {} s", DEADLINE.as_secs());
            return Err(Error::Engine { doing: "walking over all messages found", detail });
        }
        self.done = gathered.found.len() < BATCH;
        let addresses: Vec<DocAddress> = gathered.found.iter().map(|found| found.address).collect();
        if let Some(&last) = addresses.last() {
            self.after = Some(self.cursor(last));
        }
        self.ahead = self.placed(addresses)?;
        Ok(())
    }

    /// Where each message stands in its thread; every thread is drawn once, however many of its messages are in the batch.
    fn placed(&self, addresses: Vec<DocAddress>) -> Result<VecDeque<(DocAddress, Place)>, Error> {
        let segments = &self.snapshot.columns.segments;
        let thread = |at: &DocAddress| segments[at.segment_ord as usize].thread[at.doc_id as usize];
        let threads: FxHashSet<u32> = addresses.iter().map(thread).collect();
        let wanted: FxHashSet<DocAddress> = addresses.iter().copied().collect();
        let mut members: FxHashMap<u32, Vec<DocAddress>> = FxHashMap::default();
        for (segment_ord, rows) in (0..).zip(segments) {
            for (doc_id, number) in (0..).zip(&rows.thread).filter(|(_, number)| threads.contains(*number)) {
                if rows.alive[doc_id as usize] {
                    members.entry(*number).or_default().push(DocAddress { segment_ord, doc_id });
                }
            }
        }
        let mut places: FxHashMap<DocAddress, Place> = FxHashMap::default();
        for members in members.into_values() {
            let drawn = self.archive.places(&self.snapshot, members)?;
            places.extend(drawn.into_iter().filter(|(address, _)| wanted.contains(address)));
        }
        Ok(addresses.into_iter().map(|address| (address, places.remove(&address).unwrap_or_default())).collect())
    }

    fn step(&self, address: DocAddress, place: Place) -> Result<Step, Error> {
        let stored = self.archive.read(&self.snapshot, address)?;
        let mut entry = self.archive.alone(&stored);
        entry.position = place.position;
        let parent = place.parent.map(|parent| self.name(parent, &entry)).transpose()?;
        let flags = self.snapshot.columns.segments[address.segment_ord as usize].flags[address.doc_id as usize];
        let flags = (0..).zip(FLAGS).filter(|(bit, _)| flags & 1 << bit != 0).map(|(_, flag)| *flag).collect();
        let sent = unescape(&stored.raw).into_owned();
        Ok(Step { entry, sent, depth: place.depth, parent, flags, cursor: self.cursor(address) })
    }

    /// The id of the message that one answers. Nearly always the answer itself names it, and no second message need be read.
    fn name(&self, parent: DocAddress, entry: &Entry) -> Result<String, Error> {
        let key = self.snapshot.columns.segments[parent.segment_ord as usize].key[parent.doc_id as usize];
        let named = entry.message.references.iter().map(Id::of_message_id).find(|id| id.key() == key);
        match named {
            Some(id) => Ok(id.to_string()),
            None => Ok(self.archive.read(&self.snapshot, parent)?.head.key),
        }
    }

    fn cursor(&self, address: DocAddress) -> Cursor {
        let rows = &self.snapshot.columns.segments[address.segment_ord as usize];
        Cursor { date: rows.date[address.doc_id as usize], key: rows.key[address.doc_id as usize] }
    }
}
