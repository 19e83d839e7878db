//! The content identifier of a record, as its server has it: JSON's `$link` is a CID there, and `$bytes` are bytes.
//!
//! Not that of `atdata::cid`: a program for records does not need a library for samples.

use multihash::Multihash;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const DAG_CBOR: u64 = 0x71;
const SHA2_256: u64 = 0x12;
/// The tag of a CID.
const LINK: [u8; 2] = [0xd8, 42];

/// The CID of a record's DAG-CBOR; `Err` says why it has none.
pub(crate) fn of(record: &Value) -> Result<String, String> {
    let mut bytes = Vec::new();
    write(record, &mut bytes).map_err(|error| format!("the record has no CID: {error}"))?;
    // The digest has room: 32 of 64 bytes.
    let hash = Multihash::<64>::wrap(SHA2_256, &Sha256::digest(bytes)).map_err(|error| error.to_string())?;
    Ok(::cid::Cid::new_v1(DAG_CBOR, hash).to_string())
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(value) => out.push(0xf4 | u8::from(*value)),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => head(0, number, out),
            (None, Some(number), _) => head(1, number.unsigned_abs() - 1, out),
            (None, None, Some(number)) => {
                out.push(0xfb);
                out.extend(number.to_be_bytes());
            }
            _ => return Err(format!("the number {number} has no form")),
        },
        Value::String(text) => {
            head(3, text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            items.iter().try_for_each(|item| write(item, out))?;
        }
        Value::Object(members) => match only_text(members) {
            Some(("$link", text)) => link(text, out)?,
            Some(("$bytes", text)) => {
                let bytes = base64(text).ok_or_else(|| format!("expected base64 in `$bytes`, found {text:?}"))?;
                head(2, bytes.len() as u64, out);
                out.extend(bytes);
            }
            _ => map(members, out)?,
        },
    }
    Ok(())
}

fn only_text(members: &Map<String, Value>) -> Option<(&str, &str)> {
    let (key, value) = members.iter().next().filter(|_| members.len() == 1)?;
    Some((key, value.as_str()?))
}

fn link(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let cid: ::cid::Cid =
        text.parse().map_err(|error| format!("expected a CID in `$link`, found {text:?}: {error}"))?;
    let bytes = cid.to_bytes();
    out.extend(LINK);
    head(2, bytes.len() as u64 + 1, out);
    // The prefix of a CID in binary.
    out.push(0);
    out.extend(bytes);
    Ok(())
}

/// In the order of the keys' lengths, then their bytes.
fn map(members: &Map<String, Value>, out: &mut Vec<u8>) -> Result<(), String> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_by_key(|(key, _)| (key.len(), *key));
    head(5, sorted.len() as u64, out);
    for (key, value) in sorted {
        head(3, key.len() as u64, out);
        out.extend_from_slice(key.as_bytes());
        write(value, out)?;
    }
    Ok(())
}

/// The shortest head of an item: its kind and its number.
fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    let (info, width) = match number {
        0..=23 => return out.push(major | bytes[7]),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major | info);
    out.extend(bytes.iter().skip(8 - width));
}

/// Base64 of RFC 4648, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.as_bytes().chunks(4) {
        let bits = group.iter().try_fold(0_u32, |bits, digit| Some(bits << 6 | digit_of(*digit)?))?;
        let [_, first, second, third] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        match group.len() {
            4 => bytes.extend([first, second, third]),
            3 => bytes.extend([first, second]),
            2 => bytes.push(first),
            _ => return None,
        }
    }
    Some(bytes)
}

fn digit_of(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn cids_are_those_of_python() {
        assert_eq!(super::of(&json!({})).unwrap(), "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
        let record = json!({"b": 1, "a": 2, "aa": 3});
        assert_eq!(super::of(&record).unwrap(), "bafyreihikbjp4lwurexf3sv44sotvp23hra42a5sz3ebo5hfwoewzhqc7m");
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
        for (record, cid) in vectors {
            assert_eq!(super::of(&record).unwrap(), cid);
        }
        assert!(
            super::of(&json!({"$link": "bafy"})).unwrap_err().contains("expected a CID in `$link`, found \"bafy\"")
        );
        assert!(super::of(&json!({"$bytes": "a"})).unwrap_err().contains("expected base64 in `$bytes`"));
    }
}
