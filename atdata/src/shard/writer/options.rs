//! Options of writing: what a write can be told.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::archive::tar::emit::MAX_OCTAL;
use crate::digest::Digest;
use crate::error::{Cause, ErrorKind};

/// Limits of a shard where only one of them was set: those of Python.
const DEFAULT_MAX_COUNT: u64 = 100_000;
const DEFAULT_MAX_BYTES: u64 = 3_000_000_000;

/// How samples are written to shards.
///
/// Without a limit all samples go to one file, or into a store by the limits of Python. With one, or both, they go to numbered files; the limit that was not set
/// is that of Python: 100,000 samples, 3,000,000,000 bytes.
///
/// ```
/// use atdata::shard::WriteOptions;
///
/// let options = WriteOptions::new().max_count(1000).mtime(0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriteOptions {
    max_count: Option<u64>,
    max_bytes: Option<u64>,
    mtime: Option<u64>,
    without_sha256: bool,
    contents: bool,
    manifest: bool,
    threads: usize,
    begin: Begin,
    /// What is written, as a write that goes on has to know it again.
    work: String,
}

/// How a write begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Begin {
    append: bool,
    resume: bool,
    /// Whether files that have the names are left alone.
    no_clobber: bool,
}

impl WriteOptions {
    /// One file of any size, dated now.
    pub fn new() -> Self {
        Self::default()
    }

    /// At most this many samples in a shard.
    #[must_use]
    pub fn max_count(mut self, samples: u64) -> Self {
        self.max_count = Some(samples);
        self
    }

    /// At most this many bytes in a shard: of the whole file, with headers, padding and the end mark. Only a sample
    /// that is larger by itself makes a larger shard. Of compressed shards the bytes before compression are counted.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// The time all samples are dated, in seconds since 1970; by default the time the write began. With a fixed time
    /// and given keys the same samples make the same bytes.
    #[must_use]
    pub fn mtime(mut self, seconds: u64) -> Self {
        self.mtime = Some(seconds);
        self
    }

    /// Whether shards are hashed while they are written, which they are unless told otherwise: on a thread of its own,
    /// which costs a second processor most of its time. Without it [`ShardInfo::sha256`] is `None`. What an index
    /// writes is hashed in any case.
    #[must_use]
    pub fn sha256(mut self, yes: bool) -> Self {
        self.without_sha256 = !yes;
        self
    }

    /// Whether the [contents](crate::shard::Contents) of each shard are written beside it, at its name with `.atx` behind
    /// it, and appear with it: what finds samples by number and key without reading the shard. Of files that are not
    /// compressed only.
    #[must_use]
    pub fn contents(mut self, yes: bool) -> Self {
        self.contents = yes;
        self
    }

    /// Whether the [manifest](crate::manifest) of each shard is written beside it, and appears with it: what is in the fields of
    /// its samples, in two files, `x.manifest.json` and `x.manifest.parquet` beside `x.tar`, or two objects of a store.
    #[cfg(feature = "manifest")]
    #[must_use]
    pub fn manifest(mut self, yes: bool) -> Self {
        self.manifest = yes;
        self
    }

    /// How many shards are compressed, hashed and written at a time, each by a thread of its own: one, by whoever writes the
    /// samples, unless told otherwise. Samples are packed one after the other all the same, so that the order of the samples
    /// and the bytes of the shards do not depend on it.
    ///
    /// Up to 256 MiB of packed samples wait for the threads. So several shards are compressed at a time where they are smaller
    /// than that; of larger ones one is, and the next is packed meanwhile.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Whether the shards are added to those that are there of the same pattern, whose numbers go on: to be set with a limit. No
    /// shard that is there is touched, and where all of them have their [contents](Self::contents) beside them, so have the new
    /// ones. Two writes that append at once do not replace each other's shards: the one that is finished last fails, with
    /// [`Conflict`](crate::ErrorKind::Conflict).
    ///
    /// Keys are not held against those of the samples that are there, but by [`Rewrite`](crate::dataset::Rewrite).
    /// Every write into a store adds objects of new names, whether this is set or not.
    #[must_use]
    pub fn append(mut self, yes: bool) -> Self {
        self.begin.append = yes;
        self
    }

    /// Whether a write that is killed, or ends with an error, goes on where it was when the same is written again: to be set
    /// with a limit, both times. Shards that are whole wait in a hidden folder beside their future names,
    /// `.{name of the pattern}.resume`, and get their names together when all are written; nothing is visible before, as ever.
    /// The next write begins behind them: it says [how many samples](crate::ShardWriter::resumed) they hold, which are not to
    /// be written again. A time that was not [given](Self::mtime) stays that of the first begin.
    ///
    /// The folder goes when the write is finished, and can be removed by hand to begin anew. It knows the options of the write,
    /// and [what it is of](Self::work), and another one is refused; that the samples are the same, in the same order, is up to
    /// the caller.
    #[must_use]
    pub fn resume(mut self, yes: bool) -> Self {
        self.begin.resume = yes;
        self
    }

    /// Whether a file that has the name of a shard is left alone, so that the write fails, with
    /// [`Conflict`](crate::ErrorKind::Conflict) and nothing of it named. Unless told otherwise such files are replaced, all
    /// together when the write is finished, and [`ShardInfo::replaced`] says so.
    #[must_use]
    pub fn no_clobber(mut self, yes: bool) -> Self {
        self.begin.no_clobber = yes;
        self
    }

    /// What is written, in words, where a write may [go on](Self::resume): with other words it is another write, and refused.
    #[must_use]
    pub fn work(mut self, work: impl Into<String>) -> Self {
        self.work = work.into();
        self
    }

    /// Whether the shards are added to those that are there.
    pub(crate) fn appends(&self) -> bool {
        self.begin.append
    }

    /// Whether what is there is left alone.
    pub(super) fn keeps_what_is_there(&self) -> bool {
        self.begin.no_clobber
    }

    /// Whether a killed write goes on.
    pub(crate) fn resumes(&self) -> bool {
        self.begin.resume
    }

    /// How many shards are written at a time, by threads of their own; `None` if there are none.
    pub(crate) fn worker_threads(&self) -> Option<usize> {
        (self.threads > 1).then_some(self.threads)
    }

    pub(super) fn wants_contents(&self) -> bool {
        self.contents
    }

    pub(crate) fn wants_manifest(&self) -> bool {
        self.manifest
    }

    /// All that decides on the bytes of the shards, as one line.
    pub(super) fn told(&self, name: &str, contents: bool) -> String {
        let limit = |limit: Option<u64>| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
        let (count, bytes, mtime) = (limit(self.max_count), limit(self.max_bytes), limit(self.mtime));
        let (sha256, append, work) = (!self.without_sha256, self.begin.append, &self.work);
        let told = format!(
            "{name}, max_count {count}, max_bytes {bytes}, mtime {mtime}, sha256 {sha256}, contents {contents}, \
             append {append}{}{}{work}",
            if self.manifest { ", manifest" } else { "" },
            if work.is_empty() { "" } else { ", of " }
        );
        told.replace(char::is_control, " ")
    }

    /// What hashes the shards, if anything does.
    pub(super) fn digest(&self) -> Option<Digest> {
        (!self.without_sha256).then(Digest::new)
    }

    /// The limit of bytes, where there is one.
    #[cfg(feature = "atmosphere")]
    pub(crate) fn limit_of_bytes(&self) -> Option<u64> {
        self.max_bytes
    }

    /// The limit of samples, where there is one.
    #[cfg(feature = "atmosphere")]
    pub(crate) fn limit_of_count(&self) -> Option<u64> {
        self.max_count
    }

    /// The limits, checked; `None` if all goes to one file.
    pub(super) fn limits(&self) -> Result<Option<Limits>, OptionError> {
        if self.max_count == Some(0) {
            return Err(OptionError::Zero { limit: "max_count" });
        }
        if self.max_bytes == Some(0) {
            return Err(OptionError::Zero { limit: "max_bytes" });
        }
        let set = self.max_count.is_some() || self.max_bytes.is_some();
        Ok(set.then(|| Limits {
            count: self.max_count.unwrap_or(DEFAULT_MAX_COUNT),
            bytes: self.max_bytes.unwrap_or(DEFAULT_MAX_BYTES),
        }))
    }

    /// The time that headers state.
    pub(super) fn header_time(&self) -> Result<u64, OptionError> {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = self.mtime.unwrap_or_else(now);
        if seconds > MAX_OCTAL { Err(OptionError::Time { seconds }) } else { Ok(seconds) }
    }
}

/// What one shard may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { count: DEFAULT_MAX_COUNT, bytes: DEFAULT_MAX_BYTES }
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum OptionError {
    #[error("expected {limit} of at least 1, found 0: leave it out for no limit")]
    Zero { limit: &'static str },
    #[error(
        "expected an mtime of at most {MAX_OCTAL} seconds, found {seconds}: give seconds since 1970, not milliseconds"
    )]
    Time { seconds: u64 },
}

impl Cause for OptionError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// A shard that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardInfo {
    /// Where it is, as an absolute path; of a shard in a store that is no folder its URL.
    pub path: PathBuf,
    /// Where it is, as the entries of an index name it: the path as text, or the URL.
    pub url: String,
    /// Samples in it.
    pub samples: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, unless [`WriteOptions::sha256`] says that nobody asks for it.
    pub sha256: Option<[u8; 32]>,
    /// Whether a file had its name before, and is gone.
    pub replaced: bool,
}

impl ShardInfo {
    /// The digest in lower-case hexadecimal, as `sha256sum` prints it.
    pub fn sha256_hex(&self) -> Option<String> {
        self.sha256.map(|digest| crate::digest::hex(&digest))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_limit_that_is_not_set_is_that_of_python() {
        assert_eq!(WriteOptions::new().limits().unwrap(), None);
        let limits = |count, bytes| Some(Limits { count, bytes });
        assert_eq!(WriteOptions::new().max_count(5).limits().unwrap(), limits(5, 3_000_000_000));
        assert_eq!(WriteOptions::new().max_bytes(5).limits().unwrap(), limits(100_000, 5));
    }

    #[test]
    fn limits_of_zero_and_times_in_milliseconds_are_refused() {
        let zero = WriteOptions::new().max_bytes(0).limits().unwrap_err();
        assert_eq!(zero.to_string(), "expected max_bytes of at least 1, found 0: leave it out for no limit");
        assert!(WriteOptions::new().max_count(0).limits().is_err());
        assert!(WriteOptions::new().mtime(1_700_000_000_000).header_time().is_err());
        assert_eq!(WriteOptions::new().mtime(17).header_time().unwrap(), 17);
    }

    #[test]
    fn the_digest_prints_as_sha256sum_does() {
        let info = ShardInfo {
            path: "a".into(),
            url: "a".into(),
            samples: 1,
            bytes: 1,
            sha256: Some([0x0a; 32]),
            replaced: false,
        };
        assert_eq!(info.sha256_hex(), Some("0a".repeat(32)));
    }
}
