//! Failures of requests: what can go wrong on the way from a server.

use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

use crate::error::{Cause, Error, ErrorKind, Printable};

/// Why one request, or what came of it, is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{}", describe_status(*.status, .code.as_deref(), .message.as_deref()))]
    Status { status: StatusCode, code: Option<String>, message: Option<String>, retry_after: Option<Duration> },
    #[error("cannot connect to the server")]
    Connect(#[source] reqwest::Error),
    #[error(
        "no encrypted connection to the server can be made; its certificate has to be one that this machine trusts"
    )]
    Encryption(#[source] reqwest::Error),
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
    #[error("no answer from the server for {0:.1?}")]
    TimedOut(Duration),
    #[error("expected {expected} bytes, the server ended behind {found}")]
    Short { expected: u64, found: u64 },
    #[error("the shard changed on the server while it was read: expected {expected}, found {found}")]
    Changed { expected: String, found: String },
    #[error(
        "the connection broke behind {position} bytes, and nothing tells whether what the server has now is the same: \
         it sends neither ETag, Last-Modified nor length"
    )]
    Unverifiable { position: u64 },
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(String),
    #[error(
        "the server sends the shard with `Content-Encoding: {0}`, though it was asked not to; only gzip is read: store \
         the shard without an encoding"
    )]
    Encoding(String),
    #[error("more than {0} redirects")]
    Redirects(usize),
    #[error("it is not what it has to be: expected the SHA-256 {expected}, found {found}")]
    Digest { expected: String, found: String },
    #[error("expected at most {limit} bytes, which its record says it has, the server sends more")]
    Large { limit: u64 },
    #[error("refused a redirect from https to http")]
    Downgrade,
    #[error(
        "what others have written may lead to public hosts only, found `{0}`, which is of this machine or of a network of \
         its own: `Schemes::with_private_hosts` (`--allow-local`) allows it"
    )]
    Private(String),
    #[error("the request cannot be made")]
    Request(#[source] reqwest::Error),
    #[error("the threads that fetch shards cannot be started: {0}")]
    NoRuntime(String),
    #[error("the download was given up")]
    Stopped,
    /// Such as that credentials were not found.
    #[cfg_attr(
        not(any(feature = "s3", feature = "atmosphere")),
        expect(dead_code, reason = "only S3 has credentials to find")
    )]
    #[error(transparent)]
    Own(Error),
}

impl Failure {
    /// Files an error of the client, whose own text would repeat the URL, with all that may be secret in it.
    pub(crate) fn of(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(host) = private_host(&error) {
            return Self::Private(host);
        }
        if error.is_redirect() {
            let mut source = error.source();
            while let Some(cause) = source {
                match cause.downcast_ref::<Self>() {
                    Some(Self::Redirects(limit)) => return Self::Redirects(*limit),
                    Some(Self::Downgrade) => return Self::Downgrade,
                    _ => source = cause.source(),
                }
            }
            return Self::Request(error);
        }
        if error.is_connect() && is_encryption(&error) {
            Self::Encryption(error)
        } else if error.is_connect() {
            Self::Connect(error)
        } else if error.is_builder() {
            Self::Request(error)
        } else {
            Self::Broken(error)
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Status { status, code, .. } => status_kind(*status, code.as_deref()),
            Self::Connect(_) | Self::Broken(_) | Self::TimedOut(_) | Self::Short { .. } | Self::Stopped => {
                ErrorKind::Interrupted
            }
            Self::Changed { .. } => ErrorKind::Conflict,
            Self::Digest { .. } | Self::Large { .. } => ErrorKind::Corrupt,
            Self::Unverifiable { .. }
            | Self::Nonsense(_)
            | Self::Redirects(_)
            | Self::NoRuntime(_)
            | Self::Encryption(_) => ErrorKind::Io,
            Self::Encoding(_) | Self::Downgrade | Self::Private(_) => ErrorKind::Unsupported,
            Self::Request(_) => ErrorKind::InvalidInput,
            Self::Own(error) => error.kind(),
        }
    }

    /// Whether asking again may help.
    pub(crate) fn is_passing(&self) -> bool {
        !matches!(self, Self::Own(_)) && matches!(self.kind(), ErrorKind::Interrupted | ErrorKind::Throttled)
    }

    /// Whether nothing listens there, or nobody knows the name.
    pub(crate) fn is_nowhere(&self) -> bool {
        let Self::Connect(error) = self else { return false };
        let mut source = error.source();
        while let Some(cause) = source {
            let is_refused =
                cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
            if is_refused || cause.to_string().contains("dns error") {
                return true;
            }
            source = cause.source();
        }
        false
    }

    /// How long the server asks to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The host that was refused on the way, by the policy of redirects or where names are looked up.
fn private_host(error: &reqwest::Error) -> Option<String> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(Failure::Private(host)) = cause.downcast_ref() {
            return Some(host.clone());
        }
        source = cause.source();
    }
    None
}

/// What TLS refuses comes as data that are invalid, in an I/O error, or in one that is in another.
fn is_encryption(error: &reqwest::Error) -> bool {
    let is_invalid = |error: &io::Error| error.kind() == io::ErrorKind::InvalidData;
    let mut source = error.source();
    while let Some(cause) = source {
        let outer = cause.downcast_ref::<io::Error>();
        let inner = outer.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref::<io::Error>());
        if outer.is_some_and(is_invalid) || inner.is_some_and(is_invalid) {
            return true;
        }
        source = cause.source();
    }
    false
}

pub(crate) fn status_kind(status: StatusCode, code: Option<&str>) -> ErrorKind {
    match status.as_u16() {
        404 | 410 => ErrorKind::NotFound,
        401 | 402 | 403 | 407 | 451 => ErrorKind::Permission,
        429 => ErrorKind::Throttled,
        503 if code == Some("SlowDown") => ErrorKind::Throttled,
        412 => ErrorKind::Conflict,
        // Those from 520 on are of Cloudflare, of what stands behind it.
        408 | 425 | 500 | 502 | 503 | 504 | 509 | 520..=525 | 527 | 530 => ErrorKind::Interrupted,
        // A PDS knows no 404.
        400 if matches!(code, Some("BlobNotFound" | "RepoNotFound")) => ErrorKind::NotFound,
        400 if matches!(code, Some("RepoTakendown" | "RepoSuspended" | "RepoDeactivated")) => ErrorKind::Permission,
        // S3 reports expired credentials so.
        400 if code == Some("ExpiredToken") || code == Some("InvalidToken") => ErrorKind::Permission,
        400 if code == Some("RequestTimeout") => ErrorKind::Interrupted,
        _ => ErrorKind::Io,
    }
}

/// What the server answered, and what to do about it.
pub(crate) fn describe_status(status: StatusCode, code: Option<&str>, message: Option<&str>) -> String {
    let number = status.as_u16();
    let reason = status.canonical_reason().map_or_else(String::new, |reason| format!(" {reason}"));
    let code_shown = code.map_or_else(String::new, |code| format!(" ({code})"));
    let said = message.map_or_else(String::new, |message| format!(": {}", Printable(message)));
    format!("the server answered {number}{reason}{code_shown}{said}{}", hint(status, code, message))
}

/// More of what a server says is not shown.
const LONGEST_MESSAGE: usize = 300;

/// What a server says beside the status: the message of S3, which is XML, of a JSON object, or a line of text.
pub(crate) fn message_in(page: &str) -> Option<String> {
    let of_xml = || {
        let (_, rest) = page.split_once("<Message>")?;
        let (message, _) = rest.split_once("</Message>")?;
        let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
        Some(plain.iter().fold(message.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain)))
    };
    let of_json = || {
        let json: serde_json::Value = serde_json::from_str(page).ok()?;
        let text = |of: &serde_json::Value, name: &str| of.get(name)?.as_str().map(str::to_owned);
        let nested = || json.get("error").and_then(|error| text(error, "message"));
        let code = || text(&json, "error").filter(|error| error.contains(' '));
        text(&json, "message").or_else(nested).or_else(code).or_else(|| text(&json, "detail"))
    };
    let of_text = || {
        let line = page.trim();
        let is_line = !line.is_empty() && line.len() <= LONGEST_MESSAGE && !line.contains(['<', '{', '\n', '\u{fffd}']);
        is_line.then(|| line.to_owned())
    };
    let message = of_xml().or_else(of_json).or_else(of_text)?;
    let message: String = message.trim().chars().take(LONGEST_MESSAGE).collect();
    (!message.is_empty()).then_some(message)
}

/// What a server says in a header, as Hugging Face does.
pub(crate) fn message_of(headers: &HeaderMap) -> Option<String> {
    let said = headers.get("x-error-message")?.to_str().ok()?;
    Some(said.chars().take(LONGEST_MESSAGE).collect())
}

/// Whether the server asks for a token, which no URL can hold.
pub(crate) fn wants_token(headers: &HeaderMap) -> bool {
    let asked = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let schemes: Vec<_> = asked.map(|value| value.trim_start().to_ascii_lowercase()).collect();
    schemes.iter().any(|value| value.starts_with("bearer")) && !schemes.iter().any(|value| value.starts_with("basic"))
}

/// The code of a refusal for want of a token.
pub(crate) const TOKEN: &str = "Bearer";

/// The code of an error of S3, which is XML.
pub(crate) fn code_in(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let sound = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    sound.then(|| code.to_owned())
}

/// What to do about it.
fn hint(status: StatusCode, code: Option<&str>, message: Option<&str>) -> &'static str {
    match (status.as_u16(), code) {
        (_, Some("NoSuchBucket")) => "; check the bucket's name, and the endpoint if it is not on AWS",
        (_, Some("InvalidAccessKeyId")) => "; the access key is not one of this server",
        (_, Some("SignatureDoesNotMatch")) => "; the secret key does not belong to the access key",
        (_, Some("RequestTimeTooSkewed")) => "; this machine's clock is wrong",
        (_, Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException")) => {
            "; the bucket is in another region: name it in `S3Config::region` or AWS_REGION"
        }
        (404, Some("NoSuchKey")) => "; check the key, which for a folder of shards ends in a slash",
        (_, Some("ExpiredToken")) => "; the session's credentials have expired",
        (401, Some(TOKEN)) => {
            "; the server asks for a token, which is not sent: take a URL that is signed, or download the file"
        }
        (401, _) if message.is_some() => "",
        (401, _) => "; give the user and password in the URL: https://user:password@host/…",
        _ => "",
    }
}

/// What has gone wrong in the end: the errors of the client around it say no more than that a request was sent.
pub(crate) fn reason<'a>(failure: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let mut reason = failure.source()?;
    while let Some(source) = reason.source() {
        reason = source;
    }
    Some(reason)
}

/// Why a shard could not be fetched, when all attempts were made.
#[derive(Debug)]
struct FetchError {
    failure: Failure,
    attempts: u32,
    elapsed: Duration,
}

impl Failure {
    /// The error that is told, after this many attempts in a row.
    pub(crate) fn after(self, attempts: u32, elapsed: Duration) -> Error {
        match self {
            Self::Own(error) => error,
            failure => FetchError { failure, attempts, elapsed }.into(),
        }
    }

    /// The error where nothing is tried again.
    pub(crate) fn at_once(self) -> Error {
        self.after(1, Duration::ZERO)
    }
}

/// Whether an error says that what is on a server was replaced while it was read.
pub(crate) fn is_changed(error: &Error) -> bool {
    error.cause::<FetchError>().is_some_and(|error| matches!(error.failure, Failure::Changed { .. }))
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)?;
        if self.attempts > 1 {
            write!(f, " (after {} attempts in {:.1?})", self.attempts, self.elapsed)?;
        }
        Ok(())
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        reason(&self.failure)
    }
}

impl Cause for FetchError {
    fn kind(&self) -> ErrorKind {
        self.failure.kind()
    }
}
