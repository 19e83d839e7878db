//! Records from a network of canned answers: what a good server would not send. `tests/codegen/fetch.rs` of the workspace
//! has the real ones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";
const COLLECTION: &str = "science.alt.dataset.schema";
const CID_OF_ANOTHER: &str = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";

type Answers = Arc<Mutex<BTreeMap<String, (u16, String)>>>;

/// A PDS and a directory in one, which answers what it was told, and 404 to all else.
struct Server {
    url: String,
    answers: Answers,
    folder: tempfile::TempDir,
}

impl Server {
    /// With one account, alice.test.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = Answers::default();
        let shared = Arc::clone(&answers);
        thread::spawn(move || listener.incoming().for_each(|stream| answer(&stream.unwrap(), &shared)));
        let server = Self { url, answers, folder: tempfile::tempdir().unwrap() };
        server.says("/xrpc/com.atproto.identity.resolveHandle?handle=alice.test", &json!({"did": DID}));
        server.says(&format!("/{DID}"), &document(&server.url));
        server.lists(COLLECTION, "", &json!({"records": []}));
        for old in ["ac.foundation.dataset.schema", "ac.foundation.dataset.sampleSchema"] {
            server.lists(old, "", &json!({"records": []}));
        }
        server
    }

    fn says(&self, path: &str, answer: &Value) {
        self.refuses(path, 200, &answer.to_string());
    }

    fn refuses(&self, path: &str, status: u16, body: &str) {
        self.answers.lock().unwrap().insert(path.to_owned(), (status, body.to_owned()));
    }

    fn lists(&self, collection: &str, cursor: &str, answer: &Value) {
        let did = DID.replace(':', "%3A");
        let path = format!("/xrpc/com.atproto.repo.listRecords?repo={did}&collection={collection}&limit=50{cursor}");
        self.says(&path, answer);
    }

    fn record_path(key: &str) -> String {
        let did = DID.replace(':', "%3A");
        format!("/xrpc/com.atproto.repo.getRecord?repo={did}&collection={COLLECTION}&rkey={key}")
    }

    fn here(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_atdata-codegen"))
            .args(args)
            .current_dir(self.here())
            .env("ATDATA_PDS_URL", &self.url)
            .env("ATDATA_PLC_URL", &self.url)
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .unwrap()
    }

    /// Standard output of a run that ended well.
    #[track_caller]
    fn well(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Standard error of a run that ended with that code.
    #[track_caller]
    fn fails(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stderr).replace(&self.url, "SERVER")
    }
}

/// The document of alice.test.
fn document(pds: &str) -> Value {
    json!({"id": DID, "alsoKnownAs": ["at://alice.test"], "service": [
        {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}]})
}

fn answer(mut stream: &std::net::TcpStream, answers: &Answers) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let known = answers.lock().unwrap().get(path).cloned();
    let (status, body) = known.unwrap_or_else(|| (404, format!("no {path}")));
    let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that has read enough closes the connection.
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n")
}

fn uri(key: &str) -> String {
    format!("at://{DID}/{COLLECTION}/{key}")
}

fn record(version: &str, time: &str, kind: &str) -> Value {
    json!({"$type": COLLECTION, "name": "Photo", "version": version, "schemaType": "jsonSchema",
        "schema": {"type": "object", "properties": {"label": {"type": kind}}, "required": ["label"]},
        "createdAt": time, "atdataSchemaVersion": 1})
}

fn listed(key: &str, record: &Value) -> Value {
    json!({"uri": uri(key), "value": record})
}

#[test]
fn the_newest_record_of_all_pages_is_added_under_its_handle() {
    let server = Server::start();
    let first = json!({"cursor": "2", "records": [
        listed("c", &record("1.0.0", "2026-03-01T12:00:00+02:00", "integer")),
        listed("b", &record("2.0.0", "2026-03-05T12:00:00Z", "integer"))]});
    server.lists(COLLECTION, "", &first);
    let second = json!({"cursor": "3", "records": [listed("a", &record("1.0.0", "2026-03-01T11:00:00Z", "string"))]});
    server.lists(COLLECTION, "&cursor=2", &second);
    server.lists(COLLECTION, "&cursor=3", &json!({"cursor": "4", "records": []}));

    let added: Value = serde_json::from_str(&server.well(&["add", "@Alice.test/Photo@1.0.0", "--json"])).unwrap();
    assert_eq!(added["file"], "schemas/published/alice.test/Photo@1.0.0.json");
    assert_eq!(added["uri"], uri("a"));
    let code = server.well(&["generate", "schemas/atdata.lock"]);
    assert!(code.contains("pub label: ::std::string::String") && code.contains(&uri("a")), "{code}");

    // What is there already stays where it is, whatever name it comes by.
    server.says(&Server::record_path("a"), &listed("a", &record("1.0.0", "2026-03-01T11:00:00Z", "string")));
    for reference in [format!("@{DID}/Photo@1.0.0"), uri("a")] {
        let again: Value = serde_json::from_str(&server.well(&["add", &reference, "--json"])).unwrap();
        assert_eq!(again, added);
    }
    let latest = server.well(&["add", "atdata://alice.test/schema/Photo"]);
    assert!(latest.starts_with("Photo@2.0.0 is in schemas"), "{latest}");

    let error = server.fails(&["add", "@alice.test/Photo@3.0.0"], 2);
    let expected = "error: @alice.test/Photo@3.0.0: alice.test has published no schema Photo@3.0.0; the \
                    versions that there are: 1.0.0, 2.0.0\n";
    assert_eq!(error, expected);
    let error = server.fails(&["add", "@alice.test/Foto@1.0.0"], 2);
    assert!(
        error.ends_with("alice.test has published no schema Foto@1.0.0; the schemas that there are: Photo\n"),
        "{error}"
    );
}

#[test]
fn a_pinned_record_is_held_against_what_is_published() {
    let server = Server::start();
    let path = Server::record_path("a");
    server.says(&path, &listed("a", &record("1.0.0", "2026-03-01T12:00:00Z", "string")));
    let cid = server.well(&["add", &uri("a"), "--json"]);
    let cid = serde_json::from_str::<Value>(&cid).unwrap()["cid"].as_str().unwrap().to_owned();
    assert_eq!(server.well(&["verify", "--online"]), "1 record is as pinned\n1 record is published as pinned\n");
    // The order of keys is the server's, and says nothing.
    let file = server.here().join(format!("schemas/published/{}/Photo@1.0.0.json", DID.replace(':', "_")));
    let stored = fs::read(&file).unwrap();
    let mut backwards = record("1.0.0", "2026-03-01T12:00:00Z", "string");
    let members = std::mem::take(backwards.as_object_mut().unwrap());
    backwards.as_object_mut().unwrap().extend(members.into_iter().rev());
    server.says(&path, &json!({"uri": uri("a"), "cid": cid, "value": backwards}));
    server.well(&["add", &uri("a")]);
    assert_eq!(fs::read(&file).unwrap(), stored);

    server.says(&path, &listed("a", &record("1.0.0", "2026-03-01T12:00:00Z", "integer")));
    let error = server.fails(&["verify", "--online"], 1);
    assert!(error.contains(&format!("{}: expected the CID {cid}, found bafyrei", uri("a"))), "{error}");
    assert_eq!(server.well(&["verify"]), "1 record is as pinned\n", "without --online no server is asked");
    let error = server.fails(&["add", &uri("a")], 2);
    assert!(error.contains("which is pinned, found bafyrei") && error.contains("label: type str -> int"), "{error}");

    server.refuses(&path, 400, r#"{"error": "RecordNotFound", "message": "Could not locate record"}"#);
    assert!(server.fails(&["verify", "--online"], 1).contains("is no longer published"));
    server.refuses(&path, 502, "<html>");
    let output = server.run(&["verify", "--online", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "{\"pinned\":1,\"problems\":[],\"published\":0}\n");
    assert!(text(&output.stderr).contains("com.atproto.repo.getRecord at http://127.0.0.1"), "{output:?}");
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let server = Server::start();
    let path = Server::record_path("a");
    let photo = record("1.0.0", "2026-03-01T12:00:00Z", "string");
    let refused = |body: &str, expected: &str| {
        server.refuses(&path, 200, body);
        let error = server.fails(&["add", &uri("a")], 2);
        assert!(error.contains(expected), "{error}");
    };
    refused("<html>", "getRecord at SERVER: expected JSON");
    refused(&listed("b", &photo).to_string(), "expected the record, found another");
    refused(&format!("\"{}\"", "x".repeat(2 << 20)), "it sends more than 1052672 bytes");
    let lie = json!({"uri": uri("a"), "cid": CID_OF_ANOTHER, "value": photo}).to_string();
    refused(&lie, "the record was changed");
    let mut evil = photo.clone();
    evil["name"] = "../../evil".into();
    refused(&listed("a", &evil).to_string(), "cannot be the name of a file");

    server.refuses(&path, 302, "");
    assert!(server.fails(&["add", &uri("a")], 2).contains("302 Found: redirects are not followed"));
    server.lists(COLLECTION, "", &json!({"cursor": "c", "records": [listed("a", &photo)]}));
    server.lists(COLLECTION, "&cursor=c", &json!({"cursor": "c", "records": [listed("b", &photo)]}));
    assert!(server.fails(&["add", "@alice.test/Photo@1.0.0"], 2).contains("it sends the same page again"));
    assert!(!server.here().join("schemas").exists(), "what is refused leaves nothing");
}

#[test]
fn accounts_that_cannot_be_found_are_told() {
    let server = Server::start();
    let add = |reference: &str| server.fails(&["add", reference], 2);
    let handle = "/xrpc/com.atproto.identity.resolveHandle?handle=bob.test";
    server.refuses(handle, 400, r#"{"error": "InvalidRequest", "message": "Unable to resolve handle"}"#);
    assert_eq!(
        add("@bob.test/Photo@1.0.0"),
        "error: @bob.test/Photo@1.0.0: com.atproto.identity.resolveHandle at SERVER: 400 Bad Request: InvalidRequest: \
         Unable to resolve handle\n",
    );
    server.says(handle, &json!({"did": DID}));
    assert!(add("@bob.test/Photo@1.0.0").contains("whose document does not name it"));
    assert!(add("@did:key:abc/Photo@1.0.0").contains("only `did:plc` and `did:web` without a path are known"));
    assert!(add("@alice.test/Photo").contains("has no version: write it after the name"));
    assert!(add("atdata://local/schema/Photo@1.0.0").contains("is a schema of an index"));
    assert!(add("at://alice.test/science.alt.dataset.schema/a/b").contains("expected the key of a record"));
    server.says(&format!("/{DID}"), &document("http://pds.example"));
    assert!(add(&uri("a")).contains("names no PDS that is asked: the server http://pds.example is not encrypted"));
    server.says(&format!("/{DID}"), &json!({"id": "did:plc:other"}));
    assert!(add(&uri("a")).contains("it is one of another DID"));
    let args = ["add", "@alice.test/Photo@1.0.0", "--pds", "http://127.0.0.1:1"];
    assert!(server.fails(&args, 2).contains("resolveHandle at http://127.0.0.1:1: it cannot be reached: "));
}
