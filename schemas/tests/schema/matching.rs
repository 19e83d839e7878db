//! What a record says of a field, against what the field is; the words of it are in `tests/ui/schema`.

use atdata_schema::matching::{NestedSample, RecordArray, RecordField, RecordSample, RecordType as R, drift};
use atdata_schema::{ArrayType, Dtype, Field, FieldType as T, Schema, SchemaRef};

const TEXT: T = T::Str;

fn differs(record: R, optional: bool, field: Field, cast: bool) -> Option<String> {
    let record = RecordField::new("x", "words", optional, record);
    drift("photo.json", &record, &field, cast, None).map(|text| text.as_str().to_owned())
}

#[track_caller]
fn assert_fits(record: R, field: T) {
    assert_eq!(differs(record, false, Field::new("x", field), false), None);
}

#[track_caller]
fn assert_differs(record: R, field: T) {
    assert!(differs(record, false, Field::new("x", field), false).is_some());
}

const fn array(dtype: Option<Dtype>, ndim: Option<usize>) -> R {
    R::Array(RecordArray::new(dtype, ndim, None, None))
}

#[test]
fn kinds_are_the_same_or_any() {
    static WORDS: R = R::Str;
    static MAYBE: R = R::Nullable(&WORDS);
    let kinds = [
        (R::Str, T::Str),
        (R::Int, T::Int),
        (R::Float, T::Float),
        (R::Bool, T::Bool),
        (R::Bytes, T::Bytes),
        (array(None, None), T::Array(ArrayType::new(None, None))),
        (R::List(&WORDS), T::List(&TEXT)),
        (R::Map(&WORDS), T::Map(&TEXT)),
        (R::List(&MAYBE), T::List(&T::Nullable(&TEXT))),
    ];
    for (i, (record, _)) in kinds.iter().enumerate() {
        for (j, (_, field)) in kinds.iter().enumerate() {
            let found = differs(*record, false, Field::new("x", *field), false).is_none();
            assert_eq!(found, i == j, "{record:?} and {field}");
        }
    }
    assert_fits(R::List(&R::Any), T::List(&TEXT));
    for (_, field) in kinds {
        assert_fits(R::Any, field);
        assert_differs(R::Str, T::Any);
    }
}

#[test]
fn null_is_where_the_record_has_it() {
    for (record, field) in [(true, false), (false, true)] {
        assert!(differs(R::Str, record, Field::new("x", T::Str).optional(field), false).is_some());
        assert_eq!(differs(R::Str, record, Field::new("x", T::Str).optional(record), false), None);
        assert_eq!(differs(R::Any, record, Field::new("x", T::Str).optional(field), false), None);
        assert_eq!(differs(R::Any, record, Field::new("x", T::Any).optional(true), false), None);
    }
}

#[test]
fn a_field_takes_every_array_that_the_record_allows() {
    let bytes = |ndim| T::Array(ArrayType::new(Some(Dtype::UInt8), ndim));
    let any = T::Array(ArrayType::new(None, None));
    assert_fits(array(Some(Dtype::UInt8), Some(3)), bytes(Some(3)));
    assert_fits(array(Some(Dtype::UInt8), Some(3)), bytes(None));
    assert_fits(array(Some(Dtype::Float32), Some(3)), any);
    assert_fits(array(None, None), bytes(Some(2)));
    assert_differs(array(Some(Dtype::Int8), None), bytes(None));
    assert_differs(array(Some(Dtype::UInt8), Some(2)), bytes(Some(3)));
    let field = Field::new("x", bytes(Some(3)));
    assert_eq!(differs(array(Some(Dtype::Int8), Some(3)), false, field, true), None);
    assert!(differs(array(Some(Dtype::Int8), Some(2)), false, field, true).is_some());

    let sized = |shape| R::Array(RecordArray::new(None, Some(2), Some(shape), None));
    let field = |shape| Field::new("x", bytes(None)).shaped(Some(shape), None).field_type;
    assert_fits(sized(&[Some(8), None]), field(&[Some(8), None]));
    assert_fits(sized(&[Some(8), None]), field(&[None, None]));
    assert_fits(sized(&[Some(8), None]), bytes(Some(2)));
    assert_differs(sized(&[Some(8), None]), field(&[Some(8), Some(8)]));
    assert_differs(sized(&[Some(8), None]), field(&[Some(9), None]));
    assert_differs(array(None, Some(2)), field(&[Some(8), None]));
    assert_fits(array(None, None), field(&[Some(8), None]));
}

#[test]
fn formats_are_themselves_or_bytes() {
    let any = T::Array(ArrayType::new(None, None));
    let formats = [
        (R::Sparse, T::Sparse),
        (R::ArrowTensor, T::ArrowTensor),
        (R::Safetensors, T::Safetensors),
        (R::DataFrame, T::DataFrame),
        (R::Structured(RecordArray::new(None, None, None, None)), T::Structured(ArrayType::new(None, None))),
    ];
    for (i, (record, _)) in formats.iter().enumerate() {
        assert_fits(*record, T::Bytes);
        assert_differs(*record, T::Array(ArrayType::new(Some(Dtype::UInt8), None)));
        for (j, (_, field)) in formats.iter().enumerate() {
            assert_eq!(differs(*record, false, Field::new("x", *field), false).is_none(), i == j, "{record:?}");
        }
    }
    assert_fits(R::Structured(RecordArray::new(None, None, None, None)), any);
    assert_differs(R::Sparse, any);
}

#[test]
fn enums_have_the_same_values() {
    assert_fits(R::Enum(&["train", "test"]), T::Enum(&["test", "train"]));
    assert_differs(R::Enum(&["train", "test"]), T::Enum(&["train", "dev"]));
    assert_differs(R::Enum(&["train", "test"]), T::Enum(&["train", "test", "dev"]));
    assert_differs(R::Enum(&["train"]), T::Str);
    assert_differs(R::Str, T::Enum(&["train"]));
}

static POINT: Schema = Schema::new(
    "Point",
    "1.0.0",
    None,
    &[Field::new("at", T::Array(ArrayType::new(Some(Dtype::Float32), Some(1)))), Field::new("extra", T::Int)],
);
const POINTS: T = T::List(&T::Sample(SchemaRef::new("Point", "1.0.0", || &POINT)));

fn nested(fields: &'static [RecordField], casts: &'static [bool], is_partial: bool) -> Option<String> {
    let sample: &'static R = Box::leak(Box::new(R::Sample(RecordSample::new(Some("Point"), None, Some(fields)))));
    let record = RecordField::new("points", "list<Point>", false, R::List(sample));
    let nested = Some(NestedSample::new(&POINT, casts, is_partial));
    drift("track.json", &record, &Field::new("points", POINTS), false, nested).map(|text| text.as_str().to_owned())
}

#[test]
fn fields_of_nested_samples_are_compared() {
    const AT: RecordField = RecordField::new("at", "array<float64>", false, array(Some(Dtype::Float64), None));
    const EXTRA: RecordField = RecordField::new("extra", "int", false, R::Int);
    const LABEL: RecordField = RecordField::new("label", "str", true, R::Str);

    let failed = RecordField::new("point", "str", false, R::Str);
    assert!(drift("track.json", &failed, &Field::new("point", T::Any), false, Some(NestedSample::FAILED)).is_none());
    assert_eq!(nested(&[EXTRA, AT], &[true, false], false), None);
    assert_eq!(nested(&[EXTRA, AT, LABEL], &[true, false], true), None);
    assert_eq!(
        nested(&[LABEL, AT], &[false, false], false).as_deref(),
        Some(
            "field `points.label`: `track.json` says str?, the struct has no such field; change one of the two\n\
             field `points.at`: `track.json` says array<float64>, the struct has array<float32, 1-d>; change one of the two\n\
             field `points.extra`: `track.json` has no such field, the struct has int; change one of the two"
        ),
    );
}
