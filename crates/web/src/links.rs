//! Addresses of the site's pages. Everything put into one is percent-encoded here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use plenary_index::Parsed;

use crate::mask::mask;

/// Kept as it is in a path segment: what RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Kept in a query besides: what makes `date:2016-05..2016-09` readable in the address bar. A blank becomes `+`.
const VALUE: &AsciiSet =
    &SEGMENT.remove(b':').remove(b'*').remove(b'/').remove(b'(').remove(b')').remove(b',').remove(b' ');

/// A message's page.
pub fn message(id: &str) -> String {
    format!("/m/{}", segment(id))
}

/// A thread's page.
pub fn thread(id: &str) -> String {
    format!("/t/{}", segment(id))
}

/// A person's page.
pub fn person(person: &str) -> String {
    format!("/p/{}", segment(person))
}

/// The page of a run, part of it where its dumps need several.
pub fn run(run: &str) -> String {
    format!("/runs/{}", segment(run))
}

/// A list's page.
pub fn list(slug: &str) -> String {
    format!("/l/{}/", segment(slug))
}

/// The page of one month of a list; month 0 is the whole year.
pub fn period(slug: &str, year: i32, month: u32) -> String {
    if month == 0 { format!("{}{year:04}/", list(slug)) } else { format!("{}{year:04}/{month:02}/", list(slug)) }
}

/// The page of one day of a list.
pub fn day(slug: &str, year: i32, month: u32, day: u32) -> String {
    format!("{}{day:02}/", period(slug, year, month))
}

/// An attachment's bytes. The name is for people and is not asked for; where it is somebody's address it is masked like any other.
pub fn attachment(id: &str, part: usize, name: &str) -> String {
    format!("{}/a/{part}/{}", message(id), segment(&mask(name)))
}

/// A message as its own HTML draws it.
pub fn html(id: &str) -> String {
    format!("{}/html", message(id))
}

/// The document in the frame there.
pub fn html_frame(id: &str) -> String {
    format!("{}/frame", html(id))
}

/// A search, with further parameters; those with an empty value are left out.
pub fn search(query: &Parsed, more: &[(&str, &str)]) -> String {
    with("/search", query, more)
}

/// The same at another address.
pub fn with(path: &str, query: &Parsed, more: &[(&str, &str)]) -> String {
    let asked = query.to_string();
    let mut all = vec![("q", asked.as_str())];
    all.extend_from_slice(more);
    format!("{path}{}", parameters(&all))
}

/// `?a=b&c=d`, or nothing where every value is empty.
pub fn parameters(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(&typed(name));
        out.push('=');
        out.push_str(&typed(value));
    }
    out
}

/// A name or a value, as it stands after the `?`. Names, too, may be a visitor's, where an address leads on to another.
fn typed(text: &str) -> String {
    utf8_percent_encode(text, VALUE).to_string().replace(' ', "+")
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_named_by_an_address_has_one_without_it() {
        assert_eq!(attachment("x", 2, "ann@example.org.pdf"), "/m/x/a/2/%E2%80%A6%40example.org.pdf");
        assert_eq!(attachment("x", 2, "a b.pdf"), "/m/x/a/2/a%20b.pdf");
    }

    #[test]
    fn nothing_typed_leaves_its_place() {
        assert_eq!(message("a/../b?c#d"), "/m/a%2F..%2Fb%3Fc%23d");
        assert_eq!(
            parameters(&[("q", "a b&c=\"d\" +e"), ("sort", ""), ("page", "2")]),
            "?q=a+b%26c%3D%22d%22+%2Be&page=2"
        );
        assert_eq!(parameters(&[("q", "")]), "");
        assert_eq!(parameters(&[("a&b\r\n", "c")]), "?a%26b%0D%0A=c");
        assert_eq!(period("bp_ipv6", 2016, 8), "/l/bp_ipv6/2016/08/");
    }
}
