//! The limits of values, of msgpack and of arrays, one by one as Python has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::ErrorKind::{Corrupt, SchemaMismatch, Unsupported};
use atdata::{DictSample, DynArray, ErrorKind, Packable};
use atdata_tests::types::OneAny;
use atdata_tests::{Encode, fixtures, normal, sha256, unhex};
use ndarray::{Ix1, array};
use serde_json::{Map, Value as Json, json};

#[track_caller]
fn section(name: &str) -> Map<String, Json> {
    fixtures::json("limits.json")[name].as_object().unwrap().clone()
}

fn bytes(json: &Json) -> Vec<u8> {
    unhex(json.as_str().unwrap())
}

/// What Python can pack but not read back.
const UNREADABLE: &[(&str, ErrorKind)] = &[
    ("int keys", Corrupt),
    ("bytes keys", Corrupt),
    ("None key", Corrupt),
    ("float key", Corrupt),
    ("bool key", Corrupt),
    ("tuple key", Corrupt),
    ("mixed keys", Corrupt),
    ("msgpack.Timestamp", Unsupported),
    ("msgpack.ExtType", Unsupported),
];

#[test]
fn values_are_packed_as_python_packs_them() {
    let (mut read, mut refused, mut unpackable) = (0, 0, 0);
    for (name, case) in section("values") {
        let Some(packed) = case.get("packed_hex").map(bytes) else {
            // Python objects that are no msgpack, for which no Rust value exists.
            assert!(case.get("pack").is_some(), "{name}");
            unpackable += 1;
            continue;
        };
        let sample = OneAny::unpack(&packed);
        if case.get("unpack").is_some() {
            let error = sample.unwrap_err();
            let (_, kind) = UNREADABLE.iter().find(|(unreadable, _)| *unreadable == name).expect(&name);
            assert_eq!((error.kind(), error.field_path().as_str()), (*kind, "OneAny.x"), "{name}");
            refused += 1;
            continue;
        }
        let sample = sample.unwrap();
        assert_eq!(sample.x.encode(), normal(&case["unpacked"]), "{name}");
        assert_eq!(sample.pack(), packed, "{name}");
        let anew: DictSample = [("x", sample.x)].into_iter().collect();
        assert_eq!(anew.pack(), packed, "{name}");
        read += 1;
    }
    assert_eq!((read, refused, unpackable), (60, UNREADABLE.len(), 23));
}

/// Kinds of the errors of the typed reader.
const RAW_ERRORS: &[(&str, ErrorKind)] = &[
    ("int key", Corrupt),
    ("ext fixext2", Unsupported),
    ("timestamp32", Unsupported),
    ("invalid utf-8 str", Corrupt),
    ("array at top", SchemaMismatch),
    ("int at top", SchemaMismatch),
    ("nil key", Corrupt),
    ("reserved c1", Corrupt),
    ("truncated", Corrupt),
    ("bin key", Corrupt),
    ("empty", Corrupt),
    ("unknown field", SchemaMismatch),
    ("missing field", SchemaMismatch),
    ("extra field", SchemaMismatch),
    ("huge bin length", Corrupt),
    ("huge array length", Corrupt),
    ("huge map length", Corrupt),
];

#[test]
fn raw_msgpack_is_read_as_python_reads_it() {
    for (name, case) in section("raw_msgpack") {
        let bytes = bytes(&case["hex"]);
        match OneAny::unpack(&bytes) {
            Ok(sample) => assert_eq!(sample.encode(), normal(&case["from_bytes"]), "{name}"),
            Err(error) => {
                assert!(case["from_bytes"].get("error").is_some(), "{name}: {error}");
                let (_, kind) = RAW_ERRORS.iter().find(|(refused, _)| *refused == name).expect(&name);
                assert_eq!(error.kind(), *kind, "{name}");
            }
        }
        let dict = DictSample::unpack(&bytes);
        match case.get("unpacked").and_then(|unpacked| unpacked.get("$dict")) {
            Some(fields) => {
                let (dict, fields) = (dict.unwrap(), normal(fields));
                for field in fields.as_array().unwrap() {
                    assert_eq!(dict.get(field[0].as_str().unwrap()).unwrap().encode(), field[1], "{name}");
                }
            }
            // A sample is a map, also without a type.
            None => assert!(dict.is_err(), "{name}"),
        }
    }
}

/// Python keeps one of the two, and so it is here; but an unchanged sample packs to the same bytes.
#[test]
fn a_key_that_is_there_twice_stays_twice_in_the_bytes() {
    let bytes = bytes(&section("raw_msgpack")["duplicate keys (last wins)"]["hex"]);
    let dict = DictSample::unpack(&bytes).unwrap();
    assert_eq!((dict.keys().collect::<Vec<_>>(), dict.repeated()), (vec!["x"], vec!["x"]));
    assert_eq!(dict.get("x").unwrap().as_i64(), Some(2));
    assert_eq!(dict.pack(), bytes);
}

#[test]
fn text_that_is_no_utf8_is_said_once() {
    let error = OneAny::unpack(b"\x81\xa1x\xa1\xff").unwrap_err();
    assert_eq!(format!("{error:#}"), "OneAny.x: the text is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0");
}

#[test]
fn values_nest_as_deep_as_in_python() {
    for (depth, case) in section("nesting") {
        let depth: usize = depth.parse().unwrap();
        let bytes = [b"\x81\xa1x".as_slice(), &vec![0x91; depth], b"\x90"].concat();
        let accepted = case["ormsgpack.unpackb"] == json!(true);
        for error in [OneAny::unpack(&bytes).err(), DictSample::unpack(&bytes).err()] {
            assert_eq!(error.is_none(), accepted, "{depth}");
            assert_eq!(error.map(|error| error.kind()), (!accepted).then_some(Corrupt), "{depth}");
        }
        if accepted {
            assert_eq!(OneAny::unpack(&bytes).unwrap().pack(), bytes, "{depth}");
        }
    }
}

/// Array bytes that we refuse though Python does not, or take though it does not.
const ARRAY_DEVIATIONS: &[(&str, Option<ErrorKind>, &str)] = &[
    ("dim -1 inferred", Some(Corrupt), "numpy infers a size of -1, which no writer means"),
    ("dim -2", Some(Corrupt), "the same with -2, which numpy takes for -1"),
    ("dtype 'i4,f4'", Some(Corrupt), "a structured dtype in numpy's short form, which no writer uses"),
    ("bad code point in U", None, "text of fixed width is carried, not decoded"),
];

/// Errors that are not of kind `Corrupt`.
const ARRAY_ERRORS: &[(&str, ErrorKind)] =
    &[("dtype O", Unsupported), ("npy object (pickle)", Unsupported), ("npy bad version", Unsupported)];

#[test]
fn array_bytes_are_taken_or_refused_as_in_python() {
    for (name, case) in section("array_bytes") {
        let array = DynArray::from_bytes(&bytes(&case["hex"]));
        if let Some((_, kind, reason)) = ARRAY_DEVIATIONS.iter().find(|(deviation, ..)| *deviation == name) {
            assert_eq!(array.is_err(), case.get("value").is_some(), "{name} is no deviation: {reason}");
            assert_eq!(array.err().map(|error| error.kind()), *kind, "{name}");
        } else if name == "bool byte 2" {
            let array = array.unwrap();
            assert_eq!(json!(sha256(array.data())), case["value"]["$ndarray"]["sha256"], "the bytes are kept");
            assert_eq!(array.to_array::<bool, Ix1>().unwrap(), array![true, false, true]);
        } else if case.get("error").is_some() {
            let kind = ARRAY_ERRORS.iter().find(|(error, _)| *error == name).map_or(Corrupt, |(_, kind)| *kind);
            assert_eq!(array.unwrap_err().kind(), kind, "{name}");
        } else {
            assert_eq!(array.unwrap().encode(), normal(&case["value"]), "{name}");
        }
    }
}
