//! What differs between a struct and its record without a look at types.

mod suggest;

use atdata_schema::OwnedField;

use crate::ctxt::Ctxt;
use crate::model::{FieldDef, SampleDef};
use crate::symbol::did_you_mean;

/// Name, version, and the fields that only one of the two has. Types of fields are the compiler's to compare.
pub(crate) fn drift(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let Some(record) = sample.record.as_ref().filter(|_| !sample.is_flat()) else { return };
    let path = &record.path;
    for (what, found, expected) in
        [("name", &sample.name, &record.schema.name), ("version", &sample.version, &record.schema.version)]
    {
        if found.value != *expected {
            ctxt.error(
                found.span,
                format!(
                    "`{path}` has the {what} \"{expected}\", the struct \"{}\"; change one of the two, or remove \
                     `{what}` to take the record's",
                    found.value
                ),
            );
        }
    }
    let lacking: Vec<&OwnedField> = record.schema.fields.iter().filter(|field| !has(sample, &field.name)).collect();
    for field in sample.wire_fields().filter(|field| record.field(&field.name.value).is_none()) {
        ctxt.error(field.name.span, added(field, path, &lacking));
    }
    if !sample.is_partial() {
        for field in lacking {
            ctxt.error(sample.ident.span(), missing(field, path));
        }
    }
}

fn has(sample: &SampleDef<'_>, name: &str) -> bool {
    sample.wire_fields().any(|field| field.name.value == name)
}

fn added(field: &FieldDef<'_>, path: &str, lacking: &[&OwnedField]) -> String {
    let name = &field.name.value;
    let lacking: Vec<&str> = lacking.iter().map(|field| field.name.as_str()).collect();
    match did_you_mean(name, &lacking) {
        Some(near) => format!("field `{name}`: `{path}` has no such field; did you mean `{near}`?"),
        None => format!(
            "field `{name}`: `{path}` has no such field; add it to the record, remove it here, or mark it \
             `#[packable(skip)]`"
        ),
    }
}

fn missing(field: &OwnedField, path: &str) -> String {
    let (name, says) = (&field.name, &field.field_type);
    let optional = if field.optional { "?" } else { "" };
    let advice = match suggest::field_type(field) {
        Some(ty) => format!("add it as `{ty}`"),
        None => "add it".to_owned(),
    };
    format!(
        "field `{name}`: `{path}` says {says}{optional}, the struct has no such field; {advice}, or change the record"
    )
}
