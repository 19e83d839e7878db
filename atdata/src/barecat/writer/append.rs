//! Rows of an archive that is extended, in transactions that Python's barecat waits for.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::output::Tail;
use crate::atomic::{folder_of, journal_in, sweep_dead};
use crate::barecat::connect::{config, describe, find_index, for_writing};
use crate::barecat::error::BarecatError;
use crate::barecat::node::{Entry, Metadata, entry, insert_file};
use crate::barecat::path::ancestors;
use crate::barecat::schema::{MINOR, NO_LIMIT, TRIGGERS};
use crate::barecat::shards::{last_shard, shard_path};

#[derive(Debug)]
pub(super) struct Append {
    archive: PathBuf,
    index: PathBuf,
    /// Which file the connection is to.
    file: Option<(u64, u64)>,
    connection: Connection,
    /// Directories that are known to be there.
    dirs: HashSet<String>,
}

/// As many are kept in mind.
const KNOWN_DIRS: usize = 100_000;

impl Append {
    pub(super) fn open(archive: &Path) -> Result<Self, BarecatError> {
        sweep_dead(folder_of(archive));
        let index = find_index(archive)?;
        let file = identity(&index);
        let connection = for_writing(&index)?;
        let described = describe(&connection)?;
        if described.minor != MINOR || !described.has_dirs {
            let minor = described.minor;
            return Err(BarecatError::Version(format!(
                "the schema of the index has the version 0.{minor}, and only 0.{MINOR} is written: make a new archive of it"
            )));
        }
        own_triggers(&connection)?;
        let mut append = Self { archive: archive.to_owned(), index, file, connection, dirs: HashSet::new() };
        append.begin()?;
        let name = archive.file_name().unwrap_or_default().as_encoded_bytes();
        let is_of_it =
            |file: &[u8]| file.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"-shard-"));
        let journal = journal_in(folder_of(archive), is_of_it);
        match journal.map_err(|source| BarecatError::Io { what: "list the shards", source })? {
            None => Ok(append),
            Some(journal) => Err(BarecatError::Unfinished { journal: journal.to_string_lossy().into_owned() }),
        }
    }

    /// Locks the archive for this writer.
    pub(super) fn begin(&mut self) -> Result<(), BarecatError> {
        self.dirs.clear();
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        // While the lock was waited for, another archive may have taken the place of this one.
        if identity(&self.index) != self.file {
            return Err(BarecatError::Replaced);
        }
        let has_root = "SELECT EXISTS(SELECT 1 FROM dirs WHERE path='')";
        if !self.connection.query_row(has_root, [], |row| row.get::<_, bool>(0))? {
            // Its trigger would look for the directory above it.
            self.connection.execute_batch(
                "UPDATE config SET value_int=0 WHERE key='use_triggers'; INSERT INTO dirs(path) VALUES('');",
            )?;
        }
        self.connection.execute_batch("UPDATE config SET value_int=1 WHERE key='use_triggers'")?;
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), BarecatError> {
        self.check_locked()?;
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    /// Whether the transaction is there still, and with it the lock: SQLite ends it by itself after some errors.
    pub(super) fn is_locked(&self) -> bool {
        !self.connection.is_autocommit()
    }

    pub(super) fn check_locked(&self) -> Result<(), BarecatError> {
        if self.is_locked() {
            return Ok(());
        }
        let text = "SQLite has taken back what was added since the last checkpoint; nothing more is added";
        Err(BarecatError::Refused(text.to_owned()))
    }

    pub(super) fn limit(&self) -> Result<u64, BarecatError> {
        let limit = config(&self.connection, "shard_size_limit")?;
        Ok(limit.and_then(|limit| u64::try_from(limit).ok()).unwrap_or(NO_LIMIT))
    }

    /// Where the bytes of the archive end, and those of new files begin.
    pub(super) fn tail(&self) -> Result<Tail, BarecatError> {
        let last_on_disk = last_shard(&self.archive)?;
        let Some(last) = self.last_entry()? else {
            let shard = last_on_disk.unwrap_or(0);
            return Ok(Tail { shard, end: self.len_of(shard).unwrap_or(0) });
        };
        let shard = last.shard.max(last_on_disk.unwrap_or(0));
        let len = self.len_of(shard).map_err(|source| {
            let shard = shard_path(&self.archive, shard).to_string_lossy().into_owned();
            BarecatError::Shard { shard, source }
        })?;
        if last.shard == shard && last.offset.checked_add(last.size).is_none_or(|end| end > len) {
            let shard = shard_path(&self.archive, shard).to_string_lossy().into_owned();
            return Err(BarecatError::Beyond { shard, offset: last.offset, size: last.size, len });
        }
        Ok(Tail { shard, end: len })
    }

    fn len_of(&self, shard: u32) -> std::io::Result<u64> {
        Ok(std::fs::metadata(shard_path(&self.archive, shard))?.len())
    }

    /// The file whose bytes are behind those of all others.
    fn last_entry(&self) -> Result<Option<Entry>, BarecatError> {
        let sql = "SELECT shard, offset, size, crc32c FROM files ORDER BY shard DESC, offset DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        rows.next()?.map(|row| entry(row, 0)).transpose()
    }

    /// Whether that is the index that is written to.
    pub(super) fn is_index(&self, other: &Path) -> bool {
        if self.file.is_some() {
            return identity(other) == self.file;
        }
        let paths = (self.index.canonicalize(), other.canonicalize());
        matches!(paths, (Ok(index), Ok(other)) if index == other)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Keeps no directory in mind.
    pub(super) fn forget_dirs(&mut self) {
        self.dirs.clear();
    }

    /// Does what its triggers would count once more. After an error nothing of it may be committed.
    pub(super) fn without_triggers<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, BarecatError>,
    ) -> Result<T, BarecatError> {
        let set = |on: i64| {
            self.connection.execute("UPDATE config SET value_int=?1 WHERE key='use_triggers'", params![on]).map(drop)
        };
        set(0)?;
        let done = work(self)?;
        set(1)?;
        Ok(done)
    }

    pub(super) fn is_in(&self, table: &str, path: &str) -> Result<bool, BarecatError> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT 1 FROM {table} WHERE path=?1"))?;
        Ok(statement.query_row([path], |_| Ok(())).optional()?.is_some())
    }

    pub(super) fn check_file(&mut self, path: &str) -> Result<(), BarecatError> {
        if self.is_in("files", path)? {
            return Err(BarecatError::Clash("the archive has such a file already; nothing is replaced".to_owned()));
        }
        if self.is_in("dirs", path)? {
            return Err(BarecatError::Clash(
                "it is a directory of the archive already, and cannot be a file".to_owned(),
            ));
        }
        self.check_ancestors(path)
    }

    pub(super) fn check_ancestors(&self, path: &str) -> Result<(), BarecatError> {
        for ancestor in ancestors(path) {
            if self.dirs.contains(ancestor) {
                break;
            }
            if self.is_in("files", ancestor)? {
                return Err(BarecatError::Clash(format!(
                    "\"{ancestor}\" is a file of the archive already, and cannot be a directory"
                )));
            }
        }
        Ok(())
    }

    /// All above it are there.
    fn remember(&mut self, path: &str) {
        if self.dirs.len() > KNOWN_DIRS {
            self.dirs.clear();
        }
        for ancestor in ancestors(path) {
            if !self.dirs.insert(ancestor.to_owned()) {
                break;
            }
        }
    }

    pub(super) fn insert_file(&mut self, path: &str, entry: Entry, metadata: &Metadata) -> Result<(), BarecatError> {
        self.check_locked()?;
        insert_file(&self.connection, path, entry, metadata)?;
        self.remember(path);
        Ok(())
    }

    pub(super) fn insert_dir(&mut self, path: &str, metadata: &Metadata) -> Result<(), BarecatError> {
        self.check_locked()?;
        if self.is_in("files", path)? {
            return Err(BarecatError::Clash(
                "it is a file of the archive already, and cannot be a directory".to_owned(),
            ));
        }
        self.check_ancestors(path)?;
        let Metadata { mode, uid, gid, mtime_ns } = metadata;
        let sql = if self.is_in("dirs", path)? {
            // What is not known takes nothing away.
            "UPDATE dirs SET mode=coalesce(?2,mode),uid=coalesce(?3,uid),gid=coalesce(?4,gid),mtime_ns=coalesce(?5,mtime_ns) \
             WHERE path=?1"
        } else {
            "INSERT INTO dirs(path,mode,uid,gid,mtime_ns) VALUES(?1,?2,?3,?4,?5)"
        };
        self.connection.prepare_cached(sql)?.execute(params![path, mode, uid, gid, mtime_ns])?;
        self.remember(path);
        Ok(())
    }
}

/// Which file it is, where the system tells.
fn identity(index: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(index).ok().map(|found| (found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = index;
        None
    }
}

/// That the triggers are those of barecat: others would be run by each row.
fn own_triggers(connection: &Connection) -> Result<(), BarecatError> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_master WHERE type='trigger'")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    if let Some(strange) = names.iter().find(|name| !TRIGGERS.contains(&name.as_str())) {
        return Err(BarecatError::Refused(format!(
            "the index has a trigger \"{}\" that is none of barecat's: what it would do to each row is not known; make a new \
             archive of it",
            strange.escape_debug()
        )));
    }
    match TRIGGERS.iter().find(|trigger| !names.iter().any(|name| name == *trigger)) {
        None => Ok(()),
        Some(missing) => Err(BarecatError::Foreign(format!(
            "it has no trigger \"{missing}\", without which the sums of directories would be wrong; make a new archive of it"
        ))),
    }
}
