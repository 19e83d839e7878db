//! Text of JSON as a value, without a tree of the parser's between them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use serde_core::Deserializer;
use serde_core::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use crate::sample::Value;

/// The value of the text: of a name that a map has twice the last, in the place of the first, as in Python and in the parser's
/// own trees.
pub(super) fn parse(content: &[u8]) -> serde_json::Result<Value> {
    let mut text = serde_json::Deserializer::from_slice(content);
    let value = text.deserialize_any(Plain { spells_numbers: *SPELLS_NUMBERS })?;
    text.end()?;
    Ok(value)
}

/// Whether the parser gives numbers as texts in maps of one name, which other features of a program decide.
static SPELLS_NUMBERS: LazyLock<bool> = LazyLock::new(|| serde_json::from_str::<serde_json::Number>("1e999").is_ok());

/// Any value, as it is said.
#[derive(Clone, Copy)]
struct Plain {
    spells_numbers: bool,
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Str(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.spells_numbers && name == Value::NUMBER {
                let number: String = map.next_value()?;
                return Value::of_number(&number).ok_or_else(|| A::Error::custom("number out of range"));
            }
            entries.push((name, map.next_value_seed(self)?));
        }
        Ok(Value::Map(if has_twice(&entries) { last_of_each(entries) } else { entries }))
    }
}

/// Whether a name is there twice.
fn has_twice(entries: &[(String, Value)]) -> bool {
    /// So many are held against each other faster than they are hashed.
    const FEW: usize = 16;
    if entries.len() > FEW {
        let mut names = HashSet::with_capacity(entries.len());
        return !entries.iter().all(|(name, _)| names.insert(name));
    }
    let mut rest = entries;
    while let [(name, _), others @ ..] = rest {
        if others.iter().any(|(other, _)| other == name) {
            return true;
        }
        rest = others;
    }
    false
}

/// The entries without those whose name comes again: its last value stands in their place.
#[cold]
fn last_of_each(entries: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut places = HashMap::with_capacity(entries.len());
    let mut kept = Vec::<(String, Value)>::with_capacity(entries.len());
    for (name, value) in entries {
        match places.get(&name).and_then(|at| kept.get_mut(*at)) {
            Some((_, earlier)) => *earlier = value,
            None => {
                places.insert(name.clone(), kept.len());
                kept.push((name, value));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_core::de::value::MapDeserializer;

    use super::*;

    #[test]
    fn it_is_what_the_tree_of_the_parser_says() {
        let many: Vec<_> = (0..40).map(|at| format!("\"n{}\":{at}", at % 33)).collect();
        let many = format!("{{{}}}", many.join(","));
        for text in [
            r#"{"a":1,"b":[null,true,"x\u0041",1.5,-3,18446744073709551615],"a":{"c":2,"c":3},"d":{}}"#,
            r#" [ [] , {} , "" , 18446744073709551616 , 1e300 , -0.0, -9223372036854775808 ] "#,
            &many,
            "7",
        ] {
            let tree = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text.as_bytes()).unwrap(), Value::from_json(&tree).unwrap(), "{text}");
        }
    }

    /// As the parser gives them with `arbitrary_precision`, which a test cannot ask for without all others.
    #[test]
    fn numbers_are_read_of_their_texts_where_the_parser_gives_those() {
        let read = |text: &'static str, spells_numbers| {
            let map = MapDeserializer::<_, serde_json::Error>::new(std::iter::once((Value::NUMBER, text)));
            Plain { spells_numbers }.deserialize(map)
        };
        for (text, expected) in [
            ("3", Value::Int(3)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("18446744073709551615", Value::UInt(u64::MAX)),
            ("18446744073709551616", Value::Float(18_446_744_073_709_551_616.0)),
            ("0.1", Value::Float(0.1)),
        ] {
            assert_eq!(read(text, true).unwrap(), expected);
        }
        // It is read as Python reads it, behind the error.
        assert_eq!(read("1e999", true).unwrap_err().to_string(), "number out of range");
        assert_eq!(read("3", false).unwrap().get(Value::NUMBER), Some(&Value::from("3")));
    }

    #[test]
    fn it_is_refused_with_the_same_words() {
        let deep = "[".repeat(200);
        for text in ["", "{", "[1,]", "1 2", "1e999", "nul", "\"\u{1}\"", "{\"a\" 1}", "{1:2}", "[\"\\ud800\"]", &deep]
        {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), error.to_string(), "{text}");
        }
    }
}
