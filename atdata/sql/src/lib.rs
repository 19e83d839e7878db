//! SQL over datasets of [`atdata`]: a dataset is a table of [`datafusion`], and its columns are those of Arrow.
//!
//! - [`DatasetTable`] is a `TableProvider` over any dataset, with a type or without;
//! - [`Datasets`] finds tables by what `load_dataset` takes: `select … from '@local/photos'`;
//! - [`to_arrow`] and [`to_parquet`] give all of a dataset, arrays of any shape among it;
//! - the program `atdata-sql` answers questions on the command line.
//!
//! What a column is of each type of field, what is read, and how SQL differs from predicates of `atdata` is on the page
//! `docs/sql.md`.

mod column;
mod export;
mod kind;
mod names;
mod prune;
mod reader;
mod rows;
mod scan;
mod table;

pub use datafusion;

pub use export::{Batches, to_arrow, to_parquet};
// For the program.
#[doc(hidden)]
pub use export::{ParquetFile, whole_file};
pub use names::{Datasets, context};
pub use table::DatasetTable;

/// The README's example, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
