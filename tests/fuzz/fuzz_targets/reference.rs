#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| atdata_tests::fuzz::reference::run(text));
