//! `plenary search`: the same answers as the site, printed the way ripgrep prints matches.

use std::{
    io::{self, Write},
    ops::Range,
};

use anyhow::Result;
use chrono::Datelike;
use plenary_index::{Archive, Elsewhere, Hit, Parsed, Question, Sort, Start, query};

use crate::{
    args::{self, Order},
    config::Config,
    print::{self, Exit, safe},
};

/// Runs a search and prints it.
pub(crate) fn search(config: &Config, args: &args::Search) -> Result<Exit> {
    let archive = Archive::open(&config.index(), config.prefixes())?;
    let parsed = parsed(&args.query.join(" "), config)?;
    let sort = match args.sort {
        Some(Order::Relevance) => Sort::Relevance,
        None if parsed.query.has_words() => Sort::Relevance,
        Some(Order::Newest) | None => Sort::Newest,
        Some(Order::Oldest) => Sort::Oldest,
        Some(Order::Longest) => Sort::Longest,
    };
    if args.explain {
        explain(&archive, &parsed, args.json)?;
    }
    let mut printed = 0;
    let mut total = 0;
    // An answer holds at most so many hits; more are fetched page by page.
    while printed < args.limit {
        let limit = (args.limit - printed).min(plenary_index::archive::MAX_LIMIT);
        let question = Question { query: parsed.clone(), sort, grouped: false, limit, start: Start::Offset(printed) };
        let answer = archive.search(&question)?;
        total = answer.total;
        if answer.partial {
            writeln!(io::stderr(), "note: the search took too long and was cut off; there may be more than is shown")?;
        }
        for hit in &answer.hits {
            if args.json {
                print::line(plenary_web::hit_json(&config.web(), hit))?;
            } else {
                show(hit)?;
            }
        }
        printed += answer.hits.len();
        if answer.hits.len() < limit || printed + limit > plenary_index::archive::MAX_OFFSET {
            break;
        }
    }
    if !args.json {
        let shown = if (printed as u64) < total { format!(", the first {printed} shown") } else { String::new() };
        writeln!(
            io::stderr(),
            "{}{shown}: {}",
            print::plural(total, "message", "messages"),
            safe(&parsed.explained())
        )?;
        if total == 0 {
            instead(&archive, &parsed)?;
        }
    }
    Ok(if total == 0 { Exit::No } else { Exit::Done })
}

/// Reads a query as of today, and says what was wrong with it.
pub(crate) fn parsed(typed: &str, config: &Config) -> Result<Parsed> {
    let today = chrono::Utc::now();
    let parsed = query::parse_within(typed, (today.year(), today.month(), today.day()), &config.query());
    for problem in &parsed.problems {
        writeln!(io::stderr(), "note: {}", safe(problem))?;
    }
    Ok(parsed)
}

/// What each clause finds.
fn explain(archive: &Archive, query: &Parsed, json: bool) -> Result<()> {
    let explanation = archive.explain(query)?;
    if json {
        return print::line(plenary_web::explanation_json(&explanation));
    }
    let widest = explanation.clauses.iter().map(|clause| clause.label.chars().count()).max().unwrap_or(0).clamp(4, 60);
    print::line(format_args!("{:widest$}  {:>9}  {:>18}", "part", "alone", "others without it"))?;
    for clause in &explanation.clauses {
        print::line(format_args!("{:widest$}  {:>9}  {:>18}", safe(&clause.label), clause.alone, clause.rest))?;
    }
    let join = if explanation.all_must_hold { "every part" } else { "one part at least" };
    let cut = if explanation.partial { "; there was no time to count all of them" } else { "" };
    print::line(format_args!("A message must match {join}{cut}.\n"))
}

/// What to search for instead of what finds nothing, on standard error: it is no result.
fn instead(archive: &Archive, query: &Parsed) -> Result<()> {
    let instead = archive.instead(query)?;
    let mut says = io::stderr();
    let counted = |it: &Elsewhere| print::plural(it.total, "message", "messages");
    if let Some(it) = &instead.corrected {
        writeln!(says, "  did you mean: {}  ({})", safe(&it.query.to_string()), counted(it))?;
    }
    if let Some(it) = &instead.widened {
        writeln!(says, "  {} with quotes and signatures: {}", counted(it), safe(&it.query.to_string()))?;
    }
    for (label, it) in &instead.without {
        writeln!(says, "  {} without {}", counted(it), safe(label))?;
    }
    for part in &instead.parts {
        writeln!(says, "  {} by {} alone", print::plural(part.total, "message", "messages"), safe(&part.label))?;
    }
    for it in &instead.unknown {
        let others: Vec<String> = it.instead.iter().map(|it| format!("{} ({})", safe(&it.value), it.count)).collect();
        let others = if others.is_empty() { String::new() } else { format!("; there is {}", others.join(", ")) };
        writeln!(says, "  there is no {} {} in this archive{others}", it.field, safe(&it.value))?;
    }
    if instead.partial {
        writeln!(says, "  there was no time to count everything")?;
    }
    Ok(())
}

fn show(hit: &Hit) -> Result<()> {
    let (bold, dim, mark, off) = match print::coloured() {
        true => ("\x1b[1m", "\x1b[2m", "\x1b[1;33m", "\x1b[0m"),
        false => ("", "", "", ""),
    };
    let card = &hit.card;
    let subject = if card.subject.is_empty() { "(no subject)" } else { &card.subject };
    let date = card.date.map_or("undated".into(), |date| print::moment(date.seconds));
    print::line(format_args!("{bold}{}{off}", safe(subject)))?;
    print::line(format_args!("{dim}{date}{off}  {}  {dim}{}{off}", safe(&card.author.name), card.lists.join(" ")))?;
    for passage in &hit.passages {
        let paragraph = match (&passage.attachment, passage.paragraph) {
            (Some(name), _) => format!("in {}: ", safe(name)),
            (None, Some(number)) => format!("¶{number}: "),
            (None, None) => String::new(),
        };
        print::line(format_args!("  {dim}{paragraph}{off}{}", marked(&passage.text, &passage.marks, mark, off)))?;
    }
    print::line(format_args!("  {dim}/m/{}{off}\n", card.id))
}

fn marked(text: &str, marks: &[Range<usize>], mark: &str, off: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for range in marks {
        out.push_str(&safe(&text[at..range.start]));
        out.push_str(mark);
        out.push_str(&safe(&text[range.clone()]));
        out.push_str(off);
        at = range.end;
    }
    out.push_str(&safe(&text[at..]));
    out
}
