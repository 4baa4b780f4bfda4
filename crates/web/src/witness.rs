//! What the log may know of a request: how it was asked, the pattern of its address, its status, time and size. Never the address
//! itself, which holds what somebody looks for, nor a header, nor where it came from.

use std::time::{Duration, Instant};

use axum::{
    body::HttpBody,
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, Span, error_span, info, warn};

/// A request that takes longer is worth a line: five times what a search may take.
const SLOW: Duration = Duration::from_secs(5);

/// Goes along with a request, so that whatever is logged on its way says which kind of request it was.
pub(crate) async fn note(request: Request, next: Next) -> Response {
    let span = span(&request);
    let begun = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let took = begun.elapsed();
    let (status, ms) = (response.status().as_u16(), took.as_millis() as u64);
    span.in_scope(|| match response.body().size_hint().exact() {
        _ if took > SLOW => warn!(status, ms, "a request took long"),
        Some(bytes) => info!(status, ms, bytes, "answered"),
        None => info!(status, ms, "answered"),
    });
    response
}

fn span(request: &Request) -> Span {
    // A method can be any word that a visitor thinks of.
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    // As important as the most important thing within: else that would not have it.
    error_span!("request", method, route)
}
