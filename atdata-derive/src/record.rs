//! The schema record that a struct is held against, and what differs without a look at types.

mod suggest;

use std::path::{Path, PathBuf};

use atdata_schema::{OwnedField, OwnedSchema, SchemaRecord};
use proc_macro2::Span;
use serde_json::Value;

use crate::attr::At;
use crate::ctxt::Ctxt;
use crate::model::{FieldDef, SampleDef};
use crate::symbol::did_you_mean;

/// A record, read from the file that `schema = "…"` names.
pub(crate) struct Record {
    /// As the user wrote it.
    pub(crate) path: String,
    span: Span,
    schema: OwnedSchema,
    /// Whether it is in the form that Python's indexes store.
    pub(crate) is_local: bool,
}

impl Record {
    /// The record, or a complaint at the path.
    pub(crate) fn read(ctxt: &Ctxt, path: &At<String>) -> Option<Self> {
        let read = read_file(&path.value).and_then(|json| parse(&path.value, &json));
        match read {
            Ok((schema, is_local)) => Some(Self { path: path.value.clone(), span: path.span, schema, is_local }),
            Err(message) => {
                ctxt.error(path.span, message);
                None
            }
        }
    }

    /// The name that it gives the type.
    pub(crate) fn name(&self) -> At<String> {
        At { value: self.schema.name.clone(), span: self.span }
    }

    pub(crate) fn version(&self) -> At<String> {
        At { value: self.schema.version.clone(), span: self.span }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&OwnedField> {
        self.schema.field(name)
    }
}

/// Paths begin where the user's `Cargo.toml` is: the compiler does not tell macros of which file a struct is.
fn read_file(path: &str) -> Result<String, String> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    std::fs::read_to_string(folder.join(path)).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            return format!(
                "there is no file `{path}`; write the path of a schema record, from the folder of this crate's `Cargo.toml`"
            );
        }
        format!("`{path}`, a path from the folder of this crate's `Cargo.toml`, cannot be read: {error}")
    })
}

fn parse(path: &str, json: &str) -> Result<(OwnedSchema, bool), String> {
    let json = atdata_schema::reading::without_mark(json);
    let document: Value = serde_json::from_str(json).map_err(|error| format!("`{path}` is not JSON: {error}"))?;
    let value = record_of(document);
    let is_local = SchemaRecord::is_local(&value);
    match SchemaRecord::from_json(&value) {
        Ok(record) => Ok((record.schema, is_local)),
        Err(error) => Err(format!("`{path}`: {error}")),
    }
}

/// The record in what a server answers to `getRecord`; any other document is one itself.
fn record_of(mut document: Value) -> Value {
    let is_record = ["fields", "schema", "schemaType"].iter().any(|key| document.get(key).is_some());
    match document.get_mut("value") {
        Some(value @ Value::Object(_)) if !is_record => value.take(),
        _ => document,
    }
}

/// Whether a path stands on its own, and not below the folder of `Cargo.toml`.
pub(crate) fn is_absolute(path: &str) -> bool {
    Path::new(path).is_absolute()
}

/// Name, version, and the fields that only one of the two has. Types of fields are the compiler's to compare.
pub(crate) fn drift(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let Some(record) = &sample.record else { return };
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
