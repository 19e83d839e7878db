//! The comparison, and the level of each change.

use std::collections::HashMap;

use serde_json::Value;

use super::{Change, Difference, Found, Level, arrays, layout, values};
use crate::fit::{Presence, Purpose, Verdict, fields, heads};
use crate::owned::{OwnedField, OwnedFieldType, OwnedFieldType as T, OwnedSchema};
use crate::problem::describe;
use crate::{fingerprint, python_json};

pub(super) fn compare(old: &OwnedSchema, new: &OwnedSchema) -> Vec<Difference> {
    let mut found =
        Found { path: String::new(), differences: Vec::new(), old_outer: Vec::new(), new_outer: Vec::new() };
    if old.name != new.name {
        let change = Change::TypeName { old: old.name.clone(), new: new.name.clone() };
        found.push(Level::Major, change);
    }
    layout::compare(old.layout.as_ref(), new.layout.as_ref(), &mut found);
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
                let verdict = fields(field.presence(), Presence::Absent, Purpose::Successor).there;
                found.judge(verdict, Change::Removed { field_type: whole_type(field), perhaps_renamed });
            }
        });
    }
    for field in added {
        let verdict = fields(Presence::Absent, field.presence(), Purpose::Successor).there;
        let change = Change::Added { field_type: whole_type(field), fills_in: verdict.holds() };
        found.inside(&field.name, |found| found.judge(verdict, change));
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
    layout::compare_members(old, new, found);
    let verdict = fields(old.presence(), new.presence(), Purpose::Successor);
    found.judge(verdict.null, Change::Optional(new.optional));
    found.judge(verdict.default, Change::HasDefault(new.has_default));
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
    if old == new && !fingerprint::has_references(old) {
        return;
    }
    let verdict = heads(&old.parts(&found.old_outer), &new.parts(&found.new_outer), Purpose::Successor);
    match (old, new) {
        // Told by what they differ in.
        (T::Array(old), T::Array(new)) | (T::Structured(old), T::Structured(new)) => arrays::compare(old, new, found),
        (T::Enum(old), T::Enum(new)) => values::compare(old, new, found),
        (T::List(old), T::List(new)) | (T::Map(old), T::Map(new)) if verdict == Verdict::Inside => {
            found.inside("[]", |found| compare_types(old, new, found));
        }
        (T::Sample(old), T::Sample(new)) if verdict == Verdict::Inside => {
            if old.name != new.name {
                let change = Change::TypeName { old: old.name.clone(), new: new.name.clone() };
                found.push(Level::Patch, change);
            }
            compare_schemas(old, new, found);
        }
        (T::Nullable(old), T::Nullable(new)) if verdict == Verdict::Inside => compare_types(old, new, found),
        (old, T::Nullable(new)) if verdict == Verdict::MayBeNull => {
            found.judge(verdict, Change::Optional(true));
            compare_types(old, new, found);
        }
        (T::Nullable(old), new) if verdict == Verdict::NotNull => {
            found.judge(verdict, Change::Optional(false));
            compare_types(old, new, found);
        }
        _ => found.judge(verdict, Change::Type { old: old.in_full(), new: new.in_full() }),
    }
}

/// A default is text of a record, and may be long.
fn shown(value: &Value) -> String {
    let json = python_json(value);
    if json.len() <= 60 { json } else { describe(value) }
}
