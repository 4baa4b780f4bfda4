//! Any page in any form: the page's address with a suffix. `Form` names the forms, `export` writes them, `routes` finds what is
//! asked for, and every other file knows one form.
//!
//! Nothing is capped: an export is a walk over all that is found, written as it is read. A feed alone is cut into pages.

pub(crate) mod atom;
mod bibtex;
pub(crate) mod cite;
mod csl;
mod csv;
pub(crate) mod export;
mod markdown;
mod mbox;
mod name;
mod ris;
pub(crate) mod routes;
mod row;
pub(crate) mod stream;
#[cfg(test)]
mod tests;
mod text;

use std::str::FromStr;

use plenary_index::Entry;

use self::cite::{Citation, STYLES, Style};
use crate::Config;

pub(crate) use markdown::Markdown;

/// A form that messages can be had in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// One document, as the API gives it.
    Json,
    /// One object a line, one line a message.
    Jsonl,
    /// One row a message (RFC 4180).
    Csv,
    /// A feed (RFC 4287), newest first, in pages (RFC 5005).
    Atom,
    /// A mailbox (mboxrd) of the messages as they came, addresses masked.
    Mbox,
    /// To be read on a terminal, whole.
    Txt,
    /// To be pasted into a report: own words by paragraph, and quotations.
    Md,
    /// BibTeX.
    Bib,
    /// RIS, which reference managers share.
    Ris,
    /// CSL-JSON, which citation processors read.
    Csl,
    /// A message's bytes as they came, addresses masked.
    Raw,
}

/// Forms of what may be many messages: a search, a thread, a list or a month of one, a person.
pub(crate) const OF_MANY: [Form; 10] =
    [Form::Json, Form::Jsonl, Form::Csv, Form::Atom, Form::Mbox, Form::Txt, Form::Md, Form::Bib, Form::Ris, Form::Csl];

/// Forms of one message.
pub(crate) const OF_ONE: [Form; 8] =
    [Form::Json, Form::Raw, Form::Txt, Form::Md, Form::Mbox, Form::Bib, Form::Ris, Form::Csl];

/// Every form, longest suffix first: `.csl.json` is not `.json`.
const ALL: [Form; 11] = [
    Form::Csl,
    Form::Json,
    Form::Jsonl,
    Form::Csv,
    Form::Atom,
    Form::Mbox,
    Form::Txt,
    Form::Md,
    Form::Bib,
    Form::Ris,
    Form::Raw,
];

impl Form {
    /// What its addresses end in, after the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Form::Json => "json",
            Form::Jsonl => "jsonl",
            Form::Csv => "csv",
            Form::Atom => "atom",
            Form::Mbox => "mbox",
            Form::Txt => "txt",
            Form::Md => "md",
            Form::Bib => "bib",
            Form::Ris => "ris",
            Form::Csl => "csl.json",
            Form::Raw => "raw",
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Form::Json => "JSON",
            Form::Jsonl => "JSON Lines",
            Form::Csv => "CSV",
            Form::Atom => "Atom",
            Form::Mbox => "mbox",
            Form::Txt => "text",
            Form::Md => "Markdown",
            Form::Bib => "BibTeX",
            Form::Ris => "RIS",
            Form::Csl => "CSL-JSON",
            Form::Raw => "raw message",
        }
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            // Registered by nobody yet; this is what its readers expect.
            Form::Jsonl => "application/jsonl",
            // RFC 4180, 3: without it the first line might be taken for a message.
            Form::Csv => "text/csv; charset=utf-8; header=present",
            Form::Atom => "application/atom+xml; charset=utf-8",
            Form::Mbox => "application/mbox",
            Form::Txt => "text/plain; charset=utf-8",
            Form::Md => "text/markdown; charset=utf-8",
            Form::Bib => "application/x-bibtex; charset=utf-8",
            Form::Ris => "application/x-research-info-systems; charset=utf-8",
            Form::Csl => "application/vnd.citationstyles.csl+json",
            // No charset is claimed: a message may be in several. Ours is in UTF-8 only where a mask stands.
            Form::Raw => "text/plain",
        }
    }

    /// Whether a browser shows it rather than keeping it as a file.
    fn is_shown(self) -> bool {
        matches!(self, Form::Json | Form::Atom | Form::Txt | Form::Md | Form::Raw | Form::Csl)
    }
}

impl FromStr for Form {
    type Err = ();

    fn from_str(suffix: &str) -> Result<Form, ()> {
        ALL.into_iter().find(|form| form.suffix() == suffix).ok_or(())
    }
}

/// Takes the suffix off the last part of an address. A Message-ID may well end so, and has no name of ours before it.
pub(crate) fn suffixed(name: &str) -> Option<(&str, Form)> {
    ALL.into_iter().find_map(|form| {
        let base = name.strip_suffix(form.suffix())?.strip_suffix('.')?;
        (!base.is_empty() && !base.contains('@')).then_some((base, form))
    })
}

/// The forms of a message, for the foot of its page: name and address.
pub(crate) fn of_message(path: &str) -> Vec<(&'static str, String)> {
    named(&OF_ONE, path.trim_end_matches('/'), "")
}

/// The forms of a page of many messages.
pub(crate) fn of_many(path: &str) -> Vec<(&'static str, String)> {
    named(&OF_MANY, path.trim_end_matches('/'), "")
}

/// The forms of a search.
pub(crate) fn of_search(query: &plenary_index::Parsed, sort: &str) -> Vec<(&'static str, String)> {
    // By relevance is what a page is for; an export goes by date.
    let sort = if matches!(sort, "newest" | "oldest") { sort } else { "" };
    named(&OF_MANY, "/search", &crate::links::with("", query, &[("sort", sort)]))
}

fn named(forms: &[Form], base: &str, parameters: &str) -> Vec<(&'static str, String)> {
    forms.iter().map(|form| (form.name(), format!("{base}.{}{parameters}", form.suffix()))).collect()
}

/// What a message's page says for those who cite it.
pub(crate) struct Styled {
    /// The line beside every message.
    pub(crate) plain: String,
    /// The first and last paragraph that is cited.
    pub(crate) paragraphs: Option<(usize, usize)>,
    /// The other styles: name and text.
    pub(crate) styles: Vec<(&'static str, String)>,
    /// The beginning of what its author wrote, for reference managers.
    pub(crate) summary: String,
}

/// Puts a citation of a message, or of a paragraph of it, into every style.
pub(crate) fn styled(entry: &Entry, config: &Config, paragraph: &str) -> Styled {
    let citation = Citation::of(&entry.card, config).at(paragraph, entry.paragraphs.len());
    Styled {
        plain: citation.to(Style::Plain),
        paragraphs: citation.paragraphs,
        styles: STYLES.into_iter().map(|(style, name)| (name, citation.to(style))).collect(),
        summary: atom::summary(entry),
    }
}
