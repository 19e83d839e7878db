use atdata::Packable;
use ndarray::Array3;

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Photo {
    image: Array3<u8>,
    labels: String,
    #[packable(rename = "colour")]
    color: String,
    confidence: Option<f64>,
}

fn main() {}
