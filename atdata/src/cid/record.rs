//! Records as servers hash them: a `$link` of their JSON is a CID there, and `$bytes` are bytes.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ipld_core::ipld::Ipld;
use serde_json::{Map, Value};

/// As servers write it, without padding, and as others do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The DAG-CBOR of a record; `Err` says why it has none.
pub(super) fn dag_cbor(record: &Value) -> Result<Vec<u8>, String> {
    serde_ipld_dagcbor::to_vec(&ipld(record)?).map_err(|error| error.to_string())
}

fn ipld(value: &Value) -> Result<Ipld, String> {
    Ok(match value {
        Value::Null => Ipld::Null,
        Value::Bool(value) => Ipld::Bool(*value),
        Value::Number(number) => match (number.as_i128(), number.as_f64()) {
            (Some(number), _) => Ipld::Integer(number),
            (None, Some(number)) => Ipld::Float(number),
            (None, None) => return Err(format!("the number {number} has none")),
        },
        Value::String(text) => Ipld::String(text.clone()),
        Value::Array(items) => Ipld::List(items.iter().map(ipld).collect::<Result<_, _>>()?),
        Value::Object(members) => match only_text(members) {
            Some(("$link", text)) => {
                let cid = text.parse::<::cid::Cid>();
                Ipld::Link(cid.map_err(|error| format!("expected a CID in `$link`, found {text:?}: {error}"))?)
            }
            Some(("$bytes", text)) => {
                let bytes = BASE64.decode(text);
                Ipld::Bytes(bytes.map_err(|error| format!("expected base64 in `$bytes`, found {text:?}: {error}"))?)
            }
            _ => {
                let member = |(key, value): (&String, &Value)| Ok((key.clone(), ipld(value)?));
                Ipld::Map(members.iter().map(member).collect::<Result<_, String>>()?)
            }
        },
    })
}

fn only_text(members: &Map<String, Value>) -> Option<(&str, &str)> {
    let (key, value) = members.iter().next().filter(|_| members.len() == 1)?;
    Some((key, value.as_str()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::cid::Cid;

    fn cid(record: &Value) -> String {
        Cid::of_record(record).unwrap().to_string()
    }

    #[test]
    fn without_links_and_bytes_it_is_the_cid_of_the_value() {
        for record in [json!({}), json!({"b": 1, "a": -2, "aa": [3.5, null, true]}), json!({"n": u64::MAX})] {
            assert_eq!(cid(&record), Cid::of(&record).unwrap().to_string());
        }
    }

    /// The AT Protocol's own test vectors of its data model.
    #[test]
    fn links_and_bytes_are_what_they_are_to_a_server() {
        let vectors = [
            (
                json!({
                    "string": "abc", "unicode": "a~öñ©⽘☎𓋓😀👨‍👩‍👧‍👧", "integer": 123, "bool": true, "null": null,
                    "array": ["abc", "def", "ghi"],
                    "object": {"string": "abc", "number": 123, "bool": true, "arr": ["abc", "def", "ghi"]}
                }),
                "bafyreiclp443lavogvhj3d2ob2cxbfuscni2k5jk7bebjzg7khl3esabwq",
            ),
            (
                json!({
                    "a": {"$link": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"},
                    "b": {"$bytes": "nFERjvLLiw9qm45JrqH9QTzyC2Lu1Xb4ne6+sBrCzI0"},
                    "c": {
                        "$type": "blob",
                        "ref": {"$link": "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"},
                        "mimeType": "image/jpeg",
                        "size": 10000
                    }
                }),
                "bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm",
            ),
        ];
        for (record, expected) in vectors {
            assert_eq!(cid(&record), expected);
        }
        let padded = json!({"a": {"$bytes": "nFERjvLLiw9qm45JrqH9QTzyC2Lu1Xb4ne6+sBrCzI0="}});
        let bare = json!({"a": {"$bytes": "nFERjvLLiw9qm45JrqH9QTzyC2Lu1Xb4ne6+sBrCzI0"}});
        assert_eq!(cid(&padded), cid(&bare));
        let error = |record: &Value| Cid::of_record(record).unwrap_err().to_string();
        assert!(error(&json!({"$link": "bafy"})).contains("expected a CID in `$link`, found \"bafy\""));
        assert!(error(&json!({"$bytes": "a"})).contains("expected base64 in `$bytes`, found \"a\""));
    }
}
