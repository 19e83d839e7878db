//! Verification: holding shards against their checksums.

use super::{Index, dataset};
use crate::entry::Entry;
use crate::error::{Error, Result};
use crate::source::{ReadOptions, Shard};

/// What was found of one shard.
#[derive(Debug)]
#[non_exhaustive]
pub struct ShardCheck {
    /// The shard, without what may be secret in its URL.
    pub shard: String,
    /// Bytes that were read.
    pub bytes: u64,
    /// What came of it.
    pub status: ShardStatus,
}

impl ShardCheck {
    /// Whether it is what was stored.
    pub fn is_sound(&self) -> bool {
        matches!(self.status, ShardStatus::Sound)
    }
}

/// What came of a check.
#[derive(Debug)]
#[non_exhaustive]
pub enum ShardStatus {
    /// It is what was stored.
    Sound,
    /// It is something else: its SHA-256 is another.
    Changed {
        /// The stored one, in hexadecimal.
        expected: String,
        /// That of what is there.
        found: String,
    },
    /// The index has no checksum of it. It is there, but was not read.
    Unknown,
    /// It cannot be read.
    Failed(Error),
}

impl Index {
    /// Reads the shards of an entry, local or remote, and holds them against the checksums in its metadata.
    ///
    /// `progress` is told of bytes as they are read.
    ///
    /// # Errors
    /// Those of the entry itself; what is wrong with a shard is in the list.
    pub fn verify(&self, entry: &Entry, progress: &mut dyn FnMut(u64)) -> Result<Vec<ShardCheck>> {
        let repository = self.holder(entry)?;
        let shards = dataset::shards(repository, entry, None)?;
        let options = dataset::read_options(repository, &shards, ReadOptions::default());
        let check = |shard: Shard| {
            let (bytes, status) = match entry.checksum(shard.url()) {
                None => (0, ShardStatus::Unknown),
                Some(expected) => match crate::store::sha256_of(&shard, &options, progress) {
                    Ok((sha256, bytes)) => (bytes, compared(expected, &crate::digest::hex(&sha256))),
                    Err(error) => (0, ShardStatus::Failed(error)),
                },
            };
            ShardCheck { shard: shard.redacted(), bytes, status }
        };
        Ok(shards.into_iter().map(check).collect())
    }
}

fn compared(expected: &str, found: &str) -> ShardStatus {
    if expected.eq_ignore_ascii_case(found) {
        ShardStatus::Sound
    } else {
        ShardStatus::Changed { expected: expected.to_owned(), found: found.to_owned() }
    }
}
