//! Splitting: a sample as the members that it is written as.

use bytes::Bytes;

use super::codec::codec_of;
use super::content::Wanted;
use super::error::MemberError;
use super::zipped::zip;
use super::{MemberTable, Place, key, name};
use crate::error::{Error, Result};
use crate::sample::{Cursor, PackField, Value};

/// A sample as it is written.
#[derive(Debug)]
pub(crate) struct Split {
    /// What its fields say that its key is, if they say it.
    pub(crate) key: Option<String>,
    /// Names and contents of the members, in the order of the fields.
    pub(crate) members: Vec<(&'static str, Bytes)>,
}

/// The members of a packed sample of a type; `key` is the one that it is written under, if that is given.
pub(crate) fn split(table: &MemberTable, packed: &Bytes, given: Option<&str>) -> Result<Split> {
    let located = |error: Error| error.in_sample(table.type_name());
    let values = read(packed)?;
    let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let key = own_key(table, value, given).map_err(located)?;
    let mut members = Vec::with_capacity(values.len());
    for field in table.schema.fields {
        let source = table.source(field.name);
        let names = match source.map(|source| source.place) {
            Some(Place::Key) => continue,
            Some(Place::Member(names)) => names,
            None => std::slice::from_ref(&field.name),
        };
        let Some(value) = value(field.name) else { continue };
        // A null is a member that is not there, where that is read as null and not as a default.
        if value.is_nil() && field.optional && !field.has_default {
            continue;
        }
        let name = chosen(names, value);
        let codec = source.and_then(|source| source.codec).unwrap_or_else(|| codec_of(name));
        let content = codec.encode(value, Wanted::new(name, field.field_type)).and_then(|content| zip(name, content));
        members.push((name, content.map_err(|error| located(error.in_field(field.name)))?));
    }
    if members.is_empty() {
        return Err(located(MemberError::Empty.into()));
    }
    Ok(Split { key, members })
}

/// The member of a value without a type, by the rule of its extension.
pub(crate) fn any_member(name: &str, value: &Value) -> Result<Bytes> {
    let wanted = Wanted::new(name, atdata_schema::FieldType::Any);
    codec_of(name).encode(value, wanted).and_then(|content| zip(name, content)).map_err(|error| error.in_entry(name))
}

/// Fields and values, bytes as handles.
fn read(packed: &Bytes) -> Result<Vec<(&str, Value)>> {
    let mut cursor = Cursor::shared(packed);
    let len = cursor.read_map_len()?;
    (0..len).map(|_| Ok((cursor.read_key()?, Value::read(&mut cursor)?))).collect()
}

fn own_key<'v>(
    table: &MemberTable,
    value: impl Fn(&str) -> Option<&'v Value>,
    given: Option<&str>,
) -> Result<Option<String>> {
    if table.key.is_empty() {
        return Ok(None);
    }
    // One that is read as the same values may be written otherwise: `0007` is 7.
    if let Some(given) = given
        && key::says(table, given, &value)
    {
        return Ok(Some(given.to_owned()));
    }
    let own = key::made(table.key, value)?;
    match given {
        Some(given) => Err(MemberError::OtherKey { given: given.to_owned(), own }.into()),
        None => Ok(Some(own)),
    }
}

/// The name that says what the content is, of those that a field may have: the first, but for a picture of another format.
fn chosen(names: &'static [&'static str], value: &Value) -> &'static str {
    let first = names.first().copied().unwrap_or_default();
    let (Value::Bin(bytes), [_, _, ..]) = (value, names) else { return first };
    let Some(format) = picture(bytes) else { return first };
    names.iter().copied().find(|known| format.contains(&name::extension(known))).unwrap_or(first)
}

/// The extensions of the picture that the bytes begin as.
fn picture(bytes: &[u8]) -> Option<&'static [&'static str]> {
    Some(match bytes {
        [0xff, 0xd8, 0xff, ..] => &["jpg", "jpeg", "jpe", "jfif"],
        [0x89, b'P', b'N', b'G', ..] => &["png"],
        [b'G', b'I', b'F', b'8', ..] => &["gif"],
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => &["webp"],
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => &["tif", "tiff"],
        [b'B', b'M', ..] => &["bmp"],
        _ => return None,
    })
}
