//! What users see when they misuse the derive macros, word for word, and what must compile.
//!
//! The words are those of the compiler in `rust-toolchain.toml`; `TRYBUILD=overwrite` writes them anew.

use std::path::Path;

#[test]
fn packable() -> std::io::Result<()> {
    copy_records()?;
    let cases = trybuild::TestCases::new();
    cases.compile_fail("include_schema/*.rs");
    cases.compile_fail("packable/*.rs");
    cases.compile_fail("packfield/*.rs");
    cases.compile_fail("schema/*.rs");
    cases.compile_fail("views/*.rs");
    // Found where code is generated, which a run with no case that passes would not do.
    cases.compile_fail("project/*.rs");
    cases.pass("pass/*.rs");
    Ok(())
}

/// `schema` takes paths from the folder of a crate's manifest, which for these cases is one that trybuild makes.
fn copy_records() -> std::io::Result<()> {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tests/trybuild").join(env!("CARGO_PKG_NAME"));
    copy_folder(Path::new("schema/records"), &package.join("records"))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (entry, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if entry.is_dir() {
            copy_folder(&entry, &to)?;
        } else {
            std::fs::copy(entry, to)?;
        }
    }
    Ok(())
}

#[test]
fn lens() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("lens/*.rs");
    cases.pass("pass/lens/*.rs");
}
