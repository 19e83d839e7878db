//! Old samples, upgraded: what comes out of each step, and what is said where nothing does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "these are tests")]

use atdata::lens::Migration;
use atdata::schema::{OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema, SchemaReference};
use atdata::{Dataset, DictSample, Dtype, DynArray, Error, ErrorKind, Packable, Value};
use ndarray::{Array2, array};

fn schema(version: &str, fields: &[(&str, T)]) -> OwnedSchema {
    OwnedSchema::new("S", version, fields.iter().map(|(name, of)| OwnedField::new(*name, of.clone())).collect())
}

fn sample(fields: impl IntoIterator<Item = (&'static str, Value)>) -> DictSample {
    fields.into_iter().collect()
}

fn between(old: &OwnedSchema, new: &OwnedSchema) -> Migration {
    Migration::between(old.clone(), new.clone()).unwrap()
}

mod v1 {
    use super::*;

    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(name = "Photo")]
    pub(crate) struct Photo {
        pub(crate) pixels: Array2<u8>,
        pub(crate) caption: String,
        pub(crate) stars: i64,
        pub(crate) size: String,
        pub(crate) camera: String,
    }
}

mod v2 {
    use super::*;

    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(name = "Photo", version = "2.0.0")]
    pub(crate) struct Photo {
        pub(crate) pixels: Array2<u16>,
        pub(crate) caption: String,
        pub(crate) stars: i64,
        pub(crate) size: Vec<i64>,
        pub(crate) language: Option<i64>,
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Photo", version = "3.0.0")]
struct Photo {
    caption: Option<String>,
    pixels: Array2<f32>,
    stars: f64,
    #[packable(default)]
    license: String,
    size: Vec<f64>,
    language: Option<i64>,
}

/// `"640x480"`
fn size(old: &DictSample) -> Result<Value, Error> {
    let text = old.get("size").and_then(Value::as_str).unwrap_or_default();
    let sides: Result<Vec<Value>, _> = text.split('x').map(|side| side.parse::<i64>().map(Value::from)).collect();
    sides.map(Value::List).map_err(|error| Error::new(ErrorKind::Caller, error))
}

fn to_v3() -> Migration {
    let to_v2 = Migration::builder(v1::Photo::SCHEMA, v2::Photo::SCHEMA).convert("size", size).build().unwrap();
    to_v2.then(Migration::between(v2::Photo::SCHEMA, Photo::SCHEMA).unwrap()).unwrap()
}

fn old_photo(size: &str) -> v1::Photo {
    let (caption, size, camera) = ("a cat".to_owned(), size.to_owned(), "Leica".to_owned());
    v1::Photo { pixels: array![[1, 2], [3, 255]], caption, stars: 4, size, camera }
}

#[test]
fn first_shards_are_read_as_the_third_type_with_one_function() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, [old_photo("640x480"), old_photo("1x2")]).unwrap();
    let photos = Dataset::open(&path).unwrap().upgrade::<Photo>(&to_v3()).unwrap();
    let read: Vec<_> = photos.iter().map(Result::unwrap).collect();
    let expected = Photo {
        caption: Some("a cat".to_owned()),
        pixels: array![[1.0, 2.0], [3.0, 255.0]],
        stars: 4.0,
        license: String::new(),
        size: vec![640.0, 480.0],
        language: None,
    };
    assert_eq!(read[0], expected);
    assert_eq!(read[1].size, [1.0, 2.0]);
    let batch = photos.batches(2).next().unwrap().unwrap();
    assert_eq!(batch.pixels.shape(), [2, 2, 2]);
}

#[test]
fn an_error_of_the_function_names_sample_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, [old_photo("640x480"), old_photo("large")]).unwrap();
    let photos = Dataset::open(&path).unwrap().upgrade::<Photo>(&to_v3()).unwrap();
    let error = photos.iter().nth(1).unwrap().unwrap_err();
    assert_eq!((error.kind(), error.field_path().as_str()), (ErrorKind::Caller, "[\"size\"]"));
    assert!(error.key().is_some() && error.shard().is_some());
    assert!(error.to_string().ends_with("[\"size\"]: invalid digit found in string"), "{error}");
}

#[test]
fn a_migration_to_another_type_is_refused_with_the_differences() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, [old_photo("640x480")]).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let error = dataset.upgrade::<v2::Photo>(&to_v3()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = error.to_string();
    assert!(text.starts_with("the migration leads to Photo@3.0.0 {"), "{text}");
    assert!(text.contains(", not to Photo@2.0.0 {") && text.contains("major  stars: type float -> int"), "{text}");

    let gap = to_v3().then(to_v3()).unwrap_err().to_string();
    assert!(gap.contains("which is not what Photo@1.0.0 {"), "{gap}");
    let missing = Migration::between(v1::Photo::SCHEMA, v2::Photo::SCHEMA).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::InvalidInput);
    assert!(missing.to_string().contains("size: type str -> list<int>; write `.convert(\"size\", f)`"), "{missing}");
}

#[test]
fn a_field_left_to_a_default_needs_one_in_the_type() {
    #[derive(Packable, Debug)]
    struct S {
        text: String,
    }
    let target = |default: bool| {
        let text = OwnedField::new("text", T::Str);
        OwnedSchema::new("S", "1.0.0", vec![if default { text.with_default() } else { text }])
    };
    let from_nothing = Migration::between(schema("0.9.0", &[]), target(true)).unwrap();
    let error = from_nothing.check_target::<S>().unwrap_err().to_string();
    assert!(error.ends_with("major  text: default removed\n"), "{error}");
    assert!(between(&target(false), &target(false)).check_target::<S>().is_ok());
}

#[test]
fn every_step_gives_its_value() {
    let old = OwnedSchema::new(
        "S",
        "1.0.0",
        vec![
            OwnedField::new("same", T::Str),
            OwnedField::new("number", T::Int),
            OwnedField::new("numbers", T::List(Box::new(T::Nullable(Box::new(T::Int))))),
            OwnedField::new("table", T::Map(Box::new(T::Int))),
            OwnedField::new("note", T::Str).optional(true),
            OwnedField::new("rank", T::Int).with_default(),
            OwnedField::new("both", T::Int).with_default(),
            OwnedField::new("gone", T::Bool),
            OwnedField::new("old", T::Int).optional(true),
        ],
    );
    let new = OwnedSchema::new(
        "S",
        "2.0.0",
        vec![
            OwnedField::new("added", T::Bytes).optional(true),
            OwnedField::new("default", T::Bytes).with_default(),
            OwnedField::new("numbers", T::List(Box::new(T::Nullable(Box::new(T::Float))))),
            OwnedField::new("table", T::Map(Box::new(T::Float))),
            OwnedField::new("number", T::Float),
            OwnedField::new("same", T::Str),
            OwnedField::new("note", T::Str),
            OwnedField::new("rank", T::Int),
            OwnedField::new("both", T::Float).with_default(),
            OwnedField::new("new", T::Float).optional(true),
            OwnedField::new("made", T::Str),
            OwnedField::new("one", T::Int),
        ],
    );
    let migration = Migration::builder(old.clone(), new.clone())
        .rename("old", "new")
        .fill_missing("note", "none")
        .fill_missing("rank", 9)
        .fill("one", 1)
        .convert("made", |old| Ok(format!("{:?}", old.get("gone"))))
        .build()
        .unwrap();
    let numbers = || Value::List(vec![1.into(), Value::Nil, u64::MAX.into()]);
    let full = sample([
        ("same", "x".into()),
        ("number", 2.into()),
        ("numbers", numbers()),
        ("table", Value::Map(vec![("k".into(), 3.into())])),
        ("note", Value::Nil),
        ("gone", true.into()),
        ("old", 7.into()),
        ("both", 5.into()),
    ]);
    full.conforms_to(&old).unwrap();
    let upgraded = migration.upgrade(&full).unwrap();
    upgraded.conforms_to(&new).unwrap();
    let expected = sample([
        ("added", Value::Nil),
        ("numbers", Value::List(vec![1.0.into(), Value::Nil, 18_446_744_073_709_551_615.0.into()])),
        ("table", Value::Map(vec![("k".into(), 3.0.into())])),
        ("number", 2.0.into()),
        ("same", "x".into()),
        ("note", "none".into()),
        ("rank", 9.into()),
        ("both", 5.0.into()),
        ("new", 7.0.into()),
        ("made", "Some(true)".into()),
        ("one", 1.into()),
    ]);
    assert_eq!(upgraded, expected);

    let mut fewer = full.clone();
    fewer.remove("old");
    fewer.remove("both");
    fewer.remove("note");
    fewer.insert("rank", 4);
    let upgraded = migration.upgrade(&fewer).unwrap();
    upgraded.conforms_to(&new).unwrap();
    assert_eq!(upgraded.get("new"), Some(&Value::Nil));
    assert_eq!((upgraded.get("both"), upgraded.get("rank")), (None, Some(&4.into())));
    assert_eq!(upgraded.get("note"), Some(&"none".into()));
}

#[test]
fn arrays_are_cast_and_others_are_refused() {
    let of = |dtype| T::Array(OwnedArrayType::new(Some(dtype)));
    let cast = between(&schema("1.0.0", &[("a", of(Dtype::Int16))]), &schema("2.0.0", &[("a", of(Dtype::Float32))]));
    let upgrade = |value: Value| cast.upgrade(&sample([("a", value)]));
    let upgraded = upgrade((&array![[1_i16, -2], [3, i16::MAX]]).into()).unwrap();
    assert_eq!(upgraded.array("a").unwrap(), DynArray::from_array(&array![[1.0_f32, -2.0], [3.0, 32767.0]]));
    // One that is narrower than was said, or of the new dtype already, loses nothing either.
    assert!(upgrade((&array![1_i8]).into()).is_ok() && upgrade((&array![1.5_f32]).into()).is_ok());
    for (value, message) in [
        (
            (&array![1_i64]).into(),
            "[\"a\"]: <i8 elements do not become float32 without loss, as those of the old type do",
        ),
        (Value::from("text"), "[\"a\"]: expected array<any>, found str"),
        (Value::Nil, "[\"a\"]: expected array<any>, found null"),
    ] {
        let error = upgrade(value).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::SchemaMismatch));
    }
}

#[test]
fn a_sample_of_another_type_is_told_field_by_field() {
    let inner = |of: T| T::List(Box::new(T::Sample(Box::new(schema("1.0.0", &[("x", of)])))));
    let old = schema("1.0.0", &[("n", T::Int), ("s", inner(T::Int))]);
    let new = schema("2.0.0", &[("n", T::Float), ("s", inner(T::Float))]);
    let migration = between(&old, &new);
    let element =
        |x: Value| Value::List(vec![Value::Map(vec![("x".into(), 1.into())]), Value::Map(vec![("x".into(), x)])]);
    let good = sample([("n", 1.into()), ("s", element(2.into()))]);
    let upgraded = migration.upgrade(&good).unwrap();
    upgraded.conforms_to(&new).unwrap();
    assert_eq!(
        upgraded.get("s").unwrap(),
        &Value::List([1.0, 2.0].map(|x| Value::Map(vec![("x".into(), x.into())])).to_vec())
    );
    for (bad, message) in [
        (sample([("n", 1.into())]), "[\"s\"]: S@1.0.0 requires the field; the sample has [\"n\"]"),
        (sample([("n", "1".into()), ("s", element(1.into()))]), "[\"n\"]: expected int, found str"),
        (sample([("n", 1.into()), ("s", element("2".into()))]), "[\"s\"][1][\"x\"]: expected int, found str"),
        (sample([("n", 1.into()), ("s", 1.into())]), "[\"s\"]: expected list<S>, found int"),
        (sample([("z", 1.into())]), "[\"z\"]: S@1.0.0 has no such field; it has [\"n\", \"s\"]"),
    ] {
        let error = migration.upgrade(&bad).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.kind()), (message, ErrorKind::SchemaMismatch));
    }
}

#[test]
fn values_and_functions_are_held_to_the_new_type() {
    let old = schema("1.0.0", &[]);
    let new = schema("2.0.0", &[("n", T::Int)]);
    let error = Migration::builder(old.clone(), new.clone()).fill("n", "one").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(format!("{error:#}"), "`.fill(\"n\", value)` does not fit the field: [\"n\"]: expected int, found str");
    let migration = Migration::builder(old, new).convert("n", |_| Ok("one")).build().unwrap();
    let error = migration.upgrade(&DictSample::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    let message = "the function for \"n\" gave a value that does not fit the field: [\"n\"]: expected int, found str";
    assert_eq!(format!("{error:#}"), message);
}

#[test]
fn a_text_that_is_no_value_of_an_enum_is_named() {
    let split = T::Enum(vec!["train".to_owned(), "test".to_owned()]);
    let old = schema("1.0.0", &[("split", T::Str)]);
    let new = schema("2.0.0", &[("split", split)]);
    let lower = |old: &DictSample| Ok(old.get("split").and_then(Value::as_str).unwrap_or_default().to_lowercase());
    let migration = Migration::builder(old, new).convert("split", lower).build().unwrap();
    assert!(migration.upgrade(&sample([("split", "TRAIN".into())])).is_ok());
    let error = migration.upgrade(&sample([("split", "Dev".into())])).unwrap_err();
    assert!(
        format!("{error:#}").ends_with("[\"split\"]: expected enum<\"train\", \"test\">, found \"dev\""),
        "{error:#}"
    );
}

fn tree(version: &str, value: T) -> OwnedSchema {
    let children = T::List(Box::new(T::Ref(SchemaReference::local("Tree", version))));
    let fields = vec![OwnedField::new("value", value), OwnedField::new("children", children)];
    OwnedSchema::new("Tree", version, fields)
}

fn node(value: impl Into<Value>, children: Vec<Value>) -> Vec<(String, Value)> {
    vec![("value".to_owned(), value.into()), ("children".to_owned(), Value::List(children))]
}

#[test]
fn a_tree_is_upgraded_to_its_leaves_and_no_deeper_than_can_be_read() {
    let (old, new) = (tree("1.0.0", T::Int), tree("2.0.0", T::Float));
    let migration = between(&old, &new);
    let leaf = |value: Value| Value::Map(node(value, vec![]));
    let branch = Value::Map(node(2, vec![leaf(3.into()), leaf(4.into())]));
    let root: DictSample = node(1, vec![branch, leaf(5.into())]).into_iter().collect();
    root.conforms_to(&old).unwrap();
    let upgraded = migration.upgrade(&root).unwrap();
    upgraded.conforms_to(&new).unwrap();
    let branch = Value::Map(node(2.0, vec![leaf(3.0.into()), leaf(4.0.into())]));
    assert_eq!(upgraded, node(1.0, vec![branch, leaf(5.0.into())]).into_iter().collect());

    let bad: DictSample = node(1, vec![leaf(2.into()), leaf("3".into())]).into_iter().collect();
    let message = "[\"children\"][1][\"value\"]: expected int, found str";
    assert_eq!(migration.upgrade(&bad).unwrap_err().to_string(), message);
    assert_eq!(bad.conforms_to(&old).unwrap_err().to_string(), message);

    let deep = |levels: usize| -> DictSample {
        let inner = (1..levels).fold(leaf(0.into()), |inner, _| Value::Map(node(0, vec![inner])));
        node(0, vec![inner]).into_iter().collect()
    };
    migration.upgrade(&deep(127)).unwrap().conforms_to(&new).unwrap();
    for error in [migration.upgrade(&deep(128)).unwrap_err(), deep(500).conforms_to(&old).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}

fn around(version: &str, note: OwnedField) -> OwnedSchema {
    let inner = OwnedSchema::new("Inner", version, vec![OwnedField::new("text", T::Str), note]);
    OwnedSchema::new("Outer", version, vec![OwnedField::new("inner", T::Sample(Box::new(inner)))])
}

/// To the old type a note that is missing is null; to the new one it would be the default.
#[test]
fn what_is_missing_inside_a_sample_stays_null_where_the_new_type_has_a_default() {
    let note = || OwnedField::new("note", T::Str).optional(true);
    let (old, new) = (around("1.0.0", note()), around("1.1.0", note().with_default()));
    let inner = |fields: &[(&str, Value)]| {
        Value::Map(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    };
    let upgraded = between(&old, &new).upgrade(&sample([("inner", inner(&[("text", "a".into())]))])).unwrap();
    assert_eq!(upgraded, sample([("inner", inner(&[("text", "a".into()), ("note", Value::Nil)]))]));
}

#[test]
fn a_field_inside_a_sample_that_is_left_to_a_default_needs_one_in_the_next_type() {
    let (with, without) = (OwnedField::new("note", T::Str).with_default(), OwnedField::new("note", T::Str));
    let bare = OwnedSchema::new("Inner", "1.0.0", vec![OwnedField::new("text", T::Str)]);
    let bare = OwnedSchema::new("Outer", "1.0.0", vec![OwnedField::new("inner", T::Sample(Box::new(bare)))]);
    let first = between(&bare, &around("1.1.0", with));
    let second = between(&around("1.1.0", without.clone()), &around("1.2.0", without));
    let error = first.then(second).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("inner.note: default removed"), "{error}");
}
