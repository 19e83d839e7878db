//! Bundles, documents of many records: what lists and servers put around them; and JSON Schemas without a record around
//! them. For the generator and the derive.

use serde_json::{Map, Value, json};

/// One record of a document.
#[derive(Debug)]
pub struct Part {
    /// The place of the record in the document.
    pub pointer: String,
    /// The record, as it is there.
    pub record: Value,
    /// Where it is published, where the document says so.
    pub uri: Option<String>,
    /// Its content identifier, likewise.
    pub cid: Option<String>,
    /// Who publishes it, where the document says so.
    pub authority: Option<String>,
    /// What of the record was put around the document, and is no place in it.
    pub around: &'static str,
}

impl Part {
    /// A record of which the document says nothing.
    pub fn new(pointer: String, record: Value) -> Self {
        Self { pointer, record, uri: None, cid: None, authority: None, around: "" }
    }
}

/// A problem with the document itself: place, expected, found.
pub type Wrong = (String, &'static str, String);

/// What is done with a lexicon at a place of the document.
type Lexicon = fn(&str, &Map<String, Value>, &mut Vec<Part>, &mut Vec<Wrong>);

/// A key as a step of a JSON pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What a value is, in words.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The records of a document, which may be a record itself.
pub fn split(document: Value, lexicon: Lexicon) -> Result<Vec<Part>, Vec<Wrong>> {
    let mut split = Split { lexicon, parts: Vec::new(), wrong: Vec::new() };
    split.value(String::new(), document);
    if split.wrong.is_empty() { Ok(split.parts) } else { Err(split.wrong) }
}

struct Split {
    lexicon: Lexicon,
    parts: Vec<Part>,
    wrong: Vec<Wrong>,
}

impl Split {
    fn value(&mut self, pointer: String, value: Value) {
        let members = match value {
            Value::Array(items) => return self.items(&pointer, items),
            Value::Object(members) => members,
            other => return self.wrong.push((pointer, "a schema record, or a list of them", kind(&other).to_owned())),
        };
        if members.contains_key("lexicon") {
            return (self.lexicon)(&pointer, &members, &mut self.parts, &mut self.wrong);
        }
        if members.contains_key("fields") || members.contains_key("schema") || members.contains_key("schemaType") {
            return self.parts.push(Part::new(pointer, members.into()));
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
            return self.parts.push(Part { around: "/schema", ..Part::new(pointer, record) });
        }
        match (members.get("value"), members.get("records"), members.get("defs")) {
            (Some(record @ Value::Object(_)), ..) => {
                let text = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
                let (uri, cid) = (text("uri"), text("cid"));
                self.parts.push(Part { uri, cid, ..Part::new(format!("{pointer}/value"), record.clone()) });
            }
            (_, Some(Value::Array(items)), _) => self.items(&format!("{pointer}/records"), items.clone()),
            (.., Some(Value::Object(definitions))) => {
                for (name, record) in definitions {
                    let mut record = record.clone();
                    if let Some(members) = record.as_object_mut() {
                        members.entry("name").or_insert_with(|| name.as_str().into());
                    }
                    self.value(format!("{pointer}/defs/{}", escape(name)), record);
                }
            }
            // Whoever reads the record says what is missing.
            _ => self.parts.push(Part::new(pointer, members.into())),
        }
    }

    fn items(&mut self, pointer: &str, items: Vec<Value>) {
        for (index, item) in items.into_iter().enumerate() {
            self.value(format!("{pointer}/{index}"), item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str, _: &Map<String, Value>, _: &mut Vec<Part>, _: &mut Vec<Wrong>) {}

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
            let parts = split(document, none).unwrap();
            assert_eq!(parts.iter().map(|part| part.pointer.as_str()).collect::<Vec<_>>(), expected);
        }
        let parts = split(json!({"defs": {"A": {"fields": []}}}), none).unwrap();
        assert_eq!(parts[0].record["name"], "A");
        assert_eq!(split(json!([3]), none).unwrap_err()[0].0, "/0");
    }
}
