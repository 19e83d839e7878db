//! Manifests that go with their shards: into stores, with copies, into indexes, of compressed ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata::dataset::ManifestOptions;
use atdata::manifest::{Aggregate, Manifest};
use atdata::source::Shard;
use atdata::store::{LocalStore, Store, Upload};
use atdata::{Dataset, DictSample, Error, ErrorKind, Packable, ReadOptions, ShardWriter};

use super::manifests::{Photo, assert_sound, beside, names, photo, write};

/// What a manifest says, but for names and times.
#[derive(Debug, PartialEq)]
struct Told {
    samples: Option<u64>,
    aggregates: Vec<(String, Aggregate)>,
    places: Vec<Option<u64>>,
}

/// That of each shard, in their order.
fn told(shards: &[PathBuf]) -> Vec<Told> {
    let of = |shard: &PathBuf| {
        let manifest = beside(shard).unwrap();
        let stem = shard.file_name().unwrap().to_str().unwrap().strip_suffix(".tar").unwrap();
        assert_eq!((manifest.shard(), manifest.header().shard_id.as_str()), (stem, stem));
        let rows = manifest.rows().unwrap().unwrap();
        let places = (0..rows.len()).map(|row| rows.offset(row)).collect();
        Told { samples: manifest.samples(), aggregates: manifest.header().aggregates.clone(), places }
    };
    shards.iter().map(of).collect()
}

#[test]
fn a_store_has_manifests_beside_its_shards() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(&folder.path().join("a-%02d.tar"), 10);
    let store = std::sync::Arc::new(LocalStore::new(folder.path().join("store")));
    for threads in [1, 3] {
        let builder = ShardWriter::in_store(store.clone(), "set").max_count(4).manifest(true).threads(threads);
        let mut writer = builder.build().unwrap();
        for number in 0..10 {
            writer.write_with_key(&format!("{number:03}"), &photo(number)).unwrap();
        }
        let written = writer.finish().unwrap().paths();
        assert_sound(&written);
        assert_eq!(told(&written), told(&files));
        for shard in &written {
            // What is removed takes its manifest along.
            assert!(store.remove(shard.to_str().unwrap()).unwrap());
        }
        assert_eq!(names(&store.root().join("set")), [""; 0]);
    }
    // One that is given up leaves nothing.
    let mut writer = ShardWriter::in_store(store.clone(), "set").max_count(2).manifest(true).build().unwrap();
    (0..5).for_each(|number| writer.write(&photo(number)).unwrap());
    writer.discard();
    assert_eq!(names(&store.root().join("set")), [""; 0]);
}

#[test]
fn a_copy_takes_the_manifest_along() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(&folder.path().join("a-%02d.tar"), 10);
    let store = LocalStore::new(folder.path().join("store"));
    let copy_to = |number: usize, name: &str| {
        let shard = Shard::from_path(&files[number]);
        atdata::store::copy(&shard, &ReadOptions::new(), &store, name, &mut |_| ()).unwrap();
        store.root().join(name)
    };
    let copies: Vec<_> = (0..3).map(|number| copy_to(number, &format!("x/b.{number}.tar"))).collect();
    assert_sound(&copies);
    assert_eq!(told(&copies), told(&files));
    // Under its own name it is the same to the byte.
    let same = copy_to(1, "a-01.tar");
    for (one, other) in [".manifest.json", ".manifest.parquet"].map(|end| (with(&same, end), with(&files[1], end))) {
        assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap());
    }
    // A header alone is one, and one that is older than its shard, or none, leaves the copy without.
    fs::remove_file(with(&files[0], ".manifest.parquet")).unwrap();
    let header = beside(&copy_to(0, "x/b.0.tar")).unwrap();
    assert_eq!((header.samples(), header.rows().unwrap().is_none()), (Some(4), true));
    let old = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
    fs::File::options().write(true).open(with(&files[2], ".manifest.json")).unwrap().set_modified(old).unwrap();
    fs::remove_file(with(&files[1], ".manifest.json")).unwrap();
    assert!(beside(&copy_to(2, "x/b.0.tar")).is_none() && beside(&copy_to(1, "x/b.1.tar")).is_none());
    assert_eq!(
        names(&store.root().join("x")),
        ["b.0.tar", "b.1.tar", "b.2.manifest.json", "b.2.manifest.parquet", "b.2.tar"]
    );
}

fn with(shard: &Path, ending: &str) -> PathBuf {
    let shard = shard.to_str().unwrap();
    PathBuf::from(format!("{}{ending}", shard.strip_suffix(".tar").unwrap_or(shard)))
}

/// Takes objects until a number of them has their names, and refuses the next.
#[derive(Debug)]
struct Refusing(LocalStore, std::sync::Arc<std::sync::atomic::AtomicIsize>);

#[derive(Debug)]
struct RefusingUpload(Box<dyn Upload>, std::sync::Arc<std::sync::atomic::AtomicIsize>);

impl Store for Refusing {
    fn url(&self) -> String {
        self.0.url()
    }

    fn object_url(&self, name: &str) -> String {
        self.0.object_url(name)
    }

    fn create(&self, name: &str) -> Result<Box<dyn Upload>, Error> {
        Ok(Box::new(RefusingUpload(self.0.create(name)?, self.1.clone())))
    }

    fn remove(&self, url: &str) -> Result<bool, Error> {
        // A store that knows nothing of what is beside its objects.
        Ok(fs::remove_file(url).is_ok())
    }

    fn holds(&self, url: &str) -> bool {
        self.0.holds(url)
    }
}

impl std::io::Write for RefusingUpload {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Upload for RefusingUpload {
    fn sync(&mut self) -> Result<(), Error> {
        self.0.sync()
    }

    fn commit(self: Box<Self>) -> Result<(), Error> {
        if self.1.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) <= 0 {
            return Err(Error::new(ErrorKind::Throttled, "come back later"));
        }
        self.0.commit()
    }
}

#[test]
fn shards_and_manifests_are_there_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let source = write(&folder.path().join("a-%02d.tar"), 3);
    for named in 0..6 {
        let store = || {
            let left = std::sync::Arc::new(std::sync::atomic::AtomicIsize::new(named));
            Refusing(LocalStore::new(folder.path().join("store")), left)
        };
        let mut writer =
            ShardWriter::in_store(std::sync::Arc::new(store()), "set").max_count(2).manifest(true).build().unwrap();
        (0..4).for_each(|number| writer.write(&photo(number)).unwrap());
        let error = writer.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(names(&folder.path().join("store/set")), [""; 0], "{named}");
        let copied =
            atdata::store::copy(&Shard::from_path(&source[0]), &ReadOptions::new(), &store(), "set/a.tar", &mut |_| ());
        // A manifest is a hint: where it is refused the copy stays, without half of one.
        assert_eq!(copied.is_ok(), named >= 1);
        let found = names(&folder.path().join("store/set"));
        let expected = ["a.manifest.json", "a.manifest.parquet", "a.tar"];
        assert_eq!(found, expected[if named >= 3 { 0 } else { 3 - named.min(1).unsigned_abs() }..]);
        if named >= 1 {
            fs::remove_dir_all(folder.path().join("store/set")).unwrap();
        }
    }
}

#[test]
fn compressed_shards_have_manifests_whose_places_are_in_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let plain = write(&folder.path().join("a-%02d.tar"), 10);
    for ending in ["tar.gz", "tar.zst"] {
        let written = write(&folder.path().join(format!("a-%02d.{ending}")), 10);
        assert!(with(&written[0], ".manifest.json").ends_with(format!("a-00.{ending}.manifest.json")));
        assert_sound(&written);
        let bytes = |shard: &Path| fs::read(with(shard, ".manifest.parquet")).unwrap();
        for (shard, plain) in written.iter().zip(&plain) {
            assert_eq!(bytes(shard), bytes(plain));
            fs::remove_file(with(shard, ".manifest.json")).unwrap();
            fs::remove_file(with(shard, ".manifest.parquet")).unwrap();
        }
        // Those that are made of the shards are the same.
        let dataset = Dataset::<Photo>::open(written.clone()).unwrap();
        let done = dataset.write_manifests(&ManifestOptions::new(), &|_| (), &mut |error| panic!("{error:#}"));
        assert_eq!((done.made, done.samples), (3, 10));
        assert_sound(&written);
        for (shard, plain) in written.iter().zip(&plain) {
            assert_eq!(bytes(shard), bytes(plain));
        }
        // A copy has it, too.
        let store = LocalStore::new(folder.path().join("store"));
        let shard = Shard::from_path(&written[1]);
        atdata::store::copy(&shard, &ReadOptions::new(), &store, &format!("b.{ending}"), &mut |_| ()).unwrap();
        let copy = store.root().join(format!("b.{ending}"));
        assert_eq!(beside(&copy).unwrap().header().shard_id, format!("b.{ending}"));
        assert_sound(&[copy]);
    }
}

#[test]
fn a_shard_that_is_not_written_again_leaves_no_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let source = Dataset::<Photo>::open(write(&folder.path().join("a-%02d.tar"), 7)).unwrap();
    let options = atdata::shard::WriteOptions::new().manifest(true);
    let copy = |kept: usize| {
        let to = folder.path().join("out/b-%02d.tar");
        let process = source.process_shards();
        let done = process.write(to, &options, |photos, writer: &mut ShardWriter<Photo>| {
            for sample in photos.ordered() {
                let sample = sample?;
                if sample.image.len() < kept {
                    writer.write(&sample)?;
                }
            }
            Ok::<_, Error>(())
        });
        done.unwrap().into_result().unwrap();
        names(&folder.path().join("out"))
    };
    assert_eq!(copy(7).len(), 6);
    assert_eq!(copy(4), ["b-00.manifest.json", "b-00.manifest.parquet", "b-00.tar"]);
}

#[test]
fn an_index_takes_manifests_along() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::<Photo>::open(write(&folder.path().join("a-%02d.tar"), 10)).unwrap();
    let store = LocalStore::new(folder.path().join("store"));
    let provider = atdata::index::Sqlite::open(folder.path().join("index.db")).unwrap();
    let index = atdata::index::Index::builder().provider(provider).store(store).build().unwrap();
    let shards = |name: &str| {
        let opened = index.dataset::<Photo>(name).unwrap();
        // The entry says what the shards have to be, and they are read by that; the manifests are found all the same.
        for shard in opened.shards() {
            assert!(Manifest::beside(shard, opened.read_options()).unwrap().is_some());
        }
        opened.shards().iter().map(|shard| shard.path().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let options = atdata::index::InsertOptions::new;
    index.insert("copied", &dataset).unwrap();
    assert_eq!(told(&shards("copied")), told(&write(&folder.path().join("a-%02d.tar"), 10)));
    index.insert_with("anew", &dataset, &options().manifest(true).max_count(4)).unwrap();
    assert_sound(&shards("anew"));
    let written = (0..10).map(photo);
    index.write_samples_with("written", written, &options().manifest(true).max_count(4)).unwrap();
    assert_eq!(told(&shards("written")), told(&shards("copied")));
    // A write that ends with an error leaves none.
    let bad = (0..9).map(|number| if number < 8 { Ok(photo(number)) } else { Err("no more") });
    index.try_write_samples("bad", bad, &options().manifest(true).max_count(4).prefix("bad")).unwrap_err();
    assert_eq!(names(&folder.path().join("store/bad")), [""; 0]);
}

#[derive(Packable, Debug, Clone)]
struct Classified {
    #[packable(manifest = "categorical")]
    class: i64,
    #[packable(manifest = false)]
    caption: String,
    #[packable(manifest = "numeric")]
    flag: bool,
}

#[test]
fn a_record_says_the_kinds_that_its_type_says() {
    let folder = tempfile::tempdir().unwrap();
    let samples = (0..6).map(|n| Classified { class: n % 3, caption: n.to_string(), flag: n == 0 });
    let path = folder.path().join("a.tar");
    ShardWriter::builder(&path).manifest(true).write_all(samples).unwrap();
    let by_type = beside(&path).unwrap();
    assert!(matches!(by_type.aggregate("class"), Some(Aggregate::Categorical { .. })));
    let record = Classified::schema_record();
    for json in [record.to_local(), record.created_at("2026-03-01T12:34:56Z").to_atproto().unwrap()] {
        let record = atdata::schema::SchemaRecord::from_json(&json).unwrap();
        let untyped = Dataset::<DictSample>::open(&path).unwrap();
        let how = ManifestOptions::new().anew(true).record(&record);
        assert_eq!(untyped.write_manifests(&how, &|_| (), &mut |error| panic!("{error:#}")).made, 1);
        let by_record = beside(&path).unwrap();
        assert_eq!(by_record.header().aggregates, by_type.header().aggregates);
        assert!(by_record.rows().unwrap().unwrap().column("caption").is_none());
    }
}

#[test]
fn other_files_of_such_names_stay_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder.path().join("a-%02d.tar"), 3).remove(0);
    let store = LocalStore::new(folder.path().join("store"));
    let copied = || {
        atdata::store::copy(&Shard::from_path(&file), &ReadOptions::new(), &store, "b.tar", &mut |_| ()).unwrap();
        names(store.root())
    };
    assert_eq!(copied().len(), 3);
    let (header, rows) = (with(&file, ".manifest.json"), with(&file, ".manifest.parquet"));
    let (sound, parquet) = (fs::read(&header).unwrap(), fs::read(&rows).unwrap());
    for secret in [&b"a key, and no header"[..], b"{\"manifest_version\": 3}", b""] {
        fs::write(&header, secret).unwrap();
        assert_eq!(copied(), ["b.tar"]);
    }
    fs::write(&header, &sound).unwrap();
    for secret in [&b"SQLite format 3"[..], b"PAR1", b"", &parquet[..parquet.len() - 1]] {
        fs::write(&rows, secret).unwrap();
        let expected: &[&str] =
            if secret == b"PAR1" { &["b.manifest.json", "b.manifest.parquet", "b.tar"] } else { &["b.tar"] };
        assert_eq!(copied(), expected, "{secret:?}");
    }
    // Of a shard that was written anew behind its manifest, or meanwhile, nothing is known.
    fs::write(&rows, &parquet).unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_mins(1);
    fs::File::options().write(true).open(&rows).unwrap().set_modified(old).unwrap();
    assert_eq!(copied(), ["b.tar"]);
    let mut is_replaced = false;
    let mut replace = |_| {
        if !is_replaced {
            is_replaced = true;
            write(&folder.path().join("a-%02d.tar"), 2);
        }
    };
    atdata::store::copy(&Shard::from_path(&file), &ReadOptions::new(), &store, "b.tar", &mut replace).unwrap();
    assert!(is_replaced && beside(&file).is_some());
    assert_eq!(names(store.root()), ["b.tar"]);
    assert_eq!(copied().len(), 3);
}

/// The manifest of `a.tar` is none of an object that is called `a`.
#[test]
fn what_is_called_as_a_shard_begins_has_no_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path());
    let put = |name: &str| {
        let mut upload = store.create(name).unwrap();
        std::io::Write::write_all(&mut upload, b"bytes").unwrap();
        upload.sync().unwrap();
        upload.commit().unwrap();
    };
    let all = ["a.tar", "a.manifest.json", "a.manifest.parquet", "a"];
    for name in all {
        put(name);
    }
    assert_eq!(names(folder.path()).len(), 4);
    assert!(store.remove(&store.object_url("a")).unwrap() && !store.remove(&store.object_url("a")).unwrap());
    assert_eq!(names(folder.path()), ["a.manifest.json", "a.manifest.parquet", "a.tar"]);
    assert!(store.remove(&store.object_url("a.tar")).unwrap());
    assert_eq!(names(folder.path()), [""; 0]);
}
