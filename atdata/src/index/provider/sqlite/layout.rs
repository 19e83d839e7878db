//! Tables, and what else is in the file.

use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use crate::index::provider::DocumentKind;

/// The tables of Python atdata; those of 0.3.0, which has but the first two, get the others.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS dataset_entries (cid TEXT PRIMARY KEY, name TEXT NOT NULL, schema_ref TEXT NOT NULL,
  data_urls BLOB NOT NULL, metadata BLOB, legacy_uuid TEXT, created_at TEXT DEFAULT (datetime('now')));
CREATE INDEX IF NOT EXISTS idx_entries_name ON dataset_entries(name);
CREATE TABLE IF NOT EXISTS schemas (name TEXT NOT NULL, version TEXT NOT NULL, schema_json TEXT NOT NULL,
  created_at TEXT DEFAULT (datetime('now')), PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS lenses (name TEXT NOT NULL, version TEXT NOT NULL, lens_json TEXT NOT NULL,
  created_at TEXT DEFAULT (datetime('now')), PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS labels (name TEXT NOT NULL, cid TEXT NOT NULL, version TEXT NOT NULL DEFAULT '',
  description TEXT, created_at TEXT DEFAULT (datetime('now')), PRIMARY KEY (name, version));
CREATE INDEX IF NOT EXISTS idx_labels_cid ON labels(cid);
";

/// The table of a kind of documents, and its column of JSON.
pub(super) fn table(kind: DocumentKind) -> (&'static str, &'static str) {
    match kind {
        DocumentKind::Schema => ("schemas", "schema_json"),
        DocumentKind::Lens => ("lenses", "lens_json"),
    }
}

/// Sets the connection up, and makes the tables that are not there.
pub(super) fn prepare(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(32);
    // Two connections that turn a new file to WAL at once do not wait for each other by themselves.
    let end = Instant::now() + patience;
    loop {
        match set_up(connection) {
            Err(rusqlite::Error::SqliteFailure(failure, _))
                if matches!(failure.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                    && Instant::now() < end =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

/// Sets the connection up for reading; whether the file is an index, or empty. Tables that an older one does not have
/// are empty ones of the connection.
pub(super) fn for_reading(connection: &Connection, patience: Duration) -> rusqlite::Result<bool> {
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(32);
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let entries = count("SELECT count(*) FROM main.sqlite_master WHERE name = 'dataset_entries'")?;
    let others = count("SELECT count(*) FROM main.sqlite_master")?;
    if entries == 0 && others > 0 {
        return Ok(false);
    }
    for table in TABLES.split_inclusive(';').filter(|statement| statement.trim().starts_with("CREATE TABLE")) {
        let name = table.trim().strip_prefix("CREATE TABLE IF NOT EXISTS ").and_then(|rest| rest.split(' ').next());
        let there = "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name = ?";
        if connection.query_row(there, [name], |row| row.get::<_, i64>(0))? == 0 {
            connection.execute_batch(&table.replace("CREATE TABLE", "CREATE TEMP TABLE"))?;
        }
    }
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(true)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    // A file that may not be written is read as it is.
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Ok(());
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.execute_batch(TABLES)
}

/// `2026-03-01 12:00:00`, in UTC, as other providers give it.
pub(super) fn timestamp(text: &str) -> String {
    match text.split_once(' ') {
        Some((date, time)) if !time.contains(['+', 'Z']) => format!("{date}T{time}+00:00"),
        _ => text.to_owned(),
    }
}
