//! The sample that is committed is the one that the generator writes, and the generator writes the same twice.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::Path,
};

/// The text of a dump. Compressed bytes depend on the compressor's version, which is nobody's business here.
fn text(path: &str, bytes: &[u8]) -> Vec<u8> {
    if !path.ends_with(".gz") {
        return bytes.to_vec();
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut text).unwrap();
    text
}

fn on_disk(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut dumps = BTreeMap::new();
    for list in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        for dump in fs::read_dir(&list).unwrap().map(|entry| entry.unwrap().path()) {
            let path = dump.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            dumps.insert(path, fs::read(&dump).unwrap());
        }
    }
    dumps
}

#[test]
fn the_committed_sample_is_the_generated_one() {
    let committed = on_disk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/lists"));
    let generated: BTreeMap<String, Vec<u8>> = plenary_sample::shipped().into_iter().collect();
    assert_eq!(
        committed.keys().collect::<Vec<_>>(),
        generated.keys().collect::<Vec<_>>(),
        "write it again: cargo run -p plenary-sample -- data/lists"
    );
    for (path, bytes) in &committed {
        let same = text(path, bytes) == text(path, &generated[path]);
        assert!(same, "data/lists/{path} differs; write it again: cargo run -p plenary-sample -- data/lists");
    }
}

#[test]
fn the_lists_are_those_of_the_configuration() {
    let config = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config.toml")).unwrap();
    let described: BTreeSet<&str> =
        config.lines().filter_map(|line| line.strip_prefix("slug = \"")?.strip_suffix('"')).collect();
    let dumps = plenary_sample::shipped();
    let shipped: BTreeSet<&str> = dumps.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
    assert_eq!(shipped, described);
}

#[test]
fn the_tally_counts_what_is_in_the_dumps() {
    let separators = |text: &[u8]| {
        text.split(|&b| b == b'\n').filter(|line| line.starts_with(b"From ") && line.ends_with(b"2015")).count()
            + text.split(|&b| b == b'\n').filter(|line| line.starts_with(b"From ") && line.ends_with(b"2016")).count()
    };
    let read: usize = plenary_sample::shipped().iter().map(|(path, bytes)| separators(&text(path, bytes))).sum();
    assert_eq!(read, plenary_sample::tally().read);
}

#[test]
fn the_sample_is_small() {
    let bytes: usize = plenary_sample::shipped().iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < 1 << 20, "{bytes}");
}

#[test]
fn a_big_archive_is_the_same_for_the_same_seed() {
    let dir = |name: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for name in ["one", "two"] {
        let _ = fs::remove_dir_all(dir(name));
        let written = plenary_sample::bulk(7, 1003, 3, &dir(name)).unwrap();
        assert_eq!(written.messages, 1003);
    }
    let one = on_disk(&dir("one"));
    assert_eq!(one, on_disk(&dir("two")));
    let ids =
        one.values().flat_map(|bytes| bytes.split(|&b| b == b'\n')).filter(|line| line.starts_with(b"Message-ID: "));
    let ids: Vec<_> = ids.collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (1003, 1003));
}
