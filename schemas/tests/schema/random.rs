//! Schemas and damage that nobody thought of, the same in every run.

use atdata_schema::{
    Dtype, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaDiff, SchemaRecord, SchemaReference,
};
use serde_json::{Value, json};

use crate::support::{fixture, sorted, types};

/// Xorshift: enough to choose, and without a dependency.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn text(&mut self) -> String {
        let words = ["a", "label", "with space", "type", "été", "日本", "x/y~z", "\"quoted\"", "$ref", "🎉", "ndarray"];
        words.get(self.below(words.len())).copied().unwrap_or("a").to_owned()
    }

    fn array(&mut self) -> OwnedArrayType {
        let dtype = if self.chance(70) { Dtype::ALL.get(self.below(14)).copied() } else { None };
        let array = OwnedArrayType::new(dtype);
        let ndim = self.below(4);
        match self.below(4) {
            0 => array,
            1 => array.ranked(ndim),
            2 => array.shaped((0..ndim).map(|_| self.chance(50).then(|| self.below(500))).collect::<Vec<_>>()),
            _ => array.named((0..ndim).map(|i| format!("d{i}"))),
        }
    }

    fn field_type(&mut self, depth: usize) -> T {
        match self.below(if depth == 0 { 14 } else { 18 }) {
            0 => T::Str,
            1 => T::Int,
            2 => T::Float,
            3 => T::Bool,
            4 => T::Bytes,
            5..=7 => T::Array(self.array()),
            8 => T::Structured(self.array()),
            9 => [T::Sparse, T::ArrowTensor, T::Safetensors, T::DataFrame]
                .into_iter()
                .nth(self.below(4))
                .unwrap_or(T::Any),
            10 | 11 => T::Any,
            12 => T::Ref(SchemaReference::local(&self.text(), "1.0.0")),
            13 => T::Enum(self.values()),
            14 => T::List(Box::new(self.element(depth - 1))),
            15 => T::Map(Box::new(self.element(depth - 1))),
            _ => T::Sample(Box::new(self.schema(depth - 1))),
        }
    }

    fn values(&mut self) -> Vec<String> {
        let mut values = vec![self.text()];
        for _ in 0..self.below(4) {
            let value = if self.chance(10) { "\u{7}\n".to_owned() } else { self.text() };
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    fn element(&mut self, depth: usize) -> T {
        match self.field_type(depth) {
            T::Any => T::Any,
            inner if self.chance(30) => T::Nullable(Box::new(inner)),
            inner => inner,
        }
    }

    fn schema(&mut self, depth: usize) -> OwnedSchema {
        let mut fields: Vec<OwnedField> = Vec::new();
        for _ in 0..self.below(6) {
            let name = self.text();
            if fields.iter().any(|field| field.name == name) {
                continue;
            }
            let mut field = OwnedField::new(name, self.field_type(depth)).optional(self.chance(40));
            field.has_default = self.chance(20);
            field.description = self.chance(30).then(|| self.text());
            fields.push(field);
        }
        let mut schema = OwnedSchema::new(self.text(), format!("{}.0.{}", self.below(3), self.below(30)), fields);
        schema.description = self.chance(40).then(|| self.text());
        schema
    }

    /// Something else, in the place of any part.
    fn damage(&mut self, value: &mut Value) {
        let children: Vec<&mut Value> = match value {
            Value::Array(items) => items.iter_mut().collect(),
            Value::Object(members) => members.values_mut().collect(),
            _ => Vec::new(),
        };
        let count = children.len();
        if count > 0 && self.chance(85) {
            let chosen = self.below(count);
            if let Some(child) = children.into_iter().nth(chosen) {
                return self.damage(child);
            }
        }
        let others = [
            json!(null),
            json!(-1),
            json!(1.5),
            json!(""),
            json!("\u{1b}\u{0}"),
            json!([]),
            json!({}),
            json!([{}]),
            json!("array"),
            json!({"$ref": 3}),
            json!({"type": "string", "enum": ["a", 1, "a"]}),
        ];
        *value = others.get(self.below(others.len())).cloned().unwrap_or_default();
    }
}

#[test]
fn every_schema_survives_both_forms() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2000 {
        let record = SchemaRecord::new(random.schema(3)).created_at("2026-03-01T12:00:00Z");
        let local = record.to_local_json();
        assert_eq!(SchemaRecord::parse(&local).unwrap(), record, "{local}");

        let published = record.to_atproto().unwrap();
        for json in [&published, &sorted(&published)] {
            let read = SchemaRecord::from_json(json).unwrap();
            let diff = SchemaDiff::between(&record.schema, &read.schema);
            assert!(diff.differences().is_empty(), "{diff}{json}");
            assert_eq!(read.schema.fingerprint(), record.schema.fingerprint(), "{json}");
        }
    }
}

#[test]
fn no_damage_is_fatal_and_what_is_accepted_can_be_written() {
    let mut random = Random(0x0dd0_5eed_1234_5678);
    let mut originals: Vec<Value> = vec![fixture("schemas/expected.json")["_full_record"].clone()];
    for (_, fixture) in types() {
        originals.extend([fixture["get_schema"].clone(), fixture["atmosphere_record"].clone()]);
    }
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..20_000 {
        let mut json = originals[round % originals.len()].clone();
        for _ in 0..=random.below(3) {
            random.damage(&mut json);
        }
        match SchemaRecord::from_json(&json) {
            Ok(record) => {
                accepted += 1;
                let written = SchemaRecord::parse(&record.to_local_json()).unwrap();
                assert_eq!(written.schema, record.schema, "{json}");
            }
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(!error.problems().is_empty() && !text.contains(['\u{1b}', '\u{0}']), "{text}");
                for problem in error.problems() {
                    // The place is in the record, or is missing from it.
                    let parent = problem.pointer().rsplit_once('/').map_or("", |(parent, _)| parent);
                    assert!(json.pointer(parent).is_some(), "{problem}\n{json}");
                }
            }
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} {refused}");
}

#[test]
fn a_record_of_very_many_fields_is_read_and_compared_in_time() {
    let schema = |prefix: &str| {
        let fields =
            (0..50_000).map(|i| OwnedField::new(format!("{prefix}{i}"), T::Int).optional(i % 2 == 0)).collect();
        OwnedSchema::new("Wide", "1.0.0", fields)
    };
    let record = SchemaRecord::new(schema("a")).created_at("2026-03-01T12:00:00Z");
    let read = SchemaRecord::from_json(&sorted(&record.to_atproto().unwrap())).unwrap();
    assert_eq!(read.schema.fields.len(), 50_000);
    assert_eq!(SchemaDiff::between(&read.schema, &schema("b")).differences().len(), 100_000);
}
