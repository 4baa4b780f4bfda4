//! `/m/<id>`: one message, to be read, cited and linked by paragraph.

use std::fmt;

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use plenary_index::{Card, Entry, Found, Surroundings};

use crate::{
    Config, Shared,
    body::{Block, MAX_SHOWN, Text, Wanted, blocks},
    card::{self, Brief},
    error::Error,
    forms::{self, Styled},
    links,
    mask::mask_raw,
    moved,
    params::Params,
    piece::{Piece, header_lines, plain, verbatim},
    quoted::Sources,
    rivals::{self, Rival},
    shell::{Shell, page},
    wording,
};

#[derive(Template)]
#[template(path = "message.html")]
struct Page {
    shell: Shell,
    told: Told,
    message_id: String,
    permalink: String,
    raw: String,
    /// Where its own HTML is shown.
    html: Option<String>,
    position: String,
    previous: Option<Brief>,
    next: Option<Brief>,
    replies_to: Option<(String, String)>,
    month: Option<(String, String)>,
    rivals: Vec<Rival>,
    /// All that claim its Message-ID, where it has more rivals than are compared.
    all_rivals: Option<String>,
    /// Whether it has paragraphs that can be cited.
    paragraphs: bool,
    /// Whether only its subject joins it to its thread.
    weak: bool,
    /// Whether its address leads here only on this machine.
    local: bool,
    citation: String,
    styled: Styled,
    problems: Vec<(String, String)>,
    places: Vec<(String, String)>,
    people: String,
    /// Said where it has more recipients than are named.
    more_people: String,
    in_lists: Vec<InList>,
    /// Its month in further lists: name and page.
    more_lists: Vec<(String, String)>,
    replies: Vec<Brief>,
    more_replies: String,
    headers: Text,
    /// Whether there are more headers than are shown.
    more_headers: bool,
}

/// The message's place in a list.
struct InList {
    name: String,
    previous: Option<Brief>,
    next: Option<Brief>,
}

/// Recipients named on a message's page; what was sent to more has them all in its headers.
const MAX_PEOPLE: usize = 20;

/// Bytes of headers shown on a message's page; what is longer is in the raw message.
const MAX_HEADERS: usize = 16_000;
/// Bytes of headers that are masked for that, more than come to what is shown: of any text masks leave a twentieth at least.
const MAX_MASKED: usize = 20 * MAX_HEADERS;

/// A message as a page tells it, alone or among others.
pub(crate) struct Told {
    /// In brief.
    pub(crate) brief: Brief,
    /// The day and time in full.
    pub(crate) date: String,
    /// The sender's own clock.
    pub(crate) local: String,
    /// Why the date may be off.
    pub(crate) doubt: &'static str,
    /// The domain the author wrote from, where the name does not show it.
    pub(crate) domain: String,
    /// What it says.
    pub(crate) blocks: Vec<Block>,
    /// What came with it.
    pub(crate) attachments: Vec<Attached>,
    /// Whether paragraphs carry anchors: only where one message is on the page.
    pub(crate) anchored: bool,
    /// The first and last paragraph that the page cites; none where it cites the whole message.
    pub(crate) cited: Option<(usize, usize)>,
}

impl Told {
    /// Whether the page cites a block: by its own number, or by one of a paragraph inside it.
    pub(crate) fn cites(&self, number: &usize, also: &[usize]) -> bool {
        let within = |number: &usize| self.cited.is_some_and(|(first, last)| (first..=last).contains(number));
        within(number) || also.iter().any(within)
    }
}

/// Something that came with a message.
pub(crate) struct Attached {
    /// Its file name.
    pub(crate) name: String,
    /// Type and size.
    pub(crate) detail: String,
    /// Its bytes, where the archive has them.
    pub(crate) address: Option<String>,
    /// Where the list's software said it had put it.
    pub(crate) elsewhere: Option<Text>,
}

/// Handles `/m/<id>`, its forms (`/m/<id>.json`), and `/m/<Message-ID>`, which leads to the first. `?p=4` cites a paragraph.
pub(crate) async fn handle(
    State(site): Shared,
    name: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(name) = name.map_err(|_| Error::NoMessage)?;
    if let Some((id, form)) = forms::suffixed(&name) {
        return forms::routes::message(&site, id, form, &params).await;
    }
    let id = name.as_str();
    let wanted = id.to_owned();
    let asked = site.read(move |archive| {
        let Some((found, around)) = archive.message_with_surroundings(&wanted)? else { return Ok(None) };
        let rivals = found.entry.rivals.iter().take(rivals::MOST).map(|card| archive.message(&card.id));
        let rivals: Vec<Entry> = rivals.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        Ok(Some((found, around, rivals)))
    });
    let (found, around, rivals) = asked.await?.ok_or(Error::NoMessage)?;
    if found.entry.card.id != id {
        return Ok(moved::for_good(&links::message(&found.entry.card.id), &params));
    }
    page(&view(&site.config, &found, &around, &rivals, params.text("p")))
}

/// A message's page as a document: for those who have a message and settings, and no archive around them.
///
/// # Errors
///
/// The template cannot be written.
pub fn document(found: &Found, around: &Surroundings, config: &Config) -> Result<String, fmt::Error> {
    view(config, found, around, &[], "").render().map_err(|_| fmt::Error)
}

fn view(config: &Config, found: &Found, around: &Surroundings, rivals: &[Entry], paragraph: &str) -> Page {
    let entry = &found.entry;
    let recipients = &entry.message.recipients;
    let sources = Sources::of(&around.earlier);
    let parent = around.earlier.first().map(|entry| entry.card.id.as_str());
    let styled = forms::styled(entry, config, paragraph);
    let wanted = Wanted { limit: MAX_SHOWN, own_only: false, sources: &sources, parent };
    let told = Told { cited: styled.paragraphs, ..tell(entry, config, true, &wanted) };
    let path = told.brief.address.clone();
    let permalink = format!("{}{path}", config.base_url);
    let (position, total) = entry.position;
    let near = |card: &Option<Card>| card.as_ref().map(|card| card::brief(card, config));
    let (headers, more_headers) = headers(&found.raw);
    let title = format!("{} – {}", told.brief.subject, told.brief.author);
    let shell = Shell::of(config, title).below(&config.base_url, &path).also(forms::of_message(&path));
    Page {
        shell,
        message_id: entry.card.message_id.as_deref().map(escape_id).unwrap_or_default(),
        raw: format!("{path}.raw"),
        html: entry.message.has_html.then(|| links::html(&entry.card.id)),
        position: format!("{position} of {total}"),
        previous: near(&entry.thread_neighbours.0),
        next: near(&entry.thread_neighbours.1),
        replies_to: entry.message.references.last().map(|id| (links::message(id.as_str()), escape_id(id.as_str()))),
        month: month(entry),
        rivals: rivals::of(entry, rivals, config),
        all_rivals: rivals::all(entry),
        paragraphs: !entry.paragraphs.is_empty(),
        weak: around.weak,
        local: config.is_local(),
        citation: styled.plain.clone(),
        styled,
        permalink,
        problems: entry.message.problems.iter().map(|it| (it.kind.to_owned(), plain(&it.detail))).collect(),
        places: entry
            .places
            .iter()
            .map(|place| {
                (plain(&place.dump), format!("byte {}, {}", wording::count(place.offset), wording::size(place.length)))
            })
            .collect(),
        people: recipients.iter().take(MAX_PEOPLE).map(|it| plain(&it.display())).collect::<Vec<_>>().join(", "),
        more_people: more(recipients.len().saturating_sub(MAX_PEOPLE)),
        in_lists: around
            .lists
            .iter()
            .map(|place| InList {
                name: plain(config.list_name(&place.list)),
                previous: near(&place.previous),
                next: near(&place.next),
            })
            .collect(),
        more_lists: more_lists(entry, around, config),
        replies: around.replies.iter().map(|card| card::brief(card, config)).collect(),
        more_replies: more(around.replies_in_all - around.replies.len()),
        headers,
        more_headers,
        told,
    }
}

/// `and 30 more`, of what is not named; empty where all of it is.
fn more(number: usize) -> String {
    if number == 0 { String::new() } else { format!("and {} more", wording::count(number)) }
}

/// The headers as they came, masked, and whether they go on. They are cut after they are masked, for what a cut leaves of an
/// address is not known for one; and between lines, unless one line is all.
fn headers(raw: &[u8]) -> (Text, bool) {
    let end = raw.windows(2).position(|pair| pair == b"\n\n" || pair == b"\n\r").unwrap_or(raw.len());
    let masked = mask_raw(&raw[..end.min(MAX_MASKED)]);
    let shown = if masked.len() <= MAX_HEADERS {
        masked.as_slice()
    } else {
        let line = masked[..MAX_HEADERS].iter().rposition(|&byte| byte == b'\n');
        &masked[..line.unwrap_or(MAX_HEADERS)]
    };
    // What is masked already must not be masked again: a Message-ID looks like an address.
    let text = Piece::Text(header_lines(&String::from_utf8_lossy(shown)));
    (Text { preformatted: true, pieces: vec![text] }, shown.len() < masked.len() || end > MAX_MASKED)
}

/// Puts a message into words, as much of it as is wanted.
pub(crate) fn tell(entry: &Entry, config: &Config, anchored: bool, wanted: &Wanted<'_>) -> Told {
    let date = entry.card.date.as_ref();
    Told {
        brief: card::brief(&entry.card, config),
        date: date.map_or_else(|| "date unknown".into(), |date| wording::long_moment(date.seconds)),
        local: date.and_then(wording::local).unwrap_or_default(),
        doubt: date.map_or("", wording::doubt),
        domain: entry.message.author.domain_beside().map(plain).unwrap_or_default(),
        blocks: blocks(entry, wanted),
        attachments: entry.message.attachments.iter().map(|it| attached(entry, it)).collect(),
        anchored,
        cited: None,
    }
}

fn attached(entry: &Entry, attachment: &plenary_index::ingest::Attachment) -> Attached {
    let name = attachment.name.as_deref().unwrap_or("unnamed");
    let kept = attachment.part.map(|part| links::attachment(&entry.card.id, part, name));
    let size = if kept.is_some() { wording::size(attachment.size) } else { "removed by the list server".into() };
    let is_searched = attachment.part.is_some_and(|part| entry.searched.contains(&part));
    let searched = if is_searched { ", its text is searched" } else { "" };
    Attached {
        name: plain(name),
        detail: format!("{}, {size}{searched}", plain(&attachment.media_type)),
        address: kept,
        elsewhere: attachment.url.as_deref().map(|url| Text { preformatted: false, pieces: verbatim(url) }),
    }
}

/// Lists of a message whose neighbours there were not looked for, each with the page of the message's month.
fn more_lists(entry: &Entry, around: &Surroundings, config: &Config) -> Vec<(String, String)> {
    let date = entry.card.date.as_ref().and_then(|date| wording::year_month(date.seconds));
    // Without a date it stands nowhere among others.
    let Some((year, month)) = date else { return Vec::new() };
    let looked = |slug: &String| around.lists.iter().any(|place| place.list == *slug);
    let rest = entry.card.lists.iter().filter(|slug| !looked(slug));
    rest.map(|slug| (plain(config.list_name(slug)), links::period(slug, year, month))).collect()
}

fn month(entry: &Entry) -> Option<(String, String)> {
    let (year, month) = wording::year_month(entry.card.date.as_ref()?.seconds)?;
    let list = entry.card.lists.first()?;
    Some((format!("{} {year}", wording::month_name(month)), links::period(list, year, month)))
}

/// A Message-ID is shown whole, for other systems know the message by it: not masked, but nothing in it may hide.
fn escape_id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_graphic() { c.to_string() } else { format!("⟨U+{:04X}⟩", u32::from(c)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_go_on_are_said_and_leave_no_part_of_an_address() {
        let address = "ann.lee@lists.example.org";
        let before = |length: usize| format!("Subject: {}\n", "x".repeat(length - 10));
        let most = MAX_HEADERS - 1;
        for (raw, goes_on) in [
            (format!("{}To: {address}\n\nann.lee", before(100)), false),
            (before(most + 1), false),
            (before(most + 2), true),
            (format!("{}To: {address}\n\n", before(most - 10)), true),
            (format!("To: {}{address}", "x, ".repeat(MAX_HEADERS / 3 - 5)), true),
            (format!("To: {}", format!("{address}, ").repeat(MAX_MASKED / 20)), true),
            (
                format!("Subject: =?utf-8?B?{}?=\n", data_encoding::BASE64.encode(address.repeat(4_000).as_bytes())),
                true,
            ),
        ] {
            let (text, more) = headers(raw.as_bytes());
            let shown = format!("{:?}", text.pieces);
            assert_eq!(more, goes_on, "{}", raw.len());
            assert!(!shown.contains("ann") && !shown.contains("YW5u"), "{shown}");
            assert!(shown.len() > 80, "something is shown: {shown}");
        }
    }

    #[test]
    fn ids_hide_nothing() {
        assert_eq!(escape_id("a@b\u{202E}c"), "a@b⟨U+202E⟩c");
    }
}
