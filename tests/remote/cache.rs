//! The cache of remote shards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use atdata::source::{Cache, S3Config};
use atdata::{Dataset, ErrorKind, ReadOptions};
use atdata_tests::remote::{check_reads, labels, pattern, text, write_shards};
use atdata_tests::services::faulty::{Faulty, Reply, Request};
use atdata_tests::services::{ACCESS_KEY, BUCKET, Http, SECRET_KEY, TestS3};
use atdata_tests::types::Text;

const SHARDS: i64 = 4;

fn open(urls: impl atdata::source::IntoShards, cache: Cache) -> Dataset<Text> {
    Dataset::open(urls).unwrap().with_options(ReadOptions::new().cache(cache))
}

/// The shards of ten samples, as bytes.
fn shards() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    write_shards(folder.path(), SHARDS);
    (0..SHARDS).map(|number| fs::read(folder.path().join(format!("d-{number}.tar"))).unwrap()).collect()
}

/// A server of those shards that has versions, but answers no conditions.
fn versioned(shards: Vec<Vec<u8>>) -> Faulty {
    Faulty::start(move |request| {
        let number = request.path.as_bytes()["/d-".len()] - b'0';
        Reply::file(request, &shards[usize::from(number)], "v")
    })
}

/// The whole shards in a cache.
fn kept(folder: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.is_dir() && !path.ends_with(".tmp"));
    let mut files: Vec<_> =
        folders.flat_map(|path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path())).collect();
    files.sort();
    files
}

fn temporary(folder: &Path) -> usize {
    fs::read_dir(folder.join(".tmp")).map_or(0, Iterator::count)
}

#[test]
fn what_is_here_is_not_sent_again() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_shards(folder.path(), SHARDS);
    Dataset::write(folder.path().join("c.tar.gz"), (0..20).map(text)).unwrap();
    let server = Http::start(folder.path());
    let dataset = open(pattern(&server.url(""), SHARDS), Cache::new(cache.path()));
    check_reads(&dataset, SHARDS);
    check_reads(&dataset, SHARDS);
    for _ in 0..2 {
        let compressed = open(server.url("c.tar.gz"), Cache::new(cache.path()));
        assert_eq!(labels(compressed.ordered()), (0..20).collect::<Vec<_>>());
    }
    let requests = server.requests();
    let answered = |status: &str| requests.iter().filter(|line| line.contains(&format!("\" {status} "))).count();
    assert_eq!(answered("200"), 5);
    assert!(answered("304") > 20, "{requests:#?}");
    assert_eq!((kept(cache.path()).len(), temporary(cache.path())), (5, 0));
    for (number, file) in kept(cache.path()).iter().enumerate() {
        let original = fs::read_dir(folder.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        assert!(original.into_iter().any(|bytes| bytes == fs::read(file).unwrap()), "{number}");
    }
}

#[test]
fn shards_in_s3_are_kept_as_well() {
    let (server, cache) = (TestS3::start(), tempfile::tempdir().unwrap());
    write_shards(&server.bucket(), SHARDS);
    let dataset = Dataset::<Text>::open(pattern(&format!("s3://{BUCKET}/"), SHARDS)).unwrap();
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let dataset = dataset.with_options(ReadOptions::new().s3(config).cache(Cache::new(cache.path())));
    check_reads(&dataset, SHARDS);
    let files = kept(cache.path());
    check_reads(&dataset, SHARDS);
    assert_eq!((files.len(), kept(cache.path())), (4, files));
}

#[test]
fn a_new_version_on_the_server_is_fetched() {
    let (old, new) = (shards()[0].clone(), shards()[1].clone());
    let is_new = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_new);
    let server = Faulty::start(move |request| {
        let (bytes, etag) = if switch.load(Ordering::SeqCst) { (&new, "new") } else { (&old, "old") };
        Reply::file(request, bytes, etag)
    });
    let cache = tempfile::tempdir().unwrap();
    let dataset = open(server.url("d.tar"), Cache::new(cache.path()));
    assert_eq!(labels(dataset.ordered())[0], 0);
    is_new.store(true, Ordering::SeqCst);
    assert_eq!(labels(dataset.ordered())[0], 10);
    assert_eq!(server.requests()[1].header("if-none-match"), Some("\"old\""));
}

/// `W/` says that others may be as good, and a single version that was asked about need not be repeated.
#[test]
fn an_unchanged_shard_may_be_told_by_a_weak_etag_or_by_none() {
    for again in [Some("W/\"v\""), Some("\"v\""), None] {
        let bytes = shards()[0].clone();
        let server = Faulty::start(move |request| match (request.header("if-none-match"), again) {
            (None, _) => Reply::whole(&bytes, "v"),
            (Some(_), Some(etag)) => Reply::status(304).bare().with("ETag", etag),
            (Some(_), None) => Reply::status(304).bare(),
        });
        let cache = tempfile::tempdir().unwrap();
        let dataset = open(server.url("d.tar"), Cache::new(cache.path()));
        for _ in 0..2 {
            assert_eq!(labels(dataset.ordered()).len(), 10, "{again:?}");
        }
        assert_eq!(server.requests().len(), 2, "{again:?}");
    }
}

#[test]
fn what_has_no_version_is_read_but_not_kept() {
    let bytes = shards()[0].clone();
    let server = Faulty::start(move |_| Reply { body: bytes.clone(), ..Reply::status(200).bare() });
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(labels(open(server.url("d.tar"), Cache::new(cache.path())).ordered()).len(), 10);
    assert_eq!((kept(cache.path()).len(), temporary(cache.path())), (0, 0));
}

#[test]
fn a_changed_length_or_a_cut_file_is_not_trusted() {
    let cache = tempfile::tempdir().unwrap();
    let server = versioned(shards());
    let dataset = open(server.url("d-0.tar"), Cache::new(cache.path()));
    assert_eq!(labels(dataset.ordered()).len(), 10);
    File::options().write(true).open(&kept(cache.path())[0]).unwrap().set_len(700).unwrap();
    assert_eq!(labels(dataset.ordered()).len(), 10);
}

#[test]
fn the_oldest_go_when_there_is_no_room() {
    let shards = shards();
    let size = shards[0].len() as u64;
    let server = versioned(shards);
    let cache = tempfile::tempdir().unwrap();
    let read = |number: usize| {
        let limited = Cache::new(cache.path()).max_bytes(2 * size + 100);
        assert_eq!(labels(open(server.url(&format!("d-{number}.tar")), limited).ordered()).len(), 10);
        // File systems tell times apart only so well.
        std::thread::sleep(Duration::from_millis(20));
    };
    read(0);
    let first = kept(cache.path());
    read(1);
    read(0);
    read(2);
    let files = kept(cache.path());
    assert_eq!(files.len(), 2);
    assert!(files.contains(&first[0]), "it was used again");
    // Without its shard a folder is of no use.
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 2 + 2);
}

#[test]
fn what_is_in_use_stays() {
    let server = versioned(shards());
    let cache = tempfile::tempdir().unwrap();
    let nothing = Cache::new(cache.path()).max_bytes(0);
    let mut reading = open(server.url("d-0.tar"), nothing.clone()).ordered();
    reading.next().unwrap().unwrap();
    let in_use = kept(cache.path());
    assert_eq!(in_use.len(), 1);
    // What another process holds.
    let held = File::open(&in_use[0]).unwrap();
    held.lock_shared().unwrap();
    assert_eq!(labels(open(server.url("d-1.tar"), nothing.clone()).ordered()).len(), 10);
    assert_eq!(labels(reading).len(), 9);
    assert_eq!(labels(open(server.url("d-2.tar"), nothing.clone()).ordered()).len(), 10);
    assert!(in_use[0].exists());
    drop(held);
    assert_eq!(labels(open(server.url("d-3.tar"), nothing).ordered()).len(), 10);
    assert!(!in_use[0].exists());
}

#[test]
fn a_folder_that_cannot_be_one_is_named() {
    let server = versioned(shards());
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = open(server.url("d-0.tar"), Cache::new(file.path())).head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains(&format!("the cache {} cannot be used", file.path().display())), "{error}");
}

#[test]
fn a_failed_download_leaves_nothing() {
    let bytes = shards()[0].clone();
    let server = Faulty::start(move |request: &Request| match request.number {
        0 => Reply::file(request, &bytes, "v").cut(5_000),
        _ => Reply::status(404),
    });
    let cache = tempfile::tempdir().unwrap();
    let error = open(server.url("d.tar"), Cache::new(cache.path())).head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!((kept(cache.path()).len(), temporary(cache.path())), (0, 0));
}

fn child(url: &str, cache: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_shard-reader")).arg(url).arg(cache).stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
fn processes_share_a_cache() {
    let server = versioned(shards());
    let cache = tempfile::tempdir().unwrap();
    let url = pattern(&server.url(""), SHARDS);
    let children: Vec<_> = (0..4).map(|_| child(&url, cache.path())).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("read 200"), "{output:?}");
    }
    // What was in use when the last of them made room may have stayed; now nothing is.
    let limited = Cache::new(cache.path()).max_bytes(60_000);
    assert_eq!(labels(open(server.url("d-0.tar?again"), limited).ordered()).len(), 10);
    let bytes: u64 = kept(cache.path()).iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes <= 60_000 && temporary(cache.path()) == 0, "{bytes}");
}

#[test]
fn a_kill_leaves_no_shard_that_is_not_whole() {
    let all = shards();
    let stalls = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&stalls);
    let server = Faulty::start(move |request| {
        let reply = Reply::file(request, &all[0], "v");
        if switch.load(Ordering::SeqCst) { reply.stall(9_000) } else { reply }
    });
    let cache = tempfile::tempdir().unwrap();
    let url = server.url("d-0.tar");
    let mut child = child(&url, cache.path());
    let written = || {
        fs::read_dir(cache.path().join(".tmp"))
            .into_iter()
            .flatten()
            .flatten()
            .any(|file| file.metadata().is_ok_and(|data| data.len() == 9_000))
    };
    let end = Instant::now() + Duration::from_secs(20);
    while !written() {
        assert!(Instant::now() < end, "the download did not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((kept(cache.path()).len(), temporary(cache.path())), (0, 1));
    stalls.store(false, Ordering::SeqCst);
    assert_eq!(labels(open(url, Cache::new(cache.path())).ordered()).len(), 10);
    assert_eq!((kept(cache.path()).len(), temporary(cache.path())), (1, 0));
}
