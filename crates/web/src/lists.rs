//! Lists as rows of a table, on the home page and at `/l/`: years, messages, volume, what continues what.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use plenary_index::{ListOverview, Overview};

use crate::{
    Config, Shared,
    chart::{self, Month},
    error::Error,
    home::months,
    links,
    shell::{Shell, page},
    site::Site,
    wording,
};

/// A list as a row.
pub(crate) struct ListRow {
    /// Its name.
    pub(crate) name: String,
    /// Its page.
    pub(crate) address: String,
    /// What it is about.
    pub(crate) theme: String,
    /// When it was in use.
    pub(crate) years: String,
    /// How many messages.
    pub(crate) messages: String,
    /// Its volume over the time of the whole archive, as a path.
    pub(crate) spark: String,
    /// What took its work over.
    pub(crate) continued: Option<(String, String)>,
    /// Whose work it took over.
    pub(crate) continues: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "lists.html")]
struct Page {
    shell: Shell,
    totals: String,
    lists: Vec<ListRow>,
}

/// Handles `/l/`.
pub(crate) async fn handle(State(site): Shared) -> Result<Response, Error> {
    let overview = site.archive.overview();
    page(&Page {
        shell: Shell::new(&site, "Lists").at(&site, "/l/").form("JSON", "/api/v1/lists"),
        totals: format!(
            "{} in {}, {}",
            wording::counted(overview.messages, "message", "messages"),
            wording::counted(overview.lists.len() as u64, "list", "lists"),
            wording::span(overview.span)
        ),
        lists: rows(&overview, &site),
    })
}

/// Configured lists in their order, then the others by name.
pub(crate) fn rows(overview: &Overview, site: &Arc<Site>) -> Vec<ListRow> {
    let whole = months(&overview.months);
    let slugs: Vec<&str> = overview.lists.iter().map(|list| list.slug.as_str()).collect();
    let place =
        |list: &&ListOverview| site.config.lists.iter().position(|info| info.slug == list.slug).unwrap_or(usize::MAX);
    let mut lists: Vec<&ListOverview> = overview.lists.iter().collect();
    lists.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.slug.cmp(&b.slug)));
    lists.into_iter().map(|list| row(list, &whole, &site.config, &slugs)).collect()
}

/// The lists whose work a list took over: name and page.
pub(crate) fn before(slug: &str, config: &Config, here: &[&str]) -> Vec<(String, String)> {
    let others = config.lists.iter().filter(|other| other.continued_by.as_deref() == Some(slug));
    others.map(|other| named(&other.slug, config, here)).collect()
}

/// The list that took over the work of another: name and page.
pub(crate) fn after(slug: &str, config: &Config, here: &[&str]) -> Option<(String, String)> {
    Some(named(config.list(slug)?.continued_by.as_deref()?, config, here))
}

/// A list's name, and its page where it is among those that are here: a configured list need not have mail.
fn named(slug: &str, config: &Config, here: &[&str]) -> (String, String) {
    let address = if here.contains(&slug) { links::list(slug) } else { String::new() };
    (config.list_name(slug).to_owned(), address)
}

fn row(list: &ListOverview, whole: &[Month], config: &Config, here: &[&str]) -> ListRow {
    let info = config.list(&list.slug);
    let text = |field: Option<&String>| field.cloned().unwrap_or_default();
    ListRow {
        name: config.list_name(&list.slug).to_owned(),
        address: links::list(&list.slug),
        theme: text(info.and_then(|info| info.theme.as_ref())),
        years: info.and_then(|info| info.years.clone()).unwrap_or_else(|| wording::span(list.span)),
        messages: wording::count(list.messages),
        spark: chart::spark(&months(&list.months), whole),
        continued: after(&list.slug, config, here),
        continues: before(&list.slug, config, here),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ListInfo;

    #[test]
    fn a_list_that_has_no_mail_is_named_and_not_linked() {
        let old = ListInfo {
            slug: "old".into(),
            name: "Old".into(),
            continued_by: Some("new".into()),
            ..ListInfo::default()
        };
        let config = Config { lists: vec![old], ..Config::default() };
        assert_eq!(before("new", &config, &["new"]), [("Old".into(), String::new())]);
        assert_eq!(before("new", &config, &["new", "old"]), [("Old".into(), "/l/old/".into())]);
        assert_eq!(after("old", &config, &["old"]), Some(("new".into(), String::new())));
    }
}
