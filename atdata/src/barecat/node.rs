//! Files and directories, as rows of the index say they are.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::error::BarecatError;

/// Shards have five digits in their names.
pub(super) const MAX_SHARDS: u32 = 100_000;

/// The columns of a file that [`file`] reads.
pub(super) const FILE_COLUMNS: &str = "path, shard, offset, size, crc32c, mode, uid, gid, mtime_ns";
/// The columns of a directory that [`dir`] reads.
pub(super) const DIR_COLUMNS: &str =
    "path, num_subdirs, num_files, num_files_tree, size_tree, mode, uid, gid, mtime_ns";

/// What an archive keeps of a file beside its bytes; each is `None` where it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Metadata {
    /// `st_mode`: permissions, and for what was added from a disk the bits of its type.
    pub mode: Option<u32>,
    /// Number of the owner.
    pub uid: Option<u32>,
    /// Number of the group.
    pub gid: Option<u32>,
    /// Nanoseconds since 1970.
    pub mtime_ns: Option<i64>,
}

impl Metadata {
    /// What is known here, and the rest from there.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            mode: self.mode.or(other.mode),
            uid: self.uid.or(other.uid),
            gid: self.gid.or(other.gid),
            mtime_ns: self.mtime_ns.or(other.mtime_ns),
        }
    }
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileInfo {
    /// From the root of the archive on, without a `/` in front.
    pub path: String,
    /// Number of the shard that has its bytes.
    pub shard: u32,
    /// Where they begin there.
    pub offset: u64,
    /// How many they are.
    pub size: u64,
    /// Their CRC32C, where it is known.
    pub crc32c: Option<u32>,
    /// Mode, owner and time.
    pub metadata: Metadata,
}

/// A directory of an archive, with the sums that the index keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirInfo {
    /// From the root of the archive on, without a `/` in front; empty for the root.
    pub path: String,
    /// Directories in it.
    pub num_subdirs: u64,
    /// Files in it.
    pub num_files: u64,
    /// Files in it and in all below it.
    pub num_files_tree: u64,
    /// Their bytes.
    pub size_tree: u64,
    /// Mode, owner and time.
    pub metadata: Metadata,
}

/// A file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A file.
    File(FileInfo),
    /// A directory.
    Dir(DirInfo),
}

impl DirInfo {
    /// The root of an archive of which nothing is known.
    pub(super) fn root() -> Self {
        let (path, metadata) = (String::new(), Metadata::default());
        Self { path, num_subdirs: 0, num_files: 0, num_files_tree: 0, size_tree: 0, metadata }
    }
}

impl Node {
    /// Its path from the root of the archive on.
    pub fn path(&self) -> &str {
        match self {
            Self::File(file) => &file.path,
            Self::Dir(dir) => &dir.path,
        }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        super::path::name(self.path())
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        matches!(self, Self::Dir(_))
    }

    /// Bytes of the file, or of all files below the directory.
    pub fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size,
            Self::Dir(dir) => dir.size_tree,
        }
    }

    /// Mode, owner and time.
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::File(file) => &file.metadata,
            Self::Dir(dir) => &dir.metadata,
        }
    }
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) shard: u32,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) crc32c: Option<u32>,
}

impl From<&FileInfo> for Entry {
    fn from(file: &FileInfo) -> Self {
        Self { shard: file.shard, offset: file.offset, size: file.size, crc32c: file.crc32c }
    }
}

/// A size or an offset as SQLite has it.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Adds the row of a file: what [`entry`] reads, and what else is known of it.
pub(super) fn insert_file(
    connection: &Connection,
    path: &str,
    entry: Entry,
    metadata: &Metadata,
) -> Result<(), BarecatError> {
    let sql =
        "INSERT INTO files(path,shard,offset,size,crc32c,mode,uid,gid,mtime_ns) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)";
    let Entry { shard, offset, size, crc32c } = entry;
    let Metadata { mode, uid, gid, mtime_ns } = metadata;
    let row = params![path, shard, signed(offset), signed(size), crc32c, mode, uid, gid, mtime_ns];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// The four columns from `at` on: shard, offset, size, crc32c.
pub(super) fn entry(row: &Row<'_>, at: usize) -> Result<Entry, BarecatError> {
    let shard = natural(row, at, "shard")?;
    let offset = natural(row, at + 1, "offset")?;
    let size = natural(row, at + 2, "size")?;
    let shard = match u32::try_from(shard) {
        Ok(shard) if shard < MAX_SHARDS => shard,
        _ => return Err(damaged("shard", shard.to_string(), "at most 99999")),
    };
    let crc32c = match row.get_ref(at + 3)? {
        ValueRef::Null => None,
        ValueRef::Integer(crc) => {
            let crc = u32::try_from(crc).map_err(|_| damaged("crc32c", crc.to_string(), "a number of 32 bits"))?;
            Some(crc)
        }
        other => return Err(damaged("crc32c", kind(other), "a number of 32 bits")),
    };
    Ok(Entry { shard, offset, size, crc32c })
}

/// A row of [`FILE_COLUMNS`].
pub(super) fn file(row: &Row<'_>) -> Result<FileInfo, BarecatError> {
    let path = text(row, 0)?;
    let Entry { shard, offset, size, crc32c } = entry(row, 1)?;
    Ok(FileInfo { path, shard, offset, size, crc32c, metadata: metadata(row, 5)? })
}

/// A row of [`DIR_COLUMNS`]. What it counts is what it says: to hold it against the files is verifying's.
pub(super) fn dir(row: &Row<'_>) -> Result<DirInfo, BarecatError> {
    let count = |at| Ok::<_, BarecatError>(integer(row, at)?.and_then(|count| u64::try_from(count).ok()).unwrap_or(0));
    Ok(DirInfo {
        path: text(row, 0)?,
        num_subdirs: count(1)?,
        num_files: count(2)?,
        num_files_tree: count(3)?,
        size_tree: count(4)?,
        metadata: metadata(row, 5)?,
    })
}

/// What is no number of the right size is taken for unknown: none of it is needed to read a file.
fn metadata(row: &Row<'_>, at: usize) -> Result<Metadata, BarecatError> {
    let small = |at| Ok::<_, BarecatError>(integer(row, at)?.and_then(|value| u32::try_from(value).ok()));
    Ok(Metadata { mode: small(at)?, uid: small(at + 1)?, gid: small(at + 2)?, mtime_ns: integer(row, at + 3)? })
}

pub(super) fn text(row: &Row<'_>, at: usize) -> Result<String, BarecatError> {
    match row.get_ref(at)? {
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(damaged("path", String::from_utf8_lossy(bytes).escape_debug().to_string(), "UTF-8")),
        },
        other => Err(damaged("path", kind(other), "text")),
    }
}

pub(super) fn integer(row: &Row<'_>, at: usize) -> Result<Option<i64>, BarecatError> {
    Ok(match row.get_ref(at)? {
        ValueRef::Integer(value) => Some(value),
        _ => None,
    })
}

fn natural(row: &Row<'_>, at: usize, column: &'static str) -> Result<u64, BarecatError> {
    match row.get_ref(at)? {
        ValueRef::Integer(value) => {
            u64::try_from(value).map_err(|_| damaged(column, value.to_string(), "no negative number"))
        }
        other => Err(damaged(column, kind(other), "an integer")),
    }
}

fn damaged(column: &'static str, found: String, expected: &'static str) -> BarecatError {
    BarecatError::Row { column, found, expected }
}

fn kind(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL",
        ValueRef::Integer(_) => "an integer",
        ValueRef::Real(_) => "a floating-point number",
        ValueRef::Text(_) => "text",
        ValueRef::Blob(_) => "a blob",
    }
    .to_owned()
}
