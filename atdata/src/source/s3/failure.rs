//! Failures of S3: what the client of `object_store` says of a request, in the words that reading has for it.

use std::error::Error as StdError;
use std::fmt;

use object_store::client::{HttpError, HttpErrorKind};
use reqwest::StatusCode;

use crate::error::{Cause, Error, ErrorKind};
use crate::net::failure::{code_in, describe_status, message_in, status_kind};

#[derive(Debug, thiserror::Error)]
enum S3Failure {
    #[error("{}{attempts}", describe_status(*.status, .code.as_deref(), .message.as_deref()))]
    Status { status: StatusCode, code: Option<String>, message: Option<String>, attempts: Attempts },
    #[error("cannot connect to the server{attempts}")]
    Connect { attempts: Attempts, source: Reason },
    #[error("the connection to the server broke{attempts}")]
    Broken { attempts: Attempts, source: Reason },
    #[error("no answer from the server in time{attempts}")]
    TimedOut { attempts: Attempts, source: Reason },
    #[error("the client for S3 cannot make the request")]
    Other { source: Reason },
}

impl Cause for S3Failure {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Status { status, code, .. } => status_kind(*status, code.as_deref()),
            Self::Connect { .. } | Self::Broken { .. } | Self::TimedOut { .. } => ErrorKind::Interrupted,
            Self::Other { .. } => ErrorKind::Io,
        }
    }
}

/// How often it was tried, where that was more than once.
#[derive(Debug, Clone, Copy)]
struct Attempts(u32);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, " (after {} attempts)", self.0) } else { Ok(()) }
    }
}

/// The innermost cause; those around it repeat each other.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(String);

/// The error to tell. The client keeps the types of its errors to itself, but for that of a connection: the rest is in
/// their texts, which tests on real servers pin.
pub(crate) fn told(error: &object_store::Error) -> Error {
    let text = error.to_string();
    let attempts = attempts(&text);
    if let Some(status) = status(error, &text) {
        // What the client says around it is no message of the server.
        let message = text.contains("<Message>").then(|| message_in(&text)).flatten();
        return S3Failure::Status { status, code: code(&text), message, attempts }.into();
    }
    let mut transport = None;
    let mut innermost: &dyn StdError = error;
    while let Some(source) = innermost.source() {
        transport = source.downcast_ref::<HttpError>().or(transport);
        innermost = source;
    }
    let source = Reason(innermost.to_string());
    let failure = match transport.map(HttpError::kind) {
        Some(HttpErrorKind::Connect) => S3Failure::Connect { attempts, source },
        Some(HttpErrorKind::Timeout) => S3Failure::TimedOut { attempts, source },
        Some(_) => S3Failure::Broken { attempts, source },
        None => S3Failure::Other { source },
    };
    failure.into()
}

fn status(error: &object_store::Error, text: &str) -> Option<StatusCode> {
    const BEFORE: &str = "status code: ";
    if let Some((_, rest)) = text.split_once(BEFORE) {
        return rest.get(..3).and_then(|digits| digits.parse().ok());
    }
    if text.contains("redirect without LOCATION") {
        return Some(StatusCode::MOVED_PERMANENTLY);
    }
    // A failure in an answer that began as a success.
    if text.contains("Server returned error response") {
        return Some(StatusCode::INTERNAL_SERVER_ERROR);
    }
    match error {
        object_store::Error::NotFound { .. } => Some(StatusCode::NOT_FOUND),
        object_store::Error::PermissionDenied { .. } => Some(StatusCode::FORBIDDEN),
        object_store::Error::Unauthenticated { .. } => Some(StatusCode::UNAUTHORIZED),
        _ => None,
    }
}

fn code(text: &str) -> Option<String> {
    let redirected = || text.contains("redirect without LOCATION").then(|| "PermanentRedirect".to_owned());
    code_in(text).or_else(redirected)
}

fn attempts(text: &str) -> Attempts {
    let retries = text.split_once(", after ").and_then(|(_, rest)| rest.split_once(" retries"));
    Attempts(retries.and_then(|(retries, _)| retries.parse::<u32>().ok()).map_or(1, |retries| retries + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn status_code_and_attempts_are_read() {
        let page = "<?xml?><Error><Code>SlowDown</Code><Key>k</Key></Error>";
        let error = told(&generic(&format!(
            "Error performing PUT http://h/b/k in 1s, after 3 retries, max_retries: 3, retry_timeout: 1s  - Server \
             returned non-2xx status code: 503 Service Unavailable: {page}"
        )));
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.to_string(), "the server answered 503 Service Unavailable (SlowDown) (after 4 attempts)");
        let redirect = told(&generic("Received redirect without LOCATION, this normally indicates"));
        assert!(redirect.to_string().contains("another region"), "{redirect}");
    }

    #[test]
    fn what_is_no_answer_of_a_server_is_told_as_it_is() {
        let error = told(&generic("odd"));
        assert_eq!(
            (error.kind(), format!("{error:#}").as_str()),
            (ErrorKind::Io, "the client for S3 cannot make the request: odd")
        );
    }
}
