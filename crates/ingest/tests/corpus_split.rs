//! Splits real archives and compares the number of messages with a count made by hand.
//!
//! The archives are other people's mail and not part of the repository: `PLENARY_CORPUS` names the folder they are unpacked in.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use plenary_ingest::{
    Framing,
    mbox::{Piece, split},
    source::{Limits, open},
};

#[derive(Default, Debug, Clone)]
struct Sum {
    messages: usize,
    ambiguous: usize,
    strays: usize,
    bytes: u64,
    failures: usize,
    forms: BTreeMap<String, usize>,
}

fn corpus() -> Option<PathBuf> {
    let path = env::var_os("PLENARY_CORPUS").map(PathBuf::from);
    if path.is_none() {
        eprintln!("skipped: PLENARY_CORPUS does not name the folder of the real archives");
    }
    path
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn add(path: &Path, sum: &mut Sum) {
    let limits = Limits::default();
    let mut splitter = split(open(path, &limits).unwrap(), &limits);
    *sum.forms.entry(format!("{:?}", splitter.form())).or_default() += 1;
    let mut total = 0;
    for piece in splitter.by_ref() {
        let (offset, length) = match piece {
            Ok(Piece::Message(raw)) => {
                sum.messages += 1;
                if raw.framing == Framing::Ambiguous {
                    sum.ambiguous += 1;
                    if env::var_os("PLENARY_VERBOSE").is_some() {
                        let start = String::from_utf8_lossy(&raw.bytes[..raw.bytes.len().min(160)]).into_owned();
                        eprintln!("    ? {} {} {start:?}", path.display(), raw.offset);
                    }
                }
                (raw.offset, raw.bytes.len() as u64)
            }
            Ok(Piece::Stray(stray)) => {
                sum.strays += 1;
                if env::var_os("PLENARY_VERBOSE").is_some() {
                    eprintln!("    ! {} {} {} {}", path.display(), stray.offset, stray.bytes.len(), stray.reason);
                }
                (stray.offset, stray.bytes.len() as u64)
            }
            Err(error) => {
                eprintln!("    {}: {error}", path.display());
                sum.failures += 1;
                continue;
            }
        };
        assert_eq!(offset, total, "{} has no gap and no overlap", path.display());
        total += length;
    }
    assert_eq!(splitter.total(), total);
    sum.bytes += total;
}

#[test]
#[ignore = "prints a table for people"]
fn table() {
    let Some(root) = corpus() else { return };
    for family in ["open", "r-devel", "hostile"] {
        let mut sums: BTreeMap<PathBuf, Sum> = BTreeMap::new();
        let begun = Instant::now();
        for path in files(&root.join(family)) {
            let below = path.strip_prefix(&root).unwrap();
            let depth = if family == "hostile" || below.iter().any(|name| name == "public-inbox") { 9 } else { 3 };
            let key: PathBuf = below.iter().take(depth).collect();
            add(&path, sums.entry(key).or_default());
        }
        let seconds = begun.elapsed().as_secs_f64();
        let bytes: u64 = sums.values().map(|sum| sum.bytes).sum();
        for (key, sum) in &sums {
            eprintln!("{}\t{}\t{:?}", key.display(), sum.messages, sum);
        }
        eprintln!("== {family}: {:.0} MB/s", bytes as f64 / 1e6 / seconds);
    }
}
