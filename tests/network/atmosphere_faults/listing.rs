//! Listings of servers that come to no end.

use atdata::{Error, ErrorKind};
use atdata_tests::services::faulty::Reply;
use serde_json::{Map, Value, json};

use super::{DID, ENTRY, SCHEMA, asked, builder, found, pds, uri};

#[test]
fn a_listing_ends_whatever_the_server_sends() {
    let list = |answer: Value| {
        let server = pds(move |_| Reply::json(200, &answer));
        let records: Vec<_> = builder(&server).anonymous().unwrap().list_records(DID, SCHEMA).unwrap().collect();
        (records.len(), records.last().and_then(|record| record.as_ref().err()).map(Error::kind))
    };
    let record = found(&uri().to_string());
    // Behind an empty page there may be more; not behind the same cursor again.
    assert_eq!(list(json!({"records": [], "cursor": "more"})), (1, Some(ErrorKind::Io)));
    assert_eq!(list(json!({"records": [], "cursor": ""})), (0, None));
    assert_eq!(list(json!({"records": [record]})), (1, None));
    // The second page is the first again.
    assert_eq!(list(json!({"records": [record], "cursor": "same"})), (2, Some(ErrorKind::Io)));
    assert_eq!(list(json!({"records": [record, found("at://did:plc:other/a.b.c/x")]})), (1, Some(ErrorKind::Io)));
    assert_eq!(list(json!({"cursor": "x"})), (1, Some(ErrorKind::Io)));
}

#[test]
fn an_empty_page_is_not_the_end_and_a_circle_of_cursors_is_an_error() {
    let list = |pages: Vec<Value>| {
        let server = pds(move |request| {
            let cursor = request.path.split_once("cursor=").map_or("0", |(_, rest)| rest.split('&').next().unwrap());
            Reply::json(200, &pages[cursor.parse::<usize>().unwrap()])
        });
        let records: Vec<_> = builder(&server).anonymous().unwrap().list_records(DID, SCHEMA).unwrap().collect();
        (records.len(), records.last().and_then(|record| record.as_ref().err()).map(Error::kind))
    };
    let record = found(&uri().to_string());
    let behind = vec![
        json!({"records": [record], "cursor": "1"}),
        json!({"records": [], "cursor": "2"}),
        json!({"records": [record]}),
    ];
    assert_eq!(list(behind), (2, None));
    let circle = vec![
        json!({"records": [record], "cursor": "1"}),
        json!({"records": [record], "cursor": "2"}),
        json!({"records": [], "cursor": "1"}),
    ];
    assert_eq!(list(circle), (3, Some(ErrorKind::Io)));
}

#[test]
fn a_listing_without_an_end_is_left() {
    let server = pds(|request| Reply::json(200, &json!({"records": [], "cursor": request.number.to_string()})));
    let error = builder(&server).anonymous().unwrap().schemas(DID).unwrap_err();
    assert_eq!((error.kind(), asked(&server, "listRecords").len()), (ErrorKind::Io, 2000), "{error}");
    assert!(error.to_string().ends_with("makes no sense: expected at most 2000 pages, it has more"), "{error}");
}

#[test]
fn a_listing_of_endless_bytes_is_left() {
    // A page may be large, but not each of them.
    let page = |number: usize| {
        let mut page = format!(r#"{{"records": [], "cursor": "{number}""#).into_bytes();
        page.resize(100 << 20, b' ');
        page.push(b'}');
        page
    };
    let server = pds(move |request| Reply::whole(&page(request.number), "page"));
    let error = builder(&server).anonymous().unwrap().schemas(DID).unwrap_err();
    assert_eq!((error.kind(), asked(&server, "listRecords").len()), (ErrorKind::Io, 3), "{error}");
    assert!(error.to_string().ends_with("expected pages of at most 256 MiB, they have more"), "{error}");
}

/// All labels are looked at once, whether or not there is one of that name and version.
#[test]
fn a_version_that_is_not_there_costs_one_listing() {
    let label = |version: &str| {
        let uri = format!("at://{DID}/science.alt.dataset.label/{version}");
        let value = json!({
            "$type": "science.alt.dataset.label",
            "name": "x",
            "version": version,
            "datasetUri": format!("at://{DID}/science.alt.dataset.entry/3k2akr3rjp22x"),
            "createdAt": "2026-03-01T12:00:00Z",
        });
        json!({"uri": uri, "cid": super::CID, "value": value})
    };
    let labels = [label("1.0.0"), label("2.0.0")];
    let server = pds(move |request| {
        let is_current = request.path.contains("collection=science.alt.dataset.label");
        Reply::json(200, &json!({"records": if is_current { labels.to_vec() } else { Vec::new() }}))
    });
    let error = builder(&server).anonymous().unwrap().entry(&format!("@{DID}/x@9.9.9")).unwrap_err();
    assert!(error.to_string().contains("\"1.0.0\", \"2.0.0\""), "{error}");
    // Those of today, and those from before the namespace changed.
    assert_eq!(asked(&server, "listRecords").len(), 2);
}

/// Who publishes asks the own server once which collections there are, and for no others.
#[test]
fn collections_that_are_not_there_are_not_listed() {
    let server = pds(|request| match &request.path {
        path if path.contains("describeRepo") => Reply::json(200, &json!({"collections": [SCHEMA]})),
        path if path.contains("listRecords") => Reply::json(200, &json!({"records": []})),
        _ => {
            let input: Value = serde_json::from_slice(&request.body).unwrap();
            let uri =
                format!("at://{DID}/{}/{}", input["collection"].as_str().unwrap(), input["rkey"].as_str().unwrap());
            Reply::json(200, &json!({"uri": uri, "cid": super::CID}))
        }
    });
    let atmosphere = builder(&server).login("alice.test", "pass").unwrap();
    let dataset = atdata::Dataset::<atdata::DictSample>::open("https://example.invalid/a.tar").unwrap();
    let schema = format!("at://{DID}/{SCHEMA}/3k2akr3rjp22x");
    let options = atdata::atmosphere::PublishOptions::new().schema(schema).unknown_checksums(true);
    atmosphere.publish_dataset("x", &dataset, &options).unwrap();
    assert_eq!((asked(&server, "describeRepo").len(), asked(&server, "listRecords").len()), (1, 0));
    assert_eq!(asked(&server, "createRecord").len(), 2, "the entry and its label");
}

/// A record of an account, in its collection.
fn record(collection: &str, key: &str, value: &Value) -> Value {
    json!({"uri": format!("at://{DID}/{collection}/{key}"), "cid": super::CID, "value": value})
}

/// A dataset of that day; one that cannot be read is kept on a tape.
fn dataset(key: &str, name: &str, day: u8, sound: bool) -> Value {
    let shards = [json!({"url": "https://example.invalid/a.tar", "checksum": {"algorithm": "none", "digest": ""}})];
    let kind = if sound { "storageHttp" } else { "storageTape" };
    let value = json!({
        "$type": ENTRY,
        "name": name,
        "schemaRef": format!("at://{DID}/{SCHEMA}/3k2akr3rjp22x"),
        "storage": {"$type": format!("science.alt.dataset.{kind}"), "shards": shards},
        "createdAt": format!("2026-03-{day:02}T12:00:00Z"),
    });
    record(ENTRY, key, &value)
}

/// A label of that day; one that cannot be read does not say what it is of.
fn label_of(key: &str, name: &str, version: &str, day: u8, dataset: Option<&str>) -> Value {
    let value = json!({
        "$type": LABEL,
        "name": name,
        "version": version,
        "datasetUri": dataset.map(|key| format!("at://{DID}/{ENTRY}/{key}")),
        "createdAt": format!("2026-03-{day:02}T12:00:00Z"),
    });
    record(LABEL, key, &value)
}

const LABEL: &str = "science.alt.dataset.label";

/// What is older is not what a name means, and what cannot be read is not missing.
#[test]
fn a_record_that_cannot_be_read_hides_behind_no_older_one() {
    let datasets = vec![
        dataset("1", "a", 1, true),
        dataset("2", "a", 2, false),
        dataset("3", "b", 1, false),
        dataset("4", "b", 2, true),
        dataset("5", "lost", 1, false),
    ];
    let labels = vec![
        label_of("1", "x", "1.0.0", 1, Some("1")),
        label_of("2", "x", "2.0.0", 2, None),
        label_of("3", "y", "1.0.0", 2, Some("4")),
        label_of("4", "y", "1.0.0", 1, None),
    ];
    let server = pds(move |request| {
        let of = |collection: &str| {
            request.path.contains(&format!("collection={collection}&")) || request.path.ends_with(collection)
        };
        match &request.path {
            path if path.contains("getRecord") => {
                let key = path.split("rkey=").nth(1).unwrap().split('&').next().unwrap();
                Reply::json(200, &datasets[key.parse::<usize>().unwrap() - 1])
            }
            _ if of(ENTRY) => Reply::json(200, &json!({"records": datasets})),
            _ if of(LABEL) => Reply::json(200, &json!({"records": labels})),
            _ => Reply::json(200, &json!({"records": []})),
        }
    });
    let atmosphere = builder(&server).anonymous().unwrap();
    let entry = |name: &str| atmosphere.entry(&format!("@{DID}/{name}")).map(|entry| entry.uri.rkey().to_owned());
    let refused = |name: &str, kind: &str, newest: &str| {
        let error = entry(name).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::InvalidInput, Some(newest)), "{error}");
        assert!(error.to_string().contains(kind), "{error}");
        error.to_string()
    };
    let at = |collection: &str, key: &str| format!("at://{DID}/{collection}/{key}");
    let told = refused("a", "the newest dataset \"a\" cannot be read: ", &at(ENTRY, "2"));
    assert!(
        told.contains("storageTape") && told.contains(&format!("the one before it is at {}", at(ENTRY, "1"))),
        "{told}"
    );
    assert_eq!(entry("b").unwrap(), "4", "an older one is nothing to whoever asks for the newest");
    refused("lost", "storageTape", &at(ENTRY, "5"));
    refused("x", "the newest label \"x\" cannot be read: ", &at(LABEL, "2"));
    assert_eq!(entry("x@1.0.0").unwrap(), "1");
    refused("x@2.0.0", "/datasetUri: expected", &at(LABEL, "2"));
    assert_eq!(entry("y@1.0.0").unwrap(), "4");
    assert!(entry("x@3.0.0").unwrap_err().to_string().contains("has published no label \"x@3.0.0\""));
    assert_eq!(atmosphere.label(DID, "x", None).unwrap_err().kind(), ErrorKind::InvalidInput);
    // A listing has both.
    let (found, unreadable) = atmosphere.listing(DID).unwrap();
    assert_eq!((found.len(), unreadable.len()), (2, 3));
    assert!(unreadable.iter().all(|error| error.to_string().contains("storageTape")), "{unreadable:?}");
}

/// Whatever it is that is wrong with a record, who asks by its name is told what who asks by its URI is, and a listing says
/// the same of what it leaves out.
#[test]
fn a_record_that_cannot_be_read_is_told_by_name_as_by_its_uri() {
    let with = |key: &str, name: &str, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut record = dataset(key, name, 1, true);
        change(record["value"].as_object_mut().unwrap());
        record
    };
    let cases = [
        ("storage", "storageTape", dataset("1", "storage", 1, false)),
        ("undated", "createdAt", with("2", "undated", &|value| drop(value.remove("createdAt")))),
        ("tagged", "/tags", with("3", "tagged", &|value| drop(value.insert("tags".into(), json!("birds"))))),
        ("blank", "schemaRef", with("4", "blank", &|value| drop(value.remove("schemaRef")))),
    ];
    let records = cases.clone().map(|(_, _, record)| record);
    let server = pds(move |request| match &request.path {
        path if path.contains("getRecord") => {
            let key = path.split("rkey=").nth(1).unwrap().split('&').next().unwrap();
            Reply::json(200, &records[key.parse::<usize>().unwrap() - 1])
        }
        path if path.contains(&format!("collection={ENTRY}")) => Reply::json(200, &json!({"records": records})),
        _ => Reply::json(200, &json!({"records": []})),
    });
    let atmosphere = builder(&server).anonymous().unwrap();
    let (found, unreadable) = atmosphere.listing(DID).unwrap();
    assert!(found.is_empty() && unreadable.len() == cases.len(), "{unreadable:?}");
    for (name, wrong, record) in cases {
        let uri = record["uri"].as_str().unwrap();
        let by_uri = atmosphere.entry(uri).unwrap_err();
        let by_name = atmosphere.entry(&format!("@{DID}/{name}")).unwrap_err();
        let (told, text) = (format!("{by_name:#}"), format!("{by_uri:#}"));
        assert!(told == text && told.contains(wrong) && told.contains(uri), "{name}: {told}, by URI {text}");
        assert_eq!((by_name.kind(), by_uri.kind()), (ErrorKind::InvalidInput, ErrorKind::InvalidInput), "{told}");
        assert!(unreadable.iter().any(|error| format!("{error:#}") == told), "{name}: {unreadable:?}");
    }
}
