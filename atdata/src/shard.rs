//! Shards: tar files of samples, read without trusting them and written whole or not at all.

mod compress;
mod compression;
mod group;
mod key;
mod reader;
mod tar;
mod writer;

pub use self::writer::{ShardInfo, WriteOptions};
