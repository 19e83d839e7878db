//! The default that a record gives a field, as far as a Rust type can have it.

use serde_json::Value;

use crate::lower::DraftField;
use crate::model::{Default, Ty};

/// Values of any type are written out as far as this; what is in them may be a thousand lists.
const DEEPEST: usize = 16;

/// What the attribute says; `Err` where it cannot say what the record does, with what that is.
pub(crate) fn of(field: &DraftField<'_>, ty: &Ty, optional: bool) -> Result<Option<Default>, String> {
    match &field.field.default {
        Some(Value::Null) if optional => Ok(Some(Default::Natural)),
        Some(value) if !optional && is_natural(ty, value) => Ok(Some(Default::Natural)),
        Some(value) if can_be_written(ty, value, 0) => Ok(Some(Default::Value(value.clone()))),
        Some(value) => Err(crate::error::printable(&shown(value))),
        None if !field.field.has_default => Ok(None),
        None if optional || has_natural(ty) => Ok(Some(Default::Natural)),
        None if matches!(ty, Ty::Anything) => Ok(Some(Default::Value(Value::Null))),
        None => Err("a value that the record does not give".to_owned()),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Whether it is what `Default` gives for the type.
fn is_natural(ty: &Ty, value: &Value) -> bool {
    match (ty, value) {
        (Ty::Text | Ty::Bytes, Value::String(text)) => text.is_empty(),
        (Ty::Int, Value::Number(number)) => number.as_i64() == Some(0),
        (Ty::Float, Value::Number(number)) => number.as_f64().is_some_and(|zero| zero.to_bits() == 0),
        (Ty::Truth, Value::Bool(value)) => !value,
        (Ty::List(_), Value::Array(items)) => items.is_empty(),
        (Ty::Map(_), Value::Object(members)) => members.is_empty(),
        _ => false,
    }
}

/// Whether the Rust type has a default that the record could mean: an empty array does not have the declared sizes.
fn has_natural(ty: &Ty) -> bool {
    match ty {
        Ty::Text | Ty::Int | Ty::Float | Ty::Truth | Ty::Bytes | Ty::List(_) | Ty::Map(_) => true,
        Ty::Array(array) => {
            array.dtype.is_some() && array.shape.iter().flatten().all(|size| size.is_none_or(|size| size == 0))
        }
        _ => false,
    }
}

/// Whether there is an expression for the value. That it is one of the type was found when the record was read.
fn can_be_written(ty: &Ty, value: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let inside = |ty: &Ty, value: &Value| can_be_written(ty, value, depth + 1);
    match (ty, value) {
        (Ty::Text, Value::String(_))
        | (Ty::Truth, Value::Bool(_))
        // What is no finite number is text.
        | (Ty::Float, Value::Number(_) | Value::String(_))
        | (Ty::Nullable(_), Value::Null)
        | (Ty::Anything, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => true,
        (Ty::Int, Value::Number(number)) => number.is_i64(),
        (Ty::Enum(values), Value::String(text)) => values.contains(text),
        (Ty::Nullable(inner), _) => can_be_written(inner, value, depth + 1),
        (Ty::List(element), Value::Array(items)) => items.iter().all(|item| inside(element, item)),
        (Ty::Map(of), Value::Object(members)) => members.values().all(|value| inside(of, value)),
        (Ty::Anything, Value::Array(items)) => items.iter().all(|item| inside(&Ty::Anything, item)),
        (Ty::Anything, Value::Object(members)) => members.values().all(|value| inside(&Ty::Anything, value)),
        _ => false,
    }
}
