//! What the pages of the library show of the adapters is what the adapters' own pages compile.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn the_lines_of_the_pages_are_lines_that_are_compiled() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |page: &str| fs::read_to_string(here.join(page)).unwrap();
    let compiled = [read("README.md"), read("../candle/README.md")].concat();
    let compiled: BTreeSet<&str> = compiled.lines().map(str::trim).collect();
    for page in ["../../../README.md", "../../../docs/training.md"] {
        let text = read(page);
        let shown = text.split("```rs\n").skip(1).filter_map(|block| block.split("```").next()).flat_map(str::lines);
        let shown: Vec<&str> = shown.map(str::trim).filter(|line| !line.starts_with("//")).collect();
        assert!(shown.len() > 1, "{page}");
        for line in shown.into_iter().filter(|line| !line.is_empty()) {
            assert!(compiled.contains(line), "{page}: {line}");
        }
    }
}
