//! Pages made of searches, kept whole until the next commit: many visitors ask for the same few, and robots for the same again.
//!
//! What is kept is what was sent, packed or not, under the address as it was asked; a page depends on nothing else but the commit, the
//! day and the settings (see `headers::revalidate`). A page whose search was cut short by the clock is sent, but never kept; nor is
//! what is made while it is sent, which nobody may gather in memory.

use std::{
    cell::Cell,
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use plenary_index::Kept;
use tokio::sync::watch;

use crate::{Shared, wording::today};

/// Longest address that is kept. A query has at most 1,024 bytes, of which each may take three in an address.
const MAX_ADDRESS: usize = 4 << 10;
/// What a page takes beside its body and its address, about.
const BESIDE_BODY: usize = 1 << 10;

tokio::task_local! {
    /// Whether a search of this request was cut short.
    static CUT: Cell<bool>;
}

/// Says that a search of the request under way was cut short.
pub(crate) fn cut_short() {
    // Outside a request, as in a test of one handler, nobody asks.
    let _ = CUT.try_with(|cut| cut.set(true));
}

/// Goes along with a response whose body is made while it is sent. Its address may be that of a page but for the suffix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Streamed;

/// An address, and whether its page is wanted packed.
type Name = (String, bool);

/// A page as it was sent.
#[derive(Debug, Clone)]
struct Page {
    headers: HeaderMap,
    body: Bytes,
}

/// The pages kept, and those being made.
pub(crate) struct Cache {
    pages: Kept<Name, Page>,
    /// The commit and the day they belong to.
    epoch: Mutex<Epoch>,
    /// Who makes a page is watched by those who ask for the same one: a commit makes everybody ask at once.
    making: Mutex<HashMap<Name, watch::Receiver<()>>>,
}

type Epoch = (u64, (i32, u32, u32));

impl Cache {
    /// Room for so many bytes of pages.
    pub(crate) fn with_room(bytes: usize) -> Cache {
        Cache { pages: Kept::with_room(bytes), epoch: Mutex::default(), making: Mutex::default() }
    }

    /// A page of this commit and day; pages of any other are dropped.
    fn get(&self, name: &Name, now: Epoch) -> Option<Page> {
        let mut epoch = lock(&self.epoch);
        if *epoch != now {
            *epoch = now;
            self.pages.clear();
        }
        self.pages.get(name)
    }

    fn put(&self, name: Name, page: Page, made: Epoch) {
        let epoch = lock(&self.epoch);
        if *epoch == made {
            let bytes = page.body.len() + name.0.len() + BESIDE_BODY;
            self.pages.put(name, page, bytes);
        }
    }

    /// The one who makes a page, or the one to wait for.
    fn make(&self, name: &Name) -> Result<Making<'_>, watch::Receiver<()>> {
        let mut making = lock(&self.making);
        if let Some(maker) = making.get(name) {
            return Err(maker.clone());
        }
        let (done, watched) = watch::channel(());
        making.insert(name.clone(), watched);
        Ok(Making { cache: self, name: name.clone(), _done: done })
    }
}

/// Held while a page is made; also when the visitor leaves before it is done, others are told.
struct Making<'a> {
    cache: &'a Cache,
    name: Name,
    _done: watch::Sender<()>,
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        lock(&self.cache.making).remove(&self.name);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers with a page that is kept, or makes it and keeps it.
pub(crate) async fn keep(State(site): Shared, request: Request, next: Next) -> Response {
    let Some(name) = name(&request) else { return whole(request, next).await.0 };
    let now = (site.archive.generation(), today());
    let making = match site.cache.get(&name, now) {
        Some(page) => return kept(&site, page, request, next).await,
        None => match site.cache.make(&name) {
            Ok(making) => Some(making),
            Err(mut maker) => {
                // Ends with an error, which says that the maker has gone.
                let _ = maker.changed().await;
                if let Some(page) = site.cache.get(&name, now) {
                    return kept(&site, page, request, next).await;
                }
                None
            }
        },
    };
    let (response, cut) = whole(request, next).await;
    if response.status() != StatusCode::OK || cut || response.extensions().get::<Streamed>().is_some() {
        return response;
    }
    let (parts, body) = response.into_parts();
    // All that is not streamed is in memory already, so there is no more to come than there was.
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    // Nobody gets a packed page who did not ask for one.
    if !parts.headers.contains_key(header::CONTENT_ENCODING) || name.1 {
        // A copy takes as much memory as the page is long; what it was written into may be twice as long.
        let page = Page { headers: parts.headers.clone(), body: Bytes::copy_from_slice(&body) };
        site.cache.put(name, page, now);
    }
    drop(making);
    Response::from_parts(parts, Body::from(body))
}

/// A page that is kept; who has it already is told so by those who know how.
async fn kept(site: &crate::site::Site, page: Page, request: Request, next: Next) -> Response {
    let tag = page.headers.get(header::ETAG);
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    if known
        .flat_map(|tags| tags.split(','))
        .any(|known| tag.is_some_and(|tag| tag.as_bytes() == known.trim().as_bytes()))
    {
        return next.run(request).await;
    }
    site.metrics.kept();
    let mut response = Response::new(Body::from(page.body));
    *response.headers_mut() = page.headers;
    response
}

/// Answers a request, and says whether a search of it was cut short. Such an answer may be better a moment later.
async fn whole(request: Request, next: Next) -> (Response, bool) {
    let answered = async {
        let response = next.run(request).await;
        (response, CUT.with(Cell::get))
    };
    let (mut response, cut) = CUT.scope(Cell::new(false), answered).await;
    if cut {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().remove(header::ETAG);
    }
    (response, cut)
}

/// Under what name the answer to a request is kept, if it is a page of searches.
fn name(request: &Request) -> Option<Name> {
    let path = request.uri().path();
    let searches = matches!(path, "/" | "/search" | "/search.json" | "/api/v1/search")
        || path.starts_with("/l/")
        || path.starts_with("/p/");
    let address = request.uri().path_and_query()?.as_str();
    let plain = request.method() == Method::GET && !request.headers().contains_key(header::RANGE);
    (searches && plain && address.len() <= MAX_ADDRESS).then(|| (address.to_owned(), takes_gzip(request.headers())))
}

/// Whether a visitor takes packed pages.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let taken = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    taken.flat_map(|value| value.split(',')).any(|coding| {
        let (coding, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_end_matches(['0', '.']).is_empty());
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &'static str) -> Page {
        Page { headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn pages_go_with_their_commit_and_with_their_day() {
        let cache = Cache::with_room(1 << 20);
        let name = ("/search?q=cost".to_owned(), false);
        let (today, tomorrow) = ((2016, 8, 1), (2016, 8, 2));
        assert!(cache.get(&name, (7, today)).is_none());
        cache.put(name.clone(), page("seven"), (7, today));
        assert_eq!(cache.get(&name, (7, today)).map(|page| page.body), Some("seven".into()));
        assert!(cache.get(&(name.0.clone(), true), (7, today)).is_none(), "packed is something else");
        assert!(cache.get(&name, (8, today)).is_none());
        cache.put(name.clone(), page("late"), (7, today));
        assert!(cache.get(&name, (8, today)).is_none(), "made for the commit before");
        cache.put(name.clone(), page("eight"), (8, today));
        assert!(cache.get(&name, (8, tomorrow)).is_none());
    }

    #[tokio::test]
    async fn one_makes_a_page_and_the_others_wait() {
        let cache = Cache::with_room(1 << 20);
        let name = ("/search".to_owned(), false);
        let making = cache.make(&name).ok();
        assert!(making.is_some());
        let Err(mut maker) = cache.make(&name) else { panic!("two make the same page") };
        drop(making);
        assert!(maker.changed().await.is_err());
        assert!(cache.make(&name).is_ok());
    }

    #[test]
    fn who_refuses_packed_pages_gets_none() {
        for (value, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("gzip; q=0.00", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(takes_gzip(&headers), takes, "{value}");
        }
    }
}
