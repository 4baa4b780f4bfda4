//! What is under way on a connection.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
    extract::Request,
};
use hyper::body::{Frame, SizeHint};

/// What is under way on a connection; written by its requests and by its socket.
#[derive(Debug, Default)]
pub(super) struct Doing {
    /// Requests whose answer is not made to its end.
    requests: AtomicUsize,
    /// Whether bytes of an answer wait for the visitor to read.
    unsent: AtomicBool,
    /// Whether a request came with a body, which nothing reads.
    unread: AtomicBool,
}

impl Doing {
    /// A request begins.
    pub(super) fn begin(self: &Arc<Doing>, request: &Request) -> Begun {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if !request.body().is_end_stream() {
            self.unread.store(true, Ordering::Relaxed);
        }
        Begun(self.clone())
    }

    /// Whether an answer is being made or sent.
    pub(super) fn something(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0 || self.unsent.load(Ordering::Relaxed)
    }

    /// Says whether bytes of an answer wait.
    pub(super) fn waits(&self, unsent: bool) {
        self.unsent.store(unsent, Ordering::Relaxed);
    }

    /// Whether the visitor may still be sending what nobody reads.
    pub(super) fn unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }
}

/// A request under way; over when dropped.
pub(super) struct Begun(Arc<Doing>);

impl Begun {
    /// The request is under way until all of its answer has been taken.
    pub(super) fn until_sent(self, body: Body) -> Tracked {
        Tracked { body, _begun: self }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer.
pub(super) struct Tracked {
    body: Body,
    _begun: Begun,
}

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
