//! Plain `WebDataset` shards, whose fields are members, on servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;
use std::sync::Arc;

use atdata::dataset::Tail;
use atdata::shard::WriteOptions;
use atdata::source::expand;
use atdata::store::Store;
use atdata::{Dataset, DictSample, ErrorKind, Group, Packable, ReadOptions, Result, ShardWriter, Value};
use atdata_tests::services::{BUCKET, Http, TestS3};
use bytes::Bytes;

use super::stores::{config, gateway, objects, store};

const PHOTOS: u32 = 40;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Meta {
    width: i64,
    tags: Vec<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", path = "{split}/{id}")]
struct Photo {
    split: String,
    id: u32,
    #[packable(member = "jpg|jpeg")]
    image: Bytes,
    cls: i64,
    #[packable(member = "txt")]
    caption: Option<String>,
    #[packable(member = "json.gz")]
    meta: Meta,
}

fn photo(id: u32) -> Photo {
    Photo {
        split: if id.is_multiple_of(5) { "test" } else { "train" }.to_owned(),
        id,
        image: Bytes::from([&[0xff, 0xd8, 0xff][..], &vec![u8::try_from(id).unwrap(); 5000]].concat()),
        cls: i64::from(id % 10),
        caption: (!id.is_multiple_of(3)).then(|| format!("photograph {id}")),
        meta: Meta { width: 640, tags: vec!["größer".into(); 3] },
    }
}

fn photos() -> Vec<Photo> {
    (0..PHOTOS).map(photo).collect()
}

fn write(folder: &Path, suffix: &str, contents: bool) {
    let builder = ShardWriter::builder(folder.join(format!("m-%d.tar{suffix}"))).max_count(10).contents(contents);
    builder.write_all(photos()).unwrap();
}

fn shards(base: &str, suffix: &str) -> Vec<String> {
    expand(&format!("{base}m-{{0..3}}.tar{suffix}")).unwrap()
}

fn open<S: Packable + 'static>(shards: &[String], options: &ReadOptions) -> Dataset<S> {
    Dataset::<S>::open(shards.to_vec()).unwrap().with_options(options.clone())
}

/// What is read from the begin of each shard to its end: of types, groups and samples without a type.
#[track_caller]
fn check_in_order(shards: &[String], options: &ReadOptions) {
    let (typed, all) = (open::<Photo>(shards, options), photos());
    assert_eq!(typed.ordered().collect::<Result<Vec<_>>>().unwrap(), all);
    let mut shuffled = typed.shuffled(3).collect::<Result<Vec<_>>>().unwrap();
    assert_ne!(shuffled, all);
    shuffled.sort_by_key(|photo| photo.id);
    assert_eq!(shuffled, all);
    let rows: Vec<Photo> = typed.batches(7).flat_map(|batch| batch.unwrap().to_samples()).collect();
    assert_eq!(rows, all);
    let third: Vec<u32> = typed.filter(|photo| photo.cls == 3).map(|photo| photo.id).ordered().flatten().collect();
    assert_eq!(third, [3, 13, 23, 33]);

    let groups = open::<Group>(shards, options);
    let group = groups.head(11).unwrap().remove(10);
    assert_eq!(group.names().collect::<Vec<_>>(), ["jpg", "cls", "txt", "json.gz"]);
    assert_eq!((group.get("jpg").unwrap(), group.value("cls").unwrap()), (&all[10].image, Value::Int(0)));
    assert_eq!(groups.shuffled(1).batches(16).map(|batch| batch.unwrap().len()).sum::<usize>(), all.len());

    let dicts = open::<DictSample>(shards, options);
    let sample = &dicts.head(11).unwrap()[10];
    assert_eq!(sample["json.gz"].get("width"), Some(&Value::Int(640)));
    assert!(dicts.has_members().unwrap());
    assert_eq!(dicts.infer(Some("Photo"), "1.0.0").unwrap().record.schema.fields.len(), 4);
}

/// What is read in any order, where contents are beside the shards.
#[track_caller]
fn check_in_any_order(shards: &[String], options: &ReadOptions) {
    let (typed, all) = (open::<Photo>(shards, options), photos());
    assert_eq!(typed.len().unwrap(), all.len());
    assert_eq!(typed.get("train/23").unwrap(), all[23]);
    assert_eq!(typed.get("train/99").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(typed.select(&[31, 2]).unwrap(), [all[31].clone(), all[2].clone()]);
    let loaded = typed.plan().seed(5).batch(6).tail(Tail::Uneven).load().unwrap();
    let mut ids: Vec<u32> = loaded.flat_map(|step| step.unwrap().batch.id).collect();
    ids.sort_unstable();
    assert!(ids.into_iter().eq(0..PHOTOS));
    assert_eq!(open::<Group>(shards, options).get("test/10").unwrap().get("jpg"), Some(&all[10].image));
}

#[test]
fn members_are_read_from_a_web_server() {
    for (suffix, contents) in [("", false), ("", true), (".gz", false)] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), suffix, contents);
        let server = Http::start(folder.path());
        check_in_order(&shards(&server.url(""), suffix), &ReadOptions::new());
        if contents {
            let user = format!("http://user:p%40ss@{}/private/", server.host());
            for base in [server.url(""), user] {
                check_in_any_order(&shards(&base, suffix), &ReadOptions::new());
            }
        }
    }
}

/// Written there as members, and read again, through both servers.
fn check_store(endpoint: &str, prefix: &str) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "", false);
    let local = Dataset::<Photo>::open(shards(&format!("{}/", folder.path().display()), "")).unwrap();
    let to: Arc<dyn Store> = Arc::new(store(endpoint, prefix));
    let written = local.write_shards(&to, "photos", &WriteOptions::new().max_count(10)).unwrap();
    let urls = written.urls();
    assert_eq!(urls.len(), 4);
    assert!(urls.iter().all(|url| url.starts_with(&format!("s3://{BUCKET}/{prefix}/photos/"))), "{urls:?}");
    assert_eq!(objects(endpoint, prefix).len(), 4);
    check_in_order(&urls, &ReadOptions::new().s3(config(endpoint)));
}

#[test]
fn members_are_written_to_s3_and_read_there() {
    let server = TestS3::start();
    check_store(&server.endpoint, "members");
    check_store(gateway().endpoint(), "members");
    let folder = server.bucket().join("with contents");
    std::fs::create_dir(&folder).unwrap();
    write(&folder, "", true);
    let options = ReadOptions::new().s3(config(&server.endpoint));
    check_in_any_order(&shards(&format!("s3://{BUCKET}/with contents/"), ""), &options);
}
