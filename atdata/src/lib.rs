//! Typed datasets on WebDataset tar shards.

mod error;
mod raw;
pub mod shard;
pub mod source;

pub use error::{Error, ErrorKind, Result};
