//! Errors of PostgreSQL: what it can answer, and what of it a caller can act on.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error as Failure;
use tokio_postgres::error::SqlState;

use crate::error::{Cause, ErrorKind, Printable};
use crate::index::error::IndexError;

#[derive(Debug, thiserror::Error)]
pub(super) enum PostgresError {
    #[error(
        "expected `postgres://host:5432/database`, with user, `:`, password and `@` before the host if it asks for them (in these \
         `/` is written as %2F, `@` as %40), and `?parameters` behind the database, found {url}{reason}"
    )]
    Url { url: String, reason: String },
    #[error("{url}: {source}")]
    Missing { url: String, source: IndexError },
    #[error("{url}: the certificates that the server is to be held against cannot be read")]
    Encryption { url: String, source: io::Error },
    #[error("{url}: {}", explained(*kind, failure))]
    Failed { url: String, kind: ErrorKind, failure: Failure },
    #[error("{url}: no answer within {seconds} seconds")]
    TimedOut { url: String, seconds: u64 },
    #[error("a column of the index cannot be read; its tables have to be those that atdata makes")]
    Column(#[source] Failure),
    #[error("PostgreSQL cannot keep the {what} `{}`: take out its NUL characters", Printable(text))]
    Nul { what: &'static str, text: String },
}

impl Cause for PostgresError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Encryption { source, .. } if source.kind() == io::ErrorKind::NotFound => ErrorKind::NotFound,
            Self::Url { .. } | Self::Nul { .. } | Self::Encryption { .. } => ErrorKind::InvalidInput,
            Self::Failed { kind, .. } => *kind,
            Self::TimedOut { .. } => ErrorKind::Interrupted,
            Self::Missing { source, .. } => source.kind(),
            Self::Column(_) => ErrorKind::Corrupt,
        }
    }
}

impl PostgresError {
    pub(super) fn failed(url: &str, failure: Failure) -> Self {
        Self::Failed { url: url.to_owned(), kind: kind(&failure), failure }
    }

    /// Whether the connection broke, could not be made, or the server is not ready.
    pub(super) fn is_interrupted(&self) -> bool {
        matches!(self, Self::Failed { kind: ErrorKind::Interrupted, .. })
    }

    /// Whether what somebody else did was in the way; nothing has been done then.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Failed { kind: ErrorKind::Conflict, .. })
    }

    /// Whether the statement has taken itself back.
    pub(super) fn is_taken_back(&self) -> bool {
        let Self::Failed { failure, .. } = self else { return false };
        failure.code() == Some(&SqlState::DIVISION_BY_ZERO)
    }

    /// Whether two have made the same table at once.
    pub(super) fn is_race(&self) -> bool {
        let Self::Failed { failure, .. } = self else { return false };
        let races = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
        failure.code().is_some_and(|code| races.contains(code))
    }
}

fn io_error(failure: &Failure) -> Option<&io::Error> {
    let mut source = failure.source();
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref() {
            return Some(io);
        }
        source = error.source();
    }
    None
}

fn kind(failure: &Failure) -> ErrorKind {
    let Some(code) = failure.code() else {
        let is_lost = failure.is_closed() || io_error(failure).is_some() || failure.to_string().contains("timeout");
        return if is_lost { ErrorKind::Interrupted } else { ErrorKind::Io };
    };
    let code = code.code();
    match (code.get(..2).unwrap_or_default(), code) {
        (_, "53300") => ErrorKind::Throttled,
        (_, "53100") => ErrorKind::StorageFull,
        (_, "3D000" | "3F000") => ErrorKind::NotFound,
        (_, "42501" | "25006") | ("28", _) => ErrorKind::Permission,
        // Something that was shut down, is starting, or has lost its connection.
        (_, "57P01" | "57P02" | "57P03" | "57P05") | ("08", _) => ErrorKind::Interrupted,
        (_, "54000" | "22021") => ErrorKind::InvalidInput,
        ("40", _) => ErrorKind::Conflict,
        _ => ErrorKind::Io,
    }
}

fn explained(kind: ErrorKind, failure: &Failure) -> String {
    if let Some(refusal) = failure.as_db_error() {
        let hint = match (kind, refusal.code().code()) {
            (ErrorKind::Permission, "28P01") => "; check user and password of the URL",
            (ErrorKind::Permission, "28000") => {
                "; the server does not let this user in from here, or not without an encrypted connection"
            }
            (ErrorKind::Permission, "25006") => {
                "; the index has been opened for reading, or the server is one that only reads"
            }
            (ErrorKind::NotFound, "3D000") => "; `createdb` makes it, or name another in the URL",
            (ErrorKind::NotFound, _) => "; the user has no schema where the tables could be made",
            (ErrorKind::Throttled, _) => "; the server has as many connections as it allows",
            (ErrorKind::InvalidInput, "54000") => "; names can have about 2,700 bytes",
            _ => "",
        };
        return format!("the server says: {}{hint}", refusal.message());
    }
    let mut text = match io_error(failure) {
        Some(io) if io.kind() == io::ErrorKind::ConnectionRefused => {
            "nothing listens there; is the server running? ".to_owned()
        }
        _ if kind == ErrorKind::Interrupted => "the connection broke or could not be made: ".to_owned(),
        _ => String::new(),
    };
    text += &failure.to_string();
    let mut source = failure.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
