//! Shards on servers whose contents are in one file for all of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::source::{Cache, S3Config};
use atdata::{Dataset, ErrorKind, ReadOptions, ShardWriter};
use atdata_tests::remote::{pattern, text, write_shards};
use atdata_tests::services::{ACCESS_KEY, BUCKET, Http, SECRET_KEY, TestS3};
use atdata_tests::types::Text;

use super::contents::check;

const SHARDS: i64 = 4;
const PACK: &str = "_contents.atxp";

fn write(folder: &Path) -> Dataset<Text> {
    write_shards(folder, SHARDS);
    let dataset = Dataset::<Text>::open(pattern(&format!("{}/", folder.display()), SHARDS)).unwrap();
    dataset.untyped().pack(1, &|_| ()).unwrap();
    dataset
}

#[test]
fn a_pack_on_a_web_server_is_one_request() {
    let folder = tempfile::tempdir().unwrap();
    let local = write(folder.path());
    let server = Http::start(folder.path());
    let dataset = Dataset::<Text>::open(pattern(&server.url(""), SHARDS)).unwrap();
    let plan = dataset.plan().batch(8).build().unwrap();
    assert_eq!((dataset.len().unwrap(), plan.samples()), (40, 40));
    let asked: Vec<String> = server.requests().into_iter().filter(|line| line.contains("atdata/")).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    for place in ["", "redirect/", "noetag/"] {
        check(&Dataset::open(pattern(&server.url(place), SHARDS)).unwrap(), &local);
    }
    let user = format!("http://user:p%40ss@{}/private/", server.host());
    check(&Dataset::open(pattern(&user, SHARDS)).unwrap(), &local);
    assert!(server.requests().iter().all(|line| !line.contains(".tar.atx ")));
    let whole = |line: &&String| line.contains(".tar ") && line.contains("\" 200 ");
    assert_eq!(server.requests().iter().find(whole), None);
    // A server that knows no ranges is read from the start.
    let dataset = Dataset::<Text>::open(pattern(&server.url("norange/"), SHARDS)).unwrap();
    assert_eq!((dataset.len().unwrap(), dataset.at(31).unwrap()), (40, text(31)));
}

#[test]
fn a_cache_has_the_shards_of_a_pack() {
    let folder = tempfile::tempdir().unwrap();
    let local = write(folder.path());
    let server = Http::start(folder.path());
    let cache = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(pattern(&server.url(""), SHARDS)).unwrap();
    check(&dataset.with_options(ReadOptions::new().cache(Cache::new(cache.path()))), &local);
}

#[test]
fn a_pack_in_a_bucket_is_found() {
    let server = TestS3::start();
    let local = write(&server.bucket());
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let dataset = Dataset::open(pattern(&format!("s3://{BUCKET}/"), SHARDS)).unwrap();
    check(&dataset.with_options(ReadOptions::new().s3(config)), &local);
}

#[test]
fn a_pack_on_a_server_is_mistrusted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let open = || Dataset::<Text>::open(pattern(&server.url(""), SHARDS)).unwrap();
    let pack = folder.path().join(PACK);
    let sound = std::fs::read(&pack).unwrap();
    // A page that the server sends for whatever it does not have: as if there were none.
    std::fs::write(&pack, "<html>not found</html>").unwrap();
    assert_eq!((open().len().unwrap(), open().at(17).unwrap()), (40, text(17)));
    std::fs::write(&pack, &sound[..sound.len() - 8]).unwrap();
    let error = open().len().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, Some(server.url(PACK).as_str())));
    // Another state of a shard is found when that is opened.
    std::fs::write(&pack, &sound).unwrap();
    ShardWriter::builder(folder.path().join("e.tar")).write_all((0..30).map(text)).unwrap();
    std::fs::copy(folder.path().join("e.tar"), folder.path().join("d-1.tar")).unwrap();
    let dataset = open();
    assert_eq!((dataset.len().unwrap(), dataset.at(7).unwrap()), (40, text(7)));
    let error = dataset.at(17).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, Some(server.url("d-1.tar").as_str())));
    assert!(error.to_string().contains(PACK) && error.to_string().contains("which had "), "{error}");
    let steps: Vec<_> = dataset.plan().batch(8).load().unwrap().collect();
    assert!(steps.iter().any(|step| step.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict)));
    // A shard that is in no pack has contents of its own, or none.
    let more = Dataset::<Text>::open([server.url("d-0.tar"), server.url("e.tar")]).unwrap();
    assert_eq!((more.len().unwrap(), more.at(12).unwrap()), (40, text(2)));
    assert_eq!(more.plan().batch(8).build().unwrap_err().kind(), ErrorKind::Unsupported);
}
