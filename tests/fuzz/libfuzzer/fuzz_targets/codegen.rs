#![no_main]

libfuzzer_sys::fuzz_target!(|json: &str| atdata_fuzz::codegen::run(json));
