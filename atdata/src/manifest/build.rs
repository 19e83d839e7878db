//! Building a manifest, sample by sample.

use std::collections::HashMap;
use std::sync::Arc;

use super::column::{Column, Refused, check};
use super::error::ManifestError;
use super::fields::{Fields, KEY, Kind, OFFSET, Plan, SIZE};
use super::header::{Aggregate, MOST_AGGREGATES, Made, ManifestHeader, VERSION};
use super::python;
use super::write::{Samples, write_samples};
use crate::error::Result;
use crate::sample::{Cursor, PackField as _, Value};

/// The header of an entry of the network may have no more.
pub(super) const MOST_HEADER: usize = 1 << 20;
/// Fields that samples may show.
const MOST_OPEN: usize = 4_096;
/// Bytes that the name of one may have.
const MOST_NAME: usize = 1_024;
/// Bytes of text in all columns, and of what is counted: it is memory until the shard is whole.
const MOST_HELD: usize = 256 << 20;

/// What a manifest has of one sample.
#[derive(Debug, Default)]
pub(crate) struct Row {
    values: Vec<(Name, Value)>,
    /// Fields that have what no manifest holds, where that is no error.
    odd: Vec<usize>,
    /// Whether it is of what a type has read, and not of what is written.
    is_read: bool,
}

#[derive(Debug)]
enum Name {
    Known(usize),
    New(String),
}

/// What stands for bytes and maps, which no column of a field has of which nothing is said: that column is given up, for null would
/// say that there is nothing.
const NOT_READ: Value = Value::Map(Vec::new());

impl Row {
    /// The same, of what a type has read otherwise than it is written.
    pub(crate) fn read_by_type(self) -> Self {
        Self { is_read: true, ..self }
    }

    /// Whether both have the same fields and values, but for nulls.
    pub(crate) fn has_same(&self, other: &Self) -> bool {
        let values = |row: &Self| -> Vec<(usize, Value)> {
            let known = row.values.iter().filter_map(|(name, value)| match name {
                Name::Known(number) if !value.is_nil() => Some((*number, value.clone())),
                _ => None,
            });
            let mut known: Vec<_> = known.collect();
            known.sort_by_key(|(number, _)| *number);
            known
        };
        self.odd == other.odd && values(self) == values(other)
    }

    /// The values of the fields that the builder has: of one that is there twice the last.
    pub(crate) fn by_field<'r>(&'r self, of: &'r Builder) -> HashMap<&'r str, &'r Value> {
        let known = self.values.iter().filter_map(|(name, value)| match name {
            Name::Known(number) => Some((of.fields.plans.get(*number)?.name.as_str(), value)),
            Name::New(_) => None,
        });
        known.collect()
    }

    /// The fields of the builder that have what no manifest holds.
    pub(crate) fn odd<'r>(&'r self, of: &'r Builder) -> impl Iterator<Item = &'r str> {
        self.odd.iter().filter_map(|number| of.fields.plans.get(*number)).map(|plan| plan.name.as_str())
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
    /// The numbers of those.
    opened: HashMap<String, usize>,
    /// What all columns hold of texts and of what is counted, in bytes.
    held: usize,
    /// Whether lists that no manifest holds are noted, and no error.
    is_lenient: bool,
    /// Whether rows have what a type reads otherwise than it is written.
    reads_otherwise: bool,
    keys: Vec<String>,
    offsets: Vec<i64>,
    sizes: Vec<i64>,
    bytes: u64,
}

impl Builder {
    pub(crate) fn new(fields: Arc<Fields>) -> Self {
        let columns = fields.plans.iter().map(Column::of_plan).collect();
        Self {
            fields,
            columns,
            opened: HashMap::new(),
            held: 0,
            is_lenient: false,
            reads_otherwise: false,
            keys: Vec::new(),
            offsets: Vec::new(),
            sizes: Vec::new(),
            bytes: 0,
        }
    }

    /// Lists of lists, which Python counts, are noted and passed over.
    pub(crate) fn lenient(mut self) -> Self {
        self.is_lenient = true;
        self
    }

    /// Whether a sample does not have all fields of the type: one that was written before there were all of them, or had their
    /// names.
    pub(crate) fn misses(&self, row: &Row) -> bool {
        let known = row.values.iter().filter(|(name, _)| matches!(name, Name::Known(_))).count();
        known + row.odd.len() < self.fields.plans.len()
    }

    /// What the manifest has of a packed sample. Fields with bytes, arrays or maps, of which nothing
    /// is said, have no column.
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
                    self.put(name, value, &mut row)?;
                }
                Some(name) => {
                    cursor.skip()?;
                    row.values.push((name, NOT_READ));
                }
                None => cursor.skip()?,
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
                row.values.push((name, NOT_READ));
                continue;
            }
            self.put(name, value.clone(), &mut row)?;
        }
        Ok(row)
    }

    fn put(&self, name: Name, value: Value, row: &mut Row) -> Result<()> {
        if let (true, Name::Known(number), Value::List(items)) = (self.is_lenient, &name, &value)
            && self.fields.plans.get(*number).is_some_and(|plan| plan.kind == Some(Kind::Set))
            && items.iter().any(|item| matches!(item, Value::Bin(_) | Value::List(_) | Value::Map(_)))
        {
            row.odd.push(*number);
            return Ok(());
        }
        self.check(&name, &value)?;
        row.values.push((name, value));
        Ok(())
    }

    fn named(&self, name: &str) -> Option<Name> {
        match self.fields.numbers.get(name) {
            Some(number) => Some(Name::Known(*number)),
            None => (self.fields.is_open && is_name(name)).then(|| Name::New(name.to_owned())),
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
        self.reads_otherwise |= row.is_read;
        for (name, value) in row.values {
            let at = match name {
                Name::Known(at) => Some(at),
                Name::New(name) => self.column_of(name),
            };
            let Some(column) = at.and_then(|at| self.columns.get_mut(at)) else { continue };
            let before = column.held();
            if column.push(number, value).is_err() {
                // Nobody has said what it is to be, and it is several things.
                column.give_up();
            }
            self.held = (self.held + column.held()).saturating_sub(before);
            if self.held > MOST_HELD {
                log::warn!("the manifest has nothing of the field `{}`, for there is too much text", column.name);
                self.held = self.held.saturating_sub(column.held());
                column.give_up();
            }
        }
        self.keys.push(key.to_owned());
        self.offsets.push(i64::try_from(offset).unwrap_or(i64::MAX));
        self.sizes.push(i64::try_from(size).unwrap_or(i64::MAX));
        self.bytes = self.bytes.saturating_add(size);
    }

    /// The column of a field that samples show; `None` of one that has none and gets none.
    fn column_of(&mut self, name: String) -> Option<usize> {
        if let Some(found) = self.opened.get(&name) {
            return Some(*found);
        }
        if self.opened.len() >= MOST_OPEN {
            log::debug!("the manifest has nothing of the field `{name}`, for there are {MOST_OPEN} others");
            return None;
        }
        self.columns.push(Column::new(name.clone(), None));
        self.opened.insert(name, self.columns.len() - 1);
        Some(self.columns.len() - 1)
    }

    /// What there is of each field so far, of which nothing is counted from now on.
    pub(crate) fn take_aggregates(&mut self) -> Vec<(String, Aggregate)> {
        let taken = self.columns.iter_mut().map(|column| (column.name.clone(), column.take_aggregate()));
        taken.filter_map(|(name, aggregate)| Some((name, aggregate?))).collect()
    }

    /// The files of the manifest of a shard that was made then, in seconds since 1970; the builder is as new.
    pub(crate) fn finish(&mut self, shard_id: &str, made: u64) -> Result<Files> {
        let mut built = std::mem::replace(self, Self::new(Arc::clone(&self.fields)));
        let mut aggregates = built.take_aggregates();
        aggregates.truncate(MOST_AGGREGATES);
        self.is_lenient = built.is_lenient;
        let Self { fields, columns, keys, offsets, sizes, bytes, reads_otherwise, .. } = built;
        let by = if fields.is_of_type { Made::ByType { as_written: !reads_otherwise } } else { Made::AsWritten };
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
            provenance: by.provenance(),
        };
        let samples = write_samples(&Samples { keys, offsets, sizes, columns: told })?;
        Ok(Files { header: fitting(&mut header).into_bytes(), samples })
    }
}

/// Whether a field that samples show may have a column of that name.
fn is_name(name: &str) -> bool {
    name.len() <= MOST_NAME && ![KEY, OFFSET, SIZE].contains(&name)
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
