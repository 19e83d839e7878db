//! Manifests of an entry: what is in the fields of its shards, in blobs beside those.

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value};

use super::object::{Reader, Writer, read_list};
use super::{BlobRef, EntryRecord, ShardUrl, blob};

/// The member of a record that has them.
const MANIFESTS: &str = "manifests";

/// Where the manifest of a shard is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestRef {
    /// Its header.
    pub header: ManifestFile,
    /// Its rows, if it has any.
    pub samples: Option<ManifestFile>,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

/// A file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestFile {
    /// A blob of the account whose entry it is.
    Blob(BlobRef),
    /// At the address that is `url` in this object.
    At(Map<String, Value>),
}

impl ManifestRef {
    /// What the lexicon takes as a header.
    pub const JSON: &'static str = "application/json";
    /// What rows are.
    pub const PARQUET: &'static str = "application/vnd.apache.parquet";
    /// Bytes of a header, at most.
    pub const MAX_HEADER: u64 = 1 << 20;
    /// Bytes of rows, at most; a blob of most servers has to be smaller.
    pub const MAX_SAMPLES: u64 = 100 << 20;
    /// Shards of an entry with manifests, at most.
    pub const MAX_COUNT: usize = 10_000;

    /// A manifest of a header, and of rows if it has any.
    pub fn new(header: ManifestFile, samples: Option<ManifestFile>) -> Self {
        Self { header, samples, other: Map::new() }
    }

    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut reader = Reader::of(node, problems)?;
        let header = reader.required("header", "a blob", ManifestFile::read);
        let samples = reader.optional("samples", ManifestFile::read);
        Some(Self { header: header?, samples, other: reader.rest() })
    }

    fn to_json(&self) -> Value {
        Writer::new()
            .member("header", self.header.to_json())
            .optional("samples", self.samples.as_ref().map(ManifestFile::to_json))
            .finish(&self.other)
    }

    /// Its files, with the names that the record has for them, and how large they may be.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &ManifestFile, u64)> {
        let samples = self.samples.as_ref().map(|file| ("samples", file, Self::MAX_SAMPLES));
        [("header", &self.header, Self::MAX_HEADER)].into_iter().chain(samples)
    }
}

impl ManifestFile {
    /// At that address.
    pub fn at(url: impl Into<String>) -> Self {
        Self::At(Map::from_iter([("url".to_owned(), url.into().into())]))
    }

    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let object = node.object(problems)?;
        if object.get("url").is_some_and(Value::is_string) {
            return Some(Self::At(object.clone()));
        }
        blob::read(node, problems).map(Self::Blob)
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Blob(blob) => blob.to_json(),
            Self::At(object) => object.clone().into(),
        }
    }

    /// Its address, if it has one of its own.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Blob(_) => None,
            Self::At(object) => object.get("url")?.as_str(),
        }
    }

    /// Where it is, as where a shard is; `did` is the account that has published the entry.
    pub(crate) fn place(&self, did: &str) -> ShardUrl {
        match self {
            Self::Blob(blob) => ShardUrl::of_blob(did, blob),
            Self::At(_) => ShardUrl::at(self.url().unwrap_or_default()),
        }
    }
}

impl EntryRecord {
    /// The manifests of its shards, in their order; none if it says nothing of them, or nothing that is known here, which stays in
    /// [`other`](Self::other).
    pub fn manifests(&self) -> Vec<ManifestRef> {
        let Some(value) = self.other.get(MANIFESTS) else { return Vec::new() };
        let (node, mut problems) = (Node::root(value), Problems::of("manifests"));
        let found = read_list(&node, "a list", &mut problems, ManifestRef::read);
        // A hint, without which all can be read.
        problems.finish(found).unwrap_or_else(|error| {
            log::warn!("{}: its manifests are not read: {error}", crate::error::redact::unsecret(&self.name));
            Vec::new()
        })
    }

    /// The same entry with the manifests of all of its shards, in their order.
    #[must_use]
    pub fn with_manifests(mut self, manifests: &[ManifestRef]) -> Self {
        self.other.remove(MANIFESTS);
        if !manifests.is_empty() {
            self.other.insert(MANIFESTS.to_owned(), manifests.iter().map(ManifestRef::to_json).collect());
        }
        self
    }
}
