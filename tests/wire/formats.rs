//! Fields in the formats of other libraries: what Python wrote is read, damage is an error, and values come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod arrow_tensor;
mod data_frame;
mod image;
mod safetensors;
mod sparse;
mod structured;

use std::panic::{AssertUnwindSafe, catch_unwind};

use atdata::{Dataset, ErrorKind, Packable};
use atdata_tests::{fixtures, sha256};
use serde_json::Value as Json;

/// One value of a kind: its name, its file, and what Python has for it.
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) value: Json,
}

#[track_caller]
pub(crate) fn items(kind: &str) -> Vec<Item> {
    let expected = fixtures::json("formats/expected.json");
    let items = expected[kind]["items"].as_array().unwrap().iter().map(|item| {
        let bytes = fixtures::bytes(&format!("formats/{}", item["file"].as_str().unwrap()));
        assert_eq!(sha256(&bytes), item["sha256"].as_str().unwrap());
        Item { name: item["name"].as_str().unwrap().to_owned(), bytes, value: item["value"].clone() }
    });
    items.collect()
}

/// The shard of a kind: its samples hold the files that are beside it, and are packed as they were.
#[track_caller]
pub(crate) fn check_shard<S: Packable + 'static>(kind: &str, parts: impl Fn(&S) -> (&str, Option<&[u8]>)) {
    let dataset = Dataset::<S>::open(fixtures::path(&format!("formats/{kind}.tar"))).unwrap();
    let items = items(kind);
    let mut samples = 0;
    for sample in &dataset {
        let sample = sample.unwrap();
        let (name, bytes) = parts(&sample);
        match items.iter().find(|item| item.name == name) {
            Some(item) => assert!(bytes.unwrap() == item.bytes, "{name}"),
            None => assert_eq!((name, bytes), ("none", None)),
        }
        samples += 1;
    }
    assert_eq!(samples, items.len() + 1);
    let mut raw = dataset.raw();
    while let Some(raw) = raw.next() {
        let raw = raw.unwrap();
        assert!(S::unpack(raw.payload()).unwrap().pack() == raw.payload(), "{}", raw.key());
    }
}

/// The record that Python reads says which kind the field `value` is.
#[track_caller]
pub(crate) fn check_record<S: Packable>(kind: &str) {
    let record = S::schema_record().to_local().to_string();
    assert!(record.contains(&format!("local#{kind}")), "{record}");
    let expected = fixtures::json("formats/expected.json")[kind]["schema"]["fields"].clone();
    let record: Json = serde_json::from_str(&record).unwrap();
    assert_eq!(record["fields"], expected);
}

/// Neither the beginning of a file nor one with any single byte changed makes `decode` panic. Returns the kinds of errors
/// of the truncated files.
#[track_caller]
pub(crate) fn check_damage(bytes: &[u8], decode: impl Fn(Vec<u8>) -> atdata::Result<()>) {
    let decode = |bytes: Vec<u8>, what: String| {
        let result = catch_unwind(AssertUnwindSafe(|| decode(bytes)));
        result.unwrap_or_else(|_| panic!("{what}: panicked"))
    };
    for end in 0..bytes.len() {
        let error = decode(bytes[..end].to_vec(), format!("cut at {end}")).err();
        let kind = error.as_ref().map(atdata::Error::kind);
        assert!(
            matches!(kind, Some(ErrorKind::Corrupt | ErrorKind::SchemaMismatch | ErrorKind::Unsupported)),
            "cut at {end}: {error:?}"
        );
    }
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= change;
            let _ = decode(bytes, format!("byte {at} ^ {change:02x}"));
        }
    }
}
