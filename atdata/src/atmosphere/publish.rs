//! Publishing datasets, schemas, labels and lenses to one's own account.

mod options;
mod plan;
mod storage;

use serde_json::Value;

pub use self::options::PublishOptions;
use self::plan::Plan;
use super::find::{Published, newest};
use super::problem::PublishError;
use super::record::{EntryRecord, LabelRecord, LensVerification, PublishedLens, Record as Typed};
use crate::atproto::Atmosphere;
use crate::atproto::error::AtmosphereError;
use crate::dataset::Dataset;
use crate::entry::Entry;
use crate::entry::schemas::{agree, follows};
use crate::error::{Error, Result};
use crate::sample::{DictSample, Packable};
use crate::time;
use atdata_schema::SchemaRecord;

impl Atmosphere {
    /// Publishes the schema of a sample type, under its name and version. One that is published already is found again.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the account has published another schema under this name and version, or
    /// if the version is too low for what changed since the one before it; the error lists the differences.
    pub fn publish_schema<S: Packable>(&self) -> Result<Published<SchemaRecord>> {
        self.publish_schema_record(&S::schema_record())
    }

    /// [`publish_schema`](Self::publish_schema) for a schema that is known at run time.
    pub fn publish_schema_record(&self, record: &SchemaRecord) -> Result<Published<SchemaRecord>> {
        let mut record = record.clone();
        record.created_at = Some(time::now());
        let mut of_name = self.schemas(&self.own_did()?)?;
        of_name.retain(|schema| schema.record.schema.name == record.schema.name);
        let of_version = of_name.iter().filter(|stored| stored.record.schema.version == record.schema.version);
        if let Some(stored) = newest(of_version) {
            agree(&stored.record, &record)?;
            return Ok(stored.clone());
        }
        follows(&of_name.into_iter().map(|schema| schema.record).collect::<Vec<_>>(), &record)?;
        self.put(record)
    }

    /// Publishes a label: a name, with a version or without, for a dataset of any account. The newest label of a name
    /// counts; one that says the same already is found again.
    pub fn publish_label(&self, label: &LabelRecord) -> Result<Published<LabelRecord>> {
        let newest_first = self.labels(&self.own_did()?)?;
        let of_name =
            newest_first.into_iter().find(|own| own.record.name == label.name && own.record.version == label.version);
        match of_name {
            Some(own) if own.record.dataset_uri == label.dataset_uri && own.record.description == label.description => {
                Ok(own)
            }
            _ => self.put(label.clone()),
        }
    }

    /// Publishes a lens between two published schemas. What code it names is nobody's to run: readers look at it.
    pub fn publish_lens(&self, lens: &PublishedLens) -> Result<Published<PublishedLens>> {
        self.put(lens.clone())
    }

    /// Publishes that a lens was looked at, and how.
    pub fn publish_verification(&self, verification: &LensVerification) -> Result<Published<LensVerification>> {
        self.put(verification.clone())
    }

    /// Publishes a dataset: its schema, its shards, its entry, and a label that gives it its name.
    ///
    /// Shards that anybody can read at `https` URLs stay where they are, and are read once for their SHA-256. Files of this
    /// machine are uploaded as blobs, as all shards are with [`PublishOptions::blobs`]; so is a dataset with filters, maps or
    /// a view, which is written anew for it. What is too large, or may not be published, is found before the first byte is
    /// sent, and the entry is published when all its blobs are there. A publication that was interrupted may be done again:
    /// what is there already is found again.
    ///
    /// # Errors
    /// [`Permission`](crate::ErrorKind::Permission) without a login; [`InvalidInput`](crate::ErrorKind::InvalidInput) for a
    /// shard that may not be published or is too large, and for what the lexicon does not allow;
    /// [`Conflict`](crate::ErrorKind::Conflict) as for [schemas](Self::publish_schema).
    pub fn publish_dataset<S: Packable + 'static>(
        &self,
        name: &str,
        dataset: &Dataset<S>,
        options: &PublishOptions,
    ) -> Result<Published<EntryRecord>> {
        let untyped = S::SCHEMA.name == DictSample::TYPE_NAME;
        let schema = || if untyped { Err(PublishError::NoSchema.into()) } else { Ok(S::schema_record()) };
        let plan = Plan::of(dataset, options, &|_| None)?;
        self.publish_plan(name, &plan, schema, options)
    }

    /// Publishes what `dataset` opened of an entry, under the name that the entry has, with what its metadata say.
    pub(crate) fn publish_entry(
        &self,
        entry: &Entry,
        dataset: &Dataset<DictSample>,
        schema: impl FnOnce() -> Result<SchemaRecord>,
        options: &PublishOptions,
    ) -> Result<Published<EntryRecord>> {
        let options = options.clone().with_entry(entry);
        let plan = Plan::of(dataset, &options, &|url| entry.checksum(url).map(str::to_owned))?;
        let name = options.name.clone().unwrap_or_else(|| entry.name.clone());
        self.publish_plan(&name, &plan, schema, &options)
    }

    fn publish_plan(
        &self,
        name: &str,
        plan: &Plan,
        schema: impl FnOnce() -> Result<SchemaRecord>,
        options: &PublishOptions,
    ) -> Result<Published<EntryRecord>> {
        if name.trim().is_empty() || name.len() > 200 {
            return Err(PublishError::Name { found: name.len() }.into());
        }
        let did = self.own_did()?;
        let own = self.datasets(&did)?;
        let stored = own.iter().flat_map(|entry| entry.record.storage.blob_cids()).collect();
        let storage = plan.storage()?;
        let schema_ref = match &options.schema {
            Some(reference) => reference.clone(),
            None => self.publish_schema_record(&schema()?)?.uri.to_string(),
        };
        let mut entry = options.entry(name, &schema_ref, storage)?;
        if let Some((schema, content)) = &options.content {
            let schema = self.publish_schema_record(schema)?;
            entry = entry.with_content(schema.uri.to_string(), content.clone());
        }
        let checks = options::checks(self.allows_private());
        // All that the lexicon does not allow is told before the first byte is sent.
        entry.to_atproto_with(&checks)?;
        plan.upload(self, &stored, options)?;
        let published = match own.into_iter().find(|other| same_but_for_time(&other.record, &entry)) {
            Some(own) => own,
            None => self.put_value(EntryRecord::COLLECTION, &entry.to_atproto_with(&checks)?, entry)?,
        };
        let label = LabelRecord::new(name, published.uri.to_string());
        let label = options.version.iter().fold(label, LabelRecord::with_version);
        let label = options.description.iter().fold(label, LabelRecord::with_description);
        self.publish_label(&label)?;
        Ok(published)
    }

    /// The account that is logged in.
    pub(super) fn own_did(&self) -> Result<String> {
        Ok(self.whoami().ok_or(AtmosphereError::NotLoggedIn).map_err(Error::from)?.did)
    }

    /// Fails if `account`, a handle or DID, is not the one that is logged in.
    pub(crate) fn check_own(&self, account: &str) -> Result<()> {
        let own = self.own_did()?;
        let is_own = account == own || self.resolve(account)?.did == own;
        if is_own { Ok(()) } else { Err(PublishError::NotOwn { handle: account.to_owned(), own }.into()) }
    }

    fn put<R: Typed>(&self, record: R) -> Result<Published<R>> {
        let value = record.to_atproto()?;
        self.put_value(R::COLLECTION, &value, record)
    }

    fn put_value<R>(&self, collection: &str, value: &Value, record: R) -> Result<Published<R>> {
        let written = self.publish_record(collection, value)?;
        Ok(Published { uri: written.uri, cid: written.cid, record })
    }
}

/// Whether two entries say the same, whenever they were made.
fn same_but_for_time(a: &EntryRecord, b: &EntryRecord) -> bool {
    let timeless = |entry: &EntryRecord| entry.clone().created_at("").to_json();
    timeless(a) == timeless(b)
}
