//! Visitors who are slow, silent or too many, and what they leave to others; with limits of a second or two.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Server, Site};

/// No machine is too busy for what takes a second or two to happen within this.
const SOON: Duration = Duration::from_secs(30);
const SHORT: &str = "[web]\nhead_seconds = 2\nreader_seconds = 2\n";

fn say(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// Waits until the server has hung up, reading nothing before that is to be expected.
#[track_caller]
fn is_cut(mut stream: TcpStream) -> usize {
    let mut read = Vec::new();
    if let Err(error) = stream.read_to_end(&mut read) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the connection stays open");
    }
    read.len()
}

#[track_caller]
fn no_more_files_than(server: &Server, before: Option<usize>) {
    let begun = Instant::now();
    while server.open_files() > before {
        assert!(begun.elapsed() < SOON, "{:?} files are open, {before:?} were", server.open_files());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn slow_visitors_are_cut_off_while_others_are_answered() {
    let server = Site::shared_sample().serve_with(SHORT, &[]);
    assert_eq!(server.get("/search?q=cost").status, 200);
    let before = server.open_files();
    let silent: Vec<TcpStream> =
        (0..60).map(|_| say(&server, "GET /search?q=cost HTTP/1.1\r\nHost: test\r\nX: ")).collect();
    // More pages than systems hold for somebody who does not read them.
    let many = "GET /search?q=cost HTTP/1.1\r\nHost: test\r\n\r\n".repeat(1_500);
    let stuck: Vec<TcpStream> = (0..5).map(|_| say(&server, &many)).collect();
    let over = AtomicBool::new(false);
    let answered = thread::scope(|scope| {
        let normal = scope.spawn(|| {
            let mut answered = 0;
            while !over.load(Ordering::Relaxed) {
                let query = format!("/search?q=cost+-word{answered}");
                assert_eq!(server.get(&query).status, 200);
                answered += 1;
            }
            answered
        });
        for mut stream in &silent {
            // Whoever adds a byte now and then is not quicker.
            let _ = stream.write_all(b"x");
        }
        assert!(silent.into_iter().all(|stream| is_cut(stream) == 0));
        no_more_files_than(&server, before.map(|files| files + 3));
        over.store(true, Ordering::Relaxed);
        normal.join().unwrap()
    });
    assert!(answered > 0);
    // Until the server has hung up: on a busy machine it may still be writing, and who reads now would get all of it.
    no_more_files_than(&server, before);
    let whole = server.get("/search?q=cost").body.len() * 1_500;
    assert!(stuck.into_iter().all(|stream| is_cut(stream) < whole));
}

#[test]
fn a_server_that_can_open_no_more_files_lives_on() {
    let site = Site::shared_sample();
    let inner = site.command_with("[web]\nhead_seconds = 2\n", &["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 48 && exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    let server = Server::start(command);
    assert_eq!(server.get("/search?q=cost").status, 200);
    let silent: Vec<TcpStream> = (0..100).map(|_| say(&server, "GET /")).collect();
    thread::sleep(Duration::from_secs(1));
    // It waits its turn until the first of the silent ones are cut.
    assert_eq!(server.get("/healthz").status, 200);
    assert!(silent.into_iter().all(|stream| is_cut(stream) == 0));
    assert_eq!(server.get("/search?q=price").status, 200);
    let said = server.said();
    let complaints = said.iter().filter(|line| line.contains("cannot accept connections")).count();
    assert_eq!(complaints, 1, "{said:?}");
}

#[test]
fn more_connections_than_configured_are_told_to_come_back() {
    let server = Site::shared_sample().serve_with("[web]\nconnections = 3\n", &[]);
    let held: Vec<TcpStream> = (0..3).map(|_| say(&server, "GET /")).collect();
    let page = server.get("/");
    assert_eq!(page.status, 503, "{}", page.head);
    assert!(page.head.contains("retry-after: 5"), "{}", page.head);
    drop(held);
    let begun = Instant::now();
    while server.get("/").status != 200 {
        assert!(begun.elapsed() < SOON);
    }
}

#[test]
fn a_body_that_nothing_takes_is_refused_with_a_page() {
    let server = Site::shared_sample().serve();
    let page = server.get_with("/search?q=cost", "Content-Length: 70000\r\n");
    assert_eq!(page.status, 413);
    assert!(page.body.contains("Nothing here takes what this request sends"), "{}", page.body);
    let page = server.get_with("/api/v1/search?q=cost", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n");
    assert_eq!(page.status, 411);
    assert!(page.head.contains("application/problem+json"), "{}", page.head);
}
