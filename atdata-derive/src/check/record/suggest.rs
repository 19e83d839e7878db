//! Suggestions: the Rust type for a field of a record. Advice for people, who may well take another that fits.

use atdata_schema::{Dtype, OwnedArrayType, OwnedField, OwnedFieldType};

/// `Option<String>`; `None` where no type can be named.
pub(super) fn field_type(field: &OwnedField) -> Option<String> {
    let ty = value_type(&field.field_type)?;
    let any = field.field_type == OwnedFieldType::Any;
    Some(if field.optional && !any { format!("Option<{ty}>") } else { ty })
}

fn value_type(of: &OwnedFieldType) -> Option<String> {
    Some(match of {
        OwnedFieldType::Str => "String".to_owned(),
        OwnedFieldType::Int => "i64".to_owned(),
        OwnedFieldType::Float => "f64".to_owned(),
        OwnedFieldType::Bool => "bool".to_owned(),
        OwnedFieldType::Bytes
        | OwnedFieldType::Sparse
        | OwnedFieldType::ArrowTensor
        | OwnedFieldType::Safetensors
        | OwnedFieldType::DataFrame => "Vec<u8>".to_owned(),
        OwnedFieldType::Any => "Value".to_owned(),
        OwnedFieldType::Array(array) => array_type(array),
        OwnedFieldType::List(element) => format!("Vec<{}>", value_type(element)?),
        OwnedFieldType::Map(value) => format!("BTreeMap<String, {}>", value_type(value)?),
        OwnedFieldType::Nullable(inner) => format!("Option<{}>", value_type(inner)?),
        OwnedFieldType::Structured(_) => "Structured".to_owned(),
        // Names of other types are anybody's; whether there is such a type here is not known.
        _ => return None,
    })
}

/// `Array3<u8>`
fn array_type(array: &OwnedArrayType) -> String {
    let Some(dtype) = array.dtype else { return "DynArray".to_owned() };
    let element = element(dtype);
    match array.ndim {
        Some(ndim @ 0..=6) => format!("Array{ndim}<{element}>"),
        _ => format!("ArrayD<{element}>"),
    }
}

fn element(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Bool => "bool",
        Dtype::Int8 => "i8",
        Dtype::Int16 => "i16",
        Dtype::Int32 => "i32",
        Dtype::Int64 => "i64",
        Dtype::UInt8 => "u8",
        Dtype::UInt16 => "u16",
        Dtype::UInt32 => "u32",
        Dtype::UInt64 => "u64",
        Dtype::Float16 => "f16",
        Dtype::Float32 => "f32",
        Dtype::Complex64 => "Complex<f32>",
        Dtype::Complex128 => "Complex<f64>",
        _ => "f64",
    }
}
