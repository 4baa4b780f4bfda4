//! Wrong input gets a clear sentence that names the thing, and the exit code for its kind.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Command, Stdio},
};

use crate::harness::{Said, Site, mail};

#[track_caller]
fn check(said: &Said, code: i32, sentence: &str) {
    assert_eq!(said.code, code, "out: {}\nerr: {}", said.out, said.err);
    assert!(said.err.contains(sentence), "{sentence:?} is not in {:?}", said.err);
}

fn one() -> Vec<u8> {
    mail("a@example.org", "Ada <ada@example.org>", "Plan", "Thu, 02 Jun 2016 12:03:11 +0200", "", "One.")
}

#[test]
fn a_missing_lists_folder_is_named() {
    let site = Site::with(&[]);
    fs::remove_dir(site.data().join("lists")).unwrap();
    check(&site.run(&["ingest"]), 4, "lists");
}

#[test]
fn a_lists_folder_without_dumps_says_where_they_go_every_time() {
    let site = Site::with(&[]);
    for _ in 0..2 {
        check(&site.run(&["ingest"]), 0, "no dumps found in ");
    }
}

#[test]
fn an_archive_that_was_never_built_says_what_to_run() {
    check(&Site::with(&[]).run(&["search", "x"]), 4, "plenary ingest");
}

#[test]
fn a_named_dump_needs_its_list_and_must_exist() {
    let site = Site::with(&[]);
    check(&site.run(&["ingest", "some.mbox"]), 2, "--list");
    check(&site.run(&["ingest", "no-such.mbox", "--list", "l"]), 4, "no-such.mbox");
    check(&site.run(&["ingest", "x", "--list", "../evil"]), 2, "../evil");
}

#[test]
fn what_is_no_mail_is_set_aside_with_its_reason_and_the_rest_goes_on() {
    for (name, bytes, reason) in [
        ("picture.mbox", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), "not mail"),
        ("page.txt.gz", b"<!DOCTYPE html><html><body>404 Not Found</body></html>", "HTML"),
        ("cut.mbox.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2], "unreadable"),
        ("empty.mbox", b"", "empty"),
    ] {
        let site = Site::with(&[("l", name, bytes), ("l", "good.mbox", &one())]);
        let said = site.run(&["ingest"]);
        check(&said, 3, reason);
        check(&said, 3, name);
        assert_eq!(site.found("one").len(), 1, "{name} does not stop the rest");
    }
}

#[test]
fn bytes_after_a_packed_dump_are_told() {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    // A stored block, which is gzip without compression.
    let mail = one();
    packed.push(1);
    packed.extend((mail.len() as u16).to_le_bytes());
    packed.extend((!(mail.len() as u16)).to_le_bytes());
    packed.extend(&mail);
    packed.extend(crc32(&mail).to_le_bytes());
    packed.extend((mail.len() as u32).to_le_bytes());
    packed.extend(one());
    let site = Site::with(&[("l", "a.mbox.gz", &packed)]);
    check(&site.run(&["ingest"]), 3, "after the end of the packed data");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn an_index_of_an_older_schema_says_to_rebuild_and_the_rebuild_works() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    site.ingest();
    let meta = site.data().join("index/meta.json");
    let now = fs::read_to_string(&meta).unwrap();
    let (before, after) = now.split_once("\\\"schema\\\":").unwrap();
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    fs::write(&meta, format!("{before}\\\"schema\\\":0{after}")).unwrap();
    // As an earlier version left it, without a seal.
    fs::remove_file(site.data().join("index/seal.json")).unwrap();
    check(&site.run(&["search", "one"]), 4, "plenary rebuild");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    assert_eq!(site.found("one").len(), 1);
}

#[test]
fn a_damaged_index_is_noticed() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    site.ingest();
    assert_eq!(site.run(&["doctor"]).code, 0);
    let index = site.data().join("index");
    let catalogue = fs::read_dir(&index)
        .unwrap()
        .flatten()
        .find(|e| e.file_name().to_string_lossy().starts_with("catalogue."))
        .unwrap();
    let mut bytes = fs::read(catalogue.path()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(catalogue.path(), bytes).unwrap();
    let said = site.run(&["doctor"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("damaged"), "{}", said.out);
    site.put("l", "b.mbox", &one());
    check(&site.run(&["ingest"]), 4, "plenary doctor --repair");
    fs::write(index.join("meta.json"), "{").unwrap();
    check(&site.run(&["search", "one"]), 4, "plenary doctor --repair");
}

#[test]
fn any_damage_to_any_file_of_the_index_is_survived_and_a_rebuild_mends_it() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    site.ingest();
    let index = site.data().join("index");
    // Hidden files are the engine's notes on which of the others it may delete; no answer comes from them.
    let hidden = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().starts_with('.');
    let files: Vec<_> =
        fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path()).filter(|path| !hidden(path)).collect();
    assert!(files.len() > 5, "{files:?}");
    for file in &files {
        let whole = fs::read(file).unwrap();
        let flipped = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xFF;
            Some(bytes)
        };
        let last = whole.len() - 1;
        let states =
            [None, Some(Vec::new()), Some(whole[..whole.len() / 2].to_vec()), flipped(last / 2), flipped(last * 4 / 5)];
        for state in states {
            match &state {
                Some(bytes) => fs::write(file, bytes).unwrap(),
                None => fs::remove_file(file).unwrap(),
            }
            let how = format!("{} with {:?} bytes", file.display(), state.as_ref().map(Vec::len));
            for args in [&["stats"] as &[&str], &["search", "one"]] {
                let said = site.run(args);
                // A flipped byte may go unnoticed in reading, and then may hide the word.
                assert!([0, 1, 4].contains(&said.code), "{args:?} of {how}: {}", said.err);
                assert!(said.code != 4 || said.err.contains("run `plenary "), "{args:?} of {how}: {}", said.err);
            }
            let said = site.run(&["doctor"]);
            assert!([1, 4].contains(&said.code), "doctor of {how}: {} {}", said.out, said.err);
            assert!((said.out + &said.err).contains("run `plenary "), "doctor of {how} says what to do");
            fs::write(file, &whole).unwrap();
        }
    }
    assert_eq!(site.run(&["doctor"]).code, 0, "all is as it was");
    files.iter().for_each(|file| fs::write(file, b"gone").unwrap());
    check(&site.run(&["search", "one"]), 4, "plenary doctor --repair");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    assert_eq!(site.found("one").len(), 1);
}

#[test]
fn alone_the_program_serves_what_stands_where_its_run_fails() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    site.ingest();
    fs::write(site.data().join("ledger/people.toml"), "[[person]]\nnmae = 1\n").unwrap();
    let config = site.data().join("config.toml");
    fs::write(&config, "[web]\nlisten = \"127.0.0.1:0\"\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_plenary"))
        .args(["--data".as_ref(), site.data().as_os_str(), "--config".as_ref(), config.as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        said += &(line.unwrap() + "\n");
        if said.contains("serving at http://") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("people.toml") && said.contains("as it was before"), "{said}");
    assert!(said.contains("serving at http://"), "{said}");
}

#[test]
fn a_port_in_use_is_named() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    site.ingest();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check(&site.run(&["serve", "--listen", &address]), 4, &format!("{address} is in use"));
}

#[test]
fn a_second_writer_is_told_to_wait() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    let mut lock = fs::File::create(site.data().join("write.lock")).unwrap();
    lock.lock().unwrap();
    check(&site.run(&["ingest"]), 6, "another run is at work");
    lock.write_all(b"process 4711, since 2016-06-02 12:00:00 UTC").unwrap();
    check(&site.run(&["rebuild"]), 6, "(process 4711, since 2016-06-02 12:00:00 UTC); wait until it ends");
    assert_eq!(site.run(&["ingest", "--dry-run"]).code, 0, "whoever writes nothing need not wait");
    drop(lock);
    assert_eq!(site.run(&["ingest"]).code, 0, "the lock goes with its holder");
}

#[test]
fn what_is_not_there_is_a_no() {
    let site = Site::with(&[("l", "a.mbox", &one())]);
    site.ingest();
    check(&site.run(&["show", "nobody@example.org"]), 1, "nobody@example.org");
    check(&site.run(&["thread", "zzz"]), 1, "zzz");
    check(&site.run(&["search", "unheard"]), 1, "0 messages");
    check(&site.run(&["search", "one", "-n", "0"]), 2, "at least 1");
}

#[test]
fn a_configuration_with_an_unknown_key_names_it_and_its_line() {
    let site = Site::with(&[]);
    let file = site.data().join("wrong.toml");
    fs::write(&file, "title = \"x\"\n\n[web]\nlitsen = \"y\"\n").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plenary"));
    let output = command.arg("--config").arg(&file).arg("stats").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("line 4") && said.contains("litsen"), "{said}");
}
