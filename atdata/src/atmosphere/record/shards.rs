//! From the storage of an entry to the URLs of its shards.

use std::fmt::{self, Write as _};

use super::{BlobRef, Checksum, EntryRecord, HttpShard, Storage};
use crate::digest::hex;
use crate::error::{Cause, ErrorKind, Result};
use crate::net::url::redacted;
use crate::source::{Schemes, Shard, expand};

/// More shards than any dataset has, and more text than their URLs take; a record is a million bytes, and each pattern
/// in it may stand for many.
const MAX_SHARDS: usize = 1_000_000;
const MAX_BYTES: usize = 256 << 20;

#[derive(Debug, thiserror::Error)]
enum ShardsError {
    #[error("expected an entry of at most {MAX_SHARDS} shards and {MAX_BYTES} bytes of URLs, found one of more")]
    Many,
}

impl Cause for ShardsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// A shard of an entry: where it is, and what it must be.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardUrl {
    /// `https://…`, `s3://bucket/key`, or `at://did/blob/cid`, which is no record but the library's name for a blob.
    pub url: String,
    /// Its digest, if it is known.
    pub checksum: Option<Checksum>,
    /// The blob that it is.
    pub blob: Option<BlobRef>,
}

/// Without what may be secret in the URL.
impl fmt::Debug for ShardUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shard = f.debug_struct("ShardUrl");
        shard.field("url", &redacted(&self.url)).field("checksum", &self.checksum).field("blob", &self.blob).finish()
    }
}

impl ShardUrl {
    /// The shard at this URL, if records may name it: see [`Schemes`]. Blobs have to be asked for from their account's
    /// server.
    pub fn shard(&self, schemes: Schemes) -> Result<Shard> {
        schemes.shard(&self.url)
    }

    /// What is at that address, of which nothing is known.
    pub(super) fn at(url: &str) -> Self {
        Self::new(url.to_owned(), None)
    }

    /// A blob of an account.
    pub(super) fn of_blob(did: &str, blob: &BlobRef) -> Self {
        blob_url(did, blob, None)
    }

    fn new(url: String, checksum: Option<&Checksum>) -> Self {
        Self { url, checksum: checksum.filter(|checksum| checksum.is_known()).cloned(), blob: None }
    }
}

impl EntryRecord {
    /// The shards, in order; `did` is the account that has published the entry.
    ///
    /// Brace patterns are expanded. Shards in a bucket with an endpoint have URLs of that endpoint. A digest that the
    /// record does not say is taken from `checksums` in its metadata, where Python puts them, and for a blob from its
    /// CID. Nothing is looked at but the record: before a URL is followed it has to be [allowed](ShardUrl::shard).
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a pattern that does not end, or for too many shards.
    pub fn shard_urls(&self, did: &str) -> Result<Vec<ShardUrl>> {
        let mut shards = self.storage.shard_urls(did)?;
        let metadata = self.metadata.as_ref().map(super::EntryMetadata::to_sample);
        let checksums = metadata.as_ref().and_then(|metadata| metadata.get("checksums"));
        for shard in shards.iter_mut().filter(|shard| shard.checksum.is_none()) {
            let noted = checksums.and_then(|checksums| checksums.get(&shard.url)?.as_str());
            shard.checksum = noted.map(Checksum::noted).filter(Checksum::is_known);
        }
        Ok(shards)
    }
}

impl Storage {
    fn shard_urls(&self, did: &str) -> Result<Vec<ShardUrl>> {
        match self {
            Self::Http(shards) => http_urls(shards.iter().map(|shard| (shard.url.as_str(), Some(&shard.checksum)))),
            Self::External(urls) => http_urls(urls.iter().map(|url| (url.as_str(), None))),
            Self::S3 { bucket, shards, endpoint, .. } => {
                let url = |key: &str| match endpoint {
                    Some(endpoint) => endpoint_url(endpoint, bucket, key),
                    None => format!("s3://{bucket}/{key}"),
                };
                let shards = shards.iter();
                Ok(shards.map(|shard| ShardUrl::new(url(&shard.key), Some(&shard.checksum))).collect())
            }
            Self::Blobs(blobs) => {
                Ok(blobs.iter().map(|shard| blob_url(did, &shard.blob, shard.checksum.as_ref())).collect())
            }
        }
    }

    /// The same shards as records are to say it: no [`External`](Self::External) storage, and no brace patterns.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a pattern that does not end, or for too many shards.
    pub fn into_current(self) -> Result<Self> {
        let is_pattern = |shard: &HttpShard| shard.url.contains(['{', '}']);
        match self {
            Self::Http(shards) if !shards.iter().any(is_pattern) => Ok(Self::Http(shards)),
            Self::Http(_) | Self::External(_) => {
                let known = |shard: ShardUrl| {
                    HttpShard::new(without_braces(&shard.url), shard.checksum.unwrap_or_else(Checksum::unknown))
                };
                Ok(Self::Http(self.shard_urls("")?.into_iter().map(known).collect()))
            }
            Self::S3 { .. } | Self::Blobs(_) => Ok(self),
        }
    }
}

fn http_urls<'a>(patterns: impl Iterator<Item = (&'a str, Option<&'a Checksum>)>) -> Result<Vec<ShardUrl>> {
    let (mut shards, mut bytes) = (Vec::new(), 0_usize);
    for (pattern, checksum) in patterns {
        let urls = expand(pattern)?;
        bytes += urls.iter().map(String::len).sum::<usize>();
        if shards.len() + urls.len() > MAX_SHARDS || bytes > MAX_BYTES {
            return Err(ShardsError::Many.into());
        }
        // One digest is not that of several shards.
        let checksum = checksum.filter(|_| urls.len() == 1);
        shards.extend(urls.into_iter().map(|url| ShardUrl::new(url, checksum)));
    }
    Ok(shards)
}

/// The URL of one shard as a record has it: whoever reads that expands what stands in braces, and knows no other way to
/// write one.
pub(super) fn without_braces(url: &str) -> String {
    url.replace('{', "%7B").replace('}', "%7D")
}

fn blob_url(did: &str, blob: &BlobRef, checksum: Option<&Checksum>) -> ShardUrl {
    let mut shard = ShardUrl::new(format!("at://{did}/blob/{}", blob.cid), checksum);
    if shard.checksum.is_none() {
        shard.checksum = blob.cid.raw_sha256().map(|digest| Checksum::sha256(hex(digest)));
    }
    ShardUrl { blob: Some(blob.clone()), ..shard }
}

/// `{endpoint}/{bucket}/{key}`, so that a `?`, `#` or `%` of the key stays part of it.
fn endpoint_url(endpoint: &str, bucket: &str, key: &str) -> String {
    let mut url = format!("{}/", endpoint.trim_end_matches('/'));
    push_encoded(&mut url, bucket, "");
    url.push('/');
    push_encoded(&mut url, key, "/");
    url
}

fn push_encoded(url: &mut String, text: &str, kept: &str) {
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c) || kept.contains(c) {
            url.push(c);
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}
