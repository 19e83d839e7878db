use std::collections::BTreeSet;

use atdata::Packable;

struct Camera {
    model: String,
}

#[derive(Packable)]
struct Photo {
    cameras: BTreeSet<Camera>,
    best: (Camera, f32),
}

fn main() {}
