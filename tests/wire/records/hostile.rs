//! Records that mean harm: typed errors with their places, and never a panic.

use std::time::{Duration, Instant};

use atdata::ErrorKind;
use atdata::atmosphere::record::{EntryRecord, LabelRecord, LensVerification, PublishedLens, Storage};
use atdata::source::Schemes;
use serde_json::{Value as Json, json};

use super::{entry_at, entry_json, problems, stored};

#[test]
fn urls_of_a_record_open_no_files_and_run_no_commands() {
    for bad in [
        "pipe:curl https://example.org | sh",
        "/etc/passwd",
        "file:///etc/passwd",
        "-",
        "../../a.tar",
        "ftp://h/a",
        "http://169.254.169.254/latest",
    ] {
        for storage in [
            json!({"$type": "science.alt.dataset.storageExternal", "urls": [bad]}),
            json!({"$type": "science.alt.dataset.storageHttp", "shards": [{"url": bad, "checksum": {"algorithm": "none", "digest": ""}}]}),
        ] {
            let shards = stored(&storage).unwrap().shard_urls("did:plc:abc").unwrap();
            let error = shards[0].shard(Schemes::of_records()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{bad}");
        }
    }
    let endpoint = json!({"$type": "science.alt.dataset.storageS3", "bucket": "etc", "endpoint": "file://",
        "shards": [{"key": "passwd", "checksum": {"algorithm": "none", "digest": ""}}]});
    let shards = stored(&endpoint).unwrap().shard_urls("did:plc:abc").unwrap();
    assert!(shards[0].shard(Schemes::of_records().with_http()).is_err());
    let good = entry_at("https://example.org/a.tar").shard_urls("did:plc:abc").unwrap();
    assert_eq!(good[0].shard(Schemes::of_records()).unwrap().url(), "https://example.org/a.tar");
}

#[test]
fn patterns_for_more_shards_than_there_are_end() {
    let start = Instant::now();
    let many = vec!["https://h/{0..999999}.tar".to_owned(); 5000];
    let mut entry = entry_at("https://h/a");
    for patterns in [many, vec!["{0..999999999999}".to_owned()], vec!["{a,b}".repeat(60)], vec!["{".repeat(100_000)]] {
        entry.storage = Storage::External(patterns);
        assert_eq!(entry.shard_urls("did:plc:abc").unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert!(start.elapsed() < Duration::from_secs(50), "{:?}", start.elapsed());
}

#[test]
fn a_million_complaints_are_counted_and_not_kept() {
    let storage = json!({"$type": "science.alt.dataset.storageHttp", "shards": vec![json!(1); 300_000]});
    let error = stored(&storage).unwrap_err();
    assert!(error.problems().len() <= 64);
    assert!(error.to_string().starts_with("300000 problems in the entry record:"), "{error}");
}

#[test]
fn wrong_types_are_named_with_their_places() {
    let wrong = entry_json(&[
        ("name", json!({"a": 1})),
        ("schemaRef", json!(null)),
        ("createdAt", json!(5)),
        ("tags", json!(["a", 1, {}])),
        ("size", json!({"samples": -1, "bytes": 1.5, "shards": "2"})),
        ("metadata", json!({"$bytes": "gaFhAQ!"})),
        ("contentMetadata", json!([1])),
        ("description", json!("\u{1b}[31mred")),
        ("license", json!(["\u{1b}]0;x"])),
        (
            "storage",
            json!({"$type": "science.alt.dataset.storageBlobs", "blobs": [
            {"blob": {"$type": "blob", "ref": {"$link": "bafy\u{1b}[2J"}, "mimeType": 1, "size": -5}},
            {"blob": {"$type": "file", "ref": 1}}, {}, 5]}),
        ),
    ]);
    let found = problems(EntryRecord::from_json(&wrong));
    let places: Vec<_> =
        found.iter().map(|problem| problem.split(": ").next().unwrap().trim_start_matches("at ")).collect();
    assert_eq!(
        places,
        [
            "/name",
            "/schemaRef",
            "/storage/blobs/0/blob/ref/$link",
            "/storage/blobs/0/blob/mimeType",
            "/storage/blobs/0/blob/size",
            "/storage/blobs/1/blob/$type",
            "/storage/blobs/1/blob/ref",
            "/storage/blobs/1/blob/mimeType",
            "/storage/blobs/2/blob",
            "/storage/blobs/3",
            "/createdAt",
            "/metadata",
            "/tags/1",
            "/tags/2",
            "/size/samples",
            "/size/bytes",
            "/size/shards",
            "/license",
            "/contentMetadata",
        ]
    );
    assert!(!found.concat().contains('\u{1b}'), "control characters do not reach the terminal");
}

#[test]
fn whatever_is_no_record_is_an_error() {
    let deep = (0..100).fold(json!(1), |inner, _| json!({"a": inner}));
    for value in [json!(null), json!(1), json!("x"), json!([]), json!({}), deep.clone()] {
        assert!(EntryRecord::from_json(&value).is_err());
        assert!(LabelRecord::from_json(&value).is_err());
        assert!(PublishedLens::from_json(&value).is_err());
        assert!(LensVerification::from_json(&value).is_err());
    }
    let found = problems(EntryRecord::from_json(&entry_json(&[("x", deep)])));
    assert!(found[0].ends_with("expected at most 64 levels of nesting, found one more"), "{found:?}");
}

#[test]
fn msgpack_in_metadata_is_as_little_trusted() {
    // A map that claims four billion entries, an extension type, a list, nothing, and a key that is a number.
    for bytes in ["3/////8=", "gaFhxwEFAA==", "kQE=", "", "gQEC"] {
        let found = problems(EntryRecord::from_json(&entry_json(&[("metadata", json!({"$bytes": bytes}))])));
        assert_eq!(
            found,
            ["at /metadata: expected an object, or a msgpack map as `$bytes` in base 64, found other bytes"]
        );
    }
    for other in [json!("gaFhAQ=="), json!([1]), json!(5), json!(false)] {
        assert!(EntryRecord::from_json(&entry_json(&[("metadata", other)])).is_err());
    }
}

#[test]
fn hostile_keys_stay_keys() {
    let storage = |bucket: &str, key: &str| {
        stored(
            &json!({"$type": "science.alt.dataset.storageS3", "bucket": bucket, "endpoint": "https://s3.example.org/",
            "shards": [{"key": key, "checksum": {"algorithm": "none", "digest": ""}}]}),
        )
    };
    let url = |bucket: &str, key: &str| storage(bucket, key).unwrap().shard_urls("d").unwrap()[0].url.clone();
    assert_eq!(url("b", "a/b-0.tar"), "https://s3.example.org/b/a/b-0.tar");
    assert_eq!(url("b", "a b?sig=1#x%20\r\nHost: y"), "https://s3.example.org/b/a%20b%3Fsig=1%23x%2520%0D%0AHost:%20y");
    assert_eq!(url("../x", "k"), "https://s3.example.org/..%2Fx/k");
}

#[test]
fn every_part_may_be_anything() {
    // Each member in turn is replaced by each of these, in records that are else fine.
    let values = [
        json!(null),
        json!(true),
        json!(1.5),
        json!(-1),
        json!(u64::MAX),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!({"$type": 1}),
        json!({"$bytes": 1}),
        json!({"$link": "x"}),
    ];
    let blobs = json!({"$type": "science.alt.dataset.storageBlobs", "blobs": [{"blob": super::tar_blob(b"x"),
        "checksum": {"algorithm": "sha256", "digest": "0"}}]});
    for record in [super::entry().to_json(), entry_json(&[("storage", blobs), ("size", json!({"samples": 1}))])] {
        for pointer in pointers(&record, "") {
            for value in &values {
                let mut record = record.clone();
                *record.pointer_mut(&pointer).unwrap() = value.clone();
                if let Ok(entry) = EntryRecord::from_json(&record) {
                    let _ = (entry.to_atproto(), entry.to_entry("did:plc:abc"), entry.url_problems());
                }
            }
        }
    }
}

fn pointers(value: &Json, at: &str) -> Vec<String> {
    let members = value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value));
    let items = value.as_array().into_iter().flatten().enumerate().map(|(at, value)| (at.to_string(), value));
    let below = members.chain(items).flat_map(|(key, value)| pointers(value, &format!("{at}/{key}")));
    std::iter::once(at.to_owned()).chain(below.collect::<Vec<_>>()).collect()
}
