//! Batches: many samples as a struct of arrays, each array copied once from the shard into its place.

mod column;
mod newtype;
mod tensor;

pub use column::{Batch, Column};
pub use newtype::{Newtype, NewtypeColumn};
pub use tensor::{DynColumn, TensorColumn};
