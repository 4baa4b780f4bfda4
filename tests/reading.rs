//! Messages, threads, lists and people as somebody reads them: snapshots of whole pages, and what leads where.

use crate::harness::{Server, Site, mail, text};

/// What is between `<main>` and `</main>`, with nothing in it that depends on where or when the test runs.
fn main_of(server: &Server, address: &str) -> String {
    let page = server.get(address);
    assert_eq!(page.status, 200, "{}", page.body);
    let start = page.body.find("<main").unwrap();
    let end = page.body.find("</main>").unwrap();
    // A chunked answer has its lengths between the lines.
    let lines = page.body[start..end].lines().filter(|line| !line.trim().is_empty());
    let lines = lines.filter(|line| !(line.len() < 6 && line.trim().bytes().all(|byte| byte.is_ascii_hexdigit())));
    lines.map(str::trim_end).collect::<Vec<_>>().join("\n").replace(&server.address, "HOST")
}

fn conversation() -> (Site, Vec<String>) {
    let site = Site::of(&[("harbour", "conversation.mbox")]);
    let ids = site.found("list:harbour");
    assert_eq!(ids.len(), 3);
    (site, ids)
}

#[test]
fn a_message_looks_like_this() {
    let (site, ids) = conversation();
    let server = site.serve();
    insta::assert_snapshot!("message", main_of(&server, &format!("/m/{}", ids[1])));
}

#[test]
fn a_thread_looks_like_this_and_its_digest_like_that() {
    let (site, ids) = conversation();
    let server = site.serve();
    insta::assert_snapshot!("thread", main_of(&server, &format!("/t/{}", ids[0])));
    insta::assert_snapshot!("digest", main_of(&server, &format!("/t/{}?text=own", ids[0])));
}

#[test]
fn quotations_name_and_link_the_paragraph_they_come_from() {
    let (site, ids) = conversation();
    let server = site.serve();
    let second = server.get(&format!("/m/{}", ids[1])).body;
    assert!(second.contains("Quoted 6 lines from <bdi>Ann Example</bdi>, 1 Jun 2015"), "{second}");
    assert!(second.contains(&format!("href=\"/m/{}#p2\"", ids[0])), "{second}");
    let third = server.get(&format!("/m/{}", ids[2])).body;
    // Ann's words, as Ben quoted them, and then Ben's own.
    assert!(third.contains(&format!("href=\"/m/{}#p2\"", ids[0])), "{third}");
    assert!(third.contains(&format!("href=\"/m/{}#p1\"", ids[1])), "{third}");
    for paragraph in ["id=\"p1\"", "id=\"p2\""] {
        assert!(second.contains(paragraph), "{paragraph} is there to be linked to");
    }
}

#[test]
fn a_message_has_neighbours_replies_and_headers() {
    let (site, ids) = conversation();
    let server = site.serve();
    let page = server.get(&format!("/m/{}", ids[1])).body;
    let list = &page[page.find("aria-label=\"In harbour, by date\"").unwrap()..];
    let (before, after) = (list.find(&format!("/m/{}", ids[0])), list.find(&format!("/m/{}", ids[2])));
    assert!(before.unwrap() < after.unwrap());
    assert!(page.contains("Replies: ") && page.contains("Cara Testwell"));
    let headers = &page[page.find("All headers").unwrap()..];
    assert!(headers.contains("In-Reply-To: &#60;talk-1@example.org&#62;"), "{headers}");
    assert!(headers.contains("…@example.com") && !headers.contains("ben@"), "{headers}");
}

#[test]
fn lists_lead_to_years_months_and_days() {
    let (site, ids) = conversation();
    let server = site.serve();
    let whole = server.get("/l/harbour/").body;
    assert!(whole.contains("Longest threads") && whole.contains("3 messages, 1 Jun 2015"), "{whole}");
    assert!(whole.contains("Most active people") && whole.contains("of 3 people"));
    let month = server.get("/l/harbour/2015/06/").body;
    assert!(
        month.contains("/l/harbour/2015/06/02/") && month.contains("Messages on 3 of the 30 days of June 2015."),
        "{month}"
    );
    let day = server.get("/l/harbour/2015/06/02/?view=dates").body;
    assert!(day.contains("<h1>2 June 2015</h1>") && day.contains(&format!("/m/{}", ids[1])), "{day}");
    assert!(day.contains("href=\"/l/harbour/2015/06/01/\"") && day.contains("href=\"/l/harbour/2015/06/03/\""));
    for nowhere in ["/l/harbour/2015/06/31/", "/l/harbour/2015/06/0/", "/l/harbour/2015/02/29/", "/l/harbour/2015/0/1/"]
    {
        assert_eq!(server.get(nowhere).status, 404, "{nowhere}");
    }
}

#[test]
fn the_overview_says_what_continues_what_in_both_directions() {
    let server = Site::shared_sample().serve();
    for address in ["/", "/l/"] {
        let page = server.get(address).body;
        assert!(page.contains("continued by <a href=\"/l/bp_gender/\">"), "{address}");
        assert!(page.contains("continues <a href=\"/l/bp_counteringabuse/\">"), "{address}");
    }
    assert_eq!(server.get("/l").status, 308);
}

#[test]
fn a_person_is_shown_with_whom_they_answer_and_who_answers() {
    let (site, ids) = conversation();
    let server = site.serve();
    let person = text(&site.show(&ids[1])["from"], "person");
    let page = server.get(&format!("/p/{person}")).body;
    let answered = &page[page.find("Most often replied to").unwrap()..];
    let by = answered.find("Who replied most").unwrap();
    assert!(answered[..by].contains("Ann Example"), "{answered}");
    assert!(answered[by..].contains("Cara Testwell"), "{answered}");
}

#[test]
fn gaps_and_weak_joins_are_marked() {
    let site = Site::of(&[("gap", "missing-parent.mbox"), ("weak", "weak-subject.mbox")]);
    let server = site.serve();
    let gap = server.get(&format!("/t/{}", site.found("list:gap").remove(0))).body;
    assert!(gap.contains("A message that others answer is not in the archive"), "{gap}");
    let ids = site.found("list:weak");
    let weak = server.get(&format!("/t/{}", ids[0])).body;
    assert!(weak.contains("joined by its subject alone"), "{weak}");
    assert!(weak.contains("Continues in, by subject:"), "the same subject begins another thread a day later: {weak}");
    let own = server.get(&format!("/m/{}", site.found("is:weak").remove(0))).body;
    assert!(own.contains("its subject alone joins it to"), "{own}");
    let last = site.found("list:weak subject:lanterns is:root");
    let again = server.get(&format!("/t/{}", last[1])).body;
    assert!(again.contains("Starts from, by subject:"), "{again}");
}

#[test]
fn a_paragraph_is_cited_by_its_number_on_the_page() {
    let (site, ids) = conversation();
    let server = site.serve();
    let whole = server.get(&format!("/m/{}", ids[0])).body;
    assert!(whole.contains("href=\"?p=2#p2\"") && whole.contains("To cite one paragraph"), "{whole}");
    let second = server.get(&format!("/m/{}?p=2", ids[0])).body;
    assert!(second.contains("cited\" id=\"p2\"") && second.matches(" cited\"").count() == 1, "{second}");
    assert!(second.contains("This cites ¶2.") && second.contains(&format!("{}#p2</bdi>", ids[0])), "{second}");
    // No such paragraph: the whole message is cited, and nothing is marked.
    let none = server.get(&format!("/m/{}?p=99", ids[0])).body;
    assert!(!none.contains(" cited\"") && none.contains("To cite one paragraph"), "{none}");
}

#[test]
fn a_reply_says_whom_it_answers_and_paper_gets_whole_addresses() {
    let (site, ids) = conversation();
    let server = site.serve();
    let thread = server.get(&format!("/t/{}", ids[0])).body;
    assert!(thread.contains("in reply to <bdi>Ann Example</bdi>"), "{thread}");
    assert!(thread.contains(&format!("data-at=\"http://{}/m/{}\"", server.address, ids[1])), "{thread}");
}

#[test]
fn an_address_that_only_this_machine_can_follow_is_said_to_be_one() {
    let (site, ids) = conversation();
    assert!(site.serve().get(&format!("/m/{}", ids[0])).body.contains("works on this machine only"));
}

#[test]
fn years_lead_to_months_and_an_empty_day_to_its_neighbours() {
    let server = Site::shared_sample().serve();
    let year = server.get("/l/bp_ipv6/2016/").body;
    assert!(year.contains("<a href=\"/l/bp_ipv6/2016/07/\">July</a> (10)"), "{year}");
    assert!(year.contains("more in 2016"), "{year}");
    assert!(server.get("/l/bp_ipv6/2016/07/").body.contains("more in July"));
    // No message of July came before the second: the day before is in June.
    let day = server.get("/l/bp_ipv6/2016/07/02/").body;
    assert!(day.contains("No messages on this day.") && !day.contains("0 messages"), "{day}");
    for near in ["/l/bp_ipv6/2016/06/22/", "/l/bp_ipv6/2016/07/08/"] {
        assert!(day.contains(near), "{near}: {day}");
    }
}

#[test]
fn a_page_of_a_month_after_the_last_leads_to_the_last() {
    let server = Site::shared_sample().serve();
    for (address, last) in [
        ("/l/bp_ipv6/2016/07/?page=99", "/l/bp_ipv6/2016/07/"),
        ("/l/bp_ipv6/2016/?view=dates&page=999999", "/l/bp_ipv6/2016/?view=dates"),
    ] {
        let page = server.get(address).body;
        assert!(page.contains("There is no page") && page.contains(&format!("ends on <a href=\"{last}")), "{page}");
        assert!(page.contains("search in these") && !page.contains("The nearest with messages"), "{page}");
    }
    let none = server.get("/l/bp_ipv6/2016/07/02/?page=99").body;
    assert!(none.contains("No messages on this day.") && !none.contains("There is no page"), "{none}");
}

#[test]
fn what_a_message_has_too_much_of_is_said() {
    let names: Vec<String> = (1..=25).map(|n| format!("Person {n} <p{n}@example.org>")).collect();
    let date = "Wed, 3 Jun 2015 09:00:00 +0000";
    let wide = mail(
        "wide@example.org",
        "Ann <ann@example.org>",
        "Wide",
        date,
        &format!("Cc: {}\n", names.join(",\n ")),
        "Words.",
    );
    let rivals: Vec<u8> = (0..8)
        .flat_map(|n| {
            mail(
                "same@example.org",
                "Ann <ann@example.org>",
                "Same",
                date,
                "",
                &format!("Other words {n}, many of them."),
            )
        })
        .collect();
    let site = Site::with(&[("a", "same.mbox", &rivals)]);
    for list in ["a", "b", "c", "d", "e", "f"] {
        site.put(list, "wide.mbox", &wide);
    }
    site.ingest();
    let server = site.serve();
    let id = text(&site.show("wide@example.org"), "id");
    let page = server.get(&format!("/m/{id}")).body;
    assert!(page.contains(&format!("Person 19</bdi> <a href=\"/m/{id}.raw\">and 6 more</a>")), "{page}");
    assert!(server.get(&format!("/m/{id}.raw")).body.contains("Person 25"));
    assert_eq!(page.matches("by date\"><b>In ").count(), 4, "{page}");
    for rest in ["e", "f"] {
        assert!(page.contains(&format!("<a href=\"/l/{rest}/2015/06/\"><bdi>{rest}</bdi></a>")), "{rest}: {page}");
    }
    let same = site.found("mid:same@example.org");
    assert_eq!(same.len(), 8);
    let page = server.get(&format!("/m/{}", same[0])).body;
    assert!(page.contains("Other messages claim") && page.contains("the first 5 of them"), "{page}");
    let all = page.split("of them; <a href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let found = server.get(&all).body;
    for id in same {
        assert!(found.contains(&format!("/m/{id}")), "{all} has {id}");
    }
}

#[test]
fn two_messages_with_one_id_say_how_they_differ() {
    let site = Site::of(&[("quay", "same-id-other-words.mbox")]);
    let server = site.serve();
    for id in site.found("is:conflict") {
        let page = server.get(&format!("/m/{id}")).body;
        assert!(page.contains("dredge the northern") && page.contains("abandon the northern"), "{page}");
        assert!(page.contains("10 words, as here") && page.contains("found in quay/"), "{page}");
    }
}
