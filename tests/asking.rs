//! What helps to ask: queries explained clause by clause, put right where they find nothing, completed while they are typed.

use serde_json::Value;

use crate::harness::{Site, encoded, json};

fn sample() -> &'static Site {
    Site::shared_sample()
}

fn total(query: &str) -> u64 {
    sample().found(query).len() as u64
}

#[test]
fn each_part_of_a_query_is_counted_alone_and_left_out() {
    let server = sample().serve();
    let parts = ["ipv6", "list:bp_ipv6", "-cost"];
    let query = parts.join(" ");
    let document = server.json(&format!("/api/v1/search?explain=1&q={}", encoded(&query)));
    let clauses = &document["query"]["clauses"];
    assert_eq!((clauses["join"].as_str(), clauses["partial"].as_bool()), (Some("all"), Some(false)));
    let clauses = clauses["clauses"].as_array().unwrap();
    assert_eq!(clauses.len(), 3);
    for (clause, part) in clauses.iter().zip(parts) {
        let rest: Vec<&str> = parts.into_iter().filter(|other| *other != part).collect();
        assert_eq!(clause["alone"].as_u64(), Some(total(part)), "{part}");
        assert_eq!(clause["without"].as_u64(), Some(total(&rest.join(" "))), "without {part}");
        assert_eq!(clause["query_without"].as_str(), Some(rest.join(" ").as_str()));
    }
    let page = server.get(&format!("/search?explain=1&q={}", encoded(&query))).body;
    assert!(page.contains("What each part finds") && page.contains(&format!(">{}<", total("list:bp_ipv6"))));
    let said = sample().run(&["search", "--explain", "-n", "1", "--", &query]);
    assert!(
        said.out.contains("A message must match every part.") && said.out.contains("list: bp_ipv6"),
        "{}",
        said.out
    );
}

#[test]
fn alternatives_are_counted_apart() {
    let server = sample().serve();
    let document = server.json(&format!("/api/v1/search?explain=1&q={}", encoded("ipv6 OR cost")));
    let clauses = &document["query"]["clauses"];
    assert_eq!(clauses["join"].as_str(), Some("any"));
    let pairs: Vec<_> = clauses["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["alone"].as_u64(), it["without"].as_u64()))
        .collect();
    let (ipv6, cost) = (Some(total("ipv6")), Some(total("cost")));
    assert_eq!(pairs, [(ipv6, cost), (cost, ipv6)]);
}

#[test]
fn a_search_that_finds_nothing_says_which_part_costs_what() {
    let server = sample().serve();
    let query = "deployment list:bp_gender list:bp_ipv6 year:2015";
    assert_eq!(total(query), 0);
    let page = server.get(&format!("/search?q={}", encoded(query))).body;
    let without = total("deployment list:bp_ipv6 year:2015");
    assert!(without > 0 && page.contains("Nothing found"));
    assert!(page.contains(&format!("<b>{without} message")) && page.contains("list: BPF Gender and Access"), "{page}");
    let said = sample().run(&["search", "--", query]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("without list: bp_gender"), "{}", said.err);
}

#[test]
fn a_misspelt_word_leads_to_the_one_somebody_wrote() {
    for (typed, meant) in [("deploymant", "deployment"), ("\"enabling enviroment\"", "\"enabling environment\"")] {
        assert_eq!(total(typed), 0);
        let said = sample().run(&["search", "--", typed]);
        assert!(said.err.contains(&format!("did you mean: {meant}  (")), "{typed}: {}", said.err);
    }
    let page = sample().serve().get("/search?q=list%3Abp_ipv6+deploymant").body;
    assert!(page.contains("Did you mean") && page.contains("q=list:bp_ipv6+deployment"), "{page}");
    // A word that is written in another form is not misspelt, and nothing is near to nonsense.
    for typed in ["deployments year:1999", "xqzjkvwpq"] {
        let said = sample().run(&["search", "--", typed]);
        assert!(said.code == 1 && !said.err.contains("did you mean"), "{typed}: {}", said.err);
    }
}

#[test]
fn each_part_of_a_search_that_finds_nothing_is_counted_and_a_slip_among_them_is_put_right() {
    let page = sample().serve().get("/search?q=ipv6+deploymnet+zebra").body;
    assert!(page.contains("<bdi>ipv6 deployment</bdi>"), "{page}");
    assert!(page.contains(&format!("<b>{} messages</b>", total("ipv6"))), "{page}");
    assert!(page.contains("<bdi>deploymnet</bdi>: nothing") && page.contains("<bdi>zebra</bdi>: nothing"), "{page}");
    let said = sample().run(&["search", "--", "ipv6 deploymnet zebra"]).err;
    assert!(said.contains("did you mean: ipv6 deployment  (") && said.contains("0 messages by zebra alone"), "{said}");
}

#[test]
fn lists_and_people_that_are_not_here_are_named_with_those_that_are() {
    let server = sample().serve();
    for (query, says, offers) in [
        ("list:nope", "There is no list “nope”", "/l/bp_ipv6/"),
        ("ipv6 list:ipv6", "There is no list “ipv6”", "/l/bp_ipv6/"),
        ("person:okoumbi", "There is no person “okoumbi”", "Séraphine Okoumba"),
        ("person:xqzjkvwpq", "There is no person “xqzjkvwpq”", "How to search"),
    ] {
        let page = server.get(&format!("/search?q={}", encoded(query))).body;
        assert!(page.contains(says) && page.contains(offers), "{query}: {page}");
    }
    let said = sample().run(&["search", "--", "list:nope"]).err;
    assert!(said.contains("there is no list nope in this archive; there is bp_ipv6 ("), "{said}");
    // A list that is here, without what was asked for, is not said to be missing.
    let page = server.get(&format!("/search?q={}", encoded("list:bp_ipv6 zeppelin"))).body;
    assert!(page.contains("<bdi>zeppelin</bdi>: nothing") && !page.contains("There is no list"), "{page}");
}

#[test]
fn a_page_after_the_last_says_so_and_leads_back() {
    let server = sample().serve();
    for page in ["99", "123456"] {
        let body = server.get(&format!("/search?q=ipv6&page={page}")).body;
        let shown = if page == "99" { "There is no page 99<" } else { "There is no page 123,456<" };
        assert!(body.contains(shown) && body.contains("href=\"/search?q=ipv6\""), "{body}");
        assert!(!body.contains("Nothing found"), "{body}");
    }
}

#[test]
fn people_and_lists_are_shown_by_their_names() {
    let server = sample().serve();
    let slug = sample().show(&sample().found("from:okoumba")[0])["from"]["person"].as_str().unwrap().to_owned();
    let page = server.get(&format!("/search?q={}", encoded(&format!("list:bp_ipv6 person:{slug}")))).body;
    for words in ["<bdi>person: Séraphine Okoumba</bdi>", "<bdi>list: BPF IPv6</bdi>", "on list BPF IPv6, by Séraphine"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains(&format!("value=\"list:bp_ipv6 person:{slug}\"")), "the box keeps what is searched for");
    assert!(!page.contains("own words and subjects only"), "without words there is nowhere to look for them");
}

#[test]
fn every_example_of_the_help_finds_something_in_the_sample() {
    use plenary_index::fields::{FIELDS, SYNTAX};
    // A Message-ID and the name of a run are different in every archive.
    let fields = FIELDS.iter().filter(|field| !["mid", "run"].contains(&field.name)).map(|field| field.example);
    for example in fields.chain(SYNTAX.iter().map(|row| row.0)).chain(["survey in:attachments"]) {
        assert!(total(example) > 0, "{example}");
    }
}

#[test]
fn words_that_only_quotes_have_are_offered_with_quotes() {
    let quoted = b"> the zebrafish crossing\n\nI agree.\n";
    let mail = crate::harness::mail(
        "q1@example.org",
        "Ada Sample <ada@example.org>",
        "Re: crossing",
        "Thu, 2 Jun 2016 14:03:11 +0000",
        "",
        std::str::from_utf8(quoted).unwrap(),
    );
    let site = Site::with(&[("list", "a.mbox", &mail)]);
    site.ingest();
    let said = site.run(&["search", "--", "zebrafish"]);
    assert!(said.err.contains("1 message with quotes and signatures: zebrafish in:everything"), "{}", said.err);
}

#[test]
fn a_query_is_completed_by_fields_values_lists_and_people() {
    let server = sample().serve();
    let suggested = |typed: &str| -> Vec<Value> {
        let document = server.json(&format!("/api/v1/suggest?q={}", encoded(typed)));
        document["suggestions"].as_array().unwrap().clone()
    };
    let queries = |typed: &str| -> Vec<String> {
        suggested(typed).iter().map(|it| it["query"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(queries("cost su"), ["cost subject:"]);
    assert_eq!(queries("-is:su"), ["-is:summary"]);
    assert_eq!(queries("ipv6 list:bp_ipv6,bp_ge"), ["ipv6 list:bp_ipv6,bp_gender"]);
    assert_eq!(queries("(l:ipv"), ["(list:bp_ipv6"]);
    let people = suggested("author:oko");
    let okoumba = people.iter().find(|it| it["label"].as_str().unwrap().to_lowercase().contains("okoumba")).unwrap();
    let query = okoumba["query"].as_str().unwrap();
    assert_eq!(okoumba["count"].as_u64(), Some(total(query)), "{query}");
    for nothing in ["", "cost ", "\"best pra", "nosuch:x", &"x".repeat(1025)] {
        assert!(suggested(nothing).is_empty(), "{nothing:.20}");
    }
    assert!(!server.get("/api/v1/suggest?q=a").body.contains('@'), "no address is suggested");
}

#[test]
fn the_longest_threads_come_first_and_stay_together() {
    let server = sample().serve();
    let mut threads: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.json(&format!("/api/v1/search?q=*&sort=longest&limit=100&cursor={cursor}"));
        threads.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["thread"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(threads.len(), 230);
    let runs: Vec<(usize, &String)> = threads.chunk_by(|a, b| a == b).map(|run| (run.len(), &run[0])).collect();
    let distinct: std::collections::BTreeSet<&&String> = runs.iter().map(|(_, thread)| thread).collect();
    assert_eq!(distinct.len(), runs.len(), "no thread is torn apart");
    assert!(runs.is_sorted_by_key(|(length, _)| std::cmp::Reverse(*length)), "{runs:?}");
}

#[test]
fn what_a_run_brought_is_found_by_its_name_before_and_after_a_rebuild() {
    let site = Site::with(&[]);
    let mail = |id: &str| {
        let from = "Ada Sample <ada@example.org>";
        crate::harness::mail(id, from, "One", "Thu, 2 Jun 2016 14:03:11 +0000", "", &format!("words of {id}\n"))
    };
    site.put("list", "a.mbox", &mail("a@example.org"));
    let first = site.ingest()["run"].as_str().unwrap().to_owned();
    site.put("list", "b.mbox", &[mail("a@example.org"), mail("b@example.org")].concat());
    let second = site.ingest()["run"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        assert_eq!(site.found(&format!("run:{first}")), site.found("mid:a@example.org"));
        assert_eq!(site.found(&format!("run:{second}")), site.found("mid:b@example.org"));
        assert_eq!(site.found(&format!("run:{}*", &first[..4])).len(), 2);
        assert_eq!(site.run(&["rebuild"]).code, 0);
    }
}

#[test]
fn the_help_on_the_terminal_holds_every_field_and_shells_get_completions() {
    let help = sample().run(&["help", "search"]).out;
    for field in plenary_index::fields::FIELDS {
        assert!(help.contains(field.example) && help.contains(field.help), "{}", field.name);
    }
    for shell in ["bash", "zsh", "fish"] {
        let said = sample().run(&["completions", shell]);
        assert!(said.code == 0 && said.out.contains("ingest"), "{shell}");
    }
    let lines = sample().run(&["search", "--json", "--explain", "-n", "2", "--", "ipv6 cost"]).out;
    let first = json(lines.lines().next().unwrap());
    assert_eq!(first["clauses"].as_array().unwrap().len(), 2);
}
