use atdata::{Dataset, Packable};
use ndarray::{Array1, Array2};

#[derive(Packable, Clone)]
struct Photo {
    image: Array2<u8>,
    label: String,
    confidence: Option<f64>,
    words: Vec<String>,
    size: i64,
}

#[derive(Packable)]
struct Similar {
    image: Array1<u8>,
    title: String,
    confidence: f64,
    words: Vec<Option<String>>,
    size: Option<i64>,
    label: String,
}

fn project(photos: &Dataset<Photo>) -> Dataset<Similar> {
    photos.project()
}

fn main() {
    let _ = project(&Dataset::open("photos.tar").unwrap());
}
