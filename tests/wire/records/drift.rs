//! The types against the lexicons: each property, required flag, limit and member of a union has its counterpart in what
//! is written, read and checked. A change of a lexicon fails here until the types follow.

use std::collections::BTreeSet;

use atdata::atmosphere::record::{
    BlobRef, BlobShard, Checksum, CodeReference, DatasetSize, EntryMetadata, EntryRecord, HttpShard, LabelRecord,
    LensVerification, MetadataForm, PublishedLens, Record, S3Shard, Storage, WriteOptions,
};
use atdata::cid::Cid;
use atdata::schema::{LEXICONS, RecordError};
use serde_json::{Value as Json, json};

use super::{SCHEMA, TIME};

fn lexicon(nsid: &str) -> Json {
    let lexicon = LEXICONS.iter().find(|lexicon| lexicon.id == nsid).unwrap_or_else(|| panic!("no lexicon {nsid}"));
    serde_json::from_str(lexicon.json).unwrap()
}

/// A record of each type and storage in which everything is set.
fn full_records() -> Vec<Json> {
    let code = || CodeReference::new("https://example.org/r", "abc", "m:f").with_branch("main").with_language("rust");
    let checksum = || Checksum::sha256("0".repeat(64));
    let blob = BlobRef::new(Cid::of_raw(b"x"), BlobRef::TAR, 1);
    let storages = [
        Storage::Http(vec![HttpShard::new("https://example.org/a.tar", checksum())]),
        Storage::S3 {
            bucket: "b".to_owned(),
            shards: vec![S3Shard::new("k", checksum())],
            region: Some("eu".to_owned()),
            endpoint: Some("https://s3.example.org".to_owned()),
        },
        Storage::Blobs(vec![BlobShard::new(blob, checksum())]),
    ];
    let entries = storages.into_iter().map(|storage| {
        EntryRecord::new("d", SCHEMA, storage)
            .created_at(TIME)
            .with_description("x")
            .with_metadata(EntryMetadata::from_sample(&[("k", 1)].into_iter().collect()).unwrap())
            .with_tags(["t"])
            .with_size(DatasetSize::new(1, 2, 3))
            .with_license("MIT")
            .with_content(SCHEMA.to_owned(), [("k".to_owned(), json!(1))].into_iter().collect())
            .to_atproto_with(&WriteOptions::new().metadata(MetadataForm::Bytes))
            .unwrap()
    });
    let label = LabelRecord::new("l", "at://did:plc:abc/science.alt.dataset.entry/1")
        .created_at(TIME)
        .with_version("1")
        .with_description("x");
    let lens = PublishedLens::new("l", SCHEMA, SCHEMA, code(), code())
        .created_at(TIME)
        .with_description("x")
        .with_language("rust")
        .with_metadata([("k".to_owned(), json!(1))].into_iter().collect())
        .with_versions("1.0.0", "1.0.0");
    let verification = LensVerification::new("at://did:plc:abc/science.alt.dataset.lens/1", "bafy", "codeReview")
        .created_at(TIME)
        .with_code_hash(checksum())
        .with_proof(code())
        .with_description("x");
    let others = [label.to_atproto(), lens.to_atproto(), verification.to_atproto()].map(Result::unwrap);
    entries.chain(others).collect()
}

/// What keeps a record from being read and sent again, by places.
fn sent(record: &Json) -> Result<Json, Vec<String>> {
    fn of<R: Record>(record: &Json) -> Result<Json, RecordError> {
        R::from_json(record).and_then(|record| record.to_atproto())
    }
    let sent = match record["$type"].as_str().unwrap() {
        EntryRecord::COLLECTION => {
            let options = WriteOptions::new().metadata(MetadataForm::Bytes);
            EntryRecord::from_json(record).and_then(|entry| entry.to_atproto_with(&options))
        }
        LabelRecord::COLLECTION => of::<LabelRecord>(record),
        PublishedLens::COLLECTION => of::<PublishedLens>(record),
        LensVerification::COLLECTION => of::<LensVerification>(record),
        other => panic!("a record of the type {other}"),
    };
    sent.map_err(|error| error.problems().iter().map(|problem| problem.pointer().to_owned()).collect())
}

/// A rule of a lexicon beside the place in a record that it is for.
struct Place {
    pointer: String,
    rule: Json,
    required: bool,
}

/// Every place that a lexicon has a rule for, in a record that has them all.
fn places(record: &Json) -> Vec<Place> {
    let nsid = record["$type"].as_str().unwrap();
    let main = &lexicon(nsid)["defs"]["main"];
    assert_eq!((&main["type"], &main["key"]), (&json!("record"), &json!("tid")), "{nsid}");
    let mut places = Vec::new();
    walk(nsid, &main["record"], record, "", true, &mut places);
    places
}

fn walk(nsid: &str, rule: &Json, value: &Json, pointer: &str, required: bool, places: &mut Vec<Place>) {
    places.push(Place { pointer: pointer.to_owned(), rule: rule.clone(), required });
    match rule["type"].as_str().unwrap() {
        "object" => {
            let properties = rule["properties"].as_object().unwrap();
            let open = properties.is_empty();
            let lexicon: BTreeSet<_> = properties.keys().map(String::as_str).collect();
            let written: BTreeSet<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
            let written: BTreeSet<_> = written.into_iter().filter(|key| !open && *key != "$type").collect();
            assert_eq!(written, lexicon, "left: what is written, right: what the lexicon has, at {nsid}{pointer}");
            let required: Vec<_> = rule["required"].as_array().into_iter().flatten().collect();
            for (key, rule) in properties {
                let is_required = required.iter().any(|name| *name == key);
                walk(nsid, rule, &value[key], &format!("{pointer}/{key}"), is_required, places);
            }
        }
        "array" => walk(nsid, &rule["items"], &value[0], &format!("{pointer}/0"), false, places),
        "ref" => follow(nsid, rule["ref"].as_str().unwrap(), value, pointer, required, places),
        "union" => follow(nsid, value["$type"].as_str().unwrap(), value, pointer, required, places),
        "string" | "integer" | "blob" | "bytes" | "unknown" => {}
        other => panic!("a rule of the type {other} at {nsid}{pointer}"),
    }
}

fn follow(nsid: &str, reference: &str, value: &Json, pointer: &str, required: bool, places: &mut Vec<Place>) {
    let (other, name) = reference.split_once('#').unwrap_or((reference, "main"));
    let nsid = if other.is_empty() { nsid } else { other };
    walk(nsid, &lexicon(nsid)["defs"][name], value, pointer, required, places);
}

#[track_caller]
fn assert_fails_at(record: &Json, pointer: &str, what: &str) {
    match sent(record) {
        Ok(_) => panic!("{what} at {pointer} of {} is let through", record["$type"]),
        Err(found) => assert!(found.iter().any(|place| place.starts_with(pointer)), "{what} at {pointer}: {found:?}"),
    }
}

fn with(record: &Json, pointer: &str, value: Json) -> Json {
    let mut record = record.clone();
    *record.pointer_mut(pointer).unwrap() = value;
    record
}

fn without(record: &Json, pointer: &str) -> Json {
    let mut record = record.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    record.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    record
}

#[test]
fn every_property_is_written_and_nothing_else() {
    for record in full_records() {
        assert_eq!(sent(&record).as_ref(), Ok(&record));
        assert!(places(&record).len() > 5);
    }
}

#[test]
fn every_property_is_known_to_the_types() {
    for record in full_records() {
        match record["$type"].as_str().unwrap() {
            EntryRecord::COLLECTION => assert_entry_known(&EntryRecord::from_json(&record).unwrap()),
            LabelRecord::COLLECTION => assert!(LabelRecord::from_json(&record).unwrap().other.is_empty()),
            PublishedLens::COLLECTION => {
                let lens = PublishedLens::from_json(&record).unwrap();
                let codes = [lens.getter_code.unwrap(), lens.putter_code.unwrap()];
                assert!(lens.other.is_empty() && codes.iter().all(|code| code.other.is_empty()));
            }
            _ => {
                let of = LensVerification::from_json(&record).unwrap();
                let (hash, proof) = (of.code_hash.unwrap(), of.proof_ref.unwrap());
                assert!(of.other.is_empty() && hash.other.is_empty() && proof.other.is_empty());
            }
        }
    }
}

fn assert_entry_known(entry: &EntryRecord) {
    let unknown = match &entry.storage {
        Storage::Http(shards) => [shards[0].other.clone(), shards[0].checksum.other.clone()],
        Storage::S3 { shards, .. } => [shards[0].other.clone(), shards[0].checksum.other.clone()],
        Storage::Blobs(shards) => {
            assert!(shards[0].blob.other.is_empty());
            [shards[0].other.clone(), shards[0].checksum.as_ref().unwrap().other.clone()]
        }
        other => panic!("{other:?}"),
    };
    assert!(unknown.iter().chain([&entry.other, &entry.storage_other]).all(serde_json::Map::is_empty), "{entry:?}");
    assert!(entry.size.as_ref().unwrap().other.is_empty());
}

#[test]
fn every_required_property_is_asked_for_and_no_other() {
    for record in full_records() {
        let mut known = BTreeSet::new();
        for place in places(&record) {
            if place.pointer.is_empty() || place.pointer.ends_with("/0") || !known.insert(place.pointer.clone()) {
                continue;
            }
            let record = without(&record, &place.pointer);
            // An entry without tags is sent with none; a lenient reader takes a missing digest for an unknown one.
            let is_filled_in = place.pointer.ends_with("/checksum");
            if place.required && !is_filled_in {
                assert_fails_at(&record, &place.pointer, "nothing");
            } else {
                sent(&record).unwrap_or_else(|found| panic!("without {}: {found:?}", place.pointer));
            }
        }
    }
}

#[test]
fn every_type_is_checked() {
    for record in full_records() {
        for place in places(&record).iter().filter(|place| !place.pointer.is_empty()) {
            for wrong in [json!(true), json!(-1), json!([[]])] {
                let is_fine =
                    wrong.is_array() && place.rule["type"] == "array" && place.rule["items"]["type"] == "array";
                assert!(!is_fine, "no lexicon has lists of lists");
                assert_fails_at(&with(&record, &place.pointer, wrong), &place.pointer, "a wrong type");
            }
        }
    }
}

/// Text of so many bytes that a format allows.
fn text_of(format: Option<&str>, bytes: usize) -> String {
    let start = match format {
        Some("at-uri") => "at://did:plc:abc/a.b.c/",
        Some("uri") => "https://example.org/",
        None => "",
        Some(other) => panic!("text of the format {other} has a limit"),
    };
    format!("{start}{}", "x".repeat(bytes - start.len()))
}

#[test]
fn every_limit_is_held() {
    let mut held = 0;
    for record in full_records() {
        for Place { pointer, rule, .. } in places(&record) {
            let fails = |value: Json, what: &str| assert_fails_at(&with(&record, &pointer, value), &pointer, what);
            let passes = |value: Json, what: &str| {
                let sent = sent(&with(&record, &pointer, value));
                assert!(sent.is_ok(), "{what} at {pointer}: {sent:?}");
            };
            let format = rule["format"].as_str();
            for key in rule.as_object().unwrap().keys() {
                held += 1;
                let number = || usize::try_from(rule[key].as_u64().unwrap()).unwrap();
                let first = || record.pointer(&pointer).unwrap()[0].clone();
                match (rule["type"].as_str().unwrap(), key.as_str()) {
                    ("string", "maxLength") => {
                        passes(text_of(format, number()).into(), "text as long as it may be");
                        fails(text_of(format, number() + 1).into(), "longer text");
                    }
                    ("string", "format") => fails("no format has a space".into(), "text of another format"),
                    ("array", "minLength") => {
                        assert_eq!(number(), 1);
                        fails(json!([]), "an empty list");
                    }
                    ("array", "maxLength") => {
                        passes(vec![first(); number()].into(), "a list as long as it may be");
                        fails(vec![first(); number() + 1].into(), "a longer list");
                    }
                    ("integer", "minimum") => {
                        passes(rule[key].clone(), "the least number");
                        fails((rule[key].as_i64().unwrap() - 1).into(), "a smaller number");
                    }
                    ("blob", "maxSize") => {
                        let with_size = |size: u64| {
                            let mut blob = record.pointer(&pointer).unwrap().clone();
                            blob["size"] = size.into();
                            blob
                        };
                        assert!(WriteOptions::MAX_BLOB <= rule[key].as_u64().unwrap());
                        passes(with_size(WriteOptions::MAX_BLOB), "a blob as large as it may be");
                        fails(with_size(WriteOptions::MAX_BLOB + 1), "a larger blob");
                    }
                    ("blob", "accept") => {
                        assert_eq!(rule[key], json!([BlobRef::TAR]));
                        let mut blob = record.pointer(&pointer).unwrap().clone();
                        blob["mimeType"] = "text/plain".into();
                        fails(blob, "a blob of another type");
                    }
                    ("bytes", "maxLength") => {
                        // Three bytes of head for the map of one text, and five of the text.
                        let of = |bytes: usize| {
                            let text = "x".repeat(bytes - 8);
                            EntryMetadata::Packed([("k", text)].into_iter().collect()).to_json()
                        };
                        passes(of(number()), "bytes as many as may be");
                        fails(of(number() + 1), "more bytes");
                    }
                    ("union", "refs") => fails(json!({"$type": "science.alt.dataset.other"}), "another type"),
                    ("string", "knownValues") => {
                        if pointer == "/verificationMethod" {
                            assert_eq!(rule[key], json!(LensVerification::METHODS));
                        }
                        passes("something later".into(), "a value that is not known");
                    }
                    (_, "type" | "description" | "required" | "properties" | "items" | "ref") => held -= 1,
                    (kind, key) => panic!("nothing holds the rule `{key}` of the {kind} at {pointer}"),
                }
            }
        }
    }
    assert!(held > 60, "{held}");
}

#[test]
fn every_member_of_a_union_is_written() {
    let written: BTreeSet<_> =
        full_records().iter().filter_map(|record| Some(record["storage"]["$type"].as_str()?.to_owned())).collect();
    let refs = &lexicon(EntryRecord::COLLECTION)["defs"]["main"]["record"]["properties"]["storage"]["refs"];
    let refs: BTreeSet<_> = refs.as_array().unwrap().iter().map(|nsid| nsid.as_str().unwrap().to_owned()).collect();
    assert_eq!(written, refs);
}

#[test]
fn storage_that_is_only_read_is_read_whole() {
    let external = &lexicon("science.alt.dataset.storageExternal")["defs"]["main"];
    assert_eq!(external["required"], json!(["urls"]));
    assert_eq!(external["properties"].as_object().unwrap().len(), 1);
    let storage = json!({"$type": "science.alt.dataset.storageExternal", "urls": ["https://example.org/a.tar"]});
    let read = super::stored(&storage).unwrap();
    assert_eq!(read.storage, Storage::External(vec!["https://example.org/a.tar".to_owned()]));
    assert!(super::stored(&without(&storage, "/urls")).is_err());
}

/// Every lexicon is a record, part of one, or named here.
#[test]
fn every_lexicon_is_looked_at() {
    let elsewhere = ["arrayFormat", "resolveLabel", "resolveSchema", "schema", "schemaType"];
    let mut seen: BTreeSet<String> = elsewhere.iter().map(|name| format!("science.alt.dataset.{name}")).collect();
    seen.insert("science.alt.dataset.storageExternal".to_owned());
    for record in full_records() {
        seen.insert(record["$type"].as_str().unwrap().to_owned());
        for place in places(&record) {
            let refs = place.rule["refs"].as_array().into_iter().flatten().chain([&place.rule["ref"]]);
            let nsids = refs.filter_map(Json::as_str).map(|nsid| nsid.split('#').next().unwrap().to_owned());
            seen.extend(nsids.filter(|nsid| !nsid.is_empty()));
        }
    }
    assert_eq!(seen, LEXICONS.iter().map(|lexicon| lexicon.id.to_owned()).collect());
}
