//! What of a manifest is believed: by whom it was made, and what its rows cannot say.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::path::{Path, PathBuf};

use atdata::dataset::{HowAsked, ManifestOptions, WhyRead};
use atdata::query::Predicate;
use atdata::{Dataset, DictSample, Packable, ReadOptions, ShardWriter, Value};

/// A type that reads an older name, and fills what is missing.
#[derive(Debug, Packable)]
#[packable(query)]
struct Renamed {
    #[packable(alias = "title")]
    label: Option<String>,
    #[packable(default = 7)]
    count: i64,
}

fn dict<const N: usize>(fields: [(&str, Value); N]) -> DictSample {
    DictSample::from_iter(fields)
}

fn write(folder: &Path, samples: &[DictSample], manifest: bool) -> PathBuf {
    let path = folder.join("x.tar");
    let mut writer = ShardWriter::builder(&path).manifest(manifest).build().unwrap();
    for (number, sample) in samples.iter().enumerate() {
        writer.write_with_key(&format!("k{number}"), sample).unwrap();
    }
    writer.finish().unwrap();
    path
}

/// What matches, which is the same with manifests and without, and how it was asked.
fn asked<S: Packable + 'static>(path: &Path, predicate: &Predicate<S>) -> (usize, HowAsked) {
    let of = |manifests: bool| {
        let dataset = Dataset::<S>::open(path).unwrap().with_options(ReadOptions::new().manifests(manifests));
        (dataset.query(predicate).unwrap().len().unwrap(), dataset.explain(predicate).unwrap().shards.remove(0).how)
    };
    let ((with, how), (without, _)) = (of(true), of(false));
    assert_eq!(with, without, "{predicate} {how:?}");
    (with, how)
}

fn untyped(path: &Path, text: &str) -> (usize, HowAsked) {
    asked(path, &Predicate::<DictSample>::parse(text).unwrap())
}

fn old() -> Vec<DictSample> {
    vec![
        dict([("title", "cat".into())]),
        dict([("label", "dog".into()), ("count", 7.into())]),
        dict([("label", "cow".into()), ("count", 3.into())]),
    ]
}

#[test]
fn a_record_of_a_type_is_not_the_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &old(), false);
    let record = ManifestOptions::new().record(&Renamed::schema_record());
    let made =
        Dataset::<DictSample>::open(&path).unwrap().write_manifests(&record, &|_| (), &mut |error| panic!("{error:#}"));
    assert_eq!(made.made, 1);
    for (predicate, expected) in [
        (Renamed::label().eq("cat"), 1),
        (Renamed::label().is_null(), 0),
        (Renamed::label().ne("dog"), 2),
        (Renamed::count().eq(7), 2),
        (!Renamed::count().eq(3), 2),
    ] {
        assert_eq!(asked(&path, &predicate).0, expected, "{predicate}");
    }
}

#[test]
fn what_a_type_reads_is_not_what_samples_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &old(), false);
    let dataset = Dataset::<Renamed>::open(&path).unwrap();
    let made = dataset.write_manifests(&ManifestOptions::new(), &|_| (), &mut |error| panic!("{error:#}"));
    assert_eq!(made.made, 1);
    // The type itself is told by its rows.
    let (found, how) = asked(&path, &(Renamed::label().eq("cat") & Renamed::count().eq(7)));
    assert!(found == 1 && matches!(how, HowAsked::ByRows { .. }), "{how:?}");
    for (text, expected) in [("label = 'cat'", 0), ("count = 7", 1), ("label is null", 1), ("title = 'cat'", 1)] {
        let (found, how) = untyped(&path, text);
        assert_eq!(found, expected, "{text}");
        assert!(matches!(how, HowAsked::Read { why: WhyRead::OtherType(_) }), "{how:?}");
    }
    // Where all samples have what the type reads, the rows are those of both.
    let path = write(folder.path(), &[dict([("label", Value::Nil), ("count", 1.into())])], false);
    let dataset = Dataset::<Renamed>::open(&path).unwrap();
    dataset.write_manifests(&ManifestOptions::new().anew(true), &|_| (), &mut |error| panic!("{error:#}"));
    let (found, how) = untyped(&path, "count = 1");
    assert!(found == 1 && matches!(how, HowAsked::ByRows { .. }), "{how:?}");
}

#[derive(Debug, Packable)]
#[packable(query)]
struct Loose {
    meta: Value,
}

#[test]
fn maps_and_bytes_among_other_values_are_not_null() {
    let map = || Value::Map(vec![("a".to_owned(), 1.into())]);
    let bytes = || Value::Bin(vec![1, 2].into());
    for odd in [map, bytes] {
        for odd_at in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let value = |at| if at == odd_at { odd() } else { Value::from(5) };
            let samples: Vec<_> = (0..3).map(|at| dict([("meta", value(at)), ("n", 1.into())])).collect();
            let path = write(folder.path(), &samples, true);
            assert_eq!(untyped(&path, "not meta is null").0, 3);
            assert_eq!(untyped(&path, "meta is null or n = 2").0, 0);
            assert_eq!(untyped(&path, "meta != 5").0, 1);
            // What else there is has its column all the same.
            assert!(matches!(untyped(&path, "n = 1").1, HowAsked::ByRows { .. }));
            let loose = Dataset::<Loose>::open(&path).unwrap();
            let anew = ManifestOptions::new().anew(true);
            assert_eq!(loose.write_manifests(&anew, &|_| (), &mut |error| panic!("{error:#}")).made, 1);
            assert_eq!(asked(&path, &!Loose::meta().is_null()).0, 3);
            // Also of values that were read already.
            let plain = Dataset::<DictSample>::open(&path).unwrap();
            assert_eq!(plain.write_manifests(&anew, &|_| (), &mut |error| panic!("{error:#}")).made, 1);
            assert_eq!(untyped(&path, "not meta is null").0, 3);
        }
    }
}

#[derive(Debug, Packable)]
struct Flagged {
    #[packable(manifest = "numeric")]
    flag: bool,
}

#[test]
fn booleans_that_are_counted_as_numbers_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.tar");
    let mut writer = ShardWriter::builder(&path).manifest(true).build().unwrap();
    for _ in 0..2 {
        writer.write(&Flagged { flag: true }).unwrap();
    }
    writer.finish().unwrap();
    for text in ["flag != 1", "not flag > 0", "not flag = 1", "not flag in (0, 1)", "not flag between 0 and 1"] {
        assert_eq!(untyped(&path, text).0, 2, "{text}");
    }
    assert!(matches!(untyped(&path, "flag > 3").1, HowAsked::LeftOut { .. }));
}

/// What is beside a shard is not looked at for what nobody wants.
#[test]
fn damaged_contents_of_shards_that_are_left_out_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let numbers = (0..3_i64).map(|n| dict([("n", n.into())]));
    ShardWriter::builder(&path).manifest(true).contents(true).write_all(numbers).unwrap();
    std::fs::write(folder.path().join("x.tar.atx"), b"no contents at all").unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let predicate = Predicate::parse("n > 5").unwrap();
    assert_eq!(dataset.query(&predicate).unwrap().len().unwrap(), 0);
}

/// Another shard with as many samples and other keys is seen, also where no row matches.
#[test]
fn keys_are_held_against_contents_where_no_row_matches() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, key: &str, n: [i64; 3]| {
        let path = folder.path().join(name);
        let mut writer = ShardWriter::builder(&path).manifest(true).contents(true).build().unwrap();
        for (number, n) in n.into_iter().enumerate() {
            writer.write_with_key(&format!("{key}{number}"), &dict([("n", n.into())])).unwrap();
        }
        writer.finish().unwrap();
        path
    };
    let (path, other) = (write("x.tar", "x", [1, 2, 3]), write("y.tar", "y", [1, 5, 3]));
    for ending in ["manifest.json", "manifest.parquet"] {
        std::fs::copy(other.with_extension(ending), path.with_extension(ending)).unwrap();
    }
    assert_eq!(untyped(&path, "n = 2").0, 1);
    assert_eq!(untyped(&other, "n = 2").0, 0);
}

/// A member `a.depth.msgpack` is one of a sample of members, and no packed sample.
#[test]
fn members_that_are_called_so_are_no_packed_sample() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let mut writer = ShardWriter::builder(&path).manifest(true).build().unwrap();
    writer.write(&Flagged { flag: true }).unwrap();
    writer.finish().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let name = bytes.iter().take(100).position(|byte| *byte == 0).unwrap();
    let stem = String::from_utf8(bytes.get(..name).unwrap().to_vec()).unwrap();
    let renamed = stem.replace(".msgpack", ".depth.msgpack");
    let header = bytes.get_mut(..512).unwrap();
    header.get_mut(..renamed.len()).unwrap().copy_from_slice(renamed.as_bytes());
    header.get_mut(148..156).unwrap().fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header.get_mut(148..156).unwrap().copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let times = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, bytes).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(times).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let how = dataset.explain(&Predicate::parse("flag > 3").unwrap()).unwrap().shards.remove(0).how;
    assert!(matches!(how, HowAsked::Read { why: WhyRead::OtherType(_) }), "{how:?}");
}

/// In a file system of whole seconds a shard may be changed within that of its manifest.
#[test]
fn manifests_of_the_same_whole_second_are_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &[dict([("n", 1.into())])], true);
    let set = |nanos| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_700_000_000, nanos);
        for ending in ["tar", "manifest.json", "manifest.parquet"] {
            let file = std::fs::File::options().write(true).open(path.with_extension(ending)).unwrap();
            file.set_modified(time).unwrap();
        }
        untyped(&path, "n = 5").1
    };
    let build = || {
        let (dataset, mut bad) = (Dataset::<DictSample>::open(&path).unwrap(), Vec::new());
        let done = dataset.write_manifests(&ManifestOptions::new(), &|_| (), &mut |error| bad.push(error));
        assert!(bad.is_empty(), "{bad:?}");
        done.made
    };
    assert!(matches!(set(1000), HowAsked::LeftOut { .. }));
    assert_eq!(build(), 0);
    assert!(matches!(set(0), HowAsked::Read { why: WhyRead::Older }));
    // What is not asked is made anew.
    assert_eq!(build(), 1);
    assert!(matches!(untyped(&path, "n = 5").1, HowAsked::LeftOut { .. }));
}
