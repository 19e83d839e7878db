use atdata::Packable;
use ndarray::Array1;

#[derive(Packable)]
struct Photo {
    labels: Array1<String>,
}

fn main() {}
