//! See `plenary_fuzz::voices`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plenary_fuzz::voices(bytes));
