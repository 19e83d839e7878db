//! Lenses of functions: what they get and put, how they compose, and datasets seen through them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::lens::{Lens, PutLens, Then, ViewOf, from_fn, identity};
use atdata::{Dataset, DictSample, ErrorKind, Packable, lens};
use ndarray::{Array1, Array2, array};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Photo {
    label: String,
    score: i64,
    pixels: Array1<u8>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Labelled {
    label: String,
    score: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Scored {
    score: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Pixels {
    pixels: Array1<u8>,
}

/// Without the pixels.
#[lens(put = with_label)]
fn labelled(photo: &Photo) -> Labelled {
    Labelled { label: photo.label.clone(), score: photo.score }
}

fn with_label(view: &Labelled, photo: &Photo) -> Photo {
    Photo { label: view.label.clone(), score: view.score, pixels: photo.pixels.clone() }
}

#[lens(put = |view, source| Labelled { score: view.score, ..source.clone() })]
fn scored(source: &Labelled) -> Scored {
    Scored { score: source.score }
}

/// A second lens between two types that have a canonical one.
#[lens(through_only, put = |view, _| Scored { score: -view.score })]
fn negated(source: &Scored) -> Scored {
    Scored { score: -source.score }
}

#[lens(through_only, put = |view, source| Labelled { score: view.score / 2, ..source.clone() })]
fn doubled(source: &Labelled) -> Scored {
    Scored { score: source.score * 2 }
}

#[lens]
fn pixels(photo: &Photo) -> Pixels {
    Pixels { pixels: photo.pixels.clone() }
}

/// Both types are of another crate.
#[lens(through_only)]
fn shorter(sample: &DictSample) -> DictSample {
    sample.iter().filter(|(name, _)| *name != "pixels").map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

fn photo(i: i64) -> Photo {
    Photo { label: format!("photo {i}"), score: i, pixels: array![u8::try_from(i).unwrap(), 7] }
}

/// Photos that differ in everything, the same in every run.
fn photos() -> Vec<Photo> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let photo = |_| Photo {
        label: char::from_u32((next() % 0xd000) as u32).unwrap().to_string().repeat((next() % 5) as usize),
        score: next().cast_signed() >> 8,
        pixels: (0..next() % 9).map(|i| i.to_le_bytes()[0]).collect(),
    };
    (0..50).map(photo).collect()
}

fn write(folder: &Path) -> Dataset<Photo> {
    let path = folder.join("photos.tar");
    Dataset::write(&path, (0..20).map(photo)).unwrap();
    Dataset::open(&path).unwrap()
}

fn all<T: 'static>(dataset: &Dataset<T>) -> Vec<T> {
    dataset.ordered().map(Result::unwrap).collect()
}

/// The three laws, for sources and views taken from other sources.
#[track_caller]
fn assert_lawful<L>(lens: &L, sources: &[L::Source])
where
    L: PutLens<Source: PartialEq + std::fmt::Debug, View: PartialEq + std::fmt::Debug>,
{
    for source in sources {
        assert_eq!(lens.put(&lens.get(source), source), *source);
        for (first, second) in sources.iter().zip(sources.iter().rev()) {
            let (first, second) = (lens.get(first), lens.get(second));
            assert_eq!(lens.get(&lens.put(&first, source)), first);
            assert_eq!(lens.put(&second, &lens.put(&first, source)), lens.put(&second, source));
        }
    }
}

/// Two lenses that get and put the same.
#[track_caller]
fn assert_same<A, B>(a: &A, b: &B, sources: &[A::Source])
where
    A: PutLens<Source: PartialEq + std::fmt::Debug, View: PartialEq + std::fmt::Debug>,
    B: PutLens<Source = A::Source, View = A::View>,
{
    for (source, other) in sources.iter().zip(sources.iter().rev()) {
        assert_eq!(a.get(source), b.get(source));
        assert_eq!(a.put(&b.get(other), source), b.put(&a.get(other), source));
    }
}

#[test]
fn a_lens_is_a_value_that_gets_and_puts() {
    let view = labelled.get(&photo(3));
    assert_eq!(view, Labelled { label: "photo 3".to_owned(), score: 3 });
    let changed = Labelled { label: "cat".to_owned(), ..view };
    assert_eq!(labelled.put(&changed, &photo(3)), Photo { label: "cat".to_owned(), ..photo(3) });
    let copy = labelled;
    assert_eq!((format!("{copy:?}"), size_of_val(&copy)), ("labelled".to_owned(), 0));
    assert_eq!(Labelled::view_of(photo(4)).unwrap(), labelled.get_owned(photo(4)));
}

#[test]
fn composites_get_and_put_through_all_their_lenses() {
    let both = labelled.then(scored).then(negated);
    assert_eq!(both.get(&photo(3)), Scored { score: -3 });
    assert_eq!(both.put(&Scored { score: 9 }, &photo(3)), Photo { score: -9, ..photo(3) });
    assert_eq!((labelled | scored | negated).get(&photo(3)), both.get(&photo(3)));
    let to_text = labelled.then(from_fn(|view: &Labelled| view.label.clone()));
    assert_eq!(to_text.get(&photo(3)), "photo 3");
    let nested: Then<_, Then<_, _>> = labelled | (scored | negated);
    assert_eq!(size_of_val(&nested), 0);
}

#[test]
fn composition_is_associative_with_an_identity() {
    let sources = photos();
    assert_same(&((labelled | scored) | negated), &(labelled | (scored | negated)), &sources);
    assert_same(&labelled, &identity().then(labelled), &sources);
    assert_same(&labelled, &(labelled | identity()), &sources);
    assert_same(&(labelled | scored), &(labelled | identity() | scored), &sources);
}

#[test]
fn a_composite_of_lawful_lenses_is_lawful() {
    let sources = photos();
    assert_lawful(&labelled, &sources);
    assert_lawful(&(labelled | scored), &sources);
    assert_lawful(&(labelled | scored | negated), &sources);
    assert_lawful(&identity::<Photo>(), &sources);
}

#[test]
fn a_lossy_putter_breaks_put_get() {
    let odd = Labelled { label: String::new(), score: 1 };
    let view = Scored { score: 3 };
    assert_ne!(doubled.get(&doubled.put(&view, &odd)), view);
}

#[test]
fn a_dataset_is_seen_as_its_views() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path());
    let views = dataset.as_type::<Labelled>();
    assert_eq!(all(&views), (0..20).map(|i| labelled.get(&photo(i))).collect::<Vec<_>>());
    assert_eq!(all(&views.as_type::<Scored>()), (0..20).map(|score| Scored { score }).collect::<Vec<_>>());
    assert_eq!(all(&dataset.through(labelled | scored)), all(&views.as_type::<Scored>()));
    assert_eq!(all(&views.through(doubled))[3], Scored { score: 6 });
    assert_eq!(views.get("no such key").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn views_have_batches() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path());
    let mut batches = dataset.as_type::<Pixels>().ordered().batches(8);
    let first: PixelsBatch = batches.next().unwrap().unwrap();
    let tensor: &Array2<u8> = &first.pixels;
    assert_eq!((tensor.dim(), tensor[[3, 0]]), ((8, 2), 3));
    assert_eq!(batches.map(|batch| batch.unwrap().len()).collect::<Vec<_>>(), [8, 4]);
    let scores = dataset.through(labelled | scored).shuffled(7).batches(20).next().unwrap().unwrap().score;
    let shuffled = dataset.shuffled(7).map(|photo| photo.unwrap().score);
    assert_eq!(scores, shuffled.collect::<Vec<_>>());
}

#[test]
fn what_was_set_before_a_view_stays() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = write(folder.path())
        .filter(|photo| photo.pixels[0] % 2 == 0)
        .map(|photo| Photo { score: photo.score * 10, ..photo })
        .as_type::<Labelled>()
        .filter(|view| view.score < 60);
    assert_eq!(all(&dataset.through(scored)), [0, 20, 40].map(|score| Scored { score }));
}

#[test]
fn samples_are_updated_through_a_lens() {
    let folder = tempfile::tempdir().unwrap();
    let updated = write(folder.path()).update(labelled | scored, |view| Scored { score: view.score + 1 });
    assert_eq!(all(&updated), (0..20).map(|i| Photo { score: i + 1, ..photo(i) }).collect::<Vec<_>>());
    let path = folder.path().join("updated.tar");
    Dataset::write(&path, all(&updated)).unwrap();
    assert_eq!(all(&Dataset::<Photo>::open(&path).unwrap()), all(&updated));
}

#[test]
fn foreign_types_are_seen_through_a_lens() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let dicts = Dataset::<DictSample>::open(folder.path().join("photos.tar")).unwrap();
    let views = dicts.through(shorter).as_type::<Labelled>();
    assert_eq!(all(&views)[5], labelled.get(&photo(5)));
    let error = dicts.through(shorter).as_type::<Photo>().ordered().next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
}

#[cfg(feature = "records")]
#[test]
fn lenses_of_functions_are_found_at_run_time() {
    // Other modules have lenses between types of the same names.
    let find = |source, view| atdata::lens::find(source, view).filter(|entry| entry.module_path() == module_path!());
    let found: Vec<_> = find("Photo", "Labelled").collect();
    let [entry] = found[..] else { panic!("{found:?}") };
    assert_eq!((entry.name(), entry.module_path()), ("labelled", module_path!()));
    assert_eq!((entry.description(), entry.mapping(), entry.can_put()), (Some("Without the pixels."), None, true));
    let source = DictSample::from_sample(&photo(3)).unwrap();
    assert_eq!(entry.get(&source).unwrap().to::<Labelled>().unwrap(), labelled.get(&photo(3)));
    let view = DictSample::from_sample(&Labelled { label: "cat".to_owned(), score: 1 }).unwrap();
    let put = entry.put(&view, &source).unwrap().unwrap();
    assert_eq!(put.to::<Photo>().unwrap(), Photo { label: "cat".to_owned(), score: 1, ..photo(3) });
    assert!(find("Photo", "Pixels").all(|entry| !entry.can_put()));
}
