//! Shards that Python atdata wrote: values, keys and bytes are what it says they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::shard::{ReadOptions, ShardReader, Warning};
use atdata::{Dataset, DictSample, ErrorKind, Packable, Value};
use atdata_tests::archive::groups_of_file;
use atdata_tests::encoding::encode_like;
use atdata_tests::types::{
    Arr, FlatPrims, Lists, ManifestSample, Many, NameAge, OneAny, OneBytes, Optionals, Prims, Text, TypedArr,
    UnsignedPrims, UnsignedText, WideLists, WithDict,
};
use atdata_tests::{Encode, fixtures, hex, normal, sha256};
use serde_json::{Value as Json, json};

/// What a case asks for beyond the rule: every sample decodes to what Python has, and packs to the same bytes.
#[derive(Default)]
struct Case {
    name: &'static str,
    /// Samples that contradict the type, which Python does not check: their number, and the field that is at fault.
    refused: &'static [(usize, &'static str)],
    /// Compare with what was written: Python leaves arrays bytes where the annotation is not the bare `NDArray`.
    as_written: bool,
    /// Arrays in the old `.npy` form, which are packed in the compact form.
    repacked: bool,
}

macro_rules! golden {
    ($($name:ident: $t:ty $({ $($option:tt)* })?;)+) => {
        const GOLDEN: &[&str] = &[$(stringify!($name)),+];

        $(
            #[test]
            fn $name() {
                check::<$t>(&Case { name: stringify!($name), $($($option)*,)? ..Case::default() });
            }
        )+
    };
}

golden! {
    big_array: Arr;
    big_values: OneAny;
    bz2: Text;
    custom_keys: Text;
    dicts: WithDict;
    dictsample: DictSample;
    dtypes: Arr;
    dtypes_ext: Arr;
    extra_members: Text;
    floats: OneAny;
    gz: Text;
    ints: Text { refused: &[(15, "Text.label"), (16, "Text.label")] };
    legacy_npy: Arr { repacked: true };
    lists: Lists { refused: &[(0, "Lists.li[2]"), (3, "Lists.li[1]")] };
    live_clock: Text;
    manifest_nulls: ManifestSample;
    manifest_sharded: ManifestSample;
    manifest_single: ManifestSample;
    many_fields: Many;
    no_suffix: Text;
    optionals: Optionals { as_written: true };
    prims: Prims { refused: &[(15, "Prims.i"), (16, "Prims.i")] };
    prims_single: Prims;
    sharded_count: Text;
    sharded_exact: Text;
    sharded_pattern: Text;
    sharded_size: OneBytes;
    tgz: Arr;
    typed_arrays: TypedArr { as_written: true, refused: &[(1, "TypedArr.f32")] };
    unicode: Text;
    xz: Text;
}

/// Tested one by one below.
const OTHERS: &[&str] = &["evolution", "tar_formats"];

#[test]
fn a_flattened_type_is_that_of_python() {
    let refused = &[(15, "FlatPrims.i"), (16, "FlatPrims.i")];
    check::<FlatPrims>(&Case { name: "prims", refused, ..Case::default() });
    check::<FlatPrims>(&Case { name: "prims_single", ..Case::default() });
}

#[test]
fn every_case_is_tested() {
    fixtures::assert_all_named("atdata", GOLDEN.iter().chain(OTHERS).copied());
}

#[track_caller]
fn check<S: Packable + Encode + 'static>(case: &Case) {
    let folder = format!("atdata/{}", case.name);
    let expected = fixtures::json(&format!("{folder}/expected.json"));
    let samples = expected["samples"].as_array().unwrap();
    check_files(&folder, &expected);
    // The very pattern that Python made of the names of the shards.
    let url = match expected.get("dataset_url") {
        Some(url) => url.as_str().unwrap().replace("$DIR", &fixtures::url(&folder)),
        None => fixtures::url(&format!("{folder}/data.tar")),
    };
    for options in [ReadOptions::new(), ReadOptions::new().map_unchanging_files(true)] {
        let dataset = Dataset::<S>::open(&url).unwrap().with_options(options);
        assert_eq!(dataset.len().unwrap(), samples.len());
        check_raw::<S>(case, &dataset, samples);
        check_typed(case, &dataset, samples);
    }
    check_fields(&folder, samples);
}

/// The fixture is the file that the JSON is about.
fn check_files(folder: &str, expected: &Json) {
    for shard in expected["shards"].as_array().unwrap() {
        let bytes = fixtures::bytes(&format!("{folder}/{}", shard["file"].as_str().unwrap()));
        assert_eq!(json!(sha256(&bytes)), shard["sha256"]);
    }
}

/// Keys, payloads, and both ways to decode them without a dataset.
fn check_raw<S: Packable + Encode + 'static>(case: &Case, dataset: &Dataset<S>, samples: &[Json]) {
    let mut raw = dataset.raw();
    for (index, expected) in samples.iter().enumerate() {
        let found = raw.next().unwrap().unwrap();
        let at = format!("{} #{index}", case.name);
        assert_eq!(json!(found.key()), expected["key"], "{at}");
        assert_eq!(json!(Path::new(found.shard()).file_name().unwrap().to_str()), expected["shard"], "{at}");
        let packed = found.payload();
        assert_eq!(json!(packed.len()), expected["packed_len"], "{at}");
        assert_eq!(json!(sha256(packed)), expected["packed_sha256"], "{at}");
        if let Some(text) = expected.get("packed_hex") {
            assert_eq!(json!(hex(packed)), *text, "{at}");
        }
        match case.refused.iter().find(|(refused, _)| *refused == index) {
            Some((_, field)) => check_refused(S::unpack(packed), field),
            None => check_value(case, &S::unpack(packed).unwrap(), packed, expected, &at),
        }
        check_dict(packed, &expected["decoded"], &at);
    }
    assert!(raw.next().is_none());
    assert!(raw.warnings().is_empty(), "{:?}", raw.warnings());
}

fn check_refused<S>(sample: atdata::Result<S>, field: &str) {
    let error = sample.err().expect("a sample that contradicts its type");
    assert_eq!((error.kind(), error.field_path().as_str()), (ErrorKind::SchemaMismatch, field));
}

fn check_value<S: Packable + Encode>(case: &Case, sample: &S, packed: &[u8], expected: &Json, at: &str) {
    let written = expected.get("written").filter(|_| case.as_written);
    assert_eq!(sample.encode(), normal(written.unwrap_or(&expected["decoded"])), "{at}");
    let repacked = sample.try_pack().unwrap();
    if case.repacked {
        assert_eq!(S::unpack(&repacked).unwrap().encode(), sample.encode(), "{at}");
    } else {
        assert!(repacked == packed, "{at}: {} is not {}", hex(&repacked), hex(packed));
    }
}

/// The same without a type: as it was read, and built anew from its fields.
fn check_dict(packed: &[u8], expected: &Json, at: &str) {
    let dict = DictSample::unpack(packed).unwrap();
    let fields = expected["fields"].as_array().unwrap();
    assert_eq!(dict.len(), fields.len(), "{at}");
    for ((key, value), field) in dict.iter().zip(fields) {
        assert_eq!(json!([key, encode_like(value, &field[1])]), normal(field), "{at}");
    }
    assert!(dict.pack() == packed, "{at}");
    let anew: DictSample = dict.iter().map(|(key, value)| (key, value.clone())).collect();
    assert!(anew.try_pack().unwrap() == packed, "{at}");
}

/// The same through the dataset, which goes on behind a sample that it refuses.
fn check_typed<S: Packable + Encode + 'static>(case: &Case, dataset: &Dataset<S>, samples: &[Json]) {
    let found: Vec<_> = dataset.ordered().with_keys().collect();
    assert_eq!(found.len(), samples.len());
    for (index, (found, expected)) in found.into_iter().zip(samples).enumerate() {
        if let Some((_, field)) = case.refused.iter().find(|(refused, _)| *refused == index) {
            let error = found.err().expect("a sample that contradicts its type");
            assert_eq!(error.key(), expected["key"].as_str());
            assert!(error.shard().unwrap().ends_with(expected["shard"].as_str().unwrap()), "{error}");
            assert!(error.offset().is_some());
            check_refused::<()>(Err(error), field);
            continue;
        }
        let (key, sample) = found.unwrap();
        assert_eq!(json!(key), expected["key"]);
        let written = expected.get("written").filter(|_| case.as_written);
        assert_eq!(sample.encode(), normal(written.unwrap_or(&expected["decoded"])), "{} #{index}", case.name);
    }
}

/// The other members of each sample.
fn check_fields(folder: &str, samples: &[Json]) {
    let mut samples = samples.iter();
    // Manifests may be beside them.
    for name in fixtures::list(folder).into_iter().filter(|name| !name.contains("manifest")) {
        let (groups, error) = groups_of_file(&fixtures::path(&format!("{folder}/{name}")));
        assert!(error.is_none(), "{error:?}");
        for group in groups {
            let expected = samples.next().unwrap();
            let mut fields: Vec<_> = group.fields.into_iter().map(|(name, _)| name).collect();
            // Python's list leaves out what looks like its own `__key__` and `__url__`.
            fields.retain(|name| !name.starts_with("__"));
            fields.sort();
            assert_eq!(json!([group.key, fields]), json!([expected["key"], expected["suffixes"]]));
        }
    }
    assert!(samples.next().is_none());
}

/// Python's integers have no sign bit to spare; `u64` takes what `i64` refuses above.
#[test]
fn integers_above_i64_fit_u64() {
    fn unsigned<S: Packable + Encode>(case: &str, range: std::ops::Range<usize>) {
        let expected = fixtures::json(&format!("atdata/{case}/expected.json"));
        for sample in &expected["samples"].as_array().unwrap()[range] {
            let packed = atdata_tests::unhex(sample["packed_hex"].as_str().unwrap());
            let unpacked = S::unpack(&packed).unwrap();
            assert_eq!(unpacked.encode(), normal(&sample["decoded"]));
            assert_eq!(unpacked.pack(), packed);
        }
    }
    unsigned::<UnsignedText>("ints", 0..17);
    unsigned::<UnsignedPrims>("prims", 0..17);
    unsigned::<WideLists>("lists", 0..3);
}

/// Also an array that went through `DynArray`: of plain dtypes, of those that are only carried, and structured.
#[test]
fn arrays_of_any_dtype_are_packed_as_they_were_written() {
    let mut arrays = 0;
    for case in ["dtypes", "dtypes_ext"] {
        for sample in &Dataset::<DictSample>::open(fixtures::path(&format!("atdata/{case}/data.tar"))).unwrap() {
            for (name, value) in &sample.unwrap() {
                if let (Value::Bin(bytes), Some(array)) = (value, value.as_array()) {
                    assert_eq!(array.unwrap().to_bytes(), bytes[..], "{case}: {name}");
                    arrays += 1;
                }
            }
        }
    }
    assert!(arrays > 20, "{arrays}");
}

#[test]
fn keys_are_found() {
    let expected = fixtures::json("atdata/custom_keys/expected.json");
    let dataset = Dataset::<Text>::open(fixtures::path("atdata/custom_keys/data.tar")).unwrap();
    for (key, sample) in expected["get"].as_object().unwrap() {
        assert_eq!(dataset.get(key).unwrap().encode(), normal(sample));
    }
    let error = dataset.get("no such key").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn evolution() {
    fn first<S: Packable + Encode + 'static>(expected: &Json) {
        let dataset = Dataset::<S>::open(fixtures::path("atdata/evolution/data.tar")).unwrap();
        let sample = dataset.ordered().next().unwrap();
        if expected.get("error").is_none() {
            assert_eq!(sample.unwrap().encode(), normal(expected));
            return;
        }
        let error = sample.err().expect("a field too many");
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert!(error.to_string().contains("unknown field \"text\""), "{error}");
    }
    let expected = fixtures::json("atdata/evolution/expected.json");
    first::<Text>(&expected["Text"]);
    first::<OneAny>(&expected["OneAny"]);
    first::<Optionals>(&expected["Optionals"]);
    first::<Prims>(&expected["Prims"]);
    first::<NameAge>(&expected["NameAge"]);
    assert_eq!(fixtures::list("atdata/evolution"), ["data.tar", "partial.tar"]);

    let partial = Dataset::<Optionals>::open(fixtures::path("atdata/evolution/partial.tar")).unwrap();
    let samples: Json = partial.iter().map(|sample| sample.unwrap().encode()).collect();
    assert_eq!(samples, normal(&expected["partial.tar as Optionals (missing fields take defaults)"]));
    assert_eq!(expected.as_object().unwrap().len(), 6);
}

/// Archives in every dialect of tar, by other writers than atdata's.
#[test]
fn tar_formats() {
    let expected = fixtures::json("atdata/tar_formats/expected.json");
    fixtures::assert_all_named("atdata/tar_formats", expected.as_object().unwrap().keys().map(String::as_str));
    for (name, expected) in expected.as_object().unwrap() {
        let path = fixtures::path(&format!("atdata/tar_formats/{name}"));
        let (groups, error) = groups_of_file(&path);
        assert!(error.is_none(), "{name}: {error:?}");
        let raw: Json = groups
            .iter()
            .map(|group| {
                let fields = group.fields.iter();
                let fields: Json = fields
                    .map(|(name, data)| (name.clone(), json!({ "len": data.len(), "sha256": sha256(data) })))
                    .collect();
                json!({ "key": group.key, "suffixes": fields })
            })
            .collect();
        assert_eq!(raw, expected["raw"], "{name}");

        let typed: atdata::Result<Vec<Text>> = Dataset::open(path).unwrap().iter().collect();
        match typed {
            Ok(samples) => assert_eq!(samples.encode(), normal(&expected["typed"]), "{name}"),
            Err(error) => {
                assert!(expected["typed"].get("error").is_some(), "{name}: {error}");
                assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{name}");
            }
        }
    }
}

#[test]
fn odd_ends_are_warned_of() {
    let warnings = |name: &str| {
        let path = fixtures::path(&format!("atdata/tar_formats/{name}"));
        let mut reader = ShardReader::open(path, &ReadOptions::new()).unwrap();
        while reader.next_group().unwrap().is_some() {}
        reader.warnings().to_vec()
    };
    assert_eq!(warnings("ustar.tar"), []);
    assert_eq!(warnings("no_eof_blocks.tar"), [Warning::MissingEnd { offset: 3072 }]);
    assert_eq!(warnings("one_eof_block.tar"), [Warning::MissingEnd { offset: 3072 }]);
    assert_eq!(warnings("garbage_after_eof.tar"), [Warning::DataAfterEnd { offset: 4096 }]);
    assert_eq!(warnings("concatenated.tar"), [Warning::DataAfterEnd { offset: 10_240 }]);
}
