//! XRPC: calls of the protocol's methods.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::error::CallFailure;
use super::secret::Secret;
use super::server::Server;
use super::upload::Pieces;

/// Names the service that a PDS is to hand a call on to.
const PROXY: HeaderName = HeaderName::from_static("atproto-proxy");

/// When a call is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Twice is as good as once.
    Always,
    /// Twice would be too often: only where the server has not done it, for sure.
    IfUnheard,
}

impl Repeat {
    pub(super) fn allows(self, failure: &CallFailure) -> bool {
        match self {
            Self::Always => failure.is_passing(),
            Self::IfUnheard => failure.is_unheard(),
        }
    }
}

/// A call of a method. There is no `Debug`: the input may hold a password.
pub(crate) struct Call {
    pub(super) method: String,
    query: Vec<(String, String)>,
    input: Input,
    pub(super) repeat: Repeat,
    /// What is in the input and in no error.
    pub(super) secrets: Vec<Secret>,
}

enum Input {
    /// A query has none.
    Query,
    Empty,
    Json(Bytes),
    Blob {
        bytes: Bytes,
        content_type: String,
        progress: Option<Sender<Option<u64>>>,
        sent: Arc<AtomicU64>,
    },
}

/// Who calls.
#[derive(Debug, Default)]
pub(super) struct Auth<'a> {
    pub(super) token: Option<&'a Secret>,
    /// The service of another server that the call is for.
    pub(super) proxy: Option<&'a str>,
}

impl Call {
    /// A question; it may be asked again.
    pub(super) fn query<'a>(method: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let query = query.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { query, ..Self::new(method, Input::Query, Repeat::Always) }
    }

    /// Something to do; not twice.
    pub(super) fn procedure(method: &str, input: &Value) -> Self {
        Self::new(method, Input::Json(input.to_string().into()), Repeat::IfUnheard)
    }

    /// Something to do without input, and as often as one likes.
    pub(super) fn bare(method: &str) -> Self {
        Self::new(method, Input::Empty, Repeat::Always)
    }

    /// Bytes to keep. They are named by their content: twice is as good as once.
    pub(crate) fn upload(
        method: &str,
        bytes: Bytes,
        content_type: &str,
        progress: Option<Sender<Option<u64>>>,
    ) -> Self {
        let input = Input::Blob { bytes, content_type: content_type.to_owned(), progress, sent: Arc::default() };
        Self::new(method, input, Repeat::Always)
    }

    fn new(method: &str, input: Input, repeat: Repeat) -> Self {
        Self { method: method.to_owned(), query: Vec::new(), input, repeat, secrets: Vec::new() }
    }

    /// The same, as often as one likes.
    pub(super) fn repeatable(self) -> Self {
        Self { repeat: Repeat::Always, ..self }
    }

    /// The same, whose input holds a secret.
    pub(super) fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// For how long nothing may go on, where `silence` is how long a server may otherwise be silent.
    pub(super) fn patience(&self, silence: Duration) -> Duration {
        match &self.input {
            // Behind the last byte that went, some megabytes may still wait for a slow line.
            Input::Blob { .. } => silence.saturating_mul(3),
            _ => silence,
        }
    }

    /// How many bytes of the input have gone, in all attempts.
    pub(super) fn sent(&self) -> u64 {
        match &self.input {
            Input::Blob { sent, .. } => sent.load(Ordering::Relaxed),
            _ => 0,
        }
    }

    pub(super) fn request(&self, client: &Client, server: &Server, auth: &Auth<'_>) -> RequestBuilder {
        let mut url = server.url(&["xrpc", &self.method]);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let request = match &self.input {
            Input::Query => client.get(url),
            Input::Empty => client.post(url),
            Input::Json(json) => client.post(url).header(CONTENT_TYPE, "application/json").body(json.clone()),
            Input::Blob { bytes, content_type, progress, sent } => {
                let pieces = Pieces::new(bytes.clone(), progress.clone(), Arc::clone(sent));
                client.post(url).header(CONTENT_TYPE, content_type).body(reqwest::Body::wrap(pieces))
            }
        };
        let request = auth.proxy.iter().fold(request, |request, service| request.header(PROXY, *service));
        match auth.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }
}
