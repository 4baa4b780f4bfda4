//! 64 clients who send the slowest queries, beside clients with normal ones.

use std::{
    error::Error,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Options,
    client::{self, Load, Tally},
    mix::Mix,
    server::Server,
    verdict,
};

/// Queries with reason to be slow: many hits, many words, long phrases, stars, slips, and all of it in everything.
const CANDIDATES: [&str; 32] = [
    "the",
    "in:everything the",
    "the of and to in is that it for on",
    "\"of the\"",
    "in:everything \"of the\"",
    "\"to be able to\"",
    "in:everything \"in the case of the\"",
    "co*",
    "in:everything co*",
    "re* co* in* st* pr*",
    "in:everything re* co* in* st* pr*",
    "in:everything pa* fu* da* me* va* li* fi* ob* ty* cl*",
    "function~2",
    "in:everything function~2",
    "packege~2 functoin~2 memery~2 errer~2",
    "in:everything packege~2 functoin~2 memery~2 errer~2",
    "the OR of OR and OR to OR in OR is OR that",
    "in:everything the OR of OR and OR to OR in OR is OR that",
    "-zebra",
    "in:everything -zebra -xylophone",
    "(the OR of) (and OR to) (in OR is) (that OR it)",
    "in:everything (the OR of) (and OR to) (in OR is) (that OR it)",
    "from:a*",
    "from:a* in:everything the",
    "subject:re* co*",
    "in:everything \"the\" \"of\" \"and\" \"to\"",
    "after:1990 before:2030 the",
    "in:everything after:1990 before:2030 e*",
    "ab* ac* ad* ae* af* ag* ah* ai* ak* al* am* an* ao* ap* ar* as* at* au* av* aw* ax* ay*",
    "in:everything ab* ac* ad* ae* af* ag* ah* ai* ak* al* am* an* ao* ap* ar* as* at* au* av* aw* ax* ay*",
    "in:everything th* OR wh* OR wi* OR an* OR in* OR on*",
    "in:everything \"if you are using the\"",
];
/// How many of them are sent.
const SLOWEST: usize = 20;
const HEAVY: usize = 64;
const NORMAL: usize = 8;
/// What is promised to others, in milliseconds.
const P95: f64 = 500.0;

/// Half of the time without them, half with them.
pub(crate) fn run(server: &Server, mix: &Mix, options: &Options) -> Result<bool, Box<dyn Error>> {
    let mut timed = Vec::new();
    for query in CANDIDATES {
        let begun = Instant::now();
        client::get(&server.address, &address(query, 0))?;
        timed.push((begun.elapsed(), query));
    }
    timed.sort_unstable_by_key(|(took, _)| std::cmp::Reverse(*took));
    timed.truncate(SLOWEST);
    for (took, query) in [timed.first(), timed.last()].into_iter().flatten() {
        println!("alone {:7.1} ms: {query}", took.as_secs_f64() * 1e3);
    }
    let half = options.length / 2;
    let load = |from: usize| Load {
        server: server.address.clone(),
        clients: NORMAL,
        gzip: true,
        // No two the same: a kept page needs no turn.
        addresses: (from..from + 9_000).map(|number| mix.search(number).to_owned()).collect(),
        once: false,
    };
    println!("{:52}{}", "", Tally::HEAD);
    println!("{:52}{}", format!("{NORMAL} clients alone"), load(0).run(half).row());
    let (over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (answered, busy, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let beside = thread::scope(|scope| {
        for _ in 0..HEAVY {
            scope.spawn(|| {
                let mut connection = None;
                while !over.load(Ordering::Relaxed) {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    let address = address(timed[number % timed.len()].1, number + 1);
                    match client::ask(&mut connection, &server.address, &address, false) {
                        Ok((200, _)) => &answered,
                        Ok((429, _)) => {
                            thread::sleep(client::WAIT);
                            &busy
                        }
                        Ok(_) | Err(_) => {
                            connection = None;
                            &failed
                        }
                    }
                    .fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        let beside = load(9_000).run(half);
        over.store(true, Ordering::Relaxed);
        beside
    });
    println!("{:52}{}", format!("{NORMAL} clients beside {HEAVY} with the slowest queries"), beside.row());
    println!("the {HEAVY}: {} answered, {} turned away with 429", answered.into_inner(), busy.into_inner());
    let p95 = beside.rank(0.95);
    let failed = failed.into_inner() + beside.errors();
    let mut held = verdict(failed == 0, &format!("{failed} errors and timeouts"));
    held &= verdict(p95 <= P95, &format!("p95 of the others {p95:.1} ms, promised {P95} ms"));
    println!("{:.1} % of the others' searches were turned away with 429", 100.0 * beside.busy_share());
    Ok(held)
}

/// The same query, different each time to what keeps pages.
fn address(query: &str, number: usize) -> String {
    format!("/search?q={}+-qq{number}", query.replace(' ', "+").replace('"', "%22"))
}
