//! Samples in serde's world, and types of serde's in samples.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use atdata::serde::{batch, from_slice, row, rows, sample};
use atdata::{Dataset, DictSample, DynArray, ErrorKind, Packable, Value};
use ndarray::{Array1, Array2, array};
use serde::{Deserialize, Serialize};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    image: Array2<u8>,
    label: String,
    confidence: Option<f32>,
    raw: Vec<u8>,
}

fn photo(label: &str) -> Photo {
    Photo { image: array![[1, 2], [3, 4]], label: label.into(), confidence: Some(0.5), raw: b"\x00\xff".into() }
}

#[test]
fn rows_of_a_dataset_are_json_in_one_line() {
    let line = serde_json::to_string(&row(&photo("cat"))).unwrap();
    assert_eq!(
        line,
        r#"{"image":{"$array":{"dtype":"uint8","shape":[2,2],"values":[1,2,3,4]}},"label":"cat","confidence":0.5,"raw":{"$bytes":"AP8="}}"#
    );
    let back: Photo = sample::deserialize(&mut serde_json::Deserializer::from_str(&line)).unwrap();
    assert_eq!(back, photo("cat"));
    let untyped: DictSample = serde_json::from_str(&line).unwrap();
    assert_eq!(untyped, DictSample::from_sample(&photo("cat")).unwrap());

    let photos = PhotoBatch::from_samples([photo("cat"), photo("dog")]).unwrap();
    let list = serde_json::to_string(&rows(&photos)).unwrap();
    assert!(list.starts_with(&format!("[{line},")), "{list}");
    let back: PhotoBatch = batch::deserialize(&mut serde_json::Deserializer::from_str(&list)).unwrap();
    assert_eq!(back, photos);
}

#[test]
fn what_json_does_not_have_has_a_dollar() {
    let entries = [
        ("$price", Value::from(3)),
        ("nan", Value::from(f64::INFINITY)),
        ("many", vec![1.0, f64::NEG_INFINITY].into()),
        ("inner", Value::from_iter([("$$x", Value::from("$bytes"))])),
    ];
    let dict: DictSample = entries.into_iter().collect();
    let text = serde_json::to_string(&dict).unwrap();
    assert_eq!(
        text,
        r#"{"$$price":3,"nan":{"$float":"Infinity"},"many":[1.0,{"$float":"-Infinity"}],"inner":{"$$$x":"$bytes"}}"#
    );
    assert_eq!(serde_json::from_str::<DictSample>(&text).unwrap(), dict);
    for (text, expected) in [
        (r#"{"$byte": "AA=="}"#, "\"$byte\" stands for nothing"),
        (r#"{"$bytes": "AA==", "x": 1}"#, "beside \"$bytes\" there can be no \"x\""),
        (r#"{"x": 1, "$bytes": "AA=="}"#, "\"$bytes\" stands alone in its map"),
        (r#"{"$float": "1.5"}"#, "expected NaN, Infinity or -Infinity"),
    ] {
        let error = serde_json::from_str::<Value>(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn arrays_are_their_values() {
    let floats = DynArray::from_array(&array![0.1_f32, f32::NAN, f32::NEG_INFINITY]);
    let text = serde_json::to_string(&floats).unwrap();
    assert_eq!(text, r#"{"dtype":"float32","shape":[3],"values":[0.10000000149011612,"NaN","-Infinity"]}"#);
    assert_eq!(serde_json::from_str::<DynArray>(&text).unwrap(), floats);
    for (text, expected) in [
        (r#"{"dtype":"int8","shape":[1],"values":[300]}"#, "element 0 of the array is none that int8 has"),
        (r#"{"dtype":"float","shape":[1],"values":[1]}"#, "the name of a dtype"),
        (r#"{"dtype":"int8","shape":[2],"values":[1]}"#, "expected as many values as shape [2] has, found 1"),
        (r#"{"dtype":"int8","shape":[9223372036854775807, 8],"values":[1]}"#, "found 1"),
        (r#"{"dtype":"int8","shape":[1]}"#, "missing field `values`"),
        (r"[1]", "expected an array: a map of `dtype`, `shape` and `values`"),
    ] {
        let error = serde_json::from_str::<DynArray>(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Source {
    Camera { model: String, iso: u32 },
    Scan(f32),
    Drawn,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Meta {
    source: Source,
    tags: BTreeMap<String, (u8, char)>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Picture {
    label: String,
    #[packable(serde)]
    meta: Meta,
    #[packable(serde, default = vec![Source::Drawn])]
    others: Vec<Source>,
}

fn picture(source: Source) -> Picture {
    let meta = Meta { source, tags: [("a".to_owned(), (1, 'x'))].into() };
    Picture { label: "cat".into(), others: vec![Source::Scan(0.5)], meta }
}

#[test]
fn a_field_is_of_any_serde_type() {
    for source in [Source::Camera { model: "F3".into(), iso: 400 }, Source::Scan(0.25), Source::Drawn] {
        let picture = picture(source);
        assert_eq!(Picture::unpack(&picture.try_pack().unwrap()).unwrap(), picture);
        let batch = PictureBatch::from_samples([picture.clone()]).unwrap();
        assert_eq!((&batch.meta, batch.row(0)), (&vec![picture.meta.clone()], Some(picture)));
    }
    assert_eq!(Picture::SCHEMA.to_string(), "Picture@1.0.0 { label: str, meta: any, others: any }");
    let camera = Source::Camera { model: "F3".into(), iso: 400 };
    let dict = DictSample::from_sample(&picture(camera)).unwrap();
    let names = dict["meta"].get("source").and_then(|source| source.get("Camera")).and_then(|camera| camera.get("iso"));
    assert_eq!(names, Some(&Value::Int(400)), "readers without the type see names");
    let mut without = dict;
    without.remove("others");
    assert_eq!(without.to::<Picture>().unwrap().others, [Source::Drawn]);
    #[cfg(feature = "records")]
    assert_eq!(Picture::schema_record().to_local()["fields"][2]["default"], serde_json::json!(["Drawn"]));
    without.remove("meta");
    let error = without.to::<Picture>().unwrap_err();
    assert_eq!(error.to_string(), "Picture.meta: the field is missing; the sample has \"label\"");
}

thread_local! {
    static SERIALIZED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[derive(Deserialize, Debug, Clone, PartialEq)]
struct Counted(u8);

impl Serialize for Counted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SERIALIZED.set(SERIALIZED.get() + 1);
        serializer.serialize_newtype_struct("Counted", &self.0)
    }
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct OfCounted {
    #[packable(serde)]
    counted: Counted,
}

#[test]
fn a_field_is_serialized_once_when_it_is_written() {
    let sample = OfCounted { counted: Counted(3) };
    let packed = sample.try_pack().unwrap();
    assert_eq!(SERIALIZED.take(), 1);
    assert_eq!((packed, OfCounted::unpack(&sample.pack()).unwrap()), (sample.pack(), sample));
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Counts {
    #[packable(serde)]
    counts: BTreeMap<(u8, u8), u8>,
}

#[test]
fn what_serde_refuses_has_its_place() {
    let mut dict = DictSample::from_sample(&picture(Source::Drawn)).unwrap();
    dict.insert("others", vec![Value::from("Drawn"), Value::from_iter([("Scan", "x")])]);
    let error = dict.to::<Picture>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert_eq!(error.to_string(), "Picture.others[1][\"Scan\"]: invalid type: string \"x\", expected f32");

    let error = Counts { counts: [((1, 1), 2)].into() }.try_pack().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "counts: map keys must be strings, found a list");
}

#[derive(Debug, PartialEq, Deserialize)]
struct Plain {
    image: Vec<[u8; 2]>,
    label: String,
    confidence: Option<f32>,
    raw: Vec<u8>,
    #[serde(default)]
    missing: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Held {
    image: DynArray,
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
}

#[test]
fn structs_of_serde_are_read_without_our_derive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, [photo("cat"), photo("dog")]).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let plain = |label: &str| Plain {
        image: vec![[1, 2], [3, 4]],
        label: label.into(),
        confidence: Some(0.5),
        raw: vec![0, 255],
        missing: 0,
    };
    let read = dataset.deserialize::<Plain>().ordered().collect::<atdata::Result<Vec<_>>>().unwrap();
    assert_eq!(read, [plain("cat"), plain("dog")]);
    let held = dataset.deserialize::<Held>().head(1).unwrap();
    assert_eq!(held, [Held { image: DynArray::from_array(&photo("cat").image), raw: vec![0, 255] }]);
    // Stages come first.
    let dogs = dataset.filter(|sample| sample["label"].as_str() == Some("dog")).deserialize::<Plain>();
    assert_eq!(dogs.ordered().map(Result::unwrap).collect::<Vec<_>>(), [plain("dog")]);
    assert_eq!(from_slice::<serde_json::Value>(b"\x81\xa5label\xa3cat").unwrap()["label"], "cat");
}

#[test]
fn errors_of_such_structs_have_the_same_places() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "never made")]
    struct Strict {
        label: u32,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "never made")]
    struct Tagged {
        label: String,
        tags: Vec<u8>,
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, [photo("cat")]).unwrap();
    let dataset = Dataset::<DictSample>::open(&path).unwrap();
    let error = dataset.deserialize::<Tagged>().head(1).unwrap_err();
    assert_eq!(error.field_path(), "Tagged.tags");
    assert!(error.shard().is_some() && error.key().is_some() && error.offset().is_some());
    let text = error.to_string();
    let expected = ": Tagged.tags: the field is missing; the sample has \"image\", \"label\", \"confidence\", \"raw\"";
    assert!(text.ends_with(expected), "{text}");
    let error = from_slice::<Strict>(b"\x81\xa5label\xa1x").unwrap_err();
    assert_eq!(error.to_string(), "Strict.label: invalid type: string \"x\", expected u32");
    let error = from_slice::<Strict>(b"\x81\xa5lable\x01").unwrap_err();
    assert_eq!(error.to_string(), "Strict: unknown field `lable`, expected `label`");
    let error = from_slice::<Strict>(b"\x92\x01\x02").unwrap_err();
    assert_eq!(error.to_string(), "expected a list of 1 values, found 2");
    let rows = DictSample::from_iter([("rows", DynArray::from_array(&array![[1_u8, 2, 3]]))]).pack();
    let error = from_slice::<BTreeMap<String, Vec<[u8; 2]>>>(&rows).unwrap_err();
    assert_eq!(error.to_string(), "[\"rows\"]: expected a list of 2 values, found 3");
    let error = from_slice::<Vec<Strict>>(b"\x91\x81\xa5label").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(from_slice::<Strict>(b"\x07").unwrap_err().to_string().contains("expected a map, found an integer"));
    // What a header promises is not believed.
    assert!(from_slice::<Vec<u64>>(b"\xdd\xff\xff\xff\xff\x01").is_err());
    assert!(from_slice::<Value>(&[0x91; 5000]).is_err());
}

#[test]
fn fields_of_samples_go_through_other_formats() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Page {
        title: String,
        #[serde(with = "atdata::serde::sample")]
        photo: Photo,
        #[serde(with = "atdata::serde::batch")]
        more: PhotoBatch,
        any: Value,
    }
    let more = PhotoBatch::from_samples([photo("dog")]).unwrap();
    let embedding = Value::from(&Array1::from(vec![0.5_f32]));
    let page = Page { title: "cats".into(), photo: photo("cat"), more, any: embedding };
    let json = serde_json::to_string(&page).unwrap();
    assert_eq!(serde_json::from_str::<Page>(&json).unwrap(), page);
    let packed = rmp_serde::to_vec_named(&page).unwrap();
    assert_eq!(rmp_serde::from_slice::<Page>(&packed).unwrap(), page);
    assert_eq!(from_slice::<Page>(&packed).unwrap(), page);
}

#[test]
fn what_serde_writes_it_reads() {
    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    struct Unit;

    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    struct Name(String);

    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    enum Side {
        Left,
        Right,
    }

    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    struct Odd {
        wide: i128,
        wider: Option<u128>,
        small: Vec<i128>,
        unit: Unit,
        of: std::marker::PhantomData<u8>,
        names: BTreeMap<Name, i64>,
        sides: BTreeMap<Side, BTreeMap<char, Side>>,
        units: Vec<Unit>,
    }

    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Sample {
        #[packable(serde)]
        odd: Odd,
    }

    let odd = Odd {
        wide: i128::MIN,
        wider: Some(u128::MAX),
        small: vec![-1, 0, i128::MAX],
        unit: Unit,
        of: std::marker::PhantomData,
        names: BTreeMap::from([(Name("ü".into()), 1)]),
        sides: BTreeMap::from([(Side::Right, BTreeMap::from([('a', Side::Left)]))]),
        units: vec![Unit, Unit],
    };
    let sample = Sample { odd };
    assert_eq!(Sample::unpack(&sample.pack()).unwrap(), sample);
}

#[test]
fn lists_of_another_length_are_refused() {
    #[derive(Deserialize, Debug)]
    struct Of<T> {
        #[allow(dead_code, reason = "it is not read")]
        x: T,
    }
    let bytes = [("x", Value::from(&b"\x01\x02\x03"[..]))].into_iter().collect::<DictSample>().pack();
    assert_eq!(from_slice::<Of<[u8; 3]>>(&bytes).unwrap().x, [1, 2, 3]);
    for error in [from_slice::<Of<[u8; 2]>>(&bytes).unwrap_err(), from_slice::<Of<(u8, u8)>>(&bytes).unwrap_err()] {
        assert!(error.to_string().contains("invalid length 3, expected 2 elements"), "{error}");
    }
    assert!(from_slice::<Of<i128>>(&bytes).unwrap_err().to_string().contains("which is 16 bytes, found 3"));
}

#[test]
fn a_shape_without_elements_makes_no_memory() {
    #[derive(Deserialize, Debug)]
    struct Lists {
        x: Vec<Vec<f32>>,
    }

    let pack = |shape: &[usize]| {
        let array = DynArray::from_vec(shape, Vec::<f32>::new()).unwrap();
        [("x", Value::from(array))].into_iter().collect::<DictSample>().pack()
    };
    assert_eq!(from_slice::<Lists>(&pack(&[3, 0])).unwrap().x, [[0.0; 0]; 3]);
    let error = from_slice::<Lists>(&pack(&[1 << 40, 0])).unwrap_err();
    assert!(
        error.to_string().contains("an array of shape [1099511627776, 0] is more than 4096 empty lists"),
        "{error}"
    );
}
