//! Stores: folders, and buckets on a server inside the test process and on Ceph's gateway.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod conformance;
mod failures;
mod killed;
mod layout;
mod uploads;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use atdata::source::{Retry, S3Config};
use atdata::store::{S3Store, Store};
use atdata_tests::services::{ACCESS_KEY, BUCKET, RadosGw, SECRET_KEY, TestS3};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{ObjectStore, ObjectStoreExt};
use reqwest::Method;

/// A real server, one for all tests of the process: each has a prefix of its own.
pub(crate) fn gateway() -> &'static RadosGw {
    static GATEWAY: OnceLock<RadosGw> = OnceLock::new();
    GATEWAY.get_or_init(RadosGw::start)
}

pub(crate) fn config(endpoint: &str) -> S3Config {
    S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(endpoint)
}

/// Below a prefix on either server.
pub(crate) fn store(endpoint: &str, prefix: &str) -> S3Store {
    S3Store::from_url(&format!("s3://{BUCKET}/{prefix}"), config(endpoint)).unwrap()
}

pub(crate) fn impatient() -> Retry {
    Retry::new()
        .attempts(3)
        .pauses(Duration::from_millis(10), Duration::from_millis(50))
        .timeout(Duration::from_secs(5))
}

/// The same server through a client that is not ours.
pub(crate) fn plain(endpoint: &str) -> object_store::aws::AmazonS3 {
    // It brings no cryptography of its own, and makes a client for encrypted connections in any case.
    rustls::crypto::ring::default_provider().install_default().ok();
    AmazonS3Builder::new()
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY)
        .with_bucket_name(BUCKET)
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .build()
        .unwrap()
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Keys below a prefix, and how many bytes each has.
pub(crate) fn objects(endpoint: &str, prefix: &str) -> Vec<(String, u64)> {
    use futures_util::TryStreamExt;
    let mut found: Vec<_> = block_on(plain(endpoint).list(Some(&Path::from(prefix))).try_collect::<Vec<_>>())
        .unwrap()
        .into_iter()
        .map(|found| (found.location.to_string(), found.size))
        .collect();
    found.sort();
    found
}

pub(crate) fn content(endpoint: &str, key: &str) -> Vec<u8> {
    block_on(async {
        let path = Path::parse(key).unwrap();
        plain(endpoint).get(&path).await.unwrap().bytes().await.unwrap().to_vec()
    })
}

/// Keys below a prefix whose uploads in parts were begun, and neither completed nor aborted.
pub(crate) fn left_over(endpoint: &str, prefix: &str) -> Vec<String> {
    let page = block_on(async {
        let options = SignedUrlOptions::default().with_query([("uploads", ""), ("prefix", prefix)]);
        let soon = Duration::from_secs(90);
        let url = plain(endpoint).signed_url_opts(Method::GET, &Path::default(), soon, &options).await.unwrap();
        let answer = reqwest::get(url).await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer.text().await.unwrap()
    });
    assert!(page.contains("<ListMultipartUploadsResult"), "{page}");
    page.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap().to_owned()).collect()
}

/// Bytes that differ from place to place.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    const MOST: usize = 64 << 20;
    let all = BYTES.get_or_init(|| {
        let mut all: Vec<u8> = (0..251_u8).map(|byte| byte.wrapping_mul(31)).collect();
        while all.len() < MOST {
            all.push(u8::try_from(all.len() % 249).unwrap());
            all.extend_from_within(..);
        }
        all
    });
    all[..count].to_vec()
}

pub(crate) fn put(store: &dyn Store, name: &str, bytes: &[u8]) -> atdata::Result<()> {
    let mut upload = store.create(name)?;
    upload.write_all(bytes)?;
    upload.sync()?;
    upload.commit()
}

/// Runs `check` on both servers.
pub(crate) fn on_both(check: impl Fn(&str)) {
    let server = TestS3::start();
    check(&server.endpoint);
    assert_eq!(server.left_over(), (0, 0));
    check(gateway().endpoint());
}

pub(crate) fn shared(store: S3Store) -> Arc<dyn Store> {
    Arc::new(store)
}
