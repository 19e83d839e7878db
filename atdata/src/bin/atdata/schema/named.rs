//! The schema that an argument names, for a command that holds samples against it.

use std::path::Path;

use atdata::index::Index;
use atdata::schema::SchemaRecord;
use atdata::{Error, ErrorKind, Result};

use super::{read_record, reference};
use crate::places::{Given, is_reference};
use crate::text::Plain;

/// The schema in the index that an argument names, or the record in a file, which is not in the index yet.
pub(crate) fn named(text: &str, given: Given<'_>) -> Result<(Option<String>, SchemaRecord)> {
    let path = Path::new(text);
    if path.extension().is_some_and(|end| end == "json") && !is_reference(text) {
        return Ok((None, read_record(path)?));
    }
    let index = given.reading()?;
    if !text.contains('@') && !text.contains("://") {
        return Err(no_version(text, &index)?);
    }
    // Nothing is worse than a dataset whose schema is found by nobody.
    let reference = reference(text);
    let record = index.schema(&reference)?;
    Ok((Some(reference), record))
}

/// The error of a name alone, with what may have been meant.
fn no_version(name: &str, index: &Index) -> Result<Error> {
    let of_name = |record: &SchemaRecord| record.schema.name == name;
    let known: Vec<_> = index.schemas()?.into_iter().filter(of_name).collect();
    let versions: Vec<_> = known.iter().map(|record| format!("`{}@{}`", Plain(name), record.schema.version)).collect();
    let known = if versions.is_empty() { String::new() } else { format!("; there are {}", versions.join(", ")) };
    let message = format!(
        "expected a schema such as `Name@1.0.0`, or the file of a record (`….json`), found `{}`{known}",
        Plain(name)
    );
    Ok(Error::new(ErrorKind::InvalidInput, message))
}
