//! What stands after the `?`. Nonsense never fails: an unknown, doubled or unreadable parameter counts as absent.

use std::{convert::Infallible, ops::RangeInclusive};

use axum::{extract::FromRequestParts, http::request::Parts};
use percent_encoding::percent_decode_str;

use crate::links;

/// Parameters read from a request: at most this many, which is more than any page has.
const MAX_PARAMETERS: usize = 32;

/// The parameters of a request, decoded; the first of each name counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads what stands after the `?`.
    pub(crate) fn parse(typed: &str) -> Params {
        let pairs = typed.split('&').filter(|pair| !pair.is_empty()).take(MAX_PARAMETERS);
        Params(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    /// The value of a parameter; empty where it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The value of a number, brought into its range; `otherwise` where it is absent or no number.
    pub(crate) fn number(&self, name: &str, otherwise: usize, range: RangeInclusive<usize>) -> usize {
        match self.text(name).trim().parse::<usize>() {
            Ok(number) => number.clamp(*range.start(), *range.end()),
            Err(_) => otherwise,
        }
    }

    /// An address with these parameters. They are written anew, so whatever was sent, the address is one.
    pub(crate) fn after(&self, address: &str) -> String {
        let pairs: Vec<(&str, &str)> = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("{address}{}", links::parameters(&pairs))
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Params, Infallible> {
        Ok(Params::parse(parts.uri.query().unwrap_or_default()))
    }
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_counts_as_absent() {
        let params = Params::parse("q=a+b%20%22c&q=second&&page=-3&limit=1000&=x&%zz=%ff&sort");
        assert_eq!(params.text("q"), "a b \"c");
        assert_eq!(params.number("page", 1, 1..=500), 1);
        assert_eq!(params.number("limit", 20, 1..=100), 100);
        assert_eq!(params.number("absent", 7, 1..=9), 7);
        assert_eq!(params.text("sort"), "");
        assert_eq!(params.text("%zz"), "\u{FFFD}");
    }

    #[test]
    fn parameters_go_along_to_another_address() {
        for (typed, expected) in [
            ("p=4", "/m/x?p=4"),
            ("view=flat&text=own", "/m/x?view=flat&text=own"),
            ("q=a+b%26c", "/m/x?q=a+b%26c"),
            ("x=%0d%0aSet-Cookie:+y&%23=1", "/m/x?x=%0D%0ASet-Cookie:+y&%23=1"),
            ("", "/m/x"),
            ("&&p=", "/m/x"),
        ] {
            assert_eq!(Params::parse(typed).after("/m/x"), expected, "{typed}");
        }
    }
}
