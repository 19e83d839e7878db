use atdata::Packable;
use ndarray::Array3;

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Photo {
    image: Array3<u8>,
    label: Option<String>,
    confidence: f64,
}

fn main() {}
