//! Where there are lenses between versions, and where there are none.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use atdata_codegen::{Config, Schemas};

const INT: &str = r#"{"$type": "local#primitive", "primitive": "int"}"#;
const TEXT: &str = r#"{"$type": "local#primitive", "primitive": "str"}"#;

/// Versions of `Photo`, each with one field.
fn photos(versions: &[(&str, &str)]) -> Schemas {
    let mut schemas = Schemas::new();
    for (version, field_type) in versions {
        let record = format!(
            r#"{{"name": "Photo", "version": "{version}", "fields": [{{"name": "value", "fieldType": {field_type}}}]}}"#
        );
        schemas.parse(&format!("{version}.json"), &record);
    }
    schemas
}

fn by_version() -> Config {
    let mut config = Config::new();
    config.modules_by_version(true);
    config
}

fn code(config: &Config, schemas: &Schemas) -> String {
    config.generate(schemas).unwrap_or_else(|error| panic!("{error}")).to_string()
}

/// The names of all lenses.
fn lenses(code: &str) -> Vec<String> {
    let lens = |item: &syn::Item| match item {
        syn::Item::Fn(lens) => Some(lens.sig.ident.to_string()),
        _ => None,
    };
    let mut found = Vec::new();
    let mut items = syn::parse_file(code).unwrap().items;
    while let Some(item) = items.pop() {
        found.extend(lens(&item));
        if let syn::Item::Mod(module) = item {
            items.extend(module.content.unwrap().1);
        }
    }
    found.sort_unstable();
    found
}

#[test]
fn each_version_leads_to_the_next_by_the_order_of_versions() {
    let schemas = photos(&[("1.10.0", INT), ("1.9.0", INT), ("2.0.0-rc.1", INT), ("2.0.0", INT)]);
    let expected = ["v1_10_0_to_v2_0_0_rc_1", "v1_9_0_to_v1_10_0", "v2_0_0_rc_1_to_v2_0_0"];
    assert_eq!(lenses(&code(&by_version(), &schemas)), expected);
}

/// An index has one lens of a name.
#[test]
fn lenses_of_two_authorities_have_names_of_their_own() {
    let mut schemas = Schemas::new();
    let mut add = |folder: &str, name: &str, version: &str| {
        let record = format!(
            r#"{{"name": "{name}", "version": "{version}", "fields": [{{"name": "value", "fieldType": {INT}}}]}}"#
        );
        schemas.parse(&format!("{folder}{name}@{version}.json"), &record);
    };
    for version in ["1.0.0", "1.1.0"] {
        add("published/alice.example/", "Photo", version);
        add("published/bob.example/", "Photo", version);
        add("", "Photo", version);
        add("published/bob.example/", "Album", version);
    }
    let mut config = by_version();
    config.modules_by_authority(true);
    let code = code(&config, &schemas);
    let names = ["album", "photo_alice_example", "photo_bob_example", "photo_local"];
    for name in names {
        assert_eq!(code.matches(&format!("lens(name = \"{name}_v1_0_0_to_v1_1_0\")")).count(), 1, "{name}");
    }
    assert_eq!(code.matches("lens(name").count(), names.len());
}

#[test]
fn versions_without_an_order_have_no_lens() {
    let schemas = photos(&[("1.0.0+a", INT), ("1.0.0+b", INT), ("first", INT)]);
    assert!(lenses(&code(&by_version(), &schemas)).is_empty());
}

#[test]
fn there_are_none_where_they_are_not_wanted_or_could_not_be_seen() {
    let schemas = photos(&[("1.0.0", INT), ("1.1.0", INT), ("2.0.0", TEXT)]);
    assert_eq!(lenses(&code(by_version().visibility("pub(crate)"), &schemas)), ["v1_0_0_to_v1_1_0"]);
    for config in [by_version().upgrades(false), by_version().visibility(""), by_version().visibility("pub(super)")] {
        let code = code(config, &schemas);
        assert!(lenses(&code).is_empty() && !code.contains("No lens"), "{code}");
    }
}

#[test]
fn what_needs_a_word_is_in_the_documentation_of_the_module() {
    let code = code(&by_version(), &photos(&[("1.0.0", INT), ("2.0.0", TEXT)]));
    let expected = "\
/// Types of schema records.
///
/// No lens leads from version 1.0.0 to 2.0.0:
///
/// - value: type int -> str; write `.convert(\"value\", f)`
#[allow(unreachable_pub, clippy::doc_markdown, rustdoc::bare_urls)]
pub mod photo {";
    assert!(code.contains(expected), "{code}");
}

#[test]
fn a_type_of_ones_own_is_copied_if_it_is_surely_the_same() {
    let schemas = photos(&[("1.0.0", INT), ("1.1.0", INT)]);
    for (old, new, same) in [
        ("u32", "u32", true),
        ("Option<crate::Count>", "Option<crate::Count>", true),
        ("crate::Photo", "crate::Photo", true),
        ("u32", "u64", false),
        ("Vec<Photo>", "Vec<Photo>", false),
        ("[Photo; 2]", "[Photo; 2]", false),
        ("self::inner::Count", "self::inner::Count", false),
    ] {
        let mut config = by_version();
        config.replace("Photo@1.0.0.value", old).replace("Photo@1.1.0.value", new);
        let code = code(&config, &schemas);
        assert_eq!(!lenses(&code).is_empty(), same, "{code}");
        assert_eq!(code.contains("/// - value: another type stands for it in Rust\n"), !same, "{code}");
    }
}

#[test]
fn a_crate_that_hands_atdata_on_is_named_in_lenses_too() {
    let mut config = by_version();
    config.crate_path("my::atdata");
    let code = code(&config, &photos(&[("1.0.0", INT), ("1.1.0", INT)]));
    assert!(code.contains("#[my::atdata::lens(name = \"photo_v1_0_0_to_v1_1_0\", crate = my::atdata)]"), "{code}");
}

#[test]
fn in_a_tree_of_files_lenses_are_beside_the_modules() {
    let files = by_version().generate_tree(&photos(&[("1.0.0", INT), ("1.1.0", INT)])).unwrap();
    let of_lens: Vec<_> = files.iter().filter(|(_, code)| code.code().contains("atdata::lens")).collect();
    let [(file, code)] = of_lens.as_slice() else { panic!("{files:?}") };
    assert_eq!(file.to_str(), Some("photo.rs"));
    assert!(code.code().contains("pub fn v1_0_0_to_v1_1_0(old: &v1_0_0::Photo) -> v1_1_0::Photo {"));
}
