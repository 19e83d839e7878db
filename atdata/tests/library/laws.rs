//! The laws of lenses, on lenses that keep them and on lenses that do not, with what a user then reads.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use atdata::field::Cursor;
use atdata::lens::laws::{self, Law, LawError};
use atdata::lens::{FnLens, Lens, PutLens, from_fns};
use atdata::{DictSample, DynArray, Error, ErrorKind, FieldType, PackField, Packable, Result, Value};
use ndarray::{Array0, Array1, Array2, Array3, ArrayD, array};
use num_complex::Complex;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    #[packable(shape = [2, 2])]
    image: Array2<u8>,
    label: String,
    confidence: f64,
    tags: Vec<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Labelled {
    label: String,
    confidence: f64,
}

fn view(photo: &Photo) -> Labelled {
    Labelled { label: photo.label.clone(), confidence: photo.confidence }
}

fn put(view: &Labelled, photo: &Photo) -> Photo {
    Photo { label: view.label.clone(), confidence: view.confidence, ..photo.clone() }
}

/// What the law says, which it is, and no more.
#[track_caller]
fn assert_broken<L>(lens: &L, law: Law, text: &str)
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let error = laws::check(lens).unwrap_err();
    assert_eq!(error.to_string(), text);
    assert!(matches!(error, LawError::Broken { law: broken, .. } if broken == law), "{error:?}");
}

#[test]
fn a_lawful_lens_passes() {
    laws::assert_laws(&from_fns(view, put));
    laws::assert_laws(&atdata::lens::identity::<Photo>());
}

#[test]
fn a_putter_that_forgets_breaks_get_put() {
    let lens = from_fns(view, |view: &Labelled, photo: &Photo| Photo { tags: Vec::new(), ..put(view, photo) });
    assert_broken(
        &lens,
        Law::GetPut,
        "the law GetPut does not hold: put(get(source), source) is not source\n  \
           source     Photo { image: array<uint8, [2, 2]> 0, 0, 0, 0, label: \"\", confidence: 0.0, tags: [\"\"] }\n  \
           came back  Photo { image: array<uint8, [2, 2]> 0, 0, 0, 0, label: \"\", confidence: 0.0, tags: [] }\n\
         tags: expected [\"\"], found []",
    );
}

#[test]
fn a_putter_that_ignores_the_view_breaks_put_get() {
    let lens = from_fns(view, |_: &Labelled, photo: &Photo| photo.clone());
    let error = laws::check(&lens).unwrap_err().to_string();
    assert_eq!(
        error,
        "the law PutGet does not hold: get(put(view, source)) is not view\n  \
           source     Photo { image: array<uint8, [2, 2]> 0, 0, 0, 0, label: \"\", confidence: 0.0, tags: [] }\n  \
           view       Labelled { label: \"\", confidence: -0.5 }\n  \
           came back  Labelled { label: \"\", confidence: 0.0 }\n\
         confidence: expected -0.5, found 0.0",
    );
    assert_eq!(error, laws::check(&lens).unwrap_err().to_string(), "the same in every run");
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Counted {
    value: i32,
    writes: u32,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Shown {
    value: i32,
}

#[test]
fn a_putter_that_counts_breaks_put_put() {
    let lens = from_fns(
        |source: &Counted| Shown { value: source.value },
        |view: &Shown, source: &Counted| Counted {
            value: view.value,
            writes: if view.value == source.value { source.writes } else { source.writes.wrapping_add(1) },
        },
    );
    let error = laws::check(&lens).unwrap_err();
    let LawError::Broken { law, counterexample } = &error else { panic!("{error}") };
    assert_eq!(*law, Law::PutPut);
    let lines: Vec<_> = counterexample.lines().map(|line| line.split_whitespace().next().unwrap_or("")).collect();
    assert_eq!(lines, ["", "source", "first", "second", "expected", "came", "writes:"], "{error}");
    assert!(error.to_string().starts_with(
        "the law PutPut does not hold: put(second, put(first, source)) is not put(second, source)\n  \
           source     Counted { value: 0, writes: 0 }\n"
    ));
}

#[test]
fn an_array_is_compared_by_its_elements() {
    let lens = from_fns(Photo::clone, |view: &Photo, _: &Photo| {
        let mut photo = view.clone();
        photo.image[[1, 0]] = photo.image[[1, 0]].wrapping_add(1);
        photo
    });
    assert_broken(
        &lens,
        Law::GetPut,
        "the law GetPut does not hold: put(get(source), source) is not source\n  \
           source     Photo { image: array<uint8, [2, 2]> 0, 0, 0, 0, label: \"\", confidence: 0.0, tags: [] }\n  \
           came back  Photo { image: array<uint8, [2, 2]> 0, 0, 1, 0, label: \"\", confidence: 0.0, tags: [] }\n\
         image: at [1, 0] expected 0, found 1",
    );
}

#[test]
fn what_cannot_be_written_did_not_come_back() {
    let lens = from_fns(Photo::clone, |view: &Photo, _: &Photo| Photo { image: array![[1]], ..view.clone() });
    let error = laws::check(&lens).unwrap_err().to_string();
    assert!(
        error.ends_with("came back  a sample that cannot be written: image: expected shape [2, 2], found [1, 1]"),
        "{error}"
    );
}

#[test]
fn a_panic_of_the_lens_is_its_fault() {
    let lens = from_fns(view, |view: &Labelled, photo: &Photo| {
        assert!(view.label.is_empty(), "no labels, please");
        put(view, photo)
    });
    let error = laws::check(&lens).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lens panicked while the law GetPut was tested: no labels, please\n  \
           source     Photo { image: array<uint8, [2, 2]> 0, 0, 0, 0, label: \"a\", confidence: 0.0, tags: [] }",
    );
}

/// Bytes are compared, and there is no other NaN than the one that was there.
#[test]
fn nan_and_the_sign_of_zero_count() {
    #[derive(Packable, Clone)]
    struct Number {
        value: f64,
    }
    laws::assert_laws(&from_fns(Number::clone, |view: &Number, _: &Number| view.clone()));
    let zeros = from_fns(Number::clone, |view: &Number, _: &Number| Number { value: view.value + 0.0 });
    let error = laws::check(&zeros).unwrap_err().to_string();
    assert!(error.contains("expected -0.0, found 0.0") || error.contains("NaN"), "{error}");
}

#[test]
fn samples_of_ones_own_are_tried_all() {
    let photo =
        |label: &str| Photo { image: array![[1, 2], [3, 4]], label: label.into(), confidence: 0.5, tags: vec![] };
    let views = || [0.1, 0.2].map(|confidence| Labelled { label: "l".into(), confidence });
    let lawful = from_fns(view, put);
    laws::assert_laws_on(&lawful, ["a", "b"].map(photo), views());

    let rounding = from_fns(view, |view: &Labelled, photo: &Photo| {
        put(&Labelled { confidence: if view.confidence < 0.2 { 0.0 } else { view.confidence }, ..view.clone() }, photo)
    });
    let error = laws::check_on(&rounding, [photo("a")], views()).unwrap_err();
    assert!(error.to_string().ends_with("\nconfidence: expected 0.1, found 0.0"), "{error}");
}

#[test]
#[should_panic(expected = "no sources or no views")]
fn no_samples_are_no_test() {
    laws::assert_laws_on(&from_fns(view, put), [], []);
}

#[test]
#[should_panic(expected = "the law PutGet does not hold")]
fn an_assertion_panics_with_the_law() {
    laws::assert_laws(&from_fns(view, |_: &Labelled, photo: &Photo| photo.clone()));
}

/// A law is tested hundreds of times: images of a usual size must not make that a matter of minutes.
#[test]
fn arrays_of_a_usual_size_are_no_burden() {
    #[derive(Packable, Clone)]
    struct Image {
        #[packable(shape = [224, 224, 3])]
        image: Array3<f32>,
        label: i64,
    }
    #[derive(Packable, Clone)]
    struct Label {
        label: i64,
    }
    laws::assert_laws(&from_fns(
        |image: &Image| Label { label: image.label },
        |view: &Label, image: &Image| Image { label: view.label, ..image.clone() },
    ));
}

/// The tests that `#[lens(laws)]` writes; `cargo test` runs them beside those here.
mod written_by_the_macro {
    use atdata::lens;

    use super::{Labelled, Photo, narrow, put};

    fn photos() -> [Photo; 1] {
        [Photo { image: ndarray::array![[1, 2], [3, 4]], label: "cat".into(), confidence: 0.5, tags: vec![] }]
    }

    fn labels() -> Vec<Labelled> {
        vec![Labelled { label: "dog".into(), confidence: 0.25 }]
    }

    #[lens(put = put, laws)]
    fn labelled(photo: &Photo) -> Labelled {
        super::view(photo)
    }

    #[lens(put = put, through_only, laws(sources = photos))]
    fn of_sources(photo: &Photo) -> Labelled {
        super::view(photo)
    }

    #[lens(put = put, through_only, laws(views = labels))]
    fn of_views(photo: &Photo) -> Labelled {
        super::view(photo)
    }

    #[lens(put = put, through_only, laws(sources = photos, views = labels))]
    fn of_both(photo: &Photo) -> Labelled {
        super::view(photo)
    }

    // Of neither type a sample can be made: the views are those of the sources.

    #[derive(atdata::Packable, Debug, Clone, PartialEq)]
    pub(super) struct Taken {
        date: narrow::Date,
        count: i64,
    }

    #[derive(atdata::Packable, Debug, Clone, PartialEq)]
    pub(super) struct Day {
        date: narrow::Date,
    }

    fn taken() -> Vec<Taken> {
        ["2026-03-01", "2026-03-02"].map(|date| Taken { date: narrow::Date(date.into()), count: 3 }).into()
    }

    fn put_day(day: &Day, taken: &Taken) -> Taken {
        Taken { date: day.date.clone(), count: taken.count }
    }

    #[lens(put = put_day, laws(sources = taken))]
    pub(super) fn day_of(taken: &Taken) -> Day {
        Day { date: taken.date.clone() }
    }

    pub(super) fn forget_day(_: &Day, taken: &Taken) -> Taken {
        taken.clone()
    }

    pub(super) fn samples() -> Vec<Taken> {
        taken()
    }
}

#[test]
fn views_of_given_sources_find_a_putter_that_ignores_them() {
    use written_by_the_macro::{Day, Taken, day_of, forget_day, samples};

    let lens = from_fns(|taken: &Taken| day_of.get(taken), forget_day);
    let panic =
        std::panic::catch_unwind(|| laws::assert_laws_with(&lens, [samples()], [] as [Vec<Day>; 0])).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.ends_with("\ndate: expected \"2026-03-01\", found \"2026-03-02\""), "{text}");
}

// Samples.

#[derive(PackField, Debug, Clone, Copy, PartialEq)]
enum Split {
    Train,
    Test,
}

#[derive(PackField, Debug, Clone, PartialEq)]
struct Pixels(Array3<u8>);

#[derive(Packable, Debug, Clone, PartialEq)]
struct Tree {
    name: String,
    left: Option<Box<Tree>>,
    children: Vec<Tree>,
    by_name: BTreeMap<String, Tree>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "All", rename_all = "camelCase")]
struct Everything {
    text: String,
    truth: bool,
    byte: u8,
    signed: i16,
    wide: u64,
    real: f32,
    half: half::f16,
    bytes: Vec<u8>,
    digest: [u8; 32],
    pair: [i64; 2],
    corners: Vec<[u16; 4]>,
    split: Split,
    splits: Vec<Option<Split>>,
    maybe: Option<i8>,
    by_name: HashMap<String, Vec<u32>>,
    #[packable(shape = [2, _])]
    grid: Array2<f32>,
    scalar: Array0<Complex<f64>>,
    flags: Array1<bool>,
    free: ArrayD<half::f16>,
    any_array: DynArray,
    pixels: Pixels,
    points: Vec<Labelled>,
    anything: Value,
    tree: Tree,
    #[packable(skip)]
    cached: usize,
}

/// Draws so many, and shows each to `visit`.
fn draw<S: Packable + Debug + 'static>(count: usize, mut visit: impl FnMut(&S)) {
    let samples = laws::samples::<S>().unwrap();
    let mut runner = TestRunner::deterministic();
    for _ in 0..count {
        visit(&samples.new_tree(&mut runner).unwrap().current());
    }
}

/// Trees inside each other, this one included.
fn depth(tree: &Tree) -> usize {
    let inside = tree.children.iter().chain(tree.by_name.values()).chain(tree.left.as_deref());
    1 + inside.map(depth).max().unwrap_or(0)
}

#[test]
fn samples_are_made_of_every_type_and_reach_its_corners() {
    let (mut seen, mut nan, mut deepest) = (Vec::new(), false, 0);
    draw::<Everything>(300, |sample| {
        assert_eq!(sample.grid.nrows(), 2);
        assert_eq!(Everything::unpack(&sample.try_pack().unwrap()).unwrap().pack(), sample.pack());
        seen.push(sample.byte);
        nan |= sample.real.is_nan();
        deepest = deepest.max(depth(&sample.tree));
    });
    assert!(seen.contains(&0) && seen.contains(&255) && seen.iter().any(|byte| (10..250).contains(byte)));
    assert!(nan, "NaN is a float");
    assert!((2..=4).contains(&deepest), "{deepest}");
    laws::assert_laws(&atdata::lens::identity::<Everything>());
}

/// Types that take less than their schema says.
mod narrow {
    use super::*;

    macro_rules! narrow {
        ($name:ident($inner:ty) if $accepts:expr) => {
            #[derive(Debug, Clone, PartialEq)]
            pub(super) struct $name(pub(super) $inner);

            impl PackField for $name {
                const TYPE: FieldType = <$inner>::TYPE;
                type Column = Vec<Self>;

                fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
                    let inner = <$inner>::read(cursor)?;
                    let accepts: fn(&$inner) -> bool = $accepts;
                    if accepts(&inner) {
                        return Ok(Self(inner));
                    }
                    Err(Error::new(ErrorKind::SchemaMismatch, format!("{inner:?} is not one")))
                }

                fn write(&self, out: &mut Vec<u8>) {
                    self.0.write(out);
                }
            }
        };
    }
    narrow!(Percent(u8) if |value| *value <= 100);
    narrow!(Even(i32) if |value| value % 2 == 0);
    narrow!(Finite(f64) if |value| value.is_finite());
    narrow!(Plain(String) if |value| value.is_ascii());
    narrow!(Odd(Vec<i64>) if |value| value.len() % 2 == 1);
    narrow!(Date(String) if |value| value.len() == 10 && value.bytes().filter(|byte| *byte == b'-').count() == 2);
    narrow!(Year(i64) if |value| (3_000..3_500).contains(value));
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Narrow {
    percent: narrow::Percent,
    percents: Vec<narrow::Percent>,
    even: BTreeMap<String, narrow::Even>,
    finite: narrow::Finite,
    plain: Option<narrow::Plain>,
    odd: narrow::Odd,
    // A name that begins like another's.
    perc: u16,
}

#[test]
fn what_a_type_of_ones_own_refuses_is_not_tried() {
    let mut percents = Vec::new();
    draw::<Narrow>(300, |sample| {
        percents.push(sample.percent.0);
        percents.extend(sample.percents.iter().map(|percent| percent.0));
        assert!(sample.odd.0.len() % 2 == 1);
    });
    assert!(percents.contains(&0) && percents.contains(&100) && percents.iter().max() == Some(&100));
    assert!(percents.iter().any(|percent| (20..90).contains(percent)));
}

#[test]
fn a_type_of_which_no_sample_is_known_is_named() {
    #[derive(Packable, Debug)]
    struct Inner {
        taken: Vec<narrow::Date>,
    }
    #[derive(Packable, Debug)]
    struct Outer {
        label: String,
        meta: Inner,
    }
    #[derive(Packable, Debug)]
    struct Century {
        year: narrow::Year,
    }
    #[derive(Packable, Debug)]
    struct Huge {
        #[packable(shape = [100_000, 100_000])]
        image: Array2<f32>,
    }
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Endless {
        next: Box<Endless>,
    }
    let error = laws::samples::<Outer>().err().unwrap();
    assert_eq!(error.field, "meta.taken[0]");
    assert!(error.reason.starts_with("it accepted none of 64 values of type str (the last: Outer.meta.taken[0]: "));
    let text = error.to_string();
    assert!(text.starts_with("cannot make samples of `library::laws::a_type_of_which_no_sample_is_known_is_named::Outer`: field `meta.taken[0]`: it accepted"), "{text}");
    assert!(
        text.ends_with(
            "; hand in samples of your own, with `atdata::lens::laws::assert_laws_on(lens, sources, views)`"
        )
    );

    let year = laws::samples::<Century>().err().unwrap();
    assert_eq!(year.reason, "it accepted none of 22 integers (of 0: Century.year: 0 is not one)");
    let huge = laws::samples::<Huge>().err().unwrap();
    assert_eq!(
        huge.to_string().split(';').next().unwrap().split(": ").last(),
        Some("arrays of shape [Some(100000), Some(100000)] are too large to make hundreds of them")
    );
    let endless = laws::samples::<Endless>().err().unwrap();
    assert_eq!(endless.reason, "it holds itself without end");
    let untyped = laws::samples::<DictSample>().err().unwrap();
    assert_eq!(untyped.reason, "its schema says nothing of its fields");
    let lens: FnLens<_, _, _, _> = from_fns(
        |outer: &Century| Century { year: outer.year.clone() },
        |view: &Century, _: &Century| Century { year: view.year.clone() },
    );
    assert!(matches!(laws::check(&lens), Err(LawError::NoSamples(_))));
    laws::assert_laws_on(&lens, [Century { year: narrow::Year(3001) }], [Century { year: narrow::Year(3400) }]);
}

/// Its counterexample is none when it is tried again; that does not make the lens lawful.
#[test]
fn a_lens_that_breaks_a_law_only_once_does_not_pass() {
    let forgot = std::sync::atomic::AtomicBool::new(false);
    let lens = from_fns(view, |view: &Labelled, photo: &Photo| {
        let forgets = !forgot.swap(true, std::sync::atomic::Ordering::Relaxed);
        let label = if forgets { format!("{}?", view.label) } else { view.label.clone() };
        Photo { label, ..put(view, photo) }
    });
    let error = laws::check(&lens).unwrap_err();
    assert!(matches!(error, LawError::Broken { law: Law::GetPut, .. }), "{error:?}");
    assert!(error.to_string().ends_with("the lens does not do the same each time"), "{error}");
}

/// A declared view of an array, which its source wants of one shape.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Photo)]
struct Imaged {
    image: Array2<u8>,
}

#[test]
fn a_put_of_samples_that_can_be_written_can_be_written() {
    let error = laws::check(&Imaged::LENS).unwrap_err();
    assert!(matches!(error, LawError::Broken { law: Law::PutGet, .. }), "{error:?}");
    assert!(error.to_string().contains("a sample that cannot be written: image: expected shape [2, 2]"), "{error}");
}
