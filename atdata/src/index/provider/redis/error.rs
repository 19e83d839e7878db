//! Errors of Redis: what it can answer, and what of it a caller can act on.

use redis::{ErrorKind as Reason, RedisError as Failure, ServerErrorKind as Refusal};

use crate::error::{Cause, ErrorKind, Printable};

#[derive(Debug, thiserror::Error)]
pub(super) enum RedisError {
    #[error(
        "expected `redis://host:6379/0`, `rediss://…` or `redis+unix:///path/of/socket`, with user, `:`, password and `@` \
         before the host if it asks for them (in these `/` is written as %2F, `@` as %40), found {url}: {reason}"
    )]
    Url { url: String, reason: String },
    #[error("{url}: {}", explained(*kind, failure))]
    Failed { url: String, kind: ErrorKind, failure: Failure },
    #[error("{url}: the server refuses the connection: {}", Printable(said))]
    Refused { url: String, said: String },
    #[error("{url}: no answer within {seconds} seconds")]
    TimedOut { url: String, seconds: u64 },
    #[error("{url}: the server's answer makes no sense: {reason}")]
    Nonsense { url: String, reason: String },
    #[error("the index in Redis holds a {what} that is no text in UTF-8")]
    NoText { what: &'static str },
    #[error("the hash of {what} has no field `{field}`")]
    NoField { what: String, field: &'static str },
    #[error(
        "Redis indexes cannot keep the version `{}`: `@` divides names from versions there; use another character",
        Printable(version)
    )]
    Version { version: String },
    #[error(
        "Redis indexes cannot keep a schema named `{}`: they read what precedes a dot as a module of old versions; \
         leave out the dot",
        Printable(name)
    )]
    SchemaName { name: String },
}

impl Cause for RedisError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Failed { kind, .. } => *kind,
            // It is so set up that it takes none from other machines; all else may pass.
            Self::Refused { said, .. } if said.starts_with("DENIED") => ErrorKind::Permission,
            Self::Refused { .. } | Self::TimedOut { .. } => ErrorKind::Interrupted,
            Self::Nonsense { .. } => ErrorKind::Io,
            Self::NoText { .. } | Self::NoField { .. } => ErrorKind::Corrupt,
            Self::Url { .. } | Self::Version { .. } | Self::SchemaName { .. } => ErrorKind::InvalidInput,
        }
    }
}

impl RedisError {
    pub(super) fn failed(url: &str, failure: Failure) -> Self {
        Self::Failed { url: url.to_owned(), kind: kind(&failure), failure }
    }
}

/// Whether the connection broke or the server is not ready, so that asking again may help.
pub(super) fn is_passing(failure: &Failure) -> bool {
    kind(failure) == ErrorKind::Interrupted && !failure.is_timeout()
}

/// Whether the server takes no writes, for it follows another one.
pub(super) fn is_of_a_replica(failure: &Failure) -> bool {
    // Before Redis 7 a script that writes fails with an error of its own around that of the command.
    failure.kind() == Reason::Server(Refusal::ReadOnly) || failure.to_string().contains("READONLY You can't write")
}

/// Whether one of several commands has met a key that holds something else than it asks for.
pub(super) fn is_of_a_key(failure: &Failure) -> bool {
    let errors = failure.clone().into_server_errors();
    errors.is_some_and(|errors| errors.iter().any(|(_, error)| error.code() == "WRONGTYPE"))
}

fn kind(failure: &Failure) -> ErrorKind {
    match failure.kind() {
        _ if is_cluster(failure) || is_undeclared(failure) => ErrorKind::Unsupported,
        Reason::AuthenticationFailed | Reason::Server(Refusal::NoPerm | Refusal::ReadOnly) => ErrorKind::Permission,
        Reason::Server(Refusal::ResponseError) if is_database(failure) => ErrorKind::NotFound,
        Reason::InvalidClientConfig => ErrorKind::InvalidInput,
        Reason::Io if is_encryption(failure) => ErrorKind::Io,
        Reason::Io | Reason::Server(Refusal::BusyLoading | Refusal::TryAgain | Refusal::MasterDown) => {
            ErrorKind::Interrupted
        }
        _ => match failure.code() {
            Some("NOAUTH" | "WRONGPASS") => ErrorKind::Permission,
            Some("WRONGTYPE") => ErrorKind::Corrupt,
            _ => ErrorKind::Io,
        },
    }
}

/// Whether the server is one of a cluster.
fn is_cluster(failure: &Failure) -> bool {
    use Refusal::{Ask, ClusterDown, CrossSlot, Moved};
    matches!(failure.kind(), Reason::Server(Ask | ClusterDown | CrossSlot | Moved))
        || failure.to_string().contains("non local key in a cluster")
}

/// Whether the server wants to know the keys of a script before it runs.
fn is_undeclared(failure: &Failure) -> bool {
    failure.to_string().contains("undeclared key")
}

fn is_database(failure: &Failure) -> bool {
    failure.to_string().contains("DB index is out of range")
}

/// What TLS refuses comes as data that are invalid.
fn is_encryption(failure: &Failure) -> bool {
    use std::error::Error;
    let io = failure.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::InvalidData) || failure.to_string().contains("certificate")
}

fn explained(kind: ErrorKind, failure: &Failure) -> String {
    match (kind, failure.code()) {
        (ErrorKind::Permission, Some("NOAUTH")) => {
            "the server wants a password: give it in the URL, `redis://:password@host`".into()
        }
        (ErrorKind::Permission, Some("READONLY")) => "the server is a replica, which cannot be written to".into(),
        (ErrorKind::Permission, Some("NOPERM")) => format!("the user lacks a permission: {failure}"),
        (ErrorKind::Permission, _) => "the server refused user or password of the URL".into(),
        (ErrorKind::Unsupported, _) if is_undeclared(failure) => format!(
            "the server runs no script whose keys are not named before: start it with \
             `--default_lua_flags=allow-undeclared-keys`, if it is Dragonfly ({failure})"
        ),
        (ErrorKind::Unsupported, _) => format!(
            "the server is a node of a Redis cluster, each of which has a part of the keys: an index needs all of its keys \
             on one server, so give it one of its own ({failure})"
        ),
        (ErrorKind::NotFound, _) => "the server has no database of this number".into(),
        (ErrorKind::Interrupted, _) if failure.is_connection_refusal() => {
            format!("nothing listens there; is the server running? ({failure})")
        }
        (ErrorKind::Interrupted, _) => format!("the connection broke or could not be made: {failure}"),
        (ErrorKind::Io, _) if is_encryption(failure) => format!(
            "no encrypted connection can be made; the server's certificate has to be one that this machine trusts: \
             {failure}"
        ),
        _ => failure.to_string(),
    }
}
