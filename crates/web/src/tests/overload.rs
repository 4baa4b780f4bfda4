//! Tests of what visitors get when there are more of them than can be served, less time than a search needs, or a mistake in a handler.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Extension, Router,
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::Response,
    routing::get,
};
use plenary_index::{Archive, Rules, ingest::source::Limits, run};
use tower::ServiceExt;
use tracing::{
    Event, Level, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};

use crate::{
    Config, Shared, cache,
    error::Error,
    pages,
    site::{Cost, Site},
};

/// A site over an archive of one message. The folder goes away with the test, after the index has been opened.
fn site() -> Arc<Site> {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("lists/list");
    fs::create_dir_all(&list).unwrap();
    let mail = "From a@example.org Thu Jun  2 14:03:11 2016\nFrom: Ann <a@example.org>\nSubject: cost of the berths\n\
                Date: Thu, 2 Jun 2016 14:03:11 +0000\nMessage-ID: <1@example.org>\n\nWhat does it cost?\n\n";
    fs::write(list.join("a.mbox"), mail).unwrap();
    let settings = run::Settings {
        data: folder.path().to_owned(),
        rules: Rules::default(),
        limits: Limits::default(),
        memory: 32 << 20,
        threads: 1,
        now: 1_795_500_000,
        dry_run: false,
        retry: false,
        planned: Vec::new(),
        workers: None,
    };
    run::ingest(&settings, &run::Watch { progress: &|_| (), stop: &AtomicBool::new(false) }).unwrap();
    let archive = Archive::open(&folder.path().join("index"), Vec::new()).unwrap();
    Arc::new(Site::new(archive, Config { concurrent_searches: 2, ..Config::default() }))
}

async fn ask(router: &Router, address: &str) -> Response {
    router.clone().oneshot(Request::get(address).body(Body::empty()).unwrap()).await.unwrap()
}

fn head<'a>(response: &'a Response, name: &header::HeaderName) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn who_comes_when_all_places_are_taken_is_told_when_to_come_back() {
    let site = site();
    let router = pages(site.clone());
    assert_eq!(ask(&router, "/search?q=cost").await.status(), StatusCode::OK);
    site.occupy(Cost::Common);
    for (address, kind) in [
        ("/search?q=price", "text/html; charset=utf-8"),
        ("/search.json?q=price", "application/problem+json"),
        ("/api/v1/search?q=price", "application/problem+json"),
    ] {
        let response = ask(&router, address).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{address}");
        assert_eq!(head(&response, &header::RETRY_AFTER), "2", "{address}");
        assert_eq!(head(&response, &header::CONTENT_TYPE), kind, "{address}");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("Too many searches at once"), "{address}");
    }
    assert_eq!(ask(&router, "/search?q=cost").await.status(), StatusCode::OK, "what is kept needs no place");
    assert_eq!(ask(&router, "/healthz").await.status(), StatusCode::OK, "and the site lives");
}

#[tokio::test]
async fn dear_searches_wait_for_each_other_and_not_others_for_them() {
    let site = site();
    let router = pages(site.clone());
    site.occupy(Cost::Dear);
    for (address, status) in [
        ("/search?q=co*", StatusCode::TOO_MANY_REQUESTS),
        ("/api/v1/search?q=cost~1", StatusCode::TOO_MANY_REQUESTS),
        ("/search?q=cost&explain=1", StatusCode::TOO_MANY_REQUESTS),
        ("/search?q=cost", StatusCode::OK),
        ("/search?q=nothing+like+it", StatusCode::OK),
        ("/api/v1/suggest?q=co", StatusCode::OK),
        ("/", StatusCode::OK),
        ("/l/list/", StatusCode::OK),
    ] {
        assert_eq!(ask(&router, address).await.status(), status, "{address}");
    }
}

#[tokio::test]
async fn what_was_cut_short_is_sent_and_not_kept() {
    let site = site();
    let made: Arc<AtomicUsize> = Arc::default();
    let counter = made.clone();
    let page = move |request: Request| async move {
        counter.fetch_add(1, Ordering::Relaxed);
        if request.uri().query() == Some("q=slow") {
            cache::cut_short();
        }
        ([(header::ETAG, "W/\"1\"")], "a page")
    };
    let router = Router::new().route("/search", get(page)).layer(from_fn_with_state(site.clone(), cache::keep));
    for address in ["/search?q=quick", "/search?q=quick", "/search?q=slow", "/search?q=slow"] {
        let response = ask(&router, address).await;
        let cut = address.ends_with("slow");
        assert_eq!(head(&response, &header::CACHE_CONTROL) == "no-store", cut, "{address}");
        assert_eq!(head(&response, &header::ETAG).is_empty(), cut, "{address}");
        assert_eq!(to_bytes(response.into_body(), usize::MAX).await.unwrap(), "a page");
    }
    assert_eq!(made.load(Ordering::Relaxed), 3, "the quick one once, the slow one twice");
}

#[tokio::test]
async fn exports_below_lists_and_people_are_sent_as_they_are_made() {
    let site = site();
    let router = pages(site.clone());
    let person = site.archive.message("1@example.org").unwrap().unwrap().card.author.person;
    for (address, streamed) in [
        ("/l/list.mbox", true),
        ("/l/list.csv?sort=newest", true),
        ("/l/list/2016.csv", true),
        ("/l/list/2016/06.md", true),
        ("/l/list/2016/06/02.bib", true),
        (&*format!("/p/{person}.jsonl"), true),
        (&*format!("/p/{person}"), false),
        ("/l/list/", false),
        ("/l/list/2016/06/", false),
        ("/l/list.atom", false),
        ("/l/list/2016.json", false),
    ] {
        for _ in 0..2 {
            let response = ask(&router, address).await;
            assert_eq!(response.status(), StatusCode::OK, "{address}");
            // What was gathered has a length.
            assert_eq!(response.body().size_hint().exact().is_none(), streamed, "{address}");
            assert!(!to_bytes(response.into_body(), usize::MAX).await.unwrap().is_empty(), "{address}");
        }
    }
}

#[tokio::test]
async fn an_export_that_breaks_off_ends_without_its_end_and_is_no_error_page() {
    let broken = || async {
        let chunks = [Ok("half of it"), Err(std::io::Error::other("the index could not answer"))];
        (Extension(cache::Streamed), Body::from_stream(futures_util::stream::iter(chunks)))
    };
    let router = Router::new().route("/l/{slug}", get(broken)).layer(from_fn_with_state(site(), cache::keep));
    let response = ask(&router, "/l/list.mbox").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(to_bytes(response.into_body(), usize::MAX).await.is_err());
}

#[tokio::test]
async fn threads_are_read_while_no_search_can_be_had() {
    let site = site();
    let router = pages(site.clone());
    let thread = site.archive.message("1@example.org").unwrap().unwrap().card.thread;
    for (cost, cut) in [(None, false), (Some(Cost::Common), true)] {
        cost.into_iter().for_each(|cost| site.occupy(cost));
        let response = ask(&router, &format!("/t/{thread}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(head(&response, &header::CACHE_CONTROL) == "no-store", cut, "a moment later it has more");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("What does it cost?"));
    }
}

/// Handlers with mistakes in them: one here, one where the index is read.
pub(crate) fn faults() -> Router<Arc<Site>> {
    async fn here() -> Response {
        panic!("the query was <b>ada@example.org</b>")
    }
    async fn behind(State(site): Shared) -> Result<Response, Error> {
        site.in_turn(Cost::Common, |_| -> Result<Response, _> { panic!("the query was <b>ada@example.org</b>") }).await
    }
    Router::new()
        .route("/api/fault/{id}", get(here))
        .route("/fault/{id}", get(here))
        .route("/fault/behind/{id}", get(behind))
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.0.lock().unwrap().push_str(&format!("{attributes:?}"));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if *event.metadata().level() <= Level::INFO {
            self.0.lock().unwrap().push_str(&format!("\n{event:?}"));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_mistake_in_a_handler_gives_a_page_and_no_word_of_what_was_asked() {
    let router = pages(site());
    // What is logged the first time while another test runs may be taken for what nobody listens to, so it is once logged before.
    ask(&router, "/fault/first").await;
    let log = Log::default();
    let _kept = tracing::subscriber::set_default(log.clone());
    tracing::callsite::rebuild_interest_cache();
    for (address, kind) in [
        ("/fault/of-eve?q=hidden", "text/html; charset=utf-8"),
        ("/fault/behind/of-eve?q=hidden", "text/html; charset=utf-8"),
        ("/api/fault/of-eve?q=hidden", "application/problem+json"),
    ] {
        let response = ask(&router, address).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "{address}");
        assert_eq!(head(&response, &header::CONTENT_TYPE), kind, "{address}");
        assert!(!head(&response, &header::CONTENT_SECURITY_POLICY).is_empty(), "{address}");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("Something broke on our side") && !body.contains("ada@"), "{address}: {body}");
        assert_eq!(ask(&router, "/search?q=cost").await.status(), StatusCode::OK, "the site lives after {address}");
    }
    let log = log.0.lock().unwrap().clone();
    // Where the panic was is for the program's hook to say, once; the request is known by its pattern.
    assert!(log.contains("/fault/behind/{id}") && log.contains("answered"), "{log}");
    for secret in ["ada@", "of-eve", "hidden", "panic"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
