//! `plenary cite`: a message's citation, as its page has it.

use anyhow::Result;
use plenary_index::Archive;
use plenary_web::{Citation, Style};

use crate::{
    args,
    config::Config,
    print::{self, Exit, safe},
    serve,
    show::{bare, missing},
};

/// Prints a citation.
pub(crate) fn cite(config: &Config, args: &args::Cite) -> Result<Exit> {
    let archive = Archive::open(&config.index(), config.prefixes())?;
    let Some(entry) = archive.message(bare(&args.id))? else { return missing(&args.id) };
    let paragraph = args.id.rsplit_once("#p").map_or("", |(_, paragraph)| paragraph);
    let citation = Citation::of(&entry.card, &serve::site(config));
    let citation = if paragraph.is_empty() {
        citation
    } else {
        let whole = citation.clone();
        let part = citation.at(paragraph, entry.paragraphs.len());
        if part == whole {
            return Err(print::usage(anyhow::anyhow!(
                "this message has no paragraph `{}`; its author wrote {}",
                safe(paragraph),
                print::plural(entry.paragraphs.len() as u64, "paragraph", "paragraphs")
            )));
        }
        part
    };
    let text = safe(&citation.to(style(args.style)));
    print::line(text.trim_end())?;
    Ok(Exit::Done)
}

fn style(asked: args::Style) -> Style {
    match asked {
        args::Style::Plain => Style::Plain,
        args::Style::Footnote => Style::Footnote,
        args::Style::Chicago => Style::Chicago,
        args::Style::Apa => Style::Apa,
        args::Style::Bibtex => Style::Bibtex,
        args::Style::Ris => Style::Ris,
        args::Style::Csl => Style::Csl,
    }
}
