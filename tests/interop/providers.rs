//! Python's and our providers by turns on the same Redis and the same PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use atdata::index::{Document, DocumentKind, Entry, Label, Provider};
use atdata::{DictSample, Value};
use atdata_tests::provider::connect;
use atdata_tests::services::{Postgres, Redis};
use serde_json::{Value as Json, json};

pub(crate) fn python_and_rust_take_turns_in_redis(python: &Path) {
    let server = Redis::start();
    take_turns(python, &server.database());
}

pub(crate) fn python_and_rust_take_turns_in_postgres(python: &Path) {
    let server = Postgres::start();
    take_turns(python, &server.database());
}

/// `python/providers.py`, which keeps its connection as long as we do ours.
struct Python {
    process: Child,
    calls: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start(python: &Path, url: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/providers.py");
        let mut process = Command::new(python)
            .arg(script)
            .arg(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it is there");
        let (calls, answers) = (process.stdin.take(), process.stdout.take().unwrap());
        let mut started = Self { process, calls, answers: BufReader::new(answers) };
        assert_eq!(started.answer(), Some(Json::Null));
        started
    }

    /// What the provider's method gives, or nothing where it raises `KeyError`.
    #[track_caller]
    fn call(&mut self, call: &Json) -> Option<Json> {
        writeln!(self.calls.as_mut().unwrap(), "{call}").unwrap();
        self.answer()
    }

    #[track_caller]
    fn answer(&mut self) -> Option<Json> {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut answer: Json = serde_json::from_str(&line).expect("providers.py has said why on standard error");
        if answer["error"] == "KeyError" { None } else { Some(answer["ok"].take()) }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(self.calls.take());
        self.process.wait().ok();
    }
}

const REFERENCE: &str = "atdata://local/schema/Sample@1.0.0";

fn entry(name: &str, urls: &[&str]) -> Entry {
    Entry::new(name, REFERENCE, urls.iter().copied()).unwrap()
}

#[track_caller]
fn take_turns(python: &Path, url: &str) {
    let provider = &*connect(url).unwrap();
    let mut python = Python::start(python, url);
    entries_by_turns(provider, &mut python);
    labels_by_turns(provider, &mut python);
    documents_by_turns(provider, &mut python);
    many_by_turns(provider, &mut python);
}

fn entries_by_turns(provider: &dyn Provider, python: &mut Python) {
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    metadata.insert("nested", Value::Map(vec![("größe".into(), Value::List(vec![Value::Int(1), Value::Nil]))]));
    let as_json = json!({"split": "train", "nested": {"größe": [1, null]}});

    // The same bytes under the same CID, from both.
    let of_rust = entry("of rust", &["/data/é-{0..3}.tar", "s3://b/k"]).with_metadata(metadata.clone());
    provider.register(&of_rust, &Label::new("of rust", &of_rust.cid)).unwrap();
    let expected = json!(["of rust", of_rust.cid, REFERENCE, of_rust.data_urls, as_json]);
    assert_eq!(python.call(&json!(["get_entry_by_cid", of_rust.cid])), Some(expected.clone()));
    assert_eq!(python.call(&json!(["get_entry_by_name", "of rust"])), Some(expected.clone()));
    assert_eq!(python.call(&json!(["iter_entries"])), Some(json!([expected])));

    let of_python = entry("of python", &["/data/p.tar"]).with_metadata(metadata);
    let store = json!(["store_entry", "of python", REFERENCE, ["/data/p.tar"], as_json]);
    assert_eq!(provider.entry_by_name("of python").unwrap(), None);
    assert_eq!(python.call(&store), Some(json!(of_python.cid)));
    assert_eq!(provider.entry_by_name("of python").unwrap().as_ref(), Some(&of_python));
    assert_eq!(provider.resolve("of python", None).unwrap().as_ref(), Some(&of_python));
    assert_eq!(provider.entries().unwrap().len(), 2);

    // Either renames what the other has stored.
    let renamed = entry("renamed by rust", &["/data/p.tar"]);
    provider.put_entry(&renamed).unwrap();
    let expected = json!(["renamed by rust", renamed.cid, REFERENCE, ["/data/p.tar"], null]);
    assert_eq!(python.call(&json!(["get_entry_by_cid", renamed.cid])), Some(expected));
    assert_eq!(python.call(&json!(["get_entry_by_name", "of python"])), None);
    python.call(&json!(["store_entry", "renamed by python", REFERENCE, ["/data/p.tar"], null]));
    assert_eq!(provider.entry_by_name("renamed by rust").unwrap(), None);
    let found = provider.entry_by_name("renamed by python").unwrap().unwrap();
    assert_eq!(found, entry("renamed by python", &["/data/p.tar"]));

    assert!(provider.remove_entry(&found.cid).unwrap());
    assert_eq!(python.call(&json!(["get_entry_by_cid", found.cid])), None);
}

fn labels_by_turns(provider: &dyn Provider, python: &mut Python) {
    let (one, two) = (entry("one", &["/1.tar"]), entry("two", &["/2.tar"]));
    provider.put_entry(&one).unwrap();
    provider.put_entry(&two).unwrap();
    let resolve = || provider.resolve("l@bel", None).unwrap().map(|entry| entry.name);

    python.call(&json!(["store_label", "l@bel", one.cid, null, "why"]));
    assert_eq!(resolve().as_deref(), Some("one"));
    assert_eq!(provider.label("l@bel", None).unwrap().unwrap().description.as_deref(), Some("why"));
    python.call(&json!(["store_label", "l@bel", two.cid, null, null]));
    assert_eq!(resolve().as_deref(), Some("two"));
    python.call(&json!(["store_label", "l@bel", one.cid, "1.0.0", null]));
    assert_eq!(resolve().as_deref(), Some("one"));
    assert_eq!(provider.resolve("l@bel", Some("1.0.0")).unwrap().as_ref(), Some(&one));

    provider.put_label(&Label::new("l@bel", &two.cid).with_version("2.0.0")).unwrap();
    assert_eq!(python.call(&json!(["get_label", "l@bel", "2.0.0"])), Some(json!([two.cid, "2.0.0"])));
    provider.put_label(&Label::new("l@bel", &two.cid).with_version("1.0.0")).unwrap();
    assert_eq!(python.call(&json!(["get_label", "l@bel", "1.0.0"])), Some(json!([two.cid, "1.0.0"])));
    let listed = python.call(&json!(["iter_labels"])).unwrap();
    let of_name: Vec<_> = listed.as_array().unwrap().iter().filter(|label| label[0] == "l@bel").collect();
    assert_eq!(of_name.len(), 3, "{listed}");
    assert_eq!(of_name.len() + 1, listed.as_array().unwrap().len(), "{listed}");
    assert_eq!(provider.labels().unwrap().len(), 4);
    assert!(provider.remove_label("l@bel", Some("2.0.0")).unwrap());
    assert_eq!(python.call(&json!(["get_label", "l@bel", "2.0.0"])), None);
}

fn documents_by_turns(provider: &dyn Provider, python: &mut Python) {
    let (schema, lens) = (DocumentKind::Schema, DocumentKind::Lens);
    assert!(provider.add_document(schema, &Document::new("Rust", "1.0.0", r#"{"n": "é"}"#)).unwrap());
    assert!(provider.add_document(lens, &Document::new("rust", "1.0.0", "{}")).unwrap());
    python.call(&json!(["store_schema", "Python", "1.9.0", "{}"]));
    python.call(&json!(["store_schema", "Python", "1.10.0", r#"{"n": 10}"#]));
    python.call(&json!(["store_lens", "python", "1.0.0", "{}"]));
    assert_eq!(python.call(&json!(["get_schema_json", "Rust", "1.0.0"])), Some(json!(r#"{"n": "é"}"#)));
    assert_eq!(python.call(&json!(["find_latest_version", "Python"])), Some(json!("1.10.0")));
    assert_eq!(provider.document(schema, "Python", "1.10.0").unwrap().as_deref(), Some(r#"{"n": 10}"#));
    assert!(!provider.add_document(schema, &Document::new("Python", "1.10.0", "{}")).unwrap());
    let schemas =
        json!([["Python", "1.10.0", r#"{"n": 10}"#], ["Python", "1.9.0", "{}"], ["Rust", "1.0.0", r#"{"n": "é"}"#]]);
    assert_eq!(python.call(&json!(["iter_schemas"])), Some(schemas));
    let lenses = json!([["python", "1.0.0", "{}"], ["rust", "1.0.0", "{}"]]);
    assert_eq!(python.call(&json!(["iter_lenses"])), Some(lenses));
    assert_eq!((provider.documents(schema).unwrap().len(), provider.documents(lens).unwrap().len()), (3, 2));
}

/// Each finds at once what the other has just written.
fn many_by_turns(provider: &dyn Provider, python: &mut Python) {
    let before = provider.entries().unwrap().len();
    for round in 0..50 {
        let (ours, theirs) = (format!("r{round}"), format!("p{round}"));
        let url = format!("/{theirs}.tar");
        let cid = python.call(&json!(["store_entry", theirs, REFERENCE, [url], null])).unwrap();
        python.call(&json!(["store_label", "turns", cid, format!("0.0.{round}"), null]));
        assert_eq!(provider.resolve("turns", None).unwrap().unwrap().name, theirs);
        let entry = entry(&ours, &[&format!("/{ours}.tar")]);
        provider.register(&entry, &Label::new(&ours, &entry.cid)).unwrap();
        assert_eq!(provider.entry_by_name(&theirs).unwrap().unwrap().cid, cid);
        assert_eq!(python.call(&json!(["get_entry_by_name", ours])).unwrap()[1], entry.cid);
        assert_eq!(python.call(&json!(["get_label", ours])).unwrap()[0], entry.cid);
    }
    assert_eq!(provider.entries().unwrap().len(), before + 100);
    assert_eq!(python.call(&json!(["iter_entries"])).unwrap().as_array().unwrap().len(), before + 100);
}

pub(crate) fn python_reads_a_thousand_entries_of_rust_in_redis(python: &Path) {
    let server = Redis::start();
    let url = server.database();
    let provider = connect(&url).unwrap();
    let mut expected = Vec::new();
    for number in 0..1000 {
        let name = format!("dataset {number}");
        let entry = entry(&name, &[&format!("/{number}.tar")]);
        provider.register(&entry, &Label::new(&name, &entry.cid).with_version("1.0.0")).unwrap();
        expected.push(json!([name, entry.cid, REFERENCE, entry.data_urls, null]));
    }
    let mut python = Python::start(python, &url);
    let listed = python.call(&json!(["iter_entries"])).unwrap();
    // SCAN may give a key twice.
    let mut listed = listed.as_array().unwrap().clone();
    listed.dedup();
    let by_cid = |entry: &Json| entry[1].as_str().unwrap().to_owned();
    listed.sort_by_key(by_cid);
    expected.sort_by_key(by_cid);
    assert_eq!(listed, expected);
    let labels = python.call(&json!(["iter_labels"])).unwrap();
    assert!(labels.as_array().unwrap().len() >= 1000);
}
