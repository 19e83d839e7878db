//! What is written to members, or copied, and what is read back.

use std::path::Path;

use atdata::{Dataset, DictSample, ErrorKind, Group, Packable, ShardWriter, Value};
use bytes::Bytes;

use super::{Photo, shard};

#[test]
fn a_key_is_kept_as_it_was_written() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(layout = "members")]
    struct Numbered {
        #[packable(key)]
        id: u32,
        txt: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path(), ["0007", "0008"].map(|key| Group::new(key, [("txt", key)])));
    let numbered = Dataset::<Numbered>::open(&path).unwrap();
    let copy = folder.path().join("copy.tar");
    let mut writer = ShardWriter::builder(&copy).build().unwrap();
    writer.write_dataset(&numbered.filter(|numbered| numbered.id == 8)).unwrap();
    let error = writer.write_with_key("0009", &Numbered { id: 8, txt: String::new() }).unwrap_err();
    assert!(error.to_string().contains("the key \"0009\" is not that of the sample's own fields, \"8\""), "{error}");
    writer.finish().unwrap();
    let copied = Dataset::<Numbered>::open(&copy).unwrap().get("0008").unwrap();
    assert_eq!(copied, Numbered { id: 8, txt: "0008".into() });
}

#[test]
fn a_null_is_not_read_back_as_the_default() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(layout = "members")]
    struct Defaulted {
        #[packable(member = "json", default = Some(7))]
        json: Option<i64>,
        #[packable(member = "txt", default = Some("none".to_owned()))]
        txt: Option<String>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.tar");
    let sample = Defaulted { json: None, txt: Some("a".into()) };
    Dataset::write(&path, [sample.clone()]).unwrap();
    assert_eq!(Dataset::<Defaulted>::open(&path).unwrap().head(1).unwrap()[0], sample);
    let error = Dataset::write(&path, [Defaulted { txt: None, ..sample }]).unwrap_err();
    assert!(error.to_string().contains("Defaulted.txt: a member `txt` cannot hold null"), "{error}");
}

/// A raw copy from a dataset of the one type to a writer of the other is refused.
fn refused<S: Packable + 'static, T: Packable>(from: &Path, out: &Path) {
    let mut raw = Dataset::<S>::open(from).unwrap().raw();
    let mut writer = ShardWriter::<T>::builder(out).build().unwrap();
    let error = writer.write_raw(&raw.next().unwrap().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("write it with `write_with_key`"), "{error}");
    writer.discard();
}

#[test]
fn raw_copies_are_of_packed_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path(), [Group::new("a", [("txt", "x")])]);
    let out = folder.path().join("out.tar");
    refused::<Group, Group>(&path, &out);
    refused::<Group, DictSample>(&path, &out);
    refused::<DictSample, Group>(&path, &out);
    refused::<DictSample, Photo>(&path, &out);
    let mut raw = Dataset::<DictSample>::open(&path).unwrap().raw();
    let mut writer = ShardWriter::<DictSample>::builder(&out).build().unwrap();
    writer.write_raw(&raw.next().unwrap().unwrap()).unwrap();
    writer.finish().unwrap();
    assert_eq!(Dataset::<DictSample>::open(&out).unwrap().head(1).unwrap()[0]["txt"], Value::from("x"));
}

#[test]
fn one_of_several_names_is_there() {
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(layout = "members")]
    struct Pictured {
        #[packable(member = "jpg|png")]
        image: Bytes,
    }
    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(layout = "members", allow_unknown)]
    struct Any {
        #[packable(member = "jpg|png")]
        image: Bytes,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path(), [Group::new("a", [("jpg", "x"), ("png", "y")])]);
    let error = Dataset::<Pictured>::open(&path).unwrap().head(1).unwrap_err();
    assert!(
        error.to_string().contains("Pictured.image: expected one member of `jpg` or `png`, found `png` beside another"),
        "{error}"
    );
    // A packed sample beside the members that the type takes hides none of them.
    let packed = Any { image: Bytes::from_static(b"packed") }.pack();
    let path = shard(folder.path(), [Group::new("a", [("msgpack", &packed[..]), ("png", b"y")])]);
    assert_eq!(Dataset::<Any>::open(&path).unwrap().head(1).unwrap()[0].image, "y");
    let path = shard(folder.path(), [Group::new("a", [("msgpack", &packed[..]), ("txt", b"y")])]);
    assert_eq!(Dataset::<Any>::open(&path).unwrap().head(1).unwrap()[0].image, "packed");
}

#[test]
fn names_of_fields_do_not_collide() {
    let json: &[u8] = b"[1]";
    let group = Group::new("a", [("x.txt", &b"t"[..]), ("x.cls", b"1"), ("x.txt.json", json), ("label.cls", b"2")]);
    let packed = group.to_packed().unwrap();
    assert_eq!(packed.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["x.txt", "x.cls", "x.txt.json", "label"]);
    let group = Group::new("a", [("label.cls", "2"), ("x.json", "1")]);
    assert_eq!(group.to_packed().unwrap().iter().map(|(name, _)| name).collect::<Vec<_>>(), ["label", "x"]);
}
