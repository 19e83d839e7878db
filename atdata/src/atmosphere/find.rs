//! Finding records that an account has published, by their type, name and version.

use std::cmp::Ordering;

use super::problem::PublishError;
use super::record::{EntryRecord, LabelRecord, Lens, LensVerification, Record as Typed};
use crate::atproto::{AtUri, Atmosphere};
use crate::error::{Error, Result};
use crate::time::compare_times;
use atdata_schema::{SchemaRecord, SchemaReference, SchemaTarget};

/// A record of the network, and where it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Published<R> {
    /// Its address, whose account is a DID.
    pub uri: AtUri,
    /// The CID of this version of it.
    pub cid: String,
    /// What it says.
    pub record: R,
}

impl Atmosphere {
    /// The datasets of an account, the newest first. Records that cannot be read are logged and left out.
    pub fn datasets(&self, account: &str) -> Result<Vec<Published<EntryRecord>>> {
        self.published(account)
    }

    /// The schemas of an account, the newest first. Records that cannot be read are logged and left out.
    pub fn schemas(&self, account: &str) -> Result<Vec<Published<SchemaRecord>>> {
        self.published(account)
    }

    /// The labels of an account, the newest first. Records that cannot be read are logged and left out.
    pub fn labels(&self, account: &str) -> Result<Vec<Published<LabelRecord>>> {
        self.published(account)
    }

    /// The lenses of an account, the newest first. Records that cannot be read are logged and left out.
    pub fn lenses(&self, account: &str) -> Result<Vec<Published<Lens>>> {
        self.published(account)
    }

    /// The verifications of lenses by an account, the newest first. Records that cannot be read are logged and left out.
    pub fn verifications(&self, account: &str) -> Result<Vec<Published<LensVerification>>> {
        self.published(account)
    }

    /// The datasets of an account, the newest first, and what is wrong with the records that cannot be read, which the
    /// errors name.
    pub fn listing(&self, account: &str) -> Result<(Vec<Published<EntryRecord>>, Vec<Error>)> {
        let (found, unreadable) = self.read_all(account)?;
        Ok((found, unreadable.into_iter().map(|unreadable| unreadable.error).collect()))
    }

    fn published<R: Typed>(&self, account: &str) -> Result<Vec<Published<R>>> {
        let (found, unreadable) = self.read_all(account)?;
        unreadable.iter().for_each(|unreadable| log::warn!("a record is left out: {}", unreadable.error));
        Ok(found)
    }

    fn read_all<R: Typed>(&self, account: &str) -> Result<(Vec<Published<R>>, Vec<Unreadable>)> {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for collection in std::iter::once(&R::COLLECTION).chain(older(R::COLLECTION)) {
            for record in self.list_records(account, collection)? {
                let record = record?;
                match R::from_json(&record.value) {
                    Ok(parsed) => found.push(Published { uri: record.uri, cid: record.cid, record: parsed }),
                    Err(error) => {
                        let name = record.value.get("name").and_then(serde_json::Value::as_str);
                        let error = Error::from(error).with_shard(&record.uri.to_string());
                        unreadable.push(Unreadable { name: name.map(str::to_owned), error });
                    }
                }
            }
        }
        Ok((found, unreadable))
    }

    /// The record at an address, as what it is to be.
    pub(super) fn typed<R: Typed>(&self, uri: &AtUri) -> Result<Published<R>> {
        let record = self.get_record(uri)?;
        let parsed =
            R::from_json(&record.value).map_err(|error| Error::from(error).with_shard(&record.uri.to_string()))?;
        Ok(Published { uri: record.uri, cid: record.cid, record: parsed })
    }

    /// The schema that a reference leads to: `at://…`, or `@handle/Name@1.0.0`, or without a version the latest.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions that there are;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a reference to a schema of an index.
    pub fn schema(&self, reference: &str) -> Result<Published<SchemaRecord>> {
        let parsed: SchemaReference = reference.parse()?;
        match parsed.target() {
            SchemaTarget::Record { .. } => self.typed(&reference.parse()?),
            SchemaTarget::Published { authority, name, version } => {
                self.schema_named(authority, name, version.as_deref())
            }
            _ => Err(PublishError::Local { reference: reference.to_owned() }.into()),
        }
    }

    fn schema_named(&self, account: &str, name: &str, version: Option<&str>) -> Result<Published<SchemaRecord>> {
        let mut schemas = self.schemas(account)?;
        schemas.retain(|schema| schema.record.schema.name == name);
        let versions: Vec<_> = schemas.iter().map(|schema| schema.record.schema.version.clone()).collect();
        let wanted = match version {
            Some(version) => Some(version.to_owned()),
            None => atdata_schema::latest_version(&versions).map(|latest| latest.to_string()),
        };
        // The first is the newest: of two records of one version it is what the author meant in the end.
        let found = schemas.into_iter().find(|schema| Some(&schema.record.schema.version) == wanted.as_ref());
        let wanted = wanted.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        found.ok_or_else(|| {
            PublishError::Missing { what: "schema", name: wanted, account: account.to_owned(), known: versions }.into()
        })
    }

    /// The dataset that a reference leads to: `at://…`, or `@handle/name`, with the version of a label or without.
    ///
    /// A name is looked up among the labels of the account, of which the newest counts, and without a version then among
    /// its datasets.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with what there is; a version is never given in place of another.
    pub fn entry(&self, reference: &str) -> Result<Published<EntryRecord>> {
        if reference.starts_with("at://") {
            return self.typed(&reference.parse()?);
        }
        let (account, name) = owner_and_name(reference)?;
        let versioned = crate::entry::split_version(name);
        if let Some((base, version)) = versioned
            && let Some(entry) = self.labelled(account, base, Some(version))?
        {
            return Ok(entry);
        }
        if let Some(entry) = self.labelled(account, name, None)? {
            return Ok(entry);
        }
        if let Some((base, version)) = versioned {
            // The error says which versions there are.
            self.label(account, base, Some(version))?;
        }
        let (entries, unreadable) = self.read_all::<EntryRecord>(account)?;
        let known = entries.iter().map(|entry| entry.record.name.clone()).collect();
        let named = entries.into_iter().filter(|entry| entry.record.name == name);
        named.max_by(|a, b| newer(&a.record.created_at, &a.uri, &b.record.created_at, &b.uri)).ok_or_else(|| {
            // One that is there and cannot be read is not one that is not there.
            let damaged = unreadable.into_iter().find(|unreadable| unreadable.name.as_deref() == Some(name));
            let (name, account) = (name.to_owned(), account.to_owned());
            let missing = || PublishError::Missing { what: "dataset", name, account, known }.into();
            damaged.map_or_else(missing, |damaged| damaged.error)
        })
    }

    /// The newest label of an account with this name; with a `version`, the newest with that one.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions that there are; none is given in place of another.
    pub fn label(&self, account: &str, name: &str, version: Option<&str>) -> Result<Published<LabelRecord>> {
        let mut labels = self.labels(account)?;
        labels.retain(|label| label.record.name == name);
        let known =
            labels.iter().map(|label| label.record.version.clone().unwrap_or_else(|| "(no version)".to_owned()));
        let known: Vec<_> = known.collect();
        labels.retain(|label| version.is_none() || label.record.version.as_deref() == version);
        let newest =
            labels.into_iter().max_by(|a, b| newer(&a.record.created_at, &a.uri, &b.record.created_at, &b.uri));
        newest.ok_or_else(|| {
            let name = version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
            PublishError::Missing { what: "label", name, account: account.to_owned(), known }.into()
        })
    }

    /// The dataset that the newest label of that name leads to, of that version if one is given.
    fn labelled(&self, account: &str, name: &str, version: Option<&str>) -> Result<Option<Published<EntryRecord>>> {
        let entry = self.label(account, name, version).and_then(|label| self.typed(&label.record.dataset()?));
        match entry {
            Ok(entry) => Ok(Some(entry)),
            // Nor does a label that leads nowhere say what the name means.
            Err(error) if error.kind() == crate::error::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A record that is not what it has to be.
struct Unreadable {
    /// The name that it has, if it has one.
    name: Option<String>,
    error: Error,
}

/// Where records of a kind were before the namespace changed.
fn older(collection: &str) -> &'static [&'static str] {
    match collection {
        EntryRecord::COLLECTION => &["ac.foundation.dataset.record"],
        SchemaRecord::COLLECTION => &["ac.foundation.dataset.schema", "ac.foundation.dataset.sampleSchema"],
        LabelRecord::COLLECTION => &["ac.foundation.dataset.label"],
        Lens::COLLECTION => &["ac.foundation.dataset.lens"],
        _ => &[],
    }
}

/// Times as instants, then keys, which rise with time.
fn newer(a_time: &str, a: &AtUri, b_time: &str, b: &AtUri) -> Ordering {
    compare_times(a_time, b_time).then_with(|| a.rkey().cmp(b.rkey()))
}

/// `@handle/name`
fn owner_and_name(reference: &str) -> Result<(&str, &str)> {
    let parts = reference.strip_prefix('@').and_then(|rest| rest.split_once('/'));
    let both = parts.filter(|(account, name)| !account.is_empty() && !name.is_empty());
    both.ok_or_else(|| PublishError::Reference { reference: reference.to_owned() }.into())
}
