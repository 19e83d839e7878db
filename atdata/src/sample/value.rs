//! Values without a type: what msgpack says, and no more.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use atdata_schema::FieldType;
use bytes::Bytes;
use ndarray::{Array, Dimension};

use crate::array::{ArraySpec, DynArray, Element};
use crate::error::{Result, copied_text, push};
use crate::sample::cursor::Head;
use crate::sample::encode::{
    write_bin, write_bool, write_f64, write_i64, write_map_len, write_nil, write_str, write_u64,
};
use crate::sample::field::check_len;
use crate::sample::{Cursor, PackField};

/// Any value that a sample can hold. Maps keep their order, so that packing gives the bytes that were read.
///
/// Values of one byte, such as nulls in a list, take some 40 bytes here, and entries of a map some 60: a sample of strangers
/// may take thirty times its size. [`ReadOptions::max_member`](crate::ReadOptions::max_member) bounds that size.
#[derive(Clone)]
#[non_exhaustive]
pub enum Value {
    /// Null.
    Nil,
    /// True or false.
    Bool(bool),
    /// An integer up to `i64::MAX`.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// A double.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes, which may be an [array](Self::as_array).
    Bin(Bytes),
    /// A list.
    List(Vec<Self>),
    /// A map, in the order of the bytes.
    Map(Vec<(String, Self)>),
}

/// An integer is equal to another of the same number, be it written with a sign or not: they are the same bytes.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nil, Self::Nil) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::UInt(one), Self::UInt(two)) => one == two,
            (Self::Int(signed), Self::UInt(unsigned)) | (Self::UInt(unsigned), Self::Int(signed)) => {
                u64::try_from(*signed) == Ok(*unsigned)
            }
            (Self::Float(one), Self::Float(two)) => one == two,
            (Self::Str(one), Self::Str(two)) => one == two,
            (Self::Bin(one), Self::Bin(two)) => one == two,
            (Self::List(one), Self::List(two)) => one == two,
            (Self::Map(one), Self::Map(two)) => one == two,
            _ => false,
        }
    }
}

impl Value {
    /// The array that these bytes are: `None` if they do not look like one, an error if they do and are damaged.
    pub fn as_array(&self) -> Option<Result<DynArray>> {
        match self {
            Self::Bin(bytes) if DynArray::is_array(bytes) => Some(DynArray::from_shared(bytes)),
            _ => None,
        }
    }

    /// The value for a key of a map, the last one if the key is there twice.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one up to `i64::MAX`.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::UInt(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The number, if it is one: a float, or an integer that Python wrote where a float was meant.
    #[expect(clippy::cast_precision_loss, reason = "what reading it as a float field does as well")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Int(value) => Some(*value as f64),
            Self::UInt(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is one and not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::UInt(value) => Some(*value),
            _ => None,
        }
    }

    /// The bytes, if it is bytes; an array is bytes as well.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bin(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The values of a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }

    /// The entries of a map.
    pub fn as_map(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value in JSON, which has no form for bytes and arrays; only of none at all is it clear which those are. What is
    /// no number to JSON is text.
    #[cfg(feature = "json")]
    pub(crate) fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Self::Nil => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::UInt(value) => (*value).into(),
            Self::Float(value) => match serde_json::Number::from_f64(*value) {
                Some(number) => number.into(),
                None => value.to_string().into(),
            },
            Self::Str(text) => text.as_str().into(),
            Self::Bin(bytes) if bytes.is_empty() => "".into(),
            Self::Bin(_) => return None,
            Self::List(values) => values.iter().map(Self::to_json).collect::<Option<Vec<_>>>()?.into(),
            Self::Map(entries) => {
                let entry = |(key, value): &(String, Self)| Some((key.clone(), value.to_json()?));
                entries.iter().map(entry).collect::<Option<serde_json::Map<_, _>>>()?.into()
            }
        })
    }

    /// The value that JSON has in that form.
    #[cfg(any(feature = "records", all(feature = "json", test)))]
    pub(crate) fn from_json(json: &serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;

        Some(match json {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(value), ..) => Self::Int(value),
                (_, Some(value), _) => Self::UInt(value),
                (.., value) => Self::Float(value?),
            },
            Json::String(text) => Self::Str(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect::<Option<_>>()?),
            Json::Object(members) => {
                let entry = |(key, value): (&String, &Json)| Some((key.clone(), Self::from_json(value)?));
                Self::Map(members.iter().map(entry).collect::<Option<_>>()?)
            }
        })
    }

    /// The number that a text of JSON says. A program any of whose libraries asks `serde_json` for `arbitrary_precision` gets all
    /// numbers from it as texts, in maps of this name alone.
    #[cfg(any(feature = "json", feature = "serde"))]
    pub(crate) fn of_number(text: &str) -> Option<Self> {
        let float = || text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Float);
        text.parse().map(Self::Int).or_else(|_| text.parse().map(Self::UInt)).ok().or_else(float)
    }

    /// See [`of_number`](Self::of_number).
    #[cfg(any(feature = "json", feature = "serde"))]
    pub(crate) const NUMBER: &str = "$serde_json::private::Number";

    /// What kind of value it is, in one word: `int`, `str`, `array`, ….
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::UInt(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::Bin(bytes) if DynArray::is_array(bytes) => "array",
            Self::Bin(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }
}

impl PackField for Value {
    const TYPE: FieldType = FieldType::Any;
    const OPTIONAL: bool = true;
    type Column = Vec<Self>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        Ok(match cursor.head()? {
            Head::Nil => Self::Nil,
            Head::Bool(value) => Self::Bool(value),
            Head::Int(value) => Self::Int(value),
            Head::UInt(value) => i64::try_from(value).map_or(Self::UInt(value), Self::Int),
            Head::Float(value) => Self::Float(value),
            Head::Str(len) => Self::Str(copied_text(cursor.take_str(len)?)?),
            Head::Bin(len) => {
                let bytes = cursor.take(len)?;
                Self::Bin(cursor.share(bytes)?)
            }
            Head::List(len) => Self::List(cursor.nested_elements(len, |cursor| read_list(cursor, len))?),
            Head::Map(len) => Self::Map(cursor.nested_elements(len, |cursor| read_map(cursor, len))?),
        })
    }

    fn packed_size(&self) -> usize {
        match self {
            Self::Str(text) => text.len() + 5,
            Self::Bin(bytes) => bytes.len() + 5,
            Self::List(values) => values.iter().map(Self::packed_size).fold(5, usize::saturating_add),
            Self::Map(entries) => {
                let sizes = entries.iter().map(|(key, value)| key.len() + 5 + value.packed_size());
                sizes.fold(5, usize::saturating_add)
            }
            _ => 9,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nil => write_nil(out),
            Self::Bool(value) => write_bool(*value, out),
            Self::Int(value) => write_i64(*value, out),
            Self::UInt(value) => write_u64(*value, out),
            Self::Float(value) => write_f64(*value, out),
            Self::Str(text) => write_str(text, out),
            Self::Bin(bytes) => write_bin(bytes, out),
            Self::List(values) => Self::write_list(values, out),
            Self::Map(entries) => write_map(entries, out),
        }
    }

    /// No array is declared inside a value of any type, so there is no shape to hold against one.
    fn check(&self, spec: ArraySpec) -> Result<()> {
        match self {
            Self::Str(text) => check_len(text.len()),
            Self::Bin(bytes) => check_len(bytes.len()),
            Self::List(values) => {
                let spec = spec.nested(values.len())?;
                check_len(values.len())?;
                values.iter().try_for_each(|value| value.check(spec))
            }
            Self::Map(entries) => {
                let spec = spec.nested(entries.len())?;
                check_len(entries.len())?;
                entries.iter().try_for_each(|(key, value)| check_len(key.len()).and_then(|()| value.check(spec)))
            }
            _ => Ok(()),
        }
    }
}

fn read_list(cursor: &mut Cursor<'_>, len: usize) -> Result<Vec<Value>> {
    let mut values = Vec::with_capacity(cursor.trusted_len::<Value>(len));
    for index in 0..len {
        push(&mut values, Value::read(cursor).map_err(|error| error.in_element(index))?)?;
    }
    Ok(values)
}

fn read_map(cursor: &mut Cursor<'_>, len: usize) -> Result<Vec<(String, Value)>> {
    let mut entries = Vec::with_capacity(cursor.trusted_len::<(String, Value)>(len));
    for _ in 0..len {
        let key = cursor.read_key()?;
        let value = Value::read(cursor).map_err(|error| error.in_entry(key))?;
        push(&mut entries, (copied_text(key)?, value))?;
    }
    Ok(entries)
}

fn write_map(entries: &[(String, Value)], out: &mut Vec<u8>) {
    write_map_len(entries.len(), out);
    for (key, value) in entries {
        write_str(key, out);
        value.write(out);
    }
}

macro_rules! value_from {
    ($($t:ty => |$v:ident| $value:expr;)+) => { $(
        impl From<$t> for Value {
            fn from($v: $t) -> Self {
                $value
            }
        }
    )+ };
}
value_from! {
    bool => |v| Self::Bool(v);
    i8 => |v| Self::Int(v.into());
    i16 => |v| Self::Int(v.into());
    i32 => |v| Self::Int(v.into());
    i64 => |v| Self::Int(v);
    u8 => |v| Self::Int(v.into());
    u16 => |v| Self::Int(v.into());
    u32 => |v| Self::Int(v.into());
    u64 => |v| i64::try_from(v).map_or(Self::UInt(v), Self::Int);
    f32 => |v| Self::Float(v.into());
    f64 => |v| Self::Float(v);
    &str => |v| Self::Str(v.to_owned());
    &String => |v| Self::Str(v.clone());
    String => |v| Self::Str(v);
    isize => |v| Self::Int(v as i64);
    usize => |v| Self::from(v as u64);
    Bytes => |v| Self::Bin(v);
    Vec<u8> => |v| Self::Bin(v.into());
    &[u8] => |v| Self::Bin(Bytes::copy_from_slice(v));
    Vec<Self> => |v| Self::List(v);
    Vec<bool> => |v| v.into_iter().collect();
    Vec<i32> => |v| v.into_iter().collect();
    Vec<i64> => |v| v.into_iter().collect();
    Vec<f32> => |v| v.into_iter().collect();
    Vec<f64> => |v| v.into_iter().collect();
    Vec<String> => |v| v.into_iter().collect();
    Vec<&str> => |v| v.into_iter().collect();
    &DynArray => |v| Self::Bin(v.to_bytes().into());
    DynArray => |v| Self::from(&v);
}

/// A list. Of bytes `Vec<u8>` makes bytes, and this a list of numbers.
impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// A map, in this order.
impl<K: Into<String>, V: Into<Self>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<V: Into<Self>> From<BTreeMap<String, V>> for Value {
    fn from(map: BTreeMap<String, V>) -> Self {
        map.into_iter().collect()
    }
}

/// In the order of the keys, so that equal maps make equal bytes.
impl<V: Into<Self>> From<HashMap<String, V>> for Value {
    fn from(map: HashMap<String, V>) -> Self {
        map.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nil, Into::into)
    }
}

impl<T: Element, D: Dimension> From<&Array<T, D>> for Value {
    fn from(array: &Array<T, D>) -> Self {
        Self::from(DynArray::from_array(array))
    }
}

/// As short as a reader needs it: `1`, `"text"`, `array<float32, [3]>`, `bytes[1024]`.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 32;
        match self {
            Self::Nil => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::UInt(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Str(text) => text.fmt(f),
            Self::Bin(bytes) => match self.as_array() {
                Some(Ok(array)) => array.fmt(f),
                _ if bytes.len() > SHOWN => write!(f, "bytes[{}]", bytes.len()),
                _ => bytes.fmt(f),
            },
            Self::List(values) => f.debug_list().entries(values).finish(),
            Self::Map(entries) => f.debug_map().entries(entries.iter().map(|(key, value)| (key, value))).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::sample::DictSample;

    #[test]
    fn an_array_is_one_in_every_spelling_of_its_dtype() {
        for name in ["<f4", "=f4", "f4", "float32", "single"] {
            let mut bytes = vec![u8::try_from(name.len()).unwrap()];
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&[1, 2, 0, 0, 0, 0, 0, 0, 0]);
            bytes.extend([1.5_f32, -2.0].iter().flat_map(|value| value.to_le_bytes()));
            let mut sample = DictSample::new();
            sample.insert("x", Value::Bin(bytes.clone().into()));
            assert_eq!(
                sample.array("x").unwrap().to_array::<f32, ndarray::Ix1>().unwrap().to_vec(),
                [1.5, -2.0],
                "{name}"
            );
            assert!(DynArray::is_array(&bytes), "{name}");
            bytes.pop();
            assert!(name == "<f4" || !DynArray::is_array(&bytes), "{name}");
        }
    }

    #[test]
    fn values_are_made_of_what_there_is() {
        let map = HashMap::from([("b".to_owned(), 2), ("a".to_owned(), 1)]);
        let expected = Value::Map(vec![("a".to_owned(), 1.into()), ("b".to_owned(), 2.into())]);
        assert_eq!((Value::from(map), Value::from_iter([("a", 1), ("b", 2)])), (expected.clone(), expected.clone()));
        assert_eq!(Value::from(DictSample::from_iter([("a", 1), ("b", 2)])), expected);
        assert_eq!(Value::from(BTreeMap::from([("a".to_owned(), "x")])).get("a").and_then(Value::as_str), Some("x"));
        assert_eq!(Value::from(vec![1.5, 2.0]), Value::List(vec![1.5.into(), 2.0.into()]));
        assert_eq!(Value::from(vec![1_u8, 2]), Value::Bin(Bytes::from_static(&[1, 2])), "bytes stay bytes");
        assert_eq!([Some(1_u8), None].into_iter().collect::<Value>(), Value::List(vec![1.into(), Value::Nil]));
    }

    #[test]
    fn integers_are_equal_by_number() {
        assert_eq!(Value::UInt(3), Value::Int(3));
        assert_ne!(Value::UInt(u64::MAX), Value::Int(-1));
        assert_eq!((Value::UInt(3).as_i64(), Value::UInt(u64::MAX).as_i64()), (Some(3), None));
    }
}
