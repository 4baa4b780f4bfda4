//! What filters, facets and sorting need of every message, as plain arrays in memory, read once per commit.
//!
//! Fifty bytes a message: an archive of a million takes fifty megabytes, and counting a facet is reading an array.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use tantivy::{DocId, Searcher, SegmentReader, columnar::StrColumn};

use crate::{Error, words};

/// A date that is not known.
pub(crate) const UNDATED: i64 = i64::MIN;

/// The arrays of all segments, with numbers that mean the same in each.
#[derive(Default)]
pub(crate) struct Columns {
    /// In the order of the searcher's segments.
    pub(crate) segments: Vec<Arc<Rows>>,
    /// Slugs of lists, sorted.
    pub(crate) lists: Vec<String>,
    /// Sets of lists that messages were sent to: indices into `lists`.
    pub(crate) list_sets: Vec<Vec<u32>>,
    /// People's names in addresses, and the name each used most.
    pub(crate) people: Vec<(String, String)>,
    /// Whether each of them wrote a message that is there: a name that nobody has any more stays in a segment until it is merged.
    people_here: Vec<bool>,
    /// See [`Columns::words_of_people`].
    words_of_people: OnceLock<Vec<Vec<String>>>,
    /// Ids of the threads' first messages.
    pub(crate) threads: Vec<String>,
    /// How many messages each thread has.
    thread_lengths: Vec<u32>,
    /// The numbers of threads in `threads`.
    pub(crate) thread_numbers: FxHashMap<String, u32>,
    /// Languages; index 0 is the unknown one.
    pub(crate) languages: Vec<String>,
}

/// The arrays of one segment: one entry per document.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) alive: Vec<bool>,
    pub(crate) date: Vec<i64>,
    pub(crate) key: Vec<u64>,
    /// Months since January 1970; `u16::MAX` where undated.
    pub(crate) month: Vec<u16>,
    pub(crate) person: Vec<u32>,
    pub(crate) thread: Vec<u32>,
    pub(crate) lists: Vec<u16>,
    pub(crate) flags: Vec<u32>,
    pub(crate) language: Vec<u8>,
    pub(crate) size: Vec<u32>,
    pub(crate) replies: Vec<u32>,
    /// Key of the message it answers, in the archive or not; 0 where it answers none.
    pub(crate) parent: Vec<u64>,
}

impl Columns {
    /// Reads the arrays of a searcher.
    pub(crate) fn read(searcher: &Searcher) -> Result<Columns, Error> {
        let mut columns = Columns { languages: vec![String::new()], ..Columns::default() };
        let mut numbers = Numbers::default();
        numbers.languages.insert(String::new(), 0);
        let mut segments = Vec::new();
        let mut parents: FxHashMap<u64, u32> = FxHashMap::default();
        for reader in searcher.segment_readers() {
            let rows = columns
                .rows(reader, &mut numbers, &mut parents)
                .map_err(|error| Error::engine("reading columns", error))?;
            segments.push(rows);
        }
        for rows in &mut segments {
            rows.replies = rows.key.iter().map(|key| parents.get(key).copied().unwrap_or(0)).collect();
        }
        columns.thread_lengths = vec![0; columns.threads.len()];
        for rows in &segments {
            for (&thread, _) in rows.thread.iter().zip(&rows.alive).filter(|(_, alive)| **alive) {
                if let Some(length) = columns.thread_lengths.get_mut(thread as usize) {
                    *length += 1;
                }
            }
        }
        columns.sort_lists();
        columns.thread_numbers = std::mem::take(&mut numbers.threads);
        columns.people = numbers.named_people();
        columns.people_here = vec![false; columns.people.len()];
        for rows in &segments {
            for (&person, _) in rows.person.iter().zip(&rows.alive).filter(|(_, alive)| **alive) {
                if let Some(here) = columns.people_here.get_mut(person as usize) {
                    *here = true;
                }
            }
        }
        columns.segments = segments.into_iter().map(Arc::new).collect();
        Ok(columns)
    }

    fn rows(
        &mut self,
        reader: &SegmentReader,
        numbers: &mut Numbers,
        parents: &mut FxHashMap<u64, u32>,
    ) -> tantivy::Result<Rows> {
        let fast = reader.fast_fields();
        let count = reader.max_doc();
        let date = fast.i64("date")?;
        let key = fast.u64("key")?;
        let flags = fast.u64("flags")?;
        let size = fast.u64("size")?;
        let references = fast.u64("references")?;
        let text = |name| fast.str(name);
        let (list, person, thread, lang, name) =
            (text("list")?, text("person")?, text("thread")?, text("lang")?, text("name")?);
        let list_numbers = globals(&list, &mut numbers.lists, &mut self.lists)?;
        let mut people = Vec::new();
        let person_numbers = globals(&person, &mut numbers.people, &mut people)?;
        numbers.person_slugs.extend(people);
        let thread_numbers = globals(&thread, &mut numbers.threads, &mut self.threads)?;
        let language_numbers = globals(&lang, &mut numbers.languages, &mut self.languages)?;
        let mut names = Vec::new();
        let name_numbers = globals(&name, &mut numbers.names, &mut names)?;
        numbers.name_texts.extend(names);

        let mut rows = Rows::default();
        for doc in 0..count {
            let alive = !reader.is_deleted(doc);
            let seconds = date.first(doc).unwrap_or(UNDATED);
            let person = first(&person, &person_numbers, doc);
            rows.alive.push(alive);
            rows.date.push(seconds);
            rows.key.push(key.first(doc).unwrap_or(0));
            rows.month.push(month_of(seconds));
            rows.person.push(person.unwrap_or(0));
            rows.thread.push(first(&thread, &thread_numbers, doc).unwrap_or(0));
            rows.lists.push(numbers.list_set(&mut self.list_sets, all(&list, &list_numbers, doc)));
            rows.flags.push(flags.first(doc).unwrap_or(0) as u32);
            rows.language.push(first(&lang, &language_numbers, doc).map_or(0, |n| n as u8));
            rows.size.push(size.first(doc).unwrap_or(0).min(u64::from(u32::MAX)) as u32);
            let parent = references.values_for_doc(doc).last();
            rows.parent.push(parent.unwrap_or(0));
            if alive {
                if let (Some(person), Some(name)) = (person, first(&name, &name_numbers, doc)) {
                    *numbers.names_used.entry((person, name)).or_default() += 1;
                }
                if let Some(parent) = parent {
                    *parents.entry(parent).or_default() += 1;
                }
            }
        }
        Ok(rows)
    }

    /// Puts lists into the order of their slugs, so that numbers do not depend on which segment came first.
    fn sort_lists(&mut self) {
        let mut order: Vec<usize> = (0..self.lists.len()).collect();
        order.sort_by(|&a, &b| self.lists[a].cmp(&self.lists[b]));
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old] = new as u32);
        self.lists.sort();
        for set in &mut self.list_sets {
            set.iter_mut().for_each(|list| *list = place[*list as usize]);
            set.sort_unstable();
        }
    }

    /// A number by which threads stand in order of their length. Those of one length follow their ids, so that messages of one thread
    /// stay together and the order is the same in every index of the same messages.
    pub(crate) fn place_by_length(&self, thread: u32) -> u64 {
        let (length, id) = (self.thread_lengths.get(thread as usize), self.threads.get(thread as usize));
        let id = id.map_or(0, |id| id.bytes().take(5).fold(0, |sum, byte| sum << 8 | u64::from(byte)));
        u64::from(length.copied().unwrap_or(0).min(0x00FF_FFFF)) << 40 | id
    }

    /// The words of each person's name: found when somebody first asks for a person by name, which most commits never see.
    pub(crate) fn words_of_people(&self) -> &[Vec<String>] {
        self.words_of_people.get_or_init(|| self.people.iter().map(|(_, name)| words::of(name)).collect())
    }

    /// Which people a value means: the one with that name in addresses, now or before (what is their own in it stays), or all whose
    /// name has all its words.
    pub(crate) fn people_named(&self, value: &str) -> Vec<bool> {
        let own = own_part(value);
        let meant = |is_meant: &dyn Fn(&str) -> bool| -> Vec<bool> {
            self.people.iter().zip(&self.people_here).map(|((slug, _), here)| *here && is_meant(slug)).collect()
        };
        let is_now = meant(&|slug| slug == value);
        if is_now.contains(&true) {
            return is_now;
        }
        let was_before = meant(&|slug| own.is_some() && own_part(slug) == own);
        if was_before.contains(&true) {
            return was_before;
        }
        let wanted = words::of(value);
        let has_all = |names: &Vec<String>| !wanted.is_empty() && wanted.iter().all(|word| names.contains(word));
        self.words_of_people().iter().zip(&self.people_here).map(|(names, here)| *here && has_all(names)).collect()
    }

    /// The number of the person who has this name in addresses now.
    pub(crate) fn person(&self, slug: &str) -> Option<usize> {
        (0..self.people.len()).find(|&person| self.people_here[person] && self.people[person].0 == slug)
    }

    /// The slugs of a set of lists.
    pub(crate) fn slugs(&self, set: u16) -> Vec<String> {
        self.list_sets[set as usize].iter().map(|&list| self.lists[list as usize].clone()).collect()
    }
}

/// Tables from text to number while columns are read.
#[derive(Default)]
struct Numbers {
    lists: FxHashMap<String, u32>,
    people: FxHashMap<String, u32>,
    threads: FxHashMap<String, u32>,
    languages: FxHashMap<String, u32>,
    names: FxHashMap<String, u32>,
    person_slugs: Vec<String>,
    name_texts: Vec<String>,
    names_used: FxHashMap<(u32, u32), u32>,
    list_sets: FxHashMap<Vec<u32>, u16>,
}

impl Numbers {
    fn list_set(&mut self, sets: &mut Vec<Vec<u32>>, set: Vec<u32>) -> u16 {
        if let Some(&number) = self.list_sets.get(&set) {
            return number;
        }
        // 65,535 different combinations of lists would need as many cross-posts of different kinds; the last then stands for all.
        let number = sets.len().min(usize::from(u16::MAX)) as u16;
        if usize::from(number) == sets.len() {
            sets.push(set.clone());
            self.list_sets.insert(set, number);
        }
        number
    }

    fn named_people(self) -> Vec<(String, String)> {
        let mut best: Vec<Option<(u32, &str)>> = vec![None; self.person_slugs.len()];
        for ((person, name), count) in &self.names_used {
            let name = self.name_texts[*name as usize].as_str();
            let slot = &mut best[*person as usize];
            // Most used first; among equals the one earlier in the alphabet, so that the choice does not waver.
            if slot.is_none_or(|(most, chosen)| (*count, std::cmp::Reverse(name)) > (most, std::cmp::Reverse(chosen))) {
                *slot = Some((*count, name));
            }
        }
        let names: Vec<String> = best
            .into_iter()
            .map(|slot| slot.map_or_else(|| "unknown author".into(), |(_, name)| name.to_owned()))
            .collect();
        self.person_slugs.into_iter().zip(names).collect()
    }
}

/// For each term of a column, its number across segments.
fn globals(
    column: &Option<StrColumn>,
    numbers: &mut FxHashMap<String, u32>,
    texts: &mut Vec<String>,
) -> tantivy::Result<Vec<u32>> {
    let Some(column) = column else { return Ok(Vec::new()) };
    let mut globals = Vec::with_capacity(column.num_terms());
    let mut terms = column.dictionary().stream()?;
    while terms.advance() {
        let text = String::from_utf8_lossy(terms.key());
        let number = match numbers.get(text.as_ref()) {
            Some(&number) => number,
            None => {
                let next = numbers.len() as u32;
                numbers.insert(text.to_string(), next);
                texts.push(text.to_string());
                next
            }
        };
        globals.push(number);
    }
    Ok(globals)
}

fn first(column: &Option<StrColumn>, globals: &[u32], doc: DocId) -> Option<u32> {
    let ord = column.as_ref()?.term_ords(doc).next()?;
    globals.get(ord as usize).copied()
}

fn all(column: &Option<StrColumn>, globals: &[u32], doc: DocId) -> Vec<u32> {
    let ords = column.iter().flat_map(|column| column.term_ords(doc));
    let mut numbers: Vec<u32> = ords.filter_map(|ord| globals.get(ord as usize).copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The month of a moment: months since January 1970.
pub(crate) fn month_of(seconds: i64) -> u16 {
    use chrono::Datelike;
    if seconds == UNDATED {
        return u16::MAX;
    }
    match chrono::DateTime::from_timestamp(seconds, 0) {
        Some(date) => u16::try_from((date.year() - 1970) * 12 + date.month0() as i32).unwrap_or(u16::MAX),
        None => u16::MAX,
    }
}

/// A month as year and number: `(2016, 8)`.
pub(crate) fn year_month(month: u16) -> (i32, u32) {
    (1970 + i32::from(month) / 12, u32::from(month) % 12 + 1)
}

/// The part of a person's name in addresses that stays when the person is called otherwise.
fn own_part(slug: &str) -> Option<&str> {
    slug.rsplit_once('-').map(|(_, own)| own)
}
