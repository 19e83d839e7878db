//! Building a manifest, sample by sample.

use std::sync::Arc;

use super::column::{Column, Refused, check};
use super::error::ManifestError;
use super::fields::{Fields, Plan};
use super::header::{Aggregate, ManifestHeader, VERSION};
use super::python;
use super::write::{Samples, write_samples};
use crate::error::Result;
use crate::sample::{Cursor, PackField as _, Value};

/// The header of an entry of the network may have no more.
pub(super) const MOST_HEADER: usize = 1 << 20;

/// What a manifest has of one sample.
#[derive(Debug, Default)]
pub(crate) struct Row(Vec<(Name, Value)>);

#[derive(Debug)]
enum Name {
    Known(usize),
    New(String),
}

impl Row {
    /// The value of a field that the builder has.
    pub(crate) fn value(&self, of: &Builder, field: &str) -> Option<&Value> {
        let wanted = of.fields.numbers.get(field)?;
        let found = self.0.iter().rev().find(|(name, _)| matches!(name, Name::Known(number) if number == wanted));
        found.map(|(_, value)| value)
    }
}

/// Files of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) header: Vec<u8>,
    pub(crate) samples: Vec<u8>,
}

/// A manifest that is being built.
#[derive(Debug)]
pub(crate) struct Builder {
    fields: Arc<Fields>,
    /// Of the fields, and behind them of those that samples have shown.
    columns: Vec<Column>,
    keys: Vec<String>,
    offsets: Vec<i64>,
    sizes: Vec<i64>,
    bytes: u64,
}

impl Builder {
    pub(crate) fn new(fields: Arc<Fields>) -> Self {
        let columns = fields.plans.iter().map(Column::of_plan).collect();
        Self { fields, columns, keys: Vec::new(), offsets: Vec::new(), sizes: Vec::new(), bytes: 0 }
    }

    /// What the manifest has of a packed sample. Bytes, arrays and maps are passed over.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a value that its field cannot have.
    pub(crate) fn row(&self, packed: &[u8]) -> Result<Row> {
        let mut cursor = Cursor::new(packed);
        let mut row = Row::default();
        for _ in 0..cursor.read_map_len()? {
            let key = cursor.read_key()?;
            match self.named(key) {
                Some(name) if self.is_read(&name, &cursor) => {
                    let value = Value::read(&mut cursor)?;
                    self.check(&name, &value)?;
                    row.0.push((name, value));
                }
                _ => cursor.skip()?,
            }
        }
        Ok(row)
    }

    /// The same of values that were read already.
    pub(crate) fn row_of<'v>(&self, values: impl IntoIterator<Item = (&'v str, &'v Value)>) -> Result<Row> {
        let mut row = Row::default();
        for (name, value) in values {
            let Some(name) = self.named(name) else { continue };
            if matches!(value, Value::Bin(_) | Value::Map(_)) && !self.is_said(&name) {
                continue;
            }
            self.check(&name, value)?;
            row.0.push((name, value.clone()));
        }
        Ok(row)
    }

    fn named(&self, name: &str) -> Option<Name> {
        match self.fields.numbers.get(name) {
            Some(number) => Some(Name::Known(*number)),
            None => self.fields.is_open.then(|| Name::New(name.to_owned())),
        }
    }

    /// Whether it is said what the field has.
    fn is_said(&self, name: &Name) -> bool {
        matches!(name, Name::Known(number) if self.fields.plans.get(*number).is_some_and(|plan| plan.kind.is_some()))
    }

    /// Whether the next value is one for a manifest: of fields of which nothing is said bytes and maps are none.
    fn is_read(&self, name: &Name, cursor: &Cursor<'_>) -> bool {
        !matches!(cursor.remaining().first(), Some(0x80..=0x8f | 0xc4..=0xc6 | 0xde | 0xdf)) || self.is_said(name)
    }

    /// An error for a value that the field cannot have.
    fn check(&self, name: &Name, value: &Value) -> Result<()> {
        let Name::Known(number) = name else { return Ok(()) };
        let Some(Plan { name, kind: Some(kind) }) = self.fields.plans.get(*number) else { return Ok(()) };
        check(*kind, value)
            .map_err(|Refused { expected, found }| ManifestError::Value { field: name.clone(), expected, found }.into())
    }

    /// Appends a sample, whose content begins at `offset`.
    pub(crate) fn push(&mut self, key: &str, offset: u64, size: u64, row: Row) {
        let number = self.keys.len();
        for (name, value) in row.0 {
            let at = match name {
                Name::Known(at) => at,
                Name::New(name) => self.column_of(&name),
            };
            if let Some(column) = self.columns.get_mut(at)
                && column.push(number, value).is_err()
            {
                // Nobody has said what it is to be, and it is several things.
                column.give_up();
            }
        }
        self.keys.push(key.to_owned());
        self.offsets.push(i64::try_from(offset).unwrap_or(i64::MAX));
        self.sizes.push(i64::try_from(size).unwrap_or(i64::MAX));
        self.bytes = self.bytes.saturating_add(size);
    }

    fn column_of(&mut self, name: &str) -> usize {
        let own = self.fields.plans.len();
        let found = self.columns.iter().skip(own).position(|column| column.name == name);
        found.map_or_else(
            || {
                self.columns.push(Column::new(name.to_owned(), None));
                self.columns.len() - 1
            },
            |found| own + found,
        )
    }

    /// What there is of each field so far, of which nothing is counted from now on.
    pub(crate) fn take_aggregates(&mut self) -> Vec<(String, Aggregate)> {
        let taken = self.columns.iter_mut().map(|column| (column.name.clone(), column.take_aggregate()));
        taken.filter_map(|(name, aggregate)| Some((name, aggregate?))).collect()
    }

    /// The files of the manifest of a shard that was made then, in seconds since 1970; the builder is as new.
    pub(crate) fn finish(&mut self, shard_id: &str, made: u64) -> Result<Files> {
        let mut built = std::mem::replace(self, Self::new(Arc::clone(&self.fields)));
        let aggregates = built.take_aggregates();
        let Self { fields, columns, keys, offsets, sizes, bytes } = built;
        let rows = keys.len();
        let told = columns.into_iter().filter_map(|column| column.finish(rows)).collect();
        let mut header = ManifestHeader {
            manifest_version: VERSION.to_owned(),
            shard_id: shard_id.to_owned(),
            schema_type: fields.schema_type.clone(),
            schema_version: fields.schema_version.clone(),
            num_samples: rows as u64,
            size_bytes: bytes,
            created_at: python::time(made),
            aggregates,
            provenance: None,
        };
        let samples = write_samples(&Samples { keys, offsets, sizes, columns: told })?;
        Ok(Files { header: fitting(&mut header).into_bytes(), samples })
    }
}

/// The header, without the longest of its aggregates if it would be too long for an entry of the network: nothing is said of
/// their fields then, and their columns are there all the same.
fn fitting(header: &mut ManifestHeader) -> String {
    loop {
        let text = header.to_json();
        if text.len() <= MOST_HEADER || header.aggregates.is_empty() {
            return text;
        }
        let lengths = header.aggregates.iter().map(|(_, aggregate)| super::column::length(aggregate));
        let longest = lengths.enumerate().max_by_key(|(_, length)| *length).map_or(0, |(at, _)| at);
        let (field, _) = header.aggregates.remove(longest);
        log::info!("{}: the manifest counts no values of the field `{field}`, for there are too many", header.shard_id);
    }
}
