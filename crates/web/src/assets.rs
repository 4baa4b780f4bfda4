//! The sheet, the script, the mark and the word to robots: compiled in, so that no address ever names a file.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{Shared, headers};

const STYLE: &str = include_str!("../static/style.css");
const FRAME: &str = include_str!("../static/frame.css");
const SCRIPT: &str = include_str!("../static/plenary.js");
const FAVICON: &str = include_str!("../static/favicon.svg");

/// Changes whenever the sheet or the script does, so that browsers may keep them for ever.
pub(crate) const VERSION: u32 = fnv(fnv(fnv(0x811c_9dc5, STYLE.as_bytes()), SCRIPT.as_bytes()), FRAME.as_bytes());

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `/static/style.css`
pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

/// `/static/frame.css`, for the documents in frames, which belong to no site and so are strangers to this one.
pub(crate) async fn frame() -> Response {
    (headers::FOR_FRAMES, asset("text/css; charset=utf-8", FRAME)).into_response()
}

/// `/static/plenary.js`
pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

/// `/favicon.svg`
pub(crate) async fn favicon() -> Response {
    asset("image/svg+xml", FAVICON)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)], text).into_response()
}

/// `/robots.txt`: nothing, unless the archive is meant to be found; then pages, but not searches without end.
pub(crate) async fn robots(State(site): Shared) -> &'static str {
    if site.config.index_by_robots {
        "User-agent: *\nDisallow: /search\nDisallow: /api/\nDisallow: /p/\nDisallow: /m/*.raw\nDisallow: /m/*/a/\n"
    } else {
        "User-agent: *\nDisallow: /\n"
    }
}

/// FNV-1a: good enough to tell two versions of a file apart, and short enough to run while compiling.
const fn fnv(seed: u32, bytes: &[u8]) -> u32 {
    let (mut hash, mut n) = (seed, 0);
    while n < bytes.len() {
        hash = (hash ^ bytes[n] as u32).wrapping_mul(0x0100_0193);
        n += 1;
    }
    hash
}
