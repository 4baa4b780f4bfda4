//! Dumps named on the command line: copied into place as they are, looked at first by a dry run.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::harness::{Said, Site, fixture, json, mail};

fn plain(id: &str) -> Vec<u8> {
    mail(id, "Ann <ann@example.org>", "Plan", "2 Jun 2016 12:03:11 +0200", "", id)
}

fn one() -> Vec<u8> {
    plain("one@example.org")
}

/// A message in a file of its own.
fn letter(id: &str) -> Vec<u8> {
    let mail = String::from_utf8(plain(id)).unwrap();
    mail.split_once('\n').unwrap().1.into()
}

/// A folder elsewhere with these files.
fn elsewhere(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn ingest(site: &Site, path: &Path, more: &[&str]) -> Said {
    site.run(&[&["ingest", path.to_str().unwrap(), "--list", "quay"], more].concat())
}

#[track_caller]
fn check(site: &Site, path: &Path, sentence: &str, messages: usize) {
    let said = ingest(site, path, &[]);
    assert!(said.code == 0 && said.err.contains(sentence), "exit {}, {sentence:?} in {:?}", said.code, said.err);
    assert_eq!(site.found("*").len(), messages);
}

#[test]
fn a_named_dump_is_copied_as_it_is_and_never_over_another() {
    let site = Site::with(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let dump = elsewhere.path().join("2016.mbox");
    let path = dump.to_str().unwrap();
    for (bytes, copies) in [(one(), 1), (one(), 1), (fixture("attachments.mbox"), 2)] {
        fs::write(&dump, &bytes).unwrap();
        let said = site.run(&["ingest", path, "--list", "quay"]);
        assert_eq!(said.code, 0, "{}", said.err);
        let folder = site.data().join("lists/quay");
        let mut kept: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        kept.sort();
        assert_eq!(kept.len(), copies, "{kept:?}");
        assert!(kept.iter().any(|path| fs::read(path).unwrap() == bytes), "the bytes are the same");
    }
    assert_eq!(fs::read(site.data().join("lists/quay/2016.mbox")).unwrap(), one(), "the first keeps its place");
    assert_eq!(site.found("*").len(), 2);
}

#[test]
fn standard_input_is_a_dump_and_the_same_twice_is_one() {
    let site = Site::with(&[]);
    for _ in 0..2 {
        let mut child = site
            .command(&["ingest", "-", "--list", "quay"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&one()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(fs::read_dir(site.data().join("lists/quay")).unwrap().count(), 1);
    assert_eq!(site.found("one").len(), 1);
}

#[test]
fn two_dumps_that_come_by_standard_input_at_once_are_not_mixed() {
    let site = Site::with(&[]);
    let folder = site.data().join("lists/quay");
    let start = || {
        let mut command = site.command(&["ingest", "-", "--list", "quay"]);
        command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (one, two) = (plain("one@example.org"), plain("two@example.org"));
    let mut first = start();
    let mut into = first.stdin.take().unwrap();
    into.write_all(&one[..50]).unwrap();
    // Until it has begun; the bounds are those of a busy machine.
    let begun = std::time::Instant::now();
    while fs::read_dir(&folder).map_or(0, Iterator::count) == 0 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60) && first.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut second = start();
    second.stdin.take().unwrap().write_all(&two).unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(0));
    into.write_all(&one[50..]).unwrap();
    drop(into);
    assert_eq!(first.wait().unwrap().code(), Some(0));
    let mut there: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    there.sort();
    assert_eq!(there, [one, two]);
}

#[test]
fn a_maildir_is_copied_whole_and_the_same_again_is_there_already() {
    let site = Site::with(&[]);
    let folder = elsewhere(&[
        ("mail/cur/1.a.host:2,S", letter("a@x.org")),
        ("mail/new/2.b.host", letter("b@x.org")),
        ("mail/tmp/3.c.host", letter("half")),
    ]);
    let mail = folder.path().join("mail");
    check(&site, &mail, "1 dump copied to the list `quay`\n", 2);
    check(&site, &mail, "0 dumps copied to the list `quay`, 1 is there already", 2);
    // A flag is no other mail; a new message is.
    fs::rename(mail.join("new/2.b.host"), mail.join("cur/2.b.host:2,RS")).unwrap();
    check(&site, &mail, "1 is there already", 2);
    fs::write(mail.join("new/4.d.host"), letter("d@x.org")).unwrap();
    check(&site, &mail, "1 dump copied", 3);
    assert!(site.data().join("lists/quay/mail-2/new/4.d.host").exists());
}

#[test]
fn a_folder_gives_its_files_and_what_is_hidden_in_it_is_left_out_and_said() {
    let site = Site::with(&[]);
    let folder = elsewhere(&[
        ("2015/a.mbox", plain("a@x.org")),
        ("2016/a.mbox", plain("b@x.org")),
        ("2016/box/cur/1.x", letter("c@x.org")),
        (".DS_Store", b"x".to_vec()),
    ]);
    let sentence = "3 dumps copied to the list `quay`; 1 hidden file or link is left out:";
    check(&site, folder.path(), sentence, 3);
    check(&site, folder.path(), "0 dumps copied to the list `quay`, 3 are there already", 3);
    let hidden = ingest(&site, &folder.path().join(".DS_Store"), &[]);
    assert!(hidden.code == 4 && hidden.err.contains("is hidden"), "{}", hidden.err);
}

#[test]
fn a_repository_is_copied_whole() {
    let site = Site::with(&[]);
    let folder = elsewhere(&[("inbox/m", letter("a@x.org"))]);
    let inbox = folder.path().join("inbox");
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        Command::new("git")
            .args(identity)
            .args(args)
            .current_dir(&inbox)
            .output()
            .is_ok_and(|said| said.status.success())
    };
    if !git(&["init", "--quiet", "--initial-branch=master"]) {
        eprintln!("not tested: there is no git");
        return;
    }
    assert!(git(&["add", "--all"]) && git(&["commit", "--quiet", "--message", "x"]));
    // As public-inbox has it: the repository alone, no working copy.
    let bare = folder.path().join("all.git");
    assert!(git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]));
    check(&site, &bare, "1 dump copied", 1);
    check(&site, &bare, "1 is there already", 1);
    assert_eq!(site.found("*").len(), 1);
}

#[test]
fn a_dry_run_of_named_dumps_says_what_the_real_one_does_and_copies_nothing() {
    let site = Site::with(&[("quay", "2016.mbox", &plain("a@x.org"))]);
    site.ingest();
    let folder = elsewhere(&[
        ("2016.mbox", [plain("b@x.org"), plain("a@x.org")].concat()),
        ("index.html", b"<p>no mail".to_vec()),
        ("box/cur/1.x", letter("c@x.org")),
        ("odd.mbox", b"nothing\n".to_vec()),
    ]);
    let of = |said: &Said| -> Value {
        let mut report = json(said.out.lines().last().unwrap());
        let run = report["run"].as_str().unwrap().to_owned();
        for key in ["run", "seconds", "generation"] {
            report[key] = Value::Null;
        }
        json(&report.to_string().replace(&run, "RUN"))
    };
    let dry = ingest(&site, folder.path(), &["--dry-run", "--json"]);
    assert!(dry.err.contains("4 dumps would be copied to the list `quay`"), "{}", dry.err);
    assert_eq!(fs::read_dir(site.data().join("lists/quay")).unwrap().count(), 1);
    let real = ingest(&site, folder.path(), &["--json"]);
    assert_eq!(of(&dry), of(&real));
    assert_eq!(site.found("*").len(), 3);
}

#[test]
fn a_dry_run_is_possible_before_there_is_any_list() {
    let site = Site::with(&[]);
    fs::remove_dir(site.data().join("lists")).unwrap();
    let folder = elsewhere(&[("a.mbox", one())]);
    let said = ingest(&site, &folder.path().join("a.mbox"), &["--dry-run"]);
    assert!(said.code == 0 && said.err.contains("read 1 = 1 new"), "{}", said.err);
    assert!(!site.data().join("lists").exists());
    let said = site.run(&["ingest", "-", "--list", "quay", "--dry-run"]);
    assert!(said.code == 2 && said.err.contains("standard input"), "{}", said.err);
}
