//! `plenary stats`: what the archive holds.

use anyhow::Result;
use plenary_index::Archive;

use crate::{
    config::Config,
    print::{self, Exit, thousands},
};

/// Prints counts per list and in all.
pub(crate) fn stats(config: &Config, json: bool) -> Result<Exit> {
    let archive = Archive::open(&config.index(), config.prefixes())?;
    let overview = archive.overview();
    if json {
        print::line(plenary_web::lists_json(&config.web(), &overview))?;
        return Ok(Exit::Done);
    }
    let width = overview.lists.iter().map(|list| list.slug.chars().count()).max().unwrap_or(4).max(4);
    print::line(format_args!("{:<width$}  {:>10}  first       last", "list", "messages"))?;
    for list in &overview.lists {
        let (first, last) = list.span.map_or((String::new(), String::new()), |(a, b)| (print::day(a), print::day(b)));
        print::line(format_args!(
            "{:<width$}  {:>10}  {first:<10}  {last}",
            print::safe(&list.slug),
            thousands(list.messages)
        ))?;
    }
    print::line(format_args!(
        "\n{} in {} by {}",
        print::plural(overview.messages, "message", "messages"),
        print::plural(overview.threads, "thread", "threads"),
        print::plural(overview.people, "person", "people"),
    ))?;
    Ok(Exit::Done)
}
