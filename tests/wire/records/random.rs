//! Records that nobody thought of.

use atdata::DictSample;
use atdata::atmosphere::record::{
    AtUri, BlobRef, BlobShard, Checksum, CodeReference, DatasetSize, EntryMetadata, EntryRecord, HttpShard,
    LabelRecord, LensVerification, PublishedLens, S3Shard, Storage, public_url_problem,
};
use atdata::cid::Cid;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,8}", any::<String>(), Just("https://example.org/{0..3}.tar".to_owned())]
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        text().prop_map(Json::from),
        Just(json!({"$bytes": "gaFhAQ"})),
        Just(json!({"$type": "science.alt.dataset.storageHttp", "shards": []})),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![vec(inner.clone(), 0..5).prop_map(Json::from), btree_map(key(), inner, 0..6).prop_map(object)]
    })
}

/// Keys that the types know, and others.
fn key() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "$type",
        "name",
        "storage",
        "shards",
        "blobs",
        "blob",
        "ref",
        "$link",
        "cid",
        "url",
        "checksum",
        "metadata",
        "custom",
        "tags",
        "size",
        "createdAt",
        "getterCode",
        "$bytes",
        "checksums",
    ];
    prop_oneof![proptest::sample::select(KNOWN).prop_map(str::to_owned), "[a-z~/]{0,4}"]
}

fn object(members: std::collections::BTreeMap<String, Json>) -> Json {
    members.into_iter().collect::<Map<_, _>>().into()
}

/// Members that no type knows.
fn other() -> impl Strategy<Value = Map<String, Json>> {
    btree_map("x-[a-z]{1,3}", any_json(), 0..3).prop_map(|members| members.into_iter().collect())
}

fn checksum() -> impl Strategy<Value = Checksum> {
    (text(), text(), other()).prop_map(|(algorithm, digest, other)| {
        let mut checksum = Checksum::new(algorithm, digest);
        checksum.other = other;
        checksum
    })
}

fn blob() -> impl Strategy<Value = BlobRef> {
    (any::<[u8; 4]>(), text(), any::<u64>(), other()).prop_map(|(bytes, kind, size, other)| {
        let mut blob = BlobRef::new(Cid::of_raw(&bytes), kind, size);
        blob.other = other;
        blob
    })
}

fn storage() -> impl Strategy<Value = Storage> {
    let http = (text(), checksum(), other()).prop_map(|(url, checksum, other)| {
        let mut shard = HttpShard::new(url, checksum);
        shard.other = other;
        shard
    });
    let s3 = (text(), checksum(), other()).prop_map(|(key, checksum, other)| {
        let mut shard = S3Shard::new(key, checksum);
        shard.other = other;
        shard
    });
    let blobs = (blob(), of(checksum()), other()).prop_map(|(blob, checksum, other)| {
        let mut shard = BlobShard::new(blob, checksum);
        shard.other = other;
        shard
    });
    prop_oneof![
        vec(http, 0..4).prop_map(Storage::Http),
        (text(), vec(s3, 0..4), of(text()), of(text())).prop_map(|(bucket, shards, region, endpoint)| Storage::S3 {
            bucket,
            shards,
            region,
            endpoint
        }),
        vec(blobs, 0..4).prop_map(Storage::Blobs),
    ]
}

fn metadata() -> impl Strategy<Value = EntryMetadata> {
    let members = btree_map("[a-z]{1,5}", any_json(), 0..4);
    prop_oneof![
        members.prop_map(|members| EntryMetadata::Object(members.into_iter().collect())),
        vec((text(), any::<i64>()), 0..4).prop_map(|fields| EntryMetadata::Packed(fields.into_iter().collect())),
    ]
}

fn entry() -> impl Strategy<Value = EntryRecord> {
    let numbers = (of(any::<u64>()), of(any::<u64>()), of(any::<u64>()), other());
    let size = numbers.prop_map(|(samples, bytes, shards, other)| {
        let mut size = DatasetSize::new(samples, bytes, shards);
        size.other = other;
        size
    });
    let texts = (text(), text(), text(), of(text()), of(text()), of(text()));
    let parts = (storage(), other(), of(metadata()), of(vec(text(), 0..3)), of(size), of(other()), other());
    (texts, parts).prop_map(|((name, schema, time, description, license, content_schema), parts)| {
        let (storage, storage_other, metadata, tags, size, content, other) = parts;
        let mut entry = EntryRecord::new(name, schema, storage).created_at(time).with_metadata(metadata);
        entry.storage_other = storage_other;
        entry.description = description;
        entry.license = license;
        entry.tags = tags;
        entry.size = size;
        entry.metadata_schema_ref = content_schema;
        entry.content_metadata = content;
        entry.other = other;
        entry
    })
}

fn code() -> impl Strategy<Value = CodeReference> {
    (text(), text(), text(), of(text()), of(text()), other()).prop_map(
        |(repository, commit, path, branch, language, other)| {
            let mut code = CodeReference::new(repository, commit, path);
            code.branch = branch;
            code.language = language;
            code.other = other;
            code
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_entry_that_is_written_is_read_as_it_was(entry in entry()) {
        let json = entry.to_json();
        let read = EntryRecord::from_json(&json).unwrap();
        prop_assert_eq!(&read, &entry);
        // And through text, as a server keeps it.
        let text: Json = serde_json::from_str(&json.to_string()).unwrap();
        prop_assert_eq!(EntryRecord::from_json(&text).unwrap().to_json().to_string(), json.to_string());
        let _ = (entry.to_atproto(), entry.to_entry("did:plc:abc"));
    }

    #[test]
    fn what_is_sent_is_read_as_it_was(
        ((name, description, license), tags, metadata, content) in (
            ("[a-z]{1,20}", of("[a-z ]{0,50}"), of("[A-Z]{1,9}")),
            vec("[a-z]{0,9}", 0..30),
            vec(("[a-z]{1,4}", -1_000_000_i64..1_000_000), 1..5),
            of(btree_map("[a-z]{1,4}", any::<i32>(), 0..4)),
        )
    ) {
        let flat: DictSample = metadata.into_iter().collect();
        let mut entry = super::entry().with_metadata(EntryMetadata::from_sample(&flat).unwrap()).with_tags(tags);
        (entry.name, entry.description, entry.license) = (name, description, license);
        entry.content_metadata = content.map(|content| content.into_iter().map(|(key, value)| (key, value.into())).collect());
        prop_assert_eq!(EntryRecord::from_json(&entry.to_atproto().unwrap()).unwrap(), entry);
    }

    #[test]
    fn the_other_records_are_read_as_they_were(
        (texts, getter, putter, hash, rest) in (vec(text(), 6), of(code()), of(code()), of(checksum()), other()),
        (optional, object) in ((of(text()), of(text()), of(text())), of(other())),
    ) {
        let [name, first, second, time, method, description] = texts.as_slice() else { unreachable!() };
        let mut label = LabelRecord::new(name, first).created_at(time).with_description(description);
        label.version.clone_from(&optional.0);
        label.other.clone_from(&rest);
        prop_assert_eq!(LabelRecord::from_json(&label.to_json()).unwrap(), label);

        let mut of = LensVerification::new(first, second, method).created_at(time);
        (of.code_hash, of.proof_ref, of.description) = (hash, getter.clone(), optional.1.clone());
        of.other.clone_from(&rest);
        prop_assert_eq!(LensVerification::from_json(&of.to_json()).unwrap(), of);

        let code = CodeReference::new("", "", "");
        let mut lens = PublishedLens::new(name, first, second, code.clone(), code).created_at(time);
        (lens.getter_code, lens.putter_code, lens.metadata) = (getter, putter, object);
        (lens.language, lens.source_schema_version, lens.target_schema_version) = optional;
        lens.other = rest;
        prop_assert_eq!(PublishedLens::from_json(&lens.to_json()).unwrap(), lens);
    }

    #[test]
    fn no_json_is_too_strange(value in any_json(), members in btree_map(key(), any_json(), 0..8)) {
        for nsid in ["entry", "label", "lens", "lensVerification"] {
            let mut record = object(members.clone());
            record["$type"] = format!("science.alt.dataset.{nsid}").into();
            for json in [&value, &record] {
                if let Ok(entry) = EntryRecord::from_json(json) {
                    let _ = (entry.to_atproto(), entry.to_entry("did:plc:abc"));
                }
                let _ = (LabelRecord::from_json(json), PublishedLens::from_json(json), LensVerification::from_json(json));
                let _ = BlobRef::from_json(json);
            }
        }
        let in_entry = super::entry_json(&members.iter().map(|(key, value)| (key.as_str(), value.clone())).collect::<Vec<_>>());
        if let Ok(entry) = EntryRecord::from_json(&in_entry) {
            let again = EntryRecord::from_json(&entry.to_json()).unwrap();
            prop_assert_eq!(again.to_json(), entry.to_json());
            let _ = (entry.to_atproto(), entry.to_entry("did:plc:abc"));
        }
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>(), tail in "[ -~]{0,20}") {
        for text in [text.clone(), format!("at://{text}"), format!("https://{tail}"), format!("s3://{tail}"), format!("{tail}{text}")] {
            let _ = public_url_problem(&text);
            if let Ok(uri) = text.parse::<AtUri>() {
                prop_assert_eq!(uri.to_string(), text);
                prop_assert_eq!(AtUri::new(uri.authority(), uri.collection(), uri.rkey()).unwrap(), uri);
            }
        }
    }
}
