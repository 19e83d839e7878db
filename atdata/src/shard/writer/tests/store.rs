//! Writes that go into a store.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::store::{LocalStore, Store, Upload};

fn in_store(store: &Arc<LocalStore>, options: &WriteOptions) -> ShardSink {
    ShardSink::in_store(Arc::clone(store) as _, "set/train", options).unwrap()
}

#[test]
fn shards_are_numbered_objects_with_a_name_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalStore::new(folder.path()));
    let write = || {
        let mut sink = in_store(&store, &fixed().max_count(2));
        (0..5).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
        let visible = names(&folder.path().join("set/train"));
        (visible, sink.finish().unwrap().shards)
    };
    let ((before, one), (between, two)) = (write(), write());
    assert_eq!((before.len(), between.len()), (0, 3), "nothing is visible before the end");
    assert_eq!((one.len(), two.len()), (3, 3));
    one.iter().chain(&two).for_each(check);
    assert_eq!(names(&folder.path().join("set/train")).len(), 6);
    let name = one[2].path.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("data--")
            && name.ends_with("--000002.tar")
            && name.len() == "data--0123456789abcdef--000002.tar".len()
    );
    assert_eq!(one[2].url, one[2].path.to_str().unwrap());
}

#[test]
fn a_store_gets_numbered_shards_also_without_limits() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = in_store(&Arc::new(LocalStore::new(folder.path())), &fixed());
    assert_eq!(sink.limits, Some(Limits { count: 100_000, bytes: 3_000_000_000 }));
    put(&mut sink, "a", b"x").unwrap();
    assert!(sink.finish().unwrap().shards[0].url.ends_with("--000000.tar"));
    let error = ShardSink::in_store(Arc::new(LocalStore::new(folder.path())), "../x", &fixed()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_write_without_samples_or_end_leaves_no_object() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalStore::new(folder.path()));
    assert!(
        in_store(&store, &fixed())
            .finish()
            .unwrap_err()
            .to_string()
            .ends_with("no samples to write: give at least one")
    );
    let mut sink = in_store(&store, &fixed().max_count(1));
    (0..300).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
    drop(sink);
    assert!(names(&folder.path().join("set/train")).is_empty());
}

#[test]
fn packed_samples_keep_their_keys_and_neighbours_of_one_key_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = in_store(&Arc::new(LocalStore::new(folder.path())), &fixed());
    for (key, payload) in [("a", b"1"), ("b", b"2"), ("b", b"3"), ("b", b"4"), ("a", b"5")] {
        sink.append_members(key, [("msgpack", &payload[..])]).unwrap();
    }
    let infos = sink.finish().unwrap().shards;
    infos.iter().for_each(check);
    let read: Vec<_> = infos.iter().map(|info| samples(&info.path)).collect();
    let expected: [&[(&str, &[u8])]; 3] = [&[("a", b"1"), ("b", b"2")], &[("b", b"3")], &[("b", b"4"), ("a", b"5")]];
    for (read, expected) in read.iter().zip(expected) {
        let expected: Vec<_> =
            expected.iter().map(|(key, payload)| (format!("{key}.msgpack"), payload.to_vec())).collect();
        assert_eq!(*read, expected);
    }
    assert_eq!(read.len(), 3);
}

/// Refuses the second commit, and remembers what it was asked to remove.
#[derive(Debug)]
struct Refusing {
    inner: LocalStore,
    refuses: Arc<AtomicBool>,
    removed: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct RefusingUpload(Box<dyn Upload>, Arc<AtomicBool>);

impl Store for Refusing {
    fn url(&self) -> String {
        self.inner.url()
    }

    fn object_url(&self, name: &str) -> String {
        self.inner.object_url(name)
    }

    fn create(&self, name: &str) -> Result<Box<dyn Upload>> {
        Ok(Box::new(RefusingUpload(self.inner.create(name)?, Arc::clone(&self.refuses))))
    }

    fn remove(&self, url: &str) -> Result<bool> {
        self.removed.lock().unwrap().push(url.to_owned());
        self.inner.remove(url)
    }

    fn holds(&self, url: &str) -> bool {
        self.inner.holds(url)
    }
}

impl io::Write for RefusingUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Upload for RefusingUpload {
    fn sync(&mut self) -> Result<()> {
        self.0.sync()
    }

    fn commit(self: Box<Self>) -> Result<()> {
        if self.1.swap(true, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Throttled, "come back later"));
        }
        self.0.commit()
    }
}

#[test]
fn shards_that_appeared_are_removed_when_a_later_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inner = LocalStore::new(folder.path());
    let store = Arc::new(Refusing { inner, refuses: Arc::default(), removed: Mutex::default() });
    let mut sink = ShardSink::in_store(Arc::clone(&store) as _, "p", &fixed().max_count(1)).unwrap();
    (0..3).for_each(|n| put(&mut sink, &n.to_string(), b"x").unwrap());
    let urls: Vec<_> = (0..3).map(|number| sink.target.place(number).url).collect();
    let error = sink.finish().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Throttled, Some(urls[1].as_str())));
    assert!(error.to_string().ends_with("come back later"), "{error}");
    assert_eq!(*store.removed.lock().unwrap(), urls[..2]);
    assert!(names(&folder.path().join("p")).is_empty());
}
