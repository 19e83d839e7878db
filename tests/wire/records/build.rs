//! Python's records, made from nothing with the types of the library.

use atdata::atmosphere::record::{
    BlobRef, BlobShard, Checksum, CodeReference, DatasetSize, EntryMetadata, EntryRecord, HttpShard, LabelRecord,
    LensVerification, PublishedLens, S3Shard, Storage,
};
use atdata::cid::Cid;
use atdata::{DictSample, Value};
use atdata_tests::fixtures;
use serde_json::{Value as Json, json};

use super::{SCHEMA, TIME};

const DIGEST: &str = "df3598cd66f1bb5bc4e2c17be89b7c7ecf0c81e53939f471a6b72db8d139edae";

#[track_caller]
fn assert_made(kind: &str, name: &str, made: &Json) {
    let case = &fixtures::json("atproto.json")[kind][name];
    assert_eq!(made.to_string(), case["record"].to_string());
    assert_eq!(Cid::of(made).unwrap().to_string(), case["cid"]);
}

#[test]
fn an_entry_on_web_servers_is_that_of_python() {
    let shards = vec![
        HttpShard::new("https://example.com/d-000000.tar", Checksum::sha256(DIGEST)),
        HttpShard::new("https://example.com/d-000001.tar", Checksum::unknown()),
    ];
    let mut flat: DictSample = [
        ("source_uri", "https://example.com/raw"),
        ("created_by", "pipeline v2"),
        ("version", "2.1.0"),
        ("model", "resnet50"),
        ("split", "train"),
    ]
    .into_iter()
    .collect();
    flat.insert("epoch", 10);
    flat.insert("processing_steps", vec![Value::from("a"), Value::from("b")]);
    let entry =
        EntryRecord::new("http ds", "at://did:plc:abc123/science.alt.dataset.schema/image1.0.0", Storage::Http(shards))
            .created_at(TIME)
            .with_description("desc 日本")
            .with_metadata(EntryMetadata::from_sample(&flat).unwrap())
            .with_tags(["a", "b"])
            .with_size(DatasetSize::new(100, 1_099_511_627_776, 2))
            .with_license("MIT");
    assert_made("entries", "http", &entry.to_atproto().unwrap());
}

#[test]
fn entries_in_a_bucket_are_those_of_python() {
    let storage = Storage::S3 {
        bucket: "bucket".to_owned(),
        shards: vec![S3Shard::new("a/b-000000.tar", Checksum::sha256(DIGEST))],
        region: Some("us-east-1".to_owned()),
        endpoint: Some("https://r2.example.com".to_owned()),
    };
    let mut entry = EntryRecord::new("s3 ds", SCHEMA, storage).created_at("2026-03-01T12:00:00.123456+00:00");
    entry.tags = None;
    assert_made("entries", "s3", &entry.to_json());
    // What is sent always has tags, as what Python's publisher sends.
    assert_eq!(entry.to_atproto().unwrap()["tags"], json!([]));

    let storage = Storage::S3 { bucket: "bucket".to_owned(), shards: vec![], region: None, endpoint: None };
    let entry = EntryRecord::new("s3 min", SCHEMA, storage).created_at(TIME);
    assert_made("entries", "s3 minimal", &entry.to_json());
    assert_eq!(super::problems(entry.to_atproto()), ["at /storage/shards: expected at least 1 items, found 0"]);
}

#[test]
fn an_entry_of_blobs_is_that_of_python() {
    let case = &fixtures::json("atproto.json")["entries"]["blobs"]["record"];
    let cid = case["storage"]["blobs"][0]["blob"]["ref"]["$link"].as_str().unwrap().parse().unwrap();
    let blob = BlobRef::new(cid, BlobRef::TAR, 10240);
    let blobs = vec![BlobShard::new(blob.clone(), Checksum::sha256(DIGEST)), BlobShard::new(blob, None)];
    let content = [("instrument".to_owned(), json!("Zeiss")), ("gain".to_owned(), json!(2))];
    let mut entry = EntryRecord::new("blob ds", SCHEMA, Storage::Blobs(blobs))
        .created_at(TIME)
        .with_content("at://did:plc:abc123/science.alt.dataset.schema/meta".to_owned(), content.into_iter().collect());
    entry.tags = None;
    entry.other.insert("manifests".to_owned(), case["manifests"].clone());
    assert_made("entries", "blobs", &entry.to_json());
}

#[test]
fn lenses_labels_and_verifications_are_those_of_python() {
    let code =
        |function: &str| CodeReference::new("https://github.com/u/r", "0123abc", format!("mod.lenses:{function}"));
    let full = |function| code(function).with_branch("main").with_language("python");
    let schema = |key: &str| format!("at://did:plc:abc123/science.alt.dataset.schema/{key}");
    let lens = PublishedLens::new("l", schema("a"), schema("b"), full("f"), code("g"))
        .created_at(TIME)
        .with_description("d")
        .with_language("python")
        .with_metadata([("k".to_owned(), json!(1))].into_iter().collect())
        .with_versions("1.0.0", ">=1.0.0 <2.0.0");
    assert_made("lens", "full", &lens.to_atproto().unwrap());
    let lens = PublishedLens::new("l", schema("a"), schema("b"), full("f"), full("f")).created_at(TIME);
    assert_made("lens", "minimal", &lens.to_atproto().unwrap());

    let commit = "bafyreidykglsfhoixmivffc5uwhcgshx4j465xwqntbmu43nb2dzqwfvae";
    let verification = LensVerification::new("at://did:plc:abc/science.alt.dataset.lens/1", commit, "codeReview")
        .created_at(TIME)
        .with_code_hash(Checksum::sha256("00ff"))
        .with_proof(full("f"))
        .with_description("ok");
    assert_made("lens_verification", "full", &verification.to_atproto().unwrap());

    let label = LabelRecord::new("mnist", "at://did:plc:abc/science.alt.dataset.entry/1");
    let full = label.clone().created_at(TIME).with_version("1.0.0").with_description("first");
    assert_made("label", "full", &full.to_atproto().unwrap());
    let minimal = label.created_at("2026-03-01T12:00:00.123456+00:00");
    assert_made("label", "minimal", &minimal.to_atproto().unwrap());
    assert_eq!(minimal.dataset().unwrap().rkey(), "1");
}
