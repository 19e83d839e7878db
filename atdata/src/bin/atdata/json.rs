//! Values as JSON. What JSON does not have is written as the help of `atdata head` says.

use std::io::{self, Write};

use atdata::{DynArray, Group, PackField as _, Value as Field, is_printable};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::array::{Scalar, first};

const SHOWN_ELEMENTS: usize = 8;

/// Writes one line of JSON, as [`line`] makes it, piece by piece.
pub(crate) fn write_line(out: &mut impl Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer(Escaping(&mut *out), value)?;
    out.write_all(b"\n")
}

/// Escapes what terminals would take for their own.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A parser of JSON never divides a character.
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(is_raw) => self.0.write_all(escaped_raw(text).as_bytes())?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// One line of JSON. What JSON need not escape is escaped where it is [none to show on a terminal](is_printable).
pub(crate) fn line(value: &Value) -> String {
    let text = value.to_string();
    if text.contains(is_raw) { escaped_raw(&text) } else { text }
}

/// They can only be inside strings, and all of them are below U+10000.
fn escaped_raw(text: &str) -> String {
    let escape = |c: char| if is_raw(c) { format!("\\u{:04x}", u32::from(c)) } else { c.into() };
    text.chars().map(escape).collect()
}

/// What JSON itself does not escape, though it is not to be shown.
fn is_raw(c: char) -> bool {
    (!c.is_ascii_control() || c == '\u{7f}') && !is_printable(c)
}

/// Whether there is memory for the values of a sample, and what JSON makes of them.
pub(crate) fn has_room(group: &Group) -> bool {
    let mut room = Vec::<u8>::new();
    let is_there = room.try_reserve_exact(group.packed_size().saturating_mul(3)).is_ok();
    std::hint::black_box(&room);
    is_there
}

/// A sample: its key, then its fields in order.
pub(crate) fn sample<'a>(key: &str, fields: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let mut object = Map::new();
    object.insert("__key__".to_owned(), key.into());
    for (name, value) in fields {
        let name = if name == "__key__" { "$__key__".to_owned() } else { escaped(name) };
        object.insert(name, value);
    }
    Value::Object(object)
}

/// `$` at the front of a name is ours: `$bytes`, `$error`, `$__key__`.
fn escaped(name: &str) -> String {
    if name.starts_with('$') { format!("${name}") } else { name.to_owned() }
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    json!({ "$bytes": BASE64_STANDARD.encode(bytes) })
}

pub(crate) fn field(value: &Field) -> Value {
    match value {
        Field::Nil => Value::Null,
        Field::Bool(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::UInt(value) => (*value).into(),
        Field::Float(value) => float(*value),
        Field::Str(text) => text.as_str().into(),
        Field::Bin(data) => match value.as_array() {
            Some(Ok(found)) => array(&found),
            Some(Err(error)) => json!({ "$error": format!("{error:#}") }),
            None => bytes(data),
        },
        Field::List(items) => items.iter().map(field).collect(),
        Field::Map(entries) => entries.iter().map(|(key, value)| (escaped(key), field(value))).collect(),
        other => json!({ "$error": format!("unknown kind of value: {}", other.kind()) }),
    }
}

fn array(array: &DynArray) -> Value {
    let values: Value = first(array, SHOWN_ELEMENTS).iter().map(scalar).collect();
    json!({ "dtype": array.typestr(), "shape": array.shape(), "values": values })
}

fn scalar(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Bool(value) => (*value).into(),
        Scalar::Int(value) => (*value).into(),
        Scalar::UInt(value) => (*value).into(),
        Scalar::Float(value) => float(value.exact),
        Scalar::Complex(re, im) => json!([float(re.exact), float(im.exact)]),
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Bytes(data) => bytes(data),
    }
}

fn float(value: f64) -> Value {
    if value.is_finite() {
        return value.into();
    }
    let name = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped_as_in_text() {
        let text = "a\u{61c}b\u{200b}\u{200c}\u{2060}\u{feff}\u{202e}\u{7f}\u{85}\n";
        let escaped = r#""a\u061cb\u200b\u200c\u2060\ufeff\u202e\u007f\u0085\n""#;
        assert_eq!(line(&text.into()), escaped);
        let mut out = Vec::new();
        write_line(&mut out, &text.into()).unwrap();
        assert_eq!(String::from_utf8_lossy(&out), format!("{escaped}\n"));
        assert_eq!(serde_json::from_str::<Value>(escaped).ok().as_ref().and_then(Value::as_str), Some(text));
        assert_eq!(line(&"é👩\u{200d}👩".into()), "\"é👩\u{200d}👩\"");
    }

    #[test]
    fn numbers_are_exact_or_named() {
        let numbers = [
            Field::from(u64::MAX),
            i64::MIN.into(),
            0.1.into(),
            1.5.into(),
            f64::NAN.into(),
            f64::NEG_INFINITY.into(),
            (-0.0).into(),
        ];
        assert_eq!(
            line(&field(&Field::List(numbers.into()))),
            r#"[18446744073709551615,-9223372036854775808,0.1,1.5,"NaN","-Infinity",-0.0]"#
        );
    }

    #[test]
    fn names_of_the_sample_do_not_collide_with_ours() {
        let names = ["__key__", "$__key__", "a", "$bytes"];
        let sample = sample("k", names.into_iter().map(|name| (name, Value::Null)));
        assert_eq!(line(&sample), r#"{"__key__":"k","$__key__":null,"$$__key__":null,"a":null,"$$bytes":null}"#);
        let map = Field::Map(vec![("$bytes".into(), Field::Nil)]);
        assert_eq!(line(&field(&map)), r#"{"$$bytes":null}"#);
    }

    #[test]
    fn terminals_see_no_control_characters() {
        assert_eq!(line(&field(&"\u{1b}\u{9b}\u{7f}é".into())), r#""\u001b\u009b\u007fé""#);
    }
}
