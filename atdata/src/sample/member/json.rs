//! JSON members: maps, lists, nested samples.

use bytes::Bytes;

use super::content::{MemberCodec, Wanted};
use super::error::MemberError;
use crate::error::Result;
use crate::sample::Value;

/// What JSON says; it has no form for bytes and arrays.
#[derive(Debug)]
pub(super) struct Json;

impl MemberCodec for Json {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        if matches!(super::inner(&wanted.field_type), atdata_schema::FieldType::Bytes) {
            return Ok(Value::Bin(content.clone()));
        }
        let damaged = |source: Box<dyn std::error::Error + Send + Sync>| MemberError::Damaged {
            name: wanted.name.to_owned(),
            expected: "JSON",
            source,
        };
        let json: serde_json::Value = serde_json::from_slice(content).map_err(|error| damaged(error.into()))?;
        Ok(Value::from_json(&json).ok_or_else(|| damaged("a number is too large".into()))?)
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        if let Value::Bin(bytes) = value
            && !crate::array::DynArray::is_array(bytes)
        {
            return Ok(bytes.clone());
        }
        let unwritable = |found, advice| MemberError::Unwritable { name: wanted.name.to_owned(), found, advice };
        if let Some(found) = without_json(value) {
            return Err(unwritable(found, "write it to a member of its own, or name a `msgpack` one").into());
        }
        let json = value.to_json().unwrap_or_default();
        let text = serde_json::to_vec(&json).map_err(|_| unwritable(value.kind(), "name a `msgpack` member"))?;
        Ok(text.into())
    }
}

/// What in the value has no form in JSON.
fn without_json(value: &Value) -> Option<&'static str> {
    match value {
        Value::Bin(bytes) if bytes.is_empty() => None,
        Value::Bin(_) => Some(value.kind()),
        Value::Float(number) if number.is_nan() => Some("NaN"),
        Value::Float(number) if number.is_infinite() => Some("an infinite number"),
        Value::List(values) => values.iter().find_map(without_json),
        Value::Map(entries) => entries.iter().find_map(|(_, value)| without_json(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use atdata_schema::FieldType;

    use super::*;

    #[test]
    fn json_is_read_in_its_order_and_written_back() {
        let text =
            r#"{"url":"a","width":640,"big":18446744073709551615,"score":0.5,"tags":["x",null,true],"b":{"a":1}}"#;
        let wanted = Wanted::new("json", FieldType::Any);
        let value = Json.decode(&Bytes::from_static(text.as_bytes()), wanted).unwrap();
        assert_eq!(value.get("width"), Some(&Value::Int(640)));
        assert_eq!(Json.encode(&value, wanted).unwrap(), text.as_bytes());
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let wanted = Wanted::new("json", FieldType::Any);
        for text in ["", "{", "{\"a\":NaN}", "1 2"] {
            let error = Json.decode(&Bytes::from_static(text.as_bytes()), wanted).unwrap_err();
            assert_eq!(error.to_string(), "expected JSON in the member `json`");
        }
        let deep = "[".repeat(100_000);
        assert!(Json.decode(&deep.into(), wanted).is_err());
        let error = Json.encode(&Value::from_iter([f64::NAN]), wanted).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a member `json` cannot hold NaN; write it to a member of its own, or name a `msgpack` one"
        );
        let nested = Value::from_iter([Value::from(vec![1_u8])]);
        assert!(Json.encode(&nested, wanted).unwrap_err().to_string().contains("cannot hold bytes"));
    }
}
