use std::collections::{BTreeSet, HashSet};

use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
    scores: HashSet<f64>,
    sizes: BTreeSet<f32>,
}

fn main() {}
