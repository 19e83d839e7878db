//! Indexes in PostgreSQL.

mod connection;
mod error;
mod sql;
mod tls;

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

use self::connection::Connection;
use self::error::PostgresError;
use super::{Document, DocumentKind, Listing, Provider, left_out};
use crate::entry::{Entry, Label};
use crate::error::{Error, Result};
use crate::index::Registration;
use crate::index::merge::{Found, Outcome};
use crate::index::removed::Removed;

/// So many rows are read at once where not all may be wanted.
const BATCH: i64 = 500;

/// An index in a PostgreSQL database, in the layout of Python's `PostgresProvider`, so that both may use it by turns.
///
/// The tables are in the default schema of the user (its `search_path`), and are made when they are missing. A user who
/// may only read can open an index that is there. Each call is one statement and its own transaction, so that none of them
/// leaves a transaction open or sees half of another. Labels get the time of the server's clock also when they are set
/// again, each later than the others of its name; what Python sets again keeps its old time.
///
/// Calls of many threads share one connection, one after the other. PostgreSQL 9.5 and newer have what it takes.
///
/// # Limits
/// Texts with a NUL character are refused in writing, and not found in reading: PostgreSQL has none. Names are in an index
/// of the database, which refuses those of more than about 2,700 bytes.
pub struct Postgres {
    url: String,
    connection: Arc<Connection>,
}

impl Postgres {
    /// Connects to `postgres://[user[:password]@]host[:port][/database][?parameters]`; `postgresql://` is the same. Of
    /// libpq's parameters there are `dbname`, `user`, `password`, `host`, `port`, `options`, `application_name`,
    /// `connect_timeout`, `keepalives`, `target_session_attrs` and some more.
    ///
    /// Connections are encrypted if the server can, unless `sslmode=disable`; with `sslmode=require` they always are. As with
    /// libpq that alone hides what is said, but does not tell to whom: `verify-full`, and `verify-ca`, which means the same
    /// here, want a certificate of the server's name from an authority that this machine trusts, or one that stands in
    /// the file of `sslrootcert=path`, which is a reason to look at it in any mode.
    ///
    /// A connection that breaks later is made anew, for ten seconds at most; so long a call may wait for a server that is
    /// being restarted.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another URL, [`Permission`](crate::ErrorKind::Permission) for wrong credentials,
    /// [`NotFound`](crate::ErrorKind::NotFound) for a database that the server does not have, and
    /// [`Interrupted`](crate::ErrorKind::Interrupted) if it does not answer within five seconds or the URL's
    /// `connect_timeout`.
    pub fn connect(url: &str) -> Result<Self> {
        Self::open(url, false)
    }

    /// The same for reading: no tables are made, and writing fails as [`Permission`](crate::ErrorKind::Permission).
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and [`NotFound`](crate::ErrorKind::NotFound) if the tables are missing.
    pub fn connect_read_only(url: &str) -> Result<Self> {
        Self::open(url, true)
    }

    fn open(url: &str, read_only: bool) -> Result<Self> {
        let connection = Connection::new(url, read_only)?;
        let url = connection.url().to_owned();
        let connection =
            crate::net::runtime::wait(async move { connection.open().await.map(|()| Arc::new(connection)) })??;
        Ok(Self { url, connection })
    }

    fn run<T, F>(&self, work: impl FnOnce(Arc<Connection>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        crate::net::runtime::wait(work(Arc::clone(&self.connection)))?
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Provider for Postgres {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn is_local(&self) -> bool {
        self.connection.is_local()
    }

    fn put_entry(&self, entry: &Entry) -> Result<()> {
        check_entry(entry)?;
        let entry = entry.clone();
        self.run(|connection| async move {
            let Entry { cid, name, schema_ref, legacy_uuid, .. } = &entry;
            let (urls, metadata) = (entry.stored_urls(), entry.stored_metadata());
            connection.change(sql::PUT_ENTRY, &[cid, name, schema_ref, &urls, &metadata, legacy_uuid]).await.map(drop)
        })
    }

    fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        self.find_entry(sql::ENTRY, cid, None)
    }

    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        self.find_entry(sql::ENTRY_BY_NAME, name, None)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        Ok(self.listing()?.logged())
    }

    fn listing(&self) -> Result<Listing> {
        self.run(
            |connection| async move { Ok(connection.rows(sql::ENTRIES, &[]).await?.iter().map(read_entry).collect()) },
        )
    }

    fn visit_entries(
        &self,
        wants: &dyn Fn(&str, &str) -> bool,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut behind = (String::new(), String::new());
        loop {
            let rows = self.run(move |connection| async move {
                connection.rows(sql::ENTRIES_BEHIND, &[&behind.0, &behind.1, &BATCH]).await
            })?;
            for row in &rows {
                if !wants(column(row, 1)?, column(row, 2)?) {
                    continue;
                }
                match read_entry(row).map(&mut *visit) {
                    Ok(ControlFlow::Break(())) => return Ok(()),
                    Ok(ControlFlow::Continue(())) => {}
                    Err(error) => left_out("an entry", &error),
                }
            }
            behind = match rows.last() {
                Some(last) if i64::try_from(rows.len()) == Ok(BATCH) => (column(last, 1)?, column(last, 0)?),
                _ => return Ok(()),
            };
        }
    }

    fn names(&self, limit: usize) -> Result<Option<Vec<String>>> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        self.run(move |connection| async move {
            let rows = connection.rows(sql::NAMES, &[&most]).await?;
            let names = rows.iter().map(|row| column(row, 0)).collect::<Result<Vec<_>>>()?;
            Ok(Some(names).filter(|names| names.len() <= limit))
        })
    }

    fn labels_named(&self, name: &str) -> Result<Vec<Label>> {
        self.labels_where(sql::LABELS_NAMED, name)
    }

    fn remove_entry(&self, cid: &str) -> Result<bool> {
        if has_nul(cid) {
            return Ok(false);
        }
        let cid = cid.to_owned();
        self.run(|connection| async move { Ok(connection.change(sql::REMOVE_ENTRY, &[&cid]).await?.changed > 0) })
    }

    fn remove_unlabelled(&self, cid: &str) -> Result<bool> {
        if has_nul(cid) {
            return Ok(false);
        }
        let cid = cid.to_owned();
        self.run(|connection| async move { Ok(connection.change(sql::REMOVE_UNLABELLED, &[&cid]).await?.changed > 0) })
    }

    fn remove_name(&self, name: &str) -> Result<Removed> {
        self.remove(sql::REMOVE_NAME, &[name])
    }

    fn remove_version(&self, name: &str, version: &str) -> Result<Removed> {
        self.remove(sql::REMOVE_VERSION, &[name, version])
    }

    fn remove_all_of(&self, cid: &str) -> Result<Removed> {
        self.remove(sql::REMOVE_ALL_OF, &[cid])
    }

    fn put_label(&self, label: &Label) -> Result<()> {
        check_label(label)?;
        let label = label.clone();
        self.run(|connection| async move { put_label(&connection, &label).await })
    }

    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>> {
        if has_nul(name) || version.is_some_and(has_nul) {
            return Ok(None);
        }
        let (name, version) = (name.to_owned(), version.map(str::to_owned));
        self.run(|connection| async move {
            let rows = match version {
                Some(version) => connection.rows(sql::LABEL, &[&name, &version]).await?,
                None => connection.rows(sql::LATEST_LABEL, &[&name]).await?,
            };
            rows.first().map(read_label).transpose()
        })
    }

    fn labels(&self) -> Result<Vec<Label>> {
        self.run(|connection| async move { connection.rows(sql::LABELS, &[]).await?.iter().map(read_label).collect() })
    }

    fn count_labels(&self) -> Result<u64> {
        self.run(|connection| async move {
            let rows = connection.rows(sql::LABEL_COUNT, &[]).await?;
            let counted: i64 = rows.first().map_or(Ok(0), |row| column(row, 0))?;
            Ok(u64::try_from(counted).unwrap_or(0))
        })
    }

    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool> {
        if has_nul(name) || version.is_some_and(has_nul) {
            return Ok(false);
        }
        let (name, version) = (name.to_owned(), version.unwrap_or_default().to_owned());
        self.run(
            |connection| async move { Ok(connection.change(sql::REMOVE_LABEL, &[&name, &version]).await?.changed > 0) },
        )
    }

    fn register(&self, entry: &Entry, label: &Label) -> Result<()> {
        check_entry(entry)?;
        check_label(label)?;
        let (entry, label) = (entry.clone(), label.clone());
        self.run(|connection| async move {
            let Entry { cid, name, schema_ref, legacy_uuid, .. } = &entry;
            let (urls, metadata) = (entry.stored_urls(), entry.stored_metadata());
            let version = label.version.as_deref().unwrap_or_default();
            let Label { name: label_name, cid: label_cid, description, .. } = &label;
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 10] =
                [label_name, label_cid, &version, description, cid, name, schema_ref, &urls, &metadata, legacy_uuid];
            connection.change(sql::REGISTER, &values).await.map(drop)
        })
    }

    fn merge(&self, registration: &Registration) -> Result<Entry> {
        check_entry(&registration.entry)?;
        check_label(&registration.label)?;
        let registration = registration.clone();
        self.run(|connection| async move {
            loop {
                let (seen, found) = found(&connection, &registration).await?;
                let led_to = found.label.as_ref().map(|label| label.cid.clone());
                let outcome = registration.decide(found)?;
                if let Some(former) = &outcome.former {
                    put_label(&connection, former).await?;
                }
                let may_lead_anywhere = registration.replace || registration.label.version.is_none();
                if merged(&connection, &outcome, &seen, led_to, may_lead_anywhere).await? {
                    if let Some(latest) = &outcome.latest {
                        let Label { name, cid, .. } = latest;
                        connection.change(sql::TOUCH_LABEL, &[name, &latest.version(), cid]).await?;
                    }
                    return Ok(outcome.entry);
                }
                // Somebody else was quicker: what they have stored is looked at.
            }
        })
    }

    fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        self.labels_where(sql::LABELS_OF, cid)
    }

    fn resolve(&self, name: &str, version: Option<&str>) -> Result<Option<Entry>> {
        let sql = if version.is_some() { sql::RESOLVE } else { sql::RESOLVE_LATEST };
        self.find_entry(sql, name, version)
    }

    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        let Document { name, version, json } = document;
        check(&[("name", name), ("version", version), ("record", json)])?;
        let document = document.clone();
        self.run(|connection| async move {
            let Document { name, version, json } = &document;
            let done = connection.change(sql::of(kind).add, &[name, version, json]).await?;
            if done.changed > 0 || done.attempts == 1 {
                return Ok(done.changed > 0);
            }
            // Where the answer to the first attempt was lost, what is there is our own.
            let rows = connection.rows(sql::of(kind).get, &[name, version]).await?;
            Ok(rows.first().map(|row| column::<String>(row, 0)).transpose()?.as_ref() == Some(json))
        })
    }

    fn replace_damaged(
        &self,
        kind: DocumentKind,
        document: &Document,
        is_damaged: &dyn Fn(&str) -> bool,
    ) -> Result<bool> {
        let Document { name, version, json } = document;
        check(&[("name", name), ("version", version), ("record", json)])?;
        let stored = self.document(kind, name, version)?;
        let Some(stored) = stored.filter(|stored| is_damaged(stored)) else { return Ok(false) };
        let document = document.clone();
        self.run(|connection| async move {
            let Document { name, version, json } = &document;
            let done = connection.change(sql::of(kind).replace, &[name, version, json, &stored]).await?;
            Ok(done.changed > 0)
        })
    }

    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        if has_nul(name) || has_nul(version) {
            return Ok(None);
        }
        let (name, version) = (name.to_owned(), version.to_owned());
        self.run(|connection| async move {
            let rows = connection.rows(sql::of(kind).get, &[&name, &version]).await?;
            rows.first().map(|row| column(row, 0)).transpose()
        })
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        self.run(|connection| async move {
            let rows = connection.rows(sql::of(kind).list, &[]).await?;
            let read = |row: &Row| {
                Ok(Document::new(column::<String>(row, 0)?, column::<String>(row, 1)?, column::<String>(row, 2)?))
            };
            rows.iter().map(read).collect()
        })
    }
}

impl Postgres {
    fn labels_where(&self, sql: &'static str, value: &str) -> Result<Vec<Label>> {
        if has_nul(value) {
            return Ok(Vec::new());
        }
        let value = value.to_owned();
        self.run(|connection| async move { connection.rows(sql, &[&value]).await?.iter().map(read_label).collect() })
    }

    fn remove(&self, sql: &'static str, values: &[&str]) -> Result<Removed> {
        if values.iter().any(|value| has_nul(value)) {
            return Ok(Removed::default());
        }
        let values: Vec<_> = values.iter().map(|&value| value.to_owned()).collect();
        self.run(|connection| async move {
            let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
            let mut removed = Removed::default();
            for row in connection.rows(sql, &values).await? {
                match (column(&row, 6)?, read_entry(&row)) {
                    (0_i32, _) => removed.labels.push(removed_label(&row)?),
                    (1, Ok(entry)) => removed.entries.push(entry),
                    (1, Err(_)) => removed.damaged.push(column(&row, 0)?),
                    // One that cannot be read has another name now all the same.
                    (_, entry) => removed.renamed.extend(entry.ok()),
                }
            }
            Ok(removed)
        })
    }

    fn find_entry(&self, sql: &'static str, key: &str, version: Option<&str>) -> Result<Option<Entry>> {
        if has_nul(key) || version.is_some_and(has_nul) {
            return Ok(None);
        }
        let (key, version) = (key.to_owned(), version.map(str::to_owned));
        self.run(|connection| async move {
            let rows = match &version {
                Some(version) => connection.rows(sql, &[&key, version]).await?,
                None => connection.rows(sql, &[&key]).await?,
            };
            rows.first().map(read_entry).transpose()
        })
    }
}

/// An entry as it was seen: its name and metadata, to the byte.
type Seen = Option<(String, Option<Vec<u8>>)>;

/// What a registration meets.
async fn found(connection: &Connection, registration: &Registration) -> Result<(Seen, Found)> {
    let Registration { entry, label, .. } = registration;
    let rows = connection.rows(sql::ENTRY, &[&entry.cid]).await?;
    let row = rows.first();
    let seen = row.map(|row| Ok::<_, Error>((column::<String>(row, 1)?, column::<Option<Vec<u8>>>(row, 4)?)));
    let seen = seen.transpose()?;
    let entry = row.map(read_entry).transpose()?;
    let first = |rows: Vec<Row>| rows.first().map(read_label).transpose();
    let taken = match &entry {
        Some(entry) => first(connection.rows(sql::LATEST_LABEL, &[&entry.name]).await?)?,
        None => None,
    };
    let (name, version) = (&label.name, label.version());
    let found = Found {
        entry,
        label: first(connection.rows(sql::LABEL, &[name, &version]).await?)?,
        named: connection.rows(sql::LABELS_NAMED, &[name]).await?.iter().map(read_label).collect::<Result<_>>()?,
        is_name_taken: taken.is_some(),
    };
    Ok((seen, found))
}

/// Stores it if nobody else has stored anything since; whether it did.
async fn merged(
    connection: &Connection,
    Outcome { entry, label, .. }: &Outcome,
    seen: &Seen,
    led_to: Option<String>,
    may_lead_anywhere: bool,
) -> Result<bool> {
    let Entry { cid, name, schema_ref, legacy_uuid, .. } = entry;
    let (urls, metadata) = (entry.stored_urls(), entry.stored_metadata());
    let (version, there) = (label.version(), seen.is_some());
    let (seen_name, seen_metadata) = seen.clone().unzip();
    let (seen_name, seen_metadata) = (seen_name.unwrap_or_default(), seen_metadata.flatten());
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 15] = [
        &label.name,
        &label.cid,
        &version,
        &label.description,
        cid,
        name,
        schema_ref,
        &urls,
        &metadata,
        legacy_uuid,
        &there,
        &seen_name,
        &seen_metadata,
        &led_to,
        &may_lead_anywhere,
    ];
    connection.change_if(sql::MERGE, &values).await
}

async fn put_label(connection: &Connection, label: &Label) -> Result<()> {
    let Label { name, cid, description, .. } = label;
    connection.change(sql::PUT_LABEL, &[name, cid, &label.version(), description]).await.map(drop)
}

fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

fn check(texts: &[(&'static str, &str)]) -> Result<(), PostgresError> {
    match texts.iter().find(|(_, text)| has_nul(text)) {
        Some((what, text)) => Err(PostgresError::Nul { what, text: (*text).to_owned() }),
        None => Ok(()),
    }
}

fn check_entry(entry: &Entry) -> Result<(), PostgresError> {
    let uuid = entry.legacy_uuid.as_deref().unwrap_or_default();
    check(&[("CID", &entry.cid), ("name", &entry.name), ("schema reference", &entry.schema_ref), ("UUID", uuid)])
}

fn check_label(label: &Label) -> Result<(), PostgresError> {
    let (version, description) = (label.version.as_deref(), label.description.as_deref());
    check(&[
        ("name", &label.name),
        ("CID", &label.cid),
        ("version", version.unwrap_or_default()),
        ("description", description.unwrap_or_default()),
    ])
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T> {
    Ok(row.try_get(at).map_err(PostgresError::Column)?)
}

fn read_entry(row: &Row) -> Result<Entry> {
    let (cid, name, schema_ref): (&str, &str, &str) = (column(row, 0)?, column(row, 1)?, column(row, 2)?);
    let mut entry = Entry::from_stored(cid, name, schema_ref, column(row, 3)?, column(row, 4)?)?;
    entry.legacy_uuid = column(row, 5)?;
    Ok(entry)
}

/// A label in the columns of an entry.
fn removed_label(row: &Row) -> Result<Label> {
    let label = Label::new(column::<&str>(row, 1)?, column::<&str>(row, 0)?);
    let mut label = label.with_version(column::<&str>(row, 2)?).with_description(column::<Option<String>>(row, 5)?);
    label.created_at = column(row, 7)?;
    Ok(label)
}

fn read_label(row: &Row) -> Result<Label> {
    let label = Label::new(column::<&str>(row, 0)?, column::<&str>(row, 1)?);
    let mut label = label.with_version(column::<&str>(row, 2)?).with_description(column::<Option<String>>(row, 3)?);
    label.created_at = column(row, 4)?;
    Ok(label)
}
