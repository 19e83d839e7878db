//! Damaged and malicious shards: what comes before the damage, and what the error says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::ErrorKind::{Corrupt, SchemaMismatch, Unsupported};
use atdata::shard::ReadOptions;
use atdata::{Dataset, Error, ErrorKind, Packable};
use atdata_tests::archive::tar;
use atdata_tests::types::{Arr, Text};
use atdata_tests::{Encode, fixtures, normal};

/// Kind, key, offset, field and text of the first error.
type Expected = (ErrorKind, Option<&'static str>, u64, &'static str, &'static str);

#[expect(clippy::unnecessary_wraps, reason = "the table has errors and their absence")]
const fn in_sample(
    kind: ErrorKind,
    key: &'static str,
    offset: u64,
    field: &'static str,
    text: &'static str,
) -> Option<Expected> {
    Some((kind, Some(key), offset, field, text))
}

#[expect(clippy::unnecessary_wraps, reason = "the table has errors and their absence")]
const fn in_archive(offset: u64, text: &'static str) -> Option<Expected> {
    Some((Corrupt, None, offset, "", text))
}

const NOT_TAR: &str = "expected a tar header or the magic number of gzip, bzip2, xz or zstd, found `";

/// Every file of the folder, and the error that ends its first run of samples.
const CASES: &[(&str, Option<Expected>)] = &[
    (
        "absurd_shape.tar",
        in_sample(Corrupt, "a", 0, "Arr.a", "the shape multiplies to more elements than memory can hold"),
    ),
    ("bad_checksum_first.tar", in_archive(0, NOT_TAR)),
    ("bad_checksum_member3.tar", in_archive(5120, "header checksum mismatch")),
    ("bad_checksum_pax_header3.tar", in_archive(4096, "header checksum mismatch")),
    (
        "dotted_key.tar",
        in_sample(
            SchemaMismatch,
            "a",
            0,
            "",
            "expected a `msgpack` field, found `b.msgpack`; perhaps the key has a dot",
        ),
    ),
    ("duplicate_member.tar", in_sample(Corrupt, "a", 1024, "", "expected each field once, found `msgpack` twice")),
    ("empty.tar", in_archive(0, "empty file: expected a tar archive")),
    ("empty_msgpack.tar", in_sample(Corrupt, "b", 1024, "Arr", "the msgpack value ends at byte 0")),
    ("extra_field.tar", in_sample(SchemaMismatch, "a", 0, "Arr.a", "expected an array, found null")),
    ("garbage_msgpack.tar", in_sample(Corrupt, "b", 1024, "Arr", "expected a map, found the reserved byte c1")),
    ("good.tar", None),
    ("gzip_bad_crc.tar.gz", in_archive(12288, "cannot decompress the shard: the gzip data is damaged or cut short")),
    ("gzip_truncated.tar.gz", in_archive(2048, "cannot decompress the shard: the gzip data is damaged or cut short")),
    (
        "huge_size_field.tar",
        in_sample(Corrupt, "k2", 4096, "", "member k2.msgpack is truncated: expected 8589934591 bytes"),
    ),
    ("missing_field.tar", in_sample(SchemaMismatch, "a", 0, "Arr.a", "the field is missing; the sample has \"name\"")),
    ("missing_msgpack.tar", in_sample(SchemaMismatch, "b", 1024, "", "expected a `msgpack` field, found `json`")),
    ("msgpack_deep.tar", in_sample(SchemaMismatch, "a", 0, "Arr.a", "expected an array, found a list")),
    ("msgpack_ext.tar", in_sample(Unsupported, "a", 0, "Arr.a", "msgpack extension types are not part of the format")),
    (
        "msgpack_huge_len.tar",
        in_sample(Corrupt, "a", 0, "Arr.a", "the msgpack value ends at byte 15, where 4294967295 more are due"),
    ),
    ("msgpack_int_keys.tar", in_sample(Corrupt, "a", 0, "Arr", "map keys must be strings, found an integer")),
    ("msgpack_is_list.tar", in_sample(SchemaMismatch, "a", 0, "Arr", "expected a map, found a list")),
    ("msgpack_trailing.tar", None),
    ("negative_shape.tar", in_sample(Corrupt, "a", 0, "Arr.a", "dimension 0 is -1, and sizes cannot be negative")),
    ("npy_pickle.tar", in_sample(Unsupported, "a", 0, "Arr.a", "object arrays are pickles, which are never loaded")),
    ("object_dtype.tar", in_sample(Unsupported, "a", 0, "Arr.a", "object arrays are pickles, which are never loaded")),
    (
        "overflow_shape.tar",
        in_sample(Corrupt, "a", 0, "Arr.a", "the shape multiplies to more elements than memory can hold"),
    ),
    // Names that lead out of a folder are keys: nothing is unpacked here.
    ("path_traversal.tar", None),
    (
        "pax_bad_record.tar",
        in_sample(Corrupt, "a", 0, "", "malformed extended header: expected a record within the header's data"),
    ),
    (
        "pax_negative_len.tar",
        in_sample(Corrupt, "a", 0, "", "malformed extended header: expected a record that begins with its length"),
    ),
    (
        "pax_no_newline.tar",
        in_sample(Corrupt, "a", 0, "", "malformed extended header: expected a newline at the end of a record"),
    ),
    ("random_bytes.tar", in_archive(0, NOT_TAR)),
    (
        "short_array.tar",
        in_sample(Corrupt, "a", 0, "Arr.a", "shape [100] of 4-byte elements makes 400 bytes, but the data is 8 bytes"),
    ),
    ("text.tar", in_archive(0, NOT_TAR)),
    ("truncated_at_member_border.tar", None),
    ("truncated_in_data.tar", in_sample(Corrupt, "k3", 6144, "", "member k3.msgpack is truncated: expected 198 bytes")),
    ("truncated_in_header.tar", in_archive(6144, "truncated header: expected 512 bytes, found 100")),
    ("truncated_in_member_header.tar", in_archive(7168, "truncated header: expected 512 bytes, found 112")),
    ("wrong_type.tar", in_sample(SchemaMismatch, "a", 0, "Arr.name", "expected a string, found an integer")),
    ("zeros.tar", None),
];

/// Where we do not do what Python does: the samples before our error, and the reason. Where Python has an error, so
/// have we.
const DEVIATIONS: &[(&str, u64, &str)] = &[
    (
        "bad_checksum_member3.tar",
        2,
        "Python's sample is lost with the damaged one behind it; here it was whole already",
    ),
    (
        "bad_checksum_pax_header3.tar",
        2,
        "Python ends the archive without a word where a later header is damaged, and loses the sample before it",
    ),
    (
        "gzip_bad_crc.tar.gz",
        6,
        "Python stops at the end of the archive, before the checksum; all samples come before the error",
    ),
    ("gzip_truncated.tar.gz", 1, "Python's sample is lost with the damaged one behind it; here it was whole already"),
    ("huge_size_field.tar", 2, "Python's sample is lost with the damaged one behind it; here it was whole already"),
    ("negative_shape.tar", 0, "numpy infers a size of -1, which no writer means"),
    ("pax_bad_record.tar", 0, "Python ignores records that it cannot parse, and whatever they said with them"),
    ("pax_negative_len.tar", 0, "Python ignores records that it cannot parse, and whatever they said with them"),
    ("pax_no_newline.tar", 0, "Python ends the archive without a word"),
    ("truncated_in_data.tar", 3, "Python's sample is lost with the damaged one behind it; here it was whole already"),
    (
        "truncated_in_header.tar",
        3,
        "Python ends the archive without a word where a header is cut; the sample before it was whole already",
    ),
    (
        "truncated_in_member_header.tar",
        3,
        "Python's sample is lost with the damaged one behind it; here it was whole already",
    ),
    ("wrong_type.tar", 0, "Python checks no types"),
];

/// Samples before the first error, and that.
fn read(name: &str, options: ReadOptions) -> (Vec<Arr>, Option<Error>) {
    let dataset = Dataset::<Arr>::open(fixtures::path(&format!("hostile/{name}"))).unwrap().with_options(options);
    let mut samples = Vec::new();
    for sample in &dataset {
        match sample {
            Ok(sample) => samples.push(sample),
            Err(error) => return (samples, Some(error)),
        }
    }
    (samples, None)
}

#[test]
fn every_file_is_named() {
    fixtures::assert_all_named("hostile", CASES.iter().map(|(name, _)| *name));
    for (name, ..) in DEVIATIONS {
        assert!(CASES.iter().any(|(case, _)| case == name), "{name}");
    }
}

#[test]
fn samples_come_up_to_the_damage_and_the_error_says_where_it_is() {
    let python = fixtures::json("hostile/expected.json");
    for (name, expected) in CASES {
        let python = &python[name];
        let (samples, error) = read(name, ReadOptions::new());
        let deviation = DEVIATIONS.iter().find(|(deviation, ..)| deviation == name);
        let same = deviation.is_none();
        let count = deviation.map_or_else(|| python["samples_before"].as_u64().unwrap(), |(_, count, _)| *count);
        assert_eq!(samples.len() as u64, count, "{name}: {error:?}");
        for (sample, python) in samples.iter().zip(python["samples"].as_array().unwrap()) {
            assert_eq!(sample.encode(), normal(python), "{name}");
        }
        assert!(error.is_some() || python.get("error").is_none(), "{name}");
        assert!(!same || error.is_some() == python.get("error").is_some(), "{name}: {error:?}");
        check_error(name, error.as_ref(), *expected);

        let (mapped, other) = read(name, ReadOptions::new().map_unchanging_files(true));
        assert_eq!(mapped, samples, "{name}");
        assert_eq!(format!("{other:?}"), format!("{error:?}"), "{name}");
    }
}

fn check_error(name: &str, error: Option<&Error>, expected: Option<Expected>) {
    let (Some(error), Some((kind, key, offset, field, text))) = (error, expected) else {
        assert!(error.is_none() && expected.is_none(), "{name}: {error:?}");
        return;
    };
    assert_eq!((error.kind(), error.key(), error.offset()), (kind, key, Some(offset)), "{error}");
    assert_eq!(error.field_path(), field, "{error}");
    assert!(error.shard().unwrap().ends_with(name), "{error}");
    assert!(error.to_string().contains(text), "{error}");
    assert!(!error.is_retryable());
}

#[test]
fn each_deviation_is_one() {
    let python = fixtures::json("hostile/expected.json");
    for (name, count, reason) in DEVIATIONS {
        let (_, error) = read(name, ReadOptions::new());
        let ours = (*count, error.is_some());
        let theirs = (python[name]["samples_before"].as_u64().unwrap(), python[name].get("error").is_some());
        assert_ne!(ours, theirs, "{name} is no deviation: {reason}");
    }
}

#[test]
fn a_sample_that_cannot_be_read_does_not_take_the_next_one_with_it() {
    for name in ["empty_msgpack.tar", "garbage_msgpack.tar", "missing_msgpack.tar"] {
        let dataset = Dataset::<Arr>::open(fixtures::path(&format!("hostile/{name}"))).unwrap();
        let read: Vec<_> = dataset.iter().map(|sample| sample.is_ok()).collect();
        assert_eq!(read, [true, false, true], "{name}");
    }
}

#[test]
fn a_cut_between_two_members_is_an_error_where_the_end_is_required() {
    let (samples, error) = read("truncated_at_member_border.tar", ReadOptions::new().require_end(true));
    assert_eq!(samples.len(), 3);
    let error = error.unwrap();
    assert_eq!((error.kind(), error.offset()), (Corrupt, Some(6144)));
    assert!(error.to_string().contains("expected the end-of-archive blocks at 6144"), "{error}");
}

#[test]
fn one_stray_member_costs_one_error_in_whatever_order_samples_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stray.tar");
    let sample = |text: &str| Text { text: text.into(), label: 0 }.pack();
    let members = [
        ("0000.msgpack", sample("a")),
        ("0000README.txt", b"read me".to_vec()),
        ("0001.msgpack", sample("b")),
        ("0001.msgpack", sample("twice")),
        ("0002.msgpack", sample("c")),
    ];
    std::fs::write(&path, tar(members.iter().map(|(name, data)| (*name, data.as_slice())))).unwrap();
    let dataset = Dataset::<Text>::open(&path).unwrap();
    for samples in [dataset.ordered(), dataset.shuffled(7)] {
        let (mut texts, mut errors) = (Vec::new(), Vec::new());
        for sample in samples {
            match sample {
                Ok(sample) => texts.push(sample.text),
                Err(error) => errors.push((error.kind(), error.key().unwrap().to_owned(), error.offset().unwrap())),
            }
        }
        texts.sort();
        assert_eq!(texts, ["a", "c"]);
        assert_eq!(errors, [(SchemaMismatch, "0000README".into(), 1024), (Corrupt, "0001".into(), 3072)]);
    }
    let batches: Vec<_> = dataset.batches(8).collect();
    assert_eq!(batches.iter().filter(|batch| batch.is_err()).count(), 2);
    assert_eq!(batches.last().unwrap().as_ref().unwrap().text, ["a", "c"]);
}
