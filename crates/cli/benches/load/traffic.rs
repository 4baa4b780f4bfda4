//! Mixed traffic while new dumps are ingested: one row a minute, and a verdict.

use std::{
    error::Error,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{Options, add_dump, client, ingest, mib, mix::Mix, rank, server::Server, verdict};

/// A row of the table.
const ROW: Duration = Duration::from_secs(60);
/// What is promised: milliseconds, and MiB in ten minutes.
const P50: f64 = 20.0;
const P99: f64 = 250.0;
const SLOPE: f64 = 1.0;
/// Shorter runs say nothing about memory: what is kept of pages still fills.
const SLOPE_NEEDS: Duration = Duration::from_secs(600);

/// What came of the requests of one row.
#[derive(Default)]
struct Came {
    took: Vec<Duration>,
    busy: usize,
    errors: Vec<String>,
}

/// Asks for as long as was said. Whether all held.
pub(crate) fn run(server: &Server, mix: &Mix, data: &Path, options: &Options) -> Result<bool, Box<dyn Error>> {
    let (came, next, over) = (Mutex::<Came>::default(), AtomicUsize::new(0), AtomicBool::new(false));
    let commits = AtomicUsize::new(0);
    let begun = Instant::now();
    println!(
        "{} requests a second by {} clients, for {:.1} minutes, an ingest every {} s",
        options.rate,
        options.clients,
        options.length.as_secs_f64() / 60.0,
        options.every.as_secs()
    );
    println!("minute requests  errors     429   p50 ms   p99 ms   max ms  memory MiB  own MiB   files  commits");
    let mut all = Came::default();
    let mut memory: Vec<(f64, f64)> = Vec::new();
    let (mut files, mut failed) = (Vec::new(), None);
    thread::scope(|scope| {
        for _ in 0..options.clients {
            scope.spawn(|| client(server, mix, options, begun, &next, &over, &came));
        }
        let writer = scope.spawn(|| write(data, options, &over, &commits).map_err(|error| error.to_string()));
        let mut rows = 0;
        while begun.elapsed() < options.length {
            rows += 1;
            let end = (ROW * rows).min(options.length);
            thread::sleep(end.saturating_sub(begun.elapsed()));
            let mut row = std::mem::take(&mut *came.lock().unwrap_or_else(PoisonError::into_inner));
            row.took.sort_unstable();
            let (resident, own, open) = (mib(server.resident()), mib(server.own()), server.open_files());
            println!(
                "{rows:6}{:9}{:8}{:8}{:9.2}{:9.2}{:9.2}{resident:12.1}{own:9.1}{:8}{:9}",
                row.took.len(),
                row.errors.len(),
                row.busy,
                rank(&row.took, 0.5),
                rank(&row.took, 0.99),
                rank(&row.took, 1.0),
                open.map_or("-".into(), |open| open.to_string()),
                commits.load(Ordering::Relaxed)
            );
            memory.push((begun.elapsed().as_secs_f64() / 600.0, own));
            files.extend(open);
            all.took.append(&mut row.took);
            all.errors.append(&mut row.errors);
            all.busy += row.busy;
        }
        over.store(true, Ordering::Relaxed);
        failed = writer.join().unwrap_or_else(|_| Err("the writer panicked".into())).err();
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    all.took.sort_unstable();
    for error in all.errors.iter().take(10) {
        println!("  {error}");
    }
    let (p50, p99) = (rank(&all.took, 0.5), rank(&all.took, 0.99));
    let wanted = options.length.as_secs_f64() * f64::from(options.rate);
    let mut held = verdict(
        all.errors.is_empty() && all.busy == 0,
        &format!("{} answers, {} errors, {} turned away", all.took.len(), all.errors.len(), all.busy),
    );
    held &= verdict(
        all.took.len() as f64 >= wanted * 0.95,
        &format!("{:.0} answers a second of {}", all.took.len() as f64 / options.length.as_secs_f64(), options.rate),
    );
    held &= verdict(p50 <= P50, &format!("p50 {p50:.2} ms, promised {P50} ms"));
    held &= verdict(p99 <= P99, &format!("p99 {p99:.2} ms, promised {P99} ms"));
    // The first half fills what is kept.
    let half = &memory[memory.len() / 2..];
    let (slope, error) = slope(half);
    let text = format!(
        "its own memory grows by {slope:.2} ± {error:.2} MiB in ten minutes of the second half, promised {SLOPE}"
    );
    match options.length >= SLOPE_NEEDS {
        true => held &= verdict(slope <= SLOPE, &text),
        false => println!("(too short to judge: {text})"),
    }
    let (first, last) = (files.first().copied().unwrap_or(0), files.last().copied().unwrap_or(0));
    // Segments come and go with commits.
    held &= verdict(last <= first + 64, &format!("{first} files open after the first minute, {last} at the end"));
    Ok(held)
}

/// Takes whichever request is due next.
fn client(
    server: &Server,
    mix: &Mix,
    options: &Options,
    begun: Instant,
    next: &AtomicUsize,
    over: &AtomicBool,
    came: &Mutex<Came>,
) {
    let mut connection = None;
    while !over.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = Duration::from_secs_f64(number as f64 / f64::from(options.rate));
        if due >= options.length {
            return;
        }
        thread::sleep(due.saturating_sub(begun.elapsed()));
        let address = mix.address(number);
        let answer = client::ask(&mut connection, &server.address, address, true);
        let took = begun.elapsed().saturating_sub(due);
        let mut came = came.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok((200, _)) => came.took.push(took),
            Ok((429, _)) => came.busy += 1,
            Ok((status, _)) => came.errors.push(format!("{status} for {address}")),
            Err(error) => {
                connection = None;
                came.errors.push(format!("{error} for {address}"));
            }
        }
    }
}

/// Brings a new dump every so often.
fn write(data: &Path, options: &Options, over: &AtomicBool, commits: &AtomicUsize) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    for number in 1.. {
        while begun.elapsed() < options.every * number {
            if over.load(Ordering::Relaxed) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        add_dump(data, number as usize)?;
        ingest(data)?;
        commits.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// How fast the second of each pair grows with the first, by least squares, and the standard error of that.
fn slope(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let alone: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if alone == 0.0 || points.len() < 3 {
        return (0.0, f64::INFINITY);
    }
    let slope = both / alone;
    let off: f64 = points.iter().map(|point| (point.1 - y - slope * (point.0 - x)).powi(2)).sum();
    (slope, (off / (count - 2.0) / alone).sqrt())
}
