//! The notes Pipermail leaves where it took a part out of a message.

use std::ops::Range;

use super::{
    Voice,
    lines::{self, Line},
};

/// A note has at most so many lines.
const MAX_LINES: usize = 10;

/// A part that the archive software took out, as its note tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    /// The note's place in the text: whole lines.
    pub range: Range<usize>,
    /// Name of the file, where the note tells one.
    pub name: Option<String>,
    /// Media type; what the note implies where it does not say.
    pub media_type: String,
    /// Size in bytes; 0 where unknown.
    pub size: u64,
    /// Where the part was stored: absolute or relative, as written.
    pub url: Option<String>,
}

/// The parts that Pipermail took out of a text.
pub fn scrubbed(text: &str) -> Vec<Scrubbed> {
    // Most messages have none, and one search settles it.
    let holds = |phrase: &str| memchr::memmem::find(text.as_bytes(), phrase.as_bytes()).is_some();
    if !holds("was scrubbed...") && !holds(STORE) {
        return Vec::new();
    }
    let lines = lines::cut(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        match note(&lines, at) {
            Some((part, next)) => {
                found.push(part);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

/// Marks Pipermail's notes and separators as footer.
pub(super) fn mark(lines: &mut [Line<'_>]) {
    let mut at = 0;
    while at < lines.len() {
        let text = lines[at].text;
        let stop = match text.as_bytes().first() {
            Some(b'-') if is_next_part(text) => at + 1,
            Some(b'-') if is_drawn(text) && translated(lines, at + 1).is_some() => at + 1,
            Some(_) if text.ends_with("...") => note(lines, at).map_or(at, |(_, next)| next),
            Some(b'S') if text.starts_with("Skipped content of type ") => at + 1,
            Some(b'[' | b'\t' | b' ') if text.trim_start() == "[[alternative HTML version deleted]]" => at + 1,
            _ => at,
        };
        for line in &mut lines[at..stop] {
            line.voice = Some(Voice::Footer);
        }
        at = stop.max(at + 1);
    }
}

/// `-------------- next part --------------`
pub(super) fn is_next_part(line: &str) -> bool {
    line.starts_with("-------------- next part --------------")
}

/// Part of every address under which Pipermail stores what it takes out.
const STORE: &str = "/attachments/";

/// The labels of a note as Mailman's translations have them.
const LABELS: [(&str, &[&str]); 7] = [
    ("Name", &["Nome", "Nom", "Nombre", "Dateiname", "Naam"]),
    ("Type", &["Tipo", "Typ", "Dateityp"]),
    ("Size", &["Tamanho", "Taille", "Tamaño", "Größe", "Dateigröße", "Dimensione", "Grootte"]),
    ("Desc", &["Descrição", "Descripción", "Beschreibung", "Descrizione", "Omschrijving"]),
    ("From", &["De", "Von", "Da", "Van"]),
    ("Subject", &["Assunto", "Sujet", "Asunto", "Betreff", "Oggetto", "Onderwerp"]),
    ("Date", &["Data", "Fecha", "Datum"]),
];

fn english(label: &str) -> &str {
    LABELS.iter().find(|(_, others)| others.contains(&label)).map_or(label, |(own, _)| own)
}

/// `-------------- Próxima Parte ----------`
fn is_drawn(line: &str) -> bool {
    line.starts_with("----------") && line.ends_with("----------")
}

/// Whether the note of a Mailman that speaks another language begins at line `at`: a sentence that ends in three points, then
/// labelled lines, the last of them an address of the archive's store. Says what was taken out in words of its own.
fn translated(lines: &[Line<'_>], at: usize) -> Option<&'static str> {
    let said = lines.get(at)?.text;
    if !said.ends_with("...") || said.len() > 120 {
        return None;
    }
    let labelled = lines[at + 1..].iter().take(MAX_LINES).map_while(|line| line.text.split_once(':'));
    let address =
        labelled.map(|(label, value)| (label.trim_end(), value)).find(|(label, _)| label.eq_ignore_ascii_case("url"));
    address.filter(|(_, value)| value.contains(STORE))?;
    Some(if said.contains("HTML") { "A page in another language" } else { "An attachment in another language" })
}

/// Reads the note that begins at line `at`; the note and one past its last line.
fn note(lines: &[Line<'_>], at: usize) -> Option<(Scrubbed, usize)> {
    let said = match lines[at].text.strip_suffix(" was scrubbed...") {
        Some(said) => said,
        None => translated(lines, at)?,
    };
    let implied = match said {
        "An attachment in another language" => "application/octet-stream",
        "A page in another language" => "text/html",
        "An HTML attachment" => "text/html",
        "An embedded message" => "message/rfc822",
        _ if !said.starts_with('A') || said.len() > 80 => return None,
        _ if said.contains("text") && !said.contains("non-text") => "text/plain",
        _ => "application/octet-stream",
    };
    let mut part = Scrubbed {
        range: lines[at].start..lines[at].end,
        name: None,
        media_type: implied.to_owned(),
        size: 0,
        url: None,
    };
    let mut next = at + 1;
    while let Some(line) = lines.get(next).filter(|_| next < at + MAX_LINES) {
        let Some((label, value)) = line.text.split_once(':') else { break };
        let (label, value) = (english(label.trim_end()), value.trim());
        let told = !value.is_empty() && value != "not available";
        match label {
            "Name" if told => part.name = Some(value.to_owned()),
            "Type" if told && implied != "message/rfc822" => part.media_type = value.to_ascii_lowercase(),
            "Size" => part.size = value.split(' ').next().and_then(|digits| digits.parse().ok()).unwrap_or(0),
            "URL" | "Url" => {
                let inner = value.trim_start_matches('<').trim_end_matches('>');
                part.url = (!inner.is_empty()).then(|| inner.to_owned());
            }
            "Name" | "Type" | "Desc" | "From" | "Subject" | "Date" => {}
            _ => break,
        }
        part.range.end = line.end;
        next += 1;
        if part.url.is_some() {
            break;
        }
    }
    Some((part, next))
}
