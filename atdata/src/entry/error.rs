//! Errors of entries: what can be wrong with a reference, a name or a schema, whatever keeps the entry.

use std::fmt;

use crate::error::{Cause, ErrorKind, Printable};
use atdata_schema::SchemaDiff;

#[derive(Debug, thiserror::Error)]
pub(crate) enum EntryError {
    #[error("\"{}\" is no reference to a dataset: expected {expected}", Printable(.text))]
    Reference { text: String, expected: &'static str },
    #[error("nothing can be stored under the name \"{}\": {reason}", Printable(.name))]
    Name { name: String, reason: &'static str },
    #[error("no label can have the version \"{}\": {reason}", Printable(.version))]
    LabelVersion { version: String, reason: &'static str },
    #[error(
        "the schema {name}@{version} is stored with other fields:{}raise the version of the type to {next}",
        Lines(.diff)
    )]
    OtherSchema { name: String, version: String, diff: SchemaDiff, next: String },
    #[error("schema {name}: {source}; compared with the stored {old}:{}", Lines(.diff))]
    Version { name: String, old: String, diff: SchemaDiff, source: atdata_schema::VersionError },
    #[error("`{version}` is no semantic version: expected one such as 1.0.0")]
    NotSemantic { version: String },
}

impl Cause for EntryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherSchema { .. } | Self::Version { .. } => ErrorKind::Conflict,
            Self::Reference { .. } | Self::Name { .. } | Self::LabelVersion { .. } | Self::NotSemantic { .. } => {
                ErrorKind::InvalidInput
            }
        }
    }
}

/// Differences, a line each, where there are few enough to be read.
pub(crate) struct Lines<'a>(pub(crate) &'a SchemaDiff);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 12;
        let differences = self.0.differences();
        f.write_str("\n")?;
        for difference in differences.iter().take(SHOWN) {
            writeln!(f, "  {difference}")?;
        }
        if differences.len() > SHOWN {
            writeln!(f, "  … and {} more", differences.len() - SHOWN)?;
        }
        Ok(())
    }
}
