//! Refusals, the protocol's errors: what a server answers instead of what was asked for.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::secret::Secret;
use crate::error::{ErrorKind, Printable};
use crate::net::failure::status_kind;
use crate::net::wait::{now, retry_after};

/// More of a server's message is not shown.
const LONGEST_MESSAGE: usize = 300;

/// What the reference PDS has no code of its own for, by how the message begins.
const UNNAMED: &[(&str, &str)] = &[
    ("Could not find repo", "RepoNotFound"),
    ("Blob not found", "BlobNotFound"),
    // Older servers.
    ("Could not locate record", "RecordNotFound"),
];

/// The code of an error in the body of an answer.
pub(crate) fn code_of(body: &[u8]) -> Option<String> {
    code_in(&serde_json::from_slice(body).ok()?)
}

fn code_in(said: &Value) -> Option<String> {
    let sound = |code: &&str| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let code = said.get("error")?.as_str().filter(sound)?;
    let message = said.get("message").and_then(Value::as_str).unwrap_or_default();
    let unnamed = UNNAMED.iter().find(|(beginning, _)| code == "InvalidRequest" && message.starts_with(beginning));
    Some(unnamed.map_or(code, |(_, name)| name).to_owned())
}

/// An answer that is an error.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// Its name in the protocol.
    pub(super) code: Option<String>,
    message: Option<String>,
    /// How long the server asks to be left alone.
    pub(super) wait: Option<Duration>,
}

impl Refusal {
    /// What `body` says, without any of the `secrets`, should it repeat one.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap, body: &[u8], secrets: &[&Secret]) -> Self {
        let said = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let shown = |message: &str| {
            let message = secrets.iter().fold(message.to_owned(), |message, secret| secret.removed_from(&message));
            message.chars().take(LONGEST_MESSAGE).collect()
        };
        let message = said.get("message").and_then(Value::as_str).map(shown);
        Self { status, code: code_in(&said), message, wait: wait(headers) }
    }

    pub(super) fn kind(&self) -> ErrorKind {
        let by_code = self.code.as_deref().and_then(|code| match code {
            "InvalidSwap" => Some(ErrorKind::Conflict),
            "RecordNotFound" | "RepoNotFound" | "HandleNotFound" | "BlobNotFound" | "SchemaNotFound"
            | "LabelNotFound" | "NotFound" => Some(ErrorKind::NotFound),
            "AuthMissing"
            | "AuthenticationRequired"
            | "AuthFactorTokenRequired"
            | "ExpiredToken"
            | "InvalidToken"
            | "AccountTakedown"
            | "RepoTakendown"
            | "RepoSuspended"
            | "RepoDeactivated" => Some(ErrorKind::Permission),
            "RateLimitExceeded" => Some(ErrorKind::Throttled),
            "MethodNotImplemented" | "XRPCNotSupported" => Some(ErrorKind::Unsupported),
            _ => None,
        });
        by_code.unwrap_or_else(|| kind_of(self.status))
    }

    pub(super) fn says(&self, beginning: &str) -> bool {
        self.message.as_deref().is_some_and(|message| message.starts_with(beginning))
    }
}

/// As of shards, but for what a server of the protocol says by the status alone.
fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        409 => ErrorKind::Conflict,
        405 | 501 => ErrorKind::Unsupported,
        400 | 413 | 415 | 422 => ErrorKind::InvalidInput,
        _ => status_kind(status, None),
    }
}

/// What `Retry-After` says, or the time until the limit is reset, by the server's own clock.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    if let Some(wait) = retry_after(headers) {
        return Some(wait);
    }
    // Comes with every answer of a server that counts; only where nothing remains does it mean anything.
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if text("ratelimit-remaining") != Some("0") {
        return None;
    }
    let reset = Duration::from_secs(text("ratelimit-reset")?.parse().ok()?);
    Some(reset.saturating_sub(now(headers)?))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {}", Printable(message))?;
        }
        if self.status.is_redirection() {
            f.write_str("; redirects are not followed here")?;
        }
        match self.wait {
            Some(wait) if self.kind() == ErrorKind::Throttled => write!(f, "; it may be asked again in {wait:.0?}"),
            _ => Ok(()),
        }
    }
}

impl StdError for Refusal {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refusal(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Refusal {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let secret = Secret::new("s3cret-token");
        Refusal::of(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), &[&secret])
    }

    #[test]
    fn the_code_of_the_protocol_goes_before_the_status() {
        let kind = |status, body| refusal(status, body, &[]).kind();
        assert_eq!(kind(400, r#"{"error":"InvalidSwap"}"#), ErrorKind::Conflict);
        assert_eq!(kind(400, r#"{"error":"RecordNotFound"}"#), ErrorKind::NotFound);
        assert_eq!(kind(400, r#"{"error":"ExpiredToken"}"#), ErrorKind::Permission);
        assert_eq!(kind(400, r#"{"error":"InvalidRequest","message":"Blob not found"}"#), ErrorKind::NotFound);
        let older = r#"{"error":"InvalidRequest","message":"Could not locate record: at://a/b/c"}"#;
        assert_eq!(kind(400, older), ErrorKind::NotFound);
        assert_eq!(kind(400, r#"{"error":"InvalidRequest","message":"x"}"#), ErrorKind::InvalidInput);
        assert_eq!(kind(501, r#"{"error":"MethodNotImplemented"}"#), ErrorKind::Unsupported);
        assert_eq!(kind(500, "<html>"), ErrorKind::Interrupted);
        assert_eq!(kind(401, ""), ErrorKind::Permission);
        assert_eq!(
            [409, 412, 429].map(|status| kind(status, "")),
            [ErrorKind::Conflict, ErrorKind::Conflict, ErrorKind::Throttled]
        );
        // Of what stands before a server.
        assert_eq!([509, 520, 524].map(|status| kind(status, "")), [ErrorKind::Interrupted; 3]);
    }

    #[test]
    fn a_message_is_made_safe_to_show() {
        let body = format!(r#"{{"error":"a b\u001b","message":"no s3cret-token \u001b[31m{}"}}"#, "x".repeat(1000));
        let text = refusal(400, &body, &[]).to_string();
        assert!(text.starts_with("the server answered 400 Bad Request: no … \\u{1b}[31mxxx"), "{text}");
        assert!(text.len() < 400 && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn the_wait_is_what_the_server_says() {
        let wait = |headers| refusal(429, "{}", headers).wait.map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        let until = [("retry-after", "Fri, 27 Nov 2026 18:00:07 GMT"), ("date", "Fri, 27 Nov 2026 18:00:00 GMT")];
        assert_eq!(wait(&until), Some(7));
        let reset = [
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "1795795300"),
            ("date", "Fri, 27 Nov 2026 18:00:00 GMT"),
        ];
        let date = chrono::DateTime::parse_from_rfc2822("Fri, 27 Nov 2026 18:00:00 GMT").unwrap().timestamp();
        assert_eq!(wait(&reset), u64::try_from(1_795_795_300 - date).ok().or(Some(0)));
        assert_eq!(wait(&[("ratelimit-remaining", "9"), ("ratelimit-reset", "1795795300")]), None);
        let text = refusal(429, r#"{"error":"RateLimitExceeded"}"#, &[("retry-after", "90")]).to_string();
        assert!(text.ends_with("(RateLimitExceeded); it may be asked again in 90s"), "{text}");
    }
}
