//! Search over the shipped sample: the language, facets, paging, and one answer everywhere.

use std::collections::BTreeSet;

use crate::harness::{Site, encoded, json, mail, text};

fn sample() -> &'static Site {
    Site::shared_sample()
}

fn count(query: &str) -> usize {
    sample().found(query).len()
}

#[track_caller]
fn set(query: &str) -> BTreeSet<String> {
    let found = sample().found(query);
    let set: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(set.len(), found.len(), "{query} finds nothing twice");
    set
}

#[test]
fn words_are_anded_ored_and_excluded() {
    let (ipv6, cost) = (set("ipv6"), set("cost"));
    assert!(ipv6.len() > 10 && cost.len() > 5);
    assert_eq!(set("ipv6 cost"), ipv6.intersection(&cost).cloned().collect());
    assert_eq!(set("ipv6 OR cost"), ipv6.union(&cost).cloned().collect());
    assert_eq!(set("ipv6 -cost"), ipv6.difference(&cost).cloned().collect());
    assert_eq!(set("(ipv6 OR cost) -(ipv6 cost)"), ipv6.symmetric_difference(&cost).cloned().collect());
}

#[test]
fn every_message_is_found_by_everything_and_by_nothing_less() {
    assert_eq!(count("*"), 230);
    assert_eq!(count("*") - count("ipv6"), count("-ipv6"));
}

#[test]
fn phrases_are_exact_and_words_find_their_inflections() {
    assert!(set("\"enabling environment\"").is_subset(&set("enabling environment")));
    assert_eq!(set("deployments"), set("deployment"));
    assert!(count("=deployments") < count("deployments"));
    assert_eq!(count("\"environment enabling\""), 0);
}

#[test]
fn case_and_accents_do_not_count() {
    assert_eq!(set("from:brigida"), set("from:BRÍGIDA"));
    assert!(count("from:brigida") > 0);
}

#[test]
fn prefixes_and_slips_are_found() {
    assert!(set("deployment").is_subset(&set("deploy*")));
    assert_eq!(set("multi-stake*"), set("\"multi stake*\"").union(&set("multi-stake*")).cloned().collect());
    assert!(set("ipv6 deploiment~1").is_subset(&set("ipv6 (deployment OR déploiement)")) && count("deploiment~1") > 0);
}

#[test]
fn fields_narrow_where_words_are_looked_for() {
    assert!(set("subject:summary").is_subset(&set("summary")));
    assert!(set("quoted:ipv6").is_subset(&set("in:everything ipv6")));
    assert!(set("ipv6").is_subset(&set("in:everything ipv6")));
    assert!(count("file:pdf") > 0 && set("file:pdf").is_subset(&set("has:attachment")));
    assert_eq!(count("domain:no-such-domain.example"), 0);
}

#[test]
fn dates_lists_and_kinds_divide_the_archive() {
    assert_eq!(count("year:2015") + count("year:2016"), 230);
    assert_eq!(set("date:2015"), set("year:2015"));
    assert_eq!(set("before:2016-01-01"), set("year:2015"));
    assert_eq!(set("after:2016-01-01"), set("year:2016"));
    assert_eq!(set("date:2015-06..2015-09"), set("month:2015-06,2015-07,2015-08,2015-09"));
    assert_eq!(set("list:bp_ipv6 OR list:bp_ixps"), set("list:bp_ipv6,bp_ixps"));
    assert_eq!(count("list:bp_*"), 230);
    assert_eq!(set("list:BP_IPV6"), set("list:bp_ipv6"));
    assert_eq!(count("is:root") + count("-is:root"), 230);
    assert_eq!(count("year:1960") + count("month:1960-02"), 0, "undated is not long ago");
    assert!(count("is:summary") > 0 && count("is:call") > 0 && count("lang:fr") > 0 && count("lang:zh") > 0);
}

#[test]
fn a_message_is_found_by_its_id_and_a_thread_by_any_of_its_messages() {
    let id = sample().found("is:reply").remove(0);
    let shown = sample().show(&id);
    let message_id = shown["message_id"].as_str().unwrap();
    assert_eq!(sample().found(&format!("mid:{message_id}")), std::slice::from_ref(&id));
    let thread = sample().found(&format!("thread:{id}"));
    assert!(thread.len() > 1 && thread.contains(&id));
    for other in &thread {
        assert_eq!(sample().found(&format!("thread:{other}")), thread);
    }
    assert!(set("thread:{subject:summary}").is_superset(&set("subject:summary")));
}

#[test]
fn chinese_is_searched_by_words() {
    for word in ["部署", "大学", "成本"] {
        assert_eq!(count(word), 1, "{word}");
        assert_eq!(count(&format!("lang:zh {word}")), 1, "{word}");
    }
}

#[test]
fn words_too_long_to_be_indexed_are_nowhere() {
    assert_eq!(count(&"a".repeat(256)), 0);
}

#[test]
fn each_facet_counts_what_choosing_its_value_would_give() {
    let server = sample().serve();
    for query in ["", "ipv6", "cost OR access", "list:bp_ipv6", "list:bp_gender is:reply", "year:2016 has:attachment"] {
        let answer = server.json(&format!("/api/v1/search?limit=1&q={}", encoded(query)));
        for facet in ["list", "person", "year", "month", "has", "is", "lang"] {
            for value in answer["facets"][facet].as_array().unwrap() {
                let (name, expected) = (value["value"].as_str().unwrap(), value["count"].as_u64().unwrap());
                // Counted as if its own filter were not set.
                let rest: Vec<&str> = query.split(' ').filter(|part| !part.starts_with(&format!("{facet}:"))).collect();
                let narrowed = format!(
                    "({}) {facet}:\"{name}\"",
                    if rest.concat().is_empty() { "*".into() } else { rest.join(" ") }
                );
                let got = server.json(&format!("/api/v1/search?limit=1&q={}", encoded(&narrowed)));
                assert_eq!(got["total"].as_u64(), Some(expected), "{query:?} narrowed to {facet}:{name}");
            }
        }
        let months: u64 =
            answer["facets"]["month"].as_array().unwrap().iter().map(|m| m["count"].as_u64().unwrap()).sum();
        if !query.contains("month:") {
            assert_eq!(Some(months), answer["total"].as_u64(), "the histogram of {query:?} holds every hit");
        }
    }
}

#[test]
fn cursors_visit_every_message_once_in_both_directions() {
    let server = sample().serve();
    for sort in ["newest", "oldest"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = server.json(&format!("/api/v1/search?q=*&sort={sort}&limit=17&cursor={cursor}"));
            seen.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len()), (230, 230), "{sort}");
    }
}

#[test]
fn page_command_line_and_api_give_the_same_hits() {
    let server = sample().serve();
    for query in ["ipv6 deployment", "\"case study\"", "from:okoumba", "is:call -ipv6"] {
        let said = sample().run(&["search", "--json", "-n", "20", "--", query]);
        let cli: Vec<String> = said.out.lines().map(|line| json(line)["id"].as_str().unwrap().to_owned()).collect();
        let api = server.json(&format!("/api/v1/search?q={}", encoded(query)));
        let api: Vec<String> =
            api["hits"].as_array().unwrap().iter().map(|hit| hit["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(cli, api, "{query}");
        let page = server.get(&format!("/search?group=none&q={}", encoded(query))).body;
        let mut at = 0;
        for id in &cli {
            let here = page[at..]
                .find(id.as_str())
                .unwrap_or_else(|| panic!("{id} is missing or out of order on the page of {query}"));
            at += here;
        }
        assert!(!cli.is_empty(), "{query} finds something");
    }
}

#[test]
fn hostile_queries_are_answered() {
    let server = sample().serve();
    for query in [
        "(".repeat(900),
        "NOT ".repeat(250),
        "-".repeat(1000),
        "a~2 ".repeat(100),
        "\"".repeat(999),
        "x".repeat(1024),
        "\u{202e}\0".into(),
    ] {
        let page = server.get(&format!("/search?q={}", encoded(&query)));
        assert!([200, 414].contains(&page.status), "{} for {:.20}", page.status, query);
        assert_eq!(server.get("/healthz").status, 200);
    }
}

#[test]
fn a_person_is_found_by_the_name_in_addresses_that_they_had_before() {
    let by =
        |id: &str, author: &str, day: u32| mail(id, author, "Plan", &format!("{day} Jun 2016 12:03:11 +0200"), "", id);
    let both = [by("x@example.org", "Ada Sample <ada@example.org>", 2), by("y@x.org", "Bob <bob@x.org>", 2)].concat();
    let site = Site::with(&[("l", "a.mbox", &both)]);
    site.ingest();
    let id = text(&site.show("x@example.org"), "id");
    let person = || {
        let page = site.serve().get(&format!("/m/{id}")).body;
        page.split_once("href=\"/p/").unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    let before = person();
    // Bob's message keeps the segment in which she has her old name.
    site.put("l", "b.mbox", &by("z@x.org", "Augusta King <ada@example.org>", 1));
    site.ingest();
    let now = person();
    assert_ne!(now, before);
    for name in [&before, &now] {
        assert_eq!(site.found(&format!("person:{name}")).len(), 2, "{name}");
    }
    let server = site.serve();
    let page = server.get(&format!("/p/{before}"));
    assert!(page.status == 307 && page.head.contains(&format!("location: /p/{now}")), "{}", page.head);
    assert_eq!(server.get(&format!("/p/{now}")).status, 200);
}

#[test]
fn a_message_in_one_very_long_line_has_a_passage() {
    for length in [100_000, 200_000] {
        let line = format!("The beacon {}", "burns ".repeat(length / 6));
        let message = mail("x@example.org", "Ada <ada@example.org>", "Plan", "2 Jun 2016 12:03:11 +0200", "", &line);
        let site = Site::with(&[("l", "a.mbox", &message)]);
        site.ingest();
        let said = site.run(&["search", "--json", "beacon"]);
        let hit = json(said.out.lines().next().unwrap());
        assert!(text(&hit, "snippet").contains("The beacon burns"), "{length}: {hit}");
    }
}
