use atdata::Packable;
use atdata::format::Pixels;
use ndarray::Array3;

#[derive(Packable)]
struct Photo {
    image: Pixels,
}

fn photo(image: Array3<f32>) -> Photo {
    Photo { image: image.into() }
}

fn main() {
    photo(Array3::zeros((2, 2, 3)));
}
