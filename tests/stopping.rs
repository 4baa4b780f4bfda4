//! A server that is told to stop while it is asked: what it has begun to say it says to the end.
#![allow(clippy::print_stdout, reason = "figures of a long run are for whoever asked for it")]

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Server, Site};

/// What a service manager has to be told to wait.
const LONGEST: Duration = Duration::from_secs(10);
const CLIENTS: usize = 8;
const ADDRESSES: [&str; 6] =
    ["/search?q=cost", "/", "/l/bp_ipv6/", "/search?q=ipv6+-cost", "/search.mbox?q=", "/about"];

/// How often: 5, or as `PLENARY_STOPS` says.
fn times() -> usize {
    env::var("PLENARY_STOPS").ok().map_or(5, |text| text.parse().expect("PLENARY_STOPS is a number"))
}

/// What came of one request.
enum Came {
    Whole,
    Nothing,
    Part(String),
}

/// Asks on a connection of its own, or on one that is kept.
fn ask(stream: &mut TcpStream, path: &str) -> Came {
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
    let (mut answer, mut room) = (Vec::new(), [0; 16 << 10]);
    // Where nobody listens any more, the writing may fail or the reading.
    let sent = stream.write_all(request.as_bytes());
    while sent.is_ok() && !is_whole(&answer) {
        match stream.read(&mut room) {
            Ok(count) if count > 0 => answer.extend_from_slice(&room[..count]),
            _ => break,
        }
    }
    match answer.is_empty() {
        true => Came::Nothing,
        false if is_whole(&answer) => Came::Whole,
        false => Came::Part(String::from_utf8_lossy(&answer[..answer.len().min(300)]).into_owned()),
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let body = &answer[end + 4..];
    match head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
        Some(length) => body.len() >= length.parse().unwrap(),
        None => body.ends_with(b"0\r\n\r\n"),
    }
}

#[test]
fn a_server_told_to_stop_finishes_what_it_has_begun() {
    let site = Site::shared_sample();
    let (mut longest, mut answered, mut turned_away) = (Duration::ZERO, 0, 0);
    for turn in 0..times() {
        let mut server = site.serve();
        let over = AtomicBool::new(false);
        let (whole, nothing) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let address = server.address.clone();
        // Who does nothing keeps nobody waiting.
        let _silent = TcpStream::connect(&address).unwrap();
        let (took, code) = thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (over, whole, nothing, address) = (&over, &whole, &nothing, &address);
                scope.spawn(move || {
                    let mut kept: Option<TcpStream> = None;
                    for at in client.. {
                        if over.load(Ordering::Relaxed) {
                            return;
                        }
                        // Every other client keeps its connection.
                        let stream = match kept.take().filter(|_| client % 2 == 0) {
                            Some(stream) => Ok(stream),
                            None => TcpStream::connect(address),
                        };
                        let Ok(mut stream) = stream else {
                            thread::sleep(Duration::from_millis(5));
                            continue;
                        };
                        stream.set_read_timeout(Some(2 * LONGEST)).unwrap();
                        let path = ADDRESSES[at % ADDRESSES.len()];
                        match ask(&mut stream, path) {
                            Came::Whole => {
                                whole.fetch_add(1, Ordering::Relaxed);
                                kept = Some(stream);
                            }
                            Came::Nothing => drop(nothing.fetch_add(1, Ordering::Relaxed)),
                            Came::Part(text) => panic!("stop {turn}: {path} was cut off: {text}"),
                        }
                    }
                });
            }
            // At another moment each time.
            thread::sleep(Duration::from_millis(100 + turn as u64 * 37 % 400));
            let begun = Instant::now();
            let code = server.stop();
            let took = begun.elapsed();
            over.store(true, Ordering::Relaxed);
            (took, code)
        });
        assert_eq!(code, Some(0), "stop {turn}: {:?}", server.said());
        assert!(took <= LONGEST, "stop {turn} took {took:?}");
        assert!(whole.load(Ordering::Relaxed) > 0, "stop {turn}: nothing was asked");
        longest = longest.max(took);
        answered += whole.into_inner();
        turned_away += nothing.into_inner();
    }
    println!("{} stops: at most {longest:?}; {answered} answers whole, {turned_away} requests not begun", times());
}

#[test]
fn a_server_told_to_stop_waits_for_nobody_who_does_not_read() {
    let server_config = "[web]\nstop_seconds = 1\n";
    let mut server: Server = Site::shared_sample().serve_with(server_config, &[]);
    let many = "GET /search?q=cost HTTP/1.1\r\nHost: test\r\n\r\n".repeat(1_500);
    let mut stuck = TcpStream::connect(&server.address).unwrap();
    stuck.write_all(many.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(0), "{:?}", server.said());
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
}
