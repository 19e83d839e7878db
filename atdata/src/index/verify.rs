//! Verification: holding shards against their checksums.

use std::io::Read as _;

use super::Index;
use crate::entry::Entry;
use crate::error::{Cause, Error, ErrorKind, Result};
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
    /// Its checksum is of this hash function, which is none that is known here. It is there, but was not read.
    OtherAlgorithm(String),
    /// It cannot be read.
    Failed(Error),
}

impl Index {
    /// Reads the shards of an entry, local or remote, and holds them against the checksums in its metadata.
    ///
    /// Of those that have none it is seen whether they are there.
    ///
    /// # Errors
    /// Those of the entry itself; what is wrong with a shard is in the list.
    pub fn verify(&self, entry: &Entry) -> Result<Vec<ShardCheck>> {
        self.verify_with(entry, &mut |_| {})
    }

    /// [`verify`](Self::verify), where `progress` is told of bytes as they are read.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_with(&self, entry: &Entry, progress: &mut dyn FnMut(u64)) -> Result<Vec<ShardCheck>> {
        let trust = self.trust(entry)?;
        let shards = trust.shards(entry, None)?;
        let options = trust.read_options(&shards, ReadOptions::default());
        let check = |shard: Shard| {
            let other = || entry.digest(shard.url()).and_then(|digest| digest.split_once(':'));
            let (bytes, status) = match (entry.checksum(shard.url()), other()) {
                (Some(expected), _) => digested(&shard, &options, expected, progress),
                (None, Some((algorithm, _))) => {
                    (0, unread(&shard, &options, ShardStatus::OtherAlgorithm(algorithm.to_owned())))
                }
                (None, None) => (0, unread(&shard, &options, ShardStatus::Unknown)),
            };
            ShardCheck { shard: shard.redacted(), bytes, status }
        };
        Ok(shards.into_iter().map(check).collect())
    }
}

/// What becomes of a shard that is not read, if it is there.
fn unread(shard: &Shard, options: &ReadOptions, status: ShardStatus) -> ShardStatus {
    let read = || -> Result<()> {
        let mut first = [0];
        let found =
            shard.bytes(options)?.read(&mut first).map_err(|error| Error::from(error).with_shard(&shard.redacted()))?;
        if found == 0 { Err(Error::from(Empty).with_shard(&shard.redacted())) } else { Ok(()) }
    };
    read().map_or_else(ShardStatus::Failed, |()| status)
}

fn digested(shard: &Shard, options: &ReadOptions, expected: &str, progress: &mut dyn FnMut(u64)) -> (u64, ShardStatus) {
    match crate::store::sha256_of(shard, options, progress) {
        Ok((sha256, bytes)) => (bytes, compared(expected, &crate::digest::hex(&sha256))),
        Err(error) => (0, ShardStatus::Failed(error)),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("expected a shard, found nothing: it is empty")]
struct Empty;

impl Cause for Empty {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Corrupt
    }
}

fn compared(expected: &str, found: &str) -> ShardStatus {
    if expected.eq_ignore_ascii_case(found) {
        ShardStatus::Sound
    } else {
        ShardStatus::Changed { expected: expected.to_owned(), found: found.to_owned() }
    }
}
