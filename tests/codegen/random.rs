//! Records at random: their types compile without a warning, say of themselves what the records say, and pack the same
//! bytes that they unpack.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant;

use atdata::schema::{OwnedField, SchemaRecord};
use atdata_codegen::Config;
use atdata_tests::records::{Random, Schemas};

use crate::crates::{Crate, succeeded};

/// So many are compiled.
const RECORDS: usize = 500;
/// So many also run: the linker and the machine code are what takes the time.
const RUN: usize = 100;

const HEAD: &str = "\
#![deny(warnings)]
#![allow(clippy::all, reason = \"written by a test\")]
//! Written by a test.
use atdata::schema::OwnedSchema;
use atdata::Packable;

/// The types.
pub mod generated {
    include!(\"generated.rs\");
}

fn check<T: Packable>(name: &str, fingerprint: &str, defaults: &str, samples: &[&[u8]]) {
    let schema = OwnedSchema::from(T::SCHEMA);
    assert_eq!(schema.fingerprint(), fingerprint, \"{name}: {}\", schema.fingerprint_input());
    let found: Vec<_> = schema.fields.iter().map(|field| field.default.clone()).collect();
    for (found, expected) in found.iter().zip(defaults.lines()) {
        let found = found.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(expected.is_empty() || found == expected, \"{name}: {found}, not {expected}\");
    }
    for field in &schema.fields {
        let mut lacking = atdata::DictSample::unpack(samples[0]).unwrap();
        lacking.remove(&field.name);
        let read = lacking.to::<T>();
        let fills_in = field.optional || field.has_default;
        assert_eq!(read.is_ok(), fills_in, \"{name} without {}: {:?}\", field.name, read.err());
    }
    for sample in samples {
        let value = T::unpack(sample).unwrap_or_else(|error| panic!(\"{name}: {error}\"));
        assert_eq!(&value.pack(), sample, \"{name}\");
    }
}

fn main() {
";

#[test]
fn types_of_random_records_are_those_of_the_records() {
    let mut random = Random::new(1);
    let mut schemas = Schemas::random(RECORDS, &mut random);
    let mut config = Config::new();
    config.modules_by_version(true).trust_float32(".");
    let mut records = atdata_codegen::Schemas::new();
    for (index, schema) in schemas.all.iter().enumerate() {
        config.type_attribute(
            &format!("{}@{}", schema.name, schema.version),
            &format!("#[doc(alias = \"root{index}\")]"),
        );
        let record = SchemaRecord::new(schema.clone()).created_at("2026-03-01T12:00:00Z");
        let json = if index % 2 == 0 { record.to_local_json() } else { record.to_atproto().unwrap().to_string() };
        records.parse(&format!("{index}.json"), &json);
    }
    // In the ATProto form the order of fields may be lost, and with it the order in which they are packed.
    schemas.all = records.records().map(|record| record.schema.clone()).collect();
    let started = Instant::now();
    let code = config.generate(&records).unwrap_or_else(|error| panic!("{error}")).to_string();
    println!("{RECORDS} records generated in {:?}: {} lines", started.elapsed(), code.lines().count());

    let mut paths = BTreeMap::new();
    roots("generated", syn::parse_file(&code).unwrap().items, &mut paths);
    let mut main = HEAD.to_owned();
    for (index, schema) in schemas.all.iter().enumerate().step_by(RECORDS / RUN) {
        let fingerprint = schemas.written_out(schema).fingerprint();
        let samples: Vec<String> = (0..3).map(|_| format!("&{:?}", schemas.sample(schema, &mut random))).collect();
        let path = &paths[&format!("root{index}")];
        let default = |field: &OwnedField| field.default.as_ref().map(ToString::to_string).unwrap_or_default();
        let defaults = schema.fields.iter().map(default).collect::<Vec<_>>().join("\n");
        writeln!(
            main,
            "    check::<{path}>(\"root{index}\", {fingerprint:?}, {defaults:?}, &[{}]);",
            samples.join(", ")
        )
        .unwrap();
    }
    main.push_str("}\n");

    let package = Crate::new("random");
    package.write("src/generated.rs", &code);
    package.write("src/main.rs", &main);
    let started = Instant::now();
    succeeded(&package.cargo("run"));
    println!("compiled and run in {:?}", started.elapsed());
}

/// The paths of the types that are marked as those of records.
fn roots(path: &str, items: Vec<syn::Item>, paths: &mut BTreeMap<String, String>) {
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                roots(&format!("{path}::{}", module.ident), module.content.unwrap().1, paths);
            }
            syn::Item::Struct(item) => {
                for attr in item.attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
                    let _ = attr.parse_nested_meta(|meta| {
                        let name: syn::LitStr = meta.value()?.parse()?;
                        paths.insert(name.value(), format!("{path}::{}", item.ident));
                        Ok(())
                    });
                }
            }
            syn::Item::Enum(_) | syn::Item::Fn(_) => {}
            _ => panic!("something else than modules, types and lenses"),
        }
    }
}
