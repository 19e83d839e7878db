use std::time::SystemTime;

use atdata::{PackField, Packable};

#[derive(PackField)]
struct Taken(SystemTime);

#[derive(Packable)]
struct Photo {
    taken: Taken,
}

fn main() {}
