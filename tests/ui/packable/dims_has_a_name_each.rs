use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [2, 3], dims = ["height"])]
    image: ndarray::Array2<u8>,
}

fn main() {}
