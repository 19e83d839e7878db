//! Errors of SQLite: what it says, and what a caller can do about it.

use std::io;

use rusqlite::ErrorCode;

use crate::error::{Cause, ErrorKind, Printable, kind_of_io};

#[derive(Debug, thiserror::Error)]
pub(super) enum SqliteError {
    #[error("cannot tell the whole path of the index")]
    Path { source: io::Error },
    #[error("cannot make the folder of the index")]
    Folder { source: io::Error },
    #[error("cannot open the index{}", hint(.source))]
    Open { source: rusqlite::Error },
    #[error("this is the database of another program: it has no table `dataset_entries`; nothing was changed")]
    Foreign,
    #[error("the index cannot be read or written{}", hint(.source))]
    Query { source: rusqlite::Error },
    #[error("{} is damaged", Printable(.what))]
    Row { what: String, source: rusqlite::Error },
    #[error("{} is damaged: expected text, found {found}", Printable(.what))]
    NoText { what: String, found: &'static str },
}

impl Cause for SqliteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Path { source } | Self::Folder { source } => match source.kind() {
                io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => ErrorKind::InvalidInput,
                io::ErrorKind::NotFound => ErrorKind::Io,
                _ => kind_of_io(source),
            },
            Self::Foreign | Self::Row { .. } | Self::NoText { .. } => ErrorKind::Corrupt,
            Self::Open { source } | Self::Query { source } => kind(source),
        }
    }
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => ErrorKind::Interrupted,
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied => {
                ErrorKind::Permission
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => ErrorKind::Corrupt,
            ErrorCode::TooBig => ErrorKind::InvalidInput,
            ErrorCode::DiskFull => ErrorKind::StorageFull,
            _ => ErrorKind::Io,
        },
        // `SqlInputError` is one of other columns: a table of that name that is not ours.
        E::FromSqlConversionFailure(..)
        | E::InvalidColumnType(..)
        | E::Utf8Error(..)
        | E::IntegralValueOutOfRange(..)
        | E::SqlInputError { .. } => ErrorKind::Corrupt,
        _ => ErrorKind::Io,
    }
}

fn hint(error: &rusqlite::Error) -> &'static str {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                ": another process kept it locked for too long; try again when it has finished"
            }
            ErrorCode::NotADatabase => ": the file is no SQLite database; name another one",
            ErrorCode::DatabaseCorrupt => ": the file is damaged; restore it from a copy, or see what `.recover` saves",
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => ": it may not be written",
            ErrorCode::DiskFull => ": the disk is full",
            _ => "",
        },
        E::SqlInputError { .. } => ": its tables are not those of atdata",
        _ => "",
    }
}
