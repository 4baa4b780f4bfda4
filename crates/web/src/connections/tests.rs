//! Tests of bad visitors against a small site on a real socket, with limits short enough to wait for.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    middleware::{Next, from_fn},
    routing::get,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot, time::sleep};

use super::{Limits, serve};
use crate::upload;

/// More than systems buffer for a reader who never reads.
const LARGE: usize = 64 << 20;
/// No machine is too busy for what takes milliseconds to happen within this.
const SOON: Duration = Duration::from_secs(15);

/// A server with `/`, `/large`, and `/slow`, which answers after a second.
struct Served {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    /// Requests that a handler got.
    asked: Arc<AtomicUsize>,
    runtime: Runtime,
    done: std::sync::mpsc::Receiver<()>,
}

fn short() -> Limits {
    let second = Duration::from_secs(1);
    Limits { head: second, write: second, stop: 2 * second, ..Limits::default() }
}

fn site(limits: Limits) -> Served {
    let asked: Arc<AtomicUsize> = Arc::default();
    let count = asked.clone();
    let large = axum::body::Bytes::from(vec![b'x'; LARGE]);
    let app = Router::new()
        .route("/", get(|| async { "here" }).post(|| async { "taken" }))
        .route("/large", get(async || Body::from(large)))
        .route(
            "/slow",
            get(|| async {
                sleep(Duration::from_secs(1)).await;
                "late"
            }),
        )
        .route("/never", get(|| async { sleep(Duration::from_secs(600)).await }))
        .layer(from_fn(move |request, next: Next| {
            count.fetch_add(1, Ordering::Relaxed);
            next.run(request)
        }))
        .layer(from_fn(upload::refuse));
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (ended, done) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        serve(listener, app, limits, async { drop(stopped.await) }).await.unwrap();
        let _ = ended.send(());
    });
    Served { address, stop: Some(stop), asked, runtime, done }
}

impl Served {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream
    }

    fn say(&self, text: &str) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    #[track_caller]
    fn lives(&self) {
        let answer = rest(self.say("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("here"), "{answer}");
    }

    /// Tells it to stop; gives how long it took.
    fn stop(&mut self) -> Duration {
        let begun = Instant::now();
        drop(self.stop.take());
        self.done.recv_timeout(SOON).unwrap();
        begun.elapsed()
    }

    /// Tasks of the server that are not over: one for each connection, and the loop.
    #[track_caller]
    fn nobody_is_left(&self) {
        let begun = Instant::now();
        while self.runtime.metrics().num_alive_tasks() > 1 {
            assert!(begun.elapsed() < SOON, "{} tasks", self.runtime.metrics().num_alive_tasks());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// All that comes until the server hangs up, in whatever manner.
#[track_caller]
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "the connection stays open");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// One answer on a connection that stays, its body being `here`.
#[track_caller]
fn here(stream: &mut TcpStream) {
    let (mut answer, mut room) = (String::new(), [0; 1 << 10]);
    while !answer.ends_with("here") {
        let count = stream.read(&mut room).unwrap();
        assert!(count > 0, "cut off after {answer:?}");
        answer.push_str(&String::from_utf8_lossy(&room[..count]));
    }
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    let site = site(short());
    let begun = Instant::now();
    let silent = site.connect();
    let half = site.say("GET / HTTP/1.1\r\nHost: x\r\n");
    let mut idle = site.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    here(&mut idle);
    // One more byte in time does not begin the time anew.
    let mut trickle = site.say("GET / HTTP/1.1\r\nX: ");
    thread::scope(|scope| {
        let trickling = trickle.try_clone().unwrap();
        scope.spawn(move || {
            let mut trickling = trickling;
            while begun.elapsed() < SOON && trickling.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(100));
            }
        });
        assert_eq!([rest(silent), rest(half), rest(idle)], ["", "", ""]);
        let mut room = [0; 64];
        assert!(matches!(trickle.read(&mut room), Ok(0) | Err(_)));
        let _ = trickle.shutdown(Shutdown::Both);
    });
    assert!(begun.elapsed() >= Duration::from_millis(900), "a second was promised");
    assert!(begun.elapsed() < SOON);
    site.nobody_is_left();
    site.lives();
}

#[test]
fn who_never_reads_an_answer_is_cut_off_and_who_reads_it_slowly_is_not() {
    let site = site(Limits { write: Duration::from_secs(2), ..short() });
    let stuck = site.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut slow = site.say("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    // Longer than the limit in all, a little in each part of it: a tenth of what a system would hold that is left alone.
    let (mut room, mut read) = (vec![0; 32 << 10], 0);
    for _ in 0..80 {
        read += slow.read(&mut room).unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    read += rest(slow).len();
    assert!(read > LARGE, "{read} bytes came");
    site.nobody_is_left();
    assert!(rest(stuck).len() < LARGE);
    site.lives();
}

#[test]
fn heads_are_taken_up_to_their_limits_and_not_beyond() {
    let site = site(short());
    let lines = |count: usize| "X-A: b\r\n".repeat(count);
    let filler = |bytes: usize| format!("X-Long: {}\r\n", "y".repeat(bytes));
    for (head, status) in [
        (lines(Limits::HEADERS - 2), "200"),
        (lines(Limits::HEADERS - 1), "431"),
        (filler(Limits::HEAD - 200), "200"),
        (filler(Limits::HEAD), "431"),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n");
        let mut stream = site.connect();
        let _ = stream.write_all(request.as_bytes());
        let answer = rest(stream);
        let reset = answer.is_empty() && status == "431";
        assert!(reset || answer.starts_with(&format!("HTTP/1.1 {status}")), "{} bytes: {answer}", request.len());
    }
    site.lives();
}

#[test]
fn a_body_is_refused_unread_and_ends_the_connection() {
    let site = site(short());
    let large = "z".repeat(200 << 10);
    let next = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    for (head, body, status) in [
        ("Content-Length: 1024\r\nConnection: close\r\n", "z".repeat(1024), "200"),
        ("Content-Length: 1025\r\n", "z".repeat(1025), "413"),
        ("Content-Length: 204800\r\n", large, "413"),
        // Announced, and never sent.
        ("Content-Length: 99999999999\r\n", String::new(), "413"),
        ("Content-Length: 99999999999\r\nExpect: 100-continue\r\n", String::new(), "413"),
        ("Transfer-Encoding: chunked\r\n", "0\r\n\r\n".into(), "411"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n".into(), "411"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n".into(), "411"),
        ("Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n", "0\r\n\r\n".into(), "400"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "zzzzz".into(), "400"),
    ] {
        let before = site.asked.load(Ordering::Relaxed);
        let mut stream = site.say(&format!("POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n"));
        // What follows on the connection is never taken for a request.
        let _ = stream.write_all(format!("{body}{next}").as_bytes());
        let answer = rest(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{head}: {answer}");
        let asked = site.asked.load(Ordering::Relaxed) - before;
        assert_eq!(asked, usize::from(status == "200"), "{head}");
    }
    site.lives();
}

#[test]
fn one_connection_too_many_is_told_when_to_come_back() {
    let site = site(Limits { connections: 2, head: SOON, ..short() });
    let mut kept = site.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    here(&mut kept);
    let mut other = site.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    here(&mut other);
    let answer = rest(site.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
    assert!(answer.ends_with("Please try again in a moment.\n"), "{answer}");
    kept.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    here(&mut kept);
    drop((kept, other));
    site.nobody_is_left();
    site.lives();
}

#[test]
fn at_the_end_what_is_under_way_is_answered_and_nobody_else_is_waited_for() {
    let mut site = site(Limits { head: SOON, stop: SOON, ..short() });
    let mut idle = site.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    here(&mut idle);
    let silent = site.connect();
    let half = site.say("GET / HTTP/1.1\r\nHost: ");
    let slow = site.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut large = site.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    let begun = Instant::now();
    while site.asked.load(Ordering::Relaxed) < 3 {
        assert!(begun.elapsed() < SOON);
        thread::sleep(Duration::from_millis(5));
    }
    let reader = thread::spawn(move || {
        let mut answer = Vec::new();
        large.read_to_end(&mut answer).unwrap();
        answer.len()
    });
    let took = site.stop();
    assert!(took < SOON, "{took:?}");
    let answer = rest(slow);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("late"), "{answer}");
    assert!(reader.join().unwrap() > LARGE);
    assert_eq!([rest(idle), rest(silent), rest(half)], ["", "", ""]);
    assert!(TcpStream::connect(site.address).is_err(), "nobody listens any more");
}

#[test]
fn who_does_not_end_in_time_is_cut_off() {
    let mut site = site(Limits { write: SOON, ..short() });
    let never = site.say("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
    let stuck = site.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    let begun = Instant::now();
    while site.asked.load(Ordering::Relaxed) < 2 {
        assert!(begun.elapsed() < SOON);
        thread::sleep(Duration::from_millis(5));
    }
    let took = site.stop();
    assert!((Duration::from_millis(1_900)..SOON).contains(&took), "two seconds were promised, it took {took:?}");
    assert_eq!(rest(never), "");
    assert!(rest(stuck).len() < LARGE);
}
