//! Lens records: Python's, ours, and damaged ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata_schema::{LensRecord, LensReference, LensReferenceError, Mapping, SchemaReference, Transformation};
use serde_json::{Value, json};

use crate::support::fixture;

/// Name, record as parsed JSON, record as Python's text.
fn records() -> Vec<(String, Value, String)> {
    let lenses = fixture("lenses.json");
    let records = lenses["records"].as_object().unwrap();
    let text = |of: &Value| of["json_text"].as_str().unwrap().to_owned();
    records.iter().map(|(name, of)| (name.clone(), of["record"].clone(), text(of))).collect()
}

#[test]
fn every_record_of_python_is_read_and_written_byte_for_byte() {
    assert_eq!(records().len(), 5);
    for (name, json, text) in records() {
        let record = LensRecord::parse(&text).unwrap();
        assert_eq!(record.to_local_json(), text, "{name}");
        assert_eq!(LensRecord::from_json(&json).unwrap(), record, "{name}");
    }
}

#[test]
fn our_constructors_write_what_python_writes() {
    let of = |name: &str| records().into_iter().find(|(found, ..)| found == name).unwrap().2;
    let time = "2026-03-01T12:34:56.789012+00:00";
    let fields = [("name", "name"), ("age", "age")];
    let mapping = LensRecord::new("field_mapping", "1.0.0", "FullPerson", "NameAge")
        .with_fields(fields)
        .created_at(time)
        .described("keep name and age");
    assert_eq!(mapping.to_local_json(), of("field_mapping"));
    let named = LensRecord::new("named_schemas", "1.0.0", "FullPerson@1.0.0", "NameAge@1.0.0");
    assert_eq!(named.with_fields(fields).created_at(time).described("").to_local_json(), of("named schemas"));
    let opaque = LensRecord::new("opaque", "1.0.0", "FullPerson", "Greeting").created_at(time);
    assert_eq!(opaque.to_local_json(), of("opaque"));
    let function = |name: &str| Transformation::CodeReference { module: "fixture_types".into(), qualname: name.into() };
    let code = LensRecord::new("code_reference", "2.1.0", "FullPerson", "Greeting")
        .with_getter(function("greeting_view"))
        .with_putter(function("greeting_put"));
    assert_eq!(code.created_at(time).to_local_json(), of("code_reference"));
}

#[test]
fn a_putter_has_the_mappings_the_other_way_round() {
    let record = LensRecord::new("l", "1.0.0", "A", "B").with_fields([("title", "text")]);
    assert_eq!(record.getter.as_fields().unwrap(), [Mapping::new("title", "text")]);
    assert_eq!(record.putter.as_fields().unwrap(), [Mapping::new("text", "title")]);
    let rust = Transformation::rust("my_crate::lenses", "headline");
    assert_eq!(rust.as_rust(), Some(("my_crate::lenses", "headline")));
    let written = record.with_getter(rust.clone()).to_local();
    let code = json!({"kind": "code_reference", "module": "rust:my_crate::lenses", "qualname": "headline"});
    assert_eq!(written["getter"], code);
    assert_eq!(LensRecord::from_json(&written).unwrap().getter, rust);
}

#[test]
fn what_indexes_add_and_what_is_no_time_is_passed_over() {
    let (_, mut json, _) = records().remove(0);
    let record = LensRecord::from_json(&json).unwrap();
    json["$ref"] = json!("atdata://local/lens/field_mapping@1.0.0");
    json["description"] = json!("");
    json["created_at"] = json!("yesterday");
    json["putter"] = json!({});
    let read = LensRecord::from_json(&json).unwrap();
    assert_eq!((&read.description, &read.created_at), (&None, &None));
    assert_eq!((read.putter, read.getter), (Transformation::Opaque, record.getter));
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    let json = json!({
        "name": "",
        "source_schema": 3,
        "view_schema": "V",
        "getter": {"kind": "field_mapping", "mappings": [
            {"source_field": "a", "view_field": "b", "transform": "upper"},
            {"source_field": "a\u{1b}", "view_field": "b"},
            {"source_field": "c", "view_field": "b"},
            {"view_field": null},
            7,
        ]},
        "putter": {"kind": "lambda"},
    });
    let error = LensRecord::from_json(&json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "10 problems in the lens record:\n  \
         at /name: expected a name without control characters, found \"\"\n  \
         at /version: expected a name, found nothing\n  \
         at /source_schema: expected a name, found 3\n  \
         at /getter/mappings/0/transform: expected null: this release knows no transforms, found \"upper\"\n  \
         at /getter/mappings/1/source_field: expected a name without control characters, found \"a\\u{1b}\"\n  \
         at /getter/mappings/2: expected a `view_field` that no other mapping has, found \"b\"\n  \
         at /getter/mappings/3/source_field: expected the name of a field, found nothing\n  \
         at /getter/mappings/3/view_field: expected the name of a field, found nothing\n  \
         at /getter/mappings/4: expected an object, found 7\n  \
         at /putter/kind: expected one of \"field_mapping\", \"code_reference\", \"opaque\", found \"lambda\"",
    );
    for (json, message) in [
        (json!([]), "at the root: expected an object, found an empty list"),
        (
            json!({"name": "l", "version": "1", "source_schema": "S", "view_schema": "V", "getter": {"kind": "opaque"}}),
            "at /putter: expected an object with `kind`, found nothing",
        ),
    ] {
        assert_eq!(LensRecord::from_json(&json).unwrap_err().to_string(), message);
    }
    assert!(LensRecord::parse("{").unwrap_err().to_string().starts_with("at the root: expected JSON"));
}

#[test]
fn schemas_are_kept_as_given_and_matched_by_what_they_mean() {
    let photo = SchemaReference::local("Photo", "1.0.0");
    let published = SchemaReference::published("alice.example", "Photo", Some("1.0.0"));
    for (text, local, remote) in [
        ("Photo", true, true),
        ("Photo@1.0.0", true, true),
        ("Photo@1.0.1", false, false),
        ("photo", false, false),
        ("atdata://local/schema/Photo@1.0.0", true, false),
        ("atdata://local/sampleSchema/Photo@1.0.0", true, false),
        ("local://schemas/m.Photo@1.0.0", true, false),
        ("@alice.example/Photo@1.0.0", false, true),
        ("at://did:plc:abc/science.alt.dataset.schema/3k", false, false),
    ] {
        let record = LensRecord::new("l", "1.0.0", text, text);
        assert_eq!(record.source_schema, text);
        assert_eq!((record.leads_from(&photo), record.leads_to(&published)), (local, remote), "{text}");
        assert_eq!(record.matches(&photo, &published), local && remote);
    }
    let record = SchemaReference::record("did:plc:abc", "3k");
    assert!(record.is_meant_by("at://did:plc:abc/science.alt.dataset.schema/3k") && !record.is_meant_by("Photo"));
}

#[test]
fn references_lead_back_and_bad_ones_say_why() {
    for text in ["atdata://local/lens/l@1.0.0", "atdata://local/lens/a@b@not-semver", "atdata://local/lens/my.lens@1"] {
        assert_eq!(text.parse::<LensReference>().unwrap().to_string(), text);
    }
    let reference = "atdata://local/lens/a@b@1.0.0".parse::<LensReference>().unwrap();
    assert_eq!((reference.name(), reference.version()), ("a@b", "1.0.0"));
    let error = |text: &str| text.parse::<LensReference>().unwrap_err();
    for text in ["", "l@1.0.0", "atdata://local/schema/l@1.0.0", "local://lens/l@1.0.0"] {
        assert_eq!(error(text), LensReferenceError::Unknown(text.into()));
    }
    for text in ["atdata://local/lens/l", "atdata://local/lens/l@"] {
        assert_eq!(error(text), LensReferenceError::NoVersion(text.into()));
    }
    assert_eq!(error("atdata://local/lens/@1").to_string().lines().count(), 1);
    assert_eq!(error("atdata://local/lens/@1"), LensReferenceError::NoName("atdata://local/lens/@1".into()));
}
