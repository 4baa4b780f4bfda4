//! Messages that people took down: gone from every answer, whatever is ingested or rebuilt, and their addresses say so.

use std::{
    fs::{self, File},
    io::Write,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{Server, Site, encoded, mail, text};

const REASON: &str = "at the wish of their author";

/// All messages of an archive, as it exports them.
fn exported(site: &Site) -> Vec<Value> {
    let said = site.run(&["export", "--to", "jsonl"]);
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| text(message, "id")).collect()
}

/// Fails unless an address and its forms say that the message is gone, and why.
#[track_caller]
fn check_gone(server: &Server, id: &str) {
    for form in ["", ".raw", ".json", ".md", ".mbox", "/html", "/html/frame", "/a/1/x.pdf"] {
        let page = server.get(&format!("/m/{id}{form}"));
        assert_eq!(page.status, 410, "/m/{id}{form}");
        assert!(page.body.contains(REASON), "/m/{id}{form}: {}", page.body);
    }
    assert_eq!(server.get(&format!("/api/v1/messages/{id}")).status, 410);
}

#[test]
fn a_hundred_messages_that_are_taken_down_never_come_back_by_themselves() {
    let site = Site::sample();
    site.ingest();
    let all = exported(&site);
    let down: Vec<String> = ids(&all).into_iter().step_by(2).take(100).collect();
    assert_eq!(down.len(), 100);
    // A server that has shown all of them already.
    let server = site.serve();
    let shown: Vec<(String, Vec<String>)> = all
        .iter()
        .filter(|message| down.contains(&text(message, "id")))
        .step_by(9)
        .map(|message| {
            let id = text(message, "id");
            let mut pages = vec!["/".into(), "/search?q=in:everything&sort=newest".into()];
            pages.extend(["", "/html", "/html/frame", ".mbox", ".json"].map(|form| format!("/m/{id}{form}")));
            pages.push(format!("/t/{}", text(message, "thread_id")));
            pages.push(format!("/l/{}/", message["lists"][0].as_str().unwrap()));
            pages.push(format!("/search?q={}", encoded(&text(message, "subject"))));
            pages.retain(|page| (0..2).all(|_| server.get(page).status == 200));
            (id, pages)
        })
        .collect();
    assert!(shown.iter().all(|(_, pages)| pages.len() > 5));
    let mut args = vec!["remove", "--reason", REASON];
    args.extend(down.iter().map(String::as_str));
    let said = site.run(&args);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("100 messages are taken down"), "{}", said.err);
    let left: Vec<String> = ids(&all).into_iter().filter(|id| !down.contains(id)).collect();
    let are_left = |when: &str| {
        let mut held = ids(&exported(&site));
        let mut expected = left.clone();
        held.sort();
        expected.sort();
        assert_eq!(held, expected, "{when}");
    };
    are_left("after it");
    wait_until(|| server.get(&format!("/m/{}", down[0])).status == 410);
    for (id, pages) in &shown {
        for page in pages {
            let body = server.get(page).body;
            assert!(!body.contains(&format!("/m/{id}\"")) || page.contains(id.as_str()), "{page} still names {id}");
        }
        check_gone(&server, id);
    }
    drop(server);
    assert!(!site.data().join("index.previous").exists(), "what was before is not kept");
    site.ingest();
    are_left("after an ingest");
    // The same dumps under other names.
    for list in std::fs::read_dir(site.data().join("lists")).unwrap().flatten() {
        for dump in std::fs::read_dir(list.path()).unwrap().flatten() {
            let name = format!("again-{}", dump.file_name().to_string_lossy());
            std::fs::copy(dump.path(), list.path().join(name)).unwrap();
        }
    }
    site.ingest();
    are_left("after an ingest of copies");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    are_left("after a rebuild");
    assert_eq!(site.run(&["doctor"]).code, 0);

    let server = site.serve();
    down.iter().step_by(9).for_each(|id| check_gone(&server, id));
    for id in &left[..10] {
        assert_eq!(server.get(&format!("/m/{id}")).status, 200);
    }
    let feed = server.get("/search.atom?q=in:everything").body;
    let csv = server.get("/search.csv?q=in:everything").body;
    assert!(down.iter().all(|id| !feed.contains(id.as_str()) && !csv.contains(id.as_str())));
    // A thread of which a message was taken down is still under its address, or leads where its answers are.
    for message in all.iter().filter(|message| down.contains(&text(message, "id"))) {
        let thread = text(message, "thread_id");
        let is_left = |other: &&Value| text(other, "thread_id") == thread && left.contains(&text(other, "id"));
        check_thread(&server, &thread, all.iter().find(is_left).map(|other| text(other, "id")).as_deref());
    }
}

#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it is not so after half a minute");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Fails unless the address of a thread, and each of its forms, is that of a thread still; of the one that this message is in, if that
/// was in it. `None` where no message of it is left.
#[track_caller]
fn check_thread(server: &Server, id: &str, left: Option<&str>) {
    for address in ["/t/<id>", "/t/<id>.json", "/t/<id>.mbox", "/t/<id>.csv", "/api/v1/threads/<id>"] {
        let mut page = server.get(&address.replace("<id>", id));
        let Some(left) = left else {
            assert_eq!(page.status, 410, "{address} of {id}");
            continue;
        };
        if page.status == 307 {
            let line = page.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
            let (before, after) = address.split_once("<id>").unwrap();
            assert!(line.starts_with(before) && line.ends_with(after), "{address} leads to {line}");
            page = server.get(&line);
        }
        assert_eq!(page.status, 200, "{address} of {id}, of which {left} is left");
    }
}

#[test]
fn what_was_taken_down_can_be_brought_back_and_who_errs_is_told() {
    let site = Site::sample();
    site.ingest();
    let all = exported(&site);
    let (root, answer) = all
        .iter()
        .find_map(|message| {
            let root = all.iter().find(|root| root["id"] == message["parent_id"])?;
            (root["id"] == root["thread_id"]).then_some((root, message))
        })
        .unwrap();
    let (id, message_id) = (text(root, "id"), format!("<{}>", text(root, "message_id")));
    for (args, says) in [
        (vec!["remove", &id], "--reason"),
        (vec!["remove", "--back", &id], "was not taken down"),
        (vec!["remove", "--reason", REASON, "nonsense"], "neither an id nor a Message-ID"),
        (vec!["remove", "--reason", REASON, &id, "<nobody@example.org>"], "there is no message"),
    ] {
        let said = site.run(&args);
        assert!(said.code != 0 && said.err.contains(says), "{args:?}: {}", said.err);
    }
    assert_eq!(site.run(&["removed"]).code, 1, "nothing is taken down when one of several is wrong");

    let address = format!("https://lists.example.org/m/{id}");
    assert_eq!(site.run(&["remove", "--reason", REASON, &address]).code, 0);
    assert!(site.run(&["remove", "--reason", REASON, &id]).err.contains("already"));
    let listed = site.run(&["removed"]);
    assert!(listed.out.contains(&format!("/m/{id}  {REASON}")), "{}", listed.out);
    let server = site.serve();
    check_gone(&server, &id);
    assert_eq!(server.get(&format!("/m/{}", message_id.trim_matches(['<', '>']))).status, 410);
    let thread = server.get(&format!("/t/{id}"));
    assert_eq!(thread.status, 307, "the thread is where its answers are");
    assert_eq!(server.get(&format!("/m/{}", text(answer, "id"))).status, 200);
    drop(server);

    assert_eq!(site.run(&["remove", "--back", &message_id]).code, 0);
    assert_eq!(site.run(&["removed"]).code, 1);
    let mut after = exported(&site);
    let mut before = all.clone();
    after.sort_by_key(|message| text(message, "id"));
    before.sort_by_key(|message| text(message, "id"));
    assert_eq!(after, before, "all is as it was");
}

const ADA: &str = "Ada Sample <ada@example.org>";
const X: &str = "x@example.org";

fn dated(id: &str, day: u32, more: &str, body: &str) -> Vec<u8> {
    mail(id, ADA, "Plan", &format!("{day} Jun 2016 12:03:11 +0200"), more, body)
}

/// The id in addresses of a Message-ID.
fn id_of(site: &Site, message_id: &str) -> String {
    text(&site.show(message_id), "id")
}

#[track_caller]
fn take_down(site: &Site, ids: &[&str]) -> String {
    let said = site.run(&[&["remove", "--reason", REASON], ids].concat());
    assert!([0, 3].contains(&said.code), "{ids:?}: {}", said.err);
    said.err
}

#[test]
fn a_rival_that_comes_later_neither_takes_the_address_of_what_was_taken_down_nor_shields_it() {
    for day in [1, 3] {
        let site = Site::with(&[("l", "a.mbox", &[dated(X, 2, "", "One."), dated("y@x.org", 2, "", "Two.")].concat())]);
        site.ingest();
        let (id, other) = (id_of(&site, X), id_of(&site, "y@x.org"));
        let before = site.show(&id);
        take_down(&site, &[&id]);
        site.put("l", "b.mbox", &dated(X, day, "", "Quite other words."));
        let rival = format!("{id}-2");
        let check = |when: &str| {
            let mut held = ids(&exported(&site));
            held.sort();
            let mut expected = [rival.clone(), other.clone()];
            expected.sort();
            assert_eq!(held, expected, "of day {day}, {when}");
            assert!(site.run(&["remove", "--reason", REASON, &id]).err.contains("already"), "of day {day}, {when}");
        };
        site.ingest();
        check("after it came");
        let lines = || fs::read_to_string(site.data().join("ledger/runs.jsonl")).unwrap().lines().count();
        let runs = lines();
        site.ingest();
        check("after an ingest");
        assert_eq!(lines(), runs, "of day {day}: nothing was left to do");
        assert!(site.data().join("index.previous").exists(), "of day {day}: what was before has nothing of it");
        assert_eq!(site.run(&["rebuild"]).code, 0);
        check("after a rebuild");
        let server = site.serve();
        check_gone(&server, &id);
        assert!(server.get(&format!("/m/{rival}")).body.contains("Quite other words"));
        drop(server);
        take_down(&site, &[&rival]);
        assert_eq!(ids(&exported(&site)), [other.as_str()], "of day {day}: the rival, too");
        assert_eq!(site.run(&["remove", "--back", &id]).code, 0);
        let mut after = site.show(&id);
        after["rivals"] = before["rivals"].clone();
        assert_eq!(after, before, "of day {day}");
    }
}

#[test]
fn what_nobody_has_any_more_is_not_brought_back_and_nothing_stands_in_the_way_of_the_next_run() {
    let dump = [dated(X, 2, "", "One."), dated("y@x.org", 2, "", "Two.")].concat();
    for instead in [None, Some(dated("y@x.org", 2, "", "Two."))] {
        let site = Site::with(&[("l", "a.mbox", &dump)]);
        site.ingest();
        let (id, other) = (id_of(&site, X), id_of(&site, "y@x.org"));
        take_down(&site, &[&id]);
        let path = site.data().join("lists/l/a.mbox");
        match &instead {
            None => fs::remove_file(&path).unwrap(),
            Some(bytes) => fs::write(&path, bytes).unwrap(),
        }
        for _ in 0..2 {
            let said = site.run(&["remove", "--back", &id]);
            assert!(said.code == 4 && said.err.contains("`l/a.mbox`") && said.err.contains("put"), "{}", said.err);
            assert_eq!(site.run(&["removed"]).code, 0, "it is down as before");
            site.ingest();
            assert_eq!(ids(&exported(&site)), [other.as_str()]);
        }
        // As an earlier version, or somebody who writes to the file, may have decided.
        let ledger = site.data().join("ledger/removed.jsonl");
        let decided = fs::read(&ledger).unwrap();
        let line = format!("{{\"at\":\"20261126T140000Z\",\"restore\":\"{id}\"}}\n");
        File::options().append(true).open(&ledger).unwrap().write_all(line.as_bytes()).unwrap();
        for _ in 0..2 {
            site.ingest();
            assert_eq!(ids(&exported(&site)), [other.as_str()]);
        }
        fs::write(&ledger, decided).unwrap();
        fs::write(&path, &dump).unwrap();
        assert_eq!(site.run(&["remove", "--back", &id]).code, 0, "the dump is back");
        assert_eq!(site.show(&id)["paragraphs"][0]["text"], "One.");
    }
}

#[test]
fn a_run_is_not_taken_back_where_what_it_replaced_is_gone() {
    let site = Site::with(&[("l", "poor.mbox", &dated(X, 2, "", "One."))]);
    site.ingest();
    site.put("m", "rich.mbox", &dated(X, 2, "Received: by x; Thu, 2 Jun 2016 12:00:05 +0000\n", "One."));
    let run = text(&site.ingest(), "run");
    let path = site.data().join("lists/l/poor.mbox");
    let poor = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    for _ in 0..2 {
        let said = site.run(&["undo", &run]);
        assert!(said.code == 4 && said.err.contains("`l/poor.mbox`"), "{}", said.err);
        site.ingest();
        assert_eq!(site.show(X)["lists"], serde_json::json!(["l", "m"]));
    }
    fs::write(&path, poor).unwrap();
    assert_eq!(site.run(&["undo", &run]).code, 0, "the dump is back");
    assert_eq!(site.show(X)["lists"], serde_json::json!(["l"]));
}

#[test]
fn what_only_the_index_holds_is_written_into_a_dump_before_it_is_taken_down() {
    let site =
        Site::with(&[("l", "a.mbox", &dated(X, 2, "", "One.")), ("l", "b.mbox", &dated("y@x.org", 2, "", "Two."))]);
    site.ingest();
    let id = id_of(&site, X);
    fs::remove_file(site.data().join("lists/l/a.mbox")).unwrap();
    let said = take_down(&site, &[&id]);
    assert!(said.contains("now in l/kept-"), "{said}");
    let back = site.run(&["remove", "--back", &id]);
    assert_eq!(back.code, 0, "at once, before that dump was read: {}", back.err);
    assert_eq!(site.show(&id)["paragraphs"][0]["text"], "One.");
    take_down(&site, &[&id]);
    site.ingest();
    assert_eq!(exported(&site).len(), 1, "the dump that keeps it does not bring it back");
    assert!(!take_down(&site, &["y@x.org"]).contains("kept-"), "a dump holds that one");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    assert_eq!(exported(&site).len(), 0);
    assert_eq!(site.run(&["remove", "--back", &id]).code, 0);
    assert_eq!(site.show(&id)["paragraphs"][0]["text"], "One.");
}

#[test]
fn the_address_of_a_thread_leads_to_what_is_left_of_it() {
    let answer = |id: &str, day: u32, references: &str| {
        let more = if references.is_empty() { String::new() } else { format!("References: {references}\n") };
        mail(id, ADA, "Re: Plan", &format!("{day} Jun 2016 12:03:11 +0200"), &more, id)
    };
    let root = || dated(X, 2, "", "One.");
    for (mails, down, left) in [
        (vec![root(), answer("y@x.org", 3, "<x@example.org>")], vec![X], Some("y@x.org")),
        (
            vec![root(), answer("y@x.org", 3, "<x@example.org>"), answer("z@x.org", 4, "<x@example.org> <y@x.org>")],
            vec![X, "y@x.org"],
            Some("z@x.org"),
        ),
        (vec![root(), answer("y@x.org", 3, "")], vec![X], Some("y@x.org")),
        (vec![root(), answer("y@x.org", 3, ""), answer("z@x.org", 4, "")], vec![X, "y@x.org"], Some("z@x.org")),
        (vec![root(), answer("y@x.org", 3, "")], vec![X, "y@x.org"], None),
    ] {
        // All at once, and one by one.
        for at_once in [true, false] {
            let site =
                Site::with(&[("l", "a.mbox", &mails.concat()), ("l", "b.mbox", &dated("o@x.org", 9, "", "Other."))]);
            site.ingest();
            let thread = id_of(&site, X);
            assert!(down.iter().all(|id| text(&site.show(id), "thread") == thread));
            match at_once {
                true => drop(take_down(&site, &down)),
                false => down.iter().for_each(|id| drop(take_down(&site, &[id]))),
            }
            check_thread(&site.serve(), &thread, left);
        }
    }
}

#[test]
fn rivals_beyond_one_that_was_taken_down_are_still_named() {
    let claims: Vec<Vec<u8>> =
        ["One.", "Two.", "Three."].iter().zip(1..).map(|(body, day)| dated(X, day, "", body)).collect();
    let site = Site::with(&[("l", "a.mbox", &claims.concat())]);
    site.ingest();
    let id = id_of(&site, X);
    let rivals = |number: u32| site.show(&format!("{id}-{number}"))["rivals"].clone();
    assert_eq!(rivals(2), serde_json::json!([id, format!("{id}-3")]));
    take_down(&site, &[&id]);
    assert_eq!(
        (rivals(2), rivals(3)),
        (serde_json::json!([format!("{id}-3")]), serde_json::json!([format!("{id}-2")]))
    );
}

#[test]
fn a_rival_is_not_taken_for_what_was_taken_down_and_is_in_no_dump_any_more() {
    let claim = |day: u32| dated(X, day, "", &format!("Of day {day}."));
    // The days of the claims, which one is taken down, and a day of one that comes later; what is left then.
    for (days, down, later, left) in [
        (&[1, 2][..], 1, None, &["-2"][..]),
        (&[1, 2, 3], 2, None, &["", "-3"]),
        (&[1, 2, 3], 3, None, &["", "-2"]),
        (&[1], 1, Some(2), &["-2"]),
        (&[2], 1, Some(1), &["-2"]),
    ] {
        let case = format!("{days:?}, of which {down}");
        let mail: Vec<u8> = days.iter().flat_map(|&day| claim(day)).collect();
        let site = Site::with(&[("l", "a.mbox", &mail), ("l", "b.mbox", &dated("o@x.org", 9, "", "Other."))]);
        site.ingest();
        let id = id_of(&site, X);
        let gone = if down == 1 { id.clone() } else { format!("{id}-{down}") };
        take_down(&site, &[&gone]);
        let kept: Vec<u32> = days.iter().copied().filter(|&day| day != days[down - 1]).collect();
        fs::write(site.data().join("lists/l/a.mbox"), kept.iter().flat_map(|&day| claim(day)).collect::<Vec<u8>>())
            .unwrap();
        assert!([0, 3].contains(&site.run(&["rebuild"]).code), "{case}");
        let kept: Vec<u32> = kept.into_iter().chain(later).collect();
        if let Some(day) = later {
            site.put("l", "c.mbox", &claim(day));
            site.ingest();
        }
        let server = site.serve();
        check_gone(&server, &gone);
        assert_eq!(exported(&site).len(), left.len() + 1, "{case}");
        for (number, day) in left.iter().zip(&kept) {
            let page = server.get(&format!("/m/{id}{number}"));
            assert!(page.status == 200 && page.body.contains(&format!("Of day {day}.")), "{case}: {number}");
        }
    }
}

#[test]
fn what_is_brought_back_has_the_address_that_it_had_whatever_came_meanwhile() {
    for rival_too in [false, true] {
        let site = Site::with(&[("l", "a.mbox", &dated(X, 2, "", "One."))]);
        site.ingest();
        let id = id_of(&site, X);
        let rival = format!("{id}-2");
        take_down(&site, &[&id]);
        site.put("l", "b.mbox", &dated(X, 1, "", "Quite other words."));
        site.ingest();
        if rival_too {
            take_down(&site, &[&rival]);
            assert_eq!(site.run(&["remove", "--back", &rival]).code, 0);
        }
        let stand = |when: &str| {
            for (id, said) in [(&id, "One."), (&rival, "Quite other words.")] {
                assert_eq!(site.show(id)["paragraphs"][0]["text"], said, "{when}");
            }
        };
        assert_eq!(site.run(&["remove", "--back", &id]).code, 0);
        stand("after it");
        assert_eq!(site.run(&["rebuild"]).code, 0);
        stand("after a rebuild");
        take_down(&site, &[&id]);
        assert_eq!(ids(&exported(&site)), [rival.as_str()]);
        assert_eq!(site.run(&["remove", "--back", &id]).code, 0);
        stand("after a second time");
    }
}

#[cfg(unix)]
#[test]
fn of_many_messages_none_is_taken_down_where_the_disk_is_full_before_all_are_written_down() {
    let site = Site::sample();
    site.ingest();
    let all = ids(&exported(&site));
    let first = &all[0];
    take_down(&site, &[first]);
    let file = site.data().join("ledger/removed.jsonl");
    let before = fs::read(&file).unwrap();
    let mut args = vec!["remove", "--reason", REASON];
    args.extend(all[1..].iter().map(String::as_str).take(100));
    let command = site.command(&args);
    // No file longer than 8 KB, and an error, no signal, for who writes one.
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    let said = limited.output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr);
    assert!(!said.status.success() && err.contains("removed.jsonl"), "{err}");
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!file.with_extension("part").exists());
    // The power may fail before it is removed.
    fs::write(file.with_extension("part"), &before[..9]).unwrap();
    site.ingest();
    assert!(!file.with_extension("part").exists());
    assert_eq!(exported(&site).len(), all.len() - 1);
    assert_eq!(site.run(&args).code, 0, "with more room");
}
