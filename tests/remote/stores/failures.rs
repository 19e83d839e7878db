//! What goes wrong on the way to a bucket is told, tried again where that may help, and leaves nothing behind.

use std::io::Write;

use atdata::source::S3Config;
use atdata::store::{S3Store, Store};
use atdata::{ErrorKind, ShardWriter};
use atdata_tests::remote::text;
use atdata_tests::services::{ACCESS_KEY, BUCKET, Cut, Proxy, SECRET_KEY, TestS3, free_port};
use s3s::S3ErrorCode;

use super::{bytes, config, content, gateway, impatient, objects, put, shared, store};

/// The error of writing, which names bucket and key and shows no secret.
#[track_caller]
fn refused(store: &S3Store, size: usize) -> atdata::Error {
    let error = put(store, "a/b.tar", &bytes(size)).unwrap_err();
    let shown = format!("{error:?} {error:#} {store:?}");
    assert_eq!(error.shard(), Some(store.object_url("a/b.tar").as_str()), "{shown}");
    for secret in ["wrong-secret", SECRET_KEY, "Signature=", "AWS4-HMAC"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    error
}

#[test]
fn wrong_keys_and_missing_buckets_are_told_apart() {
    let server = TestS3::start();
    for endpoint in [&server.endpoint, gateway().endpoint()] {
        for size in [10, 20 << 20] {
            let wrong = S3Config::with_keys(ACCESS_KEY, "wrong-secret").endpoint(endpoint);
            let error = refused(&S3Store::new(BUCKET, wrong), size);
            assert_eq!(error.kind(), ErrorKind::Permission, "{error:?}");
            assert!(
                error
                    .to_string()
                    .ends_with("(SignatureDoesNotMatch); the secret key does not belong to the access key"),
                "{error}"
            );
            let nobody = S3Config::with_keys("AKnobody", SECRET_KEY).endpoint(endpoint);
            assert_eq!(refused(&S3Store::new(BUCKET, nobody), size).kind(), ErrorKind::Permission);
            let anonymous = S3Config::anonymous().endpoint(endpoint);
            assert_eq!(refused(&S3Store::new(BUCKET, anonymous), size).kind(), ErrorKind::Permission);
        }
    }
    // The server inside of the process makes a bucket of any name.
    for size in [10, 20 << 20] {
        let error = refused(&S3Store::new("no-such-bucket", config(gateway().endpoint())), size);
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
        let told =
            "s3://no-such-bucket/a/b.tar: the server answered 404 Not Found (NoSuchBucket); check the bucket's name";
        assert!(error.to_string().starts_with(told), "{error}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_as_that() {
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let store = store(&endpoint, "x").retry(impatient());
    for size in [10, 20 << 20] {
        let error = refused(&store, size);
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(error.is_retryable());
        let text = error.to_string();
        assert!(
            text.contains("cannot connect to the server (after 3 attempts): ") && text.contains("refused"),
            "{text}"
        );
    }
    assert_eq!(store.remove(&store.object_url("a.tar")).unwrap_err().kind(), ErrorKind::Interrupted);
}

#[test]
fn a_busy_server_is_asked_again() {
    let server = TestS3::refusing(|_, before| (before < 2).then_some(S3ErrorCode::SlowDown));
    let store = store(&server.endpoint, "busy").retry(impatient());
    put(&store, "small.tar", b"bytes").unwrap();
    put(&store, "large.tar", &bytes(20 << 20)).unwrap();
    assert_eq!(content_of(&server, "busy/small.tar"), b"bytes");
    assert!(content_of(&server, "busy/large.tar") == bytes(20 << 20));
    assert_eq!(server.left_over(), (0, 0));
    let count = |name: &str| server.operations().iter().filter(|own| *own == name).count();
    assert_eq!((count("PutObject"), count("CreateMultipartUpload"), count("UploadPart")), (3, 3, 5));
}

fn content_of(server: &TestS3, key: &str) -> Vec<u8> {
    std::fs::read(server.bucket().join(key)).unwrap()
}

#[test]
fn a_server_that_stays_busy_is_left_alone_in_the_end() {
    let server = TestS3::refusing(|name, _| (name == "CompleteMultipartUpload").then_some(S3ErrorCode::SlowDown));
    let error = refused(&store(&server.endpoint, "x").retry(impatient()), 20 << 20);
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.to_string().ends_with("(SlowDown) (after 3 attempts)"), "{error}");
    assert_eq!(server.left_over(), (0, 0), "the upload was aborted");
}

#[test]
fn an_upload_that_fails_in_its_midst_is_aborted() {
    for operation in ["UploadPart", "CompleteMultipartUpload"] {
        let server = TestS3::refusing(move |name, before| {
            (name == operation && (before >= 2 || name != "UploadPart")).then_some(S3ErrorCode::AccessDenied)
        });
        let error = refused(&store(&server.endpoint, "x").retry(impatient()), 60 << 20);
        // A server may close the connection before it has read the part that it refuses; asked again, it says the same.
        let is_told = error.kind() == ErrorKind::Permission || operation == "UploadPart" && error.is_retryable();
        assert!(is_told, "{operation} {error:?}");
        assert_eq!((server.left_over(), objects(&server.endpoint, "x").len()), ((0, 0), 0), "{operation}");
        assert!(server.operations().iter().any(|name| name == "AbortMultipartUpload"));
    }
}

#[test]
fn after_a_failure_no_more_is_taken() {
    let server = TestS3::refusing(|name, _| (name == "CreateMultipartUpload").then_some(S3ErrorCode::AccessDenied));
    let mut upload = store(&server.endpoint, "x").create("a.tar").unwrap();
    let error = atdata::Error::from(upload.write_all(&bytes(20 << 20)).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Permission, "{error:?}");
    let error = atdata::Error::from(upload.write_all(b"more").unwrap_err());
    assert!(error.to_string().ends_with("start the upload again"), "{error}");
    assert!(upload.sync().is_err() && upload.commit().is_err());
    assert!(objects(&server.endpoint, "x").is_empty());
}

#[test]
fn a_connection_that_breaks_within_a_part_costs_only_that_part() {
    let server = TestS3::start();
    let proxy = Proxy::start(&server.endpoint, |line, number| {
        (line.starts_with("PUT") && number % 2 == 1).then_some(Cut::Request(1_000_000))
    });
    let store = store(&proxy.endpoint(), "cut").retry(impatient().attempts(10));
    put(&store, "a.tar", &bytes(60 << 20)).unwrap();
    assert!(content_of(&server, "cut/a.tar") == bytes(60 << 20));
    assert_eq!(server.left_over(), (0, 0));
}

#[test]
fn an_answer_that_is_lost_does_not_lose_the_object() {
    let gateway = gateway().endpoint();
    let lost = std::sync::atomic::AtomicBool::new(false);
    let proxy = Proxy::start(gateway, move |line, _| {
        let completes = line.starts_with("POST") && line.contains("uploadId=");
        (completes && !lost.swap(true, std::sync::atomic::Ordering::SeqCst)).then_some(Cut::Answer)
    });
    let store = store(&proxy.endpoint(), "lost").retry(impatient());
    put(&store, "a.tar", &bytes(20 << 20)).unwrap();
    assert!(content(gateway, "lost/a.tar") == bytes(20 << 20));
}

#[test]
fn a_write_of_many_shards_that_fails_in_the_end_takes_back_those_that_appeared() {
    // Three shards of 20 kB, each put as a whole.
    let server =
        TestS3::refusing(|name, before| (name == "PutObject" && before == 2).then_some(S3ErrorCode::AccessDenied));
    let store = store(&server.endpoint, "many");
    let mut writer = ShardWriter::in_store(shared(store), "set").max_count(10).build().unwrap();
    (0..30).for_each(|n| writer.write(&text(n)).unwrap());
    let error = writer.finish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission, "{error:?}");
    assert!(error.shard().unwrap().ends_with("--000002.tar"), "{error}");
    assert_eq!(objects(&server.endpoint, "many"), []);
    // Two shards, each with the three objects that may lie beside it.
    assert_eq!(server.operations().iter().filter(|name| *name == "DeleteObject").count(), 8);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let server = TestS3::start();
    let store = store(&server.endpoint, "x");
    for name in ["", "/a", "../a", "a/../b", "a//b", "a/", "a{0..1}", "a\\b", "a?b", &"n".repeat(1100)] {
        assert_eq!(store.create(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
    }
    assert!(server.operations().is_empty());
}

/// Keys that may write and delete, and not read, clean up.
#[test]
fn who_may_not_read_may_remove() {
    let server = TestS3::refusing(|name, _| (name == "HeadObject").then_some(S3ErrorCode::AccessDenied));
    let store = store(&server.endpoint, "blind").retry(impatient());
    put(&store, "a.tar", b"bytes").unwrap();
    assert!(store.remove(&store.object_url("a.tar")).unwrap());
    assert!(!server.bucket().join("blind/a.tar").exists());
}

/// The XML API of Google says 404 to who removes what is not there.
#[test]
fn what_is_not_there_may_be_told_when_it_is_removed() {
    let server =
        TestS3::refusing(|name, before| (name == "DeleteObject" && before < 3).then_some(S3ErrorCode::NoSuchKey));
    let store = store(&server.endpoint, "google").retry(impatient());
    put(&store, "a.tar", b"bytes").unwrap();
    assert!(store.remove(&store.object_url("a.tar")).unwrap());
    assert!(!server.bucket().join("google/a.tar").exists());
    let missing = TestS3::refusing(|name, _| match name {
        "HeadObject" => Some(S3ErrorCode::AccessDenied),
        "DeleteObject" => Some(S3ErrorCode::NoSuchKey),
        _ => None,
    });
    let store = super::store(&missing.endpoint, "google").retry(impatient());
    assert!(!store.remove(&store.object_url("a.tar")).unwrap());
}

/// What was said of a shard is none of what takes its place, whoever may look.
#[test]
fn who_may_not_read_replaces_a_shard_without_its_manifest() {
    for may_remove in [true, false] {
        let server = TestS3::refusing(move |name, _| {
            (name == "HeadObject" || !may_remove && name == "DeleteObject").then_some(S3ErrorCode::AccessDenied)
        });
        let store = store(&server.endpoint, "blind").retry(impatient());
        for name in ["a.manifest.json", "a.manifest.parquet", "a.tar"] {
            put(&store, name, b"bytes").unwrap();
        }
        for name in ["a.manifest.json", "a.manifest.parquet"] {
            assert_eq!(server.bucket().join("blind").join(name).exists(), !may_remove, "{name}");
        }
        assert_eq!(content_of(&server, "blind/a.tar"), b"bytes");
    }
}

/// The manifest of `a.tar` is none of an object that is called `a`.
#[test]
fn what_is_called_as_a_shard_begins_has_no_manifest() {
    let server = TestS3::start();
    let store = store(&server.endpoint, "stem");
    for name in ["a.tar", "a.manifest.json", "a.manifest.parquet", "a"] {
        put(&store, name, b"bytes").unwrap();
    }
    assert!(store.remove(&store.object_url("a")).unwrap());
    assert_eq!(content_of(&server, "stem/a.manifest.json"), b"bytes");
    // Another shard takes both files away.
    put(&store, "a.tar", b"other").unwrap();
    assert_eq!(objects(&server.endpoint, "stem").len(), 1);
}
