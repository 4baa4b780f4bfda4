//! See `plenary_fuzz::sanitiser`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plenary_fuzz::sanitiser(bytes));
