//! Sessions, records and blobs on a PDS that Rust and Python use.

use std::io::Read;
use std::path::Path;

use atdata::atmosphere::Atmosphere;
use atdata::atmosphere::record::{AtUri, BlobRef};
use atdata_tests::python::interop;
use atdata_tests::services::Pds;
use serde_json::{Value as Json, json};

const COLLECTION: &str = "science.alt.dataset.entry";

pub(crate) fn sessions_records_and_blobs_go_to_python_and_back(python: &Path) {
    let pds = Pds::start();
    let account = pds.account("alice");
    let builder = Atmosphere::builder().pds(pds.url()).plc(pds.plc());
    let atmosphere = builder.login(&account.handle, &account.app_password).unwrap();
    let record = json!({"$type": COLLECTION, "name": "rust", "tags": ["a"]});
    let written = atmosphere.create_record(COLLECTION, &record).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let (request, response) = (folder.path().join("request.json"), folder.path().join("response.json"));
    let asked = json!({
        "session": atmosphere.export_session().unwrap(),
        "uri": written.uri.to_string(),
        "collection": COLLECTION,
    });
    std::fs::write(&request, asked.to_string()).unwrap();
    interop(python, &["session".as_ref(), request.as_os_str(), response.as_os_str()]);
    let answer: Json = serde_json::from_slice(&std::fs::read(&response).unwrap()).unwrap();
    assert_eq!((&answer["did"], &answer["found"]), (&json!(account.did), &record));

    let again = builder.session(answer["session"].as_str().unwrap()).unwrap();
    let who = again.whoami().unwrap();
    assert_eq!((who.did, who.pds.as_str()), (account.did.clone(), pds.url()));
    let uri: AtUri = answer["written"].as_str().unwrap().parse().unwrap();
    let found = again.get_record(&uri).unwrap().value;
    let blob = BlobRef::from_json(&found["blobs"][0]).unwrap();
    let mut read = String::new();
    again.get_blob(&account.did, &blob.cid).unwrap().read_to_string(&mut read).unwrap();
    assert_eq!((found["name"].as_str(), read.as_str()), (Some("python"), "a blob of Python"));
    again.create_record(COLLECTION, &record).unwrap();
}
