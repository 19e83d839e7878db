//! Text that is one of several: in both JSON forms, in fingerprints, and from records that mean harm.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "these are tests")]

use atdata_schema::{FieldType, OwnedField, OwnedFieldType as T, OwnedSchema, RecordError, SchemaRecord};
use serde_json::{Value, json};

fn published(property: &Value) -> Result<T, RecordError> {
    let record = json!({"name": "S", "schemaType": "jsonSchema", "schema": {
        "type": "object", "properties": {"f": property}, "required": ["f"]}});
    SchemaRecord::from_json(&record).map(|record| record.schema.fields[0].field_type.clone())
}

fn local(field_type: &Value) -> Result<T, RecordError> {
    let record = json!({"name": "S", "fields": [{"name": "f", "fieldType": field_type}]});
    SchemaRecord::from_json(&record).map(|record| record.schema.fields[0].field_type.clone())
}

fn of(values: &[&str]) -> T {
    T::Enum(values.iter().map(ToString::to_string).collect())
}

#[test]
fn the_spellings_of_json_schema_are_read() {
    let cases = [
        (json!({"type": "string", "enum": ["a", ""]}), of(&["a", ""])),
        (json!({"type": ["string"], "enum": ["a"]}), of(&["a"])),
        // Bytes are text only in JSON, and numbers of a few values are numbers.
        (json!({"type": "string", "format": "byte", "enum": ["aGk="]}), T::Bytes),
        (json!({"type": "integer", "enum": [1, 2]}), T::Int),
        (json!({"type": "array", "items": {"type": "string", "enum": ["a"]}}), T::List(Box::new(of(&["a"])))),
    ];
    for (property, field_type) in cases {
        assert_eq!(published(&property).unwrap(), field_type, "{property}");
    }
    // Null is among the values where the type allows it, and means that the field is optional.
    for property in [
        json!({"type": ["string", "null"], "enum": ["a", null]}),
        json!({"type": "string", "nullable": true, "enum": ["a", null]}),
        json!({"type": "string", "nullable": true, "enum": ["a"]}),
        json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
    ] {
        assert_eq!(published(&property).unwrap(), of(&["a"]), "{property}");
    }
}

#[test]
fn what_is_no_list_of_distinct_texts_is_refused_at_its_place() {
    let cases = [
        (json!([]), "", "expected a list of one or more texts, found an empty list"),
        (json!("a"), "", "expected a list of one or more texts, found \"a\""),
        (json!([1]), "/0", "expected text, found 1"),
        (json!(["a", null]), "/1", "expected text, found null"),
        (json!(["a", "b", "a"]), "/2", "expected a value that is there once, found \"a\""),
        (json!(["\u{1b}", "\u{1b}"]), "/1", "expected a value that is there once, found \"\\u{1b}\""),
    ];
    for (values, place, problem) in cases {
        let error = published(&json!({"type": "string", "enum": values})).unwrap_err();
        assert_eq!(error.to_string(), format!("at /schema/properties/f/enum{place}: {problem}"));
        let error = local(&json!({"$type": "local#enum", "values": values})).unwrap_err();
        assert_eq!(error.to_string(), format!("at /fields/0/fieldType/values{place}: {problem}"));
    }
    let error = local(&json!({"$type": "local#enum"})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at /fields/0/fieldType/values: expected the texts that the field can be, found nothing",
    );
    let many: Vec<_> = (0..100_000).map(|_| "same").collect();
    let error = published(&json!({"type": "string", "enum": many})).unwrap_err();
    assert_eq!(error.problems().len(), 64);
}

#[test]
fn an_enum_without_values_cannot_be_published() {
    let schema = OwnedSchema::new("S", "1.0.0", vec![OwnedField::new("f", T::Enum(vec![]))]);
    let error = SchemaRecord::new(schema).created_at("2026-03-01T12:00:00Z").to_atproto().unwrap_err();
    assert_eq!(
        error.to_string(),
        "at /schema/properties/f/enum: expected a list of one or more texts, found an empty list"
    );
}

#[test]
fn the_line_of_a_type_stays_a_line() {
    let labels: Vec<String> = (0..1000).map(|i| format!("n{i}")).collect();
    assert_eq!(T::Enum(labels).to_string(), r#"enum<"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", …>"#,);
    assert_eq!(of(&["\u{1b}[2J\n"]).to_string(), r#"enum<"\u{1b}[2J\n">"#);
    assert_eq!(FieldType::Enum(&["a", "b"]).to_string(), T::from(&FieldType::Enum(&["a", "b"])).to_string());
}

#[test]
fn the_order_of_values_does_not_count() {
    let schema = |values| OwnedSchema::new("S", "1.0.0", vec![OwnedField::new("f", of(values))]);
    assert_eq!(schema(&["b", "a\""]).fingerprint(), schema(&["a\"", "b"]).fingerprint());
    assert_eq!(schema(&["b", "a\""]).fingerprint_input(), r#"[["f",["enum",["a\"","b"]],false]]"#);
}
