//! PostgreSQL: Python's tables, and a plain client beside us.

use atdata::index::{Document, DocumentKind, Label, Postgres, Provider};
use atdata::{DictSample, ErrorKind, Packable};
use atdata_tests::sql::{execute, query};

use super::{entry, labelled, postgres, postgres_schema};

/// What Python's `PostgresProvider` makes, taken from its source.
const OF_PYTHON: &str = "
CREATE TABLE IF NOT EXISTS dataset_entries (cid TEXT PRIMARY KEY, name TEXT NOT NULL, schema_ref TEXT NOT NULL,
    data_urls BYTEA NOT NULL, metadata BYTEA, legacy_uuid TEXT, created_at TIMESTAMPTZ DEFAULT now());
CREATE INDEX IF NOT EXISTS idx_entries_name ON dataset_entries(name);
CREATE TABLE IF NOT EXISTS schemas (name TEXT NOT NULL, version TEXT NOT NULL, schema_json TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS lenses (name TEXT NOT NULL, version TEXT NOT NULL, lens_json TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS labels (name TEXT NOT NULL, cid TEXT NOT NULL, version TEXT NOT NULL DEFAULT '',
    description TEXT, created_at TIMESTAMPTZ DEFAULT now(), PRIMARY KEY (name, version));
CREATE INDEX IF NOT EXISTS idx_labels_cid ON labels(cid);
";

const COLUMNS: &str = "SELECT table_name, column_name, data_type, is_nullable, column_default FROM \
     information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";
const INDEXES: &str = "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = \
     current_schema() ORDER BY indexname";

#[test]
fn the_tables_are_those_of_python() {
    let (ours, theirs) = (postgres_schema(), postgres_schema());
    Postgres::connect(&ours).unwrap();
    execute(&theirs, OF_PYTHON);
    for what in [COLUMNS, INDEXES] {
        assert_eq!(query(&ours, what), query(&theirs, what));
    }
    assert_eq!(query(&ours, COLUMNS).len(), 20);
    // They are not made again.
    Postgres::connect(&theirs).unwrap();
}

#[test]
fn rows_are_stored_as_python_stores_them() {
    let url = postgres_schema();
    let provider = Postgres::connect(&url).unwrap();
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    let stored = entry("a", 1).with_metadata(metadata.clone());
    provider.register(&stored, &labelled(&stored).with_version("1.0.0").with_description("why".to_owned())).unwrap();
    provider.put_label(&labelled(&stored)).unwrap();
    provider.add_document(DocumentKind::Schema, &Document::new("Sample", "1.0.0", "{schema}")).unwrap();
    provider.add_document(DocumentKind::Lens, &Document::new("lens", "1.0.0", "{lens}")).unwrap();
    let row = |values: &[Option<&str>]| values.iter().map(|value| value.map(str::to_owned)).collect::<Vec<_>>();
    let hex = atdata_tests::hex(&metadata.pack());
    let rows = query(
        &url,
        "SELECT cid, name, schema_ref, encode(data_urls, 'hex'), encode(metadata, 'hex'), legacy_uuid FROM dataset_entries",
    );
    let urls = format!("91b0{}", atdata_tests::hex(b"/data/000001.tar"));
    let reference = Some("atdata://local/schema/Sample@1.0.0");
    assert_eq!(rows, [row(&[Some(&stored.cid), Some("a"), reference, Some(&urls), Some(&hex), None])]);
    let rows = query(&url, "SELECT name, cid, version, description FROM labels ORDER BY version");
    let cid = Some(&*stored.cid);
    assert_eq!(rows, [row(&[Some("a"), cid, Some(""), None]), row(&[Some("a"), cid, Some("1.0.0"), Some("why")])]);
    let rows =
        query(&url, "SELECT name, version, schema_json FROM schemas UNION SELECT name, version, lens_json FROM lenses");
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_label_that_python_set_is_dated_by_its_first_time_and_one_of_ours_by_its_last() {
    let url = postgres_schema();
    let provider = Postgres::connect(&url).unwrap();
    let latest = || provider.label("a", None).unwrap().unwrap().cid;
    let set = |version: &str, cid: &str| {
        let values = format!("('a', '{cid}', '{version}', NULL)");
        let set = format!(
            "INSERT INTO labels (name, cid, version, description) VALUES {values} ON CONFLICT (name, version) \
                           DO UPDATE SET cid = EXCLUDED.cid, description = EXCLUDED.description"
        );
        execute(&url, &set);
    };
    set("1.0.0", "c1");
    set("2.0.0", "c2");
    set("1.0.0", "c3");
    assert_eq!(latest(), "c2");
    provider.put_label(&Label::new("a", "c4").with_version("1.0.0")).unwrap();
    assert_eq!(latest(), "c4");
    // A clock that was wrong is no reason to lose sight of what was set last.
    execute(&url, "UPDATE labels SET created_at = now() + interval '1 year' WHERE version = '2.0.0'");
    provider.put_label(&Label::new("a", "c5").with_version("3.0.0")).unwrap();
    assert_eq!(latest(), "c5");
    execute(&url, "UPDATE labels SET created_at = NULL WHERE version = '3.0.0'");
    assert_eq!(latest(), "c2");
    assert_eq!(provider.label("a", Some("3.0.0")).unwrap().unwrap().created_at, None);
}

#[test]
fn a_statement_that_fails_does_not_spoil_those_after_it() {
    let url = postgres_schema();
    let provider = Postgres::connect(&url).unwrap();
    // Which compresses to nothing that the database would put into an index.
    let long: String = (0..20_000_u32).map(|at| char::from(b'a' + u8::try_from(at * at % 26).unwrap())).collect();
    let noise: Vec<u8> = (0..3_000_u64).flat_map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect();
    let error = provider.put_entry(&entry(&(long + &atdata_tests::hex(&noise)), 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    for name in ["nul\0", "\0"] {
        let error = provider.put_label(&Label::new(name, "c")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("NUL"), "{error}");
        assert_eq!(provider.resolve(name, None).unwrap(), None);
    }
    provider.put_entry(&entry("a", 1)).unwrap();
    assert_eq!(provider.entries().unwrap(), [entry("a", 1)]);
    execute(&url, "ALTER TABLE labels RENAME TO gone");
    assert_eq!(provider.labels().unwrap_err().kind(), ErrorKind::Io);
    execute(&url, "ALTER TABLE gone RENAME TO labels");
    assert_eq!(provider.labels().unwrap(), []);
}

#[test]
fn many_may_make_the_tables_at_once() {
    for _ in 0..5 {
        let url = postgres_schema();
        std::thread::scope(|scope| {
            let open = || Postgres::connect(&url).unwrap().put_entry(&entry("a", 1)).unwrap();
            let ours: Vec<_> = (0..6).map(|_| scope.spawn(open)).collect();
            // Without a lock, and without the patience to try again.
            let theirs = scope.spawn(|| std::panic::catch_unwind(|| execute(&url, OF_PYTHON)).is_ok());
            for thread in ours {
                thread.join().unwrap();
            }
            theirs.join().unwrap();
        });
    }
}

/// Python makes its tables whenever it connects, even if they are there, and locks out who writes.
#[test]
fn who_writes_gets_along_with_those_who_connect() {
    let url = postgres_schema();
    let write = |thread: usize| {
        let provider = Postgres::connect(&url).unwrap();
        for number in thread * 200..(thread + 1) * 200 {
            let entry = entry(&format!("dataset {number}"), number);
            provider.register(&entry, &labelled(&entry)).unwrap();
        }
    };
    std::thread::scope(|scope| {
        let write = &write;
        let writers: Vec<_> = (0..3).map(|thread| scope.spawn(move || write(thread))).collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            // Which the database may choose as the one to give up.
            std::panic::catch_unwind(|| execute(&url, OF_PYTHON)).ok();
            Postgres::connect(&url).unwrap();
        }
    });
    assert_eq!(Postgres::connect(&url).unwrap().entries().unwrap().len(), 600);
}

#[test]
fn who_may_only_read_can_open_an_index_and_read_it() {
    let (schema, url) = postgres().schema();
    let admin = postgres().database();
    execute(&admin, &format!("CREATE SCHEMA {schema}"));
    let stored = entry("a", 1);
    Postgres::connect(&url).unwrap().register(&stored, &labelled(&stored)).unwrap();
    execute(
        &admin,
        &format!(
            "CREATE ROLE reader_{schema} LOGIN PASSWORD 'read'; GRANT USAGE ON SCHEMA {schema} TO reader_{schema}; GRANT \
             SELECT ON ALL TABLES IN SCHEMA {schema} TO reader_{schema}"
        ),
    );
    let reader = url.replace("test:secret@", &format!("reader_{schema}:read@"));
    let provider = Postgres::connect(&reader).unwrap();
    assert_eq!(provider.resolve("a", None).unwrap().as_ref(), Some(&stored));
    let error = provider.put_entry(&stored).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error:?}");
    assert_eq!(provider.entries().unwrap(), [stored]);
    // Where there is nothing yet, making it is refused.
    let (empty, url) = postgres().schema();
    execute(&admin, &format!("CREATE SCHEMA {empty}; GRANT USAGE ON SCHEMA {empty} TO reader_{schema}"));
    let error = Postgres::connect(&url.replace("test:secret@", &format!("reader_{schema}:read@"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error:?}");
}

#[test]
fn a_transaction_that_python_leaves_open_after_reading_is_in_nobodys_way() {
    let url = postgres_schema();
    let provider = Postgres::connect(&url).unwrap();
    provider.put_entry(&entry("a", 1)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _open = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("BEGIN; SELECT * FROM dataset_entries; SELECT * FROM labels").await.unwrap();
        client
    });
    provider.register(&entry("b", 2), &labelled(&entry("b", 2))).unwrap();
    Postgres::connect(&url).unwrap().remove_entry(&entry("a", 1).cid).unwrap();
    assert_eq!(provider.entries().unwrap(), [entry("b", 2)]);
}

#[test]
fn lookups_go_by_the_indexes_however_small_the_tables_were_at_first() {
    let url = postgres_schema();
    let provider = Postgres::connect(&url).unwrap();
    let look_up = || {
        // After five times the plan of a statement is the last one.
        for _ in 0..10 {
            assert!(provider.entry_by_name("dataset 3").unwrap().is_some());
            assert!(provider.resolve("dataset 3", None).unwrap().is_some());
            assert!(provider.label("dataset 3", None).unwrap().is_some());
        }
    };
    let store = |range: std::ops::Range<usize>| {
        for number in range {
            let entry = entry(&format!("dataset {number}"), number);
            provider.register(&entry, &labelled(&entry)).unwrap();
        }
    };
    store(0..5);
    look_up();
    store(5..300);
    look_up();
    drop(provider);
    // What a connection has counted is told when it ends, if not before.
    let scans = "SELECT sum(seq_tup_read), sum(idx_scan) FROM pg_stat_user_tables WHERE schemaname = current_schema() AND \
                 relname IN ('dataset_entries', 'labels')";
    let mut counted = Vec::new();
    for _ in 0..100 {
        counted = query(&url, scans).remove(0).into_iter().map(|sum| sum.unwrap().parse::<u64>().unwrap()).collect();
        if counted[1] > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(counted[0] == 0 && counted[1] > 0, "rows read one after the other, and uses of indexes: {counted:?}");
}
