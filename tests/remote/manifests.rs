//! Manifests of shards on servers: put there with their shards, and found there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::{Path, PathBuf};

use atdata::manifest::{Aggregate, Manifest};
use atdata::source::Shard;
use atdata::store::{LocalStore, Store, copy};
use atdata::{ReadOptions, ShardWriter};
use atdata_tests::remote::text;
use atdata_tests::services::{Http, TestS3};
use atdata_tests::types::Text;

use super::stores::{content, gateway, objects, on_both, put, shared, store};

fn write(folder: &Path) -> Vec<PathBuf> {
    let builder = ShardWriter::builder(folder.join("d-%d.tar")).max_count(10).manifest(true);
    builder.write_all((0..20).map(text)).unwrap().paths()
}

/// What is said of the labels of a shard of ten, and that all rows are there.
fn check(shard: &Shard, options: &ReadOptions, first: u32) {
    let manifest = Manifest::beside(shard, options).unwrap().unwrap();
    let (min, max) = (f64::from(first), f64::from(first + 9));
    let numeric = Aggregate::Numeric { min: Some(min), max: Some(max), mean: Some(min + 4.5), count: 10 };
    assert_eq!(manifest.aggregate("label"), Some(&numeric));
    assert_eq!(manifest.header().shard_id, manifest.shard());
    let rows = manifest.rows().unwrap().unwrap();
    assert_eq!((rows.len(), rows.column("label").unwrap().value(3).as_i64()), (10, Some(i64::from(first) + 3)));
}

#[test]
fn a_bucket_has_manifests_beside_its_shards() {
    on_both(|endpoint| {
        for (prefix, threads) in [("manifests-1", 1), ("manifests-3", 3)] {
            let own = store(endpoint, prefix);
            let builder =
                ShardWriter::in_store(shared(own.clone()), "set").max_count(10).manifest(true).threads(threads);
            let written = builder.write_all((0..20).map(text)).unwrap();
            let options = own.read_options(ReadOptions::new());
            for (url, first) in written.urls().iter().zip([0, 10]) {
                let stem = url.strip_suffix(".tar").unwrap();
                let key =
                    |ending: &str| format!("{}{ending}", stem.split_once("//").unwrap().1.split_once('/').unwrap().1);
                // Under the names of Python.
                assert!(content(endpoint, &key(".manifest.json")).starts_with(b"{"));
                assert!(content(endpoint, &key(".manifest.parquet")).starts_with(b"PAR1"));
                check(&Shard::from_url(url).unwrap(), &options, first);
            }
            assert_eq!(objects(endpoint, prefix).len(), 6);
            // What is removed takes its manifest along.
            assert!(written.urls().iter().all(|url| own.remove(url).unwrap()));
            assert_eq!(objects(endpoint, prefix), []);
        }
    });
}

#[test]
fn a_copy_takes_the_manifest_to_a_bucket_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path());
    let (endpoint, here) = (gateway().endpoint(), LocalStore::new(folder.path().join("back")));
    let own = store(endpoint, "carried");
    let options = own.read_options(ReadOptions::new());
    for (file, first) in files.iter().zip([0, 10]) {
        let name = format!("x/{first}.tar");
        let copied = copy(&Shard::from_path(file), &ReadOptions::new(), &own, &name, &mut |_| ()).unwrap();
        let remote = Shard::from_url(&copied.url).unwrap();
        check(&remote, &options, first);
        let back = copy(&remote, &options, &here, &name, &mut |_| ()).unwrap();
        check(&Shard::from_url(&back.url).unwrap(), &ReadOptions::new(), first);
    }
    // Another shard in its place loses it.
    put(&own, "x/0.tar", &std::fs::read(&files[1]).unwrap()).unwrap();
    let there = Shard::from_url(&own.object_url("x/0.tar")).unwrap();
    assert!(Manifest::beside(&there, &options).unwrap().is_none());
}

#[test]
fn a_write_that_is_given_up_leaves_no_manifest_in_a_bucket() {
    let server = TestS3::start();
    let own = store(&server.endpoint, "given-up");
    let mut writer = ShardWriter::<Text>::in_store(shared(own), "set").max_count(5).manifest(true).build().unwrap();
    (0..12).for_each(|label| writer.write(&text(label)).unwrap());
    writer.discard();
    assert_eq!((objects(&server.endpoint, "given-up"), server.left_over()), (Vec::new(), (0, 0)));
}

#[test]
fn a_web_server_gives_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path());
    let server = Http::start(folder.path());
    let here = LocalStore::new(folder.path().join("here"));
    let options = ReadOptions::new();
    let (user, bare) = (format!("http://user:p%40ss@{}/private/", server.host()), server.url("norange/"));
    for place in [server.url(""), server.url("redirect/"), user, bare] {
        for (number, first) in [(0, 0), (1, 10)] {
            let shard = Shard::from_url(&format!("{place}d-{number}.tar")).unwrap();
            check(&shard, &options, first);
            let copied = copy(&shard, &options, &here, "b.tar", &mut |_| ()).unwrap();
            check(&Shard::from_url(&copied.url).unwrap(), &options, first);
        }
    }
    // Without one there is none, here or in a copy.
    std::fs::remove_file(files[0].with_extension("manifest.json")).unwrap();
    let shard = Shard::from_url(&server.url("d-0.tar")).unwrap();
    assert!(Manifest::beside(&shard, &options).unwrap().is_none());
    let copied = copy(&shard, &options, &here, "b.tar", &mut |_| ()).unwrap();
    assert!(Manifest::beside(&Shard::from_url(&copied.url).unwrap(), &options).unwrap().is_none());
}
