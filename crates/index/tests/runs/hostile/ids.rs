//! Message-IDs: poisoned, shared, missing, made to leave the path.

use plenary_index::{Entry, Found, ingest::Id};

use super::{Case, Row};
use crate::desk::{self, Desk};

pub(super) const ROWS: &[Row] = &[
    ("ids/collision-across-lists-A.mbox", [1, 1, 0, 0, 0, 0], |case| on_both_lists(case, ["A", "B"])),
    ("ids/collision-across-lists-B.mbox", [1, 1, 0, 0, 0, 0], |case| on_both_lists(case, ["B", "A"])),
    ("ids/collision-attacker-first.mbox", [2, 1, 0, 0, 1, 0], |case| in_either_order(case, 1)),
    // The copy with a footer holds more bytes than the first and is richer; the fourth and fifth add nothing.
    ("ids/collision-original-first.mbox", [5, 1, 1, 2, 1, 0], |case| in_either_order(case, 4)),
    ("ids/hostile-message-ids.mbox", [36, 36, 0, 0, 0, 0], reachable),
    ("ids/missing-and-odd-ids.mbox", [18, 17, 0, 0, 1, 0], distinct_and_stable),
];

fn on_both_lists(case: &Case, order: [&str; 2]) {
    let desk = Desk::new();
    for list in order {
        desk.put(list, "dump.mbox", &case.bytes(&format!("ids/collision-across-lists-{list}.mbox")));
        desk.ingest();
    }
    let all = desk::all(&desk.archive());
    assert_eq!(all.len(), 1, "one message");
    assert_eq!(all[0].entry.card.lists, ["A", "B"]);
    assert_eq!(all[0].entry.places.len(), 2);
}

/// Both are reachable, all copies of the original are folded with their places, and whatever came first the addresses are the same.
/// Nothing in two messages tells which is the original, and the order of arrival must not decide. So the plain address shows the
/// one that says it is earlier and names the other: that is the disambiguation.
fn in_either_order(case: &Case, copies: usize) {
    let id = "poison@igf.example";
    let plain = case.message(id).entry;
    assert_eq!(plain.rivals.len(), 1, "the plain address names the other");
    let other = case.message(&plain.rivals[0].id).entry;
    assert_eq!(other.rivals[0].id, plain.card.id, "and the other names it");
    let original =
        [&plain, &other].into_iter().find(|entry| entry.message.text.starts_with("The agreed text is A.")).unwrap();
    assert_eq!(original.places.len(), copies);

    let files = ["ids/collision-attacker-first.mbox", "ids/collision-original-first.mbox"];
    let in_order = |order: [&str; 2]| {
        let desk = Desk::new();
        for path in order {
            desk.put("l", path.trim_start_matches("ids/"), &case.bytes(path));
            desk.ingest();
        }
        desk::all(&desk.archive()).iter().map(|found| said(&found.entry)).collect::<Vec<_>>()
    };
    let there = in_order(files);
    assert_eq!(there.len(), 2);
    assert_eq!(there, in_order([files[1], files[0]]));
}

fn said(entry: &Entry) -> [String; 3] {
    [entry.card.id.clone(), entry.card.author.name.clone(), entry.message.text.clone()]
}

/// An address is made of letters and digits alone, whatever the id is made of, and leads back to its message. What pages make of
/// the ids themselves is tested where pages are.
fn reachable(case: &Case) {
    for Found { entry, .. } in case.all() {
        let id = &entry.card.id;
        assert_eq!(Id::parse(id).map(|read| read.to_string()), Some(id.clone()));
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
        assert_eq!(case.message(id).entry.card.subject, entry.card.subject, "{id}");
        if let Some(message_id) = entry.card.message_id.filter(|message_id| message_id.contains('@')) {
            assert_eq!(&case.message(&format!("<{message_id}>")).entry.card.id, id, "{message_id}");
        }
    }
}

fn distinct_and_stable(case: &Case) {
    let first: Vec<_> = case.all().iter().map(|found| said(&found.entry)).collect();
    assert_eq!(first.len(), 18);
    case.desk.put("another", "copy.mbox", &case.bytes(&case.path));
    let again = case.desk.ingest();
    assert_eq!((again.tally.known, again.tally.read), (18, 18), "each is known again");
    let after: Vec<_> = case.all().iter().map(|found| said(&found.entry)).collect();
    assert_eq!(first, after);
}
