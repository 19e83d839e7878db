//! Gathering: the members of a sample as one msgpack map.

use atdata_schema::FieldType;
use bytes::Bytes;

use super::codec::{CodecOf, codec_of};
use super::content::{MemberCodec, Wanted};
use super::error::MemberError;
use super::fields::{FieldPlace, FieldsOfMembers, Placed, taker};
use super::key::{self, KeyPart};
#[cfg(feature = "json")]
use super::lists::to_arrays;
use super::name;
use super::zipped::unzip;
use crate::error::{Error, Result, room};
use crate::sample::cursor::Limits;
use crate::sample::encode::{write_map_len, write_str};
use crate::sample::{PackField, Value};

/// A member as groups have it: its name, in lower case, and its content.
type Member = (String, Bytes);

/// Appends the map of a sample of a type. Errors name the field.
pub(crate) fn gather<F: FieldsOfMembers>(
    fields: &F,
    key: &str,
    members: &[Member],
    limits: Limits,
    out: &mut Vec<u8>,
) -> Result<()> {
    let placed = Placed::of(fields, members);
    check(fields, &placed, members)?;
    let pattern = fields.key();
    let parts = if pattern.is_empty() { Vec::new() } else { parts(fields, &pattern, key)? };
    write_map_len(placed.of_fields.iter().flatten().count() + parts.len(), out);
    for (field, place) in fields.fields().zip(&placed.of_fields) {
        let part = parts.iter().find(|(name, _)| *name == field.name);
        let value = match (place.and_then(|at| members.get(at)), part) {
            (Some((name, content)), _) => read(fields, &field, name, content, limits),
            (None, Some((_, text))) => key::value(&field.field_type, text),
            (None, None) => continue,
        };
        let written = value.and_then(|value| write(field.name, &value, out));
        written.map_err(|error| fields.located(error, Some(field.name)))?;
    }
    Ok(())
}

/// Whether all fields are there that have to be, and no members but theirs.
fn check<F: FieldsOfMembers>(fields: &F, placed: &Placed, members: &[Member]) -> Result<()> {
    for (field, place) in fields.fields().zip(&placed.of_fields) {
        if place.is_none() && !field.may_lack() {
            return Err(fields.located(missing(fields, &field, members), Some(field.name)));
        }
    }
    match placed.left(members).next() {
        Some(name) if !fields.allows_unknown() => Err(left_over(fields, name)),
        _ => Ok(()),
    }
}

/// The error for a field whose member is not there.
pub(crate) fn missing<F: FieldsOfMembers>(fields: &F, field: &FieldPlace<'_, F::Name>, members: &[Member]) -> Error {
    let names = field.names().map(str::to_owned).collect();
    let present = members.iter().map(|(name, _)| name.clone()).collect();
    MemberError::Missing { names, present, of: fields.said() }.into()
}

/// The error for a member that no field takes, or not beside another one.
pub(crate) fn left_over<F: FieldsOfMembers>(fields: &F, name: &str) -> Error {
    let (error, field) = why_left(fields, name);
    fields.located(error.into(), field)
}

/// The same, and the field that it is about.
pub(crate) fn why_left<'f, F: FieldsOfMembers>(fields: &'f F, name: &str) -> (MemberError, Option<&'f str>) {
    let (name, of) = (name.to_owned(), fields.said());
    if let Some(field) = taker(fields, &name) {
        let names = field.names().map(str::to_owned).collect();
        return (MemberError::Twice { name, names, of }, Some(field.name));
    }
    let known = fields.fields().filter_map(|field| field.names().next().map(str::to_owned)).collect();
    // Of the field that was probably meant, all the names.
    let meant = fields.fields().find(|field| field.names().any(|known| name::is_alike(&name, known)));
    let names = meant.iter().flat_map(FieldPlace::names).chain([&*name]).collect::<Vec<_>>();
    let takes = names.join("|");
    (MemberError::Unknown { name, known, takes, of }, None)
}

/// The texts of the fields in a key.
fn parts<'p, 'k, F: FieldsOfMembers>(
    fields: &F,
    pattern: &[KeyPart<'p>],
    key: &'k str,
) -> Result<Vec<(&'p str, &'k str)>> {
    key::matched(pattern, key).ok_or_else(|| fields.located(other_key(pattern, key), None))
}

/// The error for a key of another pattern.
pub(crate) fn other_key(pattern: &[KeyPart<'_>], key: &str) -> Error {
    MemberError::KeyPattern { pattern: key::pattern(pattern), key: key.to_owned() }.into()
}

/// What a member is to a field.
pub(crate) fn read<F: FieldsOfMembers>(
    fields: &F,
    field: &FieldPlace<'_, F::Name>,
    member: &str,
    content: &Bytes,
    limits: Limits,
) -> Result<Value> {
    let value = decode(fields.codec(field, member), Wanted::new(member, field.field_type), content, limits)?;
    #[cfg(feature = "json")]
    if let Some(of) = fields.of_lists(field, member) {
        let mut value = value;
        to_arrays(&mut value, of, member)?;
        return Ok(value);
    }
    Ok(value)
}

/// The value of a member, which is decompressed where its name says that it is compressed.
pub(crate) fn decode(codec: &dyn MemberCodec, wanted: Wanted<'_>, content: &Bytes, limits: Limits) -> Result<Value> {
    codec.decode(&unzip(wanted.name, content, limits.max_member)?, wanted)
}

/// The value of a member without a type, by the rule of its extension: that of `codecs` before that of the library.
pub(crate) fn any_value(codecs: Option<CodecOf>, name: &str, content: &Bytes, limits: Limits) -> Result<Value> {
    let value = decode(codec_of(codecs, name), Wanted::new(name, FieldType::Any), content, limits);
    value.map_err(|error| error.in_entry(name))
}

/// Appends the map of a sample without a type: its members by name.
pub(crate) fn gather_any(codecs: Option<CodecOf>, members: &[Member], limits: Limits, out: &mut Vec<u8>) -> Result<()> {
    write_map_len(members.len(), out);
    for (name, content) in members {
        let value = any_value(codecs, name, content, limits)?;
        write(name, &value, out).map_err(|error| error.in_entry(name))?;
    }
    Ok(())
}

/// Appends a field, for whose value there may be no memory: compressed members are larger than the input.
fn write(name: &str, value: &Value, out: &mut Vec<u8>) -> Result<()> {
    room(out, value.packed_size().saturating_add(name.len() + 5))?;
    write_str(name, out);
    value.write(out);
    Ok(())
}
