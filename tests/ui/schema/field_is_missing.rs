use atdata::Packable;
use ndarray::Array3;

#[derive(Packable)]
#[packable(schema = "records/photo.json")]
struct Photo {
    image: Array3<u8>,
    label: String,
}

// One that is written must be whole, whatever it passes over when it is read.
#[derive(Packable)]
#[packable(schema = "records/photo.json", allow_unknown)]
struct Label {
    label: String,
}

fn main() {}
