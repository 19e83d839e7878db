#![no_main]

libfuzzer_sys::fuzz_target!(|pattern: &str| atdata_tests::fuzz::braces::run(pattern));
