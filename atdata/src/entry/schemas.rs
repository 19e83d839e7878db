//! Versions of schemas: whether a record agrees with one of its name and version, and may follow those before it.

use super::error::EntryError;
use crate::error::Result;
use atdata_schema::{Change, Level, SchemaDiff, SchemaRecord, Version, latest_version};

/// Fails if two records of one name and version are of different types.
pub(crate) fn agree(stored: &SchemaRecord, new: &SchemaRecord) -> Result<()> {
    let diff = changes(stored, new);
    if diff.level() <= Level::Patch {
        return Ok(());
    }
    let (name, version) = (new.schema.name.clone(), new.schema.version.clone());
    let next = diff.next_version(&semantic(&version)?).to_string();
    Err(EntryError::OtherSchema { name, version, diff, next }.into())
}

/// Fails if the version of a new record is too low for what changed since the one before it, among those of its name.
pub(crate) fn follows(stored: &[SchemaRecord], new: &SchemaRecord) -> Result<()> {
    let version = semantic(&new.schema.version)?;
    let versions = stored.iter().map(|record| record.schema.version.as_str());
    let lower = versions.filter(|text| Version::parse(text).is_ok_and(|other| other < version));
    let Some(before) = latest_version(lower) else { return Ok(()) };
    let old = stored.iter().find(|record| record.schema.version == before.to_string());
    let Some(old) = old else { return Ok(()) };
    let diff = changes(old, new);
    diff.check_version(&before, &version).map_err(|source| {
        EntryError::Version { name: new.schema.name.clone(), old: old.schema.version.clone(), diff, source }.into()
    })
}

/// The version of a stored record if another says the same, or the next one that the differences ask for.
pub(crate) fn next_version(stored: &SchemaRecord, new: &SchemaRecord) -> Result<String> {
    let diff = changes(stored, new);
    if diff.differences().is_empty() {
        return Ok(stored.schema.version.clone());
    }
    Ok(diff.next_version(&semantic(&stored.schema.version)?).to_string())
}

/// What differs, but for what the stored record leaves open: Python knows no shapes, and writes `float32` for arrays of
/// any dtype.
fn changes(stored: &SchemaRecord, new: &SchemaRecord) -> SchemaDiff {
    let mut diff = SchemaDiff::between(&stored.schema, &new.schema);
    diff.retain(|difference| match &difference.change {
        Change::Shape { old, .. } => old != "any",
        Change::Dims { old, .. } => old != "none",
        Change::Dtype { old, .. } => old != "any" && old != "float32",
        Change::HasDefault(_) => false,
        _ => true,
    });
    diff
}

/// The version, which has to be a semantic one.
pub(crate) fn semantic(version: &str) -> Result<Version> {
    Ok(Version::parse(version).map_err(|_| EntryError::NotSemantic { version: version.to_owned() })?)
}
