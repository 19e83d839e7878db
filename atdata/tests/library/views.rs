//! Declared and structural views: what they show, and what they read.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::path::PathBuf;

use atdata::format::Structured;
use atdata::lens::{self, Declared, DeclaredView, Lens, PutLens};
use atdata::{Dataset, DictSample, DynArray, ErrorKind, PackField, Packable, Value};
use ndarray::{Array1, array};
use tempfile::TempDir;

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(rename_all = "camelCase")]
struct Photo {
    image: Vec<u8>,
    file_name: String,
    label: String,
    #[packable(rename = "p")]
    confidence: f64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Photo)]
struct Labelled {
    confidence: f64,
    #[packable(from = "label", rename = "fileName")]
    title: String,
    /// Under the names of each other on the wire.
    #[packable(from = "file_name", rename = "label")]
    path: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Labelled)]
struct Titled {
    title: String,
}

fn photo(i: u8) -> Photo {
    Photo { image: vec![i; 3], file_name: format!("{i}.png"), label: format!("cat {i}"), confidence: f64::from(i) }
}

fn labelled(i: u8) -> Labelled {
    Labelled { confidence: f64::from(i), title: format!("cat {i}"), path: format!("{i}.png") }
}

struct Shard {
    _folder: TempDir,
    path: PathBuf,
}

impl Shard {
    fn of<S: Packable + 'static>(samples: impl IntoIterator<Item = S>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.tar");
        Dataset::write(&path, samples).unwrap();
        Self { _folder: folder, path }
    }

    /// Of packed samples as they are, also such as no type would write.
    fn of_bytes(samples: &[&[u8]]) -> Self {
        Self::of(samples.iter().map(|bytes| DictSample::unpack(bytes).unwrap()).collect::<Vec<_>>())
    }

    fn open<S: Packable + 'static>(&self) -> Dataset<S> {
        Dataset::open(&self.path).unwrap()
    }
}

fn all<T>(dataset: &Dataset<T>) -> Vec<T> {
    dataset.ordered().collect::<atdata::Result<_>>().unwrap()
}

#[test]
fn the_lens_of_a_view_keeps_the_laws() {
    let lens = Labelled::LENS;
    assert_eq!(lens.get(&photo(1)), labelled(1));
    assert_eq!(lens.get_owned(photo(1)), labelled(1));
    assert_eq!(lens.put(&lens.get(&photo(1)), &photo(1)), photo(1));
    let put = lens.put(&labelled(2), &photo(1));
    assert_eq!(put, Photo { image: vec![1; 3], ..photo(2) });
    assert_eq!(lens.get(&put), labelled(2));
    assert_eq!(lens.put(&labelled(3), &put), lens.put(&labelled(3), &photo(1)));
}

#[test]
fn lenses_of_views_compose() {
    let title = Labelled::LENS | Titled::LENS;
    assert_eq!(title.get(&photo(1)).title, "cat 1");
    assert_eq!(title.put(&Titled { title: "dog".into() }, &photo(1)), Photo { label: "dog".into(), ..photo(1) });
    assert_eq!(
        Declared::<Titled>::new().then(lens::from_fn(|titled: &Titled| titled.title.len())).get(&labelled(1)),
        5
    );
    assert_eq!(<Labelled as DeclaredView>::get(&photo(1)), labelled(1));
}

#[test]
fn a_dataset_is_seen_as_a_view() {
    let shard = Shard::of((0..5).map(photo));
    let views = shard.open::<Photo>().as_type::<Labelled>();
    assert_eq!(all(&views), (0..5).map(labelled).collect::<Vec<_>>());
    assert_eq!(views.select(&[4, 1]).unwrap(), [labelled(4), labelled(1)]);
    let batches: Vec<LabelledBatch> = views.batches(3).map(Result::unwrap).collect();
    let rows: Vec<_> = batches.iter().flat_map(LabelledBatch::to_samples).collect();
    assert_eq!(rows, all(&views));
}

#[test]
fn stages_stay_on_their_side_of_the_view() {
    let shard = Shard::of((0..5).map(photo));
    let odd = shard.open::<Photo>().filter(|photo| photo.image.first().is_some_and(|pixel| pixel % 2 == 1));
    assert_eq!(all(&odd.as_type::<Labelled>()), [labelled(1), labelled(3)]);
    let late = shard.open::<Photo>().as_type::<Labelled>().filter(|view| view.confidence > 3.0);
    assert_eq!(all(&late), [labelled(4)]);
    assert_eq!(late.len().unwrap(), 1);
    assert_eq!(all(&late.as_type::<Titled>()), [Titled { title: "cat 4".into() }]);
}

#[test]
fn a_view_of_a_view_is_read_by_way_of_the_first() {
    let shard = Shard::of((0..2).map(photo));
    let titles = shard.open::<Photo>().as_type::<Labelled>().as_type::<Titled>();
    assert_eq!(all(&titles), [Titled { title: "cat 0".into() }, Titled { title: "cat 1".into() }]);
    assert_eq!(titles.batches(2).next().unwrap().unwrap().title, ["cat 0", "cat 1"]);
    let own = Shard::of((0..2).map(labelled));
    assert_eq!(all(&own.open::<Labelled>().as_type::<Titled>()), all(&titles));
}

/// A photo whose image is no image, with a field that no photo has.
const UNSOUND: &[u8] = b"\x85\xa1p\x01\xa5image\xa4none\xa5extra\x91\xc3\xa5label\xa5cat 1\xa8fileName\xa51.png";

#[test]
fn only_the_fields_of_the_view_are_looked_at() {
    let shard = Shard::of_bytes(&[UNSOUND]);
    let photos = shard.open::<Photo>();
    assert_eq!(photos.head(1).unwrap_err().kind(), ErrorKind::SchemaMismatch);
    let views = photos.as_type::<Labelled>();
    assert_eq!(all(&views), [labelled(1)]);
    assert_eq!(views.batches(1).next().unwrap().unwrap().to_samples(), [labelled(1)]);
    // A stage is about photos, so photos are read for it.
    assert_eq!(photos.filter(|_| true).as_type::<Labelled>().head(1).unwrap_err().kind(), ErrorKind::SchemaMismatch);
}

#[test]
fn the_length_of_a_view_is_known_without_reading_it() {
    let shard = Shard::of_bytes(&[b"\x81\xa5label\x07", b"\x80"]);
    let views = shard.open::<Photo>().as_type::<Labelled>();
    assert_eq!(views.len().unwrap(), 2);
    assert!(views.head(1).is_err());
}

#[test]
fn errors_name_the_fields_of_the_source() {
    let shard = Shard::of_bytes(&[b"\x84\xa5image\xc4\0\xa8fileName\x07\xa5label\xa0\xa1p\x01"]);
    let views = shard.open::<Photo>().as_type::<Labelled>();
    let expected = "Photo.fileName: expected a string, found an integer";
    let error = views.ordered().next().unwrap().unwrap_err();
    assert!(error.to_string().ends_with(expected), "{error}");
    let error = views.batches(1).next().unwrap().unwrap_err();
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn of_a_field_that_is_there_twice_the_last_counts() {
    let twice = b"\x85\xa5label\xa5first\xa5image\xc4\0\xa8fileName\xa51.png\xa1p\x01\xa5label\xa5cat 1";
    let shard = Shard::of_bytes(&[twice]);
    let views = shard.open::<Photo>().as_type::<Labelled>();
    assert_eq!(all(&views), [labelled(1)]);
    assert_eq!(views.batches(1).next().unwrap().unwrap().to_samples(), [labelled(1)]);
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Clip {
    #[packable(shape = [2], cast)]
    samples: Array1<f32>,
    #[packable(default = Some(3))]
    stars: Option<i64>,
    #[packable(default = "en".to_owned())]
    language: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Clip)]
struct Heard {
    stars: Option<i64>,
    samples: Array1<f32>,
    language: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Wide {
    samples: Array1<f64>,
    stars: Option<i64>,
    language: String,
}

#[test]
fn a_view_takes_what_its_source_fills_in_and_converts() {
    let mut sample = DictSample::new();
    let wide = Wide { samples: array![0.5, 0.25], stars: None, language: "de".into() };
    sample.insert("samples", DictSample::from_sample(&wide).unwrap().get("samples").unwrap().clone());
    let shard = Shard::of([sample]);
    let expected = Heard { stars: Some(3), samples: array![0.5, 0.25], language: "en".into() };
    let views = shard.open::<Clip>().as_type::<Heard>();
    assert_eq!(all(&views), std::slice::from_ref(&expected));
    assert_eq!(views.batches(1).next().unwrap().unwrap().to_samples(), [expected]);
    let null = Shard::of([wide]);
    let expected = Heard { stars: None, samples: array![0.5, 0.25], language: "de".into() };
    assert_eq!(all(&null.open::<Clip>().as_type::<Heard>()), [expected]);
}

#[test]
fn a_view_holds_arrays_to_the_shape_that_the_source_declares() {
    let shard = Shard::of([Wide { samples: array![0.5, 0.25, 0.125], stars: None, language: "de".into() }]);
    let views = shard.open::<Clip>().as_type::<Heard>();
    for error in [views.head(1).unwrap_err(), views.batches(1).next().unwrap().unwrap_err()] {
        assert!(error.to_string().ends_with("Clip.samples: expected shape [2], found [3]"), "{error}");
    }
}

#[derive(Packable, Debug, PartialEq)]
struct Label {
    label: String,
}

#[test]
fn every_type_is_a_view_of_samples_without_a_type() {
    let shard = Shard::of((0..2).map(photo));
    let dicts = shard.open::<DictSample>();
    let expected: Vec<_> = (0..2).map(|i| Titled { title: format!("cat {i}") }).collect();
    let renamed = dicts.map(|mut dict: DictSample| {
        let label = dict.get("label").cloned().unwrap_or(Value::Nil);
        dict.insert("title", label);
        dict
    });
    assert_eq!(all(&renamed.as_type::<Titled>()), expected);
    let labels = dicts.as_type::<Label>();
    assert_eq!(all(&labels), [Label { label: "cat 0".into() }, Label { label: "cat 1".into() }]);
    assert_eq!(labels.batches(2).next().unwrap().unwrap().label, ["cat 0", "cat 1"]);
    assert_eq!(all(&Shard::of_bytes(&[UNSOUND]).open::<DictSample>().as_type::<Label>()).len(), 1);
    let error = Shard::of_bytes(&[b"\x81\xa4text\xa0"]).open::<DictSample>().as_type::<Label>().head(1).unwrap_err();
    assert!(error.to_string().ends_with("Label.label: the field is missing; the sample has \"text\""), "{error}");
}

mod own {
    use atdata::Packable;

    /// Called as the library's is, and another.
    #[derive(Packable, Debug, Clone, PartialEq)]
    pub(super) struct DictSample {
        pub(super) label: String,
        pub(super) words: Vec<String>,
    }

    #[derive(Packable, Debug, Clone, PartialEq)]
    #[packable(view_of = self::DictSample)]
    pub(super) struct Words {
        pub(super) words: Vec<String>,
    }
}

#[test]
fn a_type_that_is_called_as_one_of_the_library_is_viewed_by_its_path() {
    let sample = own::DictSample { label: "cat".into(), words: vec!["a".into()] };
    let words = own::Words { words: vec!["a".into()] };
    assert_eq!(own::Words::LENS.get(&sample), words);
    assert_eq!(all(&Shard::of([sample]).open::<own::DictSample>().as_type::<own::Words>()), [words]);
}

macro_rules! broad {
    ($($field:ident)*) => {
        #[derive(Packable, Debug, Clone, PartialEq)]
        struct Broad {
            $($field: i64,)*
            #[packable(default = 7)]
            late: i64,
            heavy: Vec<u8>,
        }

        #[derive(Packable, Debug, Clone, PartialEq)]
        #[packable(view_of = Broad)]
        struct Narrow {
            $($field: i64,)*
            late: i64,
        }

        const NARROW: Narrow = Narrow { $($field: 1,)* late: 3 };
        const NAMES: &[&str] = &[$(stringify!($field)),*];
    };
}
broad! {
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
    e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 g0 g1 g2 g3 g4 g5 g6 g7 g8 g9
}

/// What it does not show is not even decoded: of the unsound `heavy` only the source would tell.
#[test]
fn a_view_of_many_fields_reads_its_own_alone() {
    assert!(NAMES.len() > 64);
    let sample = |late: Option<i64>, heavy: Value| {
        let mut sample: DictSample = NAMES.iter().map(|name| (*name, 1)).collect();
        sample.extend(late.map(|late| ("late", late)));
        sample.insert("heavy", heavy);
        sample
    };
    let unsound = Value::from("no bytes");
    let views = |sample: DictSample| Shard::of([sample]).open::<Broad>().as_type::<Narrow>().head(1);
    assert_eq!(views(sample(Some(3), unsound.clone())).unwrap(), [NARROW]);
    // The default is the source's word, which is asked then.
    assert_eq!(views(sample(None, vec![0_u8].into())).unwrap(), [Narrow { late: 7, ..NARROW }]);
    let error = views(sample(None, unsound)).unwrap_err();
    assert_eq!(error.field_path().as_str(), "Broad.heavy");
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Similar {
    label: String,
    #[packable(rename = "fileName")]
    name: String,
}

#[test]
fn a_projection_takes_fields_by_their_names_on_the_wire() {
    let similar = |i| Similar { label: format!("cat {i}"), name: format!("{i}.png") };
    assert_eq!(lens::project::<Photo, Similar>(&photo(1)).unwrap(), similar(1));
    let shard = Shard::of((0..2).map(photo));
    let photos = shard.open::<Photo>();
    assert_eq!(all(&photos.project::<Similar>()), [similar(0), similar(1)]);
    assert_eq!(photos.project::<Similar>().batches(2).next().unwrap().unwrap().name, ["0.png", "1.png"]);
    let late = photos.filter(|photo| photo.confidence > 0.5).project::<Similar>();
    assert_eq!(all(&late), [similar(1)]);
    assert_eq!(all(&Shard::of_bytes(&[UNSOUND]).open::<Photo>().project::<Similar>()), [similar(1)]);
}

#[test]
fn a_projection_takes_what_the_source_fills_in() {
    #[derive(Packable, Debug, PartialEq)]
    struct Rated {
        stars: Option<i64>,
        #[packable(default)]
        language: String,
    }
    let mut sample = DictSample::new();
    let clip = Clip { samples: array![0.5, 0.25], stars: None, language: String::new() };
    sample.insert("samples", DictSample::from_sample(&clip).unwrap().get("samples").unwrap().clone());
    let rated = Rated { stars: Some(3), language: "en".into() };
    assert_eq!(all(&Shard::of([sample]).open::<Clip>().project::<Rated>()), [rated]);
}

#[test]
fn a_projection_fills_in_what_the_source_would() {
    #[derive(Packable, Debug, PartialEq)]
    struct Strict {
        language: String,
        label: String,
    }
    #[derive(Packable, Debug, PartialEq)]
    struct Lenient {
        label: String,
        #[packable(default = "unknown".to_owned())]
        language: String,
    }
    let shard = Shard::of_bytes(&[b"\x81\xa5label\xa3cat", b"\x82\xa8language\xa2de\xa5label\xa3dog"]);
    let strict = shard.open::<Strict>();
    for lenient in [strict.project::<Lenient>(), strict.filter(|_| true).project()] {
        let mut samples = lenient.ordered();
        let error = samples.next().unwrap().unwrap_err();
        assert!(error.to_string().contains("Strict.language: the field is missing"), "{error}");
        let dog = Lenient { label: "dog".into(), language: "de".into() };
        assert_eq!(samples.next().unwrap().unwrap(), dog);
        let mut batches = lenient.batches(2);
        assert!(batches.next().unwrap().is_err());
        assert_eq!(batches.next().unwrap().unwrap().to_samples(), [dog]);
    }
}

#[test]
fn a_projection_takes_fields_of_every_type() {
    #[derive(PackField, Debug, Clone, Copy, PartialEq)]
    #[packable(rename_all = "snake_case")]
    enum Split {
        Train,
        Test,
    }
    #[derive(PackField, Debug, Clone, Copy, PartialEq)]
    enum Part {
        #[packable(rename = "test")]
        ToMeasure,
        #[packable(rename = "train")]
        ToLearn,
    }
    #[derive(Packable, Debug, Clone, PartialEq)]
    struct Row {
        splits: Vec<Split>,
        split: Option<Split>,
        table: Structured,
        id: i64,
    }
    #[derive(Packable, Debug, PartialEq)]
    struct Short {
        table: Structured,
        split: Option<Part>,
        splits: Vec<Part>,
    }
    let table = Structured::from_fields(&[2], [("x", &DynArray::from_array(&array![1_i64, 2]))]).unwrap();
    let row = Row { splits: vec![Split::Test, Split::Train], split: Some(Split::Train), table: table.clone(), id: 1 };
    let short = Short { table, split: Some(Part::ToLearn), splits: vec![Part::ToMeasure, Part::ToLearn] };
    assert_eq!(all(&Shard::of([row]).open::<Row>().project::<Short>()), [short]);
}

#[cfg(feature = "records")]
#[test]
fn a_declared_view_is_registered_with_its_mapping() {
    let entry =
        lens::registered().find(|entry| (entry.module_path(), entry.name()) == (module_path!(), "Labelled")).unwrap();
    assert_eq!(entry.mapping().unwrap(), [("p", "confidence"), ("label", "fileName"), ("fileName", "label")]);
}
