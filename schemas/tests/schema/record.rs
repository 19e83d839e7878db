//! The `ATProto` form, against what Python publishes.

use atdata_schema::{
    Dtype, Limits, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaRecord, SchemaReference,
};
use serde_json::{Map, Value, json};

use crate::support::{fixture, sorted, types};

/// Arrays as Python publishes them: it drops dtype and shape.
fn without_notes(mut schema: OwnedSchema) -> OwnedSchema {
    for field in &mut schema.fields {
        if let T::Array(array) = &mut field.field_type {
            *array = OwnedArrayType::default();
        }
    }
    schema
}

#[test]
fn every_published_schema_is_read_and_written_alike() {
    let published = fixture("atproto.json")["schema"].clone();
    let published = published.as_object().unwrap().iter().map(|(name, of)| (name.clone(), of["record"].clone()));
    let types = types().into_iter().map(|(name, of)| (name, of["atmosphere_record"].clone()));
    let full = fixture("schemas/expected.json")["_full_record"].clone();
    let records: Vec<_> = published.chain(types).chain([("full".to_owned(), full)]).collect();
    assert_eq!(records.len(), 16);
    for (name, json) in records {
        let record = SchemaRecord::from_json(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = record.to_atproto().unwrap();
        assert_eq!(written, json, "{name}");
        assert_eq!(written.to_string(), json.to_string(), "{name}: the order of keys is Python's");
    }
}

#[test]
fn a_type_is_published_as_python_publishes_it_and_with_more_to_read() {
    for (name, fixture) in types() {
        let mut record = SchemaRecord::parse(fixture["stored_json"].as_str().unwrap()).unwrap();
        // Python does not publish the docstring.
        record.schema.description = None;
        let bare = SchemaRecord::new(without_notes(record.schema.clone())).created_at("2026-03-01T12:00:00+00:00");
        assert_eq!(bare.to_atproto().unwrap().to_string(), fixture["atmosphere_record"].to_string(), "{name}");
        // The later shim keeps what Python loses, and Python reads it.
        let published = record.to_atproto().unwrap();
        assert_eq!(SchemaRecord::from_json(&published).unwrap(), record, "{name}");
        let converted = SchemaRecord::from_json(&fixture["atmosphere_converted"]).unwrap();
        assert_eq!(SchemaRecord::from_json(&fixture["atmosphere_record"]).unwrap().schema, converted.schema, "{name}");
    }
}

#[test]
fn a_property_is_read_as_python_reads_it() {
    let Value::Object(properties) = fixture("schemas/expected.json")["_json_schema_props"].clone() else { panic!() };
    let read = |property: Value| {
        let record = json!({"name": "P", "schemaType": "jsonSchema", "schema": {"properties": {"p": property}}});
        SchemaRecord::from_json(&record).map(|record| record.schema.fields[0].field_type.clone())
    };
    // Python takes for text what it does not know.
    let otherwise =
        [(json!({"type": "object"}), "map<str, any>"), (json!({}), "any"), (json!({"type": "array"}), "list<any>")];
    let mut unknown = 0;
    for (text, local) in &properties {
        let property: Value = serde_json::from_str(text).unwrap();
        let local =
            SchemaRecord::from_json(&json!({"name": "P", "fields": [{"name": "p", "fieldType": local}]})).unwrap();
        match read(property.clone()) {
            Ok(field_type) => match otherwise.iter().find(|(other, _)| *other == property) {
                Some((_, expected)) => assert_eq!(field_type.to_string(), *expected),
                None => assert_eq!(field_type, local.schema.fields[0].field_type, "{text}"),
            },
            Err(error) => {
                unknown += 1;
                assert_eq!(
                    error.to_string(),
                    "at /schema/properties/p/$ref: expected the address of a shim with ndarray, sparse, structured, \
                     safetensors, arrow, tensor or dataframe in it, found \
                     \"https://alt.science/schemas/atdata-unknown-bytes/1.0.0#/$def\"...",
                );
            }
        }
    }
    assert_eq!((properties.len(), unknown), (18, 1));
}

#[test]
fn null_beside_a_type_is_read_in_every_spelling() {
    let record = json!({"name": "N", "schemaType": "jsonSchema", "schema": {
        "properties": {
            "list": {"type": "array", "items": {"type": ["integer", "null"]}},
            "other": {"type": "array", "items": {"anyOf": [{"type": "null"}, {"type": "string"}]}},
            "ours": {"type": "array", "items": {"type": "number", "nullable": true}},
            "field": {"oneOf": [{"type": "boolean"}, {"type": "null"}]},
        },
        "required": ["list", "other", "ours", "field"],
    }});
    let schema = SchemaRecord::from_json(&record).unwrap().schema;
    assert_eq!(schema.to_string(), "N@1.0.0 { list: list<int?>, other: list<str?>, ours: list<float?>, field: bool? }");
}

fn sample() -> OwnedSchema {
    let inner = OwnedSchema::new(
        "Inner",
        "2.0.0",
        vec![
            OwnedField::new("points", T::List(Box::new(T::Nullable(Box::new(T::Float))))),
            OwnedField::new("again", T::Ref(SchemaReference::local("Outer", "1.0.0"))).optional(true),
            OwnedField::new("dense", T::Array(OwnedArrayType::new(None).named(["x", "y"]))),
        ],
    )
    .described("Inside.");
    OwnedSchema::new(
        "Outer",
        "1.0.0",
        vec![
            OwnedField::new("note", T::Str).optional(true).described("May be missing."),
            OwnedField::new("image", T::Array(OwnedArrayType::new(Some(Dtype::UInt8)).shaped([None, None, Some(3)]))),
            OwnedField::new("meta", T::Map(Box::new(T::Any))),
            OwnedField::new("inner", T::Sample(Box::new(inner))).described("Nested."),
            OwnedField::new("value", T::Any).with_default(),
            OwnedField::new("cells", T::Structured(OwnedArrayType::new(None).ranked(2))),
            OwnedField::new("sparse", T::Sparse),
            OwnedField::new("tensor", T::ArrowTensor),
            OwnedField::new("tensors", T::Safetensors),
            OwnedField::new("frame", T::DataFrame),
            OwnedField::new("list", T::List(Box::new(T::Bytes))),
        ],
    )
}

#[test]
fn every_kind_survives_the_round_trip_and_python_can_read_it() {
    let record = SchemaRecord::new(sample()).created_at("2026-03-01T12:00:00Z");
    let json = record.to_atproto().unwrap();
    assert_eq!(SchemaRecord::from_json(&json).unwrap(), record);
    let formats = &json["schema"]["arrayFormatVersions"];
    assert_eq!(
        *formats,
        json!({"ndarrayBytes": "1.1.0", "structuredBytes": "1.0.0", "sparseBytes": "1.0.0", "arrowTensor": "1.0.0",
               "safetensors": "1.0.0"})
    );
    // Python would take a `$ref` to anything else for one of these.
    for (name, property) in json["schema"]["properties"].as_object().unwrap() {
        if let Some(shim) = property.get("$ref") {
            assert!(shim.as_str().unwrap().starts_with("https://alt.science/schemas/atdata-"), "{name}");
        }
    }
}

#[test]
fn a_server_may_sort_the_properties() {
    let record = SchemaRecord::new(sample()).created_at("2026-03-01T12:00:00Z");
    let stored = sorted(&record.to_atproto().unwrap());
    let read = SchemaRecord::from_json(&stored).unwrap();
    assert_eq!(read.schema.fingerprint(), record.schema.fingerprint());
    // Required ones in their order, whatever the optional ones did.
    let required = |schema: &OwnedSchema| -> Vec<_> {
        schema.fields.iter().filter(|field| !field.optional).map(|field| field.name.clone()).collect()
    };
    assert_eq!(required(&read.schema), required(&record.schema));
    assert_eq!(read.schema.fields.last().unwrap().name, "note");
    assert_eq!(record.schema.fields[0].name, "note", "an optional field before the required ones");
}

#[test]
fn older_records_are_read() {
    let body = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let old = json!({
        "$type": "ac.foundation.dataset.schema", "name": "Old", "version": "0.1.0-rc.1+b", "schemaType": "jsonSchema",
        "schema": {"$type": "ac.foundation.dataset.schema#jsonSchemaFormat", "schemaBody": body},
        "$atdataSchemaVersion": 1,
    });
    assert_eq!(SchemaRecord::from_json(&old).unwrap().schema.to_string(), "Old@0.1.0-rc.1+b { a: str }");
    let fields = json!({
        "$type": "ac.foundation.dataset.sampleSchema", "name": "Older", "version": "1.0.0",
        "fields": [{"name": "a", "fieldType": {"$type": "ac.foundation.dataset.schemaType#primitive", "primitive": "str"}}],
        "metadata": {"license": "MIT"}, "createdAt": "2026-01-01T00:00:00+00:00",
    });
    let record = SchemaRecord::from_json(&fields).unwrap();
    assert_eq!(record.schema.to_string(), "Older@1.0.0 { a: str }");
    assert_eq!(record.metadata.unwrap()["license"], "MIT");
}

/// Python passes over keys that it does not know, so they may hold anything.
#[test]
fn unknown_keys_of_a_local_record_are_passed_over() {
    for metadata in [json!({"accuracy": 0.5, "license": 3}), json!("text"), json!([1])] {
        let local = json!({"name": "N", "version": "1.0.0", "fields": [], "metadata": metadata, "$ref": 1, "x": {}});
        let record = SchemaRecord::from_json(&local).unwrap();
        assert_eq!(record.schema.to_string(), "N@1.0.0 {}");
        // What a server would refuse is refused when it is to go to one.
        let published = record.created_at("2026-01-01T00:00:00Z").to_atproto();
        assert_eq!(published.is_err(), metadata.is_object());
    }
}

#[test]
fn a_later_record_format_is_refused_before_anything_else() {
    for key in ["atdataSchemaVersion", "$atdataSchemaVersion"] {
        let later = json!({"name": 3, "schemaType": "jsonSchema", "schema": "compressed", key: 2});
        assert_eq!(
            SchemaRecord::from_json(&later).unwrap_err().to_string(),
            format!("at /{key}: expected 1, the record format that this release reads, found 2"),
        );
    }
}

#[test]
fn every_limit_of_the_lexicon_is_kept_on_both_sides() {
    let record = |schema: OwnedSchema| SchemaRecord::new(schema).created_at("2026-03-01T12:00:00Z");
    let text = |len: usize| "ä".repeat(len / 2) + &"x".repeat(len % 2);
    let schema = |name: String, version: &str| OwnedSchema::new(name, version, vec![]);
    let metadata = |value: Value| value.as_object().unwrap().clone();

    let most = record(schema(text(Limits::NAME), "1.0.0").described(text(Limits::DESCRIPTION)));
    let most = most.with_metadata(metadata(json!({
        "license": text(Limits::LICENSE), "tags": vec![text(Limits::TAG); Limits::TAGS], "n": [1, {"deep": null}]})));
    assert_eq!(SchemaRecord::from_json(&most.to_atproto().unwrap()).unwrap(), most);

    let long_version = format!("1.0.0-{}", "a".repeat(Limits::VERSION));
    let cases = [
        (record(schema(text(101), "1.0.0")), "at /name: expected a name of at most 100 bytes, found 101 bytes"),
        (
            record(schema("N".into(), "1.0")),
            "at /version: expected a semantic version such as \"1.0.0\", found \"1.0\"",
        ),
        (
            record(schema("N".into(), &long_version)),
            "at /version: expected a version of at most 100 bytes, found 106 bytes",
        ),
        (
            record(schema("N".into(), "1.0.0").described(text(5001))),
            "at /description: expected text of at most 5000 bytes, found 5001 bytes",
        ),
        (
            SchemaRecord::new(schema("N".into(), "1.0.0")),
            "at /createdAt: expected a date and time with its offset, such as \"2026-03-01T12:00:00Z\", found nothing",
        ),
        (
            record(schema("N".into(), "1.0.0")).created_at("2026-03-01"),
            "at /createdAt: expected a date and time with its offset, such as \"2026-03-01T12:00:00Z\", found \"2026-03-01\"",
        ),
        (
            record(schema("N".into(), "1.0.0")).with_metadata(metadata(json!({"license": text(201)}))),
            "at /metadata/license: expected text of at most 200 bytes, found 201 bytes",
        ),
        (
            record(schema("N".into(), "1.0.0")).with_metadata(metadata(json!({"tags": ["a", text(151)]}))),
            "at /metadata/tags/1: expected a tag of at most 150 bytes, found 151 bytes",
        ),
        (
            record(schema("N".into(), "1.0.0")).with_metadata(metadata(json!({"tags": vec!["a"; 31]}))),
            "at /metadata/tags: expected at most 30 tags, found 31",
        ),
        (
            record(schema("N".into(), "1.0.0")).with_metadata(metadata(json!({"a": [{"b": 1.5}]}))),
            "at /metadata/a/0/b: expected an integer or text (ATProto has no fractions), found 1.5",
        ),
    ];
    for (record, message) in cases {
        assert_eq!(record.to_atproto().unwrap_err().to_string(), message);
    }
}

#[test]
fn problems_of_properties_name_their_places() {
    let record = json!({
        "$type": "science.alt.dataset.entry", "name": "P", "schemaType": "xml",
        "schema": {
            "$type": "x#other", "type": "array",
            "properties": {
                "a": 3,
                "b": {"type": "null"},
                "c": {"enum": [true, 1]},
                "d": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "e": {"type": ["string", "integer"]},
                "f": {"type": "array", "items": {"$ref": "…/ndarray", "dtype": "object"}},
                "g/h": {"type": "object", "additionalProperties": {"type": "file"}},
                "i": {"type": "object", "properties": {"j": {"type": 1}}},
            },
            "required": ["a", "z", 1],
        },
        "metadata": [],
    });
    let error = SchemaRecord::from_json(&record).unwrap_err();
    let places: Vec<_> = error.problems().iter().map(|problem| (problem.pointer(), problem.found())).collect();
    assert_eq!(
        places,
        [
            ("/$type", "\"science.alt.dataset.entry\""),
            ("/schemaType", "\"xml\""),
            ("/schema/$type", "\"x#other\""),
            ("/schema/type", "\"array\""),
            ("/schema/required/1", "\"z\""),
            ("/schema/required/2", "1"),
            ("/schema/properties/a", "3"),
            ("/schema/properties/b/type", "\"null\""),
            ("/schema/properties/c/enum", "a list of 2"),
            ("/schema/properties/d/anyOf", "a list of 2"),
            ("/schema/properties/e/type", "a list of 2"),
            ("/schema/properties/f/items/dtype", "\"object\""),
            ("/schema/properties/g~1h/additionalProperties/type", "\"file\""),
            ("/schema/properties/i/properties/j/type", "1"),
            ("/metadata", "an empty list"),
        ],
    );
}

#[test]
fn a_default_keeps_its_value_in_both_forms() {
    let split = T::Enum(vec!["train".to_owned(), "test".to_owned()]);
    let fields = vec![
        OwnedField::new("language", T::Str).default_value("en"),
        OwnedField::new("count", T::Int).default_value(3),
        OwnedField::new("rate", T::Float).default_value(0.5),
        OwnedField::new("whole", T::Float).default_value(2),
        OwnedField::new("rates", T::List(Box::new(T::Float))).default_value(json!([1, 0.25])),
        OwnedField::new("split", split).default_value("test"),
        OwnedField::new("note", T::Str).optional(true).default_value(Value::Null),
        OwnedField::new("any", T::Any).default_value(json!({"a": [1, "b"]})),
        OwnedField::new("unknown", T::Str).with_default(),
        // JSON has no form for it.
        OwnedField::new("image", T::Array(OwnedArrayType::new(None))).default_value("zeros"),
    ];
    let record = SchemaRecord::new(OwnedSchema::new("D", "1.0.0", fields)).created_at("2026-03-01T12:00:00Z");
    let published = record.to_atproto().unwrap();
    assert_eq!(SchemaRecord::from_json(&published).unwrap(), record);
    assert_eq!(
        SchemaRecord::from_json(&sorted(&published)).unwrap().schema.field("rate").unwrap().default,
        Some(json!(0.5))
    );
    assert_eq!(SchemaRecord::from_json(&record.to_local()).unwrap(), record);
    let properties = &published["schema"]["properties"];
    assert_eq!(properties["language"], json!({"type": "string", "hasDefault": true, "default": "en"}));
    assert_eq!((&properties["rate"]["default"], &properties["whole"]["default"]), (&json!("0.5"), &json!(2)));
    assert_eq!(properties["image"].get("default"), None);

    let mut other = published.clone();
    other["schema"]["properties"]["count"]["default"] = "three".into();
    assert_eq!(
        SchemaRecord::from_json(&other).unwrap_err().to_string(),
        "at /schema/properties/count/default: expected a default of the field's type, int, found \"three\""
    );
}

fn body(schema: &Value) -> Result<String, String> {
    let record = json!({"name": "R", "version": "2.0.0", "schemaType": "jsonSchema", "schema": schema});
    match SchemaRecord::from_json(&record) {
        Ok(record) => Ok(record.schema.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn definitions_are_followed() {
    let record = json!({"name": "R", "version": "2.0.0", "schemaType": "jsonSchema", "schema": {
        "properties": {
            "box": {"$ref": "#/$defs/Box", "description": "Around it."},
            "maybe": {"anyOf": [{"$ref": "#/definitions/a~1b"}, {"type": "null"}]},
            "again": {"type": "array", "items": {"$ref": "#"}},
            "image": {"allOf": [{"$ref": "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0#/$defs/ndarray"}],
                "type": "string", "dtype": "uint8"},
            "config": {"$ref": "#/$defs/TensorConfig"},
            "tuple": {"type": "array", "prefixItems": [{"type": "integer"}]},
            "limited": {"type": "string", "allOf": [{"minLength": 3}]},
        },
        "required": ["box", "maybe", "again", "image", "config", "tuple", "limited"],
        "$defs": {
            "Box": {"type": "object", "description": "A box.", "properties": {
                "x": {"type": "integer"}, "inner": {"$ref": "#/$defs/Box"}}, "required": ["x"]},
            "TensorConfig": {"type": "object", "title": "Config", "properties": {"n": {"type": "integer"}}},
        },
        "definitions": {"a/b": {"type": "string", "enum": ["a", "b"]}},
    }});
    let schema = SchemaRecord::from_json(&record).unwrap().schema;
    assert_eq!(
        schema.to_string(),
        "R@2.0.0 { box: Box, maybe: enum<\"a\", \"b\">?, again: list<R>, image: array<uint8>, config: Config, \
         tuple: list<any>, limited: str }"
    );
    let T::Sample(inner) = &schema.fields[0].field_type else { panic!("a sample") };
    assert_eq!(inner.to_string(), "Box@1.0.0 { x: int, inner: Box? }");
    assert_eq!(inner.description.as_deref(), Some("A box."));
    assert_eq!(inner.fields[1].field_type, T::Ref(SchemaReference::local("Box", "1.0.0")));
    assert_eq!(schema.fields[2].field_type, T::List(Box::new(T::Ref(SchemaReference::local("R", "2.0.0")))));
}

/// What stands beside alternatives, constants and the values of patterns.
#[test]
fn every_keyword_beside_a_type_is_read() {
    const NDARRAY: &str = "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0#/$defs/ndarray";
    let of = |property: Value| {
        let schema = json!({"properties": {"p": property}, "required": ["p"], "$defs": {
            "Box": {"properties": {"x": {"type": "integer"}}, "required": ["x"]},
            "Either": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            "Counts": {"type": "object", "properties": {}, "additionalProperties": {"type": "integer"}},
        }});
        body(&schema)
    };
    for (property, expected) in [
        (json!({"oneOf": [{"$ref": "#/$defs/Box"}], "nullable": true}), "p: Box?"),
        (json!({"anyOf": [{"type": "string"}, {"type": "null"}], "nullable": true}), "p: str?"),
        (
            json!({"anyOf": [{"$ref": NDARRAY}, {"type": "null"}], "dtype": "uint8", "shape": [3]}),
            "p: array<uint8, (3)>?",
        ),
        (json!({"oneOf": [{"$ref": NDARRAY}], "dtype": "uint8"}), "p: array<uint8>"),
        (
            json!({"anyOf": [{"$ref": NDARRAY, "dtype": "uint8"}, {"type": "null"}], "shape": [3]}),
            "p: array<uint8, (3)>?",
        ),
        (json!({"anyOf": [{"$ref": NDARRAY, "nullable": true}], "dtype": "uint8"}), "p: array<uint8>?"),
        (json!({"$ref": "#/$defs/Either"}), "p: Either"),
        (json!({"$ref": "#/$defs/Counts"}), "p: map<str, int>"),
        (
            json!({"properties": {"x": {"type": "integer"}}, "anyOf": [{"required": ["x"]}, {"required": ["y"]}]}),
            "p: Unknown",
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer"}, "patternProperties": {"^_": false}}),
            "p: map<str, int>",
        ),
        (json!({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}), "p: str"),
        (json!({"type": "string", "const": "a"}), "p: enum<\"a\">"),
        (json!({"type": ["string", "null"], "const": "a"}), "p: enum<\"a\">?"),
        (json!({"type": "integer", "const": 3}), "p: int"),
        (json!({"enum": ["open", "paid", null]}), "p: enum<\"open\", \"paid\">?"),
        (json!({"enum": ["a"], "nullable": true}), "p: enum<\"a\">?"),
        (json!({"const": "a"}), "p: enum<\"a\">"),
        (json!({"enum": [1, 2, null]}), "p: int?"),
        (json!({"enum": [1, 2.5]}), "p: float"),
        (json!({"const": true}), "p: bool"),
        (json!({"type": ["integer", "number"]}), "p: float"),
        (json!({"type": ["null", "number", "integer"]}), "p: float?"),
        (json!({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]}), "p: float?"),
        (json!({"oneOf": [{"type": "string"}, {"const": null}]}), "p: str?"),
        (json!({"type": "object", "patternProperties": {".*": {"type": "integer"}}}), "p: map<str, int>"),
        (
            json!({"type": "object", "patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": false}),
            "p: map<str, int>",
        ),
        (
            json!({"type": "object", "patternProperties": {"^a": {"type": "integer"}, "^b": {"type": "string"}}}),
            "p: map<str, any>",
        ),
        (
            json!({"type": "object", "patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": true}),
            "p: map<str, any>",
        ),
        (json!({"type": "object", "properties": {}, "additionalProperties": {"type": "integer"}}), "p: map<str, int>"),
        (
            json!({"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": true}),
            "p: Unknown",
        ),
        (
            json!({"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": {"type": "string"}}),
            "p: Unknown",
        ),
    ] {
        let found = of(property.clone()).unwrap();
        assert!(found.contains(&format!("{{ {expected} }}")), "{property}: {found}");
    }
}

/// A keyword of somebody else is no note of ours.
#[test]
fn notes_are_read_where_a_record_says_that_it_is_one() {
    let property = json!({"type": "string", "codec": "h264/aac", "image": "a picture", "member": 3, "jsonSchema": "x"});
    let schema = json!({"type": "object", "layout": "grid", "key": 3, "codecs": [], "properties": {"p": property}});
    let foreign = json!({"name": "F", "version": "1.0.0", "schemaType": "jsonSchema", "schema": schema});
    let read = SchemaRecord::from_json(&foreign).unwrap().schema;
    let field = &read.fields[0];
    assert_eq!((&field.codec, &field.image, &field.member, &field.json_schema), (&None, &None, &None, &None));
    assert_eq!(read.layout, None);
    // One by hand that has a layout of ours is one of ours.
    let by_hand = json!({"name": "F", "version": "1.0.0", "schemaType": "jsonSchema", "schema": {"type": "object",
        "layout": "members", "properties": {"p": {"type": "string", "member": "txt"}}}});
    let read = SchemaRecord::from_json(&by_hand).unwrap().schema;
    assert_eq!((read.layout.is_some(), read.fields[0].member.as_deref()), (true, Some("txt")));
    let mut ours = foreign;
    ours["$type"] = "science.alt.dataset.schema".into();
    let error = SchemaRecord::from_json(&ours).unwrap_err().to_string();
    for part in
        ["/schema/properties/p/codec: expected the name of a codec", "/p/image: expected", "/schema/layout: expected"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn definitions_that_lead_nowhere_or_everywhere_are_refused() {
    let cases = [
        (json!({"$ref": "#/$defs/B"}), json!({}), "expected a definition in this schema, such as \"#/$defs/Box\""),
        (json!({"$ref": "#Box"}), json!({}), "expected a definition in this schema"),
        (json!({"$ref": "#/$defs/A"}), json!({"A": {"$ref": "#/$defs/A"}}), "does not lead to itself alone"),
        (
            json!({"$ref": "#/$defs/A"}),
            json!({"A": {"type": "array", "items": {"$ref": "#/$defs/A"}}}),
            "does not lead to itself alone",
        ),
        (json!({"allOf": [{"type": "string"}, {"$ref": "#/$defs/A"}]}), json!({}), "/allOf: expected one type"),
        (json!({"$dynamicRef": "#A"}), json!({}), "/$dynamicRef: expected `$ref` in its place"),
    ];
    for (property, definitions, expected) in cases {
        let error = body(&json!({"properties": {"p": property}, "$defs": definitions})).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    // Each twice as many as the one before.
    let mut definitions = Map::new();
    for n in 0..20 {
        let next = json!({"$ref": format!("#/$defs/D{}", n + 1)});
        definitions.insert(format!("D{n}"), json!({"properties": {"a": next, "b": next}}));
    }
    definitions.insert("D20".to_owned(), json!({"type": "string"}));
    let error = body(&json!({"properties": {"p": {"$ref": "#/$defs/D0"}}, "$defs": definitions})).unwrap_err();
    assert!(error.contains("expected at most 1000 uses of definitions"), "{error}");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let text = "\u{feff}{\"name\": \"B\", \"version\": \"1.0.0\", \"fields\": []}";
    assert_eq!(SchemaRecord::parse(text).unwrap().schema.name, "B");
}
