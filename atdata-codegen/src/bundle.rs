//! Bundles, documents of many records: what lists, servers and lexicons put around them; and JSON Schemas without a record
//! around them.

use serde_json::{Value, json};

use crate::lexicon;
use crate::part::{Part, Wrong, escape, kind};

/// The records of a document, which may be a record itself.
pub(crate) fn split(document: Value) -> Result<Vec<Part>, Vec<Wrong>> {
    let mut parts = Vec::new();
    let mut wrong = Vec::new();
    split_into(String::new(), document, &mut parts, &mut wrong);
    if wrong.is_empty() { Ok(parts) } else { Err(wrong) }
}

fn split_into(pointer: String, value: Value, parts: &mut Vec<Part>, wrong: &mut Vec<Wrong>) {
    let members = match value {
        Value::Array(items) => return split_items(&pointer, items, parts, wrong),
        Value::Object(members) => members,
        other => return wrong.push((pointer, "a schema record, or a list of them", kind(&other).to_owned())),
    };
    if members.contains_key("lexicon") {
        return lexicon::split(&pointer, &members, parts, wrong);
    }
    if members.contains_key("fields") || members.contains_key("schema") || members.contains_key("schemaType") {
        return parts.push(Part::new(pointer, members.into()));
    }
    if let (Some(title), Some(_)) = (members.get("title"), members.get("properties")) {
        let (title, description) = (title.clone(), members.get("description").cloned().unwrap_or_default());
        let record = json!({
            "name": title,
            "version": "1.0.0",
            "schemaType": "jsonSchema",
            "description": description,
            "schema": members,
        });
        return parts.push(Part { around: "/schema", ..Part::new(pointer, record) });
    }
    match (members.get("value"), members.get("records"), members.get("defs")) {
        (Some(record @ Value::Object(_)), ..) => {
            let text = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
            let (uri, cid) = (text("uri"), text("cid"));
            parts.push(Part { uri, cid, ..Part::new(format!("{pointer}/value"), record.clone()) });
        }
        (_, Some(Value::Array(items)), _) => split_items(&format!("{pointer}/records"), items.clone(), parts, wrong),
        (.., Some(Value::Object(definitions))) => {
            for (name, record) in definitions {
                let mut record = record.clone();
                if let Some(members) = record.as_object_mut() {
                    members.entry("name").or_insert_with(|| name.as_str().into());
                }
                split_into(format!("{pointer}/defs/{}", escape(name)), record, parts, wrong);
            }
        }
        // Whoever reads the record says what is missing.
        _ => parts.push(Part::new(pointer, members.into())),
    }
}

fn split_items(pointer: &str, items: Vec<Value>, parts: &mut Vec<Part>, wrong: &mut Vec<Wrong>) {
    for (index, item) in items.into_iter().enumerate() {
        split_into(format!("{pointer}/{index}"), item, parts, wrong);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_in_what_is_around_them() {
        let record = json!({"name": "A", "fields": []});
        let cases = [
            (record.clone(), vec![""]),
            (json!([record, [record]]), vec!["/0", "/1/0"]),
            (json!({"uri": "at://a/b/c", "cid": "bafy", "value": record}), vec!["/value"]),
            (json!({"records": [{"uri": "at://a/b/c", "value": record}]}), vec!["/records/0/value"]),
            (json!({"defs": {"a/b": {"fields": []}}}), vec!["/defs/a~1b"]),
            (json!({"title": "A", "type": "object", "properties": {}}), vec![""]),
            (json!({}), vec![""]),
        ];
        for (document, expected) in cases {
            let parts = split(document).unwrap();
            assert_eq!(parts.iter().map(|part| part.pointer.as_str()).collect::<Vec<_>>(), expected);
        }
        let parts = split(json!({"defs": {"A": {"fields": []}}})).unwrap();
        assert_eq!(parts[0].record["name"], "A");
        assert_eq!(split(json!([3])).unwrap_err()[0].0, "/0");
    }
}
