//! What pages weigh on the way to a browser, and how many requests they cause: budgets for poor connections.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use crate::harness::{Server, Site, mail};

/// Bytes of a body as it is sent to a browser that unpacks gzip.
#[track_caller]
fn weight(server: &Server, path: &str) -> usize {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    assert!(text.contains(" 200 ") && text.contains("content-encoding: gzip"), "{path}: {text}");
    answer.len() - head - 4
}

#[track_caller]
fn check(server: &Server, path: &str, most: usize) {
    let weight = weight(server, path);
    assert!(weight <= most, "{path} weighs {weight} bytes, more than {most}");
}

/// Words without end, different every time, as prose is.
fn prose(seed: usize, words: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "ka", "lo", "mi", "ren", "tas", "vo", "ul", "ber", "sin", "da", "pho", "gar", "ne", "ti", "wu", "ex", "om",
        "ri", "cla", "du", "est", "fa", "ju", "ple",
    ];
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut text = String::new();
    for n in 0..words {
        (0..1 + next() % 3).for_each(|_| text.push_str(SYLLABLES[next() % SYLLABLES.len()]));
        text.push(if n % 11 == 10 { '\n' } else { ' ' });
        if n % 55 == 54 {
            text.push('\n');
        }
    }
    text
}

#[test]
fn sheet_and_script_are_small() {
    let server = Site::shared_sample().serve();
    check(&server, "/static/style.css", 10_000);
    check(&server, "/static/plenary.js", 12_000);
}

#[test]
fn pages_of_results_are_small() {
    let server = Site::shared_sample().serve();
    for page in
        ["/", "/l/", "/search?q=ipv6", "/search?q=*", "/l/bp_ipv6/", "/l/bp_ipv6/2016/07/", "/help/search", "/about"]
    {
        check(&server, page, 25_000);
    }
}

/// Fifty messages, of the length and with the quotations that they have on real lists.
#[test]
fn a_thread_of_fifty_is_small() {
    let mut dump = Vec::new();
    for n in 0..50_usize {
        let name = format!("{} {}", prose(n % 9, 1).trim(), prose(n % 9 + 50, 1).trim());
        let before = prose(n.saturating_sub(1), 90);
        let quoted: String = before.lines().take(6).map(|line| format!("> {line}\n")).collect();
        let more = if n == 0 { String::new() } else { format!("In-Reply-To: <w{}@example.org>\n", n - 1) };
        let body = format!("On Thu, 2 Jun 2016, {name} wrote:\n{quoted}\n{}", prose(n, 90));
        let date = format!("Thu, 02 Jun 2016 12:{n:02}:00 +0000");
        dump.extend(mail(
            &format!("w{n}@example.org"),
            &format!("{name} <w{}@example.org>", n % 9),
            "Re: Weight",
            &date,
            &more,
            &body,
        ));
    }
    let site = Site::with(&[("l", "a.mbox", &dump)]);
    site.ingest();
    let id = site.found("*").remove(0);
    let server = site.serve();
    check(&server, &format!("/t/{id}"), 40_000);
    check(&server, &format!("/t/{id}?text=own"), 40_000);
    assert!(weight(&server, &format!("/t/{id}")) > 10_000, "the test weighs something");
}

#[test]
fn no_page_causes_more_than_four_requests() {
    let server = Site::shared_sample().serve();
    let id = Site::shared_sample().found("ipv6").remove(0);
    for page in ["/", "/l/", "/search?q=ipv6", &format!("/m/{id}"), &format!("/t/{id}"), "/l/bp_ipv6/", "/about"] {
        let body = server.get(page).body;
        let count = |what: &str| body.matches(what).count();
        let requests = 1 + count("rel=\"stylesheet\"") + count("rel=\"icon\"") + count("<script src");
        let others = ["<img", "<iframe", "<object", "<embed", "<video", "<audio", "rel=\"preload\"", "@import"];
        let more: usize = others.iter().map(|what| count(what)).sum();
        assert!(requests + more <= 4, "{page}: {requests} and {more}");
    }
}
