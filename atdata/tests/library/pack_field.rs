//! `#[derive(PackField)]`: enums and newtypes as fields, in every place that a field type can stand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeMap;

use atdata::{ArrayRef, Error, ErrorKind, FieldType, PackField, Packable, PackableRef};
use ndarray::{Array1, Array2, Ix1, array};

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
#[packable(rename_all = "snake_case")]
enum Split {
    Train = 7,
    #[packable(rename = "dev")]
    Validation = 3,
    HeldOut = 5,
}

#[derive(PackField, Debug, Clone, PartialEq)]
struct Embedding(Array1<f32>);

#[derive(PackField, Debug, Clone, PartialEq)]
struct Note(Option<String>);

#[derive(PackField, Debug, Clone, PartialEq)]
struct Place(Point);

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
struct Byte(u8);

#[derive(Packable, Debug, Clone, PartialEq)]
struct Point {
    x: f64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Everywhere {
    split: Split,
    maybe: Option<Split>,
    several: Vec<Split>,
    some: Vec<Option<Split>>,
    by_name: BTreeMap<String, Split>,
    #[packable(default = Split::HeldOut)]
    filled: Split,
    #[packable(shape = [2], cast)]
    embedding: Embedding,
    embeddings: Vec<Embedding>,
    note: Note,
    place: Place,
    bytes: Vec<Byte>,
    #[packable(ragged)]
    ragged: Embedding,
}

fn sample(split: Split) -> Everywhere {
    Everywhere {
        split,
        maybe: Some(Split::Train),
        several: vec![Split::HeldOut, split],
        some: vec![None, Some(split)],
        by_name: BTreeMap::from([("a".to_owned(), split)]),
        filled: Split::Train,
        embedding: Embedding(array![1.0, 2.0]),
        embeddings: vec![Embedding(array![])],
        note: Note(None),
        place: Place(Point { x: 0.5 }),
        bytes: vec![Byte(1), Byte(200)],
        ragged: Embedding(Array1::zeros(if split == Split::Train { 1 } else { 2 })),
    }
}

#[test]
fn the_schema_says_what_the_types_are() {
    let fields: Vec<String> = Everywhere::SCHEMA.fields.iter().map(ToString::to_string).collect();
    let split = r#"enum<"train", "dev", "held_out">"#;
    assert_eq!(
        fields,
        [
            format!("split: {split}"),
            format!("maybe: {split}?"),
            format!("several: list<{split}>"),
            format!("some: list<{split}?>"),
            format!("by_name: map<str, {split}>"),
            format!("filled: {split}"),
            "embedding: array<float32, (2)>".to_owned(),
            "embeddings: list<array<float32, 1-d>>".to_owned(),
            "note: str?".to_owned(),
            "place: Point".to_owned(),
            "bytes: list<int>".to_owned(),
            "ragged: array<float32, 1-d>".to_owned(),
        ]
    );
    assert_eq!(Split::TYPE, FieldType::Enum(&["train", "dev", "held_out"]));
}

#[test]
fn samples_come_back_alone_and_in_batches() {
    let samples = [sample(Split::Train), sample(Split::Validation)];
    for sample in &samples {
        assert_eq!(Everywhere::unpack(&sample.try_pack().unwrap()).unwrap(), *sample);
    }
    let batch = EverywhereBatch::from_samples(samples.clone()).unwrap();
    let splits: &[Split] = &batch.split;
    let embeddings: &Array2<f32> = &batch.embedding;
    let places: &PointBatch = &batch.place;
    assert_eq!(splits, [Split::Train, Split::Validation]);
    assert_eq!(embeddings, array![[1.0, 2.0], [1.0, 2.0]]);
    assert_eq!(places.x, [0.5, 0.5]);
    assert_eq!(batch.note, [None, None]);
    assert_eq!(batch.ragged[1], Embedding(array![0.0, 0.0]));
    assert_eq!(batch.to_samples(), samples);
}

/// The bytes are those of the same sample with plain types.
#[test]
fn the_bytes_are_those_of_text_and_of_what_is_wrapped() {
    #[derive(Packable)]
    struct Plain {
        split: String,
        embedding: Array1<f32>,
        note: Option<String>,
        bytes: Vec<u32>,
    }
    #[derive(Packable)]
    struct Own {
        split: Split,
        embedding: Embedding,
        note: Note,
        bytes: Vec<Byte>,
    }
    let plain = Plain { split: "held_out".into(), embedding: array![1.0], note: Some("n".into()), bytes: vec![1, 200] };
    let own = Own {
        split: Split::HeldOut,
        embedding: Embedding(array![1.0]),
        note: Note(Some("n".into())),
        bytes: vec![Byte(1), Byte(200)],
    };
    assert_eq!(own.pack(), plain.pack());
}

#[test]
fn what_a_missing_field_becomes_is_the_inner_types_affair() {
    #[derive(Packable, Debug, PartialEq)]
    struct Noted {
        note: Note,
        #[packable(default = Split::Train)]
        split: Split,
    }
    assert_eq!(Noted::unpack(b"\x80").unwrap(), Noted { note: Note(None), split: Split::Train });
    assert_eq!(Noted::unpack(b"\x81\xa4note\xc0").unwrap().note, Note(None));
}

#[derive(Packable, Debug)]
struct Rows {
    splits: Vec<Split>,
}

fn failure(text: &[u8]) -> Error {
    let mut bytes = b"\x81\xa6splits\x92\xa5train\xda".to_vec();
    bytes.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    bytes.extend(text);
    Rows::unpack(&bytes).unwrap_err()
}

#[test]
fn another_text_is_named_beside_what_is_known() {
    let error = failure(b"Train");
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    let known = r#"Rows.splits[1]: expected one of "train", "dev", "held_out", found "#;
    assert_eq!(error.to_string(), format!("{known}\"Train\""));
    // It may come from anywhere and be of any length.
    assert_eq!(failure(b"\x1b[2J").to_string(), format!("{known}\"\\u{{1b}}[2J\""));
    assert_eq!(failure(&vec![b'a'; 60_000]).to_string(), format!("{known}\"{}…\"", "a".repeat(100)));
    let number = Rows::unpack(b"\x81\xa6splits\x91\x07").unwrap_err();
    assert_eq!(number.to_string(), "Rows.splits[0]: expected a string, found an integer");
}

#[test]
fn a_wrapped_array_is_checked_as_the_field_says() {
    let wrong = Everywhere { embedding: Embedding(array![1.0, 2.0, 3.0]), ..sample(Split::Train) };
    assert_eq!(wrong.try_pack().unwrap_err().to_string(), "embedding: expected shape [2], found [3]");
}

#[test]
fn a_borrowed_sample_takes_them_as_well() {
    #[derive(Packable)]
    #[packable(allow_unknown)]
    struct Seen<'a> {
        split: Split,
        maybe: Option<Split>,
        note: Note,
        embedding: ArrayRef<'a, f32, Ix1>,
    }
    let bytes = sample(Split::Validation).pack();
    let seen = Seen::unpack_ref(&bytes).unwrap();
    assert_eq!((seen.split, seen.maybe, seen.note), (Split::Validation, Some(Split::Train), Note(None)));
    assert_eq!(seen.embedding.shape(), [2]);
}

mod library {
    pub(super) mod data {
        pub(in super::super) use ::atdata::*;
    }
}

#[test]
fn the_library_may_be_elsewhere() {
    #[derive(library::data::PackField, Debug, Clone, PartialEq)]
    #[packable(crate = library::data)]
    enum Answer {
        #[packable(rename = "")]
        Empty,
        r#Yes,
    }
    assert_eq!(Answer::TYPE, FieldType::Enum(&["", "Yes"]));
}

#[cfg(feature = "records")]
#[test]
fn records_keep_the_values() {
    use atdata::SchemaRecord;

    let record = Everywhere::schema_record().created_at("2026-03-01T12:00:00Z");
    let published = record.to_atproto().unwrap();
    let property = &published["schema"]["properties"]["split"];
    assert_eq!(property, &serde_json::json!({"type": "string", "enum": ["train", "dev", "held_out"]}));
    assert_eq!(SchemaRecord::from_json(&published).unwrap().schema, record.schema);
    let local = record.to_local();
    assert_eq!(
        local["fields"][0]["fieldType"],
        serde_json::json!({
            "$type": "local#primitive",
            "primitive": "str",
            "exactType": {"$type": "local#enum", "values": ["train", "dev", "held_out"]},
        })
    );
    assert_eq!(SchemaRecord::from_json(&local).unwrap().schema, record.schema);
}
