//! Patterns and folders of S3 buckets, on a server inside the test process, and on Ceph's gateway.

use std::io::Write as _;

use atdata::source::S3Config;
use atdata::store::{S3Store, Store as _};
use atdata::{Dataset, ErrorKind, LoadOptions, ReadOptions};
use atdata_tests::services::{ACCESS_KEY, BUCKET, RadosGw, SECRET_KEY, TestS3};

use super::{Note, read};

const SHARDS: [&str; 9] = [
    "data/train-000000.tar",
    "data/train-000001.tar",
    "data/test-000000.tar",
    "data/notes.txt",
    "data/.train-000002.tar",
    "data/val/x 1+=&.tar",
    "data/val/deep/y.tar",
    "data/.hidden/z.tar",
    "top.tar.gz",
];

fn write(store: &S3Store) {
    let folder = tempfile::tempdir().unwrap();
    for name in SHARDS {
        let path = folder.path().join("one.tar");
        Dataset::write(&path, [Note { shard: name.to_owned() }]).unwrap();
        let mut upload = store.create(name).unwrap();
        upload.write_all(&std::fs::read(path).unwrap()).unwrap();
        upload.sync().unwrap();
        upload.commit().unwrap();
    }
}

/// What the names stand for on a server; `bucket` is empty but for the shards.
fn check(bucket: &str, config: &S3Config) {
    write(&S3Store::new(bucket, config.clone()));
    let loader = LoadOptions::new().options(ReadOptions::new().s3(config.clone()));
    let load = |key: &str| read(&loader.load(&format!("s3://{bucket}/{key}")).unwrap());

    let flat = ["test: data/test-000000.tar", "train: data/train-000000.tar data/train-000001.tar"];
    assert_eq!(load("data/"), flat);
    assert_eq!(load("data/*.tar"), flat);
    assert_eq!(load("data/{train,test}-*.tar"), [flat[1], flat[0]]);
    assert_eq!(load("data/train-00000[1-9]*.tar"), ["train: data/train-000001.tar"]);
    assert_eq!(load("data/*/*.tar"), ["validation: data/val/x 1+=&.tar"]);
    assert_eq!(load("*/val/**/*.tar"), ["validation: data/val/deep/y.tar data/val/x 1+=&.tar"]);
    assert_eq!(
        load("data/**"),
        [
            "train: data/notes.txt data/train-000000.tar data/train-000001.tar",
            "test: data/test-000000.tar",
            "validation: data/val/deep/y.tar data/val/x 1+=&.tar",
        ]
    );
    assert_eq!(load(""), ["train: top.tar.gz"]);
    assert_eq!(read(&loader.load(&format!("s3://{bucket}")).unwrap()), ["train: top.tar.gz"]);
    assert_eq!(load("data/val/x 1+=&.tar"), ["validation: data/val/x 1+=&.tar"]);
    let files = loader.clone().data_files([("a", "*/train-*1.tar"), ("b", "top.tar.gz")]);
    assert_eq!(read(&files.load(&format!("s3://{bucket}/")).unwrap()), ["a: data/train-000001.tar", "b: top.tar.gz"]);

    let fail = |url: &str| {
        let error = loader.load::<Note>(url).unwrap_err();
        (error.kind(), error.to_string().replace(bucket, "BUCKET"))
    };
    let at = |key: &str| format!("s3://{bucket}/{key}");
    let (kind, text) = fail(&at("data/tarin-*.tar"));
    let expected = "s3://BUCKET/data/tarin-*.tar: no file fits the pattern; \"data\" has \"train-000000.tar\", \"train-000001.tar\", ";
    assert!(kind == ErrorKind::NotFound && text.starts_with(expected), "{text}");
    let (kind, text) = fail(&at("nothing/"));
    assert!(kind == ErrorKind::NotFound && text.ends_with("; \"nothing\" is empty"), "{text}");
    assert_eq!(fail(&at("data//*.tar")).0, ErrorKind::InvalidInput);
    assert_eq!(fail(&at("data/x[*.tar")).0, ErrorKind::InvalidInput);
    assert_eq!(fail("s3://a*/x*.tar").0, ErrorKind::Unsupported);
}

#[test]
fn patterns_and_folders_of_buckets_are_found() {
    let server = TestS3::start();
    check(BUCKET, &S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint));
}

#[test]
fn so_they_are_on_ceph() {
    let server = RadosGw::start();
    let config = S3Config::with_keys(server.access_key(), server.secret_key()).endpoint(server.endpoint());
    check(server.bucket(), &config);

    let refused = |config: S3Config, url: String| {
        let loader = LoadOptions::new().options(ReadOptions::new().s3(config));
        let error = loader.load::<Note>(&url).unwrap_err();
        assert!(!format!("{error:?}").contains("wrong-secret"), "{error:?}");
        error.kind()
    };
    let wrong = S3Config::with_keys(server.access_key(), "wrong-secret").endpoint(server.endpoint());
    assert_eq!(refused(wrong, format!("s3://{}/", server.bucket())), ErrorKind::Permission);
    assert_eq!(refused(config, "s3://no-such-bucket/*.tar".into()), ErrorKind::NotFound);
}

/// More than one answer of the server holds.
#[test]
fn a_folder_of_many_shards_is_found_whole() {
    let server = TestS3::start();
    let folder = server.bucket().join("many");
    std::fs::create_dir(&folder).unwrap();
    for shard in 0..2500 {
        std::fs::write(folder.join(format!("x-{shard:06}.tar")), "").unwrap();
    }
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let loader = LoadOptions::new().options(ReadOptions::new().s3(config));
    let found = loader.load::<Note>(&format!("s3://{BUCKET}/many/x-*.tar")).unwrap();
    let urls: Vec<_> = found.only().unwrap().shards().iter().map(|shard| shard.url().to_owned()).collect();
    assert_eq!(urls, (0..2500).map(|shard| format!("s3://{BUCKET}/many/x-{shard:06}.tar")).collect::<Vec<_>>());
}

#[tokio::test]
async fn it_works_inside_a_runtime_of_one_thread() {
    let server = TestS3::start();
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    std::fs::write(server.bucket().join("x.tar"), "").unwrap();
    let loader = LoadOptions::new().options(ReadOptions::new().s3(config));
    assert_eq!(loader.load::<Note>(&format!("s3://{BUCKET}/*")).unwrap().len(), 1);
}

/// However many folders there are, all of them are listed at once.
#[test]
fn a_pattern_of_all_folders_is_one_listing() {
    let server = TestS3::start();
    for folder in 0..30 {
        let folder = server.bucket().join(format!("deep/{}/{folder}", folder % 3));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("x.tar"), "").unwrap();
    }
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let loader = LoadOptions::new().options(ReadOptions::new().s3(config));
    let listings = || server.operations().iter().filter(|name| name.starts_with("ListObjects")).count();
    let load = |pattern: &str| {
        let before = listings();
        let found = loader.load_all::<Note>(&format!("s3://{BUCKET}/{pattern}")).unwrap();
        (found.shards().len(), listings() - before)
    };
    assert_eq!(load("deep/**"), (30, 1));
    assert_eq!(load("deep/**/*.tar"), (30, 1));
    assert_eq!(load("deep/1/**/x.tar"), (10, 1));
}
