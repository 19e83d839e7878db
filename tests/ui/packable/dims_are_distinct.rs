use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(dims = ["width", "width"])]
    image: ndarray::Array2<u8>,
}

fn main() {}
