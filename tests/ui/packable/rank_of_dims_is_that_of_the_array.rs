use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(dims = ["height", "width"])]
    images: Vec<ndarray::Array3<u8>>,
}

fn main() {}
