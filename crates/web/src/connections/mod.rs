//! The site on a socket: how many connections there may be, how long each may take, and how all of them end.
//!
//! Visitors are strangers. One who says nothing, says it slowly, or never reads the answer must not keep a place from others, so every
//! wait for a visitor has an end; the waits for our own work have theirs where the work is done.

mod doing;
mod limits;
mod patient;
mod places;
mod refused;
#[cfg(test)]
mod tests;

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::ServiceExt;
use tracing::warn;

pub use self::limits::Limits;
use self::{
    doing::{Doing, Tracked},
    patient::Patient,
    places::{Place, Places},
};

/// How long to wait when no connection can be accepted, most likely because no more files can be open.
const PAUSE: Duration = Duration::from_millis(500);
/// How often that is said: it is true a thousand times in a row, or not at all.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// Serves the site until `shutdown` ends; then requests under way are answered, as far as [`Limits::stop`] lets them.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let server = Arc::new(Server { http: http(&limits), app, limits });
    let places = Places::new(&server.limits);
    let (stop, stopping) = watch::channel(());
    let mut open = JoinSet::new();
    let mut complained = None;
    let mut shutdown = pin!(shutdown);
    loop {
        let stream = tokio::select! {
            () = &mut shutdown => break,
            // Only so that those which ended are forgotten.
            Some(_) = open.join_next() => continue,
            stream = accept(&listener, &mut complained) => stream,
        };
        match places.take(&stream) {
            Ok(place) => open.spawn(server.clone().converse(stream, stopping.clone(), place)),
            Err(Some(refusal)) => open.spawn(refusal.send(stream)),
            Err(None) => continue,
        };
    }
    // First of all: who comes now is told by the system that nobody listens, and may ask the next server.
    drop(listener);
    drop(stop);
    let all = async { while open.join_next().await.is_some() {} };
    if timeout(server.limits.stop, all).await.is_err() {
        open.shutdown().await;
    }
    Ok(())
}

/// The next connection.
async fn accept(listener: &TcpListener, complained: &mut Option<Instant>) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            // That one has gone already.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                if complained.is_none_or(|last| last.elapsed() > SAY_AGAIN) {
                    *complained = Some(Instant::now());
                    warn!(%error, "cannot accept connections for now; `[web] connections` may be more than the files that may be open");
                }
                sleep(PAUSE).await;
            }
        }
    }
}

fn http(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        // From the end of the request before: the time that a connection may be idle, too.
        .header_read_timeout(limits.head)
        .max_headers(Limits::HEADERS)
        .max_header_size(Limits::HEAD)
        .max_buf_size(Limits::HEAD);
    http
}

struct Server {
    http: http1::Builder,
    app: Router,
    limits: Limits,
}

impl Server {
    /// Answers one visitor until one of us hangs up.
    async fn converse(self: Arc<Server>, stream: TcpStream, mut stopping: watch::Receiver<()>, _place: Place) {
        // An answer's last packet does not wait for the visitor's word on those before.
        let _ = stream.set_nodelay(true);
        // Where it cannot be set, only the figures in `Limits` are less exact.
        let _ = SockRef::from(&stream).set_send_buffer_size(Limits::HELD);
        let doing = Arc::new(Doing::default());
        let io = TokioIo::new(Patient::new(stream, self.limits.write, doing.clone()));
        let service = service_fn(|request| answer(self.app.clone(), request, doing.clone()));
        let mut connection = pin!(self.http.serve_connection(io, service));
        tokio::select! {
            // What went wrong is the visitor's, or the network's: nobody here can act on it.
            _ = connection.as_mut() => return,
            _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
        }
        poll_fn(|context| match connection.as_mut().poll(context) {
            Poll::Pending if doing.something() => Poll::Pending,
            // All was answered, or half a request has come, the rest of which we do not wait for.
            _ => Poll::Ready(()),
        })
        .await;
    }
}

async fn answer(
    app: Router,
    request: hyper::Request<Incoming>,
    doing: Arc<Doing>,
) -> Result<Response<Tracked>, Infallible> {
    let request: Request = request.map(Body::new);
    let begun = doing.begin(&request);
    let Ok(response) = app.oneshot(request).await;
    Ok(response.map(|body| begun.until_sent(body)))
}
