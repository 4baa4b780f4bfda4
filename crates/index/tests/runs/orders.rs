//! Dumps arriving in any order, in any number of runs, make one archive: every answer is the same, byte for byte.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use plenary_index::{Archive, Arranged, ingest::digest};

use crate::{
    corpus,
    desk::{self, Desk},
};

/// Orders tried, each in runs of its own.
const ORDERS: u64 = 5;

/// A dump: its list, its name, its bytes.
type Dump = (String, String, Vec<u8>);

#[test]
fn invented_dumps_with_every_trouble_give_one_archive_in_every_order() {
    let mut dumps: Vec<Dump> = Vec::new();
    for path in files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"))) {
        dumps.push(("quay".into(), name(&path), fs::read(&path).unwrap()));
    }
    for (place, bytes) in plenary_sample::shipped() {
        let (list, name) = place.split_once('/').unwrap();
        dumps.push((list.into(), name.into(), bytes));
    }
    dumps.extend(one_message_in_two_dumps());
    check(&dumps);
}

/// The same bytes in an mboxrd, which escapes every depth of `>From `, and among Pipermail's masked text, which leaves `>>From ` alone
/// and counts as impoverished: one message, read as the richer has it.
fn one_message_in_two_dumps() -> [Dump; 2] {
    let same = "From ada@example.org Thu Jun  2 14:03:11 2016\nFrom: Ada <ada@example.org>\nDate: Thu, 2 Jun 2016 12:03:11 +0000\nMessage-ID: <twice@example.org>\nSubject: Twice\n\nIt says:\n\n>>From here on.\n\n";
    let masked = |id: &str| {
        format!(
            "From bob at example.net Thu Jun  2 15:00:00 2016\nFrom: bob at example.net (Bob)\nDate: Thu, 2 Jun 2016 13:00:00 +0000\nMessage-ID: <{id}@example.net>\nSubject: Other\n\nPlain.\n\n"
        )
    };
    let poor = [same, &masked("poor-1"), &masked("poor-2")].concat();
    [("quay".into(), "rd.mbox".into(), same.into()), ("pier".into(), "pipermail.txt".into(), poor.into())]
}

#[test]
fn real_archives_are_the_same_in_every_order() {
    let Some(corpus) = corpus::folder() else { return };
    for folder in ["open/pipermail-supertux-devel", "open/pipermail-twisted", "open/torture-perl-mail-box"] {
        check(&dumps(&corpus.join(folder), usize::MAX));
    }
    // A year of it; for the whole list, which takes its time: PLENARY_WHOLE=1 cargo test --release -p plenary-index --test runs
    let whole = std::env::var_os("PLENARY_WHOLE").is_some();
    check(&dumps(&corpus.join("r-devel"), if whole { usize::MAX } else { 12 }));
}

#[test]
fn every_archive_balances_and_has_nothing_new_the_second_time() {
    let Some(corpus) = corpus::folder() else { return };
    for folder in ["mbox-robots-nexor", "mbox-bigbang-3gpp", "corpora-notmuch", "torture-mime4j", "torture-zbateson"] {
        let desk = Desk::new();
        put(&desk, &dumps(&corpus.join("open").join(folder), usize::MAX));
        // That they balance is looked at in every run.
        let first = desk.ingest();
        assert!(first.tally.new > 0, "{folder}");
        let second = desk.ingest();
        assert_eq!((second.tally.read, second.tally.new, second.unchanged), (0, 0, first.files.len()), "{folder}");
    }
}

/// All dumps at once, then in [`ORDERS`] shuffled orders some at a time, then built anew: one archive.
fn check(dumps: &[Dump]) {
    assert!(dumps.len() > 1);
    let at_once = Desk::new();
    put(&at_once, dumps);
    at_once.ingest();
    let expected = answers(&at_once.archive());
    for seed in 1..=ORDERS {
        let mut random = Random(seed);
        let mut order: Vec<&Dump> = dumps.iter().collect();
        random.shuffle(&mut order);
        let desk = Desk::new();
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let runs_left = dumps.len().div_ceil(MOST_RUNS);
            let (batch, later) = rest.split_at(rest.len().min(runs_left + random.below(runs_left + 1)));
            batch.iter().for_each(|(list, name, bytes)| desk.put(list, name, bytes));
            desk.ingest();
            rest = later;
        }
        same(&expected, &answers(&desk.archive()), &format!("order {seed}"));
        assert_eq!(desk.ingest().tally.read, 0, "order {seed}: nothing is left to read");
        if seed == 1 {
            desk.rebuild();
            same(&expected, &answers(&desk.archive()), "built anew");
        }
    }
}

/// About as many runs are made of one order.
const MOST_RUNS: usize = 8;

/// Everything that is answered about every message, thread and person, and about the whole.
fn answers(archive: &Archive) -> String {
    let mut told = String::new();
    let (mut threads, mut people) = (BTreeSet::new(), BTreeSet::new());
    for found in desk::all(archive) {
        let entry = found.entry;
        let rivals: Vec<&str> = entry.rivals.iter().map(|card| card.id.as_str()).collect();
        let raw = digest::of_bytes(&found.raw);
        writeln!(told, "{:?} {rivals:?} {raw:x} {:?} {:?}", entry.card, entry.position, entry.places).unwrap();
        writeln!(told, "{:?} {:?}", entry.message, entry.paragraphs).unwrap();
        threads.insert(entry.card.thread);
        people.insert(entry.card.author.person);
    }
    for id in threads {
        let thread = archive.thread(&id, Arranged::ByReply, 0, usize::MAX).unwrap().unwrap();
        writeln!(told, "{id} {} {} {:?} {:?}", thread.total, thread.people, thread.lists, thread.span).unwrap();
        for node in thread.nodes {
            let id = node.entry.map(|entry| entry.card.id);
            writeln!(told, "  {} {id:?} {} {:?}", node.depth, node.weak, node.parent).unwrap();
        }
    }
    for person in people {
        writeln!(told, "{:?}", archive.person(&person).unwrap()).unwrap();
    }
    let mut overview = (*archive.overview()).clone();
    (overview.generation, overview.last_run) = (0, None);
    writeln!(told, "{overview:?}").unwrap();
    told
}

#[track_caller]
fn same(expected: &str, got: &str, what: &str) {
    if let Some((a, b)) = expected.lines().zip(got.lines()).find(|(a, b)| a != b) {
        panic!("{what} answers otherwise:\n{a}\nand\n{b}");
    }
    assert_eq!(expected.lines().count(), got.lines().count(), "{what}");
}

fn put(desk: &Desk, dumps: &[Dump]) {
    dumps.iter().for_each(|(list, name, bytes)| desk.put(list, name, bytes));
}

/// The files of a folder, each in a list named after the folder it is in; names that come twice are told apart.
fn dumps(folder: &Path, most: usize) -> Vec<Dump> {
    let files = files(folder).into_iter().take(most).enumerate();
    files
        .map(|(number, path)| {
            (name(path.parent().unwrap()), format!("{number}-{}", name(&path)), fs::read(&path).unwrap())
        })
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !name(&path).starts_with('.') {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Knuth's linear congruences: the same orders in every run of the test.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
