//! Types of the records that Python stored, reading the shards that Python wrote.

use std::fs;
use std::path::Path;

use atdata::schema::OwnedSchema;
use atdata::{Dataset, DictSample, Packable};
use atdata_codegen::{Config, Schemas};
use atdata_tests::fixtures;
use serde_json::Value;

mod types {
    include!("python_types.rs");
}

const NAMES: [&str; 7] = ["Arr", "Lists", "ManifestSample", "Optionals", "Prims", "Text", "TypedArr"];

fn stored(name: &str) -> String {
    let expected: Value = serde_json::from_slice(&fs::read(fixtures::path("schemas/expected.json")).unwrap()).unwrap();
    expected[name]["stored_json"].as_str().unwrap().to_owned()
}

#[test]
fn types_of_python_records_are_as_committed() {
    let mut schemas = Schemas::new();
    for name in NAMES {
        schemas.parse(&format!("tests/fixtures/schemas/expected.json/{name}"), &stored(name));
    }
    let code = Config::new().generate(&schemas).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("codegen/python_types.rs");
    if std::env::var_os("BLESS").is_some() {
        code.write(&path).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(committed == code.to_string(), "look at what `BLESS=1` changes:\n{code}");
}

#[track_caller]
fn reads<T: Packable + 'static>(shard: &str, count: usize) {
    let path = fixtures::path(&format!("atdata/{shard}"));
    let typed: Vec<T> = Dataset::open(&path).unwrap().ordered().take(count).collect::<Result<_, _>>().unwrap();
    let raw: Vec<DictSample> = Dataset::open(&path).unwrap().ordered().take(count).collect::<Result<_, _>>().unwrap();
    assert!(!typed.is_empty() && typed.len() == raw.len(), "{shard}");
    for (typed, raw) in typed.iter().zip(&raw) {
        assert_eq!(typed.pack(), raw.pack(), "{shard}");
    }
}

#[test]
fn types_of_python_records_read_python_shards() {
    // The record says float32, as Python does of every array without a dtype: the shard has all of them.
    reads::<types::Arr>("dtypes/data.tar", usize::MAX);
    reads::<types::Arr>("dtypes_ext/data.tar", usize::MAX);
    reads::<types::ManifestSample>("manifest_single/data.tar", usize::MAX);
    reads::<types::Optionals>("optionals/data.tar", usize::MAX);
    reads::<types::Prims>("prims_single/data.tar", usize::MAX);
    reads::<types::Text>("unicode/data.tar", usize::MAX);
    // The second sample has other dtypes than the record, which Python does not mind.
    reads::<types::TypedArr>("typed_arrays/data.tar", 1);
}

#[test]
fn types_of_python_records_say_what_the_records_say() {
    let check = |schema: &OwnedSchema| {
        let record = atdata::SchemaRecord::parse(&stored(&schema.name)).unwrap();
        assert_eq!(schema.description, record.schema.description);
        assert_eq!(schema.fields.len(), record.schema.fields.len());
        // Nothing else is lost than a dtype that cannot be believed.
        let diff = atdata::schema::SchemaDiff::between(&record.schema, schema);
        for difference in diff.differences() {
            assert!(difference.change.to_string() == "dtype float32 -> any", "{}: {difference}", schema.name);
        }
    };
    check(&types::Arr::SCHEMA.into());
    check(&types::Lists::SCHEMA.into());
    check(&types::Optionals::SCHEMA.into());
    check(&types::Prims::SCHEMA.into());
    check(&types::Text::SCHEMA.into());
    check(&types::TypedArr::SCHEMA.into());
}
