//! What a server says while hostile visitors ask: a line for each event, and no word of theirs.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Server, Site, json, text};

/// Stands in everything that a visitor sends.
const SECRET: &str = "s3cr3t";

/// Requests as nobody should send them, each with the secret in it.
fn hostile() -> Vec<String> {
    let end = "Host: test\r\nConnection: close\r\n";
    let mut requests: Vec<String> = [
        "/search?q=s3cr3t&token=s3cr3t",
        "/m/s3cr3t",
        "/m/s3cr3t/a/1/s3cr3t.pdf",
        "/t/s3cr3t%0d%0a%7B%22level%22:%22ERROR%22%7D",
        "/p/ann-s3cr3t%1b%5d0;x%07",
        "/pipermail/s3cr3t/%E2%80%AE.html",
        "/api/v1/search?q=s3cr3t%00%1b[31m",
        "/search.mbox?q=s3cr3t",
        "/no/such/s3cr3t/%250a",
        "/runs/s3cr3t",
    ]
    .iter()
    .map(|path| {
        format!(
            "GET {path} HTTP/1.1\r\n{end}Authorization: Bearer s3cr3t\r\nCookie: id=s3cr3t\r\nUser-Agent: s3cr3t\u{9b}2J\u{202e}\r\n\
             X-Forwarded-For: s3cr3t\r\nReferer: http://s3cr3t.example.org/\r\n\r\n"
        )
    })
    .collect();
    requests.extend([
        format!("S3CR3T /s3cr3t HTTP/1.1\r\n{end}\r\n"),
        format!("POST /search?q=s3cr3t HTTP/1.1\r\n{end}Content-Length: 99999\r\n\r\ns3cr3t"),
        format!("GET /search?q=s3cr3t HTTP/1.1\r\n{end}Transfer-Encoding: chunked\r\n\r\n6\r\ns3cr3t\r\n0\r\n\r\n"),
        format!("GET /s3cr3t\r\n{{\"level\":\"ERROR\",\"s3cr3t\":1}} HTTP/1.1\r\n{end}\r\n"),
        format!("GET /{} HTTP/1.1\r\n{end}\r\n", SECRET.repeat(2_000)),
        format!("GET /{} HTTP/1.1\r\n{end}\r\n", SECRET.repeat(20_000)),
        format!("GET / HTTP/1.1\r\n{end}{}\r\n", "X-A: s3cr3t\r\n".repeat(200)),
        format!("GET http://s3cr3t.example.org/search?q=s3cr3t HTTP/1.1\r\n{end}\r\n"),
        "s3cr3t\r\n\r\n".to_owned(),
    ]);
    requests
}

fn send(server: &Server, request: &str) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Each line that it has said is one event: small, of one line, without a word of a visitor.
#[track_caller]
fn checked(said: &[String]) {
    for line in said {
        assert!(line.len() < 2 << 10, "{} bytes: {line}", line.len());
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        assert!(!line.to_lowercase().contains(SECRET), "{line}");
        assert!(!line.contains("127.0.0.1") || line.contains("serving"), "{line}");
    }
}

#[test]
fn each_event_is_an_object_on_its_line_and_holds_nothing_of_a_visitor() {
    let mut server = Site::shared_sample().serve_with("", &["--log-format", "json", "--log-requests"]);
    let requests = hostile();
    requests.iter().for_each(|request| send(&server, request));
    assert_eq!(server.get("/m/none").status, 404);
    assert_eq!(server.stop(), Some(0));
    let begun = Instant::now();
    while !server.said().last().is_some_and(|line| line.contains("stopped")) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", server.said());
        thread::sleep(Duration::from_millis(20));
    }
    let said = server.said();
    checked(&said);
    let events: Vec<_> = said.iter().map(|line| json(line)).collect();
    let answered: Vec<_> = events.iter().filter(|event| event["message"] == "answered").collect();
    let lines: Vec<String> = answered
        .iter()
        .map(|event| format!("{} {} {}", text(event, "method"), text(event, "route"), event["status"]))
        .collect();
    // In the order in which they were sent. What is no request, or too long to be one, gets no line.
    assert_eq!(
        lines,
        [
            "GET /search 200",
            "GET /m/{id} 404",
            "GET /m/{id}/a/{part}/{name} 404",
            "GET /t/{id} 404",
            "GET /p/{person} 404",
            "GET /pipermail/{*path} 404",
            "GET /api/v1/search 200",
            "GET /search.mbox 200",
            "GET none 404",
            "GET /runs/{run} 404",
            "other none 404",
            "POST /search 413",
            "GET /search 411",
            "GET none 404",
            "GET /search 200",
            "GET /m/{id} 404",
        ]
    );
    assert!(answered.iter().all(|event| event["ms"].is_u64() && event["time"].is_string()));
}

#[test]
fn nothing_is_logged_of_requests_unless_asked() {
    let mut server = Site::shared_sample().serve_with("", &[]);
    hostile().iter().for_each(|request| send(&server, request));
    assert_eq!(server.stop(), Some(0));
    thread::sleep(Duration::from_millis(300));
    let said = server.said();
    checked(&said);
    assert!(said.len() <= 2, "{said:?}");
}

#[test]
fn what_breaks_is_logged_with_its_reason() {
    let site = Site::sample();
    site.ingest();
    let server = site.serve_with("", &["--log-format", "json"]);
    // Another index without its description: the next commit cannot be seen.
    let index = site.data().join("index");
    for entry in fs::read_dir(&index).unwrap().flatten() {
        if entry.path().is_file() {
            fs::write(entry.path(), b"{").unwrap();
        }
    }
    let begun = Instant::now();
    let line = loop {
        let said = server.said();
        said.iter().for_each(|line| drop(json(line)));
        if let Some(line) = said.iter().find(|line| line.contains("cannot see new commits")) {
            break line.clone();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{said:?}");
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(json(&line)["level"], "ERROR", "{line}");
}
