//! What can be wrong with a manifest.

use std::io;

use crate::error::{Cause, ErrorKind, Printable};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("expected the header of a manifest: {}", Printable(.reason))]
    Header { reason: String },
    #[error("expected a manifest of the version 1, found `{}`", Printable(.found))]
    Version { found: String },
    #[error("expected {what} of at most {limit}, found {found}")]
    Large { what: &'static str, found: u64, limit: u64 },
    #[error("the rows of the manifest cannot be read: {}", Printable(.reason))]
    Samples { reason: String },
    #[error("expected {expected} rows, as the header of the manifest says, found {found}")]
    Rows { expected: u64, found: u64 },
    #[error("expected the column `{name}` of {expected}, found {found}")]
    Column { name: &'static str, expected: &'static str, found: String },
    #[error("the rows of the manifest cannot be written: {}", Printable(.reason))]
    NotWritten { reason: String },
    #[error("field `{}`: expected {expected} for the manifest, found {found}", Printable(.field))]
    Value { field: String, expected: &'static str, found: &'static str },
    #[error("the manifest cannot be {what}")]
    Io { what: &'static str, source: io::Error },
    #[error("the shard is not what its contents, or its headers, have just said: it was changed meanwhile")]
    Changed,
    #[error("no manifest has a place beside it: it is no file")]
    NoPlace,
}

impl Cause for ManifestError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Header { .. } | Self::Samples { .. } | Self::Rows { .. } | Self::Column { .. } => ErrorKind::Corrupt,
            Self::Version { .. } | Self::Large { .. } | Self::NoPlace => ErrorKind::Unsupported,
            Self::NotWritten { .. } => ErrorKind::InvalidInput,
            Self::Changed => ErrorKind::Conflict,
            Self::Value { .. } => ErrorKind::SchemaMismatch,
            Self::Io { source, .. } => crate::error::kind_of_io(source),
        }
    }
}
