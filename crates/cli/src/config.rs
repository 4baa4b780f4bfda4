//! Reads config.toml. The only place that knows the file; everything else is handed values.

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use plenary_index::{
    Rules,
    ingest::{attached, source::Limits, worker},
    query::limits as query,
    run::Settings,
};
use serde::Deserialize;

use crate::limit_keys::{DumpLimits, QueryLimits};

use crate::args::Global;

/// config.toml. Each key is explained there; a key that is not here is an error.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    title: String,
    notice: String,
    data: PathBuf,
    examples: Vec<String>,
    web: Web,
    ingest: Ingest,
    limits: DumpLimits,
    query: QueryLimits,
    worker: Worker,
    list: Vec<List>,
    milestone: Vec<Milestone>,
    rules: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Web {
    listen: SocketAddr,
    base_url: String,
    index_by_robots: bool,
    page_size: usize,
    concurrent_searches: usize,
    kept_pages_mib: usize,
    request_seconds: u64,
    connections: usize,
    connections_per_address: usize,
    proxies: Vec<IpAddr>,
    head_seconds: u64,
    reader_seconds: u64,
    stop_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Ingest {
    message_mib: u64,
    expanded_gib: u64,
    ratio: u64,
    memory_mib: usize,
    threads: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Worker {
    memory_mib: u64,
    processor_seconds: u64,
    clock_seconds: u64,
    processes: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    slug: String,
    name: Option<String>,
    address: Option<String>,
    prefix: Option<String>,
    theme: Option<String>,
    years: Option<String>,
    continued_by: Option<String>,
    about: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Milestone {
    date: String,
    end: Option<String>,
    kind: String,
    lists: Vec<String>,
    title: String,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            title: "Mailing list archive".into(),
            notice: String::new(),
            data: "data".into(),
            examples: Vec::new(),
            web: Web::default(),
            ingest: Ingest::default(),
            limits: DumpLimits::default(),
            query: QueryLimits::default(),
            worker: Worker::default(),
            list: Vec::new(),
            milestone: Vec::new(),
            rules: BTreeMap::new(),
        }
    }
}

impl Default for Web {
    fn default() -> Web {
        let limits = plenary_web::Limits::default();
        Web {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            base_url: String::new(),
            index_by_robots: false,
            page_size: 20,
            concurrent_searches: 8,
            kept_pages_mib: 32,
            request_seconds: 30,
            connections: limits.connections,
            connections_per_address: limits.per_address,
            proxies: limits.proxies,
            head_seconds: limits.head.as_secs(),
            reader_seconds: limits.write.as_secs(),
            stop_seconds: limits.stop.as_secs(),
        }
    }
}

impl Default for Ingest {
    fn default() -> Ingest {
        Ingest { message_mib: 64, expanded_gib: 20, ratio: 200, memory_mib: 200, threads: 0 }
    }
}

impl Default for Worker {
    fn default() -> Worker {
        Worker {
            memory_mib: worker::Limits::MEMORY >> 20,
            processor_seconds: worker::Limits::PROCESSOR,
            clock_seconds: worker::Limits::CLOCK.as_secs(),
            processes: 2,
        }
    }
}

/// Where the file is looked for when none is named.
const DEFAULT_FILE: &str = "config.toml";

impl Config {
    /// Reads the file that was named, or config.toml here, or takes every default.
    pub(crate) fn load(global: &Global) -> Result<Config> {
        let (path, named) = match &global.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(DEFAULT_FILE), false),
        };
        let mut config = match fs::read_to_string(&path) {
            Ok(text) => Config::read(&text).with_context(|| format!("in `{}`", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => Config::default(),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        config.data = match &global.data {
            Some(data) => data.clone(),
            None => path.parent().unwrap_or(Path::new("")).join(&config.data),
        };
        Ok(config)
    }

    /// Reads and checks a file's text.
    fn read(text: &str) -> Result<Config> {
        let config: Config = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        for (at, list) in self.list.iter().enumerate() {
            if list.slug.is_empty() || list.slug.contains(['/', '\\']) || list.slug.starts_with('.') {
                bail!("list {}: `slug = \"{}\"` cannot be the name of a folder", at + 1, list.slug);
            }
            if self.list[..at].iter().any(|other| other.slug == list.slug) {
                bail!("the list `{}` is described twice", list.slug);
            }
            if let Some(next) = &list.continued_by
                && !self.list.iter().any(|other| other.slug == *next)
            {
                bail!("the list `{}` says `continued_by = \"{next}\"`, but no list has that slug", list.slug);
            }
        }
        for milestone in &self.milestone {
            for date in std::iter::once(&milestone.date).chain(&milestone.end) {
                if chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err() {
                    bail!("milestone `{}`: `{date}` is not a date like 2016-12-06", milestone.title);
                }
            }
        }
        if !(1..=100).contains(&self.web.page_size) {
            bail!("web.page_size is {}; it must be from 1 to 100", self.web.page_size);
        }
        for (key, value) in [
            ("web.concurrent_searches", self.web.concurrent_searches as u64),
            ("web.request_seconds", self.web.request_seconds),
            ("web.connections", self.web.connections as u64),
            ("web.head_seconds", self.web.head_seconds),
            ("web.reader_seconds", self.web.reader_seconds),
            ("web.stop_seconds", self.web.stop_seconds),
            ("ingest.message_mib", self.ingest.message_mib),
            ("ingest.expanded_gib", self.ingest.expanded_gib),
            ("ingest.ratio", self.ingest.ratio),
            ("limits.members", self.limits.members as u64),
            ("limits.description_kib", self.limits.description_kib),
            ("limits.line_kib", self.limits.line_kib as u64),
            ("worker.processor_seconds", self.worker.processor_seconds),
            ("worker.clock_seconds", self.worker.clock_seconds),
        ] {
            if value == 0 {
                bail!("{key} is 0; it must be at least 1");
            }
        }
        let highest = query::Limits::HIGHEST;
        for (key, value, most) in [
            ("query.bytes", self.query.bytes, highest.bytes),
            ("query.depth", self.query.depth, highest.depth),
            ("query.terms", self.query.terms, highest.terms),
            ("query.nots", self.query.nots, highest.nots),
            ("query.fuzzy_letters", self.query.fuzzy_letters, highest.fuzzy_chars),
            ("query.prefix_letters", self.query.prefix_letters, highest.prefix_chars),
            ("query.distance", self.query.distance as usize, highest.slop as usize),
        ] {
            if !(1..=most).contains(&value) {
                bail!("{key} is {value}; it must be from 1 to {most}");
            }
        }
        let least = worker::Limits::LEAST_MEMORY >> 20;
        if self.worker.memory_mib < least {
            bail!("worker.memory_mib is {}; it must be at least {least}", self.worker.memory_mib);
        }
        Ok(())
    }

    /// How worker processes are started; `None` where there are to be none.
    pub(crate) fn workers(&self) -> Option<worker::Settings> {
        let limits = worker::Limits {
            memory: self.worker.memory_mib << 20,
            processor: self.worker.processor_seconds,
            clock: Duration::from_secs(self.worker.clock_seconds),
        };
        let wanted = self.worker.processes > 0;
        wanted.then(|| crate::worker::settings(limits, self.worker.processes).ok()).flatten()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The index in it.
    pub(crate) fn index(&self) -> PathBuf {
        self.data.join("index")
    }

    /// How large a query may be.
    pub(crate) fn query(&self) -> query::Limits {
        query::Limits {
            bytes: self.query.bytes,
            depth: self.query.depth,
            terms: self.query.terms,
            nots: self.query.nots,
            fuzzy_chars: self.query.fuzzy_letters,
            prefix_chars: self.query.prefix_letters,
            slop: self.query.distance,
        }
    }

    /// Where to listen.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.web.listen
    }

    /// What a visitor may take of the server.
    pub(crate) fn connections(&self) -> plenary_web::Limits {
        plenary_web::Limits {
            connections: self.web.connections,
            per_address: self.web.connections_per_address,
            proxies: self.web.proxies.clone(),
            head: Duration::from_secs(self.web.head_seconds),
            write: Duration::from_secs(self.web.reader_seconds),
            stop: Duration::from_secs(self.web.stop_seconds),
        }
    }

    /// What a run is told.
    pub(crate) fn settings(&self, now: i64, dry_run: bool) -> Settings {
        let limits = Limits {
            expanded: self.ingest.expanded_gib << 30,
            ratio: self.ingest.ratio,
            message: (self.ingest.message_mib << 20) as usize,
            ratio_from: self.limits.ratio_from_mib << 20,
            members: self.limits.members,
            description: self.limits.description_kib << 10,
            line: self.limits.line_kib << 10,
            attached: attached::Limits {
                size: self.limits.attached_mib << 20,
                files: self.limits.attached_files,
                text: self.limits.attached_text_mib << 20,
            },
        };
        Settings {
            data: self.data.clone(),
            rules: self.rules(),
            limits,
            memory: self.ingest.memory_mib << 20,
            threads: self.ingest.threads,
            workers: self.workers().map(|settings| Arc::new(worker::Pool::new(settings))),
            now,
            dry_run,
            retry: false,
            planned: Vec::new(),
        }
    }

    /// Subject prefixes and kinds of messages. A list's folder name in brackets is a prefix even where none is configured.
    fn rules(&self) -> Rules {
        Rules {
            prefixes: self.prefixes(),
            kinds: self
                .rules
                .iter()
                .map(|(kind, phrases)| (kind.clone(), phrases.iter().map(|phrase| phrase.to_lowercase()).collect()))
                .collect(),
        }
    }

    /// What lists put before subjects: as configured, and each list's folder name in brackets.
    pub(crate) fn prefixes(&self) -> Vec<String> {
        let folders = fs::read_dir(self.data.join("lists")).into_iter().flatten().flatten();
        let mut prefixes: Vec<String> = self.list.iter().filter_map(|list| list.prefix.clone()).collect();
        prefixes.extend(folders.map(|entry| format!("[{}]", entry.file_name().to_string_lossy())));
        prefixes.retain(|prefix| prefix.len() > 2);
        prefixes.sort();
        prefixes.dedup();
        prefixes
    }

    /// What the pages are told.
    pub(crate) fn web(&self) -> plenary_web::Config {
        plenary_web::Config {
            title: self.title.clone(),
            notice: Some(self.notice.clone()).filter(|notice| !notice.is_empty()),
            base_url: self.web.base_url.trim_end_matches('/').to_owned(),
            index_by_robots: self.web.index_by_robots,
            page_size: self.web.page_size,
            concurrent_searches: self.web.concurrent_searches,
            kept_pages: self.web.kept_pages_mib << 20,
            request_timeout: Duration::from_secs(self.web.request_seconds),
            query: self.query(),
            workers: self.workers(),
            examples: self.examples.clone(),
            lists: self
                .list
                .iter()
                .map(|list| plenary_web::ListInfo {
                    slug: list.slug.clone(),
                    name: list.name.clone().unwrap_or_else(|| list.slug.clone()),
                    address: list.address.clone(),
                    prefix: list.prefix.clone(),
                    theme: list.theme.clone(),
                    years: list.years.clone(),
                    continued_by: list.continued_by.clone(),
                    about: list.about.clone(),
                })
                .collect(),
            milestones: self
                .milestone
                .iter()
                .map(|milestone| plenary_web::Milestone {
                    date: milestone.date.clone(),
                    end: milestone.end.clone(),
                    kind: milestone.kind.clone(),
                    // `*` stands for every list; to the pages that is no list in particular.
                    lists: milestone.lists.iter().filter(|list| *list != "*").cloned().collect(),
                    title: milestone.title.clone(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = format!("{:#}", Config::read(text).unwrap_err());
        assert!(error.contains(expected), "for {text:?} the error is: {error}");
    }

    #[test]
    fn the_shipped_file_is_read_and_shows_every_default() {
        let shipped = Config::read(include_str!("../../../config.toml")).unwrap();
        let plain = Config::default();
        assert_eq!((&shipped.web, &shipped.ingest, &shipped.data), (&plain.web, &plain.ingest, &plain.data));
        assert_eq!((&shipped.worker, &shipped.limits, &shipped.query), (&plain.worker, &plain.limits, &plain.query));
        assert_eq!(shipped.list.len(), 8);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        refused("title = \"x\"\n\n[web]\nlitsen = \"127.0.0.1:1\"\n", "litsen");
        refused("title = \"x\"\n\n[web]\nlitsen = \"127.0.0.1:1\"\n", "line 4");
    }

    #[test]
    fn impossible_values_are_refused_with_their_key() {
        refused("[web]\npage_size = 0", "page_size");
        refused("[web]\npage_size = 101", "page_size");
        refused("[web]\nconnections = 0", "web.connections");
        refused("[web]\nhead_seconds = 0", "web.head_seconds");
        refused("[web]\nproxies = [\"proxy.example.org\"]", "line 2");
        refused("[ingest]\nratio = 0", "ingest.ratio");
        refused("[worker]\nmemory_mib = 127", "worker.memory_mib");
        assert!(Config::read("[worker]\nmemory_mib = 128").is_ok());
        refused("[worker]\nclock_seconds = 0", "worker.clock_seconds");
        refused("[limits]\nline_kib = 0", "limits.line_kib");
        refused("[query]\ndepth = 65", "query.depth is 65; it must be from 1 to 64");
        refused("[query]\nterms = 0", "query.terms");
        assert!(Config::read("[query]\ndepth = 64\nterms = 256\nbytes = 8192").is_ok());
        refused("[[list]]\nslug = \"a/b\"", "a/b");
        refused("[[list]]\nslug = \"a\"\n[[list]]\nslug = \"a\"", "twice");
        refused("[[list]]\nslug = \"a\"\ncontinued_by = \"b\"", "continued_by");
        refused("[[milestone]]\ndate = \"2016-13-01\"\nkind = \"call\"\nlists = []\ntitle = \"t\"", "2016-13-01");
    }
}
