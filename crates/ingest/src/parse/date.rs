//! The date of a message: the best of Date, Received and the From_ line, never the clock of the machine.

use super::mime::{self, Mime};
use crate::{
    DateSource, Dated, Problem, Raw,
    mbox::{self, from_line_date},
};

/// The first moment that a date is believed: 1990-01-01T00:00:00Z. No list whose dumps we know is older, and clocks that
/// were never set say 1970 or 1980.
pub const EARLIEST: i64 = 631_152_000;
/// How far past the time of the run a date may lie, in seconds: a day, for clocks and zones set wrongly by hours.
pub const LATEST_AHEAD: i64 = 86_400;

/// Widest zone believed, in minutes: +14:00 is the widest in use.
const WIDEST_ZONE: i16 = 14 * 60;

pub(super) fn choose(mime: &Mime<'_>, raw: &Raw, latest: i64, problems: &mut Vec<Problem>) -> Option<Dated> {
    let believed = |seconds: &i64| (EARLIEST..=latest).contains(seconds);
    let header = mime.header("Date").map(mime::decode_header);
    if let Some((seconds, offset)) = header.as_deref().and_then(read) {
        let zone = offset.unwrap_or(0);
        let sound = zone.abs() <= WIDEST_ZONE;
        // With an impossible zone the clock time is still the best there is, read as UTC.
        let seconds = if sound { seconds } else { seconds + i64::from(zone) * 60 };
        if believed(&seconds) {
            if !sound {
                problems.push(Problem::new("date", "the Date header has an impossible zone; its time is read as UTC"));
            }
            return Some(Dated { seconds, offset: offset.filter(|_| sound), source: DateSource::Date });
        }
    }
    let said = header
        .as_deref()
        .map_or("no Date header".to_owned(), |value| format!("the Date header says `{}`", mime::clean(value)));
    let received = mime
        .headers("Received")
        .filter_map(|value| read(mime::decode_header(value).rsplit_once(';')?.1))
        .find(|(seconds, offset)| believed(seconds) && offset.unwrap_or(0).abs() <= WIDEST_ZONE);
    if let Some((seconds, _)) = received {
        problems.push(Problem::new("date", format!("{said}; the date is taken from Received")));
        return Some(Dated { seconds, offset: None, source: DateSource::Received });
    }
    if let Some(seconds) = from_line_date(mbox::from_line(&raw.bytes[..raw.from_line])).filter(believed) {
        problems.push(Problem::new("date", format!("{said}; the date is taken from the From_ line")));
        return Some(Dated { seconds, offset: None, source: DateSource::FromLine });
    }
    problems.push(Problem::new("date", format!("{said}; no date can be known")));
    None
}

/// Longest date header read, in bytes: the longest honest ones, with comments, have under 80.
const MAX_DATE: usize = 200;

fn read(value: &str) -> Option<(i64, Option<i16>)> {
    let value = value.trim();
    mime::date(&value[..value.floor_char_boundary(MAX_DATE)])
}

/// The offset of a zone that the parser misreads: it takes hours modulo 24, so that `+9900` would pass for an honest `+0300`, and
/// `-600` for sixty hours.
pub(super) fn odd_zone(value: &str) -> Option<i16> {
    value.split_whitespace().find_map(|word| {
        let digits = word.strip_prefix(['+', '-'])?;
        let zone: u16 = digits.parse().ok()?;
        let (hours, minutes) = ((zone / 100).min(99) as i16, (zone % 100) as i16);
        let offset = if hours >= 24 { hours * 60 } else { hours * 60 + minutes };
        let odd = hours >= 24 || digits.len() == 3;
        odd.then_some(if word.starts_with('-') { -offset } else { offset })
    })
}
