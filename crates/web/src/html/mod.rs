//! A message's own HTML, made harmless.
//!
//! Three steps. `tags` reads the HTML into tags and text, as browsers do, keeps of it what is allowed, and masks the text; `cost`
//! estimates what a parser would make of the result; then ammonia parses it, judges every element again and writes it out. Nothing
//! touches what it wrote. What looks costly, because of its size or because it nests, is left to a worker process.

mod allowed;
mod cost;
mod frame;
pub(crate) mod memory;
mod page;
mod tags;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use plenary_index::ingest::worker::{Duty, Job};
use serde::{Deserialize, Serialize};

pub(crate) use self::{frame::handle as frame, page::handle as page};

/// The job of cleaning HTML in a worker.
const JOB: Job = 1;

/// What a worker must be able to do for the pages.
pub const DUTY: Duty = (JOB, |bytes| {
    let asked: Asked<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    asked.clean().map(String::into_bytes).map_err(|error| error.to_string())
});

/// HTML as a message's frame shows it; nothing where it is too large, or costs more than this process gives for it. `pictures` are
/// Content-IDs, and the addresses they have here.
pub fn cleaned(html: &str, pictures: &[(String, String)]) -> Option<String> {
    match (Asked { html: Cow::Borrowed(html), pictures: pictures.to_vec() }).clean_if_cheap() {
        Ok(First::Clean(clean)) => Some(clean),
        _ => None,
    }
}

/// Largest HTML looked at, 4 MiB: the longest newsletter seen has one. What is larger is read as text.
const MAX_SIZE: usize = 4 << 20;
/// Largest HTML cleaned in this process: 512 KiB takes some 60 ms, twice through.
const CHEAP_SIZE: usize = 512 << 10;
/// Comparisons that a worker may make for what is larger: a fifth of a second. A picture that is written into its tag counts for many, as of
/// 64 letters of base64 one is a slash; a megabyte and a half of it is within this.
const COMPARISONS: usize = 1 << 29;
/// How much longer than what came in may be what comes out, beside a few bytes: escaping and closed tags double it at most.
const GROWTH: usize = 4;
/// The few bytes: a short text may be all special characters.
const SLACK: usize = 4 << 10;
/// Times that it is cleaned until it stays as it is. Honest mail takes two, the second of which changes nothing.
const PASSES: usize = 6;

/// HTML to be cleaned.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked<'a> {
    html: Cow<'a, str>,
    /// Content-IDs of pictures, and the addresses they have here.
    pictures: Vec<(String, String)>,
}

/// Why HTML is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// It is too large.
    #[error("it is larger than {} MiB", MAX_SIZE >> 20)]
    Size,
    /// It grew.
    #[error("what came of it is {GROWTH} times larger than what was sent")]
    Growth,
    /// It is large, and of a shape that parsers are slow with.
    #[error("it is larger than {} KiB, and nests deep or has very long tags", CHEAP_SIZE >> 10)]
    Shape,
    /// It is another each time.
    #[error("it is not the same page when it is read a second time")]
    Unsettled,
    /// A worker has found a reason, or was not needed to find one.
    #[error("{0}")]
    Worker(String),
    /// A worker could not do it now: there was none, or not enough time or memory. It may be otherwise the next time.
    #[error("{0}")]
    Now(String),
}

/// What the first look at HTML gives.
enum First {
    Clean(String),
    /// It would cost too much here.
    Costly,
}

impl Asked<'_> {
    /// Cleans it if that is cheap.
    fn clean_if_cheap(&self) -> Result<First, Refusal> {
        if self.html.len() > MAX_SIZE {
            return Err(Refusal::Size);
        }
        if self.html.len() > CHEAP_SIZE {
            return Ok(First::Costly);
        }
        let read = |html: &str| self.read_if_cheap(html, tags::COMPARISONS);
        Ok(self.settled(read)?.map_or(First::Costly, First::Clean))
    }

    /// Cleans it in a process that may be lost: whatever that costs where it is small, for then the clock is short; what is large has
    /// more time, and no use for it if its shape is costly.
    fn clean(&self) -> Result<String, Refusal> {
        if self.html.len() > CHEAP_SIZE {
            return self.settled(|html| self.read_if_cheap(html, COMPARISONS))?.ok_or(Refusal::Shape);
        }
        let read = |html: &str| tags::read(html, &self.pictures, usize::MAX);
        self.settled(read)?.ok_or(Refusal::Shape)
    }

    fn read_if_cheap(&self, html: &str, comparisons: usize) -> Option<Vec<tags::Mark>> {
        tags::read(html, &self.pictures, comparisons).filter(|marks| cost::is_cheap(marks, html.len()))
    }

    /// Cleans it until it stays as it is. A tree written down need not be the tree that is read from it: a link in a table in a
    /// link comes out of the table, and what a browser draws then is not what was judged. Nothing where it is not to be read.
    fn settled(&self, read: impl Fn(&str) -> Option<Vec<tags::Mark>>) -> Result<Option<String>, Refusal> {
        let mut html = Cow::Borrowed(self.html.as_ref());
        for _ in 0..PASSES {
            let Some(marks) = read(&html) else { return Ok(None) };
            let clean = SANITISER.clean(&tags::write(&marks)).to_string();
            if clean.len() > self.html.len() * GROWTH + SLACK {
                return Err(Refusal::Growth);
            }
            if clean == html {
                return Ok(Some(clean));
            }
            html = Cow::Owned(clean);
        }
        Err(Refusal::Unsettled)
    }
}

/// The judge of what is shown. It is given only what [`tags`] lets through, and asks everything again.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut sanitiser = Builder::empty();
    sanitiser
        .tags(allowed::TAGS.iter().copied().collect())
        .clean_content_tags(allowed::DROPPED.iter().copied().collect())
        .generic_attributes(allowed::EVERYWHERE.iter().copied().collect())
        .tag_attributes(
            allowed::ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect(),
        )
        .set_tag_attribute_value("a", "target", allowed::TARGET)
        .url_schemes(["http", "https"].into_iter().collect())
        // Only our own addresses of pictures are relative, which the filter sees to.
        .url_relative(UrlRelative::PassThrough)
        .attribute_filter(|tag, name, value| allowed::value(tag, name, value).then_some(Cow::Borrowed(value)))
        .link_rel(Some(allowed::REL));
    sanitiser
});
