//! What a visitor may take of the server.

use std::{net::IpAddr, time::Duration};

/// Limits of connections. All but the constants can be set by who runs the site, and made short by tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once. Each takes a file and some ten KiB; systems commonly let a program open 1,024 files, and the index and
    /// its workers need some.
    pub connections: usize,
    /// Connections at once from one address (of IPv6: from one network of 64 bits, which one household has); 0 for no such limit.
    /// A browser opens six. This machine's own addresses are not counted: there a proxy runs, or nobody else.
    pub per_address: usize,
    /// Addresses of proxies on other machines: everybody comes through them, so they are not counted either.
    pub proxies: Vec<IpAddr>,
    /// How long a visitor may take for the head of a request, from the moment that we could read it: the longest that a connection
    /// may be idle, too.
    pub head: Duration,
    /// How long a visitor may take to read [`Limits::STEP`] bytes of an answer. We hear of it when a third of [`Limits::HELD`] has gone,
    /// so that with 20 seconds somebody who reads 10 KiB a second is safe.
    pub write: Duration,
    /// How long requests under way may take to be answered once the server is told to stop.
    pub stop: Duration,
}

impl Limits {
    /// Header lines of a request. A browser behind two proxies sends thirty.
    pub const HEADERS: usize = 100;
    /// Bytes of a request's head, its first line included.
    pub const HEAD: usize = 64 << 10;
    /// Bytes that a slow reader has to take within [`Limits::write`].
    pub const STEP: usize = 16 << 10;
    /// Bytes of an answer that the system holds for a visitor (it doubles them for its own use). Left alone it would hold up to 4 MiB
    /// for each of those who do not read, and hear of those who read slowly only when much of it has gone.
    pub const HELD: usize = 256 << 10;
    /// Connections that are being told that there is no place for them. Beyond these, connections are closed without a word.
    pub const REFUSED: usize = 64;
    /// How long the reading of what a refused visitor still sends may take. Closed at once, the answer might be lost on its way.
    pub const LINGER: Duration = Duration::from_secs(1);
    /// Bytes of it that are read.
    pub const LINGER_BYTES: usize = 256 << 10;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 800,
            per_address: 100,
            proxies: Vec::new(),
            head: Duration::from_secs(10),
            write: Duration::from_secs(20),
            // With what the program needs after it, below the ten seconds that service managers are told to wait.
            stop: Duration::from_secs(8),
        }
    }
}
