//! Splitting: a sample as the members that it is written as.

use bytes::Bytes;

use super::codec::{CodecOf, codec_of};
use super::content::Wanted;
use super::error::MemberError;
use super::fields::{FieldPlace, FieldsOfMembers, says};
#[cfg(feature = "json")]
use super::lists::to_lists;
use super::zipped::zip;
use super::{key, name};
use crate::error::Result;
use crate::picture::ImageFormat;
use crate::sample::{Cursor, PackField, Value};

/// A sample as it is written.
#[derive(Debug)]
pub(crate) struct Split<'n> {
    /// What its fields say that its key is, if they say it.
    pub(crate) key: Option<String>,
    /// Names and contents of the members, in the order of the fields.
    pub(crate) members: Vec<(&'n str, Bytes)>,
}

/// The members of a packed sample of a type; `key` is the one that it is written under, if that is given.
pub(crate) fn split<'f, F: FieldsOfMembers>(fields: &'f F, packed: &Bytes, given: Option<&str>) -> Result<Split<'f>> {
    let values = read(packed)?;
    let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let key = own_key(fields, value, given).map_err(|error| fields.located(error, None))?;
    let mut members = Vec::with_capacity(values.len());
    for field in fields.fields() {
        let (Some(names), Some(value)) = (field.names, value(field.name)) else { continue };
        // A null is a member that is not there, where that is read as null and not as a default.
        if value.is_nil() && field.optional && !field.has_default {
            continue;
        }
        let name = chosen(names, value);
        let content = write(fields, &field, name, value).and_then(|content| zip(name, content));
        members.push((name, content.map_err(|error| fields.located(error, Some(field.name)))?));
    }
    if members.is_empty() {
        return Err(fields.located(MemberError::Empty.into(), None));
    }
    Ok(Split { key, members })
}

/// The member of a field's value.
fn write<F: FieldsOfMembers>(
    fields: &F,
    field: &FieldPlace<'_, F::Name>,
    member: &str,
    value: &Value,
) -> Result<Bytes> {
    let (codec, wanted) = (fields.codec(field, member), Wanted::new(member, field.field_type));
    #[cfg(feature = "json")]
    if let Some(of) = fields.of_lists(field, member) {
        let mut value = value.clone();
        to_lists(&mut value, of, member)?;
        return codec.encode(&value, wanted);
    }
    codec.encode(value, wanted)
}

/// The member of a value without a type, by the rule of its extension.
pub(crate) fn any_member(codecs: Option<CodecOf>, name: &str, value: &Value) -> Result<Bytes> {
    let wanted = Wanted::new(name, atdata_schema::FieldType::Any);
    codec_of(codecs, name)
        .encode(value, wanted)
        .and_then(|content| zip(name, content))
        .map_err(|error| error.in_entry(name))
}

/// Fields and values, bytes as handles.
fn read(packed: &Bytes) -> Result<Vec<(&str, Value)>> {
    let mut cursor = Cursor::shared(packed);
    let len = cursor.read_map_len()?;
    (0..len).map(|_| Ok((cursor.read_key()?, Value::read(&mut cursor)?))).collect()
}

fn own_key<'v>(
    fields: &impl FieldsOfMembers,
    value: impl Fn(&str) -> Option<&'v Value>,
    given: Option<&str>,
) -> Result<Option<String>> {
    let pattern = fields.key();
    if pattern.is_empty() {
        return Ok(None);
    }
    // One that is read as the same values may be written otherwise: `0007` is 7.
    if let Some(given) = given
        && says(fields, given, &value)
    {
        return Ok(Some(given.to_owned()));
    }
    let own = key::made(&pattern, value)?;
    match given {
        Some(given) => Err(MemberError::OtherKey { given: given.to_owned(), own }.into()),
        None => Ok(Some(own)),
    }
}

/// The name that says what the content is, of those that a field may have: the first, but for a picture of another format.
fn chosen<'n>(names: &'n [impl AsRef<str>], value: &Value) -> &'n str {
    let first = names.first().map(AsRef::as_ref).unwrap_or_default();
    let (Value::Bin(bytes), [_, _, ..]) = (value, names) else { return first };
    let Some(format) = ImageFormat::of(bytes) else { return first };
    names.iter().map(AsRef::as_ref).find(|known| format.is_of(name::extension(known))).unwrap_or(first)
}
