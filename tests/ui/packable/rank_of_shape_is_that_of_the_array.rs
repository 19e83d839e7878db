use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [224, 224, 3])]
    image: ndarray::Array2<u8>,
}

fn main() {}
