//! Lens records of Python, carried out on samples without a type.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use atdata::lens::RecordLens;
use atdata::schema::LensRecord;
use atdata::{DictSample, ErrorKind, Value};
use atdata_tests::encoding::encode_like;
use atdata_tests::{fixtures, normal};
use ndarray::array;
use serde_json::Value as Json;

fn lenses() -> Json {
    fixtures::json("lenses.json")
}

fn record(name: &str) -> LensRecord {
    LensRecord::parse(lenses()["records"][name]["json_text"].as_str().unwrap()).unwrap()
}

/// The sample that the JSON describes, whose only array is the one that `make_fixtures.py` makes.
fn sample(json: &Json) -> DictSample {
    let value = |json: &Json| match json {
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => Value::from(number.as_i64().unwrap()),
        json if json.get("$ndarray").is_some() => Value::from(&array![0.0_f32, 1.0, 2.0]),
        json => Value::from(f64::from_bits(u64::from_str_radix(json["bits"].as_str().unwrap(), 16).unwrap())),
    };
    let fields = json["fields"].as_array().unwrap().iter();
    let sample: DictSample = fields.map(|field| (field[0].as_str().unwrap(), value(&field[1]))).collect();
    assert_encodes(&sample, json);
    sample
}

#[track_caller]
fn assert_encodes(sample: &DictSample, json: &Json) {
    let expected = normal(json);
    let expected = expected["fields"].as_array().unwrap();
    assert_eq!(sample.len(), expected.len(), "{sample:?}");
    for ((name, value), expected) in sample.iter().zip(expected) {
        assert_eq!((name, encode_like(value, &expected[1])), (expected[0].as_str().unwrap(), expected[1].clone()));
    }
}

#[test]
fn field_mappings_give_what_python_gives() {
    let lenses = lenses();
    let source = sample(&lenses["source_sample"]);
    let mut run = 0;
    for (name, of) in lenses["records"].as_object().unwrap() {
        let record = record(name);
        if record.getter.as_fields().is_none() {
            continue;
        }
        let lens = RecordLens::load(record).unwrap();
        let view = lens.get(&source).unwrap();
        assert_encodes(&view, &of["get"]);
        // The identity's source is a view of the sample.
        let source = if of["put"]["type"] == "FullPerson" { &source } else { &view };
        assert_encodes(&lens.put(&sample(&of["put_view"]), source).unwrap(), &of["put"]);
        assert_eq!(lens.put(&view, source).unwrap(), *source, "{name}");
        run += 1;
    }
    assert_eq!(run, 3);
}

#[test]
fn functions_of_python_are_named_and_not_run() {
    let code = RecordLens::load(record("code_reference")).unwrap_err();
    assert_eq!(code.kind(), ErrorKind::Unsupported);
    assert_eq!(
        code.to_string(),
        "the getter of the lens \"code_reference@2.1.0\" is the Python function `greeting_view` of the module \
         `fixture_types`, which is not executable here; use the lens from Python, or write it in Rust with `#[lens]`",
    );
    let opaque = RecordLens::load(record("opaque")).unwrap_err();
    assert_eq!(opaque.kind(), ErrorKind::Unsupported);
    assert_eq!(
        opaque.to_string(),
        "the lens \"opaque@1.0.0\" is stored as opaque: its getter has no name to find it by; give the function one with \
         `#[lens]`, or declare the view with `#[packable(view_of = …)]`, and store it again",
    );
    // A putter is asked for when it is used.
    let mixed = record("field_mapping").with_putter(record("code_reference").putter);
    let lens = RecordLens::load(mixed).unwrap();
    let source = sample(&lenses()["source_sample"]);
    let view = lens.get(&source).unwrap();
    let error = lens.put(&view, &source).unwrap_err();
    assert!(error.to_string().starts_with("the putter of the lens \"field_mapping@1.0.0\" is the Python function"));
}

#[test]
fn renames_go_both_ways_and_missing_fields_are_named() {
    let record = LensRecord::new("who", "1.0.0", "FullPerson", "Who").with_fields([("name", "who"), ("age", "age")]);
    let lens = RecordLens::load(record).unwrap();
    let source: DictSample = [("name", Value::from("Ada")), ("age", 36.into()), ("x", 1.into())].into_iter().collect();
    let mut view = lens.get(&source).unwrap();
    assert_eq!(view, [("who", Value::from("Ada")), ("age", 36.into())].into_iter().collect());
    view.insert("who", "Bob");
    let put = lens.put(&view, &source).unwrap();
    assert_eq!(put, [("name", Value::from("Bob")), ("age", 36.into()), ("x", 1.into())].into_iter().collect());

    let error = lens.get(&view).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    let message = "the lens \"who@1.0.0\" takes the field \"name\" from the source, which has [\"who\", \"age\"]";
    assert_eq!(error.to_string(), message);
    let error = lens.put(&source, &source).unwrap_err();
    assert!(error.to_string().contains("takes the field \"who\" from the view"), "{error}");
}

#[test]
fn of_two_views_of_a_field_the_first_is_put() {
    let record = LensRecord::new("twice", "1.0.0", "A", "B").with_fields([("n", "a"), ("n", "b")]);
    let lens = RecordLens::load(record).unwrap();
    let source: DictSample = [("n", 1)].into_iter().collect();
    assert_eq!(lens.get(&source).unwrap(), [("a", 1), ("b", 1)].into_iter().collect());
    assert_eq!(
        lens.put(&[("a", 2), ("b", 3)].into_iter().collect(), &source).unwrap(),
        [("n", 2)].into_iter().collect()
    );
}
