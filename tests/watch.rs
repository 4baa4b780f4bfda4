//! `plenary ingest --watch`: what appears under data/lists is ingested, until the program is stopped.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::harness::{Site, json, mail};

/// A watcher, stopped with its test.
struct Watcher {
    child: Child,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Watcher {
    fn on(site: &Site) -> Watcher {
        let mut child = site
            .command(&["ingest", "--watch", "--json", "--quiet"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let reports = BufReader::new(child.stdout.take().unwrap()).lines();
        Watcher { child, reports }
    }

    /// The report of its next run; it waits for it.
    fn report(&mut self) -> Value {
        json(&self.reports.next().expect("it goes on watching").unwrap())
    }

    fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        let status = self.child.wait().unwrap();
        let said = std::io::read_to_string(self.child.stderr.take().unwrap()).unwrap();
        (status.code(), said)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn plain(id: &str) -> Vec<u8> {
    mail(id, "Ada Sample <ada@example.org>", "Plan", "Thu, 02 Jun 2016 12:03:11 +0200", "", id)
}

#[test]
fn what_is_there_and_what_appears_later_is_ingested_until_it_is_stopped() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org"))]);
    let mut watcher = Watcher::on(&site);
    assert_eq!(watcher.report()["new"], 1, "what is there at the beginning");
    site.put("m", "b.mbox", &[plain("b@x.org"), plain("c@x.org")].concat());
    assert_eq!(watcher.report()["new"], 2, "a new list");
    site.put("l", "a.mbox", &[plain("a@x.org"), plain("d@x.org")].concat());
    assert_eq!(watcher.report()["new"], 1, "a dump that has grown");
    let (code, said) = watcher.stop("-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("the index stands as it was"), "{said}");
    assert_eq!(site.found("*").len(), 4);
}

#[test]
fn a_watcher_waits_for_another_writer_and_then_goes_on() {
    let site = Site::with(&[("l", "a.mbox", &plain("a@x.org"))]);
    let lock = fs::File::create(site.data().join("write.lock")).unwrap();
    lock.lock().unwrap();
    let mut watcher = Watcher::on(&site);
    // Longer than it takes to look twice; should it be too short on a slow machine, the test is easier to pass, not harder.
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert!(!site.data().join("index").exists());
    drop(lock);
    assert_eq!(watcher.report()["new"], 1);
    assert_eq!(watcher.stop("-TERM").0, Some(130));
}

#[test]
fn watching_is_no_dry_run() {
    let said = Site::with(&[]).run(&["ingest", "--watch", "--dry-run"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--dry-run"), "{}", said.err);
}
