//! What goes into a bucket comes out of it again.

use atdata::source::Shard;
use atdata::store::{LocalStore, Store, copy, sha256_of};
use atdata::{Dataset, Packable, ReadOptions, ShardWriter};
use atdata_tests::services::{BUCKET, TestS3};
use atdata_tests::sha256;

use super::{bytes, content, gateway, left_over, objects, on_both, put, shared, store};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Numbered {
    number: i64,
    noise: bytes::Bytes,
}

fn sample(number: i64) -> Numbered {
    let start = usize::try_from(number).unwrap() * 1009;
    Numbered { number, noise: bytes(start + 1_000_000).split_off(start).into() }
}

#[test]
fn a_dataset_of_a_hundred_megabytes_is_written_in_shards_and_read_again() {
    let endpoint = gateway().endpoint();
    let store = shared(store(endpoint, "hundred"));
    let mut writer = ShardWriter::in_store(store, "set/train").max_bytes(30_000_000).build().unwrap();
    for number in 0..100 {
        writer.write_with_key(&format!("k{number:03}"), &sample(number)).unwrap();
    }
    assert_eq!(objects(endpoint, "hundred"), [], "nothing is visible before the end");
    let written = writer.finish().unwrap();
    assert_eq!(written.shards.len(), 4);
    let there = objects(endpoint, "hundred");
    for (info, (key, size)) in written.shards.iter().zip(&there) {
        assert_eq!((&info.url, info.bytes), (&format!("s3://{BUCKET}/{key}"), *size));
        assert_eq!(info.sha256_hex(), Some(sha256(&content(endpoint, key))));
    }
    let dataset: Dataset<Numbered> = written.open().unwrap();
    for (number, read) in (0..).zip(dataset.iter().with_keys()) {
        let (key, read) = read.unwrap();
        assert!(key == format!("k{number:03}") && read == sample(number), "{number}");
    }
    assert_eq!(dataset.len().unwrap(), 100);
    assert_eq!(left_over(endpoint, "hundred"), [""; 0]);
}

#[test]
fn objects_of_all_sizes_are_whole() {
    const PART: usize = 8 << 20;
    on_both(|endpoint| {
        for cached in [false, true] {
            let store = store(endpoint, "sizes").cache_local(cached);
            let sizes: &[usize] =
                if cached { &[0, PART + 1] } else { &[0, 1, PART - 1, PART, PART + 1, 3 * PART + 17] };
            for &size in sizes {
                let name = format!("x {size}/ü.tar");
                put(&store, &name, &bytes(size)).unwrap();
                assert!(content(endpoint, &format!("sizes/{name}")) == bytes(size), "{size}");
                let shard = Shard::from_url(&store.object_url(&name)).unwrap();
                let (digest, count) = sha256_of(&shard, &store.read_options(ReadOptions::new()), &mut |_| {}).unwrap();
                assert_eq!((atdata_tests::hex(&digest), count), (sha256(&bytes(size)), size as u64));
            }
        }
    });
}

#[test]
fn an_object_replaces_another_and_is_removed() {
    on_both(|endpoint| {
        let store = store(endpoint, "replaced");
        for size in [10 << 20, 3] {
            put(&store, "a.tar", &bytes(size)).unwrap();
            assert_eq!(objects(endpoint, "replaced"), [("replaced/a.tar".to_owned(), size as u64)]);
        }
        let url = store.object_url("a.tar");
        assert!(store.remove(&url).unwrap());
        assert!(!store.remove(&url).unwrap(), "it was gone");
        assert_eq!(objects(endpoint, "replaced"), []);
    });
}

#[test]
fn a_dropped_upload_leaves_nothing() {
    let server = TestS3::start();
    for endpoint in [&server.endpoint, gateway().endpoint()] {
        for (size, synced, cached) in [
            (100, false, false),
            (20 << 20, false, false),
            (20 << 20, true, false),
            (20 << 20, true, true),
            (100, true, false),
        ] {
            let store = store(endpoint, "dropped").cache_local(cached);
            let mut upload = store.create("a.tar").unwrap();
            upload.write_all(&bytes(size)).unwrap();
            if synced {
                upload.sync().unwrap();
            }
            let parts = if endpoint == gateway().endpoint() {
                left_over(endpoint, "dropped").len()
            } else {
                server.left_over().0
            };
            assert_eq!(parts, usize::from(size > 100 && (synced || !cached)), "{size} {synced} {cached}");
            drop(upload);
            assert_eq!(objects(endpoint, "dropped"), []);
            assert_eq!(left_over(gateway().endpoint(), "dropped"), [""; 0]);
            assert_eq!(server.left_over(), (0, 0));
        }
    }
}

#[test]
fn more_small_objects_than_memory_is_for_go_to_the_server_before_their_commit() {
    let server = TestS3::start();
    let store = store(&server.endpoint, "many");
    let mut uploads: Vec<_> = (0..12)
        .map(|n| {
            let mut upload = store.create(&format!("{n}.tar")).unwrap();
            upload.write_all(&bytes(7 << 20)).unwrap();
            upload.sync().unwrap();
            upload
        })
        .collect();
    assert_eq!(server.left_over(), (3, 3), "nine of them fit into 64 MiB");
    assert_eq!(objects(&server.endpoint, "many"), []);
    for upload in uploads.drain(..) {
        upload.commit().unwrap();
    }
    assert!(objects(&server.endpoint, "many").iter().all(|(_, size)| *size == 7 << 20));
    assert_eq!(server.left_over(), (0, 0));
}

#[test]
fn many_threads_write_at_the_same_time() {
    on_both(|endpoint| {
        let store = store(endpoint, "threads");
        std::thread::scope(|scope| {
            for n in 0..6_usize {
                let store = &store;
                scope.spawn(move || put(store, &format!("{n}.tar"), &bytes((n * 4) << 20)).unwrap());
            }
        });
        for n in 0..6 {
            assert!(content(endpoint, &format!("threads/{n}.tar")) == bytes((n * 4) << 20));
        }
    });
}

#[test]
fn it_works_inside_of_runtimes() {
    let server = TestS3::start();
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for (name, runtime) in [("a.tar", current), ("b.tar", threads)] {
        let store = store(&server.endpoint, "runtimes");
        runtime.block_on(async {
            put(&store, name, &bytes(20 << 20)).unwrap();
            let mut upload = store.create("dropped.tar").unwrap();
            upload.write_all(&bytes(20 << 20)).unwrap();
        });
        assert!(content(&server.endpoint, &format!("runtimes/{name}")) == bytes(20 << 20));
    }
    assert_eq!((objects(&server.endpoint, "runtimes").len(), server.left_over()), (2, (0, 0)));
}

#[test]
fn shards_are_copied_from_store_to_store_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalStore::new(folder.path());
    let sent = bytes(20 << 20);
    put(&local, "a.tar", &sent).unwrap();
    on_both(|endpoint| {
        let remote = store(endpoint, "copied");
        let mut told = 0;
        let shard = |url: &str| Shard::from_url(url).unwrap();
        let from = shard(&local.object_url("a.tar"));
        let there = copy(&from, &ReadOptions::new(), &remote, "b.tar", &mut |count| told += count).unwrap();
        assert_eq!((there.sha256_hex(), there.bytes, told), (sha256(&sent), sent.len() as u64, sent.len() as u64));
        let options = remote.read_options(ReadOptions::new());
        let back = copy(&shard(&there.url), &options, &local, "c.tar", &mut |_| {}).unwrap();
        assert_eq!(back.sha256, there.sha256);
        assert!(std::fs::read(&back.url).unwrap() == sent);
    });
}
