//! A dataset of images, seen as labels, changed through a putter; the laws of the lens are tested.
//!
//! `cargo run --release --example lens`, and `cargo test --example lens` for the test that `laws` writes.

use std::time::{Duration, Instant};

use atdata::lens::laws;
use atdata::{Dataset, Packable, PutLens, Result, lens};
use ndarray::Array3;

/// One labelled photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.0.0")]
struct Photo {
    #[packable(shape = [224, 224, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    label: String,
    confidence: f64,
}

/// A declared view: getter and putter follow from the fields, and nothing else is decoded.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Photo)]
struct Labelled {
    #[packable(from = "label")]
    title: String,
    confidence: f64,
}

/// A view that converts is written as a function.
#[derive(Packable, Debug, Clone, PartialEq)]
struct Mirrored {
    title: String,
}

/// The title, from right to left. `laws` writes the test `mirror_laws`.
#[lens(put = mirror_back, laws)]
fn mirror(view: &Labelled) -> Mirrored {
    Mirrored { title: view.title.chars().rev().collect() }
}

fn mirror_back(mirrored: &Mirrored, view: &Labelled) -> Labelled {
    Labelled { title: mirrored.title.chars().rev().collect(), ..view.clone() }
}

/// A putter that forgets: it does not keep the laws.
#[lens(put = |view, photo| Photo { label: view.title.clone(), confidence: 1.0, ..photo.clone() }, through_only)]
fn careless(photo: &Photo) -> Labelled {
    Labelled { title: photo.label.clone(), confidence: photo.confidence }
}

fn photo(number: u16) -> Photo {
    let [low, _] = number.to_le_bytes();
    Photo {
        image: Array3::from_elem((224, 224, 3), low),
        label: if number.is_multiple_of(3) { "dog" } else { "cat" }.to_owned(),
        confidence: f64::from(number % 100) / 100.0,
    }
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("photos.tar");
    Dataset::write(&path, (0..1000).map(photo))?;
    let photos = Dataset::<Photo>::open(&path)?;

    // Images seen as labels. The type is the question; the one lens that leads there is the answer, or it does not compile.
    let labels = photos.as_type::<Labelled>();
    let whole = timed(|| photos.filter(|photo| photo.label == "dog").len())?;
    let view = timed(|| labels.filter(|view| view.title == "dog").len())?;
    println!(
        "dogs among 1000 photos: {} in {:?} as whole photos, {} in {:?} as labels",
        whole.0, whole.1, view.0, view.1
    );

    // Changed through the putter, and written: what the view does not show stays as it was.
    let doubtful = photos
        .filter(|photo| photo.confidence < 0.1)
        .update(Labelled::LENS, |view| Labelled { title: format!("{}?", view.title), ..view });
    let path = folder.path().join("doubtful.tar");
    Dataset::write(&path, doubtful.ordered().collect::<Result<Vec<_>>>()?)?;
    let changed = Dataset::<Photo>::open(&path)?;
    if let Some(first) = changed.as_type::<Labelled>().head(1)?.first() {
        println!("{} photos are doubtful; the first is a {}", changed.len()?, first.title);
    }

    // Lenses are values, and compose where their types meet.
    let mirrored = Labelled::LENS | mirror;
    let changed = mirrored.put(&Mirrored { title: "regit".to_owned() }, &photo(1));
    println!("photo 1 was a {} and is a {}", photo(1).label, changed.label);

    // The laws, on samples that are made from the schemas.
    laws::assert_laws(&Labelled::LENS);
    laws::assert_laws(&mirrored);
    if let Err(broken) = laws::check(&careless) {
        println!("\n{broken}");
    }
    Ok(())
}

/// The result, and the shortest time of five.
fn timed<T>(work: impl Fn() -> Result<T>) -> Result<(T, Duration)> {
    let mut best = Duration::MAX;
    for _ in 0..4 {
        let started = Instant::now();
        work()?;
        best = best.min(started.elapsed());
    }
    let started = Instant::now();
    let result = work()?;
    Ok((result, best.min(started.elapsed())))
}
