//! Indexes that are opened for reading: nothing is made, and nothing written.

use std::collections::HashSet;

use atdata::index::{Document, DocumentKind, Index, Label, Postgres, Provider, Redis, Registration, redis as client};
use atdata::{Error, ErrorKind};

use super::{entry, labelled, postgres_schema, redis};

/// What each call that writes says of it.
fn refusals(provider: &dyn Provider) -> Vec<Error> {
    let (entry, other) = (entry("a", 1), entry("b", 2));
    let document = Document::new("Sample", "9.0.0", "{}");
    [
        provider.put_entry(&other),
        provider.remove_entry(&entry.cid).map(drop),
        provider.remove_unlabelled(&entry.cid).map(drop),
        provider.remove_name("a").map(drop),
        provider.remove_all_of(&entry.cid).map(drop),
        provider.put_label(&Label::new("b", &entry.cid)),
        provider.remove_label("a", None).map(drop),
        provider.register(&other, &labelled(&other)),
        provider.merge(&Registration::new(other.clone(), labelled(&other))).map(drop),
        provider.add_document(DocumentKind::Schema, &document).map(drop),
    ]
    .into_iter()
    .map(Result::unwrap_err)
    .collect()
}

#[track_caller]
fn assert_reads_alone(provider: &dyn Provider) {
    let stored = entry("a", 1);
    assert_eq!(provider.resolve("a", None).unwrap().as_ref(), Some(&stored));
    assert_eq!(provider.entry_by_name("a").unwrap().as_ref(), Some(&stored));
    assert_eq!(provider.resolve("nothing", None).unwrap(), None);
    assert_eq!((provider.entries().unwrap(), provider.labels().unwrap().len()), (vec![stored], 1));
    for error in refusals(provider) {
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
        assert!(error.to_string().contains("opened for reading"), "{error}");
    }
}

#[test]
fn nothing_is_written_to_redis() {
    let url = redis().database();
    let mut connection = client::Client::open(&*url).unwrap().get_connection().unwrap();
    let mut keys = || {
        let keys: Vec<String> = client::cmd("KEYS").arg("*").query(&mut connection).unwrap();
        keys.into_iter().collect::<HashSet<_>>()
    };
    // An empty database is an empty index.
    let index = Index::builder().read_only().provider_at(&url).unwrap().build().unwrap();
    assert_eq!(index.entries().unwrap(), []);
    assert_eq!(keys(), HashSet::new());

    // As Python writes them, without our own keys.
    let stored = entry("a", 1);
    let fields = [("name", stored.name.as_bytes().to_vec()), ("schema_ref", stored.schema_ref.as_bytes().to_vec())];
    let fields = fields.into_iter().chain([("data_urls", stored.stored_urls())]).collect::<Vec<_>>();
    let mut plain = client::Client::open(&*url).unwrap().get_connection().unwrap();
    let set = |key: String| {
        let mut command = client::cmd("HSET");
        command.arg(key);
        command
    };
    let mut put = set(format!("LocalDatasetEntry:{}", stored.cid));
    for (name, value) in &fields {
        put.arg(*name).arg(value.as_slice());
    }
    let () = put.query(&mut plain).unwrap();
    let mut put = set("Label:a@".to_owned());
    put.arg("cid").arg(&stored.cid).arg("name").arg("a").arg("version").arg("");
    let () = put.query(&mut plain).unwrap();
    let before = keys();
    assert_eq!(before.len(), 2);
    assert_reads_alone(&Redis::connect_read_only(&url).unwrap());
    assert_eq!(keys(), before);
    // Who may write fills our keys, which are read.
    assert_eq!(Redis::connect(&url).unwrap().resolve("a", None).unwrap(), Some(stored));
    let filled = keys();
    assert!(filled.len() > before.len());
    assert_reads_alone(&Redis::connect_read_only(&url).unwrap());
    assert_eq!(keys(), filled);
}

#[test]
fn no_tables_are_made_in_postgres_and_nothing_written() {
    let url = postgres_schema();
    let error = Index::builder().read_only().provider_at(&url).unwrap().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("there is no index here"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    // Still none.
    assert_eq!(Postgres::connect_read_only(&url).unwrap_err().kind(), ErrorKind::NotFound);

    let stored = entry("a", 1);
    Postgres::connect(&url).unwrap().register(&stored, &labelled(&stored)).unwrap();
    assert_reads_alone(&Postgres::connect_read_only(&url).unwrap());
    assert_eq!(Postgres::connect(&url).unwrap().entries().unwrap(), [stored]);
}

#[test]
fn an_index_is_made_of_a_client_that_is_there() {
    let url = redis().database();
    let of_client = || Redis::of_client(client::Client::open(&*url).unwrap()).unwrap();
    let index = Index::builder().provider(of_client()).build().unwrap();
    index.add(entry("a", 1)).unwrap();
    assert_eq!(Redis::connect(&url).unwrap().entries().unwrap(), [entry("a", 1)]);
    assert_eq!(of_client().url(), Redis::connect(&url).unwrap().url());
    assert!(of_client().is_local());

    let server = atdata_tests::services::Redis::with_password();
    let provider = Redis::of_client(client::Client::open(server.url()).unwrap()).unwrap();
    assert!(!provider.url().contains("secret") && !format!("{provider:?}").contains("secret"), "{provider:?}");
    let wrong = client::Client::open(server.url().replace("secret", "wrong-word")).unwrap();
    let error = Redis::of_client(wrong).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
}
