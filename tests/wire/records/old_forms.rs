//! Records of older releases are read, and written in the current form.

use atdata::Value;
use atdata::atmosphere::record::{EntryRecord, LabelRecord, PublishedLens, Storage};
use atdata::schema::SchemaRecord;
use serde_json::{Value as Json, json};

use super::{TIME, problems, stored, tar_blob};

fn old_entry(storage: &Json) -> Json {
    json!({"$type": "ac.foundation.dataset.record", "name": "mnist",
        "schemaRef": "at://did:plc:abc/ac.foundation.dataset.sampleSchema/3k2", "storage": storage, "createdAt": TIME,
        "metadata": {"$bytes": "gaVzcGxpdKF0"}, "license": "MIT"})
}

#[test]
fn an_entry_of_the_old_namespace_is_written_in_the_new_one() {
    let storage =
        json!({"$type": "ac.foundation.dataset.storageExternal", "urls": ["s3://bucket/d-{000000..000002}.tar"]});
    let entry = EntryRecord::from_json(&old_entry(&storage)).unwrap();
    assert_eq!(entry.metadata.as_ref().unwrap().to_sample().get("split").and_then(Value::as_str), Some("t"));
    let urls: Vec<_> = entry.shard_urls("did:plc:abc").unwrap().into_iter().map(|shard| shard.url).collect();
    assert_eq!(urls, ["s3://bucket/d-000000.tar", "s3://bucket/d-000001.tar", "s3://bucket/d-000002.tar"]);
    let written = entry.to_json();
    assert_eq!(written["$type"], "science.alt.dataset.entry");
    assert_eq!(written["storage"]["$type"], "science.alt.dataset.storageHttp");
    // Tags are left as absent as they were until the entry is sent.
    assert_eq!(written.get("tags"), None);
    let sent = entry.to_atproto().unwrap();
    assert_eq!((&sent["tags"], &sent["metadata"]), (&json!([]), &json!({"split": "t"})));
}

#[test]
fn blobs_are_read_bare_wrapped_and_without_a_type() {
    let bare = tar_blob(b"a");
    let cid = &bare["ref"]["$link"];
    let blobs = [
        bare.clone(),
        json!({"blob": bare}),
        json!({"cid": cid, "mimeType": "application/x-tar"}),
        json!({"blob": {"cid": cid, "mimeType": "application/x-tar", "size": -1}}),
        json!({"$type": "ac.foundation.dataset.storageBlobs#blobEntry", "blob": bare}),
    ];
    for namespace in ["ac.foundation", "science.alt"] {
        let storage = json!({"$type": format!("{namespace}.dataset.storageBlobs"), "blobs": blobs});
        let entry = EntryRecord::from_json(&old_entry(&storage)).unwrap();
        let Storage::Blobs(shards) = &entry.storage else { panic!("{entry:?}") };
        assert!(shards.iter().all(|shard| shard.blob.cid.to_string() == *cid && shard.other.is_empty()));
        assert_eq!(
            shards.iter().map(|shard| shard.blob.size).collect::<Vec<_>>(),
            [Some(1), Some(1), None, None, Some(1)]
        );
        let written = entry.to_json();
        assert_eq!(written["storage"]["blobs"][0], json!({"blob": bare}));
        assert_eq!(written["storage"]["blobs"][2]["blob"]["ref"], json!({"$link": cid}));
        // To be sent a blob needs its size.
        let found = problems(entry.to_atproto());
        assert_eq!(found[0], "at /storage/blobs/2/blob/size: expected the number of bytes of the blob, found nothing");
    }
}

#[test]
fn a_lens_without_code_is_read_and_not_sent() {
    let json = json!({"$type": "ac.foundation.dataset.lens", "name": "l", "sourceSchema": "at://did:plc:abc/a.b.c/1",
        "targetSchema": "at://did:plc:abc/a.b.c/2", "createdAt": TIME,
        "getterCode": {"repository": "r", "commit": "c", "path": "p"}});
    let lens = PublishedLens::from_json(&json).unwrap();
    assert_eq!((lens.getter_code.as_ref().unwrap().path.as_str(), &lens.putter_code), ("p", &None));
    assert_eq!(lens.to_json()["$type"], "science.alt.dataset.lens");
    assert_eq!(problems(lens.to_atproto()), ["at /putterCode: expected what its lexicon demands, found nothing"]);
}

#[test]
fn labels_and_schemas_of_the_old_namespace_are_read() {
    let label = json!({"$type": "ac.foundation.dataset.label", "name": "l", "createdAt": TIME,
        "datasetUri": "at://did:plc:abc/ac.foundation.dataset.record/1"});
    assert_eq!(LabelRecord::from_json(&label).unwrap().to_json()["$type"], "science.alt.dataset.label");

    let body = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    for kind in ["schema", "sampleSchema"] {
        for version in ["$atdataSchemaVersion", "atdataSchemaVersion"] {
            let mut schema = json!({"$type": format!("ac.foundation.dataset.{kind}"), "name": "T", "version": "1.0.0",
                "schemaType": "jsonSchema", "schema": body, "createdAt": TIME});
            schema[version] = 1.into();
            assert_eq!(
                SchemaRecord::from_json(&schema).unwrap().to_atproto().unwrap()["$type"],
                "science.alt.dataset.schema"
            );
            schema[version] = 2.into();
            assert!(SchemaRecord::from_json(&schema).is_err());
        }
    }
    let fields = json!({"$type": "ac.foundation.dataset.sampleSchema", "name": "T", "version": "1.0.0", "fields": [
        {"name": "a", "fieldType": {"$type": "ac.foundation.dataset.schemaType#primitive", "primitive": "str"}}]});
    assert_eq!(SchemaRecord::from_json(&fields).unwrap().schema.fields.len(), 1);
}

#[test]
fn another_type_is_refused() {
    let as_type = |nsid: Json| {
        let mut json = super::entry().to_json();
        json["$type"] = nsid;
        EntryRecord::from_json(&json)
    };
    for good in ["science.alt.dataset.entry", "science.alt.dataset.entry#main", "ac.foundation.dataset.record"] {
        as_type(good.into()).unwrap();
    }
    for bad in [
        json!("science.alt.dataset.record"),
        json!("science.alt.dataset.label"),
        json!("science.alt.dataset.entry#shardChecksum"),
        json!("entry"),
        json!(""),
        json!(null),
        json!(3),
        json!(["science.alt.dataset.entry"]),
    ] {
        let found = problems(as_type(bad.clone()));
        assert!(found[0].starts_with("at /$type: expected the type of an entry"), "{bad}: {found:?}");
    }
    assert!(stored(&json!({"$type": "science.alt.dataset.storageFtp", "shards": []})).is_err());
    let label = super::entry().to_json();
    assert!(LabelRecord::from_json(&label).is_err() && PublishedLens::from_json(&label).is_err());
}

#[test]
fn what_is_not_known_is_kept() {
    let mut json = json!({"$type": "science.alt.dataset.entry", "name": "d", "schemaRef": super::SCHEMA, "storage": {
            "$type": "science.alt.dataset.storageBlobs", "mirror": {"a": [1, null]}, "blobs": [
                {"blob": tar_blob(b"a"), "checksum": {"algorithm": "sha256", "digest": "0", "later": 1}, "samples": 5}]},
        "createdAt": TIME, "size": {"samples": 1, "classes": 10}, "metadata": {"split": "x", "unknown": [1]},
        "manifests": [{"header": tar_blob(b"m")}], "x-note": null});
    json["storage"]["blobs"][0]["blob"]["later"] = json!("y");
    assert_eq!(EntryRecord::from_json(&json).unwrap().to_json(), json);
    // The same for a storage that is written as another.
    let external = json!({"$type": "science.alt.dataset.storageExternal", "urls": ["https://h/a"], "mirror": 1});
    let written = stored(&external).unwrap().to_json();
    assert_eq!(written["storage"]["mirror"], 1);
}
