//! See `plenary_fuzz::splitter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plenary_fuzz::splitter(bytes));
