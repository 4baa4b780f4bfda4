//! Whole runs: dumps in, answers out of the library's public face, over invented mail and, where they are, real archives.
#![allow(clippy::unwrap_used, reason = "a test, which stops where something is amiss")]

mod clock; // answers when there is no time
#[path = "../../../ingest/tests/corpus/mod.rs"]
mod corpus; // where the real archives are
mod desk; // a data folder, and runs on it
mod generated;
mod hostile; // the manifest of hostile inputs, line by line
mod orders; // dumps in any order, in any number of runs // queries nobody would type
