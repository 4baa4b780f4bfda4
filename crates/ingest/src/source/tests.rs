//! Finding dumps and reading what they are packed in.

use std::io::{Read, Write};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::*;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dump");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[track_caller]
fn check(stored: &[u8], packing: &str, expected: &[u8]) {
    let (_folder, path) = written(stored);
    let mut reader = open(&path, &Limits::default()).unwrap();
    let mut expanded = Vec::new();
    reader.read_to_end(&mut expanded).unwrap();
    assert_eq!(reader.packing(), packing);
    assert!(expanded == expected, "{packing}: {} bytes for {}", expanded.len(), expected.len());
    let digest = *blake3::hash(stored).as_bytes();
    assert_eq!(reader.digest().unwrap(), digest);
    assert_eq!(digest_of_file(&path).unwrap(), digest);
}

/// What the error says when `stored` is read to its end.
#[track_caller]
fn check_refused(stored: &[u8], limits: Limits, reason: &str) {
    let (_folder, path) = written(stored);
    let mut reader = open(&path, &limits).unwrap();
    let error = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_err();
    assert!(error.to_string().contains(reason), "{error}");
}

#[test]
fn every_packing_is_known_by_its_first_bytes() {
    let text = b"From ann@example.org Thu Jan  1 00:00:00 2015\nA: b\n".repeat(9000);
    check(&text, "plain", &text);
    check(b"", "plain", b"");
    check(&gzip(&text), "gzip", &text);
    check(&bzip2(&text), "bzip2", &text);
    check(&zstd::encode_all(&text[..], 3).unwrap(), "zstd", &text);
}

#[test]
fn an_xz_file_is_unpacked() {
    // `printf 'A: b\n' | xz`, for the decoder comes without an encoder.
    let stored = b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F\x02\0!\x01\x16\0\0\0t/\xe5\xa3\x01\0\x04A: b\n\0\0\0";
    let (_folder, path) = written(stored);
    let mut reader = open(&path, &Limits::default()).unwrap();
    let mut start = [0; 5];
    assert_eq!(reader.packing(), "xz");
    reader.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"A: b\n");
}

#[test]
fn members_in_a_row_are_one_dump() {
    check(&[gzip(b"one"), gzip(b""), gzip(b"two")].concat(), "gzip", b"onetwo");
    check(&[bzip2(b"one"), bzip2(b"two")].concat(), "bzip2", b"onetwo");
}

#[test]
fn bytes_after_the_last_member_end_the_dump_and_are_told_of() {
    for (tail, told) in [(&b"garbage"[..], true), (b"\0\0\0\0", false), (b"", false)] {
        let stored = [&gzip(b"one")[..], tail].concat();
        check(&stored, "gzip", b"one");
        let (_folder, path) = written(&stored);
        let mut reader = open(&path, &Limits::default()).unwrap();
        std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
        assert_eq!(reader.trailing(), told);
    }
}

#[test]
fn the_digest_covers_what_was_not_read() {
    let stored = gzip(&b"text ".repeat(1_000_000));
    let (_folder, path) = written(&stored);
    let reader = open(&path, &Limits::default()).unwrap();
    assert_eq!(reader.digest().unwrap(), *blake3::hash(&stored).as_bytes());
}

#[test]
fn damage_and_truncation_are_errors() {
    let mut stored = gzip(b"some text that was once whole");
    let last = stored.len() - 6;
    stored[last] ^= 1;
    check_refused(&stored, Limits::default(), "checksum");
    stored.truncate(20);
    check_refused(&stored, Limits::default(), "deflate");
}

#[test]
fn a_dump_may_expand_up_to_its_limit_and_no_further() {
    let limits = Limits { expanded: 1000, ..Limits::default() };
    let (_folder, path) = written(&gzip(&[b'x'; 1000]));
    assert_eq!(std::io::copy(&mut open(&path, &limits).unwrap(), &mut std::io::sink()).unwrap(), 1000);
    check_refused(&gzip(&[b'x'; 1001]), limits, "limit of 1000 bytes");
}

#[test]
fn a_bomb_is_refused_once_it_is_past_the_grace() {
    let bomb = gzip(&vec![0; 4 << 20]);
    check_refused(&bomb, Limits { ratio_from: 1 << 20, ..Limits::default() }, "as a bomb would");
    check(&bomb, "gzip", &vec![0; 4 << 20]);
}

#[test]
fn a_missing_file_names_itself() {
    let error = open(Path::new("/nowhere/at/all"), &Limits::default()).err().unwrap();
    assert_eq!(error.to_string(), "cannot open `/nowhere/at/all`");
    assert!(discover(Path::new("/nowhere/at/all")).is_err());
}

fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    folder
}

/// `list:name` of each dump, then `!name: reason` of what was left out.
fn outline(folder: &Path) -> Vec<String> {
    let (dumps, skipped) = discover(folder).unwrap();
    let root = fs::canonicalize(folder).unwrap();
    let dumps = dumps.into_iter().map(|dump| {
        assert!(dump.path.is_absolute() && dump.size == 1 && dump.modified > 1_000_000_000);
        format!("{}:{}", dump.list, dump.name)
    });
    let skipped =
        skipped.into_iter().map(|(path, reason)| format!("!{}: {reason}", path.strip_prefix(&root).unwrap().display()));
    dumps.chain(skipped).collect()
}

#[test]
fn dumps_are_the_files_in_folders_of_lists() {
    let folder =
        tree(&["b/2016.mbox", "a/new/2015.mbox.gz", "a/.hidden", "a/README.md", "a/list.toml", ".git/x", "loose"]);
    let loose = "!loose: in no list's folder; move it into a folder named after its list";
    assert_eq!(outline(folder.path()), ["a:a/new/2015.mbox.gz", "b:b/2016.mbox", loose]);
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_of_the_lists_folder_only() {
    use std::os::unix::fs::symlink;
    let folder = tree(&["a/one"]);
    let outside = tree(&["secret"]);
    symlink(outside.path().join("secret"), folder.path().join("a/out")).unwrap();
    symlink(folder.path().join("a"), folder.path().join("a/round")).unwrap();
    symlink(folder.path().join("a/one"), folder.path().join("a/two")).unwrap();
    let expected = ["a:a/one", "a:a/two", "!a/out: a link out of the lists' folder", "!a/round: a link to a folder"];
    assert_eq!(outline(folder.path()), expected);
}
