//! Records in, Rust out, compared with what is committed: `BLESS=1` writes it anew.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata_codegen::{Config, Schemas};

/// The cases, and what is not as usual about them.
fn cases() -> Vec<(&'static str, Config)> {
    let usual = Config::new;
    let mut versions = Config::new();
    versions.modules_by_authority(true).modules_by_version(true);
    let mut options = Config::new();
    options
        .visibility("pub(crate)")
        .crate_path("crate::vendored::atdata")
        .derive(".", "Eq, ::core::hash::Hash")
        .type_attribute("Label", "#[must_use]")
        .field_attribute("Label.text", "#[doc(alias = \"words\")]")
        .rename("Scene", "Stage")
        .rename("Scene@1.0.0.title", "heading")
        .replace("Point", "crate::geometry::Point")
        .replace("Body.pose", "Option<crate::Pose>");
    let mut containers = Config::new();
    containers.hash_map(".").shared_bytes("Kinds.raw");
    let mut trusting = Config::new();
    trusting.trust_float32("Embedded.embedding");
    let mut by_version = Config::new();
    by_version.modules_by_version(true);
    vec![
        ("arrays", usual()),
        ("bundle", usual()),
        ("containers", containers),
        ("cycles", usual()),
        ("defaults", usual()),
        ("enums", usual()),
        ("formats", usual()),
        ("hostile", usual()),
        ("images", usual()),
        ("kinds", usual()),
        ("lexicon", usual()),
        ("manifests", usual()),
        ("members", usual()),
        ("names", usual()),
        ("nested", usual()),
        ("options", options),
        ("python", usual()),
        // Written by schemars 1.2.3 of a struct with serde's derives.
        ("schemars", usual()),
        ("trusting", trusting),
        ("upgrade", by_version.clone()),
        ("upgrade_refused", by_version),
        ("versions", versions),
    ]
}

fn folder(case: &str) -> PathBuf {
    Path::new("tests/cases").join(case)
}

/// The files of a case; three of them have only other options than another.
fn files(case: &str) -> Vec<PathBuf> {
    let from = match case {
        "containers" => "kinds",
        "options" => "nested",
        "trusting" => "python",
        own => own,
    };
    let mut schemas = Schemas::new();
    schemas.read(folder(from));
    schemas.files().iter().filter(|path| path.is_file()).cloned().collect()
}

fn generate(config: &Config, files: impl IntoIterator<Item = PathBuf>) -> String {
    let mut schemas = Schemas::new();
    for file in files {
        schemas.read(file);
    }
    config.generate(&schemas).unwrap_or_else(|error| panic!("{error}")).to_string()
}

#[test]
fn the_code_is_as_committed() {
    let bless = std::env::var_os("BLESS").is_some();
    for (case, config) in cases() {
        let path = folder(case).join("expected.rs");
        let found = generate(&config, files(case)).replacen(env!("CARGO_PKG_VERSION"), "VERSION", 1);
        if bless {
            fs::create_dir_all(folder(case)).unwrap();
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(expected == found, "{case} differs; look at what `BLESS=1` changes:\n{found}");
    }
}

#[test]
fn every_folder_is_a_case() {
    let known: Vec<&str> = cases().iter().map(|(case, _)| *case).collect();
    for entry in fs::read_dir("tests/cases").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    for (case, config) in cases() {
        let files = files(case);
        let forwards = generate(&config, files.clone());
        assert_eq!(generate(&config, files.into_iter().rev()), forwards, "{case}");
    }
}

#[test]
fn the_code_is_rust_and_holds_nothing_but_modules_types_and_lenses() {
    for (case, config) in cases() {
        let file = syn::parse_file(&generate(&config, files(case))).unwrap();
        let mut items = file.items;
        while let Some(item) = items.pop() {
            match item {
                syn::Item::Struct(_) | syn::Item::Enum(_) => {}
                syn::Item::Fn(lens) => {
                    assert!(lens.attrs.iter().any(|of| of.path().segments.last().unwrap().ident == "lens"));
                }
                syn::Item::Mod(module) => items.extend(module.content.unwrap().1),
                _ => panic!("{case} has something else"),
            }
        }
    }
}
