//! How pages write numbers, sizes and dates: always the same way, never "9 years ago", for a page may be read from a copy.

use chrono::{DateTime, Datelike, FixedOffset, Utc};
use plenary_index::ingest::{DateSource, Dated};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `1,254`.
pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 message`, `1,254 messages`.
pub(crate) fn counted(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `870 bytes`, `12 KB`, `3.4 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(bytes, "byte", "bytes"),
        1_000..1_000_000 => format!("{} KB", (bytes + 500) / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// `14 Jul 2016, 20:05 UTC`.
pub(crate) fn moment(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%-d %b %Y, %H:%M UTC").to_string())
}

/// `Thursday 14 July 2016, 20:05 UTC`.
pub(crate) fn long_moment(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%A %-d %B %Y, %H:%M UTC").to_string())
}

/// `14 July 2016, 20:05 UTC`: as a citation has it.
pub(crate) fn day_and_time(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%-d %B %Y, %H:%M UTC").to_string())
}

/// `14 July 2016`.
pub(crate) fn day(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%-d %B %Y").to_string())
}

/// `July 14, 2016`: as American styles have it.
pub(crate) fn american_day(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%B %-d, %Y").to_string())
}

/// `2016, July 14`.
pub(crate) fn year_first(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%Y, %B %-d").to_string())
}

/// `14 Jul 2016`.
pub(crate) fn short_day(seconds: i64) -> String {
    utc(seconds).map_or_else(unknown, |time| time.format("%-d %b %Y").to_string())
}

/// `2016-07-14T20:05:00Z`.
pub(crate) fn iso(seconds: i64) -> String {
    utc(seconds).map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// `Apr 2015 to Feb 2017`, or one month.
pub(crate) fn span(span: Option<(i64, i64)>) -> String {
    let short = |seconds| utc(seconds).map_or_else(unknown, |time| time.format("%b %Y").to_string());
    match span.map(|(first, last)| (short(first), short(last))) {
        None => String::new(),
        Some((first, last)) if first == last => first,
        Some((first, last)) => format!("{first} to {last}"),
    }
}

/// The sender's own clock, where the message says: `16:05 −0400`.
pub(crate) fn local(date: &Dated) -> Option<String> {
    let minutes = i32::from(date.offset?);
    let zone = FixedOffset::east_opt(minutes * 60)?;
    let sign = if minutes < 0 { '−' } else { '+' };
    let shown = utc(date.seconds)?.with_timezone(&zone).format("%H:%M").to_string();
    Some(format!("{shown} {sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60))
}

/// Why a date may be off, where it does not come from the sender's Date header.
pub(crate) fn doubt(date: &Dated) -> &'static str {
    match date.source {
        DateSource::Date => "",
        DateSource::Received => "when a server received it; its Date header is missing or impossible",
        DateSource::FromLine => "when the archive stored it; its Date header is missing or impossible",
    }
}

/// Year and month of a moment.
pub(crate) fn year_month(seconds: i64) -> Option<(i32, u32)> {
    utc(seconds).map(|time| (time.year(), time.month()))
}

/// `August`; empty for a month that does not exist.
pub(crate) fn month_name(month: u32) -> &'static str {
    usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).copied().unwrap_or("")
}

/// Today, UTC, for queries like `date:7d..`.
pub(crate) fn today() -> (i32, u32, u32) {
    let now = Utc::now();
    (now.year(), now.month(), now.day())
}

fn utc(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0)
}

fn unknown() -> String {
    "date unknown".to_owned()
}

/// Text with `backticks` around what was typed, as a page shows it: “in quotes”.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('`').enumerate() {
        if at > 0 {
            out.push(if at % 2 == 1 { '“' } else { '”' });
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_written_in_one_way() {
        assert_eq!([count(7_u64), count(1_254_u64), count(1_000_000_u64)], ["7", "1,254", "1,000,000"]);
        assert_eq!([size(1), size(870), size(12_300), size(3_400_000)], ["1 byte", "870 bytes", "12 KB", "3.4 MB"]);
        assert_eq!(moment(1_468_526_700), "14 Jul 2016, 20:05 UTC");
        assert_eq!(iso(1_468_526_700), "2016-07-14T20:05:00Z");
        assert_eq!(span(Some((1_468_526_700, 1_468_526_700))), "Jul 2016");
        assert_eq!(moment(i64::MAX), "date unknown");
        let sent = Dated { seconds: 1_468_526_700, offset: Some(-240), source: DateSource::Date };
        assert_eq!(local(&sent).as_deref(), Some("16:05 −0400"));
    }
}
