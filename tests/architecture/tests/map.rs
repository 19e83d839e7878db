//! The checkout itself, held against `ARCHITECTURE.md`.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata_architecture::{House, Map, Sources, faults, paths, sources};

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn floors() {
    let checkout = checkout();
    let house = House::read(&sources(&checkout).unwrap()).unwrap();
    // A reader that finds nothing would find no fault either.
    assert!(house.modules().count() > 200, "{} modules", house.modules().count());
    let map = Map::read(&fs::read_to_string(checkout.join("ARCHITECTURE.md")).unwrap()).unwrap();
    let faults: Vec<String> = faults(&house, &map).iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} against the rules of ARCHITECTURE.md:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_path_of_the_pages_is_there() {
    let checkout = checkout();
    let is_there = |path: &str| checkout.join(path).exists() || checkout.join("atdata/src").join(path).exists();
    let mut missing: Vec<String> = Vec::new();
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "tests/README.md"] {
        let named = paths(&fs::read_to_string(checkout.join(page)).unwrap());
        assert!(named.len() > 15, "{} paths in {page}", named.len());
        let lost = named.into_iter().filter(|(_, path)| !is_there(path));
        missing.extend(lost.map(|(line, path)| format!("{page}:{line}: there is no {path}")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_rule_broken_on_purpose_is_seen() {
    let checkout = checkout();
    let mut sources = sources(&checkout).unwrap();
    let map = Map::read(&fs::read_to_string(checkout.join("ARCHITECTURE.md")).unwrap()).unwrap();
    let all = |sources: &Sources| faults(&House::read(sources).unwrap(), &map);
    let before = all(&sources);

    let text = sources.get_mut("atdata/src/error.rs").unwrap();
    let line = text.lines().count() + 1;
    text.push_str("use crate::load::load_dataset;\nuse crate::Dataset;\n");
    let after = all(&sources);
    let new: Vec<String> = after.iter().filter(|fault| !before.contains(fault)).map(ToString::to_string).collect();
    let said = |start: &str| new.iter().any(|fault| fault.starts_with(start));
    let upwards = "room `error` (floor 1) takes `load_dataset` of room `load` (floor 11, atdata/src/load.rs)";
    assert!(said(&format!("atdata/src/error.rs:{line}: {upwards}")), "{new:#?}");
    let root = "room `error` takes `Dataset` through the crate root (`crate::Dataset`); name the room that has it, ";
    assert!(said(&format!("atdata/src/error.rs:{}: {root}", line + 1)), "{new:#?}");
    assert!(new.iter().any(|fault| fault.contains("a circle of ") && fault.contains("atdata error")), "{new:#?}");
}

/// The folders whose folders are test binaries, each with a list of its modules in its `main.rs`.
const HOMES: [&str; 4] = ["atdata/tests", "atdata-codegen/tests", "schemas/tests", "tests"];

#[test]
fn every_test_file_is_a_module_of_a_theme() {
    let mut themes = 0;
    let mut faults = Vec::new();
    for home in HOMES.map(|home| checkout().join(home)) {
        let (files, folders): (Vec<_>, Vec<_>) = entries(&home).into_iter().partition(|path| path.is_file());
        let alone = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
        faults
            .extend(alone.map(|path| format!("{}: a binary of its own; make it a module of a theme", path.display())));
        for main in folders.iter().map(|folder| folder.join("main.rs")).filter(|main| main.is_file()) {
            themes += 1;
            unnamed(&main, main.parent().unwrap(), &mut faults);
        }
    }
    assert!(themes > 10, "{themes} themes");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The files of a folder that are compiled into nothing: the module that the folder belongs to does not name them.
fn unnamed(parent: &Path, folder: &Path, faults: &mut Vec<String>) {
    let text = fs::read_to_string(parent).unwrap_or_default();
    let (files, folders): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_file());
    let sources: Vec<&PathBuf> = files.iter().filter(|path| path.extension().is_some_and(|it| it == "rs")).collect();
    for file in sources.iter().filter(|file| **file != parent) {
        let (name, stem) = (file.file_name().unwrap().to_str().unwrap(), file.file_stem().unwrap().to_str().unwrap());
        let is_module = text.lines().any(|line| line.trim_end().ends_with(&format!("mod {stem};")));
        let is_included =
            || sources.iter().any(|other| fs::read_to_string(other).unwrap().contains(&format!("\"{name}\"")));
        if !is_module && !is_included() {
            faults.push(format!("{}: `mod {stem};` is missing in {}", file.display(), parent.display()));
        }
    }
    for inner in &folders {
        unnamed(&inner.with_extension("rs"), inner, faults);
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
