//! Addresses of servers, and which of them are asked (SSRF).

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// The root of a server: a PDS, or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server(Url);

impl Server {
    /// A server that the user names: `https`, or on this machine.
    pub(super) fn given(url: &str) -> Result<Self, String> {
        Self::parse(url, true)
    }

    /// A server that a document of somebody else names. It leads to this machine, or the network around it, only if
    /// `local` says so. Names are not resolved for that.
    pub(super) fn found(url: &str, local: bool) -> Result<Self, String> {
        Self::parse(url, local)
    }

    fn parse(text: &str, local: bool) -> Result<Self, String> {
        // The text is not quoted: it may hold a password.
        let malformed = || "expected the https URL of a server, without user, password, query and fragment".to_owned();
        let url = Url::parse(text).map_err(|_| malformed())?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(malformed)?;
        let place = Place::of(host);
        let shown = format!("{}://{host}", url.scheme());
        if url.scheme() == "http" && place != Place::Loopback {
            return Err(format!("the server {shown} is not encrypted: only those of this machine may be `http`"));
        }
        if place != Place::Public && !local {
            return Err(format!(
                "the server {shown} is none of the public network; such servers are asked only if the PDS or the PLC \
                 directory that was given is on this machine"
            ));
        }
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        if bare && url.fragment().is_none() { Ok(Self(url)) } else { Err(malformed()) }
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.0.host_str().is_some_and(|host| Place::of(host) == Place::Loopback)
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
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// What a host is to this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    /// A network of its own, such as that of a company, or of the machines of a cloud.
    Private,
    Loopback,
}

impl Place {
    fn of(host: &str) -> Self {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") {
            return Self::Loopback;
        }
        let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else {
            return Self::Public;
        };
        let address = address.to_canonical();
        let private = match address {
            IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast(),
            IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified(),
        };
        match (address.is_loopback(), private) {
            (true, _) => Self::Loopback,
            (false, true) => Self::Private,
            (false, false) => Self::Public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_leads_to_encrypted_public_servers() {
        for good in ["https://pds.example", "https://pds.example:8443/", "https://8.8.8.8"] {
            Server::found(good, false).unwrap();
        }
        for bad in [
            "http://pds.example",
            "https://localhost",
            "http://127.0.0.1:1",
            "https://[::1]",
            "https://10.0.0.1",
            "https://169.254.169.254",
            "https://127.1",
            "https://[::ffff:10.0.0.1]",
            "ftp://pds.example",
            "pds.example",
            "https://me:pw@pds.example",
            "https://pds.example/?a=b",
        ] {
            assert!(Server::found(bad, false).is_err(), "{bad}");
        }
        Server::found("http://localhost:2583", true).unwrap();
        assert!(Server::found("http://10.0.0.1", true).is_err());
    }

    #[test]
    fn parts_of_a_path_are_escaped() {
        let server = Server::given("https://h/pds/").unwrap();
        assert_eq!(server.url(&["xrpc", "a/b?c"]).as_str(), "https://h/pds/xrpc/a%2Fb%3Fc");
    }
}
