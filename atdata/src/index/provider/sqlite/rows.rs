//! Rows of the tables: what can be read of them, and what is wrong with the others, each by itself.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};

use super::error::SqliteError;
use super::{ENTRY, LABEL, layout, read_label};
use crate::entry::{Entry, Label};
use crate::error::{Error, Result};
use crate::index::{Document, DocumentKind};

/// So many rows are read at once.
const BATCH: usize = 500;

/// The name and CID of the row that was read last, whatever they are.
pub(super) struct Behind(Raw, Raw);

impl Default for Behind {
    fn default() -> Self {
        Self(Raw::Text(Vec::new()), Raw::Text(Vec::new()))
    }
}

/// The wanted entries of the rows behind another, in order, and the last row, where more may follow.
///
/// Of one whose name is no text nobody knows whether it is wanted, and so it is.
pub(super) fn batch(
    connection: &Connection,
    wants: &dyn Fn(&str, &str) -> bool,
    Behind(name, cid): &Behind,
) -> rusqlite::Result<(Vec<Result<Entry>>, Option<Behind>)> {
    let sql = format!("{ENTRY} WHERE (name, cid) > (?, ?) ORDER BY name, cid LIMIT {BATCH}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([name, cid])?;
    let (mut entries, mut end, mut count) = (Vec::new(), None, 0);
    while let Some(row) = rows.next()? {
        match (row.get_ref(1)?.as_str(), row.get_ref(2)?.as_str()) {
            (Ok(name), Ok(schema_ref)) if !wants(name, schema_ref) => {}
            _ => entries.push(read_entry(row)),
        }
        count += 1;
        end = Some(Behind(value(row, 1)?, value(row, 0)?));
    }
    Ok((entries, end.filter(|_| count == BATCH)))
}

/// A value to go on behind: text also where it is no UTF-8, for SQLite compares its bytes.
fn value(row: &Row<'_>, at: usize) -> rusqlite::Result<Raw> {
    Ok(match row.get_ref(at)? {
        ValueRef::Text(text) => Raw::Text(text.to_owned()),
        other => Raw::Other(other.try_into()?),
    })
}

enum Raw {
    Text(Vec<u8>),
    Other(Value),
}

impl ToSql for Raw {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Other(value) => value.into(),
        }))
    }
}

pub(super) fn labels(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> rusqlite::Result<Vec<Result<Label>>> {
    let mut statement = connection.prepare_cached(&format!("{LABEL} {condition}"))?;
    let labels = statement.query_map(values, |row| Ok(label(row)))?;
    labels.collect()
}

/// One after the other, for there may be many.
pub(super) fn each_label(connection: &Connection, visit: &mut dyn FnMut(Result<Label>)) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(LABEL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(label(row));
    }
    Ok(())
}

fn label(row: &Row<'_>) -> Result<Label> {
    read_label(row).map_err(|source| damaged(format!("the label {}@{}", lossy(row, 0), lossy(row, 2)), source))
}

pub(super) fn document(
    connection: &Connection,
    kind: DocumentKind,
    name: &str,
    version: &str,
) -> rusqlite::Result<Option<Result<Document>>> {
    let sql = format!("{} WHERE name = ? AND version = ?", select(kind));
    connection.prepare_cached(&sql)?.query_row([name, version], |row| Ok(read_document(row))).optional()
}

pub(super) fn documents(connection: &Connection, kind: DocumentKind) -> rusqlite::Result<Vec<Result<Document>>> {
    let mut statement = connection.prepare_cached(&select(kind))?;
    let documents = statement.query_map([], |row| Ok(read_document(row)))?;
    documents.collect()
}

fn select(kind: DocumentKind) -> String {
    let (table, column) = layout::table(kind);
    format!("SELECT name, version, {column} FROM {table}")
}

fn read_document(row: &Row<'_>) -> Result<Document> {
    let read = || Ok(Document { name: row.get(0)?, version: row.get(1)?, json: row.get(2)? });
    read().map_err(|source| damaged(format!("the record {}@{}", lossy(row, 0), lossy(row, 1)), source))
}

pub(super) fn read_entry(row: &Row<'_>) -> Result<Entry> {
    let read = || -> rusqlite::Result<_> {
        let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let bytes = (row.get_ref(3)?.as_bytes()?, row.get_ref(4)?.as_bytes_or_null()?);
        Ok((texts, bytes, row.get::<_, Option<String>>(5)?))
    };
    let failed = |source| damaged(format!("the entry {} ({})", lossy(row, 0), lossy(row, 1)), source);
    let ((cid, name, schema_ref), (urls, metadata), legacy_uuid) = read().map_err(failed)?;
    let mut entry = Entry::from_stored(cid, name, schema_ref, urls, metadata)?;
    entry.legacy_uuid = legacy_uuid;
    Ok(entry)
}

#[cold]
fn damaged(what: String, source: rusqlite::Error) -> Error {
    use rusqlite::Error as E;
    use rusqlite::types::Type;
    let found = match &source {
        E::InvalidColumnType(_, _, Type::Null) => "nothing",
        E::InvalidColumnType(_, _, Type::Blob) => "bytes",
        E::InvalidColumnType(..) => "a number",
        E::Utf8Error(..) | E::FromSqlConversionFailure(_, Type::Text, _) => "bytes that are no UTF-8",
        _ => return SqliteError::Row { what, source }.into(),
    };
    SqliteError::NoText { what, found }.into()
}

/// A value for people, whatever it is.
pub(super) fn lossy(row: &Row<'_>, at: usize) -> String {
    match row.get_ref(at) {
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(number)) => number.to_string(),
        Ok(ValueRef::Null) | Err(_) => "NULL".to_owned(),
    }
}
