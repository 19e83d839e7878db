//! The storage of an entry: where its shards are.

use std::fmt;

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value, json};

use super::object::{Reader, Writer, read_list};
use super::{BlobRef, Checksum, blob, local_type};
use crate::net::url::redacted;

/// Where the shards of an entry are, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// On web servers.
    Http(Vec<HttpShard>),
    /// In an S3 bucket.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// The shards.
        shards: Vec<S3Shard>,
        /// Region of the bucket.
        region: Option<String>,
        /// Address of the service, where it is not Amazon's.
        endpoint: Option<String>,
    },
    /// Blobs of the account whose entry it is.
    Blobs(Vec<BlobShard>),
    /// At addresses without checksums, which may be brace patterns: read, and written as [`Http`](Self::Http).
    External(Vec<String>),
}

/// A shard on a web server.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpShard {
    /// Its address; Python may have written a brace pattern for several.
    pub url: String,
    /// Its digest.
    pub checksum: Checksum,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

/// A shard in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct S3Shard {
    /// Its key.
    pub key: String,
    /// Its digest.
    pub checksum: Checksum,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

/// A shard that is a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlobShard {
    /// The blob.
    pub blob: BlobRef,
    /// Its digest, which the CID of the blob tells as well.
    pub checksum: Option<Checksum>,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

/// Without what may be secret in the URL.
impl fmt::Debug for HttpShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shard = f.debug_struct("HttpShard");
        shard.field("url", &redacted(&self.url)).field("checksum", &self.checksum).finish_non_exhaustive()
    }
}

impl HttpShard {
    /// A shard at that address.
    pub fn new(url: impl Into<String>, checksum: Checksum) -> Self {
        Self { url: url.into(), checksum, other: Map::new() }
    }

    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut reader = Reader::of(node, problems)?;
        let (url, checksum) = (reader.text("url"), read_checksum(&mut reader));
        Some(Self { url: url?, checksum: checksum?, other: reader.rest() })
    }

    fn to_json(&self) -> Value {
        let writer = Writer::new().member("url", self.url.as_str());
        writer.member("checksum", self.checksum.to_json()).finish(&self.other)
    }
}

impl S3Shard {
    /// A shard with that key.
    pub fn new(key: impl Into<String>, checksum: Checksum) -> Self {
        Self { key: key.into(), checksum, other: Map::new() }
    }

    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut reader = Reader::of(node, problems)?;
        let (key, checksum) = (reader.text("key"), read_checksum(&mut reader));
        Some(Self { key: key?, checksum: checksum?, other: reader.rest() })
    }

    fn to_json(&self) -> Value {
        let writer = Writer::new().member("key", self.key.as_str());
        writer.member("checksum", self.checksum.to_json()).finish(&self.other)
    }
}

impl BlobShard {
    /// A shard that is this blob.
    pub fn new(blob: BlobRef, checksum: impl Into<Option<Checksum>>) -> Self {
        Self { blob, checksum: checksum.into(), other: Map::new() }
    }

    /// `{"blob": …, "checksum": …}`, or the blob alone as up to 0.3.1.
    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        if node.get("blob").is_none() && (node.get("ref").is_some() || node.get("cid").is_some()) {
            return blob::read(node, problems).map(|blob| Self::new(blob, None));
        }
        let mut reader = Reader::of(node, problems)?;
        let blob = reader.required("blob", "a blob", blob::read);
        let checksum = reader.optional("checksum", Checksum::read);
        Some(Self { blob: blob?, checksum, other: reader.rest() })
    }

    fn to_json(&self) -> Value {
        let writer = Writer::new().member("blob", self.blob.to_json());
        writer.optional("checksum", self.checksum.as_ref().map(Checksum::to_json)).finish(&self.other)
    }
}

/// The lexicon demands one; a record without still says where its shard is.
fn read_checksum(reader: &mut Reader<'_, '_>) -> Option<Checksum> {
    let mut is_there = false;
    let checksum = reader.optional("checksum", |node, problems| {
        is_there = true;
        Checksum::read(node, problems)
    });
    if is_there { checksum } else { Some(Checksum::unknown()) }
}

impl Storage {
    /// Number of shards; of [`External`](Self::External) the number of patterns.
    pub fn len(&self) -> usize {
        match self {
            Self::Http(shards) => shards.len(),
            Self::S3 { shards, .. } => shards.len(),
            Self::Blobs(shards) => shards.len(),
            Self::External(urls) => urls.len(),
        }
    }

    /// Whether there are no shards.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it is in one word: `http`, `s3`, `blobs`, `external`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::S3 { .. } => "s3",
            Self::Blobs(_) => "blobs",
            Self::External(_) => "external",
        }
    }

    /// The storage, and what else is said of it.
    pub(super) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<(Self, Map<String, Value>)> {
        const EXPECTED: &str = "the type of a storage: \"science.alt.dataset.\" with storageHttp, storageS3, \
                                storageBlobs or storageExternal";
        let mut reader = Reader::of(node, problems)?;
        let Some(kind) = reader.take("$type") else {
            node.missing("$type", EXPECTED, problems);
            return None;
        };
        let storage = match kind.value.as_str().and_then(local_type) {
            Some("storageHttp") => reader.list("shards", "a list of shards", HttpShard::read).map(Self::Http),
            Some("storageS3") => read_s3(&mut reader),
            Some("storageBlobs") => reader.list("blobs", "a list of blobs", BlobShard::read).map(Self::Blobs),
            Some("storageExternal") => reader.list("urls", "a list of URLs", read_url).map(Self::External),
            _ => {
                kind.unexpected(EXPECTED, problems);
                return None;
            }
        };
        Some((storage?, reader.rest()))
    }

    pub(super) fn to_json(&self, other: &Map<String, Value>) -> Value {
        match self {
            Self::Http(shards) => http_to_json(shards.iter().map(HttpShard::to_json), other),
            Self::External(urls) => {
                let checksum = || Checksum::unknown().to_json();
                http_to_json(urls.iter().map(|url| json!({"url": url, "checksum": checksum()})), other)
            }
            Self::S3 { bucket, shards, region, endpoint } => Writer::of_type("science.alt.dataset.storageS3")
                .member("bucket", bucket.as_str())
                .member("shards", shards.iter().map(S3Shard::to_json).collect::<Value>())
                .optional("region", region.as_deref())
                .optional("endpoint", endpoint.as_deref())
                .finish(other),
            Self::Blobs(blobs) => Writer::of_type("science.alt.dataset.storageBlobs")
                .member("blobs", blobs.iter().map(BlobShard::to_json).collect::<Value>())
                .finish(other),
        }
    }
}

fn http_to_json(shards: impl Iterator<Item = Value>, other: &Map<String, Value>) -> Value {
    Writer::of_type("science.alt.dataset.storageHttp").member("shards", shards.collect::<Value>()).finish(other)
}

fn read_s3(reader: &mut Reader<'_, '_>) -> Option<Storage> {
    let bucket = reader.text("bucket");
    let shards = reader.list("shards", "a list of shards", S3Shard::read);
    let region = reader.optional_text("region");
    let endpoint = reader.optional_text("endpoint");
    Some(Storage::S3 { bucket: bucket?, shards: shards?, region, endpoint })
}

fn read_url(node: &Node<'_>, problems: &mut Problems) -> Option<String> {
    node.text("a URL", problems).map(str::to_owned)
}

/// Tags, and whatever else is a list of texts.
pub(super) fn read_texts(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    read_list(node, "a list of texts", problems, |item, problems| item.text("text", problems).map(str::to_owned))
}
