//! See `plenary_fuzz::containers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plenary_fuzz::containers(bytes));
