use atdata::Packable;
use ndarray::Array3;

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Photo {
    image: Array3<f32>,
    label: String,
    confidence: Option<f64>,
}

fn main() {}
