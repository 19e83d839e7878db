//! Datasets whose shards have their contents beside them: the same answers as without, by less reading.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use atdata::dataset::{Rewrite, Subset};
use atdata::shard::{Contents, WriteOptions};
use atdata::{Dataset, DictSample, ErrorKind, Group, Packable, ReadOptions, ShardWriter, Value, load_dataset};
use atdata_tests::archive::tar;

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
        assert!(error.to_string().contains("`atdata index-shards --force`"), "{error}");
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
    assert_eq!(have, [true, false, true], "what is wrong with one keeps no other from being read");
}

/// However often keys were asked for: one shard after the other at first, later in a table of all.
#[test]
fn keys_are_found_before_and_behind_the_table_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let builder = ShardWriter::builder(folder.path().join("n-%03d.tar")).max_count(7).contents(true);
    let mut writer = builder.build().unwrap();
    for number in 0..100 {
        // A key is there twice, in shards far from each other: the first one counts.
        writer.write_with_key(&format!("key/{:04}", number % 80), &numbered(number)).unwrap();
    }
    let paths = writer.finish().unwrap().paths();
    let dataset = Dataset::<Numbered>::open(paths.clone()).unwrap();
    for round in 0..4 {
        for number in 0..80 {
            assert_eq!(dataset.get(&format!("key/{number:04}")).unwrap(), numbered(number), "{round}");
        }
        for absent in ["key/0080", "key", ""] {
            assert_eq!(dataset.get(absent).unwrap_err().kind(), ErrorKind::NotFound, "{round}");
        }
    }
    // What is behind a filter is looked for among all that have the key.
    let late = dataset.filter(|sample| sample.number >= 80);
    assert_eq!(late.get("key/0003").unwrap(), numbered(83));
    // It is of no use against a shard that has changed meanwhile.
    let mut bytes = std::fs::read(&paths[2]).unwrap();
    let place = Contents::open(&paths[2]).unwrap().unwrap().sample(1).unwrap();
    bytes[usize::try_from(place.start).unwrap()] ^= 1;
    std::fs::write(&paths[2], bytes).unwrap();
    assert_eq!(dataset.get(&place.key).unwrap_err().kind(), ErrorKind::Conflict);
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members")]
struct Plain {
    #[packable(key)]
    id: String,
    #[packable(member = "cls")]
    number: i64,
    #[packable(member = "txt")]
    text: Option<String>,
}

fn plain(number: i64) -> Plain {
    Plain { id: format!("{number:03}"), number, text: (number % 3 != 0).then(|| "x".repeat(600)) }
}

/// Samples that are their members, in shards of 7.
fn write_plain(folder: &Path, count: i64, contents: bool) -> Vec<PathBuf> {
    // Headers have the time of writing, by which those of two datasets would differ.
    let builder = ShardWriter::builder(folder.join("p-%03d.tar")).max_count(7).mtime(0).contents(contents);
    builder.write_all((0..count).map(plain)).unwrap().paths()
}

#[test]
fn samples_of_several_members_are_found_as_well() {
    let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (with, without) = (write_plain(with.path(), 50, true), write_plain(without.path(), 50, false));
    for (written, read) in with.iter().zip(&without) {
        let scanned = Contents::scan(read, &ReadOptions::new()).unwrap();
        assert_eq!(scanned.digest(), Contents::open(written).unwrap().unwrap().digest());
    }
    for paths in [&with, &without] {
        let dataset = Dataset::<Plain>::open(paths.clone()).unwrap();
        assert_eq!(dataset.len().unwrap(), 50);
        assert_eq!(dataset.select(&[49, 0, 12]).unwrap(), [49, 0, 12].map(plain));
        assert_eq!(dataset.get("033").unwrap(), plain(33));
        let loader = dataset.plan().seed(3).batch(8).tail(atdata::dataset::Tail::Uneven).load_samples().unwrap();
        let mut seen: Vec<Plain> = loader.flat_map(|step| step.unwrap().batch).collect();
        seen.sort_by_key(|sample| sample.number);
        assert_eq!(seen, (0..50).map(plain).collect::<Vec<_>>());
        let untyped = Dataset::<DictSample>::open(paths.clone()).unwrap();
        let (one, group) = (untyped.select(&[13]).unwrap(), Dataset::<Group>::open(paths.clone()).unwrap());
        assert_eq!(one[0].get("cls").and_then(Value::as_i64), Some(13));
        let group = group.select(&[13]).unwrap();
        assert_eq!((group[0].key(), group[0].get("txt").map(bytes::Bytes::len)), ("013", Some(600)));
    }
    // Members as they are go on where a run stopped, too, and so do typed ones.
    for shuffled in [false, true] {
        let groups = Dataset::<Group>::open(with.clone()).unwrap();
        let plan = |ranks: u64| {
            let plan = if shuffled { groups.plan().seed(3) } else { groups.plan() };
            plan.batch(12).ranks(ranks).tail(atdata::dataset::Tail::Uneven)
        };
        let keys = |loader: atdata::dataset::Loader<Vec<Group>>| -> Vec<Vec<String>> {
            loader.map(|step| step.unwrap().batch.iter().map(|group| group.key().to_owned()).collect()).collect()
        };
        let whole = keys(plan(1).load_samples().unwrap());
        let mut loader = plan(1).load_samples().unwrap();
        let begun: Vec<Vec<String>> = loader
            .by_ref()
            .take(2)
            .map(|step| step.unwrap().batch.iter().map(|group| group.key().to_owned()).collect())
            .collect();
        let token = loader.token().unwrap();
        let rest = keys(plan(1).resume(&token).load_samples().unwrap());
        assert_eq!([begun, rest].concat(), whole);
        let halves = [0, 1].map(|rank| keys(plan(2).rank(rank).resume(&token).load_samples().unwrap()));
        let piece = |rank: usize, step: usize| halves[rank].get(step).cloned().unwrap_or_default();
        let both: Vec<_> = (0..whole.len() - 2).map(|step| [piece(0, step), piece(1, step)].concat()).collect();
        assert_eq!(both, whole[2..]);
        let typed = Dataset::<Plain>::open(with.clone()).unwrap();
        let error = typed.plan().resume(&token).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "a token of another type: {error}");
    }
    let packed = Dataset::<Numbered>::open(with).unwrap();
    assert!(packed.len().unwrap_err().to_string().contains("msgpack"), "{:?}", packed.len());
}

/// An archive is padded, so that what is appended to it may leave its size.
#[test]
fn what_was_appended_to_a_shard_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), 7, false).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.resize(bytes.len().next_multiple_of(10_240), 0);
    std::fs::write(&path, &bytes).unwrap();
    Contents::scan(&path, &ReadOptions::new()).unwrap().save(&path).unwrap();
    let dataset = Dataset::<Numbered>::open(&path).unwrap();
    assert_eq!(dataset.len().unwrap(), 7);
    let (first, end) = (Contents::open(&path).unwrap().unwrap().sample(0).unwrap(), first_zeros(&bytes));
    let (from, to) = (usize::try_from(first.start).unwrap(), usize::try_from(first.end).unwrap());
    bytes.copy_within(from..to, end);
    std::fs::write(&path, &bytes).unwrap();
    let dataset = Dataset::<Numbered>::open(&path).unwrap();
    for error in [dataset.len().unwrap_err(), dataset.plan().batch(2).build().unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.to_string().contains("goes on"), "{error}");
    }
}

/// Where the end of the archive begins.
fn first_zeros(bytes: &[u8]) -> usize {
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    (last + 1).next_multiple_of(512)
}

#[derive(Packable)]
struct Other {
    number: i64,
}

#[test]
fn who_reads_without_a_type_goes_on_with_a_run_of_any() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), 40, true);
    let mut loader = Dataset::<Numbered>::open(paths.clone()).unwrap().plan().batch(8).load().unwrap();
    loader.next().unwrap().unwrap();
    let token = loader.token().unwrap();
    let plan = Dataset::<DictSample>::open(paths.clone()).unwrap().plan().resume(&token).build().unwrap();
    assert_eq!(plan.position(), 8);
    let other = Dataset::<Other>::open(paths).unwrap();
    let error = other.plan().resume(&token).build().unwrap_err();
    assert!(error.to_string().contains("the fields of its samples are others"), "{error}");
    assert!(other.head(1).is_err());
}

/// A group that is none stands at the begin, in the middle or at the end: who wants all of the shard is told.
#[test]
fn a_shard_of_which_a_group_was_refused_is_not_copied_by_its_contents() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    for twice in ["a.jpg", "b.jpg", "c.jpg"] {
        let names =
            ["a.jpg", "b.jpg", "c.jpg"].into_iter().flat_map(|name| [name].repeat(1 + usize::from(name == twice)));
        std::fs::write(&path, tar(names.map(|name| (name, &b"x"[..])))).unwrap();
        let contents = Contents::scan(&path, &ReadOptions::new()).unwrap();
        assert_eq!(contents.samples(), 2, "{twice}");
        contents.save(&path).unwrap();
        let groups = Dataset::<Group>::open(&path).unwrap();
        let to = Rewrite::to(folder.path().join("to.tar"));
        let problems = [
            to.shuffle(groups.untyped(), 1).unwrap_err(),
            to.subset(groups.untyped(), &Subset::Every(2)).unwrap_err(),
            groups.plan().batch(1).build().unwrap_err(),
        ];
        assert!(problems[0].to_string().contains("`atdata inspect` tells which"), "{}", problems[0]);
        // What lies before it has the numbers that it had.
        let before = to.subset(groups.untyped(), &Subset::Range(0..2));
        assert_eq!(before.is_ok(), twice == "c.jpg", "{before:?}");
        assert_eq!(folder.path().join("to.tar").exists(), twice == "c.jpg");
    }
}

/// Two shards of which one ends with the key that the other begins with.
#[test]
fn keys_that_meet_in_a_copy_are_set_apart_by_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, keys: [&str; 2]| {
        let mut writer = ShardWriter::<Numbered>::builder(folder.path().join(name)).build().unwrap();
        for key in keys {
            writer.write_with_key(key, &numbered(1)).unwrap();
        }
        writer.finish().unwrap().open::<Numbered>().unwrap()
    };
    let (one, other) = (write("one.tar", ["a", "b"]), write("other.tar", ["b", "c"]));
    let parts = [one.untyped(), other.untyped()];
    let error = Rewrite::to(folder.path().join("all.tar")).allow_duplicates(true).merge(&parts).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("b")));
    assert!(error.to_string().contains("the program with --max-count"), "{error}");
    let apart = Rewrite::to(folder.path().join("all-%d.tar")).allow_duplicates(true);
    assert_eq!(apart.options(WriteOptions::new().max_count(100)).merge(&parts).unwrap().shards.len(), 2);
}

/// By their contents alone, whatever the shard has there.
#[test]
fn members_that_are_too_large_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), 90, true);
    let dataset = Dataset::<Numbered>::open(paths).unwrap().with_options(ReadOptions::new().max_member(60));
    assert_eq!(dataset.at(3).unwrap(), numbered(3));
    for error in [dataset.at(89).unwrap_err(), dataset.select(&[1, 89]).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let text = error.to_string();
        assert!(text.contains("key key/0089: refused to hold a member of") && text.contains("limit is 60"), "{text}");
    }
}

#[test]
fn a_damaged_sidecar_hides_no_key_of_other_shards() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path(), 21, true);
    let sidecar = Contents::path_of(&paths[0]);
    let mut bytes = std::fs::read(&sidecar).unwrap();
    let head = bytes.len() / 2;
    for byte in &mut bytes[head..] {
        *byte ^= 1;
    }
    std::fs::write(&sidecar, bytes).unwrap();
    let dataset = Dataset::<Numbered>::open(paths).unwrap();
    for _ in 0..30 {
        assert_eq!(dataset.get("key/0010").unwrap(), numbered(10));
        assert_eq!(dataset.get("key/0001").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
