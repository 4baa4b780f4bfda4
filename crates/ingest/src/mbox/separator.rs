//! The From_ line: who it names and the date it carries.

use std::ops::RangeInclusive;

/// What a line beginning `From ` says, when it has the shape of a separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FromLine<'a> {
    /// The address or name between `From ` and the date; may be empty.
    pub(super) sender: &'a [u8],
    /// The sender is recognisably an address, masked or not, and no mere words.
    pub(super) addressed: bool,
    /// Two blanks or more stand before the date, as mailboxes written by Unix `mail` and Pipermail have it.
    pub(super) gap: bool,
    /// The date, unless the line has none at all (`From -`).
    pub(super) stamp: Option<Stamp>,
}

/// A date as the line gives it, each number in its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    year: i32,
    month: u32,
    day: u32,
    seconds: u32,
    zone: Option<i32>,
}

impl Stamp {
    /// Seconds UTC, the clock read as UTC where no zone is known; and the zone in minutes.
    fn moment(&self) -> Option<(i64, Option<i16>)> {
        let date = chrono::NaiveDate::from_ymd_opt(self.year, self.month, self.day)?;
        let midnight = date.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
        let seconds = midnight + i64::from(self.seconds) - i64::from(self.zone.unwrap_or(0));
        Some((seconds, self.zone.and_then(|zone| i16::try_from(zone / 60).ok())))
    }
}

/// The date of a From_ line (with or without its line end), when it is one: seconds UTC if the zone is known, else the
/// local clock read as if it were UTC. That clock is the archive host's and not the sender's, so this is a last resort.
pub fn from_line_date(line: &[u8]) -> Option<i64> {
    Some(read(line)?.stamp?.moment()?.0)
}

/// The moment that a whole text gives in one of the forms that dates of From_ lines have, and the zone's offset in minutes.
pub(crate) fn moment(text: &[u8]) -> Option<(i64, Option<i16>)> {
    read_stamp(text)?.0.moment()
}

/// Reads a line, without or with its line end. `None` means that it is no separator whatever stands around it.
///
/// A weekday may be missing where the sender is an address. Where the sender is more than one word and no address, two
/// blanks must stand before the date, which prose (`From my notes of Tue Apr 1 ...`) does not have.
pub(super) fn read(line: &[u8]) -> Option<FromLine<'_>> {
    let rest = line.strip_prefix(b"From ")?.trim_ascii_end();
    for start in word_starts(rest) {
        let Some((stamp, weekday)) = read_stamp(&rest[start..]) else { continue };
        let sender = rest[..start].trim_ascii();
        let blanks = rest[..start].len() - rest[..start].trim_ascii_end().len();
        let (addressed, gap) = (is_address(sender), blanks >= 2);
        let plausible = addressed || (weekday && (gap || words(sender).count() <= 1));
        return plausible.then_some(FromLine { sender, addressed, gap, stamp: Some(stamp) });
    }
    // Mozilla writes `From -` and some exporters only an address; such a line needs more proof from the lines around it.
    let sender = rest.trim_ascii();
    (words(sender).count() == 1 && is_address(sender)).then_some(FromLine {
        sender,
        addressed: true,
        gap: false,
        stamp: None,
    })
}

/// `user@host`, `user at host` and its Spanish and Portuguese forms, `Name <...`, X.400 `/CN=.../`, and the two words
/// that programs write where there is no address.
fn is_address(sender: &[u8]) -> bool {
    let masked = || {
        let inner = words(sender).skip(1);
        let joined = words(sender).skip(2).count() > 0;
        joined && inner.take(8).any(|word| matches!(word, b"at" | b"en" | b"em"))
    };
    matches!(sender, b"-" | b"MAILER-DAEMON")
        || memchr::memchr2(b'@', b'<', sender).is_some()
        || (sender.starts_with(b"/") && sender.contains(&b'='))
        || masked()
}

/// Reads all of `text` as a date; the flag says whether it begins with a weekday.
fn read_stamp(text: &[u8]) -> Option<(Stamp, bool)> {
    let mut words = words(text);
    let mut word = words.next()?;
    let weekday = is_weekday(word);
    if weekday {
        word = words.next()?;
    }
    let mut zone = Zone::default();
    let (year, month, day, seconds);
    if let Some(found) = month_of(word) {
        // ctime: `Apr  1 00:07:44 2008`, a zone before or after the year.
        month = found;
        day = number(words.next()?, 1..=31)?;
        seconds = clock(words.next()?)?;
        year = loop {
            let word = words.next()?;
            match year_of(word) {
                Some(year) => break year,
                None => zone.take(word)?,
            }
        };
    } else {
        // RFC 822: `31 Jul 1999 23:34:47 -0400 (EDT)`.
        day = number(word, 1..=31)?;
        month = month_of(words.next()?)?;
        year = year_of(words.next()?)?;
        seconds = clock(words.next()?)?;
    }
    while let Some(word) = words.next() {
        // UUCP gateways append the host they had the message from.
        if word == b"remote" && words.next() == Some(b"from") {
            break;
        }
        zone.take(word)?;
    }
    Some((Stamp { year, month, day, seconds, zone: zone.offset }, weekday))
}

/// The zone words of a date, of which the first with a known meaning counts.
#[derive(Default)]
struct Zone {
    offset: Option<i32>,
    words: usize,
}

impl Zone {
    /// Takes one word as part of the zone, `MET DST (CEST)` being the longest seen; `None` when it is something else.
    fn take(&mut self, word: &[u8]) -> Option<()> {
        self.words += 1;
        let digits = word.strip_prefix(b"+").or_else(|| word.strip_prefix(b"-"));
        let offset = match digits {
            Some(digits) => {
                let in_range = (1..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
                in_range.then_some(())?;
                numeric_zone(word[0] == b'-', digits)
            }
            None if word.starts_with(b"(") => None,
            None => {
                let letters = word.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
                let tail = &word[letters..];
                let shifted = tail.is_empty() || matches!(tail[0], b'+' | b'-');
                ((1..=5).contains(&letters) && shifted && word.len() <= 12).then_some(())?;
                if tail.is_empty() { named_zone(word) } else { None }
            }
        };
        self.offset = self.offset.or(offset);
        (self.words <= 3).then_some(())
    }
}

/// Seconds east of Greenwich of `0200`; `None` for what no place on earth uses, such as `50579034`.
fn numeric_zone(west: bool, digits: &[u8]) -> Option<i32> {
    let value = i32::try_from(number(digits, 0..=1459)?).ok()?;
    let seconds = (value / 100) * 3600 + (value % 100) * 60;
    Some(if west { -seconds } else { seconds })
}

fn named_zone(name: &[u8]) -> Option<i32> {
    let hours = match name {
        b"UTC" | b"GMT" | b"UT" | b"Z" | b"WET" => 0,
        b"CET" | b"MET" | b"MEZ" | b"WEST" => 1,
        b"CEST" | b"MEST" | b"MESZ" | b"EET" => 2,
        b"EEST" | b"MSK" => 3,
        b"JST" => 9,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" => -8,
        _ => return None,
    };
    Some(hours * 3600)
}

/// Seconds since midnight of `00:07:44`, `7:46`.
fn clock(word: &[u8]) -> Option<u32> {
    let mut parts = word.splitn(3, |&byte| byte == b':');
    let hours = number(parts.next()?, 0..=24)?;
    let minutes = number(parts.next()?, 0..=59)?;
    let seconds = parts.next().map_or(Some(0), |part| number(part, 0..=61))?;
    Some(hours * 3600 + minutes * 60 + seconds)
}

/// A year of two to five digits: `99` and `101` are what programs wrote that count from 1900.
fn year_of(word: &[u8]) -> Option<i32> {
    let value = i32::try_from(number(word, 0..=99_999)?).ok()?;
    match (word.len(), value) {
        (2, ..70) => Some(2000 + value),
        (2 | 3, _) => Some(1900 + value),
        (4 | 5, _) => Some(value),
        _ => None,
    }
}

fn number(digits: &[u8], range: RangeInclusive<u32>) -> Option<u32> {
    if digits.is_empty() || digits.len() > 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |value, &digit| value * 10 + u32::from(digit - b'0'));
    range.contains(&value).then_some(value)
}

fn month_of(word: &[u8]) -> Option<u32> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let index = MONTHS.iter().position(|month| word.eq_ignore_ascii_case(&month[..]))?;
    u32::try_from(index + 1).ok()
}

fn is_weekday(word: &[u8]) -> bool {
    const DAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    let name = word.strip_suffix(b",").unwrap_or(word);
    DAYS.iter().any(|day| name.eq_ignore_ascii_case(&day[..]))
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| is_blank(byte)).filter(|word| !word.is_empty())
}

/// Where words begin, the first one included.
fn word_starts(text: &[u8]) -> impl Iterator<Item = usize> {
    (0..text.len()).filter(|&at| !is_blank(text[at]) && (at == 0 || is_blank(text[at - 1])))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read: `sender | seconds`, or `no`.
    #[track_caller]
    fn check(line: &str, expected: &str) {
        let found = match read(line.as_bytes()) {
            None => "no".to_owned(),
            Some(read) => {
                let date = from_line_date(line.as_bytes()).map_or("-".to_owned(), |date| date.to_string());
                format!("{} | {date}", String::from_utf8_lossy(read.sender))
            }
        };
        assert_eq!(found, expected, "{line:?}");
    }

    #[test]
    fn a_plain_address_and_ctime_make_a_separator() {
        check("From ann@example.org Thu Jan  1 00:00:00 2015", "ann@example.org | 1420070400");
        check("From ann@example.org Thu Jan  1 00:00:00 2015\r\n", "ann@example.org | 1420070400");
    }

    #[test]
    fn masked_addresses_are_addresses_in_three_languages() {
        check("From ann at example.org  Thu Jan  1 00:00:00 2015", "ann at example.org | 1420070400");
        check("From ann en example.org Thu Jan  1 00:00:00 2015", "ann en example.org | 1420070400");
        check("From ann em example.org Thu Jan  1 00:00:00 2015", "ann em example.org | 1420070400");
    }

    #[test]
    fn odd_senders_are_taken_as_they_are() {
        check("From Ann B. <ann@example.org>  Thu Jan  1 00:00:00 2015", "Ann B. <ann@example.org> | 1420070400");
        check("From Ann B\" <ann at example.org  Thu Jan  1 00:00:00 2015", "Ann B\" <ann at example.org | 1420070400");
        check("From Ann  Thu Jan  1 00:00:00 2015", "Ann | 1420070400");
        check("From /CN=list/@example.org Thu Jan  1 00:00:00 2015", "/CN=list/@example.org | 1420070400");
        check("From - Thu Jan 01 00:00:00 2015", "- | 1420070400");
        check("From   Thu Jan  1 00:00:00 2015", " | 1420070400");
    }

    #[test]
    fn zones_stand_before_or_after_the_year_and_seconds_may_be_missing() {
        check("From a@b.example Thu Jan  1 00:00 2015", "a@b.example | 1420070400");
        check("From a@b.example Thu Jan  1 02:00:00 CEST 2015", "a@b.example | 1420070400");
        check("From a@b.example Thu Jan  1 02:00:00 +0200 2015", "a@b.example | 1420070400");
        check("From a@b.example Thu Jan  1 02:00:00 2015 +0200", "a@b.example | 1420070400");
        check("From a@b.example Thu Jan  1 01:00:00 MET DST 2015", "a@b.example | 1420070400");
        check("From a@b.example Thu Jan  1 00:00:00 2015 remote from uucp", "a@b.example | 1420070400");
        check("From a@b.example Thu Jan  1 00:00:00 2015 remote places", "no");
        check("From a@b.example Thu Jan  1 00:00:00 2015 away from here", "no");
    }

    #[test]
    fn zones_have_names_and_numbers() {
        let zones = [
            (0, "UTC GMT UT Z WET +0000"),
            (1, "CET MET MEZ WEST +0100"),
            (2, "CEST MEST MESZ EET +0200"),
            (3, "EEST MSK +0300"),
            (9, "JST +0900"),
            (-4, "EDT -0400"),
            (-5, "EST CDT -0500"),
            (-6, "CST MDT -0600"),
            (-7, "MST PDT -0700"),
            (-8, "PST -0800"),
        ];
        for (hours, names) in zones {
            for zone in names.split(' ') {
                let found = moment(format!("Thu Jan  1 12:00:00 {zone} 2015").as_bytes());
                assert_eq!(found, Some((1_420_113_600 - i64::from(hours) * 3600, Some(hours * 60))), "{zone}");
            }
        }
        assert_eq!(moment(b"Thu Jan  1 12:00:00 2015 -0330"), Some((1_420_113_600 + 12_600, Some(-210))));
    }

    #[test]
    fn numbers_are_digits_in_their_range() {
        for (digits, value) in [("7", Some(7)), ("00031", Some(31)), ("31", Some(31))] {
            assert_eq!(number(digits.as_bytes(), 0..=31), value, "{digits}");
        }
        for none in ["", "32", "000031", "1x", "-1", "+1"] {
            assert_eq!(number(none.as_bytes(), 0..=31), None, "{none}");
        }
    }

    #[test]
    fn mail_dates_are_dates_with_or_without_a_weekday() {
        check("From a@b.example Thu, 1 Jan 2015 02:00:00 +0200 (EET)", "a@b.example | 1420070400");
        check("From a@b.example 1 Jan 2015 00:00:00 GMT", "a@b.example | 1420070400");
        check("From a@b.example Jan 1 00:00:00 2015", "a@b.example | 1420070400");
    }

    #[test]
    fn impossible_zones_and_days_keep_the_separator() {
        check("From a@b.example Mon Oct 21 15:02:34 2002 +50579034", "a@b.example | 1035212554");
        check("From a@b.example Mon Feb 31 00:00:00 2002", "a@b.example | -");
        check("From a@b.example Thu Jan  1 00:00:00 115", "a@b.example | 1420070400");
    }

    #[test]
    fn prose_is_no_separator() {
        check("From now on we vote.", "no");
        check("From the website:", "no");
        check("From 2014 to 2016 we met.", "no");
        check("From my notes of Tue Apr 1 00:07:44 2008", "no");
        check("From a@b.example Tue Apr 1 00:07:44 2008 was nice", "no");
        check("From: a@b.example Tue Apr 1 00:07:44 2008", "no");
        check("From Ann Jan 1 00:00:00 2015", "no");
    }

    #[test]
    fn an_address_alone_is_a_separator_without_a_date() {
        check("From -", "- | -");
        check("From 1234@xxx", "1234@xxx | -");
    }
}
