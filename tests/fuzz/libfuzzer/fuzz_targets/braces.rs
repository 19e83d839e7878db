#![no_main]

libfuzzer_sys::fuzz_target!(|pattern: &str| atdata_fuzz::braces::run(pattern));
