//! Registration under way: what is known of a dataset before its shards are.

use super::error::IndexError;
use super::options::InsertOptions;
use super::shards::Shards;
use super::{Registration, Repository, documents, merge};
use crate::entry::{Entry, Label, Provenance, check_version};
use crate::error::{Printable, Result};
use crate::sample::{DictSample, Packable, Value};
use atdata_schema::Version;

/// A dataset on its way into a repository: all that is known of it but its shards.
#[derive(Debug)]
pub(super) struct Incoming {
    repository: Repository,
    pub(super) name: String,
    schema_ref: String,
    version: Option<String>,
    replace: bool,
    forget: Vec<String>,
    metadata: DictSample,
    prefix: String,
}

impl Incoming {
    /// Stores the schema, so that nothing is written for one that is refused.
    pub(super) fn new<S: Packable>(repository: Repository, name: String, options: &InsertOptions) -> Result<Self> {
        options.version.as_deref().map_or(Ok(()), check_version)?;
        if let Some(version) = options.version.as_deref().filter(|version| Version::parse(version).is_err()) {
            let version = Printable(version);
            log::warn!("`{version}` is no version such as 1.0.0: which is the highest, it does not tell");
        }
        let schema_ref = match &options.schema_ref {
            Some(reference) => reference.clone(),
            None if S::SCHEMA.name == DictSample::TYPE_NAME => return Err(IndexError::NoSchema.into()),
            None => documents::publish(repository.provider(), &S::schema_record())?.to_string(),
        };
        let prefix = options.prefix.clone().unwrap_or_else(|| name.clone());
        let (version, metadata) = (options.version.clone(), options.metadata.clone());
        let (replace, forget) = (options.replace, options.forget.clone());
        Ok(Self { repository, name, schema_ref, version, replace, forget, metadata, prefix })
    }

    /// Fails if the version is taken, before shards are written that nothing would lead to.
    pub(super) fn check_free(&self) -> Result<()> {
        let Some(version) = self.version.as_deref().filter(|_| !self.replace) else { return Ok(()) };
        let stored = self.repository.provider().label(&self.name, Some(version))?;
        merge::check_free(&Label::new(&self.name, "").with_version(version), stored.as_ref())
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Stores entry and label. If that fails, the shards that were written for them are removed again.
    pub(super) fn finish(self, shards: Shards) -> Result<Entry> {
        let mut metadata = self.metadata;
        if !shards.checksums().is_empty() {
            let checksums = shards.checksums().iter().map(|(url, sha256)| (url.clone(), Value::Str(sha256.clone())));
            metadata.insert("checksums", Value::Map(checksums.collect()));
        }
        if let Some(size) = shards.size() {
            metadata.insert("size", size.to_value());
        }
        let description = metadata.get("description").and_then(Value::as_str).map(str::to_owned);
        let entry = Entry::new(self.name, self.schema_ref, shards.urls())?;
        let entry = entry.with_metadata(Some(metadata).filter(|metadata| !metadata.is_empty()));
        let entry = if shards.is_of_others() { entry.marked_as_of_network() } else { entry };
        let label = Label::new(&entry.name, &entry.cid).with_description(description);
        let label = label.with_version(self.version.unwrap_or_default());
        let cid = entry.cid.clone();
        let registration = Registration::new(entry, label).replacing(self.replace).without(self.forget);
        let stored = self.repository.provider().merge(&registration);
        // A connection that breaks does not tell whether the entry is there: its shards must not be gone then.
        if stored.is_ok() || !matches!(self.repository.provider().entry(&cid), Ok(None)) {
            shards.settle();
        }
        stored.map(|entry| entry.of_origin(Provenance::Made))
    }
}
