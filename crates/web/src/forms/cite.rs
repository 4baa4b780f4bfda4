//! What is said of a message to point at it, and the styles of saying it. Names stand as they were signed: which part of one
//! is the family's is not ours to guess.

use plenary_index::Card;

use crate::{Config, links, piece::plain, wording};

use super::{bibtex, csl, ris};

/// What every style needs, each value on one line, masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The message's id.
    pub(crate) id: String,
    /// Who wrote it.
    pub(crate) author: String,
    /// Its subject; empty where it has none.
    pub(crate) subject: String,
    /// The lists it went to, by name.
    pub(crate) lists: Vec<String>,
    /// When it was sent.
    pub(crate) seconds: Option<i64>,
    /// Its language.
    pub(crate) language: Option<String>,
    /// The Message-ID, which other systems know it by.
    pub(crate) message_id: Option<String>,
    /// Its permanent address, with the paragraph.
    pub(crate) url: String,
    /// The first and last paragraph that is cited.
    pub(crate) paragraphs: Option<(usize, usize)>,
}

/// A way to write a citation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The line that stands beside every message.
    Plain,
    /// A footnote.
    Footnote,
    /// Chicago, as a bibliography has it.
    Chicago,
    /// APA.
    Apa,
    /// BibTeX.
    Bibtex,
    /// RIS.
    Ris,
    /// CSL-JSON.
    Csl,
}

/// Every style with its name.
pub const STYLES: [(Style, &str); 7] = [
    (Style::Plain, "Plain"),
    (Style::Footnote, "Footnote"),
    (Style::Chicago, "Chicago"),
    (Style::Apa, "APA"),
    (Style::Bibtex, "BibTeX"),
    (Style::Ris, "RIS"),
    (Style::Csl, "CSL-JSON"),
];

impl Citation {
    /// A citation of a whole message.
    pub fn of(card: &Card, config: &Config) -> Citation {
        Citation {
            id: card.id.clone(),
            author: plain(&card.author.name),
            subject: plain(card.subject.trim()),
            lists: card.lists.iter().map(|slug| plain(config.list_name(slug))).collect(),
            seconds: card.date.as_ref().map(|date| date.seconds),
            language: card.language.as_deref().map(plain),
            message_id: card.message_id.as_deref().map(visible),
            url: format!("{}{}", config.base_url, links::message(&card.id)),
            paragraphs: None,
        }
    }

    /// The same of a paragraph, `4`, or of several, `4-6`, of a message that has so many. What names none is left out: a citation
    /// of the whole message is never wrong.
    pub fn at(mut self, typed: &str, paragraphs: usize) -> Citation {
        let typed = typed.trim().trim_start_matches(['#', 'p']);
        let (first, last) = typed.split_once('-').unwrap_or((typed, typed));
        let (Ok(first), Ok(last)) = (first.parse::<usize>(), last.trim_start_matches('p').parse::<usize>()) else {
            return self;
        };
        if 1 <= first && first <= last && last <= paragraphs {
            let range = if last > first { format!("-{last}") } else { String::new() };
            self.url.push_str(&format!("#p{first}{range}"));
            self.paragraphs = Some((first, last));
        }
        self
    }

    /// The citation in a style. BibTeX and RIS have several lines.
    pub fn to(&self, style: Style) -> String {
        match style {
            Style::Plain => {
                let title = if self.subject.is_empty() { "(no subject)" } else { &self.subject };
                let author = self.author.trim_end_matches('.');
                format!("{author}. “{}” {}, {}{}. {}", closed(title), self.sent(), self.when(), self.para(), self.url)
            }
            Style::Footnote => {
                let id = self.message_id.as_ref().map_or(String::new(), |id| format!(" (Message-ID: {id})"));
                let sent = lowered(&self.sent());
                format!(
                    "{}, “{}”, {sent}, {}{}, {}{id}.",
                    self.author,
                    self.title(),
                    self.when(),
                    self.para(),
                    self.url
                )
            }
            Style::Chicago => {
                let date = self.seconds.map_or_else(|| "undated".into(), wording::american_day);
                let author = self.author.trim_end_matches('.');
                format!("{author}. “{}” {}, {date}{}. {}.", closed(&self.title()), self.sent(), self.para(), self.url)
            }
            Style::Apa => {
                let date = self.seconds.map_or_else(|| "n.d.".into(), wording::year_first);
                let lists = if self.lists.is_empty() { String::new() } else { format!(" {}.", self.lists.join("; ")) };
                let author = self.author.trim_end_matches('.');
                format!("{author}. ({date}). {} [Mailing list message].{lists} {}", self.title(), self.url)
            }
            Style::Bibtex => bibtex::entry(self),
            Style::Ris => ris::entry(self).replace("\r\n", "\n"),
            Style::Csl => csl::item_text(self),
        }
    }

    /// The subject, or that there is none.
    pub(crate) fn title(&self) -> String {
        if self.subject.is_empty() { "(no subject)".into() } else { self.subject.clone() }
    }

    /// `Message to the A mailing list`.
    pub(crate) fn sent(&self) -> String {
        match self.lists.as_slice() {
            [] => "Message".into(),
            [one] => format!("Message to the {one} mailing list"),
            more => format!("Message to the mailing lists {}", more.join(", ")),
        }
    }

    /// `, para. 4`, or nothing.
    fn para(&self) -> String {
        match self.paragraphs {
            None => String::new(),
            Some((first, last)) if first == last => format!(", para. {first}"),
            Some((first, last)) => format!(", paras. {first}–{last}"),
        }
    }

    /// The paragraphs as a field has them: `4`, `4-6`.
    pub(crate) fn locator(&self) -> Option<String> {
        let (first, last) = self.paragraphs?;
        Some(if first == last { first.to_string() } else { format!("{first}-{last}") })
    }

    fn when(&self) -> String {
        self.seconds.map_or_else(|| "undated".into(), wording::day_and_time)
    }

    /// A context object (Z39.88) for one entry of a reference manager's pick-list.
    pub(crate) fn coins(&self) -> String {
        let date = self.seconds.map(wording::iso).unwrap_or_default();
        // An address that is not absolute leads nowhere from inside a reference manager.
        let address = if self.url.starts_with("http") { self.url.as_str() } else { "" };
        let pairs = [
            ("ctx_ver", "Z39.88-2004"),
            ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
            ("rft.type", "email"),
            ("rft.title", &self.title()),
            ("rft.creator", &self.author),
            ("rft.date", &date),
            ("rft.language", self.language.as_deref().unwrap_or("")),
            ("rft.identifier", address),
        ];
        links::parameters(&pairs).trim_start_matches('?').to_owned()
    }
}

/// A Message-ID is not masked, but nothing in it may hide.
fn visible(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_graphic() { c.to_string() } else { format!("⟨U+{:04X}⟩", u32::from(c)) }).collect()
}

/// A title with the full stop that a sentence ends with, unless it ends already.
fn closed(title: &str) -> String {
    if title.ends_with(['.', '?', '!']) { title.into() } else { format!("{title}.") }
}

fn lowered(sentence: &str) -> String {
    sentence.replacen("Message", "message", 1)
}
