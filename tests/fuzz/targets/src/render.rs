//! See `plenary_fuzz::render`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plenary_fuzz::render(bytes));
