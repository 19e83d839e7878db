//! Finding records that an account has published, by their type, name and version.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::problem::PublishError;
use super::record::{EntryRecord, LabelRecord, LensVerification, PublishedLens, Record as Typed};
use crate::atproto::{AtUri, Atmosphere, StoredRecord};
use crate::entry::{Form, Reference};
use crate::error::{Error, Result};
use crate::time::compare_times;
use atdata_schema::{OLD_NAMESPACE, SchemaRecord, SchemaReference, SchemaTarget, latest_version};

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

    /// The datasets of an account, the newest first, and what is wrong with the records that cannot be read, which the
    /// errors name.
    pub fn listing(&self, account: &str) -> Result<(Vec<Published<EntryRecord>>, Vec<Error>)> {
        let (found, unreadable) = self.read_all(account, None)?;
        Ok((found, unreadable.into_iter().map(|unreadable| unreadable.error).collect()))
    }

    fn published<R: Typed>(&self, account: &str) -> Result<Vec<Published<R>>> {
        let (found, unreadable) = self.read_all(account, None)?;
        for Unreadable { error, .. } in &unreadable {
            log::error!("a record is left out: {error:#}");
        }
        Ok(found)
    }

    /// The records of an account among which one is looked for, where it is known which collections it has.
    pub(super) fn published_in<R: Typed>(&self, account: &str, there: Option<&[String]>) -> Result<Vec<Published<R>>> {
        let (found, unreadable) = self.read_all(account, there)?;
        for Unreadable { error, .. } in &unreadable {
            log::warn!("a record is left out: {error:#}");
        }
        Ok(found)
    }

    fn read_all<R: Typed>(
        &self,
        account: &str,
        there: Option<&[String]>,
    ) -> Result<(Vec<Published<R>>, Vec<Unreadable>)> {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        self.each(account, R::COLLECTION, there, |record| match R::from_json(&record.value) {
            Ok(parsed) => found.push(Published { uri: record.uri, cid: record.cid, record: parsed }),
            Err(error) => {
                let name = text(&record, "name").map(str::to_owned);
                let error = Error::from(error).with_shard(&record.uri.to_string());
                unreadable.push(Unreadable { name, error });
            }
        })?;
        Ok((found, unreadable))
    }

    /// Gives each record of a kind away, the newest keys of a collection first.
    fn each(
        &self,
        account: &str,
        kind: &str,
        there: Option<&[String]>,
        mut take: impl FnMut(StoredRecord),
    ) -> Result<()> {
        for collection in collections(kind) {
            if there.is_some_and(|there| !there.contains(&collection)) {
                continue;
            }
            for record in self.list_records(account, &collection)? {
                take(record?);
            }
        }
        Ok(())
    }

    /// The record at an address, as what it is to be.
    pub(super) fn typed<R: Typed>(&self, uri: &AtUri) -> Result<Published<R>> {
        read(self.get_record(uri)?)
    }

    /// The schema that a reference leads to: `at://…`, or `@handle/Name@1.0.0`, or `atdata://handle/schema/Name`, which
    /// without a version is the latest.
    ///
    /// Of several records of one name and version the newest counts, by the time that it says it was made.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions that there are, or with the schemas;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a reference to a schema of an index, and with what is wrong with
    /// a record that cannot be read.
    pub fn schema(&self, reference: &str) -> Result<Published<SchemaRecord>> {
        read(self.schema_record(reference)?)
    }

    /// The record of the [`schema`](Self::schema) that a reference leads to, as its author wrote it.
    ///
    /// One that cannot be read is found where there is no other of that name and version.
    ///
    /// # Errors
    /// Those of [`schema`](Self::schema), but for what is wrong with the record.
    pub fn schema_record(&self, reference: &str) -> Result<StoredRecord> {
        match reference.parse::<SchemaReference>()?.target() {
            SchemaTarget::Record { .. } => self.get_record(&reference.parse()?),
            SchemaTarget::Published { authority, name, version } => {
                Ok(self.schema_named(authority, name, version.as_deref())??)
            }
            _ => Err(PublishError::Local { reference: reference.to_owned() }.into()),
        }
    }

    /// [`schema_record`](Self::schema_record), with nothing where the server of the account answers that there is none.
    ///
    /// # Errors
    /// Those of [`schema_record`](Self::schema_record): it is not known then whether there is one.
    pub fn find_schema_record(&self, reference: &str) -> Result<Option<StoredRecord>> {
        match reference.parse::<SchemaReference>()?.target() {
            SchemaTarget::Record { .. } => self.find_record(&reference.parse()?),
            SchemaTarget::Published { authority, name, version } => {
                Ok(self.schema_named(authority, name, version.as_deref())?.ok())
            }
            _ => Err(PublishError::Local { reference: reference.to_owned() }.into()),
        }
    }

    /// The record of that name and version, or what there is instead.
    fn schema_named(
        &self,
        account: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<Result<StoredRecord, PublishError>> {
        let (mut by_version, mut others) = (BTreeMap::new(), BTreeSet::new());
        self.each(account, SchemaRecord::COLLECTION, None, |record| match text(&record, "name") {
            Some(own) if own == name => keep(&mut by_version, record),
            Some(own) => drop(others.insert(own.to_owned())),
            None => {}
        })?;
        let latest = || latest_version(by_version.keys()).map(|latest| latest.to_string());
        let wanted = version.map(str::to_owned).or_else(latest);
        let found = wanted.as_deref().and_then(|wanted| by_version.remove(wanted));
        Ok(found.ok_or_else(|| {
            let name = wanted.map_or_else(|| name.to_owned(), |wanted| format!("{name}@{wanted}"));
            let known = (by_version.into_keys().collect::<Vec<_>>(), others.into_iter().collect());
            let (what, known) = if known.0.is_empty() { ("schemas", known.1) } else { ("versions", known.0) };
            PublishError::NoSuchSchema { name, account: account.to_owned(), what, known }
        }))
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
        let labels = self.labels(account)?;
        if let Some((base, version)) = versioned
            && let Some(entry) = self.labelled(&labels, account, base, Some(version))?
        {
            return Ok(entry);
        }
        if let Some(entry) = self.labelled(&labels, account, name, None)? {
            return Ok(entry);
        }
        if let Some((base, version)) = versioned {
            // The error says which versions there are.
            newest_label(&labels, account, base, Some(version))?;
        }
        let (entries, unreadable) = self.read_all::<EntryRecord>(account, None)?;
        let known = entries.iter().map(|entry| entry.record.name.clone()).collect();
        let named = entries.into_iter().filter(|entry| entry.record.name == *name);
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
        newest_label(&self.labels(account)?, account, name, version).cloned()
    }

    /// The dataset that the newest label of that name leads to, of that version if one is given.
    fn labelled(
        &self,
        labels: &[Published<LabelRecord>],
        account: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<Published<EntryRecord>>> {
        let entry = newest_label(labels, account, name, version).and_then(|label| self.typed(&label.record.dataset()?));
        match entry {
            Ok(entry) => Ok(Some(entry)),
            // Nor does a label that leads nowhere say what the name means.
            Err(error) if error.kind() == crate::error::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The newest of the labels of an account that has this name; with a `version`, the newest with that one.
fn newest_label<'a>(
    labels: &'a [Published<LabelRecord>],
    account: &str,
    name: &str,
    version: Option<&str>,
) -> Result<&'a Published<LabelRecord>> {
    let named = || labels.iter().filter(|label| label.record.name == name);
    let wanted = named().filter(|label| version.is_none() || label.record.version.as_deref() == version);
    let newest = wanted.max_by(|a, b| newer(&a.record.created_at, &a.uri, &b.record.created_at, &b.uri));
    newest.ok_or_else(|| {
        let version_of = |label: &Published<LabelRecord>| label.record.version.clone();
        let known = named().map(|label| version_of(label).unwrap_or_else(|| "(no version)".to_owned())).collect();
        let name = version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        PublishError::Missing { what: "label", name, account: account.to_owned(), known }.into()
    })
}

/// A record that is not what it has to be.
struct Unreadable {
    /// The name that it has, if it has one.
    name: Option<String>,
    error: Error,
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

/// What a record says, as what it is to be.
fn read<R: Typed>(record: StoredRecord) -> Result<Published<R>> {
    let parsed = R::from_json(&record.value).map_err(|error| Error::from(error).with_shard(&record.uri.to_string()))?;
    Ok(Published { uri: record.uri, cid: record.cid, record: parsed })
}

fn text<'a>(record: &'a StoredRecord, field: &str) -> Option<&'a str> {
    record.value.get(field).and_then(Value::as_str)
}

/// Of the schema records of each version, the one that counts.
fn keep(by_version: &mut BTreeMap<String, StoredRecord>, record: StoredRecord) {
    // A record without one is of the first.
    let version = text(&record, "version").unwrap_or("1.0.0");
    match by_version.get_mut(version) {
        Some(known) if rank(known, &record).is_lt() => *known = record,
        Some(_) => {}
        None => drop(by_version.insert(version.to_owned(), record)),
    }
}

/// By which the schema record that counts is the greatest: what can be read, then the newer one.
fn rank(a: &StoredRecord, b: &StoredRecord) -> Ordering {
    let readable = |record: &StoredRecord| SchemaRecord::from_json(&record.value).is_ok();
    let time = |record| text(record, "createdAt").unwrap_or_default();
    readable(a).cmp(&readable(b)).then_with(|| newer(time(a), &a.uri, time(b), &b.uri))
}

/// Times as instants, then keys, which rise with time.
fn newer(a_time: &str, a: &AtUri, b_time: &str, b: &AtUri) -> Ordering {
    compare_times(a_time, b_time).then_with(|| a.rkey().cmp(b.rkey()))
}

/// Of schemas of one name and version, the one that counts.
pub(super) fn newest<'a>(
    schemas: impl Iterator<Item = &'a Published<SchemaRecord>>,
) -> Option<&'a Published<SchemaRecord>> {
    let time = |schema: &'a Published<SchemaRecord>| schema.record.created_at.as_deref().unwrap_or_default();
    schemas.max_by(|a, b| newer(time(a), &a.uri, time(b), &b.uri))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn schema(key: &str, time: &str, fields: &Value) -> StoredRecord {
        let uri = format!("at://did:plc:abcdefghijklmnopqrstuvwx/science.alt.dataset.schema/{key}");
        let value = json!({"name": "T", "version": "1.0.0", "createdAt": time, "fields": fields});
        StoredRecord { uri: uri.parse().unwrap(), cid: String::new(), value }
    }

    #[test]
    fn the_newest_schema_record_that_can_be_read_counts() {
        let order = [
            schema("z", "2026-03-09T12:00:00Z", &json!(3)),
            schema("y", "", &json!([])),
            schema("x", "2026-03-01T12:00:00+02:00", &json!([])),
            schema("a", "2026-03-01T11:00:00Z", &json!([])),
            schema("b", "2026-03-01T13:00:00+02:00", &json!([])),
        ];
        for (older, newer) in order.iter().zip(order.iter().skip(1)) {
            assert_eq!(rank(older, newer), Ordering::Less, "{older:?} {newer:?}");
        }
        let mut backwards = BTreeMap::new();
        order.iter().rev().for_each(|record| keep(&mut backwards, record.clone()));
        assert_eq!(backwards.get("1.0.0").map(|record| record.uri.rkey()), Some("b"));
    }
}
