//! 500 visitors who never end a request and 20 who never read an answer, beside visitors as they should be.

use std::{
    error::Error,
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Options,
    client::{Load, Tally},
    mix::Mix,
    server::Server,
    verdict,
};

const SILENT: usize = 500;
const STUCK: usize = 20;
/// Clients who ask and read.
const NORMAL: usize = 8;
/// What is promised: all are cut within this.
const CUT: Duration = Duration::from_secs(30);

/// Half of the time without them, half with them; whoever is cut comes back.
pub(crate) fn run(server: &Server, mix: &Mix, options: &Options) -> Result<bool, Box<dyn Error>> {
    let half = options.length / 2;
    let load = |from: usize| Load {
        server: server.address.clone(),
        clients: NORMAL,
        gzip: true,
        addresses: (from..from + 10_000).map(|number| mix.address(number).to_owned()).collect(),
        once: false,
    };
    println!("{:52}{}", "", Tally::HEAD);
    let alone = load(0).run(half);
    println!("{:52}{}", format!("{NORMAL} clients alone"), alone.row());
    // Closed by the server some seconds after their last request.
    thread::sleep(Duration::from_secs(12));
    let before = server.open_files();
    let over = AtomicBool::new(false);
    let (beside, longest) = thread::scope(|scope| -> Result<(Tally, Duration), String> {
        let visitors: Vec<_> = (0..SILENT + STUCK)
            .map(|number| {
                scope.spawn({
                    let over = &over;
                    move || visit(server, number < SILENT, over)
                })
            })
            .collect();
        let beside = load(50_000).run(half);
        over.store(true, Ordering::Relaxed);
        let mut longest = Duration::ZERO;
        for visitor in visitors {
            let held = visitor.join().map_err(|_| "a visitor panicked")?.map_err(|error| error.to_string())?;
            longest = longest.max(held);
        }
        Ok((beside, longest))
    })?;
    println!("{:52}{}", format!("{NORMAL} clients beside {SILENT} silent and {STUCK} stuck"), beside.row());
    thread::sleep(Duration::from_secs(12));
    let after = server.open_files();
    let mut held = verdict(beside.errors() == 0, &format!("{} errors", beside.errors()));
    held &=
        verdict(longest <= CUT, &format!("the last was cut after {:.1} s, promised {CUT:?}", longest.as_secs_f64()));
    let (quiet, loud) = (alone.rank(0.95), beside.rank(0.95));
    held &= verdict(
        loud <= 2.0 * quiet,
        &format!("p95 {quiet:.2} ms alone, {loud:.2} ms beside them, promised at most twice"),
    );
    held &= verdict(after <= before, &format!("files open before {before:?}, after {after:?}"));
    Ok(held)
}

/// Comes back until told not to; gives the longest time that the server kept up with it.
fn visit(server: &Server, silent: bool, over: &AtomicBool) -> std::io::Result<Duration> {
    let mut longest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(&server.address)?;
        stream.set_nodelay(true)?;
        if silent {
            stream.write_all(b"GET /search?q=error HTTP/1.1\r\nHost: test\r\nX: ")?;
            while stream.write_all(b"x").is_ok() && begun.elapsed() < 2 * CUT {
                thread::sleep(Duration::from_millis(500));
            }
        } else {
            // More than systems hold for somebody who does not read; once the server has hung up, writing fails.
            let many = "GET /search?q=error HTTP/1.1\r\nHost: test\r\n\r\n".repeat(1_500);
            let _ = stream.write_all(many.as_bytes());
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            while stream.write_all(b" ").is_ok() && begun.elapsed() < 2 * CUT {
                thread::sleep(Duration::from_millis(500));
            }
        }
        longest = longest.max(begun.elapsed());
        // Whatever is left: a reset, an end, or what the system held.
        let _ = stream.set_read_timeout(Some(Duration::from_millis(1)));
        let _ = stream.read(&mut [0; 1]);
    }
    Ok(longest)
}
