//! What must hold of any bytes whatever. Each function takes the bytes that a fuzzer made, does with them what Plenary does with mail,
//! queries and addresses, and panics where a promise is broken.
//!
//! `targets/` hands them to a fuzzer; `tests/replay.rs` calls them with every input in `corpus/`, which are small and invented, each
//! named for what it once broke or what it reaches.

mod codec;
mod containers;
mod file_name;
mod html_text;
mod markup;
mod parse;
mod planted;
mod query;
mod render;
mod sanitiser;
mod splitter;
mod threads;
mod voices;

pub use crate::{
    codec::codec, containers::containers, file_name::file_name, html_text::html_text, parse::parse, query::query,
    render::render, sanitiser::sanitiser, splitter::splitter, threads::threads, voices::voices,
};

/// A function that takes what a fuzzer made.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its corpus, its program and its dictionary, too.
pub const TARGETS: [(&str, Target); 11] = [
    ("splitter", splitter),
    ("parse", parse),
    ("voices", voices),
    ("html_text", html_text),
    ("query", query),
    ("codec", codec),
    ("file_name", file_name),
    ("render", render),
    ("sanitiser", sanitiser),
    ("threads", threads),
    ("containers", containers),
];

/// The last moment that a date may claim: fixed, so that an input means the same every day. 2027-01-01.
const LATEST: i64 = 1_798_761_600;
