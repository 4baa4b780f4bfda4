//! Messages that people took down: gone from every answer, whatever is ingested or rebuilt, and their addresses say so.

use serde_json::Value;

use crate::harness::{Server, Site, text};

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
    for message in all.iter().filter(|message| down.contains(&text(message, "id"))).step_by(7) {
        let (status, thread) =
            (server.get(&format!("/t/{}", text(message, "thread_id"))).status, text(message, "thread_id"));
        let others = all.iter().any(|other| text(other, "thread_id") == thread && left.contains(&text(other, "id")));
        assert!(if others { [200, 307, 410].contains(&status) } else { status == 410 }, "/t/{thread}: {status}");
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
