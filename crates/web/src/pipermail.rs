//! `/pipermail/...`: addresses of the archive that this one follows. A message whose number is known is led to, for ever; else its
//! month is shown, with a sentence that says why.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{Shared, error::Error, links, site::Site, wording};

/// Longest folder name compared with the names of lists.
const MAX_FOLDER: usize = 300;

/// What an old address names.
#[derive(Debug, PartialEq, Eq)]
enum Old {
    /// The list's own page.
    List,
    /// A month, by whatever order.
    Month(i32, u32),
    /// A message of a month, by number.
    Message(i32, u32, usize),
}

/// Handles `/pipermail/<list>_<host>/...`.
pub(crate) async fn handle(State(site): Shared, path: Result<Path<String>, PathRejection>) -> Result<Response, Error> {
    let Path(path) = path.map_err(|_| Error::NoPage)?;
    let (folder, rest) = path.split_once('/').unwrap_or((&path, ""));
    let slug = list_of(&site, folder).ok_or(Error::NoList)?;
    match read(rest).ok_or(Error::NoPage)? {
        Old::List => Ok(led(StatusCode::MOVED_PERMANENTLY, links::list(&slug))),
        Old::Month(year, month) => Ok(led(StatusCode::MOVED_PERMANENTLY, links::period(&slug, year, month))),
        Old::Message(year, month, number) => message(&site, slug, (year, month), number).await,
    }
}

async fn message(site: &Arc<Site>, slug: String, month: (i32, u32), number: usize) -> Result<Response, Error> {
    let list = slug.clone();
    let found = site.read(move |archive| archive.numbered(&list, number)).await?;
    // The month in the address is a check on the count: where they disagree, something is missing before it.
    let found = found
        .filter(|found| found.card.date.as_ref().and_then(|date| wording::year_month(date.seconds)) == Some(month));
    if let Some(found) = found.as_ref().filter(|found| found.sure) {
        return Ok(led(StatusCode::MOVED_PERMANENTLY, links::message(&found.card.id)));
    }
    let guess = found.map(|found| found.card.id).unwrap_or_default();
    let asked = links::parameters(&[("pipermail", &format!("{number:06}")), ("guess", &guess)]);
    // Not for ever: with the list's whole mailbox the number can become known.
    Ok(led(StatusCode::FOUND, format!("{}{asked}", links::period(&slug, month.0, month.1))))
}

/// Leads on, with the numbers that the oldest clients know.
fn led(status: StatusCode, address: String) -> Response {
    (status, [(header::LOCATION, address)]).into_response()
}

/// The list that a folder of the old archive belongs to: `bp_ipv6_intgovforum.org` is `bp_ipv6`, and so with any host.
fn list_of(site: &Arc<Site>, folder: &str) -> Option<String> {
    let overview = site.archive.overview();
    let slugs = overview.lists.iter().map(|list| list.slug.as_str());
    slugs.filter(|slug| is_folder_of(folder, slug)).max_by_key(|slug| slug.len()).map(str::to_owned)
}

fn is_folder_of(folder: &str, slug: &str) -> bool {
    let Some((name, rest)) = folder.split_at_checked(slug.len()).filter(|_| folder.len() <= MAX_FOLDER) else {
        return false;
    };
    let host = rest.strip_prefix(['_', '.', '@', '-']).is_some_and(|host| host.contains('.'));
    name.eq_ignore_ascii_case(slug) && (rest.is_empty() || host)
}

/// Reads what stands after the folder: `2016-July/000451.html`, `2016-July/thread.html`, `2016-July.txt.gz`, or nothing.
fn read(rest: &str) -> Option<Old> {
    let (month, file) = rest.split_once('/').unwrap_or((rest, ""));
    if matches!(month, "" | "index.html") {
        return Some(Old::List);
    }
    let (year, name) = month.split_once('-')?;
    let year = year.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let name = name.strip_suffix(".txt").unwrap_or(name);
    let month = (1..=12).find(|month| wording::month_name(*month).eq_ignore_ascii_case(name))?;
    match file.strip_suffix(".html").unwrap_or(file) {
        "" | "thread" | "date" | "subject" | "author" | "index" => Some(Old::Month(year, month)),
        number => Some(Old::Message(year, month, number.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_addresses_are_read() {
        for (rest, expected) in [
            ("", Some(Old::List)),
            ("index.html", Some(Old::List)),
            ("2016-July/", Some(Old::Month(2016, 7))),
            ("2016-July/thread.html", Some(Old::Month(2016, 7))),
            ("2016-July.txt.gz", Some(Old::Month(2016, 7))),
            ("2016-july/000451.html", Some(Old::Message(2016, 7, 451))),
            ("2016-Juli/000451.html", None),
            ("2016-July/x.html", None),
            ("2016-July/-1.html", None),
            ("16-07", None),
            ("attachments/20160714/abc/attachment.html", None),
        ] {
            assert_eq!(read(rest), expected, "{rest}");
        }
    }

    #[test]
    fn folders_are_lists_with_any_host() {
        for (folder, slug, is) in [
            ("bp_ipv6_intgovforum.org", "bp_ipv6", true),
            ("Bp_ipv6", "bp_ipv6", true),
            ("bp_ipv6@intgovforum.org", "bp_ipv6", true),
            ("bp_ipv6-intgovforum.org", "bp_ipv6", true),
            ("bp_ipv66_intgovforum.org", "bp_ipv6", false),
            ("bp_ipv6_old", "bp_ipv6", false),
            ("bp", "bp_ipv6", false),
            ("é", "a", false),
        ] {
            assert_eq!(is_folder_of(folder, slug), is, "{folder} {slug}");
        }
    }
}
