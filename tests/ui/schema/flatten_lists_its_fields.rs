use atdata::Packable;
use ndarray::Array3;

#[derive(Packable, Clone)]
struct Rest {
    label: String,
    confidence: Option<f64>,
}

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Photo {
    image: Array3<u8>,
    #[packable(flatten)]
    rest: Rest,
}

fn main() {}
