//! Mail that something happened to, thousands of messages of it, through the real program: each run ends well and its sum balances.
//!
//! `PLENARY_MUTATED=1000000 cargo test --release -p plenary --test archive mutated -- --nocapture` takes so many, also from the mail in
//! the folder that `PLENARY_CORPUS` names, and prints how far it is. `PLENARY_MUTATED_FROM=17` begins with the batch of that number, to
//! see one again.
#![allow(clippy::print_stdout, reason = "it says what was measured")]

use std::{env, fs, path::Path, process::Command};

use crate::{
    attached::with_files,
    documents::{docx, pdf},
    harness::{Site, json, mail, repository, text},
};

/// Messages where nothing else is said.
const FEW: usize = 20_000;
/// Messages of one dump, and so of one run.
const BATCH: usize = 2_000;
/// Most bytes of mail that others are made of, from the corpus.
const MOST: usize = 64 << 20;

const DAY: &str = "Thu, 02 Jun 2016 12:03:11 +0200";

/// What is put in somewhere: what readers of mail look for.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\r",
    b"\n",
    b"\n\n",
    b"\r\n\r\n",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\nFrom ada@example.org Thu Jun  2 14:03:11 2016\n",
    b"\nFrom ",
    b"\n>From ",
    b"\n--cut\n",
    b"\n--cut--\n",
    b"\nContent-Type: multipart/mixed; boundary=cut\n",
    b"\nContent-Type: message/rfc822\n\n",
    b"\nContent-Transfer-Encoding: base64\n",
    b"\nContent-Type: text/html; charset=utf-16\n",
    b"=?utf-8?b?",
    b"=?iso-2022-jp?q?=1B$B?=",
    b"; filename*0*=utf-8''%41; filename*1=b",
    b"((((",
    b"<<@,;:\"",
    b"\n\t",
    b"=\n",
    b"\x1b[2J",
];

/// splitmix64: the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// Invented mail of every shape, and the mail of the corpus where there is one.
fn originals() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(repository().join("tests/fixtures")).unwrap() {
        cut(&fs::read(entry.unwrap().path()).unwrap_or_default(), &mut all);
    }
    for (_, bytes) in plenary_sample::shipped() {
        cut(&bytes, &mut all);
    }
    let files: &[(&str, &str, &[u8])] = &[
        ("application/pdf", "report.pdf", &pdf("A heron on paper")),
        ("application/octet-stream", "charter.docx", &docx(&["A clause"])),
        ("text/plain", "note.txt", b"A gecko."),
    ];
    let html = "Content-Type: text/html; charset=\"iso-8859-1\"\nContent-Transfer-Encoding: quoted-printable\n";
    let inner =
        "--cut\nContent-Type: message/rfc822\n\nFrom: Bo <bo@example.org>\nSubject: Inner\n\nWords.\n".repeat(3);
    let digest = "Content-Type: multipart/digest; boundary=cut\n";
    let named = "=?utf-8?q?=C3=89mile_?= =?utf-8?b?w4l4YW1wbGU=?= <emile@example.org>";
    // More often than their number, for they have the most to break.
    for _ in 0..40 {
        all.push(with_files("files@example.org", "Files", files));
        all.push(mail("html@example.org", named, "Page", DAY, html, "<p>caf=E9 <b>na=EFve</b><ul><li>x"));
        all.push(mail("digest@example.org", "l@example.org", "L Digest, Vol 1, Issue 2", DAY, digest, &inner));
    }
    if let (Some(corpus), Some(_)) = (env::var_os("PLENARY_CORPUS"), env::var_os("PLENARY_MUTATED")) {
        let corpus = Path::new(&corpus);
        from_folder(&if corpus.exists() { corpus.to_owned() } else { repository().join(corpus) }, &mut all, &mut 0);
    }
    all
}

/// The messages of the dumps in a folder and below.
fn from_folder(folder: &Path, all: &mut Vec<Vec<u8>>, taken: &mut usize) {
    let mut paths: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            // Bombs are for another test.
            if !["mime", "containers"].iter().any(|name| path.ends_with(name)) {
                from_folder(&path, all, taken);
            }
            continue;
        }
        let bytes = match path.extension() {
            Some(end) if end == "gz" => Command::new("gzip").arg("-dc").arg(&path).output().unwrap().stdout,
            _ => fs::read(&path).unwrap(),
        };
        // Some of each dump, so that all of them have a share.
        let bytes = &bytes[..bytes.len().min(1 << 20).min(MOST - *taken)];
        *taken += bytes.len();
        cut(bytes, all);
    }
}

/// Cuts a dump roughly into messages.
fn cut(dump: &[u8], all: &mut Vec<Vec<u8>>) {
    let mut starts: Vec<usize> =
        (0..dump.len()).filter(|&at| dump[at..].starts_with(b"From ") && (at == 0 || dump[at - 1] == b'\n')).collect();
    starts.push(dump.len());
    all.extend(starts.windows(2).map(|pair| dump[pair[0]..pair[1]].to_vec()).filter(|bytes| bytes.len() < 1 << 20));
}

fn mutated(originals: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = originals[chance.below(originals.len())].clone();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        let line = |bytes: &[u8], at: usize| {
            let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
            let end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |end| at + end + 1);
            start..end
        };
        match chance.below(9) {
            0 => {
                for _ in 0..=chance.below(16) {
                    let at = chance.below(bytes.len());
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << chance.below(8);
                    }
                }
            }
            1 => bytes.truncate(at),
            2 => {
                let line = bytes[line(&bytes, at)].to_vec();
                let times = if chance.below(20) == 0 { 500 } else { 1 };
                bytes.splice(at..at, line.repeat(times));
            }
            3 => drop(bytes.drain(line(&bytes, at))),
            4 => {
                let other = &originals[chance.below(originals.len())];
                let from = chance.below(other.len());
                let to = from + chance.below(other.len() - from);
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            5 => {
                let piece = PIECES[chance.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            6 => {
                // Two lines change places, boundaries among them.
                let (one, other) = (line(&bytes, at), line(&bytes, chance.below(bytes.len())));
                if one.end <= other.start {
                    let (first, second) = (bytes[one.clone()].to_vec(), bytes[other.clone()].to_vec());
                    bytes.splice(other, first);
                    bytes.splice(one, second);
                }
            }
            7 => {
                let dashes = bytes.windows(3).position(|three| three == b"\n--").map_or(at, |found| found + 3);
                bytes.splice(dashes..dashes, [b'-', b'-', b'x'][..chance.below(4)].iter().copied());
            }
            _ => {
                let end = at + chance.below((bytes.len() - at).min(200));
                drop(bytes.drain(at..end));
            }
        }
    }
    if !bytes.ends_with(b"\n\n") && chance.below(10) > 0 {
        bytes.extend_from_slice(b"\n\n");
    }
    bytes
}

#[test]
fn whatever_happened_to_mail_a_run_ends_well_and_balances() {
    let number = |name: &str| env::var(name).ok().map(|number| number.parse::<usize>().unwrap());
    let (wanted, from) = (number("PLENARY_MUTATED"), number("PLENARY_MUTATED_FROM").unwrap_or(0));
    let originals = originals();
    let mut sums = [0; 6];
    for batch in from..from + wanted.unwrap_or(FEW).div_ceil(BATCH) {
        let mut chance = Chance(batch as u64);
        let dump: Vec<u8> = (0..BATCH).flat_map(|_| mutated(&originals, &mut chance)).collect();
        let site = Site::with(&[("list", "a.mbox", &dump)]);
        let said = site.run(&["ingest", "--json"]);
        assert!([0, 3].contains(&said.code), "batch {batch}: exit {}: {}", said.code, said.err);
        let report = json(said.out.lines().last().unwrap());
        let keys = ["read", "new", "known", "richer", "conflict", "set_aside"];
        let of = |part: &serde_json::Value| keys.map(|key| part[key].as_u64().unwrap());
        for sum in [of(&report), of(&report["files"][0])] {
            assert_eq!(sum[0], sum[1..].iter().sum::<u64>(), "batch {batch}: {report}");
        }
        // How a copy was counted is said of those that came before it; what is one message in the end, of all.
        let pages = json(&site.run(&["stats", "--json"]).out)["messages"].as_u64().unwrap();
        let taken = of(&report)[0] - of(&report)[5];
        assert!((of(&report)[1]..=taken).contains(&pages), "batch {batch}: {pages} pages, {report}");
        let doctor = site.run(&["doctor"]);
        assert_eq!(doctor.code, 0, "batch {batch}: {}{}", doctor.out, doctor.err);
        for aside in report["set_aside_details"].as_array().unwrap() {
            let reason = text(aside, "reason");
            assert!(!reason.contains("failed") && !reason.contains("error of the program"), "batch {batch}: {aside}");
        }
        for (all, one) in sums.iter_mut().zip(of(&report)) {
            *all += one;
        }
        if wanted.is_some() && batch % 10 == 9 {
            println!("{} batches: {sums:?} of {keys:?}", batch + 1 - from);
        }
    }
    println!("from {} originals: {sums:?} [read, new, known, richer, conflict, set aside]", originals.len());
    assert!(sums[0] as usize >= wanted.unwrap_or(FEW) / 2, "most of what was written is still a message");
}
