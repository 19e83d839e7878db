//! HTTP exchanges: one request and its answer, with a retry where that may help and does no harm.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::error::{AtmosphereError, CallError, CallFailure};
use super::refusal::Refusal;
use super::secret::Secret;
use super::server::{Server, Trust};
use super::xrpc::{Auth, Call, Repeat};
use crate::net::Retry;
use crate::net::client::{client_builder, guarded_builder};
use crate::net::failure::Failure;

/// A hundred records, each as large as a PDS takes them, and what JSON adds to them.
const LARGEST_ANSWER: usize = 128 << 20;
const LARGEST_REFUSAL: usize = 64 << 10;

/// What makes requests.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    pub(super) retry: Retry,
    /// Whether what others wrote may lead to private hosts.
    allows_private: bool,
    /// The servers that the user names, which may be anywhere.
    named: Arc<[Server]>,
}

/// What is asked for, as errors name it, and what is known of its answer.
pub(super) struct Exchange<'a> {
    pub(super) what: &'a str,
    pub(super) server: &'a Server,
    pub(super) repeat: Repeat,
    /// For how long nothing may come, or go.
    pub(super) patience: Duration,
    /// What is sent, where that takes long.
    pub(super) call: Option<&'a Call>,
    /// The longest answer.
    pub(super) limit: usize,
    /// What the server may not be quoted with.
    pub(super) secrets: &'a [&'a Secret],
}

impl Transport {
    pub(super) fn new(retry: Retry, trust: Trust, named: Vec<Server>) -> Self {
        Self { retry, allows_private: trust.local || trust.http, named: named.into() }
    }

    /// Whether a server may be at a private address, which a public name can stand for as well.
    fn may_be_private(&self, server: &Server) -> bool {
        self.allows_private || self.named.contains(server)
    }

    /// The answer to a call.
    pub(super) async fn call(&self, server: &Server, call: &Call, auth: &Auth<'_>) -> Result<Value, AtmosphereError> {
        Ok(self.call_measured(server, call, auth).await?.0)
    }

    /// The answer to a call, and how many bytes it has.
    pub(super) async fn call_measured(
        &self,
        server: &Server,
        call: &Call,
        auth: &Auth<'_>,
    ) -> Result<(Value, usize), AtmosphereError> {
        let secrets: Vec<&Secret> = auth.token.into_iter().chain(&call.secrets).collect();
        let exchange = Exchange {
            what: &call.method,
            server,
            repeat: call.repeat,
            patience: call.patience(self.retry.silence()),
            call: Some(call),
            limit: LARGEST_ANSWER,
            secrets: &secrets,
        };
        let body = self.exchange(&exchange, |client| call.request(client, server, auth)).await?;
        if body.is_empty() {
            return Ok((Value::Null, 0));
        }
        let answer = serde_json::from_slice(&body).map_err(|_| exchange.failed("expected JSON"))?;
        Ok((answer, body.len()))
    }

    /// The bytes of a public document.
    pub(super) async fn get(
        &self,
        server: &Server,
        path: &[&str],
        what: &str,
        limit: usize,
    ) -> Result<Vec<u8>, AtmosphereError> {
        let patience = self.retry.silence();
        let exchange = Exchange { what, server, repeat: Repeat::Always, patience, call: None, limit, secrets: &[] };
        self.exchange(&exchange, |client| client.get(server.url(path)).header(ACCEPT, "*/*")).await
    }

    /// Makes the request, once or more often, and gives the body of a good answer.
    async fn exchange(
        &self,
        exchange: &Exchange<'_>,
        request: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Vec<u8>, AtmosphereError> {
        let clients = clients().map_err(|failure| exchange.error(failure.into(), 1, Duration::ZERO))?;
        let client = if self.may_be_private(exchange.server) { &clients.client } else { &clients.guarded };
        let start = Instant::now();
        let mut failed = 0;
        loop {
            let failure = match exchange.attempt(request(client)).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            failed += 1;
            let pause = self.retry.pause(failed, failure.wait()).filter(|_| exchange.repeat.allows(&failure));
            let Some(pause) = pause else { return Err(exchange.error(failure, failed, start.elapsed())) };
            log::debug!("asking {} for {} again in {pause:.1?}: {failure}", exchange.server, exchange.what);
            sleep(pause).await;
        }
    }
}

impl Exchange<'_> {
    async fn attempt(&self, request: RequestBuilder) -> Result<Vec<u8>, CallFailure> {
        // Bodies are read as they come.
        let request = request.header(ACCEPT_ENCODING, "identity");
        let mut response = self.send(request).await?;
        let status = response.status();
        if status.is_success() {
            return self.read(&mut response, self.limit).await;
        }
        let headers = response.headers().clone();
        // What cannot be read of an error page is left out.
        let body = self.read(&mut response, LARGEST_REFUSAL).await.unwrap_or_default();
        Err(Refusal::of(status, &headers, &body, self.secrets).into())
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, CallFailure> {
        let sent = || self.call.map_or(0, Call::sent);
        let (mut sending, mut before) = (std::pin::pin!(request.send()), sent());
        loop {
            match timeout(self.patience, &mut sending).await {
                Ok(response) => return Ok(response.map_err(Failure::of)?),
                // What goes on going is not silent, however slow the line is.
                Err(_) if sent() > before => before = sent(),
                Err(_) => return Err(Failure::TimedOut(self.patience).into()),
            }
        }
    }

    async fn read(&self, response: &mut Response, limit: usize) -> Result<Vec<u8>, CallFailure> {
        let mut body = Vec::new();
        loop {
            let chunk = timeout(self.patience, response.chunk()).await;
            let chunk = chunk.map_err(|_| Failure::TimedOut(self.patience))?.map_err(Failure::of)?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > limit {
                return Err(CallFailure::nonsense(format!("it sends more than {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn error(&self, failure: CallFailure, attempts: u32, elapsed: Duration) -> AtmosphereError {
        let (what, server) = (self.what.to_owned(), self.server.to_string());
        CallError { what, server, failure, attempts, elapsed }.into()
    }

    /// The answer came, and is none.
    fn failed(&self, reason: &str) -> AtmosphereError {
        self.error(CallFailure::nonsense(reason), 1, Duration::ZERO)
    }
}

/// Where an answer that was read makes no sense.
pub(crate) fn nonsense(what: &str, server: &Server, reason: impl Into<String>) -> AtmosphereError {
    let failure = CallFailure::nonsense(reason);
    CallError { what: what.to_owned(), server: server.to_string(), failure, attempts: 1, elapsed: Duration::ZERO }
        .into()
}

/// The clients of all calls. They follow no redirects: these could lead tokens, passwords and records to another server.
struct Clients {
    client: Client,
    /// For servers that others name: it reaches no private address.
    guarded: Client,
}

fn clients() -> Result<&'static Clients, Failure> {
    static CLIENTS: OnceLock<Result<Clients, String>> = OnceLock::new();
    let start = || {
        let client = client_builder().redirect(Policy::none()).build()?;
        let guarded = guarded_builder().redirect(Policy::none()).build()?;
        Ok(Clients { client, guarded })
    };
    let start = || start().map_err(|error: reqwest::Error| error.to_string());
    CLIENTS.get_or_init(start).as_ref().map_err(|reason| Failure::NoRuntime(reason.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_others_name_may_be_private_only_where_the_network_is() {
        let server = |url: &str| Server::given(url, Trust::default()).unwrap();
        let transport = |trust| Transport::new(Retry::new(), trust, vec![server("https://pds.example")]);
        let public = transport(Trust::default());
        assert!(public.may_be_private(&server("https://pds.example/")));
        for other in ["https://pds.example:8443", "https://pds.example.org", "https://alice.example"] {
            assert!(!public.may_be_private(&server(other)), "{other}");
            for trust in [Trust { local: true, http: false }, Trust { local: false, http: true }] {
                assert!(transport(trust).may_be_private(&server(other)), "{other}");
            }
        }
    }
}
