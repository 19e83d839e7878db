//! `AppView`s: queries, procedures, and doing without one.

use std::sync::{Arc, Mutex};

use atdata::ErrorKind;
use atdata::atmosphere::Atmosphere;
use atdata_tests::services::Pds;
use atdata_tests::services::faulty::{Faulty, Reply, Request};
use serde_json::{Value, json};

use super::{CID, ENTRY, asked, quick, refused};

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
fn an_appview_gives_an_entry_alone_or_in_what_it_says_of_it() {
    let uri = format!("at://{}/{ENTRY}/3k2akr3rjp22x", super::DID);
    for answer in [json!({"entry": {"name": "x"}, "more": 1}), json!({"name": "x"})] {
        let (server, url) = appview(move |_| Reply::json(200, &answer));
        let atmosphere = Atmosphere::builder().appview(&url).anonymous().unwrap();
        assert_eq!(atmosphere.appview_entry(&uri.parse().unwrap()).unwrap(), json!({"name": "x"}));
        let asked = &asked(&server, "getEntry")[0];
        assert!(
            asked.path.ends_with(
                "?uri=at%3A%2F%2Fdid%3Aplc%3Aabcdefghijklmnopqrstuvwx%2Fscience.alt.dataset.entry%2F3k2akr3rjp22x"
            ),
            "{}",
            asked.path
        );
    }
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

/// Its answer need not say the CID of what it has published; that it cannot be read back yet is no failure.
#[test]
fn what_an_appview_has_published_is_published_though_it_cannot_be_read_back() {
    let pds = Pds::start();
    let alice = pds.account("bob");
    let did = alice.did.clone();
    let (_server, url) = appview(move |request| {
        let input: Value = serde_json::from_slice(&request.body).unwrap();
        Reply::json(200, &json!({"uri": format!("at://{did}/{ENTRY}/{}", input["rkey"].as_str().unwrap())}))
    });
    let builder = Atmosphere::builder().pds(pds.url()).plc(pds.plc()).retry(quick()).appview(&url);
    let atmosphere = builder.login(&alice.handle, &alice.app_password).unwrap();
    // Nothing puts it into the PDS.
    let published = atmosphere.publish_record(ENTRY, &json!({"name": "d"})).unwrap();
    assert_eq!(published.uri.collection(), ENTRY);
    let whole = json!({"$type": ENTRY, "name": "d"});
    assert_eq!(published.cid, atdata::cid::Cid::of_record(&whole).unwrap().to_string());
}
