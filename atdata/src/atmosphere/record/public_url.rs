//! Which URLs may stand in a record: those that lead everybody to the same bytes, and give nothing away.

use std::borrow::Cow;
use std::fmt;

use reqwest::Url;

use crate::error::Printable;
use crate::net::host::{Reach, reach};
use crate::net::url::split_scheme;

/// Why a URL may not be published, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlProblem {
    /// A path: the file is on one machine.
    Path,
    /// A `file:` URL.
    File,
    /// A scheme that readers of records do not follow.
    Scheme(String),
    /// Not a URL that all programs read alike.
    Malformed(String),
    /// A user name or a password in it.
    User,
    /// A query that signs the request, or is a key.
    Signed {
        /// Name of the parameter.
        parameter: String,
    },
    /// A host that only some machines reach.
    PrivateHost {
        /// The host.
        host: String,
    },
}

impl UrlProblem {
    /// What would have been right, and how to get there.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Path | Self::File => {
                "a URL that everybody can read (publish the shards as blobs, or put them into a public store first)"
            }
            Self::Scheme(_) => "an https, http or s3 URL (copy the shards there, or publish them as blobs)",
            Self::Malformed(_) => "a URL such as `https://host/shard.tar` or `s3://bucket/shard.tar`",
            Self::User => {
                "a URL without user name and password (a record is public: make the shards public, or publish \
                           them as blobs)"
            }
            Self::Signed { .. } => {
                "a URL without keys and signatures (a record is public, and signatures expire: make \
                                    the shards public, or publish them as blobs)"
            }
            Self::PrivateHost { .. } => {
                "a host that everybody reaches (put the shards on a public server, or publish \
                                         them as blobs)"
            }
        }
    }

    /// What is there instead; never what is secret of it.
    pub fn found(&self) -> String {
        match self {
            Self::Path => "a path".to_owned(),
            Self::File => "a `file:` URL".to_owned(),
            Self::Scheme(scheme) => format!("the scheme `{}`", Printable(scheme)),
            Self::Malformed(reason) => reason.clone(),
            Self::User => "a user name or password".to_owned(),
            Self::Signed { parameter } => format!("the query parameter `{}`", Printable(parameter)),
            Self::PrivateHost { host } => format!("the host `{}`", Printable(host)),
        }
    }
}

/// `expected …, found …`
impl fmt::Display for UrlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected(), self.found())
    }
}

/// Parameters that are a key, in lower case.
const SECRETS: &[&str] = &[
    "access_token",
    "accesskey",
    "api-key",
    "api_key",
    "apikey",
    "auth",
    "auth_token",
    "authorization",
    "awsaccesskeyid",
    "client_secret",
    "credential",
    "credentials",
    "googleaccessid",
    "hmac",
    "jwt",
    "key-pair-id",
    "password",
    "policy",
    "private_token",
    "pwd",
    "secret",
    "session",
    "sig",
    "sign",
    "signature",
    "token",
];
/// What the parameters of signed requests begin with.
const SIGNED: &[&str] = &["x-amz-", "x-goog-", "x-oss-", "x-cos-", "x-ms-", "x-obs-"];

/// What keeps a URL from being published, if anything does: a file, a secret in it, a host that others do not reach.
///
/// Host names are not resolved: one that leads to a private address is not found out.
///
/// ```
/// use atdata::atmosphere::record::{UrlProblem, public_url_problem};
///
/// assert_eq!(public_url_problem("https://example.org/train-000000.tar"), None);
/// assert_eq!(public_url_problem("data/train-000000.tar"), Some(UrlProblem::Path));
/// assert_eq!(public_url_problem("https://me:secret@example.org/train-000000.tar"), Some(UrlProblem::User));
/// assert!(public_url_problem("https://b.s3.amazonaws.com/a.tar?X-Amz-Signature=6af0").is_some());
/// assert!(public_url_problem("http://2130706433/a.tar").is_some_and(|problem| problem.found() == "the host `127.0.0.1`"));
/// ```
pub fn public_url_problem(url: &str) -> Option<UrlProblem> {
    let Some((scheme, rest)) = split_scheme(url) else { return Some(UrlProblem::Path) };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => Some(UrlProblem::File),
        // Names such as `run:1.tar` are files. What runs commands is better called by its name.
        "pipe" => Some(UrlProblem::Scheme("pipe".to_owned())),
        _ if !rest.starts_with("//") => Some(UrlProblem::Path),
        _ if url.contains(|c: char| c.is_whitespace() || c.is_control()) => {
            Some(UrlProblem::Malformed("a space or a control character".to_owned()))
        }
        "http" | "https" => http_problem(url),
        "s3" => s3_problem(rest),
        other => Some(UrlProblem::Scheme(other.to_owned())),
    }
}

fn http_problem(url: &str) -> Option<UrlProblem> {
    let url = match Url::parse(url) {
        Ok(url) => url,
        Err(error) => return Some(UrlProblem::Malformed(format!("another text ({error})"))),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some(UrlProblem::User);
    }
    let host = url.host_str().unwrap_or_default();
    if reach(host) != Reach::Public {
        return Some(UrlProblem::PrivateHost { host: host.to_owned() });
    }
    signed(url.query_pairs().map(|(name, _)| name)).or_else(|| fragment_problem(url.fragment()?))
}

/// Tokens are found there as well.
fn fragment_problem(fragment: &str) -> Option<UrlProblem> {
    let parameters = Url::parse(&format!("https://x/?{fragment}")).ok()?;
    signed(parameters.query_pairs().map(|(name, _)| name))
}

fn signed<'a>(mut parameters: impl Iterator<Item = Cow<'a, str>>) -> Option<UrlProblem> {
    let is_secret = |name: &Cow<'a, str>| {
        let name = name.to_ascii_lowercase();
        SECRETS.contains(&name.as_str()) || SIGNED.iter().any(|prefix| name.starts_with(prefix))
    };
    parameters.find(is_secret).map(|name| UrlProblem::Signed { parameter: name.into_owned() })
}

/// A key may hold a `?`; a signature behind it was meant for a web server.
fn s3_problem(rest: &str) -> Option<UrlProblem> {
    let rest = rest.trim_start_matches('/');
    let Some((bucket, key)) = rest.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty()) else {
        return Some(UrlProblem::Malformed("no bucket and key".to_owned()));
    };
    if bucket.contains(['@', ':']) {
        return Some(UrlProblem::User);
    }
    fragment_problem(key.split_once('?')?.1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn public_urls_may_be_published() {
        for good in [
            "https://example.org/a.tar",
            "http://example.org:8080/a%20b.tar?version=2&part=1#x",
            "https://93.184.215.14/a.tar",
            "https://[2606:2800:220:1::1]/a.tar",
            "HTTPS://Example.ORG/a",
            "s3://bucket/a/b?c.tar",
            "https://xn--bcher-kva.example/ä.tar",
        ] {
            assert_eq!(public_url_problem(good), None, "{good}");
        }
    }

    #[test]
    fn files_and_other_schemes_may_not() {
        for path in
            ["", "-", "a.tar", "/a.tar", "../a.tar", r"C:\a.tar", "C:/a.tar", r"\\host\a", "~/a.tar", "run:1.tar"]
        {
            assert_eq!(public_url_problem(path), Some(UrlProblem::Path), "{path}");
        }
        assert_eq!(public_url_problem("FILE:/a"), Some(UrlProblem::File));
        for scheme in ["pipe:curl x", "gs://b/k", "at://did:plc:a/blob/b", "ftp://h/a", "data://x", "javascript://x"] {
            assert!(matches!(public_url_problem(scheme), Some(UrlProblem::Scheme(_))), "{scheme}");
        }
        for bad in ["https://", "https://ho st/a", "https://h/a\nb", "https://[::1/a", "s3://b", "s3:///k"] {
            assert!(matches!(public_url_problem(bad), Some(UrlProblem::Malformed(_))), "{bad}");
        }
    }

    #[test]
    fn what_is_secret_is_found_and_not_shown() {
        for user in [
            "https://me@example.org/a",
            "https://:hunter2@example.org/a",
            "s3://key:hunter2@b/k",
            "https://me:hunter2@localhost/a",
        ] {
            let problem = public_url_problem(user).unwrap();
            assert_eq!(problem, UrlProblem::User, "{user}");
            assert!(!format!("{problem} {problem:?}").contains("hunter2"));
        }
        for query in [
            "X-Amz-Signature=hunter2",
            "x=1&sig=hunter2",
            "Signature=hunter2",
            "AWSAccessKeyId=hunter2",
            "TOKEN=hunter2",
            "x%2Damz-date=hunter2",
            "a=b&to%6ben=hunter2",
            "X-Goog-Credential=hunter2",
        ] {
            for url in [
                format!("https://example.org/a?{query}"),
                format!("s3://b/k?{query}"),
                format!("https://example.org/#{query}"),
            ] {
                let problem = public_url_problem(&url).unwrap();
                assert!(matches!(problem, UrlProblem::Signed { .. }), "{url}");
                assert!(!format!("{problem} {problem:?}").contains("hunter2"));
            }
        }
    }

    #[test]
    fn private_hosts_are_known_in_every_spelling() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "nas",
            "nas.local",
            "db.internal",
            "x.home.arpa",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::10.0.0.1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[::127.0.0.1]",
            "１２７.0.0.1",
            "127。0。0。1",
            "%6c%6fcalhost",
        ] {
            let url = format!("https://{host}:8443/a.tar");
            let problem = public_url_problem(&url);
            assert!(matches!(problem, Some(UrlProblem::PrivateHost { .. })), "{host}: {problem:?}");
        }
    }

    #[test]
    fn public_hosts_are_not_taken_for_them() {
        for host in [
            "example.org",
            "localhost.example.org",
            "mylocal.org",
            "172.32.0.1",
            "100.128.0.1",
            "8.8.8.8",
            "[2606:4700::1]",
            "[::ffff:8.8.8.8]",
            "[2002:808:808::]",
            "internal.example",
        ] {
            assert_eq!(public_url_problem(&format!("https://{host}/a.tar")), None, "{host}");
        }
    }
}
