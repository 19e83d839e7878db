use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(shape = 3)]
    image: ndarray::Array1<u8>,
    #[packable(shape(3))]
    mask: ndarray::Array1<u8>,
}

fn main() {}
