//! Abbreviation: samples and values in a few words; arrays by their first elements.

use std::fmt::Display;

use atdata_schema::Dtype;
use half::f16;

use crate::array::DynArray;
use crate::sample::{DictSample, Value};

/// Elements of an array that are shown.
const MAX_ELEMENTS: usize = 8;

/// `Photo { label: "cat", image: array<|u1, [2, 2]> 0, 1, 2, 3 }`
pub(super) fn sample(type_name: &str, sample: &DictSample) -> String {
    let fields: Vec<_> = sample.iter().map(|(name, field)| format!("{name}: {}", value(field))).collect();
    format!("{type_name} {{ {} }}", fields.join(", "))
}

pub(super) fn value(of: &Value) -> String {
    match of {
        Value::Bin(_) => match of.as_array() {
            Some(Ok(array)) => format!("{array:?}{}", elements(&array)),
            _ => format!("{of:?}"),
        },
        Value::List(values) => format!("[{}]", values.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, entry)| format!("{key:?}: {}", value(entry))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        plain => format!("{plain:?}"),
    }
}

/// `expected 0.0, found 1.0`, down to the element of an array and the bits of a NaN.
pub(super) fn difference(expected: &Value, found: &Value) -> String {
    if let (Some(Ok(expected)), Some(Ok(found))) = (expected.as_array(), found.as_array())
        && expected.shape() == found.shape()
        && expected.typestr() == found.typestr()
        && let Some(difference) = difference_of_arrays(&expected, &found)
    {
        return difference;
    }
    match (expected, found) {
        (Value::Float(expected), Value::Float(found)) if format!("{expected:?}") == format!("{found:?}") => {
            format!("expected {expected:?} of bits {:#x}, found bits {:#x}", expected.to_bits(), found.to_bits())
        }
        _ => format!("expected {}, found {}", value(expected), value(found)),
    }
}

fn difference_of_arrays(expected: &DynArray, found: &DynArray) -> Option<String> {
    let size = expected.item_size().max(1);
    let pairs = || expected.data().chunks(size).zip(found.data().chunks(size)).enumerate();
    let differ = |(_, (expected, found)): &(usize, (&[u8], &[u8]))| expected != found;
    let (at, (first, other)) = pairs().find(differ)?;
    let count = pairs().filter(differ).count();
    let text = |bytes: &[u8]| element(expected, bytes);
    let (mut left, mut right) = (text(first), text(other));
    if left == right {
        (left, right) = (format!("{left} of bytes {first:02x?}"), format!("bytes {other:02x?}"));
    }
    let more = if count > 1 { format!(" ({count} elements differ)") } else { String::new() };
    Some(format!("at {:?} expected {left}, found {right}{more}", index(at, expected.shape())))
}

/// The place of an element in C order.
fn index(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let here = at.checked_rem(size).unwrap_or(0);
            at = at.checked_div(size).unwrap_or(0);
            here
        })
        .collect();
    index.reverse();
    index
}

/// ` 0.0, 1.0, …`
fn elements(array: &DynArray) -> String {
    if array.is_empty() || array.item_size() == 0 {
        return String::new();
    }
    let shown = array.data().chunks(array.item_size()).take(MAX_ELEMENTS).map(|bytes| element(array, bytes));
    let more = (array.len() > MAX_ELEMENTS).then(|| "…".to_owned());
    format!(" {}", shown.chain(more).collect::<Vec<_>>().join(", "))
}

/// One element; bytes where there is no other word for it.
fn element(array: &DynArray, bytes: &[u8]) -> String {
    let mut little = bytes.to_vec();
    if array.typestr().starts_with('>') {
        let part = if array.dtype().is_some_and(is_complex) { bytes.len() / 2 } else { bytes.len() };
        little.chunks_mut(part.max(1)).for_each(<[u8]>::reverse);
    }
    let text = array.dtype().and_then(|dtype| of_dtype(dtype, &little));
    text.unwrap_or_else(|| format!("bytes {bytes:02x?}"))
}

fn is_complex(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::Complex64 | Dtype::Complex128)
}

fn of_dtype(dtype: Dtype, bytes: &[u8]) -> Option<String> {
    fn text<const N: usize, T: Display>(bytes: &[u8], of: impl Fn([u8; N]) -> T) -> Option<String> {
        bytes.try_into().ok().map(|bytes| of(bytes).to_string())
    }
    let complex = |part: Dtype| {
        let (re, im) = bytes.split_at_checked(bytes.len() / 2)?;
        Some(format!("{} + {}i", of_dtype(part, re)?, of_dtype(part, im)?))
    };
    match dtype {
        Dtype::Bool => bytes.first().map(|byte| (*byte != 0).to_string()),
        Dtype::Int8 => text(bytes, i8::from_le_bytes),
        Dtype::Int16 => text(bytes, i16::from_le_bytes),
        Dtype::Int32 => text(bytes, i32::from_le_bytes),
        Dtype::Int64 => text(bytes, i64::from_le_bytes),
        Dtype::UInt8 => text(bytes, u8::from_le_bytes),
        Dtype::UInt16 => text(bytes, u16::from_le_bytes),
        Dtype::UInt32 => text(bytes, u32::from_le_bytes),
        Dtype::UInt64 => text(bytes, u64::from_le_bytes),
        Dtype::Float16 => text(bytes, f16::from_le_bytes),
        Dtype::Float32 => text(bytes, f32::from_le_bytes),
        Dtype::Float64 => text(bytes, f64::from_le_bytes),
        Dtype::Complex64 => complex(Dtype::Float32),
        Dtype::Complex128 => complex(Dtype::Float64),
        _ => None,
    }
}
