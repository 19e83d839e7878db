//! SQL statements. The tables are Python's, to the letter.

use crate::index::DocumentKind;

/// A statement keeps the plan that was best when it was prepared. For a table that was small then, that is to read all of
/// it, also when it has become large; lookups are to go by the indexes from the beginning. A list has no index to go by,
/// and what it seems to cost then would be taken for a reason to compile it.
pub(super) const SETTINGS: &str =
    "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('enable_seqscan', 'jit')";

/// Nothing is changed by any statement of this connection.
pub(super) const READ_ONLY: &str = "SET default_transaction_read_only = on";

macro_rules! tables {
    () => {
        "(to_regclass('dataset_entries') IS NOT NULL AND to_regclass('schemas') IS NOT NULL AND to_regclass('lenses') IS NOT \
         NULL AND to_regclass('labels') IS NOT NULL)"
    };
}

/// Whether all tables are there: making them, even if they are there, takes a permission that reading does not.
pub(super) const TABLES: &str = concat!("SELECT ", tables!());

/// Makes the tables, one after the other with all who do so. Where they are there by then they are let alone: `CREATE INDEX
/// IF NOT EXISTS` locks out who writes.
pub(super) const CREATE: &str = concat!(
    "DO $$ BEGIN PERFORM pg_advisory_xact_lock(4711, 61741); IF ",
    tables!(),
    " THEN RETURN; END IF;",
    "
CREATE TABLE IF NOT EXISTS dataset_entries (
    cid         TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    schema_ref  TEXT NOT NULL,
    data_urls   BYTEA NOT NULL,
    metadata    BYTEA,
    legacy_uuid TEXT,
    created_at  TIMESTAMPTZ DEFAULT now()
);
CREATE INDEX IF NOT EXISTS idx_entries_name ON dataset_entries(name);
CREATE TABLE IF NOT EXISTS schemas (
    name        TEXT NOT NULL,
    version     TEXT NOT NULL,
    schema_json TEXT NOT NULL,
    created_at  TIMESTAMPTZ DEFAULT now(),
    PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS lenses (
    name        TEXT NOT NULL,
    version     TEXT NOT NULL,
    lens_json   TEXT NOT NULL,
    created_at  TIMESTAMPTZ DEFAULT now(),
    PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS labels (
    name        TEXT NOT NULL,
    cid         TEXT NOT NULL,
    version     TEXT NOT NULL DEFAULT '',
    description TEXT,
    created_at  TIMESTAMPTZ DEFAULT now(),
    PRIMARY KEY (name, version)
);
CREATE INDEX IF NOT EXISTS idx_labels_cid ON labels(cid);
",
    "END $$"
);

macro_rules! entry_columns {
    () => {
        "e.cid, e.name, e.schema_ref, e.data_urls, e.metadata, e.legacy_uuid"
    };
}

macro_rules! label_columns {
    () => {
        "name, cid, version, description, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
    };
}

macro_rules! put_entry {
    ($values:literal) => {
        concat!(
            "INSERT INTO dataset_entries AS e (cid, name, schema_ref, data_urls, metadata, legacy_uuid) VALUES (",
            $values,
            ") ON CONFLICT (cid) DO UPDATE SET name = EXCLUDED.name, schema_ref = EXCLUDED.schema_ref, data_urls = \
             EXCLUDED.data_urls, metadata = EXCLUDED.metadata, legacy_uuid = EXCLUDED.legacy_uuid"
        )
    };
}

// A clock that was set back does not make an older label the latest.
macro_rules! now {
    () => {
        "GREATEST(clock_timestamp(), (SELECT max(created_at) + interval '1 microsecond' FROM labels WHERE name = $1))"
    };
}

macro_rules! put_label {
    () => {
        put_label!("")
    };
    ($from:literal) => {
        concat!(
            "INSERT INTO labels AS l (name, cid, version, description, created_at) SELECT $1, $2, $3, $4, ",
            now!(),
            $from,
            " ON CONFLICT (name, version) DO UPDATE SET cid = EXCLUDED.cid, description = EXCLUDED.description, created_at = \
             EXCLUDED.created_at"
        )
    };
}

macro_rules! latest_first {
    () => {
        " ORDER BY created_at DESC NULLS LAST, version DESC"
    };
}

pub(super) const PUT_ENTRY: &str = put_entry!("$1, $2, $3, $4, $5, $6");
pub(super) const PUT_LABEL: &str = put_label!();
pub(super) const REGISTER: &str = concat!("WITH entry AS (", put_entry!("$5, $6, $7, $8, $9, $10"), ") ", put_label!());

/// `REGISTER`, if the entry is what was seen of it (`$11` whether there was one, its name and metadata), and if the label
/// leads where it was seen to lead, or may lead anywhere. A row if all is done, none if the entry is another; where it is
/// the label, a division by zero takes back all of it.
pub(super) const MERGE: &str = concat!(
    "WITH entry AS (",
    put_entry!("$5, $6, $7, $8, $9, $10"),
    " WHERE $11 AND e.name = $12 AND e.metadata IS NOT DISTINCT FROM $13 RETURNING 1), label AS (",
    put_label!(" FROM entry"),
    " WHERE $15 OR l.cid = EXCLUDED.cid OR l.cid = $14 RETURNING 1) \
     SELECT 1 / (SELECT count(*) FROM label) WHERE EXISTS (SELECT 1 FROM entry)"
);
/// Makes a label the latest of its name, if it leads where it did.
pub(super) const TOUCH_LABEL: &str =
    concat!("UPDATE labels SET created_at = ", now!(), " WHERE name = $1 AND version = $2 AND cid = $3 RETURNING 1");

pub(super) const ENTRIES: &str = concat!("SELECT ", entry_columns!(), " FROM dataset_entries e");
/// By name, in the order of the database, for which there is an index.
pub(super) const ENTRIES_BEHIND: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM dataset_entries e WHERE (e.name, e.cid) > ($1, $2) ORDER BY e.name, e.cid LIMIT $3"
);
pub(super) const ENTRY: &str = concat!("SELECT ", entry_columns!(), " FROM dataset_entries e WHERE e.cid = $1");
pub(super) const ENTRY_BY_NAME: &str =
    concat!("SELECT ", entry_columns!(), " FROM dataset_entries e WHERE e.name = $1 LIMIT 1");
pub(super) const REMOVE_ENTRY: &str = "DELETE FROM dataset_entries WHERE cid = $1 RETURNING 1";

/// Whether a row is the one that the statement has seen: one that somebody else has changed since, who may have set a label
/// for it, is waited for, and is not looked at anew but for this.
macro_rules! as_seen {
    () => {
        "e.xmin = (SELECT s.xmin FROM dataset_entries s WHERE s.cid = e.cid)"
    };
}

pub(super) const REMOVE_UNLABELLED: &str = concat!(
    "DELETE FROM dataset_entries e WHERE e.cid = $1 AND NOT EXISTS (SELECT 1 FROM labels l WHERE l.cid = $1) AND ",
    as_seen!(),
    " RETURNING 1"
);

/// The labels that go, and of the entries those that go with them, and those that go by one of their other labels. Rows are
/// a label (0), a removed entry (1) or a renamed one (2), in the columns of an entry, and the time of a label.
macro_rules! removal {
    ($labels:literal, $entries:literal) => {
        concat!(
            "WITH gone AS (DELETE FROM labels l WHERE ",
            $labels,
            " RETURNING l.*), rest AS (SELECT l.cid, l.name, l.created_at FROM labels l WHERE NOT (",
            $labels,
            ") AND l.cid IN (SELECT e.cid FROM dataset_entries e WHERE ",
            $entries,
            ")), removed AS (DELETE FROM dataset_entries e WHERE ",
            $entries,
            " AND NOT EXISTS (SELECT 1 FROM rest r WHERE r.cid = e.cid) AND ",
            as_seen!(),
            " RETURNING e.*), renamed AS (UPDATE dataset_entries e SET name = (SELECT r.name FROM rest r WHERE r.cid = e.cid \
             ORDER BY r.created_at DESC NULLS LAST LIMIT 1) WHERE ",
            $entries,
            " AND EXISTS (SELECT 1 FROM rest r WHERE r.cid = e.cid) AND ",
            as_seen!(),
            " RETURNING e.*) SELECT e.cid, e.name, e.schema_ref, e.data_urls, e.metadata, e.legacy_uuid, 1 AS kind, NULL AS \
             set_at FROM removed e UNION ALL SELECT e.cid, e.name, e.schema_ref, e.data_urls, e.metadata, e.legacy_uuid, 2, \
             NULL FROM renamed e UNION ALL SELECT l.cid, l.name, l.version, NULL, NULL, l.description, 0, \
             to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"') FROM gone l"
        )
    };
}

pub(super) const REMOVE_NAME: &str = removal!("l.name = $1", "e.name = $1");
pub(super) const REMOVE_VERSION: &str = removal!(
    "l.name = $1 AND l.version = $2",
    "e.name = $1 AND e.cid = (SELECT g.cid FROM labels g WHERE g.name = $1 AND g.version = $2) AND NOT EXISTS (SELECT 1 \
     FROM labels o WHERE o.cid = e.cid AND o.name = $1 AND o.version <> $2)"
);
pub(super) const REMOVE_ALL_OF: &str = removal!("l.cid = $1", "e.cid = $1");

pub(super) const LABELS: &str = concat!("SELECT ", label_columns!(), " FROM labels");
/// The database lets no label in that cannot be read.
pub(super) const LABEL_COUNT: &str = "SELECT count(*) FROM labels";
pub(super) const LABEL: &str = concat!("SELECT ", label_columns!(), " FROM labels WHERE name = $1 AND version = $2");
pub(super) const LABELS_OF: &str = concat!("SELECT ", label_columns!(), " FROM labels WHERE cid = $1");
/// All labels of a name, the latest first.
pub(super) const LABELS_NAMED: &str =
    concat!("SELECT ", label_columns!(), " FROM labels WHERE name = $1", latest_first!());
pub(super) const NAMES: &str = "SELECT name FROM labels UNION SELECT name FROM dataset_entries LIMIT $1";
pub(super) const LATEST_LABEL: &str =
    concat!("SELECT ", label_columns!(), " FROM labels WHERE name = $1", latest_first!(), " LIMIT 1");
pub(super) const REMOVE_LABEL: &str = "DELETE FROM labels WHERE name = $1 AND version = $2 RETURNING 1";

pub(super) const RESOLVE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM labels l JOIN dataset_entries e ON e.cid = l.cid WHERE l.name = $1 AND l.version = $2"
);
pub(super) const RESOLVE_LATEST: &str = concat!(
    "(SELECT ",
    entry_columns!(),
    ", 0 AS rank FROM (SELECT cid FROM labels WHERE name = $1",
    latest_first!(),
    " LIMIT 1) l JOIN dataset_entries e ON e.cid = l.cid) UNION ALL (SELECT ",
    entry_columns!(),
    ", 1 AS rank FROM dataset_entries e WHERE e.name = $1 LIMIT 1) ORDER BY rank LIMIT 1"
);

/// The statements of a kind of documents.
pub(super) struct Documents {
    pub(super) add: &'static str,
    pub(super) get: &'static str,
    /// In place of the record `$4`.
    pub(super) replace: &'static str,
    pub(super) list: &'static str,
}

macro_rules! documents {
    ($table:literal, $column:literal) => {
        Documents {
            add: concat!(
                "INSERT INTO ",
                $table,
                " (name, version, ",
                $column,
                ") VALUES ($1, $2, $3) ON CONFLICT (name, version) DO NOTHING RETURNING 1"
            ),
            get: concat!("SELECT ", $column, " FROM ", $table, " WHERE name = $1 AND version = $2"),
            replace: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $3 WHERE name = $1 AND version = $2 AND ",
                $column,
                " = $4 RETURNING 1"
            ),
            list: concat!("SELECT name, version, ", $column, " FROM ", $table),
        }
    };
}

pub(super) fn of(kind: DocumentKind) -> &'static Documents {
    match kind {
        DocumentKind::Schema => &documents!("schemas", "schema_json"),
        DocumentKind::Lens => &documents!("lenses", "lens_json"),
    }
}
