use atdata::Packable;

#[derive(Packable)]
#[packable(allow_unknown = true)]
struct Photo {
    #[packable(skip = false)]
    label: String,
    #[packable(cast(f32))]
    pixels: ndarray::Array1<f32>,
}

fn main() {}
