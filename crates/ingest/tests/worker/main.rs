//! Workers that overflow their stack, eat memory, never end or talk nonsense: the job fails with a reason, and the next one works.
//!
//! This program is its own worker: started with the argument `worker` it serves the jobs of this test. So it has no harness of the
//! test runner, which would write among the answers.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // A test program that is its own harness.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use plenary_ingest::worker::{Duty, Failure, Limits, MAX_FRAME, Pool, Settings, serve};

const ECHO: u8 = 1;
const OVERFLOW: u8 = 2;
const ALLOCATE: u8 = 3;
const SPIN: u8 = 4;
const SLEEP: u8 = 5;
const PANIC: u8 = 6;
const REFUSE: u8 = 7;
const QUIT: u8 = 8;
const TAKE: u8 = 9;
const SHOUT: u8 = 10;
const SECRETS: u8 = 11;

const DUTIES: &[Duty] = &[
    (ECHO, |bytes| Ok(bytes.to_vec())),
    (OVERFLOW, |bytes| Ok(vec![deeper(bytes.len() as u64) as u8])),
    (ALLOCATE, |_| {
        let mut held = Vec::new();
        loop {
            held.push(vec![1_u8; 8 << 20]);
        }
    }),
    (SPIN, |bytes| {
        let count = AtomicUsize::new(bytes.len());
        loop {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }),
    (SLEEP, |_| {
        std::thread::sleep(Duration::from_secs(600));
        Ok(Vec::new())
    }),
    (PANIC, |_| panic!("on purpose")),
    (REFUSE, |_| Err("it is of no use".to_owned())),
    (QUIT, |_| std::process::exit(3)),
    (TAKE, |bytes| {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let mib: usize = text.parse().map_err(|_| "no number".to_owned())?;
        Ok(vec![vec![1_u8; mib << 20][mib]])
    }),
    (SHOUT, |_| Ok(vec![b'!'; MAX_FRAME + 1])),
    (SECRETS, |_| Ok(std::env::vars().count().to_string().into_bytes())),
];

/// Goes as deep as the stack allows, and on.
#[expect(unconditional_recursion, reason = "that is what is tested")]
fn deeper(n: u64) -> u64 {
    let kept = std::hint::black_box([n; 64]);
    deeper(n + 1) + kept[(n % 64) as usize]
}

const TESTS: &[(&str, fn())] = &[
    ("a_job_comes_back_and_its_worker_takes_the_next", works),
    ("no_worker_is_started_before_there_is_a_job", lazy),
    ("a_worker_that_overflows_its_stack_costs_only_its_job", || dies(OVERFLOW, Failure::Died)),
    ("a_worker_that_eats_all_memory_costs_only_its_job", || dies(ALLOCATE, Failure::Died)),
    ("a_worker_that_never_ends_is_stopped_by_its_processor_time", || dies(SPIN, Failure::TooLong)),
    ("a_worker_that_sleeps_is_stopped_by_the_clock", || dies(SLEEP, Failure::TooLong)),
    ("a_worker_that_leaves_is_replaced", || dies(QUIT, Failure::NotStarted("it ended with code 3".into()))),
    ("a_refusal_is_an_answer_and_keeps_the_worker", refusals),
    ("memory_below_the_limit_is_given_and_above_it_is_not", memory),
    ("a_job_of_the_largest_size_is_taken_and_one_byte_more_is_not", sizes),
    ("a_program_that_is_not_there_is_said", missing),
    ("a_program_that_talks_nonsense_fails_the_job", nonsense),
    ("many_jobs_at_once_share_few_workers", shared),
    ("a_worker_sees_nothing_of_the_environment", || assert_eq!(ask(&pool(), SECRETS), Ok(b"0".to_vec()))),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, memory, seconds] = arguments.as_slice()
        && first == "worker"
    {
        let (memory, seconds) = (memory.parse().unwrap(), seconds.parse().unwrap());
        return if serve(memory, seconds, DUTIES).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    // As with any test program, a word that is no option chooses tests by their names.
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-'));
    let list = arguments.iter().any(|argument| argument == "--list");
    for (name, test) in TESTS.iter().filter(|(name, _)| wanted.is_none_or(|wanted| name.contains(wanted.as_str()))) {
        if !list {
            test();
        }
        println!("{name}: {}", if list { "test" } else { "ok" });
    }
    ExitCode::SUCCESS
}

fn settings() -> Settings {
    Settings {
        program: std::env::current_exe().unwrap(),
        arguments: vec!["worker".into()],
        limits: Limits { processor: 1, clock: Duration::from_secs(60), ..Limits::default() },
        workers: 1,
    }
}

fn pool() -> Pool {
    Pool::new(settings())
}

fn ask(pool: &Pool, job: u8) -> Result<Vec<u8>, Failure> {
    pool.ask(job, b"word".to_vec())
}

fn works() {
    let pool = pool();
    for _ in 0..3 {
        assert_eq!(ask(&pool, ECHO), Ok(b"word".to_vec()));
    }
    assert_eq!(pool.started(), 1);
}

fn lazy() {
    assert_eq!(pool().started(), 0);
}

fn dies(job: u8, expected: Failure) {
    let mut settings = settings();
    if job == SLEEP {
        settings.limits.clock = Duration::from_millis(300);
    }
    let pool = Pool::new(settings);
    // As the first job of a worker, and after another, when a second worker must come to the same end.
    assert_eq!(ask(&pool, job), Err(expected.clone()));
    assert_eq!(pool.started(), 1);
    if job != SLEEP {
        assert_eq!(ask(&pool, ECHO), Ok(b"word".to_vec()));
        assert_eq!(ask(&pool, job), Err(expected));
        assert_eq!(pool.started(), 3);
        assert_eq!(ask(&pool, ECHO), Ok(b"word".to_vec()));
    }
}

fn refusals() {
    let pool = pool();
    assert_eq!(ask(&pool, REFUSE), Err(Failure::Refused("it is of no use".into())));
    assert_eq!(ask(&pool, PANIC), Err(Failure::Refused("the program that reads it failed on it".into())));
    assert_eq!(ask(&pool, SHOUT), Err(Failure::Refused("what came of it is too large".into())));
    assert_eq!(ask(&pool, ECHO), Ok(b"word".to_vec()));
    assert_eq!(pool.started(), 1);
}

fn memory() {
    let pool = pool();
    let take = |mib: u64| pool.ask(TAKE, mib.to_string().into_bytes());
    // The program and its stacks take some of it, so the edge is not to be had to the byte.
    assert_eq!(take((Limits::MEMORY >> 20) / 2), Ok(vec![1]));
    assert_eq!(take(Limits::MEMORY >> 20), Err(Failure::Died));
}

fn sizes() {
    let pool = pool();
    assert_eq!(pool.ask(ECHO, vec![7; MAX_FRAME]).map(|bytes| bytes.len()), Ok(MAX_FRAME));
    assert_eq!(pool.ask(ECHO, vec![7; MAX_FRAME + 1]), Err(Failure::TooLarge));
}

fn missing() {
    let pool = Pool::new(Settings { program: "/nowhere/plenary".into(), ..settings() });
    assert!(matches!(ask(&pool, ECHO), Err(Failure::NotStarted(_))));
}

fn nonsense() {
    let settings =
        Settings { program: "/bin/sh".into(), arguments: vec!["-c".into(), "echo hello".into()], ..settings() };
    assert!(ask(&Pool::new(settings), ECHO).is_err());
}

fn shared() {
    let pool = Pool::new(Settings { workers: 2, ..settings() });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(ask(&pool, ECHO), Ok(b"word".to_vec())));
        }
    });
    assert!((1..=2).contains(&pool.started()), "{} workers", pool.started());
}
