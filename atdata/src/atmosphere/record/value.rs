//! Values of msgpack as JSON of the network, and back.

use atdata_schema::reading::Problems;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Number, Value as Json, json};

use crate::sample::{DictSample, Value};
use atdata_schema::Problem;

/// The network leaves padding out, Python demands it: written with, read either way.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const BYTES: &str = "$bytes";

pub(super) fn bytes_to_json(bytes: &[u8]) -> Json {
    json!({BYTES: BASE64.encode(bytes)})
}

/// The base 64 of `{"$bytes": …}`, if it is that.
pub(super) fn base64_of(value: &Json) -> Option<&str> {
    value.get(BYTES)?.as_str()
}

pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// The fields as members of an object; of a field that is there twice the last counts.
pub(super) fn sample_to_json(sample: &DictSample, pointer: &str, problems: &mut Problems) -> Map<String, Json> {
    members(sample.iter(), pointer, problems)
}

fn members<'a>(
    entries: impl Iterator<Item = (&'a str, &'a Value)>,
    pointer: &str,
    problems: &mut Problems,
) -> Map<String, Json> {
    let mut map = Map::new();
    for (key, value) in entries {
        let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        map.insert(key.to_owned(), to_json(value, &pointer, problems));
    }
    map
}

fn to_json(value: &Value, pointer: &str, problems: &mut Problems) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::UInt(value) => (*value).into(),
        Value::Float(value) => Number::from_f64(*value).map_or_else(
            || {
                let problem = Problem::new(pointer.to_owned(), "a finite number", value.to_string());
                problems.push(problem);
                Json::Null
            },
            Json::from,
        ),
        Value::Str(text) => text.as_str().into(),
        Value::Bin(bytes) => bytes_to_json(bytes),
        Value::List(values) => {
            let values = values.iter().enumerate();
            values.map(|(at, value)| to_json(value, &format!("{pointer}/{at}"), problems)).collect()
        }
        Value::Map(entries) => {
            members(entries.iter().map(|(key, value)| (key.as_str(), value)), pointer, problems).into()
        }
    }
}

/// What `{"$bytes": …}` stands for is bytes; other objects are maps.
pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => Value::UInt(value),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::Str(text.clone()),
        Json::Array(values) => Value::List(values.iter().map(from_json).collect()),
        Json::Object(members) => {
            let bytes = base64_of(json).filter(|_| members.len() == 1).and_then(decode_base64);
            bytes.map_or_else(
                || Value::Map(members.iter().map(|(key, value)| (key.clone(), from_json(value))).collect()),
                |bytes| Value::Bin(bytes.into()),
            )
        }
    }
}
