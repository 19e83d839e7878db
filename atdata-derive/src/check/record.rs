//! What differs between a struct and its record without a look at types.

mod suggest;

use atdata_schema::{OwnedField, OwnedLayout};

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
    layout(ctxt, sample, path, record.schema.layout.as_ref());
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

/// Where the fields are, for who reads the samples by the record.
fn layout(ctxt: &Ctxt, sample: &SampleDef<'_>, path: &str, says: Option<&OwnedLayout>) {
    let place = sample.members.layout.as_ref().map_or_else(|| sample.ident.span(), |layout| layout.span);
    match (says, sample.members.is_used()) {
        (Some(_), false) if sample.lifetime.is_none() => {
            let message = format!(
                "`{path}` says that each field is a member of its own; write `#[packable(layout = \"members\")]`, or remove \
                 `layout` from the record"
            );
            ctxt.error(place, message);
        }
        (None, true) => {
            let message = format!(
                "`{path}` is of packed samples; add `\"layout\": \"members\"` to the record, or remove `layout` here"
            );
            ctxt.error(place, message);
        }
        (Some(layout), true) => members(ctxt, sample, path, layout),
        _ => {}
    }
}

fn members(ctxt: &Ctxt, sample: &SampleDef<'_>, path: &str, layout: &OwnedLayout) {
    let (says, found) = (layout.key.as_deref().unwrap_or_default(), sample.key_pattern());
    if says != found {
        let place = sample.members.path.as_ref().map_or_else(|| sample.ident.span(), |path| path.span);
        let message = format!("`{path}` says that keys are \"{says}\", the struct \"{found}\"; change one of the two");
        ctxt.error(place, message);
    }
    let Some(record) = &sample.record else { return };
    for field in sample.named_fields().filter(|field| !sample.is_in_key(field)) {
        let Some(known) = record.field(&field.name.value) else { continue };
        let says = known.member.as_deref().map(|names| names.split('|').map(str::trim).collect::<Vec<_>>().join("|"));
        let says = says.unwrap_or_else(|| known.name.to_lowercase());
        let found = field.member_names().join("|");
        if says != found {
            let place = field.member.as_ref().map_or(field.name.span, |member| member.span);
            let message = format!(
                "field `{}`: `{path}` says that it is in the member \"{says}\", the struct \"{found}\"; change one of the two",
                field.name.value
            );
            ctxt.error(place, message);
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
