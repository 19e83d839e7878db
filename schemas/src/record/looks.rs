//! What a JSON Schema looks like, before it is read.

use serde_json::{Map, Value};

use crate::node::Node;

/// Whether one of the schemas says more than what values of a type are allowed. What is no list is looked at further on.
pub(super) fn one_says_a_type(schemas: &Node<'_>) -> bool {
    schemas.items().is_none_or(|mut items| items.any(|schema| says_a_type(&schema)))
}

pub(super) fn says_a_type(schema: &Node<'_>) -> bool {
    const KEYS: [&str; 8] = ["$ref", "type", "anyOf", "oneOf", "allOf", "enum", "const", "properties"];
    KEYS.iter().any(|key| schema.value.get(key).is_some())
}

/// Whether an object is a sample, whose properties are its fields, and no map.
pub(super) fn is_sample(node: &Node<'_>) -> bool {
    let is_empty = |properties: &Node<'_>| properties.value.as_object().is_some_and(Map::is_empty);
    node.get("properties").is_some_and(|properties| !is_empty(&properties) || !has_typed_others(node))
}

/// Looks at what the values are that have no property of their own, as far as schemas say it.
pub(super) fn each_other<'n>(node: &'n Node<'n>, mut look: impl FnMut(&Node<'_>)) {
    if let Some(values) = node.get("additionalProperties").filter(|values| *values.value != Value::Bool(false)) {
        look(&values);
    }
    if let Some(patterns) = node.get("patternProperties") {
        let patterns = patterns.members().into_iter().flatten();
        patterns.filter(|(_, values)| *values.value != Value::Bool(false)).for_each(|(_, values)| look(&values));
    }
}

fn has_typed_others(node: &Node<'_>) -> bool {
    let mut has = false;
    each_other(node, |values| has |= says_a_type(values));
    has
}
