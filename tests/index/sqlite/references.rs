//! Repositories, references and search.

use atdata::index::{Entry, Index, InsertOptions, Label, Repository, Search, Sqlite};
use atdata::{ErrorKind, Packable, Value};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Caption {
    text: String,
}

fn two_repositories(folder: &std::path::Path) -> Index {
    let lab = Repository::new(Sqlite::open(folder.join("lab.db")).unwrap());
    let local = Sqlite::open(folder.join("index.db")).unwrap();
    Index::builder().provider(local).repository("lab", lab).build().unwrap()
}

fn entry(name: &str, url: &str) -> Entry {
    Entry::new(name, "atdata://local/schema/Caption@1.0.0", [url]).unwrap()
}

#[test]
fn a_name_belongs_to_the_repository_that_it_begins_with() {
    let folder = tempfile::tempdir().unwrap();
    let index = two_repositories(folder.path());
    assert_eq!(index.repositories(), ["local", "lab"]);
    let ours = index.add(entry("set", "/a.tar")).unwrap();
    let theirs = index.add(entry("@lab/set", "/b.tar")).unwrap();
    let nested = index.add(entry("unknown/set", "/c.tar")).unwrap();
    assert_eq!(theirs.name, "set");
    for reference in ["set", "local/set", "@local/set", "atdata://local/dataset/set"] {
        assert_eq!(index.get(reference).unwrap(), ours, "{reference}");
    }
    for reference in ["lab/set", "@lab/set", "atdata://lab/dataset/set"] {
        assert_eq!(index.get(reference).unwrap(), theirs, "{reference}");
    }
    assert_eq!(index.get("unknown/set").unwrap(), nested);
    assert_eq!(index.entry(&theirs.cid).unwrap(), theirs);
    assert_eq!(index.entries_of("lab").unwrap(), [theirs]);
    assert_eq!(index.entries_of("lob").unwrap_err().to_string(), "no repository `lob`; the index has `local`, `lab`");
}

#[test]
fn an_entry_is_found_by_the_name_that_it_has_whatever_labels_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let index = two_repositories(folder.path());
    let (a, b) = (index.add(entry("a", "/a.tar")).unwrap(), index.add(entry("b", "/b.tar")).unwrap());
    index.relabel(&Label::new("a", &b.cid)).unwrap();
    index.label(&Label::new("other", &a.cid)).unwrap();
    assert_eq!(index.get("a").unwrap(), b);
    assert_eq!(index.get_by_name("a").unwrap(), a);
    assert_eq!(index.get("other").unwrap(), a);
    assert_eq!(index.get_by_name("other").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_schema_is_looked_for_in_the_repository_of_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let index = two_repositories(folder.path());
    let path = folder.path().join("a.tar");
    let dataset = atdata::Dataset::write(&path, [Caption { text: "a".into() }]).unwrap().open::<Caption>().unwrap();
    let entry = index.insert("@lab/captions", &dataset).unwrap();
    assert_eq!(index.schemas().unwrap().len(), 0);
    assert_eq!(index.schema_of(&entry).unwrap().schema.name, "Caption");
    assert_eq!(index.schema(&entry.schema_ref).unwrap().schema.name, "Caption");
}

#[test]
fn what_leads_to_the_network_is_said_to() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Sqlite::open(folder.path().join("index.db")).unwrap();
    let index = Index::builder().provider(provider).without_atmosphere().build().unwrap();
    for reference in ["at://did:plc:abc/science.alt.dataset.entry/3k", "@alice.example/x"] {
        assert_eq!(index.get(reference).unwrap_err().kind(), ErrorKind::Unsupported, "{reference}");
        let error = index.write_samples(reference, [Caption { text: "a".into() }]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{reference}");
        assert!(error.to_string().contains("write samples to shards, which `Index::insert` publishes"), "{error}");
    }
}

#[test]
fn search_finds_by_text_tags_and_schema() {
    let folder = tempfile::tempdir().unwrap();
    let index = two_repositories(folder.path());
    let tagged = |name: &str, url: &str, tags: &[&str]| {
        let tags = Value::List(tags.iter().map(|tag| Value::from(*tag)).collect());
        entry(name, url).with_metadata(atdata::DictSample::from_iter([("tags", tags)]))
    };
    index.add(tagged("MNIST digits", "/a", &["images", "small"])).unwrap();
    index.add(tagged("@lab/mnist-fashion", "/b", &["images"])).unwrap();
    index.add(entry("text", "/c")).unwrap();
    let names = |search: Search| index.search(&search).unwrap().into_iter().map(|e| e.name).collect::<Vec<_>>();
    assert_eq!(names(Search::new()), ["MNIST digits", "mnist-fashion", "text"]);
    assert_eq!(names(Search::new().text("mnist")), ["MNIST digits", "mnist-fashion"]);
    assert_eq!(names(Search::new().text("mnist").tags(["small"])), ["MNIST digits"]);
    assert_eq!(names(Search::new().tags(["images"]).repository("lab")), ["mnist-fashion"]);
    assert_eq!(names(Search::new().limit(1)), ["MNIST digits"]);
    assert_eq!(names(Search::new().schema_ref("atdata://local/schema/Caption@1.0.0")).len(), 3);
    assert_eq!(names(Search::new().schema_ref("atdata://local/schema/Caption@2.0.0")).len(), 0);
}

#[test]
fn a_database_is_named_by_a_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/index.db");
    let url = format!("sqlite://{}", path.display());
    let index = Index::connect(&url).unwrap();
    index.add(entry("set", "/a.tar")).unwrap();
    assert_eq!(Index::connect(path.to_str().unwrap()).unwrap().get("set").unwrap().name, "set");
    assert!(format!("{index:?}").contains("index.db"));
    let error = Index::connect("mysql://user:secret@host/db").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn a_file_that_is_no_index_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    std::fs::write(&path, "not a database, but long enough to be taken for one".repeat(100)).unwrap();
    let error = Sqlite::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("is no SQLite database"), "{error}");
    assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
}

#[test]
fn options_show_no_credentials() {
    let options = InsertOptions::new().version("1.0.0").prefix("p");
    assert!(format!("{options:?}").contains("1.0.0"));
}
