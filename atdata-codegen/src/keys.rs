//! Keys: what options can name in the records, types and the fields of each.

use atdata_schema::{OwnedFieldType, OwnedSchema, SchemaReference, SchemaTarget};

use crate::selector::Key;
use crate::source::Source;

/// The types of a record with the names of their fields: what options can name.
pub(crate) fn keys<'a>(source: &'a Source, known: &mut Vec<(Key<'a>, Vec<&'a str>)>) {
    fn of_schema<'a>(schema: &'a OwnedSchema, source: &'a Source, known: &mut Vec<(Key<'a>, Vec<&'a str>)>) {
        let key = Key { name: &schema.name, version: &schema.version, ..source.key() };
        known.push((key, schema.fields.iter().map(|field| field.name.as_str()).collect()));
        schema.fields.iter().for_each(|field| of_type(&field.field_type, source, known));
    }
    fn of_type<'a>(of: &'a OwnedFieldType, source: &'a Source, known: &mut Vec<(Key<'a>, Vec<&'a str>)>) {
        match of {
            OwnedFieldType::List(inner) | OwnedFieldType::Map(inner) | OwnedFieldType::Nullable(inner) => {
                of_type(inner, source, known);
            }
            OwnedFieldType::Sample(schema) => of_schema(schema, source, known),
            // It may be replaced without being there.
            OwnedFieldType::Ref(reference) => known.extend(key_of(reference).map(|key| (key, Vec::new()))),
            _ => {}
        }
    }
    of_schema(&source.record.schema, source, known);
}

/// What a reference says of the type it leads to.
pub(crate) fn key_of(reference: &SchemaReference) -> Option<Key<'_>> {
    match reference.target() {
        SchemaTarget::Local { name, version } => Some(Key { authority: None, name, version }),
        SchemaTarget::Published { authority, name, version } => {
            Some(Key { authority: Some(authority), name, version: version.as_deref().unwrap_or_default() })
        }
        _ => None,
    }
}
