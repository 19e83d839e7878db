//! Records at random, each in two versions: the lenses between them compile.

use std::time::Instant;

use atdata::schema::{Dtype, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaRecord};
use atdata_codegen::Config;
use atdata_tests::records::{Random, Schemas};

use crate::crates::{Crate, succeeded};

/// So many are compiled.
const RECORDS: usize = 120;

const HEAD: &str = "\
#![deny(warnings)]
#![allow(clippy::all, reason = \"written by a test\")]
//! Written by a test.

/// The types and lenses.
pub mod generated {
    include!(\"generated.rs\");
}
";

/// A later version, in which much has changed in ways that need no word.
fn later(schema: &OwnedSchema, random: &mut Random) -> OwnedSchema {
    let mut later = schema.clone();
    "9.0.0".clone_into(&mut later.version);
    for field in &mut later.fields {
        widen(&mut field.field_type, random);
        field.optional |= random.chance(30);
    }
    if random.chance(50) {
        later.fields.push(OwnedField::new("added later", T::List(Box::new(T::Str))).optional(true));
    }
    if later.fields.len() > 1 && random.chance(20) {
        later.fields.remove(0);
    }
    later
}

fn widen(of: &mut T, random: &mut Random) {
    match of {
        T::Int if random.chance(50) => *of = T::Float,
        T::Str | T::Float if random.chance(20) => *of = T::Any,
        T::Enum(values) if random.chance(50) => values.push("a later value".to_owned()),
        T::Enum(_) if random.chance(50) => *of = T::Str,
        T::Array(array) => {
            let wider: Vec<Dtype> =
                Dtype::ALL.into_iter().filter(|to| array.dtype.is_some_and(|from| from.widens_to(*to))).collect();
            if !wider.is_empty() && random.chance(70) {
                array.dtype = Some(wider[random.below(wider.len())]);
            }
            if array.dims.is_none() && random.chance(20) {
                (array.shape, array.ndim) = (None, None);
            }
        }
        T::List(inner) | T::Map(inner) => {
            widen(inner, random);
            if !matches!(**inner, T::Nullable(_) | T::Any) && random.chance(20) {
                let element = std::mem::replace(&mut **inner, T::Any);
                **inner = T::Nullable(Box::new(element));
            }
        }
        T::Nullable(inner) => widen(inner, random),
        T::Sample(schema) => schema.fields.iter_mut().for_each(|field| widen(&mut field.field_type, random)),
        _ => {}
    }
    if matches!(of, T::Nullable(inner) if **inner == T::Any) {
        *of = T::Any;
    }
}

#[test]
fn lenses_between_random_versions_compile() {
    let mut random = Random::new(7);
    let schemas = Schemas::random(RECORDS, &mut random);
    let mut records = atdata_codegen::Schemas::new();
    for (index, schema) in schemas.all.iter().enumerate() {
        for (version, schema) in [schema.clone(), later(schema, &mut random)].into_iter().enumerate() {
            let json = SchemaRecord::new(schema).created_at("2026-03-01T12:00:00Z").to_local_json();
            records.parse(&format!("{index}-{version}.json"), &json);
        }
    }
    let mut config = Config::new();
    config.modules_by_version(true).trust_float32(".");
    let code = config.generate(&records).unwrap_or_else(|error| panic!("{error}")).to_string();
    let (lenses, refused) = (code.matches("#[::atdata::lens(").count(), code.matches("No lens leads").count());
    println!("{RECORDS} records, {lenses} lenses, {refused} refused");
    assert_eq!(lenses + refused, RECORDS);
    assert!(lenses > RECORDS / 3, "{lenses} lenses\n{code}");

    let package = Crate::new("random-upgrades");
    package.write("src/generated.rs", &code);
    package.write("src/lib.rs", HEAD);
    let started = Instant::now();
    succeeded(&package.cargo("check"));
    println!("checked in {:?}", started.elapsed());
}
