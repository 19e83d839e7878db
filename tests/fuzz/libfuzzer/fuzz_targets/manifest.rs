#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| atdata_fuzz::manifest::run(data));
