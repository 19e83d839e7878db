//! Removal, in one transaction each.

use rusqlite::{Connection, ToSql, TransactionBehavior};

use super::read_label;
use super::rows::{lossy, read_entry};
use crate::index::removed::Removed;

/// Which labels go, and which of the entries that are left without them.
struct Removal<'a> {
    labels: &'a str,
    entries: &'a str,
    values: &'a [&'a dyn ToSql],
}

pub(super) fn name(connection: &mut Connection, name: &str) -> rusqlite::Result<Removed> {
    let (labels, entries) = ("name = ?1", "name = ?1");
    run(connection, &Removal { labels, entries, values: &[&name] })
}

pub(super) fn version(connection: &mut Connection, name: &str, version: &str) -> rusqlite::Result<Removed> {
    let labels = "name = ?1 AND version = ?2";
    // Of those that other labels of the name lead to nothing is taken.
    let led_to = "(SELECT cid FROM labels WHERE name = ?1 AND version = ?2)";
    let entries = format!(
        "name = ?1 AND cid = {led_to} AND NOT EXISTS (SELECT 1 FROM labels o WHERE o.cid = e.cid AND o.name = ?1 AND \
         o.version <> ?2)"
    );
    run(connection, &Removal { labels, entries: &entries, values: &[&name, &version] })
}

pub(super) fn all_of(connection: &mut Connection, cid: &str) -> rusqlite::Result<Removed> {
    let (labels, entries) = ("cid = ?1", "cid = ?1");
    run(connection, &Removal { labels, entries, values: &[&cid] })
}

fn run(connection: &mut Connection, removal: &Removal<'_>) -> rusqlite::Result<Removed> {
    let Removal { labels, entries, values } = removal;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut removed = Removed::default();
    // Those that labels are left for get the name of the one that was set last.
    let left =
        format!("FROM labels l WHERE l.cid = e.cid AND NOT (l.rowid IN (SELECT rowid FROM labels WHERE {labels}))");
    let columns = "cid, name, schema_ref, data_urls, metadata, legacy_uuid";
    let rename = format!(
        "UPDATE dataset_entries AS e SET name = (SELECT l.name {left} ORDER BY l.created_at DESC, l.rowid DESC LIMIT 1) \
         WHERE {entries} AND EXISTS (SELECT 1 {left}) RETURNING {columns}"
    );
    let delete = format!(
        "DELETE FROM dataset_entries AS e WHERE {entries} AND NOT EXISTS (SELECT 1 {left}) RETURNING {columns}"
    );
    {
        let mut statement = transaction.prepare(&delete)?;
        let mut rows = statement.query(*values)?;
        while let Some(row) = rows.next()? {
            match read_entry(row) {
                Ok(entry) => removed.entries.push(entry),
                Err(_) => removed.damaged.push(lossy(row, 0)),
            }
        }
        let mut statement = transaction.prepare(&rename)?;
        let renamed = statement.query_map(*values, |row| Ok(read_entry(row)))?;
        // One that cannot be read has another name now all the same.
        removed.renamed = renamed.filter_map(|entry| entry.map(Result::ok).transpose()).collect::<Result<_, _>>()?;
        let delete = format!("DELETE FROM labels WHERE {labels} RETURNING name, cid, version, description, created_at");
        let mut statement = transaction.prepare(&delete)?;
        let labels = statement.query_map(*values, |row| Ok(read_label(row)))?;
        // So is a label that cannot be read gone.
        removed.labels = labels.filter_map(|label| label.map(Result::ok).transpose()).collect::<Result<_, _>>()?;
    }
    transaction.commit()?;
    Ok(removed)
}
