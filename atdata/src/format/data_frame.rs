//! Data frames, in Parquet files.

mod footer;
mod pages;

use std::fmt;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::SchemaRef;
use atdata_schema::FieldType;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::WriterProperties;

#[cfg(feature = "manifest")]
pub(crate) use self::footer::mend;
pub(crate) use self::pages::look_at;
use super::{FormatError, encoded_field};
use crate::array::ArraySpec;
use crate::error::{Cause, ErrorKind, Printable, Result};

/// A data frame: a Parquet file, whose rows are Arrow's record batches.
///
/// The crates are [`arrow_array`](super::arrow_array) and [`arrow_schema`](super::arrow_schema), in the version that this
/// module re-exports.
///
/// ```
/// use std::sync::Arc;
///
/// use atdata::format::arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
/// use atdata::Packable;
/// use atdata::format::DataFrame;
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Day {
///     measurements: DataFrame,
/// }
///
/// let station: ArrayRef = Arc::new(StringArray::from(vec!["roof", "cellar"]));
/// let temperature: ArrayRef = Arc::new(Float64Array::from(vec![Some(21.5), None]));
/// let rows = RecordBatch::try_from_iter([("station", station), ("temperature", temperature)]).unwrap();
/// let day = Day { measurements: DataFrame::from_batch(&rows)? };
///
/// let day = Day::unpack(&day.pack())?;
/// assert_eq!(day.measurements.batches()?, [rows]);
/// assert_eq!(Day::SCHEMA.to_string(), "Day@1.0.0 { measurements: dataframe }");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DataFrame {
    bytes: Bytes,
}

const EXPECTED: &str = "a data frame (a Parquet file)";
const FORMAT: &str = "Parquet file";
const MAGIC: &[u8] = b"PAR1";

encoded_field!(DataFrame, FieldType::DataFrame, EXPECTED);

impl DataFrame {
    fn fits(bytes: &[u8], _: ArraySpec) -> Result<()> {
        let whole = bytes.starts_with(MAGIC) && bytes.ends_with(MAGIC) && bytes.len() >= 3 * MAGIC.len();
        if whole { Ok(()) } else { Err(FormatError::other(EXPECTED, bytes).into()) }
    }

    /// The data frame of one batch of rows.
    pub fn from_batch(batch: &RecordBatch) -> Result<Self> {
        Self::from_batches(&batch.schema(), [batch])
    }

    /// The data frame of many batches of rows, or of none, compressed with Snappy as pandas writes it.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a batch has another schema, or columns that Parquet does not
    /// have.
    pub fn from_batches<'a>(schema: &SchemaRef, batches: impl IntoIterator<Item = &'a RecordBatch>) -> Result<Self> {
        let options = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(options))
            .map_err(FormatError::not_written(FORMAT))?;
        for (at, batch) in batches.into_iter().enumerate() {
            // The writer would take columns by their place, and drop those it has no place for.
            if batch.schema_ref().fields() != schema.fields() {
                return Err(DataFrameError::OtherColumns { batch: at }.into());
            }
            writer.write(batch).map_err(FormatError::not_written(FORMAT))?;
        }
        Ok(Self { bytes: writer.into_inner().map_err(FormatError::not_written(FORMAT))?.into() })
    }

    /// Names and types of the columns. Python's pandas keeps an index that is not a plain count as a column.
    pub fn schema(&self) -> Result<SchemaRef> {
        Ok(self.open()?.0.schema())
    }

    /// All rows.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the file is unsound,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if it is compressed otherwise than with Snappy or gzip.
    pub fn batches(&self) -> Result<Vec<RecordBatch>> {
        self.rows()?.collect()
    }

    /// The rows, read batch by batch.
    ///
    /// What the head of a page asks for is held against what its bytes can be decompressed to before anything is decoded. Rows may
    /// take many times that all the same, for a value that is there often is in a file but once: limit the memory of a process
    /// that reads data frames of strangers.
    ///
    /// Some damage makes it panic, which is caught and made an error; the hook for panics prints its message all the same,
    /// and a program that is built with `panic = "abort"` ends there.
    pub fn rows(&self) -> Result<DataFrameRows> {
        let (reader, codec) = self.open()?;
        match codec {
            Some(codec) => Err(DataFrameError::Codec { found: codec.to_string() }.into()),
            None => Ok(DataFrameRows { schema: reader.schema(), reader: Some(reader) }),
        }
    }

    /// The rows, and how they are compressed if that is not understood.
    fn open(&self) -> Result<(ParquetRecordBatchReader, Option<Compression>)> {
        let open = |file: Bytes| {
            let opened = guarded(|| {
                let builder = ParquetRecordBatchReaderBuilder::try_new(file.clone())?;
                let codec = unknown_codec(builder.metadata());
                if codec.is_none() {
                    check_pages(&file, builder.metadata())?;
                }
                Ok((builder.build()?, codec))
            })?;
            opened.map_err(FormatError::damaged::<ParquetError>(FORMAT))
        };
        Ok(open(self.bytes.clone()).or_else(|error| footer::mend(&self.bytes).map_or(Err(error), open))?)
    }
}

/// The rows of a [`DataFrame`], batch by batch; after an error there are no more.
pub struct DataFrameRows {
    schema: SchemaRef,
    /// `None` after an error.
    reader: Option<ParquetRecordBatchReader>,
}

impl DataFrameRows {
    /// Names and types of the columns.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Iterator for DataFrameRows {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        let error = match guarded(|| reader.next()) {
            Ok(None) => return None,
            Ok(Some(Ok(batch))) => return Some(Ok(batch)),
            Ok(Some(Err(error))) => FormatError::damaged(FORMAT)(error),
            Err(error) => error,
        };
        self.reader = None;
        Some(Err(error.into()))
    }
}

impl fmt::Debug for DataFrameRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataFrameRows").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// The decoder finds a codec that it was built without only at the first page, and takes it for damage.
pub(crate) fn unknown_codec(metadata: &ParquetMetaData) -> Option<Compression> {
    let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let known =
        |codec: &Compression| matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_));
    columns.map(ColumnChunkMetaData::compression).find(|codec| !known(codec))
}

/// The decoder takes the memory that the head of a page asks for.
fn check_pages(file: &Bytes, metadata: &ParquetMetaData) -> Result<(), ParquetError> {
    let mut columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    columns.try_for_each(|column| look_at(file, column).map(drop).map_err(ParquetError::General))
}

/// Some damage makes the crates `parquet` and `arrow-*` panic, in checks of counts against the data.
fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, FormatError> {
    super::guarded(decode).map_err(FormatError::damaged(FORMAT))
}

/// `dataframe<1852 bytes>`
impl fmt::Debug for DataFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dataframe<{} bytes>", self.bytes.len())
    }
}

/// What can be wrong with it beside what all [formats](FormatError) have.
#[derive(Debug, thiserror::Error)]
enum DataFrameError {
    #[error("batch {batch} has other columns than the data frame")]
    OtherColumns { batch: usize },
    #[error("the Parquet file is compressed with {}, where Snappy and gzip are understood", Printable(.found))]
    Codec { found: String },
}

impl Cause for DataFrameError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherColumns { .. } => ErrorKind::InvalidInput,
            Self::Codec { .. } => ErrorKind::Unsupported,
        }
    }
}
