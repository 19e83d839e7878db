//! Manifests of datasets that are published: blobs beside those of the shards, read where the record says that they are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::path::Path;
use std::sync::OnceLock;

use atdata::atmosphere::record::{Checksum, EntryRecord, HttpShard, ManifestFile, ManifestRef, Storage};
use atdata::atmosphere::{Atmosphere, PublishOptions};
use atdata::manifest::{Aggregate, Manifest};
use atdata::source::{Schemes, Shard};
use atdata::store::{LocalStore, copy};
use atdata::{Dataset, LoadOptions, Packable, ReadOptions, ShardWriter};
use atdata_tests::python;
use atdata_tests::services::{Http, Pds};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Review {
    text: String,
    stars: i64,
}

const ENTRY: &str = "science.alt.dataset.entry";

fn network() -> &'static Pds {
    static PDS: OnceLock<Pds> = OnceLock::new();
    PDS.get_or_init(Pds::start)
}

fn author(name: &str) -> Atmosphere {
    let account = network().account(name);
    let builder = Atmosphere::builder().pds(network().url()).plc(network().plc());
    builder.login(&account.handle, &account.app_password).unwrap()
}

fn reader() -> Atmosphere {
    Atmosphere::builder().pds(network().url()).plc(network().plc()).anonymous().unwrap()
}

/// Two shards of five.
fn write(folder: &Path) -> Dataset<Review> {
    let reviews = (0..10).map(|stars| Review { text: format!("review {stars}"), stars });
    let builder = ShardWriter::builder(folder.join("r-%d.tar")).max_count(5).manifest(true);
    builder.write_all(reviews).unwrap().open().unwrap()
}

fn check(shard: &Shard, options: &ReadOptions, first: f64) {
    let manifest = Manifest::beside(shard, options).unwrap().unwrap();
    let stars = Aggregate::Numeric { min: Some(first), max: Some(first + 4.0), mean: Some(first + 2.0), count: 5 };
    assert_eq!(manifest.aggregate("stars"), Some(&stars));
    assert_eq!(manifest.rows().unwrap().unwrap().len(), 5);
}

#[test]
fn manifests_are_published_with_their_shards_and_found_by_readers() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path());
    let client = author("manifests");
    // Unless it is asked for nothing is told of what is in the fields.
    let silent = client.publish_dataset("silent", &dataset, &PublishOptions::new()).unwrap();
    assert_eq!(silent.record.manifests(), []);
    // What a shard was made of is nobody's to know.
    let place = folder.path().join("r-1.manifest.json");
    let mut told: serde_json::Value = serde_json::from_slice(&std::fs::read(&place).unwrap()).unwrap();
    told["provenance"] = serde_json::json!({"parent_shards": ["/home/me/secret.tar"]});
    std::fs::write(&place, told.to_string()).unwrap();
    told["provenance"] = serde_json::json!({});
    let options = PublishOptions::new().manifests(true);
    let published = client.publish_dataset("reviews", &dataset, &options).unwrap();
    let manifests = published.record.manifests();
    assert_eq!(manifests.len(), 2);
    let ManifestFile::Blob(header) = &manifests[1].header else { panic!("{manifests:?}") };
    assert_eq!(header.mime_type, "application/json");
    assert_eq!(header.size, Some(told.to_string().len() as u64));
    // The record that the server has is the same, and is found again.
    let uri = published.uri.to_string();
    let stored = reader().entry(&uri).unwrap();
    assert_eq!(stored.record, published.record);
    let again = client.publish_dataset("reviews", &dataset, &options).unwrap();
    assert_eq!(again.uri.to_string(), uri);

    // Python keeps what the record says of them.
    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    let record = stored.record.to_json();
    std::fs::write(&request, record.to_string()).unwrap();
    python::manifests(python::environment().unwrap(), &["record".as_ref(), request.as_ref(), response.as_ref()]);
    let by_python: serde_json::Value = serde_json::from_slice(&std::fs::read(&response).unwrap()).unwrap();
    assert_eq!(by_python["manifests"], record["manifests"]);
    assert_eq!(EntryRecord::from_json(&by_python).unwrap().manifests(), manifests);

    let read = LoadOptions::new().atmosphere(&reader()).load_all::<Review>(&uri).unwrap();
    let store = LocalStore::new(folder.path().join("copies"));
    for (number, shard) in read.shards().iter().enumerate() {
        let first = [0.0, 5.0][number];
        check(shard, read.read_options(), first);
        // A copy takes it along.
        let copied = copy(shard, read.read_options(), &store, &format!("c-{number}.tar"), &mut |_| ()).unwrap();
        check(&Shard::from_path(copied.url), &ReadOptions::new(), first);
    }
    // Where one shard has none nothing is said of any.
    std::fs::remove_file(folder.path().join("r-0.manifest.json")).unwrap();
    let without = client.publish_dataset("fewer", &dataset, &options).unwrap();
    assert_eq!(without.record.manifests(), []);
}

/// What lies beside a shard under such a name may be anything.
#[test]
fn what_is_no_manifest_or_too_much_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path());
    let client = author("nothing-else");
    let count = |name: &str, options: &PublishOptions| {
        client.publish_dataset(name, &dataset, options).unwrap().record.manifests().len()
    };
    let options = PublishOptions::new().manifests(true);
    let shards = (0..2).map(|n| folder.path().join(format!("r-{n}.tar")).metadata().unwrap().len()).sum::<u64>();
    // Room for the shards alone.
    assert_eq!(count("small", &options.clone().max_total(shards)), 0);
    let (header, rows) = (folder.path().join("r-0.manifest.json"), folder.path().join("r-0.manifest.parquet"));
    for place in [&header, &rows] {
        let sound = std::fs::read(place).unwrap();
        std::fs::write(place, b"the bytes of a key").unwrap();
        assert_eq!(count("secret", &options), 0);
        #[cfg(unix)]
        {
            let elsewhere = tempfile::tempdir().unwrap();
            let other = elsewhere.path().join("other");
            std::fs::write(&other, &sound).unwrap();
            std::fs::remove_file(place).unwrap();
            std::os::unix::fs::symlink(&other, place).unwrap();
            assert_eq!(count("linked", &options), 0);
            std::fs::remove_file(place).unwrap();
        }
        std::fs::write(place, sound).unwrap();
    }
    assert_eq!(count("sound", &options), 2);
}

/// Whoever wrote a record does not decide what is asked for.
#[test]
fn what_a_record_may_not_name_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let client = author("elsewhere");
    let schema = client.publish_schema::<Review>().unwrap().uri.to_string();
    let file = |name: &str| format!("file://{}/{name}", folder.path().display());
    let publish = |header: String, samples: Option<String>| {
        let shard = HttpShard::new(server.url("r-0.tar"), Checksum::unknown());
        let manifest = ManifestRef::new(ManifestFile::at(header), samples.map(ManifestFile::at));
        let record = EntryRecord::new("theirs", &schema, Storage::Http(vec![shard])).with_manifests(&[manifest]);
        client.create_record(ENTRY, &record.to_json()).unwrap().uri.to_string()
    };
    let open = |uri: &str| {
        let allowed = Schemes::of_records().with_http().with_private_hosts();
        LoadOptions::new().atmosphere(&reader()).schemes(allowed).load_all::<Review>(uri).unwrap()
    };
    // Another place than beside the shard.
    let there = publish(server.url("r-1.manifest.json"), Some(server.url("r-1.manifest.parquet")));
    let dataset = open(&there);
    check(&dataset.shards()[0], dataset.read_options(), 5.0);
    // Files are not: what is beside the shard is all that is looked for.
    let dataset = open(&publish(file("r-1.manifest.json"), None));
    check(&dataset.shards()[0], dataset.read_options(), 0.0);
    let rows_of_files = open(&publish(server.url("r-1.manifest.json"), Some(file("r-1.manifest.parquet"))));
    let manifest = Manifest::beside(&rows_of_files.shards()[0], rows_of_files.read_options()).unwrap().unwrap();
    assert_eq!((manifest.samples(), manifest.rows().unwrap().is_none()), (Some(5), true));
    // More or fewer than there are shards are of none, and the samples are read whatever is said of them.
    for odd in [serde_json::json!(17), serde_json::json!([{"header": 3}]), serde_json::json!([])] {
        let shard = HttpShard::new(server.url("r-0.tar"), Checksum::unknown());
        let mut record = EntryRecord::new("odd", &schema, Storage::Http(vec![shard]));
        record.other.insert("manifests".to_owned(), odd);
        let uri = client.create_record(ENTRY, &record.to_json()).unwrap().uri.to_string();
        let dataset = open(&uri);
        assert_eq!(dataset.len().unwrap(), 5);
        check(&dataset.shards()[0], dataset.read_options(), 0.0);
    }
}

#[test]
fn manifests_that_the_lexicon_does_not_allow_are_told() {
    let header = serde_json::json!({"$type": "blob", "ref": {"$link": "bafkreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"},
        "mimeType": "text/plain", "size": 2_000_000});
    let url = serde_json::json!({"url": "http://user:secret@10.0.0.1/a"});
    let mut record = EntryRecord::new(
        "x",
        "at://did:plc:abc/science.alt.dataset.schema/3k2",
        Storage::External(vec!["https://example.org/a.tar".into()]),
    );
    record.other.insert("manifests".to_owned(), serde_json::json!([{"header": header, "samples": url}]));
    let error = record.to_atproto().unwrap_err().to_string();
    for part in [
        "/manifests/0/header/size: expected a size of at most 1048576 bytes",
        "/manifests/0/header/mimeType",
        "/manifests/0/samples/url",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("secret"), "{error}");
    // What is read is written again as it was.
    let json = record.to_json();
    let read = EntryRecord::from_json(&json).unwrap();
    assert_eq!((read.to_json(), read.clone().with_manifests(&read.manifests()).to_json()), (json.clone(), json));
}
