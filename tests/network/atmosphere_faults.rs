//! The AT Protocol network, where servers fail, stall and lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fmt::Write;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use atdata::atmosphere::record::AtUri;
use atdata::atmosphere::{Atmosphere, AtmosphereBuilder};
use atdata::cid::Cid;
use atdata::source::{Cache, Retry};
use atdata::{Dataset, DictSample, Error, ErrorKind, ReadOptions};
use atdata_tests::services::Pds;
use atdata_tests::services::faulty::{Faulty, Reply, Request};
use serde_json::{Value, json};

const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";
const SCHEMA: &str = "science.alt.dataset.schema";
const ENTRY: &str = "science.alt.dataset.entry";
const CID: &str = "bafyreih6ahcgqy6if455di3w7jyffpdkjeyrrgtht54hsw5tn5bwr3k6tm";

fn quick() -> Retry {
    Retry::new().attempts(3).pauses(Duration::from_millis(1), Duration::from_secs(3)).timeout(Duration::from_secs(2))
}

/// A client for which one server is all there is.
fn builder(server: &Faulty) -> AtmosphereBuilder {
    Atmosphere::builder().pds(server.url("")).plc(server.url("plc")).retry(quick())
}

fn document(did: &str, pds: &str) -> Reply {
    let service = json!({"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds});
    Reply::json(200, &json!({"id": did, "alsoKnownAs": ["at://alice.test"], "service": [service]}))
}

fn tokens(number: usize) -> Reply {
    let (access, refresh) = (format!("access-{number}"), format!("refresh-{number}"));
    Reply::json(200, &json!({"did": DID, "handle": "alice.test", "accessJwt": access, "refreshJwt": refresh}))
}

fn refused(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({"error": code, "message": "no"}))
}

/// A PDS with its directory; what it does otherwise is up to `answer`.
fn pds(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Faulty {
    Faulty::start(move |request| match request.path.as_str() {
        path if path.starts_with("/plc/did:plc:") => {
            document(DID, &format!("http://{}", request.header("host").unwrap()))
        }
        "/xrpc/com.atproto.server.createSession" => tokens(0),
        _ => answer(request),
    })
}

fn asked(server: &Faulty, method: &str) -> Vec<Request> {
    let is_it = |request: &Request| request.path.split('?').next().unwrap().ends_with(method);
    server.requests().into_iter().filter(is_it).collect()
}

fn uri() -> AtUri {
    AtUri::new(DID, SCHEMA, "self").unwrap()
}

fn found(uri: &str) -> Value {
    json!({"uri": uri, "cid": CID, "value": {"$type": SCHEMA}})
}

fn created() -> Reply {
    Reply::json(200, &json!({"uri": uri().to_string(), "cid": CID}))
}

#[test]
fn what_may_pass_is_asked_for_again_and_what_will_not_is_not() {
    for (status, code, kind, attempts) in [
        (500, "InternalServerError", ErrorKind::Interrupted, 3),
        (502, "UpstreamFailure", ErrorKind::Interrupted, 3),
        (429, "RateLimitExceeded", ErrorKind::Throttled, 3),
        (400, "InvalidRequest", ErrorKind::InvalidInput, 1),
        (400, "RecordNotFound", ErrorKind::NotFound, 1),
        (401, "AuthMissing", ErrorKind::Permission, 1),
        (501, "MethodNotImplemented", ErrorKind::Unsupported, 1),
    ] {
        let server = pds(move |_| refused(status, code));
        let error = builder(&server).anonymous().unwrap().get_record(&uri()).unwrap_err();
        assert_eq!((error.kind(), asked(&server, "getRecord").len()), (kind, attempts), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("com.atproto.repo.getRecord at http://127.0.0.1:") && text.contains(code), "{error}");
    }
    let server =
        pds(
            |request| {
                if request.number < 2 { Reply::status(503) } else { Reply::json(200, &found(&uri().to_string())) }
            },
        );
    builder(&server).anonymous().unwrap().get_record(&uri()).unwrap();
}

#[test]
fn what_would_be_done_twice_is_sent_once() {
    let server =
        pds(
            |request| {
                if request.path.contains("getRecord") { refused(400, "RecordNotFound") } else { Reply::status(500) }
            },
        );
    let atmosphere = builder(&server).login("alice.test", "pass").unwrap();
    let record = json!({"$type": SCHEMA});
    let error = atmosphere.create_record(SCHEMA, &record).unwrap_err();
    assert_eq!((error.kind(), asked(&server, "createRecord").len()), (ErrorKind::Interrupted, 1));
    atmosphere.create_record_at(SCHEMA, "self", &record).unwrap_err();
    assert_eq!((asked(&server, "createRecord").len(), asked(&server, "getRecord").len()), (2, 1));
    // The same twice is as good as once.
    atmosphere.put_record(SCHEMA, "self", &record, &atdata::atmosphere::Swap::default()).unwrap_err();
    assert_eq!(asked(&server, "putRecord").len(), 3);
    atmosphere.put_record(SCHEMA, "self", &record, &atdata::atmosphere::Swap::absent()).unwrap_err();
    assert_eq!(asked(&server, "putRecord").len(), 4);
    atmosphere.upload_blob(vec![0; 100]).unwrap_err();
    assert_eq!(asked(&server, "uploadBlob").len(), 3);
    let sent: Value = serde_json::from_slice(&asked(&server, "createRecord")[0].body).unwrap();
    assert_eq!(sent, json!({"repo": DID, "collection": SCHEMA, "record": record, "validate": false}));
}

#[test]
fn a_record_whose_answer_is_lost_is_looked_up() {
    let server = pds(|request| match &request.path {
        path if path.contains("getRecord") => Reply::json(200, &found(&uri().to_string())),
        _ => created().cut(5),
    });
    let atmosphere = builder(&server).login("alice.test", "pass").unwrap();
    let written = atmosphere.create_record_at(SCHEMA, "self", &json!({"$type": SCHEMA})).unwrap();
    assert_eq!((written.uri, written.cid.as_str()), (uri(), CID));
    let error = atmosphere.create_record_at(SCHEMA, "self", &json!({"$type": SCHEMA, "a": 1})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn a_server_that_counts_is_left_alone_for_as_long_as_it_says() {
    let reset = |seconds: u64| {
        let reply = refused(429, "RateLimitExceeded").with("ratelimit-limit", 30).with("ratelimit-remaining", 0);
        reply.with("Date", "Fri, 27 Nov 2026 18:00:00 GMT").with("ratelimit-reset", 1_795_802_400 + seconds)
    };
    let writes = AtomicUsize::new(0);
    let server = pds(move |request| {
        let is_first = request.path.contains("createRecord") && writes.fetch_add(1, Ordering::SeqCst) == 0;
        if is_first { reset(1) } else { created() }
    });
    let atmosphere = builder(&server).login("alice.test", "pass").unwrap();
    let start = Instant::now();
    // It was refused, so it was not done.
    atmosphere.create_record(SCHEMA, &json!({"$type": SCHEMA})).unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());

    let server = pds(move |_| reset(300));
    let error = builder(&server).anonymous().unwrap().get_record(&uri()).unwrap_err();
    assert_eq!((error.kind(), asked(&server, "getRecord").len()), (ErrorKind::Throttled, 1));
    assert!(error.to_string().ends_with("no; it may be asked again in 300s"), "{error}");
}

#[test]
fn a_silent_server_is_given_up() {
    let server = pds(|_| Reply::json(200, &found(&uri().to_string())).stall(10));
    let retry = Retry::new().attempts(2).pauses(Duration::from_millis(1), Duration::from_millis(1));
    let atmosphere = builder(&server).retry(retry.timeout(Duration::from_millis(300))).anonymous().unwrap();
    let start = Instant::now();
    let error = atmosphere.get_record(&uri()).unwrap_err();
    assert_eq!((error.kind(), asked(&server, "getRecord").len()), (ErrorKind::Interrupted, 2));
    assert!(error.to_string().contains("no answer from the server for 300.0ms (after 2 attempts"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn answers_are_checked_to_be_about_what_was_asked() {
    let other = "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/science.alt.dataset.schema/self";
    for answer in [
        json!([]),
        json!("text"),
        json!({"uri": uri().to_string(), "value": {}}),
        found(other),
        found("at://x"),
        found(&uri().to_string().replace("self", "other")),
        json!({"uri": uri().to_string(), "cid": CID, "value": 5}),
    ] {
        let server = pds(move |_| Reply::json(200, &answer));
        let error = builder(&server).anonymous().unwrap().get_record(&uri()).unwrap_err();
        assert_eq!((error.kind(), asked(&server, "getRecord").len()), (ErrorKind::Io, 1), "{error}");
        assert!(error.to_string().contains("the server's answer makes no sense: "), "{error}");
    }
    let server = pds(|_| Reply { body: b"<html>".to_vec(), ..Reply::status(200).bare() }.with("Content-Length", 6));
    assert_eq!(builder(&server).anonymous().unwrap().get_record(&uri()).unwrap_err().kind(), ErrorKind::Io);
}

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
fn that_there_is_no_record_is_told_from_that_nobody_knows() {
    let find = |reply: Reply| {
        let server = pds(move |_| reply.clone());
        builder(&server).anonymous().unwrap().find_record(&uri()).map_err(|error| error.kind())
    };
    assert_eq!(find(refused(400, "RecordNotFound")), Ok(None));
    assert_eq!(find(refused(400, "RepoNotFound")), Err(ErrorKind::NotFound));
    assert_eq!(find(Reply::status(404)), Err(ErrorKind::NotFound));
    assert_eq!(find(refused(500, "InternalServerError")), Err(ErrorKind::Interrupted));
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Faulty::start(|_| tokens(7));
    let to = elsewhere.url("");
    let server = pds(move |_| Reply::status(307).with("Location", &to));
    let atmosphere = builder(&server).login("alice.test", "pass").unwrap();
    let error = atmosphere.create_record(SCHEMA, &json!({})).unwrap_err();
    assert!(error.to_string().contains("307 Temporary Redirect; redirects are not followed here"), "{error}");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn tokens_go_where_the_directory_says_and_not_where_a_server_says() {
    let elsewhere = Arc::new(pds(|_| created()));
    let answer = {
        let url = elsewhere.url("");
        json!({
            "did": DID, "handle": "alice.test", "accessJwt": "access-0", "refreshJwt": "refresh-0",
            "didDoc": {"id": DID, "service": [
                {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": url},
            ]},
        })
    };
    let issuer = {
        let answer = answer.clone();
        Faulty::start(move |request| match request.path.as_str() {
            "/xrpc/com.atproto.server.createSession" => Reply::json(200, &answer),
            path if path.starts_with("/plc") => refused(404, "NotFound"),
            _ => created(),
        })
    };
    // The directory does not know the account: the tokens stay.
    builder(&issuer).login("alice.test", "pass").unwrap().create_record(SCHEMA, &json!({})).unwrap();
    assert_eq!((elsewhere.requests().len(), asked(&issuer, "createRecord").len()), (0, 1));

    // It does, and names the other server.
    let home = elsewhere.url("");
    let directory = Faulty::start(move |_| document(DID, &home));
    let atmosphere = builder(&issuer).plc(directory.url("")).login("alice.test", "pass").unwrap();
    atmosphere.create_record(SCHEMA, &json!({})).unwrap();
    let sent = asked(&elsewhere, "createRecord");
    assert_eq!((sent.len(), sent[0].header("authorization")), (1, Some("Bearer access-0")));
    assert_eq!(atmosphere.whoami().unwrap().pds, elsewhere.url("").trim_end_matches('/'));
    assert_eq!(asked(&issuer, "createRecord").len(), 1);

    // A login as somebody else is none.
    let error = builder(&issuer).login("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "pass").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
}

#[test]
fn a_document_must_name_the_handle_that_led_to_it() {
    let server = pds(|_| Reply::json(200, &json!({"did": DID})));
    let atmosphere = builder(&server).anonymous().unwrap();
    assert_eq!(atmosphere.resolve("alice.test").unwrap().did, DID);
    let error = atmosphere.resolve("mallory.test").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(error.to_string(), format!("the handle mallory.test leads to {DID}, whose document does not name it"));
}

#[test]
fn what_was_found_is_remembered() {
    let server = pds(|request| {
        let answer = if request.path.contains("resolveHandle") { json!({"did": DID}) } else { json!({"records": []}) };
        Reply::json(200, &answer)
    });
    let atmosphere = builder(&server).anonymous().unwrap();
    for _ in 0..3 {
        assert_eq!(atmosphere.list_records("alice.test", SCHEMA).unwrap().count(), 0);
    }
    assert_eq!((asked(&server, "resolveHandle").len(), asked(&server, DID).len()), (1, 1));
}

#[test]
fn an_account_of_the_web_is_found() {
    let server = Faulty::start(|request| {
        let host = request.header("host").unwrap();
        let did = format!("did:web:{}", host.replace(':', "%3A"));
        match request.path.as_str() {
            "/.well-known/did.json" => document(&did, &format!("http://{host}")),
            _ => Reply::json(200, &found(&format!("at://{did}/{SCHEMA}/self"))),
        }
    });
    let did =
        format!("did:web:{}", server.url("").trim_start_matches("http://").trim_end_matches('/').replace(':', "%3A"));
    let uri = AtUri::new(&did, SCHEMA, "self").unwrap();
    assert_eq!(builder(&server).anonymous().unwrap().get_record(&uri).unwrap().uri, uri);
    // For whoever uses the public network this is an address of their own machine.
    let error = Atmosphere::anonymous().unwrap().get_record(&uri).unwrap_err();
    assert_eq!((error.kind(), server.requests().len()), (ErrorKind::Unsupported, 2), "{error}");
}

#[test]
fn many_that_find_a_token_expired_ask_for_one_new() {
    let server = pds(|request| match (request.path.as_str(), request.header("authorization")) {
        ("/xrpc/com.atproto.server.refreshSession", Some("Bearer refresh-0")) => tokens(1),
        ("/xrpc/com.atproto.server.refreshSession", _) => refused(400, "ExpiredToken"),
        (_, Some("Bearer access-1")) => created(),
        _ => refused(400, "ExpiredToken"),
    });
    let atmosphere = builder(&server).login("alice.test", "pass").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| atmosphere.create_record(SCHEMA, &json!({})).unwrap());
        }
    });
    assert_eq!(asked(&server, "refreshSession").len(), 1);
    assert!(atmosphere.export_session().unwrap().contains(":::access-1:::refresh-1:::"));
}

/// A blob with its CID, and a server that has it for everybody.
fn tar() -> (Vec<u8>, Cid) {
    let folder = tempfile::tempdir().unwrap();
    atdata_tests::remote::write_shards(folder.path(), 1);
    let bytes = std::fs::read(folder.path().join("d-0.tar")).unwrap();
    let cid = Cid::of_raw(&bytes);
    (bytes, cid)
}

#[test]
fn a_blob_that_breaks_off_is_taken_up_again() {
    let (bytes, cid) = tar();
    let server = {
        let bytes = bytes.clone();
        // Ranges are ignored, and nothing tells one version from the next.
        pds(move |_| Reply { body: bytes.clone(), ..Reply::status(200).bare() }.with("Content-Length", bytes.len()))
    };
    let cutting = {
        let bytes = bytes.clone();
        pds(move |request| {
            let reply = Reply { body: bytes.clone(), ..Reply::status(200).bare() }.with("Content-Length", bytes.len());
            if request.number < 4 { reply.cut(5_000 * request.number) } else { reply }
        })
    };
    for server in [&server, &cutting] {
        let mut read = Vec::new();
        let options = ReadOptions::new().atmosphere(&builder(server).anonymous().unwrap()).retry(quick());
        let shard = atdata::source::Shard::from_url(&format!("at://{DID}/blob/{cid}")).unwrap();
        shard.bytes(&options).unwrap().read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }
    let requests = asked(&cutting, "getBlob");
    assert_eq!((requests.len(), requests[0].header("accept-encoding")), (4, Some("identity")));
    assert_eq!(requests[0].path, format!("/xrpc/com.atproto.sync.getBlob?did={}&cid={cid}", DID.replace(':', "%3A")));
}

#[test]
fn bytes_that_are_not_those_of_a_blob_are_refused() {
    let (bytes, cid) = tar();
    let url = format!("at://{DID}/blob/{cid}");
    let mut flipped = bytes.clone();
    // In the text of a sample.
    let at = flipped.windows(9).position(|text| text == b"xxxxxxxxx").unwrap();
    flipped[at] = b'y';
    let appended = [&bytes[..], &[1; 512]].concat();
    for wrong in [flipped, appended, bytes[..bytes.len() - 512].to_vec()] {
        let server = pds(move |_| {
            Reply { body: wrong.clone(), ..Reply::status(200).bare() }.with("Content-Length", wrong.len())
        });
        let atmosphere = builder(&server).anonymous().unwrap();
        let error = atmosphere.get_blob(DID, &cid).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        let error = Error::from(error);
        assert_eq!((error.kind(), asked(&server, "getBlob").len()), (ErrorKind::Corrupt, 1));
        assert!(
            error.to_string().contains(&format!("the bytes are not those of {cid}: they are those of ")),
            "{error}"
        );
        let options = ReadOptions::new().atmosphere(&atmosphere).retry(quick());
        let dataset = Dataset::<DictSample>::open(url.clone()).unwrap();
        let error = dataset.clone().with_options(options.clone()).ordered().last().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, Some(url.as_str())), "{error}");
        // Nothing wrong gets into the cache.
        let folder = tempfile::tempdir().unwrap();
        let error = dataset.with_options(options.cache(Cache::new(folder.path()))).head(1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}

/// An `AppView`, found by `localhost`, so that a PDS asks it unencrypted.
fn appview(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Faulty, String) {
    let server = Faulty::start(move |request| match request.path.as_str() {
        "/.well-known/did.json" => {
            let host = request.header("host").unwrap();
            let service =
                json!({"id": "#atdata_appview", "type": "AtdataAppView", "serviceEndpoint": format!("http://{host}")});
            Reply::json(200, &json!({"id": format!("did:web:{}", host.replace(':', "%3A")), "service": [service]}))
        }
        _ => answer(request),
    });
    let url = server.url("").replace("127.0.0.1", "localhost");
    (server, url)
}

#[test]
fn an_appview_answers_queries() {
    let (server, url) = appview(|_| Reply::json(200, &json!({"entries": [1]})));
    let atmosphere = Atmosphere::builder().appview(&url).anonymous().unwrap();
    let parameters = [("tags", "a b"), ("tags", "c&d"), ("limit", "25")];
    let answer = atmosphere.appview_query("science.alt.dataset.searchDatasets", parameters).unwrap();
    assert_eq!(answer, json!({"entries": [1]}));
    let request = &server.requests()[0];
    assert_eq!(request.path, "/xrpc/science.alt.dataset.searchDatasets?tags=a+b&tags=c%26d&limit=25");
    assert_eq!((request.method.as_str(), request.header("authorization")), ("GET", None));
    let port = url.trim_start_matches("http://localhost:").trim_end_matches('/');
    assert_eq!(atmosphere.appview(), Some(format!("did:web:localhost%3A{port}").as_str()));

    let without = Atmosphere::anonymous().unwrap();
    assert_eq!(without.appview_query("a.b.c", []).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(without.or_without_appview(|_| unreachable!("there is none"), |_| Ok(5)).unwrap(), 5);
}

#[test]
fn an_appview_that_is_not_available_is_done_without() {
    let answer = |status: u16, code: &'static str| {
        let (server, url) = appview(move |_| refused(status, code));
        let atmosphere = Atmosphere::builder().appview(&url).retry(quick()).anonymous().unwrap();
        let asked = atmosphere.or_without_appview(
            |atmosphere| atmosphere.appview_query("science.alt.dataset.getEntry", [("uri", "x")]).map(|_| "asked"),
            |_| Ok("found"),
        );
        drop(server);
        asked.map_err(|error| error.kind())
    };
    assert_eq!(answer(503, "Unavailable"), Ok("found"));
    assert_eq!(answer(501, "MethodNotImplemented"), Ok("found"));
    assert_eq!(answer(400, "InvalidRequest"), Err(ErrorKind::InvalidInput));
    assert_eq!(answer(404, "NotFound"), Err(ErrorKind::NotFound));
}

/// Through a real PDS, which finds the `AppView` by its DID and signs for the account.
#[test]
fn procedures_of_an_appview_go_through_the_pds() {
    let pds = Pds::start();
    let alice = pds.account("alice");
    let state = Arc::new(Mutex::new((200, "")));
    let (server, url) = {
        let (state, did) = (Arc::clone(&state), alice.did.clone());
        appview(move |request| {
            let (status, code) = *state.lock().unwrap();
            let input: Value = serde_json::from_slice(&request.body).unwrap();
            let uri = format!("at://{did}/{ENTRY}/{}", input["rkey"].as_str().unwrap());
            if status == 200 { Reply::json(200, &json!({"uri": uri, "cid": CID})) } else { refused(status, code) }
        })
    };
    let builder = Atmosphere::builder().pds(pds.url()).plc(pds.plc()).retry(quick());
    let atmosphere = builder.clone().appview(&url).login(&alice.handle, &alice.app_password).unwrap();
    let record = json!({"$type": ENTRY, "name": "d"});
    let listed = || atmosphere.list_records(&alice.did, ENTRY).unwrap().count();

    let published = atmosphere.publish_record(ENTRY, &record).unwrap();
    let request = &asked(&server, "publishDataset")[0];
    let sent: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((request.path.as_str(), &sent["record"]), ("/xrpc/science.alt.dataset.publishDataset", &record));
    assert_eq!((sent["rkey"].as_str(), published.cid.as_str()), (Some(published.uri.rkey()), CID));
    // The PDS signed a token of its own for the AppView.
    assert!(request.header("authorization").unwrap().starts_with("Bearer ") && listed() == 0);

    *state.lock().unwrap() = (400, "InvalidRecord");
    let error = atmosphere.publish_record(ENTRY, &record).unwrap_err();
    assert_eq!((error.kind(), listed()), (ErrorKind::InvalidInput, 0), "{error}");
    assert!(error.to_string().contains("(InvalidRecord): no"), "{error}");

    *state.lock().unwrap() = (503, "Down");
    let published = atmosphere.publish_record(ENTRY, &record).unwrap();
    assert_eq!((published.uri.authority(), listed()), (alice.did.as_str(), 1));
    *state.lock().unwrap() = (501, "MethodNotImplemented");
    atmosphere.publish_record(ENTRY, &record).unwrap();
    drop(server);
    atmosphere.publish_record(ENTRY, &record).unwrap();
    assert_eq!(listed(), 3);
    // One that cannot be found at all.
    let nowhere = builder.appview("did:web:localhost%3A9").login(&alice.handle, &alice.app_password).unwrap();
    nowhere.publish_record(ENTRY, &record).unwrap();
    assert_eq!(listed(), 4);
}

/// What was logged, by anybody.
struct Log(Mutex<String>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(self.0.lock().unwrap(), "{}: {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

#[test]
fn secrets_are_in_no_error_log_or_debug() {
    static LOG: OnceLock<Log> = OnceLock::new();
    log::set_logger(LOG.get_or_init(|| Log(Mutex::default()))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let mut shown = String::new();
    let mut show = |text: String| shown.push_str(&text);

    let logins = AtomicUsize::new(0);
    let server = Faulty::start(move |request| match request.path.as_str() {
        "/xrpc/com.atproto.server.createSession" if logins.fetch_add(1, Ordering::SeqCst) == 0 => {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            Reply::json(401, &json!({"error": "AuthenticationRequired", "message": format!("no: {body}")}))
        }
        "/xrpc/com.atproto.server.createSession" => Reply::json(
            200,
            &json!({"did": DID, "handle": "alice.test", "accessJwt": "s3cret-access", "refreshJwt": "s3cret-refresh"}),
        ),
        path if path.starts_with("/plc") => document(DID, &format!("http://{}", request.header("host").unwrap())),
        // A server that repeats what it was sent.
        path => {
            let (code, sent) = (
                if path.contains("refresh") { "InvalidToken" } else { "ExpiredToken" },
                request.header("authorization"),
            );
            Reply::json(400, &json!({"error": code, "message": format!("no: {}", sent.unwrap_or_default())}))
        }
    });
    let builder = builder(&server);
    let error = builder.login("alice.test", "s3cret-password").unwrap_err();
    assert!(error.to_string().contains("no: "), "{error}");
    show(format!("{error} {error:?} {error:#}"));
    let atmosphere = builder.login("alice.test", "s3cret-password").unwrap();
    show(format!(
        "{builder:?} {atmosphere:?} {:?} {:?}",
        atmosphere.whoami(),
        ReadOptions::new().atmosphere(&atmosphere)
    ));
    let text = atmosphere.export_session().unwrap();
    assert!(text.contains("s3cret-access"));
    let error = atmosphere.create_record(SCHEMA, &json!({})).unwrap_err();
    assert!(format!("{error:#}").contains("no: Bearer …"), "{error:#}");
    show(format!("{error} {error:?} {error:#}"));
    let error = builder.session(&text.replace(":::did:", ":::dud:")).unwrap_err();
    show(format!("{error} {error:?} {error:#}"));
    let error = atmosphere.logout().unwrap_err();
    show(format!("{error} {error:?} {atmosphere:?}"));

    // Nobody listens there.
    drop(server);
    let error = builder.login("alice.test", "s3cret-password").unwrap_err();
    show(format!("{error} {error:?} {error:#}"));
    // A copy: whoever logs in another test would fail with this one.
    let log = LOG.get().unwrap().0.lock().unwrap().clone();
    assert!(!shown.contains("s3cret") && !log.contains("s3cret"), "{shown}\n{log}");
    assert!(shown.contains("ended: log in again") && log.contains("atdata"), "{shown}\n{log}");
}
