//! Datasets whose contents are in one file for the whole folder.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};

use atdata::order::Order;
use atdata::shard::Contents;
use atdata::{Dataset, ErrorKind, Packable, ShardWriter, load_dataset};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Numbered {
    number: i64,
    text: String,
}

fn numbered(number: i64) -> Numbered {
    Numbered { number, text: "x".repeat(usize::try_from(number % 90).unwrap()) }
}

/// Samples of these numbers in shards of 7.
fn write(folder: &Path, name: &str, numbers: std::ops::Range<i64>, contents: bool) -> Vec<PathBuf> {
    let builder = ShardWriter::builder(folder.join(name)).max_count(7).contents(contents);
    let mut writer = builder.build().unwrap();
    for number in numbers {
        writer.write_with_key(&format!("key/{number:04}"), &numbered(number)).unwrap();
    }
    writer.finish().unwrap().paths()
}

fn open(paths: &[PathBuf]) -> Dataset<Numbered> {
    Dataset::open(paths.to_vec()).unwrap()
}

fn pack(paths: &[PathBuf]) -> (usize, usize, u64) {
    let packed = open(paths).untyped().pack(2, &|_| ()).unwrap();
    assert_eq!(packed.files, [pack_of(&paths[0])]);
    (packed.indexed.made, packed.indexed.kept, packed.indexed.samples)
}

fn pack_of(shard: &Path) -> PathBuf {
    shard.with_file_name("_contents.atxp")
}

/// All that contents are good for.
fn check(paths: &[PathBuf], first: i64, len: i64) {
    let dataset = open(paths);
    assert_eq!(i64::try_from(dataset.len().unwrap()).unwrap(), len);
    for number in [0, len / 2, len - 1] {
        let expected = numbered(first + number);
        assert_eq!(dataset.at(usize::try_from(number).unwrap()).unwrap(), expected);
        assert_eq!(dataset.get(&format!("key/{:04}", first + number)).unwrap(), expected);
    }
    let mut all: Vec<i64> = Vec::new();
    for step in
        dataset.plan().seed(3).order(Order::Global).batch(10).tail(atdata::dataset::Tail::Uneven).load().unwrap()
    {
        all.extend(step.unwrap().batch.number);
    }
    all.sort_unstable();
    assert_eq!(all, (first..first + len).collect::<Vec<_>>());
}

#[test]
fn one_file_has_the_contents_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), "n-%03d.tar", 0..100, false);
    assert_eq!(pack(&paths), (15, 0, 100));
    check(&paths, 0, 100);
    // Without reading the shards: of all but one the samples are anything.
    let place = Contents::open(&paths[3]).unwrap().unwrap().sample(2).unwrap();
    let mut bytes = fs::read(&paths[3]).unwrap();
    bytes[usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap()].fill(b'?');
    fs::write(&paths[3], &bytes).unwrap();
    let dataset = open(&paths);
    assert_eq!((dataset.len().unwrap(), dataset.at(22).unwrap()), (100, numbered(22)));
    let error = dataset.at(23).unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, paths[3].to_str()));
    assert!(error.to_string().contains("_contents.atxp") && error.to_string().contains("--pack --force`"), "{error}");
    // It is no shard, whatever a pattern says.
    let all = load_dataset::<Numbered>(folder.path().join("*").to_str().unwrap()).unwrap();
    assert_eq!(all.get("train").map(|split| split.shards().len()), Some(15));
}

#[test]
fn a_token_fits_whatever_the_contents_are_in() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), "n-%03d.tar", 0..100, true);
    let token = open(&paths).plan().seed(5).batch(10).build().unwrap().token(4).unwrap();
    assert_eq!(pack(&paths), (0, 15, 100));
    for path in &paths {
        fs::remove_file(Contents::path_of(path)).unwrap();
    }
    assert_eq!(open(&paths).plan().resume(&token).build().unwrap().steps(), 6);
    // A copy of the folder has other times, and is the same.
    let copy = tempfile::tempdir().unwrap();
    for path in paths.iter().chain([&pack_of(&paths[0])]) {
        let to = copy.path().join(path.file_name().unwrap());
        fs::write(to, fs::read(path).unwrap()).unwrap();
    }
    let copied: Vec<PathBuf> = paths.iter().map(|path| copy.path().join(path.file_name().unwrap())).collect();
    check(&copied, 0, 100);
    assert_eq!(pack(&copied), (0, 15, 100));
}

#[test]
fn other_datasets_of_the_folder_stay_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let train = write(folder.path(), "train-%03d.tar", 0..50, false);
    let test = write(folder.path(), "test-%03d.tar", 50..70, false);
    assert_eq!(pack(&train), (8, 0, 50));
    assert_eq!(open(&test).untyped().index(1, &|_| ()).unwrap().made, 3);
    assert_eq!(pack(&test), (0, 3, 20));
    check(&train, 0, 50);
    check(&test, 50, 20);
    // What is gone, or changed, is left out.
    fs::remove_file(&train[7]).unwrap();
    ShardWriter::builder(&train[0]).write_all((100..120).map(numbered)).unwrap();
    assert_eq!(pack(&test), (0, 3, 20));
    check(&train[1..7], 7, 42);
    assert_eq!(Contents::open(&train[0]).unwrap().map(|contents| contents.samples()), None);
}

/// A shard that is written anew is found out, and what is beside it is taken.
#[test]
fn what_is_beside_a_shard_is_taken_where_the_pack_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), "n-%03d.tar", 0..30, false);
    pack(&paths);
    let before = open(&paths);
    assert_eq!(before.len().unwrap(), 30);
    write(folder.path(), "n-%03d.tar", 0..3, false);
    let error = open(&paths).len().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Conflict, paths[0].to_str()));
    // Of so few samples the size is the same.
    assert!(error.to_string().contains("_contents.atxp") && error.to_string().contains("last header"), "{error}");
    assert_eq!(before.at(2).unwrap_err().kind(), ErrorKind::Conflict);
    open(&paths[..1]).untyped().index(1, &|_| ()).unwrap();
    assert_eq!((open(&paths).len().unwrap(), open(&paths).at(3).unwrap()), (26, numbered(7)));
    fs::remove_file(Contents::path_of(&paths[0])).unwrap();
    assert_eq!(pack(&paths), (1, 4, 26));
    assert_eq!(open(&paths).at(3).unwrap(), numbered(7));
}

#[test]
fn a_damaged_pack_is_told_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), "n-%03d.tar", 0..30, false);
    pack(&paths);
    let sound = fs::read(pack_of(&paths[0])).unwrap();
    fs::write(pack_of(&paths[0]), &sound[..sound.len() - 8]).unwrap();
    let error = open(&paths).len().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, pack_of(&paths[0]).to_str()));
    assert_eq!(pack(&paths), (5, 0, 30));
    check(&paths, 0, 30);
    let sound = fs::read(pack_of(&paths[0])).unwrap();
    // A write that fails leaves what was there.
    let cut = fs::read(&paths[2]).unwrap();
    fs::write(&paths[2], &cut[..700]).unwrap();
    let error = open(&paths).untyped().pack(2, &|_| ()).unwrap_err();
    assert_eq!(error.shard(), paths[2].to_str());
    assert!(fs::read(pack_of(&paths[0])).unwrap() == sound);
}

#[test]
fn shards_of_several_folders_have_a_pack_in_each() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (part, numbers) in [("a", 0..20), ("b", 20..40)] {
        fs::create_dir(folder.path().join(part)).unwrap();
        paths.extend(write(&folder.path().join(part), "n-%03d.tar", numbers, false));
    }
    let packed = open(&paths).untyped().pack(0, &|_| ()).unwrap();
    assert_eq!(packed.files, ["a", "b"].map(|part| folder.path().join(part).join("_contents.atxp")));
    check(&paths, 0, 40);
    // Some by a pack, some by their own, some not at all.
    fs::remove_file(&packed.files[1]).unwrap();
    let dataset = open(&paths);
    assert_eq!(dataset.len().unwrap(), 40);
    check(&paths, 0, 40);
    open(&paths[3..]).untyped().index(1, &|_| ()).unwrap();
    check(&paths, 0, 40);
}
