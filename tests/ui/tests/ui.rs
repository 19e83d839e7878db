//! What users see when they misuse the derive macros, word for word, and what must compile.
//!
//! The words are those of the compiler in `rust-toolchain.toml`; `TRYBUILD=overwrite` writes them anew.

#[test]
fn packable() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("packable/*.rs");
    cases.compile_fail("packfield/*.rs");
    cases.pass("pass/*.rs");
}

#[test]
fn lens() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("lens/*.rs");
    cases.pass("pass/lens/*.rs");
}
