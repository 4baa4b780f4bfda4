//! Prints what every message of some files says about itself, one JSON object per line: where its bytes are, its subject, its
//! author, its date. Another program reads the same bytes and compares: see `docs/agreement.md`.
//!
//!     cargo run --release -p plenary-ingest --example said -- FOLDER...
use std::{
    env, fs,
    io::{self, Write},
    path::PathBuf,
};

use plenary_ingest::{
    Form, Raw,
    mbox::{Piece, split},
    parse,
    source::{Limits, expand},
};
use serde_json::json;

/// No date may be later than this, whenever the comparison is made: 2026-11-25.
const LATEST: i64 = 1_795_600_000;

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for path in files(env::args_os().skip(1).map(PathBuf::from).collect())? {
        let limits = Limits::default();
        let Ok(reader) = expand(&path, &limits) else { continue };
        for piece in split(reader, &limits).map_while(Result::ok) {
            if let Piece::Message(raw) = piece {
                writeln!(out, "{}", said(&path.to_string_lossy(), &raw))?;
            }
        }
    }
    out.flush()
}

fn said(path: &str, raw: &Raw) -> serde_json::Value {
    let message = parse(raw, LATEST);
    let wrapped = message.problems.iter().any(|problem| problem.kind == "from" && problem.detail.contains("the list"));
    json!({
        "path": path,
        "offset": raw.offset + raw.from_line as u64,
        "length": raw.bytes.len() - raw.from_line,
        "masked": raw.form == Form::Pipermail,
        "subject": message.subject,
        "name": message.author.name,
        "email": message.author.email,
        "wrapped": wrapped,
        "date": message.date.map(|date| date.seconds),
        "date_source": message.date.map(|date| date.source.name()),
    })
}

/// These files, and all files below these folders, in order.
fn files(mut open: Vec<PathBuf>) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                open.push(entry?.path());
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
