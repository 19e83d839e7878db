//! Large samples, which are left in their files until they are wanted: nothing may show that but the time it takes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use atdata::{Dataset, ErrorKind, Packable, ReadOptions, Shuffle};
use bytes::Bytes;
use tempfile::TempDir;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Blob {
    number: i64,
    data: Vec<u8>,
}

#[derive(Packable, Debug)]

struct Shared {
    number: i64,
    data: Bytes,
}

/// Of some bytes and of more than the reader takes in at once, in turn.
fn blob(number: usize) -> Blob {
    let len = [0, 10, 5_000, 20_000, 150_000, 1_100_000][number % 6];
    let data = (0..len).map(|at| u8::try_from((at * 31 + number) % 251).unwrap()).collect();
    Blob { number: i64::try_from(number).unwrap(), data }
}

fn shards(dir: &TempDir, count: usize, each: usize) -> Vec<PathBuf> {
    let write = |shard: usize| {
        let path = dir.path().join(format!("blobs-{shard:06}.tar"));
        Dataset::write(&path, (shard * each..(shard + 1) * each).map(blob)).unwrap();
        path
    };
    (0..count).map(write).collect()
}

fn open(paths: &[PathBuf], options: ReadOptions) -> Dataset<Blob> {
    Dataset::open(paths).unwrap().with_options(options)
}

#[test]
fn shuffled_and_counted_they_are_what_a_mapped_file_gives() {
    let dir = tempfile::tempdir().unwrap();
    let paths = shards(&dir, 3, 40);
    let (read, mapped) =
        (open(&paths, ReadOptions::new()), open(&paths, ReadOptions::new().map_unchanging_files(true)));
    assert_eq!((read.len().unwrap(), mapped.len().unwrap()), (120, 120));
    for shuffle in [Shuffle::new(1), Shuffle::new(2).buffer(7), Shuffle::new(3).buffer_bytes(400_000)] {
        let all = |dataset: &Dataset<Blob>| dataset.shuffle(shuffle).collect::<Result<Vec<_>, _>>().unwrap();
        let mut found = all(&read);
        assert_eq!(found, all(&mapped));
        found.sort_by_key(|sample| sample.number);
        assert_eq!(found, (0..120).map(blob).collect::<Vec<_>>());
    }
    // What shares its bytes keeps its own while the next one is read.
    let shared: Vec<_> = read.project::<Shared>().shuffled(5).map(Result::unwrap).collect();
    for sample in shared {
        assert_eq!(sample.data, blob(usize::try_from(sample.number).unwrap()).data);
    }
}

#[test]
fn more_shards_than_may_be_open_are_shuffled_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let numbers: Vec<usize> = (0..150).map(|number| number * 6 + 5).collect();
    let write = |number: &usize| {
        let path = dir.path().join(format!("{number:06}.tar"));
        Dataset::write(&path, [blob(*number)]).unwrap();
        path
    };
    let paths: Vec<_> = numbers.iter().map(write).collect();
    let mut found: Vec<_> = open(&paths, ReadOptions::new()).shuffled(1).map(|s| s.unwrap().number).collect();
    found.sort_unstable();
    assert_eq!(found, numbers.iter().map(|number| i64::try_from(*number).unwrap()).collect::<Vec<_>>());
}

#[test]
fn a_shard_that_is_cut_while_its_samples_are_held_is_an_error_about_each() {
    let dir = tempfile::tempdir().unwrap();
    let paths = shards(&dir, 1, 60);
    let mut samples = open(&paths, ReadOptions::new()).shuffled(1);
    let first = samples.next().unwrap().unwrap();
    assert_eq!(first, blob(usize::try_from(first.number).unwrap()));
    cut(&paths[0], 2_000_000);
    let (mut whole, mut cut) = (1, 0);
    for sample in samples {
        match sample {
            Ok(sample) => {
                assert_eq!(sample, blob(usize::try_from(sample.number).unwrap()));
                whole += 1;
            }
            Err(error) => {
                let shown = format!("{error:#}");
                assert_eq!(error.kind(), ErrorKind::Io, "{shown}");
                assert!(shown.contains("blobs-000000.tar") && error.key().is_some(), "{shown}");
                assert!(shown.contains("the file was cut while it was read"), "{shown}");
                cut += 1;
            }
        }
    }
    assert_eq!(whole + cut, 60);
    assert!(cut >= 5, "{cut}");
}

#[test]
fn a_cut_shard_is_the_same_error_counted_shuffled_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let paths = shards(&dir, 1, 60);
    cut(&paths[0], 2_000_000);
    let dataset = open(&paths, ReadOptions::new());
    let in_order = dataset.ordered().find_map(Result::err).unwrap();
    let shuffled = dataset.shuffled(1).find_map(Result::err).unwrap();
    let counted = dataset.len().unwrap_err();
    assert_eq!(in_order.kind(), ErrorKind::Corrupt);
    assert_eq!(format!("{shuffled:#}"), format!("{in_order:#}"));
    assert_eq!(format!("{counted:#}"), format!("{in_order:#}"));
}

fn cut(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}
