//! Text: `txt` as it is, `cls` and its like as numbers.

use atdata_schema::FieldType;
use bytes::Bytes;

use super::content::{MemberCodec, Wanted};
use super::error::MemberError;
use super::inner;
use crate::error::{NoMemory, Result, copied, copied_text};
use crate::sample::Value;

/// Text, or what the field's type makes of it: numbers, booleans.
#[derive(Debug)]
pub(super) struct Text;

/// The number of a class or of a sample, in digits.
#[derive(Debug)]
pub(super) struct Label;

impl MemberCodec for Text {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        decode(content, wanted, FieldType::Str)
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        encode(value, wanted, FieldType::Str)
    }
}

impl MemberCodec for Label {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        decode(content, wanted, FieldType::Int)
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        encode(value, wanted, FieldType::Int)
    }
}

/// Without a type a label that is no number is text: Python would give up.
fn decode(content: &Bytes, wanted: Wanted<'_>, untyped: FieldType) -> Result<Value> {
    let field_type = match inner(&wanted.field_type) {
        FieldType::Bytes => return Ok(Value::Bin(content.clone())),
        FieldType::Any => untyped,
        field_type => *field_type,
    };
    let text = std::str::from_utf8(content).map_err(|source| MemberError::Damaged {
        name: wanted.name.to_owned(),
        expected: "text in UTF-8",
        source: source.into(),
    })?;
    let parsed = parse(text, &field_type, wanted.name);
    match (parsed, inner(&wanted.field_type)) {
        (Err(_), FieldType::Any) => Ok(Value::Str(copied_text(text)?)),
        (parsed, _) => parsed,
    }
}

/// The value of a text, for a field of that type.
pub(super) fn parse(text: &str, field_type: &FieldType, name: &str) -> Result<Value> {
    let trimmed = text.trim();
    let (value, expected) = match inner(field_type) {
        FieldType::Int => (integer(trimmed), "a whole number"),
        FieldType::Float => (trimmed.parse().ok().map(Value::Float), "a number"),
        FieldType::Bool => (boolean(trimmed), "`true` or `false`"),
        FieldType::Str | FieldType::Any => return Ok(Value::Str(copied_text(text)?)),
        // One of a few texts, which a line end is no part of.
        FieldType::Enum(_) => return Ok(Value::Str(copied_text(trimmed)?)),
        other => {
            return Err(MemberError::Kind {
                name: name.to_owned(),
                expected: "text",
                field_type: other.to_string(),
                advice: "give the field a text or number type, or name a `json` or `npy` member",
            }
            .into());
        }
    };
    value.ok_or_else(|| MemberError::Content { name: name.to_owned(), expected, found: text.to_owned() }.into())
}

fn integer(text: &str) -> Option<Value> {
    text.parse().ok().map(Value::Int).or_else(|| text.parse().ok().map(Value::UInt))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "True" | "1" => Some(Value::Bool(true)),
        "false" | "False" | "0" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn encode(value: &Value, wanted: Wanted<'_>, untyped: FieldType) -> Result<Bytes> {
    let field_type = inner(&wanted.field_type);
    if let (Value::Bin(bytes), FieldType::Bytes) = (value, field_type) {
        return Ok(bytes.clone());
    }
    let mut content = match value {
        Value::Str(text) => Some(copied(text.as_bytes())?),
        value => print(value).map(Bytes::from),
    };
    // Without a type a value is what its text says: no other one is written.
    if let (FieldType::Any, Some(text)) = (field_type, &content) {
        match decode(text, wanted, untyped) {
            Ok(back) if back.kind() == value.kind() => {}
            Err(error) if error.cause::<NoMemory>().is_some() => return Err(error),
            _ => content = None,
        }
    }
    content.ok_or_else(|| {
        MemberError::Unwritable {
            name: wanted.name.to_owned(),
            found: value.kind(),
            advice: "name a `json` or `mp` member",
        }
        .into()
    })
}

/// A value as text that [`parse`] reads back.
pub(super) fn print(value: &Value) -> Option<String> {
    Some(match value {
        Value::Str(text) => text.clone(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        // With a point, as Python writes it.
        Value::Float(value) => format!("{value:?}"),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(codec: &dyn MemberCodec, content: &'static [u8], field_type: FieldType) -> Result<Value> {
        codec.decode(&Bytes::from_static(content), Wanted::new("x", field_type))
    }

    #[test]
    fn a_label_is_a_number_as_python_reads_it() {
        for (content, expected) in [(&b"7"[..], 7), (b" 7\n", 7), (b"-3", -3), (b"+12", 12), (b"007", 7)] {
            assert_eq!(read(&Label, content, FieldType::Any).unwrap(), Value::Int(expected));
        }
        assert_eq!(read(&Label, b"18446744073709551615", FieldType::Int).unwrap(), Value::UInt(u64::MAX));
        assert_eq!(read(&Label, b"cat", FieldType::Str).unwrap(), Value::from("cat"));
        assert_eq!(read(&Label, b"cat", FieldType::Any).unwrap(), Value::from("cat"));
        let error = read(&Label, b"cat", FieldType::Int).unwrap_err();
        assert_eq!(error.to_string(), "expected a whole number in the member `x`, found \"cat\"");
    }

    #[test]
    fn text_is_what_the_field_wants_and_else_as_it_is() {
        assert_eq!(read(&Text, b" a cat\n", FieldType::Str).unwrap(), Value::from(" a cat\n"));
        assert_eq!(read(&Text, b"0.5\n", FieldType::Float).unwrap(), Value::Float(0.5));
        assert_eq!(read(&Text, b"True", FieldType::Bool).unwrap(), Value::Bool(true));
        assert_eq!(read(&Text, b"\xff", FieldType::Bytes).unwrap(), Value::from(&b"\xff"[..]));
        assert_eq!(read(&Text, b"train\n", FieldType::Enum(&["train"])).unwrap(), Value::from("train"));
        let error = read(&Text, b"\xff", FieldType::Str).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (
                crate::error::ErrorKind::Corrupt,
                "expected text in UTF-8 in the member `x`: invalid utf-8 sequence of 1 bytes from index 0"
            )
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let values = [
            (Value::from("a"), FieldType::Str),
            (Value::Int(-7), FieldType::Int),
            (Value::UInt(u64::MAX), FieldType::Int),
            (Value::Float(1.0), FieldType::Float),
            (Value::Float(f64::INFINITY), FieldType::Float),
            (Value::Bool(false), FieldType::Bool),
        ];
        for (value, field_type) in values {
            let content = Text.encode(&value, Wanted::new("x", field_type)).unwrap();
            assert_eq!(Text.decode(&content, Wanted::new("x", field_type)).unwrap(), value);
        }
        assert!(Text.encode(&Value::List(Vec::new()), Wanted::new("x", FieldType::Any)).is_err());
    }

    #[test]
    fn a_value_without_a_type_is_written_where_its_text_says_what_it_is() {
        let any = Wanted::new("x", FieldType::Any);
        assert_eq!(Text.encode(&"7".into(), any).unwrap(), "7");
        assert_eq!(Label.encode(&Value::Int(7), any).unwrap(), "7");
        assert_eq!(Label.encode(&"cat".into(), any).unwrap(), "cat");
        for value in [Value::Int(7), Value::Bool(true), Value::Float(1.0), Value::from(&b"a"[..]), Value::Nil] {
            let error = Text.encode(&value, any).unwrap_err().to_string();
            assert!(error.starts_with(&format!("a member `x` cannot hold {}", value.kind())), "{error}");
        }
        for value in [Value::from("007"), Value::Bool(true), Value::from(&b"7"[..])] {
            assert!(Label.encode(&value, any).is_err());
        }
    }
}
