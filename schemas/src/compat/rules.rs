//! The comparison, and the level of each change.

use std::collections::HashMap;

use serde_json::Value;

use super::{Change, Difference, Found, Level, arrays, values};
use crate::owned::{OwnedField, OwnedFieldType, OwnedSchema};
use crate::problem::describe;
use crate::{SchemaReference, fingerprint, python_json};

pub(super) fn compare(old: &OwnedSchema, new: &OwnedSchema) -> Vec<Difference> {
    let mut found =
        Found { path: String::new(), differences: Vec::new(), old_outer: Vec::new(), new_outer: Vec::new() };
    if old.name != new.name {
        let change = Change::TypeName { old: old.name.clone(), new: new.name.clone() };
        found.push(Level::Major, change);
    }
    compare_schemas(old, new, &mut found);
    found.differences
}

fn compare_schemas<'a>(old: &'a OwnedSchema, new: &'a OwnedSchema, found: &mut Found<'a>) {
    found.old_outer.push(old);
    found.new_outer.push(new);
    compare_contents(old, new, found);
    found.old_outer.pop();
    found.new_outer.pop();
}

fn compare_contents<'a>(old: &'a OwnedSchema, new: &'a OwnedSchema, found: &mut Found<'a>) {
    if old.description != new.description {
        found.push(Level::Patch, Change::Description);
    }
    let old_fields: HashMap<&str, &OwnedField> = by_name(old);
    let new_fields: HashMap<&str, &OwnedField> = by_name(new);
    let added: Vec<_> = new.fields.iter().filter(|field| !old_fields.contains_key(field.name.as_str())).collect();
    let removed: Vec<_> = old.fields.iter().filter(|field| !new_fields.contains_key(field.name.as_str())).collect();
    for field in &old.fields {
        found.inside(&field.name, |found| match new_fields.get(field.name.as_str()) {
            Some(new) => compare_fields(field, new, found),
            None => {
                let perhaps_renamed = perhaps_renamed(field, &removed, &added);
                found.push(Level::Major, Change::Removed { field_type: whole_type(field), perhaps_renamed });
            }
        });
    }
    for field in added {
        let fills_in = field.optional || field.has_default;
        let level = if fills_in { Level::Minor } else { Level::Major };
        let field_type = whole_type(field);
        found.inside(&field.name, |found| found.push(level, Change::Added { field_type, fills_in }));
    }
}

fn by_name(schema: &OwnedSchema) -> HashMap<&str, &OwnedField> {
    schema.fields.iter().map(|field| (field.name.as_str(), field)).collect()
}

/// `str?`
fn whole_type(field: &OwnedField) -> String {
    format!("{}{}", field.field_type, if field.optional { "?" } else { "" })
}

/// A guess for people: it changes no level.
fn perhaps_renamed(field: &OwnedField, removed: &[&OwnedField], added: &[&OwnedField]) -> Option<String> {
    let alike = |other: &&&OwnedField| other.field_type == field.field_type && other.optional == field.optional;
    // Among very many fields a guess is worth little, and costs a comparison of each with each.
    if removed.len().max(added.len()) > 100 {
        return None;
    }
    let mut candidates = added.iter().filter(alike);
    let only = candidates.next().filter(|_| candidates.next().is_none())?;
    (removed.iter().filter(alike).count() == 1).then(|| only.name.clone())
}

fn compare_fields<'a>(old: &'a OwnedField, new: &'a OwnedField, found: &mut Found<'a>) {
    compare_types(&old.field_type, &new.field_type, found);
    if old.optional != new.optional {
        let level = if new.optional { Level::Minor } else { Level::Major };
        found.push(level, Change::Optional(new.optional));
    }
    if old.has_default != new.has_default {
        // Null stands for what was the default.
        let fills_in = new.has_default || new.optional;
        let level = if fills_in { Level::Minor } else { Level::Major };
        found.push(level, Change::HasDefault(new.has_default));
    }
    if let (Some(old), Some(new)) = (&old.default, &new.default)
        && old != new
    {
        let (old, new) = (shown(old), shown(new));
        found.push(Level::Minor, Change::DefaultValue { old, new });
    }
    if old.description != new.description {
        found.push(Level::Patch, Change::Description);
    }
}

fn compare_types<'a>(old: &'a OwnedFieldType, new: &'a OwnedFieldType, found: &mut Found<'a>) {
    use OwnedFieldType as T;

    match (old, new) {
        (T::Ref(old), T::Ref(new)) if is_same(old, new, found) => {}
        _ if old == new && !fingerprint::has_references(old) => {}
        (T::Array(old), T::Array(new)) | (T::Structured(old), T::Structured(new)) => arrays::compare(old, new, found),
        (T::Enum(old), T::Enum(new)) => values::compare(old, new, found),
        (T::List(old), T::List(new)) | (T::Map(old), T::Map(new)) => {
            found.inside("[]", |found| compare_types(old, new, found));
        }
        (T::Sample(old), T::Sample(new)) if old.is_untyped() == new.is_untyped() => {
            if old.name != new.name {
                let change = Change::TypeName { old: old.name.clone(), new: new.name.clone() };
                found.push(Level::Patch, change);
            }
            compare_schemas(old, new, found);
        }
        (T::Nullable(old), T::Nullable(new)) => compare_types(old, new, found),
        (old, T::Nullable(new)) if *old != T::Any => {
            found.push(Level::Minor, Change::Optional(true));
            compare_types(old, new, found);
        }
        (T::Nullable(old), new) if *new != T::Any => {
            found.push(Level::Major, Change::Optional(false));
            compare_types(old, new, found);
        }
        _ => {
            let widens = match (old, new) {
                (_, T::Any) | (T::Int, T::Float) | (T::Enum(_), T::Str) => true,
                (T::Sample(_), T::Sample(new)) => new.is_untyped(),
                _ => false,
            };
            let level = if widens { Level::Minor } else { Level::Major };
            found.push(level, Change::Type { old: detail(old), new: detail(new) });
        }
    }
}

/// Whether two references mean the same, however they are spelled: a type further out is that type in both its versions.
fn is_same(old: &SchemaReference, new: &SchemaReference, found: &Found<'_>) -> bool {
    match (fingerprint::levels_up(old, &found.old_outer), fingerprint::levels_up(new, &found.new_outer)) {
        (None, None) => old.target() == new.target(),
        levels => levels.0 == levels.1,
    }
}

/// A default is text of a record, and may be long.
fn shown(value: &Value) -> String {
    let json = python_json(value);
    if json.len() <= 60 { json } else { describe(value) }
}

/// References to two versions of a type read alike, but for their text.
fn detail(of: &OwnedFieldType) -> String {
    match of {
        OwnedFieldType::Ref(reference) => reference.current(),
        other => other.to_string(),
    }
}
