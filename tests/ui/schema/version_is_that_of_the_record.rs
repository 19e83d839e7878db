use atdata::Packable;
use ndarray::Array3;

#[derive(Packable)]
#[packable(schema = "records/photo.json", version = "1.3.0")]
struct Photo {
    image: Array3<u8>,
    label: String,
    confidence: Option<f64>,
}

fn main() {}
