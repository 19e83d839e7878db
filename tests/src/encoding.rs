//! The fixtures' JSON encoding of decoded values.

use std::fmt::Write;

use atdata::field::Element;
use atdata::{Dtype, DynArray, Value};
use bytes::Bytes;
use half::f16;
use ndarray::{Array, Dimension, IxDyn};
use num_complex::Complex;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// Integers from here on are strings: Python's writer of JSON has no bound, its readers do.
const MAX_PLAIN_INT: u64 = 1 << 53;

/// A decoded value in the form of `expected.json`, as [`normal`] leaves it.
pub trait Encode {
    fn encode(&self) -> Json;
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[track_caller]
pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Drops what is in the JSON for people only: Python's text of floats, the first elements of arrays. Bits and hashes
/// say the same.
pub fn normal(expected: &Json) -> Json {
    match expected {
        Json::Array(values) => values.iter().map(normal).collect(),
        Json::Object(map) if map.contains_key("$float") => json!({ "bits": map["bits"] }),
        Json::Object(map) if map.contains_key("$ndarray") => {
            let mut array = map["$ndarray"].as_object().unwrap().clone();
            array.remove("head");
            if let Some(descr) = array.get_mut("descr") {
                *descr = descr_literal(descr).into();
            }
            json!({ "$ndarray": array })
        }
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), normal(value))).collect(),
        plain => plain.clone(),
    }
}

/// `[["a", "<i4"]]` as Python prints it, which is what an npy header holds.
fn descr_literal(descr: &Json) -> String {
    let fields = descr.as_array().unwrap().iter();
    let fields: Vec<_> =
        fields.map(|f| format!("('{}', '{}')", f[0].as_str().unwrap(), f[1].as_str().unwrap())).collect();
    format!("[{}]", fields.join(", "))
}

/// The value, its bytes taken for an array where the JSON has one.
pub fn encode_like(value: &Value, expected: &Json) -> Json {
    match value.as_array() {
        Some(array) if expected.get("$ndarray").is_some() => array.unwrap().encode(),
        _ => value.encode(),
    }
}

fn encode_int(value: i128) -> Json {
    match i64::try_from(value) {
        Ok(int) if int.unsigned_abs() < MAX_PLAIN_INT => int.into(),
        _ => json!({ "$int": value.to_string() }),
    }
}

fn encode_bytes(bytes: &[u8]) -> Json {
    if bytes.len() <= 256 {
        return json!({ "$bytes": hex(bytes) });
    }
    json!({ "$bytes_len": bytes.len(), "sha256": sha256(bytes), "head": hex(&bytes[..32]) })
}

fn encode_list(values: Vec<Json>) -> Json {
    let ints: Option<Vec<i64>> = values.iter().map(Json::as_i64).collect();
    match ints {
        Some(ints) if ints.len() > 600 => {
            json!({ "$int_list_len": ints.len(), "sum": ints.iter().sum::<i64>(), "head": ints[..8] })
        }
        _ => values.into(),
    }
}

macro_rules! ints {
    ($($t:ty),+) => { $(
        impl Encode for $t {
            fn encode(&self) -> Json {
                encode_int(i128::from(*self))
            }
        }
    )+ };
}
ints!(i64, u64);

impl Encode for bool {
    fn encode(&self) -> Json {
        (*self).into()
    }
}

impl Encode for f64 {
    fn encode(&self) -> Json {
        json!({ "bits": format!("{:016x}", self.to_bits()) })
    }
}

impl Encode for String {
    fn encode(&self) -> Json {
        self.as_str().into()
    }
}

impl Encode for Bytes {
    fn encode(&self) -> Json {
        encode_bytes(self)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self) -> Json {
        self.as_ref().map_or(Json::Null, Encode::encode)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self) -> Json {
        encode_list(self.iter().map(Encode::encode).collect())
    }
}

impl Encode for Value {
    fn encode(&self) -> Json {
        match self {
            Self::Nil => Json::Null,
            Self::Bool(value) => value.encode(),
            Self::Int(value) => value.encode(),
            Self::UInt(value) => value.encode(),
            Self::Float(value) => value.encode(),
            Self::Str(text) => text.encode(),
            Self::Bin(bytes) => bytes.encode(),
            Self::List(values) => values.encode(),
            Self::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, value)| json!([key, value.encode()])).collect();
                json!({ "$dict": entries })
            }
            other => panic!("no encoding for {other:?}"),
        }
    }
}

impl Encode for atdata::DictSample {
    fn encode(&self) -> Json {
        let fields: Vec<_> = self.iter().map(|(key, value)| json!([key, value.encode()])).collect();
        json!({ "type": "DictSample", "fields": fields })
    }
}

impl<T: Element, D: Dimension> Encode for Array<T, D> {
    fn encode(&self) -> Json {
        DynArray::from_array(self).encode()
    }
}

impl Encode for DynArray {
    fn encode(&self) -> Json {
        let typestr = self.typestr();
        let mut array = json!({
            // ml_dtypes writes a byte order for its opaque elements, which numpy then drops.
            "dtype": typestr.replacen("<V", "|V", 1),
            "shape": self.shape(),
            "size": self.len(),
            "sha256": sha256(&little_endian(self)),
        });
        if typestr.starts_with('[') {
            array["dtype"] = format!("|V{}", self.item_size()).into();
            array["descr"] = typestr.into();
        }
        json!({ "$ndarray": array })
    }
}

/// The elements in C order, little-endian: decoded and written again, where Rust has a type for them.
fn little_endian(array: &DynArray) -> Vec<u8> {
    fn typed<T: Element>(array: &DynArray) -> Vec<u8> {
        DynArray::from_array(&array.to_array::<T, IxDyn>().unwrap()).data().to_vec()
    }
    match array.dtype() {
        Some(Dtype::Bool) => typed::<bool>(array),
        Some(Dtype::Int8) => typed::<i8>(array),
        Some(Dtype::Int16) => typed::<i16>(array),
        Some(Dtype::Int32) => typed::<i32>(array),
        Some(Dtype::Int64) => typed::<i64>(array),
        Some(Dtype::UInt8) => typed::<u8>(array),
        Some(Dtype::UInt16) => typed::<u16>(array),
        Some(Dtype::UInt32) => typed::<u32>(array),
        Some(Dtype::UInt64) => typed::<u64>(array),
        Some(Dtype::Float16) => typed::<f16>(array),
        Some(Dtype::Float32) => typed::<f32>(array),
        Some(Dtype::Float64) => typed::<f64>(array),
        Some(Dtype::Complex64) => typed::<Complex<f32>>(array),
        Some(Dtype::Complex128) => typed::<Complex<f64>>(array),
        Some(dtype) => panic!("no type for {dtype}"),
        None => {
            assert!(!array.typestr().starts_with('>'), "no fixture has {}", array.typestr());
            array.data().to_vec()
        }
    }
}
