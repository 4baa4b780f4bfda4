//! `/metrics`, `/healthz`, `/readyz`: what a machine that watches the site reads.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::Shared;

/// Counters since the start. Routes are patterns (`/m/{id}`), so there are never more than the router has, and no visitor's
/// words are among them.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    // One lock for both: it is held for an addition, thousands of times shorter than any answer takes.
    counters: Mutex<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    requests: BTreeMap<(String, u16), u64>,
    searches: u64,
    search_time: Duration,
    kept: u64,
}

impl Metrics {
    /// Counts a search.
    pub(crate) fn searched(&self, took: Duration) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.searches += 1;
        counters.search_time += took;
    }

    /// Counts a page that was kept from an earlier request.
    pub(crate) fn kept(&self) {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner).kept += 1;
    }

    fn answered(&self, route: String, class: u16) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.requests.entry((route, class)).or_default() += 1;
    }

    fn print(&self) -> String {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::from("# TYPE plenary_requests_total counter\n");
        for ((route, class), count) in &counters.requests {
            let _ = writeln!(out, "plenary_requests_total{{route=\"{route}\",status=\"{class}xx\"}} {count}");
        }
        let _ = writeln!(out, "# TYPE plenary_kept_pages_total counter\nplenary_kept_pages_total {}", counters.kept);
        let _ = writeln!(out, "# TYPE plenary_search_seconds summary");
        let _ = writeln!(out, "plenary_search_seconds_sum {}", counters.search_time.as_secs_f64());
        let _ = writeln!(out, "plenary_search_seconds_count {}", counters.searches);
        out
    }
}

/// Counts every request by the pattern it matched.
pub(crate) async fn count(State(site): Shared, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    site.metrics.answered(route, response.status().as_u16() / 100);
    response
}

/// The counters as Prometheus reads them.
pub(crate) async fn metrics(State(site): Shared) -> impl IntoResponse {
    let overview = site.archive.overview();
    let mut out = site.metrics.print();
    let _ = writeln!(out, "# TYPE plenary_messages gauge\nplenary_messages {}", overview.messages);
    let _ = writeln!(out, "# TYPE plenary_generation gauge\nplenary_generation {}", overview.generation);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4"), (header::CACHE_CONTROL, "no-store")], out)
}

/// The process answers.
pub(crate) async fn healthz() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n")
}

/// The index answers; says with which commit.
pub(crate) async fn readyz(State(site): Shared) -> impl IntoResponse {
    let overview = site.archive.overview();
    let line = format!("ready: generation {}, {} messages\n", overview.generation, overview.messages);
    ([(header::CACHE_CONTROL, "no-store")], line)
}
