use atdata::{Dataset, Packable};

#[derive(Packable, Clone)]
struct Photo {
    image: Vec<u8>,
    label: String,
    confidence: f64,
}

#[derive(Packable)]
struct Labelled {
    label: String,
}

fn view(photos: &Dataset<Photo>) -> Dataset<Labelled> {
    photos.as_type()
}

fn main() {}
