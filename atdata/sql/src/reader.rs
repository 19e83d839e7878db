//! Reading: from the shards of one partition to batches of the columns that are asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use atdata::source::Shard;
use atdata::{Error, ErrorKind, Value};
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringArray};
use datafusion::arrow::compute::{filter, prep_null_mask_filter};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::cast::as_boolean_array;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::PhysicalExpr;

use crate::column::{Odd, build, text};
use crate::rows::{EachRow, Field, Row, Rows};

/// Bytes of values that are in a batch, but for its last row.
const BATCH_BYTES: usize = 16 << 20;

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Field(Box<Field>),
    Key,
    Shard,
}

/// Which rows are kept: a condition, and the columns that it looks at.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<Column>,
    pub(crate) expr: Arc<dyn PhysicalExpr>,
}

/// What is read of each shard.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) rows: Arc<dyn Rows>,
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<Column>,
    pub(crate) condition: Option<Condition>,
    pub(crate) limit: Option<usize>,
}

/// Batches of some shards, one after the other.
pub(crate) struct Reader {
    wanted: Wanted,
    /// The fields that are read: those of the condition and those of the columns, each once.
    fields: Vec<Field>,
    shards: VecDeque<usize>,
    batch_rows: usize,
    current: Option<(String, EachRow)>,
    /// Rows that may still be given.
    left: usize,
    /// Rows that were read.
    pub(crate) rows_read: usize,
    pub(crate) shards_read: usize,
}

impl Reader {
    pub(crate) fn new(wanted: Wanted, shards: &[usize], batch_rows: usize) -> Self {
        let of_condition = wanted.condition.iter().flat_map(|condition| &condition.columns);
        let mut fields: Vec<Field> = Vec::new();
        for column in of_condition.chain(&wanted.columns) {
            if let Column::Field(field) = column
                && !fields.iter().any(|known| known.name == field.name)
            {
                fields.push((**field).clone());
            }
        }
        Self {
            left: wanted.limit.unwrap_or(usize::MAX),
            fields,
            shards: shards.iter().copied().collect(),
            batch_rows: batch_rows.max(1),
            current: None,
            wanted,
            rows_read: 0,
            shards_read: 0,
        }
    }

    /// Whether nothing of the samples is looked at but how many they are.
    fn only_counts(&self) -> bool {
        self.wanted.columns.is_empty() && self.wanted.condition.is_none()
    }

    fn count_next(&mut self) -> Result<Option<RecordBatch>> {
        while self.left > 0
            && let Some(shard) = self.shards.pop_front()
        {
            self.shards_read += 1;
            let count = self.wanted.rows.count(shard).map_err(external)?;
            let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.left);
            if count > 0 {
                self.left -= count;
                return Ok(Some(self.batch(Vec::new(), count)?));
            }
        }
        Ok(None)
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.wanted.schema), columns, &options)?)
    }

    fn read_next(&mut self) -> Result<Option<RecordBatch>> {
        while self.left > 0 {
            let (shard, rows) = match &mut self.current {
                Some((shard, rows)) => {
                    // Without a condition no more are read than are wanted.
                    let most =
                        if self.wanted.condition.is_none() { self.batch_rows.min(self.left) } else { self.batch_rows };
                    (shard.clone(), gather(rows, most).map_err(external)?)
                }
                None => {
                    if !self.open_next()? {
                        break;
                    }
                    continue;
                }
            };
            if rows.is_empty() {
                self.current = None;
                continue;
            }
            self.rows_read += rows.len();
            let batch = self.columns(&shard, &rows)?;
            if batch.num_rows() > 0 {
                let batch = batch.slice(0, batch.num_rows().min(self.left));
                self.left -= batch.num_rows();
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// False if there is no further shard.
    fn open_next(&mut self) -> Result<bool> {
        let Some(shard) = self.shards.pop_front() else { return Ok(false) };
        self.shards_read += 1;
        let name = self.wanted.rows.shards().get(shard).map(Shard::redacted).unwrap_or_default();
        self.current = Some((name, self.wanted.rows.of_shard(shard, &self.fields).map_err(external)?));
        Ok(true)
    }

    /// The columns of the rows that the condition keeps. Those that it looks at are made of all rows, the others of these alone.
    fn columns(&self, shard: &str, rows: &[Row]) -> Result<RecordBatch> {
        let Some(condition) = &self.wanted.condition else {
            let rows: Vec<&Row> = rows.iter().collect();
            let columns = self.wanted.columns.iter().map(|column| self.column(column, shard, &rows));
            return self.batch(columns.collect::<Result<_>>()?, rows.len());
        };
        let all: Vec<&Row> = rows.iter().collect();
        let looked_at = condition.columns.iter().map(|column| self.column(column, shard, &all));
        let looked_at = looked_at.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let looked_at = RecordBatch::try_new_with_options(Arc::clone(&condition.schema), looked_at, &options)?;
        let holds = condition.expr.evaluate(&looked_at)?.into_array(rows.len())?;
        let holds = true_where(as_boolean_array(&holds)?);
        let kept: Vec<&Row> = holds.values().set_indices().filter_map(|row| rows.get(row)).collect();
        let column = |column: &Column| match place(&condition.columns, column) {
            Some(place) => Ok(filter(looked_at.column(place), &holds)?),
            None => self.column(column, shard, &kept),
        };
        self.batch(self.wanted.columns.iter().map(column).collect::<Result<_>>()?, kept.len())
    }

    fn column(&self, column: &Column, shard: &str, rows: &[&Row]) -> Result<ArrayRef> {
        let at = |odd: &Odd, error: Error| match rows.get(odd.row) {
            Some(row) => external(error.with_key(&row.key).with_shard(shard)),
            None => external(error.with_shard(shard)),
        };
        match column {
            Column::Shard => Ok(Arc::new(StringArray::from_iter_values(rows.iter().map(|_| shard)))),
            Column::Key => {
                let keys: Vec<_> = rows.iter().map(|row| Some(row.key.as_str())).collect();
                let keys =
                    text(&keys).map_err(|odd| at(&odd, Error::new(ErrorKind::Unsupported, odd.message.clone())))?;
                Ok(Arc::new(keys))
            }
            Column::Field(field) => {
                let place = self.fields.iter().position(|known| known.name == field.name);
                let values: Vec<Option<&Value>> =
                    rows.iter().map(|row| place.and_then(|place| row.values.get(place)?.as_ref())).collect();
                let built = build(&field.kind, &values).and_then(|built| required(field, built));
                built.map_err(|odd| {
                    let error = Error::new(ErrorKind::SchemaMismatch, odd.message.clone());
                    at(&odd, error.in_entry(&field.name))
                })
            }
        }
    }
}

/// A column that may not have nulls has none.
fn required(field: &Field, built: ArrayRef) -> std::result::Result<ArrayRef, Odd> {
    let null = (!field.nullable).then(|| (0..built.len()).find(|row| built.is_null(*row))).flatten();
    match null {
        Some(row) => Err(Odd { row, message: "expected a value, found none".to_owned() }),
        None => Ok(built),
    }
}

/// Where a condition is true: not false, and not null.
fn true_where(holds: &BooleanArray) -> BooleanArray {
    if holds.null_count() > 0 { prep_null_mask_filter(holds) } else { holds.clone() }
}

fn place(columns: &[Column], column: &Column) -> Option<usize> {
    columns.iter().position(|known| match (known, column) {
        (Column::Key, Column::Key) | (Column::Shard, Column::Shard) => true,
        (Column::Field(one), Column::Field(other)) => one.name == other.name,
        _ => false,
    })
}

/// The next rows, as many as a batch has.
fn gather(rows: &mut EachRow, most: usize) -> atdata::Result<Vec<Row>> {
    let (mut gathered, mut bytes) = (Vec::new(), 0_usize);
    while gathered.len() < most && bytes < BATCH_BYTES {
        let Some(row) = rows.next() else { break };
        let row = row?;
        bytes = bytes.saturating_add(row.values.iter().flatten().map(size).sum());
        gathered.push(row);
    }
    Ok(gathered)
}

/// About how many bytes a value has.
fn size(value: &Value) -> usize {
    match value {
        Value::Str(text) => text.len(),
        Value::Bin(bytes) => bytes.len(),
        Value::List(values) => values.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 8,
    }
}

pub(crate) fn external(error: Error) -> DataFusionError {
    DataFusionError::External(error.into())
}

impl Iterator for Reader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = if self.only_counts() { self.count_next() } else { self.read_next() };
        if next.is_err() {
            // Half an answer is none.
            self.left = 0;
        }
        next.transpose()
    }
}
