//! One pass over all matching messages: the total, every facet, the histogram and the best hits, together.
//!
//! Filters on facets are not part of the engine's query. Each message that matches the rest is tested against them here: one that
//! passes all is a hit; one that fails only the filter of one facet still counts in that facet. So every facet is counted
//! as if its own filter were not set, and no second search is needed.

use std::cmp::Reverse;

use tantivy::{
    DocAddress, DocId, DocSet, Searcher, TERMINATED,
    query::{EnableScoring, Query},
};

use crate::{
    Cursor, Error, Sort,
    chosen::Chosen,
    clock::Clock,
    columns::{Columns, Rows, UNDATED},
    document::FLAGS,
};

/// Documents looked at between two looks at the clock.
pub(crate) const CLOCK: u32 = 4096;
/// Documents gathered before they are counted, column by column: their numbers and all they are counted into stay in the fastest memory.
const BLOCK: usize = 256;

/// The order of a hit: greater is better. Two numbers and the key, so that no two messages are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u64, u64, u64);

impl Rank {
    /// The rank by relevance with a score so many times as high.
    pub(crate) fn weighed(self, factor: f32) -> Rank {
        // Scores are not negative: their bits are in their order.
        Rank(u64::from((f32::from_bits(self.0 as u32) * factor).to_bits()), self.1, self.2)
    }
}

/// A hit before it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) rank: Rank,
    pub(crate) address: DocAddress,
    /// Further hits of its thread, when grouped.
    pub(crate) more: u64,
}

/// What a sweep is to gather.
pub(crate) struct Order<'a> {
    pub(crate) sort: Sort,
    pub(crate) grouped: bool,
    /// How many of the best to keep.
    pub(crate) keep: usize,
    pub(crate) after: Option<Cursor>,
    /// When to stop and answer with what there is.
    pub(crate) clock: &'a Clock,
}

/// What a sweep gathered.
pub(crate) struct Gathered {
    pub(crate) total: u64,
    pub(crate) threads: u64,
    /// Best first.
    pub(crate) found: Vec<Found>,
    pub(crate) list_sets: Vec<u64>,
    pub(crate) people: Vec<u64>,
    /// By month since January 1970, without the month's own filter.
    pub(crate) months: Vec<u64>,
    /// The same without the year's filter.
    pub(crate) years: Vec<u64>,
    pub(crate) flags: [u64; FLAGS.len()],
    pub(crate) languages: Vec<u64>,
}

/// Months counted: until the end of 2099.
const MONTHS: usize = 130 * 12;

/// The place of a thread that no hit has led to yet.
const UNMET: u32 = u32::MAX;

/// Flags that are counted together. One addition counts all eight of a byte: how often each combination came is taken apart
/// at the end.
const FLAGS_PER_TABLE: usize = 8;
const FLAG_TABLES: usize = FLAGS.len().div_ceil(FLAGS_PER_TABLE);

/// Runs a query over all segments.
pub(crate) fn sweep(
    searcher: &Searcher,
    columns: &Columns,
    query: &dyn Query,
    chosen: &Chosen,
    order: &Order<'_>,
) -> Result<Gathered, Error> {
    let scored = order.sort == Sort::Relevance && order.keep > 0;
    let scoring = if scored {
        EnableScoring::enabled_from_searcher(searcher)
    } else {
        EnableScoring::disabled_from_searcher(searcher)
    };
    let failed = |error| Error::engine("searching", error);
    let weight = query.weight(scoring).map_err(failed)?;
    let mut sweep = Sweep::new(columns, chosen, order);
    let mut docs: Vec<DocId> = Vec::with_capacity(BLOCK);
    let mut scores: Vec<f32> = Vec::with_capacity(BLOCK);
    // The first look is before the first document: what waits too long is not begun.
    let mut until_look = 1;
    'segments: for (segment, (reader, rows)) in searcher.segment_readers().iter().zip(&columns.segments).enumerate() {
        if order.clock.is_over() {
            break;
        }
        let mut scorer = weight.scorer(reader, 1.0).map_err(failed)?;
        let mut doc = scorer.doc();
        while doc != TERMINATED {
            until_look -= 1;
            if until_look == 0 {
                until_look = CLOCK;
                if order.clock.is_over() {
                    break 'segments;
                }
            }
            if rows.alive[doc as usize] {
                docs.push(doc);
                if scored {
                    scores.push(scorer.score());
                }
                if docs.len() == BLOCK {
                    sweep.take(rows, segment as u32, &docs, &scores);
                    docs.clear();
                    scores.clear();
                }
            }
            doc = scorer.advance();
        }
        sweep.take(rows, segment as u32, &docs, &scores);
        docs.clear();
        scores.clear();
    }
    Ok(sweep.finish())
}

struct Sweep<'a> {
    columns: &'a Columns,
    chosen: &'a Chosen,
    /// Whether every document passes.
    unfiltered: bool,
    order: &'a Order<'a>,
    /// Candidates for the best; all that are better than `bar`, and some that no longer are.
    best: Vec<Found>,
    /// The rank that a hit has to exceed, once enough better ones are known.
    bar: Option<Rank>,
    /// The best hit of each thread, when grouped, in the order in which threads were met.
    by_thread: Vec<Found>,
    /// Where a thread stands in `by_thread`; empty unless grouped.
    places: Vec<u32>,
    seen_threads: Vec<u64>,
    /// How often each combination of eight flags came.
    flags: [[u64; 1 << FLAGS_PER_TABLE]; FLAG_TABLES],
    /// The bits of `has:` and of `is:`.
    masks: [u32; 2],
    gathered: Gathered,
}

impl<'a> Sweep<'a> {
    fn new(columns: &'a Columns, chosen: &'a Chosen, order: &'a Order<'a>) -> Sweep<'a> {
        let mask = |wanted: &str| {
            let bits = FLAGS.iter().enumerate().filter(|(_, (field, _))| *field == wanted);
            bits.fold(0, |mask, (bit, _)| mask | 1 << bit)
        };
        Sweep {
            columns,
            chosen,
            unfiltered: chosen.is_nothing(),
            order,
            best: Vec::new(),
            bar: None,
            by_thread: Vec::new(),
            places: if order.grouped { vec![UNMET; columns.threads.len()] } else { Vec::new() },
            seen_threads: vec![0; columns.threads.len().div_ceil(64)],
            flags: [[0; 1 << FLAGS_PER_TABLE]; FLAG_TABLES],
            masks: [mask("has"), mask("is")],
            gathered: Gathered {
                total: 0,
                threads: 0,
                found: Vec::new(),
                list_sets: vec![0; columns.list_sets.len()],
                people: vec![0; columns.people.len()],
                months: vec![0; MONTHS],
                years: vec![0; MONTHS],
                flags: [0; FLAGS.len()],
                languages: vec![0; columns.languages.len()],
            },
        }
    }

    /// Counts some documents of a segment; without scores all are worth the same.
    fn take(&mut self, rows: &Rows, segment: u32, docs: &[DocId], scores: &[f32]) {
        if self.unfiltered {
            self.count_all(rows, docs);
        }
        for (at, &doc) in docs.iter().enumerate() {
            let row = doc as usize;
            if !self.unfiltered && !self.count(rows, row) {
                continue;
            }
            self.hit(rows, DocAddress { segment_ord: segment, doc_id: doc }, scores.get(at).copied().unwrap_or(0.0));
        }
    }

    /// Counts documents that pass every filter there is: each column by itself, which the processor likes.
    fn count_all(&mut self, rows: &Rows, docs: &[DocId]) {
        let gathered = &mut self.gathered;
        docs.iter().for_each(|&doc| gathered.list_sets[rows.lists[doc as usize] as usize] += 1);
        docs.iter().for_each(|&doc| gathered.people[rows.person[doc as usize] as usize] += 1);
        docs.iter().for_each(|&doc| gathered.languages[rows.language[doc as usize] as usize] += 1);
        for &doc in docs {
            // Months and years are the same here; the years are copied at the end.
            if let Some(slot) = gathered.months.get_mut(rows.month[doc as usize] as usize) {
                *slot += 1;
            }
        }
        docs.iter().for_each(|&doc| count_flags(&mut self.flags, rows.flags[doc as usize]));
    }

    /// Counts a document in every facet whose other filters it passes; says whether it is a hit.
    fn count(&mut self, rows: &Rows, row: usize) -> bool {
        let failed = self.chosen.failed(rows, row);
        if failed & (failed.wrapping_sub(1)) != 0 {
            return false;
        }
        let gathered = &mut self.gathered;
        let counts = |bit: u8| failed & !(1 << bit) == 0;
        if counts(0) {
            gathered.list_sets[rows.lists[row] as usize] += 1;
        }
        if counts(1) {
            gathered.people[rows.person[row] as usize] += 1;
        }
        let month = rows.month[row] as usize;
        if month < MONTHS {
            gathered.years[month] += u64::from(counts(2));
            gathered.months[month] += u64::from(counts(3));
        }
        let [has, is] = self.masks;
        let mask = if counts(4) { has } else { 0 } | if counts(5) { is } else { 0 };
        count_flags(&mut self.flags, rows.flags[row] & mask);
        if counts(6) {
            gathered.languages[rows.language[row] as usize] += 1;
        }
        failed == 0
    }

    fn hit(&mut self, rows: &Rows, address: DocAddress, score: f32) {
        let row = address.doc_id as usize;
        self.gathered.total += 1;
        let thread = rows.thread[row];
        let slot = &mut self.seen_threads[thread as usize / 64];
        self.gathered.threads += u64::from(*slot & 1 << (thread % 64) == 0);
        *slot |= 1 << (thread % 64);
        if self.order.keep == 0 {
            return;
        }
        let rank = self.rank(rows, row, score);
        if self.order.after.is_some_and(|cursor| rank >= self.rank_of(cursor.date, cursor.key)) {
            return;
        }
        if self.order.grouped {
            let place = &mut self.places[thread as usize];
            match self.by_thread.get_mut(*place as usize) {
                Some(found) => {
                    found.more += 1;
                    if rank > found.rank {
                        (found.rank, found.address) = (rank, address);
                    }
                }
                None => {
                    *place = self.by_thread.len() as u32;
                    self.by_thread.push(Found { rank, address, more: 0 });
                }
            }
        } else if self.bar.is_none_or(|bar| rank > bar) {
            self.best.push(Found { rank, address, more: 0 });
            // Messages often come in the order of their dates, each better than all before: a heap would be turned over for each.
            if self.best.len() == self.order.keep * 2 + BLOCK {
                keep_best(&mut self.best, self.order.keep);
                self.bar = self.best.last().map(|found| found.rank);
            }
        }
    }

    fn rank(&self, rows: &Rows, row: usize, score: f32) -> Rank {
        match self.order.sort {
            Sort::Relevance => {
                // A thread's first message is preferred; among equals the latest.
                let root = rows.flags[row] & ROOT != 0;
                let score = score.max(0.0) * if root { FIRST } else { 1.0 };
                Rank(u64::from(score.to_bits()), ordered(rows.date[row]), rows.key[row])
            }
            Sort::Newest | Sort::Oldest => self.rank_of(rows.date[row], rows.key[row]),
            Sort::Longest => {
                let thread = self.columns.place_by_length(rows.thread[row]);
                Rank(thread, !ordered(rows.date[row]), rows.key[row])
            }
        }
    }

    /// The rank by date. Undated messages come last in both directions.
    fn rank_of(&self, date: i64, key: u64) -> Rank {
        match self.order.sort {
            Sort::Oldest if date != UNDATED => Rank(!ordered(date), !key, 0),
            Sort::Oldest => Rank(0, !key, 0),
            _ => Rank(ordered(date), key, 0),
        }
    }

    fn finish(mut self) -> Gathered {
        let mut found = if self.order.grouped { self.by_thread } else { self.best };
        // Of thousands of threads a page shows twenty: those are parted from the rest before they are put in order.
        keep_best(&mut found, self.order.keep);
        found.sort_unstable_by_key(|found| Reverse(found.rank));
        self.gathered.found = found;
        if self.unfiltered {
            self.gathered.years.clone_from(&self.gathered.months);
        }
        for (bit, slot) in self.gathered.flags.iter_mut().enumerate() {
            let combinations = self.flags[bit / FLAGS_PER_TABLE].iter().enumerate();
            let holding = combinations.filter(|(flags, _)| flags & 1 << (bit % FLAGS_PER_TABLE) != 0);
            *slot = holding.map(|(_, count)| count).sum();
        }
        self.gathered
    }
}

/// Leaves the best so many, the worst of them last.
fn keep_best(found: &mut Vec<Found>, keep: usize) {
    if keep > 0 && found.len() > keep {
        found.select_nth_unstable_by_key(keep - 1, |found| Reverse(found.rank));
        found.truncate(keep);
    }
}

fn count_flags(tables: &mut [[u64; 1 << FLAGS_PER_TABLE]; FLAG_TABLES], flags: u32) {
    for (table, byte) in tables.iter_mut().zip(flags.to_le_bytes()) {
        table[byte as usize] += 1;
    }
}
/// How much more a thread's first message counts than its answers, which have its subject but not from their own author. Anything from
/// 1.2 to 1.5 puts the right messages first about equally often; see docs/search.md.
const FIRST: f32 = 1.3;

/// The bit of `is:root`; a test holds it to [`FLAGS`].
const ROOT: u32 = 1 << 6;

/// A date as an unsigned number of the same order.
fn ordered(date: i64) -> u64 {
    (date as u64) ^ 1 << 63
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_of_roots_is_the_tables() {
        assert_eq!(FLAGS.iter().position(|flag| *flag == ("is", "root")), Some(ROOT.trailing_zeros() as usize));
    }

    #[test]
    fn dates_keep_their_order_as_unsigned_numbers() {
        assert!(ordered(UNDATED) < ordered(-1) && ordered(-1) < ordered(0) && ordered(0) < ordered(1));
    }
}
