//! The schema record that a struct is held against, and what differs without a look at types.

use std::path::{Path, PathBuf};

use atdata_schema::{OwnedField, OwnedSchema, SchemaRecord};
use proc_macro2::Span;
use serde_json::Value;

use crate::attr::At;
use crate::ctxt::Ctxt;

/// A record, read from the file that `schema = "…"` names.
pub(crate) struct Record {
    /// As the user wrote it.
    pub(crate) path: String,
    span: Span,
    pub(crate) schema: OwnedSchema,
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
