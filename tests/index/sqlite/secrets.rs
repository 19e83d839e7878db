//! Secrets that callers give where they do not belong: no error and no `Debug` has them.

use atdata::atmosphere::record::{Checksum, HttpShard};
use atdata::index::{Entry, Index, InsertOptions, Label, Registration};
use atdata::source::{Shard, path_to_write, text_without_secrets};
use atdata::{Dataset, DictSample, Error, Value, load_dataset};

use super::index;

const URLS: [&str; 4] = [
    "ftp://me:hunter2@127.0.0.1/x?sig=hunter2",
    "https://me:hunter2/x@127.0.0.1/x#hunter2",
    "redis://:hunter2",
    "atdata://me:hunter2@h/schema/T@1.0.0?sig=hunter2",
];

/// What a call says that was given a URL in place of something else.
fn said(index: &Index, url: &str) -> Vec<Option<Error>> {
    let entry = Entry::new("a", url, [url]).unwrap();
    vec![
        index.get(url).err(),
        index.entry(url).err(),
        index.get_by_name(url).err(),
        index.schema(url).err(),
        index.lens(url).err(),
        index.remove(url).err(),
        index.repository(url).err(),
        index.label(&Label::new(url, &entry.cid)).err(),
        index.label(&Label::new("a", url).with_version(url)).err(),
        index.dataset::<DictSample>(url).err(),
        index.open_entry::<DictSample>(&entry).err(),
        index.schema_of(&entry).err(),
        entry.schema_reference().err(),
        Dataset::<DictSample>::open(url.replace("https", "gs")).err(),
        Shard::from_url(&url.replace("https", "gs")).err(),
        path_to_write(url).err(),
        load_dataset::<DictSample>(&url.replace("https", "gs")).err(),
    ]
}

#[test]
fn no_error_has_a_secret_that_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let index = index(folder.path());
    let mut leaks = Vec::new();
    for url in URLS {
        let errors: Vec<_> = said(&index, url).into_iter().flatten().collect();
        assert!(errors.len() > 8, "{url}: {errors:?}");
        let texts = errors.iter().flat_map(|error| [error.to_string(), format!("{error:#}"), format!("{error:?}")]);
        leaks.extend(texts.filter(|text| text.contains("hunter2")));
    }
    assert_eq!(leaks, Vec::<String>::new());
}

#[test]
fn debug_shows_no_secret_of_an_entry() {
    for url in URLS {
        let mut metadata = DictSample::new();
        metadata.insert("source", url);
        metadata.insert("mirrors", Value::List(vec![url.into()]));
        let entry = Entry::new(url, url, [url]).unwrap().with_metadata(metadata);
        let label = Label::new("a", &entry.cid).with_description(format!("see {url}"));
        let options = InsertOptions::new().schema_ref(url).description(format!("see {url}"));
        let shard = HttpShard::new(url, Checksum::unknown());
        let shown = format!("{entry:?} {shard:?} {options:?} {:?}", Registration::new(entry.clone(), label));
        assert!(!shown.contains("hunter2"), "{url}: {shown}");
        assert!(shown.contains("source") && shown.contains("mirrors"), "{shown}");
        assert!(!text_without_secrets(&format!("see {url}, and (`{url}`)")).contains("hunter2"), "{url}");
    }
}
