use atdata::Packable;
use ndarray::Array1;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Place {
    at: Array1<f32>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Point {
    at: Array1<f64>,
    label: Option<String>,
    weight: f64,
}

#[derive(Packable)]
#[packable(schema = "records/track.json")]
struct Track {
    start: Place,
    points: Vec<Point>,
    last: Point,
    before: Option<Point>,
}

fn main() {}
