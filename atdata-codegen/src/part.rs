//! A record in a document of many, and what can be wrong with such a document.

use serde_json::Value;

/// One record of a document.
#[derive(Debug)]
pub(crate) struct Part {
    /// The place of the record in the document.
    pub(crate) pointer: String,
    pub(crate) record: Value,
    pub(crate) uri: Option<String>,
    pub(crate) cid: Option<String>,
    /// Who publishes it, where the document says so.
    pub(crate) authority: Option<String>,
    /// What of the record was put around the document, and is no place in it.
    pub(crate) around: &'static str,
}

impl Part {
    pub(crate) fn new(pointer: String, record: Value) -> Self {
        Self { pointer, record, uri: None, cid: None, authority: None, around: "" }
    }
}

/// A problem with the document itself: place, expected, found.
pub(crate) type Wrong = (String, &'static str, String);

/// A key as a step of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
