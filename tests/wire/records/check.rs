//! What may not be sent is found here, all of it at once, and not by a server.

use atdata::atmosphere::record::{
    BlobRef, BlobShard, EntryMetadata, EntryRecord, LabelRecord, MetadataForm, Record, S3Shard, Storage, WriteOptions,
};
use atdata::cid::Cid;
use atdata::schema::{OwnedSchema, SchemaRecord};
use atdata::{DictSample, Value};
use serde_json::json;

use super::{SCHEMA, entry, entry_at, problems};

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mut entry = entry_at("https://me:hunter2@example.org/a.tar")
        .created_at("yesterday")
        .with_license("x".repeat(201))
        .with_tags(["t".repeat(151)])
        .with_content(
            "atdata://local/schema/M@1.0.0".to_owned(),
            [("gain".to_owned(), json!(1.5))].into_iter().collect(),
        );
    entry.schema_ref = "atdata://local/schema/D@1.0.0".to_owned();
    let found = problems(entry.to_atproto());
    assert_eq!(
        found,
        [
            "at /contentMetadata/gain: expected an integer or text (ATProto has no fractions), found 1.5",
            "at /schemaRef: expected an AT URI, such as \"at://did:plc:abc/science.alt.dataset.schema/3k2\", found \
             \"atdata://local/schema/D@1.0.0\"",
            "at /tags/0: expected text of at most 150 bytes, found 151 bytes",
            "at /license: expected text of at most 200 bytes, found 201 bytes",
            "at /createdAt: expected a date and time with its offset, such as \"2026-03-01T12:00:00Z\", found \
             \"yesterday\"",
            "at /metadataSchemaRef: expected an AT URI, such as \"at://did:plc:abc/science.alt.dataset.schema/3k2\", \
             found \"atdata://local/schema/M@1.0.0\"",
            "at /storage/shards/0/url: expected a URL without user name and password (a record is public: make the \
             shards public, or publish them as blobs), found a user name or password",
        ]
    );
    assert!(!found.concat().contains("hunter2"));
}

#[test]
fn urls_that_are_no_uris_hide_their_secrets_too() {
    let error = entry_at("https://me:hunter2@example.org/a b.tar?sig=hunter2").to_atproto().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

#[test]
fn private_hosts_are_for_those_who_ask() {
    let local = entry_at("http://127.0.0.1:8000/a.tar");
    assert_eq!(
        problems(local.to_atproto()),
        ["at /storage/shards/0/url: expected a host that everybody reaches (put the shards on a public server, or \
          publish them as blobs), found the host `127.0.0.1`"]
    );
    local.to_atproto_with(&WriteOptions::new().with_private_hosts()).unwrap();
    let file = entry_at("data/a.tar").to_atproto_with(&WriteOptions::new().with_private_hosts());
    assert!(problems(file)[1].ends_with("found a path"));

    let shards = vec![S3Shard::new("k", atdata::atmosphere::record::Checksum::unknown())];
    let endpoint = Some("http://minio.internal:9000".to_owned());
    let storage = Storage::S3 { bucket: "b".to_owned(), shards, region: None, endpoint };
    let error = problems(EntryRecord::new("d", SCHEMA, storage).created_at(super::TIME).to_atproto());
    assert!(error[0].starts_with("at /storage/endpoint: expected a host that everybody reaches"), "{error:?}");
}

#[test]
fn blobs_have_their_type_and_their_size() {
    let of = |kind: &str, size: u64| {
        let blob = BlobRef::new(Cid::of_raw(b"x"), kind, size);
        EntryRecord::new("d", SCHEMA, Storage::Blobs(vec![BlobShard::new(blob, None)])).created_at(super::TIME)
    };
    of(BlobRef::TAR, 50_000_000).to_atproto().unwrap();
    let size = |limit: u64, found: u64| {
        format!(
            "at /storage/blobs/0/blob/size: expected a blob of at most {limit} bytes (write more and smaller shards), \
             found {found}"
        )
    };
    assert_eq!(problems(of(BlobRef::TAR, 50_000_001).to_atproto()), [size(50_000_000, 50_000_001)]);
    let lexicon = WriteOptions::new().max_blob(u64::MAX);
    of(BlobRef::TAR, 52_428_800).to_atproto_with(&lexicon).unwrap();
    assert_eq!(problems(of(BlobRef::TAR, 52_428_801).to_atproto_with(&lexicon)), [size(52_428_800, 52_428_801)]);
    assert_eq!(
        problems(of("*/*", 1).to_atproto()),
        [
            "at /storage/blobs/0/blob/mimeType: expected application/x-tar (say so when the blob is uploaded), found \"*/*\""
        ]
    );
}

#[test]
fn metadata_has_two_forms_and_one_holds_fractions() {
    let flat: DictSample =
        [("split", Value::from("train")), ("lr", Value::from(0.5)), ("raw", Value::from(vec![1_u8, 2]))]
            .into_iter()
            .collect();
    let entry = entry().with_metadata(EntryMetadata::from_sample(&flat).unwrap());
    assert_eq!(
        problems(entry.to_atproto()),
        ["at /metadata/custom/lr: expected an integer or text (ATProto has no fractions; in an entry \
          `MetadataForm::Bytes` can hold them), found 0.5"]
    );
    let written = entry.to_atproto_with(&WriteOptions::new().metadata(MetadataForm::Bytes)).unwrap();
    assert!(written["metadata"]["$bytes"].is_string());
    let read = EntryRecord::from_json(&written).unwrap();
    assert_eq!(read.metadata.as_ref().unwrap().to_sample(), flat);
    // And as an object again, when there is no fraction in it.
    let flat: DictSample = [("split", Value::from("train")), ("raw", Value::from(vec![1_u8, 2]))].into_iter().collect();
    let mut packed = read.clone();
    packed.metadata = Some(EntryMetadata::Packed(flat.clone()));
    let written = packed.to_atproto().unwrap();
    assert_eq!(written["metadata"], json!({"split": "train", "custom": {"raw": {"$bytes": "AQI="}}}));
    assert_eq!(EntryRecord::from_json(&written).unwrap().metadata.unwrap().to_sample(), flat);

    packed.metadata = Some(EntryMetadata::Packed([("lr", f64::NAN)].into_iter().collect()));
    assert_eq!(problems(packed.to_atproto()), ["at /metadata/lr: expected a finite number, found NaN"]);
    // 100,000 bytes is what the lexicon allows of the packed form.
    packed.metadata = Some(EntryMetadata::Packed([("x", "y".repeat(100_000))].into_iter().collect()));
    let error = problems(packed.to_atproto_with(&WriteOptions::new().metadata(MetadataForm::Bytes)));
    assert_eq!(error, ["at /metadata: expected at most 100000 bytes, found 100008"]);
}

#[test]
fn a_record_fits_into_a_request() {
    let shard = |n: usize| format!("https://example.org/{n:0>100}.tar");
    let large = |shards: usize| {
        let shards = (0..shards).map(|n| {
            atdata::atmosphere::record::HttpShard::new(
                shard(n),
                atdata::atmosphere::record::Checksum::sha256("0".repeat(64)),
            )
        });
        EntryRecord::new("d", SCHEMA, Storage::Http(shards.collect())).created_at(super::TIME)
    };
    large(1000).to_atproto().unwrap();
    let old = WriteOptions::new().max_record(WriteOptions::MAX_RECORD_OLD);
    assert!(
        problems(large(1000).to_atproto_with(&old))[0]
            .starts_with("at the root: expected a record of at most 151552 bytes, found")
    );
    assert!(
        problems(large(5000).to_atproto())[0]
            .starts_with("at the root: expected a record of at most 997952 bytes, found")
    );
}

#[test]
fn depth_and_integers_have_bounds() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let with = |value| entry().with_content(None, [("x".to_owned(), value)].into_iter().collect()).to_atproto();
    with(nested(30)).unwrap();
    assert!(problems(with(nested(31)))[0].ends_with("expected at most 32 levels of nesting, found one more"));
    with(json!(9_007_199_254_740_991_u64)).unwrap();
    for large in [json!(9_007_199_254_740_992_u64), json!(-9_007_199_254_740_992_i64), json!(u64::MAX), json!(i64::MIN)]
    {
        assert!(problems(with(large))[0].starts_with("at /contentMetadata/x: expected an integer of at most 53 bits"));
    }
}

#[test]
fn brace_patterns_are_expanded_before_they_are_sent() {
    let mut entry = entry();
    entry.storage =
        Storage::External(vec!["https://example.org/d-{0..2}.tar".to_owned(), "https://example.org/e.tar".to_owned()]);
    assert_eq!(entry.to_json()["storage"]["shards"].as_array().unwrap().len(), 2);
    let sent = entry.to_atproto().unwrap();
    assert_eq!(sent["storage"]["$type"], "science.alt.dataset.storageHttp");
    let shards = sent["storage"]["shards"].as_array().unwrap();
    assert_eq!(shards.len(), 4);
    assert_eq!(
        shards[2],
        json!({"url": "https://example.org/d-2.tar", "checksum": {"algorithm": "none", "digest": ""}})
    );

    entry.storage = Storage::External(vec!["https://example.org/d-{0..2.tar".to_owned()]);
    let found = problems(entry.to_atproto());
    assert!(
        found[0].starts_with("at /storage: expected the URLs of shards, found a pattern that cannot be expanded"),
        "{found:?}"
    );
}

#[test]
fn the_trait_gives_what_the_types_give() {
    fn sent<R: Record>(record: &R) -> (&'static str, serde_json::Value) {
        let json = record.to_atproto().unwrap();
        assert_eq!(R::from_json(&json).unwrap().to_atproto().unwrap(), json);
        (R::COLLECTION, json)
    }
    let label = LabelRecord::new("l", "at://did:plc:abc/science.alt.dataset.entry/1");
    let schema = SchemaRecord::new(OwnedSchema::new("T", "1.0.0", vec![])).created_at(super::TIME);
    for (collection, json) in [sent(&entry()), sent(&label), sent(&schema)] {
        assert_eq!(json["$type"], collection);
    }
}
