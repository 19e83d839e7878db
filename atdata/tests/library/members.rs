//! Types whose fields are members of their own, and groups.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

mod borrowed;
#[cfg(feature = "sqlite")]
mod by_record;
mod in_json;
mod kept;
mod misfits;
#[cfg(feature = "serde")]
mod serdes;
mod sets;
mod zipped;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use atdata::field::{MemberCodec, Wanted};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, PackField, Packable, Result, ShardWriter, Value, lens};
use bytes::Bytes;
use ndarray::{Array2, array};
use sha2::Digest as _;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Meta {
    width: i64,
    tags: Vec<String>,
    score: Option<f64>,
}

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train,
    Test,
}

/// A photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members", path = "{split}/{class}/{id}")]
struct Photo {
    split: Split,
    class: String,
    id: u32,
    #[packable(member = "jpg|jpeg|png")]
    image: Bytes,
    #[packable(member = "cls")]
    label: i64,
    #[packable(member = "txt")]
    caption: Option<String>,
    #[packable(member = "json")]
    meta: Meta,
    #[packable(member = "emb.npy", shape = [2, _])]
    embedding: Array2<f32>,
    #[packable(member = "more.json.gz")]
    more: BTreeMap<String, Vec<i64>>,
    #[packable(member = "mp")]
    anything: Value,
    #[packable(skip)]
    cache: u8,
}

fn photo(id: u32) -> Photo {
    Photo {
        split: if id.is_multiple_of(2) { Split::Train } else { Split::Test },
        class: format!("class{}", id % 3),
        id,
        image: Bytes::from(vec![u8::try_from(id).unwrap(); 1000]),
        label: i64::from(id) - 1,
        caption: (!id.is_multiple_of(4)).then(|| format!("number {id}\n")),
        meta: Meta { width: 640, tags: vec!["a".into(), "ü".into()], score: (id > 1).then_some(0.5) },
        embedding: array![[1.0, 2.0, 3.0], [4.0, 5.0, f32::from(u8::try_from(id).unwrap())]],
        more: BTreeMap::from([("x".into(), vec![1, 2])]),
        anything: Value::from_iter([Value::from(id), vec![1_u8, 2].into()]),
        cache: 0,
    }
}

fn photos(folder: &Path) -> (PathBuf, Vec<Photo>) {
    let path = folder.join("photos.tar");
    let photos: Vec<_> = (0..10).map(photo).collect();
    Dataset::write_refs(&path, &photos).unwrap();
    (path, photos)
}

#[test]
fn each_field_is_a_member_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, photos) = photos(folder.path());
    let dataset = Dataset::<Photo>::open(&path).unwrap();
    let read: Vec<_> = dataset.ordered().collect::<Result<_>>().unwrap();
    assert_eq!(read, photos);
    assert_eq!(dataset.get("test/class1/7").unwrap(), photos[7]);
    assert_eq!(dataset.select(&[3, 1]).unwrap(), [photos[3].clone(), photos[1].clone()]);
    assert_eq!(dataset.len().unwrap(), 10);
    let batch = dataset.batches(10).next().unwrap().unwrap();
    assert_eq!(batch.embedding.shape(), [10, 2, 3]);
    assert_eq!(batch.to_samples(), photos);
    let mut shuffled: Vec<_> = dataset.shuffled(7).collect::<Result<_>>().unwrap();
    assert_ne!(shuffled, photos);
    shuffled.sort_by_key(|photo| photo.id);
    assert_eq!(shuffled, photos);
    let labels: Vec<_> = dataset.filter(|photo| photo.label > 6).map(|photo| photo.label).ordered().flatten().collect();
    assert_eq!(labels, [7, 8]);
}

#[test]
fn members_are_in_the_order_of_the_fields_and_what_python_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = photos(folder.path());
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    let names: Vec<_> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert_eq!(
        names[..6],
        ["jpg", "cls", "json", "emb.npy", "more.json.gz", "mp"].map(|name| format!("train/class0/0.{name}"))
    );
    assert_eq!(names.len(), 6 * 10 + 7, "three captions are null");
    let groups = Dataset::<Group>::open(folder.path().join("photos.tar")).unwrap();
    let group = groups.get("test/class1/1").unwrap();
    assert_eq!(group.get("cls").unwrap(), "0");
    assert_eq!(group.get("txt").unwrap(), "number 1\n");
    assert_eq!(group.get("json").unwrap(), r#"{"width":640,"tags":["a","ü"],"score":null}"#);
    assert!(group.get("emb.npy").unwrap().starts_with(b"\x93NUMPY\x01\0"));
    assert!(group.get("more.json.gz").unwrap().starts_with(b"\x1f\x8b"));
    assert_eq!(group.value("more.json.gz").unwrap().get("x").and_then(Value::as_list).unwrap().len(), 2);
}

#[test]
fn a_picture_is_written_under_the_name_of_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.tar");
    let png = Photo { image: Bytes::from_static(b"\x89PNG\r\n\x1a\n"), ..photo(0) };
    let jpg = Photo { image: Bytes::from_static(b"\xff\xd8\xff\xe0"), ..photo(1) };
    Dataset::write(&path, [png, jpg]).unwrap();
    let groups: Vec<_> = Dataset::<Group>::open(&path).unwrap().ordered().flatten().collect();
    assert!(groups[0].get("png").is_some() && groups[1].get("jpg").is_some());
}

/// A photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Photo")]
struct Packed {
    split: Split,
    class: String,
    id: u32,
    image: Bytes,
    label: i64,
    caption: Option<String>,
    meta: Meta,
    #[packable(shape = [2, _])]
    embedding: Array2<f32>,
    more: BTreeMap<String, Vec<i64>>,
    anything: Value,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Photo)]
struct Captioned {
    caption: Option<String>,
    id: u32,
}

#[lens(put = unpack)]
fn pack(photo: &Photo) -> Packed {
    Packed::unpack(&photo.pack()).unwrap()
}

fn unpack(packed: &Packed, _: &Photo) -> Photo {
    Photo::unpack(&packed.pack()).unwrap()
}

#[test]
fn packed_and_members_are_one_type_in_two_layouts() {
    let folder = tempfile::tempdir().unwrap();
    let (path, photos) = photos(folder.path());
    let packed_path = folder.path().join("packed.tar");
    let packed = Dataset::<Photo>::open(&path).unwrap().as_type::<Packed>();
    ShardWriter::<Packed>::builder(&packed_path).try_write_all(&packed).unwrap();
    let plain: Vec<_> = Dataset::<Packed>::open(&packed_path).unwrap().ordered().collect::<Result<_>>().unwrap();
    assert_eq!(
        plain.iter().map(Packable::pack).collect::<Vec<_>>(),
        photos.iter().map(Packable::pack).collect::<Vec<_>>()
    );
    // Back by the other half of the lens, and the very bytes of the members.
    let back: Vec<_> = plain.iter().zip(&photos).map(|(packed, photo)| pack.put(packed, photo)).collect();
    assert_eq!(back, photos);
    let again = folder.path().join("again.tar");
    Dataset::write_refs(&again, &back).unwrap();
    let members = |path: &Path| Dataset::<Group>::open(path).unwrap().head(10).unwrap();
    assert_eq!(members(&again), members(&path));
    // The type of members reads what is packed as well.
    let read: Vec<_> = Dataset::<Photo>::open(&packed_path).unwrap().ordered().collect::<Result<_>>().unwrap();
    assert_eq!(read, photos);
    let views: Vec<_> = Dataset::<Photo>::open(&path).unwrap().as_type::<Captioned>().ordered().flatten().collect();
    assert_eq!(views[1], Captioned { caption: Some("number 1\n".into()), id: 1 });
    let error = Dataset::<Packed>::open(&path).unwrap().head(1).unwrap_err();
    assert!(error.to_string().contains("#[packable(layout = \"members\")]"), "{error}");
}

#[test]
fn a_dataset_is_copied_member_by_member() {
    let folder = tempfile::tempdir().unwrap();
    let (path, photos) = photos(folder.path());
    let copy = folder.path().join("copy-%03d.tar");
    let mut writer = ShardWriter::<Photo>::builder(&copy).max_count(4).build().unwrap();
    writer.write_dataset(&Dataset::open(&path).unwrap()).unwrap();
    let written = writer.finish().unwrap();
    assert_eq!((written.shards.len(), written.samples()), (3, 10));
    for shard in &written.shards {
        let content = std::fs::read(&*shard.url).unwrap();
        assert_eq!(shard.sha256, Some(sha2::Sha256::digest(content).into()));
    }
    let read: Vec<_> = written.open::<Photo>().unwrap().ordered().collect::<Result<_>>().unwrap();
    assert_eq!(read, photos);
    let mut writer = ShardWriter::<Photo>::builder(folder.path().join("few.tar")).build().unwrap();
    writer.write_dataset(&Dataset::<Photo>::open(&path).unwrap().filter(|photo| photo.id > 7)).unwrap();
    assert_eq!(writer.finish().unwrap().open::<Photo>().unwrap().head(9).unwrap(), photos[8..]);
    // Three samples of six or seven members are more than 30 kB, with their headers.
    let small = folder.path().join("small-%03d.tar");
    let mut writer = ShardWriter::<Photo>::builder(&small).max_bytes(20_000).build().unwrap();
    writer.write_dataset(&Dataset::open(&path).unwrap()).unwrap();
    let written = writer.finish().unwrap();
    assert!(written.shards.len() > 2 && written.shards.iter().all(|shard| shard.bytes <= 20_480), "{written:?}");
    assert_eq!(written.open::<Photo>().unwrap().ordered().collect::<Result<Vec<_>>>().unwrap(), photos);
}

#[test]
fn members_are_read_by_every_extension_of_their_kind() {
    #[derive(Packable, Debug, PartialEq)]
    #[packable(layout = "members")]
    struct All {
        index: u32,
        inx: i8,
        id: String,
        cls2: u64,
        #[packable(member = "text|transcript")]
        text: String,
        jsn: Vec<i64>,
        #[packable(member = "msgpack")]
        packed: Vec<Bytes>,
        msg: Value,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.tar");
    let all = All {
        index: 7,
        inx: -1,
        id: "007".into(),
        cls2: 3,
        text: "a cat".into(),
        jsn: vec![1, 2],
        packed: vec![Bytes::from_static(b"\0\xff")],
        msg: Value::from(1.5),
    };
    Dataset::write(&path, [&all].map(Packable::pack).map(|bytes| All::unpack(&bytes).unwrap())).unwrap();
    assert_eq!(Dataset::<All>::open(&path).unwrap().head(1).unwrap(), [all]);
    let group = Dataset::<Group>::open(&path).unwrap().head(1).unwrap().remove(0);
    assert_eq!(group.names().collect::<Vec<_>>(), ["index", "inx", "id", "cls2", "text", "jsn", "msgpack", "msg"]);
    assert_eq!((group.value("index").unwrap(), group.value("id").unwrap()), (Value::Int(7), Value::Int(7)));
}

/// A shard of these samples.
fn shard(folder: &Path, groups: impl IntoIterator<Item = Group>) -> PathBuf {
    let path = folder.join("groups.tar");
    Dataset::write(&path, groups).unwrap();
    path
}

#[test]
fn groups_of_any_shards_are_a_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let group = |number: usize| {
        let (key, class) = (format!("{number:04}"), (number % 3).to_string());
        Group::new(key, [("jpg", vec![0xff; 100]), ("cls", class.into_bytes()), ("Seg.PNG", vec![1])])
    };
    let mut writer = ShardWriter::<Group>::builder(folder.path().join("g-%04d.tar.gz")).max_count(4).build().unwrap();
    for number in 0..10 {
        writer.write(&group(number)).unwrap();
    }
    assert_eq!(writer.finish().unwrap().shards.len(), 3);
    let pattern = folder.path().join("g-{0000..0002}.tar.gz");
    let dataset = Dataset::<Group>::open(pattern.to_str().unwrap()).unwrap();
    let groups: Vec<_> = dataset.ordered().collect::<Result<_>>().unwrap();
    assert_eq!(groups[7].names().collect::<Vec<_>>(), ["jpg", "cls", "seg.png"]);
    assert_eq!((groups[7].key(), groups[7].member("cls").unwrap()), ("0007", &Bytes::from_static(b"1")));
    assert_eq!(groups[7].value("cls").unwrap(), Value::Int(1));
    assert_eq!(
        groups[7].member("seg.jpg").unwrap_err().to_string(),
        "@ 5632: key 0007: no member `seg.jpg`; the sample has `jpg`, `cls`, `seg.png`"
            .replace("5632", &groups[7].offset.to_string())
    );
    let batches: Vec<_> = dataset.shuffled(1).batches(4).collect::<Result<_>>().unwrap();
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
    let keyed: Vec<_> = dataset
        .filter(|group| group.get("cls").is_some_and(|class| class == "2"))
        .ordered()
        .with_keys()
        .flatten()
        .collect();
    assert_eq!(keyed.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["0002", "0005", "0008"]);
    let sizes: Vec<_> =
        dataset.try_map(|group| group.value("cls").map(|class| class.as_i64().unwrap())).ordered().flatten().collect();
    assert_eq!(sizes.iter().sum::<i64>(), 9);
    assert_eq!(Dataset::<Group>::open(photos(folder.path()).0).unwrap().len().unwrap(), 10);
    let found = atdata::load_dataset::<Group>(&format!("{}/g-*.tar.gz", folder.path().display())).unwrap();
    assert_eq!(found.into_only().unwrap().len().unwrap(), 10);
}

/// Split at the first dot of the last part; the first five samples have the same fields.
#[test]
fn what_is_written_is_what_the_viewer_of_hugging_face_takes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train-000000.tar");
    let whole = |id| Photo { caption: Some("a".into()), ..photo(id) };
    let written: Vec<_> = (0..6).map(whole).collect();
    Dataset::write_refs(&path, &written).unwrap();
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    let mut samples: Vec<(String, Vec<String>)> = Vec::new();
    for entry in archive.entries().unwrap() {
        let name = entry.unwrap().path().unwrap().display().to_string();
        let base = name.rfind('/').map_or(0, |slash| slash + 1);
        let dot = base + name[base..].find('.').unwrap();
        let (key, field) = (name[..dot].to_owned(), name[dot + 1..].to_owned());
        assert_eq!(field, field.to_lowercase());
        match samples.last_mut().filter(|(last, _)| *last == key) {
            Some((_, fields)) => fields.push(field),
            None => samples.push((key, vec![field])),
        }
    }
    assert_eq!(samples.len(), 6, "each key is in one place");
    assert!(samples.iter().all(|(_, fields)| fields == &samples[0].1 && fields.len() == 7), "{samples:?}");
}

#[test]
fn a_sample_without_a_type_is_its_members_by_their_extensions() {
    let folder = tempfile::tempdir().unwrap();
    let (path, photos) = photos(folder.path());
    let dicts: Vec<_> = Dataset::<DictSample>::open(&path).unwrap().ordered().collect::<Result<_>>().unwrap();
    let sample = &dicts[1];
    assert_eq!(sample.keys().collect::<Vec<_>>(), ["jpg", "cls", "txt", "json", "emb.npy", "more.json.gz", "mp"]);
    assert_eq!((&sample["cls"], &sample["txt"]), (&Value::Int(0), &Value::from("number 1\n")));
    assert_eq!(sample["json"].get("width"), Some(&Value::Int(640)));
    assert_eq!(sample.array("emb.npy").unwrap().to_array::<f32, ndarray::Ix2>().unwrap(), photos[1].embedding);
    let batch = Dataset::<DictSample>::open(&path).unwrap().batches(10).next().unwrap().unwrap();
    assert_eq!(batch.stack("emb.npy").unwrap().shape(), [10, 2, 3]);
    // A shard is of one kind, that of its first sample.
    let mixed = [Group::new("a", [("msgpack", &b"\x81\xa1x\x07"[..])]), Group::new("b", [("txt", &b"x"[..])])];
    let path = shard(folder.path(), mixed);
    let results: Vec<_> = Dataset::<DictSample>::open(&path).unwrap().ordered().collect();
    assert_eq!(results[0].as_ref().unwrap()["x"], Value::Int(7));
    assert!(results[1].as_ref().unwrap_err().to_string().contains("expected a `msgpack` field, found `txt`"));
    let path = shard(
        folder.path(),
        [Group::new("a", [("txt", &b"x"[..])]), Group::new("b", [("msgpack", &b"\x81\xa1x\x07"[..])])],
    );
    let dicts: Vec<_> = Dataset::<DictSample>::open(&path).unwrap().ordered().flatten().collect();
    assert_eq!(dicts[1]["msgpack"].get("x"), Some(&Value::Int(7)));
}

#[test]
fn a_member_that_unpacks_to_more_than_is_allowed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = photos(folder.path());
    let options = atdata::ReadOptions::default().max_member(3000);
    let bomb = Photo { more: BTreeMap::from([("x".into(), vec![0; 100_000])]), ..photo(0) };
    assert_eq!(Dataset::<Photo>::open(&path).unwrap().with_options(options.clone()).head(1).unwrap().len(), 1);
    let path = folder.path().join("bomb.tar");
    Dataset::write(&path, [bomb]).unwrap();
    let error = Dataset::<Photo>::open(&path).unwrap().with_options(options).head(1).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "Photo.more: expected at most 3000 bytes in the member `more.json.gz` when decompressed, found more"
        ),
        "{error}"
    );
}

/// Text backwards.
#[derive(Debug)]
struct Backwards;

impl MemberCodec for Backwards {
    fn decode(&self, content: &Bytes, wanted: Wanted<'_>) -> Result<Value> {
        assert_eq!(wanted.name(), "rev");
        let text = std::str::from_utf8(content).map_err(|error| Error::new(ErrorKind::Corrupt, error))?;
        Ok(text.chars().rev().collect::<String>().into())
    }

    fn encode(&self, value: &Value, _: Wanted<'_>) -> Result<Bytes> {
        Ok(value.as_str().unwrap_or_default().chars().rev().collect::<String>().into())
    }
}

#[test]
fn a_codec_of_ones_own_reads_and_writes_its_field() {
    #[derive(Packable, Debug, PartialEq)]
    #[packable(layout = "members")]
    struct Reversed {
        #[packable(member = "rev", codec = Backwards)]
        text: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.tar");
    Dataset::write(&path, [Reversed { text: "abc".into() }]).unwrap();
    assert_eq!(Dataset::<Group>::open(&path).unwrap().head(1).unwrap()[0].get("rev").unwrap(), "cba");
    assert_eq!(Dataset::<Reversed>::open(&path).unwrap().head(1).unwrap()[0].text, "abc");
    let path = shard(folder.path(), [Group::new("a", [("rev", &b"\xff"[..])])]);
    let error = Dataset::<Reversed>::open(&path).unwrap().head(1).unwrap_err();
    assert!(error.to_string().contains("key a: Reversed.text: invalid utf-8"), "{error}");
}

#[test]
fn groups_that_readers_would_not_give_back_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g.tar");
    for (names, expected) in [
        (&["a/b"][..], "\"a/b\" cannot be the name of a member: it has a `/`, which belongs to keys"),
        (&[""], "it is empty"),
        (&["txt", "TXT"], "\"txt\" cannot be the name of a member: it is there twice"),
        (&[], "the group has no members; a sample has at least one"),
        (&["__key__"], "\"__key__\" cannot be the name of a member: readers put what they know of the sample under it"),
        (&["txt", "__url__"], "\"__url__\" cannot be the name of a member"),
        (&["__bad__"], "\"__bad__\" cannot be the name of a member"),
        (&["__offset__"], "\"__offset__\" cannot be the name of a member"),
    ] {
        let group = Group::new("k", names.iter().map(|name| (*name, "x")));
        let error = Dataset::write(&path, [group]).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!path.exists());
    }
}

#[cfg(feature = "records")]
#[test]
fn records_say_where_the_fields_are() {
    use atdata::schema::{Change, SchemaRecord};

    let record = Photo::schema_record().created_at("2026-03-01T12:00:00Z");
    let local = record.to_local();
    assert_eq!((&local["layout"], &local["key"]), (&"members".into(), &"{split}/{class}/{id}".into()));
    assert_eq!((&local["fields"][3]["member"], &local["fields"][0].get("member")), (&"jpg|jpeg|png".into(), &None));
    let published = record.to_atproto().unwrap();
    assert_eq!(
        (&published["schema"]["layout"], &published["schema"]["key"]),
        (&"members".into(), &"{split}/{class}/{id}".into())
    );
    assert_eq!(published["schema"]["properties"]["label"]["member"], "cls");
    for json in [local, published] {
        assert_eq!(SchemaRecord::from_json(&json).unwrap(), record);
    }
    let packed = Packed::schema_record().to_local();
    assert!(packed.get("layout").is_none() && packed["fields"][3].get("member").is_none());
    // The fields are the same ones, and only where they lie differs.
    let difference = atdata::schema::SchemaDiff::between(&Packed::schema_record().schema, &record.schema);
    let is_place = |change: &Change| matches!(change, Change::Layout { .. } | Change::Member { .. });
    assert!(difference.differences().iter().all(|found| is_place(&found.change)), "{:?}", difference.differences());
    let mut wrong = record.to_local();
    wrong["layout"] = "columns".into();
    let error = SchemaRecord::from_json(&wrong).unwrap_err().to_string();
    assert!(error.contains("expected \"members\" or \"packed\", found \"columns\""), "{error}");
}
