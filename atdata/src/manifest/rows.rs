//! The rows of a manifest, read from Parquet: what fastparquet writes, and what others do.

use std::collections::{HashMap, HashSet};
use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::schema::types::Type;

use super::error::ManifestError;
use super::fields::{KEY, OFFSET, SIZE};
use super::json;
use crate::error::Result;
use crate::format::{guarded, look_at, mend, unknown_codec};
use crate::sample::Value;

/// Rows of one manifest.
const MOST_ROWS: u64 = 1 << 24;
/// Bytes that its pages may be, and that its rows may take.
const MOST_BYTES: u64 = 512 << 20;
/// Rows that are decoded at a time.
const BATCH: u64 = 8_192;
/// Bytes that the values of a dictionary may be in the rows that are decoded at a time.
const BATCH_BYTES: u64 = 64 << 20;

/// The rows of a manifest, one for each sample of its shard, in the order of the shard.
pub struct Rows {
    batches: Vec<RecordBatch>,
    /// Number of the first row of each batch.
    starts: Vec<usize>,
    len: usize,
    keys: usize,
    offsets: Option<usize>,
    sizes: Option<usize>,
    columns: Vec<(String, Source)>,
    /// The numbers of the columns.
    numbers: HashMap<String, usize>,
    /// Bytes that were read for them.
    bytes: u64,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// Nothing: no sample has a value.
    Null,
    /// Doubles, among which null and NaN are one where Python wrote them.
    Double,
    /// Floats that were rounded.
    Single,
    Integer,
    /// Texts, booleans, lists.
    Other,
}

/// Where the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// In that column of the batches, which is one of JSON or not.
    Column { at: usize, is_json: bool },
    /// No sample has one.
    Null,
}

/// The values of a field, row by row.
#[derive(Clone, Copy)]
pub struct Column<'r> {
    rows: &'r Rows,
    source: Source,
}

fn damaged(error: impl fmt::Display) -> ManifestError {
    ManifestError::Samples { reason: error.to_string() }
}

impl Rows {
    /// The rows of a file, with all columns or those of some fields. Of `nulls` it is known that no sample has a value.
    pub(super) fn read(file: &Bytes, fields: Option<&[&str]>, nulls: &[&str]) -> Result<Self> {
        Self::read_within(file, fields, nulls, MOST_BYTES)
    }

    /// The same of rows that take up to so many bytes.
    pub(super) fn read_within(file: &Bytes, fields: Option<&[&str]>, nulls: &[&str], most: u64) -> Result<Self> {
        let read = guarded(|| read_rows(file, fields, nulls, most)).map_err(damaged)?;
        let (mut rows, batches) = read?;
        for batch in batches {
            if let Some(invalid) = rows.invalid_json(&batch) {
                return Err(damaged(format!("a list of the column `{invalid}` is no JSON")).into());
            }
            rows.starts.push(rows.len);
            rows.len += batch.num_rows();
            rows.batches.push(batch);
        }
        Ok(rows)
    }

    /// Bytes that were read for them.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The key of a sample.
    pub fn key(&self, row: usize) -> Option<&str> {
        let (array, row) = self.place(self.keys, row)?;
        array.as_string_opt::<i32>().filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }

    /// Where its content is said to begin in the shard. Python writes other numbers, so this is to be held against the shard, or
    /// its [contents](crate::shard::Contents), before it is used.
    pub fn offset(&self, row: usize) -> Option<u64> {
        self.number(self.offsets?, row)
    }

    /// Bytes of its content.
    pub fn size(&self, row: usize) -> Option<u64> {
        self.number(self.sizes?, row)
    }

    fn number(&self, column: usize, row: usize) -> Option<u64> {
        let (array, row) = self.place(column, row)?;
        scalar(array, row).as_u64()
    }

    /// The values of a field; `None` if the manifest does not have them, which says nothing of the samples.
    pub fn column(&self, field: &str) -> Option<Column<'_>> {
        let (_, source) = self.columns.get(*self.numbers.get(field)?)?;
        Some(Column { rows: self, source: *source })
    }

    /// The fields that it has values of.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    fn place(&self, column: usize, row: usize) -> Option<(&ArrayRef, usize)> {
        if row >= self.len {
            return None;
        }
        let batch = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let row = row - self.starts.get(batch)?;
        Some((self.batches.get(batch)?.columns().get(column)?, row))
    }

    /// The name of a column with a text that is to be JSON and is not.
    fn invalid_json(&self, batch: &RecordBatch) -> Option<&str> {
        let json = self.columns.iter().filter_map(|(name, source)| match source {
            Source::Column { at, is_json: true } => Some((name, batch.columns().get(*at)?)),
            _ => None,
        });
        json.filter_map(|(name, array)| Some((name, array.as_string_opt::<i32>()?))).find_map(|(name, array)| {
            let all = array.iter().flatten().all(|text| json::value(text).is_some());
            (!all).then_some(name.as_str())
        })
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("len", &self.len).field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl Column<'_> {
    /// The value of a row: null if the sample has none, or there is no such row.
    pub fn value(&self, row: usize) -> Value {
        let Source::Column { at, is_json } = self.source else { return Value::Nil };
        match self.rows.place(at, row) {
            None => Value::Nil,
            Some((array, row)) if is_json => match array.as_string_opt::<i32>().filter(|array| array.is_valid(row)) {
                // All of them were read so when the rows were.
                Some(texts) => json::value(texts.value(row)).unwrap_or(Value::Nil),
                None => Value::Nil,
            },
            Some((array, row)) => scalar(array, row),
        }
    }

    /// What the column holds.
    pub(crate) fn kind(&self) -> ColumnKind {
        let Source::Column { at, is_json } = self.source else { return ColumnKind::Null };
        let first = self.rows.batches.first().and_then(|batch| batch.columns().get(at));
        match first.map(Array::data_type) {
            Some(DataType::Float64) => ColumnKind::Double,
            Some(DataType::Float32) => ColumnKind::Single,
            Some(DataType::List(item)) if *item.data_type() == DataType::Float32 => ColumnKind::Single,
            Some(of) if of.is_integer() && !is_json => ColumnKind::Integer,
            _ => ColumnKind::Other,
        }
    }

    /// All of them, in order.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        (0..self.rows.len).map(|row| self.value(row))
    }
}

impl fmt::Debug for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}

/// The builder of a reader, over heads of pages that are sound.
struct Opened {
    builder: ParquetRecordBatchReaderBuilder<Bytes>,
    keys: usize,
    offsets: Option<usize>,
    sizes: Option<usize>,
    columns: Vec<(String, Source)>,
}

fn read_rows(file: &Bytes, fields: Option<&[&str]>, nulls: &[&str], most: u64) -> Result<(Rows, Vec<RecordBatch>)> {
    let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let open = |file: Bytes| ParquetRecordBatchReaderBuilder::try_new_with_options(file, options());
    let (file, builder) = match open(file.clone()) {
        Ok(builder) => (file.clone(), builder),
        Err(error) => {
            let Some(mended) = mend(file) else { return Err(damaged(error).into()) };
            (mended.clone(), open(mended).map_err(damaged)?)
        }
    };
    if let Some(codec) = unknown_codec(builder.metadata()) {
        return Err(damaged(format!("they are compressed with {codec}, where Snappy and gzip are understood")).into());
    }
    let Opened { builder, keys, offsets, sizes, mut columns } = chosen(&file, builder, fields)?;
    // Of a column that is there and is not understood nothing is known.
    let there: HashSet<_> =
        builder.parquet_schema().root_schema().get_fields().iter().map(|root| root.name()).collect();
    let missing = nulls.iter().filter(|name| !there.contains(*name));
    columns.extend(missing.map(|name| ((*name).to_owned(), Source::Null)));
    // Of a name that is there twice the first one counts.
    let numbers = columns.iter().enumerate().rev().map(|(number, (name, _))| (name.clone(), number)).collect();
    let rows = Rows {
        batches: Vec::new(),
        starts: Vec::new(),
        len: 0,
        keys,
        offsets,
        sizes,
        columns,
        numbers,
        bytes: file.len() as u64,
    };
    // Of no samples Python writes no columns.
    if keys == usize::MAX {
        return Ok((rows, Vec::new()));
    }
    Ok((rows, collect(builder.build().map_err(damaged)?, most)?))
}

fn collect(reader: ParquetRecordBatchReader, most: u64) -> Result<Vec<RecordBatch>> {
    let (mut batches, mut rows, mut bytes) = (Vec::new(), 0, 0);
    for batch in reader {
        let batch = batch.map_err(damaged)?;
        rows += batch.num_rows() as u64;
        bytes += batch.get_array_memory_size() as u64;
        within("rows of a manifest, in number,", rows, MOST_ROWS)?;
        within("rows of a manifest, in bytes,", bytes, most)?;
        batches.push(batch);
    }
    Ok(batches)
}

fn within(what: &'static str, found: u64, limit: u64) -> Result<(), ManifestError> {
    if found > limit { Err(ManifestError::Large { what, found, limit }) } else { Ok(()) }
}

/// The columns that are wanted and understood, and how many of their rows are read at a time.
fn chosen(file: &Bytes, builder: ParquetRecordBatchReaderBuilder<Bytes>, fields: Option<&[&str]>) -> Result<Opened> {
    let schema = builder.schema().clone();
    let roots = builder.parquet_schema().root_schema().get_fields().to_vec();
    if roots.is_empty() {
        return Ok(Opened { builder, keys: usize::MAX, offsets: None, sizes: None, columns: Vec::new() });
    }
    let fields: Option<HashSet<&str>> = fields.map(|fields| fields.iter().copied().collect());
    let wanted =
        |name: &str| [KEY, OFFSET, SIZE].contains(&name) || fields.as_ref().is_none_or(|fields| fields.contains(name));
    let (mut keep, mut columns, mut own) = (Vec::new(), Vec::new(), [None; 3]);
    let mut room = Room::new(file, &builder);
    for (root, field) in schema.fields().iter().enumerate() {
        let name = field.name().as_str();
        let is_list = matches!(field.data_type(), DataType::List(_));
        if !wanted(name) || !is_known(field.data_type()) || !room.has(root, is_list)? {
            continue;
        }
        let at = keep.len();
        keep.push(root);
        match [KEY, OFFSET, SIZE].iter().position(|own| *own == name) {
            Some(number) => {
                check_own(number, field.data_type())?;
                if let Some(place) = own.get_mut(number) {
                    *place = Some(at);
                }
            }
            None => {
                let is_json = roots.get(root).is_some_and(|root| is_json(root));
                columns.push((name.to_owned(), Source::Column { at, is_json }));
            }
        }
    }
    let [Some(keys), offsets, sizes] = own else {
        return Err(ManifestError::Column { name: KEY, expected: "text", found: "none".to_owned() }.into());
    };
    let mask = ProjectionMask::roots(builder.parquet_schema(), keep);
    let builder = builder.with_projection(mask).with_batch_size(room.batch());
    Ok(Opened { builder, keys, offsets, sizes, columns })
}

fn check_own(number: usize, found: &DataType) -> Result<(), ManifestError> {
    let (name, expected, fits) = match number {
        0 => (KEY, "text", *found == DataType::Utf8),
        1 => (OFFSET, "integers", found.is_integer()),
        _ => (SIZE, "integers", found.is_integer()),
    };
    if fits { Ok(()) } else { Err(ManifestError::Column { name, expected, found: found.to_string() }) }
}

/// What the columns that are read take.
struct Room<'f> {
    file: &'f Bytes,
    metadata: std::sync::Arc<parquet::file::metadata::ParquetMetaData>,
    /// The numbers of the leaves of each root.
    leaves: HashMap<usize, Vec<usize>>,
    plain: u64,
    /// What a row may take: of each column the largest value, as far as a dictionary says that it may be in every row.
    row: u64,
    /// Values of lists.
    values: u64,
    /// What these may be, if each is the longest of its dictionary.
    spread: u64,
}

/// Bytes of a value that has no dictionary, or of none.
const VALUE: u64 = 16;

impl<'f> Room<'f> {
    fn new(file: &'f Bytes, builder: &ParquetRecordBatchReaderBuilder<Bytes>) -> Self {
        let leaves = builder.parquet_schema();
        let mut of_roots: HashMap<_, Vec<_>> = HashMap::new();
        for leaf in 0..leaves.num_columns() {
            of_roots.entry(leaves.get_column_root_idx(leaf)).or_default().push(leaf);
        }
        Self { file, metadata: builder.metadata().clone(), leaves: of_roots, plain: 0, row: 0, values: 0, spread: 0 }
    }

    /// Whether a column can be read beside those before; an error if its pages lie, or are too large. Of lists any number may be in
    /// a row, so that those are passed over that could be any number of long texts, or of values.
    fn has(&mut self, root: usize, is_list: bool) -> Result<bool> {
        let (mut plain, mut dictionary, mut values, mut spread) = (self.plain, 0, self.values, self.spread);
        let leaves = self.leaves.get(&root).map(Vec::as_slice).unwrap_or_default();
        for group in self.metadata.row_groups() {
            for column in leaves.iter().filter_map(|leaf| group.columns().get(*leaf)) {
                let pages = look_at(self.file, column).map_err(damaged)?;
                plain = plain.saturating_add(pages.plain);
                dictionary = pages.dictionary.max(dictionary);
                if is_list {
                    values = pages.values.saturating_add(values);
                    spread = pages.values.saturating_mul(pages.dictionary).saturating_add(spread);
                }
            }
        }
        if values > MOST_ROWS || spread > MOST_BYTES {
            log::info!("a column of lists of a manifest is passed over: all may be {values} values of {spread} bytes");
            return Ok(false);
        }
        within("pages of a manifest, in bytes,", plain, MOST_BYTES)?;
        self.row = self.row.saturating_add(dictionary).saturating_add(VALUE);
        (self.plain, self.values, self.spread) = (plain, values, spread);
        Ok(true)
    }

    fn batch(&self) -> usize {
        let rows = BATCH_BYTES / self.row.max(1);
        usize::try_from(rows.clamp(1, BATCH)).unwrap_or(1)
    }
}

fn is_json(root: &Type) -> bool {
    let info = root.get_basic_info();
    root.is_primitive()
        && (info.converted_type() == ConvertedType::JSON || matches!(info.logical_type_ref(), Some(LogicalType::Json)))
}

/// Whether values of that type are read; what there is of others is as if it were not there.
fn is_known(of: &DataType) -> bool {
    match of {
        DataType::List(item) => is_plain(item.data_type()),
        of => is_plain(of),
    }
}

fn is_plain(of: &DataType) -> bool {
    of.is_integer() || matches!(of, DataType::Utf8 | DataType::Boolean | DataType::Float32 | DataType::Float64)
}

fn scalar(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Nil;
    }
    let integer = |value: Option<i64>| value.map_or(Value::Nil, Value::Int);
    match array.data_type() {
        DataType::Utf8 => {
            array.as_string_opt::<i32>().map_or(Value::Nil, |array| Value::Str(array.value(row).to_owned()))
        }
        DataType::Boolean => array.as_boolean_opt().map_or(Value::Nil, |array| Value::Bool(array.value(row))),
        DataType::Int8 => integer(number::<Int8Type>(array, row).map(i64::from)),
        DataType::Int16 => integer(number::<Int16Type>(array, row).map(i64::from)),
        DataType::Int32 => integer(number::<Int32Type>(array, row).map(i64::from)),
        DataType::Int64 => integer(number::<Int64Type>(array, row)),
        DataType::UInt8 => integer(number::<UInt8Type>(array, row).map(i64::from)),
        DataType::UInt16 => integer(number::<UInt16Type>(array, row).map(i64::from)),
        DataType::UInt32 => integer(number::<UInt32Type>(array, row).map(i64::from)),
        DataType::UInt64 => {
            let value = number::<UInt64Type>(array, row);
            value.map_or(Value::Nil, |value| i64::try_from(value).map_or(Value::UInt(value), Value::Int))
        }
        DataType::Float32 => number::<Float32Type>(array, row).map_or(Value::Nil, |value| Value::Float(value.into())),
        DataType::Float64 => number::<Float64Type>(array, row).map_or(Value::Nil, Value::Float),
        DataType::List(_) => array.as_list_opt::<i32>().map_or(Value::Nil, |lists| {
            let items = lists.value(row);
            Value::List((0..items.len()).map(|item| scalar(&items, item)).collect())
        }),
        _ => Value::Nil,
    }
}

fn number<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<T::Native> {
    array.as_primitive_opt::<T>().map(|array| array.value(row))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "these are tests")]

    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Builder, Fields};
    use crate::sample::{DictSample, Packable as _};

    /// Of the fields `f0`, `f1`, … whose first value is a long text, and all others a short one.
    fn file(fields: usize, bytes: usize, rows: usize) -> Bytes {
        let mut builder = Builder::new(Arc::new(Fields::of_values("Sample")));
        for row in 0..rows {
            let text = if row == 0 { "x".repeat(bytes) } else { "x".to_owned() };
            let sample: DictSample = (0..fields).map(|at| (format!("f{at}"), Value::from(text.as_str()))).collect();
            builder.push(&row.to_string(), 0, 1, builder.row(&sample.pack()).unwrap());
        }
        builder.finish("x", 0).unwrap().samples.into()
    }

    fn open(file: &Bytes) -> ParquetRecordBatchReaderBuilder<Bytes> {
        ParquetRecordBatchReaderBuilder::try_new(file.clone()).unwrap()
    }

    #[test]
    fn rows_are_decoded_by_what_all_columns_may_take() {
        let (fields, bytes) = (40, 100 << 10);
        let file = file(fields, bytes, 3);
        let builder = open(&file);
        let mut room = Room::new(&file, &builder);
        for root in 0..fields + 3 {
            assert!(room.has(root, false).unwrap());
        }
        let row = (fields * bytes) as u64;
        assert!(room.row >= row && room.batch() as u64 * row <= BATCH_BYTES, "{} {}", room.row, room.batch());
        assert_eq!(Rows::read(&file, None, &[]).unwrap().len(), 3);
    }

    #[test]
    fn lists_have_room_together() {
        let file = file(3, 900 << 10, 400);
        let builder = open(&file);
        let mut room = Room::new(&file, &builder);
        // Each may be 360 MB, and both more than may be.
        assert!(room.has(3, true).unwrap());
        assert!(!room.has(4, true).unwrap());
        assert!(room.has(5, false).unwrap());
    }
}
