use atdata::Packable;

const HEIGHT: u32 = 3;

#[derive(Packable)]
struct Photo {
    #[packable(shape = [HEIGHT, _])]
    image: ndarray::Array2<u8>,
}

fn main() {}
