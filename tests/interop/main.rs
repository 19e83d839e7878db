//! Shards and lenses that go from Rust to Python and back, with the real Python atdata.
//!
//! Where there is no Python for it the tests are ignored, and counted so; with `CI` set they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod archives;
mod atmosphere;
mod barecat;
mod barecat_steps;
mod columns;
mod converted;
mod env_files;
mod formats;
mod load;
mod manifests;
mod members;
mod photographs;
mod providers;
mod queries;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use atdata::field::Element;
use atdata::lens::RecordLens;
use atdata::schema::{LensRecord, Transformation};
use atdata::{Dataset, DictSample, DynArray, PackField, Packable, ShardWriter, Value};
use atdata_tests::encoding::encode_like;
use atdata_tests::python::{environment, interop};
use atdata_tests::types::{
    Arr, FlatPrims, Lists, ManifestSample, Many, Numbers, OneAny, OneBytes, Optionals, Prims, Text, WithDict,
};
use atdata_tests::{Encode, normal};
use bytes::Bytes;
use half::f16;
use libtest_mimic::{Arguments, Trial};
use ndarray::{Array0, Array1, Array2, arr0, array};
use num_complex::Complex;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

fn main() {
    let python = environment();
    let trial = |name: &str, test: fn(&Path)| {
        let left_out = python.is_err() && std::env::var_os("CI").is_none();
        let run = move || {
            test(python?);
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(left_out)
    };
    let trials = vec![
        trial("rust_reads_what_python_writes", rust_reads_what_python_writes),
        trial("python_reads_what_rust_writes", python_reads_what_rust_writes),
        trial("python_runs_lenses_that_rust_stores", python_runs_lenses_that_rust_stores),
        trial("python_takes_types_of_ones_own_for_its_own", python_takes_types_of_ones_own_for_its_own),
        trial(
            "python_takes_converted_fields_and_gives_labels_of_its_own",
            converted::python_takes_converted_fields_and_gives_labels_of_its_own,
        ),
        trial("python_decodes_the_formats_that_rust_writes", formats::python_decodes_the_formats_that_rust_writes),
        trial(
            "sessions_records_and_blobs_go_to_python_and_back",
            atmosphere::sessions_records_and_blobs_go_to_python_and_back,
        ),
        trial("python_and_rust_find_the_same_in_random_archives", archives::python_and_rust_find_the_same),
        trial(
            "compressed_archives_that_are_cut_are_read_as_far_as_in_python",
            archives::compressed_archives_that_are_cut_are_read_as_far_as_in_python,
        ),
        trial(
            "python_and_rust_extend_one_archive_of_barecat_by_turns",
            barecat::python_and_rust_extend_one_archive_by_turns,
        ),
        trial(
            "python_and_rust_take_1500_steps_on_one_archive_of_barecat",
            barecat_steps::python_and_rust_take_1500_steps,
        ),
        trial(
            "python_finds_archives_of_barecat_sound_after_100_kills",
            barecat_steps::python_finds_archives_sound_after_100_kills,
        ),
        trial("photos_go_from_webdataset_to_types_and_back", members::photos_go_from_webdataset_to_types_and_back),
        trial(
            "photographs_are_typed_by_generated_code_and_come_back",
            photographs::photographs_are_typed_by_generated_code_and_come_back,
        ),
        trial("python_reads_columns_where_they_lie", columns::python_reads_columns_where_they_lie),
        trial("python_and_rust_read_the_same_env_files", env_files::python_and_rust_read_the_same),
        trial("python_and_rust_find_the_same_by_predicates", queries::python_and_rust_find_the_same),
        trial("python_asks_manifests_of_rust", manifests::python_asks_manifests_of_rust),
        trial(
            "manifests_of_python_are_read_and_not_believed",
            manifests::manifests_of_python_are_read_and_not_believed,
        ),
        trial("python_and_rust_load_the_same_splits", load::python_and_rust_load_the_same_splits),
        trial("python_and_rust_take_turns_in_redis", providers::python_and_rust_take_turns_in_redis),
        trial("python_and_rust_take_turns_in_postgres", providers::python_and_rust_take_turns_in_postgres),
        trial(
            "python_reads_a_thousand_entries_of_rust_in_redis",
            providers::python_reads_a_thousand_entries_of_rust_in_redis,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn rust_reads_what_python_writes(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    interop(python, &["write".as_ref(), folder.path().as_os_str()]);
    let expected = std::fs::read(folder.path().join("expected.json")).unwrap();
    let cases: BTreeMap<String, Json> = serde_json::from_slice(&expected).unwrap();
    assert_eq!(cases.len(), 13);
    for (name, case) in &cases {
        let url = case["url"].as_str().unwrap();
        match case["type"].as_str().unwrap() {
            "Prims" => {
                check_read::<Prims>(name, url, case);
                check_read::<FlatPrims>(name, url, case);
            }
            "Lists" => check_read::<Lists>(name, url, case),
            "Optionals" => check_read::<Optionals>(name, url, case),
            "WithDict" => check_read::<WithDict>(name, url, case),
            "Arr" => check_read::<Arr>(name, url, case),
            "DictSample" => check_read::<DictSample>(name, url, case),
            "Text" => check_read::<Text>(name, url, case),
            "OneBytes" => check_read::<OneBytes>(name, url, case),
            other => panic!("{name}: no type {other}"),
        }
    }
    assert_eq!(Dataset::<Text>::open(cases["sharded"]["url"].as_str().unwrap()).unwrap().shards().len(), 5);
}

fn check_read<S: Packable + Encode + 'static>(name: &str, url: &str, case: &Json) {
    let dataset = Dataset::<S>::open(url).unwrap();
    let found: Vec<_> = dataset.iter().with_keys().map(Result::unwrap).collect();
    let expected = case["samples"].as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{name}");
    for ((key, sample), expected) in found.iter().zip(expected) {
        assert_eq!(json!([key, sample.encode()]), normal(expected), "{name}");
    }
    let mut raw = dataset.raw();
    while let Some(raw) = raw.next() {
        let raw = raw.unwrap();
        assert!(S::unpack(raw.payload()).unwrap().pack() == raw.payload(), "{name}: {}", raw.key());
    }
}

/// What Rust wrote, and what Python is to find in it.
struct Written<'a> {
    folder: &'a Path,
    cases: BTreeMap<String, Json>,
    samples: BTreeMap<String, Json>,
}

impl Written<'_> {
    /// One shard, with keys of our own making.
    fn one<S: Packable + Encode + Clone + 'static>(&mut self, case: &str, samples: &[S]) {
        let path = self.folder.join(format!("rust-{case}"));
        let shards = Dataset::write(&path, samples.to_vec()).unwrap().paths();
        self.add::<S>(case, &shards, &path);
    }

    fn sharded<S: Packable + Encode + Clone + 'static>(
        &mut self,
        case: &str,
        writer: ShardWriter<S>,
        samples: &[S],
        url: &str,
    ) {
        let mut writer = writer;
        for sample in samples {
            writer.write(sample).unwrap();
        }
        let shards = writer.finish().unwrap().paths();
        assert!(shards.len() > 1);
        self.add::<S>(case, &shards, &self.folder.join(url));
    }

    fn add<S: Packable + Encode + 'static>(&mut self, case: &str, shards: &[PathBuf], url: &Path) {
        let samples: Json = Dataset::<S>::open(shards.to_vec())
            .unwrap()
            .iter()
            .with_keys()
            .map(|read| read.map(|(key, sample)| json!([key, sample.encode()])).unwrap())
            .collect();
        self.cases.insert(case.to_owned(), json!({ "type": S::SCHEMA.name, "url": url.to_str().unwrap() }));
        self.samples.insert(case.to_owned(), samples);
    }
}

fn python_reads_what_rust_writes(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let mut written = Written { folder: folder.path(), cases: BTreeMap::new(), samples: BTreeMap::new() };
    write_values(&mut written);
    write_shards(&mut written);
    write_keys(&mut written);

    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    std::fs::write(&request, serde_json::to_vec(&written.cases).unwrap()).unwrap();
    interop(python, &["read".as_ref(), request.as_os_str(), response.as_os_str()]);
    let mut found: BTreeMap<String, Json> = serde_json::from_slice(&std::fs::read(response).unwrap()).unwrap();
    for (case, expected) in written.samples {
        let found = normal(&found.remove(&case).unwrap());
        assert_eq!(found.as_array().unwrap().len(), expected.as_array().unwrap().len(), "{case}");
        for (found, expected) in found.as_array().unwrap().iter().zip(expected.as_array().unwrap()) {
            assert_eq!(found, expected, "{case}");
        }
    }
    assert!(found.is_empty());
}

/// The same mapping in Python and here, and a function of ours, which Python does not find.
fn python_runs_lenses_that_rust_stores(python: &Path) {
    let record = |name: &str, view: &str| {
        let record = LensRecord::new(name, "1.0.0", "FullPerson@1.0.0", format!("{view}@1.0.0"));
        record.created_at("2026-03-01T12:34:56.789012+00:00").described("été")
    };
    let records = [
        ("name", "NameAge", record("same", "NameAge").with_fields([("name", "name"), ("age", "age")])),
        ("greeting", "Greeting", record("renamed", "Greeting").with_fields([("name", "greeting")])),
        (
            "greeting",
            "Greeting",
            record("rust", "Greeting").with_getter(Transformation::rust("a_crate::lenses", "greet")),
        ),
    ];
    let asked = records.iter().map(|(changed, view, record)| {
        (record.name.clone(), json!({ "record": record.to_local_json(), "view_type": view, "changed": changed }))
    });
    let folder = tempfile::tempdir().unwrap();
    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    std::fs::write(&request, asked.collect::<Json>().to_string()).unwrap();
    interop(python, &["lenses".as_ref(), request.as_os_str(), response.as_os_str()]);

    let found: Json = serde_json::from_slice(&std::fs::read(response).unwrap()).unwrap();
    let source: DictSample = [
        ("name", Value::from("Ada")),
        ("age", 36.into()),
        ("score", 9.5.into()),
        ("embedding", Value::from(&array![0.0_f32, 1.0, 2.0])),
    ]
    .into_iter()
    .collect();
    for (changed, _, record) in &records[..2] {
        let python = &found[record.name.as_str()];
        let lens = RecordLens::load(record.clone()).unwrap();
        let mut view = lens.get(&source).unwrap();
        assert_fields(&view, &python["get"]);
        view.insert(*changed, "Bob");
        assert_fields(&lens.put(&view, &source).unwrap(), &python["put"]);
        assert_eq!(python["found"], 1);
    }
    let message =
        json!({ "found": 2, "error": "ModuleNotFoundError", "message": "No module named 'rust:a_crate::lenses'" });
    assert_eq!(found["rust"], message);
}

#[track_caller]
fn assert_fields(sample: &DictSample, python: &Json) {
    let expected = normal(&python["fields"]);
    let fields = sample.iter().zip(expected.as_array().unwrap());
    let fields: Json =
        fields.map(|((name, value), expected)| json!([name, encode_like(value, &expected[1])])).collect();
    assert_eq!(fields, expected);
}

const STRINGS: [&str; 5] = ["", "plain", "日本🎉", "a\0b\n\"\\", "ééééééééééééééééééééé"];

fn write_values(written: &mut Written<'_>) {
    let ints = [0, 1, -1, 127, 128, 255, 256, -32, -33, -128, -129, 65_535, 65_536, i64::MAX, i64::MIN];
    let floats = [0.0, -0.0, 0.1, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let prims = |n: usize| Prims {
        s: STRINGS[n % STRINGS.len()].repeat(n * 100),
        i: ints[n],
        f: floats[n % floats.len()],
        b: n.is_multiple_of(2),
        y: vec![0xff; n * 20].into(),
    };
    written.one("prims.tar", &(0..ints.len()).map(prims).collect::<Vec<_>>());
    let flat = |n: usize| {
        let Prims { s, i, f, b, y } = prims(n);
        FlatPrims { s, numbers: Numbers { i, f }, b, y }
    };
    written.one("flat.tar", &(0..ints.len()).map(flat).collect::<Vec<_>>());

    let lists = |n: usize| Lists {
        ls: STRINGS.iter().cycle().take(n).map(|&text| text.into()).collect(),
        li: ints.iter().copied().cycle().take(n).collect(),
        lf: floats.iter().copied().cycle().take(n).collect(),
        lb: vec![true; n],
        ly: vec![Bytes::from_static(b"\x00\xff"); n],
        llf: vec![floats[..n % 3].to_vec(); n],
    };
    written.one("lists.tar", &[0, 1, 5, 15, 16, 300].map(lists));

    let none = Optionals::unpack(b"\x81\xa4name\xa4none").unwrap();
    let all = Optionals {
        name: "all".into(),
        os: Some("s".into()),
        oi: Some(-5),
        of: Some(2.5),
        ob: Some(false),
        oy: Some(Bytes::from_static(b"y")),
        ols: Some(vec!["l".into()]),
        oa: Some(DynArray::from_array(&array![[1.0_f32, 2.0]])),
        ots: Some("t".into()),
        ota: None,
    };
    written.one("optionals.tar", &[none, all]);

    let map = |n: i64| Value::Map((0..n).map(|i| (format!("k{i}"), Value::List(vec![i.into(), Value::Nil]))).collect());
    let dict = |n: i64| WithDict { name: n.to_string(), meta: map(n), anything: Value::from(u64::MAX) };
    written.one("dicts.tar", &[0, 1, 15, 16, 40].map(dict));
    written.one("any.tar", &STRINGS.map(|text| OneAny { x: Value::List(vec![text.into(), 1.5.into(), true.into()]) }));
    written.one(
        "dictsample.tar",
        &[3_i64, 300].map(|n| DictSample::from_iter([("b", Value::from(n)), ("a", "x".into())])),
    );
    written.one("arrays.tar", &arrays());
    written.one("many.tar", &[many()]);
    written.one("manifest.tar", &[0.25, 1.0].map(manifest_sample));
}

fn many() -> Many {
    let dict: DictSample = (0..17).map(|n| (format!("f{n:02}"), Value::from(n * 1000_i64))).collect();
    let dict: DictSample =
        dict.iter().map(|(key, value)| (key, value.clone())).chain([("z", "zed".into()), ("a", "ay".into())]).collect();
    Many::unpack(&dict.pack()).unwrap()
}

fn manifest_sample(confidence: f64) -> ManifestSample {
    ManifestSample {
        image: DynArray::from_array(&Array2::<u8>::zeros((3, 5))),
        label: "cat".into(),
        confidence,
        tags: vec!["a".into(), "b".into()],
        count: 3,
        flag: true,
        note: None,
        hidden: String::new(),
        raw: Bytes::from_static(b"raw"),
    }
}

/// Every dtype, of no, one and two dimensions, empty, in both orders of memory, and big-endian as it is kept.
fn arrays() -> Vec<Arr> {
    fn of<T: Element>(values: [T; 6]) -> impl Iterator<Item = Arr> {
        let grid = Array2::from_shape_vec((2, 3), values.to_vec()).unwrap();
        let scalar: Array0<T> = arr0(values[0]);
        let arrays = [
            DynArray::from_array(&scalar),
            DynArray::from_array(&Array1::from_vec(Vec::<T>::new())),
            DynArray::from_array(&Array1::from_vec(values.to_vec())),
            DynArray::from_array(&grid),
            DynArray::from_array(&grid.reversed_axes()),
        ];
        arrays.into_iter().map(|a| Arr { name: format!("{a:?}"), a })
    }
    let big = |bytes: &[u8]| Arr { name: "big-endian".into(), a: DynArray::from_bytes(bytes).unwrap() };
    let complex = |v: f32| Complex::new(v, -v);
    let mut arrays = vec![
        big(b"\x03>f4\x01\x02\0\0\0\0\0\0\0\x3f\x80\0\0\x40\0\0\0"),
        big(b"\x03>i2\x01\x01\0\0\0\0\0\0\0\x01\x02"),
        big(b"\x06<M8[D]\x01\x01\0\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0"),
    ];
    arrays.extend(of([true, false, true, true, false, false]));
    arrays.extend(of([0_i8, 1, -1, i8::MAX, i8::MIN, 5]));
    arrays.extend(of([0_i16, 1, -1, i16::MAX, i16::MIN, 5]));
    arrays.extend(of([0_i32, 1, -1, i32::MAX, i32::MIN, 5]));
    arrays.extend(of([0_i64, 1, -1, i64::MAX, i64::MIN, 5]));
    arrays.extend(of([0_u8, 1, 2, u8::MAX, 4, 5]));
    arrays.extend(of([0_u16, 1, 2, u16::MAX, 4, 5]));
    arrays.extend(of([0_u32, 1, 2, u32::MAX, 4, 5]));
    arrays.extend(of([0_u64, 1, 2, u64::MAX, 4, 5]));
    arrays.extend(of([0.0, -0.0, 1.5, f32::INFINITY, 65504.0, 0.1].map(f16::from_f32)));
    arrays.extend(of([0.0, -0.0, 1.5_f32, f32::INFINITY, f32::MAX, 0.1]));
    arrays.extend(of([0.0, -0.0, 1.5_f64, f64::NAN, f64::MAX, 0.1]));
    arrays.extend(of([0.0, -0.0, 1.5, 3.0, f32::MAX, 0.1].map(complex)));
    arrays.extend(of([0.0, -0.0, 1.5, 3.0, 1e300, 0.1].map(|v| Complex::new(v, v * 2.0))));
    arrays
}

fn texts(n: i64) -> Vec<Text> {
    (0..n).map(|label| Text { text: format!("text {label} é"), label }).collect()
}

fn write_shards(written: &mut Written<'_>) {
    for suffix in ["tar.gz", "tgz", "tar.bz2", "tar.xz"] {
        written.one(&format!("compressed.{suffix}"), &texts(50));
    }
    let builder = |name: &str| ShardWriter::<Text>::builder(written.folder.join(name));
    let (counted, numbered) = (builder("counted.tar").max_count(10), builder("numbered-%03d.tar.gz").max_count(10));
    let sized = builder("sized-%06d.tar").max_bytes(20_480);
    written.sharded("counted", counted.build().unwrap(), &texts(25), "counted-{000000..000002}.tar");
    written.sharded("numbered", numbered.build().unwrap(), &texts(25), "numbered-{000..002}.tar.gz");
    written.sharded("sized", sized.build().unwrap(), &texts(40), "sized-{000000..000002}.tar");
}

/// Keys that a ustar header has no room for, or no letters.
fn write_keys(written: &mut Written<'_>) {
    let long = "x".repeat(300);
    let keys = ["plain", "dir/sub/name", &long, "日本/🎉", &"é".repeat(60), "with space", "UPPER_-1"];
    let in_folders = format!("{0}/{0}/{0}", "y".repeat(90));
    let path = written.folder.join("keys.tar");
    let mut writer = ShardWriter::<Text>::builder(&path).build().unwrap();
    for (sample, key) in texts(8).iter().zip(keys.iter().copied().chain([in_folders.as_str()])) {
        writer.write_with_key(key, sample).unwrap();
    }
    let shards = writer.finish().unwrap().paths();
    written.add::<Text>("keys", &shards, &path);
    let found: Vec<_> = written.samples["keys"].as_array().unwrap().iter().map(|sample| sample[0].clone()).collect();
    assert_eq!(found[..7], keys.map(|key| json!(key)));
}

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train,
    HeldOut,
}

#[derive(PackField, Debug, Clone, PartialEq)]
struct Celsius(f64);

/// A type that knows nothing of samples.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Camera {
    model: String,
    lens: Option<(u8, f32)>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Own {
    split: Split,
    splits: Vec<Split>,
    by_name: BTreeMap<String, Split>,
    temperature: Celsius,
    letter: char,
    length: Duration,
    point: (f32, f32),
    mixed: (u8, String),
    names: BTreeSet<String>,
    #[packable(alias = "description")]
    title: String,
    #[packable(serde)]
    camera: Camera,
    maybe: Option<Split>,
    warm: Option<Celsius>,
}

/// Python has no enums: it takes the field for text, whichever form of the record it makes its type of.
fn python_takes_types_of_ones_own_for_its_own(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let samples = [(Split::Train, None), (Split::HeldOut, Some(Split::Train))].map(|(split, maybe)| Own {
        split,
        splits: vec![split, Split::Train],
        by_name: BTreeMap::from([("a".to_owned(), split)]),
        temperature: Celsius(21.5),
        letter: 'ß',
        length: Duration::from_millis(1500),
        point: (0.5, -1.0),
        mixed: (7, "seven".into()),
        names: ["b", "a"].map(String::from).into(),
        title: "cats".into(),
        camera: Camera { model: "F3".into(), lens: Some((50, 1.5)) },
        maybe,
        warm: maybe.map(|_| Celsius(30.0)),
    });
    let url = folder.path().join("own.tar");
    Dataset::write(&url, samples.to_vec()).unwrap();
    let record = Own::schema_record().created_at("2026-03-01T12:00:00Z");
    let records = json!({"own": {"url": url, "records": [record.to_local(), record.to_atproto().unwrap()]}});
    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    std::fs::write(&request, records.to_string()).unwrap();
    interop(python, &["own".as_ref(), request.as_os_str(), response.as_os_str()]);

    let found: Json = serde_json::from_slice(&std::fs::read(response).unwrap()).unwrap();
    for found in found["own"].as_array().unwrap() {
        assert_eq!(found[1][0]["type"], "Own");
        assert_eq!(found[1][0]["fields"][0], json!(["split", "held_out"]));
        assert_eq!(found[1][0]["fields"][1], json!(["splits", ["held_out", "train"]]));
        let fields = &found[0][0]["fields"];
        assert_eq!(fields[4], json!(["letter", "ß"]));
        assert_eq!(fields[5], json!(["length", 1_500_000_000]));
        assert_eq!(fields[7], json!(["mixed", [7, "seven"]]));
        assert_eq!(fields[8], json!(["names", ["a", "b"]]));
        assert_eq!(fields[10][0], "camera");
        assert_eq!(fields[11], json!(["maybe", null]));
        for (found, sample) in found.as_array().unwrap().iter().zip(&samples) {
            assert_eq!(found[1], json!(sample.pack()), "written again by Python");
        }
    }
    assert_eq!(found["own"].as_array().map(Vec::len), Some(2));
}
