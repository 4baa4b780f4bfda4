//! See `plenary_fuzz::html_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plenary_fuzz::html_text(bytes));
