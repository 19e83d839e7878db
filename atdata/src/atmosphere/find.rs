//! Finding records that an account has published, by their type, name and version.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::problem::PublishError;
use super::record::{EntryRecord, LabelRecord, LensVerification, PublishedLens, Record as Typed};
use crate::atproto::{AtUri, Atmosphere, StoredRecord};
use crate::entry::{Form, Reference};
use crate::error::{Error, Result};
use crate::time::{compare_times, is_time};
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
        let Records { found, unreadable } = self.read_all(account, None)?;
        Ok((found, unreadable.into_iter().map(|(_, error)| error).collect()))
    }

    fn published<R: Typed>(&self, account: &str) -> Result<Vec<Published<R>>> {
        let Records { found, unreadable } = self.read_all(account, None)?;
        for (_, error) in &unreadable {
            log::error!("a record is left out: {error:#}");
        }
        Ok(found)
    }

    /// The records of an account of which one is looked for by its name. Others that cannot be read are nothing to whoever
    /// looks; but one without a name may be what is looked for.
    fn named<R: Named>(&self, account: &str) -> Result<Records<R>> {
        let records: Records<R> = self.read_all(account, None)?;
        for (_, error) in records.unreadable.iter().filter(|(record, _)| text(record, "name").is_none()) {
            log::warn!("a record without a name is left out: {error:#}");
        }
        Ok(records)
    }

    /// The records of an account among which one is looked for, where it is known which collections it has.
    pub(super) fn published_in<R: Typed>(&self, account: &str, there: Option<&[String]>) -> Result<Vec<Published<R>>> {
        let Records { found, unreadable } = self.read_all(account, there)?;
        for (_, error) in &unreadable {
            log::warn!("a record is left out: {error:#}");
        }
        Ok(found)
    }

    fn read_all<R: Typed>(&self, account: &str, there: Option<&[String]>) -> Result<Records<R>> {
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        self.each(account, R::COLLECTION, there, |record| match read(&record) {
            Ok(parsed) => found.push(parsed),
            Err(error) => unreadable.push((record, error)),
        })?;
        Ok(Records { found, unreadable })
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
        read(&self.get_record(uri)?)
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
        read(&self.schema_record(reference)?)
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
    /// its datasets. One that cannot be read and is newer than all others of that name is an error, for what is older is not
    /// what the name means.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with what there is; a version is never given in place of another.
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with what is wrong with a record, and which one is before it.
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
        let labels = self.named(account)?;
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
            labels.newest(account, base, Some(version))?;
        }
        self.named(account)?.newest(account, name, None).cloned()
    }

    /// The newest label of an account with this name; with a `version`, the newest with that one.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions that there are; none is given in place of another.
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the newest one cannot be read.
    pub fn label(&self, account: &str, name: &str, version: Option<&str>) -> Result<Published<LabelRecord>> {
        self.named(account)?.newest(account, name, version).cloned()
    }

    /// The dataset that the newest label of that name leads to, of that version if one is given.
    fn labelled(
        &self,
        labels: &Records<LabelRecord>,
        account: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<Published<EntryRecord>>> {
        let entry = labels.newest(account, name, version).and_then(|label| self.typed(&label.record.dataset()?));
        match entry {
            Ok(entry) => Ok(Some(entry)),
            // Nor does a label that leads nowhere say what the name means.
            Err(error) if error.kind() == crate::error::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The records of a kind that an account has.
struct Records<R> {
    found: Vec<Published<R>>,
    /// Those that are not what they have to be, and what is wrong with them.
    unreadable: Vec<(StoredRecord, Error)>,
}

/// Records that are looked for by a name, which several of an account may have: the newest is meant.
trait Named: Typed {
    /// What it is in a message.
    const WHAT: &str;
    fn name(&self) -> &str;
    fn version(&self) -> Option<&str>;
    fn created_at(&self) -> &str;
}

impl Named for EntryRecord {
    const WHAT: &str = "dataset";

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> Option<&str> {
        None
    }

    fn created_at(&self) -> &str {
        &self.created_at
    }
}

impl Named for LabelRecord {
    const WHAT: &str = "label";

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    fn created_at(&self) -> &str {
        &self.created_at
    }
}

impl<R: Named> Records<R> {
    /// The newest that has this name; with a `version`, the newest with that one.
    fn newest(&self, account: &str, name: &str, version: Option<&str>) -> Result<&Published<R>> {
        let is_wanted = |own: &str, of: Option<&str>| own == name && (version.is_none() || of == version);
        let found = self.found.iter().filter(|own| is_wanted(own.record.name(), own.record.version()));
        let found = found.max_by(|a, b| newer(a.record.created_at(), &a.uri, b.record.created_at(), &b.uri));
        let unreadable = self.unreadable.iter().map(|(record, _)| record);
        let newer_ones = unreadable.filter(|record| {
            text(record, "name").is_some_and(|own| is_wanted(own, text(record, "version")))
                && found.is_none_or(|found| is_newer(record, found))
        });
        let time = |record| text(record, "createdAt").unwrap_or_default();
        // What is older is not what the name means, and what is there is not missing.
        if let Some(damaged) = newer_ones.max_by(|a, b| newer(time(a), &a.uri, time(b), &b.uri)) {
            read::<R>(damaged).map_err(|problem| hides(problem, found))?;
        }
        found.ok_or_else(|| self.missing(account, name, version))
    }

    /// With the versions that there are of the name, or else the names.
    fn missing(&self, account: &str, name: &str, version: Option<&str>) -> Error {
        let known = if R::WHAT == LabelRecord::WHAT {
            let named = self.found.iter().filter(|own| own.record.name() == name);
            named.map(|own| own.record.version().unwrap_or("(no version)").to_owned()).collect()
        } else {
            self.found.iter().map(|own| own.record.name().to_owned()).collect()
        };
        let name = version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        PublishError::Missing { what: R::WHAT, name, account: account.to_owned(), known }.into()
    }
}

/// What is wrong with the newest record of a name, with where the one before it is, if there is one.
fn hides<R: Named>(problem: Error, before: Option<&Published<R>>) -> Error {
    let Some(before) = before else { return problem };
    let (cause, place) = (problem.cause_text(), problem.shard().map(str::to_owned));
    let name = before.record.name().to_owned();
    let error = Error::from(PublishError::Newest { what: R::WHAT, name, cause, before: before.uri.to_string() });
    match place {
        Some(place) => error.with_shard(&place),
        None => error,
    }
}

/// Whether a record that cannot be read is newer than one that can: by its time, or if it says none that is one, by its key.
fn is_newer<R: Named>(record: &StoredRecord, than: &Published<R>) -> bool {
    let by_key = || record.uri.rkey().cmp(than.uri.rkey());
    let time = text(record, "createdAt").filter(|time| is_time(time));
    let order = time.map(|time| newer(time, &record.uri, than.record.created_at(), &than.uri));
    order.unwrap_or_else(by_key).is_gt()
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
fn read<R: Typed>(record: &StoredRecord) -> Result<Published<R>> {
    let parsed = R::from_json(&record.value).map_err(|error| Error::from(error).with_shard(&record.uri.to_string()))?;
    Ok(Published { uri: record.uri.clone(), cid: record.cid.clone(), record: parsed })
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
