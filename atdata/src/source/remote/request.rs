//! Requests: where a remote shard is, and how it is asked for.

use std::fmt;
use std::hash::Hash;

use reqwest::header::ACCEPT_ENCODING;
use reqwest::{RequestBuilder, Url};

use super::options::RemoteOptions;
#[cfg(feature = "atmosphere")]
use crate::cid::Cid;
use crate::net::client::{Fetcher, check_public, fetcher};
use crate::net::failure::Failure;
use crate::net::url::percent_decoded;

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

/// The values in a query, as they stand there and as they are meant: signatures and tokens, whatever their names.
pub(super) fn query_values(url: &Url) -> Vec<String> {
    let raw = url.query().unwrap_or_default().split('&');
    let raw = raw.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value).to_owned());
    let meant = url.query_pairs().map(|(_, value)| value.into_owned());
    raw.chain(meant).filter(|value| value.len() >= SHORTEST_SECRET).collect()
}

/// What is shorter would be taken out of words.
const SHORTEST_SECRET: usize = 5;

impl fmt::Debug for HttpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpAddress").field(&crate::net::url::redacted(self.url.as_str())).finish()
    }
}

/// The object of a bucket.
#[cfg(feature = "s3")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct S3Address {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// The blob of an account. What is at that address never changes, and its bytes can be checked.
#[cfg(feature = "atmosphere")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct BlobAddress {
    pub(crate) did: String,
    pub(crate) cid: Cid,
}

/// Where a remote shard is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    Http(HttpAddress),
    #[cfg(feature = "s3")]
    S3(S3Address),
    #[cfg(feature = "atmosphere")]
    Blob(BlobAddress),
}

impl Address {
    /// Fails if bytes with this SHA-256 are not those that it is the name of.
    #[cfg_attr(
        not(feature = "atmosphere"),
        allow(clippy::unnecessary_wraps, reason = "only blobs are named by their bytes")
    )]
    pub(super) fn verify(&self, sha256: [u8; 32]) -> Result<(), Failure> {
        #[cfg(not(feature = "atmosphere"))]
        let _ = sha256;
        match self {
            #[cfg(feature = "atmosphere")]
            Self::Blob(BlobAddress { cid, .. }) => cid.verify_digest(sha256).map_err(Failure::Own),
            _ => Ok(()),
        }
    }

    /// Whether the name says what the bytes are, so that they are checked behind the last one.
    pub(crate) fn is_named_by_bytes(&self) -> bool {
        self.etag().is_some()
    }

    /// What no message may have in it, should a server repeat it.
    pub(super) fn secrets(&self) -> Vec<String> {
        match self {
            Self::Http(HttpAddress { url, user }) => {
                let password = user.iter().map(|(_, password)| password.clone());
                query_values(url).into_iter().chain(password.filter(|password| !password.is_empty())).collect()
            }
            #[cfg(feature = "s3")]
            Self::S3(_) => Vec::new(),
            #[cfg(feature = "atmosphere")]
            Self::Blob(_) => Vec::new(),
        }
    }

    /// What stands for its only version, where it is named by its bytes.
    pub(super) fn etag(&self) -> Option<String> {
        match self {
            #[cfg(feature = "atmosphere")]
            Self::Blob(BlobAddress { cid, .. }) => Some(format!("\"{cid}\"")),
            _ => None,
        }
    }

    /// What the cache knows it by. A query is part of it, and with it the signature of a presigned URL.
    pub(super) fn identity(&self, options: &RemoteOptions) -> String {
        // What is to have certain bytes is not what was there at another time.
        let terms = options.terms.sha256.map_or_else(String::new, |sha256| format!(" {}", crate::digest::hex(&sha256)));
        self.name(options) + &terms
    }

    fn name(&self, options: &RemoteOptions) -> String {
        #[cfg(not(feature = "s3"))]
        let _ = options;
        match self {
            Self::Http(HttpAddress { url, user, .. }) => match user {
                Some((user, _)) => format!("{user}@{url}"),
                None => url.to_string(),
            },
            #[cfg(feature = "s3")]
            Self::S3(S3Address { bucket, key }) => {
                format!("s3://{bucket}/{key} {}", options.s3.given_endpoint().unwrap_or_default())
            }
            // The same bytes, whoever has them.
            #[cfg(feature = "atmosphere")]
            Self::Blob(BlobAddress { cid, .. }) => format!("at://blob/{cid}"),
        }
    }

    /// A request for it, signed; for the bytes as they are stored, whatever encoding the server could give them.
    #[cfg_attr(
        not(any(feature = "s3", feature = "atmosphere")),
        expect(clippy::unused_async, reason = "credentials may have to be fetched")
    )]
    pub(super) async fn get(&self, options: &RemoteOptions) -> Result<RequestBuilder, Failure> {
        let Fetcher { client, guarded, .. } = fetcher()?;
        let request = match self {
            Self::Http(HttpAddress { url, user }) => {
                if options.terms.guarded {
                    check_public(url)?;
                }
                let client = if options.terms.guarded { guarded } else { client };
                let request = client.get(url.clone());
                match user {
                    Some((user, password)) => request.basic_auth(user, Some(password)),
                    None => request,
                }
            }
            #[cfg(feature = "s3")]
            Self::S3(address) => {
                let url = options.s3.url(address).await.map_err(Failure::Own)?;
                // A record of others does not lead to the private server that the environment names for one's own.
                let is_guarded = options.terms.guarded && options.s3.given_endpoint().is_none();
                if is_guarded {
                    check_public(&url)?;
                }
                if is_guarded { guarded } else { client }.get(url)
            }
            #[cfg(feature = "atmosphere")]
            Self::Blob(BlobAddress { did, cid }) => {
                let atmosphere = options.atmosphere().map_err(Failure::Own)?;
                let client = if atmosphere.allows_private() { client } else { guarded };
                client.get(atmosphere.blob_url(did, &cid.to_string()).await.map_err(Failure::Own)?)
            }
        };
        Ok(request.header(ACCEPT_ENCODING, "identity"))
    }
}
