//! The terminal: forms of output, mistakes, interruptions.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use crate::harness::{Site, fixture, mail};

fn one() -> Vec<u8> {
    mail("a@example.org", "Ann <ann@example.org>", "Plan", "2 Jun 2016 12:03:11 +0200", "", "One.")
}

#[test]
fn a_message_is_shown_whole_raw_or_in_its_own_words() {
    let site = Site::of(&[("quay", "addresses.mbox")]);
    let show = |form: &[&str]| {
        let said = site.run(&[&["show", "<masking-test@example.org>"], form].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    let dump = String::from_utf8(fixture("addresses.mbox")).unwrap();
    let (_, after_from_line) = dump.split_once('\n').unwrap();
    assert_eq!(show(&["--raw"]).trim_end(), after_from_line.trim_end(), "an admin's terminal gets every byte");
    let own = show(&["--own"]);
    assert!(own.contains("Buoys: ask") && !own.contains("hal.quoted") && !own.contains("ann.signed"), "{own}");
    let whole = show(&[]);
    assert!(["hal.quoted", "ann.signed", "Subject:", "Message-ID:"].iter().all(|part| whole.contains(part)), "{whole}");
}

#[cfg(unix)]
#[test]
fn an_unreadable_dump_is_told_and_the_rest_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::with(&[("quay", "closed.mbox", &one()), ("quay", "open.mbox", &fixture("attachments.mbox"))]);
    let closed = site.data().join("lists/quay/closed.mbox");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&closed).is_ok() {
        eprintln!("not tested: this user (root?) may read everything");
        return;
    }
    let said = site.run(&["ingest"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("closed.mbox") && said.err.to_lowercase().contains("permission"), "{}", said.err);
    assert_eq!(site.found("*").len(), 1);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(site.run(&["ingest"]).code, 0, "it is tried again");
    assert_eq!(site.found("*").len(), 2);
}

#[test]
fn a_dump_cut_off_while_packed_is_told_and_none_of_it_counts() {
    // A packed dump of the sample, without its second half.
    let (name, packed) = plenary_sample::shipped().into_iter().find(|(name, _)| name.ends_with(".gz")).unwrap();
    let site = Site::with(&[("quay", "cut.txt.gz", &packed[..packed.len() / 2])]);
    let said = site.run(&["ingest"]);
    assert_eq!(said.code, 3, "{name}: {}", said.err);
    assert!(said.err.contains("cut.txt.gz: unreadable"), "{}", said.err);
    assert_eq!(site.run(&["search", "--", "*"]).code, 1, "half a dump would look like all of it");
    site.put("quay", "cut.txt.gz", &packed);
    assert_eq!(site.run(&["ingest"]).code, 0, "the whole one takes its place");
    assert!(!site.found("*").is_empty());
}

#[test]
fn what_is_typed_wrongly_is_exit_2() {
    let site = Site::of(&[("quay", "attachments.mbox")]);
    for args in [
        &["frobnicate"] as &[&str],
        &["search"],
        &["search", "x", "--sort", "sideways"],
        &["show", "x", "--raw", "--json"],
        &["serve", "--listen", "here"],
        &["ingest", "--list", "quay"],
        &["ingest", "--frob"],
    ] {
        let said = site.run(args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(!said.err.is_empty() && said.out.is_empty(), "{args:?} says what is wrong, where errors belong");
    }
}

#[test]
fn quiet_says_nothing_and_json_is_all_that_goes_to_standard_output() {
    let site = Site::with(&[("quay", "a.mbox", &one())]);
    let said = site.run(&["-q", "ingest"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
    for args in [
        &["stats", "--json"] as &[&str],
        &["doctor", "--json"],
        &["ingest", "--json"],
        &["show", "--json", "a@example.org"],
    ] {
        let said = site.run(args);
        assert_eq!((said.code, said.out.lines().count()), (0, 1), "{args:?}: {}", said.out);
        crate::harness::json(&said.out);
    }
}

#[test]
fn a_query_that_was_mended_says_so_and_answers() {
    let site = Site::with(&[("quay", "a.mbox", &one())]);
    site.ingest();
    let said = site.run(&["search", "\"one"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("note: "), "{}", said.err);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let site = Site::shared_sample();
    let mut child = site
        .command(&["search", "-n", "1000", "--", "*"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_the_index_as_it_was() {
    let site = Site::with(&[("quay", "a.mbox", &one())]);
    site.ingest();
    let body = "Some words that take a while to read, for there are many of them.\n".repeat(20);
    let many: Vec<u8> = (0..40_000)
        .flat_map(|i| {
            mail(
                &format!("many-{i}@example.org"),
                "Ann <ann@example.org>",
                "Many",
                "3 Jun 2016 12:00:00 +0000",
                "",
                &body,
            )
        })
        .collect();
    site.put("quay", "many.mbox", &many);
    let lock = site.data().join("write.lock");
    fs::remove_file(&lock).unwrap();
    let child = site.command(&["ingest"]).stderr(Stdio::piped()).spawn().unwrap();
    while !lock.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // It works now, and listens; it is far from done.
    std::thread::sleep(Duration::from_millis(100));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("the index stands as it was"), "{said}");
    assert_eq!(site.found("*").len(), 1);
    assert_eq!(site.run(&["doctor"]).code, 1, "the dump that was not read to its end is still to be ingested");
}
