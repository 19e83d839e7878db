//! A view read straight from the bytes is what the whole source gives, whatever order, number and type its fields have.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use atdata::{Dataset, DictSample, Lens, PackField, Packable, Value};
use ndarray::Array1;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Inner {
    a: i64,
    label: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(rename_all = "camelCase", allow_unknown)]
struct Source {
    file_name: String,
    label: String,
    #[packable(rename = "kind of")]
    class: i64,
    note: Option<String>,
    #[packable(default = Some(7))]
    stars: Option<i64>,
    #[packable(default = "en".to_owned())]
    language: String,
    #[packable(shape = [2], cast)]
    pixels: Array1<f32>,
    words: Vec<String>,
    inner: Inner,
}

/// Texts go by each other's names, so that one taken for another is seen.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Source, rename_all = "camelCase")]
struct Swapped {
    #[packable(from = "label")]
    language: String,
    #[packable(from = "language")]
    file_name: String,
    #[packable(from = "file_name")]
    label: String,
    stars: Option<i64>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Source)]
struct Plain {
    inner: Inner,
    class: i64,
    note: Option<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Source)]
struct Seen {
    words: Vec<String>,
    pixels: Array1<f32>,
}

type Entry = (String, Vec<u8>);

fn packed(value: &impl PackField) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out
}

fn pixels() -> impl Strategy<Value = Vec<u8>> {
    let any_pixels = prop_oneof![8 => vec(any::<i8>(), 2), 1 => vec(any::<i8>(), 1..4)];
    let single = any_pixels.prop_map(|pixels| packed(&Array1::from_iter(pixels.into_iter().map(f32::from))));
    let double = vec(any::<i8>().prop_map(f64::from), 2).prop_map(|pixels| packed(&Array1::from(pixels)));
    prop_oneof![4 => single, 1 => double]
}

/// Mostly what the field holds, sometimes something else.
fn value_of(name: &'static str) -> BoxedStrategy<Vec<u8>> {
    let text = "[a-z]{0,9}".prop_map(|text: String| packed(&text));
    let number = any::<i16>().prop_map(|number| packed(&i64::from(number)));
    let null = Just(packed(&Value::Nil));
    let right = match name {
        "fileName" | "label" | "language" => text.boxed(),
        "kind of" => number.boxed(),
        "note" => prop_oneof![text, null].boxed(),
        "stars" => prop_oneof![number, null].boxed(),
        "pixels" => pixels().boxed(),
        "words" => vec("[a-z]{0,3}", 0..3).prop_map(|words| packed(&words)).boxed(),
        "inner" => (any::<i64>(), "[a-z]{0,3}").prop_map(|(a, label)| packed(&Inner { a, label })).boxed(),
        _ => prop_oneof![text, number, null].boxed(),
    };
    prop_oneof![60 => right, 1 => Just(packed(&true))].boxed()
}

fn entry(name: &'static str) -> impl Strategy<Value = Entry> {
    value_of(name).prop_map(move |value| (name.to_owned(), value))
}

const REQUIRED: [&str; 6] = ["fileName", "label", "kind of", "pixels", "words", "inner"];

/// Fields in any order; some missing, some twice, some of no use to anybody.
fn sample() -> impl Strategy<Value = Vec<u8>> {
    let required: Vec<_> = REQUIRED.into_iter().map(entry).collect();
    let missing = prop_oneof![15 => Just(None), 1 => (0..REQUIRED.len()).prop_map(Some)];
    let others = vec(
        select(vec!["note", "stars", "language", "label", "fileName", "pixels", "inner", "extra", "x"])
            .prop_flat_map(entry),
        0..7,
    );
    (required, missing, others)
        .prop_flat_map(|(mut entries, missing, others)| {
            if let Some(index) = missing {
                entries.remove(index);
            }
            entries.extend(others);
            Just(entries).prop_shuffle()
        })
        .prop_map(|entries| {
            let len = u8::try_from(entries.len()).unwrap();
            assert!(len < 16, "more than a short map holds");
            let mut bytes = vec![0x80 | len];
            for (name, value) in entries {
                name.write(&mut bytes);
                bytes.extend(value);
            }
            bytes
        })
}

/// Both ways to the view, alone and in a batch.
fn check<V, L>(bytes: &[u8], photos: &Dataset<Source>, lens: &L) -> Result<(), TestCaseError>
where
    V: Packable<Batch: atdata::Batch<Sample = V>> + atdata::ViewOf<Source> + std::fmt::Debug + PartialEq + 'static,
    L: Lens<Source = Source, View = V>,
{
    use atdata::Batch;
    let whole = Source::unpack(bytes).map(|source| lens.get_owned(source));
    let view = photos.as_type::<V>();
    let direct = [view.ordered().next().unwrap(), view.batches(1).next().unwrap().map(|batch| batch.row(0).unwrap())];
    for direct in direct {
        match (&whole, direct) {
            (Ok(whole), Ok(direct)) => prop_assert_eq!(whole, &direct),
            (Ok(_), Err(error)) => prop_assert!(false, "the source can be read, but of the view: {}", error),
            // A field that the view does not show is wrong.
            (Err(_), Ok(_)) => {}
            (Err(whole), Err(direct)) => {
                prop_assert!(direct.to_string().ends_with(&whole.to_string()), "{} and {}", direct, whole);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_view_from_the_bytes_is_the_view_of_the_source(bytes in sample()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.tar");
        Dataset::write(&path, [DictSample::unpack(&bytes).unwrap()]).unwrap();
        let source = Dataset::<Source>::open(&path).unwrap();
        check(&bytes, &source, &Swapped::LENS)?;
        check(&bytes, &source, &Plain::LENS)?;
        check(&bytes, &source, &Seen::LENS)?;
    }
}
