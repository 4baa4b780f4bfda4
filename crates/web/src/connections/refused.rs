//! What is said to a connection for which there is no place.

use std::io;

use tokio::{net::TcpStream, sync::OwnedSemaphorePermit, time::timeout};

use super::{Limits, places::Why};

/// An answer that needs no request: nobody waits for one.
pub(super) struct Refusal {
    pub(super) why: Why,
    pub(super) _permit: OwnedSemaphorePermit,
}

impl Refusal {
    /// Says it, and hangs up.
    pub(super) async fn send(self, stream: TcpStream) {
        let (status, sentence) = match self.why {
            Why::Full => {
                ("503 Service Unavailable", "Too many people are here at once. Please try again in a moment.\n")
            }
            Why::TooMany => (
                "429 Too Many Requests",
                "Too many connections from your address at once. Please try again in a moment.\n",
            ),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nRetry-After: 5\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n{sentence}",
            sentence.len()
        );
        let _ = timeout(Limits::LINGER, say(&stream, answer.as_bytes())).await;
    }
}

async fn say(stream: &TcpStream, answer: &[u8]) {
    // It fits into what the system buffers for a new connection.
    if stream.writable().await.is_ok() && stream.try_write(answer).is_ok() {
        read_away(stream).await;
    }
}

/// Reads the request that was on its way: a connection closed before that takes the answer with it.
async fn read_away(stream: &TcpStream) {
    let (mut room, mut read) = ([0; 4 << 10], 0);
    while read < Limits::HEAD && stream.readable().await.is_ok() {
        match stream.try_read(&mut room) {
            Ok(0) => return,
            Ok(count) => {
                read += count;
                // The head of one request is what was waited for.
                if room[..count].ends_with(b"\r\n\r\n") {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
