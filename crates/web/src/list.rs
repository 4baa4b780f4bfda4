//! `/l/<slug>/`: a list by year and month; `/l/<slug>/2016/`, `/l/<slug>/2016/08/`, `/l/<slug>/2016/08/14/`: what was written then.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Redirect, Response},
};
use plenary_index::{ListActivity, ListOverview, Query, Question, Sort, Start};

use crate::{
    Shared,
    asked::{built, during, is, on, span_field},
    card::{self, Brief, Found},
    chart::{self, Chart},
    days,
    error::Error,
    forms,
    home::months,
    links, lists,
    params::Params,
    piece::plain,
    search::{Choice, Pager, pager},
    shell::{Shell, page},
    site::{MAX_DEPTH, Site},
    wording,
};

/// A name, and the address of what it names.
type Named = (String, String);

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    shell: Shell,
    name: String,
    typed: String,
    theme: String,
    about: String,
    totals: String,
    search: String,
    continued: Option<Named>,
    continues: Vec<Named>,
    chart: Chart,
    years: Vec<Year>,
    months: Vec<&'static str>,
    people: Vec<(String, String, String)>,
    people_in_all: String,
    threads: Vec<(Brief, String)>,
    threads_in_all: String,
}

/// People and threads named on a list's page.
const MOST: usize = 10;

/// A row of the calendar.
struct Year {
    year: i32,
    address: String,
    total: String,
    /// Twelve cells: count and address, both empty where nothing was written.
    months: Vec<(String, String)>,
}

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
    threads: bool,
    hits: Vec<Found>,
    first: usize,
    pager: Pager,
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

/// Handles `/l/<slug>/`.
pub(crate) async fn whole(State(site): Shared, slug: Result<Path<String>, PathRejection>) -> Result<Response, Error> {
    let Path(slug) = slug.map_err(|_| Error::NoList)?;
    let list = overview(&site, &slug)?;
    let activity = site.read(move |archive| archive.activity(&slug, MOST)).await?.unwrap_or_default();
    page(&calendar(&site, &list, &activity))
}

/// Handles `/l/<slug>`, which leads to the list's page, and `/l/<slug>.json` and the like.
pub(crate) async fn bare(
    State(site): Shared,
    slug: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(slug) = slug.map_err(|_| Error::NoList)?;
    if let Some((slug, form)) = forms::suffixed(&slug) {
        return forms::routes::list(&site, slug, form, &params).await;
    }
    Ok(Redirect::permanent(&links::list(&slug)).into_response())
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

    /// The page's name.
    pub(crate) fn called(self) -> String {
        match self.day {
            0 => called(self.year, self.month),
            day => format!("{day} {}", called(self.year, self.month)),
        }
    }
}

pub(crate) fn overview(site: &Arc<Site>, slug: &str) -> Result<ListOverview, Error> {
    site.archive.overview().lists.iter().find(|list| list.slug == slug).cloned().ok_or(Error::NoList)
}

fn calendar(site: &Arc<Site>, list: &ListOverview, activity: &ListActivity) -> ListPage {
    let config = &site.config;
    let info = config.list(&list.slug);
    let name = config.list_name(&list.slug).to_owned();
    let named = |slug: &str| (config.list_name(slug).to_owned(), links::list(slug));
    let own = built(vec![is("list", &list.slug)]);
    let shell = Shell::new(site, format!("{name}: list"))
        .at(site, &links::list(&list.slug))
        .also(forms::of_many(&links::list(&list.slug)));
    ListPage {
        shell,
        theme: info.and_then(|info| info.theme.clone()).unwrap_or_default(),
        about: info.and_then(|info| info.about.clone()).unwrap_or_default(),
        totals: format!("{}, {}", wording::counted(list.messages, "message", "messages"), wording::span(list.span)),
        search: links::search(&own, &[]),
        continued: info.and_then(|info| info.continued_by.as_deref()).map(named),
        continues: lists::before(&list.slug, config),
        people: activity
            .people
            .iter()
            .map(|it| {
                let address = links::search(&own.with_filter("person", &it.value), &[]);
                (plain(&it.label), wording::count(it.count), address)
            })
            .collect(),
        people_in_all: wording::counted(activity.people_in_all as u64, "person", "people"),
        threads: activity
            .threads
            .iter()
            .map(|(card, count)| (card::brief(card, config), wording::counted(*count, "message", "messages")))
            .collect(),
        threads_in_all: wording::counted(activity.threads_in_all as u64, "thread", "threads"),
        chart: chart::draw(&months(&list.months), config, Some(&list.slug), |span| {
            links::search(&own.with_filter(span_field(span), span), &[])
        })
        .of(list.messages),
        years: years(list),
        months: (1..=12).map(|month| &wording::month_name(month)[..3]).collect(),
        typed: own.to_string(),
        name,
    }
}

fn years(list: &ListOverview) -> Vec<Year> {
    let mut counts: BTreeMap<i32, [u64; 12]> = BTreeMap::new();
    for &(number, count) in &list.months {
        let (year, month) = (i32::try_from(number / 100).unwrap_or(0), (number % 100) as usize);
        if let Some(cell) = month.checked_sub(1).and_then(|month| counts.entry(year).or_default().get_mut(month)) {
            *cell += count;
        }
    }
    let row = |(year, counts): (i32, [u64; 12])| Year {
        year,
        address: links::period(&list.slug, year, 0),
        total: wording::count(counts.iter().sum::<u64>()),
        months: (1..=12)
            .zip(counts)
            .map(|(month, count)| match count {
                0 => (String::new(), String::new()),
                _ => (wording::count(count), links::period(&list.slug, year, month)),
            })
            .collect(),
    };
    counts.into_iter().map(row).collect()
}

async fn period(site: &Arc<Site>, slug: &str, time: Time, params: &Params) -> Result<Response, Error> {
    let list = overview(site, slug)?;
    let Time { year, month, day } = time;
    let query = built(vec![is("list", slug), time.query().ok_or(Error::NoPage)?]);
    let size = site.page_size().max(50);
    let number = params.number("page", 1, 1..=MAX_DEPTH / size);
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
    let (previous, next) = if day > 0 { near_days(slug, time, &counts) } else { neighbours(&list, year, month) };
    let old = params.text("pipermail");
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
        totals: format!(
            "{} in {}",
            wording::counted(answer.total, "message", "messages"),
            wording::counted(answer.threads, "thread", "threads")
        ),
        views: [choice("threads", path.clone(), threads), choice("dates", format!("{path}?view=dates"), !threads)],
        threads,
        hits: answer.hits.iter().map(|hit| card::found(hit, &site.config)).collect(),
        first: (number - 1) * size + 1,
        pager: pager(number, size, units, address),
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

    fn list() -> ListOverview {
        let months = vec![(201511, 4), (201602, 1), (201608, 2), (201700, 9)];
        ListOverview { slug: "a".into(), messages: 7, span: None, months }
    }

    #[test]
    fn calendars_leave_empty_months_empty() {
        let years = years(&list());
        assert_eq!(
            years.iter().map(|year| (year.year, year.total.as_str())).collect::<Vec<_>>()[..2],
            [(2015, "4"), (2016, "3")]
        );
        assert_eq!(years[1].months[1], ("1".into(), "/l/a/2016/02/".into()));
        assert_eq!(years[1].months[0], (String::new(), String::new()));
    }

    #[test]
    fn neighbours_skip_months_without_messages() {
        let (before, after) = neighbours(&list(), 2016, 2);
        assert_eq!(before.unwrap().0, "November 2015");
        assert_eq!(after.unwrap().1, "/l/a/2016/08/");
        assert_eq!(neighbours(&list(), 2016, 0).0.unwrap().1, "/l/a/2015/");
    }
}
