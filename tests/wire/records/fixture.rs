//! Every case of `atproto.json`, each named here.

use atdata::atmosphere::record::{AtUri, EntryMetadata, EntryRecord};
use atdata::cid::Cid;
use atdata::{DictSample, Packable};
use atdata_tests::{Encode, fixtures, unhex};
use serde_json::{Map, Value as Json, json};

use super::{rewritten, stored};

const SECTIONS: [&str; 10] = [
    "entries",
    "lens",
    "lens_verification",
    "label",
    "schema",
    "published_by_mock",
    "at_uris",
    "metadata_decode",
    "metadata_from_dict",
    "storage_from_record",
];

fn section(name: &str) -> Map<String, Json> {
    assert!(SECTIONS.contains(&name));
    fixtures::json("atproto.json")[name].as_object().unwrap().clone()
}

#[track_caller]
fn assert_named(section: &Map<String, Json>, named: &[&str]) {
    let mut found: Vec<_> = section.keys().map(String::as_str).collect();
    found.sort_unstable();
    let mut named = named.to_vec();
    named.sort_unstable();
    assert_eq!(named, found, "left: what tests name, right: what is in the fixture");
}

#[test]
fn every_section_is_visited() {
    assert_named(fixtures::json("atproto.json").as_object().unwrap(), &SECTIONS);
}

#[test]
fn records_of_python_are_written_as_python_writes_them() {
    let named: [(&str, &[&str]); 5] = [
        ("entries", &["http", "s3", "s3 minimal", "blobs"]),
        ("lens", &["full", "minimal"]),
        ("lens_verification", &["full"]),
        ("label", &["full", "minimal"]),
        ("schema", &["Image", "Optionals", "Lists"]),
    ];
    for (kind, names) in named {
        let cases = section(kind);
        assert_named(&cases, names);
        for (name, case) in cases {
            let record = &case["record"];
            let written = rewritten(record);
            // The text has the order of the keys as well.
            assert_eq!(written.to_string(), record.to_string(), "{kind} {name}");
            assert_eq!(Cid::of(&written).unwrap().to_string(), case["cid"], "{kind} {name}");
            assert_eq!(atdata::cid::dag_cbor(&written).unwrap(), unhex(case["dag_cbor_hex"].as_str().unwrap()));
        }
    }
}

#[test]
fn records_that_python_publishes_are_written_alike() {
    let cases = section("published_by_mock");
    let keys = ["entry/u1", "entry/s1", "entry/b1", "entry/f1", "label/lab", "lens/len"];
    let schemas = ["schema/000000010000", "schema/000000020000"];
    let uri = |key: &&str| format!("at://did:plc:mock000000000000/science.alt.dataset.{key}");
    let named: Vec<_> = keys.iter().chain(&schemas).map(uri).collect();
    assert_named(&cases, &named.iter().map(String::as_str).collect::<Vec<_>>());
    for (uri, record) in cases {
        assert_eq!(rewritten(&record).to_string(), record.to_string(), "{uri}");
        let uri: AtUri = uri.parse().unwrap();
        assert_eq!(uri.collection(), record["$type"]);
        assert!(uri.is_strict());
    }
}

#[test]
fn at_uris_are_read_as_python_reads_them_but_for_empty_parts() {
    let cases = section("at_uris");
    assert_named(
        &cases,
        &[
            "at://did:plc:abc/science.alt.dataset.schema/xyz",
            "at://handle.example.com/coll/r/with/slash",
            "at://did:plc:abc/coll",
            "https://x/y/z",
            "at://",
            "at://a//b",
            "at:///c/r",
        ],
    );
    for (text, expected) in cases {
        let has_empty_part = ["at://a//b", "at:///c/r"].contains(&text.as_str());
        match text.parse::<AtUri>() {
            Ok(uri) => {
                assert!(!has_empty_part, "{text}");
                let parts = json!({"authority": uri.authority(), "collection": uri.collection(), "rkey": uri.rkey(),
                    "str": uri.to_string()});
                assert_eq!(parts, expected, "{text}");
            }
            Err(error) => {
                assert!(has_empty_part || expected.get("error").is_some(), "{text}: {error}");
                assert_eq!(error.kind(), atdata::ErrorKind::InvalidInput);
            }
        }
    }
}

/// `{"$dict": [[key, value], …]}` as an object.
fn plain(value: &Json) -> Json {
    match value {
        Json::Object(members) => match members.get("$dict") {
            Some(pairs) => {
                let pairs = pairs.as_array().unwrap().iter();
                pairs.map(|pair| (pair[0].as_str().unwrap().to_owned(), plain(&pair[1]))).collect()
            }
            None => members.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        },
        Json::Array(values) => values.iter().map(plain).collect(),
        other => other.clone(),
    }
}

fn pairs(sample: &DictSample) -> Json {
    json!({"$dict": sample.iter().map(|(key, value)| json!([key, value.encode()])).collect::<Vec<_>>()})
}

#[test]
fn metadata_is_read_in_each_of_its_forms() {
    let cases = section("metadata_decode");
    assert_named(
        &cases,
        &["msgpack bytes", "$bytes", "structured", "structured with custom clash", "unknown keys", "none"],
    );
    for (name, case) in cases {
        let metadata = match name.as_str() {
            "msgpack bytes" => {
                let bytes = unhex(case["input"]["$bytes"].as_str().unwrap());
                Some(EntryMetadata::from_msgpack(&bytes).unwrap())
            }
            _ => {
                let record = super::entry_json(&[("metadata", plain(&case["input"]))]);
                EntryRecord::from_json(&record).unwrap().metadata
            }
        };
        let flat = metadata.map(|metadata| pairs(&metadata.to_sample()));
        assert_eq!(flat.unwrap_or_default(), case["output"], "{name}");
    }
}

#[test]
fn metadata_is_built_as_python_builds_it() {
    let cases = section("metadata_from_dict");
    assert_named(
        &cases,
        &[
            r#"{"split": "train", "model": "bert"}"#,
            r#"{"source_uri": "a", "sourceUri": "b"}"#,
            r#"{"custom": {"a": 1}, "b": 2}"#,
            "{}",
            r#"{"processing_steps": ["x"]}"#,
        ],
    );
    for (flat, expected) in cases {
        assert_eq!(built(&flat).to_string(), expected.to_string(), "{flat}");
    }
    // V17 of the specification.
    let flat = r#"{"source_uri":"a","createdBy":"b","processing_steps":["x"],"split":"","k":0,"custom":{"k":2,"q":3},"version":"1"}"#;
    let expected =
        r#"{"sourceUri":"a","createdBy":"b","version":"1","processingSteps":["x"],"split":"","custom":{"k":2,"q":3}}"#;
    assert_eq!(built(flat).to_string(), expected);
    assert_eq!(
        built(r#"{"custom": 5, "sourceUri": null, "source_uri": "a", "created_by": null}"#).to_string(),
        r#"{"sourceUri":"a"}"#
    );
}

fn built(flat: &str) -> Json {
    let flat: Json = serde_json::from_str(flat).unwrap();
    let mut bytes = vec![0x80 | u8::try_from(flat.as_object().unwrap().len()).unwrap()];
    for (key, value) in flat.as_object().unwrap() {
        let one: DictSample = [(key.as_str(), sample_value(value))].into_iter().collect();
        bytes.extend_from_slice(&one.pack()[1..]);
    }
    EntryMetadata::from_sample(&DictSample::unpack(&bytes).unwrap()).unwrap().to_json()
}

fn sample_value(value: &Json) -> atdata::Value {
    use atdata::Value;
    match value {
        Json::Null => Value::Nil,
        Json::Number(number) => number.as_i64().unwrap().into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(values) => Value::List(values.iter().map(sample_value).collect()),
        Json::Object(members) => {
            Value::Map(members.iter().map(|(key, value)| (key.clone(), sample_value(value))).collect())
        }
        Json::Bool(value) => (*value).into(),
    }
}

#[test]
fn the_type_of_a_storage_decides_as_in_python_but_for_the_old_namespace() {
    let cases = section("storage_from_record");
    let old = r#"{"$type": "ac.foundation.dataset.storageHttp", "shards": []}"#;
    assert_named(
        &cases,
        &[
            r#"{"$type": "science.alt.dataset.storageHttp", "shards": []}"#,
            r#"{"$type": "science.alt.dataset.storageExternal", "urls": ["u"]}"#,
            r#"{"$type": "nope"}"#,
            old,
            "{}",
        ],
    );
    for (json, expected) in cases {
        let read = stored(&serde_json::from_str(&json).unwrap());
        match expected.as_str() {
            Some(kind) => {
                assert_eq!(kind, "StorageHttp");
                let written = read.unwrap().to_json();
                assert_eq!(written["storage"]["$type"], "science.alt.dataset.storageHttp", "{json}");
            }
            None if json == old => assert!(read.unwrap().storage.is_empty()),
            None => {
                let error = read.unwrap_err().to_string();
                assert!(error.starts_with("at /storage/$type: expected the type of a storage"), "{error}");
            }
        }
    }
}

#[test]
fn the_vectors_of_the_specification_hold() {
    // V10, padded and not.
    for text in ["gaFhAQ==", "gaFhAQ"] {
        let record = super::entry_json(&[("metadata", json!({"$bytes": text}))]);
        let metadata = EntryRecord::from_json(&record).unwrap().metadata.unwrap();
        assert_eq!(pairs(&metadata.to_sample()), json!({"$dict": [["a", 1]]}));
        assert_eq!(metadata.to_json(), json!({"$bytes": "gaFhAQ=="}));
    }
    // V16.
    let label = atdata::atmosphere::record::LabelRecord::new("mnist", "at://did:plc:abc/science.alt.dataset.entry/xyz")
        .created_at("2026-01-01T00:00:00+00:00");
    let cid = Cid::of(&label.to_atproto().unwrap()).unwrap().to_string();
    assert_eq!(cid, "bafyreieyxrkvjdy4ur2irunrarb2xggiiezhthvubgspnh2updy2nhbywa");
}
