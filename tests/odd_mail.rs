//! One fixture for each trouble that real mail has, and what becomes of it.

use serde_json::Value;

use crate::harness::{Site, fixture, json, text};

/// The numbers of a report: read, new, known, richer, conflict, set aside.
fn sum(report: &Value) -> [u64; 6] {
    ["read", "new", "known", "richer", "conflict", "set_aside"].map(|key| report[key].as_u64().unwrap())
}

/// Ingests fixtures one after another, each into the list `quay`, and checks the sum of the last.
#[track_caller]
fn check_last(fixtures: &[&str], expected: [u64; 6]) -> Site {
    let site = Site::with(&[]);
    let mut last = Value::Null;
    for name in fixtures {
        site.put("quay", name, &fixture(name));
        last = site.ingest();
    }
    assert_eq!(sum(&last), expected, "[read, new, known, richer, conflict, set aside] of {fixtures:?}");
    site
}

/// All of a message's text, whoever speaks.
fn whole(shown: &Value) -> String {
    shown["text"].as_array().unwrap().iter().map(|span| span["text"].as_str().unwrap()).collect()
}

fn problems(shown: &Value) -> Vec<&str> {
    shown["problems"].as_array().unwrap().iter().map(|problem| problem["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_from_line_in_a_body_does_not_cut_the_message_and_its_escape_is_undone() {
    let site = check_last(&["from-line-in-body.mbox"], [2, 2, 0, 0, 0, 0]);
    let said = whole(&site.show("from-1@example.org"));
    assert!(said.contains("\nFrom now on we vote") && said.contains("\nFrom here the lines"), "{said}");
    assert!(said.contains("\nFrom Lisbon come three ships") && !said.contains(">From"), "{said}");
    assert!(whole(&site.show("from-2@example.com")).starts_with("From Porto there was one"));
}

#[test]
fn a_copy_with_other_line_ends_is_known() {
    let site = check_last(&["from-line-in-body.mbox", "from-line-in-body-crlf.mbox"], [2, 0, 2, 0, 0, 0]);
    assert_eq!(site.found("*").len(), 2);
    let site = check_last(&["from-line-in-body-crlf.mbox", "from-line-in-body.mbox"], [2, 0, 2, 0, 0, 0]);
    assert!(!whole(&site.show("from-1@example.org")).contains('\r'));
}

#[test]
fn messages_without_an_id_are_named_by_their_words_and_a_copy_is_known() {
    let site = check_last(&["no-message-id.mbox"], [2, 2, 0, 0, 0, 0]);
    let found = site.found("subject:\"without a name\"");
    assert_eq!(found.len(), 2);
    let shown = site.show(&found[0]);
    assert_eq!(shown["message_id"], Value::Null);
    assert!(problems(&shown).contains(&"message-id"), "{shown}");
    site.put("pier", "again.mbox", &fixture("no-message-id.mbox"));
    assert_eq!(sum(&site.ingest()), [2, 0, 2, 0, 0, 0]);
    assert_eq!(site.found("*"), found);
}

#[test]
fn impossible_dates_give_way_to_the_next_best_and_the_choice_is_told() {
    let site = check_last(&["bad-date.mbox"], [4, 4, 0, 0, 0, 0]);
    for (id, date, source) in [
        ("date-future@example.org", json("\"2015-06-09T09:00:00Z\""), json("\"from-line\"")),
        ("date-prose@example.com", json("\"2015-06-10T08:30:00Z\""), json("\"received\"")),
        ("date-zone@example.net", json("\"2015-06-11T09:00:00Z\""), json("\"date\"")),
        ("date-none@example.org", Value::Null, Value::Null),
    ] {
        let shown = site.show(id);
        assert_eq!((&shown["date"], &shown["date_source"]), (&date, &source), "{id}");
        assert!(problems(&shown).contains(&"date"), "{id} says why");
    }
    assert_eq!(site.found("*").len(), 4, "an undated message is found");
    assert_eq!(site.found("date:1990..2100").len(), 3, "but in no span of time");
    let server = site.serve();
    let months: u64 = server.json("/api/v1/search?q=*")["facets"]["month"]
        .as_array()
        .unwrap()
        .iter()
        .map(|month| month["count"].as_u64().unwrap())
        .sum();
    assert_eq!(months, 3, "the histogram holds what is dated");
    for sort in ["newest", "oldest"] {
        let first = server.json(&format!("/api/v1/search?q=*&sort={sort}&limit=3"));
        let next = text(&first, "next");
        let rest = server.json(&format!("/api/v1/search?q=*&sort={sort}&limit=3&cursor={next}"));
        assert_eq!((rest["hits"].as_array().map(Vec::len), &rest["next"]), (Some(1), &Value::Null), "{sort}");
    }
}

#[test]
fn a_wrong_charset_label_costs_no_letters() {
    let site = check_last(&["charset-lie.mbox"], [2, 2, 0, 0, 0, 0]);
    assert!(whole(&site.show("charset-lie@example.org")).contains("Le café de la jetée est fermé pour l'été, hélas."));
    assert!(whole(&site.show("charset-unknown@example.com")).contains("La crêperie reste ouverte."));
    assert_eq!((site.found("jetee").len(), site.found("créperie").len()), (1, 1));
}

#[test]
fn html_alone_is_read_as_words() {
    let site = check_last(&["html-only.mbox"], [1, 1, 0, 0, 0, 0]);
    let said = whole(&site.show("html-only@example.net"));
    assert!(said.contains("The harbourmaster keeps a parrot & two herons."), "{said}");
    assert!(said.contains("He does — since 2011."), "{said}");
    assert!(!said.contains('<') && !said.contains("mauve") && !said.contains("Untitled"), "{said}");
    assert_eq!(site.found("has:html harbourmaster").len(), 1);
}

#[test]
fn attachments_keep_their_bytes_and_lose_their_folders() {
    let site = check_last(&["attachments.mbox"], [1, 1, 0, 0, 0, 0]);
    let shown = site.show("attached@example.org");
    let names: Vec<&str> =
        shown["attachments"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["evil.html", "dépliant.pdf"]);
    assert_eq!((site.found("file:depliant").len(), site.found("mime:application/pdf").len()), (1, 1));
    let server = site.serve();
    for (at, kind, name, bytes) in [
        (0, "application/octet-stream", "evil.html", "<html><script>alert('attached')</script></html>\n"),
        (1, "application/pdf", "d%C3%A9pliant.pdf", "%PDF-1.4\n% an invented leaflet\n"),
    ] {
        let url = shown["attachments"][at]["url"].as_str().unwrap();
        let answer = server.get(&url[url.find("/m/").unwrap()..]);
        assert_eq!((answer.status, answer.body.as_str()), (200, bytes));
        for header in [
            format!("content-type: {kind}\r\n"),
            format!("filename*=utf-8''{}", name.to_lowercase()),
            "content-disposition: attachment;".into(),
            "content-security-policy: default-src 'none'; sandbox".into(),
            "x-content-type-options: nosniff".into(),
        ] {
            assert!(answer.head.contains(&header), "{name} lacks `{header}`: {}", answer.head);
        }
    }
}

#[test]
fn a_masked_copy_and_a_raw_one_are_one_message_whichever_comes_first() {
    for (order, expected) in [
        (["pipermail-masked.txt", "pipermail-raw.mbox"], [2, 0, 0, 2, 0, 0]),
        (["pipermail-raw.mbox", "pipermail-masked.txt"], [2, 0, 2, 0, 0, 0]),
    ] {
        let site = check_last(&order, expected);
        let shown = site.show("tide-1@example.org");
        assert_eq!(shown["attachments"][0]["name"], "tides.pdf", "{order:?}");
        assert!(shown["attachments"][0]["url"].is_string(), "the copy with the bytes is shown, for {order:?}");
        assert_eq!(site.found("is:conflict").len(), 0);
        assert_eq!(site.found("*").len(), 2);
    }
}

#[test]
fn both_messages_of_a_conflict_have_a_page_that_leads_to_the_other() {
    let site = check_last(&["same-id-other-words.mbox"], [2, 1, 0, 0, 1, 0]);
    let id = text(&site.show("twice@example.org"), "id");
    let server = site.serve();
    for (own, word, other) in [(id.clone(), "dredge", format!("{id}-2")), (format!("{id}-2"), "abandon", id.clone())] {
        let page = server.get(&format!("/m/{own}"));
        assert_eq!(page.status, 200);
        assert!(page.body.contains(&format!("resolved to {word}")), "/m/{own} holds its own words");
        assert!(page.body.contains(&format!("href=\"/m/{other}\"")), "/m/{own} leads to the other");
        assert!(page.body.contains("claims the same Message-ID"), "/m/{own} says why");
    }
    assert_eq!(server.get(&format!("/m/{id}-3")).status, 404);
}

#[test]
fn a_cross_post_with_each_lists_own_prefix_and_footer_is_one_message() {
    let site = Site::of(&[("quay", "crosspost-a.mbox"), ("pier", "crosspost-b.mbox")]);
    let shown = site.show("regatta@example.org");
    assert_eq!(shown["lists"], json("[\"pier\",\"quay\"]"));
    assert_eq!(text(&shown, "subject"), "Regatta on both shores", "a list's prefix is not part of the subject");
    assert_eq!((site.found("list:quay"), site.found("list:pier")), (site.found("*"), site.found("*")));
    assert_eq!(site.found("mailman").len(), 0, "a footer is nobody's own words");
    assert_eq!(site.found("in:everything listinfo").len(), 1);
}

/// Every fixture, with the list it goes into.
const ALL: [(&str, &str); 16] = [
    ("quay", "addresses.mbox"),
    ("quay", "attachments.mbox"),
    ("pier", "bad-date.mbox"),
    ("pier", "charset-lie.mbox"),
    ("quay", "crosspost-a.mbox"),
    ("pier", "crosspost-b.mbox"),
    ("quay", "from-line-in-body.mbox"),
    ("pier", "from-line-in-body-crlf.mbox"),
    ("pier", "html-only.mbox"),
    ("quay", "missing-parent.mbox"),
    ("quay", "no-message-id.mbox"),
    ("quay", "pipermail-masked.txt"),
    ("pier", "pipermail-raw.mbox"),
    ("quay", "reply-loop.mbox"),
    ("quay", "same-id-other-words.mbox"),
    ("pier", "weak-subject.mbox"),
];

/// All that an archive answers, but where and when it was read.
fn answers(site: &Site) -> Vec<String> {
    let mut all = Vec::new();
    for id in site.found("*") {
        let mut shown = site.show(&id);
        shown.as_object_mut().unwrap().remove("places");
        all.push(shown.to_string());
        all.push(site.run(&["thread", "--json", &id]).out);
    }
    let mut stats = json(&site.run(&["stats", "--json"]).out);
    stats.as_object_mut().unwrap().remove("generation");
    all.push(stats.to_string());
    for query in ["lanterns", "from:ann", "is:conflict", "is:crossposted OR is:weak", "has:attachment", "date:2015-06"]
    {
        all.push(format!("{query}: {:?}", site.found(query)));
        // Relevance is compared, too: it may not depend on how the index came to be.
        all.push(site.run(&["search", "--json", "--sort", "relevance", "--", query]).out);
    }
    all
}

#[test]
fn no_order_of_dumps_changes_any_answer() {
    let mut expected: Option<Vec<String>> = None;
    let mut check = |site: &Site, how: String| {
        let got = answers(site);
        let expected = expected.get_or_insert_with(|| got.clone());
        assert_eq!(expected.len(), got.len(), "{how}");
        for (one, other) in expected.iter().zip(&got) {
            assert_eq!(one, other, "{how}");
        }
    };
    // Steps that are prime to the number of dumps visit each once.
    for (step, from) in [(1, 0), (15, 15), (5, 3), (7, 11), (11, 6)] {
        let order: Vec<usize> = (0..ALL.len()).map(|i| (from + i * step) % ALL.len()).collect();
        let at_once = Site::with(&[]);
        // Names decide the order within a run.
        order.iter().enumerate().for_each(|(at, &i)| {
            at_once.put(ALL[i].0, &format!("{at:02}.mbox"), &fixture(ALL[i].1));
        });
        at_once.ingest();
        check(&at_once, format!("at once, in the order {order:?}"));
        let one_by_one = Site::with(&[]);
        for &i in &order {
            one_by_one.put(ALL[i].0, ALL[i].1, &fixture(ALL[i].1));
            one_by_one.ingest();
        }
        check(&one_by_one, format!("one by one, in the order {order:?}"));
        assert_eq!(one_by_one.run(&["doctor"]).code, 0);
        assert_eq!(one_by_one.run(&["rebuild"]).code, 0);
        check(&one_by_one, format!("built again after {order:?}"));
    }
}
