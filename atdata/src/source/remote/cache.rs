//! The cache: remote shards as files of this machine.
//!
//! ```text
//! folder/.lock             held exclusively by who evicts, shared by who begins a file
//! folder/.tmp/<uuid>       a file that is being written, locked exclusively by its writer
//! folder/<url>/<version>   a whole shard, locked shared by whoever reads it; <url> is a hash
//! ```
//!
//! A lock ends with its process, however that ends: a temporary file that is not locked was left by a kill, and a shard
//! that is not locked is in nobody's use.

mod evict;
mod names;
mod slot;

use std::path::{Path, PathBuf};

use crate::error::{Cause, ErrorKind, kind_of_io};

pub(super) use slot::Slot;

/// A folder in which remote shards are kept.
///
/// Each shard is asked for once; later the server only has to confirm that what is here is what it has, by ETag, or by
/// time and length. A shard appears under its name when it is whole and synced to disk, and is then mapped into memory
/// as a local file is. Reading begins when the shard is whole, so the first one is waited for, and those behind it
/// arrive meanwhile.
///
/// Beyond [`max_bytes`](Self::max_bytes) those that were not read for longest are removed, though none that any process
/// reads or still holds samples of: the limit may be exceeded by what is in use. Files that are being written do not
/// count yet. Any number of threads and processes of one machine may use a folder at the same time; on network file
/// systems that depends on their locks.
///
/// Each shard in use keeps a file open; with a shuffle buffer over very many small shards that may be as many files.
///
/// Shards for which a server sends neither ETag nor time are not kept, for nothing would tell when they change.
///
/// ```
/// use atdata::ReadOptions;
/// use atdata::source::Cache;
///
/// let options = ReadOptions::new().cache(Cache::new("/var/cache/shards").max_bytes(100 << 30));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Cache {
    folder: PathBuf,
    max_bytes: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
#[error("the cache {} cannot be used", .folder.display())]
pub(super) struct CacheError {
    folder: PathBuf,
    source: std::io::Error,
}

impl Cause for CacheError {
    fn kind(&self) -> ErrorKind {
        match kind_of_io(&self.source) {
            // It is not the shard that is not there.
            ErrorKind::NotFound => ErrorKind::Io,
            kind => kind,
        }
    }
}

impl Cache {
    /// In this folder, which is made when it is needed, without a limit.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), max_bytes: None }
    }

    /// At most so many bytes, but for what is in use.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The place of the shard that is known by `identity`.
    pub(super) fn slot(&self, identity: &str) -> Slot {
        Slot::new(self.clone(), &names::of_url(identity))
    }

    fn temporary(&self) -> PathBuf {
        self.folder.join(".tmp")
    }

    fn lock_file(&self) -> PathBuf {
        self.folder.join(".lock")
    }

    fn failed(&self, source: std::io::Error) -> crate::error::Error {
        CacheError { folder: self.folder.clone(), source }.into()
    }
}
