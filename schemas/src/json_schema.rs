//! What another JSON Schema says of the values of a field, beyond the field's type: a note, which nothing is decided by.

use std::fmt;

/// A way to the JSON Schema of a field's values: it is made when it is asked for.
#[derive(Clone, Copy)]
pub struct JsonSchema {
    get: fn() -> String,
}

impl JsonSchema {
    /// The schema that `get` gives as a text of JSON.
    pub const fn new(get: fn() -> String) -> Self {
        Self { get }
    }

    /// The schema as a text of JSON.
    pub fn json(self) -> String {
        (self.get)()
    }
}

impl PartialEq for JsonSchema {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonSchema({})", self.json())
    }
}

#[cfg(feature = "records")]
pub(crate) mod note {
    use serde_json::{Map, Value};

    use crate::node::Node;
    use crate::problem::Problems;

    const KEY: &str = "jsonSchema";

    /// `"jsonSchema": {"type": "object", …}`
    pub(crate) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Value> {
        let schema = node.get(KEY)?;
        if !schema.value.is_object() && !schema.value.is_boolean() {
            schema.unexpected("a JSON Schema, which is an object", problems);
            return None;
        }
        Some(schema.value.clone())
    }

    pub(crate) fn write(schema: Option<&Value>, members: &mut Map<String, Value>) {
        if let Some(schema) = schema {
            members.insert(KEY.to_owned(), schema.clone());
        }
    }
}
