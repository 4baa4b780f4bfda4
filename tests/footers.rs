//! Footers that no rule knows are learnt from a list's messages, whatever the order in which its dumps come.

use serde_json::Value;

use crate::harness::{Site, mail};

const FOOTER: &str = "\n--=--\nHarbour talk is read aloud on Fridays\nTide tables: https://tides.example.org/quay\n";

/// A month of mail by six people, every message with the footer.
fn month(month: u32) -> Vec<u8> {
    let one = |n: u32| {
        let from = format!("Person {} <p{}@example.org>", n % 6, n % 6);
        let date = format!("{} {} 2016 12:00:00 +0000", n + 1, ["Jan", "Feb", "Mar"][month as usize]);
        let body = format!("Berth {n} is free in month {month}.\nYours,\nP{FOOTER}");
        mail(&format!("{month}.{n}@example.org"), &from, &format!("Berth {n}"), &date, "", &body)
    };
    (0..10).flat_map(one).collect()
}

/// Every message with who says what in it.
fn voices(site: &Site) -> Vec<(Value, Value)> {
    let shown = site.found("*").into_iter().map(|id| site.show(&id));
    shown.map(|message| (message["message_id"].clone(), message["text"].clone())).collect()
}

#[test]
fn a_footer_below_most_messages_is_no_word_of_their_authors() {
    let site = Site::with(&[]);
    site.put("quay", "0.mbox", &month(0));
    site.ingest();
    assert_eq!(site.found("aloud").len(), 10, "ten messages prove nothing");
    assert_eq!(site.found("has:link").len(), 10);
    site.put("quay", "1.mbox", &month(1));
    site.put("quay", "2.mbox", &month(2));
    site.ingest();
    assert_eq!(site.found("aloud").len(), 0, "of the earlier messages, too");
    assert_eq!(site.found("has:link").len(), 0);
    assert_eq!(site.found("in:everything aloud").len(), 30, "and yet it is found by those who ask");
    assert_eq!(site.found("berth").len(), 30);
    let parts = site.show("2.7@example.org")["text"].clone();
    let parts: Vec<(&str, &str)> = parts
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["voice"].as_str().unwrap(), part["text"].as_str().unwrap()))
        .collect();
    assert_eq!(parts[0], ("own", "Berth 7 is free in month 2.\nYours,\nP\n"));
    assert!(parts[1].0 == "footer" && parts[1].1.starts_with("--=--\nHarbour talk"), "{parts:?}");
    assert_eq!(parts.len(), 2, "nothing of the text is lost");
}

#[test]
fn what_is_learnt_does_not_depend_on_the_order_or_number_of_runs_and_is_forgotten_with_its_dumps() {
    let at_once = Site::with(&[]);
    (0..3).for_each(|n| at_once.put("quay", &format!("{n}.mbox"), &month(n)));
    at_once.ingest();
    let one_by_one = Site::with(&[]);
    let mut runs = Vec::new();
    for n in [2, 0, 1] {
        one_by_one.put("quay", &format!("{n}.mbox"), &month(n));
        runs.push(one_by_one.ingest()["run"].as_str().unwrap().to_owned());
    }
    assert_eq!(voices(&one_by_one), voices(&at_once));
    // Twenty are left, and then ten.
    one_by_one.run(&["undo", &runs[1]]);
    assert_eq!(one_by_one.found("aloud").len(), 0);
    one_by_one.run(&["undo", &runs[2]]);
    assert_eq!(one_by_one.found("aloud").len(), 10);
}
