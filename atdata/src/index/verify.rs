//! Verification: holding shards against their checksums.

use std::io::Read as _;
use std::ops::ControlFlow;

use super::Index;
use crate::entry::{Entry, is_sha256};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::source::{ReadOptions, Shard};
use crate::store::{AT_ONCE, several};

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
    /// Reads a shard and holds it against its digest: a SHA-256 in hexadecimal, or one of another kind with the name of its
    /// hash function before it, `sha512:…`. Without one, or where that is not known here, it is seen whether it is there.
    pub fn of(shard: &Shard, options: &ReadOptions, digest: Option<&str>, progress: &mut dyn FnMut(u64)) -> Self {
        let (bytes, status) = match digest.map(|digest| digest.split_once(':').unwrap_or(("sha256", digest))) {
            Some((algorithm, expected)) if is_sha256(algorithm) => digested(shard, options, expected, progress),
            Some((algorithm, _)) => (0, unread(shard, options, ShardStatus::OtherAlgorithm(algorithm.to_owned()))),
            None => (0, unread(shard, options, ShardStatus::Unknown)),
        };
        Self { shard: shard.redacted(), bytes, status }
    }

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
    /// Reads the shards of an entry, local or remote, a few at once, and holds them against the checksums in its metadata.
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
        self.verify_some(entry, &mut |_| true, progress)
    }

    /// [`verify_with`](Self::verify_with) of the shards that `wanted` says, which is asked once of each, in order.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_some(
        &self,
        entry: &Entry,
        wanted: &mut dyn FnMut(&Shard) -> bool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<ShardCheck>> {
        let trust = self.trust(entry)?;
        let shards = trust.shards(entry, None)?;
        let options = trust.read_options(&shards, ReadOptions::default());
        let shards: Vec<_> = shards.into_iter().filter(|shard| wanted(shard)).collect();
        let mut checks = Vec::with_capacity(shards.len());
        let check =
            |shard: &Shard, tell: &mut dyn FnMut(u64)| ShardCheck::of(shard, &options, entry.digest(shard.url()), tell);
        several(&shards, AT_ONCE, check, progress, &mut |_, check| {
            checks.push(check);
            ControlFlow::Continue(())
        });
        Ok(checks)
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
        // Whatever its checksum is.
        Ok((_, 0)) => (0, ShardStatus::Failed(Error::from(Empty).with_shard(&shard.redacted()))),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_checksum_of_another_algorithm_is_told_and_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        std::fs::write(&path, [0; 1024]).unwrap();
        let sha256 =
            crate::store::sha256_of(&Shard::from_path(path.clone()), &ReadOptions::new(), &mut |_| {}).unwrap().0;
        let check = |expected: Option<&str>, path: &std::path::Path| {
            let shard = Shard::from_path(path.to_owned());
            ShardCheck::of(&shard, &ReadOptions::new(), expected, &mut |_| {}).status
        };
        let hex = crate::digest::hex(&sha256);
        assert!(matches!(check(Some(&hex), &path), ShardStatus::Sound));
        assert!(matches!(check(Some("sha512:ab"), &path), ShardStatus::OtherAlgorithm(name) if name == "sha512"));
        assert!(matches!(check(None, &path), ShardStatus::Unknown));
        let gone = folder.path().join("gone.tar");
        assert!(matches!(check(Some("sha512:ab"), &gone), ShardStatus::Failed(_)), "it is looked for all the same");
    }
}
