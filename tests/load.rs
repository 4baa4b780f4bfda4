//! Mixed traffic while dumps come, in short: no request fails, and no page is older than one seen before it.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Server, Site, json, mail};

const CLIENTS: usize = 4;
const RUNS: usize = 3;
/// The server looks for commits every other second.
const SOON: Duration = Duration::from_secs(30);

/// The messages that the archive has, as the server knows.
fn generation(server: &Server) -> u64 {
    let page = server.get("/readyz");
    let number = page.body.split_whitespace().nth(2).map(|text| text.trim_end_matches(','));
    number.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no generation in {:?}", page.body))
}

#[test]
fn requests_are_answered_while_dumps_come() {
    let site = Site::sample();
    site.ingest();
    let server = site.serve();
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let messages = site.found("list:bp_ipv6");
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (server, over, asked, messages) = (&server, &over, &asked, &messages);
            scope.spawn(move || {
                let mut latest = 0;
                for at in client.. {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let message = &messages[at * 7 % messages.len()];
                    let address = match at % 10 {
                        0 => format!("/api/v1/search?q=cost+-without{at}"),
                        1..6 => format!("/search?q=access+-without{at}"),
                        6..9 => format!("/m/{message}"),
                        _ => format!("/api/v1/messages/{message}"),
                    };
                    let page = server.get(&address);
                    assert_eq!(page.status, 200, "{address}: {}", page.body);
                    if at % 10 == 0 {
                        // A page is made of one commit, and never of an earlier one than a page before it.
                        let answer = json(&page.body);
                        let generation = answer["generation"].as_u64().unwrap();
                        assert!(generation >= latest, "{generation} after {latest}");
                        latest = generation;
                    }
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for run in 0..RUNS {
            let before = generation(&server);
            let id = format!("new-{run}@example.org");
            let new =
                mail(&id, "Eve <eve@example.org>", "More", "Fri, 03 Jun 2016 12:00:00 +0000", "", "It came late.");
            site.put("bp_ipv6", &format!("new-{run}.mbox"), &new);
            site.ingest();
            let begun = Instant::now();
            while generation(&server) == before {
                assert!(begun.elapsed() < SOON, "the commit is not seen");
                thread::sleep(Duration::from_millis(100));
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(asked.into_inner() > RUNS, "traffic went on");
    assert_eq!(server.said().len(), 1, "nothing was logged: {:?}", server.said());
}
