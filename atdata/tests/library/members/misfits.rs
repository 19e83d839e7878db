//! Members, keys and samples that do not fit their type, and what of a shard no type asks for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::{Dataset, ErrorKind, Group, Packable, Result, ShardWriter, Value};
use bytes::Bytes;
use ndarray::{Array2, array};

use super::{Photo, Split, shard};

#[derive(Packable, Debug, PartialEq)]
#[packable(layout = "members")]
struct Small {
    #[packable(key)]
    name: String,
    #[packable(member = "jpg")]
    image: Vec<u8>,
    cls: i64,
    #[packable(default)]
    weight: f64,
}

#[derive(Packable, Debug, PartialEq)]
#[packable(layout = "members", allow_unknown)]
struct Lenient {
    cls: Option<i64>,
}

fn error_of(members: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path(), [Group::new("0001", members.iter().copied())]);
    let error = Dataset::<Small>::open(&path).unwrap().head(1).unwrap_err();
    assert_eq!((error.key(), error.kind()), (Some("0001"), ErrorKind::SchemaMismatch), "{error}");
    error.to_string().split_once("key 0001: ").unwrap().1.to_owned()
}

#[test]
fn members_that_are_missing_or_unknown_are_told_with_those_that_there_are() {
    assert_eq!(
        error_of(&[("jpeg", "x"), ("cls", "3"), ("json", "{}")]),
        "Small.image: expected a member `jpg`, found `jpeg`, `cls`, `json`; `#[packable(member = \"jpg|jpeg\")]` on the \
         field reads that as well"
    );
    assert_eq!(
        error_of(&[("jpg", "x"), ("cls", "3"), ("weigth", "1")]),
        "Small: found a member `weigth` that no field takes; the type takes `jpg`, `cls`, `weight`: \
         `#[packable(member = \"weigth\")]` on a field reads it, `#[packable(allow_unknown)]` on the type passes over it"
    );
    assert_eq!(
        error_of(&[("jpg", "x"), ("class", "3"), ("cls", "3")]),
        "Small: found a member `class` that no field takes; the type takes `jpg`, `cls`, `weight`: \
         `#[packable(member = \"cls|class\")]` on a field reads it, `#[packable(allow_unknown)]` on the type passes over it"
    );
    assert_eq!(
        error_of(&[("cls", "3")]),
        "Small.image: expected a member `jpg`, found `cls`; `#[packable(member = \"…\")]` on the field names another one, \
         and an `Option` may be missing"
    );
    assert_eq!(
        error_of(&[("jpg", "x"), ("cls", "3"), ("json", "{}")]),
        "Small: found a member `json` that no field takes; the type takes `jpg`, `cls`, `weight`: \
         `#[packable(member = \"json\")]` on a field reads it, `#[packable(allow_unknown)]` on the type passes over it"
    );
    assert_eq!(
        error_of(&[("jpg", "x"), ("cls", "cat\x1b")]),
        "Small.cls: expected a whole number in the member `cls`, found \"cat\\u{1b}\""
    );
}

#[test]
fn what_may_be_missing_may_and_what_is_allowed_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let groups = [
        Group::new("a", [("jpg", "x"), ("cls", "3")]),
        Group::new("b", [("JPG", "y"), ("weight", "0.5"), ("CLS", " 4\n")]),
    ];
    let path = shard(folder.path(), groups);
    let small: Vec<_> = Dataset::<Small>::open(&path).unwrap().ordered().collect::<Result<_>>().unwrap();
    assert_eq!(small[0], Small { name: "a".into(), image: b"x".to_vec(), cls: 3, weight: 0.0 });
    assert_eq!(small[1], Small { name: "b".into(), image: b"y".to_vec(), cls: 4, weight: 0.5 });
    let lenient: Vec<_> = Dataset::<Lenient>::open(&path).unwrap().ordered().collect::<Result<_>>().unwrap();
    assert_eq!(lenient, [Lenient { cls: Some(3) }, Lenient { cls: Some(4) }]);
    let path = shard(folder.path(), [Group::new("c", [("json", "{}")])]);
    assert_eq!(Dataset::<Lenient>::open(&path).unwrap().head(1).unwrap(), [Lenient { cls: None }]);
}

#[test]
fn an_error_about_one_sample_is_followed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let group = |key: &str, class: &str| Group::new(key, [("jpg", "x"), ("cls", class)]);
    let path = shard(folder.path(), [group("a", "1"), group("b", "x"), group("c", "3"), group("d", "")]);
    let results: Vec<_> =
        Dataset::<Small>::open(&path).unwrap().ordered().map(|small| small.ok().map(|small| small.cls)).collect();
    assert_eq!(results, [Some(1), None, Some(3), None]);
    let batches: Vec<_> =
        Dataset::<Small>::open(&path).unwrap().batches(9).map(|batch| batch.ok().map(|batch| batch.len())).collect();
    assert_eq!(batches, [None, None, Some(2)]);
}

#[test]
fn keys_that_do_not_fit_the_path_are_errors() {
    #[derive(Packable)]
    #[packable(layout = "members", path = "{split}/{class}/{id}")]
    struct Parts {
        split: Split,
        class: String,
        id: u32,
        jpg: Bytes,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path(), [Group::new("train/0001", [("jpg", "x")])]);
    let error = Dataset::<Photo>::open(&path).unwrap().filter(|_| true).head(1).unwrap_err();
    assert!(error.to_string().contains("Photo.label: expected a member `cls`"), "{error}");

    let error = Dataset::<Parts>::open(&path).unwrap().head(1).err().unwrap();
    assert!(
        error.to_string().ends_with("Parts: expected a key like \"{split}/{class}/{id}\", found \"train/0001\""),
        "{error}"
    );
    let path = shard(folder.path(), [Group::new("dev/a/1", [("jpg", "x")])]);
    let error = Dataset::<Parts>::open(&path).unwrap().head(1).err().unwrap();
    assert!(error.to_string().ends_with("Parts.split: expected one of \"train\", \"test\", found \"dev\""), "{error}");
    let path = folder.path().join("out.tar");
    let sample = |class: &str| Parts { split: Split::Train, class: class.into(), id: 7, jpg: Bytes::from_static(b"x") };
    let error = Dataset::write(&path, [sample("a/b")]).unwrap_err();
    assert!(error.to_string().contains("the key \"train/a/b/7\" made of the fields"), "{error}");
    let mut writer = ShardWriter::<Parts>::builder(&path).build().unwrap();
    let error = writer.write_with_key("other", &sample("a")).unwrap_err();
    assert!(error.to_string().contains("is not that of the sample's own fields, \"train/a/7\""), "{error}");
    let error = writer.write(&sample("..")).unwrap_err();
    assert!(error.to_string().contains("key train/../7: found `..` as a part of the key"), "{error}");
    writer.write(&sample("a")).unwrap();
    assert_eq!(writer.finish().unwrap().open::<Parts>().unwrap().get("train/a/7").unwrap().class, "a");
}

#[test]
fn pickles_and_arrays_of_another_shape_are_refused() {
    #[derive(Packable, Debug)]
    #[packable(layout = "members")]
    struct Arrays {
        npy: Array2<f32>,
    }
    let folder = tempfile::tempdir().unwrap();
    let npy = |descr: &str, shape: &str, data: &[u8]| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\0", &u16::try_from(header.len()).unwrap().to_le_bytes()[..], header.as_bytes(), data].concat()
    };
    for (content, kind, expected) in [
        (npy("|O", "(1,)", b"\x80\x04."), ErrorKind::Unsupported, "object"),
        (npy("<f8", "(1, 1)", &[0; 8]), ErrorKind::SchemaMismatch, "float32"),
        (npy("<f4", "(1,)", &[0; 4]), ErrorKind::SchemaMismatch, "2"),
        (npy("<f4", "(99999999, 99999999)", &[0; 4]), ErrorKind::Corrupt, ""),
        (b"PK\x03\x04".to_vec(), ErrorKind::SchemaMismatch, "NUMPY"),
    ] {
        let path = shard(folder.path(), [Group::new("a", [("npy", &content)])]);
        let error = Dataset::<Arrays>::open(&path).unwrap().head(1).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("Arrays.npy: ") && error.to_string().contains(expected), "{error}");
    }
    let path = shard(folder.path(), [Group::new("a", [("npy", &npy("<f4", "(1, 2)", &[0; 8]))])]);
    assert_eq!(Dataset::<Arrays>::open(&path).unwrap().head(1).unwrap()[0].npy, array![[0.0, 0.0]]);
}

#[test]
fn a_sample_that_members_cannot_hold_leaves_the_writer_as_it_was() {
    #[derive(Packable, Clone)]
    #[packable(layout = "members")]
    struct Loose {
        json: Value,
        txt: Option<String>,
    }
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ShardWriter::<Loose>::builder(folder.path().join("l.tar")).build().unwrap();
    let good = Loose { json: Value::Int(1), txt: None };
    writer.write(&good).unwrap();
    let bytes = Loose { json: Value::from_iter([Value::from(vec![1_u8])]), ..good.clone() };
    let error = writer.write(&bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().ends_with(
            "key made for sample 1: Loose.json: a member `json` cannot hold bytes; write it to a member of its own, or name a \
             `msgpack` one"
        ),
        "{error}"
    );
    let error = writer.write(&Loose { json: Value::Nil, txt: None }).unwrap_err();
    assert!(error.to_string().contains("all fields are null"), "{error}");
    writer.write(&good).unwrap();
    assert_eq!(writer.finish().unwrap().samples(), 2);
}

#[test]
fn a_member_that_no_field_takes_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = shard(folder.path(), [Group::new("a", [("mp4", &[7; 10_000][..]), ("cls", b"3")])]);
    let options = atdata::ReadOptions::default().max_member(1000);
    let lenient = Dataset::<Lenient>::open(&path).unwrap().with_options(options.clone());
    assert_eq!(lenient.head(1).unwrap(), [Lenient { cls: Some(3) }]);
    let error = Dataset::<Group>::open(&path).unwrap().with_options(options).head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}
