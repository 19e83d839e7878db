//! The header of a manifest as text, of which a value is looked at or put in place of another; all else stays to the byte. It need
//! not be JSON: Python writes `Infinity`.

use std::ops::Range;

/// Whether the bytes are a header, as far as its shape tells: one object, with a version of manifests.
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    is_text(bytes, value_of(bytes, b"\"manifest_version\""))
}

/// Whether the bytes are rows, as far as what a Parquet file begins and ends with tells.
pub(crate) fn is_rows(begin: &[u8], end: &[u8]) -> bool {
    begin.starts_with(b"PAR1") && end.ends_with(b"PAR1")
}

/// A header that says of itself that it is of the shard `stem`; as it was where it says of nothing that it is.
pub(super) fn renamed(header: &[u8], stem: &str) -> Vec<u8> {
    let place = value_of(header, b"\"shard_id\"").filter(|place| is_text(header, Some(place.clone())));
    let Some(place) = place else { return header.to_vec() };
    let mut text = vec![b'"'];
    for c in stem.chars() {
        match c {
            '"' => text.extend(b"\\\""),
            '\\' => text.extend(b"\\\\"),
            c if c.is_control() => text.extend(format!("\\u{:04x}", u32::from(c)).bytes()),
            c => text.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    text.push(b'"');
    with(header, place, &text)
}

/// A header that does not say what its shard was made of, nor by what.
#[cfg_attr(not(feature = "atmosphere"), allow(dead_code))]
pub(crate) fn without_provenance(header: &[u8]) -> Vec<u8> {
    let places = values_of(header, b"\"provenance\"").unwrap_or_default();
    places.into_iter().rev().fold(header.to_vec(), |header, place| with(&header, place, b"{}"))
}

fn with(json: &[u8], place: Range<usize>, value: &[u8]) -> Vec<u8> {
    let (before, behind) = (json.get(..place.start), json.get(place.end..));
    [before.unwrap_or_default(), value, behind.unwrap_or_default()].concat()
}

fn is_text(json: &[u8], place: Option<Range<usize>>) -> bool {
    place.and_then(|place| json.get(place)).is_some_and(|value| value.starts_with(b"\""))
}

/// Where the value is that an object has under a name, written with its quotation marks; `None` if it has none, or more, or is none.
fn value_of(json: &[u8], name: &[u8]) -> Option<Range<usize>> {
    match values_of(json, name)?.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The same of all that it has under the name, in order; `None` if it is no object.
fn values_of(json: &[u8], name: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut at = expect(json, 0, b'{')?;
    let mut found = Vec::new();
    if json.get(blank(json, at)) == Some(&b'}') {
        return Some(found);
    }
    loop {
        let begin = blank(json, at);
        if json.get(begin) != Some(&b'"') {
            return None;
        }
        let end = end_of_text(json, begin)?;
        let value = blank(json, expect(json, end, b':')?);
        let end_of_value = end_of_value(json, value)?;
        if json.get(begin..end)? == name {
            found.push(value..end_of_value);
        }
        let next = blank(json, end_of_value);
        match json.get(next)? {
            b',' => at = next + 1,
            b'}' => return (blank(json, next + 1) == json.len()).then_some(found),
            _ => return None,
        }
    }
}

/// The first place from there on that is not blank.
fn blank(json: &[u8], at: usize) -> usize {
    let rest = json.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// The place behind a sign, which is the first that is not blank.
fn expect(json: &[u8], at: usize, sign: u8) -> Option<usize> {
    let at = blank(json, at);
    (json.get(at) == Some(&sign)).then_some(at + 1)
}

/// Where a value ends that begins there: a text, an object, a list, or a word.
fn end_of_value(json: &[u8], begin: usize) -> Option<usize> {
    let (mut depth, mut at) = (0_u32, begin);
    loop {
        match json.get(at)? {
            b'"' => at = end_of_text(json, at)?,
            b'{' | b'[' => (depth, at) = (depth + 1, at + 1),
            b'}' | b']' if depth > 0 => (depth, at) = (depth - 1, at + 1),
            b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => return (at > begin).then_some(at),
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Where a text that begins there ends, behind its quotation mark.
fn end_of_text(json: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    loop {
        match json.get(end)? {
            b'"' => return Some(end + 1),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_of_its_new_name_and_else_as_it_was() {
        let renamed = |header: &str| String::from_utf8_lossy(&renamed(header.as_bytes(), "b\"ü\\")).into_owned();
        for (header, expected) in [
            (r#"{"v": "1", "shard_id": "a", "n": Infinity}"#, r#"{"v": "1", "shard_id": "b\"ü\\", "n": Infinity}"#),
            (
                r#"{"x": {"shard_id": "no"}, "shard_id" : "a\"\\" }"#,
                r#"{"x": {"shard_id": "no"}, "shard_id" : "b\"ü\\" }"#,
            ),
            (r#"{"v": "shard_id", "y": "a"}"#, r#"{"v": "shard_id", "y": "a"}"#),
            (r#"{"shard_id": 3, "y": "a"}"#, r#"{"shard_id": 3, "y": "a"}"#),
            (r#"}{"shard_id": "a"}"#, r#"}{"shard_id": "a"}"#),
            (r#"{"shard_id": "a"#, r#"{"shard_id": "a"#),
            ("", ""),
        ] {
            assert_eq!(renamed(header), expected);
        }
    }

    #[test]
    fn what_is_no_header_is_seen() {
        for header in [
            r#"{"manifest_version": "1.0"}"#,
            " {\n\"aggregates\": {\"a\": [Infinity, {\"b\": \"}\"}]}, \"n\": -3,\"manifest_version\":\"1.0\" }\n",
        ] {
            assert!(is_header(header.as_bytes()), "{header}");
        }
        for other in [
            "",
            "{}",
            "\"manifest_version\"",
            r#"["manifest_version", "1.0"]"#,
            r#"{"manifest_version": 3, "name": "an extension of a browser"}"#,
            r#"{"x": {"manifest_version": "1.0"}}"#,
            r#"{"manifest_version": "1.0""#,
            r#"{"manifest_version": "1.0"} and more"#,
            r#"{"manifest_version": "1.0", }"#,
            r#"{"manifest_version": }"#,
            "PAR1",
        ] {
            assert!(!is_header(other.as_bytes()), "{other}");
        }
        assert!(is_rows(b"PAR1..", b"..PAR1") && !is_rows(b"PAR1..", b"") && !is_rows(b"SQLite", b"PAR1"));
    }

    #[test]
    fn what_a_shard_was_made_of_is_left_out() {
        let without = |header: &str| String::from_utf8_lossy(&without_provenance(header.as_bytes())).into_owned();
        let header = r#"{"a": NaN, "provenance": {"parent_shards": ["/home/me/{a}.tar"]}, "b": 1}"#;
        assert_eq!(without(header), r#"{"a": NaN, "provenance": {}, "b": 1}"#);
        assert_eq!(without(r#"{"a": 1}"#), r#"{"a": 1}"#);
        // Of two the reader decides which counts.
        let twice = r#"{"provenance": {"x": "/home"}, "a": 1, "provenance" : "/home"}"#;
        assert_eq!(without(twice), r#"{"provenance": {}, "a": 1, "provenance" : {}}"#);
    }
}
