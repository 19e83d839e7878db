//! Listings of servers that come to no end.

use atdata::{Error, ErrorKind};
use atdata_tests::services::faulty::Reply;
use serde_json::{Value, json};

use super::{DID, SCHEMA, asked, builder, found, pds, uri};

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
