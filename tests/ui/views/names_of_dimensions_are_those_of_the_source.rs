use atdata::Packable;
use ndarray::Array2;

#[derive(Packable, Clone)]
struct Photo {
    #[packable(dims = ["height", "width"])]
    image: Array2<u8>,
}

#[derive(Packable)]
#[packable(view_of = Photo)]
struct Turned {
    #[packable(dims = ["width", "height"])]
    image: Array2<u8>,
}

fn main() {}
