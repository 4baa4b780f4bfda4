//! Tests of what visitors get when there are more of them than can be served, or less time than a search needs.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header},
    middleware::from_fn_with_state,
    response::Response,
    routing::get,
};
use plenary_index::{Archive, Rules, ingest::source::Limits, run};
use tower::ServiceExt;

use crate::{Config, cache, pages, site::Site};

/// A site over an archive of one message. The folder goes away with the test, after the index has been opened.
fn site() -> Arc<Site> {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("lists/list");
    fs::create_dir_all(&list).unwrap();
    let mail = "From a@example.org Thu Jun  2 14:03:11 2016\nFrom: Ann <a@example.org>\nSubject: cost\n\
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
    site.occupy();
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
