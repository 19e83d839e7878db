//! Records proposed of samples: all samples that were looked at are of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::{Path, PathBuf};

use atdata::dataset::Inferred;
use atdata::index::{check_group, check_sample};
use atdata::schema::SchemaRecord;
use atdata::{Dataset, DictSample, DynArray, ErrorKind, Group, Packable, Result, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02";

fn infer(path: impl AsRef<Path>) -> Result<Inferred> {
    Dataset::<DictSample>::open(path.as_ref().to_str().unwrap())?.infer(Some("Found"), "1.0.0")
}

/// What is proposed for groups, all of which fit it.
#[track_caller]
fn of_groups(groups: &[Group]) -> Inferred {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    Dataset::write_refs(&path, groups).unwrap();
    let inferred = infer(&path).unwrap();
    let record = SchemaRecord::parse(&inferred.record.to_local_json()).unwrap();
    for group in groups {
        check_group(&record.schema, group).unwrap_or_else(|error| panic!("{error} of {}", record.schema));
    }
    inferred
}

/// The fields that are proposed for members of these names and contents, a list for each sample.
#[track_caller]
fn fields(samples: &[&[(&str, &[u8])]]) -> (String, Inferred) {
    let group = |(at, members): (usize, &&[(&str, &[u8])])| Group::new(at.to_string(), members.iter().copied());
    let inferred = of_groups(&samples.iter().enumerate().map(group).collect::<Vec<_>>());
    let text = inferred.record.schema.to_string();
    (text.strip_prefix("Found@1.0.0 ").unwrap().to_owned(), inferred)
}

#[track_caller]
fn check_json(contents: &[&str], expected: &str) {
    let members: Vec<_> = contents.iter().map(|content| [("json", content.as_bytes())]).collect();
    let (found, _) = fields(&members.iter().map(|members| &members[..]).collect::<Vec<_>>());
    assert_eq!(found, format!("{{ json: {expected} }}"), "{contents:?}");
}

#[test]
fn what_is_of_several_kinds_is_any_value() {
    check_json(&[r#"{"text":"a","n":1}"#, r#"{"text":"b"}"#], "map<str, any>");
    check_json(&[r#"[[1,"a"],["b"]]"#], "list<list<any>>");
    check_json(&[r#"{"tags":["x",1]}"#, r#"{"tags":["y"]}"#], "map<str, list<any>>");
    check_json(&[r#"[["x",1]]"#, "[[]]", "[[null]]", "[[2]]"], "list<list<any>>");
    check_json(&[r#"[{"a":1}]"#, r#"[{"a":"x"}]"#, r#"[{"a":1}]"#], "list<map<str, any>>");
}

#[test]
fn null_among_values_makes_them_nullable() {
    check_json(&[r#"[{"a":1.5},{"a":null}]"#], "list<map<str, float?>>");
    check_json(&[r#"[{"a":null},{"a":1}]"#], "list<map<str, int?>>");
    check_json(&["[[null],[2]]"], "list<list<int?>>");
    check_json(&["[null]", "[[null]]", "[[2.5]]", "[[2]]"], "list<list<float?>?>");
    check_json(&["[]", "[null]"], "list<any>");
    check_json(&["[]", "[1]"], "list<int>");
}

#[test]
fn a_class_that_is_a_number_or_a_name_is_text() {
    let (found, inferred) = fields(&[&[("cls", b"7")], &[("cls", b"cat")]]);
    assert_eq!(found, "{ cls: str }");
    assert_eq!(inferred.open.len(), 1, "{:?}", inferred.open);
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(Value::Nil),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => "[a-c]{0,2}".prop_map(Value::from),
    ]
}

fn nested(leaf: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[ab]", inner), 0..3).prop_map(|entries| {
                let entries: std::collections::BTreeMap<_, _> = entries.into_iter().collect();
                Value::from(entries)
            }),
        ]
    })
}

fn array() -> impl Strategy<Value = Value> {
    let shape = vec(0_usize..3, 0..3);
    (shape, any::<bool>()).prop_map(|(shape, is_float)| {
        let len = shape.iter().product();
        Value::from(if is_float {
            DynArray::from_vec(shape, vec![0.5_f32; len]).unwrap()
        } else {
            DynArray::from_vec(shape, vec![1_i64; len]).unwrap()
        })
    })
}

fn packed() -> impl Strategy<Value = Value> {
    let picture = select(vec![Value::from(PNG), Value::from(&b"GIF89a\x01\0\x01\0"[..])]);
    let bytes = vec(any::<u8>(), 0..4).prop_map(Value::from);
    nested(prop_oneof![6 => leaf(), 1 => array(), 1 => bytes, 1 => picture])
}

fn npy(dtype: &str, shape: &[usize]) -> Vec<u8> {
    let sizes = shape.iter().fold(String::new(), |sizes, size| sizes + &size.to_string() + ",");
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({sizes}), }}\n");
    let mut npy =
        [b"\x93NUMPY\x01\0", &u16::try_from(header.len()).unwrap().to_le_bytes()[..], header.as_bytes()].concat();
    npy.resize(npy.len() + shape.iter().product::<usize>() * 4, 0);
    npy
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Str(value) => value.as_str().into(),
        Value::List(values) => values.iter().map(json).collect(),
        Value::Map(entries) => entries.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
        _ => serde_json::Value::Null,
    }
}

/// A member of one of several names.
fn member() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let text = || {
        let number =
            prop_oneof![Just(Value::Nil), any::<i32>().prop_map(Value::from), (-9.0..9.0_f64).prop_map(Value::from)];
        let texts = prop_oneof![number, any::<bool>().prop_map(Value::from), "[a-c]{0,2}".prop_map(Value::from)];
        nested(texts).prop_map(|value| json(&value).to_string().into_bytes())
    };
    let bytes = prop_oneof![Just(PNG.to_vec()), vec(any::<u8>(), 0..5)];
    prop_oneof![
        4 => (select(vec!["json", "a.json", "jsn"]), text()),
        1 => (select(vec!["cls", "index"]), "[0-9]{1,3}|cat".prop_map(String::into_bytes)),
        1 => (select(vec!["txt", "text"]), "[a-c]{0,3}".prop_map(String::into_bytes)),
        2 => (select(vec!["jpg", "jpeg", "png", "bin"]), bytes),
        1 => (Just("npy"), (select(vec!["<f4", "<i4", "<U1"]), vec(0..3_usize, 0..3)).prop_map(|(dtype, shape)| npy(dtype, &shape))),
        1 => (Just("mp"), packed().prop_map(|value| DictSample::from_iter([("", value)]).pack()[2..].to_vec())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn each_packed_sample_fits_what_is_proposed(samples in vec(vec((select(vec!["a", "b", "c"]), packed()), 1..4), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tar");
        let samples: Vec<DictSample> = samples.into_iter().map(DictSample::from_iter).collect();
        Dataset::write_refs(&path, &samples).unwrap();
        let record = SchemaRecord::parse(&infer(&path).unwrap().record.to_local_json()).unwrap();
        for sample in &samples {
            prop_assert!(check_sample(&record.schema, sample).is_ok(), "{:?} of {}", sample, record.schema);
        }
    }

    #[test]
    fn each_plain_sample_fits_what_is_proposed(samples in vec(vec(member(), 1..5), 1..6)) {
        let group = |(at, members): (usize, Vec<(&'static str, Vec<u8>)>)| {
            let members: std::collections::BTreeMap<_, _> = members.into_iter().collect();
            Group::new(at.to_string(), members)
        };
        of_groups(&samples.into_iter().enumerate().map(group).collect::<Vec<_>>());
    }
}

/// Shards of these contents, and the pattern of all.
fn shards(folder: &Path, contents: &[Option<bool>]) -> PathBuf {
    for (at, is_plain) in contents.iter().enumerate() {
        let path = folder.join(format!("{at}.tar"));
        match is_plain {
            Some(true) => _ = Dataset::write(path, [Group::new("a", [("txt", "x"), ("cls", "1")])]).unwrap(),
            Some(false) => _ = Dataset::write(path, [DictSample::from_iter([("label", 1)])]).unwrap(),
            None => std::fs::write(path, [0; 1024]).unwrap(),
        }
    }
    folder.join(format!("{{0..{}}}.tar", contents.len() - 1))
}

#[test]
fn the_layout_is_that_of_the_first_sample_in_whichever_shard() {
    let folder = tempfile::tempdir().unwrap();
    let plain = shards(folder.path(), &[None, None, Some(true)]);
    let dataset = Dataset::<DictSample>::open(plain.to_str().unwrap()).unwrap();
    assert!(dataset.has_members().unwrap());
    let schema = dataset.infer(None, "1.0.0").unwrap().record.schema;
    assert!(schema.layout.is_some() && schema.fields.len() == 2, "{schema}");
    let packed = infer(shards(folder.path(), &[None, Some(false), None])).unwrap().record.schema;
    assert!(packed.layout.is_none() && packed.fields.len() == 1, "{packed}");
}

#[test]
fn samples_of_two_layouts_are_of_no_one_type() {
    let folder = tempfile::tempdir().unwrap();
    for (contents, expected) in [
        (
            [Some(false), None, Some(true)],
            "found those of plain WebDataset, each field a member, behind packed ones of ",
        ),
        (
            [Some(true), None, Some(false)],
            "found packed ones behind those of plain WebDataset, each field a member, of ",
        ),
    ] {
        let error = infer(shards(folder.path(), &contents)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        let error = error.to_string();
        assert!(error.contains("2.tar") && error.contains("0.tar: infer a type of each by itself"), "{error}");
        assert!(error.contains(&format!("expected samples of one layout, {expected}")), "{error}");
    }
    // Within one shard, too.
    let packed = DictSample::from_iter([("label", 1)]).pack();
    let groups = [Group::new("a", [("txt", &b"x"[..])]), Group::new("b", [("msgpack", &packed[..])])];
    let path = folder.path().join("both.tar");
    Dataset::write(&path, groups).unwrap();
    assert!(infer(&path).unwrap_err().to_string().contains("key b"));
}

#[test]
fn names_that_no_field_can_take_are_left_out() {
    let members: [(&str, &[u8]); 5] =
        [("my caption.txt", b"x"), ("{a}.txt", b"x"), ("a|b.txt", b"x"), (".jpg", PNG), ("cls", b"1")];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    Dataset::write(&path, [Group::new("0", members)]).unwrap();
    let inferred = infer(&path).unwrap();
    assert_eq!(inferred.record.schema.to_string(), "Found@1.0.0 { cls: int }");
    assert_eq!(inferred.notes.len(), 4, "{:?}", inferred.notes);
    assert_eq!(
        inferred.notes[0],
        "`my caption.txt` is left out, for that is no name of a member that a field can take: it has white space or control \
         characters; `#[packable(allow_unknown)]` on the type passes over such members"
    );
    Dataset::write(&path, [Group::new("0", [members[0]])]).unwrap();
    let error = infer(&path).unwrap_err().to_string();
    assert!(error.contains("no member has a name that a field can take: `my caption.txt`"), "{error}");
}

#[test]
fn members_in_turns_are_one_field() {
    let jpg = atdata_tests::fixtures::bytes("images/colour.jpg");
    let (found, inferred) = fields(&[
        &[("jpg", &jpg), ("json", b"{}")],
        &[("jpeg", &jpg), ("txt", b"x"), ("json", b"{\"a\": 1}")],
        &[("png", PNG), ("jsn", b"{}")],
    ]);
    assert_eq!(found, "{ jpg: bytes, json: map<str, int>, txt: str? }");
    let schema = &inferred.record.schema;
    assert_eq!(
        (schema.fields[0].member.as_deref(), schema.fields[0].image.as_deref()),
        (Some("jpg|jpeg|png"), Some("rgb8"))
    );
    assert_eq!(schema.fields[1].member.as_deref(), Some("json|jsn"));
    let note = "jpg: `jpeg` or `png` is in its place in some samples, never both: the field takes either";
    assert!(inferred.notes.contains(&note.to_owned()), "{:?}", inferred.notes);
    // Both at once, of two kinds, or of two meanings.
    let (found, _) = fields(&[&[("jpg", PNG), ("jpeg", PNG)], &[("jpg", PNG)]]);
    assert_eq!(found, "{ jpg: bytes, jpeg: bytes? }");
    let (found, _) = fields(&[&[("json", b"1")], &[("jsn", b"\"x\"")], &[("cls", b"1")], &[("index", b"2")]]);
    assert_eq!(found, "{ json: int?, jsn: str?, cls: int?, index: int? }");
}

/// So many pictures, the last of which has that content.
fn with_last(count: usize, last: &[u8]) -> (Inferred, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    let content = |at: usize| if at + 1 == count { last } else { PNG };
    Dataset::write(&path, (0..count).map(|at| Group::new(at.to_string(), [("png", content(at))]))).unwrap();
    let inferred = infer(&path).unwrap();
    let notes = inferred.notes.clone();
    (inferred, notes)
}

#[test]
fn a_broken_picture_is_named_and_takes_no_type_away() {
    let (inferred, notes) = with_last(20, b"");
    assert_eq!(inferred.record.schema.fields[0].image.as_deref(), Some("rgb8"));
    assert_eq!(notes, ["png: pictures: png 640 x 480", "png: 1 of 20 is no picture: of key `19`"]);
    let (inferred, notes) = with_last(2, b"x");
    assert_eq!(inferred.record.schema.fields[0].image, None);
    assert_eq!(notes[1], "png: 1 of 2 is no picture: of key `1`, so that the field is one of bytes");
}

#[test]
fn bytes_are_said_to_be_what_they_are() {
    let (found, inferred) = fields(&[&[("pyd", b"\x80\x04K\x01.")]]);
    assert_eq!((&*found, inferred.open.len()), ("{ pyd: bytes }", 1));
    assert_eq!(inferred.notes, ["pyd: 1 of 1 are pickles of Python, which are bytes here: the first of key `0`"]);
    let whole = npy("<U1", &[3]);
    let (_, inferred) = fields(&[&[("npy", &whole)]]);
    assert_eq!(inferred.open[0], "npy: its arrays are of <U1, an element type that schemas do not have");
    let (found, inferred) = fields(&[&[("npy", &whole[..70])]]);
    assert_eq!((&*found, inferred.open.len()), ("{ npy: bytes }", 1));
    assert!(inferred.notes[0].starts_with("npy: 1 of 1 begin as arrays do, and are none: the first of key `0`: "));
}
