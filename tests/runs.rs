//! Runs: taken back, brought back, listed; what vanishes is said; what people declare wins.

use std::fs;

use serde_json::Value;

use crate::harness::{Site, mail, text};

const DAY: &str = "Thu, 02 Jun 2016 12:03:11 +0200";
const ADA: &str = "Ada Sample <ada@example.org>";

fn plain(id: &str, body: &str) -> Vec<u8> {
    mail(id, ADA, "Plan", DAY, "", body)
}

/// The JSON object that a command ends with.
#[track_caller]
fn report(site: &Site, args: &[&str]) -> Value {
    let said = site.run(args);
    assert!([0, 3].contains(&said.code), "{args:?}: {} {}", said.code, said.err);
    serde_json::from_str(said.out.lines().last().unwrap()).unwrap()
}

/// Message-IDs of all messages, sorted.
fn ids(site: &Site) -> Vec<String> {
    let mut ids: Vec<String> = site.found("*").iter().map(|id| text(&site.show(id), "message_id")).collect();
    ids.sort();
    ids
}

#[test]
fn undo_takes_back_what_only_that_run_brought_and_a_rebuild_remembers_it() {
    let site = Site::with(&[("l", "a.mbox", &[plain("a@x.org", "One."), plain("b@x.org", "Two.")].concat())]);
    site.ingest();
    site.put("l", "b.mbox", &[plain("b@x.org", "Two."), plain("c@x.org", "Three.")].concat());
    let run = site.ingest()["run"].as_str().unwrap().to_owned();
    site.put("m", "c.mbox", &plain("d@x.org", "Four."));
    site.ingest();
    assert_eq!(ids(&site), ["a@x.org", "b@x.org", "c@x.org", "d@x.org"]);

    let undone = report(&site, &["undo", &run, "--json"]);
    assert_eq!(undone["taken_back"], 1, "{undone}");
    assert_eq!(ids(&site), ["a@x.org", "b@x.org", "d@x.org"]);
    assert!(site.data().join("lists/l/b.mbox").exists(), "a dump is never touched");
    let again = site.ingest();
    assert_eq!(again["read"], 0, "{again}");
    assert_eq!(site.run(&["rebuild"]).code, 0);
    assert_eq!(ids(&site), ["a@x.org", "b@x.org", "d@x.org"], "after a rebuild too");

    report(&site, &["undo", &run, "--back", "--json"]);
    assert_eq!(ids(&site), ["a@x.org", "b@x.org", "c@x.org", "d@x.org"]);
    let listed = site.run(&["runs"]).out;
    assert!(listed.lines().count() >= 3 && !listed.contains("taken back"), "{listed}");
}

#[test]
fn what_another_run_found_too_stays_when_one_is_taken_back() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org", "One."))]);
    let run = site.ingest()["run"].as_str().unwrap().to_owned();
    site.put("m", "b.mbox", &plain("a@x.org", "One."));
    site.ingest();
    let undone = report(&site, &["undo", &run, "--json"]);
    assert_eq!(undone["taken_back"], 0);
    assert_eq!(site.show("a@x.org")["lists"], serde_json::json!(["m"]), "only the list of the other run is left");
}

#[test]
fn a_run_that_never_was_cannot_be_taken_back() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org", "One."))]);
    site.ingest();
    let said = site.run(&["undo", "20160101T000000Z"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("no run `20160101T000000Z`") && said.err.contains("plenary runs"), "{}", said.err);
}

#[test]
fn a_message_missing_from_a_newer_dump_of_the_same_months_is_listed_and_kept() {
    let site = Site::with(&[("l", "2016.mbox", &[plain("a@x.org", "One."), plain("b@x.org", "Two.")].concat())]);
    site.ingest();
    site.put("l", "2016-2.mbox", &[plain("b@x.org", "Two."), plain("c@x.org", "Three.")].concat());
    let second = site.ingest();
    let vanished = second["vanished"].as_array().unwrap();
    assert_eq!(vanished.len(), 1, "{second}");
    assert_eq!((&vanished[0]["dump"], &vanished[0]["newer"]), (&"l/2016.mbox".into(), &"l/2016-2.mbox".into()));
    assert_eq!(vanished[0]["date"], "2016-06-02");
    assert!(second["kept"].as_array().unwrap().is_empty(), "the earlier dump still holds it");
    assert_eq!(ids(&site), ["a@x.org", "b@x.org", "c@x.org"]);
}

#[test]
fn threads_that_a_later_message_joins_are_counted() {
    let reply =
        |references: &str| mail("r@x.org", ADA, "Re: Plan", DAY, &format!("References: {references}\n"), "Both.");
    let other = mail("b@x.org", ADA, "Other", DAY, "", "Two.");
    let site = Site::with(&[("l", "a.mbox", &[plain("a@x.org", "One."), other].concat())]);
    assert_eq!(site.ingest()["threads"], 2);
    site.put("l", "b.mbox", &reply("<a@x.org> <b@x.org>"));
    let joined = site.ingest();
    assert_eq!((&joined["threads"], &joined["threads_joined"]), (&1.into(), &1.into()), "{joined}");
}

#[test]
fn people_are_merged_with_a_reason_and_what_is_declared_wins() {
    let from = |id: &str, from: &str| mail(id, from, "Plan", DAY, "", "Words.");
    let site = Site::with(&[(
        "l",
        "a.mbox",
        &[
            from("a@x.org", ADA),
            from("b@x.org", "Ada Sample <a.sample@example.net>"),
            from("c@x.org", "Old Nick <nick@example.com>"),
        ]
        .concat(),
    )]);
    let first = site.ingest();
    let merged = &first["people_merged"];
    assert_eq!((merged.as_array().unwrap().len(), &first["people"]), (1, &2.into()), "{first}");
    assert!(merged[0]["reason"].as_str().unwrap().contains("full name"), "{merged}");
    fs::write(
        site.data().join("ledger/people.toml"),
        "[[person]]\nname = \"Ada Example\"\naddresses = [\"ada@example.org\", \"nick@example.com\"]\nreason = \"told us\"\n",
    )
    .unwrap();
    let second = site.ingest();
    assert_eq!(second["people"], 2);
    assert_eq!(second["people_merged"][0]["reason"], "people.toml says so: told us", "{second}");
    assert_eq!(
        site.found("from:nick").len() + site.found("author:\"Ada Example\"").len(),
        3,
        "one by name, two by person"
    );
    assert_eq!(site.found("author:\"Ada Sample\"").len(), 1, "the address that was not named stands alone");
    fs::write(site.data().join("ledger/people.toml"), "[[person]]\nnmae = 1\n").unwrap();
    let said = site.run(&["ingest"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("people.toml") && said.err.contains("line 2"), "{}", said.err);
}

#[test]
fn retry_reads_again_what_was_set_aside_and_nothing_else() {
    let stray = [b"no mail at all\n\n".to_vec(), plain("a@x.org", "One.")].concat();
    let site = Site::with(&[("l", "a.mbox", &stray), ("l", "b.mbox", &plain("b@x.org", "Two."))]);
    site.ingest();
    assert_eq!(site.ingest()["read"], 0);
    let again = report(&site, &["ingest", "--retry", "--json"]);
    assert_eq!((&again["read"], &again["known"], &again["unchanged"]), (&1.into(), &1.into(), &1.into()), "{again}");
}

/// The beginning of a compressed file.
const CUT: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2];

#[test]
fn a_damaged_dump_is_read_again_only_when_it_changes_or_is_asked_for_and_is_not_forgotten() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org", "One.")), ("l", "b.mbox", CUT)]);
    assert_eq!(site.ingest()["set_aside"], 1);
    let said = site.run(&["ingest"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("something of 1 unchanged dump;"), "{}", said.err);
    let doctor = site.run(&["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.out.contains("l/b.mbox` cannot be read to its end"), "{}", doctor.out);
    let again = report(&site, &["ingest", "--retry", "--json"]);
    assert_eq!((&again["read"], &again["set_aside"]), (&1.into(), &1.into()), "{again}");
    site.put("l", "b.mbox", &plain("b@x.org", "Two."));
    assert_eq!(site.ingest()["new"], 1);
    assert_eq!(site.run(&["doctor"]).code, 0);
}

#[test]
fn a_dump_replaced_by_a_damaged_one_loses_nothing_even_in_a_rebuild() {
    let site = Site::with(&[("l", "a.mbox", &[plain("a@x.org", "One."), plain("b@x.org", "Two.")].concat())]);
    site.ingest();
    site.put("l", "a.mbox", CUT);
    let run = site.ingest();
    assert_eq!((run["set_aside"].as_u64(), run["vanished"].as_array().map(Vec::len)), (Some(1), Some(2)), "{run}");
    assert_eq!(run["kept"].as_array().map(Vec::len), Some(1), "{run}");
    assert_eq!(ids(&site), ["a@x.org", "b@x.org"]);
    site.run(&["rebuild"]);
    assert_eq!(ids(&site), ["a@x.org", "b@x.org"]);
}

#[test]
fn the_report_of_a_run_can_be_read_again() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org", "One."))]);
    let run = text(&site.ingest(), "run");
    let said = site.run(&["runs", &run]);
    assert!(said.code == 0 && said.out.contains("read 1 = 1 new + 0 known"), "{} {}", said.out, said.err);
    let said = site.run(&["runs", "20160101T000000Z"]);
    assert!(said.code == 4 && said.err.contains("no run `20160101T000000Z`"), "{}", said.err);
}

#[test]
fn the_commit_before_the_last_stays_beside_the_index() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org", "One."))]);
    site.ingest();
    site.put("l", "b.mbox", &plain("b@x.org", "Two."));
    site.ingest();
    fs::remove_dir_all(site.data().join("index")).unwrap();
    fs::rename(site.data().join("index.previous"), site.data().join("index")).unwrap();
    assert_eq!(ids(&site), ["a@x.org"], "it answers as it did");
    site.ingest();
    assert_eq!(ids(&site), ["a@x.org", "b@x.org"], "and goes on from there");
}

#[test]
fn an_index_that_is_gone_is_made_again_by_a_repair_and_a_rebuild_is_not_taken_back() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org", "One."))]);
    let first = text(&site.ingest(), "run");
    fs::remove_dir_all(site.data().join("index")).unwrap();
    let said = site.run(&["doctor"]);
    assert!(said.code == 1 && said.out.contains("the index is gone"), "{} {}", said.out, said.err);
    assert_eq!(site.run(&["doctor", "--repair"]).code, 0);
    assert_eq!(ids(&site), ["a@x.org"]);
    assert_eq!(site.run(&["doctor"]).code, 0);
    let runs = site.run(&["runs"]).out;
    let rebuild = runs.lines().find(|line| line.contains("a rebuild")).unwrap_or_else(|| panic!("{runs}"));
    let said = site.run(&["undo", rebuild.split_whitespace().next().unwrap()]);
    assert!(said.code == 4 && said.err.contains("nothing to take back"), "{}", said.err);
    assert_eq!(site.run(&["undo", &first]).code, 0);
    assert!(ids(&site).is_empty(), "the run that brought it can be taken back");
}
