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
        let json: serde_json::Value = serde_json::from_slice(content).map_err(|error| {
            let mut damaged = damaged(error.into());
            if let MemberError::Damaged { expected, .. } = &mut damaged
                && words(content).any(|word| matches!(word, b"NaN" | b"Infinity" | b"-Infinity"))
            {
                *expected = "JSON, which has no NaN and no Infinity as Python writes them,";
            }
            damaged
        })?;
        // The parser makes floats of them.
        if let Some(number) = words(content).find(|word| is_large(word)) {
            let found = String::from_utf8_lossy(number).into_owned();
            let name = wanted.name.to_owned();
            return Err(MemberError::Content { name, expected: "integers of at most 64 bits", found }.into());
        }
        Ok(Value::from_json(&json).ok_or_else(|| damaged("a number is too large".into()))?)
    }

    fn encode(&self, value: &Value, wanted: Wanted<'_>) -> Result<Bytes> {
        let unwritable = |found, advice| MemberError::Unwritable { name: wanted.name.to_owned(), found, advice };
        if matches!(super::inner(&wanted.field_type), atdata_schema::FieldType::Bytes) {
            // The text of the member itself.
            let Value::Bin(bytes) = value else {
                return Err(unwritable(value.kind(), "as bytes it is read as they are").into());
            };
            return Ok(bytes.clone());
        }
        if let Some(found) = without_json(value) {
            return Err(unwritable(found, "write it to a member of its own, or name a `msgpack` one").into());
        }
        let json = value.to_json().unwrap_or_default();
        let text = serde_json::to_vec(&json).map_err(|_| unwritable(value.kind(), "name a `msgpack` member"))?;
        Ok(text.into())
    }
}

/// The numbers and names of a text of JSON: what stands in no string, between its signs.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut in_string, mut is_escaped) = (false, false);
    let is_apart = move |byte: &u8| {
        let was_string = in_string;
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_string,
            b'"' => in_string = !in_string,
            _ => {}
        }
        was_string || !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    text.split(is_apart).filter(|word| !word.is_empty())
}

/// Whether it is an integer that no value has.
fn is_large(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    // Fewer digits always fit.
    digits.len() >= 19
        && digits.iter().all(u8::is_ascii_digit)
        && std::str::from_utf8(word).is_ok_and(|word| word.parse::<i64>().is_err() && word.parse::<u64>().is_err())
}

/// What in the value has no form in JSON.
fn without_json(value: &Value) -> Option<&'static str> {
    match value {
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
        for text in ["", "{", "{\"a\":nan}", "1 2", "{\"NaN\" 1}"] {
            let error = Json.decode(&Bytes::from_static(text.as_bytes()), wanted).unwrap_err();
            assert_eq!(error.to_string(), "expected JSON in the member `json`");
        }
        for text in ["{\"a\":NaN}", "[1,-Infinity]", "[\"\\\"\", Infinity]"] {
            let error = Json.decode(&Bytes::from_static(text.as_bytes()), wanted).unwrap_err();
            let expected =
                "expected JSON, which has no NaN and no Infinity as Python writes them, in the member `json`";
            assert_eq!(error.to_string(), expected);
        }
        for number in ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"] {
            let error = Json.decode(&format!("{{\"a\":[{number}]}}").into(), wanted).unwrap_err();
            let expected = format!("expected integers of at most 64 bits in the member `json`, found \"{number}\"");
            assert_eq!(error.to_string(), expected);
        }
        let text = r#"["18446744073709551616",-9223372036854775808,1.8446744073709551616,1e300]"#;
        assert!(Json.decode(&Bytes::from_static(text.as_bytes()), wanted).is_ok());
        let deep = "[".repeat(100_000);
        assert!(Json.decode(&deep.into(), wanted).is_err());
        let error = Json.encode(&Value::from_iter([f64::NAN]), wanted).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a member `json` cannot hold NaN; write it to a member of its own, or name a `msgpack` one"
        );
        let nested = Value::from_iter([Value::from(vec![1_u8])]);
        assert!(Json.encode(&nested, wanted).unwrap_err().to_string().contains("cannot hold bytes"));
        // Without a type bytes would be read as the JSON that they may be; with one they are that text.
        let text = Value::from(&b"{}"[..]);
        assert!(Json.encode(&text, wanted).unwrap_err().to_string().contains("cannot hold bytes"));
        let as_bytes = Wanted::new("json", FieldType::Bytes);
        assert_eq!(Json.decode(&Json.encode(&text, as_bytes).unwrap(), as_bytes).unwrap(), text);
    }

    #[test]
    fn floats_come_back_to_the_last_digit() {
        let wanted = Wanted::new("json", FieldType::Any);
        for number in [0.1 + 0.2, 5e-324, 1.797_693_134_862_315_7e308, 2.638_344_616_030_823_e-256, -0.0] {
            let back = Json.decode(&Json.encode(&Value::Float(number), wanted).unwrap(), wanted).unwrap();
            assert_eq!(back.as_f64().map(f64::to_bits), Some(number.to_bits()));
        }
    }
}
