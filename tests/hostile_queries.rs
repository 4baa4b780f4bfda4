//! Every hostile query, address and request of the corpus, sent to the real server, which has to live on after each.
#![allow(clippy::print_stdout, reason = "a test that does nothing says why")]

use std::{
    env, fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::PathBuf,
    time::Duration,
};

use serde_json::Value;

use crate::harness::{Server, Site, json, repository, text};

/// The lines of a file of hostile queries; none, with a sentence, where there is no corpus.
fn lines(name: &str) -> Vec<Value> {
    let Some(corpus) = env::var_os("PLENARY_CORPUS") else {
        println!("left out: PLENARY_CORPUS does not name the folder of the real archives");
        return Vec::new();
    };
    let path: PathBuf = repository().join(corpus).join("hostile/queries").join(name);
    let lines = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Half of a surrogate pair is no text that a program can hold or a browser send; the mark for it goes in its place.
    lines.lines().map(|line| json(&line.replace(r#""\ud83d""#, r#""\ufffd""#))).collect()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Sends bytes as they are, and with `cut` nothing after them, ever; gives the status and the body, as far as they came. A server may hang
/// up on what it refuses, and on somebody who has hung up.
fn send(server: &Server, bytes: &[u8], cut: bool) -> (u16, String) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = stream.write_all(bytes);
    if cut {
        let _ = stream.shutdown(std::net::Shutdown::Write);
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert_ne!(error.kind(), ErrorKind::WouldBlock, "no answer at all"),
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
}

fn get(server: &Server, path: &str) -> (u16, String) {
    send(server, format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").as_bytes(), false)
}

#[track_caller]
fn lives(server: &Server, after: &str) {
    assert_eq!(get(server, "/healthz"), (200, "ok\n".to_owned()), "after {after}");
}

#[test]
fn hostile_queries_are_answered_and_harm_nothing() {
    let queries = lines("queries.jsonl");
    let site = Site::shared_sample();
    let server = site.serve();
    for line in &queries {
        let (id, typed) = (text(line, "id"), text(line, "q"));
        for form in ["/search?q=", "/api/v1/search?q="] {
            let address = format!("{form}{}", encoded(&typed));
            let (status, body) = get(&server, &address);
            // What does not fit into a request line is refused by its length.
            let refused = address.len() > 8_000 && [0, 400, 414, 431].contains(&status);
            assert!(status == 200 || refused, "{id} at {form}: {status}");
            // JSON says what was asked as it is, in strings; no browser takes it for a page.
            let markup = body.contains("<script>alert") || body.contains("<img src=x");
            assert!(form.starts_with("/api") || !markup, "{id} at {form} is reflected");
            if status == 200 && form.starts_with("/api") {
                let answer = json(&body);
                assert!(answer["total"].is_u64() && answer["query"]["text"].is_string(), "{id}");
            }
            lives(&server, &id);
        }
        // No program can be given a NUL, nor a word of more than 128 KiB.
        if !typed.contains('\0') && typed.len() < 100_000 {
            let said = site.run(&["search", "--json", "-n", "3", "--", &typed]);
            // 2: nothing was asked for.
            assert!([0, 1, 2].contains(&said.code), "{id} on the command line: exit {}, {}", said.code, said.err);
            assert!(!said.err.contains("panicked"), "{id}: {}", said.err);
        }
    }
    if !queries.is_empty() {
        assert!(queries.len() >= 254);
    }
}

#[test]
fn hostile_addresses_get_a_page_of_ours_and_no_file() {
    let site = Site::shared_sample();
    let server = site.serve();
    for line in lines("paths.jsonl") {
        let (id, path) = (text(&line, "id"), text(&line, "path"));
        let (status, body) = get(&server, &path);
        assert!(status < 500, "{id}: {status} for {path}");
        assert!(!body.contains("root:x:0") && !body.contains("[workspace]"), "{id} gives a file");
        lives(&server, &id);
    }
}

#[test]
fn hostile_requests_are_refused_or_answered() {
    let site = Site::shared_sample();
    let server = site.serve();
    for line in lines("raw_http.jsonl") {
        let (id, raw) = (text(&line, "id"), text(&line, "raw"));
        let (status, body) = send(&server, raw.as_bytes(), true);
        assert!(status < 500, "{id}: {status}");
        assert!(!body.contains("evil.test"), "{id} is reflected");
        lives(&server, &id);
    }
}
