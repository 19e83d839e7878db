//! Plain `WebDataset` shards: Python's `webdataset` writes them, they are typed here, written anew, and read there again.

use std::collections::BTreeMap;
use std::path::Path;

use atdata::field::{MemberCodec, MemberCodecs, Wanted};
use atdata::{Dataset, DictSample, Group, Packable, Result, ShardWriter, Value};
use atdata_tests::python::members;
use bytes::Bytes;
use ndarray::Array2;
use serde_json::Value as Json;

const PHOTOS: usize = 2000;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Meta {
    url: String,
    size: Vec<i64>,
    score: f64,
    tags: Option<Vec<String>>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Marks {
    #[packable(rename = "box")]
    bounds: Vec<f64>,
    raw: Bytes,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", path = "{split}/{id}")]
struct Photo {
    split: String,
    id: String,
    #[packable(member = "jpg|jpeg")]
    image: Bytes,
    #[packable(member = "cls")]
    label: i64,
    #[packable(member = "json")]
    meta: Meta,
    #[packable(member = "emb.npy", shape = [2, 3])]
    embedding: Array2<f32>,
    #[packable(member = "mp")]
    marks: Marks,
    #[packable(member = "extra.json.gz")]
    extra: BTreeMap<String, String>,
    #[packable(member = "txt")]
    caption: Option<String>,
}

/// Text that a codec of its own reads, which Python ignores as all notes of the layout.
#[derive(Debug)]
struct Upper;

impl MemberCodec for Upper {
    fn decode(&self, content: &Bytes, _: Wanted<'_>) -> Result<Value> {
        Ok(String::from_utf8_lossy(content).to_uppercase().into())
    }

    fn encode(&self, value: &Value, _: Wanted<'_>) -> Result<Bytes> {
        Ok(value.as_str().unwrap_or_default().to_owned().into())
    }
}

impl MemberCodecs for Upper {
    fn of(_: &str) -> Option<&'static dyn MemberCodec> {
        None
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", path = "{id}", codecs = Upper, allow_unknown)]
struct Noted {
    id: String,
    #[packable(member = "up|txt", codec = Upper)]
    text: String,
}

pub(crate) fn photos_go_from_webdataset_to_types_and_back(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    members(python, &["write".as_ref(), folder.path().as_os_str(), PHOTOS.to_string().as_ref()]);
    let expected = json(&folder.path().join("expected.json"));
    let pattern = folder.path().join("photos-{000000..000002}.tar");
    let dataset = Dataset::<Photo>::open(pattern.to_str().unwrap()).unwrap();
    let photos: Vec<_> = dataset.ordered().collect::<Result<_>>().unwrap();
    assert_eq!((photos.len(), expected.len()), (PHOTOS, PHOTOS));
    for photo in &photos {
        assert_is(photo, &expected[&format!("{}/{}", photo.split, photo.id)]);
    }
    let rows: usize = dataset.shuffled(7).batches(64).map(|batch| batch.unwrap().embedding.shape()[0]).sum();
    assert_eq!(rows, PHOTOS);

    let chosen = dataset.filter(|photo| photo.label == 3);
    let copy = folder.path().join("chosen.tar");
    ShardWriter::<Photo>::builder(&copy).try_write_all(chosen.shuffled(1)).unwrap();
    let read = read_back(python, folder.path(), &copy);
    assert_eq!(read.len(), PHOTOS / 10);
    for (key, sample) in &read {
        assert_eq!(sample, &expected[key], "{key}");
    }

    // Packed, and members again: the same to Python.
    let packed = folder.path().join("packed.tar");
    let plain = folder.path().join("plain.tar");
    let mut writer = ShardWriter::<DictSample>::builder(&packed).build().unwrap();
    for group in Dataset::<Group>::open(&copy).unwrap().ordered() {
        let group = group.unwrap();
        writer.write_with_key(group.key(), &group.to_packed().unwrap()).unwrap();
    }
    writer.finish().unwrap();
    let mut writer = ShardWriter::<Group>::builder(&plain).build().unwrap();
    for sample in Dataset::<DictSample>::open(&packed).unwrap().ordered().with_keys() {
        let (key, sample) = sample.unwrap();
        writer.write(&Group::of_sample(key, &sample).unwrap()).unwrap();
    }
    writer.finish().unwrap();
    for (key, sample) in read_back(python, folder.path(), &plain) {
        assert_eq!(sample, expected[&key], "{key}");
    }

    // Python makes a type of either form of the record, and ignores the notes.
    for (schema, record) in [(Photo::SCHEMA, Photo::schema_record()), (Noted::SCHEMA, Noted::schema_record())] {
        let record = record.created_at("2026-03-01T12:00:00Z");
        for form in [record.to_local(), record.to_atproto().unwrap()] {
            let path = folder.path().join("record.json");
            std::fs::write(&path, form.to_string()).unwrap();
            let answer = folder.path().join("fields.json");
            members(python, &["record".as_ref(), path.as_os_str(), answer.as_os_str()]);
            let fields: Vec<String> = serde_json::from_slice(&std::fs::read(answer).unwrap()).unwrap();
            assert_eq!(fields, schema.fields.iter().map(|field| field.name).collect::<Vec<_>>(), "{form:#}");
        }
    }
}

fn assert_is(photo: &Photo, expected: &Json) {
    assert_eq!(expected["cls"], photo.label);
    assert_eq!(expected["txt"].as_str(), photo.caption.as_deref());
    assert_eq!(expected["json"]["url"], photo.meta.url.as_str());
    assert_eq!(expected["json"]["score"].as_f64(), Some(photo.meta.score));
    assert_eq!(photo.marks, Marks { bounds: vec![1.5, 2.5], raw: Bytes::from_static(&[0, 1]) });
    assert_eq!(photo.extra["caption"], "ein Foto, größer");
    let elements: Vec<f64> = photo.embedding.iter().map(|element| f64::from(*element)).collect();
    assert_eq!(expected["emb.npy"], serde_json::json!(["<f4", [2, 3], elements]));
    assert!(photo.image.starts_with(&[0xff, 0xd8]) && photo.image.len() > 2000);
}

fn read_back(python: &Path, folder: &Path, shard: &Path) -> BTreeMap<String, Json> {
    let answer = folder.join("read.json");
    members(python, &["read".as_ref(), shard.as_os_str(), answer.as_os_str()]);
    json(&answer)
}

fn json(path: &Path) -> BTreeMap<String, Json> {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
