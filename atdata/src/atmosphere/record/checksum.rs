//! Checksums of shards, and of code.

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value};

use super::object::{Reader, Writer};
use crate::entry::is_sha256;

/// The digest of a shard, or that it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checksum {
    /// The hash function; this library writes `sha256`, or `none` where nothing is known.
    pub algorithm: String,
    /// The digest in hexadecimal; empty where nothing is known.
    pub digest: String,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

impl Checksum {
    /// A digest of some hash function.
    pub fn new(algorithm: impl Into<String>, digest: impl Into<String>) -> Self {
        Self { algorithm: algorithm.into(), digest: digest.into(), other: Map::new() }
    }

    /// A SHA-256 in hexadecimal.
    pub fn sha256(digest: impl Into<String>) -> Self {
        Self::new("sha256", digest)
    }

    /// What records say that have to say something: `none`, with an empty digest.
    pub fn unknown() -> Self {
        Self::new("none", "")
    }

    /// Whether it says anything.
    pub fn is_known(&self) -> bool {
        self.algorithm != "none" && !self.digest.is_empty()
    }

    /// The SHA-256 in lower-case hexadecimal, if it is one: 64 digits.
    pub fn as_sha256(&self) -> Option<String> {
        let is_digest = self.digest.len() == 64 && self.digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_sha256(&self.algorithm) && is_digest).then(|| self.digest.to_ascii_lowercase())
    }

    /// What metadata say: a SHA-256, or a digest of another kind with the name of its hash function before it.
    pub(super) fn noted(text: &str) -> Self {
        let (algorithm, digest) = text.split_once(':').unwrap_or(("sha256", text));
        Self::new(algorithm, digest)
    }

    pub(super) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut reader = Reader::of(node, problems)?;
        let (algorithm, digest) = (reader.text("algorithm"), reader.text("digest"));
        Some(Self { algorithm: algorithm?, digest: digest?, other: reader.rest() })
    }

    pub(super) fn to_json(&self) -> Value {
        Writer::new()
            .member("algorithm", self.algorithm.as_str())
            .member("digest", self.digest.as_str())
            .finish(&self.other)
    }
}
