//! Publishing datasets, schemas, labels and lenses to one's own account.

mod manifests;
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
        let own = self.own()?;
        self.publish_schema_in(record, &mut self.published_in(&own.did, own.collections())?)
    }

    /// The same, where it is known which schemas there are; this one is among them then.
    fn publish_schema_in(
        &self,
        record: &SchemaRecord,
        known: &mut Vec<Published<SchemaRecord>>,
    ) -> Result<Published<SchemaRecord>> {
        let mut record = record.clone();
        record.created_at = Some(time::now());
        let of_name: Vec<_> =
            known.iter().filter(|stored| stored.record.schema.name == record.schema.name).cloned().collect();
        let of_version = of_name.iter().filter(|stored| stored.record.schema.version == record.schema.version);
        if let Some(stored) = newest(of_version) {
            agree(&stored.record, &record)?;
            return Ok(stored.clone());
        }
        follows(&of_name.into_iter().map(|schema| schema.record).collect::<Vec<_>>(), &record)?;
        let published = self.put(record)?;
        known.push(published.clone());
        Ok(published)
    }

    /// Publishes a label: a name, with a version or without, for a dataset of any account. The newest label of a name
    /// counts; one that says the same already is found again.
    pub fn publish_label(&self, label: &LabelRecord) -> Result<Published<LabelRecord>> {
        self.publish_label_of(label, &self.own()?)
    }

    fn publish_label_of(&self, label: &LabelRecord, own: &Own) -> Result<Published<LabelRecord>> {
        let newest_first = self.published_in::<LabelRecord>(&own.did, own.collections())?;
        let of_name =
            newest_first.into_iter().find(|own| own.record.name == label.name && own.record.version == label.version);
        match of_name {
            Some(own) if own.record.dataset_uri == label.dataset_uri && own.record.description == label.description => {
                Ok(own)
            }
            _ => self.put(label.clone()),
        }
    }

    /// Publishes a lens between two published schemas. What code it names is nobody's to run: readers look at it. One that
    /// says the same already is found again.
    pub fn publish_lens(&self, lens: &PublishedLens) -> Result<Published<PublishedLens>> {
        self.put_once(lens)
    }

    /// Publishes that a lens was looked at, and how. One that says the same already is found again.
    pub fn publish_verification(&self, verification: &LensVerification) -> Result<Published<LensVerification>> {
        self.put_once(verification)
    }

    /// Publishes a dataset: its schema, its shards, its entry, and a label that gives it its name.
    ///
    /// Shards that anybody can read at `https` URLs stay where they are, and are read once for their SHA-256, a few at once,
    /// unless [`PublishOptions::unknown_checksums`] says that it need not be known. Files of this
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
        let plan = Plan::of(dataset, &options, &|url: &str| entry.checksum(url).map(str::to_owned))?;
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
        let account = self.own()?;
        let own = self.published_in::<EntryRecord>(&account.did, account.collections())?;
        let stored = own.iter().flat_map(|entry| entry.record.blob_cids()).collect();
        let storage = plan.storage()?;
        let mut schemas = if options.schema.is_none() || options.content.is_some() {
            self.published_in(&account.did, account.collections())?
        } else {
            Vec::new()
        };
        let schema_ref = match &options.schema {
            Some(reference) => reference.clone(),
            None => self.publish_schema_in(&schema()?, &mut schemas)?.uri.to_string(),
        };
        let mut entry = options.entry(name, &schema_ref, storage)?;
        if let Some((schema, content)) = &options.content {
            let schema = self.publish_schema_in(schema, &mut schemas)?;
            entry = entry.with_content(schema.uri.to_string(), content.clone());
        }
        let checks = options::checks(self.allows_private());
        // All that the lexicon does not allow is told before the first byte is sent.
        entry.to_atproto_with(&checks)?;
        let with_manifests = plan.with_manifests(&entry, &checks);
        plan.upload(self, &stored, options)?;
        if let Some(with_manifests) = with_manifests {
            match plan.upload_manifests(self, &stored) {
                Ok(()) => entry = with_manifests,
                Err(error) => log::warn!("published without manifests: {error:#}"),
            }
        }
        let published = match own.into_iter().find(|other| same_but_for_time(&other.record, &entry)) {
            Some(own) => own,
            None => self.put_value(EntryRecord::COLLECTION, &entry.to_atproto_with(&checks)?, entry)?,
        };
        let label = LabelRecord::new(name, published.uri.to_string());
        let label = options.version.iter().fold(label, LabelRecord::with_version);
        let label = options.description.iter().fold(label, LabelRecord::with_description);
        self.publish_label_of(&label, &account)?;
        Ok(published)
    }

    /// The account that is logged in, and which collections it has: the others need not be asked for.
    fn own(&self) -> Result<Own> {
        let did = self.own_did()?;
        let collections = self.collections(&did);
        let collections = collections.inspect_err(|error| log::debug!("all collections are asked for: {error}")).ok();
        Ok(Own { did, collections })
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

    /// The record of the account that says the same but for its time, or a new one.
    fn put_once<R: Typed + Clone>(&self, record: &R) -> Result<Published<R>> {
        let (own, value) = (self.own()?, record.to_atproto()?);
        let known = self.published_in::<R>(&own.did, own.collections())?;
        let is_it = |other: &Published<R>| {
            other.uri.collection() == R::COLLECTION
                && other.record.to_atproto().is_ok_and(|other| timeless(other) == timeless(value.clone()))
        };
        match known.into_iter().find(is_it) {
            Some(known) => Ok(known),
            None => self.put_value(R::COLLECTION, &value, record.clone()),
        }
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

/// The account that is logged in.
struct Own {
    did: String,
    /// Where its records are, if its server says so.
    collections: Option<Vec<String>>,
}

impl Own {
    fn collections(&self) -> Option<&[String]> {
        self.collections.as_deref()
    }
}

/// A record without the time that it was made.
fn timeless(mut record: Value) -> Value {
    if let Value::Object(members) = &mut record {
        members.remove("createdAt");
    }
    record
}

/// Whether two entries say the same, whenever they were made.
fn same_but_for_time(a: &EntryRecord, b: &EntryRecord) -> bool {
    let timeless = |entry: &EntryRecord| entry.clone().created_at("").to_json();
    timeless(a) == timeless(b)
}
