//! The AT Protocol network, where servers fail, stall and lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

mod appview;
mod listing;
mod uploads;

use std::fmt::Write;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use atdata::atmosphere::record::{AtUri, BlobRef, BlobShard, Checksum, EntryRecord, Storage};
use atdata::atmosphere::{Atmosphere, AtmosphereBuilder};
use atdata::cid::Cid;
use atdata::source::{Cache, Retry};
use atdata::{Dataset, DictSample, Error, ErrorKind, ReadOptions};
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

/// The server that is asked who somebody is gets no password that is for another.
#[test]
fn a_password_goes_to_the_accounts_own_server_alone() {
    let home = Arc::new(pds(|_| created()));
    let url = home.url("");
    let asked_first = Faulty::start(move |request| match request.path.as_str() {
        path if path.starts_with("/plc") => document(DID, &url),
        path if path.contains("resolveHandle") => Reply::json(200, &json!({"did": DID})),
        _ => tokens(9),
    });
    for account in ["alice.test", DID] {
        let atmosphere = builder(&asked_first).login(account, "pass-word").unwrap();
        assert_eq!(atmosphere.whoami().unwrap().pds, home.url("").trim_end_matches('/'), "{account}");
    }
    let sent = asked(&home, "createSession");
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| String::from_utf8_lossy(&request.body).contains("pass-word")));
    assert_eq!(asked(&asked_first, "createSession").len(), 0);
    assert!(asked_first.requests().iter().all(|request| !String::from_utf8_lossy(&request.body).contains("pass-word")));
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

/// The server of a record's author may send what it likes, and for ever.
#[test]
fn a_blob_that_is_longer_than_its_record_says_is_left() {
    const LONG: usize = 64 << 20;
    let (_, cid) = tar();
    let blob = BlobShard::new(BlobRef::new(cid, "application/x-tar", 100), Checksum::unknown());
    let record = EntryRecord::new("x", format!("at://{DID}/{SCHEMA}/self"), Storage::Blobs(vec![blob]));
    let record = record.created_at("2026-03-01T12:00:00Z").to_json();
    let uri = format!("at://{DID}/{ENTRY}/3k2akr3rjp22x");
    let server = {
        let uri = uri.clone();
        pds(move |request| match &request.path {
            path if path.contains("getBlob") => Reply { body: vec![0; LONG], ..Reply::status(200).bare() },
            path if path.contains(ENTRY) => Reply::json(200, &json!({"uri": uri, "cid": CID, "value": record})),
            _ => refused(400, "RecordNotFound"),
        })
    };
    let atmosphere = builder(&server).anonymous().unwrap();
    let error = atmosphere.dataset::<DictSample>(&uri).unwrap().ordered().last().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("expected at most 100 bytes, which its record says it has"), "{error}");
    assert!(server.sent() < LONG, "{} bytes were taken", server.sent());
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
