//! JSON members: maps, lists, nested samples.

mod parse;

use bytes::Bytes;

use parse::parse;

use super::content::{MemberCodec, Wanted};
use super::error::MemberError;
use crate::error::{Result, ask};
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
        let content = without_mark(content);
        ask(needed(content))?;
        let value = match parse(content) {
            Ok(value) => value,
            Err(error) => {
                if let Some(value) = special(content)? {
                    return whole(content, wanted).map(|()| value);
                }
                if let Some(found) = lone_surrogate(content) {
                    let name = wanted.name.to_owned();
                    return Err(
                        MemberError::Content { name, expected: "text whose surrogates are pairs", found }.into()
                    );
                }
                return Err(damaged(beside_special(content).unwrap_or(error).into()).into());
            }
        };
        if may_be_rounded(&value) {
            whole(content, wanted)?;
        }
        Ok(value)
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

/// As much memory as the values of a text may take, of which nobody is asked while they are made: some hundred times the text where it is
/// all lists of lists.
pub(crate) fn needed(content: &[u8]) -> usize {
    const VALUE: usize = size_of::<Value>();
    const NAME: usize = size_of::<String>();
    /// What an allocation takes beside its bytes, and the least of it.
    const PIECE: usize = 32;
    // Less is no question of what the input says.
    if content.len() < 1 << 16 {
        return 0;
    }
    // Lists grow by doubling, with what they were before beside them, and begin with four. Where a name is there twice all are hashed,
    // in tables that have up to twice the room, and kept ones are put into a new map.
    let (value, list) = (3 * VALUE, 4 * VALUE + PIECE);
    let (entry, map) = (3 * NAME + 3 * (NAME + size_of::<u64>()) + (NAME + VALUE) + PIECE, list + 4 * NAME);
    let (mut size, mut in_string, mut is_escaped, mut opened) = (2 * content.len(), false, false, 0);
    for byte in content {
        if in_string {
            (in_string, is_escaped) = (is_escaped || *byte != b'"', !is_escaped && *byte == b'\\');
            continue;
        }
        if byte.is_ascii_whitespace() {
            continue;
        }
        // An empty one has no piece of its own.
        size = size.saturating_add(match (opened, byte) {
            (0, _) | (b'[', b']') | (b'{', b'}') => 0,
            (b'[', _) => list,
            _ => map,
        });
        opened = 0;
        size = size.saturating_add(match byte {
            b'[' | b'{' => {
                opened = *byte;
                value
            }
            b',' => value,
            b':' => entry,
            b'"' => {
                in_string = true;
                PIECE
            }
            _ => 0,
        });
    }
    size
}

/// Whether a number may have been an integer of which the parser makes a float: none is so small. The text has to say it.
fn may_be_rounded(value: &Value) -> bool {
    const LEAST: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Value::Float(number) => number.abs() >= LEAST,
        Value::List(values) => values.iter().any(may_be_rounded),
        Value::Map(entries) => entries.iter().any(|(_, value)| may_be_rounded(value)),
        _ => false,
    }
}

/// Refuses integers of which the parser makes floats.
fn whole(content: &[u8], wanted: Wanted<'_>) -> Result<()> {
    let Some(number) = large(content).next() else { return Ok(()) };
    let found = String::from_utf8_lossy(number).into_owned();
    let name = wanted.name.to_owned();
    Err(MemberError::Content { name, expected: "integers of at most 64 bits", found }.into())
}

/// The integers of more than 64 bits.
pub(crate) fn large(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    words(content).filter(|word| is_large(word))
}

/// The text behind a byte order mark, which Python passes over, too.
pub(crate) fn without_mark(content: &[u8]) -> &[u8] {
    content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content)
}

/// What Python's `json` reads and writes beside JSON.
const SPECIAL: [(&[u8], f64); 3] =
    [(b"NaN", f64::NAN), (b"Infinity", f64::INFINITY), (b"-Infinity", f64::NEG_INFINITY)];

/// The value of a text that is JSON but for NaN and infinite numbers, which a parser of JSON does not take: texts stand in
/// for them that nothing else in it says.
#[cold]
fn special(content: &[u8]) -> Result<Option<Value>> {
    let count = words(content).filter(|word| special_number(word).is_some()).count();
    if count == 0 {
        return Ok(None);
    }
    // Each is a text for a while.
    ask(needed(content).saturating_add(content.len()).saturating_add(count.saturating_mul(200)))?;
    Ok(marked(content))
}

/// The same, once there is memory for it.
fn marked(content: &[u8]) -> Option<Value> {
    let places: Vec<_> = words(content).filter_map(|word| Some((word, special_number(word)?))).collect();
    let mark =
        (0..=content.len()).map(|at| format!("number {at}: ")).find(|mark| !contains(content, mark.as_bytes()))?;
    let (mut text, mut rest) = (Vec::with_capacity(content.len() + places.len() * 24), content);
    for (word, value) in &places {
        let at = word.as_ptr().addr() - rest.as_ptr().addr();
        let (before, behind) = rest.split_at_checked(at)?;
        text.extend_from_slice(before);
        text.extend_from_slice(format!("\"{mark}{value}\"").as_bytes());
        rest = behind.get(word.len()..)?;
    }
    text.extend_from_slice(rest);
    let mut value = parse(&text).ok()?;
    // A name of an entry is none, and a text may say the same by escapes.
    (restore(&mut value, &mark) == places.len()).then_some(value)
}

/// The number that such a word is, of those too which are more than a float can be, as Python reads them.
fn special_number(word: &[u8]) -> Option<f64> {
    if let Some((_, value)) = SPECIAL.iter().find(|(name, _)| *name == word) {
        return Some(*value);
    }
    let value: f64 = std::str::from_utf8(word).ok().filter(|_| is_number(word))?.parse().ok()?;
    value.is_infinite().then_some(value)
}

/// Whether JSON has such a number, whatever its size: Rust takes `1.e5` and `inf` as well.
fn is_number(word: &[u8]) -> bool {
    fn digits(text: &[u8]) -> Option<&[u8]> {
        let len = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        text.get(len..).filter(|_| len > 0)
    }
    let exponent = |rest: &[u8]| -> Option<bool> {
        let Some(rest) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) else {
            return Some(rest.is_empty());
        };
        let rest = rest.strip_prefix(b"+").or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
        digits(rest).map(<[u8]>::is_empty)
    };
    let whole = word.strip_prefix(b"-").unwrap_or(word);
    let Some(rest) = digits(whole).filter(|rest| !whole.starts_with(b"0") || whole.len() == rest.len() + 1) else {
        return false;
    };
    let behind = rest.strip_prefix(b".").map_or(Some(rest), digits);
    behind.and_then(exponent).unwrap_or(false)
}

/// What is wrong with a text beside those numbers, which are read.
#[cold]
fn beside_special(content: &[u8]) -> Option<serde_json::Error> {
    let mut text = content.to_vec();
    for word in words(content).filter(|word| special_number(word).is_some()) {
        let at = word.as_ptr().addr() - content.as_ptr().addr();
        // Of the same length, so that the error says where it is in the content.
        let place = text.get_mut(at..at + word.len())?;
        place.fill(b'1');
    }
    serde_json::from_slice::<serde_json::Value>(&text).err()
}

/// The first escape of a half of a surrogate pair without the other half, which is no text.
#[cold]
fn lone_surrogate(content: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?;
    let unit = |escape: &str| u16::from_str_radix(escape.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (_, escape) = rest.split_at(at);
        let len = match unit(escape) {
            Some(0xd800..=0xdbff) if matches!(escape.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => return escape.get(..6).map(str::to_owned),
            _ => 2,
        };
        // A wrong escape may have a letter of several bytes.
        rest = escape.get(len..)?;
    }
    None
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Puts numbers in the places of the texts that stand for them, and counts them.
fn restore(value: &mut Value, mark: &str) -> usize {
    match value {
        Value::Str(text) => match text.strip_prefix(mark).and_then(|number| number.parse().ok()) {
            Some(number) => {
                *value = Value::Float(number);
                1
            }
            None => 0,
        },
        Value::List(values) => values.iter_mut().map(|value| restore(value, mark)).sum(),
        Value::Map(entries) => entries.iter_mut().map(|(_, value)| restore(value, mark)).sum(),
        _ => 0,
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
        Value::List(values) => values.iter().find_map(without_json),
        Value::Map(entries) => entries.iter().find_map(|(_, value)| without_json(value)),
        number => infinite(number),
    }
}

/// What in the value is a number that JSON does not have.
pub(crate) fn infinite(value: &Value) -> Option<&'static str> {
    match value {
        Value::Float(number) if number.is_nan() => Some("NaN"),
        Value::Float(number) if number.is_infinite() => Some("an infinite number"),
        Value::List(values) => values.iter().find_map(infinite),
        Value::Map(entries) => entries.iter().find_map(|(_, value)| infinite(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use atdata_schema::FieldType;

    use super::*;

    #[test]
    fn no_more_memory_is_asked_for_than_values_take() {
        let numbers = format!("[{}1]", "1,".repeat(100_000));
        let needed = needed(numbers.as_bytes());
        // While a list grows there are what it was before, and twice that.
        let least = 3 * 100_000 * size_of::<Value>();
        assert!((least..least + 3 * numbers.len()).contains(&needed), "{needed} of {least}");
    }

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
        for text in
            ["", "{", "{\"a\":nan}", "1 2", "{\"NaN\" 1}", "{NaN:1}", "[NaN", "NaN NaN", "[+Infinity]", "[NaN,1e]"]
        {
            let error = Json.decode(&Bytes::from_static(text.as_bytes()), wanted).unwrap_err();
            // With what is wrong and where.
            assert!(error.to_string().starts_with("expected JSON in the member `json`: "), "{error}");
            assert!(error.to_string().contains(" at line 1 column "), "{error}");
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
    fn numbers_that_python_writes_beside_json_are_read() {
        let wanted = Wanted::new("json", FieldType::Any);
        let read = |text: &'static str| Json.decode(&Bytes::from_static(text.as_bytes()), wanted);
        assert!(read("NaN").unwrap().as_f64().unwrap().is_nan());
        let value = read(r#"{"a": -Infinity, "number 0: 1": "NaN", "b": [Infinity, "\"", 7, {"c": NaN}]}"#).unwrap();
        assert_eq!(value.get("a"), Some(&Value::Float(f64::NEG_INFINITY)));
        assert_eq!(value.get("number 0: 1"), Some(&Value::from("NaN")));
        let [infinite, quote, seven, nested] = value.get("b").unwrap().as_list().unwrap() else {
            panic!("four values")
        };
        assert_eq!((infinite.as_f64(), quote, seven), (Some(f64::INFINITY), &Value::from("\""), &Value::Int(7)));
        assert!(nested.get("c").unwrap().as_f64().unwrap().is_nan());
        let error = read("[NaN, 18446744073709551616]").unwrap_err().to_string();
        assert_eq!(error, "expected integers of at most 64 bits in the member `json`, found \"18446744073709551616\"");
    }

    #[test]
    fn what_python_reads_is_read_or_said_to_be_no_text() {
        let wanted = Wanted::new("json", FieldType::Any);
        let read = |text: &'static str| Json.decode(&Bytes::from_static(text.as_bytes()), wanted);
        assert_eq!(read("\u{feff}{\"a\": 1}").unwrap().get("a"), Some(&Value::Int(1)));
        let value = read("[1e400, -1.5e999, NaN, 1e308, \"1e400\"]").unwrap();
        let numbers: Vec<_> = value.as_list().unwrap().iter().map(Value::as_f64).collect();
        assert_eq!(numbers[..2], [Some(f64::INFINITY), Some(f64::NEG_INFINITY)]);
        assert!(numbers[2].unwrap().is_nan() && numbers[3] == Some(1e308) && numbers[4].is_none());
        for text in [r#"["\ud800"]"#, r#"["\\\ud83d\ude00\ud800x"]"#, r#"["\ud800\u0041"]"#] {
            let error = read(text).unwrap_err().to_string();
            let expected = r#"expected text whose surrogates are pairs in the member `json`, found "\ud800""#;
            assert_eq!(error, expected, "{text}");
        }
        assert_eq!(read(r#""\ud83d\ude00 \\ud800""#).unwrap(), Value::from("\u{1f600} \\ud800"));
        assert!(read("1.e400").is_err() && read("+1e400").is_err() && read("[01e400]").is_err());
    }

    #[test]
    fn an_error_is_about_what_is_wrong_and_not_about_what_is_read() {
        let wanted = Wanted::new("json", FieldType::Any);
        let error = Json.decode(&Bytes::from_static(b"[NaN, 1e400, tru]"), wanted).unwrap_err();
        assert!(format!("{error:#}").ends_with("line 1 column 17"), "{error:#}");
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
