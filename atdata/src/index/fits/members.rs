//! Whether the members of a plain `WebDataset` sample are those of a schema.

use atdata_schema::{ArrayType, FieldType, OwnedField, OwnedFieldType as Type, OwnedSchema};

use super::{Misfit, expected, misfit_of};
use crate::error::Result;
use crate::sample::{Limits, field_text, field_value, is_known, is_member, parts_of_key};
use crate::shard::Group;

/// What is decompressed of a member at most.
const LIMITS: Limits = Limits { max_member: 1 << 30 };

/// Holds a plain `WebDataset` sample against a schema whose fields are members: whether each is there and is read as what the
/// schema says, whether the key is of the schema's pattern, and whether there are members that no field takes.
///
/// A field whose member has an extension that says nothing may be read by a codec of its type's own, which no schema knows of;
/// what is in it is not looked at unless it is an image.
///
/// # Errors
/// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch), with all that is not as it should be: also where the schema is one of
/// packed samples.
pub fn check_group(schema: &OwnedSchema, group: &Group) -> Result<()> {
    let name = format!("{}@{}", schema.name, schema.version);
    let Some(layout) = &schema.layout else {
        let found = "the sample is one of plain WebDataset, each field a member, and the schema is of packed ones";
        return Err(Misfit { schema: name, found: vec![found.to_owned()] }.into());
    };
    let pattern = layout.key.as_deref().unwrap_or_default();
    let parts = parts_of_key(pattern, group.key());
    let in_key = |field: &OwnedField| pattern.contains(&format!("{{{}}}", field.name));
    let mut found = Vec::new();
    if !pattern.is_empty() && parts.is_none() {
        found.push(format!("expected a key like \"{pattern}\", found \"{}\"", group.key()));
    }
    for field in &schema.fields {
        found.extend(if in_key(field) {
            let part = parts.iter().flatten().find(|(name, _)| *name == field.name);
            part.and_then(|(_, text)| of_key(field, text))
        } else {
            of_member(field, group)
        });
    }
    let is_taken = |member: &str| schema.fields.iter().any(|field| names(field).any(|name| is_member(member, name)));
    found.extend(
        group.names().filter(|name| !is_taken(name)).map(|name| format!("found a member `{name}` of no field")),
    );
    if found.is_empty() { Ok(()) } else { Err(Misfit { schema: name, found }.into()) }
}

fn names(field: &OwnedField) -> impl Iterator<Item = &str> {
    field.member.as_deref().unwrap_or(&field.name).split('|').map(str::trim)
}

/// What is wrong with a part of the key.
fn of_key(field: &OwnedField, text: &str) -> Option<String> {
    match field_text(text, &on_wire(&field.field_type)) {
        Ok(value) => misfit_of(field, &value),
        Err(_) => Some(format!("{}, found \"{text}\" in the key", expected(field))),
    }
}

/// What is wrong with the member of a field.
fn of_member(field: &OwnedField, group: &Group) -> Option<String> {
    let found = names(field).find_map(|name| group.fields.iter().find(|(member, _)| is_member(member, name)));
    let Some((member, content)) = found else {
        if field.optional || field.has_default {
            return None;
        }
        let wanted = names(field).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
        let there = group.names().take(12).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Some(format!("{}: expected a member {wanted}, found {there}", field.name));
    };
    if !is_known(member) && field.field_type != Type::Bytes {
        return None;
    }
    match field_value(member, content, on_wire(&field.field_type), LIMITS) {
        Ok(value) => misfit_of(field, &value),
        Err(error) => Some(format!("{}: {error}", field.name)),
    }
}

/// The type as codecs know it, insides apart, which are looked at when the value is there.
const fn on_wire(of: &Type) -> FieldType {
    const ARRAY: ArrayType = ArrayType::new(None, None);
    match of {
        Type::Str => FieldType::Str,
        Type::Enum(_) => FieldType::Enum(&[]),
        Type::Int => FieldType::Int,
        Type::Float => FieldType::Float,
        Type::Bool => FieldType::Bool,
        Type::Array(_) => FieldType::Array(ARRAY),
        Type::Structured(_) => FieldType::Structured(ARRAY),
        Type::List(_) => FieldType::List(&FieldType::Any),
        Type::Map(_) | Type::Sample(_) | Type::Ref(_) => FieldType::Map(&FieldType::Any),
        Type::Any => FieldType::Any,
        _ => FieldType::Bytes,
    }
}
