//! Clients that keep their connections: each asks, reads the whole answer, and asks again.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How long one who was turned away waits. The server says two seconds; without any this would measure how fast it can refuse.
pub(crate) const WAIT: Duration = Duration::from_millis(20);

/// What a set of clients asks.
pub(crate) struct Load {
    pub(crate) server: String,
    pub(crate) clients: usize,
    pub(crate) gzip: bool,
    pub(crate) addresses: Vec<String>,
    /// Whether each address is asked once, and the clients end when all have been.
    pub(crate) once: bool,
}

/// What came of it.
pub(crate) struct Tally {
    took: Vec<Duration>,
    busy: usize,
    errors: usize,
    bytes: usize,
    seconds: f64,
}

impl Tally {
    pub(crate) const HEAD: &str = "  pages/s   p50 ms   p99 ms   max ms    KB each    429  errors";

    /// One row of the table.
    pub(crate) fn row(&self) -> String {
        let answered = self.took.len().max(1);
        format!(
            "{:9.0}{:9.2}{:9.2}{:9.2}{:11.1}{:7}{:8}",
            self.took.len() as f64 / self.seconds,
            self.rank(0.5),
            self.rank(0.99),
            self.rank(1.0),
            self.bytes as f64 / answered as f64 / 1e3,
            self.busy,
            self.errors
        )
    }

    /// The milliseconds below which this share of the answers came.
    pub(crate) fn rank(&self, share: f64) -> f64 {
        let at = ((self.took.len() as f64 * share).ceil() as usize).saturating_sub(1);
        self.took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    }

    /// Requests that failed.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// The share of requests that were told to come back.
    pub(crate) fn busy_share(&self) -> f64 {
        self.busy as f64 / (self.busy + self.took.len()).max(1) as f64
    }
}

impl Load {
    /// Asks for so long.
    pub(crate) fn run(&self, length: Duration) -> Tally {
        self.run_until(|begun| begun.elapsed() >= length)
    }

    /// Asks until told to stop.
    pub(crate) fn run_until(&self, stop: impl Fn(Instant) -> bool + Sync) -> Tally {
        let next = AtomicUsize::new(0);
        let begun = Instant::now();
        let mut all = Tally { took: Vec::new(), busy: 0, errors: 0, bytes: 0, seconds: 0.0 };
        thread::scope(|scope| {
            let clients: Vec<_> = (0..self.clients).map(|_| scope.spawn(|| self.client(&next, begun, &stop))).collect();
            for client in clients {
                let Ok(one) = client.join() else { continue };
                all.took.extend(one.took);
                all.busy += one.busy;
                all.errors += one.errors;
                all.bytes += one.bytes;
            }
        });
        all.seconds = begun.elapsed().as_secs_f64();
        all.took.sort_unstable();
        all
    }

    fn client(&self, next: &AtomicUsize, begun: Instant, stop: &(impl Fn(Instant) -> bool + Sync)) -> Tally {
        let mut tally = Tally { took: Vec::new(), busy: 0, errors: 0, bytes: 0, seconds: 0.0 };
        let mut connection = None;
        while !stop(begun) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if self.once && at >= self.addresses.len() {
                break;
            }
            let asked = Instant::now();
            match ask(&mut connection, &self.server, &self.addresses[at % self.addresses.len()], self.gzip) {
                Ok((200, bytes)) => {
                    tally.took.push(asked.elapsed());
                    tally.bytes += bytes;
                }
                Ok((429, _)) => {
                    tally.busy += 1;
                    thread::sleep(WAIT);
                }
                Ok(_) => tally.errors += 1,
                Err(_) => {
                    connection = None;
                    tally.errors += 1;
                }
            }
        }
        tally
    }
}

/// Asks once, with a connection of its own; gives the status.
pub(crate) fn get(server: &str, address: &str) -> io::Result<u16> {
    ask(&mut None, server, address, false).map(|(status, _)| status)
}

/// Asks and reads the answer; gives its status and the bytes of its body.
pub(crate) fn ask(
    connection: &mut Option<BufReader<TcpStream>>,
    server: &str,
    address: &str,
    gzip: bool,
) -> io::Result<(u16, usize)> {
    let reader = match connection {
        Some(reader) => reader,
        None => {
            let stream = TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            connection.insert(BufReader::with_capacity(64 << 10, stream))
        }
    };
    let gzip = if gzip { "Accept-Encoding: gzip\r\n" } else { "" };
    let request = format!("GET {address} HTTP/1.1\r\nHost: {server}\r\n{gzip}\r\n");
    reader.get_mut().write_all(request.as_bytes())?;

    let (mut status, mut length, mut chunked, mut close, mut line) = (0, None, false, false, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let head = line.trim_end().to_ascii_lowercase();
        if head.is_empty() {
            break;
        } else if status == 0 {
            status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(999);
        } else if let Some(value) = head.strip_prefix("content-length:") {
            length = value.trim().parse::<usize>().ok();
        } else if head.starts_with("transfer-encoding:") {
            chunked = head.contains("chunked");
        } else if head.starts_with("connection:") {
            close = head.contains("close");
        }
    }
    let mut bytes = 0;
    match length {
        Some(length) => {
            skip(reader, length)?;
            bytes = length;
        }
        None if chunked => loop {
            line.clear();
            reader.read_line(&mut line)?;
            let digits = line.trim_end().split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(digits, 16).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            skip(reader, size + 2)?;
            if size == 0 {
                break;
            }
            bytes += size;
        },
        None => {
            bytes = io::copy(reader, &mut io::sink())? as usize;
            close = true;
        }
    }
    if close {
        *connection = None;
    }
    Ok((status, bytes))
}

fn skip(reader: &mut impl Read, length: usize) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(length as u64), &mut io::sink())?;
    if skipped as usize == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
