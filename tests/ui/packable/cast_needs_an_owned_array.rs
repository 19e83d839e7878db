use atdata::Packable;

#[derive(Packable)]
struct PhotoRef<'a> {
    #[packable(cast)]
    image: ndarray::Array1<f32>,
    #[packable(ragged)]
    mask: ndarray::Array1<u8>,
    label: &'a str,
}

fn main() {}
