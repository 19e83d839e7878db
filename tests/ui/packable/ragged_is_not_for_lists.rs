use atdata::Packable;

#[derive(Packable)]
struct Photo {
    #[packable(ragged)]
    crops: Vec<ndarray::Array2<u8>>,
}

fn main() {}
