//! Prints how well an archive answers the judged queries: NDCG@10 and reciprocal rank, for each and in the mean.
//!
//! `cargo run --release -p plenary-index --example judge -- target/corpus/open` ingests the lists of that folder first, into a
//! temporary one; `--index FOLDER` asks an index that holds them already. `--read` shows the best hits that
//! nobody has judged, for somebody to read: that is other people's mail, so it stays on the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "this is a program for a terminal")]

use std::{error::Error, path::Path, process::ExitCode};

use plenary_index::Archive;

#[path = "../judged/mod.rs"]
mod judged;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["--index", index] => open(index).and_then(|archive| measure(&archive)),
        ["--index", index, "--read"] => open(index).and_then(|archive| read(&archive)),
        [corpus] => anew(corpus),
        _ => Err("name the folder of the archives, or `--index FOLDER [--read]`".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("judge: {error}");
            ExitCode::FAILURE
        }
    }
}

fn open(index: &str) -> Result<Archive, Box<dyn Error>> {
    Ok(Archive::open(Path::new(index), Vec::new())?)
}

fn anew(corpus: &str) -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    measure(&judged::ingest(Path::new(corpus), temporary.path())?)
}

fn measure(archive: &Archive) -> Result<(), Box<dyn Error>> {
    let figures = judged::measure(archive)?;
    println!("NDCG@{}  1/rank  unjudged  query", judged::CUT);
    for one in &figures {
        println!("{:>7.3}  {:>6.3}  {:>8}  {}", one.ndcg, one.reciprocal, one.unjudged, one.query);
    }
    let (ndcg, reciprocal) = judged::means(&figures);
    println!("{ndcg:>7.4}  {reciprocal:>6.4}  {:>8}  mean of {}", "", figures.len());
    Ok(())
}

fn read(archive: &Archive) -> Result<(), Box<dyn Error>> {
    for judged in judged::set() {
        println!("\n? {}", judged.query);
        for (rank, hit) in judged::ask(archive, judged.query, judged::CUT)?.iter().enumerate() {
            let id = hit.card.id.as_str();
            if !judged.grades.contains_key(id) {
                println!("{:>2} {id} {} | {}", rank + 1, hit.card.lists.join(" "), hit.card.subject);
                hit.passages.iter().for_each(|passage| println!("     {}", passage.text));
            }
        }
    }
    Ok(())
}
