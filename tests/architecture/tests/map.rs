//! The checkout itself, held against `ARCHITECTURE.md`.

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
