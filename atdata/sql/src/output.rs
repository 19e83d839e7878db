//! Answers: as a table, as CSV, as lines of JSON, as Parquet.

use std::io::Write;

use atdata_sql::ParquetFile;
use atdata_sql::datafusion::arrow::array::RecordBatch;
use atdata_sql::datafusion::arrow::csv;
use atdata_sql::datafusion::arrow::json::writer::{LineDelimited, WriterBuilder};
use atdata_sql::datafusion::arrow::util::pretty::pretty_format_batches_with_schema;
use atdata_sql::datafusion::error::{DataFusionError, Result};
use atdata_sql::datafusion::execution::SendableRecordBatchStream;
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;

use crate::args::Format;

/// An answer that is to be written.
pub(crate) struct Written<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) stream: SendableRecordBatchStream,
    pub(crate) format: Format,
}

impl Written<'_> {
    pub(crate) fn to(mut self, out: &mut (dyn Write + Send)) -> Result<()> {
        let schema = self.stream.schema();
        match self.format {
            Format::Table => {
                let mut batches = Vec::new();
                self.each(|batch| {
                    batches.push(batch);
                    Ok(())
                })?;
                writeln!(out, "{}", pretty_format_batches_with_schema(schema, &batches)?)?;
            }
            Format::Csv => {
                let mut writer = csv::WriterBuilder::new().with_header(true).build(&mut *out);
                // The names are there if there are no rows, too.
                writer.write(&RecordBatch::new_empty(schema))?;
                self.each(|batch| Ok(writer.write(&batch)?))?;
            }
            Format::Json => {
                let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut *out);
                self.each(|batch| Ok(writer.write(&batch)?))?;
                writer.finish()?;
            }
            Format::Parquet => {
                let mut file = ParquetFile::new(&mut *out, schema)?;
                self.each(|batch| file.write(&batch))?;
                file.finish()?;
            }
        }
        out.flush().map_err(DataFusionError::from)
    }

    fn each(&mut self, mut then: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        while let Some(batch) = self.runtime.block_on(self.stream.next()) {
            then(batch?)?;
        }
        Ok(())
    }
}
