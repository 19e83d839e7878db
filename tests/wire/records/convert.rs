//! Entries of an index as records, and back.

use atdata::atmosphere::record::{BlobRef, BlobShard, Checksum, EntryRecord, S3Shard, Storage};
use atdata::cid::Cid;
use atdata::index::Entry;
use atdata::{DictSample, ErrorKind, Packable, Value};
use serde_json::json;

use super::{SCHEMA, TIME, entry_json, stored};

const DIGEST: &str = "df3598cd66f1bb5bc4e2c17be89b7c7ecf0c81e53939f471a6b72db8d139edae";

fn metadata(urls: &[&str]) -> DictSample {
    let checksums = urls.iter().map(|url| ((*url).to_owned(), Value::from(DIGEST))).collect();
    let mut metadata: DictSample = [("split", "train"), ("model", "bert")].into_iter().collect();
    metadata.insert("checksums", Value::Map(checksums));
    metadata.insert("description", "digits");
    metadata.insert("license", "MIT");
    metadata.insert("tags", Value::List(vec!["a".into(), "b".into()]));
    metadata
}

#[test]
fn an_entry_becomes_a_record_and_the_same_entry_again() {
    let cases: [&[&str]; 2] =
        [&["https://example.org/a.tar", "https://example.org/b.tar"], &["s3://bucket/x/a.tar", "s3://bucket/x/b.tar"]];
    for urls in cases {
        let entry = Entry::new("mnist", SCHEMA, urls.to_vec()).unwrap().with_metadata(metadata(urls));
        let record = EntryRecord::from_entry(&entry).unwrap().created_at(TIME);
        assert_eq!((record.description.as_deref(), record.license.as_deref()), (Some("digits"), Some("MIT")));
        assert_eq!(record.tags(), ["a", "b"]);
        let json = record.to_atproto().unwrap();
        assert_eq!(json["metadata"], json!({"split": "train", "custom": {"model": "bert"}}));
        assert_eq!(json["storage"]["shards"][1]["checksum"], json!({"algorithm": "sha256", "digest": DIGEST}));

        let back = EntryRecord::from_json(&json).unwrap().to_entry("did:plc:abc").unwrap();
        assert_eq!(back, entry);
        assert_eq!(back.checksum(urls[1]), Some(DIGEST));
    }
    let bare = Entry::new("bare", SCHEMA, ["https://example.org/a.tar"]).unwrap();
    let record = EntryRecord::from_entry(&bare).unwrap();
    assert_eq!(record.metadata, None);
    assert_eq!(record.to_entry("did:plc:abc").unwrap(), bare);
}

#[test]
fn patterns_become_shards() {
    let entry = Entry::new("d", SCHEMA, ["s3://bucket/d-{00..02}.tar"]).unwrap();
    let Storage::S3 { bucket, shards, .. } = Storage::of_entry(&entry).unwrap() else { panic!("not in a bucket") };
    assert_eq!(bucket, "bucket");
    assert_eq!(shards.iter().map(|shard| shard.key.as_str()).collect::<Vec<_>>(), ["d-00.tar", "d-01.tar", "d-02.tar"]);
}

#[test]
fn braces_in_the_name_of_a_shard_stay_those_of_its_name() {
    let s3 = Storage::S3 {
        bucket: "b".to_owned(),
        shards: vec![S3Shard::new("x{1,2}.tar", Checksum::sha256(DIGEST))],
        region: None,
        endpoint: None,
    };
    let record = EntryRecord::new("d", SCHEMA, s3);
    let entry = record.to_entry("did:plc:abc").unwrap();
    assert_eq!(entry.data_urls, [r"s3://b/x\{1\,2\}.tar"]);
    assert_eq!(entry.checksum("s3://b/x{1,2}.tar"), Some(DIGEST));
    assert_eq!(EntryRecord::from_entry(&entry).unwrap().storage, record.storage);

    // A URL of a record is a pattern to those who read it: there is one way to write a brace that is none.
    let entry = Entry::new("d", SCHEMA, [r"https://h.org/x\{1\,2\}.tar"]).unwrap();
    let entry = entry.with_metadata(metadata(&["https://h.org/x{1,2}.tar"]));
    let record = EntryRecord::from_entry(&entry).unwrap();
    let shards = record.shard_urls("did:plc:abc").unwrap();
    assert_eq!(shards.len(), 1);
    assert_eq!(shards[0].url, "https://h.org/x%7B1,2%7D.tar");
    assert_eq!(shards[0].checksum.as_ref().and_then(Checksum::as_sha256).as_deref(), Some(DIGEST));
    let old = Storage::External(vec![r"https://h.org/x\{1\,2\}.tar".to_owned()]).into_current().unwrap();
    assert_eq!(EntryRecord::new("d", SCHEMA, old).shard_urls("").unwrap()[0].url, "https://h.org/x%7B1,2%7D.tar");
}

#[test]
fn shards_that_no_record_can_name_are_refused_without_their_secrets() {
    for urls in [
        vec![],
        vec!["/data/a.tar"],
        vec!["data/a.tar"],
        vec!["file:///a.tar"],
        vec!["s3://a/x.tar", "s3://b/x.tar"],
        vec!["s3://a/x.tar", "https://me:hunter2@h/x.tar?sig=hunter2"],
        vec!["https://h/x.tar", "/data/a.tar"],
        vec!["at://did:plc:abc/blob/bafy"],
        vec!["s3://bucket"],
    ] {
        let entry = Entry::new("d", SCHEMA, urls.clone()).unwrap();
        let error = EntryRecord::from_entry(&entry).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{urls:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn shards_may_have_been_put_somewhere_else() {
    let entry = Entry::new("d", SCHEMA, ["/data/a.tar"]).unwrap().with_metadata(metadata(&["/data/a.tar"]));
    let blob = BlobRef::new(Cid::of_raw(b"a"), BlobRef::TAR, 1);
    let record = EntryRecord::from_entry_with(&entry, Storage::Blobs(vec![BlobShard::new(blob, None)])).unwrap();
    assert!(!record.to_atproto().unwrap().to_string().contains("/data/a.tar"), "paths do not leave the machine");
}

#[test]
fn each_storage_has_its_urls() {
    let urls = |storage: serde_json::Value| {
        let shards = stored(&storage).unwrap().shard_urls("did:plc:abc").unwrap();
        shards.into_iter().map(|shard| (shard.url, shard.checksum.map(|checksum| checksum.digest))).collect::<Vec<_>>()
    };
    let none = json!({"algorithm": "none", "digest": ""});
    let known = json!({"algorithm": "sha256", "digest": DIGEST});
    let digest = || Some(DIGEST.to_owned());

    let http = json!({"$type": "science.alt.dataset.storageHttp", "shards": [
        {"url": "https://h/a.tar", "checksum": known}, {"url": "https://h/{b,c}.tar", "checksum": known}, {"url": "https://h/d.tar"}]});
    let expected = [
        ("https://h/a.tar", digest()),
        ("https://h/b.tar", None),
        ("https://h/c.tar", None),
        ("https://h/d.tar", None),
    ];
    assert_eq!(urls(http), expected.map(|(url, digest)| (url.to_owned(), digest)));

    let s3 = |endpoint: Option<&str>| {
        json!({"$type": "science.alt.dataset.storageS3", "bucket": "b", "endpoint": endpoint,
            "shards": [{"key": "x/a.tar", "checksum": known}, {"key": "b.tar", "checksum": none}]})
    };
    assert_eq!(urls(s3(None)), [("s3://b/x/a.tar".to_owned(), digest()), ("s3://b/b.tar".to_owned(), None)]);
    let at_endpoint =
        [("http://minio:9000/b/x/a.tar".to_owned(), digest()), ("http://minio:9000/b/b.tar".to_owned(), None)];
    assert_eq!(urls(s3(Some("http://minio:9000/"))), at_endpoint);

    // What the record does not say of a blob, its CID does.
    let blob = super::tar_blob(b"hello");
    let blobs = json!({"$type": "science.alt.dataset.storageBlobs", "blobs": [
        {"blob": blob, "checksum": known}, {"blob": blob, "checksum": none}, {"blob": blob}]});
    let url = format!("at://did:plc:abc/blob/{}", Cid::of_raw(b"hello"));
    let sha256 = atdata_tests::sha256(b"hello");
    let expected = [digest(), Some(sha256.clone()), Some(sha256)].map(|digest| (url.clone(), digest));
    assert_eq!(urls(blobs), expected);
}

#[test]
fn checksums_are_found_where_python_puts_them() {
    let url = "https://example.org/a.tar";
    let custom = json!({"custom": {"checksums": {url: DIGEST, "https://example.org/b.tar": "not a digest"}}});
    let entry = EntryRecord::from_json(&entry_json(&[("metadata", custom)])).unwrap();
    let shards = entry.shard_urls("did:plc:abc").unwrap();
    assert_eq!(shards[0].checksum, Some(Checksum::sha256(DIGEST)));
    assert_eq!(entry.to_entry("did:plc:abc").unwrap().checksum(url), Some(DIGEST));
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Instrument {
    name: String,
    gain: i64,
    calibration: Vec<u8>,
}

#[test]
fn content_metadata_is_a_sample() {
    let instrument = Instrument { name: "Zeiss".to_owned(), gain: 2, calibration: vec![0, 255] };
    let entry = super::entry().with_content_sample(SCHEMA, &instrument).unwrap();
    let json = entry.to_atproto().unwrap();
    assert_eq!(json["contentMetadata"], json!({"name": "Zeiss", "gain": 2, "calibration": {"$bytes": "AP8="}}));
    let read = EntryRecord::from_json(&json).unwrap();
    assert_eq!(read.content().unwrap().to::<Instrument>().unwrap(), instrument);
    assert_eq!(read.metadata_schema_ref.as_deref(), Some(SCHEMA));
}
