//! Shards in S3: on a server inside the test process, and on Ceph's gateway.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;
use std::process::Command;

use atdata::source::S3Config;
use atdata::{Dataset, ErrorKind, ReadOptions};
use atdata_tests::remote::{check_reads, labels, pattern, write_shards};
use atdata_tests::services::{ACCESS_KEY, BUCKET, RadosGw, SECRET_KEY, TestS3};
use atdata_tests::types::Text;

const SHARDS: i64 = 3;

fn server() -> TestS3 {
    let server = TestS3::start();
    std::fs::create_dir(server.bucket().join("train set")).unwrap();
    write_shards(&server.bucket().join("train set"), SHARDS);
    server
}

fn open(bucket: &str, config: S3Config) -> Dataset<Text> {
    let dataset = Dataset::open(pattern(&format!("s3://{bucket}/train set/"), SHARDS)).unwrap();
    dataset.with_options(ReadOptions::new().s3(config))
}

#[test]
fn shards_are_read_in_every_way() {
    let server = server();
    check_reads(&open(BUCKET, S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint)), SHARDS);
}

#[tokio::test]
async fn it_works_inside_a_runtime_of_one_thread() {
    let server = server();
    check_reads(&open(BUCKET, S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint)), SHARDS);
}

#[test]
fn wrong_keys_are_refused_and_not_shown() {
    let server = server();
    let refused = |config: S3Config| {
        let dataset = open(BUCKET, config.endpoint(&server.endpoint));
        let error = dataset.head(1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission, "{error:?}");
        let shown = format!("{error:?} {dataset:?}");
        assert!(
            !shown.contains("Signature=") && !shown.contains("wrong-secret") && !shown.contains(ACCESS_KEY),
            "{shown}"
        );
        error.to_string()
    };
    let message = refused(S3Config::with_keys(ACCESS_KEY, "wrong-secret"));
    assert!(
        message.ends_with("(SignatureDoesNotMatch); the secret key does not belong to the access key"),
        "{message}"
    );
    refused(S3Config::with_keys("AKnobody", SECRET_KEY));
    refused(S3Config::anonymous());
}

#[test]
fn what_is_not_there_is_said_to_be_missing() {
    let server = server();
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let missing = |url: &str| {
        let dataset = Dataset::<Text>::open(url).unwrap().with_options(ReadOptions::new().s3(config.clone()));
        let error = dataset.head(1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        error.to_string()
    };
    let key = missing("s3://test-bucket/no/such.tar");
    assert_eq!(
        key,
        "s3://test-bucket/no/such.tar: the server answered 404 Not Found (NoSuchKey); check the key, which for a folder of shards ends in a slash"
    );
    assert!(missing("s3://no-such-bucket/a.tar").starts_with("s3://no-such-bucket/a.tar: the server answered 404"));
}

#[test]
fn a_dotenv_file_names_keys_and_endpoint() {
    let server = server();
    let file = server.bucket().parent().unwrap().join(".env");
    let text = format!(
        "# for tests\nexport AWS_ACCESS_KEY_ID='{ACCESS_KEY}'\nAWS_SECRET_ACCESS_KEY=\"{SECRET_KEY}\"\nAWS_ENDPOINT={}\n",
        server.endpoint
    );
    std::fs::write(&file, text).unwrap();
    let config = S3Config::from_env_file(&file).unwrap();
    assert!(!format!("{config:?}").contains("TEST"), "{config:?}");
    assert_eq!(labels(open(BUCKET, config).ordered()).len(), 30);

    std::fs::write(&file, "AWS_ACCESS_KEY_ID=x\n").unwrap();
    let error = S3Config::from_env_file(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(S3Config::from_env_file("no/such/.env").unwrap_err().kind(), ErrorKind::NotFound);
}

/// What reading gives in a process with these variables, and none of those that others may have set.
fn read_with(variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shard-reader"));
    child.arg(pattern("s3://test-bucket/train set/", SHARDS));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        child.env_remove(name);
    }
    let nothing = Path::new("/nonexistent");
    child.env("HOME", nothing).envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn keys_and_endpoint_come_from_the_environment() {
    let server = server();
    let keys = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
    let output = read_with(&[keys[0], keys[1], ("AWS_ENDPOINT_URL", &server.endpoint)]);
    assert!(output.contains("read 30"), "{output}");
    let open = read_with(&[keys[0], keys[1], ("AWS_ENDPOINT_URL", "http://s3.example.org")]);
    assert!(open.contains("InvalidInput") && open.contains("AWS_ALLOW_HTTP=true"), "{open}");
    // The service of the machine that gives credentials is one that does not answer.
    let metadata = ("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1");
    let none = read_with(&[metadata, ("AWS_ENDPOINT_URL", &server.endpoint)]);
    assert!(none.contains("Permission") && none.contains("no credentials for S3: set AWS_ACCESS_KEY_ID"), "{none}");
}

#[test]
fn keys_come_from_a_profile() {
    let server = server();
    let file = server.bucket().parent().unwrap().join("credentials");
    let text = format!(
        "[work]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n[empty]\nregion = x\n"
    );
    std::fs::write(&file, text).unwrap();
    let read = |profile: &str| {
        let file = ("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap());
        read_with(&[file, ("AWS_PROFILE", profile), ("AWS_ENDPOINT_URL", &server.endpoint)])
    };
    assert!(read("work").contains("read 30"));
    assert!(read("other").contains("NotFound s3://test-bucket/train set/d-0.tar: no profile `other`"));
    assert!(read("empty").contains("the profile `empty` holds no keys"));
}

/// One test, for one server: it takes seconds to start.
#[test]
fn cephs_gateway_agrees() {
    let server = RadosGw::start();
    let folder = tempfile::tempdir().unwrap();
    write_shards(folder.path(), SHARDS);
    for number in 0..SHARDS {
        upload(&server, &folder.path().join(format!("d-{number}.tar")), &format!("train%20set/d-{number}.tar"), &[]);
    }
    let keys = || S3Config::with_keys(server.access_key(), server.secret_key()).endpoint(server.endpoint());
    check_reads(&open(server.bucket(), keys()), SHARDS);
    let error = |config: S3Config, bucket: &str| open(bucket, config).head(1).unwrap_err();
    let wrong = S3Config::with_keys(server.access_key(), "wrong").endpoint(server.endpoint());
    assert_eq!(error(wrong, server.bucket()).kind(), ErrorKind::Permission);
    assert_eq!(error(S3Config::anonymous().endpoint(server.endpoint()), server.bucket()).kind(), ErrorKind::Permission);
    let missing = error(keys(), "no-such-bucket");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(
        missing.to_string().ends_with("(NoSuchBucket); check the bucket's name, and the endpoint if it is not on AWS")
    );

    // A public object needs no keys.
    upload(&server, &folder.path().join("d-0.tar"), "public.tar", &["-H", "x-amz-acl: public-read"]);
    let dataset = Dataset::<Text>::open(format!("s3://{}/public.tar", server.bucket())).unwrap();
    let options = ReadOptions::new().s3(S3Config::anonymous().endpoint(server.endpoint()));
    assert_eq!(labels(dataset.with_options(options).ordered()).len(), 10);
}

fn upload(server: &RadosGw, file: &Path, key: &str, more: &[&str]) {
    curl(server, key, &[&["-T", file.to_str().unwrap()], more].concat());
}

#[track_caller]
fn curl(server: &RadosGw, key: &str, arguments: &[&str]) {
    let status = Command::new("curl")
        .args(["-fsS", "--aws-sigv4", "aws:amz:us-east-1:s3", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
        .args(["--user", &format!("{}:{}", server.access_key(), server.secret_key())])
        .args(arguments)
        .arg(format!("{}/{}/{key}", server.endpoint(), server.bucket()))
        .status();
    assert!(status.is_ok_and(|status| status.success()), "curl {key}");
}
