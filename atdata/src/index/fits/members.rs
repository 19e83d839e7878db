//! Whether the members of a plain `WebDataset` sample are those of a schema.

use atdata_schema::{OwnedField, OwnedSchema};

use super::{Misfit, expected, misfit_of};
use crate::error::Result;
use crate::sample::{Limits, RecordTable};
use crate::shard::Group;

/// Holds a plain `WebDataset` sample against a schema whose fields are members: whether each is there and is read as what the
/// schema says, whether the key is of the schema's pattern, and whether there are members that no field takes.
///
/// What a member holds that a codec of the type's own reads, as the schema notes, is not looked at.
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
    let table = RecordTable::new(schema)?;
    let mut found = Vec::new();
    match table.parts(group.key()) {
        Ok(parts) => {
            let field = |(name, text): &(&str, &str)| of_key(&table, schema.field(name)?, text);
            found.extend(parts.iter().filter_map(field));
        }
        Err(error) => found.push(error.to_string()),
    }
    let placed = table.placed(&group.fields);
    for (field, place) in schema.fields.iter().zip(&placed.of_fields) {
        found.extend(of_member(&table, field, *place, group));
    }
    if !layout.allow_unknown {
        found.extend(placed.left(&group.fields).map(|member| table.left_over(member)));
    }
    if found.is_empty() { Ok(()) } else { Err(Misfit { schema: name, found }.into()) }
}

/// What is wrong with a part of the key.
fn of_key(table: &RecordTable, field: &OwnedField, text: &str) -> Option<String> {
    match table.value_in_key(&field.name, text) {
        Ok(value) => misfit_of(field, &value),
        Err(_) => Some(format!("{}, found \"{text}\" in the key", expected(field))),
    }
}

/// What is wrong with the member of a field.
fn of_member(table: &RecordTable, field: &OwnedField, place: Option<usize>, group: &Group) -> Option<String> {
    let Some((member, content)) = place.and_then(|at| group.fields.get(at)) else {
        return table.missed(&field.name, &group.fields).map(|error| format!("{}: {error}", field.name));
    };
    match table.value(&field.name, member, content, Limits::default())? {
        Ok(value) => misfit_of(field, &value),
        Err(error) => Some(format!("{}: {error}", field.name)),
    }
}
