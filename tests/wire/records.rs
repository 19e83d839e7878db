//! Records of the network: Python's are read, made again and written alike; what may not be sent is found before it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod build;
mod check;
mod convert;
mod drift;
mod fixture;
mod hostile;
mod old_forms;
mod random;

use atdata::atmosphere::record::{
    EntryRecord, HttpShard, LabelRecord, LensVerification, PublishedLens, Record, Storage,
};
use atdata::schema::{RecordError, SchemaRecord};
use serde_json::{Value as Json, json};

pub(crate) const SCHEMA: &str = "at://did:plc:abc123/science.alt.dataset.schema/x";
pub(crate) const TIME: &str = "2026-03-01T12:00:00+00:00";

/// Reads a record as what its `$type` says, and gives what is written again.
#[track_caller]
pub(crate) fn rewritten(record: &Json) -> Json {
    let fine = |result: Result<Json, RecordError>| result.unwrap_or_else(|error| panic!("{error}\n{record:#}"));
    match record["$type"].as_str() {
        Some(EntryRecord::COLLECTION) => fine(EntryRecord::from_json(record).map(|entry| entry.to_json())),
        Some(LabelRecord::COLLECTION) => fine(LabelRecord::from_json(record).map(|label| label.to_json())),
        Some(PublishedLens::COLLECTION) => fine(PublishedLens::from_json(record).map(|lens| lens.to_json())),
        Some(LensVerification::COLLECTION) => fine(LensVerification::from_json(record).map(|of| of.to_json())),
        Some(SchemaRecord::COLLECTION) => fine(SchemaRecord::from_json(record).and_then(|schema| schema.to_atproto())),
        other => panic!("a record of the type {other:?}"),
    }
}

/// An entry with one shard at that URL.
pub(crate) fn entry_at(url: &str) -> EntryRecord {
    let shard = HttpShard::new(url, atdata::atmosphere::record::Checksum::unknown());
    EntryRecord::new("d", SCHEMA, Storage::Http(vec![shard])).created_at(TIME)
}

pub(crate) fn entry() -> EntryRecord {
    entry_at("https://example.org/a.tar")
}

/// The JSON of [`entry`], with other members.
pub(crate) fn entry_json(members: &[(&str, Json)]) -> Json {
    let mut json = entry().to_json();
    for (key, value) in members {
        json[*key] = value.clone();
    }
    json
}

/// An entry whose storage is that JSON.
pub(crate) fn stored(storage: &Json) -> Result<EntryRecord, RecordError> {
    EntryRecord::from_json(&entry_json(&[("storage", storage.clone())]))
}

/// The problems, one to a text.
pub(crate) fn problems<T: std::fmt::Debug>(result: Result<T, RecordError>) -> Vec<String> {
    result.unwrap_err().problems().iter().map(ToString::to_string).collect()
}

pub(crate) fn tar_blob(bytes: &[u8]) -> Json {
    let cid = atdata::cid::Cid::of_raw(bytes).to_string();
    json!({"$type": "blob", "ref": {"$link": cid}, "mimeType": "application/x-tar", "size": bytes.len()})
}
