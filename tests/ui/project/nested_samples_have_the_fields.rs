use atdata::{Dataset, Packable};

#[derive(Packable, Debug, Clone, PartialEq)]
struct Point {
    x: f64,
    y: f64,
    label: Option<String>,
}

#[derive(Packable, Debug, Clone, PartialEq)]
struct Track {
    name: String,
    points: Vec<Point>,
    start: Option<Point>,
}

/// As another program has it.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(allow_unknown)]
struct Place {
    x: i64,
    z: f64,
    label: String,
}

#[derive(Packable)]
struct Places {
    points: Vec<Place>,
    start: Option<Point>,
}

fn project(tracks: &Dataset<Track>) -> Dataset<Places> {
    tracks.project()
}

fn main() {
    let _ = project(&Dataset::open("tracks.tar").unwrap());
}
