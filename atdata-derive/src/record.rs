//! The schema record that a struct is held against, and what differs without a look at types.

mod lock;

use std::path::Path;

use atdata_schema::reading::{Part, Wrong, parse_json, split};
use atdata_schema::{OwnedField, OwnedSchema, SchemaRecord};
use proc_macro2::Span;
use serde_json::{Map, Value};

use crate::attr::At;
use crate::ctxt::Ctxt;
use crate::file;

/// A record, read from the file that `schema = "…"` names.
pub(crate) struct Record {
    /// As the user wrote it.
    pub(crate) path: String,
    span: Span,
    pub(crate) schema: OwnedSchema,
    /// Whether it is in the form that Python's indexes store.
    pub(crate) is_local: bool,
    /// The path of the lock file beside it or above it, which it is held against.
    pub(crate) lock: Option<String>,
}

impl Record {
    /// The record, or a complaint at the path. Where the file has several, it is that of what the struct is called.
    pub(crate) fn read(ctxt: &Ctxt, path: &At<String>, name: &str, version: Option<&str>) -> Option<Self> {
        let read = file::read(&path.value).and_then(|json| {
            let (schema, is_local) = parse(&path.value, &json, (name, version))?;
            let lock = lock::check(&path.value, &schema)?;
            Ok(Self { path: path.value.clone(), span: path.span, schema, is_local, lock })
        });
        read.map_err(|message| ctxt.error(path.span, message)).ok()
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

fn parse(path: &str, json: &str, wanted: (&str, Option<&str>)) -> Result<(OwnedSchema, bool), String> {
    let document = parse_json(json).map_err(|error| format!("`{path}` is not JSON: {error}"))?;
    let parts = split(document, lexicon).map_err(|wrong| {
        let lines: Vec<_> = wrong.iter().map(|(at, expected, found)| problem(at, expected, found)).collect();
        format!("`{path}`: {}", lines.join("\n"))
    })?;
    let is_alone = parts.len() == 1;
    let mut found = Vec::new();
    for part in parts {
        match SchemaRecord::from_json(&part.record) {
            Ok(record) => found.push((record.schema, SchemaRecord::is_local(&part.record))),
            // Others in the file are no matter of this struct.
            Err(_) if !is_alone && part.record.get("name").is_none_or(|name| name != wanted.0) => {}
            Err(error) if is_alone => return Err(format!("`{path}`: {error}")),
            Err(error) => return Err(format!("`{path}` at {}: {error}", part.pointer)),
        }
    }
    if is_alone { found.pop().ok_or_else(|| none_of(path, &[], wanted)) } else { choose(path, found, wanted) }
}

/// The record of the struct among those of a file.
fn choose(
    path: &str,
    found: Vec<(OwnedSchema, bool)>,
    wanted: (&str, Option<&str>),
) -> Result<(OwnedSchema, bool), String> {
    let (name, version) = wanted;
    let is_named = |schema: &OwnedSchema| schema.name == name;
    let names: Vec<String> = found.iter().map(|(schema, _)| format!("{}@{}", schema.name, schema.version)).collect();
    let of_name = found.iter().map(|(schema, _)| schema).filter(|schema| is_named(schema));
    let versions: Vec<String> = of_name.map(|schema| format!("{:?}", schema.version)).collect();
    let is_it = |schema: &OwnedSchema| {
        is_named(schema) && version.is_none_or(|version| versions.len() == 1 || schema.version == version)
    };
    let mut those = found.into_iter().filter(|(schema, _)| is_it(schema));
    match (those.next(), those.next()) {
        (Some(record), None) => Ok(record),
        (Some(_), Some(_)) => Err(format!(
            "`{path}` has several versions of `{name}`: {}; write which one the struct is with `version = \"…\"`",
            versions.join(", ")
        )),
        (None, _) => Err(none_of(path, &names, wanted)),
    }
}

fn none_of(path: &str, names: &[String], wanted: (&str, Option<&str>)) -> String {
    let (name, version) = wanted;
    let version = version.map(|version| format!("@{version}")).unwrap_or_default();
    match names {
        [] => format!("`{path}` has no schema record"),
        names => format!(
            "`{path}` has no record of `{name}{version}`; it has {}: write `name = \"…\"`, and `version` if it has several",
            names.join(", ")
        ),
    }
}

/// A struct is not held against a lexicon: what it calls its types, and their version, only the generator decides.
fn lexicon(pointer: &str, _: &Map<String, Value>, _: &mut Vec<Part>, wrong: &mut Vec<Wrong>) {
    let expected = "a schema record (`include_schema!` and `atdata_codegen` write the types of a lexicon)";
    wrong.push((pointer.to_owned(), expected, "a lexicon".to_owned()));
}

fn problem(at: &str, expected: &str, found: &str) -> String {
    let at = if at.is_empty() { "the root" } else { at };
    format!("at {at}: expected {expected}, found {found}")
}

/// Whether a path stands on its own, and not below the folder of `Cargo.toml`.
pub(crate) fn is_absolute(path: &str) -> bool {
    Path::new(path).is_absolute()
}
