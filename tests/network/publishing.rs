//! Publications: limits that hold before anything is sent, what is not read, and entries that are taken into an index.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use atdata::atmosphere::record::{Checksum, EntryRecord, HttpShard, Storage};
use atdata::atmosphere::{Atmosphere, PublishOptions};
use atdata::index::{Index, IndexBuilder, InsertOptions, Sqlite};
use atdata::source::Schemes;
use atdata::store::LocalStore;
use atdata::{Dataset, ErrorKind, LoadOptions, Packable, ShardWriter};
use atdata_tests::services::{Http, Pds};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Caption {
    text: String,
    stars: i64,
}

const ENTRY: &str = "science.alt.dataset.entry";

fn network() -> &'static Pds {
    static PDS: OnceLock<Pds> = OnceLock::new();
    PDS.get_or_init(Pds::start)
}

/// A client that is logged in to a new account.
fn author(name: &str) -> Atmosphere {
    let account = network().account(name);
    let builder = Atmosphere::builder().pds(network().url()).plc(network().plc());
    builder.login(&account.handle, &account.app_password).unwrap()
}

fn captions(count: i64) -> Vec<Caption> {
    (0..count).map(|i| Caption { text: format!("caption {i} {}", "x".repeat(2000)), stars: i % 5 }).collect()
}

fn write(folder: &Path) -> Dataset<Caption> {
    let mut writer = ShardWriter::builder(folder.join("captions-%06d.tar")).max_count(100).build().unwrap();
    for caption in &captions(400) {
        writer.write(caption).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

/// A client that is not even logged in: what is too large is found before anybody is asked.
#[test]
fn what_is_too_large_is_found_before_all_of_it_is_written_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let (dataset, nobody) = (write(folder.path()), Atmosphere::anonymous().unwrap());
    let mapped = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&mapped);
    let changed = dataset.map(move |caption| {
        counted.fetch_add(1, Ordering::Relaxed);
        caption
    });
    let options = PublishOptions::new().max_total(100_000);
    let error = nobody.publish_dataset("changed", &changed, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`PublishOptions::max_total`"), "{error}");
    let mapped = mapped.load(Ordering::Relaxed);
    assert!(mapped < 60, "{mapped} samples were made for a copy of some 30");

    // Shards of a server that are to become blobs count as well.
    let server = Http::start(folder.path());
    let remote = Dataset::<Caption>::open(server.url("captions-{000000..000003}.tar")).unwrap();
    let error = nobody.publish_dataset("remote", &remote, &options.blobs()).unwrap_err();
    assert!(error.to_string().contains("a dataset in blobs may have 100000"), "{error}");
}

#[test]
fn shards_whose_digest_nobody_needs_are_not_read() {
    let client = author("unread");
    let dataset = Dataset::<Caption>::open("https://example.invalid/train-{000000..000999}.tar").unwrap();
    let options = PublishOptions::new().unknown_checksums(true);
    let published = client.publish_dataset("large", &dataset, &options).unwrap();
    let Storage::Http(shards) = &published.record.storage else { panic!("{:?}", published.record.storage) };
    assert_eq!(shards.len(), 1000);
    assert!(shards.iter().all(|shard| shard.checksum == Checksum::unknown()), "{:?}", shards[0]);
    // Without it they are.
    let few = Dataset::<Caption>::open("https://example.invalid/train-000000.tar").unwrap();
    assert!(client.publish_dataset("few", &few, &PublishOptions::new()).is_err());
}

/// The digests of shards that stay where they are, each with its own, though several are read at once.
#[test]
fn digests_of_shards_at_a_server_are_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path());
    let server = Http::start(folder.path());
    let client = author("digests");
    let remote = Dataset::<Caption>::open(server.url("captions-{000000..000003}.tar")).unwrap();
    let published = client.publish_dataset("remote", &remote, &PublishOptions::new()).unwrap();
    let Storage::Http(shards) = &published.record.storage else { panic!("{:?}", published.record.storage) };
    for (shard, file) in shards.iter().zip(dataset.shards()) {
        let bytes = std::fs::read(file.path().unwrap()).unwrap();
        assert_eq!(shard.checksum, Checksum::sha256(atdata_tests::encoding::sha256(&bytes)), "{}", shard.url);
    }
}

/// What a stranger has published is read as that also when an index of one's own has it: by whoever opens the database.
#[test]
fn an_entry_of_the_network_stays_one_in_an_index_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let client = author("stranger");
    let shard = HttpShard::new(server.url("captions-000000.tar"), Checksum::unknown());
    let schema = client.publish_schema::<Caption>().unwrap().uri.to_string();
    let record = EntryRecord::new("theirs", schema, Storage::Http(vec![shard])).to_json();
    let uri = client.create_record(ENTRY, &record).unwrap().uri.to_string();

    let allowed = Schemes::of_records().with_http().with_private_hosts();
    let reader = Atmosphere::builder().pds(network().url()).plc(network().plc()).anonymous().unwrap();
    let builder = || -> IndexBuilder {
        Index::builder().provider(Sqlite::open(folder.path().join("index.db")).unwrap()).atmosphere(&reader)
    };
    let trusting = builder().schemes(allowed).build().unwrap();
    let added = trusting.add(trusting.get(&uri).unwrap()).unwrap();
    assert_eq!(trusting.open_entry::<Caption>(&added).unwrap().len().unwrap(), 100);
    assert_eq!(trusting.dataset::<Caption>("theirs").unwrap().len().unwrap(), 100);

    let careful = builder().build().unwrap();
    let stored = careful.get("theirs").unwrap();
    assert_eq!(stored.metadata.as_ref().unwrap().get("origin").and_then(|value| value.as_str()), Some("network"));
    for entry in [stored, careful.entries().unwrap().remove(0), careful.entry(&added.cid).unwrap(), added] {
        let error = careful.open_entry::<Caption>(&entry).and_then(|dataset| dataset.head(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    // Registered by its shards, where they are, it is the same.
    let shard = HttpShard::new("https://example.invalid/a.tar", Checksum::unknown());
    let schema = client.publish_schema::<Caption>().unwrap().uri.to_string();
    let record = EntryRecord::new("public", schema, Storage::Http(vec![shard])).to_json();
    let uri = client.create_record(ENTRY, &record).unwrap().uri.to_string();
    let loader = LoadOptions::new().atmosphere(&reader).schemes(Schemes::of_records());
    let inserted = careful.insert("inserted", &loader.load_all::<Caption>(&uri).unwrap()).unwrap();
    assert_eq!(inserted.metadata.unwrap().get("origin").and_then(|value| value.as_str()), Some("network"));
    // One's own of the same place is one's own.
    let own = builder().store(LocalStore::new(folder.path().join("data"))).build().unwrap();
    let dataset = Dataset::<Caption>::open(server.url("captions-000001.tar")).unwrap();
    own.insert("own", &dataset).unwrap();
    assert_eq!(careful.dataset::<Caption>("own").unwrap().len().unwrap(), 100);
    // What it is said to be is not said of it where it is published again.
    let options = PublishOptions::new().in_place().unknown_checksums(true);
    let again = client.promote(&trusting, &trusting.get("theirs").unwrap(), &options).unwrap();
    assert!(again.record.metadata.is_none(), "{:?}", again.record.metadata);
}

#[test]
fn what_a_publication_does_not_do_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path());
    let index = Index::builder().provider(Sqlite::in_memory().unwrap()).build().unwrap();
    let refused = |options: &InsertOptions, part: &str| {
        let error = index.insert_with("@alice.test/x", &dataset, options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    refused(&InsertOptions::new().store(LocalStore::new(folder.path())), "take no store");
    refused(&InsertOptions::new().prefix("x"), "take no prefix");
    refused(&InsertOptions::new().max_count(10), "take no limit of samples");
    refused(&InsertOptions::new().without_metadata(["license"]), "metadata to be left out");
}
