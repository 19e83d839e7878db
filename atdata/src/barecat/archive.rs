//! Archives that are read.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use super::connect::{Described, describe, find_index, for_reading};
use super::error::BarecatError;
use super::lookup::Lookup;
use super::node::{DIR_COLUMNS, DirInfo, Entry, FILE_COLUMNS, FileInfo, Node, dir, entry, file};
use super::path::normalise;
use super::schema::MINOR;
use super::shards::{Shard, Shards};
use crate::atomic::{folder_of, warn_of_unfinished};
use crate::error::{Error, Result};

/// Connections that are kept for the next who asks.
const KEPT: usize = 8;

/// An archive, open for reading from any number of threads.
///
/// Opening one looks at the version of the index and at nothing else. A path is looked up in SQLite, or, after
/// [`load_index`](Self::load_index), in memory without a lock. Shards are opened when a file of theirs is read: one that is
/// missing fails those files alone.
///
/// Paths are what Python makes of them: `/a//b/./c/` is `a/b/c`. All errors name the archive, and the path in it as
/// [`key`](Error::key).
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    index: PathBuf,
    name: String,
    described: Described,
    connections: Mutex<Vec<Connection>>,
    lookup: OnceLock<Lookup>,
    shards: Shards,
}

/// Tells whether an index was changed since it was made. It holds no lock: whoever writes would wait for it.
#[derive(Debug)]
pub(super) struct Watch {
    connection: Connection,
    version: i64,
}

impl Watch {
    pub(super) fn check(&self) -> Result<(), BarecatError> {
        if version(&self.connection)? == self.version { Ok(()) } else { Err(BarecatError::ReadChanged) }
    }
}

/// A number that changes when another connection commits.
fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0))
}

impl Archive {
    /// Opens the archive whose index is the file at `path`, or at `path` with `-sqlite-index` behind it, as versions before 0.3
    /// called it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is none, [`Corrupt`](crate::ErrorKind::Corrupt) for what is no index
    /// of barecat, [`Unsupported`](crate::ErrorKind::Unsupported) for one of another major version or older than 0.2.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.to_string_lossy().into_owned();
        Self::open_named(path, name.clone()).map_err(|cause| Error::from(cause).with_shard(&name))
    }

    fn open_named(path: &Path, name: String) -> Result<Self, BarecatError> {
        warn_of_unfinished(folder_of(path));
        let index = find_index(path)?;
        let connection = for_reading(&index)?;
        let described = describe(&connection)?;
        if described.minor > MINOR {
            let minor = described.minor;
            log::warn!(
                "{name}: its schema has the version 0.{minor}, which is newer than 0.{MINOR}; what is new is not read"
            );
        }
        let connections = Mutex::new(vec![connection]);
        let shards = Shards::new(path);
        Ok(Self { path: path.to_owned(), index, name, described, connections, lookup: OnceLock::new(), shards })
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of its index.
    pub fn index_path(&self) -> &Path {
        &self.index
    }

    /// Reads the index into memory, if it takes at most `limit` bytes there: about 45 for each file, and its path. Gives how
    /// much it takes, or `None` where that is too much, and look-ups go on to ask SQLite.
    ///
    /// Look-ups of files ask no database then, and take no lock. Files that are added later are found in SQLite as
    /// before; those that are removed, or moved by another program, are where they were.
    pub fn load_index(&self, limit: u64) -> Result<Option<u64>> {
        if self.lookup.get().is_none()
            && let Some(lookup) = self.with(|connection| Lookup::load(connection, limit))?
        {
            // Somebody else may have been faster.
            let _ = self.lookup.set(lookup);
        }
        Ok(self.lookup.get().map(Lookup::bytes))
    }

    /// Runs a query, on a connection of its own.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, BarecatError>) -> Result<T> {
        self.with_connection(work).map_err(|cause| self.failed(cause))
    }

    fn with_connection<T>(&self, work: impl FnOnce(&Connection) -> Result<T, BarecatError>) -> Result<T, BarecatError> {
        let kept = self.connections.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = kept.map_or_else(|| for_reading(&self.index), Ok)?;
        let outcome = work(&connection);
        if matches!(&outcome, Err(BarecatError::Sqlite { source }) if source.sqlite_error_code() == Some(ErrorCode::ReadOnly))
        {
            // Somebody was killed meanwhile: whoever connects anew undoes what is half done, as this connection cannot.
            return outcome;
        }
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.len() < KEPT {
            connections.push(connection);
        }
        outcome
    }

    /// Begins to read it page by page, which [`Watch`] tells whether anybody has changed it meanwhile.
    pub(super) fn watch(&self) -> Result<Watch> {
        let begin = || {
            let connection = for_reading(&self.index)?;
            Ok(Watch { version: version(&connection)?, connection })
        };
        begin().map_err(|cause| self.failed(cause))
    }

    pub(super) fn has_dirs(&self) -> bool {
        self.described.has_dirs
    }

    #[cold]
    pub(super) fn failed(&self, cause: BarecatError) -> Error {
        Error::from(cause).with_shard(&self.name)
    }

    /// Says which file or directory failed.
    #[cold]
    pub(super) fn failed_at(&self, path: &str, cause: BarecatError) -> Error {
        Error::from(cause).with_key(path).with_shard(&self.name)
    }

    pub(super) fn shard_of(&self, entry: &Entry) -> Result<&std::sync::Arc<Shard>, BarecatError> {
        self.shards.get(entry.shard)
    }

    /// The file of that normal path, if there is one.
    pub(super) fn find(&self, path: &str) -> Result<Option<Entry>, BarecatError> {
        if let Some(found) = self.lookup.get().and_then(|lookup| lookup.get(path)) {
            return Ok(Some(found));
        }
        self.with_connection(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT shard, offset, size, crc32c FROM files WHERE path=?1")?;
            let mut rows = statement.query([path])?;
            rows.next()?.map(|row| entry(row, 0)).transpose()
        })
    }

    /// The same, with an error that says what there is.
    pub(super) fn entry(&self, path: &str) -> Result<Entry> {
        match self.find(path) {
            Ok(Some(entry)) => Ok(entry),
            Ok(None) => Err(self.missing(path)),
            Err(cause) => Err(self.failed_at(path, cause)),
        }
    }

    #[cold]
    fn missing(&self, path: &str) -> Error {
        let cause = match self.dir_at(path) {
            Ok(Some(_)) => BarecatError::IsDirectory,
            _ => BarecatError::NoFile("the archive has no such file".to_owned()),
        };
        self.failed_at(path, cause)
    }

    fn dir_at(&self, path: &str) -> Result<Option<DirInfo>, BarecatError> {
        if !self.has_dirs() {
            return Ok(None);
        }
        self.with_connection(|connection| {
            let mut statement = connection.prepare_cached(&format!("SELECT {DIR_COLUMNS} FROM dirs WHERE path=?1"))?;
            let mut rows = statement.query([path])?;
            rows.next()?.map(dir).transpose()
        })
    }

    /// The bytes of a file, held against its CRC32C where the index has one.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for a path or a shard that is not there, [`Corrupt`](crate::ErrorKind::Corrupt)
    /// for bytes that are not those that were written or a row that cannot be right. No more memory is asked for than the
    /// shard has bytes.
    pub fn get(&self, path: &str) -> Result<Vec<u8>> {
        let path = normalise(path);
        let entry = self.entry(&path)?;
        self.read_entry(&entry).map_err(|cause| self.failed_at(&path, cause))
    }

    pub(super) fn read_entry(&self, entry: &Entry) -> Result<Vec<u8>, BarecatError> {
        self.shards.get(entry.shard)?.read(entry)
    }

    /// Bytes of a file from `at` on, as many as `buffer` has room for and the file has: how many. They are not held against the
    /// checksum, which is one of the whole file.
    pub fn read_at(&self, path: &str, buffer: &mut [u8], at: u64) -> Result<usize> {
        let path = normalise(path);
        let entry = self.entry(&path)?;
        let read = self.shards.get(entry.shard).and_then(|shard| shard.read_part(&entry, buffer, at));
        read.map_err(|cause| self.failed_at(&path, cause))
    }

    /// Whether there is such a file or directory.
    pub fn exists(&self, path: &str) -> Result<bool> {
        let path = normalise(path);
        let found =
            self.find(&path).and_then(|file| Ok(file.is_some() || path.is_empty() || self.dir_at(&path)?.is_some()));
        found.map_err(|cause| self.failed_at(&path, cause))
    }

    /// What the index says of a file or directory.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is neither.
    pub fn stat(&self, path: &str) -> Result<Node> {
        let path = normalise(path);
        match self.node_at(&path) {
            Ok(Some(node)) => Ok(node),
            Ok(None) => {
                let cause = BarecatError::NoFile("the archive has no such file or directory".to_owned());
                Err(self.failed_at(&path, cause))
            }
            Err(cause) => Err(self.failed_at(&path, cause)),
        }
    }

    pub(super) fn node_at(&self, path: &str) -> Result<Option<Node>, BarecatError> {
        if let Some(file) = self.file_at(path)? {
            return Ok(Some(Node::File(file)));
        }
        let found = self.dir_at(path)?;
        // An index without directories has a root all the same.
        Ok(found.or_else(|| path.is_empty().then(DirInfo::root)).map(Node::Dir))
    }

    fn file_at(&self, path: &str) -> Result<Option<FileInfo>, BarecatError> {
        self.with_connection(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {FILE_COLUMNS} FROM files WHERE path=?1"))?;
            let mut rows = statement.query([path])?;
            rows.next()?.map(file).transpose()
        })
    }

    /// How many files there are.
    pub fn len(&self) -> Result<u64> {
        self.with(|connection| {
            let mut root = None;
            if self.has_dirs() {
                let sql = "SELECT num_files_tree FROM dirs WHERE path=''";
                root = connection.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()?;
            }
            let count = || connection.query_row("SELECT count(*) FROM files", [], |row| row.get::<_, i64>(0));
            Ok(u64::try_from(root.map_or_else(count, Ok)?).unwrap_or(0))
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }
}
