//! Whole runs: dumps in, answers out of the library's public face, over invented mail and, where they are, real archives.
#![allow(clippy::unwrap_used, reason = "a test, which stops where something is amiss")]

mod clock; // answers when there is no time
#[path = "../../../ingest/tests/corpus/mod.rs"]
mod corpus; // where the real archives are
mod desk; // a data folder, and runs on it
mod generated; // queries nobody would type
mod hostile; // the manifest of hostile inputs, line by line
#[path = "../../judged/mod.rs"]
mod judged; // the judged queries
mod matching; // what each field and each way of asking finds
mod orders; // dumps in any order, in any number of runs
mod relevance; // the judged queries, and the figures that are promised
