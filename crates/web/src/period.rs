//! `/l/<slug>/2016/`, `/l/<slug>/2016/08/`, `/l/<slug>/2016/08/14/`: what was written then.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use plenary_index::{ListOverview, Query, Question, Sort, Start};

use crate::{
    Shared,
    asked::{built, during, is, on},
    card::{self, Found},
    chart::Chart,
    days,
    error::Error,
    forms, links,
    list::{Named, overview},
    pager::{Beyond, Pager, beyond, pager},
    params::Params,
    piece::plain,
    search::Choice,
    shell::{Shell, page},
    site::{MAX_DEPTH, Site},
    wording,
};

#[derive(Template)]
#[template(path = "period.html")]
struct PeriodPage {
    shell: Shell,
    name: String,
    list: String,
    period: String,
    year: Option<Named>,
    month: Option<Named>,
    old: Option<OldNumber>,
    chart: Chart,
    totals: String,
    views: [Choice; 2],
    /// The months of a year: name, page, messages.
    months: Vec<(&'static str, String, String)>,
    threads: bool,
    /// Whether nothing was written then.
    empty: bool,
    hits: Vec<Found>,
    first: usize,
    pager: Pager,
    beyond: Option<Beyond>,
    previous: Option<Named>,
    next: Option<Named>,
    search: String,
}

/// A number of the old archive that led here.
struct OldNumber {
    number: String,
    /// The message it may have meant.
    guess: Option<String>,
}

/// A year, with month and day where they are not 0.
#[derive(Clone, Copy)]
pub(crate) struct Time {
    /// The year.
    pub(crate) year: i32,
    /// Its month; 0 for the whole year.
    pub(crate) month: u32,
    /// Its day; 0 for the whole month.
    pub(crate) day: u32,
}

/// Handles `/l/<slug>/<year>/`.
pub(crate) async fn year(
    State(site): Shared,
    path: Result<Path<(String, String)>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path((slug, year)) = path.map_err(|_| Error::NoPage)?;
    period(&site, &slug, time(&year, None, None)?, &params).await
}

/// Handles `/l/<slug>/<year>/<month>/`.
pub(crate) async fn month(
    State(site): Shared,
    path: Result<Path<(String, String, String)>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path((slug, year, month)) = path.map_err(|_| Error::NoPage)?;
    period(&site, &slug, time(&year, Some(&month), None)?, &params).await
}

/// Handles `/l/<slug>/<year>/<month>/<day>/`.
pub(crate) async fn day(
    State(site): Shared,
    path: Result<Path<(String, String, String, String)>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path((slug, year, month, day)) = path.map_err(|_| Error::NoPage)?;
    period(&site, &slug, time(&year, Some(&month), Some(&day))?, &params).await
}

/// Reads the numbers in an address.
fn time(year: &str, month: Option<&str>, day: Option<&str>) -> Result<Time, Error> {
    let part = |text: Option<&str>| match text {
        None => Some(0),
        Some(text) => text.parse::<u32>().ok().filter(|number| *number > 0),
    };
    let year = year.parse().ok().filter(|year| (0..10_000).contains(year)).ok_or(Error::NoPage)?;
    Ok(Time { year, month: part(month).ok_or(Error::NoPage)?, day: part(day).ok_or(Error::NoPage)? })
}

impl Time {
    /// What was sent then.
    pub(crate) fn query(self) -> Option<Query> {
        if self.day > 0 { on(self.year, self.month, self.day) } else { during(self.year, self.month) }
    }

    /// The page's address.
    pub(crate) fn address(self, slug: &str) -> String {
        match self.day {
            0 => links::period(slug, self.year, self.month),
            day => links::day(slug, self.year, self.month, day),
        }
    }

    /// As it is said of what has no messages.
    fn said(self) -> &'static str {
        match (self.month, self.day) {
            (0, _) => "in this year",
            (_, 0) => "in this month",
            _ => "on this day",
        }
    }

    /// As it is said beside a number of messages: `in July`.
    fn within(self) -> String {
        match (self.month, self.day) {
            (0, _) => format!("in {}", self.year),
            (month, 0) => format!("in {}", wording::month_name(month)),
            (month, day) => format!("on {day} {}", wording::month_name(month)),
        }
    }

    /// The page's name.
    pub(crate) fn called(self) -> String {
        match self.day {
            0 => called(self.year, self.month),
            day => format!("{day} {}", called(self.year, self.month)),
        }
    }
}

async fn period(site: &Arc<Site>, slug: &str, time: Time, params: &Params) -> Result<Response, Error> {
    let list = overview(site, slug)?;
    let Time { year, month, day } = time;
    let query = built(vec![is("list", slug), time.query().ok_or(Error::NoPage)?]);
    let size = site.page_size().max(50);
    let asked = params.number("page", 1, 1..=usize::MAX);
    let number = asked.min(MAX_DEPTH / size);
    let threads = params.text("view") != "dates";
    let start = Start::Offset((number - 1) * size);
    let question = Question { query: query.clone(), sort: Sort::Oldest, grouped: threads, limit: size, start };
    let answer = site.search(question).await?;
    let path = time.address(slug);
    let address = |page: usize| {
        let page = if page > 1 { page.to_string() } else { String::new() };
        format!("{path}{}", links::parameters(&[("view", if threads { "" } else { "dates" }), ("page", &page)]))
    };
    let choice = |name, address: String, on: bool| Choice { name, address: if on { String::new() } else { address } };
    let units = usize::try_from(if threads { answer.threads } else { answer.total }).unwrap_or(usize::MAX);
    let name = site.config.list_name(slug).to_owned();
    let called = time.called();
    let counts = days_of(site, slug, time).await?;
    let (previous, next) = match day {
        0 => neighbours(&list, year, month),
        _ => days_around(site, &list, time, &counts).await?,
    };
    let old = params.text("pipermail");
    let more = |count: u64| format!("{} more {}", wording::count(count), time.within());
    let view = PeriodPage {
        shell: Shell::new(site, format!("{called}: {name}")).at(site, &path).also(forms::of_many(&path)),
        list: links::list(slug),
        year: (month > 0).then(|| (year.to_string(), links::period(slug, year, 0))),
        month: (day > 0).then(|| (self::called(year, month), links::period(slug, year, month))),
        old: (month > 0 && !old.is_empty()).then(|| OldNumber {
            number: plain(&old.chars().take(12).collect::<String>()),
            guess: Some(params.text("guess")).filter(|id| !id.is_empty()).map(links::message),
        }),
        chart: days::draw(slug, (year, month), &counts, &site.config, day),
        period: called,
        totals: match answer.total {
            0 => format!("No messages {}", time.said()),
            total => format!(
                "{} in {}",
                wording::counted(total, "message", "messages"),
                wording::counted(answer.threads, "thread", "threads")
            ),
        },
        months: if month == 0 { months_of(&list, year) } else { Vec::new() },
        views: [choice("threads", path.clone(), threads), choice("dates", format!("{path}?view=dates"), !threads)],
        threads,
        empty: answer.total == 0,
        hits: answer.hits.iter().map(|hit| card::found(hit, &site.config, more)).collect(),
        first: (number - 1) * size + 1,
        beyond: beyond(asked, size, units, MAX_DEPTH, address),
        pager: pager(number, size, units, MAX_DEPTH, address),
        previous,
        next,
        search: links::search(&query, &[]),
        name,
    };
    page(&view)
}

/// Messages by day in the month that a time lies in; none for a whole year.
async fn days_of(site: &Arc<Site>, slug: &str, time: Time) -> Result<Vec<(i64, u64)>, Error> {
    let Some(Query::Date { from: Some(from), to: Some(to), .. }) = during(time.year, time.month) else {
        return Ok(Vec::new());
    };
    if time.month == 0 {
        return Ok(Vec::new());
    }
    let slug = slug.to_owned();
    site.read(move |archive| Ok(archive.days(&slug, from, to))).await
}

/// The days with messages before and after one, and where its month has none there, the months: name and address.
async fn days_around(
    site: &Arc<Site>,
    list: &ListOverview,
    time: Time,
    counts: &[(i64, u64)],
) -> Result<(Option<Named>, Option<Named>), Error> {
    let (mut before, mut after) = near_days(&list.slug, time, counts);
    let Time { year, month, .. } = time;
    let months = list.months.iter().filter_map(|&(number, _)| Some((i32::try_from(number / 100).ok()?, number % 100)));
    let months: Vec<(i32, u32)> = months.filter(|(_, month)| *month > 0).collect();
    if before.is_none()
        && let Some(&(year, month)) = months.iter().rev().find(|other| **other < (year, month))
    {
        let end = Time { year, month, day: u32::MAX };
        before = near_days(&list.slug, end, &days_of(site, &list.slug, end).await?).0;
    }
    if after.is_none()
        && let Some(&(year, month)) = months.iter().find(|other| **other > (year, month))
    {
        let start = Time { year, month, day: 0 };
        after = near_days(&list.slug, start, &days_of(site, &list.slug, start).await?).1;
    }
    Ok((before, after))
}

/// The months of a year that have messages: name, page, how many.
fn months_of(list: &ListOverview, year: i32) -> Vec<(&'static str, String, String)> {
    let of = list.months.iter().filter(|(number, _)| i32::try_from(number / 100) == Ok(year) && number % 100 > 0);
    of.map(|&(number, count)| {
        let month = number % 100;
        (wording::month_name(month), links::period(&list.slug, year, month), wording::count(count))
    })
    .collect()
}

/// The days with messages before and after one, in its month: name and address.
fn near_days(slug: &str, time: Time, counts: &[(i64, u64)]) -> (Option<Named>, Option<Named>) {
    use chrono::Datelike;
    let days = counts.iter().filter_map(|(day, _)| {
        let date = chrono::DateTime::from_timestamp(day * 86_400, 0)?;
        Some(Time { day: date.day(), ..time })
    });
    let days: Vec<Time> = days.collect();
    let named = |time: &Time| (time.called(), time.address(slug));
    let before = days.iter().rev().find(|other| other.day < time.day).map(named);
    (before, days.iter().find(|other| other.day > time.day).map(named))
}

fn called(year: i32, month: u32) -> String {
    if month == 0 { year.to_string() } else { format!("{} {year}", wording::month_name(month)) }
}

/// The months, or years, with messages before and after one: name and address.
fn neighbours(list: &ListOverview, year: i32, month: u32) -> (Option<Named>, Option<Named>) {
    let mut times: Vec<(i32, u32)> = list
        .months
        .iter()
        .map(|&(number, _)| (i32::try_from(number / 100).unwrap_or(0), if month == 0 { 0 } else { number % 100 }))
        .collect();
    times.dedup();
    let link = |&(year, month): &(i32, u32)| (called(year, month), links::period(&list.slug, year, month));
    let before = times.iter().rev().find(|time| **time < (year, month)).map(link);
    (before, times.iter().find(|time| **time > (year, month)).map(link))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::tests::list;

    #[test]
    fn a_year_leads_to_its_months_with_what_they_hold() {
        let two = [("February", "/l/a/2016/02/".into(), "1".into()), ("August", "/l/a/2016/08/".into(), "2".into())];
        assert_eq!(months_of(&list(), 2016), two);
        assert!(months_of(&list(), 2014).is_empty());
    }

    #[test]
    fn neighbours_skip_months_without_messages() {
        let (before, after) = neighbours(&list(), 2016, 2);
        assert_eq!(before.unwrap().0, "November 2015");
        assert_eq!(after.unwrap().1, "/l/a/2016/08/");
        assert_eq!(neighbours(&list(), 2016, 0).0.unwrap().1, "/l/a/2015/");
    }
}
