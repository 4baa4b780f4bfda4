//! The program end to end: dumps in, answers out, through the command line and over HTTP.
#![allow(clippy::unwrap_used)] // A test that cannot go on has failed, and says where.

mod asking; // queries explained, put right and completed; the help for them
mod attached; // files that came with mail: read, searched, handed out
mod bad_visitors; // slow, silent, too many, and what they leave to others
mod bombs; // small files that cost much: seconds and megabytes of each
mod browser; // what is left to a real browser
mod cli; // what is typed on the terminal: forms of output, mistakes, interruptions
mod copies; // dumps named on the command line
mod documents; // small office documents, built here
mod footers; // learnt from a list's messages
mod forms; // any page in any form, read back by readers that are not ours
mod harness; // a data folder, the program run on it, a tiny HTTP client
mod hostile_queries; // what the corpus has of them, over HTTP and on the command line
mod html_view; // a message as its own HTML draws it
mod inert; // names, types and dispositions of attached files
mod ingest; // sums, copies, conflicts, order, rebuilds
mod limits; // keys of config.toml at their edges; what a worker does not survive
mod load; // mixed traffic while dumps come
mod logs; // what a server says, and what it must never say
mod mutated; // mail that something happened to, thousands of messages of it
mod odd_mail; // a fixture for each trouble that real mail has
mod old_addresses; // of the Pipermail archive before, and broken ones
mod pages; // what a browser gets, and what hostile mail must not do to it
mod reading; // messages, threads, lists and people as they are read
mod run_pages; // what is shown of a run on the site
mod runs; // taken back, brought back, listed; what vanishes; who is who
mod search; // the language, facets and paging over the shipped sample
mod secrecy; // no address and no markup of mail leaves, on any page, in any form
mod spoofed; // authors who would like to be somebody else
mod stopping; // a server told to stop
mod taken_down; // messages that people took down
mod threads; // how conversations are put together
mod tidy; // the house rules that a machine can see
mod watch; // what appears under data/lists is ingested
mod weights; // bytes and requests of pages
mod wrong_input; // clear sentences and exit codes
