//! Shards on servers whose contents are beside them: found and loaded by ranges, and never fetched as a whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use atdata::dataset::{PlanBuilder, Tail, Token};
use atdata::order::Order;
use atdata::query::Predicate;
use atdata::source::{Cache, Retry, S3Config};
use atdata::store::Store as _;
use atdata::{Dataset, ErrorKind, ReadOptions, ShardWriter};
use atdata_tests::remote::{pattern, text, write_shards};
use atdata_tests::services::faulty::{Faulty, Reply, Request};
use atdata_tests::services::{ACCESS_KEY, BUCKET, Http, SECRET_KEY, TestS3};
use atdata_tests::types::Text;

use super::stores::{config, gateway, store};

const SHARDS: i64 = 4;

/// Shards as [`write_shards`] writes them, with contents.
fn write(folder: &Path) {
    let builder = ShardWriter::builder(folder.join("d-%d.tar")).max_count(10).contents(true);
    builder.write_all((0..SHARDS * 10).map(text)).unwrap();
}

fn key(dataset: &Dataset<Text>, index: usize) -> String {
    dataset.iter().with_keys().nth(index).unwrap().unwrap().0
}

fn loaded(builder: &PlanBuilder<Text>) -> Vec<Vec<i64>> {
    builder.load().unwrap().map(|step| step.unwrap().batch.label).collect()
}

/// All that contents are good for, against the same files on this machine.
pub(super) fn check(dataset: &Dataset<Text>, local: &Dataset<Text>) {
    let key = key(local, 23);
    assert_eq!(dataset.len().unwrap(), 40);
    assert_eq!(dataset.get(&key).unwrap(), text(23));
    assert_eq!(dataset.get("none").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(dataset.select(&[39, 3, 4, 4, 12]).unwrap(), [39, 3, 4, 4, 12].map(text));
    assert_eq!(dataset.at(31).unwrap(), text(31));
    for order in [Order::Global, Order::Stored, Order::blocks(4, 3)] {
        for (tail, threads) in [(Tail::Pad, 2), (Tail::Uneven, 0)] {
            let plan = |of: &Dataset<Text>| of.plan().seed(5).order(order).batch(6).tail(tail).threads(threads);
            assert_eq!(loaded(&plan(dataset)), loaded(&plan(local)), "{order} {tail}");
        }
    }
    // A run goes on where it was, whatever place the shards are at.
    let mut loader = local.plan().seed(9).ranks(2).batch(8).load().unwrap();
    loader.next().unwrap().unwrap();
    let token: Token = loader.token().unwrap().to_json().parse().unwrap();
    let rest = loaded(&dataset.plan().resume(&token).ranks(1));
    assert_eq!(rest, loaded(&local.plan().resume(&token).ranks(1)));
    assert_eq!(rest.len(), 4);
}

#[test]
fn a_web_server_is_asked_for_what_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let local = Dataset::<Text>::open(pattern(&format!("{}/", folder.path().display()), SHARDS)).unwrap();
    for place in ["", "redirect/", "noetag/"] {
        check(&Dataset::open(pattern(&server.url(place), SHARDS)).unwrap(), &local);
    }
    let user = format!("http://user:p%40ss@{}/private/", server.host());
    check(&Dataset::open(pattern(&user, SHARDS)).unwrap(), &local);
    // No shard was sent as a whole.
    let whole = |line: &&String| line.contains(".tar ") && line.contains("\" 200 ");
    assert_eq!(server.requests().iter().find(whole), None);
    assert!(server.requests().iter().any(|line| line.contains("/d-0.tar.atx ") && line.contains("\" 206 ")));
}

#[test]
fn a_cache_has_the_shards_and_not_their_ranges() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let local = Dataset::<Text>::open(pattern(&format!("{}/", folder.path().display()), SHARDS)).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let dataset = Dataset::open(pattern(&server.url(""), SHARDS)).unwrap();
    check(&dataset.with_options(ReadOptions::new().cache(Cache::new(cache.path()))), &local);
}

#[test]
fn buckets_are_read_by_ranges() {
    let server = TestS3::start();
    write(&server.bucket());
    let local = Dataset::<Text>::open(pattern(&format!("{}/", server.bucket().display()), SHARDS)).unwrap();
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let dataset = Dataset::open(pattern(&format!("s3://{BUCKET}/"), SHARDS)).unwrap();
    check(&dataset.with_options(ReadOptions::new().s3(config)), &local);
}

/// Without contents all is as it was: one question, and shards from their start.
#[test]
fn servers_without_contents_do_as_well() {
    let folder = tempfile::tempdir().unwrap();
    write_shards(folder.path(), SHARDS);
    let server = Http::start(folder.path());
    let dataset = Dataset::<Text>::open(pattern(&server.url(""), SHARDS)).unwrap();
    for _ in 0..3 {
        assert_eq!(dataset.select(&[15, 3]).unwrap(), [text(15), text(3)]);
    }
    assert_eq!(dataset.len().unwrap(), 40);
    // For a pack of all, and for those of the first.
    let asked = server.requests().iter().filter(|line| line.contains(".atx")).count();
    assert_eq!(asked, 2);
    let error = dataset.plan().batch(8).build().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Unsupported, Some(server.url("d-0.tar").as_str())));
    assert!(error.to_string().contains("`atdata index-shards`"), "{error}");
    // A server that sends all of a shard whatever it is asked for is read from the start, too.
    write(folder.path());
    let dataset = Dataset::<Text>::open(pattern(&server.url("norange/"), SHARDS)).unwrap();
    assert_eq!((dataset.len().unwrap(), dataset.at(31).unwrap()), (40, text(31)));
    assert_eq!(dataset.plan().batch(8).build().unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn what_is_beside_a_shard_is_mistrusted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let open = || Dataset::<Text>::open(pattern(&server.url(""), SHARDS)).unwrap();
    let sidecar = |number: i64| folder.path().join(format!("d-{number}.tar.atx"));
    let sound = std::fs::read(sidecar(1)).unwrap();
    // A page that the server sends for whatever it does not have.
    std::fs::write(sidecar(1), "<html>not found</html>").unwrap();
    assert_eq!((open().len().unwrap(), open().at(17).unwrap()), (40, text(17)));
    // Damaged.
    std::fs::write(sidecar(1), &sound[..sound.len() - 9]).unwrap();
    let error = open().len().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, Some(server.url("d-1.tar.atx").as_str())));
    // Of another shard of that size: each sample is held against it.
    std::fs::copy(sidecar(0), sidecar(1)).unwrap();
    let dataset = open();
    assert_eq!(dataset.at(7).unwrap(), text(7));
    let error = dataset.at(17).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, Some(server.url("d-1.tar").as_str())));
    assert!(error.to_string().contains("d-1.tar.atx"), "{error}");
    // Of another state of the shard.
    std::fs::write(sidecar(1), &sound).unwrap();
    let longer = ShardWriter::builder(folder.path().join("e.tar"));
    longer.write_all((0..30).map(text)).unwrap();
    std::fs::copy(folder.path().join("e.tar"), folder.path().join("d-1.tar")).unwrap();
    let error = open().plan().batch(8).build().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, Some(server.url("d-1.tar").as_str())));
    assert!(error.to_string().contains("d-1.tar.atx") && error.to_string().contains("which had "), "{error}");
    assert!(error.to_string().contains("and put them there in place of these"), "{error}");
}

/// What a sound server answers to a range.
fn part(request: &Request, bytes: &[u8]) -> Reply {
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
    let (from, to) = range.and_then(|range| range.split_once('-')).unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let body = bytes[from.min(bytes.len())..(to + 1).min(bytes.len())].to_vec();
    let range = format!("bytes {from}-{}/{}", to.min(bytes.len() - 1), bytes.len());
    let reply = Reply { status: 206, body, headers: Vec::new(), cut: None, stall: None };
    let length = reply.body.len();
    reply.with("Content-Length", length).with("Content-Range", range)
}

/// One shard and its contents, as files.
fn one_shard() -> (Arc<Vec<u8>>, Arc<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.tar");
    ShardWriter::builder(&path).contents(true).write_all((0..100).map(text)).unwrap();
    let read = |path: &Path| Arc::new(std::fs::read(path).unwrap());
    (read(&path), read(&folder.path().join("d.tar.atx")))
}

#[test]
fn neighbours_are_one_request_and_requests_that_fail_are_made_again() {
    let (shard, contents) = one_shard();
    let server = Faulty::start(move |request| {
        let bytes = if request.path.contains(".atx") { &contents } else { &shard };
        // Each third answer breaks off, each fifth is none.
        match request.number {
            number if number % 5 == 4 => Reply::status(503),
            number if number % 3 == 2 => part(request, bytes).cut(20),
            _ => part(request, bytes),
        }
    });
    let retry = Retry::new().attempts(8).pauses(Duration::from_millis(1), Duration::from_secs(2));
    let dataset = Dataset::<Text>::open(server.url("d.tar")).unwrap().with_options(ReadOptions::new().retry(retry));
    assert_eq!(dataset.select(&(20..80).collect::<Vec<_>>()).unwrap(), (20..80).map(text).collect::<Vec<_>>());
    let asked = server.requests().len();
    assert!(asked < 15, "{asked}");
    let all: Vec<i64> = loaded(&dataset.plan().order(Order::Stored).batch(10)).concat();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    assert!(server.requests().len() - asked < 15, "{}", server.requests().len() - asked);
}

/// Nothing comes any more, and the caller goes away.
#[test]
fn a_loader_that_waits_for_a_server_can_be_dropped() {
    let (shard, contents) = one_shard();
    let silent = Arc::new(AtomicBool::new(false));
    let is_silent = Arc::clone(&silent);
    let server = Faulty::start(move |request| {
        let bytes = if request.path.contains(".atx") { &contents } else { &shard };
        let reply = part(request, bytes);
        if is_silent.load(Ordering::Relaxed) { Reply { stall: Some(10), ..reply } } else { reply }
    });
    let dataset = Dataset::<Text>::open(server.url("d.tar")).unwrap();
    dataset.at(0).unwrap();
    silent.store(true, Ordering::Relaxed);
    for threads in [1, 3] {
        let loader = dataset.plan().batch(10).threads(threads).load().unwrap();
        std::thread::sleep(Duration::from_millis(100));
        let start = Instant::now();
        drop(loader);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}

/// Some shards and their contents, served as files; some requests get no answer once it is told to be silent.
struct Mute {
    server: Faulty,
    silent: Arc<AtomicBool>,
    _folder: tempfile::TempDir,
}

impl Mute {
    fn start(is_mute: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let (root, silent) = (folder.path().to_owned(), Arc::new(AtomicBool::new(false)));
        let is_silent = Arc::clone(&silent);
        let server = Faulty::start(move |request| {
            let Ok(bytes) = std::fs::read(root.join(request.path.trim_start_matches('/'))) else {
                return Reply::status(404);
            };
            let is_ranged = request.header("range").is_some();
            let reply = if is_ranged { part(request, &bytes) } else { Reply::whole(&bytes, "v") };
            if is_silent.load(Ordering::Relaxed) && is_mute(request) { reply.stall(10) } else { reply }
        });
        Self { server, silent, _folder: folder }
    }

    fn open(&self) -> Dataset<Text> {
        Dataset::<Text>::open(pattern(&self.server.url(""), SHARDS)).unwrap()
    }
}

/// Whether all of a shard is asked for.
fn is_whole(request: &Request) -> bool {
    !request.path.contains(".atx") && request.header("range").is_none()
}

/// Whether a loader of these many threads ends while it waits, and soon.
fn drop_soon(plan: impl Fn() -> PlanBuilder<Text>) {
    for threads in [1, 3] {
        let loader = plan().threads(threads).load().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let start = Instant::now();
        drop(loader);
        assert!(start.elapsed() < Duration::from_secs(2), "{threads} threads: {:?}", start.elapsed());
    }
}

/// Before anything is read a loader asks where it is.
#[test]
fn a_loader_that_waits_for_contents_can_be_dropped() {
    let server = Mute::start(|request| request.path.contains(".atx"));
    let dataset = server.open();
    assert_eq!(dataset.len().unwrap(), 40);
    server.silent.store(true, Ordering::Relaxed);
    drop_soon(|| dataset.plan().seed(3).batch(20));
    drop_soon(|| dataset.plan().batch(10).order(Order::Stored));
    server.silent.store(false, Ordering::Relaxed);
    assert_eq!(loaded(&dataset.plan().batch(10).order(Order::Stored)).concat(), (0..40).collect::<Vec<_>>());
}

#[test]
fn a_loader_that_waits_for_a_shard_of_the_cache_can_be_dropped() {
    let server = Mute::start(is_whole);
    let cache = tempfile::tempdir().unwrap();
    let dataset = server.open().with_options(ReadOptions::new().cache(Cache::new(cache.path())));
    assert_eq!(dataset.len().unwrap(), 40);
    server.silent.store(true, Ordering::Relaxed);
    drop_soon(|| dataset.plan().seed(3).batch(20));
    drop_soon(|| dataset.plan().batch(10).order(Order::Stored));
}

/// What later batches need is not fetched before the first one.
#[test]
fn a_batch_fetches_its_own_shards_to_the_cache() {
    let server = Mute::start(|_| false);
    let cache = tempfile::tempdir().unwrap();
    let dataset = server.open().with_options(ReadOptions::new().cache(Cache::new(cache.path())));
    let mut loader = dataset.plan().batch(10).order(Order::Stored).threads(0).load().unwrap();
    // Behind the first one some are read together.
    for fetched in [1, 3, 3, 4] {
        loader.next().unwrap().unwrap();
        assert_eq!(server.server.requests().iter().filter(|request| is_whole(request)).count(), fetched);
    }
}

/// The server says that there are more bytes, and sends fewer than it was asked for.
#[test]
fn an_answer_that_is_too_short_is_a_broken_download() {
    let (shard, contents) = one_shard();
    let short = Arc::new(AtomicBool::new(false));
    let is_short = Arc::clone(&short);
    let server = Faulty::start(move |request| {
        let bytes = if request.path.contains(".atx") { &contents } else { &shard };
        let sound = part(request, bytes);
        let is_odd = is_short.load(Ordering::Relaxed) || request.number % 2 == 1;
        if !is_odd || sound.body.len() < 2 {
            return sound;
        }
        let (from, body) = (request.from(), sound.body[..sound.body.len() / 2].to_vec());
        let (to, len) = (from + body.len() - 1, body.len());
        let reply = Reply { body, headers: Vec::new(), ..sound };
        reply.with("Content-Length", len).with("Content-Range", format!("bytes {from}-{to}/{}", bytes.len()))
    });
    let retry = Retry::new().attempts(3).pauses(Duration::from_millis(1), Duration::from_millis(2));
    let dataset = Dataset::<Text>::open(server.url("d.tar")).unwrap().with_options(ReadOptions::new().retry(retry));
    for sample in [0, 17, 99] {
        assert_eq!(dataset.at(sample).unwrap(), text(i64::try_from(sample).unwrap()));
    }
    short.store(true, Ordering::Relaxed);
    let error = dataset.at(41).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:#}");
    assert!(format!("{error:#}").contains("the server ended behind"), "{error:#}");
}

#[test]
fn the_gateway_of_ceph_is_read_by_ranges() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let endpoint = gateway().endpoint();
    let store = store(endpoint, "contents");
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mut upload = store.create(entry.file_name().to_str().unwrap()).unwrap();
        upload.write_all(&std::fs::read(entry.path()).unwrap()).unwrap();
        upload.sync().unwrap();
        upload.commit().unwrap();
    }
    let local = Dataset::<Text>::open(pattern(&format!("{}/", folder.path().display()), SHARDS)).unwrap();
    let dataset = Dataset::open(pattern(&format!("s3://{BUCKET}/contents/"), SHARDS)).unwrap();
    check(&dataset.with_options(ReadOptions::new().s3(config(endpoint))), &local);
}

/// Of a join as well: the samples of the dataset to the right are not asked for one by one.
#[test]
fn partners_that_lie_beside_each_other_are_one_request() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = Http::start(folder.path());
    let local = Dataset::<Text>::open(pattern(&format!("{}/", folder.path().display()), SHARDS)).unwrap();
    let remote = Dataset::<Text>::open(pattern(&server.url(""), SHARDS)).unwrap();
    let both = local.join(&remote).unwrap();
    let asked = server.requests().len();
    let plan = both.plan().seed(3).batch(20).threads(0);
    let seen: usize = plan
        .load_samples()
        .unwrap()
        .map(|step| step.unwrap().batch.iter().inspect(|(one, other)| assert_eq!(one, other)).count())
        .sum();
    let asked = server.requests().len() - asked;
    assert_eq!(seen, 40);
    // Each of the two batches has samples of all shards, and one request for each.
    assert!(asked <= 2 * 4 + 4, "{asked}");
    // One by one they come for some samples together, more of them each time.
    let requests = || server.requests().len();
    let before = requests();
    let mut samples = both.ordered();
    samples.next().unwrap().unwrap();
    assert_eq!(requests() - before, 1, "the first waits for no other");
    assert!(samples.all(|pair| pair.is_ok_and(|(one, other)| one == other)));
    assert!(requests() - before <= 10, "{}", requests() - before);
    let before = requests();
    assert_eq!(both.map(|(one, _)| one).iter().batches(7).map(|batch| batch.unwrap().label.len()).sum::<usize>(), 40);
    assert!(requests() - before <= 10, "{}", requests() - before);
}

/// Of shards on a server those that are left out are not asked for, and of the others the samples that match.
#[test]
fn manifests_on_servers_leave_out_shards() {
    let folder = tempfile::tempdir().unwrap();
    let builder = ShardWriter::builder(folder.path().join("d-%d.tar")).max_count(10).contents(true).manifest(true);
    builder.write_all((0..SHARDS * 10).map(text)).unwrap();
    let server = Http::start(folder.path());
    let predicate = Predicate::<Text>::parse("label in (12, 13, 27)").unwrap();
    let of = |manifests| {
        let dataset = Dataset::<Text>::open(pattern(&server.url(""), SHARDS)).unwrap();
        dataset.with_options(ReadOptions::new().manifests(manifests))
    };
    let read = |dataset: &Dataset<Text>| -> Vec<Text> {
        dataset.query(&predicate).unwrap().ordered().map(Result::unwrap).collect()
    };
    let explanation = of(true).explain(&predicate).unwrap();
    let totals = explanation.totals();
    assert_eq!((totals.left_out, totals.by_rows, totals.read, totals.matching), (2, 2, 0, 3), "{explanation}");
    assert_eq!(server.requests().iter().filter(|line| line.contains(".tar ")).count(), 0);
    assert_eq!(read(&of(true)), [12, 13, 27].map(text));
    // Of no shard more was sent than a range of it.
    let whole = |line: &&String| line.contains(".tar ") && line.contains("\" 200 ");
    assert_eq!(server.requests().iter().find(whole), None);
    assert_eq!(read(&of(false)), [12, 13, 27].map(text));
    // Without contents those that are left out need none.
    for shard in [0, 3] {
        std::fs::remove_file(folder.path().join(format!("d-{shard}.tar.atx"))).unwrap();
        std::fs::remove_file(folder.path().join(format!("d-{shard}.tar"))).unwrap();
    }
    let before = server.requests().len();
    assert_eq!(read(&of(true)), [12, 13, 27].map(text));
    let after = server.requests();
    let asked = |line: &&String| line.contains("/d-3.tar") || line.contains("/d-0.tar ");
    assert_eq!(after[before..].iter().filter(asked).count(), 0, "{after:?}");
}
