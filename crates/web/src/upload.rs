//! Bodies of requests: no address takes one, so none is read.

use axum::{
    body::HttpBody,
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::Error;

/// Bytes of a body that are let be: programs send an empty object along with anything. It is not read, either.
const MOST: u64 = 1 << 10;

/// Refuses a request by its body, and ends the connection: what follows on it would have to be read to find the next request.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    let error = match request.body().size_hint().exact() {
        Some(length) if length <= MOST => return next.run(request).await,
        Some(_) => Error::TooLarge,
        // In chunks. Two programs that read the same bytes can disagree about where such a request ends, above all where it gives a
        // length too; the one in front of us might let pass what we answer.
        None => Error::NoLength,
    };
    let mut response = error.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
