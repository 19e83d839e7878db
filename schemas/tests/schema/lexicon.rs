//! Our records, and Python's, against the lexicons.

use atdata_schema::{LEXICONS, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SHIMS, SchemaRecord};
use serde_json::{Value, json};

use crate::support::lexicon::validate;
use crate::support::{fixture, types};

#[test]
fn the_documents_are_what_they_say() {
    assert_eq!((LEXICONS.len(), SHIMS.len()), (15, 7));
    for lexicon in LEXICONS {
        let json: Value = serde_json::from_str(lexicon.json).unwrap();
        assert_eq!((&json["id"], &json["lexicon"]), (&json!(lexicon.id), &json!(1)));
        assert!(json["defs"]["main"].is_object(), "{}", lexicon.id);
    }
    for shim in SHIMS {
        let json: Value = serde_json::from_str(shim.json).unwrap();
        assert_eq!(json["$id"], shim.id);
        assert!(shim.id.ends_with(json["version"].as_str().unwrap()));
    }
}

#[test]
fn every_shim_that_is_referred_to_is_there() {
    let formats = [
        T::Array(OwnedArrayType::default()),
        T::Structured(OwnedArrayType::default()),
        T::Sparse,
        T::ArrowTensor,
        T::Safetensors,
        T::DataFrame,
    ];
    let noted = T::Array(OwnedArrayType::default().ranked(1));
    for format in formats.into_iter().chain([noted]) {
        let record = SchemaRecord::new(OwnedSchema::new("S", "1.0.0", vec![OwnedField::new("f", format)]));
        let json = record.created_at("2026-03-01T12:00:00Z").to_atproto().unwrap();
        let (id, pointer) = json["schema"]["properties"]["f"]["$ref"].as_str().unwrap().split_once('#').unwrap();
        let shim = SHIMS.iter().find(|shim| shim.id == id).unwrap_or_else(|| panic!("{id}"));
        let json: Value = serde_json::from_str(shim.json).unwrap();
        assert!(json.pointer(pointer).is_some(), "{id}{pointer}");
    }
}

#[test]
fn our_schema_records_are_valid() {
    for (name, fixture) in types() {
        let mut record = SchemaRecord::from_json(&fixture["get_schema"]).unwrap();
        let metadata = json!({"license": "MIT", "tags": ["a", "b"], "more": {"n": 1}});
        record.metadata = metadata.as_object().cloned();
        let json = record.to_atproto().unwrap();
        assert_eq!(validate("science.alt.dataset.schema", &json), Vec::<String>::new(), "{name}");
        assert_eq!(
            validate("science.alt.dataset.schema", &fixture["atmosphere_record"]),
            Vec::<String>::new(),
            "{name}"
        );
    }
}

#[test]
fn the_other_records_of_python_are_valid_but_for_what_is_known() {
    let all = fixture("atproto.json");
    let of = |kind: &str| {
        all[kind].as_object().unwrap().iter().map(|(name, of)| (name.clone(), of["record"].clone())).collect::<Vec<_>>()
    };
    for (kind, nsid) in [("lens", "lens"), ("lens_verification", "lensVerification"), ("label", "label")] {
        for (name, record) in of(kind) {
            assert_eq!(
                validate(&format!("science.alt.dataset.{nsid}"), &record),
                Vec::<String>::new(),
                "{kind} {name}"
            );
        }
    }
    for (name, record) in of("entries") {
        let expected: &[&str] = match name.as_str() {
            // Python writes an object where the lexicon has bytes, and an entry without shards.
            "http" => &["/metadata: not bytes"],
            "s3 minimal" => &["/storage/shards: fewer than 1"],
            _ => &[],
        };
        assert_eq!(validate("science.alt.dataset.entry", &record), expected, "{name}");
    }
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let record = json!({
        "$type": "science.alt.dataset.schema", "name": "x".repeat(101), "version": "1", "schemaType": "jsonSchema",
        "schema": {"$type": "science.alt.dataset.schema#jsonSchemaFormat", "$schema": "other", "type": "object"},
        "createdAt": "today", "atdataSchemaVersion": 0, "metadata": {"tags": [1], "license": 2.5},
    });
    assert_eq!(
        validate("science.alt.dataset.schema", &record),
        [
            "/name: longer than 100",
            "/version: not a semantic version",
            "/schema/properties: missing",
            "/schema/$schema: not \"http://json-schema.org/draft-07/schema#\"",
            "/metadata/license: not text",
            "/metadata/tags/0: not text",
            "/createdAt: not a datetime",
            "/atdataSchemaVersion: less than 1",
        ],
    );
    assert_eq!(
        validate("science.alt.dataset.label", &json!({"$type": "x"}))[..2],
        ["/$type: not science.alt.dataset.label", "/name: missing"]
    );
}
