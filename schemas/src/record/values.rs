//! The type of values that a JSON Schema names without a type beside them.

use std::slice;

use serde_json::Value;

use crate::enum_values;
use crate::node::Node;
use crate::owned::OwnedFieldType;
use crate::problem::Problems;

/// The type of the values of an `enum`, and whether null is one of them.
pub(super) fn of_enum(node: &Node<'_>, problems: &mut Problems) -> Option<(OwnedFieldType, bool)> {
    let listed = node.value.as_array().map(Vec::as_slice).unwrap_or_default();
    if listed.iter().any(Value::is_string) {
        // What else is in the list is told there.
        let has_null = listed.contains(&Value::Null);
        return Some((OwnedFieldType::Enum(enum_values::read(node, true, problems)?), has_null));
    }
    of_all(node, listed, problems)
}

/// The type of a `const`, and whether it is null.
pub(super) fn of_const(node: &Node<'_>, problems: &mut Problems) -> Option<(OwnedFieldType, bool)> {
    match node.value {
        Value::String(text) => Some((OwnedFieldType::Enum(vec![text.clone()]), false)),
        one => of_all(node, slice::from_ref(one), problems),
    }
}

fn of_all(node: &Node<'_>, values: &[Value], problems: &mut Problems) -> Option<(OwnedFieldType, bool)> {
    let there: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
    let all = |is_one: fn(&Value) -> bool| !there.is_empty() && there.iter().all(|value| is_one(value));
    let field_type = if all(Value::is_boolean) {
        OwnedFieldType::Bool
    } else if all(|value| value.is_i64() || value.is_u64()) {
        OwnedFieldType::Int
    } else if all(Value::is_number) {
        OwnedFieldType::Float
    } else {
        node.unexpected("a `type` beside it, or values of one type", problems);
        return None;
    };
    Some((field_type, there.len() < values.len()))
}
