//! The public lists of checks: on the stores and sources that there are, and on some that break their promises.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atdata::conformance::{source, store};
use atdata::source::{Cache, Shard};
use atdata::store::{LocalStore, S3Store, Store, Upload};
use atdata::{ReadOptions, Result};
use atdata_tests::services::faulty::{Faulty, Reply};
use atdata_tests::services::{BUCKET, Cut, Http, Proxy, TestS3};
use s3s::S3ErrorCode;

use super::{config, gateway, impatient, put};

/// Runs the list on stores below prefixes of their own; the checks that were not passed.
fn failed(make: impl Fn(&str) -> Arc<dyn Store>) -> Vec<&'static str> {
    let mut failed = Vec::new();
    for check in store::all() {
        if let Err(failure) = check.run(&|| Ok(make(check.name()))) {
            eprintln!("{failure:?}");
            failed.push(check.name());
        }
    }
    failed
}

fn below(endpoint: &str, prefix: &str) -> S3Store {
    S3Store::from_url(&format!("s3://{BUCKET}/{prefix}"), config(endpoint)).unwrap()
}

#[test]
fn a_folder_passes() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(failed(|name| Arc::new(LocalStore::new(folder.path().join(name)))), [""; 0]);
}

#[test]
fn a_bucket_on_a_real_server_passes() {
    assert_eq!(failed(|name| Arc::new(below(gateway().endpoint(), &format!("suite/{name}")))), [""; 0]);
}

#[test]
fn a_bucket_passes_also_by_way_of_temporary_files() {
    let server = TestS3::start();
    assert_eq!(failed(|name| Arc::new(below(&server.endpoint, name).cache_local(true))), [""; 0]);
    assert_eq!(server.left_over(), (0, 0));
}

#[test]
fn a_bucket_passes_on_a_server_that_is_often_busy_and_a_connection_that_often_breaks() {
    let server = TestS3::refusing(|_, before| (before % 3 == 1).then_some(S3ErrorCode::SlowDown));
    let requests = AtomicUsize::new(0);
    let proxy = Proxy::start(&server.endpoint, move |line, _| {
        let number = requests.fetch_add(1, Ordering::Relaxed);
        (line.starts_with("PUT") && number % 11 == 5).then_some(Cut::Request(300))
    });
    assert_eq!(failed(|name| Arc::new(below(&proxy.endpoint(), name).retry(impatient().attempts(10)))), [""; 0]);
    assert_eq!(server.left_over(), (0, 0));
}

/// How a store breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// It does not: it is only slow.
    Delays,
    /// The last byte of an object is lost.
    Truncates,
    /// An object is there before its commit.
    Early,
    /// A dropped upload appears all the same.
    Leaks,
    /// It says of all objects that they were removed, and removes none.
    Lies,
    /// It takes any URL for its own.
    Holds,
    /// All writes have the same names.
    Repeats,
}

#[derive(Debug)]
struct Wrapper {
    inner: LocalStore,
    broken: Broken,
}

#[derive(Debug)]
struct WrappedUpload {
    inner: Option<Box<dyn Upload>>,
    broken: Broken,
    kept: Vec<u8>,
    store: LocalStore,
    name: String,
}

impl Store for Wrapper {
    fn url(&self) -> String {
        self.inner.url()
    }

    fn object_url(&self, name: &str) -> String {
        self.inner.object_url(name)
    }

    fn unique(&self) -> String {
        if self.broken == Broken::Repeats { "same".to_owned() } else { self.inner.unique() }
    }

    fn create(&self, name: &str) -> Result<Box<dyn Upload>> {
        Ok(Box::new(WrappedUpload {
            inner: Some(self.inner.create(name)?),
            broken: self.broken,
            kept: Vec::new(),
            store: self.inner.clone(),
            name: name.to_owned(),
        }))
    }

    fn remove(&self, url: &str) -> Result<bool> {
        if self.broken == Broken::Lies { Ok(true) } else { self.inner.remove(url) }
    }

    fn holds(&self, url: &str) -> bool {
        self.broken == Broken::Holds || self.inner.holds(url)
    }
}

impl Write for WrappedUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken == Broken::Delays {
            std::thread::sleep(Duration::from_micros(200));
        }
        if self.broken == Broken::Truncates {
            self.kept.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        self.inner.as_mut().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for WrappedUpload {
    fn sync(&mut self) -> Result<()> {
        self.kept.pop();
        let kept = std::mem::take(&mut self.kept);
        let inner = self.inner.as_mut().unwrap();
        inner.write_all(&kept)?;
        inner.sync()?;
        if self.broken == Broken::Early {
            self.inner.take().unwrap().commit()?;
        }
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        self.inner.take().map_or(Ok(()), Upload::commit)
    }
}

impl Drop for WrappedUpload {
    fn drop(&mut self) {
        if self.broken == Broken::Leaks && self.inner.is_some() {
            put(&self.store, &self.name, b"half").ok();
        }
    }
}

#[test]
fn stores_that_break_their_promises_are_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let failed_of = |broken: Broken| {
        failed(|name| {
            let inner = LocalStore::new(folder.path().join(format!("{broken:?}")).join(name));
            Arc::new(Wrapper { inner, broken })
        })
    };
    assert_eq!(failed_of(Broken::Delays), [""; 0]);
    for (broken, check) in [
        (Broken::Truncates, "an_object_may_be_large"),
        (Broken::Early, "an_object_appears_with_its_commit"),
        (Broken::Leaks, "a_dropped_upload_leaves_nothing"),
        (Broken::Lies, "a_removed_object_is_gone"),
        (Broken::Holds, "a_store_does_not_hold_the_urls_of_others"),
        (Broken::Repeats, "two_writes_to_one_prefix_do_not_meet"),
    ] {
        let failed = failed_of(broken);
        assert!(failed.contains(&check), "{broken:?}: {failed:?}");
    }
}

fn failed_sources(
    put: &(dyn Fn(&str, &[u8]) -> Result<String> + Sync),
    missing: &str,
    options: ReadOptions,
) -> Vec<&'static str> {
    let subject = source::Subject::new(put, missing, options);
    let checks = source::all().into_iter();
    let failed = checks.filter(|check| check.run_on(&subject).inspect_err(|failure| eprintln!("{failure:?}")).is_err());
    failed.map(|check| check.name()).collect()
}

/// The list on what a store keeps.
fn failed_in(store: &dyn Store, options: ReadOptions) -> Vec<&'static str> {
    let put = |name: &str, bytes: &[u8]| put(store, name, bytes).map(|()| store.object_url(name));
    failed_sources(&put, &store.object_url("no/such.tar"), store.read_options(options))
}

#[test]
fn files_and_buckets_are_sources() {
    let folder = tempfile::tempdir().unwrap();
    let mapped = ReadOptions::new();
    assert_eq!(failed_in(&LocalStore::new(folder.path().join("a")), mapped.clone()), [""; 0]);
    assert_eq!(
        failed_in(&LocalStore::new(folder.path().join("b")), mapped.clone().map_unchanging_files(true)),
        [""; 0]
    );
    assert_eq!(failed_in(&below(gateway().endpoint(), "sources"), mapped.clone()), [""; 0]);
    let server = TestS3::start();
    let cached = mapped.cache(Cache::new(folder.path().join("cache")));
    assert_eq!(failed_in(&below(&server.endpoint, "sources"), cached), [""; 0]);
}

#[test]
fn an_http_server_is_a_source() {
    let folder = tempfile::tempdir().unwrap();
    let server = Http::start(folder.path());
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes)?;
        Ok(server.url(name))
    };
    assert_eq!(failed_sources(&put, &server.url("no-such.tar"), ReadOptions::new()), [""; 0]);
}

/// The list on a server that answers so.
fn failed_answering(
    answer: impl Fn(&[u8], &atdata_tests::services::faulty::Request) -> Reply + Send + Sync + 'static,
) -> Vec<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().to_owned();
    let server = Faulty::start(move |request| match std::fs::read(files.join(request.path.trim_start_matches('/'))) {
        Ok(bytes) => answer(&bytes, request),
        Err(_) => Reply::status(404),
    });
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes)?;
        Ok(server.url(name))
    };
    failed_sources(&put, &server.url("no-such.tar"), ReadOptions::new().retry(impatient().attempts(6)))
}

#[test]
fn a_server_that_cuts_is_a_source_all_the_same() {
    let cuts = failed_answering(|bytes, request| {
        let reply = Reply::file(request, bytes, "e");
        if request.number % 2 == 0 { reply.cut(bytes.len() / 2) } else { reply }
    });
    assert_eq!(cuts, [""; 0]);
}

#[test]
fn sources_that_lie_are_found_out() {
    let changes = failed_answering(|bytes, request| {
        let mut bytes = bytes.to_vec();
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
        }
        Reply::file(request, &bytes, "e")
    });
    assert!(
        changes.contains(&"bytes_come_as_they_are") && changes.contains(&"the_digest_is_that_of_the_bytes"),
        "{changes:?}"
    );
    let truncates = failed_answering(|bytes, request| Reply::file(request, &bytes[..bytes.len() / 2], "e"));
    assert!(
        truncates.contains(&"bytes_come_as_they_are") && truncates.contains(&"a_reader_may_stop_anywhere"),
        "{truncates:?}"
    );
}

#[test]
fn a_shard_is_read_while_it_arrives() {
    use std::io::Read;
    // The server sends a megabyte, and nothing more for as long as anybody waits.
    let server = Faulty::start(|request| Reply::file(request, &vec![7; 2 << 20], "e").stall(1 << 20));
    let shard = Shard::from_url(&server.url("a.tar")).unwrap();
    let mut first = vec![0; 1 << 19];
    shard.bytes(&ReadOptions::new()).unwrap().read_exact(&mut first).unwrap();
    assert!(first.iter().all(|&byte| byte == 7));
}
