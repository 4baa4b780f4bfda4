//! `plenary-sample DIR` writes the shipped sample; with `--messages` it writes an archive of that size.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for a terminal")]

use std::{fs, path::PathBuf, process::ExitCode};

const USAGE: &str = "usage: plenary-sample [--messages N [--lists N] [--seed N]] DIR

Writes an invented archive into DIR, one folder for each list.
Without --messages: the sample that is shipped in data/lists.
With it: that many messages over --lists lists (8), the same for the same --seed (7).";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("plenary-sample: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<String, String> {
    let (mut messages, mut lists, mut seed, mut dir) = (None, 8, 7, None);
    while let Some(arg) = args.next() {
        let mut number = || {
            let value = args.next().ok_or(format!("{arg} needs a number"))?;
            value.parse::<u64>().map_err(|_| format!("{arg} needs a number, not `{value}`"))
        };
        match arg.as_str() {
            "--messages" => messages = Some(number()?),
            "--lists" => lists = u32::try_from(number()?).map_err(|_| "too many lists".to_string())?,
            "--seed" => seed = number()?,
            "-h" | "--help" => return Ok(USAGE.to_string()),
            _ if arg.starts_with('-') || dir.is_some() => return Err(format!("cannot use `{arg}`\n\n{USAGE}")),
            _ => dir = Some(PathBuf::from(&arg)),
        }
    }
    let dir = dir.ok_or(USAGE)?;
    if let Some(messages) = messages {
        let written = plenary_sample::bulk(seed, messages, lists, &dir)
            .map_err(|error| format!("cannot write under `{}`: {error}", dir.display()))?;
        return Ok(format!("{} messages, {} bytes, in `{}`", written.messages, written.bytes, dir.display()));
    }
    let dumps = plenary_sample::shipped();
    for (path, bytes) in &dumps {
        let path = dir.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        made.map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    }
    let tally = plenary_sample::tally();
    Ok(format!(
        "{} messages ({} different) in {} dumps in `{}`",
        tally.read,
        tally.distinct,
        dumps.len(),
        dir.display()
    ))
}
