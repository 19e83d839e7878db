use std::collections::BTreeMap;

use atdata::Packable;

struct Camera {
    model: String,
}

#[derive(Packable)]
struct Photo {
    camera: Option<Camera>,
    others: BTreeMap<String, Camera>,
}

fn main() {}
