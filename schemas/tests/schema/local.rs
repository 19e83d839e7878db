//! The local JSON form, against what Python stores.

use atdata_schema::{
    Dtype, ManifestField, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaRecord, SchemaReference,
};
use serde_json::{Value, json};

use crate::support::{fixture, reversed, types};

#[test]
fn every_stored_schema_is_read_and_written_byte_for_byte() {
    let types = types();
    assert_eq!(types.len(), 12);
    for (name, fixture) in types {
        let stored = fixture["stored_json"].as_str().unwrap();
        let record = SchemaRecord::parse(stored).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(record.to_local_json(), stored, "{name}");
        assert_eq!(record.schema.local_reference().as_str(), fixture["ref"], "{name}");
        // With `$ref`, as Python hands it out, and in another order of keys.
        for form in ["get_schema", "record_to_dict"] {
            assert_eq!(SchemaRecord::from_json(&fixture[form]).unwrap(), record, "{name}");
            assert_eq!(SchemaRecord::from_json(&reversed_keys(&fixture[form])).unwrap(), record, "{name}");
        }
    }
}

#[test]
fn notes_of_members_are_in_both_forms_and_come_back() {
    let points = OwnedField::new("points", T::List(Box::new(T::Float))).in_member("csv|txt").read_by("Csv");
    let fields = vec![OwnedField::new("id", T::Str), OwnedField::new("wav", T::Bytes), points];
    let mut schema = OwnedSchema::new("Track", "1.0.0", fields).of_members(Some("{id}".into())).allowing_unknown();
    schema.layout.as_mut().unwrap().codecs = Some("Audio".into());
    let record = SchemaRecord::new(schema).created_at("2026-03-01T12:34:56Z");
    let (local, published) = (record.to_local(), record.to_atproto().unwrap());
    for of in [&local, &published["schema"]] {
        assert_eq!(
            (&of["layout"], &of["key"], &of["allowUnknown"], &of["codecs"]),
            (&json!("members"), &json!("{id}"), &json!(true), &json!("Audio"))
        );
    }
    let points = [&local["fields"][2], &published["schema"]["properties"]["points"]];
    assert!(points.iter().all(|of| of["member"] == "csv|txt" && of["codec"] == "Csv"), "{points:?}");
    for form in [&local, &published] {
        assert_eq!(SchemaRecord::from_json(form).unwrap().schema, record.schema);
    }
    let mut own = local.clone();
    own["fields"][2]["codec"] = "_Csv2".into();
    assert_eq!(SchemaRecord::from_json(&own).unwrap().schema.fields[2].codec.as_deref(), Some("_Csv2"));
    for name in ["", "my::Csv", "self", "crate", "Csv)]", "\u{fc}", "_", "1st"] {
        let mut hostile = local.clone();
        hostile["fields"][2]["codec"] = name.into();
        let error = SchemaRecord::from_json(&hostile).unwrap_err().to_string();
        assert!(error.contains("expected the name of a codec"), "{name}: {error}");
    }
}

/// Keys reversed, lists as they are.
#[test]
fn what_manifests_have_of_a_field_is_in_both_forms_and_comes_back() {
    let list = || T::List(Box::new(T::Nullable(Box::new(T::Str))));
    let fields = vec![
        OwnedField::new("class", T::Int).with_manifest(ManifestField::Categorical),
        OwnedField::new("flag", T::Bool).with_manifest(ManifestField::Numeric).optional(true),
        OwnedField::new("tags", list()).with_manifest(ManifestField::Set),
        OwnedField::new("caption", T::Str).with_manifest(ManifestField::Excluded),
        OwnedField::new("label", T::Str),
    ];
    let record = SchemaRecord::new(OwnedSchema::new("Photo", "1.0.0", fields)).created_at("2026-03-01T12:34:56Z");
    let (local, published) = (record.to_local(), record.to_atproto().unwrap());
    let said = [json!("categorical"), json!("numeric"), json!("set"), json!(false)];
    for (number, name) in ["class", "flag", "tags", "caption"].into_iter().enumerate() {
        assert_eq!(local["fields"][number]["manifest"], said[number]);
        assert_eq!(published["schema"]["properties"][name]["manifest"], said[number]);
    }
    assert!(local["fields"][4].get("manifest").is_none(), "{local}");
    for form in [&local, &published] {
        assert_eq!(SchemaRecord::from_json(form).unwrap(), record);
    }
    for (field, kind, expected) in [
        (0, json!("set"), "a kind of manifests that a field of the type int has"),
        (3, json!("numeric"), "a kind of manifests that a field of the type str has"),
    ] {
        let mut hostile = local.clone();
        hostile["fields"][field]["manifest"] = kind;
        let error = SchemaRecord::from_json(&hostile).unwrap_err().to_string();
        assert!(error.contains(&format!("at /fields/{field}/manifest: expected {expected}")), "{error}");
    }
    // One of a later version is passed over.
    for kind in [json!("odd"), json!(true), json!({"kind": "set"})] {
        let mut later = local.clone();
        later["fields"][0]["manifest"] = kind;
        let read = SchemaRecord::from_json(&later).unwrap();
        assert_eq!(read.schema.fields[0].manifest, ManifestField::Inferred);
    }
}

/// What would not be read again is not written.
#[test]
fn what_a_field_cannot_have_in_manifests_is_not_written() {
    let field = OwnedField::new("caption", T::Str).with_manifest(ManifestField::Numeric);
    let record = SchemaRecord::new(OwnedSchema::new("Photo", "1.0.0", vec![field])).created_at("2026-03-01T12:34:56Z");
    for json in [record.to_local(), record.to_atproto().unwrap()] {
        let read = SchemaRecord::from_json(&json).unwrap();
        assert_eq!(read.schema.fields[0].manifest, ManifestField::Inferred, "{json}");
    }
}

fn reversed_keys(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(reversed_keys).collect(),
        Value::Object(_) => {
            let Value::Object(members) = reversed(value) else { panic!("an object") };
            members.into_iter().map(|(key, _)| (key.clone(), reversed_keys(&value[&key]))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn types_made_here_are_stored_as_python_stores_them() {
    let array = |dtype| T::Array(OwnedArrayType::new(Some(dtype)));
    let typed = OwnedSchema::new(
        "TypedArr",
        "1.0.0",
        vec![
            OwnedField::new("name", T::Str),
            OwnedField::new("f32", array(Dtype::Float32)),
            OwnedField::new("u8", array(Dtype::UInt8)),
            OwnedField::new("i64", array(Dtype::Int64)),
            OwnedField::new("c64", array(Dtype::Complex64)),
            OwnedField::new("of16", array(Dtype::Float16)).optional(true),
        ],
    )
    .described("dtype-annotated arrays: published with a dtype, but not decoded by atdata on read.");
    let record = SchemaRecord::new(typed).created_at("2026-03-01T12:34:56.789012+00:00");
    assert_eq!(record.to_local_json(), fixture("schemas/expected.json")["TypedArr"]["stored_json"]);
}

#[test]
fn every_kind_of_python_is_read_in_any_namespace() {
    let kinds = fixture("schemas/expected.json")["_kinds"].clone();
    let noted = OwnedArrayType::new(Some(Dtype::Float32)).shaped([None, Some(3)]).named(["n", "c"]);
    let expected = [
        ("ndarray", T::Array(noted.clone())),
        ("structured", T::Structured(noted)),
        ("sparse", T::Sparse),
        ("arrow_tensor", T::ArrowTensor),
        ("safetensors", T::Safetensors),
        ("dataframe", T::DataFrame),
        ("array", T::List(Box::new(T::Any))),
    ];
    for (kind, field_type) in expected {
        let schema = SchemaRecord::from_json(&kinds[kind]["schema"]).unwrap().schema;
        assert_eq!(schema.fields, [OwnedField::new("v", field_type).optional(true)], "{kind}");
    }
    let error = SchemaRecord::from_json(&kinds["nonsense"]["schema"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at /fields/0/fieldType/$type: expected one of the kinds primitive, ndarray, structured, sparse, arrow_tensor, \
         safetensors, dataframe, array, ref, found \"science.alt.dataset.schemaType#nonsense\"",
    );
}

#[test]
fn old_spellings_are_read() {
    let record = json!({
        "$type": "ac.foundation.dataset.sampleSchema",
        "name": "Old", "version": "not-semver", "unknown": {"key": 1}, "createdAt": "yesterday",
        "fields": [
            {"name": "a", "fieldType": {"$type": "ac.foundation.dataset.schemaType#primitive", "primitive": "str"},
             "description": "Text."},
            {"name": "b", "fieldType": {"kind": "primitive", "primitive": "int"}, "optional": true},
            {"name": "c", "fieldType": {"$type": "primitive", "kind": "ndarray", "dtype": "<f4"}},
            {"name": "d", "fieldType": {"$type": "x#ref", "ref": "local://schemas/mod.Image@1.0.0"}},
        ],
    });
    let record = SchemaRecord::from_json(&record).unwrap();
    assert_eq!(record.schema.to_string(), "Old@not-semver { a: str, b: int?, c: array<float32>, d: Image }");
    assert_eq!(record.schema.fields[0].description.as_deref(), Some("Text."));
    assert_eq!(record.created_at, None, "a time that cannot be read is no time");
}

/// What only this library has.
fn rust_only() -> OwnedSchema {
    let inner = OwnedSchema::new(
        "Inner",
        "2.0.0",
        vec![
            OwnedField::new("points", T::List(Box::new(T::Nullable(Box::new(T::Float))))),
            OwnedField::new("again", T::Ref(SchemaReference::local("Outer", "1.0.0"))).optional(true),
        ],
    )
    .described("Inside.");
    OwnedSchema::new(
        "Outer",
        "1.0.0",
        vec![
            OwnedField::new("meta", T::Map(Box::new(T::Any))).described("Anything."),
            OwnedField::new("inner", T::Sample(Box::new(inner))),
            OwnedField::new("counts", T::Map(Box::new(T::List(Box::new(T::Int))))).optional(true),
            OwnedField::new("value", T::Any).with_default(),
            OwnedField::new("rank", T::Array(OwnedArrayType::new(None).ranked(4))),
            OwnedField::new("list", T::List(Box::new(T::Any))),
        ],
    )
}

#[test]
fn types_that_python_lacks_come_back_and_look_like_text_to_python() {
    let record = SchemaRecord::new(rust_only());
    let local = record.to_local();
    assert_eq!(SchemaRecord::from_json(&local).unwrap(), record);
    assert_eq!(local["fields"][0]["fieldType"]["primitive"], "str");
    assert_eq!(local["fields"][0]["fieldType"]["exactType"]["$type"], "local#map");
    for field in local["fields"].as_array().unwrap() {
        let kind = field["fieldType"]["$type"].as_str().unwrap();
        assert!(["local#primitive", "local#ndarray", "local#array"].contains(&kind), "{kind} is unknown to Python");
    }
}

#[test]
fn all_problems_come_at_once_with_their_places() {
    let record = json!({
        "name": "", "version": 3,
        "fields": [
            {"name": "a", "fieldType": {"$type": "local#primitive", "primitive": "complex"}},
            {"name": "b"},
            {"name": "c", "fieldType": {"$type": "local#ndarray", "shape": [1, -2], "dimensionNames": ["x"]}},
            {"name": "d", "fieldType": {"$type": "local#ndarray", "shape": [1, 2], "dimensionNames": ["x"]}},
            {"name": "e/~", "fieldType": {"$type": "local#array", "items": {"$type": 7}}},
            {"name": "f", "fieldType": {"$type": "local#ref", "ref": "nowhere"}},
            {"name": "f", "fieldType": {"$type": "local#sparse"}, "optional": "yes"},
            "g",
        ],
    });
    let error = SchemaRecord::from_json(&record).unwrap_err();
    assert_eq!(
        error.to_string(),
        "10 problems in the schema record:\n  \
         at /name: expected a name without control characters, found \"\"\n  \
         at /version: expected text, found 3\n  \
         at /fields/0/fieldType/primitive: expected one of \"str\", \"int\", \"float\", \"bool\", \"bytes\", found \
         \"complex\"\n  \
         at /fields/1/fieldType: expected an object with `$type`, found nothing\n  \
         at /fields/2/fieldType/shape/1: expected a size, or null for one that differs, found -2\n  \
         at /fields/3/fieldType/dimensionNames: expected 2 names, one for each dimension of the shape, found 1\n  \
         at /fields/4/fieldType/items/$type: expected text such as \"local#primitive\", found 7\n  \
         at /fields/5/fieldType/ref: expected a reference to a schema such as \"atdata://local/schema/Name@1.0.0\", \
         found \"nowhere\"\n  \
         at /fields/6/optional: expected true or false, found \"yes\"\n  \
         at /fields/7: expected an object, found \"g\"",
    );
}

#[test]
fn hostile_records_are_refused_without_harm() {
    let mut deep = json!({"$type": "local#primitive", "primitive": "str"});
    for _ in 0..500 {
        deep = json!({"$type": "local#array", "items": deep});
    }
    let error =
        SchemaRecord::from_json(&json!({"name": "D", "fields": [{"name": "a", "fieldType": deep}]})).unwrap_err();
    assert!(error.to_string().contains("expected at most 64 levels of nesting, found one more"), "{error}");

    let many = vec![Value::Null; 100_000];
    let error = SchemaRecord::from_json(&json!({"name": "M", "fields": many})).unwrap_err();
    assert_eq!(error.problems().len(), 64);
    assert!(error.to_string().ends_with("and 99936 more"));

    let long = "x".repeat(1_000_000);
    let error = SchemaRecord::from_json(&json!({"name": "L", "fields": long})).unwrap_err();
    assert!(error.to_string().len() < 200);

    let error = SchemaRecord::from_json(&json!({"name": "\u{1b}[31m", "fields": []})).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'));

    let twice = json!({"name": "T", "fields": [
        {"name": "a", "fieldType": {"$type": "local#sparse"}}, {"name": "a", "fieldType": {"$type": "local#sparse"}}]});
    let error = SchemaRecord::from_json(&twice).unwrap_err();
    assert_eq!(error.to_string(), "at /fields/1: expected a name that no other field has, found \"a\"");

    assert_eq!(
        SchemaRecord::parse("{").unwrap_err().to_string(),
        "at the root: expected JSON, found EOF while parsing an object at line 1 column 1",
    );
    assert_eq!(
        SchemaRecord::from_json(&json!([])).unwrap_err().to_string(),
        "at the root: expected a schema record, with `fields` (local form) or `schema` (ATProto form), found an empty list",
    );
}
