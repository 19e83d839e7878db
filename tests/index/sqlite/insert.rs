//! Inserting and writing datasets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use atdata::index::{Entry, Index, InsertOptions, Label, ShardStatus};
use atdata::store::LocalStore;
use atdata::{Dataset, DictSample, ErrorKind, Packable, ShardWriter, Value};
use atdata_tests::archive::tar;
use atdata_tests::fixtures;

use super::{bare_index, index};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Caption {
    text: String,
    stars: i64,
}

fn captions(count: i64) -> Vec<Caption> {
    (0..count).map(|i| Caption { text: format!("caption {i}"), stars: i % 5 }).collect()
}

/// Three shards of samples with keys of their own.
fn dataset(folder: &Path) -> Dataset<Caption> {
    let mut writer = ShardWriter::builder(folder.join("in-%06d.tar")).max_count(4).build().unwrap();
    for (i, caption) in captions(10).iter().enumerate() {
        writer.write_with_key(&format!("key{i}"), caption).unwrap();
    }
    writer.finish().unwrap();
    Dataset::open(format!("{}/in-{{000000..000002}}.tar", folder.display())).unwrap()
}

fn keyed(dataset: &Dataset<Caption>) -> BTreeMap<String, Caption> {
    dataset.iter().with_keys().map(Result::unwrap).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found
}

fn assert_sound(index: &Index, entry: &Entry) {
    let mut bytes = 0;
    let checks = index.verify_with(entry, &mut |more| bytes += more).unwrap();
    assert_eq!(checks.len(), entry.data_urls.len());
    assert!(checks.iter().all(|check| matches!(check.status, ShardStatus::Sound)), "{checks:?}");
    assert_eq!(bytes, checks.iter().map(|check| check.bytes).sum::<u64>());
}

#[test]
fn samples_are_written_with_the_limits_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let options =
        InsertOptions::new().max_count(40).version("1.0.0").description("captions").tags(["text"]).license("MIT");
    let entry = index.write_samples_with("group/captions", captions(100), &options).unwrap();
    assert_eq!(entry.data_urls.len(), 3);
    for (number, url) in entry.data_urls.iter().enumerate() {
        let name = url.strip_prefix(folder.path().join("data/group/captions/data--").to_str().unwrap()).unwrap();
        assert_eq!(name.len(), "0123456789abcdef--000000.tar".len(), "{name}");
        assert!(name.ends_with(&format!("--{number:06}.tar")));
    }
    assert_sound(&index, &entry);
    assert_eq!((entry.description(), entry.tags(), entry.license()), (Some("captions"), vec!["text"], Some("MIT")));
    let label = &index.labels().unwrap()[0];
    assert_eq!((label.version.as_deref(), label.description.as_deref()), (Some("1.0.0"), Some("captions")));
    for reference in ["group/captions", "group/captions@1.0.0", "@local/group/captions@1.0.0"] {
        let read: Vec<_> = index.dataset::<Caption>(reference).unwrap().iter().map(Result::unwrap).collect();
        assert_eq!(read, captions(100), "{reference}");
    }
    assert_eq!(index.schema_of(&entry).unwrap().schema.name, "Caption");
}

#[test]
fn a_dataset_is_copied_byte_for_byte_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let dataset = dataset(folder.path());
    let entry = index.insert("captions", &dataset).unwrap();
    for (shard, url) in dataset.shards().iter().zip(&entry.data_urls) {
        assert_ne!(shard.url(), url);
        assert_eq!(std::fs::read(shard.url()).unwrap(), std::fs::read(url).unwrap());
    }
    assert_sound(&index, &entry);
    // Shards that are in the store stay where they are.
    let again = index.insert("again", &index.dataset::<Caption>("captions").unwrap()).unwrap();
    assert_eq!((again.data_urls.clone(), &again.cid), (entry.data_urls.clone(), &entry.cid));
    assert_sound(&index, &again);
    assert_eq!(files(&folder.path().join("data")).len(), 3);
}

#[test]
fn a_compressed_shard_stays_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let path = folder.path().join("in.tar.gz");
    Dataset::write(&path, captions(10)).unwrap();
    let entry = index.insert("captions", &Dataset::<Caption>::open(&path).unwrap()).unwrap();
    assert!(entry.data_urls[0].ends_with("--000000.tar.gz"), "{:?}", entry.data_urls);
    assert_eq!(index.dataset::<Caption>("captions").unwrap().len().unwrap(), 10);
}

#[test]
fn stages_and_limits_write_anew_and_keep_keys() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let dataset = dataset(folder.path());
    let options = InsertOptions::new().max_count(7);
    let entry = index.insert_with("resharded", &dataset, &options).unwrap();
    assert_eq!(entry.data_urls.len(), 2);
    assert_eq!(keyed(&index.dataset("resharded").unwrap()), keyed(&dataset));

    index.insert("filtered", &dataset.filter(|caption| caption.stars > 2)).unwrap();
    let filtered = keyed(&index.dataset("filtered").unwrap());
    let wanted: BTreeMap<_, _> = keyed(&dataset).into_iter().filter(|(_, caption)| caption.stars > 2).collect();
    assert_eq!(filtered, wanted);
}

#[test]
fn without_a_store_shards_are_registered_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let dataset = dataset(folder.path());
    let entry = index.insert("captions", &dataset).unwrap();
    // The pattern as it was given, so that Python names the dataset by the same CID.
    assert_eq!(entry.data_urls, [format!("{}/in-{{000000..000002}}.tar", folder.path().display())]);
    assert_eq!(keyed(&index.dataset("captions").unwrap()), keyed(&dataset));
    let paths = Dataset::<Caption>::open(dataset.shards().to_vec()).unwrap();
    assert_eq!(index.insert("paths", &paths).unwrap().data_urls.len(), 3, "all shards, not the first alone");

    let error = index.insert("filtered", &dataset.filter(|_| true)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = index.insert_with("limits", &dataset, &InsertOptions::new().max_count(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(index.entries().unwrap().len(), 2);
}

#[test]
fn shards_that_are_registered_again_keep_their_name_and_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let first = index.write_samples("first", captions(3)).unwrap();
    let mut added = Entry::new("second", &first.schema_ref, &first.data_urls).unwrap();
    added = added.with_metadata(DictSample::from_iter([("split", Value::from("train"))]));
    let second = index.add(added).unwrap();
    assert_eq!(second.cid, first.cid);
    assert_eq!(index.entries().unwrap().len(), 1);
    assert_eq!(index.get("first").unwrap(), second, "the first name is a label");
    assert_eq!(second.metadata.as_ref().unwrap().get("split").unwrap().as_str(), Some("train"));
    assert_sound(&index, &second);
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let failing = captions(20).into_iter().map(Ok).chain([Err("no more")]);
    let options = InsertOptions::new().max_count(5);
    let error = index.try_write_samples("captions", failing, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Caller);
    assert_eq!(index.write_samples::<Caption>("captions", []).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(files(&folder.path().join("data")), [""; 0]);
    assert_eq!(index.entries().unwrap(), []);
    assert_eq!(index.labels().unwrap(), []);
}

#[test]
fn names_do_not_lead_out_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    for name in ["../x", "a/../../x", "a//b", "..", "C:\\x", "a{0,1}", "a@b", "", " ", "/etc/x", "a\u{0}b", "a\nb"] {
        let error = index.write_samples(name, captions(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
    }
    assert_eq!(files(&folder.path().join("data")), [""; 0]);
    // Another prefix makes any name possible.
    let options = InsertOptions::new().prefix("braces");
    index.write_samples_with("a{0,1}", captions(1), &options).unwrap();
    assert_eq!(index.dataset::<Caption>("a{0,1}").unwrap().len().unwrap(), 1);
}

#[test]
fn samples_without_a_type_need_a_reference() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let dataset =
        Dataset::<DictSample>::open(fixtures::path("index_sqlite/store/images/data--00000001--000000.tar")).unwrap();
    assert_eq!(index.insert("images", &dataset).unwrap_err().kind(), ErrorKind::InvalidInput);
    let reference = "local://schemas/my.module.Image@1.0.0";
    let entry = index.insert_with("images", &dataset, &InsertOptions::new().schema_ref(reference)).unwrap();
    assert_eq!(entry.schema_ref, reference, "kept to the letter");
    assert_eq!(index.get("images").unwrap(), entry);
}

#[test]
fn a_changed_shard_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let entry = index.write_samples_with("c", captions(9), &InsertOptions::new().max_count(3)).unwrap();
    let mut bytes = std::fs::read(&entry.data_urls[1]).unwrap();
    bytes[600] ^= 1;
    std::fs::write(&entry.data_urls[1], bytes).unwrap();
    std::fs::remove_file(&entry.data_urls[2]).unwrap();
    let checks = index.verify(&entry).unwrap();
    assert!(matches!(checks[0].status, ShardStatus::Sound));
    assert!(matches!(checks[1].status, ShardStatus::Changed { .. }));
    assert!(
        matches!(&checks[2].status, ShardStatus::Failed(error) if error.kind() == ErrorKind::NotFound),
        "{checks:?}"
    );
}

#[test]
fn removing_takes_what_the_name_means_and_no_other_name() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let entry = index.write_samples_with("c", captions(1), &InsertOptions::new().version("1.0.0")).unwrap();
    index.label(&Label::new("c", &entry.cid).with_version("2.0.0")).unwrap();
    index.label(&Label::new("other", &entry.cid)).unwrap();
    index.remove("c@1.0.0").unwrap();
    assert_eq!(index.get("c@1.0.0").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(index.get("c@2.0.0").unwrap(), entry);
    let removed = index.remove("c").unwrap();
    assert_eq!((removed.labels.len(), removed.entries.len(), removed.renamed.len()), (1, 0, 1));
    assert_eq!(index.get("other").unwrap().name, "other", "what another label leads to stays, under its name");
    assert_eq!(index.remove("c").unwrap_err().kind(), ErrorKind::NotFound);
    let removed = index.remove("other").unwrap();
    assert_eq!((removed.labels.len(), removed.entries.len()), (1, 1));
    assert_eq!((index.entries().unwrap().len(), index.labels().unwrap().len()), (0, 0));
    assert_eq!(index.label(&Label::new("c", &entry.cid)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn nothing_older_answers_for_a_removed_name() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    for version in ["", "", "1.0.0", "2.0.0"] {
        index.write_samples_with("c", captions(2), &InsertOptions::new().version(version)).unwrap();
    }
    // One that Python's 0.3 has stored: it has no label.
    let bare = Entry::new("c", "atdata://local/schema/Caption@1.0.0", ["/bare.tar"]).unwrap();
    index.repository("local").unwrap().provider().put_entry(&bare).unwrap();
    let removed = index.remove("c").unwrap();
    assert_eq!((removed.labels.len(), removed.entries.len()), (3, 5));
    assert_eq!(index.get("c").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(index.entries().unwrap(), []);
}

#[test]
fn the_only_version_of_a_name_goes_with_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let entry = index.write_samples_with("c", captions(1), &InsertOptions::new().version("1.0.0")).unwrap();
    assert_eq!(index.remove("c@1.0.0").unwrap().entries, [entry]);
    assert_eq!(index.get("c").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn entries_are_found_and_removed_by_their_cid() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let old = index.write_samples("c", captions(1)).unwrap();
    let new = index.write_samples("c", captions(2)).unwrap();
    assert_eq!(index.orphans().unwrap(), std::slice::from_ref(&old));
    assert_eq!(index.get(&old.cid).unwrap(), old);
    assert_eq!(index.dataset::<Caption>(&format!("@local/{}", old.cid)).unwrap().len().unwrap(), 1);
    index.remove(&old.cid).unwrap();
    assert_eq!(index.orphans().unwrap(), []);
    assert_eq!(index.entries().unwrap(), [new]);
}

#[test]
fn a_version_is_not_given_to_another_dataset_unless_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let version = || InsertOptions::new().version("1.0.0");
    let first = index.write_samples_with("c", captions(1), &version()).unwrap();
    let written = files(&folder.path().join("data"));
    let error = index.write_samples_with("c", captions(2), &version()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert_eq!(files(&folder.path().join("data")), written, "no shard was written for it");
    let error = index.insert_with("c", &Dataset::<Caption>::open(&first.data_urls[0]).unwrap(), &version());
    assert_eq!(error.unwrap().cid, first.cid, "the same dataset is no other");
    assert_eq!(index.get("c@1.0.0").unwrap().cid, first.cid);
    let second = index.write_samples_with("c", captions(2), &version().replace(true)).unwrap();
    assert_eq!(index.get("c@1.0.0").unwrap(), second);
    let label = Label::new("c", &first.cid).with_version("1.0.0");
    assert_eq!(index.label(&label).unwrap_err().kind(), ErrorKind::Conflict);
    index.relabel(&label).unwrap();
    assert_eq!(index.get("c@1.0.0").unwrap().cid, first.cid);
}

#[test]
fn a_bare_name_means_the_highest_version_whatever_was_added_last() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let write = |version: &str| index.write_samples_with("c", captions(1), &InsertOptions::new().version(version));
    let second = { (write("1.0.0").unwrap(), write("2.0.0").unwrap()).1 };
    write("0.1.0").unwrap();
    assert_eq!(index.get("c").unwrap(), second);
    assert_eq!(index.label_of("c").unwrap().unwrap().version.as_deref(), Some("2.0.0"));
    assert_eq!(index.label_of("c@0.1.0").unwrap().unwrap().version.as_deref(), Some("0.1.0"));
    for version in ["a/b", "a@b", " 1", "a\nb"] {
        assert_eq!(write(version).unwrap_err().kind(), ErrorKind::InvalidInput, "{version}");
        let label = Label::new("c", &second.cid).with_version(version);
        assert_eq!(index.label(&label).unwrap_err().kind(), ErrorKind::InvalidInput, "{version}");
    }
}

#[test]
fn a_moved_store_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let write =
        |version: &str| index.write_samples_with("c", captions(2), &InsertOptions::new().version(version)).unwrap();
    let (first, second) = (write("1.0.0"), write("2.0.0"));
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::rename(at("data"), at("moved")).unwrap();
    let moved = index.relocate(&at("data"), &at("moved")).unwrap();
    assert_eq!(moved.len(), 2);
    for (name, old) in [("c@1.0.0", &first), ("c@2.0.0", &second), ("c", &second)] {
        let entry = index.get(name).unwrap();
        assert_eq!(entry.data_urls[0], old.data_urls[0].replace(&at("data"), &at("moved")), "{name}");
        assert_sound(&index, &entry);
    }
    assert_eq!(index.entries().unwrap().len(), 2);
    assert_eq!(index.relocate(&at("dat"), &at("x")).unwrap(), []);
    // To where they are: nothing is moved, and nothing lost.
    for (from, to) in [("moved", "moved"), ("moved", "moved/"), ("moved/", "moved")] {
        assert_eq!(index.relocate(&at(from), &at(to)).unwrap(), []);
    }
    assert_eq!(index.entries().unwrap().len(), 2);
    assert_sound(&index, &index.get("c@1.0.0").unwrap());
}

#[test]
fn braces_in_a_path_lead_to_that_path() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let at = |name: &str| folder.path().join(name);
    for (number, name) in ["x{1,2}.tar", "x1.tar", "x2.tar"].into_iter().enumerate() {
        // The writer takes no braces, which are for reading; a file may have them in its name all the same.
        Dataset::write(at("made.tar"), [captions(3).remove(number)]).unwrap();
        std::fs::rename(at("made.tar"), at(name)).unwrap();
    }
    let braces = Dataset::<Caption>::open(at("x{1,2}.tar")).unwrap();
    index.insert("braces", &braces).unwrap();
    let read = |name: &str| index.dataset::<Caption>(name).unwrap().head(9).unwrap();
    assert_eq!(read("braces"), captions(1));
    let entry = index.insert_with("known", &braces, &InsertOptions::new().checksums(true).version("1.0.0")).unwrap();
    assert_sound(&index, &entry);
    // In a store as well.
    let store = LocalStore::new(at("st{1,2}"));
    let options = InsertOptions::new().store(store);
    let entry = index.write_samples_with("stored", captions(2), &options).unwrap();
    assert_eq!(read("stored"), captions(2));
    assert_sound(&index, &entry);
}

#[test]
fn an_entry_is_stored_under_the_cid_of_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let first = index.add(Entry::new("a", "atdata://local/schema/T@1.0.0", ["/a.tar"]).unwrap()).unwrap();
    let mut changed = first.clone();
    changed.data_urls.push("/b.tar".to_owned());
    let second = index.add(changed).unwrap();
    assert_ne!(second.cid, first.cid);
    assert_eq!(second.cid, Entry::new("a", &first.schema_ref, ["/a.tar", "/b.tar"]).unwrap().cid);
    // What was there under the old one is there still.
    assert_eq!(index.entry(&first.cid).unwrap().data_urls, ["/a.tar"]);
    assert_eq!(index.get("a").unwrap(), second);
    assert_eq!((first.wds_url(), second.wds_url()), (Some("/a.tar"), Some("/a.tar")));
}

#[test]
fn metadata_are_forgotten_on_purpose_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (index, dataset) = (bare_index(folder.path()), dataset(folder.path()));
    let options = InsertOptions::new().checksums(true).license("MIT").description("old").tags(["a"]);
    index.insert_with("c", &dataset, &options).unwrap();
    let again = index.insert_with("c", &dataset, &InsertOptions::new()).unwrap();
    assert_eq!((again.license(), again.description()), (Some("MIT"), Some("old")));
    let options = InsertOptions::new().without_metadata(["license", "description", "checksums"]).description("new");
    let changed = index.insert_with("c", &dataset, &options).unwrap();
    assert_eq!((changed.license(), changed.description(), changed.tags()), (None, Some("new"), vec!["a"]));
    assert!(changed.metadata.as_ref().unwrap().get("checksums").is_some());
    assert_eq!(index.get("c").unwrap(), changed);
}

/// What `Repo` of Python gave: the entry, and the dataset where it is now.
#[test]
fn what_was_inserted_is_opened_in_the_order_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let (index, from) = (index(folder.path()), folder.path().join("from"));
    let mut writer = ShardWriter::builder(from.join("in-%06d.tar")).max_count(1).build().unwrap();
    for caption in &captions(25) {
        writer.write(caption).unwrap();
    }
    let many: Dataset<Caption> = writer.finish().unwrap().open().unwrap();
    let (entry, opened) = index.insert_opened("many", &many, &InsertOptions::new()).unwrap();
    assert_eq!(index.get("many").unwrap(), entry);
    std::fs::remove_dir_all(&from).unwrap();
    assert_eq!(opened.iter().map(Result::unwrap).collect::<Vec<_>>(), captions(25));
    assert_sound(&index, &entry);
}

/// Of several that are copied at once, one fails: what has arrived by then goes as well.
#[test]
fn a_copy_that_fails_leaves_none_of_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let (index, dataset) = (index(folder.path()), dataset(folder.path()));
    std::fs::remove_file(folder.path().join("in-000001.tar")).unwrap();
    let error = index.insert("c", &dataset).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("in-000001.tar"), "{error}");
    assert_eq!(files(&folder.path().join("data")), Vec::<String>::new());
    assert_eq!(index.entries().unwrap(), []);
}

/// What can be read but once is nothing that an entry can lead to.
#[test]
fn standard_input_is_not_registered() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    for checksums in [false, true] {
        let stdin = Dataset::<Caption>::open("-").unwrap();
        let error = index.insert_with("captions", &stdin, &InsertOptions::new().checksums(checksums)).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::InvalidInput, Some("-")), "{error}");
    }
    assert!(index.entries().unwrap().is_empty());
}

/// A shard is read once for its checksum and for whether it is whole.
#[test]
fn a_shard_that_is_not_whole_is_not_inserted() {
    let folder = tempfile::tempdir().unwrap();
    let index = bare_index(folder.path());
    let dataset = dataset(folder.path());
    let path = folder.path().join("in-000001.tar");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[1024..].fill(0);
    bytes.resize(200_000, 0);
    std::fs::write(&path, &bytes).unwrap();
    let store = || LocalStore::new(folder.path().join("store"));
    let (read, stored) = (InsertOptions::new().checksums(true), InsertOptions::new().store(store()));
    for options in [&read, &stored] {
        let error = index.insert_with("captions", &dataset, options).unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Corrupt, path.to_str()), "{error}");
        assert!(index.entries().unwrap().is_empty() && files(&folder.path().join("store")).is_empty());
    }
    let told = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let count = std::sync::Arc::clone(&told);
    let lenient = read.clone().lenient(true).progress(move |bytes| {
        count.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
    });
    let entry = index.insert_with("captions", &dataset, &lenient).unwrap();
    let sizes = dataset.shards().iter().map(|shard| shard.path().unwrap().metadata().unwrap().len()).sum::<u64>();
    assert_eq!(told.load(std::sync::atomic::Ordering::Relaxed), sizes, "each is read once");
    assert!(index.verify(&entry).unwrap().iter().all(atdata::index::ShardCheck::is_sound));
}

/// A photograph whose fields are members of their own.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", path = "{split}/{id}")]
struct Photo {
    split: String,
    id: u32,
    #[packable(member = "jpg")]
    image: Vec<u8>,
    cls: i64,
}

#[test]
fn samples_of_several_members_are_kept_as_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let photo = |id: u32| Photo { split: "train".into(), id, image: vec![7; 300], cls: i64::from(id % 3) };
    let photos: Vec<_> = (0..50).map(photo).collect();
    let written = index.write_samples_with("photos", photos.clone(), &InsertOptions::new().max_count(20)).unwrap();
    assert_eq!(written.data_urls.len(), 3);
    assert_sound(&index, &written);

    let path = folder.path().join("plain-%03d.tar");
    let shards = ShardWriter::<Photo>::builder(&path).max_count(30).build().and_then(|mut writer| {
        photos.iter().try_for_each(|photo| writer.write(photo))?;
        writer.finish()
    });
    let copied = index.insert("copied", &shards.unwrap().open::<Photo>().unwrap()).unwrap();
    assert_eq!(copied.data_urls.len(), 2);
    assert_sound(&index, &copied);
    for (name, entry) in [("photos", &written), ("copied", &copied)] {
        let read: Vec<_> = index.dataset::<Photo>(name).unwrap().ordered().map(Result::unwrap).collect();
        assert_eq!(read, photos, "{name}");
        assert_eq!(index.dataset::<Photo>(name).unwrap().get("train/7").unwrap(), photo(7));
        // The record says where the fields are.
        let record = index.schema_of(entry).unwrap();
        assert_eq!(record.schema.layout.unwrap().key.as_deref(), Some("{split}/{id}"));
    }
    let filtered = index.dataset::<Photo>("photos").unwrap().filter(|photo| photo.cls == 1);
    let entry = index.insert("ones", &filtered).unwrap();
    assert_sound(&index, &entry);
    let ones: Vec<_> = index.dataset::<Photo>("ones").unwrap().ordered().map(Result::unwrap).collect();
    assert_eq!(ones, (0..50).filter(|id| id % 3 == 1).map(photo).collect::<Vec<_>>());
}

/// What was logged, by anybody.
struct Log(Mutex<String>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(self.0.lock().unwrap(), "{}: {}", record.level(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

#[test]
fn members_that_are_in_no_copy_are_told() {
    static LOG: OnceLock<Log> = OnceLock::new();
    log::set_logger(LOG.get_or_init(|| Log(Mutex::default()))).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let told = || std::mem::take(&mut *LOG.get().unwrap().0.lock().unwrap());

    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let path = folder.path().join("a.tar");
    let packed = captions(1).remove(0).pack();
    std::fs::write(&path, tar([("README", &b"hello"[..]), ("a.jpg", b"jpg"), ("a.msgpack", &packed)])).unwrap();
    let plain = Dataset::<Caption>::open(&path).unwrap();
    let changed = plain.filter(|_| true);

    let mut writer = index.writer::<Caption>("written", &InsertOptions::new()).unwrap();
    writer.write_dataset(&changed).unwrap();
    assert_eq!(writer.left_out(), 2);
    writer.finish().unwrap();
    assert!(told().contains("WARN: written: 2 members were left out"));
    index.insert("changed", &changed).unwrap();
    assert!(told().contains("WARN: changed: 2 members were left out"));
    index.insert_with("anew", &plain, &InsertOptions::new().max_count(100)).unwrap();
    assert!(told().contains("WARN: anew: 1 member was left out"));
    index.insert("copied", &plain).unwrap();
    assert!(!told().contains(": copied: "), "as it is, with all that is in it");
}
