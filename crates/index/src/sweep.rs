//! One pass over all matching messages: the total, every facet, the histogram and the best hits, together.
//!
//! Filters on facets are not part of the engine's query. Each message that matches the rest is tested against them here: one that
//! passes all is a hit; one that fails only the filter of one facet still counts in that facet. So every facet is counted
//! as if its own filter were not set, and no second search is needed.

use std::{cmp::Reverse, collections::BinaryHeap, time::Instant};

use tantivy::{
    DocAddress, DocSet, Searcher, TERMINATED,
    query::{EnableScoring, Query},
};

use crate::{
    Cursor, Error, Sort,
    columns::{Columns, Rows, UNDATED},
    document::FLAGS,
};

/// The facets, in the order of their bits in a mask of failed filters.
pub(crate) const FACETS: [&str; 7] = ["list", "person", "year", "month", "has", "is", "lang"];

/// Documents looked at between two looks at the clock.
const CLOCK: u32 = 4096;

/// The filters of a query that are facets: `None` lets everything through.
#[derive(Default)]
pub(crate) struct Chosen {
    /// By set of lists.
    pub(crate) lists: Option<Vec<bool>>,
    pub(crate) people: Option<Vec<bool>>,
    /// Spans of months.
    pub(crate) years: Option<Vec<(u16, u16)>>,
    pub(crate) months: Option<Vec<(u16, u16)>>,
    /// Flags of which one must be set.
    pub(crate) has: Option<u32>,
    pub(crate) is: Option<u32>,
    pub(crate) languages: Option<Vec<bool>>,
}

impl Chosen {
    /// Which filters a message fails: a bit per facet.
    fn failed(&self, rows: &Rows, row: usize) -> u8 {
        let inside =
            |spans: &[(u16, u16)]| spans.iter().any(|(first, last)| (*first..=*last).contains(&rows.month[row]));
        let mut failed = 0;
        let mut test = |bit: u8, passes: bool| failed |= u8::from(!passes) << bit;
        if let Some(chosen) = &self.lists {
            test(0, chosen[rows.lists[row] as usize]);
        }
        if let Some(chosen) = &self.people {
            test(1, chosen[rows.person[row] as usize]);
        }
        if let Some(spans) = &self.years {
            test(2, inside(spans));
        }
        if let Some(spans) = &self.months {
            test(3, inside(spans));
        }
        if let Some(mask) = self.has {
            test(4, rows.flags[row] & mask != 0);
        }
        if let Some(mask) = self.is {
            test(5, rows.flags[row] & mask != 0);
        }
        if let Some(chosen) = &self.languages {
            test(6, chosen[rows.language[row] as usize]);
        }
        failed
    }
}

/// The order of a hit: greater is better. Two numbers and the key, so that no two messages are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u64, u64, u64);

/// A hit before it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) rank: Rank,
    pub(crate) address: DocAddress,
    /// Further hits of its thread, when grouped.
    pub(crate) more: u64,
}

/// What a sweep is to gather.
pub(crate) struct Order {
    pub(crate) sort: Sort,
    pub(crate) grouped: bool,
    /// How many of the best to keep.
    pub(crate) keep: usize,
    pub(crate) after: Option<Cursor>,
    /// When to stop and answer with what there is.
    pub(crate) deadline: Instant,
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
    /// Whether the clock ran out before the end.
    pub(crate) partial: bool,
}

/// Months counted: until the end of 2099.
const MONTHS: usize = 130 * 12;

/// The place of a thread that no hit has led to yet.
const UNMET: u32 = u32::MAX;

/// Runs a query over all segments.
pub(crate) fn sweep(
    searcher: &Searcher,
    columns: &Columns,
    query: &dyn Query,
    chosen: &Chosen,
    order: &Order,
) -> Result<Gathered, Error> {
    let scoring = match order.sort {
        Sort::Relevance => EnableScoring::enabled_from_searcher(searcher),
        Sort::Newest | Sort::Oldest | Sort::Longest => EnableScoring::disabled_from_searcher(searcher),
    };
    let failed = |error| Error::engine("searching", error);
    let weight = query.weight(scoring).map_err(failed)?;
    let mut sweep = Sweep::new(columns, chosen, order);
    for (segment, (reader, rows)) in searcher.segment_readers().iter().zip(&columns.segments).enumerate() {
        let mut scorer = weight.scorer(reader, 1.0).map_err(failed)?;
        let mut until_clock = CLOCK;
        let mut doc = scorer.doc();
        while doc != TERMINATED {
            if rows.alive[doc as usize] {
                let address = DocAddress { segment_ord: segment as u32, doc_id: doc };
                sweep.see(rows, address, || scorer.score());
            }
            doc = scorer.advance();
            until_clock -= 1;
            if until_clock == 0 {
                until_clock = CLOCK;
                if Instant::now() > order.deadline {
                    sweep.gathered.partial = true;
                    return Ok(sweep.finish());
                }
            }
        }
    }
    Ok(sweep.finish())
}

struct Sweep<'a> {
    columns: &'a Columns,
    chosen: &'a Chosen,
    order: &'a Order,
    best: BinaryHeap<Reverse<(Rank, u32, u32)>>,
    /// The best hit of each thread, when grouped, in the order in which threads were met.
    by_thread: Vec<Found>,
    /// Where a thread stands in `by_thread`; empty unless grouped.
    places: Vec<u32>,
    seen_threads: Vec<u64>,
    gathered: Gathered,
}

impl<'a> Sweep<'a> {
    fn new(columns: &'a Columns, chosen: &'a Chosen, order: &'a Order) -> Sweep<'a> {
        Sweep {
            columns,
            chosen,
            order,
            best: BinaryHeap::new(),
            by_thread: Vec::new(),
            places: if order.grouped { vec![UNMET; columns.threads.len()] } else { Vec::new() },
            seen_threads: vec![0; columns.threads.len().div_ceil(64)],
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
                partial: false,
            },
        }
    }

    fn see(&mut self, rows: &Rows, address: DocAddress, mut score: impl FnMut() -> f32) {
        let row = address.doc_id as usize;
        let failed = self.chosen.failed(rows, row);
        if failed & (failed.wrapping_sub(1)) != 0 {
            return;
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
        let mut flags = rows.flags[row];
        while flags != 0 {
            let bit = flags.trailing_zeros() as usize;
            flags &= flags - 1;
            if let Some(slot) = gathered.flags.get_mut(bit) {
                *slot += u64::from(counts(if FLAGS[bit].0 == "has" { 4 } else { 5 }));
            }
        }
        if counts(6) {
            gathered.languages[rows.language[row] as usize] += 1;
        }
        if failed == 0 {
            self.hit(rows, address, &mut score);
        }
    }

    fn hit(&mut self, rows: &Rows, address: DocAddress, score: &mut impl FnMut() -> f32) {
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
        } else if self.best.len() < self.order.keep {
            self.best.push(Reverse((rank, address.segment_ord, address.doc_id)));
        } else if self.best.peek().is_some_and(|Reverse((worst, _, _))| rank > *worst) {
            self.best.pop();
            self.best.push(Reverse((rank, address.segment_ord, address.doc_id)));
        }
    }

    fn rank(&self, rows: &Rows, row: usize, score: &mut impl FnMut() -> f32) -> Rank {
        match self.order.sort {
            Sort::Relevance => {
                // Among equals a thread's first message, then the latest.
                let root = rows.flags[row] & ROOT != 0;
                let score = score().max(0.0) * if root { 1.02 } else { 1.0 };
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
        let mut found: Vec<Found> = if self.order.grouped {
            self.by_thread
        } else {
            let address = |segment_ord, doc_id| DocAddress { segment_ord, doc_id };
            self.best.into_iter().map(|Reverse((rank, s, d))| Found { rank, address: address(s, d), more: 0 }).collect()
        };
        // Of thousands of threads a page shows twenty: those are parted from the rest before they are put in order.
        if self.order.keep > 0 && found.len() > self.order.keep {
            found.select_nth_unstable_by_key(self.order.keep - 1, |found| Reverse(found.rank));
            found.truncate(self.order.keep);
        }
        found.sort_unstable_by_key(|found| Reverse(found.rank));
        self.gathered.found = found;
        self.gathered
    }
}

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
