//! Finding and reading the fixtures; `fixtures/README.md` says what they are.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// The file or folder of that name.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The same as text, with a slash at each border, for patterns.
pub fn url(name: &str) -> String {
    path(name).to_str().unwrap().replace('\\', "/")
}

#[track_caller]
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
pub fn json(name: &str) -> Json {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Bytes that a fixture has as text.
#[track_caller]
pub fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What is in a folder, sorted, but for the JSON that describes it.
#[track_caller]
pub fn list(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(path(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "expected.json");
    names.sort();
    names
}

/// Fails unless the tests name exactly what is in the folder.
#[track_caller]
pub fn assert_all_named<'a>(folder: &str, named: impl IntoIterator<Item = &'a str>) {
    let mut named: Vec<_> = named.into_iter().collect();
    named.sort_unstable();
    assert_eq!(named, list(folder), "left: what tests name, right: what is in {folder}");
}
