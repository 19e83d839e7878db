//! Lexicon documents: each definition of an object becomes a schema record.
//!
//! A lexicon says of an object what a JSON Schema says, in words of its own: `ref` for another definition, `bytes`,
//! `unknown`, and a list of `nullable` properties. Number and array formats it has not; a property may have the
//! `$ref` of an array shim all the same, as in a record.

use atdata_schema::reading::{Part, Wrong, escape, kind};
use serde_json::{Map, Value, json};

use crate::names;

/// What a property keeps: the words that lexicon and JSON Schema share.
const KEPT: [&str; 9] = ["type", "items", "description", "enum", "default", "$ref", "dtype", "shape", "dimensionNames"];

/// Appends a record for each definition of an object in the document.
pub(crate) fn split(pointer: &str, document: &Map<String, Value>, parts: &mut Vec<Part>, wrong: &mut Vec<Wrong>) {
    let Some(id) = document.get("id").and_then(Value::as_str) else {
        return wrong.push((format!("{pointer}/id"), "the NSID of the lexicon", "no text".to_owned()));
    };
    let Some(definitions) = document.get("defs").and_then(Value::as_object) else {
        return wrong.push((format!("{pointer}/defs"), "an object of definitions", "none".to_owned()));
    };
    let lexicon = Lexicon { id };
    for (key, definition) in definitions {
        let mut place = format!("{pointer}/defs/{}", escape(key));
        let mut object = definition;
        if definition.get("type").is_some_and(|kind| kind == "record")
            && let Some(record) = definition.get("record")
        {
            place.push_str("/record");
            object = record;
        }
        if object.get("type").is_some_and(|kind| kind == "object") {
            let description = definition.get("description").or_else(|| object.get("description"));
            let body = lexicon.body(&place, object, wrong);
            let record = json!({
                "name": lexicon.name(key),
                "version": "1.0.0",
                "schemaType": "jsonSchema",
                "description": description,
                "schema": body,
            });
            let authority = id.rsplit_once('.').map(|(authority, _)| authority.to_owned());
            parts.push(Part { authority, ..Part::new(place, record) });
        }
    }
}

struct Lexicon<'a> {
    id: &'a str,
}

impl Lexicon<'_> {
    /// `Photo` for `photo`; the main definition is called like the lexicon.
    fn name(&self, key: &str) -> String {
        names::of_type(if key == "main" { self.id.rsplit('.').next().unwrap_or(key) } else { key })
    }

    fn body(&self, place: &str, object: &Value, wrong: &mut Vec<Wrong>) -> Value {
        let names = |key: &str| -> Vec<&str> {
            object.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let nullable = names("nullable");
        let required: Vec<&str> = names("required").into_iter().filter(|name| !nullable.contains(name)).collect();
        let mut properties = Map::new();
        for (name, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let place = format!("{place}/properties/{}", escape(name));
            properties.insert(name.clone(), self.property(&place, property, wrong));
        }
        json!({"type": "object", "properties": properties, "required": required})
    }

    fn property(&self, place: &str, property: &Value, wrong: &mut Vec<Wrong>) -> Value {
        let mut converted = property.clone();
        let Some(members) = converted.as_object_mut() else {
            wrong.push((place.to_owned(), "an object", kind(property).to_owned()));
            return Value::Null;
        };
        // What a lexicon allows of the values (lengths, ranges) is not part of a sample type.
        members.retain(|key, _| KEPT.contains(&key.as_str()));
        match property.get("type").and_then(Value::as_str) {
            Some("bytes") => {
                members.insert("type".to_owned(), "string".into());
                members.insert("format".to_owned(), "byte".into());
            }
            Some("unknown") => drop(members.remove("type")),
            Some("ref") => {
                members.insert("type".to_owned(), "object".into());
                members.insert("schemaRef".to_owned(), self.reference(place, property, wrong).into());
            }
            Some("array") => {
                if let Some(items) = property.get("items") {
                    let items = self.property(&format!("{place}/items"), items, wrong);
                    members.insert("items".to_owned(), items);
                }
            }
            Some("object") => return self.body(place, property, wrong),
            Some("string" | "integer" | "number" | "boolean") => {}
            None if property.get("$ref").is_some() => {}
            found => {
                let expected = "one of string, integer, number, boolean, bytes, array, object, ref, unknown";
                let found = found.map_or_else(|| "nothing".to_owned(), |found| format!("{found:?}"));
                wrong.push((format!("{place}/type"), expected, found));
            }
        }
        converted
    }

    /// `#box` and `com.example.defs#box` are by the rule above the schemas of that name.
    fn reference(&self, place: &str, property: &Value, wrong: &mut Vec<Wrong>) -> String {
        let text = property.get("ref").and_then(Value::as_str).unwrap_or_default();
        let (id, key) = text.split_once('#').unwrap_or((text, "main"));
        let id = if id.is_empty() { self.id } else { id };
        let Some((authority, _)) = id.rsplit_once('.').filter(|_| !key.is_empty()) else {
            wrong.push((format!("{place}/ref"), "a definition such as \"#box\"", format!("{text:?}")));
            return String::new();
        };
        format!("@{authority}/{}@1.0.0", Lexicon { id }.name(key))
    }
}
