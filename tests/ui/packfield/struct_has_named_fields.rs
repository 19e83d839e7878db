use atdata::PackField;

#[derive(PackField)]
struct Celsius {
    degrees: f64,
}

fn main() {}
