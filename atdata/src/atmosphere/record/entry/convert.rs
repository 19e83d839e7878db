//! Conversion: entries of an index as records, and records as entries of an index.

use super::{DatasetSize, EntryRecord};
use crate::atmosphere::record::shards::without_braces;
use crate::atmosphere::record::{Checksum, EntryMetadata, HttpShard, S3Shard, Storage, value};
use crate::entry::{Entry, Provenance, is_mark_of_network};
use crate::error::{Cause, ErrorKind, Result};
use crate::net::url::{redacted, split_scheme};
use crate::sample::{DictSample, Packable, Value};
use crate::source::{collapse, expand};

/// Keys of an entry's metadata that a record has a place of its own for.
const CHECKSUMS: &str = "checksums";
const DESCRIPTION: &str = "description";
const TAGS: &str = "tags";
const LICENSE: &str = "license";

#[derive(Debug, thiserror::Error)]
enum ConvertError {
    #[error(
        "expected shards that are all at http URLs, or all in one S3 bucket, found {found}: upload the shards as blobs, \
         or copy them to one place that others can read"
    )]
    Storage { found: String },
    #[error("expected an entry with shards, found none")]
    NoShards,
}

impl Cause for ConvertError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl Storage {
    /// Shards where they are now: at http URLs, or in one S3 bucket. Brace patterns are expanded.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for files, for shards in several places, and for none.
    pub fn of_entry(entry: &Entry) -> Result<Self> {
        let mut urls = Vec::new();
        for pattern in &entry.data_urls {
            urls.append(&mut expand(pattern)?);
        }
        let first = urls.first().ok_or(ConvertError::NoShards)?;
        let checksum = |url: &str| entry.checksum(url).map_or_else(Checksum::unknown, Checksum::sha256);
        match place(first)? {
            Origin::Http => {
                let shard = |url: &String| match place(url)? {
                    Origin::Http => Ok(HttpShard::new(without_braces(url), checksum(url))),
                    Origin::S3 { .. } => Err(elsewhere(url)),
                };
                Ok(Self::Http(urls.iter().map(shard).collect::<Result<_, _>>()?))
            }
            Origin::S3 { bucket, .. } => {
                let shard = |url: &String| match place(url)? {
                    Origin::S3 { bucket: other, key } if other == bucket => Ok(S3Shard::new(key, checksum(url))),
                    _ => Err(elsewhere(url)),
                };
                let shards = urls.iter().map(shard).collect::<Result<_, _>>()?;
                Ok(Self::S3 { bucket: bucket.to_owned(), shards, region: None, endpoint: None })
            }
        }
    }
}

enum Origin<'a> {
    Http,
    S3 { bucket: &'a str, key: &'a str },
}

fn place(url: &str) -> Result<Origin<'_>, ConvertError> {
    let Some((scheme, rest)) = split_scheme(url) else { return Err(elsewhere(url)) };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => Ok(Origin::Http),
        "s3" => {
            let object = rest.strip_prefix("//").and_then(|rest| rest.split_once('/'));
            object.map(|(bucket, key)| Origin::S3 { bucket, key }).ok_or_else(|| elsewhere(url))
        }
        _ => Err(elsewhere(url)),
    }
}

fn elsewhere(url: &str) -> ConvertError {
    ConvertError::Storage { found: redacted(url) }
}

impl EntryRecord {
    /// A record of an entry, made now, for shards that stay where they are: [`Storage::of_entry`].
    ///
    /// Its checksums become those of the shards; description, tags and licence leave the metadata for their places in the
    /// record. The reference to the schema is taken as it is: what is sent has to have an AT URI.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for shards that no record can name, and for metadata that JSON cannot
    /// say.
    pub fn from_entry(entry: &Entry) -> Result<Self> {
        Self::from_entry_with(entry, Storage::of_entry(entry)?)
    }

    /// The same for shards that have been put somewhere else.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for metadata that JSON cannot say.
    pub fn from_entry_with(entry: &Entry, storage: Storage) -> Result<Self> {
        let mut record = Self::new(&entry.name, &entry.schema_ref, storage);
        let Some(mut metadata) = entry.metadata.clone() else { return Ok(record) };
        metadata.remove(CHECKSUMS);
        // Of whom it is the record says by where it is.
        metadata = metadata.iter().filter(|(name, value)| !is_mark_of_network(name, value)).map(owned).collect();
        record.description = take_text(&mut metadata, DESCRIPTION);
        record.license = take_text(&mut metadata, LICENSE);
        if let Some(tags) = metadata.get(TAGS).and_then(texts) {
            record.tags = Some(tags);
            metadata.remove(TAGS);
        }
        if let Some(size) = DatasetSize::of_metadata(&metadata) {
            record.size = Some(size);
            metadata.remove("size");
        }
        if !metadata.is_empty() {
            record.metadata = Some(EntryMetadata::from_sample(&metadata)?);
        }
        Ok(record)
    }

    /// The entry as an index keeps it; `did` is the account that has published it.
    ///
    /// Its CID is that of its reference and URLs, not that of the record. Description, tags, licence and checksums are
    /// in its metadata, where [`Entry`] looks for them.
    ///
    /// # Errors
    /// Those of [`shard_urls`](Self::shard_urls).
    pub fn to_entry(&self, did: &str) -> Result<Entry> {
        let shards = self.shard_urls(did)?;
        let mut metadata = self.metadata.as_ref().map(EntryMetadata::to_sample).unwrap_or_default();
        let digest = |shard: &super::super::ShardUrl| {
            let checksum = shard.checksum.as_ref()?;
            // What cannot be held against the shard is told by who verifies it.
            let text = checksum.as_sha256().unwrap_or_else(|| format!("{}:{}", checksum.algorithm, checksum.digest));
            Some((shard.url.clone(), text.into()))
        };
        let checksums: Vec<(String, Value)> = shards.iter().filter_map(digest).collect();
        if !checksums.is_empty() {
            metadata.insert(CHECKSUMS, Value::Map(checksums));
        }
        for (key, text) in [(DESCRIPTION, &self.description), (LICENSE, &self.license)] {
            if let Some(text) = text {
                metadata.insert(key, text.as_str());
            }
        }
        if let Some(size) = &self.size {
            metadata.insert("size", size.to_metadata());
        }
        if !self.tags().is_empty() {
            metadata.insert(TAGS, Value::List(self.tags().iter().map(|tag| tag.as_str().into()).collect()));
        }
        // An index expands what it has stored: each of these is one shard.
        let urls = shards.iter().map(|shard| collapse(&[&shard.url])).collect::<Result<Vec<_>>>()?;
        let entry = Entry::new(&self.name, &self.schema_ref, urls)?;
        let metadata = Some(metadata).filter(|metadata| !metadata.is_empty());
        Ok(entry.with_metadata(metadata).of_origin(Provenance::Network))
    }

    /// What holds for the dataset as a whole, if the record says it, as a sample without a type.
    pub fn content(&self) -> Option<DictSample> {
        let content = self.content_metadata.as_ref()?.iter();
        Some(content.map(|(key, value)| (key.clone(), value::from_json(value))).collect())
    }

    /// The same entry with a sample as what holds for the dataset as a whole, and the AT URI of the sample's schema.
    /// Bytes and arrays are written as `{"$bytes": …}`, which [`content`](Self::content) reads.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a number that JSON does not have, and what cannot be packed.
    pub fn with_content_sample<S: Packable>(self, schema_ref: impl Into<String>, sample: &S) -> Result<Self> {
        let mut problems = atdata_schema::reading::Problems::of("content metadata");
        let content = value::sample_to_json(&DictSample::from_sample(sample)?, "/contentMetadata", &mut problems);
        let content = problems.finish(Some(content))?;
        Ok(self.with_content(schema_ref.into(), content))
    }
}

fn owned((name, value): (&str, &Value)) -> (String, Value) {
    (name.to_owned(), value.clone())
}

fn take_text(metadata: &mut DictSample, key: &str) -> Option<String> {
    let text = metadata.get(key)?.as_str()?.to_owned();
    metadata.remove(key);
    Some(text)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_list()?.iter().map(|tag| tag.as_str().map(str::to_owned)).collect()
}
