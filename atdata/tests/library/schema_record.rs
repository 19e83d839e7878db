//! The records of derived types, against those that Python makes of the same types.

use atdata::cid::Cid;
use atdata::schema::{OwnedSchema, SchemaDiff};
use atdata::{DynArray, Packable, SchemaRecord, Value};
use ndarray::{Array2, Array3, ArrayD};
use num_complex::Complex;
use serde_json::json;

/// One field of every primitive kind.
#[derive(Packable)]
struct Prims {
    s: String,
    i: i64,
    f: f64,
    b: bool,
    y: Vec<u8>,
}

#[derive(Packable)]
#[packable(
    description = "Lists(ls: list[str], li: list[int], lf: list[float], lb: list[bool], ly: list[bytes], llf: list[list[float]])"
)]
struct Lists {
    ls: Vec<String>,
    li: Vec<i32>,
    lf: Vec<f32>,
    lb: Vec<bool>,
    ly: Vec<Vec<u8>>,
    llf: Vec<Vec<f64>>,
}

#[derive(Packable)]
struct Optionals {
    name: String,
    os: Option<String>,
    oi: Option<i64>,
    of: Option<f64>,
    ob: Option<bool>,
    oy: Option<Vec<u8>>,
    ols: Option<Vec<String>>,
    oa: Option<ArrayD<f32>>,
    ots: Option<String>,
    ota: Option<ArrayD<f32>>,
}

/// dtype-annotated arrays: published with a dtype, but not decoded by atdata on read.
#[derive(Packable)]
struct TypedArr {
    name: String,
    f32: ArrayD<f32>,
    u8: ArrayD<u8>,
    i64: ArrayD<i64>,
    c64: ArrayD<Complex<f32>>,
    of16: Option<ArrayD<half::f16>>,
}

/// An image with a label.
#[derive(Packable)]
#[packable(name = "Image")]
struct Labelled {
    image: ArrayD<f32>,
    label: String,
    confidence: f64,
}

#[derive(Packable)]
struct NameAge {
    name: String,
    age: u32,
}

#[derive(Packable)]
#[packable(name = "Text")]
struct Caption {
    text: String,
    label: i64,
}

fn fixture() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/schemas/expected.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The types above, with the names that they have in Python.
fn records() -> Vec<(&'static str, SchemaRecord)> {
    vec![
        ("Prims", Prims::schema_record()),
        ("Lists", Lists::schema_record()),
        ("Optionals", Optionals::schema_record()),
        ("TypedArr", TypedArr::schema_record()),
        ("Image", Labelled::schema_record()),
        ("NameAge", NameAge::schema_record()),
        ("Text", Caption::schema_record()),
    ]
}

#[test]
fn a_derived_type_is_stored_byte_for_byte_as_python_stores_it() {
    let fixture = fixture();
    for (name, mut record) in records() {
        let expected = &fixture[name];
        // Where there is no docstring, Python writes the signature.
        if record.schema.description.is_none() {
            record.schema.description = expected["get_schema"]["description"].as_str().map(str::to_owned);
        }
        let record = record.created_at("2026-03-01T12:34:56.789012+00:00");
        assert_eq!(record.to_local_json(), expected["stored_json"], "{name}");
        assert_eq!(SchemaRecord::from_json(&expected["get_schema"]).unwrap(), record, "{name}");
    }
}

#[test]
fn a_derived_type_is_published_with_the_cid_of_python_but_for_what_python_loses() {
    let fixture = fixture();
    for (name, mut record) in records() {
        let expected = &fixture[name];
        record.schema.description = None;
        let published = record.created_at("2026-03-01T12:00:00+00:00").to_atproto().unwrap();
        // Python publishes no dtypes; without them the records are the same.
        let text = published.to_string();
        let text = ["float32", "uint8", "int64", "complex64", "float16"]
            .iter()
            .fold(text, |text, dtype| text.replace(&format!(",\"dtype\":\"{dtype}\""), ""))
            .replace("1.1.0", "1.0.0");
        assert_eq!(text, expected["atmosphere_record"].to_string(), "{name}");
        if !published.to_string().contains("dtype") {
            assert_eq!(Cid::of(&published).unwrap().to_string(), expected["cid_of_atmosphere_record"], "{name}");
        }
    }
}

/// A crop of an image.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Crop {
    /// Pixels.
    #[packable(shape = [_, _, 3], dims = ["y", "x", "channel"])]
    pixels: Array3<u8>,
    corner: [i64; 2],
}

#[derive(Packable)]
#[packable(version = "2.1.0", rename_all = "camelCase")]
struct Scene {
    crops: Vec<Crop>,
    depth_map: Option<Array2<f32>>,
    any_array: DynArray,
    counts: std::collections::BTreeMap<String, Vec<Option<i64>>>,
    extra: Value,
    #[packable(default)]
    split: String,
}

#[test]
fn a_type_comes_back_from_both_forms() {
    let record = Scene::schema_record().created_at("2026-03-01T12:00:00Z");
    assert_eq!(record.schema.to_string(), Scene::SCHEMA.to_string());
    for json in [record.to_local(), record.to_atproto().unwrap()] {
        let read = SchemaRecord::from_json(&json).unwrap();
        assert_eq!(read, record);
        assert_eq!(read.schema.fingerprint(), OwnedSchema::from(Scene::SCHEMA).fingerprint());
    }
    let fields = record.to_atproto().unwrap()["schema"]["properties"].clone();
    assert_eq!(
        fields["crops"]["items"]["properties"]["pixels"],
        json!({
            "$ref": "https://alt.science/schemas/atdata-ndarray-bytes/1.1.0#/$defs/ndarray",
            "dtype": "uint8", "shape": [null, null, 3], "dimensionNames": ["y", "x", "channel"],
            "description": "Pixels.",
        }),
    );
    assert_eq!(
        fields["anyArray"],
        json!({"$ref": "https://alt.science/schemas/atdata-ndarray-bytes/1.0.0#/$defs/ndarray"}),
    );
}

/// An image with a label.
#[derive(Packable)]
#[packable(name = "Image")]
struct Drifted {
    image: Array3<u8>,
    label: Option<String>,
}

#[test]
fn a_type_and_its_record_are_compared() {
    let published = SchemaRecord::from_json(&fixture()["Image"]["get_schema"]).unwrap().schema;
    assert_eq!(SchemaDiff::between(&published, &Labelled::schema_record().schema).to_string(), "");
    assert_eq!(
        SchemaDiff::between(&published, &Drifted::schema_record().schema).to_string(),
        "major  image: dtype float32 -> uint8\n\
         major  image: shape any -> (_, _, _)\n\
         minor  label: required -> optional\n\
         major  confidence: removed, was float\n",
    );
}

#[derive(atdata::PackField, Debug, Clone, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train,
    HeldOut,
}

#[derive(Packable)]
struct Defaults {
    #[packable(default = "en".to_owned())]
    language: String,
    #[packable(default)]
    count: u32,
    #[packable(default = 0.5)]
    rate: f32,
    #[packable(default = Split::HeldOut)]
    split: Split,
    #[packable(default = vec![Some("a".to_owned()), None])]
    tags: Vec<Option<String>>,
    #[packable(default = f64::NEG_INFINITY)]
    least: f64,
    // No JSON has it, and this is another one each time.
    #[packable(default = Array2::zeros((1, 1)))]
    image: Array2<u8>,
    #[packable(default = { static N: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0); N.fetch_add(1, std::sync::atomic::Ordering::Relaxed) })]
    counted: i64,
}

#[test]
fn a_record_has_the_values_of_defaults() {
    let record = SchemaRecord::new(Defaults::SCHEMA).created_at("2026-03-01T12:00:00Z");
    let expected = [
        ("language", Some(json!("en"))),
        ("count", Some(json!(0))),
        ("rate", Some(json!(0.5))),
        ("split", Some(json!("held_out"))),
        ("tags", Some(json!(["a", null]))),
        ("least", Some(json!("-inf"))),
        ("image", None),
        ("counted", None),
    ];
    for (name, value) in expected {
        let field = record.schema.field(name).unwrap();
        assert!(field.has_default && field.default == value, "{name}: {:?}", field.default);
    }
    assert_eq!(SchemaRecord::from_json(&record.to_local()).unwrap(), record);
    assert_eq!(SchemaRecord::from_json(&record.to_atproto().unwrap()).unwrap(), record);
}
