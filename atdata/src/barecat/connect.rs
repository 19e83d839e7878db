//! Connections to an index, which may be anybody's: nothing in it is run that reading does not need.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::error::BarecatError;
use super::schema::{MAJOR, MINOR};
use crate::near::beside;

/// How long another process's write is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// What an index is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described {
    pub(super) minor: i64,
    /// Whether it has a table of directories, which readers of files do without.
    pub(super) has_dirs: bool,
}

/// The index of the archive: `NAME`, or what versions before 0.3 called `NAME-sqlite-index`.
pub(super) fn find_index(archive: &Path) -> Result<PathBuf, BarecatError> {
    let old = with_suffix(archive, "-sqlite-index");
    match std::fs::metadata(archive) {
        Ok(found) if !found.is_dir() => Ok(archive.to_owned()),
        _ if old.is_file() => Ok(old),
        Ok(_) => Err(BarecatError::IsFolder),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = super::path::name(&archive.to_string_lossy()).to_owned();
            Err(BarecatError::Missing { name, beside: beside(archive) })
        }
        Err(source) => Err(BarecatError::Io { what: "open the index", source }),
    }
}

/// The path with something behind its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A connection that changes nothing.
pub(super) fn for_reading(index: &Path) -> Result<Connection, BarecatError> {
    if is_wal(index) {
        return of_wal(index);
    }
    let connection = connect(index, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    match probe(&connection) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => {
            // A killed writer has left a journal: what it had half done is undone by whoever may write.
            drop(connection);
            probe(&connect(index, OpenFlags::SQLITE_OPEN_READ_WRITE)?)?;
            let connection = connect(index, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            probe(&connection)?;
            Ok(connection)
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(connection),
    }
}

/// Whether writers of the index have a write-ahead log beside it, as its header says.
fn is_wal(index: &Path) -> bool {
    // Magic, size of pages, versions of writing and of reading, of which SQLite goes by that of reading.
    let mut header = [0; 20];
    let read = File::open(index).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"SQLite format 3\0") && header.ends_with(&[2])
}

/// A connection to an index with a write-ahead log. To read one SQLite makes the files `-wal` and `-shm`, which the last
/// connection to be closed removes if it may write, and leaves behind if not. Who may not write to the index, or to its folder,
/// reads it as it stands, unless somebody writes to it.
fn of_wal(index: &Path) -> Result<Connection, BarecatError> {
    let connection = connect(index, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let is_writable = !connection.is_readonly(rusqlite::MAIN_DB)?;
    match probe(&connection) {
        Ok(()) if is_writable => {
            connection.execute_batch("PRAGMA query_only=ON")?;
            return Ok(connection);
        }
        Err(error) if is_writable && !is_refused(&error) => return Err(error.into()),
        _ => {}
    }
    drop(connection);
    let is_written = std::fs::metadata(with_suffix(index, "-wal")).is_ok_and(|found| found.len() > 0);
    let connection = match as_it_stands(index).filter(|_| !is_written) {
        Some(uri) => open(Path::new(&uri), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?,
        None => connect(index, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
    };
    probe(&connection)?;
    Ok(connection)
}

/// Whether SQLite was not let make a file.
fn is_refused(error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    matches!(error.sqlite_error_code(), Some(CannotOpen | PermissionDenied | ReadOnly))
}

/// A URI of the index that makes SQLite look for nothing beside it.
fn as_it_stands(index: &Path) -> Option<String> {
    let path = std::path::absolute(index).ok()?;
    let escaped = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Some(format!("file:{escaped}?immutable=1"))
}

/// A connection that can write.
pub(super) fn for_writing(index: &Path) -> Result<Connection, BarecatError> {
    let connection = connect(index, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    probe(&connection)?;
    connection.execute_batch("PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=ON; PRAGMA synchronous=EXTRA;")?;
    Ok(connection)
}

fn connect(index: &Path, flags: OpenFlags) -> Result<Connection, BarecatError> {
    // `:memory:` is a name like any other then.
    let index = std::path::absolute(index).map_err(|source| BarecatError::Io { what: "find the index", source })?;
    open(&index, flags)
}

fn open(index: &Path, flags: OpenFlags) -> Result<Connection, BarecatError> {
    let connection = Connection::open_with_flags(index, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.execute_batch("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;")?;
    Ok(connection)
}

fn probe(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
}

/// What the index is, if it is one that can be read.
pub(super) fn describe(connection: &Connection) -> Result<Described, BarecatError> {
    if !is_table(connection, "config")? || !is_table(connection, "files")? {
        return Err(foreign(connection)?);
    }
    stored_columns(connection, "files", &["path", "shard", "offset", "size", "crc32c"])?;
    stored_columns(connection, "config", &["key", "value_int"])?;
    let has_dirs = is_table(connection, "dirs")?;
    if has_dirs {
        stored_columns(connection, "dirs", &["path", "num_subdirs", "num_files", "num_files_tree", "size_tree"])?;
    }
    let (Some(major), Some(minor)) =
        (config(connection, "schema_version_major")?, config(connection, "schema_version_minor")?)
    else {
        let text = "the index does not say of which version its schema is: it is one of the first, which Python's `barecat \
                    upgrade` turns into one that can be read";
        return Err(BarecatError::Version(text.to_owned()));
    };
    if major != MAJOR {
        let advice =
            if major > MAJOR { "take a newer version of this program" } else { "see `barecat upgrade` of Python" };
        let text =
            format!("the schema of the index has the version {major}.{minor}, expected {MAJOR}.{MINOR}: {advice}");
        return Err(BarecatError::Version(text));
    }
    Ok(Described { minor, has_dirs })
}

fn foreign(connection: &Connection) -> Result<BarecatError, BarecatError> {
    if is_table(connection, "files")? {
        let text = "the index is of a version without a table `config`: Python's `barecat upgrade` turns it into one that can \
                    be read";
        return Ok(BarecatError::Version(text.to_owned()));
    }
    Ok(BarecatError::Foreign("it has no table `files`".to_owned()))
}

/// A view of that name is none, for it may compute for ever.
fn is_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM sqlite_master WHERE type='table' AND name=?1 AND sql NOT LIKE 'CREATE VIRTUAL%'";
    Ok(connection.query_row(sql, [name], |_| Ok(())).optional()?.is_some())
}

/// That the columns are there, and are stored and not computed.
fn stored_columns(connection: &Connection, table: &str, columns: &[&str]) -> Result<(), BarecatError> {
    let mut statement = connection.prepare(&format!("PRAGMA table_xinfo({table})"))?;
    let found = statement.query_map([], |row| Ok((row.get::<_, String>("name")?, row.get::<_, i64>("hidden")?)))?;
    let stored: Vec<String> =
        found.filter_map(|column| column.ok().filter(|(_, hidden)| *hidden == 0)).map(|(name, _)| name).collect();
    match columns.iter().find(|column| !stored.iter().any(|name| name == *column)) {
        None => Ok(()),
        Some(column) => Err(BarecatError::Foreign(format!("its table `{table}` has no column `{column}`"))),
    }
}

/// A whole number of the configuration.
pub(super) fn config(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT value_int FROM config WHERE key=?1 AND typeof(value_int)='integer'";
    connection.query_row(sql, [key], |row| row.get(0)).optional()
}
