//! What reading shards from servers and writing them there costs, beside moving the same bytes with a plain client in the
//! same run.
//!
//! ```text
//! cargo bench -p atdata-tests               # everything
//! cargo bench -p atdata-tests -- s3         # the table of that name
//! cargo bench -p atdata-tests -- --quick    # a small run, to see that it all works
//! ```
//!
//! Servers and readers share the processors of this machine. The plain clients fetch one shard after the other, or, in
//! the rows that say so, as many at the same time as the dataset does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../../atdata/benches/throughput/measure.rs"]
#[allow(dead_code)]
mod measure;

use std::path::Path;
use std::sync::Arc;

use atdata::dataset::ShardWriterBuilder;
use atdata::source::{Cache, S3Config};
use atdata::store::{S3Store, Store};
use atdata::{Dataset, Packable, ReadOptions, ShardWriter};
use atdata_tests::services::{ACCESS_KEY, BUCKET, Http, SECRET_KEY, TestS3};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use measure::Options;
use ndarray::Array3;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::runtime::Runtime;

/// As many as are on their way at the same time: one that is read, and those ahead.
const AT_ONCE: usize = 4;

#[derive(Packable, Debug, Clone)]
struct Image {
    image: Array3<u8>,
    label: i64,
}

fn main() {
    let options = Options::from_args(std::env::args().skip(1));
    if options.wants("http") {
        http(&options);
    }
    if options.wants("s3") {
        s3(&options);
    }
    if options.wants("upload") {
        upload(&options);
    }
}

/// Eight shards; how many samples and bytes they are.
fn write(folder: &Path, options: &Options) -> (usize, u64) {
    let samples = options.samples(2000) / 8 * 8;
    let image = image();
    let builder = ShardWriter::builder(folder.join("d-%d.tar")).max_count(u64::try_from(samples / 8).unwrap());
    let written = builder.write_all((0..samples).map(|_| Image { image: image.clone(), label: 1 })).unwrap();
    (samples, written.bytes())
}

fn image() -> Array3<u8> {
    Array3::from_shape_fn((224, 224, 3), |(y, x, c)| u8::try_from((y * 7 + x * 3 + c) % 251).unwrap())
}

/// The runtime of a program that fetches by itself, as large as ours.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn read(dataset: &Dataset<Image>) -> u64 {
    let mut raw = dataset.raw();
    let mut bytes = 0;
    while let Some(sample) = raw.next() {
        bytes += sample.unwrap().to_bytes().unwrap().len() as u64;
    }
    bytes
}

fn http(options: &Options) {
    let folder = tempfile::tempdir().unwrap();
    let (samples, bytes) = write(folder.path(), options);
    let server = Http::start(folder.path());
    let urls: Vec<String> = (0..8).map(|shard| server.url(&format!("d-{shard}.tar"))).collect();
    let runtime = runtime();
    cryptography();
    let client = reqwest::Client::new();
    let fetch = |url: String| {
        let client = client.clone();
        tokio::spawn(async move {
            let mut response = client.get(url).send().await.unwrap();
            let mut bytes = 0;
            while let Some(chunk) = response.chunk().await.unwrap() {
                bytes += chunk.len() as u64;
            }
            bytes
        })
    };
    let all = |at_once: usize| {
        let fetches = stream::iter(&urls).map(|url| fetch(url.clone())).buffered(at_once);
        runtime.block_on(fetches.try_fold(0, |sum, bytes| async move { Ok(sum + bytes) })).unwrap()
    };
    let dataset = Dataset::<Image>::open(&urls).unwrap();
    let one = dataset.clone().with_options(ReadOptions::new().shards_ahead(0));

    let Some(mut table) = options.table("http", samples, bytes) else { return };
    table.base("reqwest alone, one after the other", || all(1));
    table.row_with_aim("raw(), none ahead", 0.8, || read(&one));
    table.base("reqwest alone, 4 at the same time", || all(AT_ONCE));
    table.row_with_aim("raw()", 0.8, || read(&dataset));
    table.row("batches(32)", || dataset.batches(32).map(|batch| batch.unwrap().label.len() as u64).sum());
    table.print();
}

fn s3(options: &Options) {
    let server = TestS3::start();
    let (samples, bytes) = write(&server.bucket(), options);
    let runtime = runtime();
    let store: Arc<dyn ObjectStore> = Arc::new(plain(&server));
    let fetch = |shard: i32| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut chunks = store.get(&format!("d-{shard}.tar").into()).await.unwrap().into_stream();
            let mut bytes = 0;
            while let Some(chunk) = chunks.next().await {
                bytes += chunk.unwrap().len() as u64;
            }
            bytes
        })
    };
    let all = |at_once: usize| {
        let fetches = stream::iter(0..8).map(fetch).buffered(at_once);
        runtime.block_on(fetches.try_fold(0, |sum, bytes| async move { Ok(sum + bytes) })).unwrap()
    };
    let config = || S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let open = |options: ReadOptions| {
        Dataset::<Image>::open(format!("s3://{BUCKET}/d-{{0..7}}.tar")).unwrap().with_options(options.s3(config()))
    };
    let (dataset, one) = (open(ReadOptions::new()), open(ReadOptions::new().shards_ahead(0)));
    let cache = tempfile::tempdir().unwrap();
    let cached = open(ReadOptions::new().cache(Cache::new(cache.path())));

    let Some(mut table) = options.table("s3", samples, bytes) else { return };
    table.base("object_store alone, one after the other", || all(1));
    table.row_with_aim("raw(), none ahead", 0.8, || read(&one));
    table.base("object_store alone, 4 at the same time", || all(AT_ONCE));
    table.row_with_aim("raw()", 0.8, || read(&dataset));
    table.row("batches(32)", || dataset.batches(32).map(|batch| batch.unwrap().label.len() as u64).sum());
    table.row("raw(), from the cache", || read(&cached));
    table.print();
}

/// Clients that are not ours bring none, and cannot do without.
fn cryptography() {
    rustls::crypto::ring::default_provider().install_default().ok();
}

/// The client of a program that does without ours.
fn plain(server: &TestS3) -> AmazonS3 {
    cryptography();
    AmazonS3Builder::new()
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY)
        .with_bucket_name(BUCKET)
        .with_endpoint(&server.endpoint)
        .with_allow_http(true)
        .build()
        .unwrap()
}

/// One shard, which one side has in memory and the other makes on the way: packed, put into its archive, hashed.
fn upload(options: &Options) {
    const PART: usize = 8 << 20;
    let server = TestS3::start();
    let folder = tempfile::tempdir().unwrap();
    let (samples, image) = (options.samples(1000), image());
    let write = |builder: ShardWriterBuilder<Image>| {
        let written = builder.write_all((0..samples).map(|_| Image { image: image.clone(), label: 1 })).unwrap();
        written.bytes()
    };
    let bytes = write(ShardWriter::builder(folder.path().join("d.tar")));
    let archive = Bytes::from(std::fs::read(folder.path().join("d.tar")).unwrap());
    let (runtime, client) = (runtime(), plain(&server));
    let alone = || {
        runtime.block_on(async {
            let upload = client.put_multipart(&"alone.tar".into()).await.unwrap();
            let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
            for part in (0..archive.len()).step_by(PART) {
                upload.wait_for_capacity(AT_ONCE).await.unwrap();
                upload.put(archive.slice(part..archive.len().min(part + PART)));
            }
            upload.finish().await.unwrap();
        });
        bytes
    };
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let store: Arc<dyn Store> = Arc::new(S3Store::new(BUCKET, config.clone()));
    let cached: Arc<dyn Store> = Arc::new(S3Store::new(BUCKET, config).cache_local(true));

    let bucket = server.bucket();
    let Some(mut table) = options.table("upload", samples, bytes) else { return };
    table.before(|| {
        for entry in std::fs::read_dir(&bucket).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
    });
    table.base("object_store alone, parts of 8 MiB, 4 at the same time", alone);
    table.row_with_aim("ShardWriter::in_store", 0.8, || write(ShardWriter::in_store(Arc::clone(&store), "x")));
    table.row("ShardWriter::in_store, cache_local", || write(ShardWriter::in_store(Arc::clone(&cached), "x")));
    table.print();
}
