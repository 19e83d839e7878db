//! Entries: a dataset's name, schema and shards.

use std::fmt;

use bytes::Bytes;
use serde_json::json;

use crate::cid::Cid;
use crate::error::redact::unsecret;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::net::url::redacted;
use crate::sample::{Cursor, DictSample, PackField, Packable, Value};
use atdata_schema::SchemaReference;

/// What an index knows of a dataset.
///
/// The texts are kept as they are stored: an entry is named by a hash over its reference and URLs, to the letter.
#[derive(Clone)]
#[non_exhaustive]
pub struct Entry {
    /// The CID of `schema_ref` and `data_urls`; see [`Entry::new`]. An entry that was read has the one it was stored
    /// under.
    pub cid: String,
    /// The name it was last inserted under. Other names of the dataset are [labels](crate::entry::Label).
    pub name: String,
    /// Reference to the schema of its samples, in any spelling that atdata has had.
    pub schema_ref: String,
    /// Its shards, in order: paths and URLs, some of which may hold braces that are still to be expanded.
    pub data_urls: Vec<String>,
    /// What else is known of it: a msgpack map, whose keys `checksums`, `description`, `tags` and `license` have a
    /// meaning here.
    pub metadata: Option<DictSample>,
    /// The key that it had in the indexes of atdata 0.1.
    pub legacy_uuid: Option<String>,
    /// Who says so, which decides what its URLs may lead to. It is not stored.
    pub(crate) origin: Provenance,
}

/// Where an entry came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Provenance {
    /// The program has made it.
    Made,
    /// A database; which, is to be found out.
    #[default]
    Stored,
    /// The repository of this name, in an index that may be another one.
    Repository { name: String, is_local: bool },
    /// A record of the network: anybody may have written it.
    Network,
    /// What was such a record once, in a database that may well be one's own.
    Adopted,
}

/// What metadata say of an entry that others have written: who reads it is to trust it no more than them.
const ORIGIN: (&str, &str) = ("origin", "network");

/// Whether metadata say that of an entry.
pub(crate) fn is_mark_of_network(name: &str, value: &Value) -> bool {
    name == ORIGIN.0 && value.as_str() == Some(ORIGIN.1)
}

/// Two entries are the same if they say the same, whoever says it.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        let parts = |entry: &Self| {
            let Self { cid, name, schema_ref, data_urls, legacy_uuid, .. } = entry;
            (cid.clone(), name.clone(), schema_ref.clone(), data_urls.clone(), legacy_uuid.clone())
        };
        parts(self) == parts(other) && self.metadata == other.metadata
    }
}

/// Without what may be secret in URLs.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<_> = self.data_urls.iter().map(|url| redacted(url)).collect();
        let fields = self.metadata.iter().flat_map(DictSample::iter).filter(|(name, _)| *name != "checksums");
        let fields: Vec<_> = fields.collect();
        f.debug_struct("Entry")
            .field("cid", &self.cid)
            .field("name", &unsecret(&self.name))
            .field("schema_ref", &unsecret(&self.schema_ref))
            .field("data_urls", &urls)
            .field("metadata", &format_args!("{}", unsecret(&format!("{fields:?}"))))
            .field("legacy_uuid", &self.legacy_uuid)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
enum EntryError {
    #[error("entry {cid}: its {column} cannot be read")]
    Stored { cid: String, column: &'static str, source: Error },
}

impl Cause for EntryError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Corrupt
    }
}

impl Entry {
    /// An entry without metadata, named by the CID of its reference and URLs, which is that of Python:
    ///
    /// ```
    /// use atdata::index::Entry;
    ///
    /// let entry = Entry::new("mnist", "atdata://local/schema/MySample@1.0.0", ["/data/a-000000.tar"])?;
    /// assert_eq!(entry.cid, "bafyreih6ahcgqy6if455di3w7jyffpdkjeyrrgtht54hsw5tn5bwr3k6tm");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn new<U: Into<String>>(
        name: impl Into<String>,
        schema_ref: impl Into<String>,
        data_urls: impl IntoIterator<Item = U>,
    ) -> Result<Self> {
        let (schema_ref, data_urls) = (schema_ref.into(), data_urls.into_iter().map(Into::into).collect::<Vec<_>>());
        let cid = Cid::of(&json!({"schema_ref": schema_ref, "data_urls": data_urls}))?.to_string();
        Ok(Self {
            cid,
            name: name.into(),
            schema_ref,
            data_urls,
            metadata: None,
            legacy_uuid: None,
            origin: Provenance::Made,
        })
    }

    pub(crate) fn of_origin(mut self, origin: Provenance) -> Self {
        let says = |metadata: &DictSample| metadata.iter().any(|(name, value)| is_mark_of_network(name, value));
        let is_marked = self.metadata.as_ref().is_some_and(says);
        self.origin = if is_marked { Provenance::Adopted } else { origin };
        self
    }

    /// Whether it is, or was, a record of the network.
    #[cfg_attr(not(feature = "_index"), allow(dead_code))]
    pub(crate) fn is_of_network(&self) -> bool {
        matches!(self.origin, Provenance::Network | Provenance::Adopted)
    }

    /// The same entry, which says of itself that others have written it, for when it is stored.
    #[cfg_attr(not(feature = "_index"), allow(dead_code))]
    pub(crate) fn marked_as_of_network(mut self) -> Self {
        self.metadata.get_or_insert_default().insert(ORIGIN.0, ORIGIN.1);
        self
    }

    /// The same entry with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: impl Into<Option<DictSample>>) -> Self {
        self.metadata = metadata.into();
        self
    }

    /// An entry as providers store it: its URLs as a msgpack list, its metadata as a msgpack map.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) for bytes that are something else.
    pub fn from_stored(
        cid: impl Into<String>,
        name: impl Into<String>,
        schema_ref: impl Into<String>,
        data_urls: &[u8],
        metadata: Option<&[u8]>,
    ) -> Result<Self> {
        let cid = cid.into();
        let corrupt = |column| {
            let cid = cid.clone();
            move |source| Error::from(EntryError::Stored { cid, column, source })
        };
        let data_urls = Vec::<String>::read(&mut Cursor::new(data_urls)).map_err(corrupt("data_urls"))?;
        let metadata = metadata.map(|bytes| {
            let bytes = Bytes::copy_from_slice(bytes);
            DictSample::read(&mut Cursor::shared(&bytes)).map_err(corrupt("metadata"))
        });
        let metadata = metadata.transpose()?;
        let (name, schema_ref) = (name.into(), schema_ref.into());
        Ok(Self { cid, name, schema_ref, data_urls, metadata, legacy_uuid: None, origin: Provenance::Stored })
    }

    /// The URLs as providers store them: a msgpack list of texts.
    pub fn stored_urls(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.data_urls.write(&mut out);
        out
    }

    /// The metadata as providers store it: a msgpack map, or nothing.
    pub fn stored_metadata(&self) -> Option<Vec<u8>> {
        self.metadata.as_ref().map(Packable::pack)
    }

    /// The first of its URLs, which for most datasets is the one pattern of all shards.
    pub fn wds_url(&self) -> Option<&str> {
        self.data_urls.first().map(String::as_str)
    }

    /// What [`schema_ref`](Self::schema_ref) leads to.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it is no reference to a schema.
    pub fn schema_reference(&self) -> Result<SchemaReference> {
        Ok(self.schema_ref.parse::<SchemaReference>()?)
    }

    /// The SHA-256 of the shard at `url`, in hexadecimal, where it is known.
    pub fn checksum(&self, url: &str) -> Option<&str> {
        let digest = self.digest(url)?;
        match digest.split_once(':') {
            None => Some(digest),
            Some((algorithm, digest)) => super::is_sha256(algorithm).then_some(digest),
        }
    }

    /// The digest of the shard at `url` as the metadata say it: a SHA-256, or one of another kind, which records of the
    /// network may have, with the name of its hash function before it: `sha512:…`.
    pub fn digest(&self, url: &str) -> Option<&str> {
        self.metadata.as_ref()?.get("checksums")?.get(url)?.as_str()
    }

    /// How many samples, bytes or shards it has, where its metadata say so: `size("samples")`.
    pub fn size(&self, what: &str) -> Option<u64> {
        let size = self.metadata.as_ref()?.get("size")?.get(what)?.as_i64()?;
        u64::try_from(size).ok()
    }

    /// The `description` in its metadata.
    pub fn description(&self) -> Option<&str> {
        self.metadata.as_ref()?.get("description")?.as_str()
    }

    /// The `license` in its metadata.
    pub fn license(&self) -> Option<&str> {
        self.metadata.as_ref()?.get("license")?.as_str()
    }

    /// The `tags` in its metadata.
    pub fn tags(&self) -> Vec<&str> {
        let tags = self.metadata.as_ref().and_then(|metadata| metadata.get("tags")).and_then(Value::as_list);
        tags.unwrap_or_default().iter().filter_map(Value::as_str).collect()
    }
}
