use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
    #[packable(skip, rename = "x", shape = [3])]
    cache: ndarray::Array1<u8>,
}

fn main() {}
