//! Redis: Python's keys, written by a plain client as Python writes them, before and beside our own.

use std::collections::{BTreeMap, HashSet};

use atdata::index::{Document, DocumentKind, Entry, Index, Label, Provider, Redis, Search};
use atdata::{DictSample, ErrorKind, Packable};
use atdata_tests::fixtures;
use redis::{Commands, Connection};

use super::{entry, labelled, redis};

/// What Python's client does, on a database of its own.
struct Python {
    url: String,
    connection: Connection,
}

impl Python {
    fn new() -> Self {
        let url = redis().database();
        let connection = redis::Client::open(&*url).unwrap().get_connection().unwrap();
        Self { url, connection }
    }

    fn provider(&self) -> Redis {
        Redis::connect(&self.url).unwrap()
    }

    /// `store_entry`, which leaves the fields of an older entry as they are.
    fn store_entry(&mut self, entry: &Entry) {
        let mut fields = vec![
            ("name", entry.name.clone().into_bytes()),
            ("schema_ref", entry.schema_ref.clone().into_bytes()),
            ("data_urls", entry.stored_urls()),
            ("cid", entry.cid.clone().into_bytes()),
        ];
        fields.extend(entry.stored_metadata().map(|metadata| ("metadata", metadata)));
        let () = self.connection.hset_multiple(format!("LocalDatasetEntry:{}", entry.cid), &fields).unwrap();
    }

    /// `store_label`.
    fn store_label(&mut self, name: &str, version: &str, cid: &str) {
        let fields = [("cid", cid), ("name", name), ("version", version)];
        let () = self.connection.hset_multiple(format!("Label:{name}@{version}"), &fields).unwrap();
    }

    fn keys(&mut self) -> HashSet<String> {
        self.connection.keys::<_, Vec<String>>("*").unwrap().into_iter().collect()
    }

    fn hash(&mut self, key: &str) -> BTreeMap<String, Vec<u8>> {
        self.connection.hgetall(key).unwrap()
    }

    /// How often each command has been called since the last time this was asked.
    fn calls(&mut self) -> BTreeMap<String, u64> {
        let info: String = redis::cmd("INFO").arg("commandstats").query(&mut self.connection).unwrap();
        let () = redis::cmd("CONFIG").arg("RESETSTAT").query(&mut self.connection).unwrap();
        let lines = info.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(":calls="));
        lines.map(|(name, rest)| (name.into(), rest.split(',').next().unwrap().parse().unwrap())).collect()
    }
}

const OURS: [&str; 3] = ["atdata:index", "atdata:index:names", "atdata:index:labels"];

#[test]
fn the_keys_are_those_of_python_and_three_that_it_does_not_look_at() {
    let mut python = Python::new();
    let provider = python.provider();
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    let stored = entry("a*b@c", 1).with_metadata(metadata.clone());
    let label = Label::new("a*b@c", &stored.cid).with_version("1.0.0").with_description("why".to_owned());
    provider.register(&stored, &label).unwrap();
    provider.put_label(&labelled(&stored)).unwrap();
    provider.add_document(DocumentKind::Schema, &Document::new("Sample", "1.0.0", "{schema}")).unwrap();
    provider.add_document(DocumentKind::Lens, &Document::new("lens", "1.0.0", "{lens}")).unwrap();

    let entry_key = format!("LocalDatasetEntry:{}", stored.cid);
    let of_python =
        [&*entry_key, "Label:a*b@c@1.0.0", "Label:a*b@c@", "LocalSchema:Sample@1.0.0", "LocalLens:lens@1.0.0"];
    let expected: HashSet<_> = of_python.iter().chain(&OURS).map(|&key| key.to_owned()).collect();
    assert_eq!(python.keys(), expected);

    let text = |text: &str| text.as_bytes().to_vec();
    let expected = [
        ("cid", text(&stored.cid)),
        ("name", text("a*b@c")),
        ("schema_ref", text("atdata://local/schema/Sample@1.0.0")),
        ("data_urls", [&[0x91, 0xb0][..], b"/data/000001.tar"].concat()),
        ("metadata", metadata.pack()),
    ];
    assert_eq!(python.hash(&entry_key), expected.map(|(name, value)| (name.to_owned(), value)).into());
    let mut found = python.hash("Label:a*b@c@1.0.0");
    let at: i64 = String::from_utf8(found.remove("created_at").unwrap()).unwrap().parse().unwrap();
    assert!(at > 1_700_000_000_000_000, "microseconds: {at}");
    let expected = [("cid", &*stored.cid), ("created_cid", &stored.cid), ("description", "why"), ("name", "a*b@c")];
    let expected = expected.into_iter().chain([("version", "1.0.0")]);
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), text(value))).collect());
    assert_eq!(python.hash("Label:a*b@c@")["version"], b"");
    assert_eq!(python.connection.get::<_, String>("LocalSchema:Sample@1.0.0").unwrap(), "{schema}");
    assert_eq!(python.connection.get::<_, String>("LocalLens:lens@1.0.0").unwrap(), "{lens}");
}

#[test]
fn a_lookup_by_name_is_one_round_trip_however_many_entries_there_are() {
    // Of its own, for what is counted is counted for the whole server.
    let server = atdata_tests::services::Redis::start();
    let url = server.database();
    let connection = redis::Client::open(&*url).unwrap().get_connection().unwrap();
    let mut python = Python { url, connection };
    let provider = python.provider();
    for number in 0..500 {
        let entry = entry(&format!("dataset {number}"), number);
        provider.register(&entry, &labelled(&entry).with_version("1.0.0")).unwrap();
        provider.put_label(&labelled(&entry).with_version("0.9.0")).unwrap();
    }
    let once = |python: &mut Python, what: &str, lookup: &dyn Fn()| {
        lookup();
        python.calls();
        lookup();
        let calls = python.calls();
        let sent: u64 = ["evalsha", "eval", "scan", "script|load"].iter().filter_map(|name| calls.get(*name)).sum();
        let direct = calls.get("hgetall").copied().unwrap_or_default();
        assert!(sent == 1 && calls.get("evalsha") == Some(&1) && direct <= 3, "{what}: {calls:?}");
    };
    once(&mut python, "resolve", &|| assert!(provider.resolve("dataset 77", None).unwrap().is_some()));
    once(&mut python, "resolve a version", &|| {
        assert!(provider.resolve("dataset 77", Some("1.0.0")).unwrap().is_some());
    });
    once(&mut python, "entry_by_name", &|| assert!(provider.entry_by_name("dataset 99").unwrap().is_some()));
    once(&mut python, "label", &|| {
        assert_eq!(provider.label("dataset 3", None).unwrap().unwrap().version.as_deref(), Some("0.9.0"));
    });

    // What is not there is believed not to be, also beside an entry of an old version, whose CID is looked for once.
    for what in ["a miss", "a miss beside an old entry"] {
        once(&mut python, what, &|| assert_eq!(provider.resolve("nothing", None).unwrap(), None));
        once(&mut python, what, &|| assert_eq!(provider.entry_by_name("nothing").unwrap(), None));
        let fields = [("wds_url", "s3://b/old.tar"), ("sample_kind", "m.Image"), ("uuid", "u-1")];
        let () = python.connection.hset_multiple("BasicIndexEntry:u-1", &fields).unwrap();
    }
    let old = provider.entry_by_name("u-1").unwrap().unwrap();
    assert_eq!(provider.entry("nothing").unwrap(), None);
    python.calls();
    assert_eq!((provider.entry("nothing").unwrap(), provider.entry("none").unwrap()), (None, None));
    assert_eq!(provider.entry(&old.cid).unwrap().as_ref(), Some(&old));
    let calls = python.calls();
    assert_eq!(calls.get("scan"), None, "{calls:?}");
    let () = python.connection.del("BasicIndexEntry:u-1").unwrap();
    assert_eq!(provider.entry(&old.cid).unwrap(), None);

    // Also when Python has written, once that was noticed, and when our keys are gone.
    python.store_entry(&entry("of python", 1000));
    python.store_label("of python", "", &entry("of python", 1000).cid);
    once(&mut python, "resolve what is Python's", &|| {
        assert_eq!(provider.resolve("of python", None).unwrap(), Some(entry("of python", 1000)));
    });
    let () = python.connection.del(&OURS[..]).unwrap();
    once(&mut python, "resolve without our keys", &|| {
        assert_eq!(provider.resolve("dataset 5", None).unwrap(), Some(entry("dataset 5", 5)));
    });
    let () = python.connection.del(OURS[1]).unwrap();
    once(&mut python, "entry_by_name without the names", &|| {
        assert_eq!(provider.entry_by_name("dataset 6").unwrap(), Some(entry("dataset 6", 6)));
    });
}

#[test]
fn what_python_writes_in_between_is_seen_at_once() {
    let mut python = Python::new();
    let provider = python.provider();
    let resolve = |name: &str| provider.resolve(name, None).unwrap().map(|entry| entry.cid);
    let latest = |name: &str| provider.label(name, None).unwrap().map(|label| (label.cid, label.version));
    let (one, two, three) = (entry("one", 1), entry("two", 2), entry("three", 3));
    provider.register(&one, &Label::new("a", &one.cid)).unwrap();
    assert_eq!(resolve("a").as_ref(), Some(&one.cid));

    // A new entry, found by its name.
    assert_eq!(provider.entry_by_name("two").unwrap(), None);
    python.store_entry(&two);
    assert_eq!(provider.entry_by_name("two").unwrap().as_ref(), Some(&two));

    // A label that is pointed elsewhere: the key stays, and so does the number of keys.
    python.store_label("a", "", &two.cid);
    assert_eq!(resolve("a").as_ref(), Some(&two.cid));
    let label = provider.label("a", None).unwrap().unwrap();
    assert_eq!((label.cid.as_str(), label.created_at), (two.cid.as_str(), None), "the time is that of the older");

    // A version more; without all times the highest version is the latest.
    python.store_label("a", "1.0.0", &one.cid);
    assert_eq!(latest("a"), Some((one.cid.clone(), Some("1.0.0".into()))));
    python.store_label("a", "10.0.0", &two.cid);
    python.store_label("a", "9.0.0", &one.cid);
    assert_eq!(latest("a"), Some((two.cid.clone(), Some("10.0.0".into()))));
    assert_eq!(resolve("a").as_ref(), Some(&two.cid));
    assert_eq!(provider.resolve("a", Some("9.0.0")).unwrap().as_ref(), Some(&one));

    // The CID of an entry under another name.
    let renamed = entry("one, renamed", 1);
    assert_eq!(provider.entry_by_name("one").unwrap().as_ref(), Some(&one));
    python.store_entry(&renamed);
    assert_eq!(provider.entry_by_name("one").unwrap(), None);
    assert_eq!(provider.entry_by_name("one, renamed").unwrap().as_ref(), Some(&renamed));
    python.store_label("one, renamed", "", &one.cid);
    assert_eq!(resolve("one, renamed").as_ref(), Some(&one.cid));

    // Keys that are removed, one by one and all of them.
    provider.put_entry(&three).unwrap();
    let () = python.connection.del(format!("LocalDatasetEntry:{}", three.cid)).unwrap();
    assert_eq!(provider.entry_by_name("three").unwrap(), None);
    let () = python.connection.del("Label:a@10.0.0").unwrap();
    assert_eq!(latest("a"), Some((one.cid.clone(), Some("9.0.0".into()))));
    let () = redis::cmd("FLUSHDB").query(&mut python.connection).unwrap();
    assert_eq!((resolve("a"), provider.entries().unwrap()), (None, Vec::new()));
    provider.register(&two, &Label::new("a", &two.cid)).unwrap();
    assert_eq!(resolve("a").as_ref(), Some(&two.cid));
}

#[test]
fn nothing_is_hidden_by_one_key_that_goes_while_another_comes() {
    let mut python = Python::new();
    let provider = python.provider();
    let (one, two) = (entry("one", 1), entry("two", 2));
    for entry in [&one, &two] {
        provider.register(entry, &labelled(entry).with_version("1.0.0")).unwrap();
    }
    // As many keys as before, but a write of ours in between has seen the difference.
    python.store_label("one", "2.0.0", &two.cid);
    provider.put_entry(&entry("three", 3)).unwrap();
    let () = python.connection.del("Label:two@1.0.0").unwrap();
    assert_eq!(provider.label("one", None).unwrap().unwrap().version.as_deref(), Some("2.0.0"));
    // And where what was removed is what our keys lead to.
    let () = python.connection.del(format!("LocalDatasetEntry:{}", one.cid)).unwrap();
    python.store_entry(&entry("four", 4));
    assert_eq!(provider.entry_by_name("one").unwrap(), None);
    assert_eq!(provider.entry_by_name("four").unwrap(), Some(entry("four", 4)));
}

#[test]
fn metadata_that_python_would_leave_behind_are_gone() {
    let mut python = Python::new();
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    python.store_entry(&entry("a", 1).with_metadata(metadata));
    let provider = python.provider();
    assert!(provider.entry_by_name("a").unwrap().unwrap().metadata.is_some());
    provider.put_entry(&entry("a", 1)).unwrap();
    assert_eq!(provider.entry_by_name("a").unwrap(), Some(entry("a", 1)));
}

#[test]
fn the_name_of_a_label_is_in_its_hash_and_not_in_its_key() {
    let mut python = Python::new();
    // The same key for both, of which Python makes one.
    python.store_label("a", "b@1.0.0", "cid");
    let provider = python.provider();
    assert_eq!(provider.label("a", Some("b@1.0.0")).unwrap().unwrap().cid, "cid");
    assert_eq!(provider.label("a", None).unwrap().unwrap().version.as_deref(), Some("b@1.0.0"));
    assert_eq!(provider.label("a@b", Some("1.0.0")).unwrap(), None);
    assert_eq!(provider.label("a@b", None).unwrap(), None);
    assert!(!provider.remove_label("a@b", Some("1.0.0")).unwrap());
    let error = provider.put_label(&Label::new("a", "other").with_version("b@1.0.0")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = provider.add_document(DocumentKind::Schema, &Document::new("mod.Type", "1.0.0", "{}")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// A hash that does not have the name and version of its key is found and never gone: that is said.
#[test]
fn a_label_under_a_key_of_another_name_is_no_endless_removal() {
    let mut python = Python::new();
    let index = Index::builder().provider(python.provider()).build().unwrap();
    let stored = entry("x", 1);
    python.store_entry(&stored);
    python.store_label("x", "1.0.0", &stored.cid);
    let fields = [("cid", &*stored.cid), ("name", "x"), ("version", "3.0.0")];
    let () = python.connection.hset_multiple("Label:y@2.0.0", &fields).unwrap();
    let error = index.remove("x").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("is damaged"), "{error}");
}

#[test]
fn keys_of_other_programs_are_left_alone() {
    let mut python = Python::new();
    let () = python.connection.set("Labels", "text").unwrap();
    let () = python.connection.rpush("LinkEntry:1", "list").unwrap();
    let () = python.connection.set(b"\xff\xfe", "bytes").unwrap();
    let () = python.connection.set("LocalSchema:without a version", "{}").unwrap();
    let provider = python.provider();
    provider.register(&entry("a", 1), &labelled(&entry("a", 1))).unwrap();
    assert_eq!(provider.entries().unwrap(), [entry("a", 1)]);
    assert_eq!(provider.labels().unwrap().len(), 1);
    assert_eq!(provider.documents(DocumentKind::Schema).unwrap(), []);
    assert_eq!(provider.resolve("nothing", None).unwrap(), None);

    // What has the key of an entry and is none is said to be so.
    let () = python.connection.set("LocalDatasetEntry:text", "text").unwrap();
    assert_eq!(provider.entry("text").unwrap_err().kind(), ErrorKind::Corrupt);
    let () = python.connection.del("LocalDatasetEntry:text").unwrap();
    let () = python.connection.hset("LocalDatasetEntry:half", "name", "half").unwrap();
    let error = provider.entry("half").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("schema_ref"), "{error}");
}

#[test]
fn what_atdata_0_1_has_left_is_read() {
    let mut python = Python::new();
    let folder = tempfile::tempdir().unwrap();
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    let file = folder.path().join("m.msgpack");
    std::fs::write(&file, metadata.pack()).unwrap();
    let fields = [("wds_url", "s3://b/old.tar"), ("sample_kind", "pkg.mod.Image"), ("uuid", "u-1")];
    let fields = fields.into_iter().chain([("metadata_url", file.to_str().unwrap())]).collect::<Vec<_>>();
    let () = python.connection.hset_multiple("BasicIndexEntry:u-1", &fields).unwrap();
    let () = python.connection.set("LocalSchema:pkg.mod.Image@1.0.0", r#"{"name": "Image"}"#).unwrap();
    let () = python.connection.set("LocalSchema:pkg.mod.Im*ge@1.0.0", "{}").unwrap();

    let expected = Entry::new("u-1", "local://schemas/pkg.mod.Image@1.0.0", ["s3://b/old.tar"]).unwrap();
    let mut expected = expected.with_metadata(metadata);
    expected.legacy_uuid = Some("u-1".into());
    let provider = python.provider();
    assert_eq!(provider.entries().unwrap(), [expected.clone()]);
    assert_eq!(provider.entry(&expected.cid).unwrap().as_ref(), Some(&expected));
    assert_eq!(provider.entry_by_name("u-1").unwrap().as_ref(), Some(&expected));
    assert_eq!(provider.resolve("u-1", None).unwrap().as_ref(), Some(&expected));
    provider.put_label(&Label::new("a", &expected.cid).with_version("1.0.0")).unwrap();
    assert_eq!(provider.resolve("a", None).unwrap().as_ref(), Some(&expected));
    assert_eq!(provider.resolve("a", Some("1.0.0")).unwrap().as_ref(), Some(&expected));

    let schema = |name: &str| provider.document(DocumentKind::Schema, name, "1.0.0").unwrap();
    assert_eq!(schema("Image").as_deref(), Some(r#"{"name": "Image"}"#));
    assert_eq!((schema("I*"), schema("mage"), schema("mod.Image")), (None, None, None));
    let names: HashSet<_> = provider.documents(DocumentKind::Schema).unwrap().into_iter().map(|own| own.name).collect();
    assert_eq!(names, ["Image", "Im*ge"].map(str::to_owned).into());
    // It is there, under whatever key.
    assert!(!provider.add_document(DocumentKind::Schema, &Document::new("Image", "1.0.0", "{}")).unwrap());
    assert!(provider.add_document(DocumentKind::Schema, &Document::new("Image", "1.0.1", "{}")).unwrap());

    // Stored anew, it is listed once; removed, it is gone in both forms.
    let mut renewed = expected.clone();
    renewed.name = "renewed".into();
    provider.put_entry(&renewed).unwrap();
    assert_eq!(provider.entries().unwrap(), [renewed]);
    assert!(provider.remove_entry(&expected.cid).unwrap());
    assert_eq!((provider.entries().unwrap(), provider.entry(&expected.cid).unwrap()), (Vec::new(), None));
}

#[test]
fn a_database_of_python_is_listed_read_and_added_to() {
    let mut python = Python::new();
    let golden = fixtures::json("redis/expected.json");
    let base64 = |text: &serde_json::Value| fixtures::base64(text.as_str().unwrap());
    for (key, value) in golden["keys"].as_object().unwrap() {
        if let Some(fields) = value["fields"].as_object() {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name, base64(value))).collect();
            let () = python.connection.hset_multiple(key, &fields).unwrap();
        } else {
            let () = python.connection.set(key, base64(&value["value"])).unwrap();
        }
    }
    let before = python.keys();
    let provider = python.provider();

    let mut entries = provider.entries().unwrap();
    assert_eq!(entries.len(), 4);
    for entry in &entries {
        // Named by the same CID that we would give it, and the same bytes when written by us.
        let again = Entry::new(&entry.name, &entry.schema_ref, &entry.data_urls).unwrap();
        assert_eq!(again.cid, entry.cid);
        let stored = python.hash(&format!("LocalDatasetEntry:{}", entry.cid));
        assert_eq!(Some(&entry.stored_urls()), stored.get("data_urls"));
        assert_eq!(entry.stored_metadata().as_ref(), stored.get("metadata"));
        assert_eq!(provider.entry_by_name(&entry.name).unwrap().as_ref(), Some(entry));
        assert_eq!(provider.entry(&entry.cid).unwrap().as_ref(), Some(entry));
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["images", "legacy", "manual", "texts/sub"]);
    assert_eq!(entries[1].legacy_uuid.as_deref(), Some("123e4567-e89b-12d3-a456-426614174000"));
    assert_eq!(entries[2].metadata, Some(DictSample::new()));
    let url = "/data/_fx_redis_store/images/data--00000003--000000.tar";
    let checksum = "6113e5588c0956477cc3ae7d3d8a1d80cc5f8b32f73c2118256a96d8b7b6ca2a";
    assert_eq!(entries[0].checksum(url), Some(checksum));

    assert_eq!(provider.resolve("stable", None).unwrap().unwrap().name, "texts/sub");
    assert_eq!(provider.resolve("stable", Some("1.0.0")).unwrap().unwrap().name, "images");
    assert_eq!(provider.label("stable", None).unwrap().unwrap().version.as_deref(), Some("2.0.0"));
    let described = provider.label("stable", Some("1.0.0")).unwrap().unwrap();
    assert_eq!(described.description.as_deref(), Some("first stable"));
    assert_eq!(provider.labels().unwrap().len(), 5);
    assert_eq!(provider.documents(DocumentKind::Schema).unwrap().len(), 6);
    assert_eq!(provider.documents(DocumentKind::Lens).unwrap().len(), 3);
    let json = provider.document(DocumentKind::Schema, "Text", "2.10.1").unwrap().unwrap();
    assert_eq!(json.as_bytes(), base64(&golden["keys"]["LocalSchema:Text@2.10.1"]["value"]));

    let added = entry("of rust", 1);
    provider.register(&added, &labelled(&added)).unwrap();
    provider.put_label(&Label::new("stable", &added.cid).with_version("0.1.0")).unwrap();
    assert_eq!(provider.entries().unwrap().len(), 5);
    // Python has set two of the three, so that the versions decide.
    assert_eq!(provider.label("stable", None).unwrap().unwrap().version.as_deref(), Some("2.0.0"));
    let own = [format!("LocalDatasetEntry:{}", added.cid), "Label:of rust@".into(), "Label:stable@0.1.0".into()];
    let expected: HashSet<_> = before.into_iter().chain(own).chain(OURS.map(str::to_owned)).collect();
    assert_eq!(python.keys(), expected);
}

/// A search that shows little, and the labels of one entry, do not bring the whole database here.
#[test]
fn no_more_is_read_than_is_shown() {
    const ALL: usize = 900;
    let server = atdata_tests::services::Redis::start();
    let url = server.database();
    let connection = redis::Client::open(&*url).unwrap().get_connection().unwrap();
    let mut python = Python { url, connection };
    let index = Index::builder().provider(python.provider()).build().unwrap();
    for number in 0..ALL {
        index.add(entry(&format!("dataset {number:03}"), number)).unwrap();
    }
    python.calls();
    let found = index.search(&Search::new().text("DATASET").limit(2)).unwrap();
    assert_eq!(found.iter().map(|entry| &*entry.name).collect::<Vec<_>>(), ["dataset 000", "dataset 001"]);
    let whole = python.calls()["hgetall"];
    assert!(whole <= 200, "{whole} of {ALL} entries were read for two");
    let labels = index.labels_leading_to(&found[1].cid).unwrap();
    assert_eq!(labels.iter().map(|label| &*label.name).collect::<Vec<_>>(), ["dataset 001"]);
    let whole = python.calls()["hgetall"];
    assert!(whole < 5, "{whole} of {ALL} labels were read for one");
}

/// What others have stored at keys that are ours, and what is no text, is told and hides nothing else.
#[test]
fn one_damaged_key_hides_no_other() {
    let mut python = Python::new();
    let provider = python.provider();
    let stored = entry("a", 1);
    provider.register(&stored, &labelled(&stored)).unwrap();
    provider.add_document(DocumentKind::Schema, &Document::new("Sample", "1.0.0", "{}")).unwrap();
    let () = python.connection.set("LocalDatasetEntry:text", "text").unwrap();
    let () = python.connection.set("Label:text@1", "text").unwrap();
    let () = python.connection.set("LocalSchema:Bytes@1.0.0", &[0xff_u8]).unwrap();
    let () = python.connection.hset("LocalSchema:Hash@1.0.0", "a", "b").unwrap();
    let () = python.connection.hset("LocalDatasetEntry:half", "name", "half").unwrap();
    let () = python.connection.hset("Label:half@1", "name", "half").unwrap();

    let listing = provider.listing().unwrap();
    assert_eq!((listing.entries, listing.damaged.len()), (vec![stored.clone()], 2));
    let mut keys: Vec<_> = listing.damaged.iter().map(ToString::to_string).collect();
    keys.sort();
    assert!(keys.iter().any(|text| text.contains("half")) && keys.iter().any(|text| text.contains("text")), "{keys:?}");
    assert_eq!(provider.labels().unwrap().len(), 1);
    assert_eq!(provider.labels_of(&stored.cid).unwrap().len(), 1);
    // Labels of the very name, one that is no label and one that leads nowhere.
    provider.put_label(&labelled(&stored).with_version("1.0.0")).unwrap();
    provider.put_label(&labelled(&stored).with_version("2.0.0")).unwrap();
    let () = python.connection.del("Label:a@1.0.0").unwrap();
    let () = python.connection.set("Label:a@1.0.0", "text").unwrap();
    let () = python.connection.hdel("Label:a@2.0.0", "cid").unwrap();
    assert_eq!(provider.labels_named("a").unwrap().len(), 1);
    assert_eq!(provider.label("a", None).unwrap().unwrap().version, None);
    assert_eq!(provider.resolve("a", None).unwrap().as_ref(), Some(&stored));
    assert_eq!(provider.resolve("none", None).unwrap(), None);
    let mut shown = Vec::new();
    provider
        .visit_entries(&|_, _| true, &mut |entry| {
            shown.push(entry);
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(shown, [stored]);

    let read = provider.read_documents(DocumentKind::Schema).unwrap();
    assert_eq!((read.iter().filter(|read| read.is_ok()).count(), read.len()), (1, 3));
    assert_eq!(provider.documents(DocumentKind::Schema).unwrap().len(), 1);
    // That which is no text gives way to a record, and what is no string stays as it is.
    let replace =
        |name| provider.replace_damaged(DocumentKind::Schema, &Document::new(name, "1.0.0", "{}"), &|_| false);
    assert!(replace("Bytes").unwrap());
    assert_eq!(provider.document(DocumentKind::Schema, "Bytes", "1.0.0").unwrap().as_deref(), Some("{}"));
    assert_eq!(replace("Hash").unwrap_err().kind(), ErrorKind::Corrupt);
}
