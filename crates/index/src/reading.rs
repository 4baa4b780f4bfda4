//! Reading: one message with its surroundings, one thread, one person.

use std::collections::{
    BTreeMap, HashMap, HashSet,
    hash_map::Entry::{Occupied, Vacant},
};

use plenary_ingest::{Id, text};
use tantivy::{DocAddress, Term};

use crate::{
    Archive, Arranged, Card, Count, Entry, Error, Found, Node, PersonEntry, Thread,
    archive::Snapshot,
    catalogue::DocumentKey,
    columns::{Rows, UNDATED, year_month},
    document::Stored,
    overview::widen,
    threads::{self, Drawn, Leaf},
};

/// The bits of `is:weak` and the like are looked up by name where they are needed.
fn flag(name: &str) -> u32 {
    crate::document::FLAGS.iter().position(|flag| *flag == ("is", name)).map_or(0, |bit| 1 << bit)
}

/// Numbers looked at for rivals of one Message-ID.
const RIVALS: u32 = 20;

/// The messages of a thread: two comparisons for each of the archive, which a million take a millisecond for.
fn members(snapshot: &Snapshot, thread: &str) -> Vec<DocAddress> {
    let Some(&number) = snapshot.columns.thread_numbers.get(thread) else { return Vec::new() };
    let of_segment = |(segment_ord, rows): (usize, &std::sync::Arc<Rows>)| {
        let rows = std::sync::Arc::clone(rows);
        let docs = (0..rows.thread.len()).filter(move |&row| rows.thread[row] == number && rows.alive[row]);
        docs.map(move |row| DocAddress { segment_ord: segment_ord as u32, doc_id: row as u32 })
    };
    snapshot.columns.segments.iter().enumerate().flat_map(of_segment).collect()
}

/// A thread's members in reading order.
pub(crate) struct Drawing {
    pub(crate) members: Vec<DocAddress>,
    pub(crate) lines: Vec<Drawn>,
    pub(crate) weak: Vec<bool>,
}

/// Where a message stands in its thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// How far it is from the first message.
    pub(crate) depth: usize,
    /// The message it answers.
    pub(crate) parent: Option<DocAddress>,
    /// Its number, from 1, and how many messages there are.
    pub(crate) position: (usize, usize),
}

impl Default for Place {
    fn default() -> Place {
        Place { depth: 0, parent: None, position: (1, 1) }
    }
}

impl Archive {
    /// Where each message of a thread stands in it, given all of them.
    pub(crate) fn places(
        &self,
        snapshot: &Snapshot,
        members: Vec<DocAddress>,
    ) -> Result<Vec<(DocAddress, Place)>, Error> {
        let drawing = self.drawn(snapshot, members)?;
        let total = drawing.members.len();
        let lines = drawing.lines.iter().filter_map(|line| Some((line.message?, line)));
        let place = |(n, (i, line)): (usize, (usize, &Drawn))| {
            let parent = line.parent.map(|parent| drawing.members[parent]);
            (drawing.members[i], Place { depth: line.depth, parent, position: (n + 1, total) })
        };
        Ok(lines.enumerate().map(place).collect())
    }

    /// Everything about one message, with its bytes; `drawing` is of its thread.
    pub(crate) fn found(
        &self,
        snapshot: &Snapshot,
        address: DocAddress,
        stored: &Stored,
        drawing: &Drawing,
    ) -> Result<Found, Error> {
        let mut entry = self.alone(stored);
        if row(snapshot, address, |rows, row| rows.flags[row] & flag("conflict") != 0) {
            entry.rivals = self.rivals(snapshot, &stored.head.key)?;
        }
        let order: Vec<usize> = drawing.lines.iter().filter_map(|line| line.message).collect();
        let at = order.iter().position(|&i| drawing.members[i] == address).unwrap_or(0);
        entry.position = (at + 1, order.len());
        let neighbour = |at: Option<usize>| match at.and_then(|at| order.get(at)) {
            Some(&i) => self.card_at(snapshot, drawing.members[i]).map(Some),
            None => Ok(None),
        };
        entry.thread_neighbours = (neighbour(at.checked_sub(1))?, neighbour(Some(at + 1))?);
        Ok(Found { entry, raw: stored.raw.bytes[stored.raw.from_line..].to_vec() })
    }

    /// A message without its surroundings.
    pub(crate) fn alone(&self, stored: &Stored) -> Entry {
        let message = stored.message();
        let place = |(list, dump, offset, length): &(String, String, u64, u64)| crate::Place {
            list: list.clone(),
            dump: dump.clone(),
            offset: *offset,
            length: *length,
        };
        Entry {
            card: self.card(stored, &message),
            paragraphs: text::paragraphs(&message.text, &message.spans),
            message,
            searched: stored.attached.iter().filter(|it| !it.text.is_empty()).map(|it| it.part as usize).collect(),
            places: stored.head.places.iter().map(place).collect(),
            rivals: Vec::new(),
            position: (1, 1),
            thread_neighbours: (None, None),
        }
    }

    /// Other messages with the same Message-ID.
    fn rivals(&self, snapshot: &Snapshot, name: &str) -> Result<Vec<crate::Card>, Error> {
        let Some(id) = Id::parse(name.split('-').next().unwrap_or(name)) else { return Ok(Vec::new()) };
        let mut rivals = Vec::new();
        for number in 1..=RIVALS {
            let other = DocumentKey { id: id.0, number };
            if other.name() == name {
                continue;
            }
            // One in between may have been taken down.
            if let Some(address) = self.document(snapshot, &other)? {
                rivals.push(self.card_at(snapshot, address)?);
            }
        }
        Ok(rivals)
    }

    pub(crate) fn drawing(&self, snapshot: &Snapshot, thread: &str) -> Result<Drawing, Error> {
        self.drawn(snapshot, members(snapshot, thread))
    }

    fn drawn(&self, snapshot: &Snapshot, mut members: Vec<DocAddress>) -> Result<Drawing, Error> {
        members.sort_by_key(|address| row(snapshot, *address, |rows, row| (rows.date[row], rows.key[row])));
        let mut references = Vec::with_capacity(members.len());
        for address in &members {
            let reader = snapshot.searcher.segment_reader(address.segment_ord);
            let column =
                reader.fast_fields().u64("references").map_err(|error| Error::engine("reading a thread", error))?;
            references.push(column.values_for_doc(address.doc_id).collect::<Vec<u64>>());
        }
        let weak: Vec<bool> = members
            .iter()
            .map(|address| row(snapshot, *address, |rows, row| rows.flags[row] & flag("weak") != 0))
            .collect();
        let leaves: Vec<Leaf<'_>> = members
            .iter()
            .zip(&references)
            .zip(&weak)
            .map(|((address, references), weak)| {
                let (date, key) = row(snapshot, *address, |rows, row| (rows.date[row], rows.key[row]));
                Leaf { key, date: if date == UNDATED { i64::MAX } else { date }, references, weak: *weak }
            })
            .collect();
        let lines = threads::draw(&leaves);
        Ok(Drawing { members, lines, weak })
    }

    /// The thread a message is in: nodes `offset..offset + limit` of it in this order.
    pub fn thread(&self, id: &str, arranged: Arranged, offset: usize, limit: usize) -> Result<Option<Thread>, Error> {
        let snapshot = self.snapshot();
        let Some(address) = self.find(&snapshot, id)? else { return Ok(None) };
        let thread = row(&snapshot, address, |rows, row| snapshot.columns.threads[rows.thread[row] as usize].clone());
        let mut drawing = self.drawing(&snapshot, &thread)?;
        if arranged == Arranged::ByDate {
            drawing.lines.retain(|line| line.message.is_some());
            // Members are sorted by date, but those without one stand first among them.
            let undated = |i| row(&snapshot, drawing.members[i], |rows, row| rows.date[row] == UNDATED);
            drawing.lines.sort_by_key(|line| line.message.map(|i| (undated(i), i)));
        }
        let (mut span, mut people, mut lists) = (None, HashSet::new(), HashSet::new());
        for address in &drawing.members {
            row(&snapshot, *address, |rows, row| {
                widen(&mut span, rows.date[row]);
                people.insert(rows.person[row]);
                lists.extend(snapshot.columns.slugs(rows.lists[row]));
            });
        }
        let (mut nodes, mut cards) = (Vec::new(), HashMap::new());
        for line in drawing.lines.iter().skip(offset).take(limit) {
            nodes.push(self.node(&snapshot, &drawing, line, &mut cards)?);
        }
        let root = self.find(&snapshot, &thread)?.unwrap_or(address);
        let mut lists: Vec<String> = lists.into_iter().collect();
        lists.sort();
        Ok(Some(Thread {
            id: thread,
            subject: self.card_at(&snapshot, root)?.subject,
            total: drawing.members.len(),
            lines: drawing.lines.len(),
            people: people.len(),
            lists,
            span,
            nodes,
            offset,
        }))
    }

    /// One place; `cards` are of the members that were read for those before.
    fn node(
        &self,
        snapshot: &Snapshot,
        drawing: &Drawing,
        line: &Drawn,
        cards: &mut HashMap<usize, Card>,
    ) -> Result<Node, Error> {
        let Some(i) = line.message else {
            return Ok(Node { depth: line.depth, entry: None, weak: false, parent: None });
        };
        let parent = match line.parent {
            Some(parent) => Some(match cards.entry(parent) {
                Occupied(known) => known.get().clone(),
                Vacant(unknown) => unknown.insert(self.card_at(snapshot, drawing.members[parent])?).clone(),
            }),
            None => None,
        };
        let entry = self.alone(&self.read(snapshot, drawing.members[i])?);
        cards.insert(i, entry.card.clone());
        Ok(Node { depth: line.depth, entry: Some(Box::new(entry)), weak: drawing.weak[i], parent })
    }

    /// A person by the name in addresses; an old name still leads to them by its last eight letters.
    pub fn person(&self, person: &str) -> Result<Option<PersonEntry>, Error> {
        let snapshot = self.snapshot();
        let columns = &snapshot.columns;
        let number = match columns.person(person) {
            Some(number) => number as u32,
            None => {
                let tail = person.rsplit('-').next().unwrap_or(person);
                let term = Term::from_field_text(self.fields().mailbox, tail);
                match self.lookup(&snapshot, term)? {
                    Some(address) => row(&snapshot, address, |rows, row| rows.person[row]),
                    None => return Ok(None),
                }
            }
        };
        let (slug, name) = columns.people[number as usize].clone();
        let mut gathered = Gathered::default();
        for (segment, rows) in columns.segments.iter().enumerate() {
            let reader = snapshot.searcher.segment_reader(segment as u32);
            let fast = reader.fast_fields();
            let failed = |error| Error::engine("reading a person", error);
            let (names, emails) = (fast.str("name").map_err(failed)?, fast.str("email").map_err(failed)?);
            for row in (0..rows.person.len()).filter(|&row| rows.person[row] == number && rows.alive[row]) {
                gathered.add(rows, row, columns.slugs(rows.lists[row]));
                for (column, used) in [(&names, &mut gathered.names), (&emails, &mut gathered.emails)] {
                    let Some(column) = column else { continue };
                    for ord in column.term_ords(row as u32) {
                        let mut text = String::new();
                        if column.ord_to_str(ord, &mut text).is_ok() {
                            *used.entry(text).or_default() += 1;
                        }
                    }
                }
            }
        }
        Ok((gathered.messages > 0).then(|| gathered.finish(slug, name)))
    }
}

/// One person's messages, being counted.
#[derive(Default)]
struct Gathered {
    messages: u64,
    threads_started: u64,
    span: Option<(i64, i64)>,
    names: BTreeMap<String, u64>,
    emails: BTreeMap<String, u64>,
    lists: BTreeMap<String, u64>,
    months: BTreeMap<u32, u64>,
}

impl Gathered {
    fn add(&mut self, rows: &Rows, row: usize, lists: Vec<String>) {
        self.messages += 1;
        self.threads_started += u64::from(rows.flags[row] & flag("root") != 0);
        widen(&mut self.span, rows.date[row]);
        lists.into_iter().for_each(|list| *self.lists.entry(list).or_default() += 1);
        if rows.date[row] != UNDATED {
            let (year, month) = year_month(rows.month[row]);
            *self.months.entry(year as u32 * 100 + month).or_default() += 1;
        }
    }

    fn finish(self, person: String, name: String) -> PersonEntry {
        let by_use = |used: BTreeMap<String, u64>| {
            let mut used: Vec<(String, u64)> = used.into_iter().collect();
            used.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
            used
        };
        let texts = |used| by_use(used).into_iter().map(|(text, _)| text).collect();
        PersonEntry {
            person,
            name,
            names: texts(self.names),
            emails: texts(self.emails),
            messages: self.messages,
            threads_started: self.threads_started,
            span: self.span,
            lists: by_use(self.lists)
                .into_iter()
                .map(|(slug, count)| Count { value: slug.clone(), label: slug, count, chosen: false })
                .collect(),
            months: self.months.into_iter().collect(),
        }
    }
}

pub(crate) fn row<T>(snapshot: &Snapshot, address: DocAddress, mut read: impl FnMut(&Rows, usize) -> T) -> T {
    read(&snapshot.columns.segments[address.segment_ord as usize], address.doc_id as usize)
}
