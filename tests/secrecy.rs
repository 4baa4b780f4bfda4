//! What mail must never be able to do: show an address, or become markup, on any page and in any form.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Page, Server, Site, fixture, json, text};

/// Every address in a text: what stands around an `@`, also as links have it, or around ` at ` before a domain.
fn addresses(text: &str) -> BTreeSet<String> {
    let part = |c: char| c.is_alphanumeric() || "._+-$'=".contains(c);
    let mut found = BTreeSet::new();
    let text = &unescaped(text);
    let joints = ["@", " at ", "--at--"];
    for (at, join) in joints.iter().flat_map(|joint| text.match_indices(joint)) {
        let local =
            text[..at].rfind(|c| !part(c)).map_or(&text[..at], |end| text[end..at].trim_start_matches(|c| !part(c)));
        let after = &text[at + join.len()..];
        let domain = after[..after.find(|c| !part(c)).unwrap_or(after.len())].trim_end_matches('.');
        if !local.is_empty()
            && [".example.", "example."].iter().any(|host| domain.starts_with(host) || domain.contains(host))
        {
            found.insert(format!("{local}@{domain}"));
        }
    }
    found
}

/// A text with `%40` and the like undone, as whoever follows a link reads it.
fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn the_check_for_addresses_sees_them() {
    let text = "<a.b@example.org>, …@example.com; c at lists.example.net. d@host, e%40example.org/f--at--example.com";
    assert_eq!(
        addresses(text).into_iter().collect::<Vec<_>>(),
        ["a.b@example.org", "c@lists.example.net", "e@example.org", "f@example.com"]
    );
}

/// Message-IDs, which look like addresses and are shown whole, for other systems know the message by them: those of the messages,
/// and others that are named in their headers. What else they claim to answer may be somebody's address.
fn known_ids(messages: &[Value], named: &[&str]) -> BTreeSet<String> {
    let own = messages.iter().filter_map(|shown| shown["message_id"].as_str());
    // The last is an example on the help page.
    own.chain(named.iter().copied()).chain(["a1@example.org"]).flat_map(addresses).collect()
}

/// What stands before the `@` in the addresses of a fixture, where it is long enough to say something alone.
fn locals(mail: &str, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let all = addresses(mail);
    let locals = all.difference(ids).filter_map(|address| address.split('@').next());
    locals.filter_map(|local| local.rsplit('=').next()).filter(|local| local.len() > 5).map(str::to_owned).collect()
}

/// Fails where such a word is in a page or above it, as it is written or as it would be in the name of a person or a file.
#[track_caller]
fn check_locals(address: &str, page: &Page, locals: &BTreeSet<String>) {
    for local in locals.iter().flat_map(|local| [local.clone(), local.replace(['.', '_'], "-")]) {
        assert!(!page.body.contains(&local) && !page.head.contains(&local), "{address} has {local}");
    }
}

#[track_caller]
fn check(address: &str, page: &Page, ids: &BTreeSet<String>) {
    assert_eq!(page.status, 200, "{address}");
    // A Message-ID in BibTeX is the same with some signs escaped.
    let body =
        ["$", "_", "&", "#", "%"].iter().fold(page.body.clone(), |body, sign| body.replace(&format!("\\{sign}"), sign));
    let shown: Vec<String> = addresses(&body).difference(ids).cloned().collect();
    assert!(shown.is_empty(), "{address} shows {shown:?}");
}

/// Suffixes of what may be many messages.
const FORMS: [&str; 10] = ["json", "jsonl", "csv", "atom", "mbox", "txt", "md", "bib", "ris", "csl.json"];

/// Addresses of every page and document that holds anything of these messages.
fn forms(messages: &[Value], query: &str) -> Vec<String> {
    let mut all = BTreeSet::new();
    for shown in messages {
        let (id, thread, person) = (text(shown, "id"), text(shown, "thread"), text(&shown["from"], "person"));
        all.extend(["", ".json", ".raw"].map(|form| format!("/m/{id}{form}")));
        all.extend(["txt", "md", "mbox", "bib", "ris", "csl.json"].map(|form| format!("/m/{id}.{form}")));
        for form in FORMS {
            all.extend([format!("/t/{thread}.{form}"), format!("/p/{person}.{form}")]);
        }
        all.extend([format!("/api/v1/messages/{id}"), format!("/t/{thread}"), format!("/p/{person}")]);
        all.extend([format!("/api/v1/threads/{thread}"), format!("/t/{thread}?view=flat")]);
        for list in shown["lists"].as_array().unwrap() {
            let list = list.as_str().unwrap();
            all.insert(format!("/l/{list}/"));
            all.extend(FORMS.map(|form| format!("/l/{list}.{form}")));
            if let Some(date) = shown["date"].as_str() {
                all.extend([
                    format!("/l/{list}/{}/", &date[..4]),
                    format!("/l/{list}/{}/{}/", &date[..4], &date[5..7]),
                ]);
            }
        }
    }
    all.extend(
        ["/", "/about", "/help/search", "/api/v1/lists", "/metrics", "/runs/", "/api/v1/runs"].map(String::from),
    );
    all.extend(FORMS.map(|form| format!("/search.{form}?q=in:everything+{query}")));
    for form in ["/search", "/search.json", "/api/v1/search"] {
        all.extend([format!("{form}?q={query}&limit=100"), format!("{form}?q=in:everything+{query}")]);
    }
    all.into_iter().collect()
}

/// Addresses of the pages of all runs.
fn runs(server: &Server) -> Vec<String> {
    let listed = server.json("/api/v1/runs");
    let names = listed["runs"].as_array().unwrap().iter().map(|run| text(run, "run"));
    names.flat_map(|run| [format!("/runs/{run}"), format!("/runs/{run}.json"), format!("/api/v1/runs/{run}")]).collect()
}

fn messages(site: &Site, server: &Server) -> Vec<Value> {
    site.found("*").iter().map(|id| server.json(&format!("/api/v1/messages/{id}"))).collect()
}

#[test]
fn nothing_of_the_sample_shows_an_address_in_any_form() {
    let site = Site::shared_sample();
    let server = site.serve();
    let messages = messages(site, &server);
    let named = messages.iter().flat_map(|shown| shown["references"].as_array().unwrap()).filter_map(Value::as_str);
    // What the sample's messages answer and it does not hold has such a name.
    let lost: Vec<&str> = named.filter(|id| id.starts_with("lost.")).collect();
    let ids = known_ids(&messages, &lost);
    for address in forms(&messages, "ipv6").into_iter().chain(runs(&server)) {
        check(&address, &server.get(&address), &ids);
    }
}

#[test]
fn addresses_in_every_place_of_a_message_are_masked_in_every_form() {
    let site =
        Site::of(&[("quay", "addresses.mbox"), ("quay", "pipermail-masked.txt"), ("pier", "pipermail-raw.mbox")]);
    let server = site.serve();
    let messages = messages(&site, &server);
    let ids = known_ids(&messages, &["masking-parent@example.org"]);
    assert_eq!(ids.len(), 5, "{ids:?}");
    let written = String::from_utf8(fixture("addresses.mbox")).unwrap();
    let locals = locals(&written, &ids);
    assert_eq!(locals.len(), 18, "{locals:?}");
    for address in forms(&messages, "buoys").into_iter().chain(runs(&server)) {
        let page = server.get(&address);
        check(&address, &page, &ids);
        check_locals(&address, &page, &locals);
    }
    let hits = server.json("/api/v1/search?q=in:everything+buoys");
    assert_eq!(hits["total"], 1, "the message is found, so something was checked");
    assert!(hits["hits"][0].to_string().contains("…@example."), "its snippet shows a masked address: {hits}");
}

#[test]
fn who_has_no_name_is_shown_by_a_shortened_address_and_found_by_the_whole_one() {
    let site = Site::of(&[("quay", "addresses.mbox")]);
    let server = site.serve();
    let id = site.found("from:ann.secretive").remove(0);
    for query in ["to:cara.hidden", "to:hidden.list"] {
        assert_eq!(site.found(query), [id.as_str()], "{query}");
    }
    let from = server.json(&format!("/api/v1/messages/{id}"))["from"].clone();
    let person = text(&from, "person");
    assert_eq!(from["name"], "ann…@example.org");
    let own = person.strip_prefix("ann-example-org-").unwrap_or_else(|| panic!("{person}"));
    let page = server.get(&format!("/m/{id}")).body;
    for shown in ["ann…@example.org", "Ben Hidden, hid…@lists.example.net, car…@example.net"] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    assert!(!page.contains("(…@example.org)"), "the domain stands beside a name that has it: {page}");
    // Links to what the person was called before.
    let before = format!("ann-secretive-{own}");
    let led = server.get(&format!("/p/{before}"));
    assert_eq!(led.status, 307);
    assert!(led.head.contains(&format!("location: /p/{person}\r\n")), "{}", led.head);
    assert_eq!(site.found(&format!("person:{before}")), [id.as_str()]);
}

#[test]
fn addresses_in_base64_and_quoted_printable_are_masked_where_a_message_is_shown_as_it_came() {
    let site = Site::of(&[("quay", "addresses-encoded.mbox")]);
    let server = site.serve();
    let messages = messages(&site, &server);
    let ids = known_ids(&messages, &[]);
    let written = String::from_utf8(fixture("addresses-encoded.mbox")).unwrap();
    // Lines and words in which addresses are written so that nobody sees them.
    let signs = |text: &str| -> Vec<String> {
        let is_sign = |word: &&str| word.contains("=40") || (word.len() > 20 && word.bytes().all(is_base64));
        text.split([' ', '\n', '?', '"']).filter(is_sign).map(str::to_owned).collect()
    };
    let hidden = signs(&written);
    assert_eq!(hidden.len(), 6, "{hidden:?}");
    for address in forms(&messages, "moorings") {
        let page = server.get(&address);
        check(&address, &page, &ids);
        hidden.iter().for_each(|sign| assert!(!page.body.contains(sign), "{address} has {sign}"));
    }
    let raw = server.get(&format!("/m/{}.raw", text(&messages[0], "id"))).body;
    assert!(raw.contains("Content-Transfer-Encoding: base64") && raw.contains("…@example.org"), "{raw}");
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// What must not stand in a page as it stands in the mail.
const VECTORS: [&str; 9] = [
    "<script>alert",
    "<img src=x",
    "<b onmouseover",
    "<svg onload",
    "=\"javascript:",
    "='javascript:",
    "\"onmouseover=\"",
    "onerror=\"",
    "\"><script",
];

#[test]
fn no_part_of_a_message_becomes_markup_in_any_form() {
    let site = Site::of(&[("quay", "xss.mbox")]);
    let server = site.serve();
    let messages = messages(&site, &server);
    assert_eq!(messages.len(), 2);
    let mut pages = 0;
    for address in
        forms(&messages, "vector").into_iter().chain(["/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".into()])
    {
        let page = server.get(&address);
        let head = page.head.as_str();
        assert_eq!(page.status, 200, "{address}");
        assert!(
            head.contains("x-content-type-options: nosniff")
                && head.contains("content-security-policy: default-src 'none'"),
            "{address}: {head}"
        );
        if head.contains("content-type: text/html") {
            pages += 1;
            VECTORS.iter().for_each(|vector| assert!(!page.body.contains(vector), "{address} has {vector}"));
        } else if head.contains("content-type: application/json\r") {
            json(&page.body);
        } else if head.contains("content-type: application/atom+xml") {
            roxmltree::Document::parse(&page.body).unwrap_or_else(|error| panic!("{address}: {error}"));
        } else {
            // What no browser takes for a page, and if one did, could do nothing.
            let inert = head.contains("content-type: text/plain") || head.contains("default-src 'none'; sandbox");
            assert!(inert && !head.contains("html"), "{address}: {head}");
        }
    }
    assert!(pages > 10, "{pages} pages were looked at");
    let page = server.get(&format!("/m/{}", text(&messages[0], "id"))).body;
    assert!(page.contains("&lt;script&gt;alert") || page.contains("&#60;script&#62;alert"), "it is shown as text");
}

#[test]
fn pages_allow_nothing_from_elsewhere_and_nothing_inline() {
    let server = Site::shared_sample().serve();
    for address in ["/", "/search?q=ipv6", "/nowhere", "/healthz", "/api/v1/lists", "/static/style.css"] {
        let head = server.get(address).head;
        let policy = head
            .lines()
            .find_map(|line| line.strip_prefix("content-security-policy: "))
            .unwrap_or_else(|| panic!("{address}: {head}"));
        assert!(policy.starts_with("default-src 'none'"), "{address}: {policy}");
        for hole in ["unsafe", "http", "*", "blob:"] {
            assert!(!policy.contains(hole), "{address}: {policy}");
        }
    }
}
