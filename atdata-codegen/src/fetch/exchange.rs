//! HTTP: one request and its answer.

use std::error::Error as _;
use std::fmt;
use std::io::Read;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use serde_json::Value;

use super::server::Server;
use crate::error::printable;

const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// From the request to the last byte of its answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
const LARGEST_REFUSAL: usize = 64 << 10;
/// As much of a server's own words as is shown.
const QUOTED: usize = 300;

/// Why there is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Servers answered, and there is none.
    Missing(String),
    /// It is not known whether there is one.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Missing(text) | Self::Other(text)) = self;
        f.write_str(text)
    }
}

/// What is asked for, as errors name it, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) what: &'a str,
    pub(super) server: &'a Server,
    /// The longest answer.
    pub(super) limit: usize,
}

impl Question<'_> {
    pub(super) fn failed(&self, reason: impl fmt::Display) -> Failure {
        Failure::Other(self.message(reason))
    }

    fn message(&self, reason: impl fmt::Display) -> String {
        format!("{} at {}: {reason}", self.what, self.server)
    }
}

/// What makes requests.
#[derive(Debug)]
pub(super) struct Exchange {
    client: Client,
}

impl Exchange {
    pub(super) fn new() -> Result<Self, String> {
        let client = Client::builder()
            .user_agent(concat!("atdata-codegen/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECTED_WITHIN)
            .timeout(ANSWERED_WITHIN)
            .redirect(Policy::none())
            .referer(false)
            .build();
        client.map(|client| Self { client }).map_err(|error| format!("no requests can be made: {}", reason(&error)))
    }

    /// The JSON that a server answers.
    pub(super) fn json(&self, question: Question<'_>, url: Url) -> Result<Value, Failure> {
        let until = Instant::now() + ANSWERED_WITHIN;
        let sent = self.client.get(url).send();
        let mut response = sent.map_err(|error| question.failed(reason(&error)))?;
        let status = response.status();
        if !status.is_success() {
            // What cannot be read of an error page is left out.
            let body = read(&mut response, LARGEST_REFUSAL, until).unwrap_or_default();
            return Err(refusal(question, status, &body));
        }
        let body = read(&mut response, question.limit, until).map_err(|reason| question.failed(reason))?;
        serde_json::from_slice(&body).map_err(|error| question.failed(format_args!("expected JSON, found {error}")))
    }
}

/// The body, if it is no longer than that and comes in time: the client's own limit is one for each part of it.
fn read(response: &mut Response, limit: usize, until: Instant) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let mut part = vec![0; 16 << 10];
    loop {
        let length = response.read(&mut part).map_err(|error| format!("the answer breaks off: {error}"))?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(part.get(..length).unwrap_or_default());
        if body.len() > limit {
            return Err(format!("it sends more than {limit} bytes"));
        }
        if Instant::now() > until {
            return Err(format!("the answer takes longer than {} seconds", ANSWERED_WITHIN.as_secs()));
        }
    }
}

/// A refusal: XRPC has a code and a message.
fn refusal(question: Question<'_>, status: StatusCode, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let (code, message) = (text("error"), text("message"));
    let mut said = status.to_string();
    for part in [code, message] {
        if !part.is_empty() {
            said.push_str(": ");
            said.push_str(&quoted(part));
        }
    }
    if status.is_redirection() {
        said.push_str(": redirects are not followed");
    }
    // Older servers have no code for it.
    let missing = code == "RecordNotFound" || message.starts_with("Could not locate record");
    let said = question.message(said);
    if missing { Failure::Missing(said) } else { Failure::Other(said) }
}

/// Text of a server, as much as fits into a message.
pub(super) fn quoted(text: &str) -> String {
    printable(&text.chars().take(QUOTED).collect::<String>())
}

/// Why a request failed, without its URL, which the message has already.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let mut innermost = error.source();
    while let Some(next) = innermost.and_then(std::error::Error::source) {
        innermost = Some(next);
    }
    let text = innermost.map_or_else(|| error.to_string(), ToString::to_string);
    if error.is_connect() { format!("it cannot be reached: {text}") } else { text }
}
