#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| atdata_fuzz::record::run(text));
