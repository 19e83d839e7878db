//! Entries: a dataset as an account publishes it.

mod check;
mod convert;

use atdata_schema::reading::{Node, Problems};
use serde_json::{Map, Value};

use super::object::{Reader, Writer, read_record};
use super::storage::read_texts;
use super::{EntryMetadata, Record, Storage};
use crate::error::Result;
use crate::sample::{DictSample, Value as Sample};
use crate::time::now;
use atdata_schema::RecordError;

/// A published dataset: where its shards are, and the schema of its samples.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EntryRecord {
    /// Name of the dataset, for people.
    pub name: String,
    /// Reference to the schema of its samples: the AT URI of a record. Old ones may have another.
    pub schema_ref: String,
    /// Where the shards are.
    pub storage: Storage,
    /// What else the record says of its storage.
    pub storage_other: Map<String, Value>,
    /// When the record was made. Of two the later one counts, as an instant; a time without an offset is one of UTC.
    pub created_at: String,
    /// What the dataset holds.
    pub description: Option<String>,
    /// Anything else.
    pub metadata: Option<EntryMetadata>,
    /// Words to find it by. Records of other programs may have none; those made here say so with an empty list, as
    /// Python's do.
    pub tags: Option<Vec<String>>,
    /// How large it is.
    pub size: Option<DatasetSize>,
    /// Licence of the data, an SPDX identifier where there is one.
    pub license: Option<String>,
    /// The AT URI of the schema of [`content_metadata`](Self::content_metadata).
    pub metadata_schema_ref: Option<String>,
    /// What holds for the dataset as a whole, as a sample of that schema.
    pub content_metadata: Option<Map<String, Value>>,
    /// What else the record says; its `manifests` are read by [`manifests`](Self::manifests).
    pub other: Map<String, Value>,
}

/// Numbers of a dataset, as far as its publisher knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DatasetSize {
    /// Samples.
    pub samples: Option<u64>,
    /// Bytes of all shards.
    pub bytes: Option<u64>,
    /// Shards.
    pub shards: Option<u64>,
    /// What else the record says of it.
    pub other: Map<String, Value>,
}

impl DatasetSize {
    /// All three numbers.
    pub fn new(samples: impl Into<Option<u64>>, bytes: impl Into<Option<u64>>, shards: impl Into<Option<u64>>) -> Self {
        Self { samples: samples.into(), bytes: bytes.into(), shards: shards.into(), other: Map::new() }
    }

    /// The `size` in the metadata of an index, if it is such numbers and no more.
    pub(crate) fn of_metadata(metadata: &DictSample) -> Option<Self> {
        let Some(Sample::Map(pairs)) = metadata.get("size") else { return None };
        let mut size = Self::new(None, None, None);
        for (name, value) in pairs {
            let number = u64::try_from(value.as_i64()?).ok()?;
            match name.as_str() {
                "samples" => size.samples = Some(number),
                "bytes" => size.bytes = Some(number),
                "shards" => size.shards = Some(number),
                _ => return None,
            }
        }
        Some(size)
    }

    /// As the metadata of an index say it.
    pub(super) fn to_metadata(&self) -> Sample {
        let known = [("samples", self.samples), ("bytes", self.bytes), ("shards", self.shards)];
        let pairs = known.into_iter().filter_map(|(name, number)| Some((name, i64::try_from(number?).ok()?)));
        Sample::Map(pairs.map(|(name, number)| (name.to_owned(), Sample::Int(number))).collect())
    }

    fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        let mut reader = Reader::of(node, problems)?;
        let samples = reader.optional_count("samples");
        let bytes = reader.optional_count("bytes");
        let shards = reader.optional_count("shards");
        Some(Self { samples, bytes, shards, other: reader.rest() })
    }

    fn to_json(&self) -> Value {
        Writer::new()
            .optional("samples", self.samples)
            .optional("bytes", self.bytes)
            .optional("shards", self.shards)
            .finish(&self.other)
    }
}

impl EntryRecord {
    /// An entry that is made now, with an empty list of tags.
    pub fn new(name: impl Into<String>, schema_ref: impl Into<String>, storage: Storage) -> Self {
        Self {
            name: name.into(),
            schema_ref: schema_ref.into(),
            storage,
            storage_other: Map::new(),
            created_at: now(),
            description: None,
            metadata: None,
            tags: Some(Vec::new()),
            size: None,
            license: None,
            metadata_schema_ref: None,
            content_metadata: None,
            other: Map::new(),
        }
    }

    /// The same entry, made at that time.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = time.into();
        self
    }

    /// The same entry with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The same entry with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<Option<EntryMetadata>>) -> Self {
        self.metadata = metadata.into();
        self
    }

    /// The same entry with tags.
    #[must_use]
    pub fn with_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// The same entry with numbers.
    #[must_use]
    pub fn with_size(mut self, size: DatasetSize) -> Self {
        self.size = Some(size);
        self
    }

    /// The same entry with a licence.
    #[must_use]
    pub fn with_license(mut self, license: impl Into<String>) -> Self {
        self.license = Some(license.into());
        self
    }

    /// The same entry with what holds for the dataset as a whole, and the AT URI of its schema.
    #[must_use]
    pub fn with_content(mut self, schema_ref: impl Into<Option<String>>, content: Map<String, Value>) -> Self {
        self.metadata_schema_ref = schema_ref.into();
        self.content_metadata = Some(content);
        self
    }

    /// Its tags.
    pub fn tags(&self) -> &[String] {
        self.tags.as_deref().unwrap_or_default()
    }

    /// Reads an entry in any form that atdata has written.
    ///
    /// # Errors
    /// All that is wrong with it, each thing with its place.
    pub fn from_json(value: &Value) -> Result<Self, RecordError> {
        // Up to 0.5 an entry was a `record`, of the old namespace only.
        let is_old = value["$type"].as_str().is_some_and(atdata_schema::is_old_type);
        let types: &[&str] = if is_old { &["record", "entry"] } else { &["entry"] };
        let expected = "the type of an entry, \"science.alt.dataset.entry\"";
        read_record(value, "entry record", types, expected, Self::read)
    }

    fn read(reader: &mut Reader<'_, '_>) -> Option<Self> {
        let name = reader.text("name");
        let schema_ref = reader.text("schemaRef");
        let storage = reader.required("storage", "an object with `$type`", Storage::read);
        let created_at = reader.text("createdAt");
        let description = reader.optional_text("description");
        let metadata = reader.optional("metadata", EntryMetadata::read);
        let tags = reader.optional("tags", read_texts);
        let size = reader.optional("size", DatasetSize::read);
        let license = reader.optional_text("license");
        let metadata_schema_ref = reader.optional_text("metadataSchemaRef");
        let content_metadata = reader.optional_object("contentMetadata");
        let (storage, storage_other) = storage?;
        Some(Self {
            name: name?,
            schema_ref: schema_ref?,
            storage,
            storage_other,
            created_at: created_at?,
            description,
            metadata,
            tags,
            size,
            license,
            metadata_schema_ref,
            content_metadata,
            other: reader.rest(),
        })
    }

    /// The entry as it stands, unchecked; only [`Storage::External`] is written as storage of web servers.
    pub fn to_json(&self) -> Value {
        Writer::of_type(Self::COLLECTION)
            .member("name", self.name.as_str())
            .member("schemaRef", self.schema_ref.as_str())
            .member("storage", self.storage.to_json(&self.storage_other))
            .member("createdAt", self.created_at.as_str())
            .optional("description", self.description.as_deref())
            .optional("metadata", self.metadata.as_ref().map(EntryMetadata::to_json))
            .optional("tags", self.tags.clone())
            .optional("size", self.size.as_ref().map(DatasetSize::to_json))
            .optional("license", self.license.as_deref())
            .optional("metadataSchemaRef", self.metadata_schema_ref.as_deref())
            .optional("contentMetadata", self.content_metadata.clone())
            .finish(&self.other)
    }
}
