//! How conversations are put together: from what messages name, from their subjects, across months and lost parents.

use serde_json::Value;

use crate::harness::{Site, json, mail, text};

const ANN: &str = "Ann Example <ann@example.org>";

#[track_caller]
fn thread(site: &Site, id: &str) -> Value {
    let said = site.run(&["thread", "--json", id]);
    assert_eq!(said.code, 0, "{}", said.err);
    json(&said.out)
}

/// A thread as `depth Message-ID` of each line; `?` stands for a missing message, `~` before an id for a weak join.
fn outline(thread: &Value) -> Vec<String> {
    let lines = thread["nodes"].as_array().unwrap().iter().map(|node| {
        let id = node["message"]["message_id"].as_str().unwrap_or("?");
        let weak = if node["weak"].as_bool().unwrap() { "~" } else { "" };
        format!("{} {weak}{}", node["depth"], id.split('@').next().unwrap())
    });
    lines.collect()
}

#[test]
fn a_circle_of_replies_is_cut_at_its_earliest_message() {
    let site = Site::of(&[("quay", "reply-loop.mbox")]);
    let drawn = thread(&site, "loop-3@example.net");
    assert_eq!(outline(&drawn), ["0 loop-1", "1 loop-2", "2 loop-3"]);
    assert_eq!((&drawn["total"], &drawn["people"]), (&json("3"), &json("3")));
    assert_eq!(site.serve().get(&format!("/t/{}", text(&drawn, "id"))).status, 200);
}

#[test]
fn a_lost_message_that_two_answer_has_a_line_and_joins_them() {
    let site = Site::of(&[("quay", "missing-parent.mbox")]);
    let drawn = thread(&site, "orphan-2@example.net");
    assert_eq!(outline(&drawn), ["0 ?", "1 orphan-1", "1 orphan-2"]);
    assert_eq!(drawn["total"], 2, "what is missing is not counted");
    let page = site.serve().get(&format!("/t/{}", text(&drawn, "id")));
    assert!(page.status == 200 && page.body.contains("not in the archive"), "{}", page.body);
    // It turns up later and takes its place.
    site.put(
        "quay",
        "lost.mbox",
        &mail("lost@example.org", ANN, "The lost proposal", "Sun, 7 Jun 2015 09:00:00 +0000", "", "Found."),
    );
    site.ingest();
    assert_eq!(outline(&thread(&site, "orphan-2@example.net")), ["0 lost", "1 orphan-1", "1 orphan-2"]);
}

#[test]
fn a_reply_without_references_joins_by_its_subject_for_a_while_and_is_marked() {
    let site = Site::of(&[("quay", "weak-subject.mbox")]);
    assert_eq!(outline(&thread(&site, "weak-1@example.org")), ["0 weak-1", "1 ~weak-2"]);
    assert_eq!(outline(&thread(&site, "weak-3@example.org")), ["0 weak-3"], "half a year later it is another matter");
    assert_eq!(outline(&thread(&site, "weak-4@example.org")), ["0 weak-4"], "who does not answer starts anew");
    assert_eq!(site.found("is:weak").len(), 1);
}

#[test]
fn a_subject_joins_nothing_across_lists() {
    let date = |day: u32| format!("{day} Jun 2015 09:00:00 +0000");
    let first = mail("s-1@example.org", ANN, "Lanterns", &date(1), "", "One.");
    let reply = mail("s-2@example.org", ANN, "Re: Lanterns", &date(2), "", "Two.");
    let site = Site::with(&[("quay", "a.mbox", &first), ("pier", "b.mbox", &reply)]);
    site.ingest();
    assert_eq!(outline(&thread(&site, "s-1@example.org")), ["0 s-1"]);
    assert_eq!(outline(&thread(&site, "s-2@example.org")), ["0 s-2"]);
}

#[test]
fn a_conversation_runs_on_across_months_and_lists() {
    let first = mail("m-1@example.org", ANN, "Buoys", "30 Jun 2015 23:30:00 +0000", "", "One.");
    let second = mail(
        "m-2@example.org",
        ANN,
        "Re: Buoys",
        "1 Jul 2015 00:30:00 +0000",
        "In-Reply-To: <m-1@example.org>\n",
        "Two.",
    );
    let third = mail(
        "m-3@example.org",
        ANN,
        "Weights, was: Buoys",
        "2 Aug 2016 09:00:00 +0000",
        "References: <m-1@example.org> <m-2@example.org>\n",
        "Three.",
    );
    let site = Site::with(&[("quay", "2015-July.txt", &second), ("pier", "2016-August.txt", &third)]);
    site.ingest();
    assert_eq!(outline(&thread(&site, "m-3@example.org")), ["0 m-2", "1 m-3"]);
    site.put("quay", "2015-June.txt", &first);
    site.ingest();
    let drawn = thread(&site, "m-3@example.org");
    assert_eq!(outline(&drawn), ["0 m-1", "1 m-2", "2 m-3"]);
    assert_eq!(drawn["lists"], json("[\"pier\",\"quay\"]"));
    let server = site.serve();
    for month in ["/l/quay/2015/06/", "/l/quay/2015/07/", "/l/pier/2016/08/"] {
        let page = server.get(month);
        assert!(page.status == 200 && page.body.contains("Buoys"), "{month}");
    }
    assert_eq!(server.get("/l/quay/2015/08/").body.matches("Buoys").count(), 0);
}

#[test]
fn every_message_of_a_thread_leads_to_the_same_thread() {
    let site = Site::shared_sample();
    let server = site.serve();
    for id in site.found("is:root").iter().take(25) {
        let drawn = server.json(&format!("/api/v1/threads/{id}"));
        for node in drawn["nodes"].as_array().unwrap().iter().filter(|node| node["message"].is_object()) {
            let other = text(&node["message"], "id");
            assert_eq!(server.json(&format!("/api/v1/threads/{other}")), drawn, "{other}");
            assert_eq!(node["message"]["thread"], drawn["id"]);
        }
    }
}

/// A thread of 250 messages and 60 that are missing. Of each two that answer a missing one, one names the missing one before it, too;
/// then come 130 answers to the first message. Dates follow neither.
fn with_gaps() -> Site {
    let date = |minute: u32| format!("2 Jun 2015 {:02}:{:02}:00 +0000", minute / 60, minute % 60);
    let one = |id: &str, minute, more: &str| {
        mail(&format!("{id}@example.org"), ANN, "Re: Gaps", &date(minute), &format!("References: {more}\n"), "Words.")
    };
    let mut dump = Vec::new();
    for k in 0..60 {
        dump.extend(one(&format!("a-{k}"), 10 * k, &format!("<gone-{k}@example.org>")));
        let both = format!("<gone-{}@example.org> <gone-{k}@example.org>", k.max(1) - 1);
        dump.extend(one(&format!("b-{k}"), 10 * k + 5, &both));
    }
    for k in 0..130 {
        dump.extend(one(&format!("c-{k}"), 1 + 7 * k, "<a-0@example.org>"));
    }
    let site = Site::with(&[("quay", "gaps.mbox", &dump)]);
    site.ingest();
    site
}

/// The number and date of each message on a page of a thread.
fn numbered(page: &str) -> Vec<(usize, String)> {
    let between = |text: &str, start: &str, end: &str| {
        let text = &text[text.find(start).unwrap() + start.len()..];
        text[..text.find(end).unwrap()].to_owned()
    };
    let messages = page.split("<article class=\"message\"").skip(1);
    messages
        .map(|it| (between(it, "<span class=\"n\">", "<").parse().unwrap(), between(it, "datetime=\"", "\"")))
        .collect()
}

#[test]
fn by_date_a_thread_goes_on_by_date_from_page_to_page() {
    let site = with_gaps();
    let server = site.serve();
    let thread = format!("/t/{}?view=flat", text(&site.show("a-0@example.org"), "thread"));
    let mut seen = Vec::new();
    for (page, messages) in [(1, 100), (2, 100), (3, 50)] {
        let body = server.get(&format!("{thread}&page={page}")).body;
        let shown = numbered(&body);
        assert_eq!(shown.len(), messages, "page {page}");
        assert!(body.contains("250 messages") && !body.contains("not in the archive"), "page {page}");
        seen.extend(shown);
    }
    assert_eq!(seen.iter().map(|it| it.0).collect::<Vec<_>>(), (1..=250).collect::<Vec<_>>());
    assert!(seen.is_sorted_by_key(|it| &it.1), "{seen:?}");
    assert!(server.get(&thread).body.contains("page=3") && !server.get(&thread).body.contains("page=4"));
}

#[test]
fn messages_without_a_date_come_last_by_date() {
    let of = |id: &str, date: &str, more: &str| mail(&format!("{id}@example.org"), ANN, "Re: Lamps", date, more, id);
    let undated = of("u-2", "never", "In-Reply-To: <u-1@example.org>\n");
    let undated = String::from_utf8(undated).unwrap().replacen(" Thu Jun  2 14:03:11 2016", "", 1);
    let dump = [
        of("u-1", "2 Jun 2015 09:00:00 +0000", ""),
        undated.into_bytes(),
        of("u-3", "3 Jun 2015 09:00:00 +0000", "In-Reply-To: <u-2@example.org>\n"),
    ];
    let site = Site::with(&[("quay", "a.mbox", &dump.concat())]);
    site.ingest();
    assert!(site.show("u-2@example.org")["date"].is_null());
    let page = site.serve().get(&format!("/t/{}?view=flat", text(&site.show("u-1@example.org"), "thread"))).body;
    let dates: Vec<String> = numbered(&page).into_iter().map(|it| it.1).collect();
    assert_eq!(dates, ["2015-06-02T09:00:00Z", "2015-06-03T09:00:00Z", ""]);
}

#[test]
fn the_pages_of_a_thread_are_counted_with_what_is_missing_and_end_with_the_last() {
    let site = with_gaps();
    let server = site.serve();
    let thread = format!("/t/{}", text(&site.show("a-0@example.org"), "thread"));
    let first = server.get(&thread).body;
    assert!(first.contains("page=4") && !first.contains("page=5"), "{first}");
    let last = server.get(&format!("{thread}?page=4")).body;
    assert_eq!(last.matches("<article").count(), 10);
    for (more, address) in [
        ("?page=5", "?page=4"),
        ("?page=18446744073709551615", "?page=4"),
        ("?view=flat&page=4", "?view=flat&#38;page=3"),
    ] {
        let page = server.get(&format!("{thread}{more}"));
        assert_eq!(page.status, 200, "{more}");
        assert!(page.body.contains("There is no page") && page.body.contains(address), "{more}: {}", page.body);
        assert!(!page.body.contains("class=\"pager\"") && !page.body.contains("<article"), "{more}: {}", page.body);
    }
}

#[test]
fn a_subject_that_comes_back_leads_to_the_nearest_threads_of_it() {
    let dump: Vec<u8> = (0..120)
        .flat_map(|n| {
            let date = format!("{} {} 2015 09:00:00 +0000", 1 + n % 28, ["Jan", "Feb", "Mar", "Apr", "May"][n / 28]);
            mail(&format!("w-{n}@example.org"), ANN, "Report from the harbour", &date, "", "Words.")
        })
        .collect();
    let site = Site::with(&[("quay", "weekly.mbox", &dump)]);
    site.ingest();
    let ids = site.found("*");
    let server = site.serve();
    for (at, before, after) in
        [(0, [].as_slice(), [1, 2, 3].as_slice()), (100, &[99, 98, 97], &[101, 102, 103]), (119, &[118, 117, 116], &[])]
    {
        let page = server.get(&format!("/t/{}", ids[at])).body;
        let named = |sentence: &str| -> Vec<usize> {
            let Some(start) = page.find(sentence) else { return Vec::new() };
            let line = page[start..].lines().next().unwrap();
            let found = line.split("href=\"/t/").skip(1).map(|rest| rest.split('"').next().unwrap());
            found.map(|id| ids.iter().position(|other| other == id).unwrap()).collect()
        };
        assert_eq!(named("Starts from, by subject:"), before, "before {at}");
        assert_eq!(named("Continues in, by subject:"), after, "after {at}");
    }
}

#[test]
fn a_chain_of_three_thousand_is_walked_to_its_end_page_by_page() {
    let mut dump = Vec::new();
    for i in 0..3_000u32 {
        let date = format!("{} Jun 2015 {:02}:{:02}:{:02} +0000", 1 + i / 2_000, i / 100 % 20, i % 60, i / 60 % 60);
        let more = if i == 0 { String::new() } else { format!("In-Reply-To: <d-{}@example.org>\n", i - 1) };
        dump.extend(mail(&format!("d-{i}@example.org"), ANN, "Re: Deep", &date, &more, "Words."));
    }
    let site = Site::with(&[("quay", "deep.mbox", &dump)]);
    site.ingest();
    let server = site.serve();
    let id = text(&site.show("d-2999@example.org"), "thread");
    let (mut offset, mut seen) = (0, Vec::new());
    loop {
        let page = server.json(&format!("/api/v1/threads/{id}?offset={offset}"));
        seen.extend(outline(&page));
        match page["next"].as_u64() {
            Some(next) => offset = next,
            None => break,
        }
    }
    let expected: Vec<String> = (0..3_000).map(|i| format!("{i} d-{i}")).collect();
    assert!(seen == expected, "{} lines, the first {:?}, the last {:?}", seen.len(), seen.first(), seen.last());
    for page in ["", "?page=2", "?page=999", "?view=flat"] {
        assert_eq!(server.get(&format!("/t/{id}{page}")).status, 200, "{page}");
    }
    // The first message of a page answers one on the page before.
    let second = server.get(&format!("/t/{id}?page=2")).body;
    assert!(second.contains("in reply to <bdi>Ann Example</bdi>") && !second.contains("in reply to</a>"), "{second}");
    assert_eq!(server.get("/m/d-1500@example.org").status, 308);
}
