use atdata::{Packable, Value};
use ndarray::Array1;

#[derive(Packable)]
#[packable(layout = "members")]
struct Photo {
    #[packable(member = "npy")]
    caption: String,
    #[packable(member = "txt")]
    tags: Vec<String>,
    cls: Array1<f32>,
    anything: Value,
}

fn main() {}
