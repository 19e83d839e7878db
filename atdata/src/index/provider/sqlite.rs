//! SQLite files, in the layout of Python atdata.

mod error;
mod layout;
mod remove;
mod rows;

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior, params};

use self::error::SqliteError;
use self::rows::read_entry;
use super::{Document, DocumentKind, Listing, Provider, left_out, readable, sound_documents};
use crate::entry::{Entry, Label};
use crate::error::{Error, ErrorKind, Result};
use crate::index::Registration;
use crate::index::error::IndexError;
use crate::index::merge::{Found, Outcome};
use crate::index::removed::Removed;

/// How long another process's write is waited for.
const BUSY: Duration = Duration::from_secs(30);

/// An index in an SQLite file, which any number of processes may use at once, Python's among them.
///
/// Writes of other processes are waited for, up to 30 seconds.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// The index in the file at `path`, which is made where it does not exist, and its folder with it.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if the file is something else,
    /// [`Permission`](crate::ErrorKind::Permission) and [`Io`](crate::ErrorKind::Io) from the file system.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |cause: SqliteError| Error::from(cause).with_shard(&path.to_string_lossy());
        let absolute = std::path::absolute(path).map_err(|source| failed(SqliteError::Path { source }))?;
        if let Some(folder) = absolute.parent() {
            std::fs::create_dir_all(folder).map_err(|source| failed(SqliteError::Folder { source }))?;
        }
        let connection = Connection::open(&absolute).map_err(|source| failed(SqliteError::Open { source }))?;
        layout::prepare(&connection, BUSY).map_err(|source| failed(SqliteError::Open { source }))?;
        Ok(Self { path: absolute, connection: Mutex::new(connection) })
    }

    /// The index in the file at `path`, for reading: nothing is made or changed, and writing fails as
    /// [`Permission`](crate::ErrorKind::Permission).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such file, [`Corrupt`](crate::ErrorKind::Corrupt) if it is
    /// something else, a database of another program as well.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let located = |error: Error| error.with_shard(&path.to_string_lossy());
        let failed = |source| located(SqliteError::Open { source }.into());
        let absolute = std::path::absolute(path).map_err(|source| located(SqliteError::Path { source }.into()))?;
        match std::fs::metadata(&absolute) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(located(IndexError::Missing.into()));
            }
            Err(source) => return Err(located(SqliteError::Path { source }.into())),
        }
        // With the right to write, so that what a killed writer has left is put right, and no file stays behind; if it
        // may not be written, SQLite takes it as it is.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&absolute, flags).map_err(failed)?;
        if !layout::for_reading(&connection, BUSY).map_err(failed)? {
            return Err(located(SqliteError::Foreign.into()));
        }
        Ok(Self { path: absolute, connection: Mutex::new(connection) })
    }

    /// [`open_existing`](Self::open_existing); an empty index where there is no file.
    pub(crate) fn open_or_empty(path: &Path) -> Result<Self> {
        match Self::open_existing(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let connection = Self::in_memory()?.connection;
                Ok(Self { path: path.to_owned(), connection })
            }
            opened => opened,
        }
    }

    /// The index of this account, `~/.atdata/index.db`, which is Python's as well.
    pub fn open_default() -> Result<Self> {
        Self::open(crate::home::home_folder("the index")?.join("index.db"))
    }

    /// An index in memory, gone when it is dropped.
    pub fn in_memory() -> Result<Self> {
        let open = || {
            let connection = Connection::open_in_memory()?;
            layout::prepare(&connection, BUSY)?;
            Ok(connection)
        };
        let connection = open().map_err(|source| SqliteError::Open { source })?;
        Ok(Self { path: PathBuf::from(":memory:"), connection: Mutex::new(connection) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A statement that panicked has been rolled back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        work(&mut self.connection()).map_err(|source| self.failed(source))
    }

    #[cold]
    fn failed(&self, source: rusqlite::Error) -> Error {
        self.located(SqliteError::Query { source }.into())
    }

    #[cold]
    fn located(&self, error: Error) -> Error {
        error.with_shard(&self.path.to_string_lossy())
    }

    /// What can be read of rows.
    fn readable<T>(&self, what: &str, rows: rusqlite::Result<Vec<Result<T>>>) -> Result<Vec<T>> {
        let rows = rows.map_err(|source| self.failed(source))?;
        Ok(readable(what, rows.into_iter().map(|row| row.map_err(|error| self.located(error)))))
    }

    fn entry_where(&self, condition: &str, value: &str) -> Result<Option<Entry>> {
        self.entry_in(&self.connection(), condition, value)
    }

    /// What a registration meets.
    fn found(&self, connection: &Connection, registration: &Registration) -> Result<Found> {
        let Registration { entry, label, .. } = registration;
        let entry = self.entry_in(connection, "cid", &entry.cid)?;
        let find = || {
            let taken = entry.as_ref().map(|entry| find_label(connection, &entry.name, None)).transpose()?;
            Ok((
                find_label(connection, &label.name, Some(label.version()))?,
                rows::labels(connection, &format!("WHERE name = ?1 {LATEST}"), &[&label.name])?,
                taken.flatten().is_some(),
            ))
        };
        let (label, named, is_name_taken) = find().map_err(|source| self.failed(source))?;
        let named = readable("a label", named);
        Ok(Found { entry, label, named, is_name_taken })
    }

    fn entry_in(&self, connection: &Connection, condition: &str, value: &str) -> Result<Option<Entry>> {
        let find = || {
            let mut statement = connection.prepare_cached(&format!("{ENTRY} WHERE {condition} = ? LIMIT 1"))?;
            statement.query_row([value], |row| Ok(read_entry(row))).optional()
        };
        match find().map_err(|source| self.failed(source))? {
            Some(entry) => entry.map(Some).map_err(|error| self.located(error)),
            None => Ok(None),
        }
    }
}

const ENTRY: &str = "SELECT cid, name, schema_ref, data_urls, metadata, legacy_uuid FROM dataset_entries";
const PUT_ENTRY: &str = "INSERT OR REPLACE INTO dataset_entries \
     (cid, name, schema_ref, data_urls, metadata, legacy_uuid) VALUES (?, ?, ?, ?, ?, ?)";
const LABEL: &str = "SELECT name, cid, version, description, created_at FROM labels";
/// A clock that was set back does not make an older label the latest.
const PUT_LABEL: &str = "INSERT OR REPLACE INTO labels (name, cid, version, description, created_at) VALUES (?1, ?2, ?3, \
     ?4, max(datetime('now'), coalesce((SELECT max(created_at) FROM labels WHERE name = ?1), '')))";
/// Times have whole seconds, as Python's; rows of one second are told apart by their number, which rises.
const LATEST: &str = "ORDER BY created_at DESC, rowid DESC";

impl Provider for Sqlite {
    fn url(&self) -> String {
        crate::index::url::of_sqlite(&self.path)
    }

    fn is_local(&self) -> bool {
        true
    }

    fn put_entry(&self, entry: &Entry) -> Result<()> {
        self.with(|connection| put_entry(connection, entry))
    }

    fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        self.entry_where("cid", cid)
    }

    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        self.entry_where("name", name)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        Ok(self.listing()?.logged())
    }

    fn listing(&self) -> Result<Listing> {
        let connection = self.connection();
        let list = || {
            let mut statement = connection.prepare_cached(ENTRY)?;
            let rows = statement.query_map([], |row| Ok(read_entry(row)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let entries = list().map_err(|source| self.failed(source))?;
        Ok(entries.into_iter().map(|entry| entry.map_err(|error| self.located(error))).collect())
    }

    fn visit_entries(
        &self,
        wants: &dyn Fn(&str, &str) -> bool,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<()> {
        // A batch at a time: what is called may use the index as well.
        let mut behind = rows::Behind::default();
        loop {
            let (batch, end) = self.with(|connection| rows::batch(connection, wants, &behind))?;
            for entry in batch {
                match entry {
                    Ok(entry) => {
                        if visit(entry).is_break() {
                            return Ok(());
                        }
                    }
                    Err(error) => left_out("an entry", &self.located(error)),
                }
            }
            match end {
                Some(end) => behind = end,
                None => return Ok(()),
            }
        }
    }

    fn names(&self, limit: usize) -> Result<Option<Vec<String>>> {
        let sql = "SELECT name FROM labels UNION SELECT name FROM dataset_entries LIMIT ?";
        let names: Vec<String> = self.with(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let names = statement.query_map([most], |row| Ok(rows::lossy(row, 0)))?;
            names.collect()
        })?;
        Ok(Some(names).filter(|names| names.len() <= limit))
    }

    fn labels_named(&self, name: &str) -> Result<Vec<Label>> {
        self.readable("a label", rows::labels(&self.connection(), "WHERE name = ?1", &[&name]))
    }

    fn remove_entry(&self, cid: &str) -> Result<bool> {
        self.with(|connection| {
            let removed = connection.prepare_cached("DELETE FROM dataset_entries WHERE cid = ?")?.execute([cid])?;
            Ok(removed > 0)
        })
    }

    fn remove_unlabelled(&self, cid: &str) -> Result<bool> {
        let sql = "DELETE FROM dataset_entries WHERE cid = ?1 AND NOT EXISTS (SELECT 1 FROM labels WHERE cid = ?1)";
        self.with(|connection| Ok(connection.prepare_cached(sql)?.execute([cid])? > 0))
    }

    fn remove_name(&self, name: &str) -> Result<Removed> {
        self.with(|connection| remove::name(connection, name))
    }

    fn remove_version(&self, name: &str, version: &str) -> Result<Removed> {
        self.with(|connection| remove::version(connection, name, version))
    }

    fn remove_all_of(&self, cid: &str) -> Result<Removed> {
        self.with(|connection| remove::all_of(connection, cid))
    }

    fn put_label(&self, label: &Label) -> Result<()> {
        self.with(|connection| put_label(connection, label))
    }

    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>> {
        self.with(|connection| find_label(connection, name, version))
    }

    fn labels(&self) -> Result<Vec<Label>> {
        self.readable("a label", rows::labels(&self.connection(), "", &[]))
    }

    fn count_labels(&self) -> Result<u64> {
        let (mut sound, connection) = (0, self.connection());
        let counted = rows::each_label(&connection, &mut |label| match label {
            Ok(_) => sound += 1,
            Err(error) => left_out("a label", &self.located(error)),
        });
        counted.map_err(|source| self.failed(source))?;
        Ok(sound)
    }

    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached("DELETE FROM labels WHERE name = ? AND version = ?")?;
            Ok(statement.execute([name, version.unwrap_or_default()])? > 0)
        })
    }

    fn register(&self, entry: &Entry, label: &Label) -> Result<()> {
        self.with(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            put_entry(&transaction, entry)?;
            put_label(&transaction, label)?;
            transaction.commit()
        })
    }

    fn merge(&self, registration: &Registration) -> Result<Entry> {
        let mut connection = self.connection();
        let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(|source| self.failed(source))?;
        let found = self.found(&transaction, registration)?;
        let Outcome { entry, former, label, latest } = registration.decide(found)?;
        let store = || -> rusqlite::Result<()> {
            former.iter().try_for_each(|label| put_label(&transaction, label))?;
            put_entry(&transaction, &entry)?;
            put_label(&transaction, &label)?;
            latest.iter().try_for_each(|label| put_label(&transaction, label))
        };
        store().and_then(|()| transaction.commit()).map_err(|source| self.failed(source))?;
        Ok(entry)
    }

    fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        self.readable("a label", rows::labels(&self.connection(), "WHERE cid = ?1", &[&cid]))
    }

    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        let (table, column) = layout::table(kind);
        let sql = format!("INSERT INTO {table} (name, version, {column}) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
        self.with(|connection| {
            let Document { name, version, json } = document;
            Ok(connection.prepare_cached(&sql)?.execute([name, version, json])? > 0)
        })
    }

    fn replace_damaged(
        &self,
        kind: DocumentKind,
        document: &Document,
        is_damaged: &dyn Fn(&str) -> bool,
    ) -> Result<bool> {
        let (table, column) = layout::table(kind);
        let sql = format!("UPDATE {table} SET {column} = ?3 WHERE name = ?1 AND version = ?2");
        let Document { name, version, json } = document;
        self.with(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let stored = rows::document(&transaction, kind, name, version)?;
            let is_sound = |stored: Result<Document>| stored.is_ok_and(|stored| !is_damaged(&stored.json));
            let replaces = stored.is_some_and(|stored| !is_sound(stored));
            if replaces {
                transaction.prepare_cached(&sql)?.execute([name, version, json])?;
            }
            transaction.commit()?;
            Ok(replaces)
        })
    }

    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        let found = self.with(|connection| rows::document(connection, kind, name, version))?;
        found.map(|document| document.map(|document| document.json).map_err(|error| self.located(error))).transpose()
    }

    fn read_documents(&self, kind: DocumentKind) -> Result<Vec<Result<Document>>> {
        let documents = self.with(|connection| rows::documents(connection, kind))?;
        Ok(documents.into_iter().map(|document| document.map_err(|error| self.located(error))).collect())
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        self.read_documents(kind).map(sound_documents)
    }
}

fn put_entry(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let values = params![
        entry.cid,
        entry.name,
        entry.schema_ref,
        entry.stored_urls(),
        entry.stored_metadata(),
        entry.legacy_uuid
    ];
    connection.prepare_cached(PUT_ENTRY)?.execute(values).map(drop)
}

fn put_label(connection: &Connection, label: &Label) -> rusqlite::Result<()> {
    let version = label.version.as_deref().unwrap_or_default();
    let values = params![label.name, label.cid, version, label.description];
    connection.prepare_cached(PUT_LABEL)?.execute(values).map(drop)
}

fn find_label(connection: &Connection, name: &str, version: Option<&str>) -> rusqlite::Result<Option<Label>> {
    match version {
        Some(version) => {
            let mut statement = connection.prepare_cached(&format!("{LABEL} WHERE name = ? AND version = ?"))?;
            statement.query_row([name, version], read_label).optional()
        }
        None => {
            let mut statement = connection.prepare_cached(&format!("{LABEL} WHERE name = ? {LATEST} LIMIT 1"))?;
            statement.query_row([name], read_label).optional()
        }
    }
}

fn read_label(row: &Row<'_>) -> rusqlite::Result<Label> {
    let version: String = row.get(2)?;
    let created_at: Option<String> = row.get(4)?;
    Ok(Label {
        name: row.get(0)?,
        cid: row.get(1)?,
        version: Some(version).filter(|version| !version.is_empty()),
        description: row.get(3)?,
        created_at: created_at.map(|time| layout::timestamp(&time)),
    })
}

#[cfg(test)]
mod tests;
