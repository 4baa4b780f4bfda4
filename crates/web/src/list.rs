//! `/l/<slug>/`: a list by year and month.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use plenary_index::{ListActivity, ListOverview};

use crate::{
    Shared,
    asked::{built, is, span_field},
    card::{self, Brief},
    chart::{self, Chart},
    error::Error,
    forms,
    home::months,
    links, lists, moved,
    params::Params,
    piece::plain,
    shell::{Shell, page},
    site::Site,
    wording,
};

/// A name, and the address of what it names.
pub(crate) type Named = (String, String);

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
    Ok(moved::for_good(&links::list(&slug), &params))
}

pub(crate) fn overview(site: &Arc<Site>, slug: &str) -> Result<ListOverview, Error> {
    site.archive.overview().lists.iter().find(|list| list.slug == slug).cloned().ok_or(Error::NoList)
}

fn calendar(site: &Arc<Site>, list: &ListOverview, activity: &ListActivity) -> ListPage {
    let config = &site.config;
    let info = config.list(&list.slug);
    let name = config.list_name(&list.slug).to_owned();
    let overview = site.archive.overview();
    let here: Vec<&str> = overview.lists.iter().map(|list| list.slug.as_str()).collect();
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
        continued: lists::after(&list.slug, config, &here),
        continues: lists::before(&list.slug, config, &here),
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A list of four months, one of which a wrong clock made up.
    pub(crate) fn list() -> ListOverview {
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
}
