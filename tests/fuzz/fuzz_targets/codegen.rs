#![no_main]

libfuzzer_sys::fuzz_target!(|json: &str| atdata_tests::fuzz::codegen::run(json));
