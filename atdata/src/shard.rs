//! Shards: tar files of samples, read without trusting them and written whole or not at all.

mod compression;
mod group;
mod key;
mod members;
mod reader;
mod source;
mod tar;
mod window;
mod writer;

pub use crate::atomic::{Swept, sweep};
pub use group::Group;
pub use reader::{RawSample, ReadOptions, ShardReader};
pub use tar::{Passed, PassedOver, Reason, Warning};
pub use writer::{ShardInfo, WriteOptions};

pub(crate) use group::PAYLOAD;
pub(crate) use reader::Oddity;
pub(crate) use writer::{BLOCK, Digest, Outcome, ShardSink, new_block};
