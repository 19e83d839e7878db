use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [-1, "H", 1.5])]
    image: ndarray::Array3<u8>,
}

fn main() {}
