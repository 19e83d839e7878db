use atdata::{Dataset, Packable};
use ndarray::Array2;

#[derive(Packable, Clone)]
struct Photo {
    #[packable(dims = ["height", "width"])]
    image: Array2<u8>,
}

#[derive(Packable)]
struct Turned {
    #[packable(dims = ["width", "height"])]
    image: Array2<u8>,
}

fn project(photos: &Dataset<Photo>) -> Dataset<Turned> {
    photos.project()
}

fn main() {
    let _ = project(&Dataset::open("photos.tar").unwrap());
}
