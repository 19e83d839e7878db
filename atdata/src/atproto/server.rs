//! Addresses of servers, and which of them to trust (SSRF).

use std::fmt;

use reqwest::Url;

use super::error::AtmosphereError;
use crate::net::host::{Reach, is_loopback, reach};
use crate::net::url::redacted;

/// The server that is asked unless told otherwise.
pub(super) const DEFAULT_PDS: &str = "https://bsky.social";

/// The root of a server: a PDS, a directory or an `AppView`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server(Url);

/// Which unencrypted and local servers are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Trust {
    /// Whether what somebody else wrote may lead to this machine: where the network itself is on it.
    pub(super) local: bool,
    /// Whether any server may be `http`.
    pub(super) http: bool,
}

impl Server {
    /// A server that the user names: `https`, or on this machine, or `http` where that is allowed.
    pub(super) fn given(url: &str, trust: Trust) -> Result<Self, AtmosphereError> {
        Self::parse(url, Trust { local: true, ..trust })
    }

    /// A server that a document of somebody else names.
    ///
    /// It must not lead to what only this machine reaches. Names are not resolved for that: one that stands for a
    /// private address is not recognised.
    pub(super) fn found(url: &str, trust: Trust) -> Result<Self, AtmosphereError> {
        Self::parse(url, trust)
    }

    fn parse(text: &str, trust: Trust) -> Result<Self, AtmosphereError> {
        let malformed = || AtmosphereError::Server(redacted(text));
        let mut url = Url::parse(text).map_err(|_| malformed())?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(malformed)?;
        let reach = reach(host);
        if url.scheme() == "http" && reach != Reach::Loopback && !trust.http {
            return Err(AtmosphereError::Http(redacted(text)));
        }
        if reach != Reach::Public && !trust.local && !trust.http {
            return Err(AtmosphereError::Local(redacted(text)));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(malformed());
        }
        // Sessions of Python name `{server}/xrpc`.
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/xrpc").unwrap_or(path).trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(is_loopback)
    }

    /// The URL without a slash at its end.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The URL of a path, whose parts are escaped.
    pub(super) fn url(&self, parts: &[&str]) -> Url {
        let mut url = self.0.clone();
        // Fails only for URLs without a host.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// `host` or `host:port`.
    pub(super) fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PUBLIC: Trust = Trust { local: false, http: false };

    #[test]
    fn what_others_write_leads_to_encrypted_public_servers() {
        for good in ["https://pds.example", "https://pds.example:8443/", "https://8.8.8.8"] {
            Server::found(good, PUBLIC).unwrap();
        }
        for bad in [
            "http://pds.example",
            "https://localhost",
            "https://a.localhost",
            "http://127.0.0.1:1",
            "https://[::1]",
            "https://10.0.0.1",
            "https://169.254.169.254",
            "https://[fd00::1]",
            "https://0.0.0.0",
            "https://127.1",
            "https://[::ffff:10.0.0.1]",
            "https://2130706433",
            "https://vault.internal",
            "https://metadata.google.internal",
            "https://100.64.0.1",
            "https://198.18.0.1",
            "https://[64:ff9b::10.0.0.1]",
            "https://pds",
            "ftp://pds.example",
            "pds.example",
            "",
            "https://me:pw@pds.example",
            "https://pds.example/?a=b",
        ] {
            assert!(Server::found(bad, PUBLIC).is_err(), "{bad}");
        }
        Server::found("http://localhost:2583", Trust { local: true, http: false }).unwrap();
        assert!(Server::found("http://10.0.0.1", Trust { local: true, http: false }).is_err());
        Server::found("http://pds.internal", Trust { local: false, http: true }).unwrap();
    }

    #[test]
    fn what_the_user_names_may_be_on_this_machine() {
        Server::given("http://localhost:2583", PUBLIC).unwrap();
        Server::given("https://10.0.0.1", PUBLIC).unwrap();
        let error = Server::given("http://me:secret@pds.example/?token=1", PUBLIC).unwrap_err().to_string();
        assert!(error.contains("http://pds.example/ ") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_path_is_kept_and_the_one_of_xrpc_is_not() {
        let url = |text: &str| Server::given(text, PUBLIC).unwrap().url(&["xrpc", "a.b.c"]).to_string();
        assert_eq!(url("https://h"), "https://h/xrpc/a.b.c");
        assert_eq!(url("https://h/xrpc"), "https://h/xrpc/a.b.c");
        assert_eq!(url("https://h/xrpc/"), "https://h/xrpc/a.b.c");
        assert_eq!(url("https://h:8/pds/"), "https://h:8/pds/xrpc/a.b.c");
        assert_eq!(Server::given("https://h/", PUBLIC).unwrap().to_string(), "https://h");
        assert_eq!(Server::given("https://h:8000/x", PUBLIC).unwrap().authority(), "h:8000");
    }
}
