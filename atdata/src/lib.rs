//! Typed datasets on WebDataset tar shards.

extern crate self as atdata;

mod array;
mod batch;
mod dataset;
mod error;
#[doc(hidden)]
pub mod private;
mod raw;
mod sample;
pub mod shard;
pub mod source;

#[doc(hidden)]
pub use private as __private_0_1_0;

pub use array::{ArrayRef, DynArray, Element};
pub use atdata_derive::Packable;
pub use atdata_schema::{ArrayType, Dtype, Field, FieldType, Schema, SchemaRef};
pub use batch::{Batch, Column, DynColumn, TensorColumn};
pub use dataset::{
    Batches, Dataset, Description, Keyed, RawSamples, Samples, ShardWarning, ShardWriter, ShardWriterBuilder, Shuffle,
    Written,
};
pub use error::{Error, ErrorKind, Result};
pub use sample::{ArraySpec, BorrowField, Cursor, DictBatch, DictSample, PackField, Packable, PackableRef, Value};
pub use shard::{RawSample, ReadOptions, ShardInfo};
