//! Shards: tar files of samples, read without trusting them and written whole or not at all.

mod compression;
mod group;
mod key;
mod reader;
mod tar;
mod window;
mod writer;

pub use group::Group;
pub use reader::{RawSample, ReadOptions, ShardReader};
pub use tar::Warning;
pub use writer::{ShardInfo, WriteOptions};

pub(crate) use writer::{BLOCK, Digest, ShardSink, new_block};
