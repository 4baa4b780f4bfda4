//! Messages in, answers out: the archive's full-text index.
//!
//! [`Archive`] is what readers hold: [`Archive::search`] answers a [`Question`], [`Archive::message`] and
//! [`Archive::thread`] give what a page shows. [`run`] is what an ingest does: it reads dumps, decides what is new, groups threads and
//! people, and commits once. [`query`] reads what a person typed; [`fields`] is the one table of what can be asked. [`threads`]
//! groups and draws.
//!
//! This is the only crate that names `tantivy`, and none of its types leave it.

mod activity;
pub mod answer;
pub mod archive;
mod arrange;
mod attached;
mod catalogue;
mod chosen;
mod clock;
mod columns;
mod commit;
pub mod doctor;
mod document;
pub mod error;
mod expand;
mod expansions;
pub mod explain;
mod facets;
pub mod fields;
mod filter;
mod footers;
mod forms;
mod identity;
mod inflections;
mod kept;
pub mod ledger;
mod moved;
mod nearness;
mod numbers;
mod overview;
mod people;
mod plan;
pub mod query;
mod queue;
mod reading;
pub mod run;
mod schema;
mod seal;
mod similar;
mod snippet;
mod spelling;
mod store;
pub mod suggest;
mod surroundings;
mod swap;
mod sweep;
pub mod threads;
mod unknown;
mod unlocked;
pub mod walk;
pub mod words;

pub use crate::{
    activity::{Correspondents, ListActivity},
    answer::{
        Answer, Arranged, Author, Card, Count, Cursor, Entry, Facets, Found, Hit, ListOverview, Node, Overview,
        Passage, PersonEntry, Place, Question, Sort, Start, Thread,
    },
    archive::Archive,
    catalogue::{create_folder, sync_folder},
    document::Rules,
    error::Error,
    explain::{Cost, Elsewhere, Explanation, Instead, Part},
    kept::Kept,
    numbers::Numbered,
    query::{Parsed, Query},
    suggest::Suggestion,
    surroundings::{InList, Surroundings},
    unknown::Unknown,
    walk::{Step, Walk},
};
pub use plenary_ingest as ingest;
