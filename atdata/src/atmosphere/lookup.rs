//! Records by their names.

use std::cmp::Ordering;

use serde_json::Value;

use super::Atmosphere;
use super::error::AtmosphereError;
use super::record::compare_times;
use super::repo::StoredRecord;
use crate::error::Result;

/// Where the records of a kind are, first of all those that are written today.
const LABELS: &[&str] = &["science.alt.dataset.label", "ac.foundation.dataset.label"];
const ENTRIES: &[&str] = &["science.alt.dataset.entry", "ac.foundation.dataset.record"];
const SCHEMAS: &[&str] =
    &["science.alt.dataset.schema", "ac.foundation.dataset.schema", "ac.foundation.dataset.sampleSchema"];

impl Atmosphere {
    /// The newest of an account's records in a collection that `is_it` takes: by `createdAt`, compared as instants, and of
    /// those of one instant the one with the higher key. All of them are looked at.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such account.
    pub fn newest_record(
        &self,
        account: &str,
        collection: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Option<StoredRecord>> {
        let mut newest: Option<StoredRecord> = None;
        for record in self.list_records(account, collection)? {
            let record = record?;
            if is_it(&record.value) && newest.as_ref().is_none_or(|newest| age(newest, &record) == Ordering::Less) {
                newest = Some(record);
            }
        }
        Ok(newest)
    }

    /// The newest label of an account with this name; with a `version`, the newest with that one.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such account or label. A version that is not there is not
    /// replaced by another.
    pub fn find_label(&self, account: &str, name: &str, version: Option<&str>) -> Result<StoredRecord> {
        self.find(account, "label", LABELS, name, version)
    }

    /// The newest entry of an account with this name.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such account or entry.
    pub fn find_entry(&self, account: &str, name: &str) -> Result<StoredRecord> {
        self.find(account, "entry", ENTRIES, name, None)
    }

    /// The newest schema of an account with this name and version.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such account or schema.
    pub fn find_schema(&self, account: &str, name: &str, version: &str) -> Result<StoredRecord> {
        self.find(account, "schema", SCHEMAS, name, Some(version))
    }

    fn find(
        &self,
        account: &str,
        what: &'static str,
        collections: &[&str],
        name: &str,
        version: Option<&str>,
    ) -> Result<StoredRecord> {
        let is_it = |record: &Value| {
            let has = |field: &str, text: &str| record.get(field).and_then(Value::as_str) == Some(text);
            has("name", name) && version.is_none_or(|version| has("version", version))
        };
        for collection in collections {
            if let Some(record) = self.newest_record(account, collection, is_it)? {
                return Ok(record);
            }
        }
        let name = version.map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"));
        Err(AtmosphereError::NoRecord { account: account.to_owned(), what, name }.into())
    }
}

/// Which is the older one.
fn age(one: &StoredRecord, other: &StoredRecord) -> Ordering {
    let time =
        |record: &StoredRecord| record.value.get("createdAt").and_then(Value::as_str).unwrap_or_default().to_owned();
    compare_times(&time(one), &time(other)).then_with(|| one.uri.rkey().cmp(other.uri.rkey()))
}
