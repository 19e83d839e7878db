//! `atdata-codegen` takes schemas from a real PDS, and knows whether they are still what they were; and from a network of
//! canned answers, which are what a good server would not send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, OnceLock};

use atdata::Packable;
use atdata::atmosphere::{Atmosphere, Swap};
use atdata::cid::Cid;
use atdata::ndarray::Array3;
use atdata_tests::services::Pds;
use atdata_tests::services::faulty::{Faulty, Reply};
use serde_json::{Value, json};

const COLLECTION: &str = "science.alt.dataset.schema";
const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";
const CID_OF_ANOTHER: &str = "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua";

/// One photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.0.0")]
struct Photo {
    /// Pixels.
    #[packable(shape = [_, _, 3])]
    image: Array3<u8>,
    #[packable(rename = "fileName")]
    file_name: Option<String>,
    stars: i64,
}

#[test]
fn a_published_schema_becomes_a_type_and_is_watched() {
    let pds = Pds::start();
    let account = pds.account("publisher");
    let builder = Atmosphere::builder().pds(pds.url()).plc(pds.plc());
    let atmosphere = builder.login(&account.handle, &account.app_password).unwrap();
    let published = atmosphere.publish_schema::<Photo>().unwrap();
    let (uri, handle, did) = (published.uri.to_string(), &account.handle, &account.did);
    let project = Project::new(pds.url(), pds.plc());

    let added = project.json(&["add", &format!("@{handle}/Photo@1.0.0"), "--json"]);
    let file = format!("schemas/published/{handle}/Photo@1.0.0.json");
    assert_eq!(added["file"], *file);
    assert_eq!((&added["uri"], &added["cid"]), (&json!(uri), &json!(published.cid)));
    let text = fs::read(project.here().join(&file)).unwrap();
    let lock = fs::read(project.here().join("schemas/atdata.lock")).unwrap();
    let code = project.well(&["generate", "schemas/atdata.lock"]);
    assert!(code.contains(&uri) && code.contains(&published.cid), "{code}");
    for line in [
        "/// One photograph.",
        "pub struct Photo {",
        "#[packable(shape = [_, _, 3])]",
        "pub image: ::atdata::ndarray::Array3<u8>,",
        "#[packable(rename = \"fileName\")]",
        "pub file_name: ::core::option::Option<::std::string::String>,",
        "pub stars: i64,",
    ] {
        assert!(code.contains(line), "{line} is not in\n{code}");
    }

    // By its address, and by the DID: the same record.
    for reference in [uri.clone(), format!("@{did}/Photo@1.0.0"), format!("at://{handle}/{}", tail(&uri))] {
        let again = project.json(&["add", &reference, "--json"]);
        assert_eq!(again, added, "{reference}");
    }
    assert_eq!(fs::read(project.here().join(&file)).unwrap(), text);
    assert_eq!(fs::read(project.here().join("schemas/atdata.lock")).unwrap(), lock);

    let verified = project.well(&["verify", "--online"]);
    assert_eq!(verified, "1 record is as pinned\n1 record is published as pinned\n");
    let error = project.fails(&["add", &format!("@{handle}/Photo@1.1.0")], 2);
    assert!(error.ends_with("has published no schema Photo@1.1.0; the versions that there are: 1.0.0\n"), "{error}");
    let error = project.fails(&["add", "@nobody.test/Photo@1.0.0"], 2);
    assert!(error.contains("Unable to resolve handle"), "{error}");

    // Another record of the same name and version, under another key: the newest counts, whatever its key.
    let mut newer = atmosphere.get_record(&published.uri).unwrap().value;
    newer["createdAt"] = "2999-01-01T00:00:00+00:00".into();
    newer["schema"]["properties"]["stars"]["type"] = "number".into();
    let newer = atmosphere.create_record(COLLECTION, &newer).unwrap();
    let error = project.fails(&["add", &format!("@{handle}/Photo@1.0.0")], 2);
    assert!(error.contains(&newer.cid) && error.contains("stars: type int -> float"), "{error}");
    project.well(&["verify", "--online"]);

    atmosphere.delete_record(COLLECTION, published.uri.rkey(), &Swap::default()).unwrap();
    let error = project.fails(&["verify", "--online"], 1);
    assert!(error.contains(&format!("{uri} is no longer published")), "{error}");
    project.well(&["verify"]);
}

/// `collection/key`
fn tail(uri: &str) -> &str {
    uri.trim_start_matches("at://").split_once('/').expect("an address").1
}

/// A folder in which the program runs, with the network that it asks.
struct Project {
    folder: tempfile::TempDir,
    pds: String,
    plc: String,
}

impl Project {
    fn new(pds: &str, plc: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, pds: pds.to_owned(), plc: plc.to_owned() }
    }

    fn here(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(program())
            .args(args)
            .current_dir(self.here())
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("ATDATA_PDS_URL", &self.pds)
            .env("ATDATA_PLC_URL", &self.plc)
            .output()
            .expect("the program runs")
    }

    /// Standard output of a run that ended well.
    #[track_caller]
    fn well(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.well(args)).unwrap()
    }

    /// Standard error of a run that ended with that code.
    #[track_caller]
    fn fails(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap().replace(self.pds.trim_end_matches('/'), "SERVER")
    }
}

/// A PDS and a directory in one, which answers what it was told, and 404 to all else.
struct Scripted {
    _server: Faulty,
    url: String,
    answers: Arc<Mutex<BTreeMap<String, Reply>>>,
    project: Project,
}

impl Deref for Scripted {
    type Target = Project;

    fn deref(&self) -> &Project {
        &self.project
    }
}

impl Scripted {
    /// With one account, alice.test.
    fn start() -> Self {
        let answers = Arc::<Mutex<BTreeMap<String, Reply>>>::default();
        let shared = Arc::clone(&answers);
        let server = Faulty::start(move |request| {
            let known = shared.lock().unwrap().get(&request.path).cloned();
            known.unwrap_or_else(|| Reply::status(404))
        });
        let url = server.url("");
        let scripted = Self { project: Project::new(&url, &url), _server: server, url, answers };
        scripted.says("/xrpc/com.atproto.identity.resolveHandle?handle=alice.test", &json!({"did": DID}));
        scripted.says(&format!("/{DID}"), &document(&scripted.url));
        for collection in [COLLECTION, "ac.foundation.dataset.schema", "ac.foundation.dataset.sampleSchema"] {
            scripted.lists(collection, "", &json!({"records": []}));
        }
        scripted
    }

    fn answers(&self, path: &str, reply: Reply) {
        self.answers.lock().unwrap().insert(path.to_owned(), reply);
    }

    fn says(&self, path: &str, answer: &Value) {
        self.answers(path, Reply::json(200, answer));
    }

    fn refuses(&self, path: &str, code: &str, message: &str) {
        self.answers(path, Reply::json(400, &json!({"error": code, "message": message})));
    }

    fn lists(&self, collection: &str, cursor: &str, answer: &Value) {
        let did = DID.replace(':', "%3A");
        let path = format!("/xrpc/com.atproto.repo.listRecords?repo={did}&collection={collection}&limit=100{cursor}");
        self.says(&path, answer);
    }
}

fn record_path(key: &str) -> String {
    let did = DID.replace(':', "%3A");
    format!("/xrpc/com.atproto.repo.getRecord?repo={did}&collection={COLLECTION}&rkey={key}")
}

/// The document of alice.test.
fn document(pds: &str) -> Value {
    json!({"id": DID, "alsoKnownAs": ["at://alice.test"], "service": [
        {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds}]})
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
    json!({"uri": uri(key), "cid": Cid::of(record).unwrap().to_string(), "value": record})
}

#[test]
fn the_newest_record_of_all_pages_is_added_under_its_handle() {
    let server = Scripted::start();
    let first = json!({"cursor": "2", "records": [
        listed("c", &record("1.0.0", "2026-03-01T12:00:00+02:00", "integer")),
        listed("b", &record("2.0.0", "2026-03-05T12:00:00Z", "integer"))]});
    server.lists(COLLECTION, "", &first);
    let second = json!({"cursor": "3", "records": [listed("a", &record("1.0.0", "2026-03-01T11:00:00Z", "string"))]});
    server.lists(COLLECTION, "&cursor=2", &second);
    server.lists(COLLECTION, "&cursor=3", &json!({"cursor": "4", "records": []}));
    server.lists(COLLECTION, "&cursor=4", &json!({"records": []}));

    let added = server.json(&["add", "@Alice.test/Photo@1.0.0", "--json"]);
    assert_eq!(added["file"], "schemas/published/alice.test/Photo@1.0.0.json");
    assert_eq!(added["uri"], uri("a"));
    let code = server.well(&["generate", "schemas/atdata.lock"]);
    assert!(code.contains("pub label: ::std::string::String") && code.contains(&uri("a")), "{code}");

    // What is there already stays where it is, whatever name it comes by.
    server.says(&record_path("a"), &listed("a", &record("1.0.0", "2026-03-01T11:00:00Z", "string")));
    for reference in [format!("@{DID}/Photo@1.0.0"), uri("a")] {
        assert_eq!(server.json(&["add", &reference, "--json"]), added);
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
    let server = Scripted::start();
    let path = record_path("a");
    server.says(&path, &listed("a", &record("1.0.0", "2026-03-01T12:00:00Z", "string")));
    let cid = server.json(&["add", &uri("a"), "--json"])["cid"].as_str().unwrap().to_owned();
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
}

#[test]
fn that_there_is_no_record_is_told_from_that_nobody_knows() {
    let server = Scripted::start();
    let path = record_path("a");
    let photo = record("1.0.0", "2026-03-01T12:00:00Z", "string");
    server.says(&path, &listed("a", &photo));
    server.well(&["add", &uri("a")]);

    // Older servers have no code for it.
    for code in ["RecordNotFound", "InvalidRequest"] {
        server.refuses(&path, code, "Could not locate record: at://…");
        let error = server.fails(&["verify", "--online"], 1);
        assert!(error.contains(&format!("{} is no longer published", uri("a"))), "{error}");
    }
    server.refuses(&path, "RepoNotFound", "Could not find repo: did:plc:…");
    assert!(server.fails(&["verify", "--online"], 2).contains("getRecord at SERVER: the server answered 400"));
    server.answers(&path, Reply::status(404));
    assert!(server.fails(&["verify", "--online"], 2).contains("getRecord at SERVER: the server answered 404"));
    server.answers(&path, Reply::status(502));
    let output = server.run(&["verify", "--online", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"pinned\":1,\"problems\":[],\"published\":0}\n");
    // As everywhere, it is asked again.
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("com.atproto.repo.getRecord at http://127.0.0.1"), "{error}");
    assert!(error.contains("502 Bad Gateway (after 5 attempts in "), "{error}");

    // The same for one that is pinned by its name.
    let file = server.here().join("Photo.json");
    fs::write(&file, photo.to_string()).unwrap();
    let by_name = ["add", "Photo.json", "--uri", "@alice.test/Photo@1.0.0", "--lock", "named/atdata.lock"];
    server.well(&by_name);
    let verify = ["verify", "named/atdata.lock", "--online"];
    let error = server.fails(&verify, 1);
    assert!(error.contains("@alice.test/Photo@1.0.0 is no longer published"), "{error}");
    server.lists(COLLECTION, "", &json!({"records": [listed("a", &photo)]}));
    server.well(&verify);
    server.says(&format!("/{DID}"), &json!({"id": DID}));
    assert!(server.fails(&verify, 2).contains("whose document does not name it"));
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let server = Scripted::start();
    let path = record_path("a");
    let photo = record("1.0.0", "2026-03-01T12:00:00Z", "string");
    let refused = |body: &str, expected: &str| {
        server.answers(&path, Reply::whole(body.as_bytes(), ""));
        let error = server.fails(&["add", &uri("a")], 2);
        assert!(error.contains(expected), "{error}");
    };
    refused("<html>", "getRecord at SERVER: the server's answer makes no sense: expected JSON");
    refused(&listed("b", &photo).to_string(), &format!("makes no sense: it sends {}", uri("b")));
    let lie = json!({"uri": uri("a"), "cid": CID_OF_ANOTHER, "value": photo}).to_string();
    refused(&lie, "the record was changed");
    let mut evil = photo.clone();
    evil["name"] = "../../evil".into();
    refused(&listed("a", &evil).to_string(), "cannot be the name of a file");

    server.answers(&path, Reply::status(302));
    assert!(server.fails(&["add", &uri("a")], 2).contains("302 Found; redirects are not followed here"));
    server.lists(COLLECTION, "", &json!({"cursor": "c", "records": [listed("a", &photo)]}));
    server.lists(COLLECTION, "&cursor=c", &json!({"cursor": "c", "records": [listed("b", &photo)]}));
    assert!(
        server
            .fails(&["add", "@alice.test/Photo@1.0.0"], 2)
            .contains("its pages go in a circle: it sends a cursor again")
    );
    server.says(&format!("/{DID}"), &json!({"id": DID, "other": "x".repeat(2 << 20)}));
    assert!(server.fails(&["add", &uri("a")], 2).contains("it sends more than 1048576 bytes"));
    assert!(!server.here().join("schemas").exists(), "what is refused leaves nothing");
}

#[test]
fn accounts_that_cannot_be_found_are_told() {
    let server = Scripted::start();
    let add = |reference: &str| server.fails(&["add", reference], 2);
    let handle = "/xrpc/com.atproto.identity.resolveHandle?handle=bob.test";
    server.refuses(handle, "InvalidRequest", "Unable to resolve handle");
    assert_eq!(
        add("@bob.test/Photo@1.0.0"),
        "error: @bob.test/Photo@1.0.0: no account has the handle bob.test: com.atproto.identity.resolveHandle at SERVER: \
         the server answered 400 Bad Request (InvalidRequest): Unable to resolve handle\n",
    );
    server.says(handle, &json!({"did": DID}));
    assert!(add("@bob.test/Photo@1.0.0").contains("whose document does not name it"));
    assert!(add("@did:key:abc/Photo@1.0.0").contains("only `did:plc` and `did:web` without a path are known"));
    assert!(add("@alice.test/Photo").contains("has no version: write it after the name"));
    assert!(add("atdata://local/schema/Photo@1.0.0").contains("found a schema of an index: `atdata schema show"));
    assert!(add("at://alice.test/science.alt.dataset.schema/a/b").contains("expected the key of a record"));
    server.says(&format!("/{DID}"), &document("http://pds.example"));
    assert!(add(&uri("a")).contains("names no PDS that is asked: the server http://pds.example is not encrypted"));
    server.says(&format!("/{DID}"), &json!({"id": "did:plc:other"}));
    assert!(add(&uri("a")).contains("is one of another DID"));
    let args = ["add", "@alice.test/Photo@1.0.0", "--pds", "http://127.0.0.1:1"];
    let error = server.fails(&args, 2);
    assert!(error.contains("resolveHandle at http://127.0.0.1:1: cannot connect to the server (after"), "{error}");
    let error = server.fails(&["add", &uri("a"), "--plc", "http://plc.example"], 2);
    assert!(error.starts_with("error: the PLC directory: the server http://plc.example is not encrypted"), "{error}");
}

/// The program, built from the same sources.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is around it");
        // The workspace's own: `CARGO_TARGET_TMPDIR` is the folder `tmp` in it.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target directory");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--quiet", "--color=never", "-p", "atdata-codegen-cli"])
            .current_dir(workspace)
            .env("CARGO_TARGET_DIR", target)
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("debug").join("atdata-codegen").with_extension(std::env::consts::EXE_EXTENSION)
    })
}
