//! Values and samples without a type, to and from serde.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde_core::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_core::ser::SerializeMap;
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

use crate::array::{DynArray, Float};
use crate::sample::cursor::MAX_DEPTH;
use crate::sample::{DictSample, Value};

/// As [the module](crate::serde) says: what msgpack says, in formats that people read with `$` for what those do not have.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let readable = serializer.is_human_readable();
        match self {
            Self::Nil => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::UInt(value) => serializer.serialize_u64(*value),
            Self::Float(value) => match Float::name(*value).filter(|_| readable) {
                Some(name) => tagged(serializer, FLOAT, name),
                None => serializer.serialize_f64(*value),
            },
            Self::Str(text) => serializer.serialize_str(text),
            Self::Bin(bytes) if !readable => serializer.serialize_bytes(bytes),
            Self::Bin(bytes) => {
                match self.as_array().and_then(Result::ok).filter(|array| array.to_bytes() == **bytes) {
                    Some(array) => tagged(serializer, ARRAY, &array),
                    // Bytes that only look like an array, or one in a form that would not be written again.
                    None => tagged(serializer, BYTES, &BASE64_STANDARD.encode(bytes)),
                }
            }
            Self::List(values) => serializer.collect_seq(values),
            Self::Map(entries) => {
                entries_to(serializer, readable, entries.iter().map(|(name, value)| (name.as_str(), value)))
            }
        }
    }
}

const BYTES: &str = "$bytes";
const ARRAY: &str = "$array";
const FLOAT: &str = "$float";

fn tagged<S: Serializer>(serializer: S, tag: &str, value: &(impl Serialize + ?Sized)) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

fn entries_to<'v, S: Serializer>(
    serializer: S,
    readable: bool,
    entries: impl ExactSizeIterator<Item = (&'v str, &'v Value)>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, value) in entries {
        if readable && name.starts_with('$') {
            map.serialize_entry(&format!("${name}"), value)?;
        } else {
            map.serialize_entry(name, value)?;
        }
    }
    map.end()
}

/// A map of the fields.
impl Serialize for DictSample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let readable = serializer.is_human_readable();
        let fields: Vec<_> = self.iter().collect();
        entries_to(serializer, readable, fields.into_iter())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let readable = deserializer.is_human_readable();
        deserializer.deserialize_any(Any { readable, depth: 0 })
    }
}

impl<'de> Deserialize<'de> for DictSample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let readable = deserializer.is_human_readable();
        match deserializer.deserialize_map(Any { readable, depth: 0 })? {
            Value::Map(fields) => Ok(fields.into_iter().collect()),
            other => Err(D::Error::custom(format!("expected a map of fields, found {}", other.kind()))),
        }
    }
}

/// A value at some depth.
#[derive(Clone, Copy)]
struct Any {
    readable: bool,
    depth: u16,
}

impl Any {
    fn inside<E: serde_core::de::Error>(self) -> Result<Self, E> {
        if self.depth + 1 >= MAX_DEPTH {
            return Err(E::custom(format!("values are nested more than {MAX_DEPTH} deep")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// What a name with a `$` stands for.
    fn tagged<'de, A: MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Value, A::Error> {
        let value = match tag {
            BYTES => {
                let text: String = map.next_value()?;
                Value::Bin(BASE64_STANDARD.decode(text).map_err(A::Error::custom)?.into())
            }
            ARRAY => Value::from(map.next_value::<DynArray>()?),
            FLOAT => {
                let name: String = map.next_value()?;
                let unknown = || A::Error::invalid_value(Unexpected::Str(&name), &"NaN, Infinity or -Infinity");
                Value::Float(Float::of_name(&name).ok_or_else(unknown)?)
            }
            Value::NUMBER => {
                let text: String = map.next_value()?;
                let unknown = || A::Error::invalid_value(Unexpected::Str(&text), &"a number");
                Value::of_number(&text).ok_or_else(unknown)?
            }
            _ => {
                let message = format!(
                    "{tag:?} stands for nothing: the names are $bytes, $array and $float, and that of an entry which begins with `$` has one more"
                );
                return Err(A::Error::custom(message));
            }
        };
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(more) => Err(A::Error::custom(format!("beside {tag:?} there can be no {more:?}"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that a sample can hold")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(bytes.into())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bin(Bytes::from(bytes)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        // What the format promises is not believed: elements that come make the list grow.
        let mut values = Vec::new();
        let inside = self.inside()?;
        while let Some(value) = list.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        let inside = self.inside()?;
        while let Some(name) = map.next_key::<String>()? {
            let name = match name.strip_prefix('$').filter(|_| self.readable) {
                Some(rest) if rest.starts_with('$') => rest.to_owned(),
                Some(_) if entries.is_empty() => return Self::tagged(&name, &mut map),
                Some(_) => return Err(A::Error::custom(format!("{name:?} stands alone in its map"))),
                None => name,
            };
            entries.push((name, map.next_value_seed(inside)?));
        }
        Ok(Value::Map(entries))
    }
}
