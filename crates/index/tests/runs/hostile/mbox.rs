//! Mailboxes: line ends, forged and missing separators, what is no mailbox at all.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use plenary_index::ingest::source::{Limits, expand};

use super::{Case, Row, numbers};
use crate::desk::{Desk, problems};

pub(super) const ROWS: &[Row] = &[
    ("mbox/100k-tiny.mbox.gz", [100_000, 100_000, 0, 0, 0, 0], linear),
    ("mbox/bom.mbox", two(), |case| have(case, &["b1", "b2"])),
    ("mbox/content-length-lies.mbox", three(), |case| have(case, &["cl1", "cl2", "cl3"])),
    ("mbox/cr-only.mbox", two(), |case| have(case, &["r1", "r2"])),
    ("mbox/crlf.mbox", two(), |case| {
        let twin = String::from_utf8(case.bytes(&case.path)).unwrap().replace("\r\n", "\n");
        case.desk.put("hostile", "twin.mbox", twin.as_bytes());
        assert_eq!(numbers(&case.desk.ingest().tally), [2, 0, 2, 0, 0, 0], "each is the same message as its twin");
    }),
    ("mbox/empty.mbox", [0; 6], |case| case.says("empty", "the file is empty")),
    ("mbox/from-forgery-mboxo.mbox", three(), forged),
    ("mbox/from-prose.mbox", two(), |case| {
        let text = case.message("frame.p1@hostile.test").entry.message.text;
        assert!(text.starts_with("As I said,\nFrom my point of view the BPF should\n"), "{text}");
        untouched(case);
    }),
    ("mbox/html-error-page.mbox", ASIDE, |case| case.refused("stray", "an HTML page, not a mailbox")),
    ("mbox/mixed-eol.mbox", three(), |case| have(case, &["m1", "m2", "m3"])),
    ("mbox/mmdf.mbox", three(), |case| assert_eq!(case.all().len(), 3)),
    ("mbox/no-blank-line-before-from.mbox", three(), |case| have(case, &["n1", "n2", "n3"])),
    ("mbox/no-final-newline.mbox", two(), |case| have(case, &["x1", "x2"])),
    ("mbox/nul-filled.mbox.gz", two(), |case| {
        let first = case.message("frame.z1@hostile.test");
        assert!(first.raw.iter().filter(|byte| **byte == 0).count() >= 1_000_000, "the run survives");
        assert!(problems(&first.entry).contains(&"text"), "and what is not shown of it is told");
        have(case, &["z2"]);
    }),
    // Peak memory is measured on the program by `.ci/run`.
    ("mbox/one-64MiB-line.mbox.gz", two(), |case| {
        have(case, &["l2"]);
        case.says("stray", "beyond the limit of 64 MiB for one message");
    }),
    ("mbox/only-from-lines.mbox", [1000, 1, 999, 0, 0, 0], |case| {
        let all = case.all();
        assert_eq!((all.len(), all[0].entry.places.len()), (1, 1000), "one page tells of all");
    }),
    ("mbox/only-newlines.mbox", ASIDE, |case| case.refused("stray", "only empty lines")),
    ("mbox/pipermail-at-obfuscated.mbox", [1, 1, 0, 0, 0, 0], |case| {
        let entry = case.message("pm1@example.org").entry;
        // Masks are undone: documented at `Message::author`.
        assert_eq!(entry.card.author.email.as_deref(), Some("user@example.org"));
        let stub = &entry.message.attachments[0];
        assert_eq!((stub.part, stub.size), (None, 0), "nothing was fetched");
        assert!(stub.url.as_deref().is_some_and(|url| url.starts_with("http://lists.example/")));
    }),
    ("mbox/preamble-garbage.mbox", [1, 1, 0, 0, 0, 0], |case| {
        have(case, &["pre1"]);
        case.says("stray", "text that belongs to no message");
        assert_eq!(case.report.set_aside_details[0].offset, 0, "kept with its place");
    }),
    ("mbox/separator-variants.mbox", [11, 11, 0, 0, 0, 0], |case| {
        have(case, &["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10"]);
    }),
    ("mbox/truncated-in-base64.mbox", [1, 1, 0, 0, 0, 0], |case| {
        let entry = case.message("trunc.b64@hostile.test").entry;
        assert!(problems(&entry).contains(&"truncated"), "{:?}", entry.message.problems);
        assert_eq!(entry.message.attachments.len(), 1, "kept");
    }),
    ("mbox/truncated-in-header.mbox", two(), |case| {
        let flagged: Vec<bool> = case.all().iter().map(|found| problems(&found.entry).contains(&"truncated")).collect();
        assert_eq!(flagged.iter().filter(|flagged| **flagged).count(), 1);
        assert!(!problems(&case.message("frame.t1@hostile.test").entry).contains(&"truncated"), "it is whole");
    }),
    ("mbox/utf16.mbox", ASIDE, |case| case.refused("stray", "text in UTF-16")),
];

const ASIDE: [u64; 6] = [1, 0, 0, 0, 0, 1];

const fn two() -> [u64; 6] {
    [2, 2, 0, 0, 0, 0]
}

const fn three() -> [u64; 6] {
    [3, 3, 0, 0, 0, 0]
}

/// The messages `frame.NAME@hostile.test` are there, each with a text of its own, and their bytes are those of the dump.
#[track_caller]
fn have(case: &Case, names: &[&str]) {
    for name in names {
        let entry = case.message(&format!("frame.{name}@hostile.test")).entry;
        assert!(!entry.message.text.trim().is_empty() && !entry.message.text.contains("From hostile@"), "{name}");
    }
    untouched(case);
}

/// The raw bytes of every message are a slice of the dump, at the place that is told.
fn untouched(case: &Case) {
    let mut dump = Vec::new();
    expand(&case.root.join(&case.path), &Limits::default()).unwrap().read_to_end(&mut dump).unwrap();
    for found in case.all() {
        let place = &found.entry.places[0];
        let slice = &dump[place.offset as usize..(place.offset + place.length) as usize];
        assert!(slice.ends_with(&found.raw), "{}: {place:?}", case.path);
    }
}

/// The policy stands at the top of `mbox/mod.rs`: cut, marked, and never one message with a surely framed one.
fn forged(case: &Case) {
    let carved = case.message("forged@igf.example").entry;
    assert!(problems(&carved).contains(&"framing"));
    assert_eq!(problems(&case.message("frame.f2@hostile.test").entry), [""; 0], "its neighbour is not in doubt");
    let genuine = "From vint@igf.example Mon Jan  5 10:00:00 2015\nFrom: Vint Cerf <vint@igf.example>\nSubject: forged through body\nMessage-ID: <forged@igf.example>\nDate: Mon, 05 Jan 2015 12:00:00 +0000\n\nI never wrote this.\n\n";
    case.desk.put("hostile", "genuine.mbox", genuine.as_bytes());
    case.desk.ingest();
    let plain = case.message("forged@igf.example").entry;
    assert!(!problems(&plain).contains(&"framing"), "the genuine one has the plain address");
    assert_eq!((plain.places.len(), plain.rivals.len()), (1, 1), "and did not fold with the other");
}

/// Five times as many messages take about five times as long; 25 times would be quadratic.
fn linear(case: &Case) {
    let mut dump = String::new();
    expand(&case.root.join(&case.path), &Limits::default()).unwrap().read_to_string(&mut dump).unwrap();
    let time = |dump: &str| {
        let desk = Desk::new();
        desk.put("l", "d.mbox", dump.as_bytes());
        let begin = Instant::now();
        desk.ingest();
        begin.elapsed().max(Duration::from_millis(50))
    };
    let cut = dump.match_indices("\nFrom ").nth(dump.matches("\nFrom ").count() / 5).unwrap().0 + 1;
    let (fifth, whole) = (time(&dump[..cut]), time(&dump));
    assert!(whole < fifth * 15, "{fifth:?} for a fifth, {whole:?} for all");
}
