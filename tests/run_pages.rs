//! The pages of runs: what is shown of a report, and what is not.

use std::fs;

use serde_json::Value;

use crate::harness::{Page, Server, Site, json, mail, text};

const DAY: &str = "Thu, 02 Jun 2016 12:03:11 +0200";

fn plain(id: &str, body: &str) -> Vec<u8> {
    mail(id, "Ada Sample <ada@example.org>", "Plan", DAY, "", body)
}

/// An archive with something of everything in its last run: copies, repairs, something set aside, something that vanished.
fn eventful() -> (Site, Value) {
    let site = Site::with(&[("l", "2016.mbox", &[plain("a@x.org", "One."), plain("b@x.org", "Two.")].concat())]);
    site.ingest();
    site.put(
        "l",
        "2016.mbox",
        &[plain("b@x.org", "Two."), mail("", "Bo <bo@example.org>", "Undated", "", "", "x")].concat(),
    );
    site.put("l", "odd.bob@example.org.mbox", b"no mail of carol@example.org\n");
    site.put("l", "more.mbox", &mail("c@x.org", "Ada Sample <ada.sample@example.net>", "Plan", DAY, "", "Three."));
    let report = site.ingest();
    (site, report)
}

#[track_caller]
fn shown(server: &Server, path: &str) -> Page {
    let page = server.get(path);
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    for secret in ["ada@", "ada.sample@", "bo@", "bob@", "carol@"] {
        assert!(!page.body.contains(secret), "{secret} in {path}");
    }
    page
}

#[test]
fn a_run_has_a_page_with_its_sum_its_repairs_and_what_is_missing() {
    let (site, report) = eventful();
    let run = text(&report, "run");
    let server = site.serve();
    let list = shown(&server, "/runs/").body;
    assert!(list.contains(&format!("/runs/{run}")) && list.matches("<tr>").count() == 3, "{list}");
    let page = shown(&server, &format!("/runs/{run}")).body;
    for part in [
        "a copy of a message it has",
        "no date that can be believed",
        "Missing from a newer dump",
        "l/2016.mbox",
        "bytes that belong to no message",
        "…@example.org.mbox",
        "1 person newly held for one",
    ] {
        assert!(page.contains(part), "{part:?} is missing in {page}");
    }
    assert!(!page.contains(site.data().to_str().unwrap()), "the server's folders are nobody's business");
    let about = shown(&server, "/about").body;
    assert!(about.contains("href=\"/runs/\""));
}

#[test]
fn the_numbers_of_a_run_are_the_same_on_the_terminal_and_as_json() {
    let (site, report) = eventful();
    let run = text(&report, "run");
    let server = site.serve();
    for path in [format!("/runs/{run}.json"), format!("/api/v1/runs/{run}")] {
        let served = json(&shown(&server, &path).body);
        for key in ["read", "new", "known", "richer", "conflict", "set_aside", "messages", "vanished", "threads_joined"]
        {
            assert_eq!(served[key], report[key], "{key} of {path}");
        }
        assert_eq!(served["undone"], false);
    }
    let all = json(&shown(&server, "/api/v1/runs?limit=1").body);
    assert_eq!((&all["total"], &all["next"], &all["runs"][0]["run"]), (&2.into(), &1.into(), &run.as_str().into()));
    let rest = json(&shown(&server, "/api/v1/runs?offset=1").body);
    assert_eq!((&rest["next"], rest["runs"].as_array().map(Vec::len)), (&Value::Null, Some(1)));
}

#[test]
fn a_run_that_was_taken_back_says_so_and_one_that_never_was_is_no_page() {
    let (site, report) = eventful();
    let run = text(&report, "run");
    assert!([0, 3].contains(&site.run(&["undo", &run]).code));
    let server = site.serve();
    assert!(shown(&server, "/runs/").body.contains("taken back"));
    assert!(shown(&server, &format!("/runs/{run}")).body.contains("This run was taken back"));
    for path in ["/runs/20160101T000000Z", "/runs/20160101T000000Z.json", "/api/v1/runs/x"] {
        let page = server.get(path);
        assert!(page.status == 404 && page.body.contains("No run with this name"), "{path}: {}", page.body);
    }
}

#[test]
fn a_run_of_many_dumps_is_shown_in_parts_and_none_is_left_out() {
    let site = Site::with(&[]);
    for n in 0..260 {
        site.put("l", &format!("{n:03}.mbox"), &plain(&format!("{n}@x.org"), "Words."));
    }
    let run = text(&site.ingest(), "run");
    let server = site.serve();
    let first = shown(&server, &format!("/runs/{run}")).body;
    let second = shown(&server, &format!("/runs/{run}?page=2")).body;
    assert!(first.contains("1 to 250 of 260") && first.contains("?page=2#dumps"), "{first}");
    assert!(second.contains("251 to 260 of 260"), "{second}");
    assert!((0..260).all(|n| [&first, &second].iter().any(|page| page.contains(&format!("l/{n:03}.mbox")))));
}

#[test]
fn a_spoilt_ledger_is_shown_as_far_as_it_can_be_read() {
    let (site, report) = eventful();
    let ledger = site.data().join("ledger/runs.jsonl");
    let mut lines = fs::read(&ledger).unwrap();
    lines.extend(b"{\"run\":\"half");
    fs::write(&ledger, lines).unwrap();
    let server = site.serve();
    let list = shown(&server, "/runs/").body;
    assert!(list.contains(&text(&report, "run")) && list.contains("1 line of the ledger is unreadable"), "{list}");
    fs::remove_file(&ledger).unwrap();
    assert!(shown(&server, "/runs/").body.contains("0 runs"));
}
