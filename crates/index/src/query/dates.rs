//! Days, months, quarters, years, spans and "so long ago" as half-open seconds, UTC.

use chrono::{Datelike, Days, Months, NaiveDate};

/// A span of time and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    /// Its one spelling: reading it gives the same span.
    pub(super) typed: String,
    /// Whether its ends had to be swapped.
    pub(super) swapped: bool,
}

/// Reads the value of `date:`; `None` when it is no date.
pub(super) fn span(value: &str, today: NaiveDate) -> Option<Span> {
    let value = value.trim().to_lowercase();
    for (sign, from_end, to_end) in
        [(">=", Some(false), None), ("<=", None, Some(true)), (">", Some(true), None), ("<", None, Some(false))]
    {
        if let Some(date) = value.strip_prefix(sign) {
            let (period, name) = period(date, today)?;
            let at = |end: bool| seconds(if end { period.1 } else { period.0 });
            let typed = format!("{sign}{name}");
            return Some(Span { from: from_end.map(at), to: to_end.map(at), typed, swapped: false });
        }
    }
    let Some((first, last)) = value.split_once("..") else {
        let (period, typed) = period(&value, today)?;
        // "3m" by itself is the time since then; the one day three months ago is never meant.
        if is_relative(&typed) {
            return Some(Span { from: Some(seconds(period.0)), to: None, typed: format!("{typed}.."), swapped: false });
        }
        return Some(Span { from: Some(seconds(period.0)), to: Some(seconds(period.1)), typed, swapped: false });
    };
    let read = |side: &str| match side.trim() {
        "" | "*" => Some(None),
        side => period(side, today).map(Some),
    };
    let (mut first, mut last) = (read(first)?, read(last)?);
    let mut swapped = false;
    if let (Some(a), Some(b)) = (&first, &last)
        && a.0.0 >= b.0.1
    {
        (first, last) = (last, first);
        swapped = true;
    }
    if first.is_none() && last.is_none() {
        return None;
    }
    let name = |side: &Option<(Period, String)>| side.as_ref().map(|side| side.1.clone()).unwrap_or_default();
    let typed = format!("{}..{}", name(&first), name(&last));
    Some(Span { from: first.map(|side| seconds(side.0.0)), to: last.map(|side| seconds(side.0.1)), typed, swapped })
}

/// Reads the value of `year:` into its one spelling.
pub(super) fn year(value: &str) -> Option<String> {
    let plain = value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()) && value != "0000";
    plain.then(|| value.to_owned())
}

/// Reads the value of `month:`, `2016-08` or `2016-8`, into its one spelling.
pub(super) fn month(value: &str) -> Option<String> {
    let (years, months) = value.split_once(['-', '/'])?;
    let number: u32 = digits(months, 1..=2)?;
    (1..=12).contains(&number).then_some(())?;
    Some(format!("{}-{number:02}", year(years)?))
}

/// First day, and the day after the last.
type Period = (NaiveDate, NaiveDate);

/// Reads one date, of whatever length, and gives it its one spelling.
fn period(value: &str, today: NaiveDate) -> Option<(Period, String)> {
    if let Some(found) = named(value, today) {
        return Some(found);
    }
    if let Some(found) = ago(value, today) {
        return Some(found);
    }
    let compact = value.len() > 4 && value.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = match value.len() {
        8 if compact => vec![&value[..4], &value[4..6], &value[6..]],
        6 if compact => vec![&value[..4], &value[4..]],
        _ => value.split(['-', '/']).collect(),
    };
    let year: i32 = i32::try_from(digits(parts.first()?, 4..=4)?).ok().filter(|year| *year > 0)?;
    let day = |month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    match parts[1..] {
        [] => Some(((day(1, 1)?, later(day(1, 1)?, 12)?), format!("{year:04}"))),
        [part] => match part.strip_prefix('q') {
            Some(quarter) => {
                let quarter: u32 = digits(quarter, 1..=1).filter(|quarter| (1..=4).contains(quarter))?;
                let first = day(quarter * 3 - 2, 1)?;
                Some(((first, later(first, 3)?), format!("{year:04}-Q{quarter}")))
            }
            None => {
                let month = digits(part, 1..=2)?;
                let first = day(month, 1)?;
                Some(((first, later(first, 1)?), format!("{year:04}-{month:02}")))
            }
        },
        [month, of_month] => {
            let (month, of_month) = (digits(month, 1..=2)?, digits(of_month, 1..=2)?);
            let first = day(month, of_month)?;
            Some(((first, first.succ_opt()?), format!("{year:04}-{month:02}-{of_month:02}")))
        }
        _ => None,
    }
}

/// `today`, `yesterday`, `this-week`, `last-month` and their like; blank, `-`, `_` or nothing between the words.
fn named(value: &str, today: NaiveDate) -> Option<(Period, String)> {
    let name: String = value.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).collect();
    let monday = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
    let first = today.with_day(1)?;
    let january = first.with_month(1)?;
    let week = Days::new(7);
    let (period, name) = match name.as_str() {
        "today" => ((today, today.succ_opt()?), "today"),
        "yesterday" => ((today.pred_opt()?, today), "yesterday"),
        "thisweek" => ((monday, monday.checked_add_days(week)?), "this-week"),
        "lastweek" => ((monday.checked_sub_days(week)?, monday), "last-week"),
        "thismonth" => ((first, later(first, 1)?), "this-month"),
        "lastmonth" => ((first.checked_sub_months(Months::new(1))?, first), "last-month"),
        "thisyear" => ((january, later(january, 12)?), "this-year"),
        "lastyear" => ((january.checked_sub_months(Months::new(12))?, january), "last-year"),
        _ => return None,
    };
    Some((period, name.to_owned()))
}

/// `30d`, `2w`, `3m`, `2y`: the day so long before today.
fn ago(value: &str, today: NaiveDate) -> Option<(Period, String)> {
    let split = value.len().checked_sub(1).filter(|_| is_relative(value))?;
    // Five digits of days are 273 years: more than any archive, and far from the ends of the calendar.
    let count: u32 = digits(&value[..split], 1..=5)?;
    let day = match &value[split..] {
        "d" => today.checked_sub_days(Days::new(count.into())),
        "w" => today.checked_sub_days(Days::new(u64::from(count) * 7)),
        "m" => today.checked_sub_months(Months::new(count)),
        _ => today.checked_sub_months(Months::new(count.checked_mul(12)?)),
    }?;
    Some(((day, day.succ_opt()?), value.to_owned()))
}

fn is_relative(value: &str) -> bool {
    let number = value.strip_suffix(['d', 'w', 'm', 'y']);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn later(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(months))
}

fn seconds(day: NaiveDate) -> i64 {
    day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let plain = length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
