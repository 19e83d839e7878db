//! The `AppView`: the service that indexes the network for whoever does not want to ask each account.

use super::error::AtmosphereError;
use super::identity::web_server;
use super::server::{Server, Trust};

/// An `AppView`, by both of its names.
#[derive(Debug, Clone)]
pub(super) struct AppView {
    pub(super) server: Server,
    pub(super) did: String,
}

impl AppView {
    /// From its URL or its `did:web`.
    pub(super) fn parse(text: &str, trust: Trust) -> Result<Self, AtmosphereError> {
        let text = text.trim_end_matches('/');
        let odd = || AtmosphereError::AppView(crate::net::url::redacted(text));
        if text.starts_with("did:") {
            // The user names it.
            let server = web_server(text, Trust { local: true, ..trust }).ok_or_else(odd)??;
            return Ok(Self { server, did: text.to_owned() });
        }
        let server = Server::given(text, trust).map_err(|error| match error {
            AtmosphereError::Server(_) => odd(),
            error => error,
        })?;
        let did = format!("did:web:{}", server.authority().replace(':', "%3A"));
        Ok(Self { server, did })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_appview_has_a_url_and_a_did() {
        let both = |text: &str| {
            let appview = AppView::parse(text, Trust::default()).unwrap();
            (appview.server.to_string(), appview.did)
        };
        let pair = |url: &str, did: &str| (url.to_owned(), did.to_owned());
        assert_eq!(both("https://a.example/"), pair("https://a.example", "did:web:a.example"));
        assert_eq!(both("https://a.example:8000"), pair("https://a.example:8000", "did:web:a.example%3A8000"));
        assert_eq!(both("did:web:a.example%3A8000"), pair("https://a.example:8000", "did:web:a.example%3A8000"));
        assert_eq!(both("http://localhost:8000"), pair("http://localhost:8000", "did:web:localhost%3A8000"));
    }

    #[test]
    fn what_is_no_appview_is_refused() {
        for bad in ["", "a.example", "did:plc:abc", "ftp://a.example", "did:web:a.example:path"] {
            let error = AppView::parse(bad, Trust::default()).unwrap_err();
            assert!(matches!(error, AtmosphereError::AppView(_)), "{bad}: {error}");
        }
        assert!(matches!(AppView::parse("http://a.example", Trust::default()), Err(AtmosphereError::Http(_))));
    }
}
