//! Shards of the Rust crate `atdata` 0.8.0-beta, which `fixtures/rust_beta/write.rs` wrote with it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use atdata::shard::ShardReader;
use atdata::{Dataset, DictSample, ErrorKind, Packable, ReadOptions, ShardWriter, Value};
use atdata_tests::fixtures::{bytes, path};
use ndarray::{Array0, Array2, arr0};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Frame {
    label: String,
    score: f64,
    count: i64,
    tags: Vec<String>,
    note: Option<String>,
    meta: BTreeMap<String, i64>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Point {
    x: i64,
    y: u64,
    ok: bool,
    name: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Everything {
    #[packable(rename = "Zone")]
    zone: String,
    small: u8,
    wide: u64,
    negative: i32,
    single: f32,
    text: String,
    raw: Vec<u8>,
    listed: Vec<i64>,
    floats: Vec<f64>,
    flags: Vec<bool>,
    points: Vec<Point>,
    point: Option<Point>,
    array: Array2<f32>,
    scalar: Array0<f64>,
}

const KEYS: [&str; 5] = ["plain", "train/0001", "img_001.jpg", "v1.2/x.y.z", "ключ"];

fn frame(i: i64) -> Frame {
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let score = i as f64 / 4.0;
    Frame {
        label: format!("l{i} é"),
        score,
        count: i * 1000,
        tags: (0..i % 3).map(|n| format!("t{n}")).collect(),
        note: (i % 2 == 0).then(|| format!("n{i}")),
        meta: (0..i % 3).map(|n| (format!("k{n}"), n - 1)).collect(),
    }
}

fn frames() -> Vec<Frame> {
    (0..7).map(frame).collect()
}

fn everything(i: u8) -> Everything {
    let point = |n: i64| Point { x: -n, y: u64::MAX - n.unsigned_abs(), ok: n % 2 == 0, name: format!("p{n}") };
    let value = |(y, x)| f32::from(u8::try_from(3 * y + x).unwrap()) + f32::from(i);
    Everything {
        zone: "z".repeat(usize::from(i)),
        small: 200 + i,
        wide: u64::MAX - u64::from(i),
        negative: -40_000 * i32::from(i),
        single: 1.5 * f32::from(i),
        text: "日本 \n".repeat(usize::from(i) * 20),
        raw: vec![i; usize::from(i) * 100],
        listed: vec![0, 127, 255],
        floats: vec![0.1, f64::from(i), -1e300],
        flags: vec![true, i == 1],
        points: (0..i64::from(i)).map(point).collect(),
        point: (i == 1).then(|| point(9)),
        array: Array2::from_shape_fn((2, 3), value),
        scalar: arr0(f64::from(i)),
    }
}

fn beta() -> ReadOptions {
    ReadOptions::new().rust_beta(true)
}

fn open<S: Packable + 'static>(name: &str) -> Dataset<S> {
    Dataset::open(path("rust_beta").join(name)).unwrap().with_options(beta())
}

#[test]
fn samples_of_every_type_are_read() {
    let frames: Vec<_> = open::<Frame>("frames.tar").iter().map(Result::unwrap).collect();
    assert_eq!(frames, self::frames());
    let all: Vec<_> = open::<Everything>("everything.tar").iter().map(Result::unwrap).collect();
    assert_eq!(all, (0..4).map(everything).collect::<Vec<_>>());
}

#[test]
fn without_a_type_they_have_the_fields_of_the_user_alone() {
    let samples: Vec<DictSample> = open("everything.tar").iter().map(Result::unwrap).collect();
    for (i, sample) in (0..).zip(&samples) {
        let mut names: Vec<_> = sample.keys().collect();
        names.sort_unstable();
        let mut expected: Vec<_> = Everything::SCHEMA.fields.iter().map(|field| field.name).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(sample["wide"], Value::UInt(u64::MAX - i));
        assert_eq!(sample.array("array").unwrap().shape(), [2, 3]);
        assert_eq!(sample.to::<Everything>().unwrap(), everything(u8::try_from(i).unwrap()));
    }
    assert_eq!(samples.len(), 4);
}

#[test]
fn everything_that_a_dataset_can_do_it_does() {
    let dataset = open::<Frame>("frames.tar");
    assert_eq!(dataset.len().unwrap(), 7);
    assert_eq!(dataset.get("frame_000004").unwrap(), frame(4));
    assert_eq!(dataset.select(&[6, 0, 6]).unwrap(), [frame(6), frame(0), frame(6)]);
    assert_eq!(dataset.batches(3).map(|batch| batch.unwrap().len()).collect::<Vec<_>>(), [3, 3, 1]);
    let mut shuffled: Vec<_> = dataset.shuffled(3).map(|frame| frame.unwrap().count).collect();
    shuffled.sort_unstable();
    assert_eq!(shuffled, [0, 1000, 2000, 3000, 4000, 5000, 6000]);
    let split = format!("{}/split-{{000000..000002}}.tar", atdata_tests::fixtures::url("rust_beta"));
    let split = Dataset::<Frame>::open(split).unwrap().with_options(beta());
    assert_eq!(split.iter().map(Result::unwrap).collect::<Vec<_>>(), frames());
}

#[test]
fn a_key_is_all_of_a_name() {
    let long = format!("a/{}", "k".repeat(150));
    let dataset = open::<Point>("keys.tar");
    let keys: Vec<_> = dataset.iter().with_keys().map(|sample| sample.unwrap().0).collect();
    assert_eq!(keys, KEYS.into_iter().chain([&*long]).collect::<Vec<_>>());
    for key in keys {
        assert_eq!(dataset.get(&key).unwrap().name, key);
    }
}

#[test]
fn unless_they_are_asked_for_the_error_says_how_to_read_them() {
    for name in ["frames.tar", "everything.tar", "keys.tar"] {
        let shard = path("rust_beta").join(name);
        let dataset = Dataset::<DictSample>::open(&shard).unwrap();
        let errors: Vec<_> = dataset.iter().map(Result::unwrap_err).collect();
        let how = "read them with `ReadOptions::rust_beta`, the program with --rust-beta";
        assert!(errors.iter().all(|error| error.to_string().ends_with(how)), "{errors:?}");
        assert!(errors.iter().all(|error| error.shard() == shard.to_str()), "{errors:?}");
        assert_eq!(
            (errors[0].kind(), dataset.len().unwrap_err().kind()),
            (ErrorKind::Unsupported, ErrorKind::Unsupported)
        );
    }
}

#[test]
fn shards_of_all_kinds_are_one_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.tar");
    Dataset::write(&ours, [frame(100)]).unwrap();
    let shards = [path("rust_beta/frames.tar"), ours, path("rust_beta/frames.tar.gz")];
    let dataset = Dataset::<Frame>::open(shards.as_slice().to_vec()).unwrap().with_options(beta());
    let expected: Vec<_> = frames().into_iter().chain([frame(100)]).chain(frames()).collect();
    assert_eq!(dataset.iter().map(Result::unwrap).collect::<Vec<_>>(), expected);
    assert_eq!(dataset.len().unwrap(), 15);
}

#[test]
fn a_copy_is_a_shard_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |dataset: &Dataset<Frame>, name: &str| {
        let mut writer = ShardWriter::builder(folder.path().join(name)).build().unwrap();
        writer.write_dataset(dataset).unwrap();
        writer.finish().unwrap().open::<Frame>().unwrap()
    };
    let dataset = open::<Frame>("frames.tar");
    for copied in [copy(&dataset, "a.tar"), copy(&dataset.filter(|_| true), "b.tar")] {
        assert_eq!(copied.iter().map(Result::unwrap).collect::<Vec<_>>(), frames());
        assert_eq!(copied.get("frame_000002").unwrap(), frame(2));
    }
    let mut writer = ShardWriter::<Frame>::builder(folder.path().join("c.tar")).build().unwrap();
    let mut raw = dataset.raw();
    while let Some(sample) = raw.next() {
        writer.write_raw(&sample.unwrap()).unwrap();
    }
    assert_eq!(writer.finish().unwrap().open::<Frame>().unwrap().len().unwrap(), 7);

    // A key with a dot is none that other readers would give back.
    let mut writer = ShardWriter::builder(folder.path().join("d.tar")).build().unwrap();
    let error = writer.write_dataset(&open::<Point>("keys.tar")).unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::InvalidInput, Some("img_001.jpg")), "{error}");
}

/// Keys and payloads of all groups, and the texts of errors.
fn outcome(mut reader: ShardReader) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match reader.next_group() {
            Ok(Some(group)) => all.push(format!("{group:?}")),
            Ok(None) => break,
            Err(error) => all.push(format!("{error:#}")),
        }
        assert!(all.len() < 10_000);
    }
    all.push(format!("{:?} {:?}", reader.warnings(), reader.passed_over()));
    all
}

fn samples(mut reader: ShardReader) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match reader.next_sample() {
            Ok(Some(sample)) => all.push(format!("{} {:?} {}", sample.key(), sample.payload(), sample.offset())),
            Ok(None) => return all,
            Err(error) => all.push(format!("{error:#}")),
        }
    }
}

/// What comes of an archive, which is the same whatever way it is read.
#[track_caller]
fn read(archive: &[u8], options: &ReadOptions) -> (Vec<String>, Vec<String>) {
    let held = || ShardReader::from_bytes("x.tar", archive.to_vec().into(), options).unwrap();
    let streamed = || ShardReader::from_reader("x.tar", Cursor::new(archive.to_vec()), options).unwrap();
    let groups = outcome(held());
    assert_eq!(groups, outcome(streamed()));
    let all = samples(held());
    assert_eq!(all, samples(streamed()));
    (groups, all)
}

fn shards_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(shards_below(&path));
        } else if path.file_name().unwrap().to_string_lossy().contains(".t") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Not one of them is read otherwise because samples of the beta are looked for.
#[test]
fn shards_of_others_are_read_as_ever() {
    let folders = ["atdata", "webdataset", "hostile", "formats"];
    let shards: Vec<_> = folders.iter().flat_map(|folder| shards_below(&path(folder))).collect();
    assert!(shards.len() > 50, "{}", shards.len());
    for shard in shards {
        let read = |options: &ReadOptions| ShardReader::open(&shard, options).map(outcome).map_err(|e| e.to_string());
        assert_eq!(read(&beta()), read(&ReadOptions::new()), "{}", shard.display());
    }
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    atdata_tests::archive::tar(files.iter().copied())
}

fn packed(fields: &[(&str, Value)]) -> Vec<u8> {
    fields.iter().cloned().collect::<DictSample>().pack()
}

fn sample(key: &str) -> Vec<u8> {
    packed(&[("__key__", key.into()), ("atdataSchemaVersion", "1.0.0".into()), ("x", 1.into())])
}

#[track_caller]
fn errors(second: &[u8]) -> (Vec<String>, Vec<String>) {
    let (a, c) = (sample("a"), sample("c"));
    read(&tar(&[("a", &a), ("b", second), ("c", &c)]), &beta())
}

#[test]
fn a_member_that_is_no_sample_is_an_error_of_its_own() {
    let version =
        |version: Value| packed(&[("__key__", "b".into()), ("atdataSchemaVersion", version), ("x", 1.into())]);
    for (second, expected) in [
        (packed(&[("x", 1.into())]), "found no `__key__` in its map"),
        (sample("other"), "expected a `__key__` that is the name of the member, `b`, found \"other\""),
        (version("2.0.0".into()), "expected a sample of version 1, found `atdataSchemaVersion` \"2.0.0\""),
        (version("latest".into()), "found `atdataSchemaVersion` \"latest\""),
        (version(1.into()), "[\"atdataSchemaVersion\"]: expected a string, found an integer"),
        (packed(&[("__key__", 7.into())]), "[\"__key__\"]: expected a string, found an integer"),
        (sample("b")[..20].to_vec(), "the msgpack value ends at byte 20"),
        (b"text".to_vec(), "expected a map, found an integer"),
        (Vec::new(), "the msgpack value ends at byte 0"),
        (b"\xdf\xff\xff\xff\xff\xa7__key__\xa1b".to_vec(), "the msgpack value ends at"),
    ] {
        let (groups, samples) = errors(&second);
        assert_eq!(samples.len(), 3, "{samples:?}");
        assert!(samples[0].starts_with("a ") && samples[2].starts_with("c "), "{samples:?}");
        assert!(samples[1].starts_with("x.tar @ 1024: key b: ") && samples[1].contains(expected), "{}", samples[1]);
        assert_eq!(groups[1], samples[1]);
    }
}

#[test]
fn the_first_member_decides() {
    let payload = packed(&[("x", 1.into())]);
    let (plain, whole) = (sample("a"), sample("a.msgpack"));
    for files in [
        // Without the version, with another key, or of a name that all other readers know.
        vec![("a", &payload[..]), ("b.msgpack", &payload)],
        vec![("b", &plain), ("b.msgpack", &payload)],
        vec![("a.msgpack", &whole), ("b.msgpack", &payload)],
        vec![("A.MSGPACK", &whole), ("b", &plain)],
        vec![("readme", b"hello"), ("b.msgpack", &payload)],
        vec![("b.jpg", b"\xff\xd8"), ("b.msgpack", &payload)],
        // Nor is it asked for, where there are other samples.
        vec![("._a", b""), ("a.cls", b"1")],
    ] {
        let archive = tar(&files);
        assert_eq!(read(&archive, &beta()), read(&archive, &ReadOptions::new()), "{files:?}");
    }
    let mixed = tar(&[("a", &plain), ("b.msgpack", &payload)]);
    let (_, samples) = read(&mixed, &ReadOptions::new());
    assert!(samples.len() == 1 && samples[0].starts_with("b "), "the others are what they are for all: {samples:?}");
    let (_, samples) = read(&mixed, &beta());
    assert!(samples[0].starts_with("a ") && samples[1].contains("found no `__key__`"), "{samples:?}");
}

#[test]
fn two_samples_of_one_key_are_two() {
    let archive =
        tar(&[("._a", b"mac"), ("a", &sample("a")), ("a", &sample("a")), (".DS_Store", b"x"), ("./b", &sample("b"))]);
    let (groups, samples) = read(&archive, &beta());
    assert_eq!(samples.iter().map(|sample| &sample[..2]).collect::<Vec<_>>(), ["a ", "a ", "b "]);
    assert!(groups.last().unwrap().contains("FileManager"), "{groups:?}");
}

#[test]
fn whatever_is_cut_or_changed_ends_in_errors() {
    let whole = bytes("rust_beta/frames.tar");
    let (all, _) = read(&whole, &beta());
    for len in (0..whole.len()).step_by(173) {
        let (cut, _) = read(&whole[..len], &beta());
        let same = cut.iter().zip(&all).take_while(|(cut, all)| cut == all).count();
        assert!(cut.len() - same <= 2, "{len}: {cut:?}");
    }
    for at in (0..2048).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        read(&changed, &beta());
        read(&changed, &ReadOptions::new());
    }
}

#[test]
fn a_larger_member_than_is_wanted_is_refused_alone() {
    let large = packed(&[
        ("__key__", "b".into()),
        ("atdataSchemaVersion", "1.0.0".into()),
        ("x", Value::Bin(vec![0; 5000].into())),
    ]);
    let archive = tar(&[("a", &sample("a")), ("b", &large), ("c", &sample("c"))]);
    let (_, samples) = read(&archive, &beta().max_member(4096));
    assert!(samples[0].starts_with("a ") && samples[1].contains('5') && samples[2].starts_with("c "), "{samples:?}");
    // As the first member it shows nothing; the next one does.
    let archive = tar(&[("b", &large), ("a", &sample("a"))]);
    let (groups, samples) = read(&archive, &beta().max_member(4096));
    assert!(samples.len() == 1 && samples[0].starts_with("a "), "{samples:?}");
    assert!(groups[1].contains("NoDot, count: 1"), "{groups:?}");
}
