//! Datasets whose shards have their contents beside them: the same answers as without, by less reading.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use atdata::shard::Contents;
use atdata::{Dataset, ErrorKind, Packable, ReadOptions, ShardWriter, load_dataset};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Numbered {
    number: i64,
    text: String,
}

fn numbered(number: i64) -> Numbered {
    Numbered { number, text: "x".repeat(usize::try_from(number % 90).unwrap()) }
}

/// `count` samples in shards of 7.
fn write(folder: &Path, count: i64, contents: bool) -> Vec<PathBuf> {
    let builder = ShardWriter::builder(folder.join("n-%03d.tar")).max_count(7).contents(contents);
    let mut writer = builder.build().unwrap();
    for number in 0..count {
        writer.write_with_key(&format!("key/{number:04}"), &numbered(number)).unwrap();
    }
    writer.finish().unwrap().paths()
}

#[test]
fn answers_are_the_same_with_contents_and_without() {
    let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = |paths: &[PathBuf]| Dataset::<Numbered>::open(paths.to_vec()).unwrap();
    let (with, without) = (open(&write(with.path(), 100, true)), open(&write(without.path(), 100, false)));
    let odd = |dataset: &Dataset<Numbered>| dataset.filter(|sample| sample.number % 2 == 1);
    for (with, without) in [(with.clone(), without.clone()), (odd(&with), odd(&without))] {
        assert_eq!(with.len().unwrap(), without.len().unwrap());
        for indices in [&[0_usize, 49, 3, 3, 17][..], &[], &[7]] {
            assert_eq!(with.select(indices).unwrap(), without.select(indices).unwrap());
        }
        for key in ["key/0000", "key/0051", "key/0099", "key/0100", ""] {
            let (one, other) = (with.get(key), without.get(key));
            match (one, other) {
                (Ok(one), Ok(other)) => assert_eq!(one, other),
                (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
                (one, other) => panic!("{key}: {one:?} {other:?}"),
            }
        }
        let (one, other) = (with.select(&[5, 1000]).unwrap_err(), without.select(&[5, 1000]).unwrap_err());
        assert_eq!(one.to_string(), other.to_string());
    }
    assert_eq!(with.map(|sample| sample.number).select(&[99, 0]).unwrap(), [99, 0]);
}

/// What is asked for is read, and nothing else: the rest of the shards may be anything.
#[test]
fn other_samples_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), 21, true);
    let dataset = Dataset::<Numbered>::open(paths.clone()).unwrap();
    assert_eq!(dataset.len().unwrap(), 21);
    let place = Contents::open(&paths[1]).unwrap().unwrap().sample(3).unwrap();
    let mut bytes = std::fs::read(&paths[1]).unwrap();
    let (start, end) = (usize::try_from(place.start).unwrap(), usize::try_from(place.end).unwrap());
    bytes[start..end].fill(b'?');
    std::fs::write(&paths[1], bytes).unwrap();
    assert_eq!(dataset.get("key/0009").unwrap(), numbered(9));
    assert_eq!(dataset.select(&[20, 0, 11]).unwrap(), [20, 0, 11].map(numbered));
    for error in [dataset.get("key/0010").unwrap_err(), dataset.select(&[10]).unwrap_err()] {
        assert_eq!(
            (error.kind(), error.key(), error.shard()),
            (ErrorKind::Conflict, Some("key/0010"), paths[1].to_str())
        );
        assert!(error.to_string().contains("`atdata index-shards`"), "{error}");
    }
}

#[test]
fn contents_are_made_for_shards_that_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), 100, false);
    let dataset = Dataset::<Numbered>::open(paths.clone()).unwrap();
    let read = AtomicU64::new(0);
    let count = |bytes: u64| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let made = dataset.untyped().index(3, &count).unwrap();
    assert_eq!((made.made, made.kept, made.samples), (15, 0, 100));
    let sizes: u64 = paths.iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(read.into_inner(), sizes);
    // One that is stale is made anew.
    std::fs::copy(Contents::path_of(&paths[0]), Contents::path_of(&paths[1])).unwrap();
    assert_eq!(dataset.get("key/0009").unwrap_err().kind(), ErrorKind::Conflict);
    let made = dataset.untyped().index(0, &|_| ()).unwrap();
    assert_eq!((made.made, made.kept, made.samples), (1, 14, 100));
    let error = dataset.get("key/0009").unwrap_err().to_string();
    assert!(error.ends_with("open the dataset anew"), "{error}");
    assert_eq!(Dataset::<Numbered>::open(paths.clone()).unwrap().get("key/0009").unwrap(), numbered(9));
    for (number, path) in paths.iter().enumerate() {
        let scanned = Contents::scan(path, &ReadOptions::new()).unwrap();
        assert_eq!(std::fs::read(Contents::path_of(path)).unwrap(), scanned.as_bytes(), "{number}");
    }
    // They are no shards, whatever a pattern says.
    let all = load_dataset::<Numbered>(folder.path().join("*").to_str().unwrap()).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all.get("train").map(|split| split.shards().len()), Some(15));
}

#[test]
fn a_damaged_shard_gets_no_contents() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), 21, false);
    let bytes = std::fs::read(&paths[1]).unwrap();
    std::fs::write(&paths[1], &bytes[..3000]).unwrap();
    let dataset = Dataset::<Numbered>::open(paths.clone()).unwrap();
    let error = dataset.untyped().index(1, &|_| ()).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, paths[1].to_str()));
    let have: Vec<bool> = paths.iter().map(|path| Contents::path_of(path).exists()).collect();
    assert_eq!(have, [true, false, false]);
}
