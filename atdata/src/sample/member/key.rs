//! Keys of samples as fields: `{split}/{class}/{id}`.

use atdata_schema::FieldType;

use super::error::MemberError;
use super::text;
use crate::error::Result;
use crate::sample::Value;

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart<'p> {
    /// What all keys have there.
    Text(&'p str),
    /// What the field of that name is.
    Field(&'p str),
}

/// The pattern as it is written in an attribute.
pub(super) fn pattern(parts: &[KeyPart<'_>]) -> String {
    let parts = parts.iter().map(|part| match part {
        KeyPart::Text(text) => (*text).to_owned(),
        KeyPart::Field(name) => format!("{{{name}}}"),
    });
    parts.collect()
}

/// The texts of the fields in a key; `None` if it is not made of these parts. A field ends where the text behind it is
/// first, the last one at the end.
pub(crate) fn matched<'p, 'k>(parts: &[KeyPart<'p>], key: &'k str) -> Option<Vec<(&'p str, &'k str)>> {
    let (mut rest, mut found) = (key, Vec::new());
    let mut parts = parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            KeyPart::Text(text) => rest = rest.strip_prefix(text)?,
            KeyPart::Field(name) => {
                let end = match parts.peek() {
                    Some(KeyPart::Text(text)) => rest.find(text)?,
                    _ => rest.len(),
                };
                let (value, behind) = rest.split_at_checked(end)?;
                found.push((*name, value));
                rest = behind;
            }
        }
    }
    rest.is_empty().then_some(found)
}

/// The parts of a pattern such as `{split}/{id}`. A brace that is not closed is text.
#[cfg(feature = "records")]
pub(super) fn parts_of(pattern: &str) -> Vec<KeyPart<'_>> {
    let (mut parts, mut rest) = (Vec::new(), pattern);
    while let Some((text, (name, behind))) =
        rest.split_once('{').and_then(|(text, behind)| Some((text, behind.split_once('}')?)))
    {
        parts.extend((!text.is_empty()).then_some(KeyPart::Text(text)));
        parts.push(KeyPart::Field(name));
        rest = behind;
    }
    parts.extend((!rest.is_empty()).then_some(KeyPart::Text(rest)));
    parts
}

/// The value of a field in a key.
pub(crate) fn value(field_type: &FieldType, text: &str) -> Result<Value> {
    text::parse(text, field_type, "__key__")
}

/// The key that is made of the fields: one that is read back as they are.
pub(super) fn made<'v>(parts: &[KeyPart<'_>], value: impl Fn(&str) -> Option<&'v Value>) -> Result<String> {
    let mut key = String::new();
    for part in parts {
        match part {
            KeyPart::Text(text) => key.push_str(text),
            KeyPart::Field(name) => {
                let text = value(name).and_then(text::print).ok_or_else(|| {
                    let (name, found) = ((*name).to_owned(), value(name).map_or("nothing", Value::kind));
                    MemberError::Unwritable { name, found, advice: "a part of a key is text or a number" }
                })?;
                key.push_str(&text);
            }
        }
    }
    let back = matched(parts, &key);
    let is_same = back.is_some_and(|back| {
        back.iter().all(|(name, text)| value(name).and_then(text::print).is_some_and(|own| own == *text))
    });
    if !is_same {
        let reason = "a field holds the text that stands behind it in the pattern";
        return Err(MemberError::KeyParts { key, reason }.into());
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PARTS: &[KeyPart<'static>] = &[
        KeyPart::Field("split"),
        KeyPart::Text("/"),
        KeyPart::Field("class"),
        KeyPart::Text("/"),
        KeyPart::Field("id"),
    ];

    #[test]
    fn a_key_is_taken_apart_where_the_texts_are() {
        assert_eq!(matched(PARTS, "train/cat/0001").unwrap(), [("split", "train"), ("class", "cat"), ("id", "0001")]);
        assert_eq!(matched(PARTS, "train/cat/a/b").unwrap()[2], ("id", "a/b"));
        assert_eq!(matched(PARTS, "train/0001"), None);
        assert_eq!(matched(&[KeyPart::Field("id"), KeyPart::Text("_x")], "7_x").unwrap(), [("id", "7")]);
        assert_eq!(matched(&[KeyPart::Field("id"), KeyPart::Text("_x")], "7_xy"), None);
        assert_eq!(pattern(PARTS), "{split}/{class}/{id}");
    }

    #[test]
    fn a_key_that_would_be_read_otherwise_is_not_made() {
        let (train, cat, id) = (Value::from("train"), Value::from("a/cat"), Value::Int(7));
        let value = |name: &str| match name {
            "split" => Some(&train),
            "class" => Some(&cat),
            _ => Some(&id),
        };
        let error = made(PARTS, value).unwrap_err();
        assert!(error.to_string().starts_with("the key \"train/a/cat/7\" made of the fields"), "{error}");
        assert_eq!(made(&[KeyPart::Field("id")], value).unwrap(), "7");
    }
}
