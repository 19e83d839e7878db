//! Gathering: the members of a sample as one msgpack map.

use atdata_schema::FieldType;
use bytes::Bytes;

use super::codec::codec_of;
use super::content::{MemberCodec, Wanted};
use super::error::MemberError;
use super::zipped::unzip;
use super::{MemberTable, Place, key, name};
use crate::error::Result;
use crate::sample::cursor::Limits;
use crate::sample::encode::{write_map_len, write_str};
use crate::sample::{PackField, Value};

/// A member as groups have it: its name, in lower case, and its content.
type Member = (String, Bytes);

/// Appends the map of a sample of a type. Errors name the field.
pub(crate) fn gather(
    table: &MemberTable,
    key: &str,
    members: &[Member],
    limits: Limits,
    out: &mut Vec<u8>,
) -> Result<()> {
    let places = find(table, members)?;
    let parts = if table.key.is_empty() { Vec::new() } else { parts(table, key)? };
    write_map_len(places.iter().flatten().count() + parts.len(), out);
    for (field, place) in table.schema.fields.iter().zip(places) {
        let part = parts.iter().find(|(name, _)| *name == field.name);
        let value = match (place.and_then(|at| members.get(at)), part) {
            (Some((name, content)), _) => {
                let wanted = Wanted::new(name, field.field_type);
                let codec = table.source(field.name).and_then(|source| source.codec).unwrap_or_else(|| codec_of(name));
                decode(codec, wanted, content, limits)
            }
            (None, Some((name, text))) => key::value(table.schema, name, text),
            (None, None) => continue,
        };
        let value = value.map_err(|error| error.in_field(field.name).in_sample(table.type_name()))?;
        write_str(field.name, out);
        value.write(out);
    }
    Ok(())
}

/// For each field the number of its member.
fn find(table: &MemberTable, members: &[Member]) -> Result<Vec<Option<usize>>> {
    let mut is_taken = vec![false; members.len()];
    let mut places = Vec::with_capacity(table.schema.fields.len());
    for field in table.schema.fields {
        let names = match table.source(field.name).map(|source| source.place) {
            Some(Place::Key) => {
                places.push(None);
                continue;
            }
            Some(Place::Member(names)) => names,
            None => std::slice::from_ref(&field.name),
        };
        let found = names.iter().find_map(|name| position(table, members, name));
        match found.and_then(|at| is_taken.get_mut(at)) {
            Some(taken) => *taken = true,
            None if field.optional || field.has_default => {}
            None => {
                let present = members.iter().map(|(name, _)| name.clone()).collect();
                let error = crate::error::Error::from(MemberError::Missing { names, present });
                return Err(error.in_field(field.name).in_sample(table.type_name()));
            }
        }
        places.push(found);
    }
    if !table.allow_unknown
        && let Some((name, _)) = members.iter().zip(&is_taken).find_map(|(member, taken)| (!taken).then_some(member))
    {
        if let Some((field, names)) = table.taker(name) {
            let (name, names) = (name.clone(), names.unwrap_or_default());
            let error = crate::error::Error::from(MemberError::Twice { name, names });
            return Err(error.in_field(field.name).in_sample(table.type_name()));
        }
        let known = table.fields().filter_map(|(_, names)| Some((*names?.first()?).to_owned())).collect();
        let error = crate::error::Error::from(MemberError::Unknown { name: name.clone(), known });
        return Err(error.in_sample(table.type_name()));
    }
    Ok(places)
}

/// The member of that very name, or of that name compressed, unless that is the very name which another field has.
fn position(table: &MemberTable, members: &[Member], name: &str) -> Option<usize> {
    let exact = members.iter().position(|(member, _)| member == name);
    let is_other = |(member, _): &Member| name::is_of(member, name) && !table.names(member);
    exact.or_else(|| members.iter().position(is_other))
}

fn parts<'k>(table: &MemberTable, key: &'k str) -> Result<Vec<(&'static str, &'k str)>> {
    key::matched(table.key, key).ok_or_else(|| {
        let pattern = key::pattern(table.key);
        crate::error::Error::from(MemberError::KeyPattern { pattern, key: key.to_owned() }).in_sample(table.type_name())
    })
}

fn decode(codec: &dyn MemberCodec, wanted: Wanted<'_>, content: &Bytes, limits: Limits) -> Result<Value> {
    codec.decode(&unzip(wanted.name, content, limits.max_member)?, wanted)
}

/// The value of a member without a type, by the rule of its extension.
pub(crate) fn any_value(name: &str, content: &Bytes, limits: Limits) -> Result<Value> {
    let value = decode(codec_of(name), Wanted::new(name, FieldType::Any), content, limits);
    value.map_err(|error| error.in_entry(name))
}

/// The value of a member as a field of that type has it, by the rule of its extension.
#[cfg(feature = "_index")]
pub(crate) fn field_value(name: &str, content: &Bytes, field_type: FieldType, limits: Limits) -> Result<Value> {
    decode(codec_of(name), Wanted::new(name, field_type), content, limits)
}

/// Whether a member is of one of the names of a field: the very one, or compressed.
#[cfg(feature = "_index")]
pub(crate) fn is_member(member: &str, name: &str) -> bool {
    name::is_of(member, name)
}

/// Appends the map of a sample without a type: its members by name.
pub(crate) fn gather_any(members: &[Member], limits: Limits, out: &mut Vec<u8>) -> Result<()> {
    write_map_len(members.len(), out);
    for (name, content) in members {
        let value = any_value(name, content, limits)?;
        write_str(name, out);
        value.write(out);
    }
    Ok(())
}
