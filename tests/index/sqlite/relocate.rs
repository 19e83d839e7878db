//! Shards that have been moved: braces in names, and what others store meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use atdata::index::{Document, DocumentKind, Entry, Index, Label, Provider, Registration, Sqlite};
use atdata::store::LocalStore;
use atdata::{DictSample, Result, Value};

use super::bare_index;

const SCHEMA: &str = "atdata://local/schema/T@1.0.0";

fn with_checksums(urls: &[&str]) -> DictSample {
    let checksums = urls.iter().map(|url| ((*url).to_owned(), Value::from("0".repeat(64).as_str()))).collect();
    DictSample::from_iter([("checksums", Value::Map(checksums))])
}

/// The URLs of an entry after it was moved, and those that have checksums.
fn moved(stored: &[&str], from: &str, to: &str) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let raw: Vec<_> = stored.iter().flat_map(|text| atdata::source::expand_stored(text).unwrap()).collect();
    let raw: Vec<_> = raw.iter().map(String::as_str).collect();
    index.add(Entry::new("d", SCHEMA, stored.to_vec()).unwrap().with_metadata(with_checksums(&raw))).unwrap();
    index.relocate(from, to).unwrap();
    let entry = index.get("d").unwrap();
    let Some(Value::Map(checksums)) = entry.metadata.as_ref().unwrap().get("checksums") else { panic!("{entry:?}") };
    (entry.data_urls.clone(), checksums.iter().map(|(url, _)| url.to_owned()).collect())
}

fn owned(urls: &[&str]) -> Vec<String> {
    urls.iter().map(|url| (*url).to_owned()).collect()
}

#[test]
fn braces_in_places_are_those_of_names() {
    for (stored, from, to, urls, shards) in [
        // To a name that would be expanded, and from one.
        (&["/d/a.tar"][..], "/d", "/st{1,2}", &[r"/st\{1\,2\}/a.tar"][..], &["/st{1,2}/a.tar"][..]),
        (&[r"/st\{1\,2\}/a.tar"], "/st{1,2}", "/d", &["/d/a.tar"], &["/d/a.tar"]),
        (&[r"/st\{1\,2\}/x\{1\,2\}.tar"], "/st{1,2}", "/d", &[r"/d/x\{1\,2\}.tar"], &["/d/x{1,2}.tar"]),
        // One pattern stays one.
        (&["/d/a-{0..2}.tar"], "/d/", "/e", &["/e/a-{0..2}.tar"], &["/e/a-0.tar", "/e/a-1.tar", "/e/a-2.tar"]),
        (&["/d/a-{0..1}.tar"], "/d", "/e{,}", &[r"/e\{\,\}/a-{0..1}.tar"], &["/e{,}/a-0.tar", "/e{,}/a-1.tar"]),
        // What is in braces is not the place.
        (&["/st{1,2}/a.tar"], "/st{1,2}", "/d", &["/st{1,2}/a.tar"], &["/st1/a.tar", "/st2/a.tar"]),
        (&["/st{1,2}/a.tar"], "/st1", "/d", &["/d/a.tar", "/st2/a.tar"], &["/d/a.tar", "/st2/a.tar"]),
        (&["{/d/a,/d/b}.tar"], "/d", "/e", &["/e/a.tar", "/e/b.tar"], &["/e/a.tar", "/e/b.tar"]),
        // As Python joins them.
        (
            &["s3://b/x.tar s3://c/x.tar"],
            "s3://b",
            "s3://d",
            &["s3://d/x.tar s3://c/x.tar"],
            &["s3://d/x.tar", "s3://c/x.tar"],
        ),
    ] {
        let (found, known) = moved(stored, from, to);
        assert_eq!((found.as_slice(), known.as_slice()), (&owned(urls)[..], &owned(shards)[..]), "{stored:?}");
    }
}

/// A database to which somebody else writes while the labels of an entry are looked up.
#[derive(Debug)]
struct Shared {
    provider: Sqlite,
    is_over: AtomicBool,
}

impl Provider for Shared {
    fn url(&self) -> String {
        self.provider.url()
    }
    fn put_entry(&self, entry: &Entry) -> Result<()> {
        self.provider.put_entry(entry)
    }
    fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        self.provider.entry(cid)
    }
    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        self.provider.entry_by_name(name)
    }
    fn entries(&self) -> Result<Vec<Entry>> {
        self.provider.entries()
    }
    fn remove_entry(&self, cid: &str) -> Result<bool> {
        self.provider.remove_entry(cid)
    }
    fn put_label(&self, label: &Label) -> Result<()> {
        self.provider.put_label(label)
    }
    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>> {
        self.provider.label(name, version)
    }
    fn labels(&self) -> Result<Vec<Label>> {
        self.provider.labels()
    }
    fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        let labels = self.provider.labels_of(cid)?;
        if !self.is_over.swap(true, Ordering::Relaxed) {
            let entry = self.provider.entry(cid)?.unwrap();
            let late = entry.with_metadata(DictSample::from_iter([("late", 1)]));
            let label = Label::new("late", cid).with_version("1.0.0");
            self.provider.merge(&Registration::new(late, label))?;
        }
        Ok(labels)
    }
    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool> {
        self.provider.remove_label(name, version)
    }
    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        self.provider.add_document(kind, document)
    }
    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        self.provider.document(kind, name, version)
    }
    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        self.provider.documents(kind)
    }
}

#[test]
fn what_is_stored_of_an_entry_while_it_moves_moves_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Sqlite::open(folder.path().join("index.db")).unwrap();
    let shared = Shared { provider, is_over: AtomicBool::new(false) };
    let store = LocalStore::new(folder.path().join("data"));
    let index = Index::builder().provider(shared).store(store).build().unwrap();
    let early = DictSample::from_iter([("early", 1)]);
    index.add(Entry::new("d", SCHEMA, ["/a/d.tar"]).unwrap().with_metadata(early)).unwrap();
    let moved = index.relocate("/a", "/b").unwrap();
    for name in ["d", "late@1.0.0"] {
        let entry = index.get(name).unwrap();
        assert_eq!(entry.data_urls, ["/b/d.tar"], "{name}");
        let names: Vec<_> = entry.metadata.as_ref().unwrap().iter().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(names, ["early", "late"], "{name}");
        assert_eq!(moved[0].metadata, entry.metadata);
    }
    assert_eq!(index.entries().unwrap().len(), 1);
}
