//! Headers of every response: what a browser may do with it, and whether it has it already.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Shared, wording::today};

/// Nothing from elsewhere, nothing inline, no frames: a page is our markup, our sheet and our script.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// The page around a message's own HTML may frame it, and no other.
pub(crate) static FRAMING: LazyLock<HeaderValue> = LazyLock::new(|| {
    HeaderValue::from_str(&format!("{PAGE_POLICY}; frame-src 'self'")).unwrap_or(HeaderValue::from_static(PAGE_POLICY))
});
/// A message's own HTML, cleaned: should anything be left in it, it cannot run, load, send or be framed elsewhere. Links open
/// beside the archive, and there are free of this policy.
pub(crate) const FRAMED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'; \
     sandbox allow-popups allow-popups-to-escape-sandbox",
);
/// For bytes that strangers wrote: whatever a browser takes them for, they can do nothing.
pub(crate) const SANDBOX: &str = "default-src 'none'; sandbox";

/// Lets the sandboxed document in a frame load something: for the browser it comes from nowhere, and so is no part of the site.
pub(crate) const FOR_FRAMES: [(HeaderName, HeaderValue); 1] =
    [(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"))];

/// Adds what every response carries, where a handler has not said otherwise.
pub(crate) async fn guard(State(site): Shared, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    default(headers, header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, header::REFERRER_POLICY, "no-referrer");
    default(headers, header::CACHE_CONTROL, "no-cache");
    default(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if !site.config.index_by_robots {
        default(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    }
    response
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

/// Answers "you have it already" before any work is done. A page depends on nothing but its address, the commit that answers,
/// the settings, the program, and for queries like `after:7d` the day; so its tag is made of these.
pub(crate) async fn revalidate(State(site): Shared, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let mut hash = DefaultHasher::new();
    (request.uri().to_string(), site.archive.generation(), today(), site.stamp).hash(&mut hash);
    // Weak: compression may change the octets, and the time a search took is printed on the page.
    let tag = format!("W/\"{}-{:016x}\"", site.archive.generation(), hash.finish());
    let Ok(value) = HeaderValue::from_str(&tag) else {
        return next.run(request).await;
    };
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    if known.flat_map(|tags| tags.split(',')).any(|known| known.trim() == tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, value)]).into_response();
    }
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK {
        response.headers_mut().entry(header::ETAG).or_insert(value);
    }
    response
}
