//! What the pages need to know that is not in the mail: names, notices, limits.

use std::{net::IpAddr, time::Duration};

use plenary_index::{ingest::worker, query::limits::Limits};

/// Settings of the site. The program fills it from `config.toml`; nothing here reads a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The archive's name, in every title and on the home page.
    pub title: String,
    /// A sentence shown on every page, for example that the messages are invented.
    pub notice: Option<String>,
    /// Where the site is reached from outside, without a slash at the end: `https://lists.example.org`. Empty: addresses
    /// are given relative to the site. Never taken from a request, whose Host header anybody can write.
    pub base_url: String,
    /// Whether search engines may index the site. People wrote to a list, not to a search engine: off unless decided.
    pub index_by_robots: bool,
    /// Hits on a page, 1 to 100.
    pub page_size: usize,
    /// How many searches run at once; four times as many may wait, the rest are told to come back.
    pub concurrent_searches: usize,
    /// Bytes of pages of searches kept until the next commit; 0 keeps none.
    pub kept_pages: usize,
    /// How long a request may take before its visitor is told that it took too long.
    pub request_timeout: Duration,
    /// How large a query may be.
    pub query: Limits,
    /// How to start processes for work that may be lost; without them HTML that is large or nests deep is not shown.
    pub workers: Option<worker::Settings>,
    /// Queries shown below the empty search box, each with something to learn from.
    pub examples: Vec<String>,
    /// Lists in the order the home page shows them. A list that is not here is shown by its slug, after these.
    pub lists: Vec<ListInfo>,
    /// Events drawn into charts by month.
    pub milestones: Vec<Milestone>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            title: "Plenary".into(),
            notice: None,
            base_url: String::new(),
            index_by_robots: false,
            page_size: 20,
            concurrent_searches: std::thread::available_parallelism().map_or(2, usize::from),
            kept_pages: 32 << 20,
            request_timeout: Duration::from_secs(10),
            query: Limits::default(),
            workers: None,
            examples: Vec::new(),
            lists: Vec::new(),
            milestones: Vec::new(),
        }
    }
}

impl Config {
    /// What is known of a list beyond its folder's name.
    pub fn list(&self, slug: &str) -> Option<&ListInfo> {
        self.lists.iter().find(|list| list.slug == slug)
    }

    /// Whether the site's address is one that leads here only on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let rest = self.base_url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
    }

    /// The name a list is shown by.
    pub fn list_name<'a>(&'a self, slug: &'a str) -> &'a str {
        self.list(slug).map_or(slug, |list| &list.name)
    }
}

/// What is known of a list beyond its mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListInfo {
    /// Its folder's name, and its name in addresses.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Where mail to it was sent. Masked on pages like every address.
    pub address: Option<String>,
    /// What it puts before subjects: `[Bp_ipv6]`.
    pub prefix: Option<String>,
    /// What it was about.
    pub theme: Option<String>,
    /// When it was in use, in words: `2015-2016`.
    pub years: Option<String>,
    /// The slug of the list that took over from it.
    pub continued_by: Option<String>,
    /// A paragraph about it.
    pub about: Option<String>,
}

/// Something that happened, to be seen beside the mail of its month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Milestone {
    /// Its day, `2016-12-06`, or its month, `2016-12`.
    pub date: String,
    /// Its last day, where it took more than one.
    pub end: Option<String>,
    /// What kind: `meeting`, `draft`, `call` ...
    pub kind: String,
    /// The lists it concerns, by slug; none for all of them.
    pub lists: Vec<String>,
    /// What it was.
    pub title: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_only_this_machine_can_follow_are_told_from_others() {
        let local = |url: &str| Config { base_url: url.into(), ..Config::default() }.is_local();
        for url in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80/mail", "http://0.0.0.0:1"] {
            assert!(local(url), "{url}");
        }
        for url in ["", "https://lists.example.org", "http://10.0.0.7:80", "https://localhost.example.org"] {
            assert!(!local(url), "{url}");
        }
    }
}
