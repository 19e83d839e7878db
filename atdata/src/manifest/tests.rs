//! Headers, rows and what is built of samples.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "these are tests")]

use std::sync::Arc;

use atdata_schema::{Field, FieldType, ManifestField, Schema};
use bytes::Bytes;

use super::*;
use crate::error::ErrorKind;
use crate::sample::{DictSample, Value};

const FIELDS: &[Field] = &[
    Field::new("image", FieldType::Bytes),
    Field::new("label", FieldType::Str),
    Field::new("score", FieldType::Float),
    Field::new("count", FieldType::Int),
    Field::new("flag", FieldType::Bool),
    Field::new("tags", FieldType::List(&FieldType::Str)),
    Field::new("note", FieldType::Str).optional(true),
    Field::new("hidden", FieldType::Str).manifest(ManifestField::Excluded),
    Field::new("class", FieldType::Int).manifest(ManifestField::Categorical),
];
const PHOTO: Schema = Schema::new("Photo", "2.1.0", None, FIELDS);

fn sample(label: &str, score: f64, count: i64, tags: &[&str]) -> DictSample {
    DictSample::from_iter([
        ("image", Value::Bin(Bytes::from_static(b"\0\x01"))),
        ("label", label.into()),
        ("score", score.into()),
        ("count", count.into()),
        ("flag", Value::Bool(count % 2 == 0)),
        ("tags", Value::List(tags.iter().map(|tag| Value::from(*tag)).collect())),
        ("note", Value::Nil),
        ("hidden", "h".into()),
        ("class", Value::Int(count)),
    ])
}

fn built(fields: Fields, samples: &[DictSample]) -> Manifest {
    let mut builder = Builder::new(Arc::new(fields));
    for (number, sample) in samples.iter().enumerate() {
        let packed = crate::sample::Packable::pack(sample);
        let row = builder.row(&packed).unwrap();
        builder.push(&format!("{number:04}"), 512 + 1024 * number as u64, packed.len() as u64, row);
    }
    let Files { header, samples } = builder.finish("photos-000001", 1_772_368_496).unwrap();
    Manifest::from_bytes("photos-000001", &header, Some(samples.into())).unwrap()
}

#[test]
fn a_manifest_says_what_is_in_the_fields() {
    let samples = [
        sample("cat", 0.5, 2, &["day", "é"]),
        sample("dog", f64::NAN, -3, &[]),
        sample("cat", 0.25, 1 << 60, &["night", "day"]),
    ];
    let manifest = built(Fields::of_schema(&PHOTO), &samples);
    let header = manifest.header();
    assert_eq!((header.schema_type.as_str(), header.schema_version.as_str()), ("Photo", "2.1.0"));
    assert_eq!((header.num_samples, header.created_at.as_str()), (3, "2026-03-01T12:34:56+00:00"));
    assert_eq!(header.size_bytes, samples.iter().map(|s| crate::sample::Packable::pack(s).len() as u64).sum::<u64>());
    let names: Vec<_> = header.aggregates.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["label", "score", "count", "flag", "tags", "note", "class"]);
    let counts = |of: &[(&str, u64)]| {
        let value_counts = of.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
        Some(Aggregate::Categorical { value_counts })
    };
    assert_eq!(manifest.aggregate("label").cloned(), counts(&[("cat", 2), ("dog", 1)]));
    assert_eq!(manifest.aggregate("flag").cloned(), counts(&[("True", 2), ("False", 1)]));
    assert_eq!(manifest.aggregate("class").cloned(), counts(&[("2", 1), ("-3", 1), ("1152921504606846976", 1)]));
    assert_eq!(manifest.aggregate("note").cloned(), counts(&[]));
    let score = Aggregate::Numeric { min: Some(0.25), max: Some(0.5), mean: None, count: 3 };
    assert_eq!(manifest.aggregate("score"), Some(&score));
    let all_values = ["day", "night", "é"].map(str::to_owned).to_vec();
    assert_eq!(manifest.aggregate("tags"), Some(&Aggregate::Set { all_values }));

    let rows = manifest.rows().unwrap().unwrap();
    assert_eq!((rows.len(), rows.key(1), rows.offset(1), rows.key(3)), (3, Some("0001"), Some(1536), None));
    assert_eq!(rows.size(0), Some(crate::sample::Packable::pack(&samples[0]).len() as u64));
    for field in ["label", "count", "flag", "tags", "class"] {
        let column = rows.column(field).unwrap();
        for (row, sample) in samples.iter().enumerate() {
            assert_eq!(Some(&column.value(row)), sample.get(field), "{field} {row}");
        }
    }
    assert!(rows.column("score").unwrap().value(1).as_f64().unwrap().is_nan());
    assert_eq!(rows.column("note").unwrap().values().collect::<Vec<_>>(), vec![Value::Nil; 3]);
    assert!(rows.column("image").is_none() && rows.column("hidden").is_none());

    let some = manifest.rows_of(&["count"]).unwrap().unwrap();
    assert_eq!((some.fields().collect::<Vec<_>>(), some.key(2)), (vec!["count"], Some("0002")));
}

#[test]
fn samples_without_a_type_show_their_fields() {
    let one = DictSample::from_iter([
        ("early", Value::Nil),
        ("bytes", Value::Bin(Bytes::from_static(b"x"))),
        ("label", "a".into()),
        ("either", 1.into()),
        ("number", 1.into()),
        ("lists", Value::List(vec![Value::List(Vec::new())])),
    ]);
    let two = DictSample::from_iter([
        ("early", Value::from(7)),
        ("label", Value::Nil),
        ("either", "text".into()),
        ("number", 0.5.into()),
    ]);
    let manifest = built(Fields::of_values("Sample"), &[one, two]);
    let rows = manifest.rows().unwrap().unwrap();
    assert_eq!(rows.fields().collect::<Vec<_>>(), ["early", "label", "number"]);
    let values = |field: &str| rows.column(field).unwrap().values().collect::<Vec<_>>();
    assert_eq!(values("early"), [Value::Nil, Value::Float(7.0)]);
    assert_eq!(values("label"), [Value::from("a"), Value::Nil]);
    assert_eq!(values("number"), [Value::Float(1.0), Value::Float(0.5)]);
    assert!(manifest.aggregate("either").is_none() && manifest.aggregate("lists").is_none());
}

#[test]
fn integers_are_what_they_were() {
    let numbers = [i64::MIN, -1, 0, i64::MAX].map(Value::Int);
    let unsigned = [Value::Int(5), Value::UInt(u64::MAX), Value::Int(0), Value::Int(1)];
    let sparse = [Value::Int(i64::MAX), Value::Nil, Value::Int(3), Value::Nil];
    let samples: Vec<_> = (0..4)
        .map(|at| {
            DictSample::from_iter([("n", numbers[at].clone()), ("u", unsigned[at].clone()), ("s", sparse[at].clone())])
        })
        .collect();
    let rows = built(Fields::of_values("Sample"), &samples).rows().unwrap().unwrap();
    for (field, expected) in [("n", &numbers), ("u", &unsigned), ("s", &sparse)] {
        assert_eq!(rows.column(field).unwrap().values().collect::<Vec<_>>(), expected, "{field}");
    }
}

#[test]
fn a_value_that_its_field_cannot_have_is_named() {
    let builder = Builder::new(Arc::new(Fields::of_schema(&PHOTO)));
    let refused = |name: &str, value: Value| {
        let packed = crate::sample::Packable::pack(&DictSample::from_iter([(name, value)]));
        builder.row(&packed).unwrap_err()
    };
    let error = refused("score", "high".into());
    assert_eq!(error.kind(), crate::error::ErrorKind::SchemaMismatch);
    assert_eq!(error.to_string(), "field `score`: expected a number for the manifest, found str");
    assert!(refused("label", Value::Bin(Bytes::new())).to_string().contains("expected a text"));
    assert!(refused("tags", "a".into()).to_string().contains("expected a list"));
    assert!(refused("tags", Value::List(vec![Value::List(Vec::new())])).to_string().contains("expected a list"));
}

#[test]
fn too_many_values_are_not_counted_and_are_rows_all_the_same() {
    let samples: Vec<_> =
        (0..70_000).map(|n| DictSample::from_iter([("text", Value::from(format!("t{n}")))])).collect();
    let manifest = built(Fields::of_values("Sample"), &samples);
    assert_eq!(manifest.aggregate("text"), None);
    let rows = manifest.rows().unwrap().unwrap();
    assert_eq!(rows.column("text").unwrap().value(69_999), Value::from("t69999"));

    // Each of them within what is counted, and all of them beyond what a header may have.
    let wide: Vec<_> = (0..30_000)
        .map(|n| DictSample::from_iter(["a", "b", "c"].map(|name| (name, Value::from(format!("{name}{n:>20}"))))))
        .collect();
    let manifest = built(Fields::of_values("Sample"), &wide);
    let json = manifest.header().to_json();
    assert!(json.len() <= build::MOST_HEADER, "{}", json.len());
    assert!(manifest.aggregate("a").is_none() || manifest.aggregate("c").is_none());
}

#[test]
fn headers_are_read_as_python_writes_them() {
    let text = r#"{"manifest_version": "1.0.0", "shard_id": "a \"NaN\" -Infinity", "schema_type": "M", "schema_version": "1.0.0",
        "num_samples": 2, "size_bytes": 9, "created_at": "t", "more": [1, {"x": NaN}], "aggregates": {
        "n": {"type": "numeric", "min": Infinity, "max": -Infinity, "mean": NaN, "count": 1},
        "of another kind": {"type": "histogram", "bins": [-1, 2]},
        "c": {"type": "categorical", "cardinality": 1, "value_counts": {"Infinity": 1}}},
        "provenance": {"source_job_id": "j", "parent_shards": ["p"]}}"#;
    let header = ManifestHeader::from_json(text.as_bytes()).unwrap();
    assert_eq!(header.shard_id, "a \"NaN\" -Infinity");
    let numeric = Aggregate::Numeric { min: None, max: None, mean: None, count: 1 };
    let categorical = Aggregate::Categorical { value_counts: vec![("Infinity".into(), 1)] };
    assert_eq!(header.aggregates, [("n".to_owned(), numeric), ("c".to_owned(), categorical)]);
    let provenance = header.provenance.clone().unwrap();
    assert_eq!((provenance.source_job_id.as_deref(), provenance.parent_shards.len()), (Some("j"), 1));
    // What is written is JSON, and the same again.
    let json = header.to_json();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    assert_eq!(ManifestHeader::from_json(json.as_bytes()).unwrap(), header);
}

#[test]
fn what_is_no_header_is_an_error() {
    let good = built(Fields::of_schema(&PHOTO), &[sample("a", 1.0, 1, &["x"])]).header().to_json();
    for cut in 0..good.len() {
        if good.is_char_boundary(cut) {
            assert!(ManifestHeader::from_json(&good.as_bytes()[..cut]).is_err(), "{cut}");
        }
    }
    for (from, to) in [
        ("\"num_samples\": 1", "\"num_samples\": -1"),
        ("\"num_samples\": 1", "\"num_samples\": 1e99"),
        ("\"num_samples\": 1,", ""),
        ("\"count\": 1", "\"count\": null"),
        ("\"a\": 1", "\"a\": \"1\""),
        ("\"type\": \"set\"", "\"type\": 3"),
    ] {
        let error = ManifestHeader::from_json(good.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Corrupt, "{from} {to}: {error}");
    }
    let other = good.replacen("\"1.0.0\"", "\"2.0.0\"", 1);
    let error = ManifestHeader::from_json(other.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), crate::error::ErrorKind::Unsupported);
    assert!(ManifestHeader::from_json(b"\xff").is_err());
    let deep = "[".repeat(1 << 20);
    assert!(ManifestHeader::from_json(deep.as_bytes()).is_err());
}

#[test]
fn more_values_than_are_kept_are_as_if_nothing_were_said() {
    let counts: Vec<_> = (0..(1 << 20) + 10).map(|n| format!("\"{n}\": 1")).collect();
    let counts = counts.join(",");
    let text = format!(
        r#"{{"manifest_version": "1.0.0", "shard_id": "x", "schema_type": "M", "schema_version": "1.0.0", "num_samples": 5,
        "size_bytes": 1, "created_at": "t", "aggregates": {{"many": {{"type": "categorical", "cardinality": 5,
        "value_counts": {{{counts}}}}}, "few": {{"type": "numeric", "min": 1, "max": 2, "mean": 1.5, "count": 5}}}}}}"#
    );
    let header = ManifestHeader::from_json(text.as_bytes()).unwrap();
    assert!(header.aggregates.iter().all(|(name, _)| name != "many"));
}

#[test]
fn an_empty_manifest_of_python_says_nothing() {
    let mut header = built(Fields::of_schema(&PHOTO), &[sample("a", 1.0, 1, &[])]).header().clone();
    header.num_samples = 0;
    let manifest =
        Manifest::from_bytes("x", header.to_json().as_bytes(), Some(Bytes::from_static(b"no Parquet"))).unwrap();
    assert_eq!(manifest.samples(), None);
    assert_eq!(manifest.aggregate("label"), None);
    assert!(manifest.rows().unwrap().is_none());
}

#[test]
fn rows_that_are_damaged_are_errors() {
    let samples: Vec<_> = (0..50).map(|n| sample(["a", "b"][n % 2], 0.5, 3, &["x", "y"])).collect();
    let mut builder = Builder::new(Arc::new(Fields::of_schema(&PHOTO)));
    for (number, sample) in samples.iter().enumerate() {
        let row = builder.row(&crate::sample::Packable::pack(sample)).unwrap();
        builder.push(&format!("{number}"), 0, 1, row);
    }
    let Files { header, samples } = builder.finish("x", 0).unwrap();
    let read = |bytes: Vec<u8>| {
        Manifest::from_bytes("x", &header, Some(bytes.into())).unwrap().rows().map(|rows| rows.map(|rows| rows.len()))
    };
    assert_eq!(read(samples.clone()).unwrap(), Some(50));
    for cut in (0..samples.len()).step_by(7) {
        let error = read(samples[..cut].to_vec()).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Corrupt, "{cut}: {error}");
    }
    // Whatever a byte becomes, there is an answer: the same number of rows, or an error.
    for at in 0..samples.len() {
        for other in [0, 0x7f, 0xff] {
            let mut bytes = samples.clone();
            bytes[at] = other;
            if let Ok(rows) = read(bytes) {
                assert_eq!(rows, Some(50));
            }
        }
    }
    let fewer = String::from_utf8(header.clone()).unwrap().replace("\"num_samples\": 50", "\"num_samples\": 49");
    let error = Manifest::from_bytes("x", fewer.as_bytes(), Some(samples.into())).unwrap().rows().unwrap_err();
    assert!(error.to_string().contains("expected 49 rows, as the header of the manifest says, found 50"), "{error}");
}

/// One text in a dictionary, and as many rows as say so: a small file.
#[test]
fn a_text_that_is_there_often_is_no_way_to_much_memory() {
    let text = "x".repeat(1 << 18);
    let mut builder = Builder::new(Arc::new(Fields::of_schema(&PHOTO)));
    for number in 0..200 {
        let row = builder.row(&crate::sample::Packable::pack(&sample(&text, 1.0, 1, &[]))).unwrap();
        builder.push(&format!("{number}"), 0, 1, row);
    }
    let Files { samples, .. } = builder.finish("x", 0).unwrap();
    assert!(samples.len() < 1 << 20, "{}", samples.len());
    let error = Rows::read_within(&samples.clone().into(), None, &[], 16 << 20).unwrap_err();
    assert_eq!(error.kind(), crate::error::ErrorKind::Unsupported);
    assert!(error.to_string().starts_with("expected rows of a manifest, in bytes, of at most 16777216"), "{error}");
    assert_eq!(Rows::read_within(&samples.into(), Some(&["count"]), &[], 16 << 20).unwrap().len(), 200);
}

#[test]
fn lists_of_python_with_numbers_that_json_does_not_have_are_read() {
    let list = |texts: &[&str]| write::Samples {
        keys: texts.iter().enumerate().map(|(row, _)| row.to_string()).collect(),
        offsets: vec![0; texts.len()],
        sizes: vec![1; texts.len()],
        columns: vec![column::Told {
            name: "n".to_owned(),
            rows: (0..u32::try_from(texts.len()).unwrap()).collect(),
            data: column::Data::List(texts.iter().map(|text| (*text).to_owned()).collect()),
        }],
    };
    let file = write::write_samples(&list(&["[1.0,Infinity,-Infinity]", "[]", "[\"NaN\"]", "[NaN]"])).unwrap();
    let rows = Rows::read(&file.into(), None, &[]).unwrap();
    let column = rows.column("n").unwrap();
    let infinite = [1.0, f64::INFINITY, f64::NEG_INFINITY].map(Value::Float).to_vec();
    assert_eq!(column.value(0), Value::List(infinite));
    assert_eq!((column.value(1), column.value(2)), (Value::List(Vec::new()), Value::List(vec!["NaN".into()])));
    assert!(column.value(3).as_list().unwrap()[0].as_f64().unwrap().is_nan());
    let file = write::write_samples(&list(&["[1.0,Infinit]"])).unwrap();
    assert_eq!(Rows::read(&file.into(), None, &[]).unwrap_err().kind(), ErrorKind::Corrupt);
}

/// A map of packed values under these keys, be they there twice.
fn packed(entries: &[(&str, Value)]) -> Vec<u8> {
    use crate::sample::PackField as _;
    let mut out = vec![0x80 | u8::try_from(entries.len()).unwrap()];
    for (name, value) in entries {
        Value::from(*name).write(&mut out);
        value.write(&mut out);
    }
    out
}

fn rows_of(samples: &[Vec<u8>]) -> Manifest {
    let mut builder = Builder::new(Arc::new(Fields::of_values("Sample")));
    for (number, sample) in samples.iter().enumerate() {
        let row = builder.row(sample).unwrap();
        builder.push(&number.to_string(), 0, 1, row);
    }
    let Files { header, samples } = builder.finish("x", 0).unwrap();
    Manifest::from_bytes("x", &header, Some(samples.into())).unwrap()
}

#[test]
fn of_what_is_there_twice_nothing_is_said() {
    for last in [Value::Nil, Value::Bin(Bytes::from_static(b"x")), Value::from(6)] {
        let manifest = rows_of(&[packed(&[("a", 5.into()), ("b", 1.into()), ("a", last)])]);
        assert!(manifest.aggregate("a").is_none());
        assert_eq!(manifest.rows().unwrap().unwrap().fields().collect::<Vec<_>>(), ["b"]);
    }
}

#[test]
fn fields_with_the_names_of_keys_and_places_are_left_out() {
    const OWN: &[Field] = &[Field::new("__offset__", FieldType::Int), Field::new("a", FieldType::Int)];
    let manifest = rows_of(&[packed(&[("__key__", "other".into()), ("__size__", 9.into()), ("a", 1.into())])]);
    let rows = manifest.rows().unwrap().unwrap();
    assert_eq!((rows.key(0), rows.size(0), rows.fields().collect::<Vec<_>>()), (Some("0"), Some(1), vec!["a"]));
    let fields = Fields::of_schema(&Schema::new("Own", "1.0.0", None, OWN));
    let rows = built(fields, &[DictSample::from_iter([("__offset__", 7), ("a", 1)])]).rows().unwrap().unwrap();
    assert_eq!((rows.offset(0), rows.fields().collect::<Vec<_>>()), (Some(512), vec!["a"]));
}

#[test]
fn integers_that_would_be_rounded_have_no_rows() {
    let big = (1_i64 << 53) + 1;
    for values in [
        [Value::Int(big), Value::Float(0.5)],
        [Value::Float(0.5), Value::Int(big)],
        [Value::UInt(u64::MAX), Value::Int(-1)],
    ] {
        let samples: Vec<_> = values.iter().map(|value| packed(&[("n", value.clone()), ("m", 1.into())])).collect();
        let manifest = rows_of(&samples);
        assert!(matches!(manifest.aggregate("n"), Some(Aggregate::Numeric { count: 2, .. })), "{values:?}");
        assert!(manifest.rows().unwrap().unwrap().column("n").is_none(), "{values:?}");
    }
}

#[test]
fn samples_may_show_only_so_many_fields() {
    let samples: Vec<_> =
        (0..6_000).map(|n| packed(&[(&*format!("f{n}"), Value::from(n)), ("all", 1.into())])).collect();
    let manifest = rows_of(&samples);
    assert_eq!(manifest.header().aggregates.len(), 4_096);
    let rows = manifest.rows_of(&["all", "f3", "f5999"]).unwrap().unwrap();
    let (mut found, expected): (Vec<_>, _) = (rows.fields().collect(), ["all", "f3"]);
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn headers_of_too_many_fields_are_refused() {
    let one = built(Fields::of_schema(&PHOTO), &[sample("a", 1.0, 1, &["x"])]).header().clone();
    let mut header = one.clone();
    let aggregate = Aggregate::Numeric { min: None, max: None, mean: None, count: 0 };
    header.aggregates = (0..4_097).map(|n| (format!("f{n}"), aggregate.clone())).collect();
    let error = ManifestHeader::from_json(header.to_json().as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("of at most 4096, found 4097"), "{error}");
    header.aggregates.pop();
    assert_eq!(ManifestHeader::from_json(header.to_json().as_bytes()).unwrap(), header);
}

/// A column that is not understood is not one of nulls, whatever the header counts.
#[test]
fn a_column_that_is_there_is_no_null() {
    let manifest = built(Fields::of_schema(&PHOTO), &[sample("a", 1.0, 1, &["x"])]);
    let Samples::Here(Some(file)) = &manifest.samples else { panic!() };
    let rows = Rows::read(file, Some(&["note"]), &["note", "label"]).unwrap();
    assert_eq!(rows.fields().collect::<Vec<_>>(), ["note"]);
}
