//! Whether a sample is one of a schema.

mod members;

use std::fmt;

pub use self::members::check_group;

use crate::error::{Cause, ErrorKind, Printable, Result};
use crate::format::image::ImageFormat;
use crate::sample::{DictSample, Value};
use atdata_schema::{Dtype, OwnedArrayType, OwnedField, OwnedFieldType as Type, OwnedSchema};

#[derive(Debug, thiserror::Error)]
#[error("the sample is none of {schema}:{}", Lines(.found))]
struct Misfit {
    schema: String,
    found: Vec<String>,
}

impl Cause for Misfit {
    fn kind(&self) -> ErrorKind {
        ErrorKind::SchemaMismatch
    }
}

struct Lines<'a>(&'a [String]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(f, "\n  {}", Printable(line)))
    }
}

/// Holds a sample without a type against a schema: whether its fields are there, and are what the schema says.
///
/// Fields that the schema does not have pass, as do `float32` arrays of another element type and shapes that are left
/// open, for Python writes so.
///
/// # Errors
/// [`SchemaMismatch`](ErrorKind::SchemaMismatch), with all fields that are not as they should be.
pub fn check_sample(schema: &OwnedSchema, sample: &DictSample) -> Result<()> {
    let found: Vec<String> = schema.fields.iter().filter_map(|field| misfit(field, sample)).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Misfit { schema: format!("{}@{}", schema.name, schema.version), found }.into())
}

fn misfit(field: &OwnedField, sample: &DictSample) -> Option<String> {
    match sample.get(&field.name) {
        None if field.optional || field.has_default => None,
        None => {
            let names: Vec<_> = sample.iter().map(|(name, _)| format!("`{name}`")).take(12).collect();
            Some(format!("{}, which is not there; the sample has {}", expected(field), names.join(", ")))
        }
        Some(value) => misfit_of(field, value),
    }
}

/// `label: expected int`
fn expected(field: &OwnedField) -> String {
    let image = if field.image.is_some() { " of an image" } else { "" };
    format!("{}: expected {}{image}", field.name, field.field_type)
}

/// What is wrong with the value of a field.
fn misfit_of(field: &OwnedField, value: &Value) -> Option<String> {
    match value {
        Value::Nil if field.optional => None,
        Value::Bin(bytes) if field.image.is_some() && field.field_type == Type::Bytes => {
            let is_image = ImageFormat::of(bytes).is_some();
            (!is_image).then(|| format!("{}, found bytes of something else", expected(field)))
        }
        value if fits(value, &field.field_type) => None,
        value => Some(format!("{}, found {}", expected(field), kind(value))),
    }
}

fn fits(value: &Value, wanted: &Type) -> bool {
    match (wanted, value) {
        (Type::Str, Value::Str(_))
        | (Type::Int, Value::Int(_) | Value::UInt(_))
        | (Type::Float, Value::Float(_) | Value::Int(_) | Value::UInt(_))
        | (Type::Bool, Value::Bool(_))
        | (
            Type::Bytes | Type::Structured(_) | Type::Sparse | Type::ArrowTensor | Type::Safetensors | Type::DataFrame,
            Value::Bin(_),
        )
        | (Type::Sample(_) | Type::Ref(_), Value::Map(_))
        | (Type::Nullable(_), Value::Nil)
        | (Type::Any, _) => true,
        (Type::Enum(texts), Value::Str(text)) => texts.contains(text),
        (Type::List(inner), Value::List(values)) => values.iter().all(|value| fits(value, inner)),
        (Type::Map(inner), Value::Map(pairs)) => pairs.iter().all(|(_, value)| fits(value, inner)),
        (Type::Nullable(inner), value) => fits(value, inner),
        (Type::Array(array), value) => is_array(value, array),
        _ => false,
    }
}

fn is_array(value: &Value, wanted: &OwnedArrayType) -> bool {
    let Some(Ok(array)) = value.as_array() else { return false };
    // Python writes `float32` for arrays of any dtype.
    let dtype = wanted.dtype.is_none_or(|dtype| dtype == Dtype::Float32 || array.dtype() == Some(dtype));
    let ndim = wanted.ndim.is_none_or(|ndim| ndim == array.shape().len());
    let sizes = wanted.shape.as_ref().is_none_or(|shape| {
        shape.len() == array.shape().len()
            && shape.iter().zip(array.shape()).all(|(wanted, found)| wanted.is_none_or(|wanted| wanted == *found))
    });
    dtype && ndim && sizes
}

fn kind(value: &Value) -> String {
    match value.as_array() {
        Some(Ok(array)) => format!("an array of shape {:?}", array.shape()),
        Some(Err(_)) => "a damaged array".to_owned(),
        None => value.kind().to_owned(),
    }
}
