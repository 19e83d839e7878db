//! The AT Protocol network, on a real PDS and PLC directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::HashSet;
use std::io::Read;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atdata::atmosphere::record::{AtUri, BlobRef};
use atdata::atmosphere::{Atmosphere, AtmosphereBuilder, RecordWrite, Swap};
use atdata::cid::Cid;
use atdata::source::{Cache, Retry};
use atdata::{Dataset, Error, ErrorKind, ReadOptions};
use atdata_tests::remote::{check_reads, write_shards};
use atdata_tests::services::{Account, Pds};
use atdata_tests::types::Text;
use serde_json::{Value, json};

const SCHEMA: &str = "science.alt.dataset.schema";
const LABEL: &str = "science.alt.dataset.label";
const ENTRY: &str = "science.alt.dataset.entry";

/// One network for most tests; it stops when their process ends.
fn network() -> &'static Pds {
    static PDS: OnceLock<Pds> = OnceLock::new();
    PDS.get_or_init(Pds::start)
}

fn account() -> Account {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    network().account(&format!("user-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

fn builder_of(pds: &Pds) -> AtmosphereBuilder {
    Atmosphere::builder().pds(pds.url()).plc(pds.plc())
}

fn builder() -> AtmosphereBuilder {
    builder_of(network())
}

fn login(account: &Account) -> Atmosphere {
    builder().login(&account.handle, &account.app_password).unwrap()
}

fn record(number: usize) -> Value {
    json!({"$type": SCHEMA, "name": format!("S{number}"), "version": "1.0.0", "schema": {"type": "object"}})
}

/// A text of so many bytes that does not repeat itself at once.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Uploads, and keeps it by a record.
fn keep(atmosphere: &Atmosphere, bytes: Vec<u8>) -> BlobRef {
    let blob = atmosphere.upload_blob(bytes).unwrap();
    let blobs = json!({"$type": "science.alt.dataset.storageBlobs", "blobs": [{"blob": blob.to_json()}]});
    atmosphere.create_record(ENTRY, &json!({"$type": ENTRY, "name": "d", "storage": blobs})).unwrap();
    blob
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: atdata::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn an_account_logs_in_and_out() {
    let account = account();
    for identifier in [&account.handle, &account.did, &account.handle.to_uppercase()] {
        let atmosphere = builder().login(identifier, &account.app_password).unwrap();
        let who = atmosphere.whoami().unwrap();
        assert_eq!(
            (&who.did, who.handle.as_ref(), who.pds.as_str()),
            (&account.did, Some(&account.handle), network().url())
        );
    }
    let atmosphere = builder().anonymous().unwrap();
    assert_eq!((atmosphere.whoami(), kind(atmosphere.export_session())), (None, ErrorKind::Permission));
    assert_eq!(kind(atmosphere.create_record(SCHEMA, &record(0))), ErrorKind::Permission);
    let clone = atmosphere.clone();
    atmosphere.log_in(&account.handle, &account.app_password).unwrap();
    clone.create_record(SCHEMA, &record(0)).unwrap();

    let text = atmosphere.export_session().unwrap();
    atmosphere.logout().unwrap();
    assert_eq!((clone.whoami(), kind(clone.logout())), (None, ErrorKind::Permission));
    // The tokens that are needed for new ones went with the session.
    let access = text.split(":::").nth(2).unwrap();
    let text = text.replace(access, &network().token(&account, -60));
    let error = builder().session(&text).unwrap().create_record(SCHEMA, &record(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.to_string().contains(&format!("the session of {} has ended: log in again", account.did)), "{error}");
}

#[test]
fn a_session_goes_to_another_client() {
    let account = account();
    let text = login(&account).export_session().unwrap();
    let fields: Vec<&str> = text.split(":::").collect();
    assert_eq!([fields[0], fields[1], fields[4]], [&account.handle, &account.did, network().url()]);
    for text in [text.clone(), format!("{text}/xrpc"), format!("{text}/xrpc\n")] {
        let atmosphere = builder().session(&text).unwrap();
        atmosphere.create_record(SCHEMA, &record(0)).unwrap();
        assert_eq!(atmosphere.whoami().unwrap().pds, network().url());
    }
}

#[test]
fn a_wrong_password_is_said_to_be_wrong() {
    let account = account();
    let error = builder().login(&account.handle, "wrong-pass-word").unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Permission, false));
    let expected = format!(
        "com.atproto.server.createSession at {}: the server answered 401 Unauthorized (AuthenticationRequired): Invalid \
         identifier or password",
        network().url()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(kind(builder().login("nobody.test", &account.app_password)), ErrorKind::Permission);
    assert_eq!(kind(builder().login("no handle", &account.app_password)), ErrorKind::InvalidInput);
}

#[test]
fn tokens_are_renewed_when_they_expire() {
    let account = account();
    let text = login(&account).export_session().unwrap();
    let access = text.split(":::").nth(2).unwrap();
    // Expired, and good for less time than a call may take.
    for seconds in [-60, 20] {
        let token = network().token(&account, seconds);
        let atmosphere = builder().session(&text.replace(access, &token)).unwrap();
        // Many at once ask for one new token.
        std::thread::scope(|scope| {
            let create = |number| atmosphere.create_record(SCHEMA, &record(number)).unwrap();
            let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || create(number))).collect();
            let uris: HashSet<_> = threads.into_iter().map(|thread| thread.join().unwrap().uri).collect();
            assert_eq!(uris.len(), 8);
        });
        let renewed = atmosphere.export_session().unwrap();
        assert!(!renewed.contains(&token) && renewed.starts_with(&format!("{}:::", account.handle)));
        builder().session(&renewed).unwrap().create_record(SCHEMA, &record(9)).unwrap();
    }
}

#[test]
fn a_token_of_nobody_is_refused() {
    let account = account();
    let text = login(&account).export_session().unwrap();
    let access = text.split(":::").nth(2).unwrap();
    let error = builder().session(&text.replace(access, "no.such.token")).unwrap().create_record(SCHEMA, &record(0));
    assert_eq!(kind(error), ErrorKind::Permission);
}

#[test]
fn others_read_what_an_account_writes() {
    let (alice, bob) = (account(), account());
    let written = login(&alice).create_record(SCHEMA, &record(1)).unwrap();
    assert_eq!((written.uri.authority(), written.uri.collection()), (alice.did.as_str(), SCHEMA));
    let by_handle = AtUri::new(&alice.handle, SCHEMA, written.uri.rkey()).unwrap();
    for reader in [login(&alice), login(&bob), builder().anonymous().unwrap()] {
        for uri in [&written.uri, &by_handle] {
            let found = reader.get_record(uri).unwrap();
            assert_eq!((&found.uri, &found.cid, &found.value), (&written.uri, &written.cid, &record(1)));
        }
        for account in [&alice.did, &alice.handle] {
            let listed: Vec<_> = reader.list_records(account, SCHEMA).unwrap().map(Result::unwrap).collect();
            assert_eq!(listed, [reader.get_record(&written.uri).unwrap()]);
        }
        assert_eq!(reader.list_records(&alice.did, ENTRY).unwrap().count(), 0);
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let (alice, reader) = (account(), builder().anonymous().unwrap());
    let nobody = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
    for account in [alice.did.as_str(), nobody, "nobody.test"] {
        let uri = AtUri::new(account, SCHEMA, "3k2akr3rjp22x").unwrap();
        assert_eq!(kind(reader.get_record(&uri)), ErrorKind::NotFound, "{account}");
    }
    let cid = Cid::of_raw(b"nothing");
    let mut read = reader.get_blob(&alice.did, &cid).unwrap();
    assert_eq!(Error::from(read.read_to_end(&mut Vec::new()).unwrap_err()).kind(), ErrorKind::NotFound);
    assert_eq!(kind(reader.resolve("nobody.test")), ErrorKind::NotFound);
    assert_eq!(kind(reader.resolve(nobody)), ErrorKind::NotFound);
    assert_eq!(kind(reader.resolve("did:key:abc")), ErrorKind::Unsupported);
    let error = reader.list_records("nobody.test", SCHEMA).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[test]
fn an_account_is_found_by_handle_and_by_did() {
    let (alice, reader) = (account(), builder().anonymous().unwrap());
    for name in [&alice.did, &alice.handle, &alice.handle.to_uppercase()] {
        let found = reader.resolve(name).unwrap();
        assert_eq!(
            (&found.did, found.handle.as_ref(), found.pds.as_str()),
            (&alice.did, Some(&alice.handle), network().url())
        );
    }
}

#[test]
fn records_are_replaced_and_deleted_as_they_were_expected() {
    let account = account();
    let atmosphere = login(&account);
    let put = |number, swap: &Swap| atmosphere.put_record(SCHEMA, "self", &record(number), swap);
    let first = put(1, &Swap::absent()).unwrap();
    let error = put(2, &Swap::absent()).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Conflict, false));
    assert!(error.to_string().contains("400 Bad Request (InvalidSwap): "), "{error}");
    let second = put(2, &Swap::of(&first.cid)).unwrap();
    assert_eq!(kind(put(3, &Swap::of(&first.cid))), ErrorKind::Conflict);
    let third = put(3, &Swap::default()).unwrap();
    assert_eq!(atmosphere.get_record(&third.uri).unwrap().value, record(3));
    assert!(first.uri == third.uri && second.cid != third.cid);
    assert_eq!(kind(put(4, &Swap::default().with_commit(&first.cid))), ErrorKind::Conflict);

    assert_eq!(kind(atmosphere.delete_record(SCHEMA, "self", &Swap::of(&first.cid))), ErrorKind::Conflict);
    atmosphere.delete_record(SCHEMA, "self", &Swap::of(&third.cid)).unwrap();
    assert_eq!(kind(atmosphere.get_record(&third.uri)), ErrorKind::NotFound);
    atmosphere.delete_record(SCHEMA, "self", &Swap::default()).unwrap();
}

#[test]
fn a_record_with_a_key_is_created_once() {
    let atmosphere = login(&account());
    let first = atmosphere.create_record_at(SCHEMA, "one", &record(1)).unwrap();
    assert_eq!(atmosphere.create_record_at(SCHEMA, "one", &record(1)).unwrap(), first);
    let error = atmosphere.create_record_at(SCHEMA, "one", &record(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(error.to_string(), format!("there is another record at {}", first.uri));
    let published = atmosphere.publish_record(SCHEMA, &record(3)).unwrap();
    assert_eq!((published.uri.rkey().len(), atmosphere.get_record(&published.uri).unwrap().value), (13, record(3)));
}

#[test]
fn what_a_pds_does_not_take_is_said_in_its_words() {
    let atmosphere = login(&account());
    let error = atmosphere.create_record(SCHEMA, &json!({"$type": "a.b.c"})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(SCHEMA), "{error}");
    assert_eq!(kind(atmosphere.create_record(SCHEMA, &json!({"$type": SCHEMA, "f": 1.5}))), ErrorKind::InvalidInput);
    assert_eq!(kind(atmosphere.create_record_at(SCHEMA, "S@1.0.0", &record(0))), ErrorKind::InvalidInput);
    assert_eq!(kind(atmosphere.create_record("schema", &record(0))), ErrorKind::InvalidInput);
    let other = json!({"$type": SCHEMA, "text": "x".repeat(20 << 20)});
    assert_eq!(kind(atmosphere.create_record(SCHEMA, &other)), ErrorKind::InvalidInput);
}

#[test]
fn a_record_may_have_almost_a_megabyte() {
    let atmosphere = login(&account());
    let large = json!({"$type": SCHEMA, "text": "x".repeat(990_000)});
    let written = atmosphere.create_record(SCHEMA, &large).unwrap();
    assert_eq!(atmosphere.get_record(&written.uri).unwrap().value, large);
    let error = atmosphere.create_record(SCHEMA, &json!({"$type": SCHEMA, "text": "x".repeat(1_000_000)})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("413 Payload Too Large"), "{error}");
}

#[test]
fn several_writes_are_done_at_once_or_not_at_all() {
    let account = account();
    let atmosphere = login(&account);
    let create = |key: &str, number| RecordWrite::Create {
        collection: SCHEMA.into(),
        key: Some(key.into()),
        value: record(number),
    };
    let written = atmosphere.apply_writes(&[create("a", 1), create("b", 2)]).unwrap();
    let (collection, key) = (SCHEMA.to_owned(), "a".to_owned());
    let delete = RecordWrite::Delete { collection: collection.clone(), key: key.clone() };
    let update = RecordWrite::Update { collection, key, value: record(3) };
    let wrong = RecordWrite::Create { collection: SCHEMA.into(), key: None, value: json!({"$type": "a.b.c"}) };
    atmosphere.apply_writes(&[update.clone(), wrong]).unwrap_err();
    assert_eq!(atmosphere.get_record(&written[0].as_ref().unwrap().uri).unwrap().value, record(1));
    let written = atmosphere.apply_writes(&[update, create("c", 4)]).unwrap();
    assert_eq!(atmosphere.get_record(&written[0].as_ref().unwrap().uri).unwrap().value, record(3));
    assert_eq!(atmosphere.apply_writes(&[delete, create("d", 5)]).unwrap()[0], None);
    let keys = |records: atdata::atmosphere::Records| -> Vec<String> {
        records.map(|record| record.unwrap().uri.rkey().to_owned()).collect()
    };
    assert_eq!(keys(atmosphere.list_records(&account.did, SCHEMA).unwrap()), ["d", "c", "b"]);
    assert_eq!(keys(atmosphere.list_records(&account.did, SCHEMA).unwrap().oldest_first()), ["b", "c", "d"]);
}

#[test]
fn a_listing_has_all_of_some_thousand_records_once() {
    const COUNT: usize = 3_000;
    let account = account();
    let atmosphere = login(&account);
    for start in (0..COUNT).step_by(100) {
        let create = |number| RecordWrite::Create {
            collection: SCHEMA.into(),
            key: Some(format!("r{number:05}")),
            value: record(number),
        };
        let writes: Vec<_> = (start..start + 100).map(create).collect();
        assert_eq!(atmosphere.apply_writes(&writes).unwrap().len(), 100);
    }
    let reader = builder().anonymous().unwrap();
    let listed: Vec<_> = reader.list_records(&account.handle, SCHEMA).unwrap().map(Result::unwrap).collect();
    assert_eq!(listed.len(), COUNT);
    for (found, number) in listed.iter().zip((0..COUNT).rev()) {
        assert_eq!((found.uri.rkey(), &found.value), (format!("r{number:05}").as_str(), &record(number)));
        assert!(found.cid.starts_with("bafyrei"));
    }
}

#[test]
fn records_are_found_by_name_and_the_newest_first() {
    let account = account();
    let (atmosphere, reader) = (login(&account), builder().anonymous().unwrap());
    let label = |key: &str, version: Option<&str>, created_at: &str| {
        let mut value = json!({"$type": LABEL, "name": "mnist", "datasetUri": format!("at://{}/{LABEL}/{key}", account.did), "createdAt": created_at});
        if let Some(version) = version {
            value["version"] = json!(version);
        }
        atmosphere.create_record_at(LABEL, key, &value).unwrap();
    };
    // Of these texts the greatest is not the latest.
    label("a", Some("1.0.0"), "2026-03-01T12:00:00Z");
    label("b", Some("2.0.0"), "2026-03-01T13:00:00+02:00");
    label("c", None, "2026-03-01T10:00:00Z");
    label("d", Some("2.0.0"), "2026-03-01T11:00:00.000Z");
    let find =
        |name: &str, version| reader.label(&account.handle, name, version).map(|record| record.uri.rkey().to_owned());
    assert_eq!((find("mnist", None).unwrap(), find("mnist", Some("1.0.0")).unwrap()), ("a".into(), "a".into()));
    assert_eq!(find("mnist", Some("2.0.0")).unwrap(), "d");
    let error = find("mnist", Some("3.0.0")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let known = "there are \"(no version)\", \"1.0.0\", \"2.0.0\"";
    assert_eq!(error.to_string(), format!("{} has published no label \"mnist@3.0.0\"; {known}", account.handle));
    assert_eq!(kind(reader.label("nobody.test", "mnist", None)), ErrorKind::NotFound);
}

#[test]
fn blobs_come_back_as_they_were_up_to_the_limit() {
    let account = account();
    let (atmosphere, reader) = (login(&account), builder().anonymous().unwrap());
    for length in [1_000_000, 20_000_000, 50_000_000] {
        let sent = bytes(length);
        let mut told = Vec::new();
        let blob = atmosphere.upload_blob_with(sent.clone(), |sent, of| told.push((sent, of))).unwrap();
        assert_eq!((blob.cid, blob.size), (Cid::of_raw(&sent), Some(length as u64)));
        assert_eq!(blob.mime_type, "application/x-tar");
        assert_eq!(*told.last().unwrap(), (length as u64, length as u64));
        assert!(told.is_sorted() && told.len() >= length / (64 << 10));
        assert_eq!(keep(&atmosphere, sent.clone()), blob);
        let mut read = Vec::new();
        reader.get_blob(&account.did, &blob.cid).unwrap().read_to_end(&mut read).unwrap();
        assert!(read == sent);
    }
}

#[test]
fn a_blob_that_is_too_large_is_not_sent() {
    // Nobody is logged in: what is sent would be refused for that.
    let atmosphere = builder().anonymous().unwrap();
    let error = atmosphere.upload_blob(vec![0; 50_000_001]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "a blob may have 50000000 bytes, this one has 50000001: write smaller shards");
    assert_eq!(kind(atmosphere.upload_blob_from(std::io::repeat(0), 50_000_001, |_, _| {})), ErrorKind::InvalidInput);
    assert_eq!(kind(atmosphere.upload_blob(vec![0; 5])), ErrorKind::Permission);
}

#[test]
fn a_reader_has_to_give_what_was_promised() {
    let atmosphere = login(&account());
    let upload = |size| atmosphere.upload_blob_from(&b"twelve bytes"[..], size, |_, _| {});
    assert_eq!(upload(12).unwrap().cid, Cid::of_raw(b"twelve bytes"));
    assert!(upload(13).unwrap_err().to_string().contains("expected 13 bytes to upload, the reader gave 12"));
    assert!(upload(11).unwrap_err().to_string().contains("expected 11 bytes to upload, the reader gave more"));
}

#[test]
fn a_blob_is_there_once_a_record_refers_to_it() {
    let account = account();
    let (atmosphere, reader) = (login(&account), builder().anonymous().unwrap());
    let blob = atmosphere.upload_blob(bytes(1000)).unwrap();
    let read = || {
        let mut read = Vec::new();
        reader.get_blob(&account.did, &blob.cid).unwrap().read_to_end(&mut read).map(|_| read).map_err(Error::from)
    };
    assert_eq!(kind(read()), ErrorKind::NotFound);
    keep(&atmosphere, bytes(1000));
    assert_eq!(read().unwrap(), bytes(1000));
}

/// Shards as blobs of a new account, and their URLs.
fn blobs(shards: i64) -> (Account, Vec<String>) {
    let (account, folder) = (account(), tempfile::tempdir().unwrap());
    write_shards(folder.path(), shards);
    let atmosphere = login(&account);
    let url = |number| {
        let bytes = std::fs::read(folder.path().join(format!("d-{number}.tar"))).unwrap();
        format!("at://{}/blob/{}", account.did, keep(&atmosphere, bytes).cid)
    };
    let urls = (0..shards).map(url).collect();
    (account, urls)
}

#[test]
fn a_dataset_reads_blobs() {
    let (account, urls) = blobs(4);
    let options = ReadOptions::new().atmosphere(&builder().anonymous().unwrap());
    let dataset = Dataset::<Text>::open(urls.clone()).unwrap().with_options(options.clone());
    check_reads(&dataset, 4);
    let missing = format!("at://{}/blob/{}", account.did, Cid::of_raw(b"missing"));
    let error = Dataset::<Text>::open([&urls[0], &missing]).unwrap().with_options(options).ordered().last();
    let error = error.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.shard()), (ErrorKind::NotFound, Some(missing.as_str())));
}

#[test]
fn a_blob_in_the_cache_is_asked_for_by_nobody() {
    let (_, urls) = blobs(2);
    let folder = tempfile::tempdir().unwrap();
    let cached = |atmosphere: &Atmosphere| ReadOptions::new().atmosphere(atmosphere).cache(Cache::new(folder.path()));
    let dataset = Dataset::<Text>::open(urls).unwrap();
    check_reads(&dataset.clone().with_options(cached(&builder().anonymous().unwrap())), 2);
    // There is no such directory: nothing can be found any more.
    let nowhere = Atmosphere::builder().plc("http://localhost:9").retry(Retry::new().attempts(1)).anonymous().unwrap();
    check_reads(&dataset.clone().with_options(cached(&nowhere)), 2);
    let error = dataset.with_options(ReadOptions::new().atmosphere(&nowhere)).head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}

#[test]
fn calls_may_come_from_async_code_and_from_threads() {
    let account = account();
    let atmosphere = login(&account);
    let call = |number| atmosphere.create_record(SCHEMA, &record(number)).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        call(0);
        let blob = atmosphere.upload_blob(bytes(100_000)).unwrap();
        assert_eq!(blob.size, Some(100_000));
        assert_eq!(atmosphere.list_records(&account.did, SCHEMA).unwrap().count(), 1);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (1..5)
            .map(|number| {
                let atmosphere = atmosphere.clone();
                tokio::task::spawn_blocking(move || atmosphere.create_record(SCHEMA, &record(number)).unwrap())
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    std::thread::scope(|scope| {
        for number in 5..9 {
            scope.spawn(move || call(number));
        }
    });
    assert_eq!(atmosphere.list_records(&account.did, SCHEMA).unwrap().count(), 9);
}

#[test]
fn a_pds_that_restarts_is_waited_for() {
    // The older form of DID documents, as well.
    let pds = Pds::start_with(&["PLC_DOC=legacy"]);
    let account = pds.account("alice");
    let patient =
        builder_of(&pds).retry(Retry::new().attempts(60).pauses(Duration::from_millis(50), Duration::from_secs(1)));
    let patient = patient.login(&account.handle, &account.app_password).unwrap();
    let hasty = builder_of(&pds).retry(Retry::new().attempts(2).pauses(Duration::from_millis(1), Duration::ZERO));
    let hasty = hasty.session(&patient.export_session().unwrap()).unwrap();
    let written = patient.create_record(SCHEMA, &record(1)).unwrap();
    let blob = keep(&patient, bytes(1000));

    pds.kill();
    let error = hasty.get_record(&written.uri).unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Interrupted, true));
    assert!(error.to_string().contains("cannot connect to the server (after 2 attempts in "), "{error}");
    assert_eq!(kind(hasty.create_record(SCHEMA, &record(2))), ErrorKind::Interrupted);

    std::thread::scope(|scope| {
        // A record that nobody heard of is sent again, too.
        let created = scope.spawn(|| patient.create_record(SCHEMA, &record(2)).unwrap());
        let found = scope.spawn(|| patient.get_record(&written.uri).unwrap());
        std::thread::sleep(Duration::from_millis(200));
        pds.start_again();
        assert_eq!(
            (found.join().unwrap().value, created.join().unwrap().uri.authority()),
            (record(1), account.did.as_str())
        );
    });
    assert_eq!(patient.list_records(&account.handle, SCHEMA).unwrap().count(), 2);
    let mut read = Vec::new();
    hasty.get_blob(&account.did, &blob.cid).unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, bytes(1000));
}

#[test]
fn a_pds_that_counts_is_left_alone() {
    let pds = Pds::start_with(&["PDS_RATE_LIMITS_ENABLED=true"]);
    let account = pds.account("alice");
    let error = (0..100).find_map(|_| {
        let error = builder_of(&pds).login(&account.handle, "wrong").unwrap_err();
        (error.kind() != ErrorKind::Permission).then_some(error)
    });
    let error = error.expect("a limit");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Throttled, true));
    assert!(error.to_string().contains("429 Too Many Requests (RateLimitExceeded)"), "{error}");
    assert!(error.to_string().contains("; it may be asked again in "), "{error}");
}
