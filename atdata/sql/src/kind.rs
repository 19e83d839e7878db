//! Which column a field is: from the types of a schema to those of Arrow.

use std::collections::HashMap;
use std::sync::Arc;

use atdata::schema::{OwnedArrayType, OwnedFieldType, OwnedSchema};
use atdata::{Dtype, Value};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Float,
    /// Text, of an enum one of its labels.
    Text(Option<Vec<String>>),
    Bytes,
    List(Box<Kind>),
    /// A map from text.
    Map(Box<Kind>),
    Sample(Vec<(String, Kind)>),
    /// Arrays of one dtype and one shape, with the names of the dimensions.
    Tensor {
        dtype: Dtype,
        shape: Vec<usize>,
        dims: Option<Vec<String>>,
    },
    /// Arrays of one dtype, each of its own shape.
    Array(Dtype),
    /// Arrays, each of its own dtype and shape.
    AnyArray,
    /// Values of any kind, as text.
    Any,
}

/// Name and metadata of Arrow's canonical extension for tensors of one shape.
const EXTENSION: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
const TENSOR: &str = "arrow.fixed_shape_tensor";
/// What atdata's schema says of the field.
const TYPE: &str = "atdata:type";

impl Kind {
    pub(crate) fn of(field_type: &OwnedFieldType) -> Self {
        match field_type {
            OwnedFieldType::Str => Self::Text(None),
            OwnedFieldType::Enum(labels) => Self::Text(Some(labels.clone())),
            OwnedFieldType::Int => Self::Int,
            OwnedFieldType::Float => Self::Float,
            OwnedFieldType::Bool => Self::Bool,
            OwnedFieldType::Array(array) => Self::of_array(array),
            OwnedFieldType::List(element) => Self::List(Box::new(Self::of(element))),
            OwnedFieldType::Map(value) => Self::Map(Box::new(Self::of(value))),
            OwnedFieldType::Nullable(value) => Self::of(value),
            OwnedFieldType::Sample(schema) => Self::of_sample(schema),
            OwnedFieldType::Bytes
            | OwnedFieldType::Structured(_)
            | OwnedFieldType::Sparse
            | OwnedFieldType::ArrowTensor
            | OwnedFieldType::Safetensors
            | OwnedFieldType::DataFrame => Self::Bytes,
            // Any value, and a sample that holds itself.
            _ => Self::Any,
        }
    }

    fn of_sample(schema: &OwnedSchema) -> Self {
        if schema.fields.is_empty() {
            return Self::Any;
        }
        Self::Sample(schema.fields.iter().map(|field| (field.name.clone(), Self::of(&field.field_type))).collect())
    }

    fn of_array(array: &OwnedArrayType) -> Self {
        let Some(dtype) = array.dtype.filter(|dtype| element(*dtype) != DataType::Null) else { return Self::AnyArray };
        let shape = array.shape.as_deref().and_then(|shape| shape.iter().copied().collect::<Option<Vec<_>>>());
        match shape {
            Some(shape) if fixed_len(&shape).is_some() => Self::Tensor { dtype, shape, dims: array.dims.clone() },
            _ => Self::Array(dtype),
        }
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Text(_) | Self::Any => DataType::Utf8,
            Self::Bytes => DataType::Binary,
            Self::List(item) => DataType::List(item.item_field()),
            Self::Map(value) => DataType::Map(Self::entries_field(value), false),
            Self::Sample(fields) => DataType::Struct(Self::struct_fields(fields)),
            Self::Tensor { dtype, shape, .. } => {
                let len = fixed_len(shape).unwrap_or_default();
                DataType::FixedSizeList(Arc::new(Field::new("item", element(*dtype), true)), len)
            }
            Self::Array(dtype) => DataType::Struct(Self::array_fields(*dtype)),
            Self::AnyArray => DataType::Struct(Self::any_array_fields()),
        }
    }

    /// The field of a schema that such a column is.
    pub(crate) fn field(&self, name: &str, nullable: bool, described: Option<String>) -> Field {
        let mut metadata: HashMap<String, String> =
            described.map(|described| (TYPE.to_owned(), described)).into_iter().collect();
        if let Self::Tensor { shape, dims, .. } = self {
            metadata.insert(EXTENSION.to_owned(), TENSOR.to_owned());
            metadata.insert(EXTENSION_METADATA.to_owned(), tensor_metadata(shape, dims.as_deref()));
        }
        Field::new(name, self.data_type(), nullable).with_metadata(metadata)
    }

    pub(crate) fn item_field(&self) -> FieldRef {
        Arc::new(self.field("item", true, None))
    }

    pub(crate) fn entries_field(value: &Self) -> FieldRef {
        Arc::new(Field::new("entries", DataType::Struct(Self::entry_fields(value)), false))
    }

    pub(crate) fn entry_fields(value: &Self) -> Fields {
        vec![Field::new("key", DataType::Utf8, false), value.field("value", true, None)].into()
    }

    pub(crate) fn struct_fields(fields: &[(String, Self)]) -> Fields {
        fields.iter().map(|(name, kind)| kind.field(name, true, None)).collect()
    }

    pub(crate) fn array_fields(dtype: Dtype) -> Fields {
        let data = DataType::List(Arc::new(Field::new("item", element(dtype), false)));
        vec![shape_field(), Field::new("data", data, true)].into()
    }

    pub(crate) fn any_array_fields() -> Fields {
        let (dtype, data) = (Field::new("dtype", DataType::Utf8, true), Field::new("data", DataType::Binary, true));
        vec![dtype, shape_field(), data].into()
    }

    /// Whether a value of a sample is one of the column as it is, so that its type reads it as nothing else.
    pub(crate) fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(_))
            | (Self::Float, Value::Float(_))
            | (Self::Text(None), Value::Str(_))
            | (Self::Bytes | Self::Array(_) | Self::Tensor { .. } | Self::AnyArray, Value::Bin(_)) => true,
            (Self::Text(Some(labels)), Value::Str(text)) => labels.contains(text),
            (Self::List(item), Value::List(values)) => values.iter().all(|value| item.takes(value)),
            (Self::Sample(fields), Value::Map(_)) => {
                fields.iter().all(|(name, kind)| value.get(name).is_some_and(|value| kind.takes(value)))
            }
            _ => false,
        }
    }
}

fn shape_field() -> Field {
    Field::new("shape", DataType::List(Arc::new(Field::new("item", DataType::Int64, false))), true)
}

/// Elements of a tensor, where a list of one length holds them.
fn fixed_len(shape: &[usize]) -> Option<i32> {
    let len = shape.iter().try_fold(1_usize, |len, size| len.checked_mul(*size))?;
    i32::try_from(len).ok().filter(|len| *len > 0)
}

/// Arrow's type of an element. A complex number is two floats.
pub(crate) fn element(dtype: Dtype) -> DataType {
    let pair = |part| DataType::FixedSizeList(Arc::new(Field::new("item", part, false)), 2);
    match dtype {
        Dtype::Bool => DataType::Boolean,
        Dtype::Int8 => DataType::Int8,
        Dtype::Int16 => DataType::Int16,
        Dtype::Int32 => DataType::Int32,
        Dtype::Int64 => DataType::Int64,
        Dtype::UInt8 => DataType::UInt8,
        Dtype::UInt16 => DataType::UInt16,
        Dtype::UInt32 => DataType::UInt32,
        Dtype::UInt64 => DataType::UInt64,
        Dtype::Float16 => DataType::Float16,
        Dtype::Float32 => DataType::Float32,
        Dtype::Float64 => DataType::Float64,
        Dtype::Complex64 => pair(DataType::Float32),
        Dtype::Complex128 => pair(DataType::Float64),
        // One that this crate does not know: such arrays stay bytes.
        _ => DataType::Null,
    }
}

/// `{"shape":[2,3],"dim_names":["height","width"]}`
fn tensor_metadata(shape: &[usize], dims: Option<&[String]>) -> String {
    let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = format!("\"shape\":[{}]", shape.join(","));
    match dims {
        Some(dims) => {
            let dims: Vec<String> = dims.iter().map(|dim| quoted(dim)).collect();
            format!("{{{shape},\"dim_names\":[{}]}}", dims.join(","))
        }
        None => format!("{{{shape}}}"),
    }
}

/// As JSON writes text.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
