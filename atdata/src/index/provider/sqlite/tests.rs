#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
use super::*;

/// The file as another program sees it.
fn rows(path: &Path, sql: &str) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_layout_is_pythons() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let index = Sqlite::open(&path).unwrap();
    let entry = Entry::new("a", "atdata://local/schema/MySample@1.0.0", ["/data/a-000000.tar"]).unwrap();
    index.register(&entry, &Label::new("a", &entry.cid)).unwrap();
    assert_eq!(rows(&path, "PRAGMA journal_mode"), ["wal"]);
    let hex = rows(&path, "SELECT hex(data_urls) FROM dataset_entries WHERE metadata IS NULL");
    assert_eq!(hex, ["91B22F646174612F612D3030303030302E746172"]);
    let label = "SELECT '[' || version || ']' || ifnull(description, 'none') || length(created_at) FROM labels";
    assert_eq!(rows(&path, label), ["[]none19"]);
    let tables = rows(&path, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name");
    assert_eq!(tables, ["dataset_entries", "idx_entries_name", "idx_labels_cid", "labels", "lenses", "schemas"]);
}

#[test]
fn an_index_of_0_3_0_gets_the_tables_that_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let old = "CREATE TABLE dataset_entries (cid TEXT PRIMARY KEY, name TEXT NOT NULL, schema_ref TEXT NOT NULL,
                 data_urls BLOB NOT NULL, metadata BLOB, legacy_uuid TEXT, created_at TEXT DEFAULT (datetime('now')));
               CREATE TABLE schemas (name TEXT NOT NULL, version TEXT NOT NULL, schema_json TEXT NOT NULL,
                 created_at TEXT DEFAULT (datetime('now')), PRIMARY KEY (name, version));
               INSERT INTO dataset_entries (cid, name, schema_ref, data_urls) VALUES ('c', 'n', 'r', x'90');";
    Connection::open(&path).unwrap().execute_batch(old).unwrap();
    let index = Sqlite::open(&path).unwrap();
    assert_eq!(index.entries().unwrap().len(), 1);
    assert_eq!(index.labels().unwrap(), []);
}

#[test]
fn the_latest_label_is_the_one_set_last_within_a_second_too() {
    let index = Sqlite::in_memory().unwrap();
    for (version, cid) in [("1", "c1"), ("2", "c2"), ("1", "c3")] {
        index.put_label(&Label::new("a", cid).with_version(version)).unwrap();
    }
    let latest = index.label("a", None).unwrap().unwrap();
    assert_eq!((latest.cid.as_str(), latest.version.as_deref()), ("c3", Some("1")));
    assert!(latest.created_at.unwrap().ends_with("+00:00"));
}

#[test]
fn damaged_rows_are_errors_that_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let index = Sqlite::open(&path).unwrap();
    let insert = "INSERT INTO dataset_entries (cid, name, schema_ref, data_urls, metadata) VALUES ";
    for (values, column) in [
        ("('c', 'n', 'r', x'92a161', NULL)", "data_urls"),
        ("('c', 'n', 'r', x'9101', NULL)", "data_urls"),
        ("('c', 'n', 'r', x'dd7fffffff', NULL)", "data_urls"),
        ("('c', 'n', 'r', x'90', x'91')", "metadata"),
    ] {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(&format!("DELETE FROM dataset_entries; {insert} {values}")).unwrap();
        let error = index.entry("c").unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Corrupt, "{values}");
        assert!(error.to_string().contains(&format!("entry c: its {column} cannot be read")), "{error}");
    }
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE dataset_entries (x)").unwrap();
    let error = Sqlite::open(&other).unwrap_err();
    assert!(error.to_string().contains("its tables are not those of atdata"), "{error:?}");
}

#[test]
fn a_locked_index_is_waited_for_within_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let index = Sqlite::open(&path).unwrap();
    index.connection().busy_timeout(Duration::from_millis(50)).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = index.put_label(&Label::new("a", "c")).unwrap_err();
    assert_eq!(error.kind(), crate::error::ErrorKind::Interrupted);
    assert!(error.is_retryable() && error.to_string().contains("another process kept it locked"), "{error}");

    index.connection().busy_timeout(BUSY).unwrap();
    let waiting = std::thread::spawn(move || index.put_label(&Label::new("a", "c")));
    std::thread::sleep(Duration::from_millis(50));
    other.execute_batch("COMMIT").unwrap();
    waiting.join().unwrap().unwrap();
}

/// A clock that was set back: what was set last is the latest all the same, and dates do not go on.
#[test]
fn the_latest_label_does_not_depend_on_the_clock() {
    let provider = Sqlite::in_memory().unwrap();
    provider.put_label(&Label::new("c", "old").with_version("1.0.0")).unwrap();
    provider.connection().execute("UPDATE labels SET created_at = '2999-01-01 00:00:00'", []).unwrap();
    provider.put_label(&Label::new("c", "new").with_version("2.0.0")).unwrap();
    provider.put_label(&Label::new("d", "other")).unwrap();
    let latest = provider.label("c", None).unwrap().unwrap();
    assert_eq!((latest.cid.as_str(), latest.created_at.as_deref()), ("new", Some("2999-01-01T00:00:00+00:00")));
    let other = provider.label("d", None).unwrap().unwrap().created_at.unwrap();
    assert!(other.starts_with("20"), "{other}");
}
