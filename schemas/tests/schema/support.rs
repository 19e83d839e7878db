//! The fixtures that Python made, and a few ways to look at them.

pub(crate) mod lexicon;

use serde_json::{Map, Value};

pub(crate) fn fixture(path: &str) -> Value {
    let path = format!("{}/../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The published sample types, by name.
pub(crate) fn types() -> Vec<(String, Value)> {
    let Value::Object(all) = fixture("schemas/expected.json") else { panic!("not an object") };
    all.into_iter().filter(|(name, _)| !name.starts_with('_')).collect()
}

/// The value with its keys as a server stores them: by length, then bytes.
pub(crate) fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
            Value::Object(Map::from_iter(members))
        }
        other => other.clone(),
    }
}

pub(crate) fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(reversed).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
        }
        other => other.clone(),
    }
}
