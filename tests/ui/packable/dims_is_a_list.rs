use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(dims = "height, width")]
    image: ndarray::Array2<u8>,
}

fn main() {}
