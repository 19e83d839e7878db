//! Options of publishing: how datasets are published.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::atmosphere::record::{DatasetSize, EntryMetadata, EntryRecord, Storage, WriteOptions};
use crate::entry::{Entry, is_mark_of_network};
use crate::error::Result;
use crate::sample::{DictSample, Packable, Value};
use atdata_schema::SchemaRecord;

/// What a dataset in blobs may have in all, in bytes; Python has the same limit.
const MAX_TOTAL: u64 = 1_000_000_000;

/// How a dataset is published: built by `PublishOptions::new().version("1.0.0").tags(["images"])`.
#[derive(Clone)]
#[must_use]
#[non_exhaustive]
pub struct PublishOptions {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) content: Option<(SchemaRecord, Map<String, Json>)>,
    pub(super) place: Destination,
    pub(super) max_bytes: Option<u64>,
    pub(super) max_total: u64,
    pub(super) unknown_checksums: bool,
    pub(super) lenient: bool,
    pub(super) manifests: bool,
    metadata: DictSample,
    size: Option<DatasetSize>,
    tags: Vec<String>,
    license: Option<String>,
    progress: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

/// Where shards go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// Files become blobs, what is public stays.
    Auto,
    Blobs,
    Stay,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self {
            name: None,
            version: None,
            description: None,
            schema: None,
            content: None,
            place: Destination::Auto,
            max_bytes: None,
            max_total: MAX_TOTAL,
            unknown_checksums: false,
            lenient: false,
            manifests: false,
            metadata: DictSample::new(),
            size: None,
            tags: Vec::new(),
            license: None,
            progress: None,
        }
    }
}

impl PublishOptions {
    /// A label without a version; files are uploaded, public URLs stay.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name that a promoted entry gets, in place of its own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The version of the label.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// What the dataset is.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Words to find it by.
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Its licence.
    pub fn license(mut self, license: impl Into<String>) -> Self {
        self.license = Some(license.into());
        self
    }

    /// What else is to be known of it. Records have no fractions: whatever has one is refused before it is sent.
    pub fn metadata(mut self, metadata: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Self {
        for (name, value) in metadata {
            self.metadata.insert(name, value);
        }
        self
    }

    /// What holds for the dataset as a whole, as a sample of a type of yours, whose schema is published as well.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for what JSON cannot say.
    pub fn content<S: Packable>(mut self, sample: &S) -> Result<Self> {
        let entry = EntryRecord::new("content", "", Storage::Http(Vec::new())).with_content_sample("", sample)?;
        self.content = entry.content_metadata.map(|content| (S::schema_record(), content));
        Ok(self)
    }

    /// The AT URI of its schema, in place of that of the sample type, which is then not published.
    pub fn schema(mut self, uri: impl Into<String>) -> Self {
        self.schema = Some(uri.into());
        self
    }

    /// Whether shards are taken that do not end as they should: without their end, or with data or a hole behind it. Unless
    /// told otherwise that is an error wherever they are read.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Whether the manifests beside shards that become blobs are published as well, if all of them have one: blobs that the entry names.
    /// They say which values are in the fields, to everybody and without the shards, so that they are left out unless told otherwise;
    /// what shards were made of (`provenance`) is always left out. A manifest that cannot be published, or is too large, is a warning in
    /// the log, and the dataset is published without.
    pub fn manifests(mut self, yes: bool) -> Self {
        self.manifests = yes;
        self
    }

    /// All shards are uploaded as blobs, wherever they are.
    pub fn blobs(mut self) -> Self {
        self.place = Destination::Blobs;
        self
    }

    /// All shards stay where they are, those at `s3` URLs, too: whoever reads them needs credentials of their own.
    pub fn in_place(mut self) -> Self {
        self.place = Destination::Stay;
        self
    }

    /// The dataset is written anew, its keys kept, at most this many bytes in a shard, and uploaded; a blob may have 50 MB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self.blobs()
    }

    /// How many bytes the blobs of a dataset may have in all: 1 GB unless told otherwise. What is more ends a publication
    /// before the first byte is sent, and the writing of a temporary copy as soon as it is.
    pub fn max_total(mut self, bytes: u64) -> Self {
        self.max_total = bytes;
        self
    }

    /// Shards that stay where they are, and whose SHA-256 nobody knows, are not read for it: the record says that it is
    /// unknown, and readers cannot hold what they get against it. For more bytes than are to be downloaded.
    pub fn unknown_checksums(mut self, yes: bool) -> Self {
        self.unknown_checksums = yes;
        self
    }

    /// Is told of bytes as they are sent, or read for their digest.
    pub fn progress(mut self, tell: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(tell));
        self
    }

    pub(super) fn tell(&self, bytes: u64) {
        self.progress.iter().for_each(|tell| tell(bytes));
    }

    /// With what an entry of an index says, where nothing else was said.
    pub(super) fn with_entry(self, entry: &Entry) -> Self {
        match &entry.metadata {
            Some(metadata) => self.with_metadata_of(metadata),
            None => self,
        }
    }

    /// With what the metadata of an index say, where nothing else was said: some of it has places of its own in a record.
    pub(crate) fn with_metadata_of(mut self, metadata: &DictSample) -> Self {
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).map(str::to_owned);
        self.description = self.description.or_else(|| text("description"));
        self.license = self.license.or_else(|| text("license"));
        if self.tags.is_empty() {
            let tags = metadata.get("tags").and_then(Value::as_list).unwrap_or_default();
            self.tags = tags.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        self.size = DatasetSize::of_metadata(metadata);
        for (name, value) in metadata {
            let is_size = name == "size" && self.size.is_some();
            let has_place = is_size
                || is_mark_of_network(name, value)
                || matches!(name, "checksums" | "description" | "license" | "tags");
            if !has_place && self.metadata.get(name).is_none() {
                self.metadata.insert(name, value.clone());
            }
        }
        self
    }

    /// The entry as it is to be published, now.
    pub(super) fn entry(&self, name: &str, schema_ref: &str, storage: Storage) -> Result<EntryRecord> {
        let mut entry = EntryRecord::new(name, schema_ref, storage).with_tags(&self.tags);
        if !self.metadata.is_empty() {
            entry = entry.with_metadata(EntryMetadata::from_sample(&self.metadata)?);
        }
        // What is written anew has other shards.
        let size = self.size.clone().filter(|_| self.max_bytes.is_none());
        let entry = size.into_iter().fold(entry, EntryRecord::with_size);
        let entry = self.description.iter().fold(entry, EntryRecord::with_description);
        Ok(self.license.iter().fold(entry, EntryRecord::with_license))
    }
}

/// How a record is checked.
pub(super) fn checks(private_hosts: bool) -> WriteOptions {
    let options = WriteOptions::new();
    if private_hosts { options.with_private_hosts() } else { options }
}

impl fmt::Debug for PublishOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishOptions")
            .field("version", &self.version)
            .field("description", &self.description)
            .field("tags", &self.tags)
            .field("place", &self.place)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
