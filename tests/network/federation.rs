//! Datasets that one account publishes and others find, on a real PDS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use atdata::atmosphere::record::{
    AtUri, Checksum, CodeReference, EntryRecord, HttpShard, LabelRecord, LensVerification, PublishedLens, Storage,
};
use atdata::atmosphere::{Atmosphere, PublishOptions, Swap};
use atdata::index::{Entry, Index, InsertOptions, ShardStatus, Sqlite};
use atdata::schema::{OwnedField, OwnedFieldType, OwnedSchema, SchemaRecord};
use atdata::source::S3Config;
use atdata::store::{LocalStore, S3Store};
use atdata::{Dataset, DictSample, Error, ErrorKind, LoadOptions, Packable, ShardWriter, Value};
use atdata_tests::services::{ACCESS_KEY, Account, BUCKET, Http, Pds, SECRET_KEY, TestS3};
use serde_json::json;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Caption {
    text: String,
    stars: i64,
}

/// Another type with a field of that name.
#[derive(Packable, Debug)]
struct Other {
    text: i64,
}

const ENTRY: &str = "science.alt.dataset.entry";

fn network() -> &'static Pds {
    static PDS: OnceLock<Pds> = OnceLock::new();
    PDS.get_or_init(Pds::start)
}

/// A new account, and a client that is logged in to it.
fn account() -> (Account, Atmosphere) {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let account = network().account(&format!("author-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    let builder = Atmosphere::builder().pds(network().url()).plc(network().plc());
    let client = builder.login(&account.handle, &account.app_password).unwrap();
    (account, client)
}

fn reader() -> Atmosphere {
    Atmosphere::builder().pds(network().url()).plc(network().plc()).anonymous().unwrap()
}

fn captions(count: i64) -> Vec<Caption> {
    (0..count).map(|i| Caption { text: format!("caption {i}"), stars: i % 5 }).collect()
}

fn dataset(folder: &Path) -> Dataset<Caption> {
    let mut writer = ShardWriter::builder(folder.join("captions-%06d.tar")).max_count(4).build().unwrap();
    for caption in &captions(10) {
        writer.write(caption).unwrap();
    }
    writer.finish().unwrap().open().unwrap()
}

fn read(dataset: &Dataset<Caption>) -> Vec<Caption> {
    dataset.iter().map(Result::unwrap).collect()
}

fn bare_index(folder: &Path, network: &Atmosphere) -> Index {
    let provider = Sqlite::open(folder.join("index.db")).unwrap();
    let store = LocalStore::new(folder.join("data"));
    Index::builder().provider(provider).store(store).atmosphere(network).build().unwrap()
}

#[test]
fn a_dataset_that_one_account_publishes_is_loaded_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let (author, client) = account();
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let options = PublishOptions::new()
        .version("1.0.0")
        .description("captions of photographs")
        .tags(["text"])
        .license("MIT")
        .metadata([("split", "train"), ("model", "bert")])
        .progress(move |bytes| {
            counted.fetch_add(bytes, Ordering::Relaxed);
        });
    let dataset = dataset(folder.path());
    let published = client.publish_dataset("captions", &dataset, &options).unwrap();
    let size: u64 = dataset.shards().iter().map(|s| std::fs::metadata(s.path().unwrap()).unwrap().len()).sum();
    assert_eq!(sent.load(Ordering::Relaxed), size);

    let (_, other) = account();
    for network in [other, reader()] {
        let by_handle = format!("@{}/captions", author.handle);
        let by_version = format!("@{}/captions@1.0.0", author.did);
        for reference in [published.uri.to_string(), by_handle, by_version] {
            assert_eq!(network.entry(&reference).unwrap(), published, "{reference}");
            assert_eq!(read(&network.dataset(&reference).unwrap()), captions(10), "{reference}");
            assert_eq!(network.dataset::<DictSample>(&reference).unwrap().len().unwrap(), 10);
        }
        let missing = network.entry(&format!("@{}/captions@2.0.0", author.handle)).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(missing.to_string().ends_with("; there is \"1.0.0\""), "{missing}");
        let missing = network.entry(&format!("@{}/capt", author.handle)).unwrap_err();
        assert!(missing.to_string().ends_with("; there is \"captions\""), "{missing}");
    }
    // The record as the PDS keeps it.
    let stored = reader().get_record(&published.uri).unwrap();
    assert_eq!(stored.cid, published.cid);
    let record = &stored.value;
    assert_eq!(record["storage"]["$type"], "science.alt.dataset.storageBlobs");
    assert_eq!(record["metadata"], json!({"split": "train", "custom": {"model": "bert"}}));
    assert_eq!((&record["tags"], &record["license"]), (&json!(["text"]), &json!("MIT")));
    for (shard, blob) in dataset.shards().iter().zip(record["storage"]["blobs"].as_array().unwrap()) {
        let bytes = std::fs::read(shard.path().unwrap()).unwrap();
        assert_eq!(blob["checksum"], json!({"algorithm": "sha256", "digest": atdata_tests::encoding::sha256(&bytes)}));
        assert_eq!(
            (&blob["blob"]["mimeType"], &blob["blob"]["size"]),
            (&json!("application/x-tar"), &json!(bytes.len()))
        );
    }
    // Its schema, read back from the server that sorts its properties, is the type.
    let schema = reader().schema(&published.record.schema_ref).unwrap();
    assert_eq!(schema.record.schema, OwnedSchema::from(&Caption::SCHEMA.clone()));
    assert_eq!(reader().schema(&format!("@{}/Caption@1.0.0", author.handle)).unwrap(), schema);
    assert_eq!(reader().schema(&format!("atdata://{}/schema/Caption", author.handle)).unwrap(), schema, "the latest");
}

#[test]
fn what_is_published_already_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let (author, client) = account();
    let dataset = dataset(folder.path());
    let publish = || client.publish_dataset("captions", &dataset, &PublishOptions::new().version("1.0.0")).unwrap();
    let (first, again) = (publish(), publish());
    assert_eq!(first, again);
    let count = |network: &Atmosphere| {
        let of = |collection: &str| network.list_records(&author.did, collection).unwrap().count();
        ["schema", "entry", "label"].map(|kind| of(&format!("science.alt.dataset.{kind}")))
    };
    assert_eq!(count(&reader()), [1, 1, 1]);
    // Another version of the label leads to the same entry.
    client.publish_dataset("captions", &dataset, &PublishOptions::new().version("1.0.1")).unwrap();
    assert_eq!(count(&reader()), [1, 1, 2]);
}

#[test]
fn another_schema_of_a_published_version_is_refused() {
    let (_, client) = account();
    client.publish_schema::<Caption>().unwrap();
    let record = |version: &str| {
        let fields = vec![OwnedField::new("text", OwnedFieldType::Int), OwnedField::new("stars", OwnedFieldType::Int)];
        SchemaRecord::new(OwnedSchema::new("Caption", version, fields))
    };
    let error = client.publish_schema_record(&record("1.0.0")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("text: type str -> int"), "{error}");
    let error = client.publish_schema_record(&record("1.1.0")).unwrap_err();
    assert!(error.to_string().contains("it must be at least 2.0.0"), "{error}");
    client.publish_schema_record(&record("2.0.0")).unwrap();
}

#[test]
fn an_index_publishes_and_reads_by_the_same_calls() {
    let folder = tempfile::tempdir().unwrap();
    let (author, client) = account();
    let index = bare_index(folder.path(), &client);
    let name = format!("@{}/captions", author.handle);
    let options = InsertOptions::new().version("1.0.0").tags(["text"]);
    let entry = index.insert_with(&name, &dataset(folder.path()), &options).unwrap();
    assert!(entry.data_urls[0].starts_with(&format!("at://{}/blob/bafkrei", author.did)), "{:?}", entry.data_urls);
    assert_eq!(index.get(&format!("{name}@1.0.0")).unwrap(), entry);
    assert_eq!(read(&index.dataset(&name).unwrap()), captions(10));
    // Its schema by every reference that leads there.
    let schema = index.schema_of(&entry).unwrap();
    assert_eq!((schema.schema.name.as_str(), entry.schema_ref.starts_with("at://")), ("Caption", true));
    for reference in [entry.schema_ref.clone(), format!("@{}/Caption@1.0.0", author.handle)] {
        assert_eq!(index.schema(&reference).unwrap(), schema, "{reference}");
    }
    let loaded = LoadOptions::new().index(&index).load::<Caption>(&name).unwrap();
    assert_eq!(read(loaded.only().unwrap()), captions(10));
    let loaded = LoadOptions::new().atmosphere(&reader()).load::<Caption>(&entry_uri(&author)).unwrap();
    assert_eq!(read(loaded.only().unwrap()), captions(10));

    // What is tolerated of shards is so on the network as well.
    let mut cut = std::fs::read(folder.path().join("captions-000000.tar")).unwrap();
    while cut.last() == Some(&0) {
        cut.pop();
    }
    cut.resize(cut.len().next_multiple_of(512), 0);
    let path = folder.path().join("cut.tar");
    std::fs::write(&path, cut).unwrap();
    let cut = Dataset::<Caption>::open(path).unwrap();
    let tolerated = format!("@{}/cut", author.handle);
    let error = index.insert(&tolerated, &cut).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    index.insert_with(&tolerated, &cut, &InsertOptions::new().lenient(true)).unwrap();

    let (_, stranger) = account();
    let error = bare_index(folder.path(), &stranger).insert(&name, &dataset(folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error}");

    let error = index.dataset::<Other>(&name).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(error.to_string().contains("text: type str -> int"), "{error}");
    assert_eq!(Other { text: 1 }.text, 1);
}

fn entry_uri(author: &Account) -> String {
    reader().datasets(&author.did).unwrap()[0].uri.to_string()
}

#[test]
fn an_entry_of_an_index_is_promoted_with_what_is_known_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (author, client) = account();
    let index = bare_index(folder.path(), &client);
    let options = InsertOptions::new().max_count(4).description("ten").tags(["text"]).license("MIT");
    let options = options.metadata([("split", "train")]);
    let entry = index.write_samples_with("group/captions", captions(10), &options).unwrap();
    let published = client.promote(&index, &entry, &PublishOptions::new().version("2.0.0")).unwrap();
    assert_eq!(published, client.promote(&index, &entry, &PublishOptions::new().version("2.0.0")).unwrap());
    let record = &published.record;
    assert_eq!((record.name.as_str(), record.description.as_deref()), ("group/captions", Some("ten")));
    assert_eq!((record.tags(), record.license.as_deref()), (["text".to_owned()].as_slice(), Some("MIT")));
    assert_eq!(record.to_json()["metadata"], json!({"split": "train"}));
    let size = record.size.as_ref().unwrap();
    assert_eq!((size.samples, size.shards), (Some(10), Some(3)));
    assert!(size.bytes.is_some_and(|bytes| bytes > 3 * 1024), "{size:?}");
    let checksums =
        record.shard_urls(&author.did).unwrap().into_iter().map(|s| s.checksum.unwrap().as_sha256().unwrap());
    let known = entry.data_urls.iter().map(|url| entry.checksum(url).unwrap().to_owned());
    assert!(checksums.eq(known));
    assert_eq!(read(&reader().dataset(&format!("@{}/group/captions@2.0.0", author.handle)).unwrap()), captions(10));
}

#[test]
fn shards_that_others_can_read_stay_where_they_are_with_real_digests() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path());
    let server = Http::start(folder.path());
    let (_, client) = account();
    let remote = Dataset::<Caption>::open(server.url("captions-{000000..000002}.tar")).unwrap();
    let published = client.publish_dataset("captions", &remote, &PublishOptions::new()).unwrap();
    let Storage::Http(shards) = &published.record.storage else { panic!("{:?}", published.record.storage) };
    for (number, shard) in shards.iter().enumerate() {
        assert_eq!(shard.url, server.url(&format!("captions-{number:06}.tar")));
        let bytes = std::fs::read(folder.path().join(format!("captions-{number:06}.tar"))).unwrap();
        assert_eq!(shard.checksum.as_sha256().unwrap(), atdata_tests::encoding::sha256(&bytes));
    }
    assert_eq!(read(&reader().open(&published).unwrap()), captions(10));
    // And as blobs, wherever they are.
    let blobs = client.publish_dataset("copied", &remote, &PublishOptions::new().blobs()).unwrap();
    assert_eq!(blobs.record.storage.kind(), "blobs");
    assert_eq!(read(&reader().open(&blobs).unwrap()), captions(10));

    // What becomes of a shard since is held against the record, and against an entry of an index, while it is read.
    let index = bare_index(folder.path(), &reader());
    let checksums = shards.iter().map(|shard| (shard.url.clone(), shard.checksum.as_sha256().unwrap().as_str().into()));
    let metadata = DictSample::from_iter([("checksums", Value::Map(checksums.collect()))]);
    let urls = shards.iter().map(|shard| shard.url.clone());
    let schema = index.publish_schema::<Caption>().unwrap().to_string();
    let entry = index.add(Entry::new("here", schema, urls).unwrap().with_metadata(metadata)).unwrap();
    assert_eq!(read(&index.open_entry(&entry).unwrap()), captions(10));
    let path = folder.path().join("captions-000001.tar");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(9).position(|text| text == b"caption 5").unwrap();
    bytes[at] = b'C';
    std::fs::write(&path, bytes).unwrap();
    for opened in [reader().open::<Caption>(&published).unwrap(), index.open_entry(&entry).unwrap()] {
        let errors: Vec<_> = opened.ordered().filter_map(Result::err).collect();
        let text = errors[0].to_string();
        assert_eq!((errors.len(), errors[0].kind()), (1, ErrorKind::Corrupt), "{text}");
        assert!(text.contains("captions-000001.tar") && text.contains("it is not what it has to be"), "{text}");
    }
}

#[test]
fn nothing_is_sent_of_what_may_not_be_published() {
    let folder = tempfile::tempdir().unwrap();
    let (author, client) = account();
    let small = dataset(folder.path());
    let large = folder.path().join("large.tar");
    std::fs::File::create(&large).unwrap().set_len(50_000_001).unwrap();
    let kind = |result: Result<_, Error>| -> ErrorKind {
        let result: Result<atdata::atmosphere::Published<EntryRecord>, Error> = result;
        result.unwrap_err().kind()
    };
    let none = PublishOptions::new;
    let too_large = client.publish_dataset("x", &Dataset::<Caption>::open(&large).unwrap(), &none()).unwrap_err();
    assert!(
        too_large.to_string().contains("the shard has 50000001 bytes, and a blob may have 50000000"),
        "{too_large}"
    );
    assert_eq!(kind(client.publish_dataset("x", &small, &none().max_total(20_000))), ErrorKind::InvalidInput);
    assert_eq!(kind(client.publish_dataset("x", &small, &none().metadata([("rate", 0.5)]))), ErrorKind::InvalidInput);
    assert_eq!(kind(client.publish_dataset("x", &small, &none().license("x".repeat(300)))), ErrorKind::InvalidInput);
    assert_eq!(kind(client.publish_dataset("x", &small, &none().in_place())), ErrorKind::InvalidInput);
    assert_eq!(kind(client.publish_dataset("", &small, &none())), ErrorKind::InvalidInput);
    let secret = Dataset::<Caption>::open("https://me:secret@example.org/a.tar").unwrap();
    let error = client.publish_dataset("x", &secret, &none()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(!format!("{error:?}").contains("secret@"), "{error:?}");
    let bucket = Dataset::<Caption>::open("s3://bucket/a.tar").unwrap();
    assert_eq!(kind(client.publish_dataset("x", &bucket, &none())), ErrorKind::InvalidInput);
    assert_eq!(kind(reader().publish_dataset("x", &small, &none())), ErrorKind::Permission);
    assert_eq!(reader().list_records(&author.did, ENTRY).unwrap().count(), 0);
}

#[test]
fn a_dataset_with_stages_or_large_shards_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (_, client) = account();
    let dataset = dataset(folder.path());
    let filtered = dataset.filter(|caption| caption.stars > 2);
    let published = client.publish_dataset("filtered", &filtered, &PublishOptions::new()).unwrap();
    assert_eq!(read(&reader().open(&published).unwrap()), read(&filtered));
    let options = PublishOptions::new().max_bytes(6000);
    let published = client.publish_dataset("small", &dataset, &options).unwrap();
    assert!(published.record.storage.len() > 1);
    let keys = |dataset: Dataset<Caption>| dataset.iter().with_keys().map(|s| s.unwrap().0).collect::<Vec<_>>();
    assert_eq!(keys(reader().open(&published).unwrap()), keys(dataset));
}

#[test]
fn content_has_a_schema_of_its_own() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Camera {
        instrument: String,
        lenses: Vec<String>,
    }
    let folder = tempfile::tempdir().unwrap();
    let (_, client) = account();
    let camera = Camera { instrument: "Zeiss".into(), lenses: vec!["50mm".into()] };
    let options = PublishOptions::new().content(&camera).unwrap();
    let published = client.publish_dataset("captions", &dataset(folder.path()), &options).unwrap();
    let found = reader().entry(&published.uri.to_string()).unwrap();
    assert_eq!(found.record.content().unwrap().to::<Camera>().unwrap(), camera);
    let schema = reader().schema(found.record.metadata_schema_ref.as_deref().unwrap()).unwrap();
    assert_eq!(schema.record.schema.name, "Camera");
}

#[test]
fn records_of_strangers_lead_nowhere_they_may_not() {
    let (_, client) = account();
    let publish = |url: &str| {
        let storage = Storage::Http(vec![HttpShard::new(url, Checksum::unknown())]);
        let schema = "at://did:plc:abcdefghijklmnopqrstuvwx/science.alt.dataset.schema/3k2akr3rjp22x";
        let record = EntryRecord::new("hostile", schema, storage).created_at("2026-03-01T12:00:00Z").to_json();
        client.create_record(ENTRY, &record).unwrap().uri.to_string()
    };
    for url in ["/etc/passwd", "file:///etc/passwd", "pipe:touch /tmp/x", "-", "ftp://example.org/a.tar"] {
        let error = reader().dataset::<DictSample>(&publish(url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{url}: {error}");
    }
    let error = reader().dataset::<DictSample>(&publish("https://example.org/{0..999999999}.tar")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let wrong = client.create_record(ENTRY, &json!({"$type": ENTRY, "name": 7, "storage": []})).unwrap();
    assert_eq!(reader().entry(&wrong.uri.to_string()).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn labels_count_by_time_and_are_found_again() {
    let (author, client) = account();
    let uri = |key: &str| format!("at://{}/{ENTRY}/{key}", author.did);
    let label = |key: &str| LabelRecord::new("mnist", uri(key)).with_version("1.0.0");
    let first = client.publish_label(&label("a")).unwrap();
    assert_eq!(client.publish_label(&label("a")).unwrap(), first);
    let second = client.publish_label(&label("b")).unwrap();
    assert_ne!(second.uri, first.uri);
    assert_eq!(reader().label(&author.did, "mnist", None).unwrap(), second);
    assert_eq!(reader().labels(&author.handle).unwrap().len(), 2);
    // Back to the first: the newest says so.
    let third = client.publish_label(&label("a")).unwrap();
    assert_eq!(reader().label(&author.did, "mnist", Some("1.0.0")).unwrap(), third);
}

#[test]
fn lenses_and_verifications_are_published_and_listed() {
    let (author, client) = account();
    let schema = |key: &str| format!("at://{}/science.alt.dataset.schema/{key}", author.did);
    let code = |path: &str| CodeReference::new("https://github.com/u/r", "abc", path).with_language("rust");
    let lens = PublishedLens::new("headline", schema("a"), schema("b"), code("m:get"), code("m:put"));
    let of_mine = lens.clone();
    let lens = client.publish_lens(&lens).unwrap();
    assert_eq!(client.publish_lens(&of_mine).unwrap(), lens, "it is published once");
    assert_eq!(reader().lenses(&author.did).unwrap(), std::slice::from_ref(&lens));
    let verification = LensVerification::new(lens.uri.to_string(), lens.cid.clone(), "codeReview");
    let verification = client.publish_verification(&verification).unwrap();
    let later = LensVerification::new(lens.uri.to_string(), lens.cid.clone(), "codeReview");
    assert_eq!(client.publish_verification(&later).unwrap(), verification);
    assert_eq!(reader().verifications(&author.did).unwrap(), [verification]);
}

#[test]
fn records_from_before_the_namespace_changed_are_read() {
    let (author, client) = account();
    let old = json!({
        "$type": "ac.foundation.dataset.record",
        "name": "old",
        "schemaRef": format!("at://{}/ac.foundation.dataset.sampleSchema/3k2akr3rjp22x", author.did),
        "storage": {"$type": "ac.foundation.dataset.storageExternal", "urls": ["https://example.org/{0..1}.tar"]},
        "createdAt": "2026-01-01T00:00:00Z",
    });
    let uri = client.create_record_at("ac.foundation.dataset.record", "3k2akr3rjp22y", &old).unwrap().uri;
    let entry = reader().entry(&format!("@{}/old", author.handle)).unwrap();
    assert_eq!(entry.uri, uri);
    let urls: Vec<_> = entry.record.shard_urls(&author.did).unwrap().into_iter().map(|shard| shard.url).collect();
    assert_eq!(urls, ["https://example.org/0.tar", "https://example.org/1.tar"]);
    let index_entry: Entry = reader().index_entry(&entry).unwrap();
    assert_eq!(index_entry.data_urls, urls);
}

#[test]
fn an_interrupted_promotion_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (author, client) = account();
    let index = bare_index(folder.path(), &client);
    let entry = index.write_samples_with("captions", captions(10), &InsertOptions::new().max_count(4)).unwrap();
    // The second shard is gone when its turn comes: nothing is published of what is not whole.
    let (second, aside) = (&entry.data_urls[1], folder.path().join("aside"));
    std::fs::rename(second, &aside).unwrap();
    assert_eq!(client.promote(&index, &entry, &PublishOptions::new()).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(reader().list_records(&author.did, ENTRY).unwrap().count(), 0);
    std::fs::rename(&aside, second).unwrap();
    // One that changed while it was looked at is told, too.
    let published = client.promote(&index, &entry, &PublishOptions::new()).unwrap();
    assert_eq!(read(&reader().open(&published).unwrap()), captions(10));
    // An entry that was deleted by hand is published again, its blobs with it.
    client.delete_record(ENTRY, AtUri::rkey(&published.uri), &Swap::default()).unwrap();
    let again = client.promote(&index, &entry, &PublishOptions::new()).unwrap();
    assert_eq!(read(&reader().open(&again).unwrap()), captions(10));
}

/// What a stranger has written makes no call read a file or ask a private host, whatever the call is.
#[test]
fn strangers_lead_no_call_to_a_file_or_a_private_host() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.tar");
    Dataset::write(&secret, captions(1)).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (_, client) = account();
    let index = bare_index(folder.path(), &reader());
    for url in [
        secret.to_str().unwrap().to_owned(),
        format!("file://{}", secret.display()),
        format!("http://127.0.0.1:{port}/x.tar"),
        format!("https://127.0.0.1:{port}/x.tar"),
        format!("https://localhost:{port}/x.tar"),
        format!("https://[::1]:{port}/x.tar"),
        format!("https://2130706433:{port}/x.tar"),
        format!("https://{{127.0.0.1,localhost}}:{port}/x.tar"),
    ] {
        let storage = Storage::Http(vec![HttpShard::new(&url, Checksum::sha256("0".repeat(64)))]);
        // One that every index may have, so that nothing else is in the way.
        let schema = index.publish_schema::<Caption>().unwrap().to_string();
        let record = EntryRecord::new("hostile", schema, storage).created_at("2026-03-01T12:00:00Z").to_json();
        let published = reader().entry(&client.create_record(ENTRY, &record).unwrap().uri.to_string()).unwrap();
        let entry = reader().index_entry(&published).unwrap();
        match index.verify(&entry) {
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{url}: {error}"),
            Ok(checks) => {
                let refused = |status: &ShardStatus| match status {
                    ShardStatus::Failed(error) => error.kind() == ErrorKind::Unsupported,
                    _ => false,
                };
                assert!(checks.iter().all(|check| refused(&check.status)), "{url}: {checks:?}");
            }
        }
        let opened = index.open_entry::<DictSample>(&entry).and_then(|dataset| dataset.head(1));
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::Unsupported, "{url}");
        let promoted = client.promote(&index, &entry, &PublishOptions::new().blobs());
        assert_eq!(promoted.unwrap_err().kind(), ErrorKind::Unsupported, "{url}");
        assert_eq!(index.add(entry).unwrap_err().kind(), ErrorKind::Unsupported, "{url}");
        assert_eq!(index.entries().unwrap(), [], "{url}");
    }
    let asked = listener.accept();
    assert_eq!(asked.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody has asked the private host");
}

#[test]
fn what_is_no_shard_is_not_given_to_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let (_, client) = account();
    let index = bare_index(folder.path(), &client);
    let letter = folder.path().join("letter.tar");
    std::fs::write(&letter, "dear diary, ".repeat(1000)).unwrap();
    let schema = index.publish_schema::<Caption>().unwrap();
    let entry = Entry::new("letter", schema.to_string(), [letter.to_str().unwrap()]).unwrap();
    let error = client.promote(&index, &index.add(entry).unwrap(), &PublishOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("letter.tar"), "{error}");
}

/// A bucket whose place is said by the environment alone: readers, who have another one, are told of it.
#[test]
fn shards_that_stay_in_a_bucket_are_found_by_whoever_reads_the_record() {
    const CHILD: &str = "ATDATA_TEST_ENDPOINT";
    if let Ok(endpoint) = std::env::var(CHILD) {
        let (_, client) = account();
        let dataset = Dataset::<Caption>::open(format!("s3://{BUCKET}/c.tar")).unwrap();
        let published = client.publish_dataset("in-place", &dataset, &PublishOptions::new().in_place()).unwrap();
        match &published.record.storage {
            Storage::S3 { bucket, endpoint: said, region, .. } => {
                assert_eq!((bucket.as_str(), said.as_deref()), (BUCKET, Some(endpoint.as_str())));
                assert_eq!(region.as_deref(), Some("eu-west-1"));
            }
            other => panic!("{other:?}"),
        }
        let shards = published.record.shard_urls(published.uri.authority()).unwrap();
        assert_eq!(shards[0].url, format!("{endpoint}/{BUCKET}/c.tar"));
        assert!(shards[0].checksum.is_some());
        // Braces of a name stay those of one shard, with its digest.
        let dataset = Dataset::<Caption>::open(format!(r"s3://{BUCKET}/x\{{1,2\}}.tar")).unwrap();
        let published = client.publish_dataset("braces", &dataset, &PublishOptions::new().in_place()).unwrap();
        match &published.record.storage {
            Storage::S3 { shards, .. } => {
                assert_eq!(shards.iter().map(|shard| shard.key.as_str()).collect::<Vec<_>>(), ["x{1,2}.tar"]);
                assert!(shards[0].checksum.as_sha256().is_some());
            }
            other => panic!("{other:?}"),
        }
        // Shards of this machine are copied to a place that others reach, and published from there.
        let folder = tempfile::tempdir().unwrap();
        let index = bare_index(folder.path(), &client);
        let store = S3Store::new(BUCKET, S3Config::from_env());
        let entry = index.insert_with("copied", &self::dataset(folder.path()), &InsertOptions::new().store(store));
        let entry = entry.unwrap();
        let published = client.promote(&index, &entry, &PublishOptions::new().in_place()).unwrap();
        let Storage::S3 { bucket, shards, .. } = &published.record.storage else { panic!("{published:?}") };
        assert_eq!((bucket.as_str(), shards.len()), (BUCKET, 3));
        for (shard, url) in shards.iter().zip(&entry.data_urls) {
            assert_eq!(*url, format!("s3://{BUCKET}/{}", shard.key));
            assert_eq!(shard.checksum.as_sha256().as_deref(), entry.checksum(url));
        }
        return;
    }
    let server = TestS3::start();
    Dataset::write(server.bucket().join("c.tar"), captions(3)).unwrap();
    for (name, count) in [("made.tar", 2), ("x1.tar", 5), ("x2.tar", 6)] {
        Dataset::write(server.bucket().join(name), captions(count)).unwrap();
    }
    std::fs::rename(server.bucket().join("made.tar"), server.bucket().join("x{1,2}.tar")).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "federation::shards_that_stay_in_a_bucket_are_found_by_whoever_reads_the_record"])
        .env(CHILD, &server.endpoint)
        .env("AWS_ENDPOINT_URL", &server.endpoint)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .output()
        .unwrap();
    let output = format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
}
