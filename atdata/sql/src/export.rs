//! All of a dataset: as batches of Arrow, and as a file of Parquet.

use std::fmt;
use std::io::{BufWriter, Write};
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::{DataFusionError, Result};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use crate::reader::Reader;
use crate::table::DatasetTable;

/// Rows of a batch, as everywhere in `DataFusion`.
const ROWS: usize = 8192;
/// Bytes of a row group that are held until it is written.
const GROUP_BYTES: usize = 128 << 20;

/// The batches of a table, in the order of its samples; see [`to_arrow`].
pub struct Batches {
    schema: SchemaRef,
    reader: Reader,
}

impl Batches {
    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.next()
    }
}

/// All samples of a table as batches of Arrow, one after the other: of 8,192 rows or 16 MiB. An error is the last.
///
/// Arrays of one shape are tensors, as Arrow's extension `arrow.fixed_shape_tensor` says it; others have their shapes beside them.
///
/// # Errors
/// None that the shards do not have; these are among the batches.
pub fn to_arrow(table: &DatasetTable) -> Result<Batches> {
    let places: Vec<usize> = (0..table.schema().fields().len()).collect();
    let shards: Vec<usize> = (0..table.num_shards()).collect();
    Ok(Batches { schema: table.schema(), reader: Reader::new(table.wanted(&places, None)?, &shards, ROWS) })
}

/// Writes all samples of a table to a file of Parquet, and says how many there are. The file appears when it is whole; one of that name
/// is replaced.
///
/// ```
/// use atdata::{Dataset, Packable};
/// use atdata::ndarray::{Array2, array};
/// use atdata_sql::{DatasetTable, to_parquet};
///
/// #[derive(Packable)]
/// struct Map {
///     name: String,
///     #[packable(shape = [2, 2])]
///     heights: Array2<f32>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// let map = |i: i32| Map { name: format!("map {i}"), heights: array![[0.0, 1.0], [2.0, 3.0]] };
/// let maps: Dataset<Map> = Dataset::write(dir.path().join("maps.tar"), (0..3).map(map))?.open()?;
/// assert_eq!(to_parquet(&DatasetTable::of(maps)?, dir.path().join("maps.parquet"))?, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of the samples and of the file, which then is not there.
pub fn to_parquet(table: &DatasetTable, path: impl AsRef<Path>) -> Result<u64> {
    let batches = to_arrow(table)?;
    whole_file(path.as_ref(), |file| {
        let mut parquet = ParquetFile::new(file, batches.schema())?;
        for batch in batches {
            parquet.write(&batch?)?;
        }
        parquet.finish()
    })
}

/// What is written to a file of Parquet.
pub struct ParquetFile<W: Write + Send> {
    writer: ArrowWriter<W>,
    rows: u64,
}

impl<W: Write + Send> ParquetFile<W> {
    /// A file of these columns.
    pub fn new(to: W, schema: SchemaRef) -> Result<Self> {
        let zstd = Compression::ZSTD(ZstdLevel::default());
        let properties = WriterProperties::builder().set_compression(zstd).build();
        Ok(Self { writer: ArrowWriter::try_new(to, schema, Some(properties))?, rows: 0 })
    }

    /// Writes rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch)?;
        self.rows += batch.num_rows() as u64;
        if self.writer.in_progress_size() >= GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// How many rows there are, all of which are written.
    pub fn finish(self) -> Result<u64> {
        self.writer.close()?;
        Ok(self.rows)
    }
}

impl<W: Write + Send> fmt::Debug for ParquetFile<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetFile").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// A file that appears under its name when all of it is written and durable.
pub fn whole_file<R>(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<R>) -> Result<R> {
    let at =
        |error: std::io::Error| DataFusionError::IoError(error).context(format!("cannot write \"{}\"", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".atdata-sql-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Less what the user's mask takes away.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(at)?;
    let mut buffered = BufWriter::new(file.as_file_mut());
    let result = write(&mut buffered)?;
    buffered.flush().map_err(at)?;
    drop(buffered);
    file.as_file().sync_all().map_err(at)?;
    file.persist(path).map_err(|error| at(error.error))?;
    Ok(result)
}
