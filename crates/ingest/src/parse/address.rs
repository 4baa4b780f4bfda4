//! Authors and recipients: masks undone, list wrappers taken off.

use std::borrow::Cow;

use super::{
    MAX_RECIPIENTS,
    mime::{self, Mime, decode_header},
};
use crate::{Address, Problem};

/// Who wrote the message: From; where the list put itself there (`Ann via list`), Reply-To, X-Original-From or the name.
pub(super) fn author(mime: &Mime<'_>, problems: &mut Vec<Problem>) -> Address {
    let mut senders = mime.header("From").map(read).unwrap_or_default();
    if senders.len() > 1 {
        problems.push(Problem::new("from", format!("{} authors; the first is shown", senders.len())));
    }
    if senders.is_empty() {
        problems.push(Problem::new("from", "no author"));
        return mime.header("Sender").map(read).and_then(|list| list.into_iter().next()).unwrap_or_default();
    }
    let from = senders.swap_remove(0);
    let Some(name) = from.name.as_deref().and_then(wrapped_name) else { return from };
    let name = name.to_owned();
    let list = from.email.clone();
    let original = ["X-Original-From", "Reply-To"]
        .iter()
        .filter_map(|header| mime.header(header))
        .flat_map(read)
        .find(|address| address.email.is_some() && address.email != list && !same_domain_list(address, &list));
    problems.push(Problem::new(
        "from",
        "the list put its own address into From; the author is taken from the name and Reply-To",
    ));
    Address { name: Some(name), email: original.and_then(|address| address.email) }
}

/// To and Cc.
pub(super) fn recipients(mime: &Mime<'_>, problems: &mut Vec<Problem>) -> Vec<Address> {
    let mut all: Vec<Address> = ["To", "Cc"].iter().flat_map(|name| mime.headers(name)).flat_map(read).collect();
    if all.len() > MAX_RECIPIENTS {
        problems
            .push(Problem::new("recipients", format!("{} recipients; the first {MAX_RECIPIENTS} are kept", all.len())));
        all.truncate(MAX_RECIPIENTS);
    }
    all
}

/// `Ann Example` of `Ann Example via listname` or `'Ann Example' via List Name`.
fn wrapped_name(name: &str) -> Option<&str> {
    let (author, list) = name.rsplit_once(" via ")?;
    let author = author.trim().trim_matches(['\'', '"']).trim();
    (!author.is_empty() && !list.trim().is_empty()).then_some(author)
}

/// Whether an address in Reply-To is the list again: same domain as the list's own address and a list-like name.
fn same_domain_list(address: &Address, list: &Option<String>) -> bool {
    let local = |email: &str| email.split('@').next().unwrap_or("").to_owned();
    match (&address.email, list) {
        (Some(email), Some(list)) => {
            local(list).starts_with(&local(email)) && email.ends_with(list.rsplit('@').next().unwrap_or("@"))
        }
        _ => false,
    }
}

/// Reads an address header. Pipermail's `ann at example.org (Ann Example)` is unmasked first.
fn read(value: &[u8]) -> Vec<Address> {
    let value = decode_header(value);
    let mut found = mime::addresses(&bracketed(&unmask(&value)));
    for address in &mut found {
        address.email = address.email.as_deref().map(bare).map(str::to_owned);
        if address.email.as_deref().is_some_and(|email| !email.contains('@')) {
            // A bare word is a name, not an address.
            let word = address.email.take();
            address.name = address.name.take().or(word);
        }
        if let Some(name) = &address.name {
            let name = name.replace(char::is_control, " ");
            // A comment may hold name and address once more.
            let name =
                name.split_once('<').filter(|(_, rest)| rest.contains('@')).map_or(name.as_str(), |(name, _)| name);
            let name = name.trim_matches(['"', '\'', ' ', '<', '>', ',']).to_owned();
            let name = said_once(&name).to_owned();
            address.name = (!name.is_empty() && Some(name.to_lowercase()) != address.email).then_some(name);
        }
    }
    found.retain(|address| address.name.is_some() || address.email.is_some());
    found
}

/// An address without what may cling to it: the way to it (`@relay:ada@example.org`), a link that a mailer put in (`<mailto:`), a
/// second address, the dot of the root of all domains.
fn bare(email: &str) -> &str {
    let email = if email.starts_with('@') { email.rsplit(':').next().unwrap_or(email) } else { email };
    let end =
        email.find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>')).unwrap_or(email.len());
    email[..end].trim_end_matches('.')
}

/// `Ada Sample Ada Sample`, from a header that gives the name before the address and again in a comment.
fn said_once(name: &str) -> &str {
    let middle = name.len() / 2;
    match (name.get(..middle), name.get(middle..)) {
        (Some(first), Some(second)) if second.strip_prefix(' ') == Some(first) => first,
        _ => name,
    }
}

/// Puts brackets around the address in `Ada Sample ada@example.org`, which the web pages of LISTSERV write.
fn bracketed(value: &str) -> Cow<'_, str> {
    if value.contains(['<', '(', ',', ';', ':', '"']) || value.matches('@').count() != 1 {
        return Cow::Borrowed(value);
    }
    match value.trim().rsplit_once(char::is_whitespace) {
        Some((name, email)) if email.contains('@') => Cow::Owned(format!("{name} <{email}>")),
        _ => Cow::Borrowed(value),
    }
}

/// How archives write `@`: English, Spanish, Portuguese.
const MASKS: [&str; 3] = [" at ", " en ", " em "];

/// Puts the `@` back into `ann at example.org`, where there is none and a domain follows.
pub(crate) fn unmask(value: &str) -> Cow<'_, str> {
    // A comment may hold the address again, unmasked: `ada at example.org (Ada@example.org)`.
    let outside = value.split_once('(').map_or(value, |(outside, _)| outside);
    if outside.contains('@') {
        return Cow::Borrowed(value);
    }
    // Of the same length, so that places in it are places in the value.
    let lower = outside.to_ascii_lowercase();
    for mask in MASKS {
        let found = lower.match_indices(mask).find(|(at, _)| {
            let local = value[..*at].rsplit([' ', '<', '\t', '"', '(']).next().unwrap_or("");
            let domain = value[at + mask.len()..].split([' ', '>', ')', '(', ',', '\t']).next().unwrap_or("");
            !local.is_empty() && domain.contains('.') && !domain.ends_with('.')
        });
        if let Some((at, _)) = found {
            return Cow::Owned(format!("{}@{}", &value[..at], &value[at + mask.len()..]));
        }
    }
    Cow::Borrowed(value)
}
