//! Errors of the network: what can go wrong with the AT Protocol.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::AtUri;
use super::refusal::Refusal;
use super::upload::BLOB_LIMIT;
use crate::error::redact::unsecret;
use crate::error::{Cause, Error, ErrorKind, Printable};
use crate::net::failure::{Failure, reason};

#[derive(Debug, thiserror::Error)]
pub(crate) enum AtmosphereError {
    #[error("expected the http or https URL of a server, without user, password, query and fragment, found {0}")]
    Server(String),
    #[error(
        "the server {0} is not encrypted: only those of this machine may be `http`, unless \
         `AtmosphereBuilder::allow_http` says otherwise"
    )]
    Http(String),
    #[error(
        "the server {0}, which a document of the network names, is none of the public network; such servers are asked \
         only if the PDS or the PLC directory that was given is on this machine"
    )]
    Local(String),
    #[error(transparent)]
    Call(Box<CallError>),
    #[error("nobody is logged in: call `Atmosphere::login`, or `log_in` on this client")]
    NotLoggedIn,
    #[error("the session of {did} has ended: log in again")]
    Ended { did: String, source: Box<CallError> },
    #[error("the session is one of {found}, not of {expected}")]
    OtherAccount { expected: String, found: String },
    #[error("expected the text of a session, as `export_session` gives it: {0}")]
    Session(&'static str),
    #[error("set the environment variable {0}: a handle in ATDATA_HANDLE and an app password in ATDATA_PASSWORD")]
    Environment(&'static str),
    #[error("expected {expected}, found \"{}\"", Printable(&unsecret(.found)))]
    Name { expected: &'static str, found: String },
    #[error("{did}: only `did:plc` and `did:web` without a path are known")]
    Method { did: String },
    #[error("the document of {did} {reason}")]
    Document { did: String, reason: String },
    #[error("the handle {handle} leads to {did}, whose document does not name it")]
    Handle { handle: String, did: String },
    #[error("no account has the handle {handle}")]
    NoHandle { handle: String, source: Box<CallError> },
    #[error("there is another record at {0}")]
    Exists(AtUri),
    #[error("a blob may have {BLOB_LIMIT} bytes, this one has {0}: write smaller shards")]
    TooLarge(u64),
    #[error("expected {expected} bytes to upload, the reader gave {found}")]
    Length { expected: u64, found: String },
    #[error("the bytes to upload cannot be read")]
    Read(#[source] std::io::Error),
    #[error("expected a collection of the AppView's procedures, such as `science.alt.dataset.entry`, found {0}")]
    Procedure(String),
    #[error("no AppView: name one with `AtmosphereBuilder::appview`, or in ATDATA_APPVIEW")]
    NoAppView,
    #[error("expected the AppView's `https` URL or its `did:web:…`, found \"{}\"", Printable(.0))]
    AppView(String),
    #[error(transparent)]
    Own(Error),
}

impl Cause for AtmosphereError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Http(_) | Self::Local(_) | Self::Method { .. } | Self::NoAppView => ErrorKind::Unsupported,
            Self::Call(error) => error.kind(),
            Self::NotLoggedIn | Self::Ended { .. } | Self::OtherAccount { .. } => ErrorKind::Permission,
            Self::NoHandle { .. } => ErrorKind::NotFound,
            Self::Document { .. } | Self::Handle { .. } => ErrorKind::Corrupt,
            Self::Exists(_) => ErrorKind::Conflict,
            Self::Read(_) => ErrorKind::Io,
            Self::Own(error) => error.kind(),
            Self::Server(_)
            | Self::Session(_)
            | Self::Environment(_)
            | Self::Name { .. }
            | Self::TooLarge(_)
            | Self::Length { .. }
            | Self::Procedure(_)
            | Self::AppView(_) => ErrorKind::InvalidInput,
        }
    }
}

impl AtmosphereError {
    /// The error of whoever called; what has a kind and a place of its own keeps them.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Own(error) => error,
            cause => cause.into(),
        }
    }

    /// Whether the server took the access token for expired.
    pub(super) fn is_expired(&self) -> bool {
        matches!(self, Self::Call(error) if error.code() == Some("ExpiredToken"))
    }

    /// Whether a server answered that there is no such record, which is more than that nothing was found.
    pub(super) fn is_no_record(&self) -> bool {
        matches!(self, Self::Call(error) if error.code() == Some("RecordNotFound"))
    }
}

/// Why one exchange with a server came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFailure {
    #[error(transparent)]
    Transport(Failure),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<Failure> for CallFailure {
    fn from(failure: Failure) -> Self {
        Self::Transport(failure)
    }
}

impl CallFailure {
    pub(super) fn nonsense(reason: impl Into<String>) -> Self {
        Self::Transport(Failure::Nonsense(reason.into()))
    }

    /// Whether asking again may help.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.kind(), ErrorKind::Interrupted | ErrorKind::Throttled)
    }

    /// Whether the server has surely done nothing of what was asked.
    pub(super) fn is_unheard(&self) -> bool {
        match self {
            Self::Transport(failure) => matches!(failure, Failure::Connect(_)),
            Self::Refused(refusal) => refusal.kind() == ErrorKind::Throttled,
        }
    }

    /// How long the server asks to be left alone.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Transport(_) => None,
            Self::Refused(refusal) => refusal.wait,
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(failure) => failure.kind(),
            Self::Refused(refusal) => refusal.kind(),
        }
    }
}

/// A call that failed, when all attempts were made.
#[derive(Debug)]
pub(crate) struct CallError {
    /// What was asked for, and where.
    pub(super) what: String,
    pub(super) server: String,
    pub(super) failure: CallFailure,
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
}

impl CallError {
    pub(super) fn kind(&self) -> ErrorKind {
        self.failure.kind()
    }

    /// Whether the server's message begins so.
    pub(super) fn says(&self, beginning: &str) -> bool {
        matches!(&self.failure, CallFailure::Refused(refusal) if refusal.says(beginning))
    }

    pub(super) fn code(&self) -> Option<&str> {
        match &self.failure {
            CallFailure::Refused(refusal) => refusal.code.as_deref(),
            CallFailure::Transport(_) => None,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, server, failure, attempts, elapsed } = self;
        write!(f, "{what} at {server}: {failure}")?;
        if *attempts > 1 {
            write!(f, " (after {attempts} attempts in {elapsed:.1?})")?;
        }
        Ok(())
    }
}

impl StdError for CallError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        reason(&self.failure)
    }
}

impl From<CallError> for AtmosphereError {
    fn from(error: CallError) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<Error> for AtmosphereError {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}
