//! Pages: every kind answers, says what must be said, and stays ours whatever the mail holds.

use crate::harness::{Page, Site, mail, text};

const DAY: &str = "Thu, 02 Jun 2016 12:03:11 +0200";

/// An address of every kind of page.
fn addresses() -> Vec<String> {
    let site = Site::shared_sample();
    let id = site.found("has:attachment is:reply OR has:attachment").remove(0);
    let shown = site.show(&id);
    let person = text(&shown["from"], "person");
    [
        "/".into(),
        "/search?q=ipv6".into(),
        "/search?q=nothingatall".into(),
        format!("/m/{id}"),
        format!("/t/{id}"),
        "/l/bp_ipv6/".into(),
        "/l/bp_ipv6/2016/".into(),
        "/l/bp_ipv6/2016/07/".into(),
        format!("/p/{person}"),
        "/help/search".into(),
        "/about".into(),
    ]
    .into()
}

#[track_caller]
fn check_page(address: &str, page: &Page) {
    assert_eq!(page.status, 200, "{address}");
    assert_eq!(page.body.matches("<h1").count(), 1, "{address} has one h1");
    assert!(page.body.contains("invented"), "{address} says that the messages are invented");
    assert!(
        page.body.contains("<main") && page.body.contains("class=\"skip\""),
        "{address} has landmarks and a skip link"
    );
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
    ] {
        assert!(page.head.contains(header), "{address} lacks {header}: {}", page.head);
    }
    assert!(
        !page.body.contains(" style=") && !page.body.contains("<style") && !page.body.contains(" onclick="),
        "{address} has inline style or script"
    );
    assert_eq!(
        page.body.matches("<script").count(),
        page.body.matches("<script src=\"/static/").count(),
        "{address} has a script of its own"
    );
}

#[test]
fn every_kind_of_page_answers_and_keeps_the_rules() {
    let server = Site::shared_sample().serve();
    for address in addresses() {
        check_page(&address, &server.get(&address));
    }
}

#[test]
fn no_page_and_no_form_of_one_shows_an_address() {
    let site = Site::shared_sample();
    let server = site.serve();
    let mut forms = addresses();
    for id in site.found("*").into_iter().take(40) {
        forms.extend([format!("/m/{id}"), format!("/m/{id}.json"), format!("/t/{id}.json")]);
    }
    forms.push("/api/v1/search?q=*&limit=100".into());
    for address in forms {
        let page = server.get(&address);
        for local in ["brigida@", "okoumba@", "ishani@", "ronan@", "nkiru@", "idris@", "joseph@"] {
            assert!(!page.body.contains(local), "{address} shows {local}");
        }
    }
}

#[test]
fn what_is_not_there_is_a_page_that_helps() {
    let server = Site::shared_sample().serve();
    let page = server.get("/m/zzzz");
    assert_eq!(page.status, 404);
    assert!(page.body.contains("<form"), "it offers a search");
    for (address, helps) in [
        ("/search.zip", "<code>.csv</code>"),
        ("/m/zzzz.csv", "<code>.bib</code>"),
        ("/l/bp_ipv6.pdf/", "<code>.mbox</code>"),
        ("/l/nope/", "The lists of this archive"),
        ("/p/nobody", "<code>from:</code>"),
        ("/runs/nope", "All runs"),
        ("/nowhere", "cut in a mail"),
    ] {
        let page = server.get(address);
        assert!(page.status == 404 && page.body.contains(helps), "{address}: {}", page.body);
        assert!(page.body.contains("<title>Not found – "), "{address}");
    }
    assert_eq!(server.get("/api/v1/messages/zzzz").status, 404);
    assert!(server.get("/api/v1/messages/zzzz").head.contains("application/problem+json"));
}

#[test]
fn nonsense_in_parameters_is_never_an_error_of_ours() {
    let server = Site::shared_sample().serve();
    let (long, brackets) = ("word+".repeat(1_000), "%28".repeat(800));
    for address in [
        &format!("/search?q={long}"),
        &format!("/search?q={brackets}"),
        &format!("/api/v1/search?q={brackets}&limit=999999"),
        &format!("/m/{}", "a".repeat(5_000)),
        "/search?q=%ff%fe",
        "/search?page=-1",
        "/search?page=99999999999999999999",
        "/search?sort=sideways&group=what",
        "/search?q=a&q=b&&&=",
        "/api/v1/search?limit=999999",
        "/api/v1/search?cursor=zzz",
        "/t/zzzz?page=0",
        "/l/bp_ipv6/2016/13/",
        "/l/bp_ipv6/abcd/",
        "/l/..%2f..%2fetc/",
        "/p/%00",
        "/m/%3Cscript%3E",
        "/static/../config.toml",
    ] {
        let status = server.get(address).status;
        assert!((200..500).contains(&status), "{address}: {status}");
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let server = Site::shared_sample().serve();
    let tag = server.get("/about").tag.expect("an etag");
    assert_eq!(server.get_with("/about", &format!("If-None-Match: {tag}\r\n")).status, 304);
    assert_eq!(server.get_with("/about", "If-None-Match: \"other\"\r\n").status, 200);
}

#[test]
fn markup_in_mail_stays_text_on_every_page() {
    let vector = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    let from = format!("\"{vector}\" <mallory@example.org>");
    let more = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
    let body = format!(
        "--b\nContent-Type: text/plain\n\nhello {vector} javascript:alert(3)\n\n> {vector}\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=\"<svg onload=alert(4)>.html\"\n\n{vector}\n--b--"
    );
    let dump = mail("\"><script>alert(5)</script>@example.org", &from, vector, DAY, more, &body);
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    site.ingest();
    let id = site.found("hello").remove(0);
    let shown = site.show(&id);
    let server = site.serve();
    let person = text(&shown["from"], "person");
    for address in [
        "/".into(),
        "/search?q=hello".into(),
        "/search?q=%3Cscript%3Ealert(6)%3C/script%3E".into(),
        format!("/m/{id}"),
        format!("/t/{id}"),
        "/l/l/".into(),
        "/l/l/2016/06/".into(),
        format!("/p/{person}"),
    ] {
        let page = server.get(&address);
        assert_eq!(page.status, 200, "{address}");
        for raw in ["<script>alert", "<img src=x", "<svg onload", "href=\"javascript:"] {
            assert!(!page.body.contains(raw), "{address} has {raw}");
        }
    }
    assert!(server.get(&format!("/m/{id}.json")).head.contains("application/json"));
    let raw = server.get(&format!("/m/{id}.raw"));
    assert!(raw.head.contains("content-type: text/plain") && raw.head.contains("nosniff"), "{}", raw.head);
    let part = shown["attachments"][0]["url"].as_str().unwrap();
    let part = &part[part.find("/m/").unwrap()..];
    let file = server.get(part);
    assert_eq!(file.status, 200, "{part}");
    assert!(
        file.head.contains("content-disposition: attachment") && file.head.contains("application/octet-stream"),
        "{}",
        file.head
    );
    assert_eq!(file.head.matches("content-disposition").count(), 1);
}

#[test]
fn deep_and_wide_threads_are_paged() {
    let mut dump = Vec::new();
    for i in 0..3_000 {
        let more = if i == 0 { String::new() } else { format!("In-Reply-To: <m{}@example.org>\n", i - 1) };
        dump.extend(mail(&format!("m{i}@example.org"), "Ada <ada@example.org>", "Re: Deep", DAY, &more, "Words."));
    }
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    site.ingest();
    let server = site.serve();
    let id = site.found("*").remove(0);
    let page = server.get(&format!("/t/{id}"));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("page=2"), "there are further pages");
    assert_eq!(server.json(&format!("/api/v1/threads/{id}"))["total"].as_u64(), Some(3_000));
}

#[test]
fn a_page_further_than_hits_can_be_paged_to_shows_none_and_says_so() {
    let dump: Vec<u8> = (0..10_001)
        .flat_map(|i| mail(&format!("m{i}@example.org"), "Ada <ada@example.org>", "Tide", DAY, "", "Words."))
        .collect();
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    site.ingest();
    let server = site.serve();
    let last = server.get("/search?group=none&page=500").body;
    assert!(last.contains("class=\"hit") && !last.contains("There is no page"), "{last}");
    let after = server.get("/search?group=none&page=501").body;
    assert!(after.contains("There is no page 501") && after.contains("though there is more"), "{after}");
    assert!(!after.contains("class=\"hit"), "{after}");
}

#[test]
fn a_reply_loop_and_a_missing_parent_are_drawn_once_each() {
    let reply = |id: &str, to: &str| {
        mail(id, "Ada <ada@example.org>", "Re: Loop", DAY, &format!("In-Reply-To: <{to}>\n"), "Words.")
    };
    let dump = [
        reply("a@example.org", "b@example.org"),
        reply("b@example.org", "a@example.org"),
        reply("c@example.org", "gone@example.org"),
        reply("d@example.org", "gone@example.org"),
        reply("self@example.org", "self@example.org"),
    ]
    .concat();
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    site.ingest();
    let drawn = |id: &str| site.run(&["thread", id]).out;
    assert_eq!(drawn("a@example.org").matches("/m/").count(), 2);
    let orphans = drawn("c@example.org");
    assert_eq!((orphans.matches("/m/").count(), orphans.matches("not in the archive").count()), (2, 1), "{orphans}");
}

#[test]
fn the_server_sees_a_commit_of_another_process_and_stops_when_asked() {
    let site =
        Site::with(&[("l", "a.mbox", &mail("a@example.org", "Ada <ada@example.org>", "One", DAY, "", "Alpha."))]);
    site.ingest();
    let mut server = site.serve();
    assert_eq!(server.json("/api/v1/search?q=*")["total"].as_u64(), Some(1));
    site.put("l", "b.mbox", &mail("b@example.org", "Ada <ada@example.org>", "Two", DAY, "", "Beta."));
    site.ingest();
    let seen = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        server.json("/api/v1/search?q=*")["total"].as_u64() == Some(2)
    });
    assert!(seen, "the new message is served without a restart");
    assert_eq!(server.stop(), Some(0));
}
