//! From the set of copies to the set of documents: which messages there are, in which thread, by whom, on which lists.
//! A pure function of the catalogue; what it gives does not depend on the order in which dumps came.

use std::collections::HashSet;

use plenary_ingest::{Id, digest};
use rustc_hash::FxHashMap;

use crate::{
    catalogue::{Catalogue, Copy, DocumentKey, PlaceRecord, Reading},
    footers::{Ending, Footers},
    identity,
    ledger::{people::Declared, removals::Removals},
    people::{self, People, Union},
    threads::{self, Member},
};

/// One document as it should be in the index. There are as many in memory as messages in the archive, so it holds numbers;
/// [`Arrangement`] has the names.
pub(crate) struct Arranged {
    pub(crate) key: DocumentKey,
    /// Its copies, where there are several, as indices into [`Catalogue::messages`] of this id. The first is shown.
    several: Box<[u32]>,
    /// Digest of the shown copy.
    pub(crate) bytes: u128,
    /// How the shown copy is read.
    pub(crate) reading: Reading,
    /// Joined to the thread by subject alone.
    pub(crate) weak: bool,
    /// Whether other messages claim its Message-ID.
    pub(crate) conflict: bool,
    /// How many lines at its end are its list's footer.
    pub(crate) footer: u8,
    /// Digest of all that it says besides the bytes of its message.
    pub(crate) stamp: u64,
    /// Index of the first document of its thread.
    root: u32,
    /// Index of the author in [`Catalogue::authors`].
    author: u32,
    /// Index of its set of lists.
    lists: u32,
    /// Index of the run that brought it first.
    run: u32,
}

/// All documents, sorted by key, with what they share.
pub(crate) struct Arrangement {
    pub(crate) documents: Vec<Arranged>,
    people: People,
    lists: Lists,
    /// Names of the runs, as the catalogue numbers them.
    runs: Vec<String>,
    /// How many messages are left out, because people took them down.
    pub(crate) removed: u64,
}

/// Sets of lists, as each document has one.
#[derive(Default)]
struct Lists {
    slugs: Vec<String>,
    sets: Vec<Vec<u32>>,
    numbers: FxHashMap<Vec<u32>, u32>,
}

impl Arranged {
    /// Its copies; the first is shown.
    pub(crate) fn copies(&self) -> &[u32] {
        if self.several.is_empty() { &[0] } else { &self.several }
    }
}

impl Arrangement {
    /// The thread: name of its first message.
    pub(crate) fn thread(&self, document: &Arranged) -> String {
        self.documents[document.root as usize].key.name()
    }

    /// Whether it is the first of its thread.
    pub(crate) fn is_root(&self, document: &Arranged) -> bool {
        self.documents[document.root as usize].key == document.key
    }

    /// The author's name in addresses.
    pub(crate) fn person(&self, document: &Arranged) -> &str {
        &self.people.person[document.author as usize]
    }

    /// The name the person is shown under, where people said so.
    pub(crate) fn known_as(&self, document: &Arranged) -> Option<&str> {
        self.people.known_as[document.author as usize].as_deref()
    }

    /// Slugs of its lists, sorted.
    pub(crate) fn lists(&self, document: &Arranged) -> impl ExactSizeIterator<Item = &str> {
        self.lists.sets[document.lists as usize].iter().map(|&list| self.lists.slugs[list as usize].as_str())
    }

    /// The run that brought the first of its copies.
    pub(crate) fn run(&self, document: &Arranged) -> &str {
        self.runs.get(document.run as usize).map_or("", String::as_str)
    }

    /// The people who unite several addresses.
    pub(crate) fn unions(&self) -> &[Union] {
        &self.people.unions
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.documents.iter().filter(|document| self.is_root(document)).count()
    }

    /// How many people wrote.
    pub(crate) fn people(&self) -> usize {
        let names: HashSet<&str> = self.documents.iter().map(|document| self.person(document)).collect();
        names.len()
    }
}

/// Arranges all that the catalogue knows.
pub(crate) fn arrange(catalogue: &Catalogue, declared: &Declared, removals: &Removals) -> Arrangement {
    let mut documents: Vec<Arranged> = Vec::with_capacity(catalogue.messages.len());
    let mut lists = Lists::of(catalogue);
    let mut removed = 0;
    for (id, copies) in &catalogue.messages {
        let groups = match copies.len() {
            1 => vec![Vec::new()],
            _ => identity::messages(copies, &catalogue.authors),
        };
        let conflict = groups.len() > 1;
        let numbers = removals.numbers(catalogue, id, &groups);
        for (group, number) in groups.into_iter().zip(numbers) {
            let Some(number) = number else {
                removed += 1;
                continue;
            };
            let shown = &copies[group.first().copied().unwrap_or(0)];
            let mut arranged = Arranged {
                key: DocumentKey { id: *id, number },
                several: group.into_iter().map(|copy| copy as u32).collect(),
                bytes: shown.bytes,
                reading: shown.reading,
                weak: false,
                conflict,
                footer: 0,
                stamp: 0,
                root: 0,
                author: shown.traits.author,
                lists: 0,
                run: 0,
            };
            let since = arranged.copies().iter().map(|&copy| copies[copy as usize].since);
            // Names of runs are their times, so that the least is the first whatever order the catalogue met them in.
            arranged.run = since.min_by_key(|&run| catalogue.runs.get(run as usize)).unwrap_or_default();
            arranged.lists = lists.number(catalogue, copies, arranged.copies());
            documents.push(arranged);
        }
    }
    documents.sort_unstable_by_key(|document| document.key);

    let shown = |document: &Arranged| &catalogue.messages[&document.key.id][document.copies()[0] as usize];
    let members: Vec<Member<'_>> = documents
        .iter()
        .map(|document| {
            let traits = &shown(document).traits;
            Member {
                key: Id(document.key.id).key().wrapping_add(u64::from(document.key.number) - 1),
                date: traits.date,
                references: if traits.answers_digest { &[] } else { &traits.references },
                subject: if traits.answers_digest { 0 } else { traits.subject },
                is_reply: traits.is_reply,
                lists: &lists.sets[document.lists as usize],
            }
        })
        .collect();
    let joined = threads::group(&members);
    drop(members);
    for (document, joined) in documents.iter_mut().zip(joined) {
        (document.root, document.weak) = (joined.root as u32, joined.weak);
    }
    let people = name_people(catalogue, documents.iter().map(shown), declared);
    let ending = |document: &Arranged| {
        let traits = &catalogue.messages[&document.key.id][document.copies()[0] as usize].traits;
        let (lists, person) = (&lists.sets[document.lists as usize], &people.person[document.author as usize]);
        Ending { lists, date: traits.date, person, tail: &traits.tail }
    };
    let footers = Footers::learn(documents.iter().map(ending));
    let lines: Vec<u8> = documents.iter().map(|document| footers.lines(&ending(document))).collect();
    for (document, lines) in documents.iter_mut().zip(lines) {
        document.footer = lines;
    }
    let mut arrangement = Arrangement { documents, people, lists, runs: catalogue.runs.clone(), removed };
    let stamps = stamps(catalogue, &arrangement);
    for (document, stamp) in arrangement.documents.iter_mut().zip(stamps) {
        document.stamp = stamp;
    }
    arrangement
}

/// The stamps of all documents, worked out by all cores: of a large archive this is most of arranging.
fn stamps(catalogue: &Catalogue, arrangement: &Arrangement) -> Vec<u64> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = arrangement.documents.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let of = |documents| move || stamps_of(catalogue, arrangement, documents);
        let threads: Vec<_> = arrangement.documents.chunks(share).map(|documents| scope.spawn(of(documents))).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)))
            .collect()
    })
}

fn stamps_of(catalogue: &Catalogue, arrangement: &Arrangement, documents: &[Arranged]) -> Vec<u64> {
    documents.iter().map(|document| stamp(catalogue, arrangement, document)).collect()
}

impl Lists {
    fn of(catalogue: &Catalogue) -> Lists {
        let mut slugs: Vec<String> = catalogue.dumps.iter().map(|dump| dump.list.clone()).collect();
        slugs.sort();
        slugs.dedup();
        Lists { slugs, ..Lists::default() }
    }

    /// The number of the set of lists that these copies were found on.
    fn number(&mut self, catalogue: &Catalogue, copies: &[Copy], which: &[u32]) -> u32 {
        let places = which.iter().flat_map(|&copy| &copies[copy as usize].places);
        let list = |place: &PlaceRecord| &catalogue.dumps[place.dump as usize].list;
        let mut set: Vec<u32> =
            places.map(|place| self.slugs.binary_search(list(place)).unwrap_or_default() as u32).collect();
        set.sort_unstable();
        set.dedup();
        if let Some(&number) = self.numbers.get(&set) {
            return number;
        }
        let number = self.sets.len() as u32;
        self.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }
}

fn name_people<'a>(catalogue: &Catalogue, shown: impl Iterator<Item = &'a Copy>, declared: &Declared) -> People {
    let mut earliest: Vec<Option<i64>> = vec![None; catalogue.authors.len()];
    for copy in shown {
        let slot = &mut earliest[copy.traits.author as usize];
        *slot = match (*slot, copy.traits.date) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    people::name(&catalogue.authors, &earliest, declared)
}

/// Digest of all that a document says besides the bytes of its message: how they are read, what was decided, where it was found.
fn stamp(catalogue: &Catalogue, arrangement: &Arrangement, document: &Arranged) -> u64 {
    let mut said: Vec<u8> = Vec::with_capacity(256);
    let mut say = |part: &[u8]| {
        said.extend_from_slice(&(part.len() as u32).to_le_bytes());
        said.extend_from_slice(part);
    };
    let Reading { ambiguous, form, from_line } = document.reading;
    let root = &arrangement.documents[document.root as usize].key;
    say(&[u8::from(ambiguous), form, u8::from(document.weak), u8::from(document.conflict), document.footer]);
    say(&from_line.to_le_bytes());
    say(&root.bytes());
    say(arrangement.person(document).as_bytes());
    say(arrangement.known_as(document).unwrap_or("").as_bytes());
    say(arrangement.run(document).as_bytes());
    say(arrangement.lists(document).collect::<Vec<_>>().join(",").as_bytes());
    let copies = &catalogue.messages[&document.key.id];
    let places = document.copies().iter().flat_map(|&copy| &copies[copy as usize].places);
    let mut places: Vec<(&str, u64)> =
        places.map(|place| (catalogue.dumps[place.dump as usize].name.as_str(), place.offset)).collect();
    places.sort_unstable();
    for (dump, offset) in places {
        say(dump.as_bytes());
        say(&offset.to_le_bytes());
    }
    (digest::of_bytes(&said) >> 64) as u64
}
