use std::time::Instant;

use atdata::Packable;

#[derive(Packable)]
struct Photo {
    label: String,
    taken: Instant,
}

fn main() {}
