//! Shards on servers that are replaced while they are read, by others of the same size.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use atdata::dataset::{Policy, Tail};
use atdata::order::Order;
use atdata::shard::Contents;
use atdata::store::Store;
use atdata::{Dataset, Error, ErrorKind, ReadOptions, ShardWriter};
use atdata_tests::remote::{pattern, text};
use atdata_tests::services::{BUCKET, Http};
use atdata_tests::types::Text;

use super::stores::{config, gateway, put, store};

const SHARDS: i64 = 3;

fn write(folder: &Path) {
    let builder = ShardWriter::builder(folder.join("d-%d.tar")).max_count(10).contents(true);
    builder.write_all((0..SHARDS * 10).map(text)).unwrap();
}

/// The second shard, of which one byte of one sample is another.
fn other(folder: &Path) -> Vec<u8> {
    let path = folder.join("d-1.tar");
    let place = Contents::open(&path).unwrap().unwrap().sample(2).unwrap().members[0].clone();
    let mut bytes = fs::read(&path).unwrap();
    bytes[usize::try_from(place.data + place.size - 1).unwrap()] ^= 1;
    bytes
}

fn check_told(error: &Error, shard: &str) {
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, Some(shard)), "{error:#}");
    assert!(error.to_string().contains("the shard changed on the server while it was read"), "{error:#}");
}

/// What `replace` does to the second shard is noticed with the next sample of it, be that sample as it was.
fn check(open: impl Fn() -> Dataset<Text>, shard: &str, replace: impl Fn()) {
    let dataset = open();
    let loader = |policy: Policy| {
        let plan = dataset.on_error(policy).unwrap().plan().order(Order::Stored).batch(2).tail(Tail::Uneven);
        // No more is read ahead than the next batch.
        plan.threads(0).memory(1).load().unwrap()
    };
    // One of the shard's batches is read before, and the others behind that.
    let mut loaders = [loader(Policy::fail()), loader(Policy::skip())];
    assert_eq!(dataset.at(11).unwrap(), text(11));
    for loader in &mut loaders {
        assert!(loader.by_ref().take(6).all(|step| step.is_ok()));
    }
    replace();
    check_told(&dataset.at(14).unwrap_err(), shard);
    check_told(&dataset.select(&[3, 17]).unwrap_err(), shard);
    assert_eq!(dataset.at(3).unwrap(), text(3));
    for loader in &mut loaders {
        // It is no bad sample, which a policy would pass over.
        let rest: Vec<_> = loader.by_ref().collect();
        assert_eq!(rest.len(), 9);
        let failed: Vec<_> = rest.iter().map(Result::is_err).collect();
        // The first of them was asked for before.
        assert!(failed[1..4].iter().all(|failed| *failed) && !failed[4..].contains(&true), "{failed:?}");
        check_told(rest[1].as_ref().unwrap_err(), shard);
    }
    // Who begins anew sees what is there now, and by the contents which sample is another.
    let anew = open();
    assert_eq!(anew.at(14).unwrap(), text(14));
    let error = anew.at(12).unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("d-1.tar.atx"), "{error}");
}

#[test]
fn a_shard_that_is_replaced_on_a_web_server_is_noticed() {
    // By its ETag, or else by its Last-Modified.
    for place in ["", "noetag/"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let server = Http::start(folder.path());
        let replace = || {
            let path = folder.path().join("d-1.tar");
            fs::write(&path, other(folder.path())).unwrap();
            let later = SystemTime::now() + Duration::from_secs(100);
            File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        };
        let open = || Dataset::<Text>::open(pattern(&server.url(place), SHARDS)).unwrap();
        check(open, &server.url(&format!("{place}d-1.tar")), replace);
    }
}

#[test]
fn an_object_that_is_replaced_in_a_bucket_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let endpoint = gateway().endpoint();
    let store = store(endpoint, "meanwhile");
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        put(&store, entry.file_name().to_str().unwrap(), &fs::read(entry.path()).unwrap()).unwrap();
    }
    let open = || {
        let dataset = Dataset::<Text>::open(pattern(&format!("s3://{BUCKET}/meanwhile/"), SHARDS)).unwrap();
        dataset.with_options(ReadOptions::new().s3(config(endpoint)))
    };
    let replace = || {
        let store: &dyn Store = &store;
        put(store, "d-1.tar", &other(folder.path())).unwrap();
    };
    check(open, &format!("s3://{BUCKET}/meanwhile/d-1.tar"), replace);
}
