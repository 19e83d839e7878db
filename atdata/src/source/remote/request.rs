//! Where a remote shard is, and how it is asked for.

use std::fmt;
use std::hash::Hash;

use reqwest::header::ACCEPT_ENCODING;
use reqwest::{Client, RequestBuilder, Url};

use super::failure::Failure;
use super::options::RemoteOptions;
use crate::source::url::percent_decoded;

/// An `http` or `https` URL; user and password apart from it, so that it may be shown but for its query.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct HttpAddress {
    url: Url,
    user: Option<(String, String)>,
}

impl HttpAddress {
    /// The address that `url` is, or why it is none.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let mut url = Url::parse(url).map_err(|error| error.to_string())?;
        let decoded = |text: &str| String::from_utf8_lossy(&percent_decoded(text)).into_owned();
        let password = url.password().map(decoded);
        let user = (!url.username().is_empty() || password.is_some())
            .then(|| (decoded(url.username()), password.unwrap_or_default()));
        // Both fail only for URLs without a host, which http URLs have.
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| "expected a host".to_owned())?;
        url.set_fragment(None);
        Ok(Self { url, user })
    }
}

impl fmt::Debug for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpAddress").field(&crate::source::redacted(self.url.as_str())).finish()
    }
}

/// The object of a bucket.
#[cfg(feature = "s3")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct S3Address {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// Where a remote shard is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    Http(HttpAddress),
    #[cfg(feature = "s3")]
    S3(S3Address),
}

impl Address {
    /// What the cache knows it by. A query is part of it, and with it the signature of a presigned URL.
    pub(super) fn identity(&self, options: &RemoteOptions) -> String {
        #[cfg(not(feature = "s3"))]
        let _ = options;
        match self {
            Self::Http(HttpAddress { url, user }) => match user {
                Some((user, _)) => format!("{user}@{url}"),
                None => url.to_string(),
            },
            #[cfg(feature = "s3")]
            Self::S3(S3Address { bucket, key }) => {
                format!("s3://{bucket}/{key} {}", options.s3.given_endpoint().unwrap_or_default())
            }
        }
    }

    /// A request for it, signed; for the bytes as they are stored, whatever encoding the server could give them.
    #[cfg_attr(not(feature = "s3"), expect(clippy::unused_async, reason = "credentials may have to be fetched"))]
    pub(super) async fn get(&self, client: &Client, options: &RemoteOptions) -> Result<RequestBuilder, Failure> {
        #[cfg(not(feature = "s3"))]
        let _ = options;
        let request = match self {
            Self::Http(HttpAddress { url, user }) => {
                let request = client.get(url.clone());
                match user {
                    Some((user, password)) => request.basic_auth(user, Some(password)),
                    None => request,
                }
            }
            #[cfg(feature = "s3")]
            Self::S3(address) => client.get(options.s3.url(address).await.map_err(Failure::Own)?),
        };
        Ok(request.header(ACCEPT_ENCODING, "identity"))
    }
}
