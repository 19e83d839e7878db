//! What can be wrong with an archive, and what to do about it.

use std::io;

use rusqlite::ErrorCode;

use crate::error::{Cause, ErrorKind, Printable, kind_of_io};

#[derive(Debug, thiserror::Error)]
pub(super) enum BarecatError {
    #[error(
        "there is no archive: neither the index \"{name}\" nor one of the old name \"{name}-sqlite-index\"; {beside}"
    )]
    Missing { name: String, beside: String },
    #[error("a folder is no archive: an archive is an index file with its shards beside it")]
    IsFolder,
    #[error("the index cannot be read or written{}", hint(.source))]
    Sqlite { source: rusqlite::Error },
    #[error("this is no index of barecat: {0}")]
    Foreign(String),
    #[error("{0}")]
    Version(String),
    #[error(
        "the index is out of order, so that rows would be missed or found again: restore it from a copy, or let SQLite `REINDEX` it"
    )]
    OutOfOrder,
    #[error("{0}")]
    NoFile(String),
    #[error("it is a directory, and has no bytes; list it")]
    IsDirectory,
    #[error("it is a file, and has no entries; read it")]
    IsFile,
    #[error("the index is damaged: `{column}` is {found}, expected {expected}")]
    Row { column: &'static str, found: String, expected: &'static str },
    #[error("cannot open the shard \"{}\"", Printable(.shard))]
    Shard { shard: String, source: io::Error },
    #[error("cannot {what} the shard \"{}\"", Printable(.shard))]
    ShardIo { what: &'static str, shard: String, source: io::Error },
    #[error(
        "the index says that it is the {size} bytes from {offset} on of \"{}\", which has {len} bytes: the shard was cut \
         off, or belongs to another index",
        Printable(.shard)
    )]
    Beyond { shard: String, offset: u64, size: u64, len: u64 },
    #[error("its CRC32C is {found:08x}, expected {expected:08x}: bytes of \"{}\" were changed", Printable(.shard))]
    Checksum { shard: String, expected: u32, found: u32 },
    #[error("{0}")]
    Path(String),
    #[error("{0}")]
    Clash(String),
    #[error("{0}")]
    Refused(String),
    #[error(
        "\"{}\" says that another one is about to take its place, or that its writer was killed meanwhile: what is added \
         would be lost; try again, or let `atdata gc`, run by who wrote it and where, finish that write",
        Printable(.journal)
    )]
    Unfinished { journal: String },
    #[error("another archive has taken its place meanwhile; try again")]
    Replaced,
    #[error("the archive was changed while it was read, so that files of it may have been passed over: read it again")]
    ReadChanged,
    #[error("none of its {found} files is a member of a sample{sought}: a name has a key and a field, as `1.jpg` has")]
    NoSamples { found: u64, sought: &'static str },
    #[error("it has {size} bytes, and shards may have {limit}: raise the limit of shards")]
    TooLarge { size: u64, limit: u64 },
    #[error("it was to have {expected} bytes and has {found}: it was changed while it was read")]
    Changed { expected: u64, found: u64 },
    #[error("its CRC32C is {found:08x}, expected {expected:08x}: bytes of it were changed where it is copied from")]
    Source { expected: u32, found: u32 },
    #[error("cannot {what}")]
    Io { what: &'static str, source: io::Error },
}

impl Cause for BarecatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } | Self::NoFile(_) => ErrorKind::NotFound,
            Self::Sqlite { source } => kind(source),
            Self::Foreign(_)
            | Self::OutOfOrder
            | Self::Row { .. }
            | Self::Beyond { .. }
            | Self::Checksum { .. }
            | Self::Source { .. } => ErrorKind::Corrupt,
            Self::Version(_) | Self::Refused(_) => ErrorKind::Unsupported,
            Self::Shard { source, .. } | Self::ShardIo { source, .. } | Self::Io { source, .. } => {
                match source.kind() {
                    io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory => ErrorKind::InvalidInput,
                    _ => kind_of_io(source),
                }
            }
            Self::IsFolder
            | Self::IsDirectory
            | Self::IsFile
            | Self::Path(_)
            | Self::Clash(_)
            | Self::NoSamples { .. }
            | Self::TooLarge { .. } => ErrorKind::InvalidInput,
            Self::Changed { .. } | Self::ReadChanged | Self::Unfinished { .. } | Self::Replaced => ErrorKind::Conflict,
        }
    }
}

impl From<rusqlite::Error> for BarecatError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite { source }
    }
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => ErrorKind::Interrupted,
            ErrorCode::PermissionDenied | ErrorCode::ReadOnly => ErrorKind::Permission,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation => ErrorKind::Corrupt,
            ErrorCode::DiskFull => ErrorKind::StorageFull,
            _ => ErrorKind::Io,
        },
        E::FromSqlConversionFailure(..) | E::InvalidColumnType(..) | E::Utf8Error(..) | E::SqlInputError { .. } => {
            ErrorKind::Corrupt
        }
        _ => ErrorKind::Io,
    }
}

fn hint(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ": another process reads or writes the archive; try again when it has finished"
        }
        Some(ErrorCode::NotADatabase) => ": the file is no SQLite database; name the index of an archive",
        Some(ErrorCode::DatabaseCorrupt) => ": the file is damaged; restore it from a copy",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            ": it may not be written, which is needed to undo what a killed writer left half done"
        }
        Some(ErrorCode::DiskFull) => ": the disk is full",
        _ => "",
    }
}
