//! References: from a name in an index to a dataset.

use std::path::Path;
use std::process::Command;

use atdata::index::{Document, DocumentKind, Entry, Index, InsertOptions, Label, Provider, Search, Sqlite};
use atdata::ndarray::Array3;
use atdata::source::{S3Config, Schemes};
use atdata::store::{LocalStore, S3Store};
use atdata::{Dataset, DictSample, DynArray, ErrorKind, LoadOptions, Packable, Result, load_dataset};
use atdata_tests::fixtures;
use atdata_tests::services::{ACCESS_KEY, BUCKET, SECRET_KEY, TestS3};
use atdata_tests::types::Text;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{Note, texts};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    image: Vec<u8>,
    label: String,
    stars: i64,
}

fn photo(stars: i64) -> Photo {
    Photo { image: vec![1, 2, 3], label: format!("cat {stars}"), stars }
}

/// An index with the dataset `photos` in two versions.
fn photos() -> (TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    for stars in [1, 2] {
        let entry = index.write_samples("photos", [photo(stars)]).unwrap();
        index.label(&Label::new("photos", &entry.cid).with_version(format!("1.0.{stars}"))).unwrap();
    }
    (folder, index)
}

fn index(folder: &Path) -> Index {
    let provider = Sqlite::open(folder.join("index.db")).unwrap();
    Index::builder().provider(provider).store(LocalStore::new(folder.join("data"))).build().unwrap()
}

#[track_caller]
fn fail<S: Packable + 'static>(loader: &LoadOptions, reference: &str) -> (ErrorKind, String) {
    let error = loader.load::<S>(reference).unwrap_err();
    (error.kind(), format!("{error:#}"))
}

#[test]
fn a_reference_leads_to_one_split_of_any_name() {
    let (_folder, index) = photos();
    let loader = LoadOptions::new().index(&index);
    for (reference, stars) in [
        ("@local/photos", 2),
        ("@local/photos@1.0.1", 1),
        ("@local/photos@1.0.2", 2),
        ("atdata://local/dataset/photos", 2),
        ("atdata://local/dataset/photos@1.0.1", 1),
    ] {
        let splits = loader.load::<Photo>(reference).unwrap();
        assert_eq!(splits.names().collect::<Vec<_>>(), ["train"], "{reference}");
        assert_eq!(splits.only().unwrap().head(9).unwrap(), [photo(stars)], "{reference}");
        let sample = loader.load_split::<DictSample>(reference, "any").unwrap().head(1).unwrap().remove(0);
        assert_eq!(sample.get("stars").unwrap().as_i64(), Some(stars), "{reference}");
    }
}

#[test]
fn what_an_index_does_not_have_is_told_from_what_it_has() {
    let (folder, index) = photos();
    let loader = LoadOptions::new().index(&index);
    let database = format!("sqlite://{}", folder.path().join("index.db").display());
    for (reference, hint) in [
        ("@local/photos@2.0.0", "no dataset \"photos@2.0.0\" in URL; \"photos\" has the versions \"1.0.1\", \"1.0.2\""),
        ("@local/photo", "no dataset \"photo\" in URL; did you mean \"photos\"?"),
        ("@local/cifar", "no dataset \"cifar\" in URL; there are \"photos\""),
    ] {
        let expected = format!("{reference}: {}", hint.replace("URL", &database));
        assert_eq!(fail::<DictSample>(&loader, reference), (ErrorKind::NotFound, expected));
    }
    let (kind, text) = fail::<DictSample>(&loader, "@photos");
    assert_eq!(
        (kind, text.as_str()),
        (
            ErrorKind::InvalidInput,
            "@photos: nobody's dataset: expected `@local/photos`, or the name of another owner before it; of a file the path is \
             `./@photos`"
        )
    );
    let (kind, text) = fail::<DictSample>(&loader.data_files("a.tar"), "@local/photos");
    assert_eq!(kind, ErrorKind::InvalidInput);
    assert!(text.contains("leave out `data_files`"), "{text}");
}

/// Some of the fields.
#[derive(Packable, Debug, PartialEq)]
struct Labelled {
    label: String,
}

/// A version that also has what older ones do not.
#[derive(Packable, Debug, PartialEq)]
#[packable(name = "Photo", version = "1.1.0")]
struct Newer {
    stars: f64,
    label: String,
    image: Vec<u8>,
    author: Option<String>,
}

#[derive(Packable, Debug)]
#[packable(name = "Photo")]
struct Other {
    image: String,
    label: Option<String>,
    stars: i64,
    width: i64,
}

#[test]
fn a_type_may_have_some_of_the_fields_or_be_a_newer_version() {
    let (_folder, index) = photos();
    let loader = LoadOptions::new().index(&index);
    let labels = loader.load_split::<Labelled>("@local/photos", "train").unwrap();
    assert_eq!(labels.head(9).unwrap(), [Labelled { label: "cat 2".into() }]);
    let batch = labels.batches(4).next().unwrap().unwrap();
    assert_eq!(batch.label, ["cat 2"]);
    let newer = loader.load_split::<Newer>("@local/photos", "train").unwrap().head(1).unwrap();
    assert_eq!(newer, [Newer { stars: 2.0, label: "cat 2".into(), image: vec![1, 2, 3], author: None }]);
    // And the index itself gives the same.
    assert_eq!(index.dataset::<Labelled>("photos").unwrap().head(9).unwrap(), [Labelled { label: "cat 2".into() }]);
}

#[test]
fn a_type_that_contradicts_the_schema_fails_at_once_with_all_differences() {
    let (_folder, index) = photos();
    let loader = LoadOptions::new().index(&index);
    let expected = "@local/photos: the samples are of Photo@1.0.0, which the type Photo@1.0.0 does not read:\n  \
                    major  image: type bytes -> str\n  \
                    major  width: added as int, neither optional nor with a default\n\
                    mend the type, read without one (`DictSample`), or try it unchecked by `LoadOptions::check_schema(false)`";
    assert_eq!(fail::<Other>(&loader, "@local/photos"), (ErrorKind::SchemaMismatch, expected.to_owned()));
    assert_eq!(index.dataset::<Other>("photos").unwrap_err().kind(), ErrorKind::SchemaMismatch);
    let unchecked = loader.check_schema(false).load_split::<Other>("@local/photos", "train").unwrap();
    assert_eq!(unchecked.head(1).unwrap_err().kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn who_has_a_type_needs_no_schema() {
    let (folder, index) = photos();
    let local = index.repository("local").unwrap().provider();
    let urls = index.get("photos").unwrap().data_urls;
    for reference in
        ["atdata://local/schema/Gone@1.0.0", "at://did:plc:abc/science.alt.dataset.schema/3k", "no reference"]
    {
        let entry = Entry::new("loose", reference, urls.clone()).unwrap();
        local.register(&entry, &Label::new("loose", &entry.cid)).unwrap();
        let loaded = LoadOptions::new().index(&index).load_split::<Photo>("@local/loose", "train").unwrap();
        assert_eq!(loaded.head(9).unwrap(), [photo(2)], "{reference}");
    }
    drop(folder);
}

#[test]
fn shards_that_python_joined_by_spaces_are_found() {
    let (folder, index) = photos();
    let [a, b] = ["a.tar", "bb.tar"].map(|name| {
        let path = folder.path().join(name);
        Dataset::write(&path, [photo(7)]).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let entry = Entry::new("joined", "atdata://local/schema/Photo@1.0.0", [format!("{a} {b}")]).unwrap();
    index.add(entry).unwrap();
    assert_eq!(
        LoadOptions::new().index(&index).load::<Photo>("@local/joined").unwrap().only().unwrap().len().unwrap(),
        2
    );
}

/// A database that says that it is somewhere else.
#[derive(Debug)]
struct Elsewhere(Sqlite, &'static str);

impl Provider for Elsewhere {
    fn url(&self) -> String {
        self.1.to_owned()
    }
    fn put_entry(&self, entry: &Entry) -> Result<()> {
        self.0.put_entry(entry)
    }
    fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        self.0.entry(cid)
    }
    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        self.0.entry_by_name(name)
    }
    fn entries(&self) -> Result<Vec<Entry>> {
        self.0.entries()
    }
    fn remove_entry(&self, cid: &str) -> Result<bool> {
        self.0.remove_entry(cid)
    }
    fn put_label(&self, label: &Label) -> Result<()> {
        self.0.put_label(label)
    }
    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>> {
        self.0.label(name, version)
    }
    fn labels(&self) -> Result<Vec<Label>> {
        self.0.labels()
    }
    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool> {
        self.0.remove_label(name, version)
    }
    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        self.0.add_document(kind, document)
    }
    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        self.0.document(kind, name, version)
    }
    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        self.0.documents(kind)
    }
}

#[test]
fn an_index_of_another_machine_may_not_name_files_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    Dataset::write(at("secret.tar"), [photo(1)]).unwrap();
    let index_at = |url| {
        let provider = Elsewhere(Sqlite::open(folder.path().join("index.db")).unwrap(), url);
        Index::builder().provider(provider).store(LocalStore::new(folder.path().join("data"))).build().unwrap()
    };
    let (here, there) = (index_at("redis://localhost:6379"), index_at("redis://db.example.org:6379"));

    let ours = here.write_samples("ours", [photo(3)]).unwrap();
    for (name, url) in [
        ("path", at("secret.tar")),
        ("file", format!("file://{}", at("secret.tar"))),
        ("braces", format!("{{https://h/a.tar,{}}}", at("secret.tar"))),
        ("joined", format!("{0} {0}", at("secret.tar"))),
        ("http", "http://h/a.tar".to_owned()),
        ("stdin", "-".to_owned()),
        ("pipe", "pipe:cat /etc/passwd".to_owned()),
    ] {
        here.repository("local")
            .unwrap()
            .provider()
            .put_entry(&Entry::new(name, &ours.schema_ref, [url]).unwrap())
            .unwrap();
    }
    for name in ["path", "file", "braces", "joined", "http", "stdin", "pipe"] {
        let (kind, text) = fail::<Photo>(&LoadOptions::new().index(&there), &format!("@local/{name}"));
        assert_eq!(kind, ErrorKind::Unsupported, "{name}: {text}");
        assert_eq!(there.dataset::<Photo>(name).unwrap_err().kind(), ErrorKind::Unsupported, "{name}");
    }
    // What is in the store of the index is its own, and who says so trusts the rest.
    assert_eq!(there.dataset::<Photo>("ours").unwrap().head(9).unwrap(), [photo(3)]);
    let trusting = LoadOptions::new().index(&there).schemes(Schemes::of_records().with_files());
    assert_eq!(trusting.load_split::<Photo>("@local/path", "train").unwrap().head(9).unwrap(), [photo(1)]);
    assert_eq!(fail::<Photo>(&trusting, "@local/http").0, ErrorKind::Unsupported);
    trusting.schemes(Schemes::of_records().with_http()).load::<Photo>("@local/http").unwrap();

    assert_eq!(here.dataset::<Photo>("path").unwrap().head(9).unwrap(), [photo(1)]);
    here.dataset::<Photo>("http").unwrap();
    assert_eq!(here.dataset::<Photo>("pipe").unwrap_err().kind(), ErrorKind::Unsupported);
    let careful = LoadOptions::new().index(&here).schemes(Schemes::of_records());
    assert_eq!(fail::<Photo>(&careful, "@local/path").0, ErrorKind::Unsupported);
}

/// Others could not read what lies in the home folder of one machine.
#[test]
fn nothing_is_written_for_an_index_of_several_machines_without_a_store() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["redis://localhost:6379", "REDIS://localhost:6379", "Postgres://localhost/data"] {
        let provider = Elsewhere(Sqlite::open(folder.path().join("index.db")).unwrap(), url);
        let index = Index::builder().provider(provider).build().unwrap();
        let error = index.write_samples("mine", [photo(1)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}: {error}");
        assert!(error.to_string().contains("store"), "{url}: {error}");
        assert_eq!(index.entries().unwrap(), []);
    }
}

/// What others have written does not become one's own in an index whose repository has the same name, or that has an
/// entry with the same CID.
#[test]
fn an_entry_of_another_index_is_no_more_trusted_in_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    Dataset::write(at("secret.tar"), [photo(1)]).unwrap();
    let own = |name: &str| Index::builder().provider(Sqlite::open(at(name)).unwrap()).build().unwrap();
    let (mine, database) = (own("mine.db"), Sqlite::open(at("theirs.db")).unwrap());
    let known = mine.insert("known", &Dataset::<Photo>::open(at("secret.tar")).unwrap()).unwrap();
    let theirs = Entry::new("theirs", &known.schema_ref, [format!("{0} {0}", at("secret.tar")), at("secret.tar")]);
    let theirs = theirs.unwrap();
    database.put_entry(&theirs).unwrap();
    let mut forged = database.entry(&theirs.cid).unwrap().unwrap();
    forged.cid.clone_from(&known.cid);
    let there = Elsewhere(database, "redis://db.example.org:6379");
    let there = Index::builder().provider(there).build().unwrap();
    let got = [
        there.get("theirs").unwrap(),
        there.entry(&theirs.cid).unwrap(),
        there.get_by_name("theirs").unwrap(),
        there.entries().unwrap().remove(0),
        there.search(&Search::new()).unwrap().remove(0),
        forged,
    ];
    for entry in got {
        assert_eq!(mine.open_entry::<Photo>(&entry).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(mine.verify(&entry).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(mine.add(entry).unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert_eq!(mine.entries().unwrap(), std::slice::from_ref(&known));
    // What this index has as well is its own, wherever it was read.
    there.repository("local").unwrap().provider().put_entry(&known).unwrap();
    let same = there.get("known").unwrap();
    assert_eq!(mine.open_entry::<Photo>(&same).unwrap().head(9).unwrap(), [photo(1)]);
}

/// Python's class `Repo` left out the scheme; and what is on the server of the store is read with its credentials.
#[test]
fn shards_in_a_bucket_are_read_with_the_credentials_of_the_store() {
    let server = TestS3::start();
    let hive = server.bucket().join("hive/set");
    std::fs::create_dir_all(&hive).unwrap();
    for shard in 0..2 {
        Dataset::write(hive.join(format!("atdata--0a1b--{shard:06}.tar")), [photo(shard)]).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(&server.endpoint);
    let provider = Sqlite::open(folder.path().join("index.db")).unwrap();
    let index = Index::builder().provider(provider).store(S3Store::new(BUCKET, config)).build().unwrap();
    for (name, url) in [
        ("repo", format!("{BUCKET}/hive/set/atdata--0a1b--{{000000..000001}}.tar")),
        ("url", format!("s3://{BUCKET}/hive/set/atdata--0a1b--{{000000,000001}}.tar")),
    ] {
        index.add(Entry::new(name, "atdata://local/schema/Photo@1.0.0", [url]).unwrap()).unwrap();
        let found = LoadOptions::new().index(&index).load_split::<Photo>(&format!("@local/{name}"), "train").unwrap();
        assert_eq!(found.head(9).unwrap(), [photo(0), photo(1)], "{name}");
    }
}

#[test]
fn the_network_is_not_an_index() {
    // One that asks nobody: the public network is none of the tests' business.
    let index = Index::builder().provider(Sqlite::in_memory().unwrap()).without_atmosphere().build().unwrap();
    let loader = LoadOptions::new().index(&index);
    for reference in [
        "at://did:plc:abc/science.alt.dataset.entry/3k",
        "@alice.example/photos",
        "@alice.example/photos@1.0.0",
        "atdata://alice.example/dataset/photos",
    ] {
        let (kind, text) = fail::<DictSample>(&loader, reference);
        assert_eq!(kind, ErrorKind::Unsupported, "{reference}");
        assert!(text.contains("leads to the AT Protocol network"), "{text}");
    }
    for malformed in ["@", "@/x", "@local/", "atdata://", "atdata://local", "atdata:///x"] {
        for loader in [LoadOptions::new(), loader.clone()] {
            assert_eq!(fail::<DictSample>(&loader, malformed).0, ErrorKind::InvalidInput, "{malformed}");
        }
    }
}

#[test]
fn references_lead_where_they_lead_in_python() {
    for (reference, target) in fixtures::json("paths.json")["resolve_prefix"].as_object().unwrap() {
        let index = Index::builder().provider(Sqlite::in_memory().unwrap()).without_atmosphere().build().unwrap();
        let (backend, name) = (target[0].as_str().unwrap(), target[1].as_str().unwrap());
        let entry = Entry::new(name, "atdata://local/schema/Photo@1.0.0", ["/a.tar"]).unwrap();
        index.repository("local").unwrap().provider().put_entry(&entry).unwrap();
        match backend {
            "local" => assert_eq!(index.get(reference).unwrap(), entry, "{reference}"),
            other => {
                assert_eq!(other, "_atmosphere");
                assert_eq!(index.get(reference).unwrap_err().kind(), ErrorKind::Unsupported, "{reference}");
            }
        }
    }
}

/// The home folder is one of the whole process: so there are two.
#[test]
fn without_an_index_it_is_the_one_in_the_home_folder() {
    const CHILD: &str = "ATDATA_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let error = load_dataset::<Photo>("@x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let home = std::env::home_dir().unwrap();
        assert!(!home.join(".atdata").exists(), "nothing is made for what is not in it");

        Index::open().unwrap().write_samples("photos", [photo(4)]).unwrap();
        assert_eq!(load_dataset::<Photo>("@local/photos").unwrap().only().unwrap().head(9).unwrap(), [photo(4)]);
        assert_eq!(load_dataset::<Photo>("~/.atdata/data/**/*.tar").unwrap().names().collect::<Vec<_>>(), ["train"]);
        Dataset::write(home.join("test-0.tar"), [photo(5)]).unwrap();
        assert_eq!(
            load_dataset::<Photo>("~/{test,test}-?.tar").unwrap().num_shards().collect::<Vec<_>>(),
            [("test", 2)]
        );
        assert_eq!(load_dataset::<Photo>("~").unwrap().names().collect::<Vec<_>>(), ["test"]);
        return;
    }
    let home = tempfile::tempdir().unwrap();
    // A home with what means something in patterns.
    let home = home.path().join("[a]*");
    std::fs::create_dir(&home).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "load::references::without_an_index_it_is_the_one_in_the_home_folder"])
        .env(CHILD, "1")
        .env("HOME", &home)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
}

/// As Python declared it; it stored `float32` for the array, as it does for all.
#[derive(Packable, Debug)]
#[packable(name = "Image")]
struct Stored {
    image: DynArray,
    label: String,
    confidence: f64,
}

/// What the samples of it are.
#[derive(Packable, Debug)]
#[packable(name = "Image")]
struct ImageOfBytes {
    image: Array3<u8>,
    label: String,
}

#[test]
fn what_python_stored_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixtures::path("index_sqlite/index.db"), folder.path().join("index.db")).unwrap();
    let index = index(folder.path());
    let loader = LoadOptions::new().index(&index);

    // Its shards were where Python ran: the entry once more, for where they are.
    let entry = index.get("images").unwrap();
    let (kind, text) = fail::<Stored>(&loader, "@local/images");
    assert_eq!((kind, text.starts_with(&entry.data_urls[0])), (ErrorKind::NotFound, true), "{text}");
    let here = fixtures::url("index_sqlite/store/images/data--00000001--000000.tar");
    index.add(Entry::new("images", &entry.schema_ref, [here]).unwrap()).unwrap();
    let images = loader.load_split::<Stored>("@local/images", "train").unwrap();
    let first = images.head(1).unwrap().remove(0);
    assert!(!first.label.is_empty() && first.confidence.is_finite() && first.image.ndim() > 0, "{first:?}");
    let count = images.len().unwrap();
    assert_eq!(loader.load_split::<DictSample>("@local/images", "train").unwrap().len().unwrap(), count);
    // The schema does not know better, and the samples do.
    loader.load::<ImageOfBytes>("@local/images").unwrap();
    assert_eq!(fail::<Photo>(&loader, "@local/images").0, ErrorKind::SchemaMismatch);

    let manual = loader.load::<Text>("@local/manual").unwrap();
    assert_eq!(manual.num_shards().collect::<Vec<_>>(), [("train", 4)]);
    assert_eq!(fail::<Photo>(&loader, "@local/manual").0, ErrorKind::SchemaMismatch);
    let legacy = loader.load::<Text>("@local/legacy").unwrap();
    assert_eq!(legacy.only().unwrap().shards()[0].url(), "s3://b/k.tar");
}

#[test]
fn entries_under_a_name_with_an_at_are_still_found() {
    let (_folder, index) = photos();
    let options = InsertOptions::default();
    let dataset = index.dataset::<Photo>("photos").unwrap();
    assert_eq!(index.insert_with("a@b", &dataset, &options).unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut entry = index.get("photos").unwrap();
    entry.name = "a@b".into();
    index.repository("local").unwrap().provider().put_entry(&entry).unwrap();
    assert_eq!(LoadOptions::new().index(&index).load::<Photo>("@local/a@b").unwrap().only().unwrap().len().unwrap(), 1);
}

proptest! {
    #[test]
    fn no_reference_makes_the_loader_panic(text in texts(), which in 0_usize..5) {
        let index = Index::builder().provider(Sqlite::in_memory().unwrap()).without_atmosphere().build().unwrap();
        let reference = format!("{}{text}", ["@", "@local/", "atdata://", "atdata://local/", "at://"][which]);
        let error = LoadOptions::new().index(&index).load::<Note>(&reference).unwrap_err();
        prop_assert!(!error.to_string().contains(['\0', '\u{1b}']), "{:?}", error);
    }

    /// Whatever an entry says.
    #[test]
    fn no_entry_makes_the_loader_panic(urls in proptest::collection::vec(texts(), 0..4), schema in texts()) {
        let provider = Elsewhere(Sqlite::in_memory().unwrap(), "redis://db.example.org");
        let index = Index::builder().provider(provider).build().unwrap();
        let entry = Entry::new("x", schema, urls).unwrap();
        index.repository("local").unwrap().provider().put_entry(&entry).unwrap();
        if let Ok(dataset) = LoadOptions::new().index(&index).load_split::<Note>("@local/x", "train") {
            prop_assert!(dataset.shards().iter().all(|shard| shard.path().is_none()), "{:?}", dataset);
        }
    }
}
