//! Finding records that an account has published, by their type, name and version.

use std::cmp::Ordering;

use super::problem::PublishError;
use super::record::{EntryRecord, LabelRecord, LensVerification, PublishedLens, Record as Typed};
use crate::atproto::{AtUri, Atmosphere};
use crate::entry::{Form, Reference};
use crate::error::{Error, Result};
use crate::time::compare_times;
use atdata_schema::{OLD_NAMESPACE, SchemaRecord, SchemaReference, SchemaTarget};

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
    pub fn lenses(&self, account: &str) -> Result<Vec<Published<PublishedLens>>> {
        self.published(account)
    }

    /// The verifications of lenses by an account, the newest first. Records that cannot be read are logged and left out.
    pub fn verifications(&self, account: &str) -> Result<Vec<Published<LensVerification>>> {
        self.published(account)
    }

    fn published<R: Typed>(&self, account: &str) -> Result<Vec<Published<R>>> {
        let mut found = Vec::new();
        for collection in collections(R::COLLECTION) {
            for record in self.list_records(account, &collection)? {
                let record = record?;
                match R::from_json(&record.value) {
                    Ok(parsed) => found.push(Published { uri: record.uri, cid: record.cid, record: parsed }),
                    Err(error) => log::warn!("{} is left out: {error}", record.uri),
                }
            }
        }
        Ok(found)
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
        self.entry_of(&reference.parse()?)
    }

    pub(crate) fn entry_of(&self, reference: &Reference) -> Result<Published<EntryRecord>> {
        let (account, name) = match reference.form() {
            Form::Uri => return self.typed(&reference.as_str().parse()?),
            Form::Owned { authority, name } => (authority, name),
            _ => return Err(PublishError::Reference { reference: reference.to_string() }.into()),
        };
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
        let entries = self.datasets(account)?;
        let known = entries.iter().map(|entry| entry.record.name.clone()).collect();
        let named = entries.into_iter().filter(|entry| entry.record.name == *name);
        named.max_by(|a, b| newer(&a.record.created_at, &a.uri, &b.record.created_at, &b.uri)).ok_or_else(|| {
            PublishError::Missing { what: "dataset", name: name.to_owned(), account: account.to_owned(), known }.into()
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

/// Where records of a kind are: in their collection, and in those from before the namespace changed.
fn collections(of: &str) -> Vec<String> {
    let old: &[&str] = match of {
        EntryRecord::COLLECTION => &["record"],
        SchemaRecord::COLLECTION => &["schema", "sampleSchema"],
        LabelRecord::COLLECTION => &["label"],
        PublishedLens::COLLECTION => &["lens"],
        _ => &[],
    };
    let old = old.iter().map(|name| format!("{OLD_NAMESPACE}.{name}"));
    std::iter::once(of.to_owned()).chain(old).collect()
}

/// Times as instants, then keys, which rise with time.
fn newer(a_time: &str, a: &AtUri, b_time: &str, b: &AtUri) -> Ordering {
    compare_times(a_time, b_time).then_with(|| a.rkey().cmp(b.rkey()))
}
